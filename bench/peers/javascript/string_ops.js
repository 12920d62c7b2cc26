const n = Number(process.argv[2]);

const words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"];

function run(n) {
  let total = 0, less = 0, equal = 0;
  let prev = "";
  for (let i = 0; i < n; i++) {
    const s = words[i % 8] + "-" + (i % 1000);
    total += s.length;
    if (s < prev) less++;
    if (s === "delta-123") equal++;
    prev = s;
  }
  return total * 7 + less * 3 + equal;
}

const r = run(n);
console.log(`CHECK ${r}`);
