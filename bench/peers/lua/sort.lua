local n = tonumber(arg[1])

local a = {}
local x = 42
for i = 1, n do
  x = (x * 16807) % 2147483647
  a[i] = x
end

table.sort(a)
local r = 0
for i = 1, #a do r = r + (i % 7) * a[i] end
print(string.format("CHECK %.0f", r))
