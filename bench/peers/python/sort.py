import sys

n = int(sys.argv[1])


def run(n):
    a = []
    x = 42
    for _ in range(n):
        x = (x * 16807) % 2147483647
        a.append(x)
    a.sort()
    r = 0
    for i, v in enumerate(a, 1):
        r += (i % 7) * v
    return r


r = run(n)
print(f"CHECK {r}")
