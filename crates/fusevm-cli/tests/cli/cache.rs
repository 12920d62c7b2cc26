//! `fusevm cache`, and the commands that keep native code.
#![cfg(unix)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Outcome, Sandbox, fusevm, output_of};

/// A loop of 5000 passes that has native code.
const PROGRAM: &str = "\
.slot i
.slot x
LoadInt 0
SetSlot i
next:
GetSlot x
GetSlot i
LoadInt 3
BitXor
Add
SetSlot x
PreIncSlotVoid i
GetSlot i
LoadInt 5000
NumLt
JumpIfTrue next
";

/// Runs a command with variables of the environment.
fn run(dir: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let mut command = fusevm(dir, arguments);
    command.env_remove("FUSEVM_JIT_CACHE_DIR");
    command.env_remove("XDG_CACHE_HOME");
    command.env_remove("HOME");
    command.envs(variables.iter().copied());
    let output = output_of(command, b"");
    (
        output.status.code().expect("ended by a signal"),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn code_is_kept_and_removed() {
    let sandbox = Sandbox::new("cache");
    sandbox.write("p.fasm", PROGRAM);
    let dir = sandbox.path();
    let home = [("HOME", dir.to_str().unwrap())];
    let cache = |action| run(dir, &["cache", action], &home);
    let told = |text: &str| (0, text.to_owned(), String::new());

    let path = dir.join(".cache/fusevm-jit");
    assert_eq!(cache("path"), told(&format!("{}\n", path.display())));
    let (status, info, _) = cache("info");
    let expected = format!(
        "directory: {}\ncode: 0 bytes in 0 files\nbound: 256.0 MiB\n",
        path.display()
    );
    assert_eq!((status, info), (0, expected));
    assert!(!path.exists(), "nothing was kept yet");
    assert_eq!(cache("clear"), told("0 files removed\n"));

    for expected in [
        "on the disk: 0 found, 1 missed, 0 files rejected",
        "on the disk: 1 found, 0 missed, 0 files rejected",
    ] {
        let (status, _, err) = run(dir, &["run", "--jit-stats", "p.fasm"], &home);
        assert_eq!(status, 0);
        assert!(err.lines().any(|line| line == expected), "{err}");
    }
    let awk = "BEGIN { for (i = 0; i < 5000; i++) x += i; print x }";
    for _ in 0..2 {
        let (status, out, _) = run(dir, &["awk", awk], &home);
        assert_eq!((status, out.as_str()), (0, "12497500\n"));
    }
    let (_, info, _) = cache("info");
    assert!(info.contains(" in 2 files\n"), "{info}");
    assert_eq!(cache("prune"), told("0 bytes removed\n"));
    let small = [home[0], ("FUSEVM_JIT_CACHE_MAX_BYTES", "1")];
    let (status, out, _) = run(dir, &["cache", "prune"], &small);
    assert_eq!(status, 0);
    assert!(
        out.ends_with("bytes removed\n") && !out.starts_with("0 "),
        "{out}"
    );
    assert_eq!(cache("clear"), told("1 file removed\n"));

    fs::set_permissions(&path, Permissions::from_mode(0o777)).unwrap();
    let refused = "others can write to it";
    for action in ["prune", "clear"] {
        let (status, out, err) = cache(action);
        assert_eq!((status, out.as_str()), (1, ""));
        assert!(err.contains(refused), "{err}");
    }
    let (status, info, _) = cache("info");
    assert_eq!(status, 0);
    assert!(
        info.ends_with(&format!("\nnot used: {refused}\n")),
        "{info}"
    );
}

#[test]
fn nothing_is_kept_where_that_is_asked_for() {
    let sandbox = Sandbox::new("cache-off");
    sandbox.write("p.fasm", PROGRAM);
    let dir = sandbox.path();
    let home = ("HOME", dir.to_str().unwrap());
    for variables in [&[home, ("FUSEVM_JIT_CACHE_DIR", "off")][..], &[]] {
        let (status, _, err) = run(dir, &["run", "--jit-stats", "p.fasm"], variables);
        assert_eq!(status, 0);
        assert!(!err.contains("on the disk"), "{err}");
        for action in ["info", "prune", "clear"] {
            let (status, out, _) = run(dir, &["cache", action], variables);
            assert_eq!(status, 0);
            assert!(out.starts_with("native code is not kept: "), "{out}");
        }
        let (status, out, err) = run(dir, &["cache", "path"], variables);
        assert_eq!((status, out.as_str()), (1, ""));
        assert!(err.starts_with("error: native code is not kept: "), "{err}");
    }
    assert_eq!(fs::read_dir(dir).unwrap().count(), 1, "only the program");
}
