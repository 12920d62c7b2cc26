//! Several threads print what one does.

use std::fs;
use std::path::{Path, PathBuf};

use fusevm_awk::{Interpreter, Language, Options, Program, Source};
use proptest::prelude::*;

#[expect(dead_code, reason = "programs are compiled here in another way")]
mod support;

use support::Sink;

/// Files for one test, removed at its end.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    fn write(&self, name: &str, text: &[u8]) -> Vec<u8> {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.into_os_string().into_encoded_bytes()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn compiled(text: &str) -> Program {
    let language = Language {
        parallel: true,
        ..Language::default()
    };
    Program::parse_as(&[Source::new("t", text)], &language)
        .unwrap_or_else(|errors| panic!("{text}: {}", errors[0]))
}

/// Exit status or error, place in the input, and output.
type Outcome = (Result<i32, String>, String, String);

fn outcome(program: &Program, operands: &[Vec<u8>], jobs: usize, part_bytes: u64) -> Outcome {
    let options = Options {
        operands: operands.to_vec(),
        jobs,
        part_bytes,
        ..Options::default()
    };
    let sink = Sink::default();
    let mut interpreter = Interpreter::new(program, options).unwrap();
    interpreter.set_stdout(Box::new(sink.clone()));
    let (status, report) = interpreter.run_with_report();
    let output = String::from_utf8_lossy(&sink.bytes()).into_owned();
    (
        status.map_err(|error| error.to_string()),
        report.input,
        output,
    )
}

fn check(text: &str, operands: &[Vec<u8>]) {
    let program = compiled(text);
    assert_eq!(program.sequential_because(), None, "{text}");
    let expected = outcome(&program, operands, 1, 1);
    for part_bytes in [1, 7, 40, 1000] {
        let found = outcome(&program, operands, 4, part_bytes);
        assert_eq!(found, expected, "{text}, parts of {part_bytes}");
    }
}

/// Programs whose records are independent.
const INDEPENDENT: &[&str] = &[
    "{ print }",
    "/a/",
    "!/a/ { print FILENAME, $2 }",
    "$3 > 3 { print $1, $3 * 2.5, NF }",
    "BEGIN { FS = \"b\"; OFS = \"-\"; ORS = \"|\"; print \"head\" } { $1 = $1; print }",
    "BEGIN { RS = \"a\" } { print length, $1 } END { print NR, FNR, $0, NF }",
    "BEGIN { OFMT = CONVFMT = \"%.2f\" } { x = $3 / 7; y = x \"\"; print x, y }",
    "BEGIN { IGNORECASE = 1 } /A/ { print $1 == \"A\" } END { print $0 }",
    "BEGIN { FPAT = \"[0-9]\" } { print $1 }",
    "BEGIN { FIELDWIDTHS = \"1 2\" } { print $2 }",
    "{ n++ } END { print n, NR, $0, NF, FNR, FILENAME, RT }",
    "{ n[$1]++ } END { for (k in n) print k, n[k] }",
    "{ n[$1, NF]++; s[$2] += $3 } END { for (k in n) print k, n[k]; for (k in s) print s[k] }",
    "{ s += $3; t -= $3 } END { print s, t, s / NR }",
    "BEGIN { s = 7; n[\"z\"]; n[\"a\"] = 3 } { s += NF; n[$1]-- } END { print s; for (k in n) print k, n[k] }",
    "{ s += $3 / 3 } END { printf \"%.17g\\n\", s }",
    "{ s += $3 / 2; print s2 } END { print s }",
    "{ s += $3 * 1e15 } END { printf \"%.17g\\n\", s }",
    "{ s += log($3) } END { print s }",
    "BEGIN { s = 0.5; x[\"a\"] = \"text\" } { s++; x[$1]++ } END { print s, x[\"a\"] }",
    "{ for (i = NF; i > 0; i--) printf \"%s \", $i; print \"\" }",
    "{ for (i = 1; i <= NF; i++) n[$i]++ } END { for (k in n) print k, n[k] }",
    "{ m = 0; for (i = 1; i <= NF; i++) { if ($i > m) m = $i; else continue } print m }",
    "{ if ($1 == \"a\") x = 1; else x = 2; y = x; y += 0.25; print x, y }",
    "{ c = split($0, d, \" \"); print c, d[1], d[2]; d[3] = 4 }",
    "{ gsub(/a/, \"[&]\"); t = $0; sub(/b/, \"x\", t); print t; $2 = \"\"; print; NF = 1; print }",
    "match($0, /[0-9]+/) { print RSTART, RLENGTH, substr($0, RSTART, RLENGTH) }",
    "{ while (x0 > 0) ; do { k = NF } while (0) } $1 == \"b\" { next } { print toupper($1) }",
    "{ switch ($1) { case \"a\": print 1; break; default: print 2 } }",
    "function f(x) { return x * 2 } BEGIN { y = f(3) } { print $1 y } END { print f(NR) }",
    "BEGIN { getline line < \"/dev/null\"; pi = atan2(0, -1) } { print $3 * pi }",
    "{ print 1 / ($3 - 4) }",
    "{ n++; s[$1]++; print 12 % $3 } END { print n }",
    "{ print $(3 - $3) }",
    "BEGIN { exit 3 } { print } END { print NR }",
    "{ n++ } END { exit n }",
    "{ print RT RT } END { print RT }",
    "{ print x } END { print x }",
    "{ n[x]++ } END { for (k in n) print k, n[k] }",
];

#[test]
fn several_threads_do_what_one_does() {
    let directory = Directory::new("awk-parallel");
    let lines = |count: u32| -> String {
        (0..count)
            .map(|n| {
                format!(
                    "{} {}b {}\n",
                    ["a", "b", "Abc"][n as usize % 3],
                    n % 5,
                    n * 7 % 11
                )
            })
            .collect()
    };
    let one = directory.write("one", lines(60).as_bytes());
    let open = directory.write("open", lines(50).trim_end().as_bytes());
    let blank = directory.write("blank", b"\n\n\na 1 2\n\n");
    let empty = directory.write("empty", b"");
    let assigned = b"x=a\\tb".to_vec();
    for text in INDEPENDENT {
        check(text, std::slice::from_ref(&one));
        check(
            text,
            &[
                open.clone(),
                empty.clone(),
                assigned.clone(),
                one.clone(),
                blank.clone(),
            ],
        );
    }
}

#[test]
fn programs_whose_records_depend_on_each_other() {
    for (text, because) in [
        ("BEGIN { print 1 }", "no rule looks at records"),
        ("END { print NR }", "no rule looks at records"),
        ("{ print NR }", "a rule asks for NR"),
        ("FNR == 1", "a rule asks for FNR"),
        ("/a/, /b/", "a range goes over several records"),
        ("{ print > \"x\" }", "a rule prints to a file or command"),
        ("{ print | \"sort\" }", "a rule prints to a file or command"),
        ("{ getline x < \"f\" }", "a rule reads with `getline`"),
        ("{ getline }", "`getline` reads records of the input"),
        (
            "BEGIN { getline } { print }",
            "`getline` reads records of the input",
        ),
        ("{ exit }", "a rule may end the program"),
        ("{ nextfile }", "`nextfile` leaves out records"),
        ("!seen[$0]++", "a rule uses the array `seen`"),
        ("$1 in known", "a rule uses the array `known`"),
        ("{ a[$1] = $2 }", "a rule uses the array `a`"),
        ("{ a[1][$1]++ }", "a rule uses the array `a`"),
        ("{ delete a[1] }", "a rule uses the array `a`"),
        ("{ for (k in a) print k }", "a rule uses the array `a`"),
        ("{ n[$1]++; print n[$1] }", "a rule uses the array `n`"),
        (
            "{ s += $1; print s }",
            "a rule reads `s`, to which rules add",
        ),
        (
            "{ print x; x = $1 }",
            "`x` may be kept from one record to the next",
        ),
        (
            "/a/ { x = 1 } { print x }",
            "`x` may be kept from one record to the next",
        ),
        (
            "{ if ($1) x = 1; print x }",
            "`x` may be kept from one record to the next",
        ),
        (
            "{ while ($1) { x = 1; break } print x }",
            "`x` may be kept from one record to the next",
        ),
        (
            "{ $1 && x = 1; print x }",
            "`x` may be kept from one record to the next",
        ),
        ("{ s *= $1 }", "`s` may be kept from one record to the next"),
        (
            "{ s = s $1 }",
            "`s` may be kept from one record to the next",
        ),
        (
            "{ x += 1; x = 2 }",
            "`x` may be kept from one record to the next",
        ),
        (
            "{ print x (x = 1) }",
            "`x` may be kept from one record to the next",
        ),
        ("{ x = 1 } END { print x }", "`x` is used behind the rules"),
        (
            "{ match($0, /a/) } END { print RSTART }",
            "`RSTART` is used behind the rules",
        ),
        (
            "function f() { x++ } { x = 1 } END { f() }",
            "`x` is used behind the rules",
        ),
        (
            "{ print RSTART; match($0, /a/) }",
            "`RSTART` may be kept from one record to the next",
        ),
        ("{ OFS = $1 }", "a rule changes OFS"),
        ("{ FS = $1; print $2 }", "a rule changes FS"),
        ("function f() { } { f() }", "a rule calls `f`"),
        ("{ @f() }", "a rule calls a function"),
        ("{ print rand() }", "a rule calls `rand`"),
        ("{ system(\"true\") }", "a rule calls `system`"),
        ("{ print systime() }", "a rule calls `systime`"),
        ("BEGINFILE { x = 1 } { print }", "it has rules about files"),
        ("{ print SYMTAB[$1] }", "SYMTAB reaches all variables"),
    ] {
        assert_eq!(compiled(text).sequential_because(), Some(because), "{text}");
    }
}

#[test]
fn input_that_cannot_be_divided_is_read() {
    let directory = Directory::new("awk-parallel-whole");
    let file = directory.write("file", b"a 1\n\nb 2\nc 3\n");
    for text in [
        "BEGIN { RS = \"\" } { print $1; n++ } END { print n }",
        "BEGIN { RS = \"[0-9]\\n\" } { print $1; n++ } END { print n }",
    ] {
        check(text, std::slice::from_ref(&file));
    }
    let missing = [file, b"/does/not/exist".to_vec()];
    let found = outcome(&compiled("{ n++ } END { print n }"), &missing, 4, 1);
    assert!(found.0.is_err(), "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn random_data_gives_the_same(
        text in "([ab]( (-?[0-9]{1,3}(\\.5)?|9007199254740993|x))?( [0-9]{0,2})?\n){0,40}[ab ]{0,4}",
        program in prop::sample::select(INDEPENDENT),
        part_bytes in 1..60u64,
    ) {
        let name = format!("awk-parallel-{:?}", std::thread::current().id());
        let directory = Directory::new(&name);
        let operands = [directory.write("file", text.as_bytes())];
        let program = compiled(program);
        let found = outcome(&program, &operands, 3, part_bytes);
        prop_assert_eq!(found, outcome(&program, &operands, 1, part_bytes));
    }
}
