const n = Number(process.argv[2]);

const keys = [];
for (let i = 0; i < 50000; i++) keys.push("key" + i);

function run(n) {
  const h = new Map();
  let idx = 0;
  for (let k = 0; k < n; k++) {
    idx = (idx * 21 + 12347) % 50000;
    const key = keys[idx];
    h.set(key, (h.get(key) || 0) + 1);
  }
  let r = 0;
  for (let i = 0; i < 50000; i++) r += h.get(keys[i]) * (i % 7);
  return r;
}

const r = run(n);
console.log(`CHECK ${r}`);
