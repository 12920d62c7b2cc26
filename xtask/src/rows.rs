//! What each row of the table of instructions gains: programs with all rows beside the same
//! programs with one row less.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;
use fusevm::Chunk;
use fusevm::fusion::{ROWS, instructions, without};

use crate::programs::{Kind, Program};

/// What one sample takes at least: short programs are run repeatedly. Short samples are the more
/// likely to have the processor to themselves.
const SAMPLE: Duration = Duration::from_millis(1);

#[derive(Args)]
pub(crate) struct Options {
    /// Only programs whose name contains one of these
    #[arg(long, value_delimiter = ',', value_name = "TEXT")]
    filter: Vec<String>,

    /// Only these rows
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    rows: Vec<String>,

    /// How often each program is measured with and without each row
    #[arg(long, value_name = "N", default_value = "50")]
    rounds: usize,
}

/// What leaving out a row costs a program.
struct Cost {
    program: String,
    row: &'static str,
    /// The part of the time that the run takes longer.
    part: f64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    ensure!(
        !cfg!(debug_assertions),
        "times of this build mean nothing: cargo run --release --package xtask -- rows"
    );
    let mut programs = Program::all(Kind::Example, &options.filter)?;
    programs.extend(Program::all(Kind::Awk, &options.filter)?);
    ensure!(!programs.is_empty(), "no program has such a name");
    let mut costs = Vec::new();
    for program in &programs {
        eprintln!("{}", program.name);
        costs.extend(measure(program, options)?);
    }
    print(&costs, &options.rows);
    Ok(())
}

/// The costs of leaving out each row that a program has instructions of. The runs with and without
/// take turns, and the shortest of each counts: what else the machine does only makes runs longer.
fn measure(program: &Program, options: &Options) -> Result<Vec<Cost>> {
    let rows = rows_of(program.chunk());
    let wanted =
        |row: &&str| options.rows.is_empty() || options.rows.iter().any(|name| name == row);
    let rows: Vec<&'static str> = rows.into_iter().filter(wanted).collect();
    let mut variants = vec![without(program.chunk(), &[])];
    variants.extend(rows.iter().map(|row| without(program.chunk(), &[row])));
    let mut runs = 1;
    while sample(program, &variants[0], runs)? < SAMPLE {
        runs *= 2;
    }
    let mut least = vec![Duration::MAX; variants.len()];
    for _ in 0..options.rounds {
        for (least, variant) in least.iter_mut().zip(&variants) {
            *least = sample(program, variant, runs)?.min(*least);
        }
    }
    let with = least[0].as_secs_f64();
    let costs = rows.iter().zip(&least[1..]).map(|(row, least)| Cost {
        program: program.name.clone(),
        row,
        part: least.as_secs_f64() / with - 1.0,
    });
    Ok(costs.collect())
}

/// The rows that have an instruction in a chunk, except where only a jump into a sequence leads to.
fn rows_of(chunk: &Chunk) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    let mut behind = 0;
    for (at, (name, len)) in instructions(chunk).into_iter().enumerate() {
        if at >= behind {
            behind = at + len;
            names.extend(ROWS.iter().map(|row| row.name).find(|row| *row == name));
        }
    }
    names.remove("General");
    names
}

/// The time that `runs` runs take, without what it takes to prepare them.
fn sample(program: &Program, chunk: &Chunk, runs: usize) -> Result<Duration> {
    let mut time = Duration::ZERO;
    for _ in 0..runs {
        time += program.start(|vm| {
            vm.set_chunk(chunk.clone());
            let start = Instant::now();
            vm.try_run()?;
            Ok(start.elapsed())
        })?;
    }
    Ok(time)
}

/// The table: in how many programs each row is, and the one that it gains most.
fn print(costs: &[Cost], wanted: &[String]) {
    println!("| Row | Programs | Gains most | Gain |");
    println!("|---|--:|---|--:|");
    let mut unused = Vec::new();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|row| row == name);
    for row in ROWS.iter().filter(|row| is_wanted(row.name)) {
        let of_row = costs.iter().filter(|cost| cost.row == row.name);
        let count = of_row.clone().count();
        match of_row.max_by(|a, b| a.part.total_cmp(&b.part)) {
            Some(best) => println!(
                "| `{}` | {count} | `{}` | {:.1} % |",
                row.name,
                best.program,
                best.part * 100.0
            ),
            None => unused.push(row.name),
        }
    }
    println!("\nIn no program: {}", unused.join(", "));
}

#[cfg(test)]
mod tests {
    use fusevm::chunk::assemble;

    use super::*;

    #[test]
    fn rows_are_those_of_what_is_run() {
        let chunk =
            assemble("test", "GetSlot 0\nLoadInt 1\nAdd\nExtended 1 0").expect("it is a program");
        let rows: Vec<&str> = rows_of(&chunk).into_iter().collect();
        assert_eq!(rows, ["AddLI"]);
    }
}
