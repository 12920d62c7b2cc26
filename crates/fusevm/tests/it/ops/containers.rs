//! Arrays and hashes in globals.

use fusevm::{Op, Value};

use super::{Row, op, program};
use crate::support::{FALSE, TRUE, UNDEF, array, float, hash, int, ints, str};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = arrays();
    rows.extend(hashes());
    rows
}

/// Global 0 holds what a row names, global 1 something else.
fn beside(value: Value) -> [Value; 2] {
    [value, str("other")]
}

fn arrays() -> Vec<Row> {
    let list = || array([int(5), str("x"), int(7)]);
    let get = |index: Value, result: Value| {
        op(Op::ArrayGet(0))
            .globals(beside(list()))
            .on([index])
            .leaves([result])
    };
    let set = |before: Value, value: Value, index: Value, after: Value| {
        op(Op::ArraySet(0))
            .globals(beside(before))
            .on([value, index])
            .globals_become(beside(after))
    };
    let changed = |operation: Op, before: Value, after: Value| {
        op(operation)
            .globals(beside(before))
            .globals_become(beside(after))
    };
    vec![
        changed(Op::DeclareArray(0), int(1), ints([])),
        changed(Op::DeclareArray(0), list(), ints([]))
            .on([int(1)])
            .leaves([int(1)]),
        op(Op::DeclareArray(3)).globals_become([UNDEF, UNDEF, UNDEF, ints([])]),
        get(int(0), int(5)),
        get(int(2), int(7)),
        get(int(3), UNDEF),
        get(int(-1), UNDEF),
        get(int(i64::MIN), UNDEF),
        get(float(1.99), str("x")),
        get(float(f64::NAN), int(5)),
        get(float(f64::INFINITY), UNDEF),
        get(str("2"), int(7)),
        get(str("2.0"), int(5)),
        get(TRUE, str("x")),
        get(ints([9, 9]), int(7)),
        get(Value::status(2), int(7)),
        op(Op::ArrayGet(0)).globals(beside(list())).leaves([int(5)]),
        op(Op::ArrayGet(1))
            .globals(beside(list()))
            .on([int(0)])
            .leaves([UNDEF]),
        op(Op::ArrayGet(9)).on([int(0)]).leaves([UNDEF]),
        set(list(), UNDEF, int(1), array([int(5), UNDEF, int(7)])),
        set(
            ints([1, 2]),
            float(0.5),
            int(1),
            array([int(1), float(0.5)]),
        ),
        set(ints([]), int(1), int(2), array([UNDEF, UNDEF, int(1)])),
        set(list(), int(1), int(-1), list()),
        set(list(), int(1), int(i64::MIN), list()),
        set(hash([]), int(1), int(0), hash([])),
        op(Op::ArraySet(0))
            .globals(beside(list()))
            .on([int(1), int(i64::MAX)])
            .fails("value too large: one value may hold at most 1073741824 bytes"),
        // A missing value, then also a missing index.
        op(Op::ArraySet(0))
            .globals([ints([1, 2])])
            .on([int(1)])
            .globals_become([array([int(1), UNDEF])]),
        op(Op::ArraySet(0))
            .globals([ints([1, 2])])
            .globals_become([array([UNDEF, int(2)])]),
        changed(Op::ArrayPush(0), ints([1]), ints([1, 2]))
            .on([int(9), int(2)])
            .leaves([int(9)]),
        changed(Op::ArrayPush(0), ints([1]), array([int(1), UNDEF])),
        changed(Op::ArrayPush(0), UNDEF, UNDEF).on([int(2)]),
        op(Op::ArrayPush(7)).on([int(2)]),
        changed(Op::ArrayPop(0), ints([1, 2]), ints([1])).leaves([int(2)]),
        changed(Op::ArrayPop(0), ints([]), ints([])).leaves([UNDEF]),
        changed(Op::ArrayPop(0), int(3), int(3)).leaves([UNDEF]),
        op(Op::ArrayPop(7)).leaves([UNDEF]),
        changed(Op::ArrayShift(0), list(), array([str("x"), int(7)])).leaves([int(5)]),
        changed(Op::ArrayShift(0), ints([]), ints([])).leaves([UNDEF]),
        changed(Op::ArrayShift(0), int(3), int(3)).leaves([UNDEF]),
        op(Op::ArrayShift(7)).leaves([UNDEF]),
        op(Op::ArrayLen(0)).globals([list()]).leaves([int(3)]),
        op(Op::ArrayLen(0)).globals([str("text")]).leaves([int(0)]),
        op(Op::ArrayLen(7)).leaves([int(0)]),
        op(Op::MakeArray(2))
            .on([int(1), int(2), int(3)])
            .leaves([int(1), ints([2, 3])]),
        op(Op::MakeArray(0)).on([int(1)]).leaves([int(1), ints([])]),
        op(Op::MakeArray(u16::MAX))
            .on([int(1), str("b")])
            .leaves([array([int(1), str("b")])]),
        op(Op::MakeArray(3)).leaves([ints([])]),
        // A copy that was loaded before a change does not see it.
        program(
            Op::ArrayPush(0).opcode(),
            [Op::GetVar(0), Op::LoadInt(2), Op::ArrayPush(0)],
        )
        .globals([ints([1])])
        .leaves([ints([1])])
        .globals_become([ints([1, 2])]),
    ]
}

fn hashes() -> Vec<Row> {
    let table = || hash([("1", str("one")), ("", str("empty")), ("k", UNDEF)]);
    let get = |key: Value, result: Value| {
        op(Op::HashGet(0))
            .globals(beside(table()))
            .on([key])
            .leaves([result])
    };
    let exists = |key: Value, result: Value| {
        op(Op::HashExists(0))
            .globals(beside(table()))
            .on([key])
            .leaves([result])
    };
    let set = |before: Value, value: Value, key: Value, after: Value| {
        op(Op::HashSet(0))
            .globals(beside(before))
            .on([value, key])
            .globals_become(beside(after))
    };
    let delete = |before: Value, key: Value, result: Value, after: Value| {
        op(Op::HashDelete(0))
            .globals(beside(before))
            .on([key])
            .leaves([result])
            .globals_become(beside(after))
    };
    vec![
        op(Op::DeclareHash(0))
            .globals(beside(table()))
            .globals_become(beside(hash([]))),
        op(Op::DeclareHash(2))
            .on([int(1)])
            .leaves([int(1)])
            .globals_become([UNDEF, UNDEF, hash([])]),
        get(str("1"), str("one")),
        get(int(1), str("one")),
        get(float(1.0), str("one")),
        get(TRUE, str("one")),
        get(Value::status(1), str("one")),
        get(ints([1]), str("one")),
        get(str("1.0"), UNDEF),
        get(FALSE, str("empty")),
        get(UNDEF, str("empty")),
        get(ints([]), str("empty")),
        get(str("k"), UNDEF),
        get(Value::bytes([0xff]), UNDEF),
        op(Op::HashGet(0))
            .globals(beside(table()))
            .leaves([str("empty")]),
        op(Op::HashGet(1))
            .globals(beside(table()))
            .on([int(1)])
            .leaves([UNDEF]),
        op(Op::HashGet(9)).on([int(1)]).leaves([UNDEF]),
        exists(int(1), TRUE),
        exists(str("k"), TRUE),
        exists(UNDEF, TRUE),
        exists(str("nothing"), FALSE),
        op(Op::HashExists(0))
            .globals(beside(table()))
            .leaves([TRUE]),
        op(Op::HashExists(1))
            .globals(beside(table()))
            .on([int(1)])
            .leaves([FALSE]),
        op(Op::HashExists(9)).on([int(1)]).leaves([FALSE]),
        set(hash([]), int(5), float(1.0), hash([("1", int(5))])),
        set(
            hash([("a", int(1)), ("b", int(2))]),
            int(3),
            str("a"),
            hash([("a", int(3)), ("b", int(2))]),
        ),
        set(ints([1]), int(5), int(0), ints([1])),
        op(Op::HashSet(9)).on([int(5), str("k")]),
        op(Op::HashSet(0))
            .globals([hash([])])
            .on([str("k")])
            .globals_become([hash([("k", UNDEF)])]),
        op(Op::HashSet(0))
            .globals([hash([])])
            .globals_become([hash([("", UNDEF)])]),
        delete(
            hash([("a", int(1)), ("b", int(2))]),
            str("a"),
            int(1),
            hash([("b", int(2))]),
        ),
        delete(
            hash([("a", int(1))]),
            str("z"),
            UNDEF,
            hash([("a", int(1))]),
        ),
        delete(int(4), str("z"), UNDEF, int(4)),
        op(Op::HashDelete(9)).on([int(1)]).leaves([UNDEF]),
        op(Op::HashDelete(0))
            .globals([table()])
            .leaves([str("empty")])
            .globals_become([hash([("1", str("one")), ("k", UNDEF)])]),
        op(Op::HashKeys(0))
            .globals([table()])
            .leaves([array([str("1"), str(""), str("k")])]),
        op(Op::HashKeys(0)).globals([ints([1])]).leaves([ints([])]),
        op(Op::HashKeys(9)).leaves([ints([])]),
        op(Op::HashValues(0))
            .globals([table()])
            .leaves([array([str("one"), str("empty"), UNDEF])]),
        op(Op::HashValues(0)).globals([str("")]).leaves([ints([])]),
        op(Op::HashValues(9)).leaves([ints([])]),
        op(Op::MakeHash(4))
            .on([int(0), str("a"), int(1), str("b"), int(2)])
            .leaves([int(0), hash([("a", int(1)), ("b", int(2))])]),
        // The last of equal keys wins, at the place of the first.
        op(Op::MakeHash(6))
            .on([int(1), str("x"), str("b"), str("y"), TRUE, str("z")])
            .leaves([hash([("1", str("z")), ("b", str("y"))])]),
        op(Op::MakeHash(3))
            .on([str("a"), int(1), str("odd")])
            .leaves([hash([("a", int(1))])]),
        op(Op::MakeHash(9))
            .on([str("a"), int(1)])
            .leaves([hash([("a", int(1))])]),
        op(Op::MakeHash(0)).on([int(1)]).leaves([int(1), hash([])]),
        op(Op::MakeHash(2)).leaves([hash([])]),
    ]
}
