//! Arithmetic and bit operations.
//!
//! Two integers stay integers where the operation allows it; any other pair is
//! converted to doubles. What an integer overflow does is the chunk's
//! [`Overflow`] policy. Under [`Dialect::Awk`] all results are those of doubles.

use super::dialect::awk;
use super::{Dialect, Fault, Numeric, Overflow};
use crate::value::Value;

/// Applies the overflow policy to an integer result.
#[inline]
fn settle(
    overflow: Overflow,
    name: &'static str,
    (wrapped, overflowed): (i64, bool),
    as_float: impl FnOnce() -> f64,
) -> Result<Value, Fault> {
    match overflow {
        _ if !overflowed => Ok(Value::Int(wrapped)),
        Overflow::Wrap => Ok(Value::Int(wrapped)),
        Overflow::Promote => Ok(Value::Float(as_float())),
        Overflow::Error => Err(Fault::IntegerOverflow(name)),
    }
}

/// A result that was computed in doubles.
#[inline]
fn from_float(dialect: Dialect, x: f64) -> Value {
    match dialect {
        Dialect::Contract => Value::Float(x),
        Dialect::Awk => awk::number(x),
    }
}

macro_rules! binary {
    ($(#[$doc:meta])* $name:ident, $op:literal, $int:ident, $float:tt) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// [`Fault::IntegerOverflow`] under [`Overflow::Error`].
        #[inline]
        pub fn $name(numeric: Numeric, a: &Value, b: &Value) -> Result<Value, Fault> {
            let dialect = numeric.dialect;
            match (dialect, a, b) {
                (Dialect::Contract, &Value::Int(a), &Value::Int(b)) => settle(
                    numeric.overflow,
                    $op,
                    a.$int(b),
                    || a as f64 $float b as f64,
                ),
                _ => Ok(from_float(dialect, dialect.float(a) $float dialect.float(b))),
            }
        }
    };
}

binary! {
    /// `a + b`.
    add, "Add", overflowing_add, +
}
binary! {
    /// `a - b`.
    sub, "Sub", overflowing_sub, -
}
binary! {
    /// `a * b`.
    mul, "Mul", overflowing_mul, *
}

/// `a / b` as doubles. For a divisor of zero, of either sign, the contract gives `Undef`.
///
/// # Errors
/// [`Fault::DivisionByZero`] under [`Dialect::Awk`].
#[inline]
pub fn div(numeric: Numeric, a: &Value, b: &Value) -> Result<Value, Fault> {
    let dialect = numeric.dialect;
    let divisor = dialect.float(b);
    if divisor == 0.0 {
        return match dialect {
            Dialect::Contract => Ok(Value::Undef),
            Dialect::Awk => Err(Fault::DivisionByZero("Div")),
        };
    }
    Ok(from_float(dialect, dialect.float(a) / divisor))
}

/// The remainder with the sign of `a`. For a divisor of zero the contract gives `Int(0)` if both
/// are integers and NaN if not.
///
/// # Errors
/// [`Fault::DivisionByZero`] under [`Dialect::Awk`].
#[inline]
pub fn modulo(numeric: Numeric, a: &Value, b: &Value) -> Result<Value, Fault> {
    let dialect = numeric.dialect;
    match (dialect, a, b) {
        (Dialect::Contract, Value::Int(_), Value::Int(0)) => Ok(Value::Int(0)),
        // The one quotient that overflows, i64::MIN / -1, has the remainder 0.
        (Dialect::Contract, &Value::Int(a), &Value::Int(b)) => Ok(Value::Int(a.wrapping_rem(b))),
        _ => {
            let divisor = dialect.float(b);
            if divisor == 0.0 && dialect == Dialect::Awk {
                return Err(Fault::DivisionByZero("Mod"));
            }
            Ok(from_float(dialect, dialect.float(a) % divisor))
        }
    }
}

/// `a` to the power of `b`, computed in doubles.
#[inline]
pub fn pow(dialect: Dialect, a: &Value, b: &Value) -> Value {
    from_float(dialect, dialect.float(a).powf(dialect.float(b)))
}

/// `-a`.
///
/// # Errors
/// [`Fault::IntegerOverflow`] under [`Overflow::Error`].
#[inline]
pub fn negate(numeric: Numeric, a: &Value) -> Result<Value, Fault> {
    let dialect = numeric.dialect;
    match (dialect, a) {
        (Dialect::Contract, &Value::Int(a)) => {
            settle(numeric.overflow, "Negate", a.overflowing_neg(), || {
                -(a as f64)
            })
        }
        _ => Ok(from_float(dialect, -dialect.float(a))),
    }
}

/// `a` plus one; the contract takes `a` as an integer.
///
/// # Errors
/// [`Fault::IntegerOverflow`] under [`Overflow::Error`].
#[inline]
pub fn inc(numeric: Numeric, a: &Value) -> Result<Value, Fault> {
    let dialect = numeric.dialect;
    if dialect == Dialect::Awk {
        return Ok(awk::number(dialect.float(a) + 1.0));
    }
    let a = dialect.int(a);
    settle(numeric.overflow, "Inc", a.overflowing_add(1), || {
        a as f64 + 1.0
    })
}

/// `a` minus one; the contract takes `a` as an integer.
///
/// # Errors
/// [`Fault::IntegerOverflow`] under [`Overflow::Error`].
#[inline]
pub fn dec(numeric: Numeric, a: &Value) -> Result<Value, Fault> {
    let dialect = numeric.dialect;
    if dialect == Dialect::Awk {
        return Ok(awk::number(dialect.float(a) - 1.0));
    }
    let a = dialect.int(a);
    settle(numeric.overflow, "Dec", a.overflowing_sub(1), || {
        a as f64 - 1.0
    })
}

/// `a & b`.
#[inline]
pub fn bit_and(dialect: Dialect, a: &Value, b: &Value) -> Value {
    Value::Int(dialect.int(a) & dialect.int(b))
}

/// `a | b`.
#[inline]
pub fn bit_or(dialect: Dialect, a: &Value, b: &Value) -> Value {
    Value::Int(dialect.int(a) | dialect.int(b))
}

/// `a ^ b`.
#[inline]
pub fn bit_xor(dialect: Dialect, a: &Value, b: &Value) -> Value {
    Value::Int(dialect.int(a) ^ dialect.int(b))
}

/// `!a`.
#[inline]
pub fn bit_not(dialect: Dialect, a: &Value) -> Value {
    Value::Int(!dialect.int(a))
}

/// `a << n`; the count is the low six bits of `n`.
#[inline]
pub fn shl(dialect: Dialect, a: &Value, n: &Value) -> Value {
    Value::Int(dialect.int(a).wrapping_shl(dialect.int(n) as u32))
}

/// `a >> n`, filling with the sign; the count is the low six bits of `n`.
#[inline]
pub fn shr(dialect: Dialect, a: &Value, n: &Value) -> Value {
    Value::Int(dialect.int(a).wrapping_shr(dialect.int(n) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(overflow: Overflow) -> Numeric {
        Numeric {
            dialect: Dialect::Contract,
            overflow,
        }
    }

    #[test]
    fn overflow_policy_decides_what_a_result_out_of_range_becomes() {
        type Case = (&'static str, fn(Numeric) -> Result<Value, Fault>, i64, f64);
        let cases: &[Case] = &[
            (
                "Add",
                |n| add(n, &Value::Int(i64::MAX), &Value::Int(1)),
                i64::MIN,
                2f64.powi(63),
            ),
            (
                "Sub",
                |n| sub(n, &Value::Int(i64::MIN), &Value::Int(1)),
                i64::MAX,
                -(2f64.powi(63)),
            ),
            (
                "Mul",
                |n| mul(n, &Value::Int(i64::MAX), &Value::Int(2)),
                -2,
                2f64.powi(64),
            ),
            (
                "Negate",
                |n| negate(n, &Value::Int(i64::MIN)),
                i64::MIN,
                2f64.powi(63),
            ),
            (
                "Inc",
                |n| inc(n, &Value::Int(i64::MAX)),
                i64::MIN,
                2f64.powi(63),
            ),
            (
                "Dec",
                |n| dec(n, &Value::Int(i64::MIN)),
                i64::MAX,
                -(2f64.powi(63)),
            ),
        ];
        for &(name, op, wrapped, promoted) in cases {
            assert_eq!(
                op(numeric(Overflow::Wrap)),
                Ok(Value::Int(wrapped)),
                "{name}"
            );
            assert_eq!(
                op(numeric(Overflow::Promote)),
                Ok(Value::Float(promoted)),
                "{name}"
            );
            assert_eq!(
                op(numeric(Overflow::Error)),
                Err(Fault::IntegerOverflow(name)),
                "{name}"
            );
        }
    }

    #[test]
    fn the_smallest_integer_modulo_minus_one_is_zero() {
        let rest = modulo(Numeric::default(), &Value::Int(i64::MIN), &Value::Int(-1));
        assert_eq!(rest, Ok(Value::Int(0)));
    }
}
