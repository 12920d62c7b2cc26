import sys

n = int(sys.argv[1])


def make_text(n):
    vocab = []
    for i in range(5000):
        k, w = i * 7 + 26, ""
        while k > 0:
            w += chr(97 + k % 26)
            k //= 26
        vocab.append(w)
    parts = []
    x = 42
    for i in range(1, n + 1):
        x = (x * 16807) % 2147483647
        u = x / 2147483647
        parts.append(vocab[int(u * u * u * 5000)] + ("\n" if i % 12 == 0 else " "))
    return "".join(parts)


def run(text):
    count = {}
    for w in text.split():
        count[w] = count.get(w, 0) + 1
    words = sorted(count, key=lambda w: (-count[w], w))
    out = [str(len(words))]
    for w in words[:5]:
        out.append(f"{w}:{count[w]}")
    return ",".join(out)


r = run(make_text(n))
print(f"CHECK {r}")
