//! Containers on the operand stack: as values, and by reference.

use fusevm::value::Key;
use fusevm::{Op, Value};

use super::{Row, op, program};
use crate::support::{FALSE, TRUE, UNDEF, array, float, hash, int, ints, str};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = both_ways();
    rows.extend(made());
    rows.extend(nested());
    rows.extend(short_stacks());
    rows
}

/// An operation on a container: what is pushed above it, what it becomes, if the operation leaves
/// it, and the result.
struct Case {
    operation: Op,
    before: Value,
    operands: Vec<Value>,
    after: Option<Value>,
    result: Option<Value>,
}

impl Case {
    /// The container is a value.
    fn by_value(&self) -> Row {
        let mut operands = vec![self.before.clone()];
        operands.extend(self.operands.clone());
        let left: Vec<Value> = self.after.iter().chain(&self.result).cloned().collect();
        op(self.operation).on(operands).leaves(left)
    }

    /// The container is on the heap. Its content is looked at through another copy of the handle.
    fn by_reference(&self) -> Row {
        let (make, contents) = match &self.before {
            Value::Array(items) => (Op::NewArray(items.len() as u16), items.to_vec()),
            Value::Hash(entries) => {
                let pairs = entries.iter().flat_map(|(k, v)| [k.to_value(), v.clone()]);
                (Op::NewHash(entries.len() as u16 * 2), pairs.collect())
            }
            other => panic!("{other:?} is no container"),
        };
        let mut code = vec![make, Op::Dup, Op::SetSlot(0)];
        code.extend((0..self.operands.len() as u16).map(Op::LoadConst));
        code.push(self.operation);
        let mut left: Vec<Value> = self.result.iter().cloned().collect();
        if let Some(after) = &self.after {
            if self.result.is_some() {
                code.push(Op::Swap);
            }
            code.push(Op::ContainerLen);
            left.push(int(after.len() as i64));
        }
        for view in [Op::ContainerKeys, Op::ContainerValues] {
            code.extend([Op::GetSlot(0), view]);
        }
        code.extend([Op::LoadUndef, Op::SetSlot(0)]);
        let after = self.after.as_ref().unwrap_or(&self.before);
        left.extend(match after {
            Value::Hash(entries) => [
                Value::Array(entries.keys().map(Key::to_value).collect()),
                Value::Array(entries.values().cloned().collect()),
            ],
            _ => [ints(0..after.len() as i64), after.clone()],
        });
        program(self.operation.opcode(), code)
            .on(contents)
            .constants(self.operands.clone())
            .leaves(left)
    }
}

fn both_ways() -> Vec<Row> {
    let list = || array([int(5), str("x"), int(7)]);
    let ages = || hash([("zoe", int(41)), ("", UNDEF), ("7", int(3))]);
    let reads = [
        (Op::IndexGet, list(), Some(int(2)), int(7)),
        (Op::IndexGet, list(), Some(str("1")), str("x")),
        (Op::IndexGet, list(), Some(float(2.9)), int(7)),
        (Op::IndexGet, list(), Some(int(3)), UNDEF),
        (Op::IndexGet, list(), Some(int(-1)), UNDEF),
        (Op::IndexGet, ages(), Some(str("zoe")), int(41)),
        (Op::IndexGet, ages(), Some(int(7)), int(3)),
        (Op::IndexGet, ages(), Some(UNDEF), UNDEF),
        (Op::IndexGet, ages(), Some(str("none")), UNDEF),
        (Op::IndexExists, list(), Some(int(2)), TRUE),
        (Op::IndexExists, list(), Some(int(3)), FALSE),
        (Op::IndexExists, list(), Some(int(-1)), FALSE),
        (Op::IndexExists, array([UNDEF]), Some(int(0)), TRUE),
        (Op::IndexExists, ages(), Some(str("")), TRUE),
        (Op::IndexExists, ages(), Some(float(7.0)), TRUE),
        (Op::IndexExists, ages(), Some(str("none")), FALSE),
        (Op::ContainerLen, list(), None, int(3)),
        (Op::ContainerLen, ages(), None, int(3)),
        (Op::ContainerLen, hash([]), None, int(0)),
        (Op::ContainerKeys, list(), None, ints([0, 1, 2])),
        (Op::ContainerKeys, ints([]), None, ints([])),
        (
            Op::ContainerKeys,
            ages(),
            None,
            array([str("zoe"), str(""), str("7")]),
        ),
        (Op::ContainerValues, list(), None, list()),
        (
            Op::ContainerValues,
            ages(),
            None,
            array([int(41), UNDEF, int(3)]),
        ),
    ]
    .map(|(operation, before, operand, result)| Case {
        operation,
        before,
        operands: operand.into_iter().collect(),
        after: None,
        result: Some(result),
    });

    let change = |operation, before, operands: &[Value], after| Case {
        operation,
        before,
        operands: operands.to_vec(),
        after: Some(after),
        result: None,
    };
    let take = |operation, before, operands: &[Value], after, result| Case {
        operation,
        before,
        operands: operands.to_vec(),
        after: Some(after),
        result: Some(result),
    };
    let changes = [
        change(
            Op::IndexSet,
            list(),
            &[int(1), TRUE],
            array([int(5), TRUE, int(7)]),
        ),
        change(
            Op::IndexSet,
            ints([1]),
            &[int(2), int(3)],
            array([int(1), UNDEF, int(3)]),
        ),
        change(Op::IndexSet, list(), &[int(-1), TRUE], list()),
        change(
            Op::IndexSet,
            hash([("a", int(1))]),
            &[float(0.5), int(2)],
            hash([("a", int(1)), ("0.5", int(2))]),
        ),
        change(
            Op::IndexSet,
            hash([("a", int(1)), ("b", int(2))]),
            &[str("a"), UNDEF],
            hash([("a", UNDEF), ("b", int(2))]),
        ),
        take(
            Op::IndexDelete,
            ints([1, 2, 3]),
            &[int(1)],
            array([int(1), UNDEF, int(3)]),
            int(2),
        ),
        take(Op::IndexDelete, list(), &[int(3)], list(), UNDEF),
        take(Op::IndexDelete, list(), &[int(-1)], list(), UNDEF),
        take(
            Op::IndexDelete,
            hash([("a", int(1)), ("7", int(2))]),
            &[int(7)],
            hash([("a", int(1))]),
            int(2),
        ),
        take(Op::IndexDelete, ages(), &[str("none")], ages(), UNDEF),
        change(
            Op::ContainerPush,
            ints([1]),
            &[UNDEF],
            array([int(1), UNDEF]),
        ),
        change(Op::ContainerPush, ages(), &[int(1)], ages()),
        take(Op::ContainerPop, ints([1, 2]), &[], ints([1]), int(2)),
        take(Op::ContainerPop, ints([]), &[], ints([]), UNDEF),
        take(Op::ContainerPop, ages(), &[], ages(), UNDEF),
        take(Op::ContainerShift, ints([1, 2]), &[], ints([2]), int(1)),
        take(Op::ContainerShift, ints([]), &[], ints([]), UNDEF),
        take(Op::ContainerShift, ages(), &[], ages(), UNDEF),
        change(Op::ContainerClear, list(), &[], ints([])),
        change(Op::ContainerClear, ages(), &[], hash([])),
    ];
    let cases = reads.into_iter().chain(changes);
    cases
        .flat_map(|case| [case.by_value(), case.by_reference()])
        .chain(on_no_container())
        .collect()
}

/// What is no container reads as empty, and stays as it is.
fn on_no_container() -> Vec<Row> {
    [UNDEF, int(5), str("text"), Value::reference(ints([1]))]
        .into_iter()
        .flat_map(|other| {
            let same = std::slice::from_ref(&other);
            let on = |operation: Op, operands: &[Value], left: &[Value]| {
                let all = [same, operands].concat();
                op(operation).on(all).leaves(left)
            };
            [
                on(Op::IndexGet, &[int(0)], &[UNDEF]),
                on(Op::IndexExists, &[int(0)], &[FALSE]),
                on(Op::IndexSet, &[int(0), int(1)], same),
                on(Op::IndexDelete, &[int(0)], &[other.clone(), UNDEF]),
                on(Op::ContainerLen, &[], &[int(0)]),
                on(Op::ContainerPush, &[int(1)], same),
                on(Op::ContainerPop, &[], &[other.clone(), UNDEF]),
                on(Op::ContainerShift, &[], &[other.clone(), UNDEF]),
                on(Op::ContainerClear, &[], same),
                on(Op::ContainerKeys, &[], &[ints([])]),
                on(Op::ContainerValues, &[], &[ints([])]),
            ]
        })
        .collect()
}

fn made() -> Vec<Row> {
    let contents = |make: Op, view: Op| program(make.opcode(), [make, view]);
    vec![
        contents(Op::NewArray(0), Op::ContainerValues).leaves([ints([])]),
        contents(Op::NewArray(2), Op::ContainerValues)
            .on([str("below"), int(1), str("a")])
            .leaves([str("below"), array([int(1), str("a")])]),
        contents(Op::NewArray(3), Op::ContainerValues)
            .on([int(1)])
            .leaves([ints([1])]),
        contents(Op::NewHash(0), Op::ContainerKeys).leaves([ints([])]),
        contents(Op::NewHash(5), Op::ContainerValues)
            .on([str("a"), int(1), str("a"), int(2), str("odd")])
            .leaves([ints([2])]),
        contents(Op::NewHash(4), Op::ContainerKeys)
            .on([int(1), int(2)])
            .leaves([array([str("1")])]),
        // A handle is true even while its container is empty, and is a text of its own.
        program(
            Op::NewHash(0).opcode(),
            [
                Op::NewHash(0),
                Op::Dup,
                Op::LogNot,
                Op::Swap,
                Op::PrintLn(1),
            ],
        )
        .leaves([FALSE])
        .prints("(handle)\n"),
    ]
}

/// Arrays of arrays.
fn nested() -> Vec<Row> {
    let nest = |operation: Op, code: &[Op]| {
        program(operation.opcode(), code).constants([str("a"), str("b")])
    };
    let refused =
        |operation: Op, on: Value, error: &'static str| op(operation).on([on, int(0)]).fails(error);
    vec![
        // h{a}{b} = 5; the same element again
        nest(
            Op::IndexOrNewHash,
            &[
                Op::NewHash(0),
                Op::Dup,
                Op::LoadConst(0),
                Op::IndexOrNewHash,
                Op::LoadConst(1),
                Op::LoadInt(5),
                Op::IndexSet,
                Op::Pop,
                Op::LoadConst(0),
                Op::IndexOrNewHash,
                Op::LoadConst(1),
                Op::IndexGet,
            ],
        )
        .leaves([int(5)]),
        // a[1][0] = 5; a is undef, [5]
        nest(
            Op::IndexOrNewArray,
            &[
                Op::NewArray(0),
                Op::Dup,
                Op::LoadInt(1),
                Op::IndexOrNewArray,
                Op::LoadInt(5),
                Op::ContainerPush,
                Op::Pop,
                Op::Dup,
                Op::LoadInt(0),
                Op::IndexGet,
                Op::Swap,
                Op::LoadInt(1),
                Op::IndexGet,
                Op::ContainerValues,
            ],
        )
        .leaves([UNDEF, ints([5])]),
        // An element that is there stays, of whatever kind.
        nest(
            Op::IndexOrNewArray,
            &[Op::NewArray(1), Op::LoadInt(0), Op::IndexOrNewArray],
        )
        .on([str("there")])
        .leaves([str("there")]),
        // A negative index names nothing, so the new hash is not stored.
        nest(
            Op::IndexOrNewHash,
            &[
                Op::NewArray(0),
                Op::Dup,
                Op::LoadInt(-1),
                Op::IndexOrNewHash,
                Op::ContainerLen,
                Op::Swap,
                Op::ContainerLen,
            ],
        )
        .leaves([int(0), int(0)]),
        refused(
            Op::IndexOrNewHash,
            hash([]),
            "IndexOrNewHash needs a handle, but found Hash",
        ),
        refused(
            Op::IndexOrNewArray,
            UNDEF,
            "IndexOrNewArray needs a handle, but found Undef",
        ),
        // An array that contains itself.
        nest(
            Op::ContainerPush,
            &[
                Op::NewArray(0),
                Op::Dup,
                Op::Dup,
                Op::ContainerPush,
                Op::Pop,
                Op::LoadInt(0),
                Op::IndexGet,
                Op::LoadInt(0),
                Op::IndexGet,
                Op::ContainerLen,
            ],
        )
        .leaves([int(1)]),
    ]
}

/// Absent operands are `Undef`, the deepest ones first.
fn short_stacks() -> Vec<Row> {
    vec![
        op(Op::IndexGet).leaves([UNDEF]),
        op(Op::IndexSet).on([int(1)]).leaves([UNDEF]),
        op(Op::IndexDelete).leaves([UNDEF, UNDEF]),
        op(Op::ContainerPush).on([int(1)]).leaves([UNDEF]),
        op(Op::ContainerPop).leaves([UNDEF, UNDEF]),
        op(Op::ContainerValues).leaves([ints([])]),
    ]
}
