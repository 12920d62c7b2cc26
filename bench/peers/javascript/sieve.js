const n = Number(process.argv[2]);

function sieve(limit) {
  const flags = new Array(limit + 1).fill(true);
  let count = 0;
  for (let i = 2; i <= limit; i++) {
    if (flags[i]) {
      count++;
      for (let j = i * i; j <= limit; j += i) flags[j] = false;
    }
  }
  return count;
}

let r = 0;
for (let k = 0; k < 5; k++) r += sieve(n);
console.log(`CHECK ${r}`);
