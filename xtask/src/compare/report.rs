//! A comparison as a page of Markdown.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use anyhow::Result;

use super::engines::{FUSEVM, output_of};
use super::results::{Results, geometric_mean};

/// Under which circumstances the figures were taken.
#[derive(Debug)]
pub(crate) struct Circumstances {
    machine: String,
    date: String,
    command: String,
    runs: NonZeroUsize,
    unit: &'static str,
    method: &'static str,
    /// Why an engine is not there.
    notes: Vec<String>,
}

impl Circumstances {
    /// Those here and now.
    pub(crate) fn new(
        runs: NonZeroUsize,
        (unit, method): (&'static str, &'static str),
        notes: Vec<String>,
    ) -> Result<Self> {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        let arguments: Vec<String> = env::args().skip(1).collect();
        Ok(Circumstances {
            machine: format!("{}, cores: {cores}, {}", processor(), env::consts::OS),
            date: output_of("date", &["+%Y-%m-%d"])?,
            command: format!("cargo xtask {}", arguments.join(" ")),
            runs,
            unit,
            method,
            notes,
        })
    }
}

/// The model, as far as the system tells.
fn processor() -> String {
    let linux = || {
        let info = fs::read_to_string("/proc/cpuinfo").ok()?;
        let line = info.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    linux()
        .or_else(|| output_of("sysctl", &["-n", "machdep.cpu.brand_string"]).ok())
        .unwrap_or_else(|| env::consts::ARCH.to_owned())
}

/// The whole page.
pub(crate) fn page(results: &Results, circumstances: &Circumstances) -> String {
    let Circumstances {
        machine,
        date,
        command,
        runs,
        unit,
        method,
        notes,
    } = circumstances;
    let reference = &results.engines[results.reference()].name;
    let mut page = String::from("# Comparison\n\n");
    let mut item = |text: String| {
        let _ = writeln!(page, "- {text}");
    };
    item(format!("Machine: {machine}"));
    item(format!("Date: {date}"));
    item(format!("Command: `{command}`"));
    item(format!("Measured: {method}; medians, runs: {runs}"));
    for engine in &results.engines {
        item(format!("{}: {}", engine.name, engine.version));
    }
    for note in notes {
        item(note.clone());
    }
    let _ = write!(
        page,
        "\nFigures are {unit} and, in brackets, the ratio to {reference}: less is faster.\n\n{}",
        all(results)
    );
    if let Some(table) = new_to_old(results) {
        let _ = write!(page, "\nThe same, new to old:\n\n{table}");
    }
    page
}

/// A row for each program, with figures and ratios.
fn all(results: &Results) -> String {
    let reference = results.reference();
    let columns: Vec<Vec<f64>> = (0..results.engines.len())
        .map(|column| results.ratios(column, reference))
        .collect();
    let mut header = vec!["Program".to_owned()];
    header.extend(results.engines.iter().map(|engine| engine.name.clone()));
    let mut rows = vec![header];
    for (index, program) in results.programs.iter().enumerate() {
        let title = format!("{} {}", program.name, program.size);
        let mut row = vec![title.trim_end().to_owned()];
        for (column, ratios) in columns.iter().enumerate() {
            let figure = digits(results.figures[index][column]);
            row.push(if column == reference {
                figure
            } else {
                format!("{figure} ({})", digits(ratios[index]))
            });
        }
        rows.push(row);
    }
    let mut means = vec!["Geometric mean".to_owned()];
    means.extend(
        columns
            .iter()
            .map(|ratios| format!("({})", digits(geometric_mean(ratios)))),
    );
    rows.push(means);
    table(&rows)
}

/// The figures of this revision beside those of the baseline, if there is one.
fn new_to_old(results: &Results) -> Option<String> {
    let engines = &results.engines;
    let new = engines.iter().position(|engine| engine.name == FUSEVM)?;
    let old = engines.iter().position(|engine| engine.is_baseline)?;
    let ratios = results.ratios(new, old);
    let mut rows = vec![
        ["Program", "New", "Old", "New / old"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for ((program, figures), ratio) in results.programs.iter().zip(&results.figures).zip(&ratios) {
        rows.push(vec![
            program.name.clone(),
            digits(figures[new]),
            digits(figures[old]),
            digits(*ratio),
        ]);
    }
    let mean = digits(geometric_mean(&ratios));
    rows.push(vec![
        "Geometric mean".to_owned(),
        String::new(),
        String::new(),
        mean,
    ]);
    Some(table(&rows))
}

/// Three significant digits, or more before the point.
pub(crate) fn digits(x: f64) -> String {
    let magnitude = if x > 0.0 { x.log10().floor() } else { 0.0 };
    let decimals = (2.0 - magnitude).clamp(0.0, 5.0) as usize;
    format!("{x:.decimals$}")
}

/// A table in Markdown, aligned in its source too; the first row is its head.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(|column| width(column).max(3)).collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let _ = if column == 0 {
                write!(text, "| {cell:width$} |")
            } else {
                write!(text, " {cell:>width$} |")
            };
        }
        text.push('\n');
        if index == 0 {
            for (column, width) in widths.iter().enumerate() {
                text.push_str(if column == 0 { "|" } else { "" });
                text.push_str(&"-".repeat(width + 1));
                text.push_str(if column == 0 { "-|" } else { ":|" });
            }
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::measure::Meter;
    use crate::compare::results::{Column, Row};

    #[test]
    fn three_significant_digits() {
        for (x, expected) in [
            (0.0, "0.00"),
            (0.000_012_345, "0.00001"),
            (0.012_345, "0.0123"),
            (0.123_45, "0.123"),
            (1.0, "1.00"),
            (12.345, "12.3"),
            (123.45, "123"),
            (123_456.7, "123457"),
        ] {
            assert_eq!(digits(x), expected);
        }
    }

    /// Two programs; the peer's figures are 4 and 1 times those of this revision, whose are half
    /// of the baseline's.
    fn results() -> Results {
        let row = |name: &str, size: &str| Row {
            name: name.to_owned(),
            size: size.to_owned(),
        };
        let column = |name: &str, is_baseline| Column {
            name: name.to_owned(),
            version: "0123abc".to_owned(),
            is_baseline,
        };
        Results {
            programs: vec![row("sieve", "1000000"), row("sort", "600000")],
            engines: vec![
                column("fusevm", false),
                column("fusevm@main", true),
                column("native", false),
            ],
            figures: vec![vec![0.25, 0.5, 1.0], vec![10.0, 20.0, 10.0]],
            refer_to: "lua5.4",
        }
    }

    #[test]
    fn a_table_of_all_engines() {
        let expected = "\
| Program        | fusevm |  fusevm@main |      native |
|----------------|-------:|-------------:|------------:|
| sieve 1000000  |  0.250 | 0.500 (2.00) | 1.00 (4.00) |
| sort 600000    |   10.0 |  20.0 (2.00) | 10.0 (1.00) |
| Geometric mean | (1.00) |       (2.00) |      (2.00) |
";
        assert_eq!(all(&results()), expected);
    }

    #[test]
    fn a_table_of_new_to_old() {
        let expected = "\
| Program        |   New |   Old | New / old |
|----------------|------:|------:|----------:|
| sieve          | 0.250 | 0.500 |     0.500 |
| sort           |  10.0 |  20.0 |     0.500 |
| Geometric mean |       |       |     0.500 |
";
        assert_eq!(new_to_old(&results()).as_deref(), Some(expected));

        let mut alone = results();
        alone.engines.remove(1);
        assert_eq!(new_to_old(&alone), None);
    }

    #[test]
    fn a_page_tells_the_circumstances() {
        let circumstances = Circumstances {
            machine: "Some CPU, cores: 2, linux".to_owned(),
            date: "2026-01-01".to_owned(),
            command: "cargo xtask compare".to_owned(),
            runs: NonZeroUsize::MIN,
            unit: Meter::Time.unit(),
            method: Meter::Time.method(),
            notes: vec!["perl: left out, cannot start perl".to_owned()],
        };
        let page = page(&results(), &circumstances);
        for line in [
            "- Machine: Some CPU, cores: 2, linux",
            "- Date: 2026-01-01",
            "- Command: `cargo xtask compare`",
            "- Measured: wall time of the whole process; medians, runs: 1",
            "- fusevm@main: 0123abc",
            "- perl: left out, cannot start perl",
            "Figures are seconds and, in brackets, the ratio to fusevm: less is faster.",
        ] {
            assert!(page.lines().any(|l| l == line), "{line}\n{page}");
        }
    }
}
