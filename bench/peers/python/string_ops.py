import sys

n = int(sys.argv[1])

words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]


def run(n):
    total = less = equal = 0
    prev = ""
    for i in range(n):
        s = words[i % 8] + "-" + str(i % 1000)
        total += len(s)
        if s < prev:
            less += 1
        if s == "delta-123":
            equal += 1
        prev = s
    return total * 7 + less * 3 + equal


r = run(n)
print(f"CHECK {r}")
