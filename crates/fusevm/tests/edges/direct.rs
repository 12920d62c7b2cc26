//! Operations without a machine: what [`JitCompiler`] runs.

use std::collections::BTreeSet;

use fusevm::op::{Opcode, Section};
use fusevm::{Chunk, JitCompiler, TraceJitConfig, VM, Value};
use fusevm_testkit::Rng;
use fusevm_testkit::cases::{for_seeds, seeds};

use crate::program::{Case, Holder, Program, Subject, subjects};
use crate::values::{CONSTANTS, EDGES, settings};

/// Slots that are given.
const SLOTS: usize = 9;
/// Programs made of each operation.
const PROGRAMS: usize = 30;

/// The operations that were run as linear chunks and as blocks.
type Ran = [BTreeSet<Opcode>; 2];

/// What the interpreter leaves that carries out each operation by itself: the value, and the slots.
fn interpreted(chunk: &Chunk, slots: &[i64]) -> Option<(Option<Value>, Vec<i64>)> {
    let mut vm = VM::new(chunk.clone());
    vm.set_fused(false);
    for (slot, &n) in (0..).zip(slots) {
        vm.set_slot(slot, Value::Int(n));
    }
    let value = vm.try_run().ok()?;
    let left = (0..SLOTS as u16).map(|slot| vm.get_slot(slot).to_int());
    Some((value, left.collect()))
}

fn check(ran: &mut Ran, subject: &Subject, rng: &mut Rng) {
    let jit = JitCompiler::new();
    let numeric = *rng.choose(&settings());
    let holders: Vec<Holder> = (subject.operands.iter())
        .map(|_| *rng.choose(&[Holder::Slot, Holder::Stack, Holder::Constant]))
        .collect();
    let case: Case = std::array::from_fn(|_| rng.below(CONSTANTS));
    let mut slots = [0; SLOTS];
    for (slot, &at) in slots.iter_mut().zip(&case) {
        *slot = EDGES[at](&mut VM::new(Chunk::new())).to_int();
    }
    if !subject.is_quick(&mut VM::new(Chunk::new()), case) {
        return;
    }
    let about = |chunk: &Chunk| {
        format!(
            "{numeric:?} of {slots:?} in {:?} {:?}",
            chunk.ops, chunk.constants
        )
    };

    let once = Program::alone(subject, &holders, case, None).chunk(numeric);
    if jit.is_linear_eligible(&once) {
        ran[0].insert(subject.op.opcode());
        let expected = interpreted(&once, &slots).and_then(|(value, _)| value);
        for _ in 0..2 {
            let found = jit.try_run_linear(&once, &slots);
            assert_eq!(
                format!("{found:?}"),
                format!("{expected:?}"),
                "{}",
                about(&once)
            );
        }
    }
    for (passes, block_threshold) in [
        (None, TraceJitConfig::defaults().block_threshold),
        (Some(4), 0),
        (Some(4), 1),
    ] {
        let chunk = Program::alone(subject, &holders, case, passes).chunk(numeric);
        // Scopes of a block have the slots of what is around them.
        if !jit.is_block_eligible(&chunk)
            || subject.op.opcode().info().section == Section::ScopeFrames
        {
            continue;
        }
        ran[1].insert(subject.op.opcode());
        jit.set_config(TraceJitConfig {
            block_threshold,
            ..TraceJitConfig::defaults()
        });
        let (value, left) = interpreted(&chunk, &slots)
            .map_or((None, slots.to_vec()), |(value, left)| {
                (Some(value.map_or(0, |value| value.to_int())), left)
            });
        for call in 0..block_threshold + 2 {
            let mut found = slots;
            let result = jit.try_run_block(&chunk, &mut found);
            if call < block_threshold {
                assert_eq!(
                    (result, found),
                    (None, slots),
                    "call {call} of {}",
                    about(&chunk)
                );
            } else {
                assert_eq!(
                    (result, &found[..]),
                    (value, &left[..]),
                    "call {call} of {}",
                    about(&chunk)
                );
            }
        }
    }
}

#[test]
fn operations_without_a_machine_give_what_the_interpreter_gives() {
    let subjects = subjects();
    let seeds = seeds(subjects.len() as u64);
    let is_complete = crate::is_complete(&seeds, &subjects);
    let all = for_seeds(seeds, |ran: &mut Ran, seed| {
        let mut rng = Rng::new(seed);
        let subject = &subjects[seed as usize % subjects.len()];
        for _ in 0..PROGRAMS {
            check(ran, subject, &mut rng);
        }
    });
    if is_complete {
        for (tier, enough) in [40, 50].into_iter().enumerate() {
            let ops: BTreeSet<Opcode> = all.iter().flat_map(|ran| &ran[tier]).copied().collect();
            assert!(ops.len() >= enough, "{}: {ops:?}", ops.len());
        }
    }
}
