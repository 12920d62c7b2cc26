//! The cases of `conformance/*.txt`: small programs and what they print.
//!
//! A case is a list of sections. A section begins with a line `--- KIND`, and its text goes on to
//! the next of these lines:
//!
//! | Section | |
//! |---|---|
//! | `--- program TITLE` | the first: a program, run with nothing but standard input |
//! | `--- shell TITLE` | or a script for `sh`, in which `awk` is the AWK under test |
//! | `--- input` | standard input, if not that of [`INPUT`] |
//! | `--- output` | standard output; `--- output (exit 2)` if the exit status is not 0 |
//! | `--- error` | each line is part of standard error, which is empty without this |
//! | `--- reason` | why gawk does something else, in `differences.txt` |
//! | `--- gawk` | what it does then; without this, it is not run |
//! | `--- since 5.3` | gawk can do it from this version on |
//! | `--- no newline` | the section above does not end in a newline |
//!
//! What is in front of the first case tells what a file is about.

use std::fs;
use std::path::PathBuf;

/// What most cases read.
pub(crate) const INPUT: &str = "a 1 x\nb 2 y\na 3 z\n\nlast 10\n";

#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// The name of the file without its ending.
    pub(crate) area: String,
    /// The line of the file where it begins.
    pub(crate) line: usize,
    pub(crate) title: String,
    /// The text is a program, not a script.
    pub(crate) is_program: bool,
    pub(crate) text: String,
    pub(crate) input: String,
    pub(crate) outcome: Outcome,
    pub(crate) errors: Vec<String>,
    /// What gawk does, if something else.
    pub(crate) gawk: Option<Outcome>,
    pub(crate) reason: String,
    /// The first version of gawk that can do it.
    pub(crate) since: (u32, u32),
}

/// What a run gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) output: String,
    pub(crate) status: i32,
}

/// All cases of all files.
pub(crate) fn cases() -> Vec<Case> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut files: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let area = file.file_stem().unwrap().to_str().unwrap();
        read_cases(area, &fs::read_to_string(&file).unwrap(), &mut cases);
    }
    assert!(cases.len() > 600, "only {} cases", cases.len());
    cases
}

fn read_cases(area: &str, text: &str, cases: &mut Vec<Case>) {
    let mut lines = text.lines().enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let Some(header) = line.strip_prefix("--- ") else {
            assert!(cases.is_empty() || cases.last().unwrap().area != area);
            continue;
        };
        let mut section = String::new();
        while let Some((_, line)) = lines.next_if(|(_, line)| !line.starts_with("--- ")) {
            section.push_str(line);
            section.push('\n');
        }
        if lines
            .next_if(|(_, line)| *line == "--- no newline")
            .is_some()
        {
            section.pop();
        }
        let (kind, rest) = header.split_once(' ').unwrap_or((header, ""));
        if matches!(kind, "program" | "shell") {
            section.pop();
            cases.push(Case {
                area: area.to_owned(),
                line: index + 1,
                title: rest.to_owned(),
                is_program: kind == "program",
                text: section,
                input: INPUT.to_owned(),
                outcome: Outcome::default(),
                errors: Vec::new(),
                gawk: None,
                reason: String::new(),
                since: (0, 0),
            });
            continue;
        }
        let case = cases.last_mut().filter(|case| case.area == area);
        let case = case.unwrap_or_else(|| panic!("{area}:{}: `{line}`", index + 1));
        let outcome = |output: String| Outcome {
            output,
            status: status(rest),
        };
        match kind {
            "input" => case.input = section,
            "output" => case.outcome = outcome(section),
            "error" => case.errors = section.lines().map(str::to_owned).collect(),
            "gawk" => case.gawk = Some(outcome(section)),
            "reason" => case.reason = section,
            "since" => case.since = version(rest).unwrap(),
            _ => panic!("{area}:{}: `{line}`", index + 1),
        }
    }
}

/// The number in `(exit 2)`, 0 if there is nothing.
fn status(text: &str) -> i32 {
    let number = text.strip_prefix("(exit ");
    let number = number.and_then(|text| text.strip_suffix(')'));
    number.map_or(0, |number| number.parse().unwrap())
}

/// The first two parts of a version.
pub(crate) fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split(|c: char| !c.is_ascii_digit());
    let major = parts.next()?.parse().ok()?;
    Some((major, parts.next()?.parse().ok()?))
}
