//! `fusevm asm`: text to bytes.

use std::fs;
use std::io::{self, IsTerminal as _};

use crate::cli::AsmArgs;
use crate::output;
use crate::program::{Program, is_stdio};
use crate::report::{Diagnostic, Failure};

pub(crate) fn run(arguments: &AsmArgs) -> Result<(), Failure> {
    let target = match &arguments.output {
        Some(path) => path.clone(),
        None if is_stdio(&arguments.file) => return Err(no_target()),
        None => arguments.file.with_extension("fbc"),
    };
    if is_stdio(&target) && io::stdout().is_terminal() {
        return Err(Failure::bad_input(Diagnostic {
            message: "the terminal cannot show bytes".to_owned(),
            help: Some("redirect standard output, or name a file: `-o OUT`".to_owned()),
            ..Diagnostic::default()
        }));
    }
    let program = Program::load_text(&arguments.file)?;
    if arguments.output.is_none() && target == arguments.file {
        return Err(no_target());
    }
    program.verify()?;
    let bytes = program
        .chunk
        .to_bytes()
        .map_err(|error| Failure::bad_input(format!("cannot store {}: {error}", program.name)))?;
    if is_stdio(&target) {
        return output::write(&bytes);
    }
    fs::write(&target, bytes)
        .map_err(|error| Failure::run_time(format!("cannot write {}: {error}", target.display())))
}

/// Nobody says where the bytes go, and the name of the text does not tell.
fn no_target() -> Failure {
    Failure::bad_input(Diagnostic {
        message: "where should the bytes go?".to_owned(),
        help: Some("name a file with `-o OUT`, or standard output with `-o -`".to_owned()),
        ..Diagnostic::default()
    })
}
