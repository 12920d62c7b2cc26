import sys

n = int(sys.argv[1])


def run(n):
    s = 0
    for i in range(n):
        for j in range(n):
            if (i + j) % 3 == 0:
                s = s + j
    return s


r = run(n)
print(f"CHECK {r}")
