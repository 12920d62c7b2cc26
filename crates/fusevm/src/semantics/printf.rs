//! Formats in the style of C's `printf`, on bytes.
//!
//! [`directives`] splits a format into literal text and conversions; a [`Spec`] writes one argument
//! as its conversion says. Which argument a conversion takes, and how a value becomes an integer, a
//! double or text, is the caller's business, for languages differ there.
//!
//! Results are those of C in the `C` locale. Length modifiers (`%ld`) are accepted and mean
//! nothing.
//!
//! ```
//! use fusevm::semantics::printf::{Directive, directives};
//!
//! let mut out = Vec::new();
//! for directive in directives(b"<%5.1f>") {
//!     match directive? {
//!         Directive::Literal(text) => out.extend_from_slice(text),
//!         Directive::Conversion(spec) => spec.write_float(2.75, &mut out),
//!     }
//! }
//! assert_eq!(out, b"<  2.8>");
//! # Ok::<(), fusevm::semantics::printf::FormatError>(())
//! ```

mod spec;

#[cfg(test)]
mod tests;

use std::fmt;

pub use spec::{Conversion, Field, Spec};

/// The largest width and precision, so that a short format cannot ask for gigabytes.
pub const MAX_FIELD: usize = 65_535;

/// A part of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Directive<'f> {
    /// Text that is written as it is.
    Literal(&'f [u8]),
    /// The place of an argument.
    Conversion(Spec),
}

/// Why a format cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormatError {
    /// The format ends within a conversion.
    Incomplete,
    /// No conversion has this letter.
    UnknownConversion(u8),
    /// A width or precision exceeds [`MAX_FIELD`].
    FieldTooWide,
}

impl std::error::Error for FormatError {}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FormatError::Incomplete => {
                f.write_str("the format ends within a conversion; write %% for a percent sign")
            }
            FormatError::UnknownConversion(letter) => {
                write!(
                    f,
                    "unknown conversion %{}; write %% for a percent sign",
                    letter.escape_ascii()
                )
            }
            FormatError::FieldTooWide => {
                write!(f, "width and precision may be at most {MAX_FIELD}")
            }
        }
    }
}

/// The parts of `format`, in order. After an error there are no more.
pub fn directives(format: &[u8]) -> Directives<'_> {
    Directives { rest: format }
}

/// See [`directives`].
#[derive(Debug)]
pub struct Directives<'f> {
    rest: &'f [u8],
}

impl<'f> Iterator for Directives<'f> {
    type Item = Result<Directive<'f>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest;
        if text.is_empty() {
            return None;
        }
        let percent = text.iter().position(|&byte| byte == b'%');
        if let Some(after) = text.strip_prefix(b"%%") {
            self.rest = after;
            return Some(Ok(Directive::Literal(b"%")));
        }
        if percent == Some(0) {
            self.rest = &[];
            return Some(spec::parse(&text[1..]).map(|(spec, rest)| {
                self.rest = rest;
                Directive::Conversion(spec)
            }));
        }
        let (literal, rest) = text.split_at(percent.unwrap_or(text.len()));
        self.rest = rest;
        Some(Ok(Directive::Literal(literal)))
    }
}
