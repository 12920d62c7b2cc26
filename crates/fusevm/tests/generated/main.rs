//! Generated programs: each does the same in every run, and no limit does more than to stop it.
//!
//! A test binary of its own, for it measures what it allocates.

mod coverage;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fusevm::op::{OpFlags, Opcode};
use fusevm::semantics::Fault;
use fusevm::vm::{Limits, VmError};
use fusevm::{Chunk, JitMode};
use fusevm_testkit::cases::{for_seeds, seeds};
use fusevm_testkit::memory::{Counting, peak_of};
use fusevm_testkit::{Bounds, Outcome, Program, Rng, Run, Shape, shrink, trace};

use coverage::Coverage;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One in so many programs is traced for the ops that it executes.
const TRACED: u64 = 10;

/// The most bytes that any program may allocate under the bounds of these tests.
const MOST_BYTES: usize = 64 << 20;

/// What a machine may allocate beyond its budget: what it is made of, and small values that are
/// counted only after they are made.
const SLACK: usize = 256 << 10;

/// A limit, and what it may change in a run.
struct Limit {
    name: &'static str,
    /// The sizes to try.
    sizes: &'static [usize],
    set: fn(&mut Limits, usize),
    /// The only error that the limit may cause.
    fault: fn(usize) -> Fault,
    /// The most bytes that a run under a limit of this size may allocate.
    most_bytes: fn(usize) -> usize,
}

const LIMITS: [Limit; 5] = [
    Limit {
        name: "call_depth",
        sizes: &[0, 1, 2, 5],
        set: |limits, size| limits.call_depth = size,
        fault: |limit| Fault::CallDepth { limit },
        most_bytes: |_| MOST_BYTES,
    },
    Limit {
        name: "value_bytes",
        sizes: &[0, 10, 100, 1000],
        set: |limits, size| limits.value_bytes = size,
        fault: |limit| Fault::ValueTooLarge { limit },
        most_bytes: |_| MOST_BYTES,
    },
    Limit {
        name: "stack_values",
        sizes: &[0, 3, 20, 60],
        set: |limits, size| limits.stack_values = size,
        fault: |limit| Fault::StackOverflow { limit },
        most_bytes: |_| MOST_BYTES,
    },
    Limit {
        name: "heap_cells",
        sizes: &[0, 1, 5, 40],
        set: |limits, size| limits.heap_cells = size,
        fault: |limit| Fault::HeapFull { limit },
        most_bytes: |_| MOST_BYTES,
    },
    Limit {
        name: "memory_bytes",
        sizes: &[0, 1 << 10, 16 << 10, 256 << 10],
        set: |limits, size| limits.memory_bytes = size,
        fault: |limit| Fault::OutOfMemory { limit },
        most_bytes: |size| size + SLACK,
    },
];

/// The fuel of a whole run.
const FUEL: u64 = 300_000;

/// The bounds of a whole run.
fn bounds() -> Bounds {
    Bounds {
        fuel: Some(FUEL),
        ..Bounds::default()
    }
}

/// A property of a program that does not hold, in words.
type Failure = String;

/// That two outcomes are the same.
fn same(what: impl fmt::Display, expected: &Outcome, found: &Outcome) -> Result<(), Failure> {
    if expected == found {
        return Ok(());
    }
    Err(format!(
        "{what} changes the run\nfrom {expected:#?}\nto {found:#?}"
    ))
}

/// Runs the program under bounds and looks at the memory.
fn run(
    coverage: &mut Coverage,
    program: &Program,
    chunk: &Chunk,
    bounds: Bounds,
    most_bytes: usize,
) -> Result<Outcome, Failure> {
    let ((run, end), peak) = peak_of(|| {
        let mut run = Run::new(program, chunk, bounds);
        // To make code takes memory, too.
        run.vm.set_jit(JitMode::Off);
        let end = run.vm.try_run();
        (run, end)
    });
    let outcome = run.outcome(end);
    // What a program prints is kept by the test, in a buffer that doubles.
    let peak = peak.saturating_sub(2 * outcome.output.len());
    coverage.most_bytes = coverage.most_bytes.max(peak);
    match peak <= most_bytes {
        true => Ok(outcome),
        false => Err(format!("{peak} bytes are allocated under {bounds:?}")),
    }
}

/// Whether a run ended with `fault`, or with an error of a handler that met it.
fn ended_with(outcome: &Outcome, fault: &Fault) -> bool {
    match outcome.fault() {
        Some(Fault::Raised(message)) => message.ends_with(&fault.to_string()),
        found => found == Some(fault),
    }
}

/// Whether the run can be had in parts: stopped by fuel and continued, with the same outcome. A
/// nested run that is stopped is an error of the handler that started it.
fn is_divisible(program: &Program, chunk: &Chunk, outcome: &Outcome) -> bool {
    !program.reenters() && !fails_in_loop_op(chunk, outcome)
}

/// Whether a run failed in an operation that is a whole loop. Such an operation that is too much
/// does nothing at all; stopped by fuel, it does a part.
fn fails_in_loop_op(chunk: &Chunk, outcome: &Outcome) -> bool {
    let error = outcome.end.as_ref().err();
    let at = error.and_then(VmError::op_index);
    at.and_then(|at| chunk.ops.get(at))
        .is_some_and(|op| op.opcode().info().is(OpFlags::LOOP))
}

/// All properties of a program.
fn check(coverage: &mut Coverage, program: &Program) -> Result<(), Failure> {
    let mut rng = Rng::new(program.seed ^ 0x00c0_ffee);
    let chunk = program.compile();
    let bounds = bounds();
    let whole = run(coverage, program, &chunk, bounds, MOST_BYTES)?;
    let again = run(coverage, program, &chunk, bounds, MOST_BYTES)?;
    same("running it again", &whole, &again)?;

    coverage.programs += 1;
    let used = FUEL - whole.fuel.unwrap_or(0);
    coverage.fuel += used;
    coverage.count_end(&whole);

    let mut plain = Run::new(program, &chunk, bounds);
    plain.vm.set_fused(false);
    same("no fusion", &whole, &plain.go())?;

    // Native code is made on the way in the first run, and there from the start in the second.
    for _ in 0..2 {
        let mut native = Run::new(program, &chunk, bounds);
        native.vm.set_jit(JitMode::Eager);
        same("native code with fuel", &whole, &native.go())?;
        coverage.bounded += u64::from(native.vm.jit_stats().entries > 0);
    }

    // Nothing bounds these runs, so they take other instructions.
    if whole.fault() != Some(&Fault::OutOfFuel) {
        let free = Bounds {
            fuel: None,
            ..bounds
        };
        let mut outcome = run(coverage, program, &chunk, free, MOST_BYTES)?;
        outcome.fuel = whole.fuel;
        same("no bound on fuel", &whole, &outcome)?;
        // Native code is made on the way in the first run, and there from the start in the second.
        #[cfg(feature = "jit")]
        for _ in 0..2 {
            let mut native = Run::new(program, &chunk, free);
            native.vm.set_jit(JitMode::Eager);
            let end = native.vm.try_run();
            let stats = native.vm.jit_stats();
            let mut outcome = native.outcome(end);
            outcome.fuel = whole.fuel;
            same("native code", &whole, &outcome)?;
            coverage.native += u64::from(stats.entries > 0);
            coverage.early_exits += stats.early_exits;
        }
        #[cfg(feature = "jit")]
        for name in ["a pass followed", "a pass compared"] {
            fusevm::JitCompiler::new().set_config(fusevm::TraceJitConfig {
                trace_threshold: 1,
                ..fusevm::TraceJitConfig::defaults()
            });
            let mut traced = Run::new(program, &chunk, free);
            traced.vm.enable_tracing_jit();
            let mut outcome = traced.go();
            outcome.fuel = whole.fuel;
            same(name, &whole, &outcome)?;
        }
    }

    let divisible = is_divisible(program, &chunk, &whole);
    if used > 0 && whole.fault() != Some(&Fault::OutOfFuel) {
        for cut in [rng.number() % used, rng.number() % used.min(100), used - 1] {
            cut_fuel(program, &chunk, &whole, divisible, cut)?;
        }
    }
    for limit in &LIMITS {
        let size = *rng.choose(limit.sizes);
        let mut small = bounds;
        (limit.set)(&mut small.limits, size);
        let most_bytes = (limit.most_bytes)(size);
        let stopped = run(coverage, program, &chunk, small, most_bytes)?;
        let mut native = Run::new(program, &chunk, small);
        native.vm.set_jit(JitMode::Eager);
        for outcome in [&stopped, &native.go()] {
            if !ended_with(outcome, &(limit.fault)(size)) {
                same(format_args!("{} {size}", limit.name), &whole, outcome)?;
            }
        }
        if ended_with(&stopped, &(limit.fault)(size)) {
            *coverage.stopped.entry(limit.name).or_default() += 1;
        }
    }
    if program.seed.is_multiple_of(TRACED) {
        let mut seen = [false; 256];
        let mut traced = Run::new(program, &chunk, bounds);
        let mut outcome = trace(&mut traced, |op| seen[op.opcode() as usize] = true);
        // In smaller blocks less is paid for that a jump passes over.
        outcome.fuel = whole.fuel;
        if divisible {
            same("tracing", &whole, &outcome)?;
        }
        for opcode in Opcode::ALL {
            if seen[*opcode as usize] {
                *coverage.ops.entry(opcode.info().name).or_default() += 1;
            }
        }
    }
    Ok(())
}

/// Why a program fails, by an answer or by a panic.
fn why_it_fails(coverage: &mut Coverage, program: &Program) -> Option<Failure> {
    let checked = catch_unwind(AssertUnwindSafe(|| check(coverage, program)));
    checked.map_or_else(|_| Some("the machine panics".to_owned()), Result::err)
}

/// What a failure is about, without the numbers, so that a smaller program fails for the same
/// reason.
fn sort_of(failure: &Failure) -> String {
    let summary = failure.lines().next().unwrap_or_default();
    summary.replace(|c: char| c.is_ascii_digit(), "")
}

/// Less fuel stops the run, and the rest of it lets a divisible run go on to the same end.
fn cut_fuel(
    program: &Program,
    chunk: &Chunk,
    whole: &Outcome,
    divisible: bool,
    fuel: u64,
) -> Result<(), Failure> {
    let bounds = bounds();
    let less = Bounds {
        fuel: Some(fuel),
        ..bounds
    };
    let [mut parts, mut native] = [JitMode::Off, JitMode::Eager].map(|mode| {
        let mut run = Run::new(program, chunk, less);
        run.vm.set_jit(mode);
        run
    });
    let first = parts.go();
    let what = format_args!("native code, with {fuel} units of fuel,");
    same(what, &first, &native.go())?;
    let stopped = match divisible {
        true => first.fault() == Some(&Fault::OutOfFuel),
        false => ended_with(&first, &Fault::OutOfFuel) || first.fault() == whole.fault(),
    };
    if !stopped {
        return Err(format!("fuel {fuel} does not stop the run: {first:#?}"));
    }
    if !divisible {
        return Ok(());
    }
    let left = first.fuel.unwrap_or(0);
    let what = format_args!("a stop after {fuel} units of fuel");
    for mut run in [parts, native] {
        run.vm.set_fuel(Some(FUEL - fuel + left));
        same(what, whole, &run.go())?;
    }
    Ok(())
}

#[test]
fn programs_do_the_same_in_every_run_and_under_every_limit() {
    let shape = Shape::default();
    let seeds = seeds(20_000);
    // Fewer do not meet everything.
    let enough = seeds.end - seeds.start >= 10_000;
    let totals = for_seeds(seeds, |coverage: &mut Coverage, seed| {
        let program = Program::generate(seed, &shape);
        let Some(failure) = why_it_fails(coverage, &program) else {
            return;
        };
        let fails = |smaller: &Program| {
            let found = why_it_fails(&mut Coverage::default(), smaller);
            found.is_some_and(|found| sort_of(&found) == sort_of(&failure))
        };
        let small = shrink::minimise(program, fails);
        let failure = why_it_fails(&mut Coverage::default(), &small).unwrap_or(failure);
        panic!("{failure}\n\n{}", shrink::report(&small));
    });
    let mut coverage = Coverage::default();
    totals.into_iter().for_each(|total| coverage += total);
    println!("{coverage}");
    if enough {
        coverage.assert_is_real();
    }
}

/// Everything here once more, with native code that another process has made.
#[cfg(all(unix, feature = "jit-disk-cache"))]
#[test]
fn code_from_the_disk_does_the_same() {
    fusevm_testkit::cached::run_again("code_from_the_disk_does_the_same", 1_500);
}
