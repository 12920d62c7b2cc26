//! Operations on counted slots.

use fusevm::op::Opcode;
use fusevm::{Op, Value};

use super::{Row, op, program};
use crate::support::{FALSE, TRUE, UNDEF, array, float, int, ints, str};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = steps();
    rows.extend(branches());
    rows.extend(loops());
    rows.extend(sequences());
    rows
}

/// Operations that follow each other and are carried out at once.
fn sequences() -> Vec<Row> {
    vec![
        // A limit that counts too.
        program(
            Opcode::PreIncSlotVoid,
            [
                Op::PreIncSlotVoid(0),
                Op::GetSlot(0),
                Op::GetSlot(0),
                Op::NumLe,
                Op::JumpIfTrue(6),
                Op::Jump(7),
                Op::LoadTrue,
            ],
        )
        .slots([int(5)])
        .slots_become([int(6)])
        .leaves([TRUE]),
        // A limit that grows too.
        program(
            Opcode::AddAssignSlotVoid,
            [
                Op::AddAssignSlotVoid(0, 1),
                Op::GetSlot(0),
                Op::GetSlot(0),
                Op::NumLe,
                Op::JumpIfTrue(6),
                Op::Jump(7),
                Op::LoadTrue,
            ],
        )
        .slots([int(5), int(1)])
        .slots_become([int(6), int(1)])
        .leaves([TRUE]),
        // Negative zero stays negative.
        program(
            Opcode::Sub,
            [
                Op::GetSlot(0),
                Op::LoadInt(0),
                Op::Sub,
                Op::SetSlot(0),
                Op::GetSlot(0),
                Op::Print(1),
            ],
        )
        .slots([float(-0.0)])
        .prints("-0"),
    ]
}

fn steps() -> Vec<Row> {
    // A slot and what it counts as.
    let cases = [
        (int(5), 5),
        (int(i64::MAX), i64::MAX),
        (int(i64::MIN), i64::MIN),
        (float(2.9), 2),
        (str("41"), 41),
        (str("x"), 0),
        (UNDEF, 0),
        (ints([7, 7]), 2),
        (Value::status(3), 3),
    ];
    let mut rows = Vec::new();
    for (slot, n) in cases {
        let (up, down) = (n.wrapping_add(1), n.wrapping_sub(1));
        let row = |operation, after| {
            op(operation)
                .slots([slot.clone()])
                .slots_become([int(after)])
        };
        rows.extend([
            row(Op::PreIncSlot(0), up).leaves([int(up)]),
            row(Op::PreDecSlot(0), down).leaves([int(down)]),
            row(Op::PostIncSlot(0), up).leaves([int(n)]),
            row(Op::PostDecSlot(0), down).leaves([int(n)]),
            row(Op::PreIncSlotVoid(0), up),
            row(Op::AddAssignSlotVoid(0, 0), n.wrapping_add(n)),
        ]);
    }
    rows.extend([
        op(Op::AddAssignSlotVoid(0, 1))
            .slots([float(2.9), str("3")])
            .slots_become([int(5), str("3")]),
        op(Op::AddAssignSlotVoid(0, 1))
            .slots([int(i64::MAX), int(1)])
            .slots_become([int(i64::MIN), int(1)]),
        op(Op::PreIncSlotVoid(9)).slots_become([
            UNDEF,
            UNDEF,
            UNDEF,
            UNDEF,
            UNDEF,
            UNDEF,
            UNDEF,
            UNDEF,
            UNDEF,
            int(1),
        ]),
    ]);
    rows
}

fn branches() -> Vec<Row> {
    let told = |jump: Op| {
        program(
            jump.opcode(),
            [jump, Op::LoadInt(0), Op::Jump(4), Op::LoadInt(1), Op::Nop],
        )
    };
    let (yes, no) = (|| int(1), || int(0));
    vec![
        told(Op::SlotLtIntJumpIfFalse(0, 5, 3))
            .slots([int(5)])
            .leaves([yes()]),
        told(Op::SlotLtIntJumpIfFalse(0, 5, 3))
            .slots([str("4")])
            .leaves([no()]),
        told(Op::SlotLtIntJumpIfFalse(0, 0, 3)).leaves([yes()]),
        told(Op::SlotLtIntJumpIfFalse(0, 1, 3))
            .slots([FALSE])
            .leaves([no()]),
        told(Op::SlotLtIntJumpIfFalse(0, i32::MIN, usize::MAX)).slots([int(i64::MAX)]),
        told(Op::SlotIncLtIntJumpBack(0, 5, 3))
            .slots([int(3)])
            .slots_become([int(4)])
            .leaves([yes()]),
        told(Op::SlotIncLtIntJumpBack(0, 5, 3))
            .slots([int(100)])
            .slots_become([int(101)])
            .leaves([no()]),
        told(Op::SlotIncLtIntJumpBack(0, 5, usize::MAX))
            .slots([int(i64::MAX)])
            .slots_become([int(i64::MIN)]),
        program(
            Op::SlotIncLtIntJumpBack(0, 4, 0).opcode(),
            [
                Op::GetSlot(0),
                Op::Print(1),
                Op::SlotIncLtIntJumpBack(0, 4, 0),
            ],
        )
        .slots([int(0)])
        .slots_become([int(4)])
        .prints("0123"),
    ]
}

fn loops() -> Vec<Row> {
    let accumulate = |sum: Value, counter: Value, limit, sums: i64, ends: i64| {
        op(Op::AccumSumLoop(0, 1, limit))
            .slots([sum, counter])
            .slots_become([int(sums), int(ends)])
    };
    let append = |text: Value, counter: Value, limit, after: Value, ends: i64| {
        op(Op::ConcatConstLoop(0, 0, 1, limit))
            .constants([str("ab")])
            .slots([text, counter])
            .slots_become([after, int(ends)])
    };
    let push = |global: Value, counter: Value, limit, after: Value, ends: i64| {
        op(Op::PushIntRangeLoop(0, 0, limit))
            .globals([global])
            .slots([counter])
            .globals_become([after])
            .slots_become([int(ends)])
    };
    vec![
        accumulate(int(10), int(1), 5, 20, 5),
        accumulate(float(1.9), str("9"), 5, 1, 9),
        accumulate(UNDEF, UNDEF, 0, 0, 0),
        accumulate(int(i64::MAX), int(1), 3, i64::MIN + 2, 3),
        accumulate(int(0), int(-3), 0, -6, 0),
        op(Op::AccumSumLoop(0, 0, 5))
            .slots([int(0)])
            .slots_become([int(5)]),
        append(str("x"), int(1), 3, str("xabab"), 3),
        append(int(7), float(2.5), 3, str("7ab"), 3),
        append(UNDEF, str("9"), 3, str(""), 9),
        append(str("é"), int(3), 3, str("é"), 3),
        op(Op::ConcatConstLoop(0, 0, 0, 3))
            .constants([str("z")])
            .slots([int(0)])
            .slots_become([int(3)]),
        op(Op::ConcatConstLoop(9, 0, 1, 3))
            .slots([str("x")])
            .slots_become([str("x"), int(3)]),
        op(Op::ConcatConstLoop(0, 0, 1, 3))
            .constants([ints([1, 2])])
            .slots_become([str("1 21 21 2"), int(3)]),
        op(Op::ConcatConstLoop(0, 0, 1, i32::MAX))
            .constants([str("ab")])
            .slots([UNDEF, int(i64::MIN)])
            .fails("value too large: one value may hold at most 1073741824 bytes"),
        push(ints([9]), int(1), 4, ints([9, 1, 2, 3]), 4),
        push(array([str("x")]), int(1), 2, array([str("x"), int(1)]), 2),
        push(int(5), int(1), 3, ints([1, 2]), 3),
        push(str("x"), int(8), 3, ints([]), 8),
        push(ints([1]), float(8.5), 3, ints([1]), 8),
        op(Op::PushIntRangeLoop(2, 1, 2))
            .slots_become([UNDEF, int(2)])
            .globals_become([UNDEF, UNDEF, ints([0, 1])]),
        op(Op::PushIntRangeLoop(0, 0, i32::MAX))
            .globals([ints([1])])
            .slots([int(i64::MIN)])
            .fails("value too large: one value may hold at most 1073741824 bytes"),
    ]
}
