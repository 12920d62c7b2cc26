//! Comparison by number and by text.

use std::cmp::Ordering;

use super::dialect::awk;
use super::{Context, Dialect, Fault};
use crate::value::Value;

/// A comparison that yields a truth value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `>`
    Gt,
    /// `<=`
    Le,
    /// `>=`
    Ge,
}

impl Relation {
    /// Whether the relation holds for two operands in this order. `None` means unordered
    /// (a NaN takes part): then only `!=` holds.
    #[inline]
    pub fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Relation::Eq => order == Some(Ordering::Equal),
            Relation::Ne => order != Some(Ordering::Equal),
            Relation::Lt => order == Some(Ordering::Less),
            Relation::Gt => order == Some(Ordering::Greater),
            Relation::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Relation::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

/// The order that the numeric comparisons see. Under the contract it is numeric: exact for two
/// integers, else by doubles (lossy above 2^53). For AWK see [`awk::order`].
///
/// # Errors
/// [`Fault::ValueTooLarge`] under [`Dialect::Awk`], from a container's text.
#[inline]
pub fn numeric_order(
    context: &mut Context<'_>,
    a: &Value,
    b: &Value,
) -> Result<Option<Ordering>, Fault> {
    match (context.numeric.dialect, a, b) {
        (Dialect::Awk, _, _) => awk::order(context, a, b),
        (Dialect::Contract, Value::Int(a), Value::Int(b)) => Ok(Some(a.cmp(b))),
        (Dialect::Contract, _, _) => Ok(a.to_float().partial_cmp(&b.to_float())),
    }
}

/// The [`numeric_order`] as -1, 0 or 1; unordered is 0.
///
/// # Errors
/// As [`numeric_order`].
#[inline]
pub fn spaceship(context: &mut Context<'_>, a: &Value, b: &Value) -> Result<i64, Fault> {
    let order = numeric_order(context, a, b)?;
    Ok(order.map_or(0, |order| order as i64))
}

/// The order of two values' text forms, byte by byte.
///
/// # Errors
/// [`Fault::ValueTooLarge`] when a container's text exceeds the memory limit.
#[inline]
pub fn text_order(context: &mut Context<'_>, a: &Value, b: &Value) -> Result<Ordering, Fault> {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => Ok(a.as_bytes().cmp(b.as_bytes())),
        _ => {
            let a = context.text(a)?;
            let b = context.text(b)?;
            Ok(a.as_bytes().cmp(b.as_bytes()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semantics::test_support::in_dialect;

    #[test]
    fn relations_over_every_order() {
        use Ordering::{Equal, Greater, Less};
        let cases = [
            (Relation::Eq, [false, true, false, false]),
            (Relation::Ne, [true, false, true, true]),
            (Relation::Lt, [true, false, false, false]),
            (Relation::Gt, [false, false, true, false]),
            (Relation::Le, [true, true, false, false]),
            (Relation::Ge, [false, true, true, false]),
        ];
        for (relation, expected) in cases {
            let orders = [Some(Less), Some(Equal), Some(Greater), None];
            assert_eq!(
                orders.map(|order| relation.holds(order)),
                expected,
                "{relation:?}"
            );
        }
    }

    #[test]
    fn integers_compare_exactly_and_mixed_pairs_as_doubles() {
        let big = (1i64 << 53) + 1;
        let order = |a, b| {
            in_dialect(Dialect::Contract, |context| {
                numeric_order(context, &a, &b).unwrap()
            })
        };
        assert_eq!(
            order(Value::Int(big), Value::Int(big - 1)),
            Some(Ordering::Greater)
        );
        assert_eq!(
            order(Value::Int(big), Value::Float((big - 1) as f64)),
            Some(Ordering::Equal)
        );
    }
}
