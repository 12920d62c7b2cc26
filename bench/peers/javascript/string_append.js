const n = Number(process.argv[2]);

const letters = [];
for (let i = 0; i < 26; i++) letters.push(String.fromCharCode(97 + i));

function run(n) {
  let s = "";
  for (let i = 0; i < n; i++) s = s + letters[i % 26];
  return s;
}

const s = run(n);
const r = s.length * 1000 + s.charCodeAt(Math.floor(n / 2));
console.log(`CHECK ${r}`);
