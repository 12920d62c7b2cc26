//! Functions on the bits of numbers, as gawk has them.

use fusevm::Value;
use fusevm::semantics::dialect::awk;

use super::Outcome;
use super::text::number_of;

/// A double has so many bits; those above are dropped, so that results are exact.
const EXACT: u32 = f64::MANTISSA_DIGITS;

/// `and`, `or` and `xor` of any number of values.
pub(super) fn fold(name: &str, args: &[Value], operation: fn(u64, u64) -> u64) -> Outcome {
    let mut all = Vec::with_capacity(args.len());
    for (number, arg) in (1..).zip(args) {
        let value = number_of(arg);
        if value < 0.0 {
            return Err(format!(
                "{name}: argument {number} negative value {value} is not allowed"
            ));
        }
        all.push(value as u64);
    }
    Ok(result(all.into_iter().reduce(operation).unwrap_or(0)))
}

/// `compl`: all bits inverted.
pub(super) fn compl(args: &[Value]) -> Outcome {
    let value = args.first().map_or(0.0, number_of);
    if value < 0.0 {
        return Err(format!("compl({value:.6}): negative value is not allowed"));
    }
    Ok(result(!(value as u64)))
}

/// `lshift` and `rshift`: value, count.
pub(super) fn shift(name: &str, args: &[Value], operation: fn(u64, u32) -> u64) -> Outcome {
    let [value, count] = args else {
        return Ok(Value::Undef);
    };
    let (value, count) = (number_of(value), number_of(count));
    if value < 0.0 || count < 0.0 {
        return Err(format!(
            "{name}({value:.6}, {count:.6}): negative values are not allowed"
        ));
    }
    Ok(result(operation(value as u64, count as u32)))
}

fn result(bits: u64) -> Value {
    let zeros = bits.trailing_zeros();
    let kept = EXACT + zeros;
    let bits = if kept < u64::BITS {
        bits & ((1 << kept) - 1)
    } else {
        bits
    };
    awk::number(bits as f64)
}

/// `strtonum`: a number, also in octal behind `0` and in hexadecimal behind `0x`.
pub(super) fn strtonum(text: &[u8]) -> Value {
    let digits = |text: &[u8], radix: u32| {
        let digits = text
            .iter()
            .map_while(|byte| char::from(*byte).to_digit(radix));
        digits.fold(0.0, |value, digit| {
            value * f64::from(radix) + f64::from(digit)
        })
    };
    let (sign, plain) = match text {
        [b'-', rest @ ..] => (-1.0, rest),
        _ => (1.0, text),
    };
    awk::number(match plain {
        [b'0', b'x' | b'X', rest @ ..] if sign > 0.0 => digits(rest, 16),
        [b'0', rest @ ..] if sign > 0.0 && is_octal(rest) => digits(rest, 8),
        _ => awk::leading_number(text),
    })
}

/// Whether a number that starts with 0 goes on with octal digits only.
fn is_octal(rest: &[u8]) -> bool {
    let number = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let behind = rest.get(number);
    rest[..number]
        .iter()
        .all(|digit| matches!(digit, b'0'..=b'7'))
        && !matches!(behind, Some(b'.' | b'e' | b'E'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_exact() {
        let compl = |n: f64| number_of(&compl(&[Value::Float(n)]).unwrap());
        assert_eq!(compl(0.0), 9_007_199_254_740_991.0);
        assert_eq!(compl(5.0), 18_014_398_509_481_978.0);
        let shifted = shift(
            "lshift",
            &[Value::Int(3), Value::Int(63)],
            u64::wrapping_shl,
        );
        assert_eq!(number_of(&shifted.unwrap()), 9_223_372_036_854_775_808.0);
        let error = fold("and", &[Value::Int(1), Value::Int(-1)], |a, b| a & b);
        let message = "and: argument 2 negative value -1 is not allowed";
        assert_eq!(error, Err(message.to_owned()));
    }

    #[test]
    fn numbers_in_several_bases() {
        for (text, number) in [
            ("0xFFg", 255.0),
            ("0x", 0.0),
            ("+0x10", 0.0),
            ("-017", -17.0),
            ("017", 15.0),
            ("0129", 129.0),
            ("010.5", 10.5),
            ("1e2x", 100.0),
            (" 12", 12.0),
            ("", 0.0),
        ] {
            assert_eq!(number_of(&strtonum(text.as_bytes())), number, "{text}");
        }
    }
}
