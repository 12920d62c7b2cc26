local n = tonumber(arg[1])

local function run(n)
  local s = 0
  for i = 0, n - 1 do
    for j = 0, n - 1 do
      if (i + j) % 3 == 0 then
        s = s + j
      end
    end
  end
  return s
end

local r = run(n)
print(string.format("CHECK %d", r))
