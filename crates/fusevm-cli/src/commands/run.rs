//! `fusevm run`: a program, from its file to its exit status.

use std::process::ExitCode;
use std::time::Instant;

use fusevm::chunk::Location;
use fusevm::semantics::Fault;
use fusevm::vm::{Access, CallSite, Limits, VmError};
use fusevm::{VM, Value};
use fusevm_cli::natives;

use super::jit;
use crate::cli::RunArgs;
use crate::output;
use crate::program::Program;
use crate::report::{Diagnostic, Failure};

/// How many entries of a call stack are shown.
const MAX_CALLS_SHOWN: usize = 10;

pub(crate) fn run(arguments: &RunArgs) -> Result<ExitCode, Failure> {
    let program = Program::load(arguments.file())?;
    program.verify()?;
    let mut vm = VM::new(program.chunk.clone());
    let defaults = Limits::default();
    vm.set_limits(Limits {
        call_depth: arguments.max_depth.unwrap_or(defaults.call_depth),
        value_bytes: arguments.max_value_bytes.unwrap_or(defaults.value_bytes),
        memory_bytes: arguments.max_memory.unwrap_or(defaults.memory_bytes),
        ..defaults
    });
    vm.set_fuel(arguments.fuel);
    vm.set_deadline(
        arguments
            .timeout
            .and_then(|time| Instant::now().checked_add(time)),
    );
    vm.set_fused(!arguments.no_fusion);
    jit::set_up(&mut vm, arguments)?;
    if arguments.sandbox {
        vm.set_access(Access::NONE);
    }
    natives::install(&mut vm);
    let argv = arguments
        .arguments()
        .iter()
        .map(|argument| Value::bytes(argument.as_encoded_bytes()))
        .collect();
    vm.set_named_global("ARGV", Value::array(argv));

    let outcome = vm.try_run();
    jit::tell(&vm, arguments);
    match outcome {
        Ok(result) => {
            if let Some(value) = result.filter(|_| arguments.print_result) {
                print(&vm, &value)?;
            }
            // As the system does: an exit status has 8 bits.
            Ok(ExitCode::from(vm.last_status as u8))
        }
        Err(error) if *error.fault() == Fault::BrokenPipe => Err(Failure::ClosedPipe),
        Err(error) => Err(Failure::run_time(describe(&program, &error))),
    }
}

fn print(vm: &VM, value: &Value) -> Result<(), Failure> {
    let text = value
        .text(vm.limits().value_bytes)
        .map_err(|error| Failure::run_time(format!("cannot print the result: {error}")))?;
    output::write(&[text.as_bytes(), b"\n"].concat())
}

fn describe(program: &Program, error: &VmError) -> Diagnostic {
    let mut notes = Vec::new();
    if error.line().is_none()
        && let Some(at) = error.op_index()
    {
        notes.push(format!("at op {at}; no source line is known"));
    }
    notes.extend(calls(error.file(), error.call_stack()));
    Diagnostic {
        message: error.to_string(),
        place: Some(program.place(Location {
            file: error.file(),
            line: error.line(),
            column: error.column(),
        })),
        notes,
        help: help(error.fault()).map(str::to_owned),
    }
}

/// The open calls of an error in `file`, innermost first, with equal neighbours as one: recursion
/// repeats itself.
fn calls(file: &str, stack: &[CallSite]) -> Vec<String> {
    let mut groups: Vec<(&CallSite, usize)> = Vec::new();
    for site in stack {
        match groups.last_mut() {
            Some((last, count)) if *last == site => *count += 1,
            _ => groups.push((site, 1)),
        }
    }
    let mut notes: Vec<String> = groups
        .iter()
        .take(MAX_CALLS_SHOWN)
        .map(|&(site, count)| {
            let function = site.function().unwrap_or("a function without a name");
            let place = match (site.line(), site.column()) {
                (None, _) => format!("op {}", site.op_index()),
                (Some(line), None) if site.file() == file => format!("line {line}"),
                (line, column) => {
                    let file = site.file();
                    Location { file, line, column }.to_string()
                }
            };
            match count {
                1 => format!("in {function}, called from {place}"),
                _ => format!("in {function}, called from {place} ({count} times)"),
            }
        })
        .collect();
    let shown: usize = groups
        .iter()
        .take(MAX_CALLS_SHOWN)
        .map(|group| group.1)
        .sum();
    if stack.len() == VmError::MAX_CALL_SITES {
        notes.push(format!(
            "only the innermost {} calls are known",
            stack.len()
        ));
    } else if shown < stack.len() {
        notes.push(format!("and {} more calls", stack.len() - shown));
    }
    notes
}

fn help(fault: &Fault) -> Option<&'static str> {
    match fault {
        Fault::OutOfFuel => Some("`--fuel` gives it more"),
        Fault::DeadlineExceeded => Some("`--timeout` gives it more time"),
        Fault::Denied(_) => Some("without `--sandbox` it is allowed"),
        Fault::CallDepth { .. } => Some("does a recursion never end? `--max-depth` allows more"),
        Fault::ValueTooLarge { .. } => Some("`--max-value-bytes` allows more"),
        Fault::OutOfMemory { .. } => Some("`--max-memory` allows more"),
        Fault::UndefinedFunction(_) => {
            Some("`.sub NAME` defines a function; `fusevm run --help` lists those that exist")
        }
        Fault::NotAFunction { .. } => {
            Some("`LoadFunction NAME` pushes a function; a text that names one is as good")
        }
        _ => None,
    }
}
