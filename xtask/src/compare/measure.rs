//! Runs the programs, checks what they print and takes the time, or counts instructions.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};

use super::engines::Engine;
use super::programs::Program;
use super::results::{Column, Row};

/// What is measured: a process from its start to its end.
#[derive(Debug)]
pub(crate) enum Meter {
    /// Wall time, in seconds.
    Time,
    /// Instructions outside the kernel, in millions.
    Instructions { counter: Counter, log: PathBuf },
}

/// What counts instructions.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counter {
    /// The counters of the processor, which virtual machines often lack.
    Perf,
    /// A simulation, some 50 times slower.
    Callgrind,
}

impl Meter {
    /// A counter of instructions that works here.
    ///
    /// `log` is the path of a file that it may write.
    pub(crate) fn instructions(log: PathBuf) -> Result<Meter> {
        for counter in [Counter::Perf, Counter::Callgrind] {
            let probe = counter.wrap(&Command::new("true"), &log).output();
            if probe.is_ok() && counter.read(&log).is_ok() {
                return Ok(Meter::Instructions { counter, log });
            }
        }
        bail!("neither perf nor valgrind can count instructions here");
    }

    /// What the figures are, and how they are measured.
    pub(crate) fn description(&self) -> (&'static str, &'static str) {
        (self.unit(), self.method())
    }

    pub(crate) fn unit(&self) -> &'static str {
        match self {
            Meter::Time => "seconds",
            Meter::Instructions { .. } => "millions of instructions",
        }
    }

    /// How it measures.
    pub(crate) fn method(&self) -> &'static str {
        match self {
            Meter::Time => "wall time of the whole process",
            Meter::Instructions {
                counter: Counter::Perf,
                ..
            } => "instructions of the whole process outside the kernel, by perf",
            Meter::Instructions {
                counter: Counter::Callgrind,
                ..
            } => "instructions of the whole process outside the kernel, by callgrind",
        }
    }

    /// Runs a program once.
    pub(crate) fn measure(&self, engine: &Engine, program: &Program) -> Result<f64> {
        let plain = engine.command(program);
        match self {
            Meter::Time => {
                let start = Instant::now();
                let printed = printed(plain)?;
                let seconds = start.elapsed().as_secs_f64();
                check(&printed, program)?;
                Ok(seconds)
            }
            Meter::Instructions { counter, log } => {
                check(&printed(counter.wrap(&plain, log))?, program)?;
                Ok(counter.read(log)? as f64 / 1e6)
            }
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Meter::Instructions { log, .. } = self {
            // It may never have been written.
            let _ = fs::remove_file(log);
        }
    }
}

impl Counter {
    fn wrap(self, plain: &Command, log: &Path) -> Command {
        let mut command = match self {
            Counter::Perf => {
                let mut command = Command::new("perf");
                command.args(["stat", "--field-separator", ",", "--event"]);
                command.arg("instructions:u").arg("--output").arg(log);
                command.arg("--");
                command
            }
            Counter::Callgrind => {
                let mut command = Command::new("valgrind");
                command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
                command.arg(format!("--log-file={}", log.display()));
                command
            }
        };
        command.arg(plain.get_program()).args(plain.get_args());
        command
    }

    fn read(self, log: &Path) -> Result<u64> {
        let text =
            fs::read_to_string(log).with_context(|| format!("cannot read {}", log.display()))?;
        self.parse(&text)
            .with_context(|| format!("no number of instructions in:\n{text}"))
    }

    fn parse(self, log: &str) -> Option<u64> {
        let number = match self {
            // 1234,,instructions:u,...
            Counter::Perf => log
                .lines()
                .find(|line| line.contains("instructions:u"))?
                .split(',')
                .next()?,
            // ==99== Collected : 1234
            Counter::Callgrind => log.split_once("Collected : ")?.1.lines().next()?,
        };
        number.trim().parse().ok()
    }
}

/// What a command prints, if all goes well.
fn printed(mut command: Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .context("it cannot be started")?;
    succeeded(&output)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// An error with what a command had to say, unless it ended well.
pub(crate) fn succeeded(output: &Output) -> Result<()> {
    ensure!(
        output.status.success(),
        "{}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
    Ok(())
}

fn check(printed: &str, program: &Program) -> Result<()> {
    ensure!(
        printed.trim_end() == format!("CHECK {}", program.result),
        "it printed {printed:?} instead of CHECK {}",
        program.result
    );
    Ok(())
}

/// The medians of `runs` figures for each program and each engine, by their numbers.
///
/// Each round runs all there is once, so that a machine which gets slower does so for all engines.
pub(crate) fn medians(
    programs: &[Row],
    engines: &[Column],
    runs: NonZeroUsize,
    measure: impl Fn(usize, usize) -> Result<f64>,
) -> Result<Vec<Vec<f64>>> {
    let runs = runs.get();
    let progress = ProgressBar::new((programs.len() * engines.len() * runs) as u64);
    progress.set_style(ProgressStyle::with_template(
        "{wide_bar} {pos}/{len}, {eta} left, {msg}",
    )?);
    let mut figures = vec![vec![Vec::with_capacity(runs); engines.len()]; programs.len()];
    for _ in 0..runs {
        for (row, (program, cells)) in programs.iter().zip(&mut figures).enumerate() {
            for (column, (engine, cell)) in engines.iter().zip(cells).enumerate() {
                progress.set_message(format!("{} on {}", program.name, engine.name));
                let figure = measure(row, column).with_context(|| {
                    format!("{} {} on {}", program.name, program.size, engine.name)
                })?;
                cell.push(figure);
                progress.inc(1);
            }
        }
    }
    progress.finish_and_clear();
    Ok(figures
        .into_iter()
        .map(|row| row.into_iter().map(median).collect())
        .collect())
}

/// The figure in the middle, or the mean of the two there. There must be one.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let last = figures.len() - 1;
    f64::midpoint(figures[last / 2], figures[last.div_ceil(2)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even_numbers_of_figures() {
        for (figures, expected) in [
            (vec![3.0], 3.0),
            (vec![1.0, 2.0], 1.5),
            (vec![9.0, 1.0, 2.0], 2.0),
            (vec![4.0, 100.0, 1.0, 2.0], 3.0),
        ] {
            assert_eq!(median(figures.clone()), expected, "{figures:?}");
        }
    }

    #[test]
    fn counts_in_logs() {
        let perf = "# started on Sat\n\n1234567,,instructions:u,98765,100.00,,\n";
        let none = "<not supported>,,instructions:u,0,100.00,,\n";
        let callgrind = "==9== Events    : Ir\n==9== Collected : 142857\n==9==\n";
        for (counter, log, expected) in [
            (Counter::Perf, perf, Some(1_234_567)),
            (Counter::Perf, none, None),
            (Counter::Perf, "", None),
            (Counter::Callgrind, callgrind, Some(142_857)),
            (Counter::Callgrind, "", None),
        ] {
            assert_eq!(counter.parse(log), expected, "{counter:?} {log}");
        }
    }

    #[test]
    fn only_the_expected_result_is_right() {
        let program = Program {
            name: "answer",
            size: "1",
            result: "42",
        };
        for (printed, right) in [
            ("CHECK 42\n", true),
            ("CHECK 421\n", false),
            ("CHECK 4\n", false),
            ("42\n", false),
            ("", false),
            ("CHECK 42\nCHECK 42\n", false),
        ] {
            assert_eq!(check(printed, &program).is_ok(), right, "{printed:?}");
        }
    }
}
