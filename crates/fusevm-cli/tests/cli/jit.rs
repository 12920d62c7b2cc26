//! What `fusevm run` tells about native code. Unix, because there is none elsewhere.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use crate::support::{Outcome, Sandbox, fusevm, output_of};

/// Sums up to 5000, after a loop of 5000 passes that has no native code of its own.
const PROGRAM: &str = "\
.slot i
.slot sum
LoadInt 0
SetSlot i
append:
GetSlot i
LoadInt 1
StringRepeat
Pop
PreIncSlotVoid i
GetSlot i
LoadInt 5000
NumLt
JumpIfTrue append
LoadInt 0
SetSlot i
LoadInt 0
SetSlot sum
add:
GetSlot i
GetSlot sum
Add
LoadInt 1000003
Mod
SetSlot sum
PreIncSlotVoid i
GetSlot i
LoadInt 5000
NumLt
JumpIfTrue add
GetSlot sum
PrintLn 1
";

fn outcome_of(command: Command) -> Outcome {
    let output = output_of(command, b"");
    (
        output.status.code().expect("ended by a signal"),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn statistics_tell_what_was_made_and_why_not() {
    let sandbox = Sandbox::new("jit-stats");
    sandbox.write("p.fasm", PROGRAM);
    let (status, out, err) = sandbox.run(&["run", "--jit=on", "--jit-stats", "p.fasm"]);
    assert_eq!((status, out.as_str()), (0, "497464\n"), "{err}");
    let lines: Vec<&str> = err.lines().collect();
    let [made, entered, append, add] = lines[..] else {
        panic!("{err}")
    };
    assert!(
        made.starts_with("native code: 1 made and 1 refused in "),
        "{err}"
    );
    let expected = "entered 1 times: 1 ran to the end, 0 left early, 0 stopped";
    assert_eq!(entered, expected, "{err}");
    assert!(
        append.starts_with("p.fasm:6 (op 2): interpreted, because "),
        "{err}"
    );
    assert!(add.starts_with("p.fasm:20 (op 15): "), "{err}");
    assert!(
        add.ends_with(" bytes; made 1 times, entered 1 times, left early 0 times"),
        "{err}"
    );
    let off = sandbox.run(&["run", "--jit=off", "--jit-stats", "p.fasm"]);
    let expected = (0, "497464\n".to_owned(), "native code: off\n".to_owned());
    assert_eq!(off, expected);
    let mut command = fusevm(sandbox.path(), &["run", "--jit-stats", "p.fasm"]);
    command.env("FUSEVM_JIT", "off");
    assert_eq!(outcome_of(command), expected);
    let silent = sandbox.run(&["run", "p.fasm"]);
    assert_eq!(silent, (0, "497464\n".to_owned(), String::new()));
}

#[test]
fn code_is_dumped_to_a_directory() {
    let sandbox = Sandbox::new("jit-dump");
    sandbox.write("p.fasm", PROGRAM);
    let outcome = sandbox.run(&["run", "--jit=on", "--jit-dump", "new/dump", "p.fasm"]);
    assert_eq!(outcome, (0, "497464\n".to_owned(), String::new()));
    let text = String::from_utf8(sandbox.read("new/dump/0001-op15.txt")).unwrap();
    let code = sandbox.read("new/dump/0001-op15.bin");
    assert!(text.starts_with("p.fasm:20 op 15\n"), "{text}");
    for part in ["\n    17  Add\n", "\nfunction ", "\nblock0("] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let (_, assembly) = text
        .split_once(&format!("Machine code, {} bytes\n", code.len()))
        .unwrap();
    assert!(assembly.contains("ret"), "{text}");
    // A second time it is replaced.
    let outcome = sandbox.run(&["run", "--jit=on", "--jit-dump", "new/dump", "p.fasm"]);
    assert_eq!(outcome, (0, "497464\n".to_owned(), String::new()));
    assert_eq!(sandbox.read("new/dump/0001-op15.bin"), code);
    let (status, _, err) = sandbox.run(&["run", "--jit-dump", "p.fasm/dump", "p.fasm"]);
    assert_eq!(status, 2);
    assert!(
        err.contains("cannot make the directory p.fasm/dump"),
        "{err}"
    );
}

#[test]
fn perf_is_told_where_code_is() {
    let sandbox = Sandbox::new("jit-perf");
    sandbox.write("p.fasm", PROGRAM);
    for by_option in [true, false] {
        let mut command = fusevm(sandbox.path(), &["run", "--jit=on", "p.fasm"]);
        if by_option {
            command = fusevm(sandbox.path(), &["run", "--jit=on", "--jit-perf", "p.fasm"]);
        } else {
            command.env("FUSEVM_JIT_PERF", "1");
        }
        let child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
        let map = format!("/tmp/perf-{}.map", child.id());
        assert!(child.wait_with_output().unwrap().status.success());
        let text = std::fs::read_to_string(&map).unwrap();
        std::fs::remove_file(&map).unwrap();
        assert!(text.ends_with(" p.fasm:20 op 15\n"), "{text}");
    }
}

/// Some systems let no memory become executable. A process can be put under such a rule on Linux from 6.3
/// on, by way of another that starts it.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn without_memory_for_code_the_program_is_interpreted() {
    const PRCTL: u32 = 157;
    const SET_MDWE: u32 = 65;
    let sandbox = Sandbox::new("jit-no-memory");
    sandbox.write("p.fasm", PROGRAM);
    let script = format!("exit 125 if syscall({PRCTL}, {SET_MDWE}, 1, 0, 0, 0) != 0; exec @ARGV");
    let mut command = Command::new("perl");
    command
        .args(["-e", &script, env!("CARGO_BIN_EXE_fusevm"), "run", "p.fasm"])
        .current_dir(sandbox.path())
        .env("NO_COLOR", "1");
    if !Path::new("/usr/bin/perl").exists() {
        return;
    }
    let (status, out, err) = outcome_of(command);
    if status == 125 {
        // The system does not know the rule.
        return;
    }
    assert_eq!((status, out.as_str()), (0, "497464\n"), "{err}");
    let warning =
        "warning: the system gives no memory for native code: the program was interpreted\n";
    assert_eq!(err, warning);
}
