const n = Number(process.argv[2]);

const a = [];
let x = 42;
for (let i = 0; i < n; i++) {
  x = (x * 16807) % 2147483647;
  a.push(x);
}

a.sort((p, q) => p - q);
let r = 0;
for (let i = 1; i <= a.length; i++) r += (i % 7) * a[i - 1];
console.log(`CHECK ${r}`);
