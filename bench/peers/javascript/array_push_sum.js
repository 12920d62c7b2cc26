const n = Number(process.argv[2]);

function run(n) {
  const a = [];
  for (let i = 0; i < n; i++) a.push(i * 2);
  let s = 0;
  for (let i = 0; i < a.length; i++) s += a[i];
  return s;
}

const r = run(n);
console.log(`CHECK ${r}`);
