import sys

n = int(sys.argv[1])

letters = [chr(97 + i) for i in range(26)]


def run(n):
    parts = []
    for i in range(n):
        parts.append(letters[i % 26])
    return "".join(parts)


s = run(n)
r = len(s) * 1000 + ord(s[n // 2])
print(f"CHECK {r}")
