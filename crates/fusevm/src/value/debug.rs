//! The debug form of values: that of a derived `Debug`, without recursion.

use std::fmt::{self, Debug, Formatter};

use super::array::Slice;
use super::{Array, Hash, HashIter, Value};

/// Values that are printed before the rest is left out as `...`. Containers that share parts can
/// have exponentially many.
const MAX_PRINTED: usize = 1 << 22;

impl Debug for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut open = Vec::new();
        begin(self, &mut open, f)?;
        finish(open, f)
    }
}

impl Debug for Array {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        finish(vec![Open::array(self, "]")], f)
    }
}

impl Debug for Hash {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        finish(vec![Open::hash(self, "}")], f)
    }
}

/// A container that is being printed.
struct Open<'a> {
    rest: Rest<'a>,
    first: bool,
    close: &'static str,
}

enum Rest<'a> {
    Values(&'a [Value]),
    Entries(HashIter<'a>),
    /// A packed array, whose elements need no further containers.
    Packed(&'a Array),
}

impl<'a> Open<'a> {
    fn array(array: &'a Array, close: &'static str) -> Self {
        let rest = match array.slice() {
            Slice::General(values) => Rest::Values(values),
            _ => Rest::Packed(array),
        };
        Open::new(rest, close)
    }

    fn hash(hash: &'a Hash, close: &'static str) -> Self {
        Open::new(Rest::Entries(hash.iter()), close)
    }

    fn new(rest: Rest<'a>, close: &'static str) -> Self {
        Open {
            rest,
            first: true,
            close,
        }
    }

    /// Prints what stands before the next value, and returns that.
    fn next(&mut self, f: &mut Formatter<'_>) -> Result<Option<&'a Value>, fmt::Error> {
        let separator = if self.first { "" } else { ", " };
        self.first = false;
        match &mut self.rest {
            Rest::Values(values) => {
                let Some((value, rest)) = values.split_first() else {
                    return Ok(None);
                };
                *values = rest;
                f.write_str(separator)?;
                Ok(Some(value))
            }
            Rest::Entries(entries) => {
                let Some((key, value)) = entries.next() else {
                    return Ok(None);
                };
                write!(f, "{separator}{key:?}: ")?;
                Ok(Some(value))
            }
            Rest::Packed(array) => {
                for (i, value) in array.iter().enumerate() {
                    f.write_str(if i > 0 { ", " } else { "" })?;
                    begin(&value, &mut Vec::new(), f)?;
                }
                Ok(None)
            }
        }
    }
}

/// Prints all but the contents of a container, which is opened.
fn begin<'a>(value: &'a Value, open: &mut Vec<Open<'a>>, f: &mut Formatter<'_>) -> fmt::Result {
    match value {
        Value::Undef => f.write_str("Undef"),
        Value::Bool(b) => write!(f, "Bool({b:?})"),
        Value::Int(n) => write!(f, "Int({n:?})"),
        Value::Float(x) => write!(f, "Float({x:?})"),
        Value::Str(text) => write!(f, "Str({text:?})"),
        Value::Status(code) => write!(f, "Status({code:?})"),
        Value::NativeFn(id) => write!(f, "NativeFn({id:?})"),
        Value::Bytes(bytes) => write!(f, "Bytes({bytes:?})"),
        Value::Handle(h) => write!(f, "Handle({}, {}, {})", h.heap(), h.index(), h.generation()),
        Value::Object(object) => write!(f, "Object({object:?})"),
        Value::Array(array) => {
            open.push(Open::array(array, "])"));
            f.write_str("Array([")
        }
        Value::Hash(hash) => {
            open.push(Open::hash(hash, "})"));
            f.write_str("Hash({")
        }
        Value::Ref(target) => {
            open.push(Open::new(Rest::Values(std::slice::from_ref(target)), ")"));
            f.write_str("Ref(")
        }
    }
}

/// Prints the contents of the open containers and closes them.
fn finish(mut open: Vec<Open<'_>>, f: &mut Formatter<'_>) -> fmt::Result {
    let mut printed = 0;
    while let Some(innermost) = open.last_mut() {
        printed += 1;
        if printed > MAX_PRINTED {
            return f.write_str("...");
        }
        match innermost.next(f)? {
            Some(value) => begin(value, &mut open, f)?,
            None => {
                f.write_str(innermost.close)?;
                open.pop();
            }
        }
    }
    Ok(())
}
