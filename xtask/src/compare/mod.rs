//! The example programs here, at another revision, and in other languages.

pub(crate) mod build;
mod chart;
pub(crate) mod engines;
pub(crate) mod measure;
mod programs;
pub(crate) mod report;
pub(crate) mod results;

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use clap::builder::PossibleValuesParser;

use engines::{Engine, FUSEVM, FUSEVM_JOFF, NATIVE};
use measure::Meter;
use report::Circumstances;
use results::{Column, Results, Row};

#[derive(Args)]
pub(crate) struct Options {
    /// Only programs whose name contains one of these
    #[arg(long, value_delimiter = ',', value_name = "TEXT")]
    filter: Vec<String>,

    /// How often each program runs; the median counts
    #[arg(
        long,
        value_name = "N",
        default_value = "5",
        // Instructions are nearly the same each time.
        default_value_if("count", "true", "1")
    )]
    runs: NonZeroUsize,

    /// Only these engines
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(engines::NAMES),
        default_values = engines::NAMES,
        hide_default_value = true
    )]
    engines: Vec<String>,

    /// Without the programs in Rust, compiled to native code
    #[arg(long)]
    no_native: bool,

    /// Also build and run this revision, and print the ratios new to old
    #[arg(long, value_name = "REV")]
    baseline: Option<String>,

    /// Count instructions, with perf or valgrind, instead of taking the time
    #[arg(long)]
    count: bool,

    /// The folder to write compare.md and compare.svg to [default: compare, in the target folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let programs = programs::matching(&options.filter);
    ensure!(!programs.is_empty(), "no program has such a name");
    let out = match &options.out {
        Some(folder) => folder.clone(),
        None => build::target()?.join("compare"),
    };
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let meter = if options.count {
        Meter::instructions(out.join("instructions.log"))?
    } else {
        Meter::Time
    };
    let (engines, notes) = engines(options)?;
    let rows: Vec<Row> = programs.iter().map(|program| program.row()).collect();
    let columns: Vec<Column> = engines.iter().map(Engine::column).collect();
    let figures = measure::medians(&rows, &columns, options.runs, |row, column| {
        meter.measure(&engines[column], programs[row])
    })?;
    let results = Results {
        programs: rows,
        engines: columns,
        figures,
        refer_to: "lua5.4",
    };

    let circumstances = Circumstances::new(options.runs, meter.description(), notes)?;
    let page = report::page(&results, &circumstances);
    write(&out, &page, &results)
}

/// Prints a page, and writes it and the chart.
pub(crate) fn write(out: &Path, page: &str, results: &Results) -> Result<()> {
    print!("{page}");
    let path = out.join("compare.md");
    fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("\nwritten: {}", path.display());
    if results.engines.len() > 1 {
        let path = out.join("compare.svg");
        chart::write(results, &path)?;
        eprintln!("written: {}", path.display());
    }
    Ok(())
}

/// The engines that are asked for and there, and why others are not.
fn engines(options: &Options) -> Result<(Vec<Engine>, Vec<String>)> {
    let asked = |name: &str| options.engines.iter().any(|engine| engine == name);
    ensure!(
        options.baseline.is_none() || asked(FUSEVM),
        "--baseline needs {FUSEVM} among --engines"
    );
    let mut engines = Vec::new();
    let mut notes = Vec::new();
    for name in engines::NAMES.into_iter().filter(|name| asked(name)) {
        match name {
            FUSEVM => {
                engines.push(Engine::fusevm(build::present()?));
                if let Some(revision) = &options.baseline {
                    engines.push(Engine::fusevm(build::baseline(revision)?));
                }
            }
            FUSEVM_JOFF => engines.push(Engine::fusevm_joff(build::present()?)),
            NATIVE if options.no_native => {}
            NATIVE => engines.push(build::native()?),
            _ => match Engine::peer(name) {
                Ok(engine) => engines.push(engine),
                Err(error) => {
                    eprintln!("without {name}: {error:#}");
                    notes.push(format!("{name}: left out, {error:#}"));
                }
            },
        }
    }
    ensure!(!engines.is_empty(), "there is no engine to run");
    Ok((engines, notes))
}
