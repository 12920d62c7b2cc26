import sys

n = int(sys.argv[1])

letters = [chr(97 + i) for i in range(26)]


def run(n):
    s = ""
    for i in range(n):
        s = s + letters[i % 26]
    return s


s = run(n)
r = len(s) * 1000 + ord(s[n // 2])
print(f"CHECK {r}")
