//! The examples of the manual, `docs/awk.md`: each is run, and has to print what stands below it.
//!
//! A block of `sh` has commands, behind `$ `, which go on in lines behind `> `; the lines below a
//! command are what it prints, on both outputs. A block with `file=NAME` is a file that the
//! commands find. Each block runs in a directory of its own, with nothing on standard input.
//!
//! This program is the `fusevm` of the commands, under that name, so it has a `main` of its own.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use fusevm_awk::cli;

const MANUAL: &str = "../../docs/awk.md";

/// A manual with fewer examples was not read as it should be.
const FEWEST: usize = 50;

fn main() -> ExitCode {
    let mut args = env::args_os();
    let name = args.next().unwrap_or_default();
    if Path::new(&name).file_name() == Some(OsStr::new("fusevm")) {
        assert_eq!(args.next().as_deref(), Some(OsStr::new("awk")));
        return cli::run(&args.collect::<Vec<_>>());
    }
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(MANUAL);
    let manual = Manual::read(&fs::read_to_string(file).unwrap());
    let place = env::temp_dir().join(format!("fusevm-awk-manual-{}", std::process::id()));
    fs::create_dir_all(place.join("bin")).unwrap();
    symlink(env::current_exe().unwrap(), place.join("bin/fusevm")).unwrap();
    let count = manual.blocks.iter().map(Vec::len).sum::<usize>();
    let mut failures = 0;
    for (number, examples) in manual.blocks.iter().enumerate() {
        let home = place.join(number.to_string());
        fs::create_dir(&home).unwrap();
        for (name, text) in &manual.files {
            fs::write(home.join(name), text).unwrap();
        }
        for example in examples {
            let output = example.run(&place, &home);
            if output != example.output {
                failures += 1;
                let Example { line, command, .. } = example;
                println!("---- docs/awk.md:{line}: {command}\n{output}");
            }
        }
    }
    fs::remove_dir_all(&place).unwrap();
    println!("\n{count} examples of the manual, {failures} failures\n");
    assert!(count >= FEWEST, "only {count} examples");
    ExitCode::from(u8::from(failures > 0))
}

#[derive(Default)]
struct Manual {
    /// Names and texts of files.
    files: Vec<(String, String)>,
    /// The examples of each block.
    blocks: Vec<Vec<Example>>,
}

struct Example {
    /// The line of the manual where it begins.
    line: usize,
    command: String,
    output: String,
}

impl Manual {
    fn read(text: &str) -> Self {
        let mut manual = Manual::default();
        let mut lines = (1..).zip(text.lines());
        while let Some((number, line)) = lines.next() {
            let Some(kind) = line.strip_prefix("```") else {
                continue;
            };
            let block: Vec<(usize, &str)> = lines
                .by_ref()
                .take_while(|(_, line)| *line != "```")
                .collect();
            if let Some((_, name)) = kind.split_once(" file=") {
                let text = block.iter().map(|(_, line)| format!("{line}\n")).collect();
                manual.files.push((name.to_owned(), text));
            } else if kind == "sh" {
                manual.blocks.push(examples(&block));
            } else {
                assert_eq!(kind, "text", "docs/awk.md:{number}: what is this block?");
            }
        }
        manual
    }
}

fn examples(block: &[(usize, &str)]) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for &(line, text) in block {
        if let Some(command) = text.strip_prefix("$ ") {
            examples.push(Example {
                line,
                command: command.to_owned(),
                output: String::new(),
            });
            continue;
        }
        let example = examples.last_mut();
        let example = example.unwrap_or_else(|| panic!("docs/awk.md:{line}: no command"));
        match text.strip_prefix("> ") {
            Some(more) if example.output.is_empty() => {
                example.command.push('\n');
                example.command.push_str(more);
            }
            _ => {
                example.output.push_str(text);
                example.output.push('\n');
            }
        }
    }
    examples
}

impl Example {
    /// Runs it: what it prints, and a newline if there is none at the end.
    fn run(&self, place: &Path, home: &Path) -> String {
        let mut search = vec![place.join("bin")];
        search.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        let file = place.join("output");
        let output = File::create(&file).unwrap();
        let status = Command::new("sh")
            .arg("-c")
            .arg(&self.command)
            .current_dir(home)
            .env_clear()
            .env("PATH", env::join_paths(search).unwrap())
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .status();
        status.unwrap();
        let mut text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }
}
