local n = tonumber(arg[1])

local function sieve(limit)
  local flags = {}
  for i = 1, limit do flags[i] = true end
  local count = 0
  for i = 2, limit do
    if flags[i] then
      count = count + 1
      for j = i * i, limit, i do flags[j] = false end
    end
  end
  return count
end

local r = 0
for _ = 1, 5 do r = r + sieve(n) end
print(string.format("CHECK %d", r))
