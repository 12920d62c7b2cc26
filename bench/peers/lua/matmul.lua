local n = tonumber(arg[1])

local function make(n, k)
  local m = {}
  for i = 0, n - 1 do
    local row = {}
    for j = 0, n - 1 do row[j + 1] = (i * k + j) % 17 / 4.0 end
    m[i + 1] = row
  end
  return m
end

local function mul(a, b, n)
  local c = {}
  for i = 1, n do
    local row, arow = {}, a[i]
    for j = 1, n do
      local s = 0.0
      for k = 1, n do s = s + arow[k] * b[k][j] end
      row[j] = s
    end
    c[i] = row
  end
  return c
end

local c = mul(make(n, 3), make(n, 5), n)
local r = 0.0
for i = 1, n do r = r + c[i][i] + c[i][n + 1 - i] end
print(string.format("CHECK %.4f", r))
