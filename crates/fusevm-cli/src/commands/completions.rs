//! `fusevm completions`: scripts that make shells complete our command line.

use clap::CommandFactory as _;

use crate::cli::{Cli, CompletionsArgs};
use crate::output;
use crate::report::Failure;

pub(crate) fn run(arguments: &CompletionsArgs) -> Result<(), Failure> {
    // Written to memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "fusevm", &mut script);
    output::write(&script)
}
