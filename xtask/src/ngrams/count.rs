//! Counting sequences in what programs executed.

use std::collections::HashMap;
use std::ops::{Range, RangeInclusive};

use fusevm::Op;
use fusevm::op::Opcode;

/// What a program executed: ops without a jump between them, and how often.
#[derive(Debug)]
pub(crate) struct Runs {
    ops: Vec<Op>,
    counts: HashMap<Range<usize>, u64>,
    current: Range<usize>,
}

impl Runs {
    /// Nothing yet of a program with these ops.
    pub(crate) fn new(ops: Vec<Op>) -> Self {
        Runs {
            ops,
            counts: HashMap::new(),
            current: 0..0,
        }
    }

    /// Takes the next block that was executed. One that follows the last continues its run.
    pub(crate) fn add(&mut self, block: Range<usize>) {
        if block.start == self.current.end {
            self.current.end = block.end;
        } else {
            self.flush();
            self.current = block;
        }
    }

    /// Ends the present run.
    pub(crate) fn flush(&mut self) {
        let run = std::mem::take(&mut self.current);
        if !run.is_empty() {
            *self.counts.entry(run).or_default() += 1;
        }
    }

    /// How many ops were executed.
    pub(crate) fn executed(&self) -> u64 {
        let ops = |(run, count): (&Range<usize>, &u64)| run.len() as u64 * count;
        self.counts.iter().map(ops).sum()
    }

    /// How often each sequence of these lengths was executed.
    fn sequences(&self, lengths: RangeInclusive<usize>) -> HashMap<Vec<Opcode>, u64> {
        let mut sequences = HashMap::new();
        for (run, count) in &self.counts {
            let ops: Vec<Opcode> = self.ops[run.clone()].iter().map(Op::opcode).collect();
            for length in lengths.clone() {
                for sequence in ops.windows(length) {
                    *sequences.entry(sequence.to_vec()).or_default() += count;
                }
            }
        }
        sequences
    }
}

/// Sequences of several programs.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    programs: usize,
    ops: u64,
    sequences: HashMap<Vec<Opcode>, Sums>,
}

/// Over the programs: how often a sequence was executed, in how many of them, and which part of
/// the ops of each were in one.
#[derive(Debug, Default)]
struct Sums {
    count: u64,
    programs: usize,
    share: f64,
}

/// A sequence and how much it was executed.
#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) ops: Vec<Opcode>,
    pub(crate) count: u64,
    /// In how many programs it was executed.
    pub(crate) programs: usize,
    /// The part of the executed ops that belong to it, 0 to 1: the mean of all programs, so that a
    /// program counts the same however long it runs. Where sequences overlap, as in `Add Add Add`,
    /// ops count more than once.
    pub(crate) share: f64,
}

impl Counts {
    pub(crate) fn add_program(&mut self, runs: &Runs, lengths: RangeInclusive<usize>) {
        let executed = runs.executed();
        self.programs += 1;
        self.ops += executed;
        for (sequence, count) in runs.sequences(lengths) {
            let part = (count * sequence.len() as u64) as f64 / executed as f64;
            let sums = self.sequences.entry(sequence).or_default();
            sums.count += count;
            sums.programs += 1;
            sums.share += part;
        }
    }

    /// How many ops were executed.
    pub(crate) fn ops(&self) -> u64 {
        self.ops
    }

    /// All sequences, those with the largest share first.
    pub(crate) fn most_executed(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = self
            .sequences
            .iter()
            .map(|(ops, sums)| Row {
                ops: ops.clone(),
                count: sums.count,
                programs: sums.programs,
                share: sums.share / self.programs as f64,
            })
            .collect();
        rows.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.ops.cmp(&b.ops)));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loop of two blocks, of which the second is left out every other time.
    fn runs() -> Runs {
        let ops = vec![Op::Nop, Op::Dup, Op::JumpIfTrue(0), Op::Pop, Op::Jump(0)];
        let mut runs = Runs::new(ops);
        for block in [0..3, 3..5, 0..3, 0..3, 3..5] {
            runs.add(block);
        }
        runs.flush();
        runs
    }

    #[test]
    fn sequences_cross_blocks_but_no_jumps() {
        let runs = runs();
        assert_eq!(runs.executed(), 13);
        let sequences = runs.sequences(2..=2);
        for (sequence, expected) in [
            ([Opcode::Nop, Opcode::Dup], Some(3)),
            ([Opcode::Dup, Opcode::JumpIfTrue], Some(3)),
            ([Opcode::JumpIfTrue, Opcode::Pop], Some(2)),
            ([Opcode::Pop, Opcode::Jump], Some(2)),
            ([Opcode::Jump, Opcode::Nop], None),
            ([Opcode::JumpIfTrue, Opcode::Nop], None),
        ] {
            let count = sequences.get(sequence.as_slice()).copied();
            assert_eq!(count, expected, "{sequence:?}");
        }
    }

    #[test]
    fn programs_count_the_same() {
        let mut nops = Runs::new(vec![Op::Nop]);
        nops.add(0..1);
        nops.flush();
        let mut counts = Counts::default();
        counts.add_program(&runs(), 1..=1);
        counts.add_program(&nops, 1..=1);
        assert_eq!(counts.ops(), 14);
        let first = counts.most_executed().swap_remove(0);
        assert_eq!((first.count, first.programs), (4, 2));
        assert_eq!(first.ops, [Opcode::Nop]);
        assert!((first.share - (3.0 / 13.0 + 1.0) / 2.0).abs() < 1e-12);
    }
}
