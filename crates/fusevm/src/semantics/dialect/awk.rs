//! The rules of AWK: numbers in text, results as doubles, comparison by what operands look like.

use std::cmp::Ordering;

use crate::semantics::{Context, Fault};
use crate::value::{Str, Value};

/// Up to this magnitude every whole number is a double.
pub(crate) const MAX_EXACT: u64 = 1 << 53;

/// Integers of so many digits are doubles.
const EXACT_DIGITS: usize = 15;

/// Powers of ten, which are doubles, too.
const POWERS: [f64; EXACT_DIGITS + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// A double as the result of arithmetic: `Int` when it is whole and of a magnitude up to 2^53,
/// else `Float`. That is also what negative zero stays.
#[inline]
pub fn number(x: f64) -> Value {
    whole(x).map_or(Value::Float(x), Value::Int)
}

/// The integer that is the same [`number`] as `x`.
#[inline(always)]
pub(crate) fn whole(x: f64) -> Option<i64> {
    let n = x as i64;
    // The bits differ for fractions, negative zero, NaN and what is out of range.
    ((n as f64).to_bits() == x.to_bits() && n.unsigned_abs() <= MAX_EXACT).then_some(n)
}

/// The number that a text begins with, after blanks; 0 when it begins with none.
///
/// A number is a sign, decimal digits with a point, and an exponent, all but the digits optional.
/// So are `+inf`, `-inf`, `+nan` and `-nan` in any case, where nothing or a blank follows; without
/// a sign they are words, as `nancy` is. There is no hexadecimal.
///
/// ```
/// use fusevm::semantics::dialect::awk::leading_number;
///
/// assert_eq!(leading_number(b" -1.5e1x"), -15.0);
/// assert_eq!(leading_number(b"0x10"), 0.0);
/// ```
pub fn leading_number(text: &[u8]) -> f64 {
    split_number(text).map_or(0.0, |(number, _)| number)
}

/// The number that a text from input looks like: all of it but blanks around is one.
pub fn input_number(text: &Str) -> Option<f64> {
    if !text.is_input() {
        return None;
    }
    let (number, rest) = split_number(text.as_bytes())?;
    rest.iter().all(is_blank).then_some(number)
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// The number that a text begins with, and what follows it.
fn split_number(text: &[u8]) -> Option<(f64, &[u8])> {
    let start = text.iter().position(|byte| !is_blank(byte))?;
    let text = &text[start..];
    let sign = count_sign(text);
    let mut digits = Digits {
        text,
        end: sign,
        value: 0,
    };
    let whole = digits.read();
    let mut fraction = 0;
    if text.get(digits.end) == Some(&b'.') {
        digits.end += 1;
        fraction = digits.read();
    }
    if whole + fraction == 0 {
        return split_special(text);
    }
    let Digits { mut end, value, .. } = digits;
    if whole + fraction <= EXACT_DIGITS && !starts_exponent(&text[end..]) {
        // Both are exact, so that the quotient is the double nearest to the decimal.
        let magnitude = match fraction {
            0 => value as f64,
            _ => value as f64 / POWERS[fraction],
        };
        let number = if text[0] == b'-' {
            -magnitude
        } else {
            magnitude
        };
        return Some((number, &text[end..]));
    }
    if starts_exponent(&text[end..]) {
        let exponent_sign = count_sign(&text[end + 1..]);
        let exponent_digits = count_digits(&text[end + 1 + exponent_sign..]);
        if exponent_digits > 0 {
            end += 1 + exponent_sign + exponent_digits;
        }
    }
    let number = str::from_utf8(&text[..end]).ok()?.parse().ok()?;
    Some((number, &text[end..]))
}

/// Digits of a number, which are read from the front.
struct Digits<'t> {
    text: &'t [u8],
    end: usize,
    /// What the digits are worth, if there are no more than [`EXACT_DIGITS`].
    value: u64,
}

impl Digits<'_> {
    /// Reads digits up to what is none: how many there are.
    #[inline]
    fn read(&mut self) -> usize {
        let start = self.end;
        while let Some(digit @ b'0'..=b'9') = self.text.get(self.end) {
            let digit = u64::from(digit - b'0');
            self.value = self.value.wrapping_mul(10).wrapping_add(digit);
            self.end += 1;
        }
        self.end - start
    }
}

fn count_sign(text: &[u8]) -> usize {
    usize::from(matches!(text.first(), Some(b'+' | b'-')))
}

fn count_digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn starts_exponent(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'e' | b'E'))
}

/// The signed names of what is no finite number.
fn split_special(text: &[u8]) -> Option<(f64, &[u8])> {
    let (word, rest) = text.split_at_checked(4)?;
    let magnitude = match word[1..].to_ascii_lowercase().as_slice() {
        b"inf" => f64::INFINITY,
        b"nan" => f64::NAN,
        _ => return None,
    };
    let sign = match word[0] {
        b'+' => 1.0,
        b'-' => -1.0,
        _ => return None,
    };
    let alone = rest.first().is_none_or(is_blank);
    alone.then_some((magnitude.copysign(sign), rest))
}

/// The value as a number, if that is how it compares with numbers.
fn comparable_number(value: &Value) -> Option<f64> {
    match value {
        Value::Undef | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Status(_) => {
            Some(value.to_float())
        }
        Value::Str(text) => input_number(text),
        Value::Object(object) => object.get().to_number(),
        _ => None,
    }
}

/// The order of two values: numeric when both are numbers, text from input that looks like one,
/// or absent; else by text. `None` when a NaN takes part.
///
/// # Errors
/// [`Fault::ValueTooLarge`] when a container's text exceeds the memory limit.
pub fn order(context: &mut Context<'_>, a: &Value, b: &Value) -> Result<Option<Ordering>, Fault> {
    match (comparable_number(a), comparable_number(b)) {
        (Some(a), Some(b)) => Ok(a.partial_cmp(&b)),
        _ => crate::semantics::compare::text_order(context, a, b).map(Some),
    }
}
