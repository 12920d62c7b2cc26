//! Text operations.

use std::borrow::Cow;

use super::{Context, Dialect, Fault};
use crate::value::{Str, Text, TextBuilder, Value};

/// Bytes that are copied in one step of a long operation.
pub(super) const BYTES_PER_STEP: usize = 64;

/// The bytes of repeated pieces that are copied at once.
const RUN_BYTES: usize = 4096;

impl Context<'_> {
    /// The text form of a value.
    ///
    /// # Errors
    /// [`Fault::ValueTooLarge`]: nested arrays that share parts can have a text far longer than
    /// the memory they take.
    #[inline]
    pub fn text<'v>(&mut self, value: &'v Value) -> Result<Text<'v>, Fault> {
        if self.numeric.dialect == Dialect::Awk
            && let Some(text) = self.awk_text(value)
        {
            return Ok(text);
        }
        let limit = self.memory.text_limit_of(value);
        value
            .text(limit)
            .map_err(|_| self.memory.refused_text(limit))
    }

    /// The text of what AWK writes in another way.
    fn awk_text<'v>(&self, value: &Value) -> Option<Text<'v>> {
        match value {
            Value::Float(x) => Some(self.format.text(*x).into()),
            Value::Bool(false) => Some("0".into()),
            _ => None,
        }
    }
}

/// Appends the text of `piece` to `target`, which becomes text. A text that nobody shares grows
/// in place. On an error `target` is unchanged.
///
/// # Errors
/// [`Fault::ValueTooLarge`], [`Fault::OutOfMemory`].
pub fn append(context: &mut Context<'_>, target: &mut Value, piece: &Value) -> Result<(), Fault> {
    let piece = context.text(piece)?;
    if let (Value::Str(text), Some(piece)) = (&mut *target, piece.as_str()) {
        let len = text.len().saturating_add(piece.len());
        if context.memory.is_close(len) {
            return append_closely(context, text, piece);
        }
        return text
            .try_push_str(piece)
            .map_err(|_| context.memory.refused());
    }
    let head = context.text(target)?;
    let joined = joined(context, head.as_bytes(), piece.as_bytes())?;
    drop(head);
    *target = joined;
    Ok(())
}

/// Appends within what is left of the budget, or finds out that the text would be too large.
#[cold]
#[inline(never)]
fn append_closely(context: &mut Context<'_>, text: &mut Str, piece: &str) -> Result<(), Fault> {
    let memory = &*context.memory;
    memory.admit(text.len().saturating_add(piece.len()))?;
    text.try_push_str_within(piece, memory.room())
        .map_err(|_| memory.refused())
}

fn joined(context: &mut Context<'_>, a: &[u8], b: &[u8]) -> Result<Value, Fault> {
    let mut text = builder(context, a.len().saturating_add(b.len()))?;
    text.try_push(a)
        .and_then(|()| text.try_push(b))
        .map_err(|_| context.memory.refused())?;
    Ok(text.finish().into_value())
}

/// An empty text with room for `len` bytes, if the limits and the allocator grant it.
fn builder(context: &mut Context<'_>, len: usize) -> Result<TextBuilder, Fault> {
    context.memory.reserve(len)?;
    TextBuilder::try_with_capacity(len).map_err(|_| context.memory.refused())
}

/// The text of `value`, `count` times; nothing for a count of zero or less.
///
/// # Errors
/// [`Fault::ValueTooLarge`], [`Fault::OutOfMemory`]; [`Fault::Interrupted`] and
/// [`Fault::DeadlineExceeded`] when the run is to stop.
pub fn repeat(context: &mut Context<'_>, value: &Value, count: &Value) -> Result<Value, Fault> {
    let text = context.text(value)?;
    let count = usize::try_from(context.numeric.dialect.int(count)).unwrap_or(0);
    let piece = text.as_bytes();
    let len = piece.len().saturating_mul(count);
    let mut result = builder(context, len)?;
    if len > 0 {
        // A run of many short pieces, so that few are copied one by one.
        let at_once = (RUN_BYTES / piece.len()).clamp(1, count);
        let run = if at_once > 1 {
            Cow::Owned(piece.repeat(at_once))
        } else {
            Cow::Borrowed(piece)
        };
        let rest = piece.len() * (count % at_once);
        let runs = (0..count / at_once).map(|_| &run[..]);
        for run in runs.chain([&run[..rest]]) {
            context.watch.steps(run.len() / BYTES_PER_STEP)?;
            result.try_push(run).map_err(|_| context.memory.refused())?;
        }
    }
    Ok(result.finish().into_value())
}

/// Bytes of a text, elements of an array, entries of a hash, bytes of anything else's text.
///
/// # Errors
/// [`Fault::ValueTooLarge`], from the text of a number.
#[inline]
pub fn length(context: &mut Context<'_>, value: &Value) -> Result<Value, Fault> {
    let len = match (context.numeric.dialect, value) {
        (Dialect::Awk, Value::Float(_) | Value::Bool(_)) => context.text(value)?.len(),
        _ => value.len(),
    };
    Ok(Value::Int(len as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semantics::test_support::with_context;

    #[test]
    fn appending_halves_of_a_character_gives_text() {
        with_context(100, |context| {
            let mut target = Value::bytes(vec![0xc3]);
            append(context, &mut target, &Value::bytes(vec![0xa9])).unwrap();
            assert_eq!(target, Value::str("é"));
            append(context, &mut target, &Value::Int(-7)).unwrap();
            assert_eq!(target, Value::str("é-7"));
        });
    }

    #[test]
    fn a_refused_append_leaves_its_target() {
        with_context(20, |context| {
            for piece in [Value::str("0123456789012345"), Value::bytes(vec![0xff; 16])] {
                let mut target = Value::str("abcdef");
                let fault = append(context, &mut target, &piece).unwrap_err();
                assert_eq!(fault, Fault::ValueTooLarge { limit: 20 });
                assert_eq!(target, Value::str("abcdef"));
            }
        });
    }

    #[test]
    fn repeat_counts() {
        let cases = [
            ("ab", 3, "ababab"),
            ("x", 5, "xxxxx"),
            ("", 9, ""),
            ("ab", 0, ""),
            ("ab", -1, ""),
        ];
        with_context(10, |context| {
            for (text, count, expected) in cases {
                let result = repeat(context, &Value::str(text), &Value::Int(count));
                assert_eq!(result, Ok(Value::str(expected)));
            }
            for count in [6, i64::MAX] {
                let result = repeat(context, &Value::str("ab"), &Value::Int(count));
                assert_eq!(result, Err(Fault::ValueTooLarge { limit: 10 }));
            }
        });
    }

    #[test]
    fn text_of_shared_nested_arrays_stops_at_the_limit() {
        let mut value = Value::str("abcdefgh");
        for _ in 0..64 {
            value = Value::array(vec![value.clone(), value]);
        }
        with_context(1 << 16, |context| {
            let fault = context.text(&value).map(|_| ()).unwrap_err();
            assert_eq!(fault, Fault::ValueTooLarge { limit: 1 << 16 });
        });
    }
}
