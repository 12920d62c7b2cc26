const n = Number(process.argv[2]);

function a(i, j) {
  const ij = i + j;
  return 1.0 / (ij * (ij + 1) / 2 + i + 1);
}

function mulAv(n, v, out) {
  for (let i = 0; i < n; i++) {
    let s = 0.0;
    for (let j = 0; j < n; j++) s += a(i, j) * v[j];
    out[i] = s;
  }
}

function mulAtv(n, v, out) {
  for (let i = 0; i < n; i++) {
    let s = 0.0;
    for (let j = 0; j < n; j++) s += a(j, i) * v[j];
    out[i] = s;
  }
}

function run(n) {
  const u = new Array(n).fill(1.0);
  const v = new Array(n).fill(0.0);
  const w = new Array(n).fill(0.0);
  for (let k = 0; k < 10; k++) {
    mulAv(n, u, w);
    mulAtv(n, w, v);
    mulAv(n, v, w);
    mulAtv(n, w, u);
  }
  let vbv = 0.0, vv = 0.0;
  for (let i = 0; i < n; i++) {
    vbv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  return Math.sqrt(vbv / vv);
}

const r = run(n);
console.log(`CHECK ${r.toFixed(9)}`);
