//! The programs that are looked at inside, and machines to run them.

pub(crate) mod data;

use std::fs;
use std::io;

use anyhow::{Context as _, Result, anyhow};
use fusevm::chunk::assemble;
use fusevm::{Chunk, VM, Value};
use fusevm_awk::{Interpreter, Options, Source};
use fusevm_cli::natives;

/// How many lines AWK programs read.
const LINES: usize = 2_000;

/// The arguments of the example programs: small ones, so that a run takes a millisecond or so.
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

/// The variable `n` of AWK programs that read nothing.
const AWK_SIZES: [(&str, &str); 3] = [
    ("begin_loop", "100000"),
    ("fib", "18"),
    ("string_append", "20000"),
];

/// What starts processes, which would print.
const LEFT_OUT: [&str; 1] = ["group_sort"];

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

/// The names of the programs that contain one of the texts, or all if there are none, in order.
fn names(kind: Kind, filters: &[String]) -> Result<Vec<String>> {
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
        if LEFT_OUT.contains(&&*name) {
            continue;
        }
        if filters.is_empty() || filters.iter().any(|text| name.contains(text)) {
            names.push(name.into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// A program, ready to run.
pub(crate) struct Program {
    pub(crate) name: String,
    source: Compiled,
}

enum Compiled {
    Example(Chunk),
    /// The program, and what it reads.
    Awk(Box<fusevm_awk::Program>, String),
}

impl Program {
    /// The programs of a kind whose name contains one of the texts, or all if there are none, in
    /// order.
    pub(crate) fn all(kind: Kind, filters: &[String]) -> Result<Vec<Program>> {
        let names = names(kind, filters)?;
        names.iter().map(|name| Program::load(kind, name)).collect()
    }

    fn load(kind: Kind, name: &str) -> Result<Program> {
        let path = crate::root().join(kind.folder()).join(name);
        let path = path.with_extension(kind.extension());
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let compiled = match kind {
            Kind::Example => Program::example(name, &text),
            Kind::Awk => Program::awk(name, &text),
        };
        compiled.with_context(|| path.display().to_string())
    }

    fn example(name: &str, text: &str) -> Result<Program> {
        let chunk = assemble(name, text).map_err(|error| anyhow!("{error}"))?;
        Ok(Program {
            name: name.to_owned(),
            source: Compiled::Example(chunk),
        })
    }

    fn awk(name: &str, text: &str) -> Result<Program> {
        let program = fusevm_awk::Program::parse(&[Source::new(name, text)])
            .map_err(|errors| anyhow!("{}", errors[0]))?;
        let input = if name.starts_with("csv") {
            data::csv(LINES)
        } else {
            data::lines(LINES, ' ')
        };
        Ok(Program {
            name: name.to_owned(),
            source: Compiled::Awk(Box::new(program), input),
        })
    }

    pub(crate) fn chunk(&self) -> &Chunk {
        match &self.source {
            Compiled::Example(chunk) => chunk,
            Compiled::Awk(program, _) => program.chunk(),
        }
    }

    /// Gives a machine that is about to run the program to `act`. The output goes nowhere.
    pub(crate) fn start<T>(&self, act: impl FnOnce(&mut VM) -> Result<T>) -> Result<T> {
        match &self.source {
            Compiled::Example(chunk) => {
                let mut vm = VM::new(chunk.clone());
                natives::install(&mut vm);
                let size = SIZES.iter().find(|(known, _)| *known == self.name);
                let arguments = size
                    .map(|(_, size)| Value::str(*size))
                    .into_iter()
                    .collect();
                vm.set_named_global("ARGV", Value::array(arguments));
                vm.set_writer(Box::new(io::sink()));
                vm.set_reader(Box::new(io::Cursor::new(data::lines(LINES / 20, ' '))));
                act(&mut vm)
            }
            Compiled::Awk(program, input) => {
                let size = AWK_SIZES.iter().find(|(known, _)| *known == self.name);
                let assignment = |(_, size): &(&str, &str)| ("n".to_owned(), (*size).into());
                let options = Options {
                    assignments: size.map(assignment).into_iter().collect(),
                    ..Options::default()
                };
                let mut interpreter = Interpreter::new(program, options)?;
                interpreter.set_stdout(Box::new(io::sink()));
                interpreter.set_stdin(Box::new(io::Cursor::new(input.clone())));
                act(interpreter.vm())
            }
        }
        .with_context(|| self.name.clone())
    }
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
        let names = super::names(Kind::Awk, &[]).expect("there are programs");
        for (name, _) in AWK_SIZES {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
    }

    #[test]
    fn awk_programs_have_lines_to_read() {
        let program = Program::awk("test", "END { exit NR != 2000 }").expect("it is a program");
        let status = program.start(|vm| {
            vm.try_run()?;
            Ok(vm.last_status)
        });
        assert_eq!(status.ok(), Some(0));
    }
}
