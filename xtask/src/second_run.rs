//! What native code on the disk saves: programs without it, in their first run, and in the second one.

use std::ffi::OsString;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::compare::{build, report};
use crate::compare_awk::measure::time;
use crate::compare_awk::programs::{self as awk, Input};
use crate::programs::data;

#[derive(Args)]
pub(crate) struct Options {
    /// Only programs whose name contains one of these
    #[arg(long, value_delimiter = ',', value_name = "TEXT")]
    filter: Vec<String>,

    /// How often each program runs; the shortest time counts
    #[arg(long, value_name = "N", default_value = "30")]
    runs: NonZeroUsize,
}

/// The example programs, with sizes for some milliseconds.
const EXAMPLES: [(&str, &str); 16] = [
    ("ackermann", "6"),
    ("array_push_sum", "10000"),
    ("fib_recursive", "23"),
    ("hash_incr", "10000"),
    ("mandelbrot", "80"),
    ("matmul", "20"),
    ("nbody", "500"),
    ("nested_loop", "100"),
    ("sieve", "3000"),
    ("sort", "10000"),
    ("spectral_norm", "30"),
    ("string_append", "10000"),
    ("string_build", "10000"),
    ("string_ops", "10000"),
    ("sum_loop", "20000"),
    ("word_freq", "10000"),
];

/// What the AWK programs read, or do.
const LINES: usize = 5000;
const AWK_SIZES: [(&str, &str); 3] = [
    ("begin_loop", "20000"),
    ("fib", "23"),
    ("string_append", "10000"),
];

/// Runs without kept code, the first one that keeps it, and the second one, which loads it.
const OFF: &str = "off";
const FIRST: &str = "first";
const WAYS: [&str; 3] = [OFF, FIRST, "second"];

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = build::target()?.join("second-run");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let build::Build { column, binary } = build::present()?;
    let mut programs = programs(&folder)?;
    programs.retain(|program| {
        options.filter.is_empty()
            || options
                .filter
                .iter()
                .any(|text| program.name.contains(text))
    });
    ensure!(!programs.is_empty(), "no program has such a name");
    let cache = folder.join("cache");
    // In turns, so that what else the machine does meets all of them.
    let mut shortest = vec![[f64::INFINITY; WAYS.len()]; programs.len()];
    for _ in 0..options.runs.get() {
        for (program, times) in programs.iter().zip(&mut shortest) {
            for (way, shortest) in WAYS.iter().zip(times) {
                let time = measure(&binary, program, way, &cache);
                *shortest = shortest.min(time.with_context(|| program.name.clone())?);
            }
        }
    }
    let mut table = vec![
        ["Program"]
            .iter()
            .chain(&WAYS)
            .map(ToString::to_string)
            .collect(),
    ];
    for (program, times) in programs.iter().zip(&shortest) {
        let mut row = vec![program.name.clone()];
        row.extend(times.iter().map(|time| format!("{:.2}", time * 1000.0)));
        table.push(row);
    }
    println!(
        "Milliseconds of the whole process, the shortest of {} runs, {}; AWK programs read {LINES} lines.\n\n{}",
        options.runs,
        column.version,
        report::table(&table)
    );
    Ok(())
}

/// Runs a program in one way. Gives the seconds.
fn measure(binary: &Path, program: &Program, way: &str, cache: &Path) -> Result<f64> {
    let mut command = Command::new(binary);
    command.env("LC_ALL", "C").args(&program.arguments);
    match way {
        OFF => command.env("FUSEVM_JIT_CACHE_DIR", "off"),
        _ => command.env("FUSEVM_JIT_CACHE_DIR", cache),
    };
    if way == FIRST {
        let mut clear = Command::new(binary);
        clear
            .args(["cache", "clear"])
            .env("FUSEVM_JIT_CACHE_DIR", cache);
        time(clear)?;
    }
    time(command)
}

/// A program with its arguments.
struct Program {
    name: String,
    arguments: Vec<OsString>,
}

fn programs(folder: &Path) -> Result<Vec<Program>> {
    let program = |name: String, size: &str, arguments: Vec<OsString>| Program {
        name: format!("{name} {size}").trim_end().to_owned(),
        arguments,
    };
    let mut programs = Vec::new();
    for (name, size) in EXAMPLES {
        let path = crate::root().join("examples/asm").join(name);
        let path = path.with_extension("fasm");
        let arguments = vec!["run".into(), path.into(), size.into()];
        programs.push(program(name.to_owned(), size, arguments));
    }
    let lines = folder.join("lines.txt");
    let csv = folder.join("lines.csv");
    for (path, text) in [(&lines, data::lines(LINES, ' ')), (&csv, data::csv(LINES))] {
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    for awk in &awk::PROGRAMS {
        let mut arguments: Vec<OsString> = vec!["awk".into()];
        let size = AWK_SIZES.iter().find(|(name, _)| *name == awk.name);
        let size = size.map_or("", |(_, size)| size);
        if !size.is_empty() {
            arguments.extend(["-v".into(), format!("n={size}").into()]);
        }
        arguments.extend(["-f".into(), awk.path().into()]);
        match awk.input {
            Input::Nothing => {}
            Input::Lines => arguments.push((&lines).into()),
            Input::Csv => arguments.push((&csv).into()),
        }
        programs.push(program(format!("awk {}", awk.name), size, arguments));
    }
    Ok(programs)
}
