//! No-op, constants, stack shuffling, globals and slots.

use fusevm::value::Kind;
use fusevm::{Op, Value};

use super::{Row, op, program};
use crate::support::{FALSE, TRUE, UNDEF, array, float, hash, int, ints, seven, str};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = constants();
    rows.extend(shuffling());
    rows.extend(globals());
    rows.extend(slots());
    rows
}

/// One value of every kind that a host can make.
pub(super) fn one_of_each_kind() -> Vec<Value> {
    let values = vec![
        UNDEF,
        TRUE,
        int(-1),
        float(-0.0),
        str("a text that is not stored inline"),
        array([int(1), str("x")]),
        hash([("k", int(1))]),
        Value::status(3),
        Value::reference(int(1)),
        Value::NativeFn(4),
        Value::bytes([0xff]),
        seven(),
    ];
    assert!(values.iter().all(|value| value.kind() != Kind::Handle));
    values
}

fn constants() -> Vec<Row> {
    let mut rows = vec![
        op(Op::Nop),
        op(Op::Nop).on([int(1)]).leaves([int(1)]),
        op(Op::LoadInt(i64::MIN)).leaves([int(i64::MIN)]),
        op(Op::LoadInt(i64::MAX)).leaves([int(i64::MAX)]),
        op(Op::LoadFloat(-0.0)).leaves([float(-0.0)]),
        op(Op::LoadFloat(f64::NAN)).leaves([float(f64::NAN)]),
        op(Op::LoadFloat(f64::INFINITY)).leaves([float(f64::INFINITY)]),
        op(Op::LoadConst(0)).leaves([UNDEF]),
        op(Op::LoadConst(u16::MAX))
            .constants([int(1)])
            .leaves([UNDEF]),
        op(Op::LoadTrue).leaves([TRUE]),
        op(Op::LoadFalse).leaves([FALSE]),
        op(Op::LoadUndef).on([int(1)]).leaves([int(1), UNDEF]),
    ];
    rows.extend(one_of_each_kind().into_iter().map(|value| {
        op(Op::LoadConst(1))
            .constants([UNDEF, value.clone()])
            .leaves([value])
    }));
    rows
}

fn shuffling() -> Vec<Row> {
    let (a, b, c) = (|| int(1), || str("b"), || ints([3]));
    vec![
        op(Op::Pop).on([a(), b()]).leaves([a()]),
        op(Op::Pop),
        op(Op::Dup).on([a(), c()]).leaves([a(), c(), c()]),
        op(Op::Dup).leaves([UNDEF]),
        op(Op::Dup2)
            .on([a(), b(), c()])
            .leaves([a(), b(), c(), b(), c()]),
        op(Op::Dup2).on([b()]).leaves([b(), UNDEF, b()]),
        op(Op::Dup2).leaves([UNDEF, UNDEF]),
        op(Op::Swap).on([a(), b(), c()]).leaves([a(), c(), b()]),
        op(Op::Swap).on([a()]).leaves([a(), UNDEF]),
        op(Op::Swap).leaves([UNDEF, UNDEF]),
        op(Op::Rot).on([a(), b(), c()]).leaves([b(), c(), a()]),
        op(Op::Rot).on([a(), b()]).leaves([a(), b(), UNDEF]),
        op(Op::Rot).on([a()]).leaves([UNDEF, a(), UNDEF]),
        op(Op::Rot).leaves([UNDEF, UNDEF, UNDEF]),
    ]
}

fn globals() -> Vec<Row> {
    let table = || [int(0), str("one"), ints([2])];
    let mut rows = Vec::new();
    for get in [Op::GetVar, Op::GetArray, Op::GetHash] {
        rows.push(op(get(1)).globals(table()).leaves([str("one")]));
        rows.push(op(get(2)).globals(table()).leaves([ints([2])]));
        rows.push(op(get(u16::MAX)).globals(table()).leaves([UNDEF]));
    }
    for set in [Op::SetVar, Op::DeclareVar, Op::SetArray, Op::SetHash] {
        rows.push(
            op(set(1))
                .globals(table())
                .on([int(8), int(9)])
                .leaves([int(8)])
                .globals_become([int(0), int(9), ints([2])]),
        );
        rows.push(
            op(set(3))
                .on([int(9)])
                .globals_become([UNDEF, UNDEF, UNDEF, int(9)]),
        );
        rows.push(
            op(set(0))
                .globals([int(1), int(2)])
                .globals_become([UNDEF, int(2)]),
        );
    }
    rows
}

fn slots() -> Vec<Row> {
    let list = || array([int(5), str("x")]);
    let get = |slot: Value, index: Value, result: Value| {
        op(Op::SlotArrayGet(0))
            .slots([slot])
            .on([index])
            .leaves([result])
    };
    let set = |slot: Value, value: Value, index: Value, after: Value| {
        op(Op::SlotArraySet(0))
            .slots([slot])
            .on([value, index])
            .slots_become([after])
    };
    let mut rows: Vec<Row> = one_of_each_kind()
        .into_iter()
        .map(|value| {
            op(Op::GetSlot(1))
                .slots([UNDEF, value.clone()])
                .leaves([value])
        })
        .collect();
    rows.extend([
        op(Op::GetSlot(9)).leaves([UNDEF]),
        op(Op::GetSlot(u16::MAX)).slots([int(1)]).leaves([UNDEF]),
        op(Op::SetSlot(2))
            .on([int(1), int(2)])
            .leaves([int(1)])
            .slots_become([UNDEF, UNDEF, int(2)]),
        op(Op::SetSlot(0))
            .slots([int(1), int(2)])
            .slots_become([UNDEF, int(2)]),
        get(list(), int(1), str("x")),
        get(list(), float(1.9), str("x")),
        get(list(), str("1"), str("x")),
        get(list(), str("x"), int(5)),
        get(list(), UNDEF, int(5)),
        get(list(), array([int(8)]), str("x")),
        get(list(), int(2), UNDEF),
        get(list(), int(-1), UNDEF),
        get(list(), int(i64::MIN), UNDEF),
        get(list(), int(i64::MAX), UNDEF),
        get(str("no array"), int(0), UNDEF),
        op(Op::SlotArrayGet(3)).on([int(0)]).leaves([UNDEF]),
        op(Op::SlotArrayGet(0)).slots([list()]).leaves([int(5)]),
        set(list(), int(7), int(0), array([int(7), str("x")])),
        set(
            list(),
            int(7),
            int(3),
            array([int(5), str("x"), UNDEF, int(7)]),
        ),
        set(list(), int(7), int(-1), list()),
        set(list(), int(7), int(i64::MIN), list()),
        set(int(3), int(7), int(0), int(3)),
        op(Op::SlotArraySet(0))
            .slots([list()])
            .on([int(1)])
            .slots_become([array([int(5), UNDEF])]),
        op(Op::SlotArraySet(0))
            .slots([list()])
            .slots_become([array([UNDEF, str("x")])]),
        program(
            Op::SlotArraySet(0).opcode(),
            [
                Op::GetSlot(0),
                Op::LoadInt(9),
                Op::LoadInt(0),
                Op::SlotArraySet(0),
            ],
        )
        .slots([ints([1])])
        // The loaded copy does not change.
        .leaves([ints([1])])
        .slots_become([ints([9])]),
        op(Op::SlotArraySet(0))
            .slots([list()])
            .on([int(7), int(i64::MAX)])
            .fails("value too large: one value may hold at most 1073741824 bytes"),
    ]);
    rows
}
