const n = Number(process.argv[2]);

function make(n, k) {
  const m = [];
  for (let i = 0; i < n; i++) {
    const row = [];
    for (let j = 0; j < n; j++) row.push((i * k + j) % 17 / 4.0);
    m.push(row);
  }
  return m;
}

function mul(a, b, n) {
  const c = [];
  for (let i = 0; i < n; i++) {
    const row = [], arow = a[i];
    for (let j = 0; j < n; j++) {
      let s = 0.0;
      for (let k = 0; k < n; k++) s += arow[k] * b[k][j];
      row.push(s);
    }
    c.push(row);
  }
  return c;
}

const c = mul(make(n, 3), make(n, 5), n);
let r = 0.0;
for (let i = 0; i < n; i++) r += c[i][i] + c[i][n - 1 - i];
console.log(`CHECK ${r.toFixed(4)}`);
