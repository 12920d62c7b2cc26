//! Whether the programs do enough for their success to mean something.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use fusevm::op::Opcode;
use fusevm_testkit::{OUTSIDE, Outcome};

use crate::LIMITS;

const NO_ERROR: &str = "no error";

/// What the programs of one thread came to.
#[derive(Default)]
pub(crate) struct Coverage {
    /// Programs that ran.
    pub(crate) programs: u64,
    /// Programs by how they ended.
    pub(crate) ends: BTreeMap<String, u64>,
    /// Limits that stopped a run.
    pub(crate) stopped: BTreeMap<&'static str, u64>,
    /// Programs that executed an op, of those that were traced.
    pub(crate) ops: BTreeMap<&'static str, u64>,
    /// The fuel that all runs used.
    pub(crate) fuel: u64,
    /// The most bytes that a run allocated.
    pub(crate) most_bytes: usize,
    /// Runs that entered native code, two of each program.
    pub(crate) native: u64,
    /// The same under fuel.
    pub(crate) bounded: u64,
    /// How often those without fuel left it early.
    pub(crate) early_exits: u64,
}

impl AddAssign for Coverage {
    fn add_assign(&mut self, other: Self) {
        self.programs += other.programs;
        self.fuel += other.fuel;
        self.most_bytes = self.most_bytes.max(other.most_bytes);
        self.native += other.native;
        self.bounded += other.bounded;
        self.early_exits += other.early_exits;
        for (end, count) in other.ends {
            *self.ends.entry(end).or_default() += count;
        }
        for (limit, count) in other.stopped {
            *self.stopped.entry(limit).or_default() += count;
        }
        for (op, count) in other.ops {
            *self.ops.entry(op).or_default() += count;
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |count: u64| 100.0 * count as f64 / self.programs as f64;
        let average = self.fuel / self.programs.max(1);
        writeln!(f, "{} programs of {average} units of fuel", self.programs)?;
        writeln!(f, "at most {} bytes allocated", self.most_bytes)?;
        for (end, &count) in &self.ends {
            writeln!(f, "{:6.2}% {end}", share(count))?;
        }
        for (limit, &count) in &self.stopped {
            writeln!(f, "{count:6} runs were stopped by {limit}")?;
        }
        let (native, bounded, early) = (self.native, self.bounded, self.early_exits);
        writeln!(
            f,
            "{native} runs entered native code, which was left early {early} times, \
             and {bounded} did with fuel"
        )?;
        write!(f, "{} ops executed", self.ops.len())?;
        let rare = self.ops.iter().filter(|&(_, &count)| count < 10);
        rare.fold(write!(f, ", rarely:"), |_, (op, count)| {
            write!(f, " {op} {count}")
        })
    }
}

impl Coverage {
    /// Counts how a program ended.
    pub(crate) fn count_end(&mut self, outcome: &Outcome) {
        let end = outcome.fault().map_or_else(
            || NO_ERROR.to_owned(),
            |fault| {
                // The kind alone.
                let debug = format!("{fault:?}");
                let end = debug.find([' ', '(']).unwrap_or(debug.len());
                debug[..end].to_owned()
            },
        );
        *self.ends.entry(end).or_default() += 1;
    }

    /// That most programs end without an error, that every op is executed, and that every limit
    /// stops some.
    pub(crate) fn assert_is_real(&self) {
        let fine = self.ends.get(NO_ERROR).copied().unwrap_or(0);
        assert!(fine * 10 >= self.programs * 7, "too many programs fail");
        let missing: Vec<&str> = Opcode::ALL
            .iter()
            .filter(|opcode| !OUTSIDE.contains(opcode))
            .map(|opcode| opcode.info().name)
            .filter(|name| !self.ops.contains_key(name))
            .collect();
        assert!(missing.is_empty(), "no program executes {missing:?}");
        if cfg!(feature = "jit") {
            assert!(
                self.native.min(self.bounded) * 4 >= self.programs,
                "too few programs have native code"
            );
            assert!(
                self.early_exits * 100 >= self.programs,
                "native code is not left early"
            );
        }
        for limit in &LIMITS {
            let name = limit.name;
            assert!(self.stopped.contains_key(name), "{name} stops nothing");
        }
    }
}
