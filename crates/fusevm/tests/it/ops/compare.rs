//! Numeric comparison.

use fusevm::{Op, Value};

use super::{Row, op};
use crate::support::{FALSE, TRUE, UNDEF, float, int, ints, seven, str};

/// How two operands relate; `None` where a NaN takes part.
type Order = Option<i64>;

pub(super) fn rows() -> Vec<Row> {
    let nan = || float(f64::NAN);
    let big = (1i64 << 53) + 1;
    let pairs: [(Value, Value, Order); 17] = [
        (int(1), int(2), Some(-1)),
        (int(2), int(1), Some(1)),
        (int(i64::MIN), int(i64::MAX), Some(-1)),
        (int(big), int(big - 1), Some(1)),
        // A mixed pair is compared as doubles, which cannot tell these apart.
        (int(big), float(9007199254740992.0), Some(0)),
        (float(0.0), float(-0.0), Some(0)),
        (float(f64::NEG_INFINITY), int(i64::MIN), Some(-1)),
        (nan(), nan(), None),
        (nan(), int(1), None),
        (str("nan"), int(1), None),
        (str("abc"), str("def"), Some(0)),
        (str("10"), str("9"), Some(1)),
        (str("3.5"), float(3.5), Some(0)),
        (UNDEF, FALSE, Some(0)),
        (ints([1, 2]), int(0), Some(0)),
        (Value::status(2), TRUE, Some(1)),
        (seven(), int(7), Some(0)),
    ];
    let mut rows = Vec::new();
    for (a, b, order) in pairs {
        let holds = |relation: fn(i64) -> bool| Value::Bool(order.is_some_and(relation));
        let results = [
            (Op::NumEq, holds(|order| order == 0)),
            (Op::NumNe, Value::Bool(order != Some(0))),
            (Op::NumLt, holds(|order| order < 0)),
            (Op::NumGt, holds(|order| order > 0)),
            (Op::NumLe, holds(|order| order <= 0)),
            (Op::NumGe, holds(|order| order >= 0)),
            (Op::Spaceship, int(order.unwrap_or(0))),
        ];
        for (operation, result) in results {
            rows.push(op(operation).on([a.clone(), b.clone()]).leaves([result]));
        }
    }
    // An absent operand is the left one, and counts as zero.
    let short = [
        (Op::NumEq, FALSE, TRUE),
        (Op::NumNe, TRUE, FALSE),
        (Op::NumLt, TRUE, FALSE),
        (Op::NumGt, FALSE, FALSE),
        (Op::NumLe, TRUE, TRUE),
        (Op::NumGe, FALSE, TRUE),
        (Op::Spaceship, int(-1), int(0)),
    ];
    for (operation, one, none) in short {
        rows.push(op(operation).on([int(5)]).leaves([one]));
        rows.push(op(operation).leaves([none]));
    }
    rows
}
