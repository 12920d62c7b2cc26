//! The sequences of ops that programs execute most.

mod count;

use std::ops::RangeInclusive;

use anyhow::{Result, ensure};
use clap::Args;

use count::{Counts, Runs};
use fusevm_testkit::trace_blocks;

use crate::programs::{Kind, Program};

#[derive(Args)]
pub(crate) struct Options {
    /// Only programs whose name contains one of these
    #[arg(long, value_delimiter = ',', value_name = "TEXT")]
    filter: Vec<String>,

    /// How many ops a sequence has: a number from 1 to 6, or the least and the most, `2-5`
    #[arg(long, value_name = "N", default_value = "2-5", value_parser = lengths)]
    length: RangeInclusive<usize>,

    /// How many sequences of each kind of programs are printed
    #[arg(long, value_name = "N", default_value = "25")]
    top: usize,

    /// Values with commas between them instead of tables
    #[arg(long)]
    csv: bool,
}

fn lengths(text: &str) -> Result<RangeInclusive<usize>, String> {
    let (least, most) = text.split_once('-').unwrap_or((text, text));
    match (least.parse(), most.parse()) {
        (Ok(least), Ok(most)) if (1..=most).contains(&least) && most <= 6 => Ok(least..=most),
        _ => Err("expected a number from 1 to 6, or two like 2-5".to_owned()),
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut found = false;
    if options.csv {
        println!("programs,share,count,found_in,sequence");
    }
    for kind in [Kind::Example, Kind::Awk] {
        let programs = Program::all(kind, &options.filter)?;
        if programs.is_empty() {
            continue;
        }
        found = true;
        let mut counts = Counts::default();
        for program in &programs {
            let runs = trace(program)?;
            counts.add_program(&runs, options.length.clone());
        }
        let rows = counts.most_executed();
        if !options.csv {
            println!(
                "{}, programs: {}, ops: {}\n",
                kind.title(),
                programs.len(),
                counts.ops()
            );
            println!("  Share       Count  In  Sequence");
        }
        for row in rows.iter().take(options.top) {
            let share = row.share * 100.0;
            let sequence: Vec<&str> = row.ops.iter().map(|op| op.info().name).collect();
            let sequence = sequence.join(" ");
            if options.csv {
                let kind = kind.folder();
                println!(
                    "{kind},{share:.3},{},{},{sequence}",
                    row.count, row.programs
                );
            } else {
                println!(
                    "{share:6.2}% {:>11} {:>3}  {sequence}",
                    row.count, row.programs
                );
            }
        }
        if !options.csv {
            println!();
        }
    }
    ensure!(found, "no program has such a name");
    Ok(())
}

/// Runs a program to its end.
fn trace(program: &Program) -> Result<Runs> {
    let mut runs = Runs::new(program.chunk().ops.clone());
    program.start(|vm| Ok(trace_blocks(vm, |block| runs.add(block))?))?;
    runs.flush();
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_one_number_or_two() {
        for (text, expected) in [
            ("1", Some(1..=1)),
            ("2-5", Some(2..=5)),
            ("6", Some(6..=6)),
            ("0", None),
            ("5-2", None),
            ("2-7", None),
            ("2-", None),
        ] {
            assert_eq!(lengths(text).ok(), expected, "{text}");
        }
    }
}
