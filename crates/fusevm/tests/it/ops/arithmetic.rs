//! Arithmetic, logic and bits.

use fusevm::{Op, Value};

use super::{Row, binary, op, unary};
use crate::support::{FALSE, TRUE, UNDEF, float, hash, int, ints, seven, str};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = sums();
    rows.extend(quotients());
    rows.extend(signs_and_steps());
    rows.extend(logic());
    rows.extend(bits());
    rows
}

/// Values that are no numbers: zero in arithmetic.
fn zeros() -> [Value; 8] {
    [
        UNDEF,
        FALSE,
        str(""),
        str("12x"),
        ints([1, 2]),
        hash([("k", int(1))]),
        Value::reference(int(5)),
        Value::bytes([0xff]),
    ]
}

fn sums() -> Vec<Row> {
    let big = (1 << 53) + 1;
    let mut rows = binary(
        Op::Add,
        [
            (int(2), int(3), int(5)),
            (int(i64::MAX), int(1), int(i64::MIN)),
            (int(big), int(1), int(big + 1)),
            (int(big), float(1.0), float(9007199254740992.0)),
            (TRUE, TRUE, float(2.0)),
            (str("3.7"), int(1), float(4.7)),
            (str("3"), str("4"), float(7.0)),
            (str(" 3"), int(1), float(1.0)),
            (str("inf"), int(1), float(f64::INFINITY)),
            (float(-0.0), float(-0.0), float(-0.0)),
            (
                float(f64::INFINITY),
                float(f64::NEG_INFINITY),
                float(f64::NAN),
            ),
            (Value::status(3), int(1), float(4.0)),
            (Value::NativeFn(9), int(1), float(1.0)),
            (seven(), int(1), float(8.0)),
            (float(0.1), float(0.2), float(0.30000000000000004)),
        ],
    );
    rows.extend(zeros().map(|zero| op(Op::Add).on([zero, int(1)]).leaves([float(1.0)])));
    rows.extend(binary(
        Op::Sub,
        [
            (int(2), int(3), int(-1)),
            (int(i64::MIN), int(1), int(i64::MAX)),
            (float(0.5), int(1), float(-0.5)),
            (str("10"), str("4"), float(6.0)),
        ],
    ));
    rows.extend(binary(
        Op::Mul,
        [
            (int(-4), int(3), int(-12)),
            (int(i64::MAX), int(2), int(-2)),
            (int(i64::MIN), int(-1), int(i64::MIN)),
            (float(0.0), int(-1), float(-0.0)),
            (float(f64::INFINITY), int(0), float(f64::NAN)),
            (str("2"), TRUE, float(2.0)),
        ],
    ));
    rows.extend([
        op(Op::Add).on([int(5)]).leaves([float(5.0)]),
        op(Op::Add).leaves([float(0.0)]),
        op(Op::Sub).on([int(5)]).leaves([float(-5.0)]),
        op(Op::Mul).on([int(5)]).leaves([float(0.0)]),
        op(Op::Add)
            .on([str("below"), int(1), int(2)])
            .leaves([str("below"), int(3)]),
    ]);
    rows
}

fn quotients() -> Vec<Row> {
    let mut rows = binary(
        Op::Div,
        [
            (int(6), int(3), float(2.0)),
            (int(7), int(2), float(3.5)),
            (int(1), int(0), UNDEF),
            (int(1), float(-0.0), UNDEF),
            (int(1), str("zero"), UNDEF),
            (int(1), UNDEF, UNDEF),
            (int(1), float(f64::NAN), float(f64::NAN)),
            (int(-1), float(f64::INFINITY), float(-0.0)),
            (str("9"), str("4.5"), float(2.0)),
        ],
    );
    rows.extend([
        op(Op::Div).on([int(5)]).leaves([float(0.0)]),
        op(Op::Div).leaves([UNDEF]),
        op(Op::Mod).on([int(5)]).leaves([float(0.0)]),
        op(Op::Mod).leaves([float(f64::NAN)]),
        op(Op::Pow).on([int(5)]).leaves([float(0.0)]),
        op(Op::Pow).leaves([float(1.0)]),
    ]);
    rows.extend(binary(
        Op::Mod,
        [
            (int(7), int(3), int(1)),
            (int(-7), int(3), int(-1)),
            (int(7), int(-3), int(1)),
            (int(7), int(0), int(0)),
            (int(i64::MIN), int(-1), int(0)),
            (float(-7.5), int(2), float(-1.5)),
            (float(7.0), int(0), float(f64::NAN)),
            (int(7), str("0"), float(f64::NAN)),
            (int(7), float(f64::INFINITY), float(7.0)),
            (float(-0.0), int(5), float(-0.0)),
        ],
    ));
    rows.extend(binary(
        Op::Pow,
        [
            (int(2), int(10), float(1024.0)),
            (int(0), int(0), float(1.0)),
            (int(0), int(-1), float(f64::INFINITY)),
            (int(-8), float(0.5), float(f64::NAN)),
            (str("3"), str("2"), float(9.0)),
            (int(10), int(400), float(f64::INFINITY)),
        ],
    ));
    rows
}

fn signs_and_steps() -> Vec<Row> {
    let mut rows = unary(
        Op::Negate,
        [
            (int(5), int(-5)),
            (int(i64::MIN), int(i64::MIN)),
            (float(0.0), float(-0.0)),
            (float(-1.5), float(1.5)),
            (UNDEF, float(-0.0)),
            (str("12"), float(-12.0)),
            (TRUE, float(-1.0)),
            (ints([1]), float(-0.0)),
        ],
    );
    rows.push(op(Op::Negate).leaves([float(-0.0)]));
    rows.extend(unary(
        Op::Inc,
        [
            (int(1), int(2)),
            (int(i64::MAX), int(i64::MIN)),
            (float(2.9), int(3)),
            (float(-2.9), int(-1)),
            (float(1e300), int(i64::MIN)),
            (float(f64::NAN), int(1)),
            (str("99"), int(100)),
            (str("3.7"), int(1)),
            (str("-7"), int(-6)),
            (UNDEF, int(1)),
            (TRUE, int(2)),
            (ints([5, 6]), int(3)),
            (hash([("k", int(5))]), int(1)),
            (Value::status(4), int(5)),
        ],
    ));
    rows.push(op(Op::Inc).leaves([int(1)]));
    rows.extend(unary(
        Op::Dec,
        [
            (int(1), int(0)),
            (int(i64::MIN), int(i64::MAX)),
            (float(2.9), int(1)),
            (float(f64::NEG_INFINITY), int(i64::MAX)),
            (str("x"), int(-1)),
        ],
    ));
    rows.push(op(Op::Dec).leaves([int(-1)]));
    rows
}

fn logic() -> Vec<Row> {
    let truths = || {
        [
            (UNDEF, false),
            (FALSE, false),
            (TRUE, true),
            (int(0), false),
            (int(-1), true),
            (float(0.0), false),
            (float(-0.0), false),
            (float(f64::NAN), true),
            (str(""), false),
            (str("0"), false),
            (str("00"), true),
            (str("0.0"), true),
            (str(" "), true),
            (ints([]), false),
            (ints([0]), true),
            (hash([]), false),
            (hash([("", UNDEF)]), true),
            (Value::status(0), true),
            (Value::status(1), false),
            (Value::reference(UNDEF), true),
            (Value::NativeFn(0), true),
            (Value::bytes([0xff]), true),
            (seven(), false),
        ]
    };
    let row = |operation, operands: Vec<Value>, result| {
        op(operation).on(operands).leaves([Value::Bool(result)])
    };
    let mut rows = Vec::new();
    for (value, truth) in truths() {
        rows.push(row(Op::LogNot, vec![value.clone()], !truth));
        rows.push(row(Op::LogAnd, vec![value.clone(), TRUE], truth));
        rows.push(row(Op::LogAnd, vec![FALSE, value.clone()], false));
        rows.push(row(Op::LogOr, vec![TRUE, value.clone()], true));
        rows.push(row(Op::LogOr, vec![value, int(0)], truth));
    }
    rows.extend([
        op(Op::LogNot).leaves([TRUE]),
        op(Op::LogAnd).on([TRUE]).leaves([FALSE]),
        op(Op::LogOr).on([TRUE]).leaves([TRUE]),
        op(Op::LogOr).leaves([FALSE]),
    ]);
    rows
}

fn bits() -> Vec<Row> {
    let mut rows = binary(
        Op::BitAnd,
        [
            (int(0b1100), int(0b1010), int(0b1000)),
            (float(6.9), str("3"), int(2)),
            (str("3.7"), int(-1), int(0)),
            (str("0x10"), int(-1), int(0)),
            (ints([9, 9, 9]), int(-1), int(3)),
            (float(1e300), int(-1), int(i64::MAX)),
        ],
    );
    rows.extend(binary(
        Op::BitOr,
        [
            (int(0b1100), int(0b1010), int(0b1110)),
            (UNDEF, TRUE, int(1)),
        ],
    ));
    rows.extend(binary(
        Op::BitXor,
        [
            (int(0b1100), int(0b1010), int(0b0110)),
            (int(-1), int(-1), int(0)),
        ],
    ));
    rows.extend(unary(
        Op::BitNot,
        [
            (int(0), int(-1)),
            (int(i64::MIN), int(i64::MAX)),
            (str("x"), int(-1)),
            (float(2.9), int(-3)),
        ],
    ));
    rows.extend(binary(
        Op::Shl,
        [
            (int(1), int(4), int(16)),
            (int(1), int(63), int(i64::MIN)),
            (int(3), int(64), int(3)),
            (int(3), int(65), int(6)),
            (int(3), int(-1), int(i64::MIN)),
            (str("2"), float(1.9), int(4)),
        ],
    ));
    rows.extend(binary(
        Op::Shr,
        [
            (int(-8), int(1), int(-4)),
            (int(-1), int(63), int(-1)),
            (int(i64::MIN), int(-1), int(-1)),
            (int(16), int(66), int(4)),
        ],
    ));
    for (operation, one, none) in [
        (Op::BitAnd, 0, 0),
        (Op::BitOr, 5, 0),
        (Op::BitXor, 5, 0),
        (Op::Shl, 0, 0),
        (Op::Shr, 0, 0),
    ] {
        rows.push(op(operation).on([int(5)]).leaves([int(one)]));
        rows.push(op(operation).leaves([int(none)]));
    }
    rows.push(op(Op::BitNot).leaves([int(-1)]));
    rows
}
