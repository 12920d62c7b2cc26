const n = Number(process.argv[2]);

const vocab = [];
for (let i = 0; i < 5000; i++) {
  let k = i * 7 + 26, w = "";
  while (k > 0) {
    w += String.fromCharCode(97 + k % 26);
    k = Math.floor(k / 26);
  }
  vocab.push(w);
}
const parts = [];
let x = 42;
for (let i = 1; i <= n; i++) {
  x = (x * 16807) % 2147483647;
  const u = x / 2147483647;
  parts.push(vocab[Math.floor(u * u * u * 5000)] + (i % 12 === 0 ? "\n" : " "));
}
const text = parts.join("");

function run(text) {
  const count = new Map();
  for (const w of text.split(/\s+/)) {
    if (w !== "") count.set(w, (count.get(w) || 0) + 1);
  }
  const words = [...count.keys()].sort((p, q) => count.get(q) - count.get(p) || (p < q ? -1 : p > q ? 1 : 0));
  const out = [String(words.length)];
  for (let i = 0; i < 5; i++) out.push(words[i] + ":" + count.get(words[i]));
  return out.join(",");
}

const r = run(text);
console.log(`CHECK ${r}`);
