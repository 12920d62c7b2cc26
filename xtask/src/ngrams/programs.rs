//! The programs whose ops are counted, and runs of them.

use std::fs;
use std::io;

use anyhow::{Context as _, Result, anyhow};
use fusevm::chunk::assemble;
use fusevm::{Chunk, VM, Value};
use fusevm_awk::{Interpreter, Options, Program, Source};
use fusevm_cli::natives;
use fusevm_testkit::trace_blocks;

use super::count::Runs;
use super::data;

/// How many lines AWK programs read.
const LINES: usize = 5_000;

/// The arguments of the example programs: small ones, since running block by block takes long.
const SIZES: [(&str, &str); 18] = [
    ("ackermann", "3"),
    ("array_push_sum", "20000"),
    ("dispatch", "20000"),
    ("fib_recursive", "16"),
    ("graph", "500"),
    ("hash_incr", "20000"),
    ("mandelbrot", "20"),
    ("matmul", "20"),
    ("nbody", "200"),
    ("nested_loop", "100"),
    ("sieve", "5000"),
    ("sort", "2000"),
    ("spectral_norm", "20"),
    ("string_append", "5000"),
    ("string_build", "10000"),
    ("string_ops", "10000"),
    ("sum_loop", "50000"),
    ("word_freq", "5000"),
];

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Example,
    Awk,
}

impl Kind {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Kind::Example => "Examples in assembly",
            Kind::Awk => "AWK programs",
        }
    }

    /// The folder of the programs.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Kind::Example => "examples/asm",
            Kind::Awk => "bench/awk",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Kind::Example => "fasm",
            Kind::Awk => "awk",
        }
    }
}

/// The programs whose name contains one of the texts, or all if there are none, in order.
pub(crate) fn names(kind: Kind, filters: &[String]) -> Result<Vec<String>> {
    let folder = crate::root().join(kind.folder());
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|end| end != kind.extension()) {
            continue;
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if filters.is_empty() || filters.iter().any(|text| name.contains(text)) {
            names.push(name.into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Runs a program to its end. Its output goes nowhere.
pub(crate) fn trace(kind: Kind, name: &str) -> Result<Runs> {
    let path = crate::root().join(kind.folder()).join(name);
    let path = path.with_extension(kind.extension());
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    match kind {
        Kind::Example => example(name, &text),
        Kind::Awk => awk(name, &text),
    }
    .with_context(|| path.display().to_string())
}

fn example(name: &str, text: &str) -> Result<Runs> {
    let chunk = assemble(name, text).map_err(|error| anyhow!("{error}"))?;
    let mut vm = VM::new(chunk.clone());
    natives::install(&mut vm);
    let size = SIZES.iter().find(|(known, _)| *known == name);
    let arguments = size
        .map(|(_, size)| Value::str(*size))
        .into_iter()
        .collect();
    vm.set_named_global("ARGV", Value::array(arguments));
    vm.set_writer(Box::new(io::sink()));
    vm.set_reader(Box::new(io::Cursor::new(data::lines(LINES / 50, ' '))));
    run(&chunk, &mut vm)
}

fn awk(name: &str, text: &str) -> Result<Runs> {
    let program =
        Program::parse(&[Source::new(name, text)]).map_err(|errors| anyhow!("{}", errors[0]))?;
    let mut interpreter = Interpreter::new(&program, Options::default())?;
    let input = if name.starts_with("csv") {
        data::csv(LINES)
    } else {
        data::lines(LINES, ' ')
    };
    interpreter.set_stdout(Box::new(io::sink()));
    interpreter.set_stdin(Box::new(io::Cursor::new(input)));
    run(program.chunk(), interpreter.vm())
}

fn run(chunk: &Chunk, vm: &mut VM) -> Result<Runs> {
    let mut runs = Runs::new(chunk.ops.clone());
    trace_blocks(vm, |block| runs.add(block))?;
    runs.flush();
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_examples() {
        let names = names(Kind::Example, &[]).expect("there are examples");
        for (name, _) in SIZES {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
    }

    #[test]
    fn awk_programs_are_traced() {
        let runs = awk("test", "NR > 1 { n++ }").expect("it is a program");
        assert!(runs.executed() > LINES as u64);
    }
}
