//! Text operations.

use super::{Context, Dialect, Fault};
use crate::value::{Text, Value};

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
        let limit = self.memory.value_limit;
        value
            .text(limit)
            .map_err(|_| Fault::ValueTooLarge { limit })
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
/// [`Fault::ValueTooLarge`].
pub fn append(context: &mut Context<'_>, target: &mut Value, piece: &Value) -> Result<(), Fault> {
    let piece = context.text(piece)?;
    if let (Value::Str(text), Some(piece)) = (&mut *target, piece.as_str()) {
        context
            .memory
            .reserve(text.len().saturating_add(piece.len()))?;
        let limit = context.memory.value_limit;
        return text
            .try_push_str(piece)
            .map_err(|_| Fault::ValueTooLarge { limit });
    }
    let head = context.text(target)?;
    let bytes = joined(context, head.as_bytes(), piece.as_bytes())?;
    drop(head);
    *target = Value::bytes(bytes);
    Ok(())
}

fn joined(context: &mut Context<'_>, a: &[u8], b: &[u8]) -> Result<Vec<u8>, Fault> {
    let len = a.len().saturating_add(b.len());
    let mut bytes = buffer(context, len)?;
    bytes.extend_from_slice(a);
    bytes.extend_from_slice(b);
    Ok(bytes)
}

/// An empty buffer for `len` bytes, if the budget and the allocator grant it.
fn buffer(context: &mut Context<'_>, len: usize) -> Result<Vec<u8>, Fault> {
    context.memory.reserve(len)?;
    let mut bytes = Vec::new();
    let limit = context.memory.value_limit;
    bytes
        .try_reserve_exact(len)
        .map_err(|_| Fault::ValueTooLarge { limit })?;
    Ok(bytes)
}

/// The text of `value`, `count` times; nothing for a count of zero or less.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
pub fn repeat(context: &mut Context<'_>, value: &Value, count: &Value) -> Result<Value, Fault> {
    let text = context.text(value)?;
    let count = usize::try_from(context.numeric.dialect.int(count)).unwrap_or(0);
    let piece = text.as_bytes();
    let len = piece.len().saturating_mul(count);
    let mut bytes = buffer(context, len)?;
    if let [byte] = piece {
        bytes.resize(len, *byte);
    } else if len > 0 {
        bytes.extend_from_slice(piece);
        // Doubling copies long runs instead of many short pieces.
        while bytes.len() < len {
            let chunk = bytes.len().min(len - bytes.len());
            bytes.extend_from_within(..chunk);
        }
    }
    Ok(Value::bytes(bytes))
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
