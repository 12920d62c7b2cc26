const n = Number(process.argv[2]);

function run(n) {
  let s = 0;
  for (let i = 1; i <= n; i++) {
    s = s + i;
  }
  return s;
}

const r = run(n);
console.log(`CHECK ${r}`);
