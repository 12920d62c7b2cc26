//! The command line of an AWK: options, program, operands.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;

use clap::{Args, ValueHint};

use crate::runtime::assignment;
use crate::{Interpreter, Options, Program, RunError, Source};

/// Exit status for wrong usage, programs that are none, and programs that fail.
const FATAL: u8 = 2;

const AFTER_HELP: &str = "\
The program is a list of rules, `pattern { action }`; each record of the input, which is a line
unless RS says otherwise, is given to all of them. Operands behind the program are files, `-` for
standard input, and assignments `name=value`, which are carried out when their turn comes. Without
a file, standard input is read.

Examples:
  fusevm awk '{ print $2 }' data.txt
  fusevm awk -F: '$3 >= 1000 { n++ } END { print n }' /etc/passwd
  fusevm awk '{ n[$1]++ } END { for (w in n) print n[w], w }' README.md
  fusevm awk -v max=3 -f report.awk sales.csv

Exit status:
  What the program gives to `exit`, 0 without it.
  2  the program has errors or failed, or a file could not be read";

/// Run an AWK program
///
/// The language is that of POSIX with some of gawk's additions; `docs/awk.md` tells what works.
#[derive(Debug, Clone, Args)]
#[command(
    after_long_help = AFTER_HELP,
    override_usage = "fusevm awk [OPTIONS] PROGRAM [OPERAND]...\n       \
                      fusevm awk [OPTIONS] -f FILE... [OPERAND]...\n       \
                      fusevm awk [OPTIONS] -e TEXT... [OPERAND]..."
)]
pub struct AwkArgs {
    /// Separate fields by this: FS; `t` means a tab
    #[arg(short = 'F', long, value_name = "FS", allow_hyphen_values = true)]
    field_separator: Option<OsString>,

    /// Assign to a variable before the program starts
    #[arg(
        short = 'v',
        long = "assign",
        value_name = "NAME=VALUE",
        allow_hyphen_values = true
    )]
    assignments: Vec<OsString>,

    /// Read the program from a file, `-` for standard input; several are joined
    #[arg(short = 'f', long = "file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<OsString>,

    /// Take the program from this text, so that all operands are operands; several are joined
    #[arg(
        short = 'e',
        long = "source",
        value_name = "TEXT",
        allow_hyphen_values = true,
        conflicts_with = "files"
    )]
    texts: Vec<OsString>,

    /// Read a file of functions in front of the program; it does not count as the program
    #[arg(short = 'i', long = "include", value_name = "FILE", value_hint = ValueHint::FilePath)]
    includes: Vec<OsString>,

    /// The program, unless `-f` or `-e` gives it, and the operands
    ///
    /// Everything from the first operand on belongs to the program, options included.
    #[arg(
        value_names = ["PROGRAM", "OPERAND"],
        num_args = 0..,
        trailing_var_arg = true,
        allow_hyphen_values = false,
        value_hint = ValueHint::FilePath
    )]
    operands: Vec<OsString>,
}

/// Runs a program as the command line says; tells about errors on standard error.
#[must_use]
pub fn run(args: &AwkArgs) -> ExitCode {
    match try_run(args) {
        Ok(status) => ExitCode::from(status as u8),
        Err(message) => {
            // Who closed standard error does not want to know.
            let _ = io::stderr().write_all(message.as_bytes());
            ExitCode::from(FATAL)
        }
    }
}

fn try_run(args: &AwkArgs) -> Result<i32, String> {
    let mut operands = args.operands.iter();
    let mut sources = read_sources(&args.includes)?;
    if !args.texts.is_empty() {
        let texts = args.texts.iter();
        sources.extend(texts.map(|text| Source::new("program", text.as_encoded_bytes())));
    } else if args.files.is_empty() {
        let text = operands.next().ok_or(
            "error: there is no program\n\nUsage: fusevm awk [OPTIONS] PROGRAM [OPERAND]...\n\n\
             For more information, try '--help'.\n",
        )?;
        sources.push(Source::new("program", text.as_encoded_bytes()));
    } else {
        sources.extend(read_sources(&args.files)?);
    }
    let program = Program::parse(&sources).map_err(|errors| {
        let all: Vec<String> = errors
            .iter()
            .map(|error| format!("error: {}", error.render()))
            .collect();
        all.join("\n")
    })?;
    let options = Options {
        operands: operands.map(|operand| bytes(operand)).collect(),
        assignments: assignments(args)?,
        interactive: io::stdout().is_terminal(),
        ..Options::default()
    };
    let outcome = Interpreter::new(&program, options).and_then(Interpreter::run);
    match outcome {
        Ok(status) => Ok(status),
        Err(RunError::ClosedPipe) => Ok(0),
        Err(RunError::Failed(diagnostic)) => Err(format!("error: {}", diagnostic.render())),
    }
}

fn read_sources(files: &[OsString]) -> Result<Vec<Source>, String> {
    let read = |file: &OsString| {
        let mut text = Vec::new();
        let result = if file == "-" {
            io::stdin().read_to_end(&mut text).map(drop)
        } else {
            fs::read(file).map(|read| text = read)
        };
        let name = file.to_string_lossy();
        match result {
            Ok(()) => Ok(Source::new(name, text)),
            Err(error) => Err(format!("error: cannot read {name}: {error}\n")),
        }
    };
    files.iter().map(read).collect()
}

fn assignments(args: &AwkArgs) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut all = Vec::new();
    if let Some(separator) = &args.field_separator {
        let separator = match separator.as_encoded_bytes() {
            b"t" => b"\t".to_vec(),
            other => other.to_vec(),
        };
        all.push(("FS".to_owned(), separator));
    }
    for operand in &args.assignments {
        let (name, value) = assignment(operand.as_encoded_bytes()).ok_or_else(|| {
            let operand = operand.to_string_lossy();
            format!("error: -v needs NAME=VALUE, but found `{operand}`\n")
        })?;
        all.push((name.to_owned(), value.to_vec()));
    }
    Ok(all)
}

fn bytes(text: &OsStr) -> Vec<u8> {
    text.as_encoded_bytes().to_vec()
}
