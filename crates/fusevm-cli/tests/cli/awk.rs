//! `fusevm awk` as users meet it.

use std::path::Path;
use std::process::Command;

use crate::support::{Sandbox, fusevm, output_of};

#[test]
fn counting_words_agrees_with_gawk() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let program = "{ n[$1]++ } END { for (w in n) print n[w], w }";
    let sorted = |output: &[u8]| {
        let mut lines: Vec<Vec<u8>> = output.split(|byte| *byte == b'\n').map(Vec::from).collect();
        lines.sort();
        lines
    };
    let ours = output_of(fusevm(&root, &["awk", program, "README.md"]), b"");
    assert!(ours.status.success(), "{ours:?}");
    let lines = sorted(&ours.stdout);
    assert!(lines.contains(&b"1 VM".to_vec()) || lines.len() > 20);
    let mut gawk = Command::new("gawk");
    gawk.args([program, "README.md"]).current_dir(&root);
    if let Ok(theirs) = gawk.output() {
        assert_eq!(lines, sorted(&theirs.stdout));
    }
}

#[test]
fn options_and_operands() {
    let sandbox = Sandbox::new("awk-options");
    sandbox
        .write("data", "a:1\nb:2\n")
        .write("f.awk", "function f(x) { return x * n }\n")
        .write("main.awk", "#!/usr/bin/fusevm awk -f\n{ print f($2) }\n");
    let cases: [(&[&str], &str, &str); 16] = [
        (&["-F:", "{ print $2 }", "data"], "", "1\n2\n"),
        (
            &[
                "-F", ":", "-v", "n=3", "-f", "f.awk", "-f", "main.awk", "data",
            ],
            "",
            "3\n6\n",
        ),
        (&["-c", "-Ft", "{ print $2 }"], "a\tb c\n", "b c\n"),
        (&["-Ft", "{ print $2 }"], "atb\n", "b\n"),
        (
            &["-k", "{ print $2 }"],
            "a,\"b, \"\"c\"\"\"\n",
            "b, \"c\"\n",
        ),
        (&["-b", "{ print length }"], "é\n", "2\n"),
        (&["-o-", "BEGIN{print 1}"], "", "BEGIN {\n\tprint 1\n}\n"),
        (&["{ print x, $0 }", "x=1", "-", "x=2"], "in\n", "1 in\n"),
        (&["--", "{ print }"], "in\n", "in\n"),
        (&["BEGIN { print ARGV[1], ARGC }", "-v", "x"], "", "-v 3\n"),
        (&["-vx=a\\tb", "BEGIN { print x }"], "", "a\tb\n"),
        (&["-f", "-", "data"], "NR == 2", "b:2\n"),
        (
            &["-e", "NR == 2", "-e", "END { print NR }", "data"],
            "",
            "b:2\n2\n",
        ),
        (
            &[
                "-F:",
                "-i",
                "f.awk",
                "--assign",
                "n=2",
                "{ print f($2) }",
                "data",
            ],
            "",
            "2\n4\n",
        ),
        (
            &["BEGIN { printf \"x\" | \"cat\"; print \"first\" }"],
            "",
            "xfirst\n",
        ),
        (
            &["BEGIN { system(\"echo one\"); print \"two\" }"],
            "",
            "one\ntwo\n",
        ),
    ];
    for (arguments, input, expected) in cases {
        let arguments = [&["awk"], arguments].concat();
        let (status, out, err) = sandbox.run_with(&arguments, input.as_bytes());
        assert_eq!(
            (status, out.as_str(), err.as_str()),
            (0, expected, ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn errors_and_exit_statuses() {
    let sandbox = Sandbox::new("awk-errors");
    let cases: [(&[&str], i32, &str); 11] = [
        (&["BEGIN { exit 7 }"], 7, ""),
        (&["BEGIN { exit 256 + 3 }"], 3, ""),
        (&["{ exit 1 } END { exit }"], 0, ""),
        (
            &["BEGIN {\n  x = 1 +\n}"],
            1,
            "error: cmd. line:2:10: expected an expression, but found the end of the line\n  |\n2 |   x = 1 +\n  |          ^\n",
        ),
        (
            &["BEGIN { print 1 % 0 }"],
            2,
            "awk: cmd. line:1: fatal: division by zero attempted in `%`\n",
        ),
        (
            &["{ }", "missing"],
            2,
            "awk: fatal: cannot open file `missing` for reading: No such file or directory\n",
        ),
        (
            &["{ }", "."],
            0,
            "awk: warning: command line argument `.` is a directory: skipped\n",
        ),
        (
            &["-f", "missing"],
            2,
            "awk: fatal: cannot open source file `missing` for reading: No such file or directory\n",
        ),
        (
            &["-v", "1=2", "x"],
            2,
            "awk: fatal: `1` is not a legal variable name\n",
        ),
        (
            &["-S", "BEGIN { system(\"echo\") }"],
            2,
            "awk: cmd. line:1: fatal: `system` function not allowed in sandbox mode\n",
        ),
        (
            &["-L", "BEGIN { f(y, 2) } function f(x) { }"],
            0,
            "awk: cmd. line:1: warning: function `f` called with more arguments than declared\n",
        ),
    ];
    for (arguments, status, message) in cases {
        let arguments = [&["awk"], arguments].concat();
        let (found, out, err) = sandbox.run(&arguments);
        assert_eq!(
            (found, out.as_str(), err.as_str()),
            (status, "", message),
            "{arguments:?}"
        );
    }
    let (status, _, err) = sandbox.run(&["awk"]);
    assert_eq!(status, 1);
    assert!(
        err.contains("Usage: awk") && err.contains("--help"),
        "{err}"
    );
}

#[test]
fn what_programs_take_is_shown() {
    let sandbox = Sandbox::new("awk-profile");
    sandbox.write("p.awk", "BEGIN {\n\tfor (; i < 3; i++)\n\t\tn++\n}\n");
    let (status, profile, _) = sandbox.run(&["awk", "-p-", "-f", "p.awk"]);
    assert_eq!(status, 0);
    let line = profile.lines().find(|line| line.ends_with("n++"));
    let figures: Vec<&str> = line.unwrap().split_whitespace().collect();
    assert_eq!((figures[0], figures[2]), ("3", "3"), "{profile}");

    let (status, variables, _) = sandbox.run(&["awk", "--dump-var=-", "BEGIN { zz = \"a\\t\" }"]);
    assert_eq!(status, 0);
    for line in [
        "NR: 0",
        "OFS: \" \"",
        "ARGV: array, 1 elements",
        "zz: \"a\\t\"",
    ] {
        assert!(variables.lines().any(|found| found == line), "{variables}");
    }

    let (status, listing, _) = sandbox.run(&["awk", "--dump", "-f", "p.awk"]);
    assert_eq!(status, 0);
    assert!(listing.contains("; p.awk:3: n++\n"), "{listing}");
    assert!(listing.contains("; i\n"), "{listing}");
}

#[test]
fn files_are_changed_in_place() {
    let sandbox = Sandbox::new("awk-inplace");
    sandbox.write("a", "1\n2\n").write("b", "3\n");
    let program = "BEGIN { print \"begin\" } { print $0 * 2 } END { print \"end\" }";
    let read = |name: &str| String::from_utf8(sandbox.read(name)).unwrap();
    let keep = "inplace::suffix=.bak";
    let (status, out, err) = sandbox.run(&["awk", "-i", "inplace", "-v", keep, program, "a", "b"]);
    assert_eq!((status, out.as_str()), (0, "begin\nend\n"), "{err}");
    assert_eq!((read("a"), read("b")), ("2\n4\n".into(), "6\n".into()));
    assert_eq!(
        (read("a.bak"), read("b.bak")),
        ("1\n2\n".into(), "3\n".into())
    );

    let (status, ..) = sandbox.run(&["awk", "-i", "inplace", "{ print 1 / 0 * $1 }", "a"]);
    assert_eq!((status, read("a")), (2, "2\n4\n".into()));
}

#[test]
fn files_of_programs() {
    let sandbox = Sandbox::new("awk-include");
    sandbox
        .write(
            "one.awk",
            "@include \"two\"\nfunction one() { return 1 + two() }\n",
        )
        .write(
            "two.awk",
            "@include \"one.awk\"\nfunction two() { return 2 }\n",
        );
    let program = "@include \"one\"\n@include \"two\"\nBEGIN { print one() }";
    for arguments in [
        &["awk", program][..],
        &["awk", "-i", "one", "BEGIN { print one() }"],
        &["awk", "-f", "one", "-e", "BEGIN { print one() }"],
    ] {
        let (status, out, err) = sandbox.run(arguments);
        assert_eq!((status, out.as_str(), err.as_str()), (0, "3\n", ""));
    }
}

#[test]
fn help_is_complete() {
    let (status, help, _) = Sandbox::new("awk-help").run(&["awk", "--help"]);
    assert_eq!(status, 0);
    for part in ["-F", "-v", "-f", "NAME=VALUE", "Exit status", "Examples"] {
        assert!(help.contains(part), "{part} in {help}");
    }
}

#[test]
fn threads_are_asked_for_and_refused() {
    let sandbox = Sandbox::new("awk-jobs");
    sandbox.write("data", "a 1\nb 2\n");
    let sum = "{ s += $2 } END { print s, NR }";
    let sequential = "awk: -j: reading sequentially:";
    for (arguments, output, message) in [
        (["-j4", sum, "data"], "3 2\n", String::new()),
        (["--jobs=1", "NR > 1", "data"], "b 2\n", String::new()),
        (
            ["-j2", "NR > 1", "data"],
            "b 2\n",
            format!("{sequential} a rule asks for NR\n"),
        ),
        (
            ["-j2", sum, "-"],
            "0\n",
            format!("{sequential} `-` is not a regular file\n"),
        ),
        (
            ["-j2", sum, "x=1"],
            "0\n",
            format!("{sequential} `-` is not a regular file\n"),
        ),
    ] {
        let output = output.replace("0\n", " 0\n");
        let (status, out, errors) = sandbox.run(&[&["awk"], &arguments[..]].concat());
        assert_eq!((status, out, errors), (0, output, message), "{arguments:?}");
    }
    for number in ["0", "x", "-1", ""] {
        let (status, _, errors) = sandbox.run(&["awk", "-j", number, sum, "data"]);
        let expected = "awk: the option -j needs a number of threads, from 1 on\n";
        assert!(
            status == 1 && errors.starts_with(expected),
            "{number}: {errors}"
        );
    }
    let (status, _, errors) = sandbox.run(&["awk", "-i", "inplace", "-j2", "{ print $1 }", "data"]);
    let expected = format!("{sequential} files are changed in place\n");
    assert_eq!((status, errors), (0, expected));
    assert_eq!(sandbox.read("data"), b"a\nb\n");
}
