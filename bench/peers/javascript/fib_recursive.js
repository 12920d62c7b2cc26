const n = Number(process.argv[2]);

function fib(n) {
  if (n < 2) return n;
  return fib(n - 1) + fib(n - 2);
}

const r = fib(n);
console.log(`CHECK ${r}`);
