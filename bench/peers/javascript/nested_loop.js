const n = Number(process.argv[2]);

function run(n) {
  let s = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if ((i + j) % 3 === 0) {
        s = s + j;
      }
    }
  }
  return s;
}

const r = run(n);
console.log(`CHECK ${r}`);
