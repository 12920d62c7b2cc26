//! One conversion of a format.

use std::borrow::Cow;

use super::{FormatError, MAX_FIELD};
use crate::semantics::digits;
use crate::value::number::{MAX_INT_LEN, write_int};

/// What a conversion makes of its argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// `%d`, `%i`: a signed integer.
    Signed,
    /// `%u`: an unsigned integer.
    Unsigned,
    /// `%o`
    Octal,
    /// `%x`, `%X`
    Hex {
        /// Letters are capitals.
        upper: bool,
    },
    /// `%c`: one byte.
    Char,
    /// `%s`: text.
    Text,
    /// `%f`, `%F`: a number without exponent.
    Fixed {
        /// Letters are capitals.
        upper: bool,
    },
    /// `%e`, `%E`: a number with exponent.
    Exponent {
        /// Letters are capitals.
        upper: bool,
    },
    /// `%g`, `%G`: whichever of the two suits the number.
    Shortest {
        /// Letters are capitals.
        upper: bool,
    },
    /// `%a`, `%A`: the bits of a number in hexadecimal.
    Bits {
        /// Letters are capitals.
        upper: bool,
    },
}

/// Width or precision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Field {
    /// Not given.
    #[default]
    Absent,
    /// Given in the format.
    Fixed(usize),
    /// `*`: given by an argument, which comes before the converted one.
    Argument,
}

impl Field {
    fn get(self) -> Option<usize> {
        match self {
            Field::Fixed(n) => Some(n),
            Field::Absent | Field::Argument => None,
        }
    }
}

/// A conversion: its letter and what stands before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// The conversion's letter, for messages.
    pub letter: u8,
    /// What it makes of its argument.
    pub conversion: Conversion,
    /// The least length of the result.
    pub width: Field,
    /// Digits, or the greatest length of a text.
    pub precision: Field,
    /// `-`: filled up on the right.
    pub(super) left: bool,
    /// `+`: a sign in any case.
    pub(super) plus: bool,
    /// ` `: a blank in place of a plus sign.
    pub(super) blank: bool,
    /// `#`: a prefix, or a decimal point in any case.
    pub(super) alternate: bool,
    /// `0`: filled up with zeros behind the sign.
    pub(super) zero: bool,
}

/// Reads a conversion from behind its percent sign; gives what follows it, too.
pub(super) fn parse(text: &[u8]) -> Result<(Spec, &[u8]), FormatError> {
    let mut spec = Spec {
        letter: 0,
        conversion: Conversion::Text,
        width: Field::Absent,
        precision: Field::Absent,
        left: false,
        plus: false,
        blank: false,
        alternate: false,
        zero: false,
    };
    let mut rest = text;
    while let [flag @ (b'-' | b'+' | b' ' | b'#' | b'0'), after @ ..] = rest {
        match flag {
            b'-' => spec.left = true,
            b'+' => spec.plus = true,
            b' ' => spec.blank = true,
            b'#' => spec.alternate = true,
            _ => spec.zero = true,
        }
        rest = after;
    }
    (spec.width, rest) = parse_field(rest)?;
    if let [b'.', after @ ..] = rest {
        (spec.precision, rest) = parse_field(after)?;
        if spec.precision == Field::Absent {
            spec.precision = Field::Fixed(0);
        }
    }
    while let [b'h' | b'l' | b'L' | b'q' | b'j' | b'z' | b't', after @ ..] = rest {
        rest = after;
    }
    let [letter, rest @ ..] = rest else {
        return Err(FormatError::Incomplete);
    };
    spec.letter = *letter;
    let upper = letter.is_ascii_uppercase();
    spec.conversion = match letter {
        b'd' | b'i' => Conversion::Signed,
        b'u' => Conversion::Unsigned,
        b'o' => Conversion::Octal,
        b'x' | b'X' => Conversion::Hex { upper },
        b'c' => Conversion::Char,
        b's' => Conversion::Text,
        b'f' | b'F' => Conversion::Fixed { upper },
        b'e' | b'E' => Conversion::Exponent { upper },
        b'g' | b'G' => Conversion::Shortest { upper },
        b'a' | b'A' => Conversion::Bits { upper },
        _ => return Err(FormatError::UnknownConversion(*letter)),
    };
    Ok((spec, rest))
}

fn parse_field(text: &[u8]) -> Result<(Field, &[u8]), FormatError> {
    if let [b'*', rest @ ..] = text {
        return Ok((Field::Argument, rest));
    }
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return Ok((Field::Absent, text));
    }
    let (digits, rest) = text.split_at(digits);
    let mut number = 0;
    for digit in digits {
        number = number * 10 + usize::from(digit - b'0');
        if number > MAX_FIELD {
            return Err(FormatError::FieldTooWide);
        }
    }
    Ok((Field::Fixed(number), rest))
}

impl Spec {
    /// Gives the width of a `*`; a negative one also means `-`.
    ///
    /// # Errors
    /// [`FormatError::FieldTooWide`].
    pub fn set_width(&mut self, width: i64) -> Result<(), FormatError> {
        self.left |= width < 0;
        self.width = Field::Fixed(bounded(width.unsigned_abs())?);
        Ok(())
    }

    /// Gives the precision of a `*`; a negative one is as none.
    ///
    /// # Errors
    /// [`FormatError::FieldTooWide`].
    pub fn set_precision(&mut self, precision: i64) -> Result<(), FormatError> {
        self.precision = match u64::try_from(precision) {
            Ok(precision) => Field::Fixed(bounded(precision)?),
            Err(_) => Field::Absent,
        };
        Ok(())
    }

    /// Appends an integer. The conversions for unsigned ones take its two's complement.
    pub fn write_int(&self, number: i64, out: &mut Vec<u8>) {
        let bits = number.cast_unsigned();
        let mut buffer = [0; MAX_INT_LEN];
        let (sign, digits): (_, Cow<'_, [u8]>) = match self.conversion {
            Conversion::Unsigned => ("", bits.to_string().into_bytes().into()),
            Conversion::Octal => ("", format!("{bits:o}").into_bytes().into()),
            Conversion::Hex { upper: false } => ("", format!("{bits:x}").into_bytes().into()),
            Conversion::Hex { upper: true } => ("", format!("{bits:X}").into_bytes().into()),
            _ => {
                let digits = write_int(number, &mut buffer);
                let digits = digits.strip_prefix(b"-").unwrap_or(digits);
                (self.sign(number < 0), digits.into())
            }
        };
        let precision = self.precision.get();
        let digits = if number == 0 && precision == Some(0) {
            b"".as_slice()
        } else {
            &*digits
        };
        let mut zeros = precision.unwrap_or(1).saturating_sub(digits.len());
        let prefix = match self.conversion {
            Conversion::Hex { upper } if self.alternate && number != 0 => {
                if upper {
                    "0X"
                } else {
                    "0x"
                }
            }
            Conversion::Octal if self.alternate && zeros == 0 && !digits.starts_with(b"0") => {
                zeros = 1;
                ""
            }
            _ => sign,
        };
        // With a precision, which says how many digits there are, zeros do not fill the width.
        let zero = self.zero && precision.is_none();
        self.write_number(prefix, zeros, digits, zero, out);
    }

    /// Appends a double.
    pub fn write_float(&self, number: f64, out: &mut Vec<u8>) {
        let sign = self.sign(number.is_sign_negative() && !number.is_nan());
        let precision = self.precision.get();
        let number = number.abs();
        let (text, upper) = match self.conversion {
            Conversion::Exponent { upper } => {
                (digits::exponent(number, precision, self.alternate), upper)
            }
            Conversion::Shortest { upper } => {
                (digits::shortest(number, precision, self.alternate), upper)
            }
            Conversion::Bits { upper } if number.is_finite() => {
                let prefix = format!("{sign}{}", if upper { "0X" } else { "0x" });
                let text = digits::hexadecimal(number, precision, self.alternate);
                let text = if upper {
                    text.to_ascii_uppercase()
                } else {
                    text
                };
                return self.write_number(&prefix, 0, text.as_bytes(), self.zero, out);
            }
            Conversion::Fixed { upper } | Conversion::Bits { upper } => {
                (digits::fixed(number, precision, self.alternate), upper)
            }
            _ => (digits::fixed(number, precision, self.alternate), false),
        };
        let text = if upper {
            text.to_ascii_uppercase()
        } else {
            text
        };
        let zero = self.zero && number.is_finite();
        self.write_number(sign, 0, text.as_bytes(), zero, out);
    }

    /// Appends a text, cut to the precision in bytes.
    pub fn write_text(&self, text: &[u8], out: &mut Vec<u8>) {
        let len = self.precision.get().unwrap_or(text.len()).min(text.len());
        self.pad(len, out, |out| out.extend_from_slice(&text[..len]));
    }

    /// Appends a text, cut to the precision and filled up in characters; a byte that is part of
    /// none counts as one.
    pub fn write_characters(&self, text: &[u8], out: &mut Vec<u8>) {
        if text.is_ascii() {
            return self.write_text(text, out);
        }
        let (mut len, mut count) = (0, 0);
        let most = self.precision.get().unwrap_or(usize::MAX);
        for chunk in text.utf8_chunks() {
            let valid = chunk.valid().chars().map(char::len_utf8);
            for size in valid.chain(chunk.invalid().iter().map(|_| 1)) {
                if count == most {
                    break;
                }
                (len, count) = (len + size, count + 1);
            }
        }
        self.pad(count, out, |out| out.extend_from_slice(&text[..len]));
    }

    /// Appends one byte.
    pub fn write_byte(&self, byte: u8, out: &mut Vec<u8>) {
        self.pad(1, out, |out| out.push(byte));
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.blank) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        }
    }

    /// Appends a number: sign or prefix, `zeros`, digits. With `zero` and no `-`, more zeros fill
    /// the width.
    fn write_number(
        &self,
        prefix: &str,
        mut zeros: usize,
        digits: &[u8],
        zero: bool,
        out: &mut Vec<u8>,
    ) {
        if zero && !self.left {
            let width = self.width.get().unwrap_or(0);
            zeros = zeros.max(width.saturating_sub(prefix.len() + digits.len()));
        }
        self.pad(prefix.len() + zeros + digits.len(), out, |out| {
            out.extend_from_slice(prefix.as_bytes());
            out.resize(out.len() + zeros, b'0');
            out.extend_from_slice(digits);
        });
    }

    /// Appends what `write` appends, which is `len` bytes long, and blanks up to the width.
    fn pad(&self, len: usize, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        let blanks = self.width.get().unwrap_or(0).saturating_sub(len);
        if !self.left {
            out.resize(out.len() + blanks, b' ');
        }
        write(out);
        if self.left {
            out.resize(out.len() + blanks, b' ');
        }
    }
}

fn bounded(field: u64) -> Result<usize, FormatError> {
    usize::try_from(field)
        .ok()
        .filter(|&field| field <= MAX_FIELD)
        .ok_or(FormatError::FieldTooWide)
}
