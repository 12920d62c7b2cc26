//! `fusevm dis`: a program as text.

use crate::cli::DisArgs;
use crate::output;
use crate::program::Program;
use crate::report::Failure;

pub(crate) fn run(arguments: &DisArgs) -> Result<(), Failure> {
    // A program that is not well formed can be shown all the more.
    let program = Program::load(&arguments.file)?;
    output::write(program.chunk.disassemble().as_bytes())
}
