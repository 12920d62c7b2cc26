//! Every row of the table of instructions does what its operations do one by one: wherever the
//! sequence stands, however control comes to it, and whatever its operands are.

mod loops;
mod program;
mod sequences;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use fusevm::chunk::{Dialect, Numeric, Overflow};
use fusevm::fusion::instructions;
use fusevm::{Chunk, ChunkBuilder, JitMode, VM, VMPool, Value};
use fusevm_testkit::cases::{for_seeds, seeds};

use program::{Place, Program, machine, places};
use sequences::Sequence;

/// More than any program uses.
const FUEL: u64 = 1000;

/// A run that fails is gone on with, so many times in all.
const RUNS: usize = 3;

/// Beyond the straight line, one in so many pairs of operands is tried at each place.
const SPARSE: usize = 7;

fn operands() -> Vec<Value> {
    let array = Value::array(vec![Value::Int(1), Value::str("two")]);
    // Stands for one on the heap.
    let hash = [
        ("2", Value::Int(5)),
        ("b", Value::Float(0.25)),
        ("3", Value::str("text")),
        ("4.5", Value::Undef),
    ];
    vec![
        Value::Int(2),
        Value::Int(i64::MAX),
        Value::Int(i64::MIN),
        Value::Float(2.5),
        Value::Float(-0.0),
        Value::Float(f64::NAN),
        Value::Bool(true),
        Value::str("3"),
        Value::str("b"),
        Value::from_input("4.5"),
        Value::Hash(hash.into()),
        Value::Undef,
        array,
        Value::status(4),
    ]
}

fn settings() -> Vec<Numeric> {
    let dialects = [Dialect::Contract, Dialect::Awk].into_iter();
    let all = dialects.flat_map(|dialect| {
        [Overflow::Wrap, Overflow::Promote, Overflow::Error]
            .map(|overflow| Numeric { dialect, overflow })
    });
    all.collect()
}

/// How a run is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Way {
    fused: bool,
    fuel: Option<u64>,
    jit: JitMode,
}

const BY_ITSELF: Way = Way {
    fused: false,
    fuel: Some(FUEL),
    jit: JitMode::Off,
};
const NATIVE: Way = Way {
    fused: true,
    fuel: None,
    jit: JitMode::Eager,
};
const FUSED: [Way; 3] = [
    Way {
        fused: true,
        fuel: None,
        jit: JitMode::Off,
    },
    Way {
        fused: true,
        fuel: Some(FUEL),
        jit: JitMode::Off,
    },
    NATIVE,
];

/// Everything that a run leaves, and the runs that go on behind its errors, and the fuel after each.
fn outcome(vm: &mut VM, way: Way) -> (String, Vec<u64>) {
    vm.set_fused(way.fused);
    vm.set_fuel(way.fuel);
    vm.set_jit(way.jit);
    let mut text = String::new();
    let mut left = Vec::new();
    for _ in 0..RUNS {
        let end = vm.try_run();
        let _ = write!(
            text,
            "{end:?}\nat {} stack {:?} globals {:?}",
            vm.ip(),
            vm.stack(),
            vm.globals()
        );
        for global in vm.globals() {
            if let Value::Handle(handle) = global {
                let _ = write!(text, " heap {:?}", vm.heap_get(*handle));
            }
        }
        left.extend(vm.fuel());
        for frame in vm.frames() {
            let slots = frame.slots();
            let used = slots.iter().rposition(|slot| !matches!(slot, Value::Undef));
            let _ = write!(text, " slots {:?}", &slots[..used.map_or(0, |at| at + 1)]);
        }
        if end.is_ok() {
            break;
        }
        text.push('\n');
    }
    (without_places(&text), left)
}

/// Handles say which heap they are of, and where there, and that differs between machines.
fn without_places(text: &str) -> String {
    let mut parts = text.split("Handle(");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("Handle");
        out.push_str(part.split_once(')').map_or(part, |(_, rest)| rest));
    }
    out
}

/// The instructions that a run of the program meets up to the sequence, and its own.
fn met(chunk: &Chunk, program: &Program, place: Place) -> Option<(String, usize)> {
    let all = instructions(chunk);
    let mut at = match place {
        Place::Straight | Place::Loop => 0,
        _ => return None,
    };
    while at < program.sequence {
        at += all[at].1;
    }
    (at == program.sequence).then(|| all[at].clone())
}

/// Runs the sequence in all ways, and notes it if its instruction is run.
fn check(sequence: &Sequence, executed: &mut BTreeSet<String>) {
    let Sequence { name, ops } = sequence;
    let (operands, settings) = (operands(), settings());
    let [mut expected, mut found] = [machine(), machine()];
    for (turn, place) in places(ops.len()).enumerate() {
        let mut program = Program::new(ops, place);
        for (setting, &numeric) in settings.iter().enumerate() {
            program.chunk.numeric = numeric;
            let chunk = Chunk::from(program.chunk.clone());
            if met(&chunk, &program, place) == Some((name.clone(), ops.len())) {
                executed.insert(name.clone());
            }
            for pair in 0..operands.len() * operands.len() {
                let (a, b) = (pair / operands.len(), pair % operands.len());
                if place != Place::Straight && !(pair + a + turn + setting).is_multiple_of(SPARSE) {
                    continue;
                }
                let pair = [operands[a].clone(), operands[b].clone()];
                let jumps: &[bool] = match place {
                    Place::Jumped(_) => &[false, true],
                    _ => &[false],
                };
                for &jump in jumps {
                    expected.reset(chunk.clone());
                    program.prepare(&mut expected, &pair, jump);
                    let (whole, left) = outcome(&mut expected, BY_ITSELF);
                    for way in FUSED {
                        found.reset(chunk.clone());
                        program.prepare(&mut found, &pair, jump);
                        let (other, other_left) = outcome(&mut found, way);
                        let same = other == whole && (way.fuel.is_none() || other_left == left);
                        assert!(
                            same,
                            "{name} {ops:?} {place:?}, jump {jump}, {numeric:?}, of {pair:?}, \
                             {way:?} gives\n{other} {other_left:?}\nnot\n{whole} {left:?}\nin {:?}",
                            chunk.ops
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn every_instruction_does_what_its_operations_do() {
    let all = sequences::all();
    let seeds = seeds(all.len() as u64);
    let complete = seeds.start == 0 && seeds.end >= all.len() as u64;
    let executed = for_seeds(seeds, |executed: &mut BTreeSet<String>, seed| {
        if let Some(sequence) = all.get(seed as usize) {
            check(sequence, executed);
        }
    });
    let executed: BTreeSet<String> = executed.into_iter().flatten().collect();
    let missing: Vec<&str> = sequences::names()
        .filter(|&name| !executed.contains(name))
        .collect();
    assert!(
        !complete || missing.is_empty(),
        "nothing runs {missing:?}: add sequences to LONGER in sequences.rs"
    );
}

/// Every operation in a loop, with all pairs of operands. What is no number leaves native code early,
/// so that each operation is met on both sides of it.
#[cfg(feature = "jit")]
#[test]
fn native_code_does_what_operations_do() {
    let operands = operands();
    let [mut expected, mut found] = [machine(), machine()];
    let mut ran = BTreeSet::new();
    for op in sequences::single_ops() {
        let mut program = Program::new(&[op], Place::Loop);
        for overflow in [Overflow::Wrap, Overflow::Promote, Overflow::Error] {
            program.chunk.numeric.overflow = overflow;
            let chunk = Chunk::from(program.chunk.clone());
            for pair in 0..operands.len() * operands.len() {
                let (a, b) = (pair / operands.len(), pair % operands.len());
                let pair = [operands[a].clone(), operands[b].clone()];
                expected.reset(chunk.clone());
                program.prepare(&mut expected, &pair, false);
                let (whole, _) = outcome(&mut expected, BY_ITSELF);
                // Native code has no bound to stop at.
                if whole.contains("OutOfFuel") {
                    continue;
                }
                found.reset(chunk.clone());
                program.prepare(&mut found, &pair, false);
                let entries = found.jit_stats().entries;
                let (other, _) = outcome(&mut found, NATIVE);
                assert_eq!(whole, other, "{op:?} of {pair:?}, {overflow:?}");
                if found.jit_stats().entries > entries {
                    ran.insert(format!("{:?}", op.opcode()));
                }
            }
        }
    }
    // Those that are not there jump, call, or run blocks.
    assert!(
        ran.len() >= 100,
        "only {} have native code: {ran:?}",
        ran.len()
    );
}

#[test]
fn fusion_stays_off_until_a_pool_hands_the_machine_on() {
    let chunk = ChunkBuilder::new().build();
    let mut pool = VMPool::new();
    let mut vm = pool.acquire(chunk.clone());
    assert!(vm.is_fused());
    vm.set_fused(false);
    vm.reset(chunk.clone());
    assert!(!vm.is_fused());
    pool.release(vm);
    assert!(pool.acquire_clean(chunk).is_fused());
}

/// Everything here once more, with native code that another process has made.
#[cfg(all(unix, feature = "jit-disk-cache"))]
#[test]
fn code_from_the_disk_does_the_same() {
    fusevm_testkit::cached::run_again("code_from_the_disk_does_the_same", 250);
}
