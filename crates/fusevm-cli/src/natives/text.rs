//! Natives on text. Text is bytes, and indices count bytes from 0.

use fusevm::value::{Key, Text};
use fusevm::{VM, Value};
use memchr::memmem;

use super::{Outcome, limit, too_large};

/// Elements, or bytes of text, before the first look at whether the run is to stop.
const STEPS: usize = 256;
const LOOK_BYTES: usize = 64 * 1024;

/// What a short text outside of its value takes.
const TEXT_BYTES: usize = 64;

/// The text of an argument.
pub(super) fn text_of<'v>(vm: &VM, value: &'v Value) -> Result<Text<'v>, String> {
    // Only the text of an array is built, the others are there.
    let limit = match value {
        Value::Array(_) => limit(vm),
        _ => vm.limits().value_bytes,
    };
    value.text(limit).map_err(|error| error.to_string())
}

/// An index or a count: not negative.
fn index_of(value: &Value, what: &str) -> Result<usize, String> {
    let number = value.to_int();
    usize::try_from(number).map_err(|_| format!("{what} must not be negative, but is {number}"))
}

pub(super) fn substr(vm: &mut VM, arguments: &[Value]) -> Outcome {
    let text = text_of(vm, &arguments[0])?;
    let start = index_of(&arguments[1], "start")?;
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let count = match arguments.get(2) {
        Some(count) => index_of(count, "count")?.min(rest.len()),
        None => rest.len(),
    };
    if !vm.request_memory(count) {
        return Ok(Value::Undef);
    }
    Ok(Value::bytes(&rest[..count]))
}

pub(super) fn ord(vm: &mut VM, arguments: &[Value]) -> Outcome {
    let text = text_of(vm, &arguments[0])?;
    let index = match arguments.get(1) {
        Some(index) => index_of(index, "the index")?,
        None => 0,
    };
    let byte = text.as_bytes().get(index);
    Ok(byte.map_or(Value::Undef, |&byte| Value::Int(byte.into())))
}

pub(super) fn chr(_: &mut VM, arguments: &[Value]) -> Outcome {
    let number = arguments[0].to_int();
    let byte = u8::try_from(number)
        .map_err(|_| format!("a byte is a number from 0 to 255, not {number}"))?;
    Ok(Value::bytes([byte]))
}

pub(super) fn split(vm: &mut VM, arguments: &[Value]) -> Outcome {
    let text = text_of(vm, &arguments[0])?;
    let separator = text_of(vm, &arguments[1])?;
    let mut parts = Parts {
        vm,
        elements: Vec::new(),
        most: 0,
    };
    let mut rest = text.as_bytes();
    if separator.is_empty() {
        for word in rest.split(u8::is_ascii_whitespace) {
            if !word.is_empty() && !parts.push(word)? {
                return Ok(Value::Undef);
            }
        }
    } else if !rest.is_empty() {
        let finder = memmem::Finder::new(separator.as_bytes());
        while let Some(at) = finder.find(rest) {
            if !parts.push(&rest[..at])? {
                return Ok(Value::Undef);
            }
            rest = &rest[at + separator.len()..];
        }
        if !parts.push(rest)? {
            return Ok(Value::Undef);
        }
    }
    Ok(Value::array(parts.elements))
}

/// Elements of an array that is not larger than a value may be.
struct Parts<'vm> {
    vm: &'vm mut VM,
    elements: Vec<Value>,
    /// Elements for which memory was asked.
    most: usize,
}

impl Parts<'_> {
    /// Adds a part; false when the machine does not let the work go on.
    fn push(&mut self, part: &[u8]) -> Result<bool, String> {
        let most = self.vm.limits().value_bytes / size_of::<Value>();
        if self.elements.len() == most {
            return Err(format!("the text has more than {most} parts"));
        }
        if self.elements.len() == self.most {
            // Twice the elements, and the texts of those to come.
            self.most = (self.most * 2).max(STEPS).min(most);
            let bytes = self.most * (size_of::<Value>() + TEXT_BYTES);
            if self.vm.should_stop()
                || !self.vm.request_memory(bytes.min(most * size_of::<Value>()))
            {
                return Ok(false);
            }
            self.elements.reserve(self.most - self.elements.len());
        }
        if part.len() > TEXT_BYTES && !self.vm.request_memory(part.len()) {
            return Ok(false);
        }
        self.elements.push(Value::bytes(part));
        Ok(true)
    }
}

pub(super) fn join(vm: &mut VM, arguments: &[Value]) -> Outcome {
    let Value::Array(array) = &arguments[0] else {
        let kind = arguments[0].kind();
        return Err(format!("the first argument must be an Array, not {kind}"));
    };
    let limit = limit(vm);
    let separator = text_of(vm, &arguments[1])?;
    let mut joined = Vec::new();
    let mut next_look = LOOK_BYTES;
    let general = array.as_general();
    for index in 0..array.len() {
        let packed;
        let element = match general {
            Some(elements) => &elements[index],
            None => {
                packed = array.get(index).unwrap_or_default();
                &packed
            }
        };
        if index > 0 {
            joined.extend_from_slice(separator.as_bytes());
        }
        if joined.len() > next_look {
            next_look = joined.len() + LOOK_BYTES;
            if vm.should_stop() {
                return Ok(Value::Undef);
            }
        }
        let fits = match element {
            Value::Str(text) => {
                joined.extend_from_slice(text.as_bytes());
                true
            }
            other => other.append_text(&mut joined, limit).is_ok(),
        };
        if !fits || joined.len() > limit {
            return Err(too_large(vm, limit));
        }
    }
    Ok(Value::bytes(joined))
}

pub(super) fn lower(vm: &mut VM, arguments: &[Value]) -> Outcome {
    in_case(
        vm,
        &arguments[0],
        u8::is_ascii_uppercase,
        <[u8]>::make_ascii_lowercase,
    )
}

pub(super) fn upper(vm: &mut VM, arguments: &[Value]) -> Outcome {
    in_case(
        vm,
        &arguments[0],
        u8::is_ascii_lowercase,
        <[u8]>::make_ascii_uppercase,
    )
}

/// Applies `change` to a text that has a byte of the `other` case.
fn in_case(vm: &mut VM, value: &Value, other: fn(&u8) -> bool, change: fn(&mut [u8])) -> Outcome {
    let text = text_of(vm, value)?;
    if !text.as_bytes().iter().any(other) {
        return Ok(text.into_value());
    }
    if !vm.request_memory(2 * text.len()) {
        return Ok(Value::Undef);
    }
    let mut changed = text.as_bytes().to_vec();
    change(&mut changed);
    Ok(Key::from(changed.as_slice()).into_value())
}

pub(super) fn find(vm: &mut VM, arguments: &[Value]) -> Outcome {
    let text = text_of(vm, &arguments[0])?;
    let part = text_of(vm, &arguments[1])?;
    let start = match arguments.get(2) {
        Some(start) => index_of(start, "start")?,
        None => 0,
    };
    let found = text
        .as_bytes()
        .get(start..)
        .and_then(|rest| memmem::find(rest, part.as_bytes()));
    Ok(Value::Int(found.map_or(-1, |at| (start + at) as i64)))
}
