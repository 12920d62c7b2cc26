//! The text of numbers that are not whole, for dialects where the program chooses it.

use std::fmt::Write;

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
        let precision = usize::from(self.precision);
        match self.conversion {
            Conversion::Fixed => write!(out, "{x:.precision$}"),
            Conversion::Exponent => {
                let (digits, exponent) = scientific(x, precision);
                write_exponent(out, &digits, exponent)
            }
            Conversion::General => {
                let significant = precision.max(1);
                let (digits, exponent) = scientific(x, significant - 1);
                // The exponent of a double is far from the ends of its type.
                let behind_point = significant as i32 - 1 - exponent;
                if exponent < -4 || behind_point < 0 {
                    return write_exponent(out, without_end_zeros(&digits), exponent);
                }
                let plain = format!("{x:.*}", behind_point as usize);
                out.write_str(without_end_zeros(&plain))
            }
        }
    }
}

/// The digits with `precision` of them behind the point, and the exponent.
fn scientific(x: f64, precision: usize) -> (String, i32) {
    let mut digits = format!("{x:.precision$e}");
    let mut exponent = 0;
    if let Some(at) = digits.find('e') {
        exponent = digits[at + 1..].parse().unwrap_or(0);
        digits.truncate(at);
    }
    (digits, exponent)
}

fn without_end_zeros(digits: &str) -> &str {
    if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        digits
    }
}

fn write_exponent(out: &mut Str, digits: &str, exponent: i32) -> std::fmt::Result {
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(out, "{digits}e{sign}{:02}", exponent.unsigned_abs())
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
