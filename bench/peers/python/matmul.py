import sys

n = int(sys.argv[1])


def make(n, k):
    m = []
    for i in range(n):
        row = []
        for j in range(n):
            row.append((i * k + j) % 17 / 4.0)
        m.append(row)
    return m


def mul(a, b, n):
    c = []
    for i in range(n):
        row = []
        arow = a[i]
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += arow[k] * b[k][j]
            row.append(s)
        c.append(row)
    return c


c = mul(make(n, 3), make(n, 5), n)
r = 0.0
for i in range(n):
    r += c[i][i] + c[i][n - 1 - i]
print(f"CHECK {r:.4f}")
