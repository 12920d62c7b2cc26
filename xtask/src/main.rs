//! Chores of the developers: `cargo xtask <command>`.

mod ops_doc;
mod valgrind;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

commands:
  ops-doc [--check]   write docs/ops.md from the instruction table, or only compare
  valgrind            run the tests of the core under valgrind, with few random cases
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["ops-doc"] => ops_doc::write(),
        ["ops-doc", "--check"] => ops_doc::check(),
        ["valgrind"] => valgrind::run(),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{}", message.trim_end());
            ExitCode::FAILURE
        }
    }
}
