//! Chores of the developers: `cargo xtask <command>`.

mod compare;
mod compare_awk;
mod ngrams;
mod ops_doc;
mod programs;
mod rows;
mod second_run;
mod tail_calls;
mod valgrind;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Parser;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Chores of the developers")]
enum Chore {
    /// Write docs/ops.md from the instruction table
    OpsDoc {
        /// Only compare
        #[arg(long)]
        check: bool,
    },
    /// Run the tests of the core under valgrind, with few random cases
    Valgrind,
    /// Run the example programs here and in other languages, and write a table and a chart
    Compare(compare::Options),
    /// Run the AWK programs here and in other AWKs, and write a table and a chart
    CompareAwk(compare_awk::Options),
    /// Run the example and AWK programs without kept native code, and twice with it
    SecondRun(second_run::Options),
    /// Count the sequences of ops that example and AWK programs execute
    Ngrams(ngrams::Options),
    /// Measure what each row of the table of instructions gains, in a release build
    Rows(rows::Options),
    /// Look whether handlers jump to the next one, in a release build
    TailCalls,
}

fn main() -> ExitCode {
    let outcome = match Chore::parse() {
        Chore::OpsDoc { check: false } => ops_doc::write(),
        Chore::OpsDoc { check: true } => ops_doc::check(),
        Chore::Valgrind => valgrind::run(),
        Chore::Compare(options) => compare::run(&options),
        Chore::CompareAwk(options) => compare_awk::run(&options),
        Chore::SecondRun(options) => second_run::run(&options),
        Chore::Ngrams(options) => ngrams::run(&options),
        Chore::Rows(options) => rows::run(&options),
        Chore::TailCalls => tail_calls::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The cargo that started this program.
fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}
