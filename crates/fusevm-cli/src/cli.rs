//! The command line: what can be given, and its help.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use fusevm::JitMode;
use fusevm::op::Opcode;
use fusevm_cli::natives::NATIVES;

use crate::commands::ops::OpName;

const EXAMPLES: &str = "\
Examples:
  fusevm run examples/asm/wordfreq.fasm < README.md
  fusevm asm prog.fasm && fusevm run prog.fbc
  fusevm awk '{ print $1 }' README.md
  fusevm ops Add

Exit status:
  0  all went well, or the reader of our output went away
  1  the program ended with an error, or output could not be written
  2  wrong usage or bad input: an unreadable file, a syntax error, a program that is not well formed
  A program that calls `exit` chooses its own.";

/// Runs, assembles, disassembles and checks programs of the fusevm bytecode machine.
///
/// A program is a text in assembly (.fasm) or a chunk in bytes (.fbc). The content tells which; the
/// name of the file does not matter.
#[derive(Parser)]
#[command(name = "fusevm", version, after_long_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The command that is asked for. Help and wrong usage end the process here.
pub(crate) fn parse() -> Command {
    if let Some(arguments) = awk_arguments(std::env::args_os().collect()) {
        return Command::Awk(AwkArgs { arguments });
    }
    let error = match Cli::try_parse() {
        Ok(cli) => return cli.command,
        Err(error) => error,
    };
    explain(error).exit()
}

/// The arguments of an AWK, which reads options in its own way: where that is the command, or
/// where we are called by its name.
fn awk_arguments(all: Vec<OsString>) -> Option<Vec<OsString>> {
    let mut all = all.into_iter();
    let name = all.next()?;
    let called = Path::new(&name).file_stem()?;
    if called == "awk" || called == "gawk" {
        return Some(all.collect());
    }
    (all.next()? == "awk").then(|| all.collect())
}

/// Adds to an error what a newcomer may have meant: the name of a program in place of a command.
fn explain(mut error: clap::Error) -> clap::Error {
    if let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
        && Path::new(word).is_file()
    {
        let tip = StyledStr::from(format!("to run a program: fusevm run {word}"));
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
    }
    error
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Run(RunArgs),
    Awk(AwkArgs),
    Asm(AsmArgs),
    Dis(DisArgs),
    Check(CheckArgs),
    Ops(OpsArgs),
    Cache(CacheArgs),
    Completions(CompletionsArgs),
}

/// Run a program
#[derive(Args)]
#[command(after_long_help = natives_help(), override_usage = "fusevm run [OPTIONS] FILE [ARGS]...")]
pub(crate) struct RunArgs {
    /// End with an error after about this many operations
    #[arg(long, value_name = "N")]
    pub(crate) fuel: Option<u64>,

    /// End with an error after so many seconds, which may be a fraction; programs that were started
    /// end, too
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,

    /// How many calls, scopes and block operations may be open at once [default: 200000]
    #[arg(long, value_name = "N")]
    pub(crate) max_depth: Option<usize>,

    /// How many bytes one text or container may hold [default: 1G]
    ///
    /// K, M or G behind the number multiply it by 1024 once, twice or three times.
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub(crate) max_value_bytes: Option<usize>,

    /// How many bytes the program may hold in all, as in `64M` [default: no bound]
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub(crate) max_memory: Option<usize>,

    /// Let the program start no programs and look at no files
    #[arg(long)]
    pub(crate) sandbox: bool,

    /// Carry out each operation by itself, slowly
    ///
    /// The program does the same as without this. Where it does not, the machine is at fault.
    #[arg(long)]
    pub(crate) no_fusion: bool,

    /// When to run native code; by default as FUSEVM_JIT in the environment says
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Jit::of_environment())]
    pub(crate) jit: Jit,

    /// Tell on standard error what native code was made, why not, and how it ended
    #[arg(long)]
    pub(crate) jit_stats: bool,

    /// Write native code to files in DIR: operations, intermediate form and machine code
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) jit_dump: Option<PathBuf>,

    /// Tell `perf` where native code is, by a line for each piece in `/tmp/perf-PID.map`; so does
    /// FUSEVM_JIT_PERF=1 in the environment
    #[arg(long)]
    pub(crate) jit_perf: bool,

    /// Print the text of the value that the program ends with, if there is one
    #[arg(long)]
    pub(crate) print_result: bool,

    /// The program, in text or bytes, and its arguments
    ///
    /// FILE may be `-` for standard input. Everything after FILE is for the program, options
    /// included: it is the global array ARGV, from index 0.
    // One list, because a separate FILE would let options between it and the first of ARGS be ours.
    #[arg(
        value_names = ["FILE", "ARGS"],
        num_args = 1..,
        required = true,
        trailing_var_arg = true,
        value_hint = ValueHint::FilePath
    )]
    program: Vec<OsString>,
}

impl RunArgs {
    /// The program.
    pub(crate) fn file(&self) -> &Path {
        // The parser does not give an empty list.
        self.program.first().map_or(Path::new("-"), Path::new)
    }

    /// The arguments of the program.
    pub(crate) fn arguments(&self) -> &[OsString] {
        self.program.get(1..).unwrap_or_default()
    }
}

/// Run an AWK program
///
/// Its options are its own: `fusevm awk --help` tells them.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct AwkArgs {
    /// Options, the program unless `-f` gives it, and operands
    #[arg(num_args = 0.., trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<OsString>,
}

/// Assemble a program in text to bytes
#[derive(Args)]
pub(crate) struct AsmArgs {
    /// The program in text; `-` reads it from standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Where to write the bytes; `-` is standard output [default: FILE with the extension .fbc]
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
}

/// Show a program in text or bytes as text
#[derive(Args)]
pub(crate) struct DisArgs {
    /// The program, in text or bytes; `-` reads it from standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Show beside each op the instruction that the interpreter has there
    ///
    /// `*N` is an instruction that stands for N ops; those that it goes on with are indented. `>`
    /// is a place where it first looks at the operand stack.
    #[arg(long)]
    pub(crate) code: bool,
}

/// Check that a program is well formed
///
/// Every operand must name something that exists, every jump must stay inside, and no operation may
/// lack operands on every way to it.
#[derive(Args)]
pub(crate) struct CheckArgs {
    /// The program, in text or bytes; `-` reads it from standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Show the reference of the instruction set, or of one op
#[derive(Args)]
pub(crate) struct OpsArgs {
    /// The op; all of them if left out
    #[arg(value_name = "NAME", value_parser = OpName, hide_possible_values = true)]
    pub(crate) name: Option<Opcode>,
}

/// Look at the native code that is kept on the disk, or remove it
///
/// `run` and `awk` keep the native code of each program in a file, and load it the next time. The directory is
/// FUSEVM_JIT_CACHE_DIR; without that it is `fusevm-jit` in XDG_CACHE_HOME or in ~/.cache. `off` in its
/// place keeps nothing. FUSEVM_JIT_CACHE_MAX_BYTES bounds all files, as in `64M` [default: 256M]; 0 is
/// no bound.
#[derive(Args)]
#[command(after_long_help = CACHE_STATUS)]
pub(crate) struct CacheArgs {
    #[command(subcommand)]
    pub(crate) action: CacheAction,
}

const CACHE_STATUS: &str = "\
Exit status:
  0  all went well; nothing to do is well
  1  the directory cannot be used or a file cannot be removed; for `path`, nothing is kept
  2  wrong usage";

#[derive(Subcommand)]
pub(crate) enum CacheAction {
    /// Tell where it is, and how much there is
    Info,
    /// Remove what was not used for longest, if there is more than there may be
    ///
    /// Programs that keep code do so now and then. A fifth of the bound is free after that.
    Prune,
    /// Remove all of it
    Clear,
    /// Print the directory
    Path,
}

/// Print a completion script for a shell
#[derive(Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: Shell,
}

/// The functions that programs can call, for `run --help`.
fn natives_help() -> String {
    let mut help =
        "Functions for programs that define none of that name, as in `Call printf 2`:\n".to_owned();
    for native in NATIVES {
        help.push_str(&format!(
            "  {}({})\n      {}\n",
            native.name, native.parameters, native.doc
        ));
    }
    help
}

fn bytes(text: &str) -> Result<usize, String> {
    let (number, shift) = match text.as_bytes().last() {
        Some(b'K' | b'k') => (&text[..text.len() - 1], 10),
        Some(b'M' | b'm') => (&text[..text.len() - 1], 20),
        Some(b'G' | b'g') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let number: usize = number
        .parse()
        .map_err(|_| "a number of bytes is needed, as in 4096 or 64M".to_owned())?;
    number
        .checked_mul(1 << shift)
        .ok_or_else(|| "so many bytes cannot be counted".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .map_err(|_| "a number of seconds is needed".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_may_have_a_unit() {
        let cases = [
            ("0", Some(0)),
            ("4096", Some(4096)),
            ("3k", Some(3072)),
            ("64M", Some(64 << 20)),
            ("2G", Some(2 << 30)),
            ("", None),
            ("K", None),
            ("-1", None),
            ("1.5M", None),
            ("99999999999G", None),
        ];
        for (text, expected) in cases {
            assert_eq!(bytes(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn an_awk_is_called_by_its_name_or_as_a_command() {
        let arguments = |line: &str| {
            let all = line.split(' ').map(OsString::from).collect();
            awk_arguments(all).map(|arguments| arguments.join(OsStr::new(" ")))
        };
        assert_eq!(arguments("fusevm awk -- p"), Some("-- p".into()));
        assert_eq!(arguments("/usr/bin/awk -h"), Some("-h".into()));
        assert_eq!(arguments("gawk"), Some("".into()));
        assert_eq!(arguments("fusevm run awk"), None);
        assert_eq!(arguments("fusevm"), None);
    }

    #[test]
    fn options_behind_the_file_are_for_the_program() {
        let run = |line: &[&str]| match Cli::try_parse_from(line)?.command {
            Command::Run(run) => Ok(run),
            _ => panic!("not the run command"),
        };
        let parsed = run(&["fusevm", "run", "--fuel", "9", "p", "--fuel", "-x", "--"]);
        let parsed = parsed.unwrap_or_else(|error: clap::Error| panic!("{error}"));
        assert_eq!(parsed.fuel, Some(9));
        assert_eq!(parsed.file(), Path::new("p"));
        assert_eq!(parsed.arguments(), ["--fuel", "-x", "--"]);
        assert!(run(&["fusevm", "run", "--feul", "9", "p"]).is_err());
        assert!(run(&["fusevm", "run"]).is_err());
    }
}

/// When native code is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Jit {
    /// Never
    Off,
    /// For what is passed often
    On,
    /// As soon as possible; programs that end soon are slower
    Eager,
}

impl Jit {
    /// What the environment asks for.
    fn of_environment() -> Self {
        let mode = std::env::var("FUSEVM_JIT").ok();
        let mode = mode.and_then(|mode| Jit::from_str(&mode, false).ok());
        mode.unwrap_or(Jit::On)
    }
}

impl From<Jit> for JitMode {
    fn from(jit: Jit) -> Self {
        match jit {
            Jit::Off => JitMode::Off,
            Jit::On => JitMode::On,
            Jit::Eager => JitMode::Eager,
        }
    }
}
