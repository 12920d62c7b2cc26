import sys

n = int(sys.argv[1])


def run(n):
    a = []
    for i in range(n):
        a.append(i * 2)
    s = 0
    for i in range(len(a)):
        s += a[i]
    return s


r = run(n)
print(f"CHECK {r}")
