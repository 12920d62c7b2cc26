local n = tonumber(arg[1])

local function run(n)
  local a = {}
  for i = 0, n - 1 do a[#a + 1] = i * 2 end
  local s = 0
  for i = 1, #a do s = s + a[i] end
  return s
end

local r = run(n)
print(string.format("CHECK %d", r))
