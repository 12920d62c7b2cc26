//! `fusevm dis`: a program as text.

use crate::cli::DisArgs;
use crate::output;
use crate::program::Program;
use crate::report::Failure;

pub(crate) fn run(arguments: &DisArgs) -> Result<(), Failure> {
    // A program that is not well formed can be shown all the more.
    let program = Program::load(&arguments.file)?;
    let text = if arguments.code {
        program.chunk.code_listing().to_string()
    } else {
        program.chunk.disassemble()
    };
    output::write(text.as_bytes())
}
