//! Help, version, the reference, completions.

use std::io::Read as _;
use std::process::Stdio;

use crate::support::{Sandbox, fusevm};

#[test]
fn help_says_what_there_is() {
    let sandbox = Sandbox::new("help");
    let (status, out, err) = sandbox.run(&["--help"]);
    assert_eq!((status, err.as_str()), (0, ""));
    let commands = [
        "run",
        "awk",
        "asm",
        "dis",
        "check",
        "ops",
        "cache",
        "completions",
    ];
    for command in commands {
        assert!(out.contains(&format!("\n  {command} ")), "{command}");
        let (status, help, _) = sandbox.run(&[command, "--help"]);
        assert_eq!(status, 0, "{command}");
        // An AWK may be called by its own name.
        let usage = if command == "awk" {
            "Usage: awk"
        } else {
            "Usage: fusevm"
        };
        assert!(help.contains(usage), "{command}");
    }
    assert!(out.contains("Exit status:") && out.contains("Examples:"));
    let (_, run, _) = sandbox.run(&["run", "--help"]);
    assert!(run.contains("ARGV") && run.contains("printf(format, values...)"));
}

#[test]
fn version_is_that_of_the_package() {
    let (status, out, _) = Sandbox::new("version").run(&["--version"]);
    let expected = concat!("fusevm ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!((status, out.as_str()), (0, expected));
}

#[test]
fn wrong_usage_has_status_2() {
    let sandbox = Sandbox::new("usage");
    sandbox.write("p.fasm", "Nop\n");
    let cases: &[(&[&str], &str)] = &[
        (&[], "Usage: fusevm <COMMAND>"),
        (&["rum"], "tip: a similar subcommand exists: 'run'"),
        (&["p.fasm"], "tip: to run a program: fusevm run p.fasm"),
        (&["run"], "Usage: fusevm run [OPTIONS] FILE [ARGS]..."),
        (
            &["run", "--feul", "1", "p.fasm"],
            "tip: a similar argument exists: '--fuel'",
        ),
        (
            &["run", "--fuel", "much", "p.fasm"],
            "invalid value 'much' for '--fuel <N>'",
        ),
        (
            &["run", "--timeout=-1", "p.fasm"],
            "invalid value '-1' for '--timeout <SECONDS>'",
        ),
        (
            &["check", "p.fasm", "q.fasm"],
            "unexpected argument 'q.fasm'",
        ),
        (&["completions", "cmd"], "[possible values: bash,"),
    ];
    for (arguments, expected) in cases {
        let (status, out, err) = sandbox.run(arguments);
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains(expected), "{arguments:?}: {err}");
    }
}

#[test]
fn ops_is_the_reference() {
    let sandbox = Sandbox::new("ops");
    let (status, page, _) = sandbox.run(&["ops"]);
    assert_eq!(status, 0);
    assert_eq!(page, fusevm::op::reference());

    let (status, add, _) = sandbox.run(&["ops", "Add"]);
    assert_eq!(status, 0);
    assert_eq!(
        add,
        "\
Add
  stack    a b -> num
  class    pure, commutative
  section  Arithmetic
  number   39

Adds. Two `Int`s wrap to an `Int`; any other pair is added as floats.
"
    );

    let cases = [
        ("add", "tip: a similar value exists: 'Add'"),
        ("JumpIfFals", "tip: a similar value exists: 'JumpIfFalse'"),
        (
            "Frobnicate",
            "tip: `fusevm ops` without a name shows all ops",
        ),
    ];
    for (name, expected) in cases {
        let (status, out, err) = sandbox.run(&["ops", name]);
        assert_eq!((status, out.as_str()), (2, ""), "{name}");
        assert!(err.contains(expected), "{name}: {err}");
        assert!(!err.contains("LoadInt"), "lists all ops: {err}");
    }
}

#[test]
fn completions_exist_for_every_shell() {
    let sandbox = Sandbox::new("completions");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (status, script, err) = sandbox.run(&["completions", shell]);
        assert_eq!((status, err.as_str()), (0, ""), "{shell}");
        assert!(script.contains("max-value-bytes"), "{shell}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let sandbox = Sandbox::new("closed-pipe");
    sandbox.write(
        "loop.fasm",
        "again:\nLoadConst \"line\"\nPrintLn 1\nJump again\n",
    );
    for arguments in [
        &["run", "loop.fasm"][..],
        &["ops"],
        &["completions", "bash"],
    ] {
        let mut child = fusevm(sandbox.path(), arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}");
        assert_eq!(err, "", "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let sandbox = Sandbox::new("full-disk");
    sandbox.write("p.fasm", "LoadInt 1\nPrintLn 1\n");
    for arguments in [&["run", "p.fasm"][..], &["dis", "p.fasm"], &["ops"]] {
        let full = std::fs::File::create("/dev/full").unwrap();
        let output = fusevm(sandbox.path(), arguments)
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(err.contains("No space left"), "{arguments:?}: {err}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn errors_that_nobody_can_read_are_errors_still() {
    let sandbox = Sandbox::new("no-stderr");
    for arguments in [&["run", "missing"][..], &["rum"]] {
        let full = std::fs::File::create("/dev/full").unwrap();
        let status = fusevm(sandbox.path(), arguments).stderr(full).status();
        assert_eq!(status.unwrap().code(), Some(2), "{arguments:?}");
    }
}
