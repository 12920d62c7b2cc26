//! The programs of `bench/awk` here, at another revision, and in other AWKs.

mod engines;
pub(crate) mod measure;
pub(crate) mod programs;

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::compare::engines::FUSEVM;
use crate::compare::report::{self, Circumstances};
use crate::compare::results::{Column, Results, Row};
use crate::compare::{build, measure::medians, write};
use crate::programs::data;
use engines::{Engine, MAWK};
use measure::Observer;
use programs::{Input, PROGRAMS, Program};

#[derive(Args)]
pub(crate) struct Options {
    /// Only programs whose name contains one of these
    #[arg(long, value_delimiter = ',', value_name = "TEXT")]
    filter: Vec<String>,

    /// How often each program runs; the median counts
    #[arg(long, value_name = "N", default_value = "5")]
    runs: NonZeroUsize,

    /// Only these AWKs
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(engines::NAMES),
        default_values = engines::NAMES,
        hide_default_value = true
    )]
    engines: Vec<String>,

    /// Also build and run this revision, and print the ratios new to old
    #[arg(long, value_name = "REV")]
    baseline: Option<String>,

    /// How many lines the programs read, of some 60 bytes each
    #[arg(long, value_name = "N", default_value = "1000000")]
    lines: NonZeroUsize,

    /// The folder to write compare.md and compare.svg to [default: compare-awk, in the target folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let programs: Vec<&Program> = PROGRAMS
        .iter()
        .filter(|program| {
            let named = |text: &String| program.name.contains(text);
            options.filter.is_empty() || options.filter.iter().any(named)
        })
        .collect();
    ensure!(!programs.is_empty(), "no program has such a name");
    let folder = build::target()?.join("compare-awk");
    let out = options.out.as_deref().unwrap_or(&folder);
    for folder in [&folder, out] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let files = Files::new(&folder, options.lines)?;
    let (engines, mut notes) = engines(options)?;
    let rows: Vec<Row> = programs.iter().map(|program| program.row()).collect();
    let columns: Vec<Column> = engines.iter().map(|engine| engine.column.clone()).collect();
    let command = |row: usize, column: usize| {
        let program: &Program = programs[row];
        engines[column].command(program, files.of(program))
    };

    let observer = Observer::new(&folder);
    let mut memory = Vec::new();
    for (row, program) in programs.iter().enumerate() {
        let mut first = None;
        let mut peaks = Vec::new();
        for (column, engine) in engines.iter().enumerate() {
            let name = &engine.column.name;
            let outcome = observer.run(command(row, column));
            let outcome = outcome.with_context(|| format!("{} on {name}", program.name))?;
            ensure!(
                *first.get_or_insert(outcome.checksum) == outcome.checksum,
                "{}: {name} prints something else than {}",
                program.name,
                engines[0].column.name
            );
            peaks.push(outcome.peak);
        }
        memory.push(peaks);
    }

    let figures = medians(&rows, &columns, options.runs, |row, column| {
        measure::time(command(row, column))
    })?;
    let results = Results {
        programs: rows,
        engines: columns,
        figures,
        refer_to: MAWK,
    };
    notes.push(format!(
        "Input: {} lines of eight fields, LC_ALL=C; all print the same",
        options.lines
    ));
    let method = ("seconds", "wall time of the whole process");
    let mut page = report::page(&results, &Circumstances::new(options.runs, method, notes)?);
    if observer.measures_memory() {
        page.push_str(
            "\nThe most memory that was resident at a time, in MiB, in a run of its own:\n\n",
        );
        page.push_str(&memory_table(&results, &memory));
    } else {
        page.push_str("\nMemory was not measured: there is no GNU time.\n");
    }
    write(out, &page, &results)
}

fn memory_table(results: &Results, memory: &[Vec<Option<f64>>]) -> String {
    let mut header = vec!["Program".to_owned()];
    header.extend(results.engines.iter().map(|engine| engine.name.clone()));
    let mut rows = vec![header];
    for (program, peaks) in results.programs.iter().zip(memory) {
        let mut row = vec![program.name.clone()];
        let peaks = peaks.iter().copied();
        row.extend(peaks.map(|peak| peak.map_or_else(String::new, report::digits)));
        rows.push(row);
    }
    report::table(&rows)
}

/// The engines that are asked for and there, and why others are not.
fn engines(options: &Options) -> Result<(Vec<Engine>, Vec<String>)> {
    let asked = |name: &str| options.engines.iter().any(|engine| engine == name);
    let mut engines = Vec::new();
    let mut notes = Vec::new();
    for name in engines::NAMES.into_iter().filter(|name| asked(name)) {
        if name == FUSEVM {
            engines.push(Engine::fusevm(build::present()?));
            if let Some(revision) = &options.baseline {
                engines.push(Engine::fusevm(build::baseline(revision)?));
            }
            continue;
        }
        match Engine::peer(name) {
            Ok(engine) => engines.push(engine),
            Err(error) => {
                eprintln!("without {name}: {error:#}");
                notes.push(format!("{name}: left out, {error:#}"));
            }
        }
    }
    ensure!(!engines.is_empty(), "there is no engine to run");
    Ok((engines, notes))
}

/// The files that programs read. They stay for the next comparison.
struct Files {
    lines: PathBuf,
    csv: PathBuf,
}

impl Files {
    fn new(folder: &Path, count: NonZeroUsize) -> Result<Self> {
        let files = Files {
            lines: folder.join(format!("lines-{count}.txt")),
            csv: folder.join(format!("lines-{count}.csv")),
        };
        keep(&files.lines, || data::lines(count.get(), ' '))?;
        keep(&files.csv, || data::csv(count.get()))?;
        Ok(files)
    }

    fn of(&self, program: &Program) -> Option<&Path> {
        match program.input {
            Input::Nothing => None,
            Input::Lines => Some(&self.lines),
            Input::Csv => Some(&self.csv),
        }
    }
}

/// Makes a file unless it is there. It gets its name when it is complete.
fn keep(path: &Path, text: impl FnOnce() -> String) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let part = path.with_extension("part");
    fs::write(&part, text())
        .and_then(|()| fs::rename(&part, path))
        .with_context(|| format!("cannot write {}", path.display()))
}
