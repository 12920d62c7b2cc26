//! Tests of native code, once more with code that another process has made.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};
use std::{env, io};

use crate::scratch::Scratch;

/// Says that a process was started here.
const MARK: &str = "FUSEVM_TEST_CACHED";

/// Runs all tests of this binary but the one called `own`, which calls this, in a process that keeps its
/// native code, and then in another one, which has to load most of it. Tests that run
/// [`seeds`](crate::cases::seeds) run as many as `cases` says.
///
/// Does nothing in these processes.
///
/// # Panics
/// If a test fails there, or less code is loaded than it should be.
pub fn run_again(own: &str, cases: u64) {
    if env::var_os(MARK).is_some() {
        return;
    }
    let scratch = Scratch::new();
    let directory = scratch.path().join("cache");
    let tests = env::current_exe().expect("the tests have a path");
    let run = || {
        let output = Command::new(&tests)
            .args(["--quiet", "--skip", own])
            .env(MARK, "1")
            .env("FUSEVM_TEST_CASES", cases.to_string())
            .env("FUSEVM_JIT_CACHE_DIR", &directory)
            .env("FUSEVM_JIT_CACHE_MAX_BYTES", "off")
            .output();
        let output = output.expect("the tests can be started");
        assert!(
            output.status.success(),
            "with kept code:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    };
    run();
    // A file that is read after a while gets a new time, and one that is written is another file.
    let before = files(&directory).expect("code was kept");
    let past = SystemTime::now() - Duration::from_secs(24 * 3600);
    for name in before.keys() {
        let file = File::options().append(true).open(directory.join(name));
        let set = file.and_then(|file| file.set_modified(past));
        set.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    run();
    let after = files(&directory).expect("code was kept");
    let is_loaded = |(name, number): &(&String, &(u64, SystemTime))| {
        let (file, time) = **number;
        let found = before.get(*name);
        found.is_some_and(|&(before, _)| before == file) && time > past + Duration::from_secs(60)
    };
    let loaded = after.iter().filter(is_loaded).count();
    let all = after.len();
    eprintln!("{loaded} of {all} files with code were loaded");
    // Tests with threads make code for whatever the first one meets, which is not the same each time.
    assert!(
        all > 0 && loaded * 4 >= all * 3,
        "{loaded} of {all} files were loaded"
    );
}

/// The files of a directory: which file each is to the system, and its time.
fn files(directory: &Path) -> io::Result<BTreeMap<String, (u64, SystemTime)>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".fjit") {
            let metadata = entry.metadata()?;
            files.insert(name, (metadata.ino(), metadata.modified()?));
        }
    }
    Ok(files)
}
