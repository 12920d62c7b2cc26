//! What native code on the disk saves: programs without it, in their first run, and in the second one.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::compare::report::{self, Circumstances};
use crate::compare::results::{Column, Results, Row};
use crate::compare::{build, measure::medians};
use crate::compare_awk::measure::time;
use crate::compare_awk::programs::{self as awk, Input};
use crate::programs::data;

#[derive(Args)]
pub(crate) struct Options {
    /// Only programs whose name contains one of these
    #[arg(long, value_delimiter = ',', value_name = "TEXT")]
    filter: Vec<String>,

    /// How often each program runs; the median counts
    #[arg(long, value_name = "N", default_value = "15")]
    runs: NonZeroUsize,
}

/// The example programs, with sizes for some milliseconds.
const EXAMPLES: [(&str, &str); 16] = [
    ("ackermann", "4"),
    ("array_push_sum", "2000"),
    ("fib_recursive", "18"),
    ("hash_incr", "3000"),
    ("mandelbrot", "40"),
    ("matmul", "20"),
    ("nbody", "500"),
    ("nested_loop", "100"),
    ("sieve", "3000"),
    ("sort", "1000"),
    ("spectral_norm", "30"),
    ("string_append", "3000"),
    ("string_build", "3000"),
    ("string_ops", "3000"),
    ("sum_loop", "20000"),
    ("word_freq", "2000"),
];

/// What the AWK programs read, or do.
const LINES: usize = 5000;
const AWK_SIZES: [(&str, &str); 3] = [
    ("begin_loop", "20000"),
    ("fib", "18"),
    ("string_append", "3000"),
];

/// The runs that are compared.
const OFF: &str = "off";
const FIRST: &str = "first";
const SECOND: &str = "second";

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = build::target()?.join("second-run");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let build::Build { column, binary } = build::present()?;
    let mut programs = programs(&folder)?;
    programs.retain(|(row, _)| {
        options.filter.is_empty() || options.filter.iter().any(|text| row.name.contains(text))
    });
    ensure!(!programs.is_empty(), "no program has such a name");
    let rows: Vec<Row> = programs.iter().map(|(row, _)| row.clone()).collect();
    let columns: Vec<Column> = [
        (OFF, format!("nothing is kept; {}", column.version)),
        (FIRST, "nothing is there, code is made and kept".to_owned()),
        (SECOND, "code is loaded".to_owned()),
    ]
    .map(|(name, version)| Column {
        name: name.to_owned(),
        version,
        is_baseline: false,
    })
    .into();
    let cache = folder.join("cache");
    let figures = medians(&rows, &columns, options.runs, |row, column| {
        let (_, (arguments, input)) = &programs[row];
        let mut command = Command::new(&binary);
        command.env("LC_ALL", "C").args(arguments).args(input);
        match columns[column].name.as_str() {
            OFF => command.env("FUSEVM_JIT_CACHE_DIR", "off"),
            name => {
                if name == FIRST && cache.exists() {
                    fs::remove_dir_all(&cache)?;
                }
                command.env("FUSEVM_JIT_CACHE_DIR", &cache)
            }
        };
        time(command)
    })?;
    let results = Results {
        programs: rows,
        engines: columns,
        figures,
        refer_to: FIRST,
    };
    let method = ("seconds", "wall time of the whole process");
    let notes = vec![format!("Input of AWK programs: {LINES} lines")];
    let circumstances = Circumstances::new(options.runs, method, notes)?;
    print!("{}", report::page(&results, &circumstances));
    Ok(())
}

/// The arguments of a program, and the file that it reads.
type Arguments = (Vec<String>, Option<PathBuf>);

fn programs(folder: &Path) -> Result<Vec<(Row, Arguments)>> {
    let text = |path: &Path| path.display().to_string();
    let mut programs = Vec::new();
    for (name, size) in EXAMPLES {
        let path = crate::root().join("examples/asm").join(name);
        let path = text(&path.with_extension("fasm"));
        let row = Row {
            name: name.to_owned(),
            size: size.to_owned(),
        };
        let arguments = ["run", &path, size].map(str::to_owned).into();
        programs.push((row, (arguments, None)));
    }
    let [lines, csv] = [
        ("lines.txt", data::lines(LINES, ' ')),
        ("lines.csv", data::csv(LINES)),
    ]
    .map(|(name, text)| (folder.join(name), text));
    for (path, text) in [&lines, &csv] {
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    for program in &awk::PROGRAMS {
        let mut arguments = vec!["awk".to_owned()];
        let size = AWK_SIZES.iter().find(|(name, _)| *name == program.name);
        let size = size.map_or("", |(_, size)| size);
        if !size.is_empty() {
            arguments.extend(["-v".to_owned(), format!("n={size}")]);
        }
        arguments.extend(["-f".to_owned(), text(&program.path())]);
        let input = match program.input {
            Input::Nothing => None,
            Input::Lines => Some(lines.0.clone()),
            Input::Csv => Some(csv.0.clone()),
        };
        let row = Row {
            name: format!("awk {}", program.name),
            size: size.to_owned(),
        };
        programs.push((row, (arguments, input)));
    }
    Ok(programs)
}
