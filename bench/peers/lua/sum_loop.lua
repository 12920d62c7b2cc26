local n = tonumber(arg[1])

local function run(n)
  local s = 0
  for i = 1, n do
    s = s + i
  end
  return s
end

local r = run(n)
print(string.format("CHECK %d", r))
