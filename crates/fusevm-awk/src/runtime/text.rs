//! Values as text, by AWK's rules.

use std::fmt::Write;

use fusevm::Value;
use fusevm::semantics::{Dialect, NumberFormat};
use fusevm::value::number;

use super::format::Formats;

/// The dialect of all programs.
pub(super) const AWK: Dialect = Dialect::Awk;

/// Appends the text of a value; fractions are written in the given format.
pub(crate) fn push_text(out: &mut Vec<u8>, value: &Value, format: NumberFormat) {
    match value {
        Value::Undef => {}
        Value::Str(text) => out.extend_from_slice(text.as_bytes()),
        Value::Bytes(bytes) => out.extend_from_slice(bytes),
        Value::Int(n) => push_int(out, *n),
        Value::Bool(truth) => out.push(b'0' + u8::from(*truth)),
        Value::Float(x) => out.extend_from_slice(format.text(*x).as_bytes()),
        // Nothing else is a value of an AWK program.
        other => out.extend_from_slice(other.to_str().as_bytes()),
    }
}

/// Appends the digits of an integer.
pub(crate) fn push_int(out: &mut Vec<u8>, n: i64) {
    out.extend_from_slice(number::write_int(n, &mut [0; number::MAX_INT_LEN]));
}

/// A value as a number.
pub(crate) fn number_of(value: &Value) -> f64 {
    AWK.float(value)
}

/// How `print` writes numbers that are not whole: any format with one conversion.
#[derive(Debug, Clone)]
pub(crate) enum OutputFormat {
    Plain(NumberFormat),
    Other(Vec<u8>),
}

impl OutputFormat {
    /// What a text means as `OFMT`.
    pub(crate) fn new(text: &[u8]) -> Self {
        let plain = str::from_utf8(text).ok().and_then(NumberFormat::parse);
        plain.map_or_else(|| OutputFormat::Other(text.to_vec()), OutputFormat::Plain)
    }

    /// Appends a value as `print` writes it.
    pub(crate) fn push(&self, out: &mut Vec<u8>, value: &Value) -> Result<(), String> {
        match (self, value) {
            (OutputFormat::Plain(format), _) => push_text(out, value, *format),
            (OutputFormat::Other(format), Value::Float(x)) if x.fract() != 0.0 => {
                let args = std::slice::from_ref(value);
                Formats::default().printf(out, format, args, Style::default(), usize::MAX)?;
            }
            _ => push_text(out, value, NumberFormat::default()),
        }
        Ok(())
    }
}

/// How formats are followed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Style {
    /// How fractions are written as text.
    pub(crate) convfmt: NumberFormat,
    /// Characters are bytes.
    pub(crate) bytes: bool,
}

/// A text as a program would have it.
pub(crate) fn quoted(text: &[u8]) -> String {
    let mut out = "\"".to_owned();
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                c if c.is_control() => {
                    let _ = write!(out, "\\{:03o}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\{byte:03o}");
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_formats() {
        let write = |format: &str, value: Value| {
            let mut out = Vec::new();
            OutputFormat::new(format.as_bytes())
                .push(&mut out, &value)
                .unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(write("%.2f", Value::Float(1.239)), "1.24");
        assert_eq!(write("%.2f", Value::Float(3.0)), "3");
        assert_eq!(write("<%d>", Value::Float(1.5)), "<1>");
        assert_eq!(write("<%d>", Value::Int(7)), "7");
    }
}
