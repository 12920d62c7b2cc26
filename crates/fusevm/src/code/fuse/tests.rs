//! Which instruction is chosen.

use std::collections::HashSet;

use super::*;
use crate::chunk::Chunk;
use crate::code::{instructions, without};

/// The instructions for `ops` and how many operations each stands for, where sequences end
/// before `barrier`.
fn chosen(ops: &[Op], barrier: Option<usize>) -> String {
    let chunk = ChunkData {
        ops: ops.to_vec(),
        constants: vec![Value::Int(7), Value::str("text")],
        ..ChunkData::default()
    };
    let barriers: Vec<bool> = (0..ops.len()).map(|at| Some(at) == barrier).collect();
    let selector = Selector {
        chunk: &chunk,
        functions: &Functions::new(),
        barriers: &barriers,
        regions: None,
        counted: &HashSet::new(),
        without: &[],
    };
    let mut names = Vec::new();
    let mut at = 0;
    while at < ops.len() {
        let (inst, len) = selector.sequence(at);
        names.push(format!("{:?} {len}", inst.op));
        at += len;
    }
    names.join(", ")
}

#[test]
fn sequences_become_one_instruction() {
    use Op::*;

    let cases: &[(&[Op], &str)] = &[
        (&[Add], "AddSS 1"),
        (&[LoadInt(2), AwkFieldGet], "Field 2"),
        (&[LoadInt(2), AwkFieldGet, AwkLength(1)], "FieldLength 3"),
        (
            &[GetSlot(0), AwkFieldGet, AwkLength(1)],
            "Get 1, FieldLengthByOperand 2",
        ),
        (&[AwkNf, AwkFieldGet], "FieldCount 1, FieldByOperand 1"),
        (&[AwkLength(0), AwkLength(1)], "General 1, Length 1"),
        (&[GetVar(3), Add, SetVar(3)], "AddToGlobal 3"),
        (
            &[GetVar(3), Add, SetVar(4)],
            "GetGlobal 1, AddSS 1, SetGlobal 1",
        ),
        (&[LoadInt(1), IndexAdd, Pop], "ElementStep 3"),
        (&[LoadInt(1), IndexAdd, Inc], "Int 1, General 1, Step 1"),
        (&[IndexAdd, Pop], "ElementAdd 2"),
        (&[IndexOrUndef], "Element 1"),
        (&[GetSlot(0), GetSlot(1), Add], "AddLL 3"),
        (&[GetSlot(0), LoadConst(0), Mul, SetSlot(2)], "MulLIL 4"),
        (&[GetSlot(0), LoadConst(1), Add], "Get 1, Const 1, AddSS 1"),
        // What can be exchanged has its constant on the right.
        (&[LoadInt(1), GetSlot(0), Add], "AddLI 3"),
        (&[LoadInt(1), GetSlot(0), Sub], "Int 1, SubSL 2"),
        (&[GetSlot(0), LoadInt(1), Add, SetSlot(0)], "AddLIL 4"),
        (&[GetSlot(0), LoadInt(0), Sub, SetSlot(0)], "SubLIL 4"),
        (
            &[GetSlot(0), LoadInt(1), NumLt, JumpIfTrue(9)],
            "LtLITrue 4",
        ),
        (
            &[LoadInt(1), GetSlot(0), NumLt, JumpIfFalse(9)],
            "GtLIFalse 4",
        ),
        (&[GetSlot(0), SetSlot(1)], "Move 2"),
        (&[GetSlot(0), ReturnValue], "ReturnSlot 2"),
        (&[GetSlot(0), JumpIfFalse(9)], "Get 1, JumpIfFalse 1"),
        (&[GetSlot(0), SlotArrayGet(1)], "SlotArrayGetL 2"),
        (
            &[GetSlot(0), GetSlot(1), Concat, SetSlot(0)],
            "GetGet 2, ConcatTo 2",
        ),
        // Two operands at once, unless the second begins something longer.
        (
            &[GetSlot(0), GetSlot(1), GetSlot(2), LoadInt(7), Add],
            "GetGet 2, AddLI 3",
        ),
        (&[GetSlot(0), GetSlot(1), LoadInt(7), Add], "Get 1, AddLI 3"),
        (
            &[GetSlot(0), GetSlot(1), SlotArrayGet(2)],
            "Get 1, SlotArrayGetL 2",
        ),
        (&[Pow], "General 1"),
        // Counted loops: with the test behind, and with a jump to a test that leaves.
        (
            &[
                PreIncSlotVoid(0),
                GetSlot(0),
                LoadInt(9),
                NumLt,
                JumpIfTrue(0),
            ],
            "CountLtI 5",
        ),
        (
            &[
                GetSlot(0),
                GetSlot(1),
                NumLt,
                JumpIfFalse(6),
                PreIncSlotVoid(0),
                Jump(0),
            ],
            "LtLLFalse 4, CountLtL 2",
        ),
        (
            &[
                PreIncSlotVoid(0),
                GetSlot(0),
                GetSlot(0),
                NumLt,
                JumpIfTrue(0),
            ],
            "Count 1, LtLLTrue 4",
        ),
        // A global that is counted.
        (&[GetVar(0), Inc, SetVar(0)], "StepGlobal 3"),
        (
            &[GetVar(0), Inc, SetVar(1)],
            "GetGlobal 1, Step 1, SetGlobal 1",
        ),
    ];
    for (ops, expected) in cases {
        assert_eq!(chosen(ops, None), *expected, "{ops:?}");
    }
}

#[test]
fn sequences_end_before_entries() {
    use Op::*;

    let ops = [GetSlot(0), GetSlot(1), Add, SetSlot(2)];
    let cases = [
        (1, "Get 1, AddSLL 3"),
        (2, "GetGet 2, AddSSL 2"),
        (3, "AddLL 3, Set 1"),
    ];
    for (barrier, expected) in cases {
        assert_eq!(chosen(&ops, Some(barrier)), expected, "{barrier}");
    }
}

#[test]
fn long_code_without_jumps_returns_now_and_then() {
    let chunk = ChunkData {
        ops: vec![Op::Nop; 3]
            .into_iter()
            .chain(vec![Op::Inc; 3 * MAX_STRAIGHT])
            .collect(),
        ..ChunkData::default()
    };
    let selector = Selector {
        chunk: &chunk,
        functions: &Functions::new(),
        barriers: &vec![false; chunk.ops.len()],
        regions: None,
        counted: &HashSet::new(),
        without: &[],
    };
    let insts = selector.select();
    let longest = insts
        .split(|(inst, _)| inst.op == FastOp::General)
        .map(<[Sequence]>::len)
        .max();
    assert_eq!(longest, Some(MAX_STRAIGHT - 1));
}

#[test]
fn rows_can_be_left_out() {
    use Op::*;

    let ops = vec![
        GetSlot(0),
        LoadInt(7),
        Add,
        SetSlot(0),
        GetSlot(0),
        GetSlot(1),
        LoadUndef,
    ];
    let chunk = Chunk::from(ChunkData {
        ops,
        ..ChunkData::default()
    });
    for (rows, expected) in [
        (&[][..], ["AddLIL", "GetGet"]),
        (&["AddLIL", "GetGet"], ["AddLI", "Get"]),
        (&["AddLIL", "AddLI", "Get"], ["General", "GetGet"]),
    ] {
        let instructions = instructions(&without(&chunk, rows));
        let names = [0, 4].map(|at| instructions[at].0.as_str());
        assert_eq!(names, expected, "{rows:?}");
    }
}
