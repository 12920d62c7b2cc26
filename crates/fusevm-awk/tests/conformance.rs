//! Small programs by feature, with what they print: `conformance/*.txt`. Where gawk is installed,
//! it has to print the same.
//!
//! A case is a program behind `--- program`, and its output behind `--- output`, where an exit
//! status other than 0 is added. `--- no newline` says that the output does not end its last line.
//! All get the same input. Programs that start others run in a process of their own.

#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use fusevm_awk::Options;
use support::run;

const INPUT: &[u8] = b"a 1 x\nb 2 y\na 3 z\n\nlast 10\n";

#[derive(Debug)]
struct Case {
    program: String,
    output: String,
    status: i32,
}

fn cases() -> Vec<Case> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut cases = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for case in text.split("--- program\n").skip(1) {
            let (program, rest) = case.split_once("\n--- output").unwrap();
            let (status, output) = rest.split_once('\n').unwrap();
            let status = status.trim().trim_start_matches("(exit ");
            let output = output.strip_suffix("\n--- no newline\n").unwrap_or(output);
            cases.push(Case {
                program: program.to_owned(),
                output: output.to_owned(),
                status: status.trim_end_matches(')').parse().unwrap_or(0),
            });
        }
    }
    assert!(cases.len() > 100);
    cases
}

/// Commands of a program write to the real standard output, behind the back of a test.
fn starts_commands_that_print(case: &Case) -> bool {
    case.program.contains("| \"") && !case.program.contains("getline")
}

#[test]
fn programs_print_what_they_should() {
    for case in cases() {
        if starts_commands_that_print(&case) {
            continue;
        }
        let (status, output) = run(&case.program, INPUT, Options::default());
        let output = String::from_utf8_lossy(&output);
        assert_eq!(output, case.output, "{case:#?}");
        assert_eq!(status, Ok(case.status), "{case:#?}");
    }
}

#[test]
fn gawk_prints_the_same() {
    let version = Command::new("gawk").arg("--version").output();
    if !version.is_ok_and(|output| output.status.success()) {
        return;
    }
    for case in cases() {
        let mut gawk = Command::new("gawk")
            .arg(&case.program)
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It need not read its input.
        let _ = gawk.stdin.take().unwrap().write_all(INPUT);
        let output = gawk.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(text, case.output, "{case:#?}");
        assert_eq!(output.status.code(), Some(case.status), "{case:#?}");
    }
}
