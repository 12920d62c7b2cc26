//! The command line of an AWK: options, program, operands.

mod help;
mod options;

use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use fusevm::JitMode;
use options::{Opt, Parsed};

use crate::runtime::assignment;
use crate::syntax::{self, Builtin};
use crate::{Diagnostic, Interpreter, Language, Options, Program, RunError, Source, Standard};

/// Exit status for wrong usage, and programs that are none.
const USAGE: u8 = 1;
/// Exit status for what fails otherwise.
const FATAL: u8 = 2;

/// The name of a program on the command line, in messages.
const COMMAND_LINE: &str = "cmd. line";

/// Why nothing was run, and the exit status.
struct Failure {
    message: String,
    status: u8,
}

impl Failure {
    fn fatal(message: impl std::fmt::Display) -> Self {
        Failure {
            message: format!("awk: fatal: {message}\n"),
            status: FATAL,
        }
    }

    fn usage(message: &str) -> Self {
        let mut all = String::new();
        if !message.is_empty() {
            all = format!("awk: {message}\n");
        }
        Failure {
            message: all + help::USAGE + "For more information, try `--help`.\n",
            status: USAGE,
        }
    }
}

/// Runs a program as a command line says, of which these are the arguments behind the name; tells
/// about errors on standard error.
#[must_use]
pub fn run(args: &[OsString]) -> ExitCode {
    match try_run(args) {
        Ok(status) => ExitCode::from(status as u8),
        Err(failure) => {
            // Who closed standard error does not want to know.
            let _ = io::stderr().write_all(failure.message.as_bytes());
            ExitCode::from(failure.status)
        }
    }
}

/// What the options ask for.
#[derive(Default)]
struct Setup {
    language: Language,
    run: Options,
    sources: Vec<Source>,
    /// A source counts as the program, so that no operand is it.
    has_program: bool,
    pretty_print: Option<PathBuf>,
    dump: Option<PathBuf>,
    variables: Option<PathBuf>,
    profile: Option<PathBuf>,
    lint: Option<Lint>,
    /// Operands are no assignments.
    plain_operands: bool,
    /// Print this, and end.
    text: Option<&'static str>,
}

/// What to warn about, and whether that ends the program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lint {
    Warn,
    Fatal,
}

fn try_run(args: &[OsString]) -> Result<i32, Failure> {
    let Parsed { options, operands } =
        options::parse(args).map_err(|message| Failure::usage(&message))?;
    let mut setup = setup(options)?;
    if let Some(text) = setup.text {
        return write_to(Path::new("-"), text.as_bytes()).map(|()| 0);
    }
    let mut operands = operands.into_iter();
    if !setup.has_program {
        let text = operands.next().ok_or_else(|| Failure::usage(""))?;
        setup.sources.push(Source::new(COMMAND_LINE, text));
    }
    setup.run.operands = operands.collect();
    let own = std::env::args_os().map(OsString::into_encoded_bytes);
    setup.run.arguments = own.collect();
    setup.run.interactive = io::stdout().is_terminal();
    if !setup.plain_operands {
        let operands = setup.run.operands.iter();
        let names = operands.filter_map(|operand| assignment(operand));
        setup
            .language
            .assigned
            .extend(names.map(|(name, _)| name.to_owned()));
    }
    if setup.lint.is_some() {
        setup.language.assigned.push("LINT".to_owned());
    }
    let program =
        Program::parse_as(&setup.sources, &setup.language).map_err(|errors| rejected(&errors))?;
    check_assignments(&program, &setup.run.assignments)?;
    for warning in program.warnings() {
        if warning.is_grave || setup.lint.is_some() {
            let Diagnostic {
                source,
                line,
                message,
                ..
            } = &warning.diagnostic;
            let _ = writeln!(io::stderr(), "awk: {source}:{line}: warning: {message}");
        }
    }
    if setup.lint == Some(Lint::Fatal) && !program.warnings().is_empty() {
        return Err(Failure::fatal(
            "a warning is an error, as --lint=fatal asks",
        ));
    }
    if let Some(file) = &setup.pretty_print {
        let text = Program::pretty_print(&setup.sources, &setup.language);
        write_to(file, text.map_err(|errors| rejected(&errors))?.as_bytes())?;
        return Ok(0);
    }
    if let Some(file) = &setup.dump {
        write_to(file, program.listing().as_bytes())?;
        return Ok(0);
    }
    let because = match program.sequential_because() {
        None if setup.language.parallel && setup.run.in_place => Some("files are changed in place"),
        because => because,
    };
    if let Some(because) = because {
        let _ = writeln!(io::stderr(), "awk: -j: reading sequentially: {because}");
    }
    execute(&program, setup)
}

fn execute(program: &Program, setup: Setup) -> Result<i32, Failure> {
    let interpreter = Interpreter::new(program, setup.run).map_err(|error| failed(&error, ""))?;
    let (outcome, report) = interpreter.run_with_report();
    if let Some(file) = &setup.variables {
        write_to(file, report.variables.as_bytes())?;
    }
    if let Some(file) = &setup.profile {
        write_to(file, report.profile.as_bytes())?;
    }
    match outcome {
        Err(RunError::ClosedPipe) => Ok(0),
        outcome => outcome.map_err(|error| failed(&error, &report.input)),
    }
}

/// What ended a run, where in the program, and where in its input.
fn failed(error: &RunError, input: &str) -> Failure {
    let RunError::Failed(Diagnostic {
        source,
        line,
        message,
        ..
    }) = error
    else {
        return Failure {
            message: String::new(),
            status: FATAL,
        };
    };
    let place = match line {
        0 => String::new(),
        line => format!("{source}:{line}: "),
    };
    Failure {
        message: clean(&format!("awk: {place}{input}fatal: {message}")) + "\n",
        status: FATAL,
    }
}

/// A message without control characters: a program must not write to the terminal by way of its
/// errors.
fn clean(text: &str) -> String {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    clean.collect()
}

fn rejected(errors: &[Diagnostic]) -> Failure {
    let all: Vec<String> = errors
        .iter()
        .map(|error| format!("error: {}", error.render()))
        .collect();
    let is_syntax = errors.iter().any(|error| error.is_syntax);
    Failure {
        message: all.join("\n"),
        status: if is_syntax { USAGE } else { FATAL },
    }
}

fn setup(options: Vec<(Opt, Option<Vec<u8>>)>) -> Result<Setup, Failure> {
    let mut setup = Setup::default();
    setup.language.bytes = is_byte_locale();
    setup.run.jit = match std::env::var("FUSEVM_JIT").as_deref() {
        Ok("off") => JitMode::Off,
        Ok("eager") => JitMode::Eager,
        _ => JitMode::On,
    };
    if std::env::var_os("POSIXLY_CORRECT").is_some() {
        setup.language.standard = Standard::Posix;
    }
    let path = search_path();
    setup.language.include_path = Some(path.clone());
    // Where `-F` is among the assignments.
    let mut separators = Vec::new();
    for (option, argument) in options {
        let text = argument.as_deref().unwrap_or_default();
        let file_or = |default: &str| {
            let name = if text.is_empty() {
                default.as_bytes()
            } else {
                text
            };
            PathBuf::from(os_text(name))
        };
        match option {
            Opt::FieldSeparator => {
                separators.push(setup.run.assignments.len());
                setup.run.assignments.push(("FS".to_owned(), text.to_vec()));
            }
            Opt::Assign => {
                let (name, value) = variable(text)?;
                setup.language.assigned.push(name.clone());
                setup.run.assignments.push((name, value));
            }
            Opt::File | Opt::Exec => {
                setup.sources.push(read_source(text, &path)?);
                setup.has_program = true;
                setup.plain_operands |= option == Opt::Exec;
            }
            Opt::Source => {
                setup.sources.push(Source::new(COMMAND_LINE, text));
                setup.has_program = true;
            }
            // gawk has a file of that name, which needs an extension; a user may have another.
            Opt::Include
                if matches!(text, b"inplace" | b"inplace.awk")
                    && syntax::find(Path::new("inplace"), &path).is_err() =>
            {
                setup.run.in_place = true;
            }
            Opt::Include => include(&mut setup.sources, text, &path)?,
            Opt::Bytes => setup.language.bytes = true,
            Opt::Traditional => setup.language.standard = Standard::Traditional,
            Opt::Posix => setup.language.standard = Standard::Posix,
            Opt::Sandbox => setup.run.sandbox = true,
            Opt::Csv => setup.language.csv = true,
            Opt::NonDecimal => {
                let _ = writeln!(
                    io::stderr(),
                    "awk: warning: -n is ignored: use strtonum for numbers that are not decimal"
                );
            }
            Opt::DumpVariables => {
                setup.variables = Some(file_or("awkvars.out"));
                setup.language.all_variables = true;
            }
            Opt::PrettyPrint => setup.pretty_print = Some(file_or("awkprof.out")),
            Opt::Profile => {
                setup.profile = Some(file_or("awkprof.out"));
                setup.language.profile = true;
            }
            Opt::Dump => setup.dump = Some(file_or("-")),
            Opt::Lint if text == b"fatal" => setup.lint = Some(Lint::Fatal),
            Opt::Lint => setup.lint = Some(Lint::Warn),
            Opt::Bignum => {
                let _ = writeln!(
                    io::stderr(),
                    "awk: warning: -M is ignored: there is no arithmetic of arbitrary precision"
                );
            }
            Opt::GenPot => {
                let _ = writeln!(
                    io::stderr(),
                    "awk: warning: -g is ignored: there are no translations"
                );
            }
            Opt::Debug => return Err(Failure::fatal("there is no debugger")),
            Opt::Load => {
                let name = String::from_utf8_lossy(text);
                return Err(Failure::fatal(format!(
                    "cannot load `{name}`: there are no extensions in shared libraries"
                )));
            }
            Opt::Jobs => {
                let jobs = std::str::from_utf8(text).ok().and_then(|n| n.parse().ok());
                setup.run.jobs = jobs.filter(|jobs| *jobs > 0).ok_or_else(|| {
                    Failure::usage("the option -j needs a number of threads, from 1 on")
                })?;
                setup.language.parallel = setup.run.jobs > 1;
            }
            Opt::Help => setup.text = Some(help::HELP),
            Opt::Version => setup.text = Some(help::VERSION),
            Opt::Copyright => setup.text = Some(help::COPYRIGHT),
            Opt::Ignored | Opt::LintOld | Opt::Long => {}
        }
    }
    if setup.language.standard == Standard::Traditional {
        for at in separators {
            let (_, separator) = &mut setup.run.assignments[at];
            if separator == b"t" {
                *separator = b"\t".to_vec();
            }
        }
    }
    setup.run.plain_operands = setup.plain_operands;
    Ok(setup)
}

/// Whether the locale says that characters are bytes. Without any, they are those of UTF-8.
fn is_byte_locale() -> bool {
    let mut settings = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok());
    let Some(locale) = settings.find(|locale| !locale.is_empty()) else {
        return false;
    };
    let locale = locale.to_ascii_lowercase();
    !locale.contains("utf-8") && !locale.contains("utf8")
}

/// The directories with files of programs.
fn search_path() -> Vec<PathBuf> {
    match std::env::var_os("AWKPATH") {
        Some(path) if !path.is_empty() => std::env::split_paths(&path)
            .map(|directory| {
                if directory.as_os_str().is_empty() {
                    PathBuf::from(".")
                } else {
                    directory
                }
            })
            .collect(),
        _ => vec![PathBuf::from("."), PathBuf::from("/usr/local/share/awk")],
    }
}

fn read_source(name: &[u8], path: &[PathBuf]) -> Result<Source, Failure> {
    let shown = String::from_utf8_lossy(name).into_owned();
    let cannot = |error: &io::Error| {
        Failure::fatal(format!(
            "cannot open source file `{shown}` for reading: {}",
            crate::runtime::reason(error)
        ))
    };
    if matches!(name, b"-" | b"/dev/stdin") {
        let mut text = Vec::new();
        let read = io::stdin().read_to_end(&mut text);
        read.map_err(|error| cannot(&error))?;
        return Ok(Source::new(shown, text));
    }
    let found = syntax::find(&PathBuf::from(os_text(name)), path);
    let (file, text) = found.map_err(|error| cannot(&error))?;
    Ok(Source::new(file.to_string_lossy(), text))
}

/// Adds a file of functions, unless it is there.
fn include(sources: &mut Vec<Source>, name: &[u8], path: &[PathBuf]) -> Result<(), Failure> {
    let source = read_source(name, path)?;
    let known = |source: &Source| fs::canonicalize(&source.name).ok();
    let file = known(&source);
    if file.is_none() || !sources.iter().any(|other| known(other) == file) {
        sources.push(source);
    }
    Ok(())
}

/// The name and value of `-v`.
fn variable(operand: &[u8]) -> Result<(String, Vec<u8>), Failure> {
    let shown = String::from_utf8_lossy(operand);
    if !operand.contains(&b'=') {
        return Err(Failure::usage(&format!(
            "`{shown}` argument to `-v` not in `var=value` form"
        )));
    }
    let Some((name, value)) = assignment(operand) else {
        let name = shown.split('=').next().unwrap_or_default();
        return Err(Failure::fatal(format!(
            "`{name}` is not a legal variable name"
        )));
    };
    if Builtin::ALL.iter().any(|(known, _)| *known == name) {
        return Err(Failure::fatal(format!(
            "cannot use the builtin `{name}` as variable name"
        )));
    }
    Ok((name.to_owned(), value.to_vec()))
}

fn check_assignments(program: &Program, assignments: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    let functions = &program.compiled.functions;
    match assignments
        .iter()
        .find(|(name, _)| functions.contains(name))
    {
        Some((name, _)) => Err(Failure::fatal(format!(
            "cannot use the function `{name}` as variable name"
        ))),
        None => Ok(()),
    }
}

/// Writes to a file, or to standard output, which is `-`.
fn write_to(file: &Path, text: &[u8]) -> Result<(), Failure> {
    let written = if file == Path::new("-") || file == Path::new("/dev/stdout") {
        io::stdout().write_all(text)
    } else {
        fs::write(file, text)
    };
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::fatal(format!(
            "cannot write to `{}`: {}",
            file.display(),
            crate::runtime::reason(&error)
        ))),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn os_text(text: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(text.to_vec())
}

#[cfg(not(unix))]
fn os_text(text: &[u8]) -> OsString {
    String::from_utf8_lossy(text).into_owned().into()
}
