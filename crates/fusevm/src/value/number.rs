//! Numbers from text and to text.

use std::fmt::{self, Write};
use std::str;

/// Longest text of an `i64`.
pub const MAX_INT_LEN: usize = 20;

/// Reads a whole text as an integer: an optional sign and ASCII digits, within `i64`. There is
/// no trimming and no prefix is enough.
pub fn parse_int(text: &[u8]) -> Option<i64> {
    str::from_utf8(text).ok()?.parse().ok()
}

/// Reads a whole text as a float: an optional sign, then digits with an optional point and an
/// optional exponent, or `inf`, `infinity` or `nan` in any case. There is no trimming and no
/// prefix is enough; what is too large is infinite.
pub fn parse_float(text: &[u8]) -> Option<f64> {
    str::from_utf8(text).ok()?.parse().ok()
}

/// Writes the decimal digits of `n` to the end of `buf` and returns them.
///
/// ```
/// use fusevm::value::number;
///
/// let mut buf = [0; number::MAX_INT_LEN];
/// assert_eq!(number::write_int(-42, &mut buf), b"-42");
/// ```
pub fn write_int(n: i64, buf: &mut [u8; MAX_INT_LEN]) -> &[u8] {
    let mut rest = n.unsigned_abs();
    let mut start = MAX_INT_LEN;
    // Two digits for one division: the divisions are what this costs.
    while rest >= 10 {
        let pair = rest % 100;
        rest /= 100;
        start -= 2;
        buf[start] = b'0' + (pair / 10) as u8;
        buf[start + 1] = b'0' + (pair % 10) as u8;
    }
    if rest > 0 || start == MAX_INT_LEN {
        start -= 1;
        buf[start] = b'0' + rest as u8;
    }
    if n < 0 {
        start -= 1;
        buf[start] = b'-';
    }
    &buf[start..]
}

/// Length of the text of `n`.
pub fn int_len(n: i64) -> usize {
    let digits = n.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1;
    digits + usize::from(n < 0)
}

/// Appends the text of `f`: the shortest decimal that reads back as the same number, never with
/// an exponent, and without a fraction when it is whole.
///
/// # Errors
/// Those of `out`.
pub fn write_float(f: f64, out: &mut impl Write) -> fmt::Result {
    write!(out, "{f}")
}

/// Length of the text of `f`.
pub fn float_len(f: f64) -> usize {
    struct Count(usize);

    impl Write for Count {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 += text.len();
            Ok(())
        }
    }

    let mut count = Count(0);
    // Counting cannot fail.
    let _ = write_float(f, &mut count);
    count.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn integers_are_read_whole_and_strictly() {
        let cases: &[(&[u8], Option<i64>)] = &[
            (b"42", Some(42)),
            (b"+42", Some(42)),
            (b"-9223372036854775808", Some(i64::MIN)),
            (b"9223372036854775808", None),
            (b" 42", None),
            (b"42 ", None),
            (b"", None),
            (b"+", None),
            (b"4_2", None),
            (b"0x10", None),
            (b"3.7", None),
            (b"1e3", None),
            (b"1\xff", None),
        ];
        for (text, number) in cases {
            assert_eq!(parse_int(text), *number, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn floats_are_read_whole_and_strictly() {
        let good: &[(&[u8], f64)] = &[
            (b"+4.5", 4.5),
            (b"-.5", -0.5),
            (b"5.", 5.0),
            (b"1e3", 1000.0),
            (b"1E3", 1000.0),
            (b"1e400", f64::INFINITY),
            (b"INF", f64::INFINITY),
            (b"Infinity", f64::INFINITY),
            (b"-inf", f64::NEG_INFINITY),
        ];
        for (text, number) in good {
            assert_eq!(parse_float(text), Some(*number), "{}", text.escape_ascii());
        }
        for text in ["nan", "NaN", "+nan"] {
            assert!(parse_float(text.as_bytes()).is_some_and(f64::is_nan));
        }
        for text in [".", "1e", " 4", "0x10", "1_0", "1.5f", "infin", ""] {
            assert_eq!(parse_float(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse_float(b"1\xff"), None);
    }

    #[test]
    fn floats_are_written_without_exponent() {
        let cases = [
            (2.0, "2"),
            (-0.0, "-0"),
            (1.5, "1.5"),
            (f64::NAN, "NaN"),
            (1e21, "1000000000000000000000"),
            (1e-7, "0.0000001"),
            (0.1 + 0.2, "0.30000000000000004"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (number, text) in cases {
            let mut out = String::new();
            write_float(number, &mut out).unwrap();
            assert_eq!((out.as_str(), float_len(number)), (text, text.len()));
        }
    }

    proptest! {
        #[test]
        fn integers_are_written_like_std_does(n in prop_oneof![
            any::<i64>(), -1000..1000i64, Just(i64::MIN), Just(i64::MAX)])
        {
            let text = n.to_string();
            let mut buf = [0; MAX_INT_LEN];
            prop_assert_eq!(write_int(n, &mut buf), text.as_bytes());
            prop_assert_eq!(int_len(n), text.len());
        }
    }
}
