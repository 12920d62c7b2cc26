//! Running programs.

use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;

use fusevm::semantics::Fault;
use fusevm::{JitMode, VM};

use crate::runtime::{Handler, Parallel, Runtime};
use crate::syntax::unescape_operand;
use crate::{Diagnostic, Program};

/// What a program is run with, besides its input.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the program calls itself: `ARGV[0]`, and the start of messages.
    pub name: String,
    /// The operands: files, `-` for standard input, and assignments like `x=1`. Without a file,
    /// standard input is read.
    pub operands: Vec<Vec<u8>>,
    /// Assignments before the program starts, in order: a name and a text, in which escapes mean
    /// what they do in strings.
    pub assignments: Vec<(String, Vec<u8>)>,
    /// The environment, `ENVIRON`. The default is that of the process.
    pub environment: Vec<(Vec<u8>, Vec<u8>)>,
    /// Hand on the output of each `print` at once: somebody watches.
    pub interactive: bool,
    /// The whole command line: `PROCINFO["argv"]`.
    pub arguments: Vec<Vec<u8>>,
    /// Operands like `x=1` are files.
    pub plain_operands: bool,
    /// Start no commands, and open no files but the operands.
    pub sandbox: bool,
    /// Each file that is read is replaced by what the program prints meanwhile. The variable
    /// `inplace::suffix` tells how to call what was there before, if it is to be kept.
    pub in_place: bool,
    /// How many threads work on the parts of an input file, if the program was compiled with
    /// [`Language::parallel`](crate::Language::parallel) and its records do not depend on each
    /// other. A run with bounds on fuel, time or memory has no such threads, and one that is
    /// interrupted ends between two parts.
    pub jobs: usize,
    /// The size of such a part in bytes, but for the rest of its last record.
    pub part_bytes: u64,
    /// When native code runs, if `fusevm` is built with it.
    pub jit: JitMode,
}

impl Default for Options {
    fn default() -> Self {
        let bytes = |text: std::ffi::OsString| text.into_encoded_bytes();
        Options {
            name: "awk".to_owned(),
            operands: Vec::new(),
            assignments: Vec::new(),
            environment: std::env::vars_os()
                .map(|(name, value)| (bytes(name), bytes(value)))
                .collect(),
            interactive: false,
            arguments: Vec::new(),
            plain_operands: false,
            sandbox: false,
            in_place: false,
            jobs: 1,
            part_bytes: 2 << 20,
            jit: JitMode::default(),
        }
    }
}

/// Why a run ended early.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RunError {
    /// The reader of the output went away. It has what it wanted.
    ClosedPipe,
    /// Anything else, with the place in the program.
    Failed(Diagnostic),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::ClosedPipe => f.write_str("the output is closed"),
            RunError::Failed(diagnostic) => diagnostic.fmt(f),
        }
    }
}

impl std::error::Error for RunError {}

/// What there is to say about a run, as texts.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The variables of the program at its end, one in each line.
    pub variables: String,
    /// The lines of the program with how often they were executed, and how long that took; empty
    /// unless the program was compiled for that, see
    /// [`Language::profile`](crate::Language::profile).
    pub profile: String,
    /// Where in its input the program was, as `(FILENAME=x FNR=3) `; empty where it read nothing.
    pub input: String,
}

/// A program and the machine that runs it.
pub struct Interpreter<'p> {
    program: &'p Program,
    vm: VM,
}

impl<'p> Interpreter<'p> {
    /// A machine at the start of the program.
    ///
    /// # Errors
    /// [`RunError::Failed`] when an assignment is not possible.
    pub fn new(program: &'p Program, options: Options) -> Result<Self, RunError> {
        let mut vm = VM::new(program.chunk().clone());
        vm.set_jit(options.jit);
        Handler::install(&mut vm);
        let mut runtime = Runtime::new(&program.compiled, &options.name, options.operands);
        runtime.set_arguments(options.arguments);
        let fail = |message: String| RunError::Failed(program.sources.at_line(0, message));
        runtime
            .initialise(&mut vm, &options.environment)
            .map_err(fail)?;
        for (name, text) in &options.assignments {
            runtime
                .assign(&mut vm, name, &unescape_operand(text))
                .map_err(fail)?;
        }
        runtime.set_interactive(options.interactive);
        runtime.set_plain_operands(options.plain_operands);
        runtime.set_sandbox(options.sandbox);
        runtime.set_in_place(options.in_place);
        if let Some(Ok(plan)) = &program.plan
            && options.jobs > 1
            && !options.in_place
        {
            let plan = Arc::clone(plan);
            runtime.set_parallel(Parallel::new(plan, options.jobs, options.part_bytes));
        }
        vm.set_awk_host(Box::new(runtime));
        Ok(Interpreter { program, vm })
    }

    /// The machine: for limits, fuel, deadlines, and what the program may do.
    pub fn vm(&mut self) -> &mut VM {
        &mut self.vm
    }

    /// Prints to `writer` instead of standard output.
    pub fn set_stdout(&mut self, writer: Box<dyn Write + Send>) {
        self.vm.set_writer(writer);
    }

    /// Reads from `reader` where the program reads standard input.
    pub fn set_stdin(&mut self, reader: Box<dyn Read + Send>) {
        self.vm.with_awk_host(|runtime: &mut Runtime, _| {
            runtime.set_standard_input(reader);
        });
    }

    /// Runs the program to its end; gives its exit status, of which 8 bits are the process's.
    ///
    /// # Errors
    /// [`RunError`] says what ended it early.
    pub fn run(self) -> Result<i32, RunError> {
        self.run_with_report().0
    }

    /// As [`run`](Self::run); also tells what there is to say about the run.
    pub fn run_with_report(mut self) -> (Result<i32, RunError>, Report) {
        let outcome = self.run_to_end();
        let program = self.program;
        let report = self.vm.with_awk_host(|runtime: &mut Runtime, vm| Report {
            variables: runtime.variables(vm),
            profile: runtime.profile(&program.sources),
            input: runtime.place_in_input(vm),
        });
        (outcome, report.unwrap_or_default())
    }

    fn run_to_end(&mut self) -> Result<i32, RunError> {
        let outcome = self.vm.try_run();
        let finished = self
            .vm
            .with_awk_host(|runtime: &mut Runtime, vm| runtime.finish(vm, outcome.is_ok()))
            .unwrap_or(Ok(()));
        match outcome {
            Ok(_) => {}
            Err(error) if *error.fault() == Fault::BrokenPipe => return Err(RunError::ClosedPipe),
            Err(error) => return Err(RunError::Failed(self.program.locate(&error))),
        }
        match finished {
            Err(message) => Err(RunError::Failed(self.program.sources.at_line(0, message))),
            Ok(()) => Ok(self.vm.last_status),
        }
    }
}
