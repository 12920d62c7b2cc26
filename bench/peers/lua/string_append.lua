local n = tonumber(arg[1])

local letters = {}
for i = 0, 25 do letters[i] = string.char(97 + i) end

local function run(n)
  local s = ""
  for i = 0, n - 1 do s = s .. letters[i % 26] end
  return s
end

local s = run(n)
local r = #s * 1000 + s:byte(math.floor(n / 2) + 1)
print(string.format("CHECK %d", r))
