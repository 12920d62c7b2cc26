local n = tonumber(arg[1])

local words = { "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta" }

local function run(n)
  local total, less, equal = 0, 0, 0
  local prev = ""
  for i = 0, n - 1 do
    local s = words[i % 8 + 1] .. "-" .. (i % 1000)
    total = total + #s
    if s < prev then less = less + 1 end
    if s == "delta-123" then equal = equal + 1 end
    prev = s
  end
  return total * 7 + less * 3 + equal
end

local r = run(n)
print(string.format("CHECK %d", r))
