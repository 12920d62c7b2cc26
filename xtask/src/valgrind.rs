//! The tests of the core under valgrind.

use std::env;

use anyhow::{Context as _, Result, ensure};

/// Each of cargo's test binaries is run by this. The standard library's test harness keeps a
/// thread handle until the end, which is only "possibly" lost.
const RUNNER: &str = "target.'cfg(all())'.runner = ['valgrind', '-q', '--error-exitcode=99', \
     '--leak-check=full', '--show-leak-kinds=definite', '--errors-for-leak-kinds=definite']";

/// Random cases of each property: valgrind is some 50 times slower than the machine.
const CASES: &str = "10";

/// Tests that start programs. Under valgrind a program that cannot be started looks as if it had
/// been, and its process, a copy of the test, leaks what the test still holds.
const START_PROGRAMS: &[&str] = &["real_awk", "shell::processes"];

pub(crate) fn run() -> Result<()> {
    let mut test = crate::cargo();
    test.args(["test", "--package", "fusevm", "--lib"]);
    test.args(["--test", "it", "--test", "generated"]);
    test.args(["--config", RUNNER]);
    test.arg("--");
    test.args(START_PROGRAMS.iter().flat_map(|name| ["--skip", name]));
    test.env("FUSEVM_TEST_LEAKS", "forbidden");
    for variable in ["PROPTEST_CASES", "FUSEVM_TEST_CASES"] {
        if env::var_os(variable).is_none() {
            test.env(variable, CASES);
        }
    }
    let status = test.status().context("cannot start cargo")?;
    ensure!(status.success(), "there are errors");
    Ok(())
}
