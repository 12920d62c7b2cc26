//! The digits of doubles as C's `printf` writes them, without sign.
//!
//! Infinities are `inf`, and what is no number is `nan`. Where `precision` is `None` it is 6.

use std::fmt::Write;

use crate::value::number;

/// The precision of C where none is given.
const DEFAULT_PRECISION: usize = 6;

/// A double has at most so many digits behind the point; further ones are zeros. `core::fmt` takes
/// precisions up to 65535 only, and computes every digit.
const MAX_DIGITS: usize = 1074;

/// `%f`: `number`, which is not negative, with `precision` digits behind the point. With
/// `keep_point` there is a point even if no digit follows.
///
/// ```
/// use fusevm::semantics::digits;
///
/// assert_eq!(digits::fixed(2.0 / 3.0, Some(2), false), "0.67");
/// assert_eq!(digits::exponent(1500.0, Some(1), false), "1.5e+03");
/// assert_eq!(digits::shortest(0.0001, None, false), "0.0001");
/// ```
pub fn fixed(number: f64, precision: Option<usize>, keep_point: bool) -> String {
    let precision = precision.unwrap_or(DEFAULT_PRECISION);
    if !number.is_finite() {
        return not_finite(number);
    }
    let mut text = short(number, precision)
        .unwrap_or_else(|| format!("{number:.*}", precision.min(MAX_DIGITS)));
    push_zeros(&mut text, precision);
    if precision == 0 && keep_point {
        text.push('.');
    }
    text
}

/// As `format!("{number:.precision$}")` where the digits fit an integer, which is most of the time and
/// takes a fraction of the time.
fn short(number: f64, precision: usize) -> Option<String> {
    const MANTISSA: u32 = f64::MANTISSA_DIGITS - 1;
    let scale = 10u64.checked_pow(u32::try_from(precision).ok()?)?;
    let bits = number.to_bits();
    let biased = (bits >> MANTISSA) as u32;
    // The number is `mantissa / 2^shift`. Smaller ones have other digits than zeros far behind the
    // point, and from 2^53 on there is nothing behind it.
    let shift = 1075u32.checked_sub(biased)?;
    if number == 0.0 || shift > 100 || precision > 9 {
        return None;
    }
    let mantissa = bits & ((1 << MANTISSA) - 1) | 1 << MANTISSA;
    let scaled = u128::from(mantissa) * u128::from(scale);
    let (mut digits, rest) = (scaled >> shift, scaled & ((1 << shift) - 1));
    // What is in the middle becomes even.
    let middle = (1u128 << shift) >> 1;
    if shift > 0 && (rest > middle || rest == middle && digits & 1 == 1) {
        digits += 1;
    }
    let digits = u64::try_from(digits).ok()?;
    let (whole, mut fraction) = (digits / scale, digits % scale);
    let mut text = [0; number::MAX_INT_LEN];
    let whole = number::write_int(i64::try_from(whole).ok()?, &mut text);
    let mut out = String::with_capacity(whole.len() + 1 + precision);
    out.push_str(str::from_utf8(whole).ok()?);
    if precision > 0 {
        let mut behind = [b'0'; 9];
        for digit in behind[..precision].iter_mut().rev() {
            *digit += (fraction % 10) as u8;
            fraction /= 10;
        }
        out.push('.');
        out.push_str(str::from_utf8(&behind[..precision]).ok()?);
    }
    Some(out)
}

/// `%e`: one digit, `precision` digits behind the point, and an exponent of at least two digits.
/// `number` and `keep_point` are as in [`fixed`].
pub fn exponent(number: f64, precision: Option<usize>, keep_point: bool) -> String {
    let precision = precision.unwrap_or(DEFAULT_PRECISION);
    if !number.is_finite() {
        return not_finite(number);
    }
    let (mut text, exponent) = scientific(number, precision);
    if precision == 0 && keep_point {
        text.push('.');
    }
    push_exponent(&mut text, exponent);
    text
}

/// `%a`, without `0x`: a hexadecimal digit, `precision` more behind the point, and the exponent of 2.
/// Without a precision there are as many as it takes. `number`, which is finite, and `keep_point`
/// are as in [`fixed`].
///
/// ```
/// use fusevm::semantics::digits;
///
/// assert_eq!(digits::hexadecimal(0.1, None, false), "1.999999999999ap-4");
/// assert_eq!(digits::hexadecimal(255.0, Some(1), false), "2.0p+7");
/// ```
pub fn hexadecimal(number: f64, precision: Option<usize>, keep_point: bool) -> String {
    const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    const FRACTION_DIGITS: usize = FRACTION_BITS as usize / 4;
    let bits = number.to_bits();
    let biased = (bits >> FRACTION_BITS) as i32 & 0x7ff;
    let fraction = bits & ((1 << FRACTION_BITS) - 1);
    // Numbers too small for a leading 1 keep the smallest exponent.
    let (mut mantissa, exponent) = match (biased, fraction) {
        (0, 0) => (0, 0),
        (0, _) => (fraction, -1022),
        _ => (fraction | 1 << FRACTION_BITS, biased - 1023),
    };
    let digits = precision.unwrap_or(FRACTION_DIGITS);
    if digits < FRACTION_DIGITS {
        // To the nearest, and of two to the even one.
        let dropped = 4 * (FRACTION_DIGITS - digits) as u32;
        let half = 1 << (dropped - 1);
        let is_odd = mantissa >> dropped & 1;
        mantissa = (mantissa + half - 1 + is_odd) >> dropped << dropped;
    }
    let whole = mantissa >> FRACTION_BITS;
    let fraction = mantissa & ((1 << FRACTION_BITS) - 1);
    let mut behind = format!("{fraction:0FRACTION_DIGITS$x}");
    match precision {
        Some(precision) => {
            let zeros = precision.saturating_sub(behind.len());
            behind.truncate(precision);
            behind.extend(std::iter::repeat_n('0', zeros));
        }
        None => behind.truncate(behind.trim_end_matches('0').len()),
    }
    let point = if behind.is_empty() && !keep_point {
        ""
    } else {
        "."
    };
    format!("{whole:x}{point}{behind}p{exponent:+}")
}

/// `%g`: `precision` significant digits, at least one, in the shorter of the two forms, without zeros
/// at the end unless `keep_zeros`. `number` is as in [`fixed`].
pub fn shortest(number: f64, precision: Option<usize>, keep_zeros: bool) -> String {
    if !number.is_finite() {
        return not_finite(number);
    }
    let significant = precision.unwrap_or(DEFAULT_PRECISION).max(1);
    let (mut text, exponent) = scientific(number, significant - 1);
    let behind_point = (significant as i64 - 1) - i64::from(exponent);
    let plain = usize::try_from(behind_point)
        .ok()
        .filter(|_| exponent >= -4);
    if let Some(behind_point) = plain {
        text = fixed(number, Some(behind_point), keep_zeros);
    }
    if keep_zeros {
        if !text.contains('.') {
            text.push('.');
        }
    } else if text.contains('.') {
        let kept = text.trim_end_matches('0').trim_end_matches('.').len();
        text.truncate(kept);
    }
    if plain.is_none() {
        push_exponent(&mut text, exponent);
    }
    text
}

/// The digits of the form with exponent, and the exponent.
fn scientific(number: f64, precision: usize) -> (String, i32) {
    let mut text = format!("{number:.*e}", precision.min(MAX_DIGITS));
    let exponent = match text.split_once('e') {
        Some((digits, exponent)) => {
            let exponent = exponent.parse().unwrap_or(0);
            let len = digits.len();
            text.truncate(len);
            exponent
        }
        None => 0,
    };
    push_zeros(&mut text, precision);
    (text, exponent)
}

fn push_zeros(text: &mut String, precision: usize) {
    text.extend(std::iter::repeat_n(
        '0',
        precision.saturating_sub(MAX_DIGITS),
    ));
}

fn push_exponent(text: &mut String, exponent: i32) {
    let sign = if exponent < 0 { '-' } else { '+' };
    // Writing to a string cannot fail.
    let _ = write!(text, "e{sign}{:02}", exponent.unsigned_abs());
}

fn not_finite(number: f64) -> String {
    if number.is_nan() { "nan" } else { "inf" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_middle_becomes_even() {
        for (number, precision, expected) in [
            (0.5, 0, "0"),
            (1.5, 0, "2"),
            (2.5, 0, "2"),
            (0.125, 2, "0.12"),
            (0.375, 2, "0.38"),
            (1e15 + 0.5, 0, "1000000000000000"),
            (9.999, 2, "10.00"),
            (0.0, 2, "0.00"),
        ] {
            assert_eq!(fixed(number, Some(precision), false), expected, "{number}");
        }
    }

    proptest! {
        #[test]
        fn short_forms_are_those_of_std(
            number in prop_oneof![
                0.0..1e17,
                0.0..1000.0,
                0.0..1e-5,
                any::<f64>().prop_map(f64::abs),
                (0u32..100_000).prop_map(|n| f64::from(n) / 16.0),
                (0u32..100_000).prop_map(|n| f64::from(n) / 100.0),
            ],
            precision in 0..12usize,
        ) {
            if let Some(text) = short(number, precision) {
                prop_assert_eq!(text, format!("{number:.precision$}"));
            }
        }
    }
}
