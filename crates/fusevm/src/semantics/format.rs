//! The text of numbers that are not whole, for dialects where the program chooses it.

use std::fmt::Write;

use super::digits;
use super::printf::{Directive, directives};
use crate::value::Str;

/// The form of a [`NumberFormat`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conversion {
    /// `%f`: digits and a fraction of fixed length.
    Fixed,
    /// `%e`: one digit, a fraction of fixed length, and an exponent.
    Exponent,
    /// `%g`: a number of significant digits in the shorter of the two forms above, without zeros
    /// at the end.
    General,
    /// Anything else that a `printf` format of one conversion can say, by its letter.
    Other(u8),
}

/// How numbers that are not whole become text: AWK's `CONVFMT`.
///
/// ```
/// use fusevm::semantics::NumberFormat;
///
/// let default = NumberFormat::default();
/// assert_eq!(default.text(3.14159265), "3.14159");
/// assert_eq!(default.text(1e6), "1000000");
/// let format = NumberFormat::parse("%.2f").unwrap();
/// assert_eq!(format.text(2.0 / 3.0), "0.67");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NumberFormat {
    /// The form.
    pub conversion: Conversion,
    /// Digits of the fraction, or for [`Conversion::General`] significant digits, of which there
    /// is one at least.
    pub precision: u8,
    /// The least length of the text, and whether it is filled up on the right.
    width: (u8, bool),
}

impl Default for NumberFormat {
    /// `%.6g`
    fn default() -> Self {
        NumberFormat {
            conversion: Conversion::General,
            precision: 6,
            width: (0, false),
        }
    }
}

impl NumberFormat {
    /// Reads a format of one numeric conversion, such as `%.2f` or `%d`. Without `.N` the precision
    /// is that of C; the largest precision and width are 255. `None` for anything else, and for
    /// flags other than `-`.
    pub fn parse(format: &str) -> Option<Self> {
        let format = format.strip_prefix('%')?;
        let (format, letter) = format.split_at_checked(format.len().checked_sub(1)?)?;
        let letter = letter.bytes().next()?;
        let conversion = match letter {
            b'f' => Conversion::Fixed,
            b'e' => Conversion::Exponent,
            b'g' => Conversion::General,
            b'd' | b'i' | b'u' | b'o' | b'x' | b'X' | b'F' | b'E' | b'G' => {
                Conversion::Other(letter)
            }
            _ => return None,
        };
        let (left, format) = match format.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, format),
        };
        let number = |digits: &str| -> Option<u8> {
            let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
            (is_number && !(digits.len() > 1 && digits.starts_with('0'))).then_some(())?;
            if digits.is_empty() {
                Some(0)
            } else {
                digits.parse().ok()
            }
        };
        let (width, precision) = match format.split_once('.') {
            Some((width, precision)) => (width, number(precision)?),
            None if is_whole(letter) => (format, 1),
            None => (format, 6),
        };
        if width.starts_with('0') {
            return None;
        }
        Some(NumberFormat {
            conversion,
            precision,
            width: (number(width)?, left),
        })
    }

    /// The text of a number: all digits of a whole one, `+inf`, `-inf`, `+nan` or `-nan` of what
    /// is not finite, and this format for others.
    pub fn text(self, x: f64) -> Str {
        let mut text = Str::new();
        // Some hundred bytes at most: only an exhausted allocator can refuse them.
        let _ = self.write(x, &mut text);
        text
    }

    fn write(self, x: f64, out: &mut Str) -> std::fmt::Result {
        if !x.is_finite() {
            let sign = if x.is_sign_negative() { '-' } else { '+' };
            return write!(out, "{sign}{}", if x.is_nan() { "nan" } else { "inf" });
        }
        if x == x.trunc() {
            // Adding makes negative zero positive: a whole number has no sign of its own.
            return write!(out, "{:.0}", x + 0.0);
        }
        if let (Conversion::Other(_), _) | (_, 1..) = (self.conversion, self.width.0) {
            return self.write_any(x, out);
        }
        if x.is_sign_negative() {
            out.write_char('-')?;
        }
        let (x, precision) = (x.abs(), Some(usize::from(self.precision)));
        out.write_str(&match self.conversion {
            Conversion::Fixed => digits::fixed(x, precision, false),
            Conversion::Exponent => digits::exponent(x, precision, false),
            Conversion::General | Conversion::Other(_) => digits::shortest(x, precision, false),
        })
    }

    /// As `printf` does it.
    fn write_any(self, x: f64, out: &mut Str) -> std::fmt::Result {
        let letter = match self.conversion {
            Conversion::Fixed => b'f',
            Conversion::Exponent => b'e',
            Conversion::General => b'g',
            Conversion::Other(letter) => letter,
        };
        let (width, left) = self.width;
        let sign = if left { "-" } else { "" };
        let letter_text = char::from(letter);
        let format = format!("%{sign}{width}.{}{letter_text}", self.precision);
        // A width of 0 is none, and not the flag that fills up with zeros.
        let format = format.replacen("%0.", "%.", 1);
        let mut text = Vec::new();
        if let Some(Ok(Directive::Conversion(spec))) = directives(format.as_bytes()).next() {
            if is_whole(letter) {
                spec.write_int(x as i64, &mut text);
            } else {
                spec.write_float(x, &mut text);
            }
        }
        out.write_str(&String::from_utf8_lossy(&text))
    }
}

/// Whether a conversion cuts the fraction off.
fn is_whole(letter: u8) -> bool {
    matches!(letter, b'd' | b'i' | b'u' | b'o' | b'x' | b'X')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_c_prints_them() {
        let cases = [
            ("%.6g", 0.1 + 0.2, "0.3"),
            ("%.6g", 1e-5 + 1e-9, "1.0001e-05"),
            ("%.6g", 0.000_123_456_7, "0.000123457"),
            ("%.6g", 123_456.789, "123457"),
            ("%.6g", 1_234_567.5, "1.23457e+06"),
            ("%.6g", 999_999.5, "1e+06"),
            ("%.6g", 99_999.95, "99999.9"),
            ("%.6g", 99_999.97, "100000"),
            ("%.6g", 100_000.5, "100000"),
            ("%.6g", -2.5, "-2.5"),
            ("%.6g", 5e-324, "4.94066e-324"),
            ("%.17g", 0.1, "0.10000000000000001"),
            ("%.0g", 0.15, "0.1"),
            ("%.1g", 0.25, "0.2"),
            ("%.2f", 2.675, "2.67"),
            ("%.f", 2.5, "2"),
            ("%f", 0.5, "0.500000"),
            ("%.3e", 12_345.678, "1.235e+04"),
            ("%e", 0.5, "5.000000e-01"),
            ("%d", 3.99, "3"),
            ("%i", -3.99, "-3"),
            ("%x", 255.5, "ff"),
            ("%5.1f", 2.52, "  2.5"),
            ("%-5.1f", 2.52, "2.5  "),
            ("%6d", 12.5, "    12"),
            ("%.2E", 1234.5, "1.23E+03"),
            // Whole numbers do not care.
            ("%.2f", 17.0, "17"),
            ("%.2g", 1e6, "1000000"),
            ("%.6g", 1e30, "1000000000000000019884624838656"),
            ("%.6g", -0.0, "0"),
            ("%.6g", -3.0, "-3"),
            ("%.6g", f64::INFINITY, "+inf"),
            ("%.6g", f64::NEG_INFINITY, "-inf"),
            ("%.6g", f64::NAN, "+nan"),
        ];
        for (format, x, expected) in cases {
            let parsed = NumberFormat::parse(format).unwrap();
            assert_eq!(parsed.text(x), expected, "{format} {x:?}");
        }
    }

    #[test]
    fn formats_that_are_none() {
        for text in [
            "", "%", "g", "%s", "%.g5", "%.+3g", "%05g", "%.256g", "%.6gé", "%é", "x%g",
        ] {
            assert_eq!(NumberFormat::parse(text), None, "{text}");
        }
    }
}
