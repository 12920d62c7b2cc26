//! What tiers take.

use fusevm::{JitCompiler, Op, TraceJitConfig};

use crate::chunk_of;

#[test]
fn traces_are_passes_of_a_loop() {
    use Op::*;
    let jit = JitCompiler::new();
    let long = |count: usize| [vec![Nop; count - 1], vec![Jump(0)]].concat();
    for (ops, expected) in [
        (&[LoadInt(1), LoadInt(2), NumLt, JumpIfTrue(0)][..], true),
        (
            &[
                PreIncSlotVoid(0),
                GetSlot(0),
                LoadInt(9),
                NumLt,
                JumpIfTrue(0),
            ],
            true,
        ),
        (&[Call(0, 0), LoadInt(1), ReturnValue, Pop, Jump(0)], true),
        (
            &[Call(0, 0), LoadTrue, JumpIfFalse(9), Return, JumpIfTrue(0)],
            true,
        ),
        (&[GetSlot(0), JumpIfFalse(7), Nop, JumpIfFalse(0)], true),
        (&[LoadInt(1), LoadTrue, JumpIfFalse(5), Pop, Jump(0)], true),
        // A jump to the anchor in a function is one to somewhere else.
        (&[Call(0, 0), Jump(0), Return, Jump(0)], true),
        (&[], false),
        (&[LoadInt(1)], false),
        (&[LoadTrue, JumpIfTrue(1)], false),
        (&[LoadTrue, JumpIfTrue(0), Jump(0)], false),
        (&[Jump(0), Jump(0)], false),
        (&[Call(0, 0), Jump(0)], false),
        (&[Return, Jump(0)], false),
        (&[CallBuiltin(0, 0), Jump(0)], false),
        (&[LoadTrue, JumpIfTrueKeep(0)], false),
        (&[LoadTrue, JumpIfTrueKeep(9), Jump(0)], false),
        (&[PreIncSlotVoid(63), Jump(0)], true),
        (&[PreIncSlotVoid(64), Jump(0)], false),
        (&[AddAssignSlotVoid(0, 64), Jump(0)], false),
        (&[PushFrame, PopFrame, Jump(0)], false),
        (&[SlotIncLtIntJumpBack(0, 9, 0)], false),
        (&[PostIncSlot(0), Pop, Jump(0)], false),
        (&long(256), true),
        (&long(257), false),
    ] {
        assert_eq!(jit.is_trace_eligible(ops, 0), expected, "{ops:?}");
    }
    jit.set_config(TraceJitConfig {
        max_trace_len: 3,
        ..jit.get_config()
    });
    assert!(!jit.is_trace_eligible(&long(4), 0));

    let deep = |calls: usize| {
        let calls_and_returns = [vec![Call(0, 0); calls], vec![Jump(7)], vec![Return; calls]];
        [calls_and_returns.concat(), vec![Jump(0)]].concat()
    };
    jit.set_config(TraceJitConfig::defaults());
    assert!(jit.is_trace_eligible(&deep(4), 0));
    assert!(!jit.is_trace_eligible(&deep(5), 0));
}

#[test]
fn blocks_need_no_machine() {
    use Op::*;
    let jit = JitCompiler::new();
    for (op, expected) in [
        (AccumSumLoop(0, 1, 9), true),
        (SlotIncLtIntJumpBack(0, 9, 0), true),
        (PushFrame, true),
        (JumpIfFalseKeep(0), true),
        (Print(0), false),
        (GetVar(0), false),
        (Concat, false),
        (Call(0, 0), false),
        (ReturnValue, false),
        (Extended(0, 0), false),
    ] {
        assert_eq!(jit.is_block_eligible(&chunk_of(&[op])), expected, "{op:?}");
    }
}
