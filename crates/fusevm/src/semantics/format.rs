//! The text of numbers that are not whole, for dialects where the program chooses it.

use std::fmt::Write;

use super::digits;
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
}

impl Default for NumberFormat {
    /// `%.6g`
    fn default() -> Self {
        NumberFormat {
            conversion: Conversion::General,
            precision: 6,
        }
    }
}

impl NumberFormat {
    /// Reads `%.Nf`, `%.Ne` or `%.Ng`. Without `.N` the precision is 6, without `N` it is 0; the
    /// largest is 255. `None` for anything else.
    pub fn parse(format: &str) -> Option<Self> {
        let format = format.strip_prefix('%')?;
        let (precision, conversion) = format.split_at_checked(format.len().checked_sub(1)?)?;
        let conversion = match conversion {
            "f" => Conversion::Fixed,
            "e" => Conversion::Exponent,
            "g" => Conversion::General,
            _ => return None,
        };
        let precision = match precision.strip_prefix('.') {
            Some("") => 0,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok()?
            }
            Some(_) => return None,
            None if precision.is_empty() => 6,
            None => return None,
        };
        Some(NumberFormat {
            conversion,
            precision,
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
        if x.is_sign_negative() {
            out.write_char('-')?;
        }
        let (x, precision) = (x.abs(), Some(usize::from(self.precision)));
        out.write_str(&match self.conversion {
            Conversion::Fixed => digits::fixed(x, precision, false),
            Conversion::Exponent => digits::exponent(x, precision, false),
            Conversion::General => digits::shortest(x, precision, false),
        })
    }
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
            "", "%", "g", "%d", "%.g5", "%.+3g", "%5g", "%.256g", "%.6gé", "%é",
        ] {
            assert_eq!(NumberFormat::parse(text), None, "{text}");
        }
    }
}
