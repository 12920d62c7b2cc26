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

    /// The result on two integers.
    #[inline(always)]
    fn on_ints(dialect: Dialect, a: i64, b: i64) -> Option<Number> {
        match dialect {
            Dialect::Contract => Self::ints(a, b),
            Dialect::Awk => Self::awk_ints(a, b).map(Number::Int),
        }
    }

    /// The result on two doubles.
    #[inline(always)]
    fn on_floats(dialect: Dialect, a: f64, b: f64) -> Option<Number> {
        let x = Self::floats(a, b)?;
        let whole = match dialect {
            Dialect::Contract => None,
            Dialect::Awk => awk::whole(x),
        };
        Some(whole.map_or(Number::Float(x), Number::Int))
    }

    /// The result on any two numbers.
    #[inline(always)]
    fn apply(dialect: Dialect, a: Number, b: Number) -> Option<Number> {
        if let (Number::Int(a), Number::Int(b)) = (a, b) {
            let result = Self::on_ints(dialect, a, b);
            if result.is_some() || dialect == Dialect::Contract {
                return result;
            }
        }
        Self::on_floats(dialect, a.to_float(), b.to_float())
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

    /// Whether it holds of two integers. AWK compares them as doubles.
    #[inline(always)]
    fn of_ints(dialect: Dialect, a: i64, b: i64) -> bool {
        match dialect {
            Dialect::Contract => relates(Self::RELATION, &a, &b),
            Dialect::Awk => Self::of_floats(a as f64, b as f64),
        }
    }

    /// Whether it holds of two doubles.
    #[inline(always)]
    fn of_floats(a: f64, b: f64) -> bool {
        relates(Self::RELATION, &a, &b)
    }

    /// Whether it holds of any two numbers.
    #[inline(always)]
    fn holds(dialect: Dialect, a: Number, b: Number) -> bool {
        match (a, b) {
            (Number::Int(a), Number::Int(b)) => Self::of_ints(dialect, a, b),
            _ => Self::of_floats(a.to_float(), b.to_float()),
        }
    }
}

#[inline(always)]
fn relates<T: PartialOrd>(relation: Relation, a: &T, b: &T) -> bool {
    match relation {
        Relation::Eq => a == b,
        Relation::Ne => a != b,
        Relation::Lt => a < b,
        Relation::Gt => a > b,
        Relation::Le => a <= b,
        Relation::Ge => a >= b,
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
