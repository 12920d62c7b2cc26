//! The `fusevm` command: flags and wiring around the library.

mod cli;
mod commands;
mod natives;
mod output;
mod program;
mod report;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match commands::run(cli::Cli::parse().command) {
        Ok(status) => status,
        Err(failure) => failure.report(),
    }
}
