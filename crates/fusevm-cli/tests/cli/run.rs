//! `fusevm run`.

use crate::support::{Sandbox, fusevm, output_of};

/// Runs a text given on standard input.
fn run_text(name: &str, text: &str, arguments: &[&str]) -> (i32, String, String) {
    let sandbox = Sandbox::new(name);
    let mut line = vec!["run", "-"];
    line.extend(arguments);
    sandbox.run_with(&line, text.as_bytes())
}

#[test]
fn text_and_bytes_are_told_apart_by_content() {
    let sandbox = Sandbox::new("content");
    sandbox.write("p.txt", "LoadInt 42\nPrintLn 1\n");
    let assembled = sandbox.run(&["asm", "p.txt", "-o", "q.txt"]);
    assert_eq!(assembled, (0, String::new(), String::new()));
    let bytes = sandbox.read("q.txt");
    let expected = (0, "42\n".to_owned(), String::new());
    assert_eq!(sandbox.run(&["run", "p.txt"]), expected);
    assert_eq!(sandbox.run(&["run", "q.txt"]), expected);
    assert_eq!(sandbox.run_with(&["run", "-"], &bytes), expected);
}

#[test]
fn standard_input_is_for_the_program() {
    let sandbox = Sandbox::new("stdin");
    sandbox.write("p.fasm", "ReadLine\nReadLine\nPrintLn 1\nPrintLn 1\n");
    let outcome = sandbox.run_with(&["run", "p.fasm"], b"one\ntwo");
    assert_eq!(outcome, (0, "two\none\n".to_owned(), String::new()));
}

#[test]
fn arguments_are_argv() {
    let text = "\
.block each start end
GetVar ARGV
ForEachBlock each
start:
PrintLn 1
end:
ArrayLen ARGV
PrintLn 1
";
    let (status, out, err) = run_text("argv", text, &["a b", "--fuel", "-", ""]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert_eq!(out, "a b\n--fuel\n-\n\n4\n");
    let (_, out, _) = run_text("argv-none", text, &[]);
    assert_eq!(out, "0\n");
    let unused = run_text("argv-unused", "Nop\n", &["x"]);
    assert_eq!(unused, (0, String::new(), String::new()));
}

#[cfg(unix)]
#[test]
fn arguments_need_not_be_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let sandbox = Sandbox::new("argv-bytes");
    sandbox.write("p.fasm", "LoadInt 0\nArrayGet ARGV\nPrint 1\n");
    let mut command = fusevm(sandbox.path(), &["run", "p.fasm"]);
    command.arg(OsStr::from_bytes(b"\xff\xfe"));
    assert_eq!(output_of(command, b"").stdout, b"\xff\xfe");
}

#[test]
fn natives_are_there_unless_the_program_has_its_own() {
    let own = "LoadInt 1\nCall upper 1\nPrintLn 1\n.sub upper\nPop\nLoadInt 9\nReturnValue\n";
    assert_eq!(run_text("own", own, &[]).1, "9\n");
    let native = "LoadConst \"%05.1f|%s\\n\"\nLoadFloat 2.25\nLoadConst \"x\"\nCall printf 3\n";
    let outcome = run_text("native", native, &[]);
    assert_eq!(outcome, (0, "002.2|x\n".to_owned(), String::new()));
}

#[test]
fn a_program_chooses_its_exit_status() {
    for status in [0, 1, 77, 255] {
        let text = format!("LoadInt {status}\nCall exit 1\nLoadInt 1\nPrintLn 1\n");
        let outcome = run_text(&format!("exit-{status}"), &text, &[]);
        assert_eq!(outcome, (status, String::new(), String::new()));
    }
}

#[test]
fn the_result_is_printed_on_request() {
    let cases = [
        ("LoadInt 42\n", "42\n"),
        ("LoadConst [1, \"a\"]\n", "1 a\n"),
        ("LoadUndef\n", "\n"),
        ("Nop\n", ""),
    ];
    for (index, (text, expected)) in cases.into_iter().enumerate() {
        let sandbox = Sandbox::new(&format!("result-{index}"));
        sandbox.write("p.fasm", text);
        let silent = sandbox.run(&["run", "p.fasm"]);
        assert_eq!(silent, (0, String::new(), String::new()), "{text}");
        let outcome = sandbox.run(&["run", "--print-result", "p.fasm"]);
        assert_eq!(outcome, (0, expected.to_owned(), String::new()), "{text}");
    }
}

#[test]
fn natives_keep_to_the_memory() {
    let long = "LoadConst \"some,words \"\nLoadInt 200000\nStringRepeat\n";
    let cases = [
        format!("{long}LoadConst \",\"\nCall split 2\n"),
        format!("{long}LoadConst \"\"\nCall split 2\n"),
        format!("{long}Call upper 1\n"),
        format!("{long}SetVar t\nGetVar t\nLoadInt 1\nCall substr 2\n"),
        "LoadInt 1\nLoadInt 250000\nRange\nLoadConst \", \"\nCall join 2\n".to_owned(),
        format!("{long}SetVar t\nLoadConst \"%s%s\"\nGetVar t\nGetVar t\nCall sprintf 3\n"),
        format!("{long}SetVar t\nLoadConst \"%s%s\"\nGetVar t\nGetVar t\nCall printf 3\n"),
    ];
    for (index, text) in cases.iter().enumerate() {
        let sandbox = Sandbox::new(&format!("natives-memory-{index}"));
        sandbox.write("p.fasm", text);
        assert_eq!(sandbox.run(&["run", "p.fasm"]).0, 0, "{text}");
        let (status, _, message) = sandbox.run(&["run", "--max-memory", "4M", "p.fasm"]);
        assert_eq!(status, 1, "{text}");
        let expected = "error: out of memory: the machine may hold at most 4194304 bytes";
        assert!(message.starts_with(expected), "{text}: {message}");
    }
}

#[test]
fn limits_end_a_run() {
    let sandbox = Sandbox::new("limits");
    sandbox
        .write("loop.fasm", "again:\nJump again\n")
        .write("deep.fasm", "Call deep 0\n.sub deep\nCall deep 0\nReturn\n")
        .write("long.fasm", "LoadConst \"x\"\nLoadInt 2000\nStringRepeat\n");
    let cases: &[(&[&str], &str, &str)] = &[
        (&["--fuel", "1000", "loop.fasm"], "out of fuel", "--fuel"),
        (
            &["--timeout", "0.01", "loop.fasm"],
            "deadline exceeded",
            "--timeout",
        ),
        (
            &["--max-depth", "9", "deep.fasm"],
            "call depth exceeded: at most 9 frames may be open",
            "--max-depth",
        ),
        (
            &["--max-value-bytes", "1000", "long.fasm"],
            "value too large: one value may hold at most 1000 bytes",
            "--max-value-bytes",
        ),
        (
            &["--max-memory", "1K", "long.fasm"],
            "out of memory: the machine may hold at most 1024 bytes",
            "--max-memory",
        ),
        (&["deep.fasm"], "at most 200000 frames", "--max-depth"),
    ];
    for (arguments, message, help) in cases {
        let line = [&["run"], *arguments].concat();
        let (status, _, err) = sandbox.run(&line);
        assert_eq!(status, 1, "{arguments:?}");
        assert!(err.contains(message), "{arguments:?}: {err}");
        assert!(err.contains(&format!("`{help}`")), "{arguments:?}: {err}");
    }
    let enough = sandbox.run(&["run", "--max-value-bytes", "2000", "long.fasm"]);
    assert_eq!(enough.0, 0);
}
