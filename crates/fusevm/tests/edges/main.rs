//! Native code of every operation, on values at which operations differ, gives what the interpreter
//! gives that carries out each operation by itself.
//!
//! The programs are made from the table of operations: a loop, or a function that one calls, around
//! one operation. `FUSEVM_TEST_CASES` makes more of them.
#![cfg(feature = "jit")]

mod direct;
mod program;
mod steps;
mod values;

use std::collections::BTreeSet;
use std::ops::Range;

use fusevm::op::Opcode;
use fusevm::vm::Limits;
use fusevm::{JitCompiler, JitMode, TraceJitConfig, VM};
use fusevm_testkit::cases::{for_seeds, seeds};
use fusevm_testkit::{Outcome, Rng, Sink, install, machine};

use program::{Case, Ending, Holder, Place, Program, STEP, Subject, subjects};
use steps::Script;
use values::{CONSTANTS, EDGES, FLOAT, INT, TEXT, settings};

/// A machine with all that the programs call.
fn machine_for(subject: &Subject, awk_host: bool) -> (VM, Sink) {
    let (mut vm, sink) = machine(fusevm::Chunk::new());
    install(&mut vm, subject.is_for_awk() && awk_host);
    vm.register_builtin(STEP, steps::step);
    vm.set_limits(Limits {
        value_bytes: 16 << 10,
        ..Limits::default()
    });
    (vm, sink)
}

/// More than any run uses.
const FUEL: u64 = 1 << 40;

/// Where operands come from.
fn holders(rng: &mut Rng, subject: &Subject) -> Vec<Holder> {
    const ALL: [Holder; 4] = [
        Holder::Slot,
        Holder::Global,
        Holder::Stack,
        Holder::Constant,
    ];
    let operands = subject.operands.iter();
    operands.map(|_| *rng.choose(&ALL)).collect()
}

/// Where the operation stands, mostly in the loop: functions are native only if they compute.
fn place(rng: &mut Rng, subject: &Subject) -> Place {
    let places = subject.places();
    places[usize::from(rng.one_in(4)).min(places.len() - 1)]
}

/// Pairs of values, each with some third one, in an order of its own: those of a part of `parts`.
fn cases(rng: &mut Rng, subject: &Subject, vm: &mut VM, part: usize, parts: usize) -> Vec<Case> {
    let (count, parts) = match subject.used {
        0 => (1, 1),
        1 => (EDGES.len(), parts.div_ceil(6)),
        _ => (EDGES.len() * EDGES.len(), parts),
    };
    let mut cases: Vec<Case> = (0..count)
        .filter(|&at| (at + part).is_multiple_of(parts))
        .map(|at| [at % EDGES.len(), at / EDGES.len(), rng.below(EDGES.len())])
        .filter(|&case| subject.is_quick(vm, case))
        .collect();
    for at in (1..cases.len()).rev() {
        cases.swap(at, rng.below(at + 1));
    }
    cases
}

/// What native code is made for at first.
fn first(rng: &mut Rng) -> Case {
    match rng.below(4) {
        0 | 1 => [INT; 3],
        2 => [*rng.choose(&[INT, FLOAT]), FLOAT, INT],
        _ => [TEXT, *rng.choose(&[INT, TEXT]), INT],
    }
}

/// How much was native.
#[derive(Debug, Default)]
struct Share {
    /// Passes, or runs, and those of them that native code was entered for, and left early.
    all: usize,
    entered: usize,
    left_early: usize,
    /// What operations it was entered for.
    ops: BTreeSet<Opcode>,
}

impl Share {
    fn count(&mut self, subject: &Subject, all: usize, entered: usize, left_early: usize) {
        self.all += all;
        self.entered += entered;
        self.left_early += left_early;
        if entered > 0 {
            self.ops.insert(subject.op.opcode());
        }
    }

    fn sum(shares: impl IntoIterator<Item = Share>) -> Share {
        shares
            .into_iter()
            .fold(Share::default(), |mut sum, mut share| {
                sum.all += share.all;
                sum.entered += share.entered;
                sum.left_early += share.left_early;
                sum.ops.append(&mut share.ops);
                sum
            })
    }

    /// That native code was entered in so many of a hundred, and for so many operations.
    fn assert_is(&self, name: &str, percent: usize, ops: usize) {
        let missing: Vec<_> = Opcode::ALL
            .iter()
            .filter(|op| !self.ops.contains(op))
            .collect();
        let summary = format!(
            "{name}: {} of {} entered native code, {} left it early, {} operations, not {missing:?}",
            self.entered,
            self.all,
            self.left_early,
            self.ops.len()
        );
        println!("{summary}");
        assert!(self.entered * 100 >= self.all * percent, "{summary}");
        assert!(self.ops.len() >= ops, "{summary}");
    }
}

/// Whether all subjects have their turn, so that shares mean something.
fn is_complete(seeds: &Range<u64>, subjects: &[Subject]) -> bool {
    seeds.start == 0 && seeds.end >= subjects.len() as u64
}

/// Native code that was made for some values, in the first pass with others.
#[test]
fn code_for_some_values_meets_others() {
    let subjects = subjects();
    let seeds = seeds(subjects.len() as u64);
    let is_complete = is_complete(&seeds, &subjects);
    let shares = for_seeds(seeds, |share: &mut Share, seed| {
        let mut rng = Rng::new(seed);
        let subject = &subjects[seed as usize % subjects.len()];
        if subject.has_a_memory() {
            return;
        }
        let (mut plain, _) = machine_for(subject, seed.is_multiple_of(2));
        let (mut native, _) = machine_for(subject, seed.is_multiple_of(2));
        plain.set_fused(false);
        native.set_jit(JitMode::Eager);
        for (at, numeric) in settings().into_iter().enumerate() {
            let place = place(&mut rng, subject);
            let round = seed as usize / subjects.len() + at;
            let holders = holders(&mut rng, subject);
            // Runs that are bounded have code of their own.
            native.set_fuel(round.is_multiple_of(2).then_some(FUEL));
            // Each pair once in each dialect.
            let mut cases = cases(&mut rng, subject, &mut plain, round, 3);
            cases.insert(0, first(&mut rng));
            let constants: Case = std::array::from_fn(|_| rng.below(CONSTANTS));
            let program = Program::new(subject, place, &holders, constants, Ending::Step);
            let run = |vm: &mut VM, is_native| {
                vm.reset(program.chunk(numeric));
                Script::new(&cases, is_native).play(vm)
            };
            let expected = run(&mut plain, false);
            let found = run(&mut native, true);
            for ((case, expected), found) in cases.iter().zip(&expected.seen).zip(&found.seen) {
                assert_eq!(
                    expected, found,
                    "{:?} {place:?} {holders:?} {numeric:?} of {case:?}, code {constants:?}\nin {:?}",
                    subject.op, program.chunk.ops
                );
            }
            share.count(subject, cases.len(), found.entered, found.left_early);
        }
    });
    if is_complete {
        let share = Share::sum(shares);
        share.assert_is("guards", 60, 180);
        assert!(share.left_early * 3 >= share.all, "{share:?}");
    }
}

/// How a run comes to native code.
#[derive(Debug, Clone, Copy)]
struct Tier {
    name: &'static str,
    passes: i64,
    /// That of the run, and of the one that it is compared with.
    fuel: Option<u64>,
    start: fn(&mut VM),
    /// Runs that enter native code, of a hundred, and operations.
    percent: usize,
    ops: usize,
}

const fn tier(
    name: &'static str,
    passes: i64,
    (percent, ops): (usize, usize),
    start: fn(&mut VM),
) -> Tier {
    Tier {
        name,
        passes,
        fuel: None,
        start,
        percent,
        ops,
    }
}

/// The first one is what the others are compared with.
const TIERS: [Tier; 8] = [
    tier("one by one", 6, (0, 0), |vm| vm.set_fused(false)),
    tier("fused", 6, (0, 0), |_| {}),
    tier("eager", 6, (60, 170), |vm| vm.set_jit(JitMode::Eager)),
    Tier {
        fuel: Some(FUEL),
        ..tier("eager with fuel", 6, (60, 170), |vm| {
            vm.set_jit(JitMode::Eager);
        })
    },
    tier("on", 4100, (60, 100), |vm| vm.set_jit(JitMode::On)),
    tier("traced from 0 passes on", 6, (60, 170), |vm| trace(vm, 0)),
    tier("traced from 1 pass on", 6, (60, 170), |vm| trace(vm, 1)),
    tier("traced", 120, (60, 100), |vm| {
        trace(vm, TraceJitConfig::defaults().trace_threshold);
    }),
];

/// Has the machine look for hot loops itself.
fn trace(vm: &mut VM, trace_threshold: u32) {
    JitCompiler::new().set_config(TraceJitConfig {
        trace_threshold,
        ..TraceJitConfig::defaults()
    });
    vm.enable_tracing_jit();
}

/// Native code that is made for the values that it is run with, in several passes.
#[test]
fn code_is_made_for_values() {
    let subjects = subjects();
    let seeds = seeds(subjects.len() as u64);
    let is_complete = is_complete(&seeds, &subjects);
    let shares = for_seeds(seeds, |shares: &mut [Share; TIERS.len()], seed| {
        let mut rng = Rng::new(seed);
        let subject = &subjects[seed as usize % subjects.len()];
        for (at, numeric) in settings().into_iter().enumerate() {
            let round = seed as usize / subjects.len() + at;
            let (mut vm, _) = machine_for(subject, false);
            for case in cases(&mut rng, subject, &mut vm, round, 54) {
                let place = place(&mut rng, subject);
                let holders = holders(&mut rng, subject);
                let long = TIERS.get(rng.below(4 * TIERS.len()));
                for (tier, share) in TIERS.iter().zip(&mut *shares).skip(1) {
                    // Long runs are for some.
                    if tier.passes > 6 && long.is_none_or(|long| long.passes != tier.passes) {
                        continue;
                    }
                    let ending = Ending::Passes(tier.passes);
                    let program = Program::new(subject, place, &holders, case, ending);
                    let chunk = program.chunk(numeric);
                    let fuel = tier.fuel;
                    let run = |tier: &Tier| {
                        let (mut vm, sink) = machine_for(subject, seed.is_multiple_of(2));
                        vm.reset(chunk.clone());
                        (tier.start)(&mut vm);
                        vm.set_fuel(fuel);
                        Program::prepare(&mut vm, case);
                        let end = vm.try_run();
                        let outcome = Outcome::of(&vm, end, sink.bytes());
                        (outcome, vm.jit_stats())
                    };
                    let (expected, _) = run(&TIERS[0]);
                    // On the way, and from the start.
                    for _ in 0..2 {
                        let (found, stats) = run(tier);
                        assert_eq!(
                            expected, found,
                            "{}: {:?} {place:?} {holders:?} {numeric:?} of {case:?}\nin {:?}",
                            tier.name, subject.op, chunk.ops
                        );
                        let passes = usize::from(expected.end.is_ok());
                        let entered = usize::from(stats.entries > 0);
                        let left_early = usize::from(stats.early_exits > 0);
                        // What fails does so in the first pass.
                        share.count(subject, passes, entered, left_early);
                    }
                }
            }
        }
    });
    if is_complete {
        let mut sums: [Share; TIERS.len()] = Default::default();
        for shares in shares {
            for (sum, share) in sums.iter_mut().zip(shares) {
                *sum = Share::sum([std::mem::take(sum), share]);
            }
        }
        for (tier, share) in TIERS.iter().zip(&sums).skip(2) {
            share.assert_is(tier.name, tier.percent, tier.ops);
        }
    }
}

/// Everything here once more, with native code that another process has made.
#[cfg(all(unix, feature = "jit-disk-cache"))]
#[test]
fn code_from_the_disk_does_the_same() {
    fusevm_testkit::cached::run_again("code_from_the_disk_does_the_same", 30);
}
