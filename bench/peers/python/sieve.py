import sys

n = int(sys.argv[1])


def sieve(limit):
    flags = [True] * (limit + 1)
    count = 0
    for i in range(2, limit + 1):
        if flags[i]:
            count += 1
            for j in range(i * i, limit + 1, i):
                flags[j] = False
    return count


r = 0
for _ in range(5):
    r += sieve(n)
print(f"CHECK {r}")
