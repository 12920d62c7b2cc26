//! Arithmetic on numbers that are already at hand, without values around them: the part of the
//! operations that executors carry out in place.
//!
//! Every function gives what the general operation would, or nothing: where the result takes
//! more than arithmetic (overflow, division by zero), the general operation decides.

use super::Dialect;
use super::compare::Relation;
use super::dialect::awk;

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// An integer.
    Int(i64),
    /// A double.
    Float(f64),
}

impl Number {
    /// The number as a double.
    #[inline(always)]
    pub fn to_float(self) -> f64 {
        match self {
            Number::Int(n) => n as f64,
            Number::Float(x) => x,
        }
    }
}

/// An operation on two numbers.
pub trait Binary {
    /// The result on two integers under the contract's dialect.
    fn ints(a: i64, b: i64) -> Option<Number>;

    /// The result on two doubles, under both dialects.
    fn floats(a: f64, b: f64) -> Option<f64>;

    /// The result on two integers of AWK, where it is an integer that a double would hold too.
    #[inline(always)]
    fn awk_ints(_: i64, _: i64) -> Option<i64> {
        None
    }

    /// The result.
    #[inline(always)]
    fn apply(dialect: Dialect, a: Number, b: Number) -> Option<Number> {
        match dialect {
            Dialect::Contract => match (a, b) {
                (Number::Int(a), Number::Int(b)) => Self::ints(a, b),
                _ => Self::floats(a.to_float(), b.to_float()).map(Number::Float),
            },
            Dialect::Awk => {
                if let (Number::Int(a), Number::Int(b)) = (a, b)
                    && let Some(n) = Self::awk_ints(a, b)
                {
                    return Some(Number::Int(n));
                }
                let x = Self::floats(a.to_float(), b.to_float())?;
                Some(awk::whole(x).map_or(Number::Float(x), Number::Int))
            }
        }
    }
}

/// `a`, `b` and their result, if doubles hold them all exactly.
#[inline(always)]
fn exact(a: i64, b: i64, result: i64) -> Option<i64> {
    let is_exact = |n: i64| n.wrapping_add(awk::MAX_EXACT as i64) as u64 <= 2 * awk::MAX_EXACT;
    (is_exact(a) & is_exact(b) & is_exact(result)).then_some(result)
}

macro_rules! operations {
    ($(
        $(#[$doc:meta])*
        $name:ident: |$a:ident, $b:ident| $ints:expr,
            |$x:ident, $y:ident| $floats:expr
            $(, awk |$m:ident, $n:ident| $awk_ints:expr)?;
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl Binary for $name {
            #[inline(always)]
            fn ints($a: i64, $b: i64) -> Option<Number> {
                $ints
            }

            #[inline(always)]
            fn floats($x: f64, $y: f64) -> Option<f64> {
                $floats
            }

            $(
                #[inline(always)]
                fn awk_ints($m: i64, $n: i64) -> Option<i64> {
                    $awk_ints
                }
            )?
        }
    )*};
}

operations! {
    /// `a + b`
    Add: |a, b| a.checked_add(b).map(Number::Int), |x, y| Some(x + y),
        awk |m, n| exact(m, n, m.wrapping_add(n));
    /// `a - b`
    Sub: |a, b| a.checked_sub(b).map(Number::Int), |x, y| Some(x - y),
        awk |m, n| exact(m, n, m.wrapping_sub(n));
    /// `a * b`
    Mul: |a, b| a.checked_mul(b).map(Number::Int), |x, y| Some(x * y),
        // A product of zero may be negative zero.
        awk |m, n| m.checked_mul(n).filter(|&r| r != 0).and_then(|r| exact(m, n, r));
    /// `a / b`
    Div: |a, b| (b != 0).then(|| Number::Float(a as f64 / b as f64)),
        |x, y| (y != 0.0).then_some(x / y);
    /// `a % b`
    Mod: |a, b| (b != 0).then(|| Number::Int(a.wrapping_rem(b))),
        |x, y| (y != 0.0).then(|| x % y),
        // A remainder of zero has the sign of `a`.
        awk |m, n| if m >= 0 && n > 0 { exact(m, n, m % n) } else { None };
    /// `a & b`
    BitAnd: |a, b| Some(Number::Int(a & b)), |_x, _y| None, awk |m, n| Some(m & n);
    /// `a | b`
    BitOr: |a, b| Some(Number::Int(a | b)), |_x, _y| None, awk |m, n| Some(m | n);
    /// `a ^ b`
    BitXor: |a, b| Some(Number::Int(a ^ b)), |_x, _y| None, awk |m, n| Some(m ^ n);
    /// `a << b`
    Shl: |a, b| Some(Number::Int(a.wrapping_shl(b as u32))), |_x, _y| None,
        awk |m, n| Some(m.wrapping_shl(n as u32));
    /// `a >> b`
    Shr: |a, b| Some(Number::Int(a.wrapping_shr(b as u32))), |_x, _y| None,
        awk |m, n| Some(m.wrapping_shr(n as u32));
}

/// A comparison of two numbers.
pub trait Comparison {
    /// Which one.
    const RELATION: Relation;

    /// Whether it holds.
    #[inline(always)]
    fn holds(dialect: Dialect, a: Number, b: Number) -> bool {
        match (dialect, a, b) {
            (Dialect::Contract, Number::Int(a), Number::Int(b)) => match Self::RELATION {
                Relation::Eq => a == b,
                Relation::Ne => a != b,
                Relation::Lt => a < b,
                Relation::Gt => a > b,
                Relation::Le => a <= b,
                Relation::Ge => a >= b,
            },
            _ => {
                let (a, b) = (a.to_float(), b.to_float());
                match Self::RELATION {
                    Relation::Eq => a == b,
                    Relation::Ne => a != b,
                    Relation::Lt => a < b,
                    Relation::Gt => a > b,
                    Relation::Le => a <= b,
                    Relation::Ge => a >= b,
                }
            }
        }
    }
}

macro_rules! comparisons {
    ($($name:ident $relation:ident),*) => {$(
        #[doc = concat!("[`Relation::", stringify!($relation), "`]")]
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl Comparison for $name {
            const RELATION: Relation = Relation::$relation;
        }
    )*};
}

comparisons!(NumEq Eq, NumNe Ne, NumLt Lt, NumGt Gt, NumLe Le, NumGe Ge);
