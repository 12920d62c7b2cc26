import sys

n = int(sys.argv[1])


def run(n):
    s = 0
    for i in range(1, n + 1):
        s = s + i
    return s


r = run(n)
print(f"CHECK {r}")
