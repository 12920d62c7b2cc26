import sys

n = int(sys.argv[1])


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


r = fib(n)
print(f"CHECK {r}")
