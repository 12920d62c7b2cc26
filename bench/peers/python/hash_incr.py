import sys

n = int(sys.argv[1])

keys = ["key" + str(i) for i in range(50000)]


def run(n):
    h = {}
    idx = 0
    for _ in range(n):
        idx = (idx * 21 + 12347) % 50000
        k = keys[idx]
        h[k] = h.get(k, 0) + 1
    r = 0
    for i in range(50000):
        r += h[keys[i]] * (i % 7)
    return r


r = run(n)
print(f"CHECK {r}")
