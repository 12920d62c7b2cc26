//! Formats of `printf`.

use std::borrow::Cow;

use fusevm::Value;
use fusevm::semantics::NumberFormat;
use fusevm::semantics::dialect::awk;
use fusevm::semantics::printf::{Conversion, Directive, Field, Spec, directives};

use super::positional::in_order;
use super::text::{AWK, Style, number_of, push_text};

/// How many formats are kept. Beyond that all are forgotten: a program that makes new ones all the
/// time gains nothing from any of them.
const MAX_FORMATS: usize = 16;

/// Formats that programs used, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Formats(Vec<Format>);

/// A format, taken apart.
#[derive(Debug)]
struct Format {
    text: Vec<u8>,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Literal(Box<[u8]>),
    Conversion(Spec),
}

impl Formats {
    /// Appends what a format makes of values. `limit` bounds the result.
    pub(crate) fn printf(
        &mut self,
        out: &mut Vec<u8>,
        format: &[u8],
        args: &[Value],
        style: Style,
        limit: usize,
    ) -> Result<(), String> {
        let mut known = self.0.iter();
        if let Some(format) = known.find(|known| known.text == format) {
            return format.write(out, args, style, limit);
        }
        let literal = literal_where_invalid(format);
        let (plain, ordered) = in_order(&literal, args)?;
        let parsed = Format::parse(format, &plain)?;
        parsed.write(out, &ordered, style, limit)?;
        // One with positions means something else for other values.
        if *plain == *literal {
            if self.0.len() == MAX_FORMATS {
                self.0.clear();
            }
            self.0.push(parsed);
        }
        Ok(())
    }
}

impl Format {
    /// The format of a text, of which `plain` is what is left to follow.
    fn parse(text: &[u8], plain: &[u8]) -> Result<Self, String> {
        let parts = directives(plain).map(|directive| {
            Ok(
                match directive.map_err(|error| format!("printf: {error}"))? {
                    Directive::Literal(literal) => Part::Literal(literal.into()),
                    Directive::Conversion(spec) => Part::Conversion(spec),
                },
            )
        });
        Ok(Format {
            parts: parts.collect::<Result<_, String>>()?,
            text: text.to_vec(),
        })
    }

    fn write(
        &self,
        out: &mut Vec<u8>,
        args: &[Value],
        style: Style,
        limit: usize,
    ) -> Result<(), String> {
        let mut args = args.iter();
        let mut next = |spec: &Spec| {
            args.next().ok_or_else(|| {
                let letter = spec.letter.escape_ascii();
                format!("not enough arguments to satisfy format string: none is left for %{letter}")
            })
        };
        let start = out.len();
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.extend_from_slice(text),
                Part::Conversion(spec) => {
                    let mut spec = spec.clone();
                    if spec.width == Field::Argument {
                        let width = AWK.int(next(&spec)?);
                        spec.set_width(width)
                            .map_err(|error| format!("printf: {error}"))?;
                    }
                    if spec.precision == Field::Argument {
                        let precision = AWK.int(next(&spec)?);
                        spec.set_precision(precision)
                            .map_err(|error| format!("printf: {error}"))?;
                    }
                    let value = next(&spec)?;
                    convert(out, spec, value, style);
                }
            }
            if out.len() - start > limit {
                return Err(format!("printf: the result is longer than {limit} bytes"));
            }
        }
        Ok(())
    }
}

/// A format in which what is no conversion is plain text, as it is to be printed.
fn literal_where_invalid(format: &[u8]) -> Cow<'_, [u8]> {
    let is_flag = |byte: &u8| {
        matches!(byte, b'-' | b'+' | b' ' | b'#' | b'\'' | b'$' | b'.' | b'*')
            || byte.is_ascii_digit()
            || matches!(byte, b'h' | b'l' | b'L' | b'q' | b'j' | b'z' | b't')
    };
    let is_letter = |byte: &u8| b"diuoxXcsfFeEgGaA".contains(byte);
    let mut out: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(percent) = memchr::memchr(b'%', &format[at..]) {
        let start = at + percent;
        let flags = format[start + 1..]
            .iter()
            .take_while(|byte| is_flag(byte))
            .count();
        let letter = start + 1 + flags;
        match format.get(letter) {
            Some(byte) if is_letter(byte) || (*byte == b'%' && flags == 0) => {
                if let Some(out) = &mut out {
                    out.extend_from_slice(&format[at..=letter]);
                }
                at = letter + 1;
                continue;
            }
            _ => {}
        }
        let out = out.get_or_insert_with(|| format[..at].to_vec());
        out.extend_from_slice(&format[at..start]);
        out.extend_from_slice(b"%%");
        at = start + 1;
        if format.get(letter) == Some(&b'%') {
            // Flags of a percent sign mean nothing.
            at = letter + 1;
        }
    }
    match out {
        None => format.into(),
        Some(mut out) => {
            out.extend_from_slice(&format[at..]);
            out.into()
        }
    }
}

fn convert(out: &mut Vec<u8>, spec: Spec, value: &Value, style: Style) {
    match spec.conversion {
        Conversion::Signed | Conversion::Unsigned | Conversion::Octal | Conversion::Hex { .. } => {
            match value {
                Value::Int(n) => spec.write_int(*n, out),
                _ => convert_whole(out, spec, number_of(value)),
            }
        }
        Conversion::Fixed { .. }
        | Conversion::Exponent { .. }
        | Conversion::Shortest { .. }
        | Conversion::Bits { .. } => {
            let number = number_of(value);
            if number.is_finite() {
                spec.write_float(number, out);
            } else {
                convert_infinite(out, spec, number);
            }
        }
        Conversion::Text => match value {
            Value::Str(text) => convert_text(out, &spec, text.as_bytes(), style),
            Value::Bytes(bytes) => convert_text(out, &spec, bytes, style),
            _ => {
                let mut text = Vec::new();
                push_text(&mut text, value, style.convfmt);
                convert_text(out, &spec, &text, style);
            }
        },
        Conversion::Char => convert_character(out, spec, value, style),
    }
}

fn convert_text(out: &mut Vec<u8>, spec: &Spec, text: &[u8], style: Style) {
    if style.bytes {
        spec.write_text(text, out);
    } else {
        spec.write_characters(text, out);
    }
}

/// A number as an integer, also where it has more digits than an integer.
fn convert_whole(out: &mut Vec<u8>, mut spec: Spec, number: f64) {
    const SIGNED_END: f64 = 9_223_372_036_854_775_808.0;
    let whole = number.trunc();
    let signed = spec.conversion == Conversion::Signed;
    if !number.is_finite() {
        convert_infinite(out, spec, number);
    } else if (-SIGNED_END..SIGNED_END).contains(&whole) {
        spec.write_int(whole as i64, out);
    } else if !signed && (0.0..2.0 * SIGNED_END).contains(&whole) {
        spec.write_int((whole as u64).cast_signed(), out);
    } else if signed {
        spec.conversion = Conversion::Fixed { upper: false };
        spec.precision = Field::Fixed(0);
        spec.write_float(whole, out);
    } else {
        // As gawk has it: there are no bits to write.
        spec.conversion = Conversion::Shortest { upper: false };
        spec.write_float(whole, out);
    }
}

fn convert_infinite(out: &mut Vec<u8>, mut spec: Spec, number: f64) {
    spec.precision = Field::Absent;
    let text = NumberFormat::default().text(number);
    spec.write_characters(text.as_bytes(), out);
}

/// The largest number that UTF-8 as it was first defined can write.
const MAX_CODE: u32 = 0x7fff_ffff;

/// A number beyond those of characters, up to [`MAX_CODE`], in UTF-8 as it was first defined: a
/// byte that tells how many follow, with 6 bits each.
fn beyond_characters(code: u32) -> Vec<u8> {
    let following = match code {
        0..0x20_0000 => 3,
        0x20_0000..0x400_0000 => 4,
        _ => 5,
    };
    let bits = |index: u32| (code >> (6 * index)) as u8;
    let marks = !(0xff_u8 >> (following + 1));
    let rest = (0..following).rev().map(|index| 0x80 | bits(index) & 0x3f);
    std::iter::once(marks | bits(following))
        .chain(rest)
        .collect()
}

/// The character of a number, or the first one of a text.
fn convert_character(out: &mut Vec<u8>, mut spec: Spec, value: &Value, style: Style) {
    spec.precision = Field::Absent;
    let number = match value {
        Value::Str(text) => awk::input_number(text),
        Value::Bytes(_) | Value::Undef => None,
        other => Some(number_of(other)),
    };
    match number {
        Some(number) if style.bytes => spec.write_byte(number as i64 as u8, out),
        Some(number) => {
            let code = (number % 4_294_967_296.0) as i64 as u32;
            match char::from_u32(code) {
                Some(char) => spec.write_characters(char.encode_utf8(&mut [0; 4]).as_bytes(), out),
                None if (u32::from(char::MAX)..=MAX_CODE).contains(&code) => {
                    spec.write_text(&beyond_characters(code), out);
                }
                // As C does with what is no character.
                None => spec.write_byte(code as u8, out),
            }
        }
        None => {
            let mut text = Vec::new();
            push_text(&mut text, value, NumberFormat::default());
            if text.is_empty() {
                // As in C, where every text ends with one.
                return spec.write_byte(0, out);
            }
            let first = super::split::character_len(&text, style.bytes);
            convert_text(out, &spec, &text[..first], style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let (int, float, str) = (Value::Int, Value::Float, |text: &str| Value::str(text));
        let cases = [
            ("%d", float(3.99), "3"),
            ("%d", str("0x10"), "0"),
            ("%d", float(1e30), "1000000000000000019884624838656"),
            ("%u", int(-1), "18446744073709551615"),
            ("%x", float(1e19), "8ac7230489e80000"),
            ("%d", float(f64::INFINITY), "+inf"),
            ("%5.1f|", float(f64::NEG_INFINITY), " -inf|"),
            ("%c", int(233), "é"),
            ("%c", str("éa"), "é"),
            ("%c", str(""), "\0"),
            ("%c", Value::from_input("65"), "A"),
            ("%c", str("65"), "6"),
            ("%.0c", str("z"), "z"),
            ("%3s|", str("é"), "  é|"),
            ("%s", float(0.1 + 0.2), "0.3"),
            ("%s", int(1), "1"),
            ("%%%i", Value::Undef, "%0"),
            ("%.3s", str("abcd"), "abc"),
            ("%y %d%", int(1), "%y 1%"),
            ("%5%%d", int(1), "%1"),
            ("%a", float(0.5), "0x1p-1"),
            ("%A", int(255), "0X1.FEP+7"),
        ];
        for (format, value, expected) in cases {
            let mut out = Vec::new();
            let shown = format!("{format} {value:?}");
            let mut formats = Formats::default();
            let format = format.as_bytes();
            formats
                .printf(&mut out, format, &[value], Style::default(), 100)
                .unwrap();
            assert_eq!(String::from_utf8_lossy(&out), expected, "{shown}");
        }
    }

    #[test]
    fn what_goes_wrong() {
        let run = |format: &str, args: &[Value]| {
            let (out, format) = (&mut Vec::new(), format.as_bytes());
            Formats::default().printf(out, format, args, Style::default(), 10)
        };
        assert_eq!(
            run("%s", &[]).unwrap_err(),
            "not enough arguments to satisfy format string: none is left for %s"
        );
        assert!(
            run("%20d", &[Value::Int(1)])
                .unwrap_err()
                .contains("longer than 10")
        );
        assert!(run("%*d", &[Value::Int(1 << 40), Value::Int(1)]).is_err());
    }
}
