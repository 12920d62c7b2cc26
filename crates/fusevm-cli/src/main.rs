//! The `fusevm` command: flags and wiring around the library.

mod cli;
mod commands;
mod output;
mod program;
mod report;

use std::process::ExitCode;

fn main() -> ExitCode {
    match commands::run(cli::parse()) {
        Ok(status) => status,
        Err(failure) => failure.report(),
    }
}
