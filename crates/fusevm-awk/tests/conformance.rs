//! Small programs by feature, with what they print, and why: `conformance/*.txt`, whose form is
//! described in `support/cases.rs`. Where gawk is installed, it has to print the same, but for
//! what `conformance/differences.txt` lists.
//!
//! Each case runs in a process and a directory of its own. This program is the `awk` of those
//! processes, under that name, so it has a `main` of its own:
//!
//! ```text
//! cargo test -p fusevm-awk --test conformance -- printf substr
//! ```
//!
//! runs the cases that have one of the words in `area: title`.

#[path = "support/cases.rs"]
mod cases;

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use cases::{Case, Outcome};
use fusevm_awk::cli;

/// A case that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let mut args = env::args_os();
    let name = args.next().unwrap_or_default();
    if Path::new(&name).file_name() == Some(OsStr::new("awk")) {
        return cli::run(&args.collect::<Vec<_>>());
    }
    // What libtest would understand is none of our business.
    let words: Vec<String> = env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let mut cases = cases::cases();
    cases.retain(|case| {
        let name = format!("{}: {}", case.area, case.title);
        words.is_empty() || words.iter().any(|word| name.contains(word.as_str()))
    });
    let place = env::temp_dir().join(format!("fusevm-awk-conformance-{}", std::process::id()));
    let started = Instant::now();
    let failures = run_all(&cases, &place);
    fs::remove_dir_all(&place).unwrap();
    for failure in &failures {
        println!("{failure}");
    }
    let (all, bad, time) = (cases.len(), failures.len(), started.elapsed());
    println!("\n{all} conformance cases, {bad} failures, {time:.1?}\n");
    ExitCode::from(u8::from(bad > 0))
}

/// Runs the cases, as many at once as there are processors; gives what went wrong, in order.
fn run_all(cases: &[Case], place: &Path) -> Vec<String> {
    let gawk = gawk();
    if gawk.is_none() {
        println!("There is no gawk to compare with.");
    }
    let ours = named_awk(place, "ours", &env::current_exe().unwrap());
    let gawk = gawk.map(|(path, version)| (named_awk(place, "gawk", &path), version));
    let queue = Mutex::new(cases.iter().enumerate());
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap().next();
                    let Some((number, case)) = next else { return };
                    let home = place.join(number.to_string());
                    let mut found = check_ours(case, &ours, &home.join("ours"));
                    match &gawk {
                        Some((awk, version)) if *version >= case.since => {
                            found.extend(check_gawk(case, awk, &home.join("gawk")));
                        }
                        _ => {}
                    }
                    fs::remove_dir_all(&home).unwrap();
                    failures
                        .lock()
                        .unwrap()
                        .extend(found.into_iter().map(|text| (number, text)));
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    failures.into_iter().map(|(_, text)| text).collect()
}

/// The gawk on the path, and its version.
fn gawk() -> Option<(PathBuf, (u32, u32))> {
    let output = Command::new("gawk").arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = cases::version(text.strip_prefix("GNU Awk ")?)?;
    let mut directories = env::split_paths(&env::var_os("PATH")?)
        .collect::<Vec<_>>()
        .into_iter();
    let path = directories.find_map(|directory| {
        let path = directory.join("gawk");
        path.is_file().then_some(path)
    })?;
    Some((path, version))
}

/// A directory in which that program is `awk`.
fn named_awk(place: &Path, name: &str, program: &Path) -> PathBuf {
    let directory = place.join(name);
    fs::create_dir_all(&directory).unwrap();
    symlink(program, directory.join("awk")).unwrap();
    directory
}

fn check_ours(case: &Case, awk: &Path, home: &Path) -> Vec<String> {
    let (outcome, errors) = match run(case, awk, home) {
        Ok(run) => run,
        Err(message) => return vec![describe(case, "", &message)],
    };
    let mut found = Vec::new();
    if outcome != case.outcome {
        found.push(describe(
            case,
            "",
            &difference(&case.outcome, &outcome, &errors),
        ));
    } else if case.errors.is_empty() && !errors.is_empty() {
        found.push(describe(
            case,
            "",
            &format!("unexpected on standard error:\n{errors}"),
        ));
    } else if let Some(missing) = case.errors.iter().find(|text| !errors.contains(*text)) {
        let message = format!("`{missing}` is not in standard error:\n{errors}");
        found.push(describe(case, "", &message));
    }
    found
}

fn check_gawk(case: &Case, awk: &Path, home: &Path) -> Vec<String> {
    let differs = case.area == "differences";
    if differs == case.reason.is_empty() || !differs && case.gawk.is_some() {
        let message = "differences have a reason, and are in differences.txt";
        return vec![describe(case, "", message)];
    }
    let expected = match &case.gawk {
        Some(outcome) if *outcome == case.outcome => {
            return vec![describe(case, "", "there is no difference")];
        }
        Some(outcome) => outcome,
        None if differs => return Vec::new(),
        None => &case.outcome,
    };
    match run(case, awk, home) {
        Ok((outcome, errors)) if outcome != *expected => {
            let message = difference(expected, &outcome, &errors);
            vec![describe(case, "gawk: ", &message)]
        }
        Ok(_) => Vec::new(),
        Err(message) => vec![describe(case, "gawk: ", &message)],
    }
}

/// Runs a case with the `awk` of that directory: what it gives, and its standard error.
fn run(case: &Case, awk: &Path, home: &Path) -> Result<(Outcome, String), String> {
    fs::create_dir_all(home.join("work")).unwrap();
    let path = |name: &str| home.join(name);
    fs::write(path("input"), &case.input).unwrap();
    let mut search = vec![awk.to_owned()];
    search.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let mut command = Command::new(if case.is_program { "awk" } else { "sh" });
    if case.is_program {
        command = Command::new(awk.join("awk"));
        command.arg(&case.text);
    } else {
        command.arg("-c").arg(&case.text);
    }
    let mut child = command
        .current_dir(path("work"))
        .env_clear()
        .env("PATH", env::join_paths(search).unwrap())
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .stdin(File::open(path("input")).unwrap())
        .stdout(File::create(path("output")).unwrap())
        .stderr(File::create(path("error")).unwrap())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            return Err(format!("it does not end in {PATIENCE:?}"));
        }
        thread::sleep(Duration::from_millis(1));
    };
    let read = |name: &str| String::from_utf8_lossy(&fs::read(path(name)).unwrap()).into_owned();
    let outcome = Outcome {
        output: read("output"),
        // As a shell shows what a signal did.
        status: status
            .code()
            .or(status.signal().map(|signal| 128 + signal))
            .unwrap_or(-1),
    };
    Ok((outcome, read("error")))
}

fn describe(case: &Case, who: &str, message: &str) -> String {
    let Case {
        area,
        line,
        title,
        text,
        ..
    } = case;
    format!("---- {who}conformance/{area}.txt:{line}: {title}\n{text}\n----\n{message}")
}

/// Both outcomes, with `-` and `+` in front of lines that are only expected or only there.
fn difference(expected: &Outcome, actual: &Outcome, errors: &str) -> String {
    let mut text = String::new();
    let (mut old, mut new) = (expected.output.lines(), actual.output.lines());
    loop {
        match (old.next(), new.next()) {
            (None, None) => break,
            (Some(old), Some(new)) if old == new => text += &format!("  {old}\n"),
            (old, new) => {
                text.extend(old.map(|line| format!("- {line}\n")));
                text.extend(new.map(|line| format!("+ {line}\n")));
            }
        }
    }
    if expected.output.ends_with('\n') != actual.output.ends_with('\n') {
        text += "the newline at the end differs\n";
    }
    if expected.status != actual.status {
        text += &format!("exit {}, not {}\n", actual.status, expected.status);
    }
    text + errors
}
