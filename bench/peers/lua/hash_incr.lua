local n = tonumber(arg[1])

local keys = {}
for i = 0, 49999 do keys[i] = "key" .. i end

local function run(n)
  local h = {}
  local idx = 0
  for _ = 1, n do
    idx = (idx * 21 + 12347) % 50000
    local k = keys[idx]
    h[k] = (h[k] or 0) + 1
  end
  local r = 0
  for i = 0, 49999 do r = r + h[keys[i]] * (i % 7) end
  return r
end

local r = run(n)
print(string.format("CHECK %d", r))
