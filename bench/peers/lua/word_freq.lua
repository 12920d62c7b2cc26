local n = tonumber(arg[1])

local vocab = {}
for i = 0, 4999 do
  local k, w = i * 7 + 26, ""
  while k > 0 do
    w = w .. string.char(97 + k % 26)
    k = math.floor(k / 26)
  end
  vocab[i] = w
end
local parts = {}
local x = 42
for i = 1, n do
  x = (x * 16807) % 2147483647
  local u = x / 2147483647
  parts[i] = vocab[math.floor(u * u * u * 5000)] .. (i % 12 == 0 and "\n" or " ")
end
local text = table.concat(parts)

local function run(text)
  local count = {}
  for w in text:gmatch("%S+") do
    count[w] = (count[w] or 0) + 1
  end
  local list = {}
  for w in pairs(count) do list[#list + 1] = w end
  table.sort(list, function(a, b)
    local ca, cb = count[a], count[b]
    if ca ~= cb then return ca > cb end
    return a < b
  end)
  local out = { #list }
  for i = 1, 5 do out[#out + 1] = list[i] .. ":" .. count[list[i]] end
  return table.concat(out, ",")
end

local r = run(text)
print(string.format("CHECK %s", r))
