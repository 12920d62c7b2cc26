//! Programs as a whole: errors, options, bytes, bounds.

#[path = "support/mod.rs"]
mod support;

use fusevm_awk::{Interpreter, Options, Program, Source};
use support::run;

fn error(program: &str) -> String {
    let (status, _) = run(program, b"one line\n", Options::default());
    status.expect_err(program)
}

#[test]
fn errors_say_where() {
    let cases = [
        ("BEGIN { x = (1 }", "t:1:16: expected `)`, but found `}`"),
        (
            "BEGIN { print 1 }\n{ a[1] = 1; a = 2 }",
            "t:2: attempt to use array `a' in a scalar context",
        ),
        (
            "{ print }\n{ print $1 / 0 }",
            "t:2: division by zero attempted",
        ),
        ("{ print $-1 }", "t:1: attempt to access field -1"),
        ("{ NF = -1 }", "t:1: NF set to negative value"),
        (
            "BEGIN { $1e9 = 1 }",
            "t:1: a record can have 16777216 fields, not 1000000000",
        ),
        (
            "{ print \"a\" ~ /(/ }",
            "t:1:15: regular expression: unclosed group",
        ),
        (
            "{ r = \"(\"; print \"a\" ~ r }",
            "t:1: regular expression: unclosed group",
        ),
        (
            "{ printf \"%d\" }",
            "t:1: not enough arguments to satisfy format string: none is left for %d",
        ),
        ("BEGIN { next }", "t:1:9: `next` in BEGIN or END"),
        (
            "function f() { next } BEGIN { f() }",
            "t:1: `next' cannot be called from a `BEGIN' or `END' rule",
        ),
        (
            "BEGIN { print > \"\" }",
            "t:1: expression for `>` redirection has null string value",
        ),
        ("BEGINFILE { next }", "t:1:13: `next` in BEGINFILE"),
        ("ENDFILE { nextfile }", "t:1:11: `nextfile` in ENDFILE"),
        (
            "BEGIN { g = \"f\"\n@g(1, 2) }",
            "t:2: `f` is not a function, so it cannot be called indirectly",
        ),
        (
            "function f(x) { x[1] } BEGIN { f(1) }",
            "t:1: attempt to use scalar parameter `x' as an array",
        ),
        (
            "BEGIN { a[1][2]; print a[1] }",
            "t:1: attempt to use array element `[\"1\"]' in a scalar context",
        ),
        (
            "BEGIN { a[1]; a[1] = 1; a[1][2] }",
            "t:1: attempt to use scalar element `[\"1\"]' as an array",
        ),
        (
            "BEGIN { print SYMTAB[\"nothing\"] }",
            "t:1: reference to uninitialized element `SYMTAB[\"nothing\"]' is not allowed",
        ),
        (
            "BEGIN { a[1]; asort(a, b, \"f\") }",
            "t:1: sort comparison function `f` is not defined",
        ),
        ("@include \"x\"", "t:1:1: this program cannot include files"),
        (
            "@load \"x\"",
            "t:1:1: cannot load `x`: there are no extensions in shared libraries",
        ),
        (
            "@namespace \"if\"",
            "t:1:1: `if` cannot be the name of a namespace",
        ),
        (
            "BEGIN { FIELDWIDTHS = \"2 x\" }",
            "t:1: invalid FIELDWIDTHS value, for field 2, near `x'",
        ),
        (
            "BEGIN { CONVFMT = \"%s\" }",
            "t:1: `%s` as CONVFMT: it must be one numeric conversion, such as %.6g",
        ),
        (
            "function f(n) { return f(n + 1) } BEGIN { f(0) }",
            "t:1: call depth exceeded: at most 200000 frames may be open",
        ),
    ];
    for (program, message) in cases {
        assert_eq!(error(program), message, "{program}");
    }
}

#[test]
fn what_is_deep_but_allowed_fits_the_native_stack() {
    let sum = vec!["1"; 900].join("+");
    let and = vec!["x"; 900].join("&&");
    let joined = vec!["y"; 5000].join(" ");
    let parens = format!("{}1{}", "(".repeat(200), ")".repeat(200));
    let indices = format!("{}1{}", "a[".repeat(200), "]".repeat(200));
    let blocks = format!("{}{}", "if (1) {".repeat(100), "}".repeat(100));
    let elses = "if (x) ; else ".repeat(200);
    let program = format!(
        "BEGIN {{ print {sum}; if ({and}) z; z = {joined}; print {parens}; {indices}
            {blocks}; {elses} print \"end\" }}"
    );
    let (status, output) = run(&program, b"", Options::default());
    assert_eq!(status, Ok(0));
    assert_eq!(String::from_utf8_lossy(&output), "900\n1\nend\n");
}

#[test]
fn operands_and_assignments() {
    let options = Options {
        operands: ["x=1\\t2", "-", "x=3"].map(Into::into).to_vec(),
        assignments: vec![
            ("FS".to_owned(), b":".to_vec()),
            ("v".to_owned(), b"010".to_vec()),
            ("unknown".to_owned(), b"1".to_vec()),
        ],
        environment: vec![(b"NAME".to_vec(), b"5".to_vec())],
        ..Options::default()
    };
    let program = "BEGIN { print x, v == 10, ARGC, ARGV[0], ARGV[2], ENVIRON[\"NAME\"] < 10 }
        { print x, $2 } END { print x }";
    let (status, output) = run(program, b"a:b\n", options);
    assert_eq!(status, Ok(0));
    let expected = " 1 4 awk - 1\n1\t2 b\n3\n";
    assert_eq!(String::from_utf8_lossy(&output), expected);
}

#[test]
fn standard_input_can_be_read_by_its_name() {
    let program = "BEGIN { getline x < \"-\"; getline < \"-\"; print x, $0, NR }";
    let (status, output) = run(program, b"one\ntwo\n", Options::default());
    assert_eq!((status, output), (Ok(0), b"one two 0\n".to_vec()));
}

#[test]
fn a_missing_file_ends_the_run() {
    let options = Options {
        operands: vec![b"-".to_vec(), b"/does/not/exist".to_vec()],
        ..Options::default()
    };
    let (status, output) = run("{ print } END { print NR }", b"before\n", options);
    let message = "t: cannot open file `/does/not/exist` for reading: No such file or directory";
    assert_eq!(
        (status, output),
        (Err(message.to_owned()), b"before\n".to_vec())
    );
}

#[test]
fn somebody_who_watches_sees_each_line() {
    let options = Options {
        interactive: true,
        ..Options::default()
    };
    let sink = support::Sink::default();
    let seen = sink.clone();
    let program = Program::parse(&[Source::new("t", "{ print }")]).unwrap();
    let mut interpreter = Interpreter::new(&program, options).unwrap();
    interpreter.set_stdout(Box::new(sink));
    interpreter.set_stdin(Box::new(Watched { seen, lines: 0 }));
    assert_eq!(interpreter.run().unwrap(), 0);
}

/// Gives a line, once the one before has been printed.
struct Watched {
    seen: support::Sink,
    lines: usize,
}

impl std::io::Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        assert_eq!(self.seen.bytes(), b"line\n".repeat(self.lines));
        self.lines += 1;
        if self.lines > 3 {
            return Ok(0);
        }
        buffer[..5].copy_from_slice(b"line\n");
        Ok(5)
    }
}

#[test]
fn a_command_need_not_read_what_is_printed_last() {
    let program = "BEGIN { print \"text\" | \"exit 3\"; print close(\"exit 3\") }";
    assert_eq!(
        run(program, b"", Options::default()),
        (Ok(0), b"3\n".to_vec())
    );
    let program = "BEGIN { while (1) print \"text\" | \"exit 3\" }";
    assert_eq!(
        error(program),
        "t:1: print to \"exit 3\" failed: Broken pipe"
    );
}

#[test]
fn runs_are_bounded() {
    let program = Program::parse(&[Source::new("t", "BEGIN { while (1) x = x \"y\" }")]).unwrap();
    let mut interpreter = Interpreter::new(&program, Options::default()).unwrap();
    interpreter.vm().set_fuel(Some(10_000));
    let error = interpreter.run().unwrap_err();
    assert!(error.to_string().contains("fuel"), "{error}");

    let program = Program::parse(&[Source::new("t", "BEGIN { system(\"exit 1\") }")]).unwrap();
    let mut interpreter = Interpreter::new(&program, Options::default()).unwrap();
    interpreter.vm().set_access(fusevm::vm::Access::NONE);
    assert!(interpreter.run().is_err());
}

#[test]
fn a_deep_recursion_is_no_problem_of_the_native_stack() {
    let program = "function f(n) { return n ? 1 + f(n - 1) : 0 } BEGIN { print f(100000) }";
    assert_eq!(run(program, b"", Options::default()).1, b"100000\n");
}
