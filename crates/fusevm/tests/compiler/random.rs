//! Generated loops, blocks and recordings.

use fusevm::chunk::ChunkData;
use fusevm::{Chunk, DeoptInfo, JitCompiler, Op, SlotKind, TraceMetadata, VM, Value};
use fusevm_testkit::Rng;
use fusevm_testkit::cases::{for_seeds, seeds};

use crate::plain_chunk;
use crate::programs::set_threshold;

/// Slots that generated code uses; the first one counts.
const SLOTS: usize = 4;

/// A straight piece of code that leaves the stack as it was, at index `at`, with jumps forward.
fn piece(rng: &mut Rng, at: usize, calls: bool) -> Vec<Op> {
    use Op::*;
    let slot = |rng: &mut Rng| 1 + rng.below(SLOTS - 1) as u16;
    let number = |rng: &mut Rng| match rng.below(4) {
        0 => LoadFloat(rng.below(100) as f64 / 4.0),
        1 => LoadConst(rng.below(4) as u16),
        2 => LoadInt(rng.number() as i64),
        _ => LoadInt(rng.below(20) as i64 - 5),
    };
    let binary = [
        Add, Sub, Mul, Div, Mod, Pow, NumLt, NumEq, NumGe, Spaceship, BitAnd, BitOr, BitXor, Shl,
        Shr, LogAnd, LogOr,
    ];
    let unary = [Negate, Inc, Dec, LogNot, BitNot, StringLen];
    match rng.below(if calls { 8 } else { 7 }) {
        0 => vec![
            GetSlot(0),
            number(rng),
            *rng.choose(&binary),
            SetSlot(slot(rng)),
        ],
        1 => vec![
            GetSlot(slot(rng)),
            GetSlot(slot(rng)),
            *rng.choose(&binary),
            SetSlot(slot(rng)),
        ],
        2 => vec![GetSlot(slot(rng)), *rng.choose(&unary), SetSlot(slot(rng))],
        3 => vec![
            PreIncSlotVoid(slot(rng)),
            AddAssignSlotVoid(slot(rng), slot(rng)),
        ],
        4 => vec![
            number(rng),
            GetSlot(slot(rng)),
            Swap,
            Dup,
            Rot,
            Pop,
            Pop,
            SetSlot(slot(rng)),
        ],
        // Over one operation, in a way that depends on the pass.
        5 => {
            let modulus = LoadInt(2 + rng.below(5) as i64);
            vec![
                GetSlot(0),
                modulus,
                Mod,
                JumpIfFalse(at + 5),
                PreIncSlotVoid(slot(rng)),
            ]
        }
        6 => vec![
            GetSlot(slot(rng)),
            JumpIfTrue(at + 3),
            PreIncSlotVoid(slot(rng)),
        ],
        _ => vec![GetSlot(slot(rng)), Call(0, 1), SetSlot(slot(rng))],
    }
}

/// A loop of some such pieces, and a function.
fn looping(rng: &mut Rng, passes: i64, calls: bool) -> Chunk {
    let mut ops = Vec::new();
    for _ in 0..=rng.below(5) {
        ops.extend(piece(rng, ops.len(), calls));
    }
    ops.extend([
        Op::PreIncSlotVoid(0),
        Op::GetSlot(0),
        Op::LoadInt(passes),
        Op::NumLt,
        Op::JumpIfTrue(0),
        Op::GetSlot(1),
    ]);
    let mut data = ChunkData {
        constants: vec![
            Value::Int(3),
            Value::Float(-0.0),
            Value::str("17"),
            Value::Undef,
        ],
        names: vec!["f".to_owned()],
        ..ChunkData::default()
    };
    if calls {
        ops.push(Op::ReturnValue);
        data.sub_entries = vec![(0, ops.len())];
        ops.extend([
            Op::SetSlot(0),
            Op::GetSlot(0),
            Op::LoadInt(3),
            Op::NumLt,
            Op::JumpIfTrue(ops.len() + 7),
            Op::LoadInt(2),
            Op::ReturnValue,
            Op::GetSlot(0),
            Op::ReturnValue,
        ]);
    }
    plain_chunk(&ops, data)
}

fn outcome(chunk: &Chunk, slots: &[Value], traced: bool) -> String {
    let mut vm = VM::new(chunk.clone());
    if traced {
        vm.enable_tracing_jit();
    }
    for (slot, value) in (0..).zip(slots) {
        vm.set_slot(slot, value.clone());
    }
    let end = vm.try_run();
    let frames: Vec<_> = vm
        .frames()
        .map(|frame| format!("{:?}", frame.slots()))
        .collect();
    format!("{end:?} at {} stack {:?} {frames:?}", vm.ip(), vm.stack())
}

#[test]
fn traced_loops_give_what_the_interpreter_gives() {
    for_seeds(seeds(400), |(), seed| {
        set_threshold((seed % 7) as u32);
        let mut rng = Rng::new(seed);
        let chunk = looping(&mut rng, 60, true);
        let value = |rng: &mut Rng| match rng.below(4) {
            0 => Value::Float(1.5),
            1 => Value::str("9"),
            2 => Value::Undef,
            _ => Value::Int(rng.below(9) as i64),
        };
        let slots = [
            Value::Int(0),
            value(&mut rng),
            value(&mut rng),
            value(&mut rng),
        ];
        let expected = outcome(&chunk, &slots, false);
        for run in 0..3 {
            assert_eq!(
                outcome(&chunk, &slots, true),
                expected,
                "run {run} of {:?}",
                chunk.ops
            );
        }
        assert!(JitCompiler::new().trace_is_compiled(&chunk, 0));
    });
}

#[test]
fn blocks_give_what_the_interpreter_gives() {
    for_seeds(seeds(400), |(), seed| {
        let mut rng = Rng::new(seed);
        let chunk = looping(&mut rng, 1 + (seed % 40) as i64, false);
        let mut slots: Vec<i64> = (0..SLOTS).map(|slot| slot as i64).collect();
        let mut vm = VM::new(chunk.clone());
        for (slot, &n) in (0..).zip(&slots) {
            vm.set_slot(slot, Value::Int(n));
        }
        let expected = vm.try_run().unwrap().map_or(0, |value| value.to_int());
        let result = JitCompiler::new().try_run_block_eager(&chunk, &mut slots);
        assert_eq!(result, Some(expected), "{:?}", chunk.ops);
        for (slot, &n) in (0..).zip(&slots) {
            assert_eq!(
                n,
                vm.get_slot(slot).to_int(),
                "slot {slot} of {:?}",
                chunk.ops
            );
        }
    });
}

/// What is damaged is refused, or is a recording all the same; neither does harm.
#[test]
fn damaged_recordings_do_no_harm() {
    for_seeds(seeds(400), |(), seed| {
        let mut rng = Rng::new(seed);
        let chunk = looping(&mut rng, 60, true);
        set_threshold(3);
        let slots = [(); SLOTS].map(|()| Value::Int(0));
        let expected = outcome(&chunk, &slots, true);
        let jit = JitCompiler::new();
        let genuine = jit.trace_export(&chunk, 0).expect("it is hot");
        for _ in 0..10 {
            let mut damaged = genuine.clone();
            for _ in 0..=rng.below(3) {
                damage(&mut rng, &mut damaged, &chunk);
            }
            jit.trace_import(&chunk, &damaged);
            let kinds = &damaged.slot_kinds_at_anchor;
            let (ops, ips) = (&damaged.ops, &damaged.recorded_ips);
            let record = rng.below(chunk.ops.len() + 2);
            let (close, end) = (damaged.anchor_ip, damaged.fallthrough_ip);
            jit.trace_install_with_kind(&chunk, record, close, end, ops, ips, kinds);
            let mut slots = vec![50; rng.below(SLOTS + 1)];
            jit.trace_lookup(&chunk, record, &mut slots, kinds, &mut DeoptInfo::zeroed());
            assert_eq!(
                outcome(&chunk, &[(); SLOTS].map(|()| Value::Int(0)), true),
                expected
            );
        }
    });
}

fn damage(rng: &mut Rng, trace: &mut TraceMetadata, chunk: &Chunk) {
    let at = rng.below(trace.ops.len().max(1));
    match rng.below(7) {
        0 => trace.anchor_ip = rng.below(chunk.ops.len() + 2),
        1 => trace.fallthrough_ip = rng.number() as usize,
        2 => trace.ops.truncate(at),
        3 => trace.recorded_ips.truncate(at),
        4 => trace.slot_kinds_at_anchor = vec![SlotKind::Float; rng.below(9)],
        5 => {
            if let Some(ip) = trace.recorded_ips.get_mut(at) {
                *ip = rng.below(chunk.ops.len() + 2);
            }
        }
        _ => {
            if let Some(op) = trace.ops.get_mut(at) {
                *op = *rng.choose(&chunk.ops);
            }
        }
    }
}
