//! Runs without a machine.

use fusevm::chunk::{ChunkData, Numeric, Overflow};
use fusevm::{Chunk, JitCompiler, Op, TraceJitConfig, VM, Value};

use crate::{chunk_of, plain_chunk};

fn linear(ops: &[Op], slots: &[i64]) -> Option<Value> {
    let (jit, chunk) = (JitCompiler::new(), chunk_of(ops));
    let result = jit.try_run_linear(&chunk, slots);
    assert_eq!(jit.try_run_linear(&chunk, slots), result, "again: {ops:?}");
    assert_eq!(jit.is_linear_eligible(&chunk), result.is_some(), "{ops:?}");
    if slots.is_empty()
        && let Some(result) = &result
    {
        let interpreted = VM::new(chunk).try_run().unwrap();
        assert_eq!(interpreted.as_ref(), Some(result), "{ops:?}");
    }
    result
}

#[test]
fn linear_chunks_give_what_the_interpreter_gives() {
    use Op::*;
    let int = |n| Some(Value::Int(n));
    let float = |x| Some(Value::Float(x));
    let bool = |b| Some(Value::Bool(b));
    for (ops, expected) in [
        (&[LoadInt(40), LoadInt(2), Add][..], int(42)),
        (&[LoadInt(50), LoadInt(8), Sub], int(42)),
        (&[LoadInt(6), LoadInt(7), Mul], int(42)),
        (&[LoadInt(2), LoadInt(3), Add, LoadInt(4), Mul], int(20)),
        (
            &[
                LoadInt(10),
                LoadInt(20),
                Add,
                LoadInt(3),
                Mul,
                LoadInt(5),
                Sub,
            ],
            int(85),
        ),
        (&[LoadInt(42), Negate], int(-42)),
        (&[LoadInt(41), Inc], int(42)),
        (&[LoadInt(43), Dec], int(42)),
        (&[LoadInt(17), LoadInt(5), Mod], int(2)),
        (&[LoadInt(2), LoadInt(10), Pow], float(1024.0)),
        (&[LoadFloat(1.5), LoadFloat(2.5), Add], float(4.0)),
        (&[LoadInt(1), LoadFloat(2.5), Add], float(3.5)),
        (&[LoadFloat(3.75), Negate], float(-3.75)),
        (&[LoadInt(6), LoadInt(3), Div], float(2.0)),
        (&[LoadInt(7), LoadInt(2), Div], float(3.5)),
        (&[LoadInt(7), LoadInt(0), Div], Some(Value::Undef)),
        (&[LoadInt(7), LoadInt(0), Mod], int(0)),
        (&[LoadInt(i64::MIN), LoadInt(-1), Mod], int(0)),
        (
            &[LoadInt(i64::MIN), LoadInt(-1), Div],
            float(9.223372036854776e18),
        ),
        (
            &[LoadInt(3), LoadInt(63), Pow],
            float(1.1445612734308374e30),
        ),
        (&[LoadFloat(2.0)], float(2.0)),
        (&[LoadFloat(f64::INFINITY)], float(f64::INFINITY)),
        (&[LoadInt(1), LoadInt(2), NumLt], bool(true)),
        (&[LoadInt(1), LoadInt(2), NumEq], bool(false)),
        (&[LoadInt(1), LoadInt(2), NumGt], bool(false)),
        (&[LoadInt(1), LoadInt(2), NumLe], bool(true)),
        (&[LoadInt(1), LoadInt(2), NumGe], bool(false)),
        (&[LoadInt(1), LoadInt(2), NumNe], bool(true)),
        (&[LoadInt(1), LoadInt(2), Spaceship], int(-1)),
        (&[LoadInt(2), LoadInt(2), Spaceship], int(0)),
        (&[LoadInt(3), LoadInt(2), Spaceship], int(1)),
        (&[LoadFloat(1.5), LoadFloat(2.5), Spaceship], int(-1)),
        (&[LoadInt(12), LoadInt(10), BitAnd], int(8)),
        (&[LoadInt(12), LoadInt(10), BitOr], int(14)),
        (&[LoadInt(12), LoadInt(10), BitXor], int(6)),
        (&[LoadInt(1), LoadInt(68), Shl], int(16)),
        (&[LoadInt(-16), LoadInt(2), Shr], int(-4)),
        (&[LoadFloat(6.5), LoadInt(3), BitAnd], int(2)),
        (&[LoadInt(21), Dup, Add], int(42)),
        (&[LoadInt(10), LoadInt(3), Swap, Sub], int(-7)),
        (&[LoadInt(0), LogNot], bool(true)),
        (&[LoadInt(42), LogNot], bool(false)),
        (&[LoadFloat(f64::NAN), LogNot], bool(false)),
        (&[LoadTrue], bool(true)),
        (&[LoadFalse], bool(false)),
        (&[Nop, LoadInt(1), LoadInt(2), Dup2, Pop, Pop], int(2)),
        (&[LoadUndef], Some(Value::Undef)),
        // Text may take more memory than there is; the rest needs a machine or leaves nothing.
        (&[LoadInt(1), LoadInt(2), Concat], None),
        (&[Exec(0)], None),
        (&[LoadInt(1), SetVar(0), LoadInt(1)], None),
        (&[LoadInt(1), Pop], None),
        (&[LoadInt(1), Add], None),
        (&[LoadInt(1), Jump(2)], None),
        (&[], None),
        (&[LoadInt(1); 257], None),
    ] {
        assert_eq!(linear(ops, &[]), expected, "{ops:?}");
    }
}

#[test]
fn linear_chunks_read_slots_and_write_none() {
    use Op::*;
    for (ops, slots, expected) in [
        (&[GetSlot(0), GetSlot(1), Add][..], &[100, 200][..], 300),
        (&[PreIncSlot(0)], &[41], 42),
        (&[PostIncSlot(0), GetSlot(0), Add], &[1], 3),
        (&[LoadInt(9), SetSlot(0), GetSlot(0)], &[1, 2], 9),
        (&[AccumSumLoop(0, 1, 4), GetSlot(0)], &[1, 0], 7),
        (&[AddAssignSlotVoid(0, 1), GetSlot(0)], &[1, 2], 3),
    ] {
        assert_eq!(linear(ops, slots), Some(Value::Int(expected)), "{ops:?}");
    }
    let jit = JitCompiler::new();
    let missing = chunk_of(&[GetSlot(0)]);
    assert!(jit.is_linear_eligible(&missing));
    assert_eq!(jit.try_run_linear(&missing, &[]), None);
    let counted = chunk_of(&[PreIncSlot(9)]);
    assert_eq!(jit.try_run_linear(&counted, &[5]), Some(Value::Int(1)));
}

#[test]
fn constants_of_any_kind_are_loaded() {
    let text = plain_chunk(
        &[Op::LoadConst(0)],
        ChunkData {
            constants: vec![Value::str("text")],
            ..ChunkData::default()
        },
    );
    let jit = JitCompiler::new();
    assert_eq!(jit.try_run_linear(&text, &[]), Some(Value::str("text")));
    let outside = chunk_of(&[Op::LoadConst(9)]);
    assert_eq!(jit.try_run_linear(&outside, &[]), Some(Value::Undef));
}

#[test]
fn arithmetic_that_can_fail_needs_a_machine() {
    let ops = [Op::LoadInt(i64::MAX), Op::LoadInt(1), Op::Add];
    for (overflow, expected) in [
        (Overflow::Wrap, Some(Value::Int(i64::MIN))),
        (Overflow::Promote, Some(Value::Float(9223372036854775808.0))),
        (Overflow::Error, None),
    ] {
        let numeric = Numeric {
            overflow,
            ..Numeric::default()
        };
        let chunk = plain_chunk(
            &ops,
            ChunkData {
                numeric,
                ..ChunkData::default()
            },
        );
        let jit = JitCompiler::new();
        assert_eq!(jit.try_run_linear(&chunk, &[]), expected);
        assert_eq!(
            jit.try_run_block_eager(&chunk, &mut []).is_some(),
            expected.is_some()
        );
    }
}

/// In a process of its own, for the environment belongs to all threads.
#[test]
fn the_environment_sets_the_thresholds_of_threads() {
    const CHILD: &str = "FUSEVM_TEST_OF_THE_ENVIRONMENT";
    if std::env::var_os(CHILD).is_some() {
        let config = JitCompiler::new().get_config();
        assert_eq!((config.block_threshold, config.trace_threshold), (0, 7));
        let sum = chunk_of(&[Op::AccumSumLoop(0, 1, 101), Op::GetSlot(0)]);
        let result = JitCompiler::new().try_run_block(&sum, &mut [0, 0]);
        assert_eq!(result, Some(5050));
        return;
    }
    let name = "direct::the_environment_sets_the_thresholds_of_threads";
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(CHILD, "1")
        .env("FUSEVM_JIT_BLOCK_THRESHOLD", "0")
        .env("FUSEVM_JIT_TRACE_THRESHOLD", " 7 ")
        .output()
        .unwrap();
    assert!(child.status.success(), "{child:?}");
}

/// Adds up what is below `limit`: the sum in slot 0, the counter in slot 1.
fn sum_loop(limit: i64) -> Chunk {
    chunk_of(&[
        Op::PushFrame,
        Op::LoadInt(0),
        Op::SetSlot(0),
        Op::LoadInt(0),
        Op::SetSlot(1),
        Op::GetSlot(0), // 5
        Op::GetSlot(1),
        Op::Add,
        Op::SetSlot(0),
        Op::PreIncSlotVoid(1),
        Op::GetSlot(1),
        Op::LoadInt(limit),
        Op::NumLt,
        Op::JumpIfTrue(5),
        Op::GetSlot(0),
    ])
}

#[test]
fn blocks_update_their_slots() {
    use Op::*;
    let jit = JitCompiler::new();
    let branches =
        |condition| chunk_of(&[condition, JumpIfFalse(4), LoadInt(42), Jump(5), LoadInt(99)]);
    let fused = chunk_of(&[
        AddAssignSlotVoid(0, 1),
        SlotIncLtIntJumpBack(1, 50, 0),
        GetSlot(0),
    ]);
    let steps = chunk_of(&[PostIncSlot(0), PreDecSlot(1), Add, PostDecSlot(1), Add]);
    let scopes = chunk_of(&[
        LoadInt(1),
        PushFrame,
        LoadInt(2),
        PreIncSlotVoid(0),
        PopFrame,
        PreIncSlotVoid(0),
    ]);
    for (chunk, before, expected, after) in [
        (sum_loop(100), [0, 0], 4950, [4950, 100]),
        (sum_loop(10), [7, 7], 45, [45, 10]),
        (
            chunk_of(&[AccumSumLoop(0, 1, 1000), GetSlot(0)]),
            [0, 0],
            499_500,
            [499_500, 1000],
        ),
        (branches(LoadTrue), [1, 2], 42, [1, 2]),
        (branches(LoadFalse), [1, 2], 99, [1, 2]),
        (fused, [0, 0], 1225, [1225, 50]),
        (steps, [10, 10], 28, [11, 8]),
        (scopes, [5, 0], 1, [7, 0]),
        (
            chunk_of(&[LoadFloat(7.5), SetSlot(0), GetSlot(0), LoadInt(2), Mul]),
            [0, 0],
            15,
            [7, 0],
        ),
        (
            chunk_of(&[LoadInt(3), JumpIfTrueKeep(2), LoadInt(1), Add]),
            [0, 0],
            4,
            [0, 0],
        ),
        (chunk_of(&[Nop]), [3, 4], 0, [3, 4]),
    ] {
        assert!(jit.is_block_eligible(&chunk), "{:?}", chunk.ops);
        for _ in 0..2 {
            let mut slots = before;
            let result = jit.try_run_block_eager(&chunk, &mut slots);
            assert_eq!((result, slots), (Some(expected), after), "{:?}", chunk.ops);
        }
    }
    let mut short = [1];
    let writes = chunk_of(&[PreIncSlotVoid(0), PreIncSlotVoid(9), GetSlot(9)]);
    assert_eq!(jit.try_run_block_eager(&writes, &mut short), Some(1));
    assert_eq!(short, [2]);
}

#[test]
fn what_is_no_block_is_not_run() {
    let jit = JitCompiler::new();
    let mut slots = [1, 2];
    for ops in [
        &[Op::PreIncSlotVoid(0), Op::Print(0)][..],
        &[Op::PreIncSlotVoid(0), Op::Return],
        &[Op::PreIncSlotVoid(0), Op::Call(0, 0)],
        &[],
    ] {
        let chunk = chunk_of(ops);
        assert!(!jit.is_block_eligible(&chunk));
        assert_eq!(jit.try_run_block_eager(&chunk, &mut slots), None);
    }
    // It is a block, but takes more frames than there may be.
    let endless = chunk_of(&[Op::PreIncSlotVoid(0), Op::PushFrame, Op::Jump(0)]);
    assert!(jit.is_block_eligible(&endless));
    assert_eq!(jit.try_run_block_eager(&endless, &mut slots), None);
    assert_eq!(slots, [1, 2]);
}

#[test]
fn blocks_are_run_when_they_are_warm() {
    let jit = JitCompiler::new();
    let answers = |threshold: u32, calls: usize| {
        jit.set_config(TraceJitConfig {
            block_threshold: threshold,
            ..TraceJitConfig::defaults()
        });
        let chunk = chunk_of(&[Op::LoadInt(666), Op::SetSlot(0), Op::GetSlot(0)]);
        assert!(!jit.block_jit_is_compiled(&chunk));
        let answers: Vec<_> = (0..calls)
            .map(|_| jit.try_run_block(&chunk, &mut [0]))
            .collect();
        let ran = answers.last().is_some_and(Option::is_some);
        assert_eq!(jit.block_jit_is_compiled(&chunk), ran);
        answers
    };
    assert_eq!(answers(0, 1), [Some(666)]);
    assert_eq!(answers(1, 2), [None, Some(666)]);
    assert_eq!(answers(5, 2), [None, None]);
    assert_eq!(answers(u32::MAX, 2), [None, None]);

    jit.set_config(TraceJitConfig::defaults());
    let chunk = chunk_of(&[Op::LoadInt(1)]);
    assert_eq!(jit.try_run_block_eager(&chunk, &mut []), Some(1));
    assert_eq!(jit.try_run_block(&chunk, &mut []), Some(1));
    let elsewhere = chunk.clone();
    std::thread::spawn(move || {
        let jit = JitCompiler::new();
        assert!(!jit.block_jit_is_compiled(&elsewhere));
        assert_eq!(jit.try_run_block(&elsewhere, &mut []), None);
    })
    .join()
    .unwrap();
}
