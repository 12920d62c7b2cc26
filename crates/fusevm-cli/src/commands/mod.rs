//! One module for each command.

mod asm;
mod cache;
mod check;
mod completions;
mod dis;
mod jit;
pub(crate) mod ops;
mod run;

use std::process::ExitCode;

use crate::cli::Command;
use crate::report::Failure;

/// Carries out a command; gives the exit status.
pub(crate) fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Run(arguments) => return run::run(&arguments),
        Command::Awk(arguments) => return Ok(fusevm_awk::cli::run(&arguments.arguments)),
        Command::Asm(arguments) => asm::run(&arguments)?,
        Command::Dis(arguments) => dis::run(&arguments)?,
        Command::Check(arguments) => check::run(&arguments)?,
        Command::Cache(arguments) => cache::run(&arguments)?,
        Command::Ops(arguments) => ops::run(&arguments)?,
        Command::Completions(arguments) => completions::run(&arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}
