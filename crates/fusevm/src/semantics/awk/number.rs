//! Numbers, bits and random numbers.

use std::cmp::Ordering;
use std::time::SystemTime;

use crate::semantics::{Context, Dialect, Fault};
use crate::value::{Value, number};

/// 2^63, the first float that is no `Int`.
const INT_END: f64 = 9_223_372_036_854_775_808.0;

/// The value without its fraction: an `Int` where that fits, otherwise a `Float`.
pub fn int(dialect: Dialect, value: &Value) -> Value {
    if let Value::Int(n) = value {
        return Value::Int(*n);
    }
    let whole = dialect.float(value).trunc();
    if (-INT_END..INT_END).contains(&whole) {
        Value::Int(whole as i64)
    } else {
        Value::Float(whole)
    }
}

/// Functions of doubles.
macro_rules! float_functions {
    ($($(#[doc = $doc:literal])* $name:ident => $function:path;)*) => { $(
        $(#[doc = $doc])*
        pub fn $name(dialect: Dialect, value: &Value) -> Value {
            Value::Float($function(dialect.float(value)))
        }
    )* };
}

float_functions! {
    /// Square root; NaN of a negative number.
    sqrt => f64::sqrt;
    /// Sine of an angle in radians.
    sin => f64::sin;
    /// Cosine of an angle in radians.
    cos => f64::cos;
    /// The exponential function.
    exp => f64::exp;
    /// Natural logarithm; negative infinity of 0.
    log => f64::ln;
}

/// The angle of the point (x, y), in radians.
pub fn atan2(dialect: Dialect, y: &Value, x: &Value) -> Value {
    Value::Float(dialect.float(y).atan2(dialect.float(x)))
}

/// A value as 64 bits: an `Int` as it is, anything else cut to a whole number within `i64`.
fn bits(dialect: Dialect, value: &Value) -> i64 {
    match value {
        Value::Int(n) => *n,
        _ => dialect.float(value) as i64,
    }
}

/// Bitwise and; 0 of no values.
pub fn and(dialect: Dialect, values: &[Value]) -> i64 {
    fold(dialect, values, |a, b| a & b)
}

/// Bitwise or; 0 of no values.
pub fn or(dialect: Dialect, values: &[Value]) -> i64 {
    fold(dialect, values, |a, b| a | b)
}

/// Bitwise exclusive or; 0 of no values.
pub fn xor(dialect: Dialect, values: &[Value]) -> i64 {
    fold(dialect, values, |a, b| a ^ b)
}

fn fold(dialect: Dialect, values: &[Value], operation: fn(i64, i64) -> i64) -> i64 {
    let all = values.iter().map(|value| bits(dialect, value));
    all.reduce(operation).unwrap_or(0)
}

/// All 64 bits inverted.
pub fn compl(dialect: Dialect, value: &Value) -> i64 {
    !bits(dialect, value)
}

/// Shifts left by the low six bits of `count`.
pub fn lshift(dialect: Dialect, value: &Value, count: &Value) -> i64 {
    // Wrapping shifts mask the count.
    bits(dialect, value).wrapping_shl(bits(dialect, count) as u32)
}

/// Shifts right by the low six bits of `count`, filling with zeros.
pub fn rshift(dialect: Dialect, value: &Value, count: &Value) -> i64 {
    let pattern = bits(dialect, value) as u64;
    pattern.wrapping_shr(bits(dialect, count) as u32) as i64
}

/// 1 when the value is true, otherwise 0.
pub fn mkbool(dialect: Dialect, value: &Value) -> Value {
    Value::Float(f64::from(u8::from(dialect.truth(value))))
}

/// The quotient of both numbers, cut to whole numbers before and after; `Undef` when the divisor
/// is then 0.
pub fn intdiv(dialect: Dialect, a: &Value, b: &Value) -> Value {
    quotient(dialect, a, b).map_or(Value::Undef, Value::Float)
}

/// As [`intdiv`], but 0 when the divisor is 0.
pub fn intdiv0(dialect: Dialect, a: &Value, b: &Value) -> Value {
    Value::Float(quotient(dialect, a, b).unwrap_or(0.0))
}

fn quotient(dialect: Dialect, a: &Value, b: &Value) -> Option<f64> {
    let (a, b) = (bits(dialect, a), bits(dialect, b));
    if b == 0 {
        return None;
    }
    // The one quotient that is no `i64` is the smallest by -1.
    Some(a.checked_div(b).map_or(INT_END, |quotient| quotient as f64))
}

/// The number that the text starts with, after blanks. A whole text of hexadecimal digits behind
/// `0x`, or of octal digits behind `0`, is read as such.
pub fn strtonum(text: &str) -> f64 {
    let text = text.trim();
    let Some(b'+' | b'-' | b'.' | b'0'..=b'9') = text.as_bytes().first() else {
        return 0.0;
    };
    if let Some(digits) = text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        // The check keeps out the sign that the standard parser takes.
        let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u64::from_str_radix(digits, 16).ok();
        return number.filter(|_| hexadecimal).map_or(0.0, |n| n as f64);
    }
    if text.len() > 1 && text.starts_with('0') && !text.contains(['.', 'e', 'E']) {
        return i64::from_str_radix(text, 8).map_or(0.0, |n| n as f64);
    }
    text[..decimal_len(text.as_bytes())].parse().unwrap_or(0.0)
}

/// The length of the number in decimal, `+inf` or `-nan` at the start; 0 if there is none.
fn decimal_len(text: &[u8]) -> usize {
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let digits = |at: usize| {
        let rest = &text[at..];
        let end = rest.iter().position(|byte| !byte.is_ascii_digit());
        end.unwrap_or(rest.len())
    };
    if sign == 1 && is_signed_name(&text[1..]) {
        return 4;
    }
    let whole = digits(sign);
    let mut end = sign + whole;
    let mut fraction = 0;
    if text.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return 0;
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits((end + 1 + signed).min(text.len()));
        if exponent > 0 {
            end += 1 + signed + exponent;
        }
    }
    end
}

/// Whether the text starts with `inf` or `nan`, as a word of its own.
fn is_signed_name(text: &[u8]) -> bool {
    text.split_at_checked(3).is_some_and(|(name, rest)| {
        let known = name.eq_ignore_ascii_case(b"inf") || name.eq_ignore_ascii_case(b"nan");
        known && !rest.first().is_some_and(u8::is_ascii_alphanumeric)
    })
}

/// The order of two values: of numbers if both look like one, otherwise of their texts. Text
/// looks like a number when it is one, or nothing, between blanks. NaN counts as equal to all.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
pub fn compare(context: &mut Context<'_>, a: &Value, b: &Value) -> Result<Ordering, Fault> {
    if let (Some(a), Some(b)) = (looks_numeric(context, a)?, looks_numeric(context, b)?) {
        return Ok(a.partial_cmp(&b).unwrap_or(Ordering::Equal));
    }
    let a = context.text(a)?;
    Ok(a.as_bytes().cmp(context.text(b)?.as_bytes()))
}

fn looks_numeric(context: &mut Context<'_>, value: &Value) -> Result<Option<f64>, Fault> {
    let text = context.text(value)?;
    let Some(text) = text.as_str().map(str::trim) else {
        return Ok(None);
    };
    let read = if text.is_empty() {
        Some(0.0)
    } else {
        number::parse_float(text.as_bytes())
    };
    Ok(match value {
        Value::Str(_) => read,
        _ => read.map(|_| context.numeric.dialect.float(value)),
    })
}

/// The next pseudo-random number, at least 0 and below 1.
///
/// The sequence is part of the instruction set: programs with a fixed seed repeat it.
pub fn rand(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_mul(1_103_515_245).wrapping_add(12_345);
    ((*seed >> 16) & 0x7fff) as f64 / 32_768.0
}

/// Sets the seed, from the clock for `None`, and returns the low 32 bits of the earlier one.
pub fn srand(seed: &mut u64, new: Option<u64>) -> f64 {
    let previous = f64::from(*seed as u32);
    *seed = new.unwrap_or_else(|| {
        SystemTime::UNIX_EPOCH
            .elapsed()
            .map_or(1, |since| since.as_secs() ^ u64::from(since.subsec_nanos()))
    });
    previous
}

/// The seed that a value names.
pub fn seed_from(dialect: Dialect, value: &Value) -> u64 {
    u64::from(dialect.float(value) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semantics::test_support::with_context;
    use proptest::prelude::*;

    /// The meaning of the decimal part: the longest prefix with a digit that std reads.
    fn longest_prefix(text: &str) -> Option<f64> {
        (0..=text.len())
            .rev()
            .filter_map(|end| text.get(..end))
            .filter(|prefix| prefix.contains(|c: char| c.is_ascii_digit()))
            .find_map(|prefix| prefix.parse().ok())
    }

    proptest! {
        #[test]
        fn decimals_are_the_longest_prefix_that_reads(text in "[-+]?[.0-9eE+x5é-]{0,10}") {
            let end = decimal_len(text.as_bytes());
            let read = text[..end].parse::<f64>().ok();
            prop_assert_eq!(read.map(f64::to_bits), longest_prefix(&text).map(f64::to_bits));
        }
    }

    #[test]
    fn values_that_look_numeric_compare_as_numbers() {
        let cases = [
            (Value::str("10"), Value::str("9"), Ordering::Greater),
            (Value::str("abc"), Value::Int(5), Ordering::Greater),
            (Value::str(""), Value::Int(0), Ordering::Equal),
            (Value::str(" 5"), Value::str("3"), Ordering::Greater),
            (Value::str("nan"), Value::str("3"), Ordering::Equal),
            (Value::str("10x"), Value::str("9x"), Ordering::Less),
            (Value::bytes(b"\xff"), Value::Int(9), Ordering::Greater),
            (Value::Undef, Value::Float(0.5), Ordering::Less),
        ];
        with_context(1000, |context| {
            for (a, b, order) in cases {
                assert_eq!(compare(context, &a, &b), Ok(order), "{a:?} {b:?}");
                assert_eq!(compare(context, &b, &a), Ok(order.reverse()), "{b:?} {a:?}");
            }
        });
    }
}
