//! Conversions of values to truth, numbers and text.
//!
//! They are total: what has no sensible result is false, zero or empty. Numbers in text follow
//! [`number`]: the whole text must be one.

use std::borrow::Cow;

use super::{Value, number};

/// Longest text of the conversions that cannot fail; longer texts are cut. Only arrays can have
/// one without having that much memory already.
const MAX_TEXT: usize = 1 << 30;

impl Value {
    /// Truth in conditions. False are `Undef`, zero, the texts `""` and `"0"`, empty containers
    /// and failed statuses; a front end's object decides for itself.
    pub fn is_truthy(&self) -> bool {
        match self {
            Value::Undef => false,
            Value::Bool(b) => *b,
            Value::Int(n) => *n != 0,
            Value::Float(f) => *f != 0.0,
            Value::Str(text) => !matches!(text.as_bytes(), b"" | b"0"),
            Value::Array(array) => !array.is_empty(),
            Value::Hash(hash) => !hash.is_empty(),
            Value::Status(code) => *code == 0,
            Value::Ref(_) | Value::NativeFn(_) | Value::Bytes(_) | Value::Handle(_) => true,
            Value::Object(object) => object.get().is_truthy(),
        }
    }

    /// The value as an integer. Floats are truncated and saturate, NaN is 0; an array gives its
    /// length.
    pub fn to_int(&self) -> i64 {
        match self {
            Value::Bool(b) => (*b).into(),
            Value::Int(n) => *n,
            Value::Float(f) => *f as i64,
            Value::Str(text) => number::parse_int(text.as_bytes()).unwrap_or(0),
            Value::Array(array) => array.len() as i64,
            Value::Status(code) => (*code).into(),
            Value::Object(object) => object.get().to_number().unwrap_or(0.0) as i64,
            Value::Undef
            | Value::Hash(_)
            | Value::Ref(_)
            | Value::NativeFn(_)
            | Value::Bytes(_)
            | Value::Handle(_) => 0,
        }
    }

    /// The value as a double. Unlike [`Value::to_int`], this gives 0 for an array.
    pub fn to_float(&self) -> f64 {
        match self {
            Value::Bool(b) => (*b).into(),
            Value::Int(n) => *n as f64,
            Value::Float(f) => *f,
            Value::Str(text) => number::parse_float(text.as_bytes()).unwrap_or(0.0),
            Value::Status(code) => (*code).into(),
            Value::Object(object) => object.get().to_number().unwrap_or(0.0),
            Value::Undef
            | Value::Array(_)
            | Value::Hash(_)
            | Value::Ref(_)
            | Value::NativeFn(_)
            | Value::Bytes(_)
            | Value::Handle(_) => 0.0,
        }
    }

    /// The value as text; an array gives its elements' texts joined by spaces.
    ///
    /// What is not valid UTF-8 is replaced by `U+FFFD`, and a text is cut at 1 GiB.
    /// [`Value::text`] gives the exact text or an error.
    pub fn to_str(&self) -> String {
        self.as_str_cow().into_owned()
    }

    /// As [`Value::to_str`], borrowed where the text exists already.
    pub fn as_str_cow(&self) -> Cow<'_, str> {
        match self {
            Value::Undef | Value::Bool(false) => Cow::Borrowed(""),
            Value::Bool(true) => Cow::Borrowed("1"),
            Value::Str(text) => Cow::Borrowed(text),
            Value::Hash(_) => Cow::Borrowed("(hash)"),
            Value::Ref(_) => Cow::Borrowed("(ref)"),
            Value::Handle(_) => Cow::Borrowed("(handle)"),
            Value::Object(object) => Cow::Owned(object.get().display()),
            Value::Bytes(bytes) => Cow::Owned(String::from_utf8_lossy(bytes).into_owned()),
            Value::Int(_)
            | Value::Float(_)
            | Value::Array(_)
            | Value::Status(_)
            | Value::NativeFn(_) => {
                let mut out = Vec::new();
                // Too long a text is cut, as documented.
                let _ = self.append_what_fits(&mut out, MAX_TEXT);
                Cow::Owned(
                    String::from_utf8(out).unwrap_or_else(|error| {
                        String::from_utf8_lossy(error.as_bytes()).into_owned()
                    }),
                )
            }
        }
    }

    /// Number of elements of a container, length in bytes of the text of anything else.
    pub fn len(&self) -> usize {
        match self {
            Value::Undef | Value::Bool(false) => 0,
            Value::Bool(true) => 1,
            Value::Int(n) => number::int_len(*n),
            Value::Float(f) => number::float_len(*f),
            Value::Str(text) => text.as_bytes().len(),
            Value::Array(array) => array.len(),
            Value::Hash(hash) => hash.len(),
            Value::Status(code) => number::int_len((*code).into()),
            Value::Ref(_) => "(ref)".len(),
            Value::NativeFn(id) => "(builtin:)".len() + number::int_len((*id).into()),
            Value::Bytes(bytes) => bytes.as_bytes().len(),
            Value::Handle(_) => "(handle)".len(),
            Value::Object(object) => object.get().display().len(),
        }
    }

    /// True when [`Value::len`] is 0. This is not the opposite of [`Value::is_truthy`]: the text
    /// of `Int(0)` has a length of 1.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
