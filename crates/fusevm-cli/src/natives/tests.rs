use std::sync::{Arc, Mutex};

use fusevm::vm::Limits;
use fusevm::{Chunk, VM};

use super::*;

/// Runs `text` with all natives and at most a MiB for a value.
fn run(text: &str) -> (VM, Result<Option<Value>, String>) {
    let chunk = fusevm::chunk::assemble("test", text).unwrap();
    let mut vm = VM::new(chunk);
    install(&mut vm);
    vm.set_limits(Limits {
        value_bytes: 1 << 20,
        ..Limits::default()
    });
    let result = vm.try_run().map_err(|error| error.to_string());
    (vm, result)
}

/// Calls a native with arguments that are written as in assembly.
fn call(name: &str, arguments: &[&str]) -> Result<Value, String> {
    let mut text: String = arguments
        .iter()
        .map(|argument| format!("LoadConst {argument}\n"))
        .collect();
    text.push_str(&format!("Call {name} {}\n", arguments.len()));
    run(&text).1.map(Option::unwrap_or_default)
}

fn check(cases: &[(&str, &[&str], &str)]) {
    for &(name, arguments, expected) in cases {
        let expected = run(&format!("LoadConst {expected}")).1.unwrap().unwrap();
        let found = call(name, arguments);
        // Kinds and bits count; `==` would not tell NaN from NaN.
        assert_eq!(
            format!("{found:?}"),
            format!("{:?}", Ok::<_, String>(expected)),
            "{name} {arguments:?}"
        );
    }
}

#[test]
fn natives_give() {
    check(&[
        ("sprintf", &[r#""plain""#], r#""plain""#),
        (
            "sprintf",
            &[r#""%d%%|%5s|%-3d|""#, "42", r#""ab""#, "7"],
            r#""42%|   ab|7  |""#,
        ),
        (
            "sprintf",
            &[r#""%*.*f|""#, "8", "2", "2.5"],
            r#""    2.50|""#,
        ),
        (
            "sprintf",
            &[r#""%d %d %d %d""#, r#""12""#, r#""3.9""#, "-3.9", "undef"],
            r#""12 3 -3 0""#,
        ),
        (
            "sprintf",
            &[r#""%c%c%c""#, "65", r#""xyz""#, "321"],
            r#""AxA""#,
        ),
        ("sprintf", &[r#""%c""#, "255"], r#"b"\xff""#),
        (
            "sprintf",
            &[r#""%s|%s""#, r#"b"\xfe""#, "[1, 2]"],
            r#"b"\xfe|1 2""#,
        ),
        ("sprintf", &[r#""%s""#, "1", "2"], r#""1""#),
        ("substr", &[r#""hello""#, "1", "3"], r#""ell""#),
        ("substr", &[r#""hello""#, "1"], r#""ello""#),
        (
            "substr",
            &[r#""hello""#, "4", "9223372036854775807"],
            r#""o""#,
        ),
        ("substr", &[r#""hello""#, "9", "1"], r#""""#),
        ("substr", &[r#""é""#, "0", "1"], r#"b"\xc3""#),
        ("substr", &["12345", "1", "2"], r#""23""#),
        ("ord", &[r#""A""#], "65"),
        ("ord", &[r#"b"a\xff""#, "1"], "255"),
        ("ord", &[r#""A""#, "1"], "undef"),
        ("chr", &["65"], r#""A""#),
        ("chr", &["200"], r#"b"\xc8""#),
        ("split", &[r#"" a  b\tc ""#, r#""""#], r#"["a", "b", "c"]"#),
        ("split", &[r#""a,,b,""#, r#"",""#], r#"["a", "", "b", ""]"#),
        ("split", &[r#""a--b""#, r#""--""#], r#"["a", "b"]"#),
        ("split", &[r#""""#, r#"",""#], "[]"),
        ("join", &[r#"["a", 1, 2.5]"#, r#"", ""#], r#""a, 1, 2.5""#),
        ("join", &["[]", r#"", ""#], r#""""#),
        ("lower", &[r#""AbC É 1""#], r#""abc É 1""#),
        ("upper", &[r#"b"abc\xff""#], r#"b"ABC\xff""#),
        ("find", &[r#""banana""#, r#""an""#], "1"),
        ("find", &[r#""banana""#, r#""an""#, "2"], "3"),
        ("find", &[r#""banana""#, r#""x""#], "-1"),
        ("find", &[r#""banana""#, r#""""#, "6"], "6"),
        ("find", &[r#""banana""#, r#""""#, "7"], "-1"),
        ("floor", &["2.7"], "2"),
        ("floor", &["-2.1"], "-3"),
        ("floor", &["9223372036854775807"], "9223372036854775807"),
        ("floor", &["1e300"], "1e300"),
        ("floor", &["nan"], "nan"),
        ("floor", &["-9223372036854775808.0"], "-9223372036854775808"),
        ("floor", &["9223372036854775808.0"], "9223372036854775808.0"),
        ("sqrt", &["9"], "3.0"),
        ("sqrt", &[r#""2.25""#], "1.5"),
        ("defined", &["undef"], "false"),
        ("defined", &[r#""""#], "true"),
    ]);
}

#[test]
fn wrong_use_is_an_error() {
    let cases: &[(&str, &[&str], &str)] = &[
        (
            "chr",
            &[],
            "chr: called with 0 arguments, but it is chr(byte)",
        ),
        (
            "find",
            &["1", "2", "3", "4"],
            "find: called with 4 arguments, but it is find(text, part, [start])",
        ),
        (
            "chr",
            &["256"],
            "chr: a byte is a number from 0 to 255, not 256",
        ),
        (
            "substr",
            &["1", "-1"],
            "substr: start must not be negative, but is -1",
        ),
        (
            "ord",
            &["1", "-1"],
            "ord: the index must not be negative, but is -1",
        ),
        (
            "join",
            &["1", "2"],
            "join: the first argument must be an Array, not Int",
        ),
        (
            "exit",
            &["256"],
            "exit: the status must be 0 to 255, not 256",
        ),
        (
            "printf",
            &[r#""%d %d""#, "1"],
            "printf: no value for %d, which takes number 2",
        ),
        (
            "sprintf",
            &[r#""100%""#],
            "sprintf: the format ends within a conversion; write %% for a percent sign",
        ),
        (
            "sprintf",
            &[r#""%999999999d""#, "1"],
            "sprintf: width and precision may be at most 65535",
        ),
    ];
    for &(name, arguments, expected) in cases {
        assert_eq!(call(name, arguments).unwrap_err(), expected);
    }
}

#[test]
fn results_are_bounded() {
    let wide = format!("\"{}\"", "%65535d".repeat(17));
    let mut arguments = vec![wide.as_str()];
    arguments.extend(["1"; 17]);
    let message = "the result would be longer than 1048576 bytes";
    assert_eq!(
        call("sprintf", &arguments).unwrap_err(),
        format!("sprintf: {message}")
    );

    let commas = format!("\"{}\"", ",".repeat(70_000));
    let too_many = call("split", &[&commas, r#"",""#]).unwrap_err();
    assert_eq!(too_many, "split: the text has more than 65536 parts");

    let long = format!("\"{}\"", "x".repeat(600_000));
    let joined = call("join", &[r#"["", "", ""]"#, &long]).unwrap_err();
    assert_eq!(joined, format!("join: {message}"));
}

#[test]
fn printf_writes_in_order_with_the_program() {
    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let text = r#"
        LoadConst "a"
        Print 1
        LoadConst "%03d"
        LoadInt 7
        Call printf 2
        PrintLn 1
    "#;
    let chunk: Chunk = fusevm::chunk::assemble("test", text).unwrap();
    let mut vm = VM::new(chunk);
    install(&mut vm);
    let sink = Sink::default();
    vm.set_writer(Box::new(sink.clone()));
    vm.try_run().unwrap();
    assert_eq!(*sink.0.lock().unwrap(), b"a0073\n");
}

#[test]
fn exit_ends_the_program_with_a_status() {
    let (vm, result) = run("LoadInt 3\nCall exit 1\nCall no_such_function 0");
    assert!(result.is_ok());
    assert_eq!(vm.last_status, 3);
}

#[test]
fn the_clock_runs_forward() {
    let (_, later) = run("Call clock 0\nCall clock 0\nSwap\nNumGe");
    assert_eq!(later, Ok(Some(Value::Bool(true))));
}

#[test]
fn every_native_is_in_the_manual() {
    let manual = include_str!("../../../../docs/natives.md");
    for native in NATIVES {
        let row = format!(
            "| `{}({})` | {} |",
            native.name, native.parameters, native.doc
        );
        assert!(
            manual.contains(&row),
            "docs/natives.md lacks the row\n{row}"
        );
    }
}
