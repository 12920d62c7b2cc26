//! Text in characters.

use crate::semantics::{Context, Dialect, Fault};
use crate::value::{Text, Value};

/// The number of characters of the value's text.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
pub fn length(context: &mut Context<'_>, value: &Value) -> Result<i64, Fault> {
    let text = context.text(value)?;
    Ok(count(&text) as i64)
}

/// `count` characters from position `from` on, which counts from 1; all the rest without a
/// count. Positions before the text use up the count; under [`Dialect::Awk`] they mean the start of
/// the text.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
pub fn substr(
    context: &mut Context<'_>,
    value: &Value,
    from: i64,
    count: Option<i64>,
) -> Result<Value, Fault> {
    let text = context.text(value)?;
    let start = from.max(1);
    let from = match context.numeric.dialect {
        Dialect::Contract => from,
        Dialect::Awk => start,
    };
    let end = count.map_or(i64::MAX, |count| from.saturating_add(count));
    if start >= end {
        return Ok(Value::str(""));
    }
    let before = usize::try_from(start - 1).unwrap_or(usize::MAX);
    let wanted = usize::try_from(end - start).unwrap_or(usize::MAX);
    let all = text.as_bytes();
    let utf8 = text.is_utf8();
    let rest = &all[prefix_len(all, utf8, before)..];
    let part = &rest[..prefix_len(rest, utf8, wanted)];
    if part.len() == all.len() {
        return Ok(text.into_value());
    }
    context.memory.reserve(part.len())?;
    Ok(Value::bytes(part))
}

/// An operand that is a position or a count. Text is read as a number with a fraction, which is
/// cut off like that of any number.
pub(crate) fn position(dialect: Dialect, value: &Value) -> i64 {
    match value {
        Value::Str(_) | Value::Bytes(_) => dialect.float(value) as i64,
        _ => dialect.int(value),
    }
}

/// The position of the first occurrence of `part`, counted from 1; 0 if there is none. Empty text
/// occurs at 1.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
pub fn index(context: &mut Context<'_>, value: &Value, part: &Value) -> Result<i64, Fault> {
    let text = context.text(value)?;
    let part = context.text(part)?;
    let at = match (text.as_str(), part.as_str()) {
        (Some(text), Some(part)) => text.find(part).map(|at| text[..at].chars().count()),
        // Whole characters of a valid text contain no others.
        (Some(_), None) => None,
        (None, Some(part)) => find_in_bytes(text.as_bytes(), part),
        (None, None) => find_bytes(text.as_bytes(), part.as_bytes()),
    };
    Ok(at.map_or(0, |at| at as i64 + 1))
}

/// The characters before the first occurrence of `part`, which lies within one valid run.
fn find_in_bytes(bytes: &[u8], part: &str) -> Option<usize> {
    let mut before = 0;
    for chunk in bytes.utf8_chunks() {
        let valid = chunk.valid();
        if let Some(at) = valid.find(part) {
            return Some(before + valid[..at].chars().count());
        }
        before += valid.chars().count() + chunk.invalid().len();
    }
    None
}

/// The characters before the first occurrence of `part` that does not tear a character.
fn find_bytes(bytes: &[u8], part: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    for before in 0.. {
        if rest.len() < part.len() {
            break;
        }
        if rest.starts_with(part) && ends_between_characters(rest, part.len()) {
            return Some(before);
        }
        rest = &rest[first_len(rest)..];
    }
    None
}

/// Whether one of the last characters within `bytes[..len]` ends there.
fn ends_between_characters(bytes: &[u8], len: usize) -> bool {
    let continues = |byte: &u8| byte & 0xc0 == 0x80;
    if !bytes.get(len).is_some_and(continues) {
        return true;
    }
    // The nearest lead byte says whether the bytes around the end belong together.
    match bytes[..len].iter().rposition(|byte| !continues(byte)) {
        Some(lead) if len - lead < 4 => first_len(&bytes[lead..]) <= len - lead,
        _ => true,
    }
}

/// The length in bytes of the first character.
fn first_len(bytes: &[u8]) -> usize {
    let head = &bytes[..bytes.len().min(4)];
    match head.utf8_chunks().next() {
        Some(chunk) => chunk.valid().chars().next().map_or(1, char::len_utf8),
        None => 0,
    }
}

/// The text in lower case, by the rules of Unicode; its length may change. In the dialect of AWK,
/// each character becomes one.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
pub fn tolower(context: &mut Context<'_>, value: &Value) -> Result<Value, Fault> {
    let map = match context.numeric.dialect {
        Dialect::Awk => |text: &str| each(text, char::to_lowercase),
        _ => str::to_lowercase,
    };
    map_valid(context, value, map)
}

/// The text in upper case, by the rules of Unicode; its length may change. In the dialect of AWK,
/// each character becomes one.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
pub fn toupper(context: &mut Context<'_>, value: &Value) -> Result<Value, Fault> {
    let map = match context.numeric.dialect {
        Dialect::Awk => |text: &str| each(text, char::to_uppercase),
        _ => str::to_uppercase,
    };
    map_valid(context, value, map)
}

/// Maps each character that becomes one; others stay, as with C's `towupper`.
fn each<I: ExactSizeIterator<Item = char>>(text: &str, map: impl Fn(char) -> I) -> String {
    let single = |c: char| {
        let mut mapped = map(c);
        match mapped.len() {
            1 => mapped.next().unwrap_or(c),
            _ => c,
        }
    };
    text.chars().map(single).collect()
}

fn map_valid(
    context: &mut Context<'_>,
    value: &Value,
    map: fn(&str) -> String,
) -> Result<Value, Fault> {
    let text = context.text(value)?;
    // A character becomes up to three times as long.
    let _mapped = context.memory.hold(text.len().saturating_mul(3))?;
    if let Some(text) = text.as_str() {
        let mapped = map(text);
        context.memory.reserve(mapped.len())?;
        return Ok(Value::str(mapped));
    }
    let mut mapped = Vec::new();
    for chunk in text.as_bytes().utf8_chunks() {
        mapped.extend_from_slice(map(chunk.valid()).as_bytes());
        mapped.extend_from_slice(chunk.invalid());
        context.memory.reserve(mapped.len())?;
    }
    Ok(Value::bytes(mapped))
}

/// The code point of the first character, 0 for empty text; of a byte that is no part of a
/// character, the byte.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
pub fn ord(context: &mut Context<'_>, value: &Value) -> Result<Value, Fault> {
    let text = context.text(value)?;
    let bytes = text.as_bytes();
    let first = str::from_utf8(&bytes[..first_len(bytes)]).ok();
    let code = match first.and_then(|first| first.chars().next()) {
        Some(char) => u32::from(char),
        None => bytes.first().copied().map_or(0, u32::from),
    };
    Ok(Value::Float(code.into()))
}

/// The character of a code point, cut to a whole number; empty if there is none.
pub fn chr(dialect: Dialect, value: &Value) -> Value {
    char::from_u32(dialect.float(value) as u32).map_or_else(|| Value::str(""), Value::str)
}

fn count(text: &Text<'_>) -> usize {
    match text.as_str() {
        Some(text) => text.chars().count(),
        None => text
            .as_bytes()
            .utf8_chunks()
            .map(|chunk| chunk.valid().chars().count() + chunk.invalid().len())
            .sum(),
    }
}

/// The length in bytes of the first `count` characters, or of all if there are fewer.
fn prefix_len(bytes: &[u8], utf8: bool, count: usize) -> usize {
    if count >= bytes.len() {
        return bytes.len();
    }
    // Nothing behind the prefix is looked at, so that walking through a long text stays cheap.
    if bytes[..count].is_ascii() {
        return count;
    }
    if utf8 {
        let leads = bytes
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte & 0xc0 != 0x80);
        return leads.map(|(at, _)| at).nth(count).unwrap_or(bytes.len());
    }
    let mut len = 0;
    for _ in 0..count {
        if len == bytes.len() {
            break;
        }
        len += first_len(&bytes[len..]);
    }
    len
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semantics::test_support::with_context;
    use proptest::prelude::*;

    fn characters(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        for chunk in bytes.utf8_chunks() {
            all.extend(chunk.valid().chars().map(|c| c.to_string().into_bytes()));
            all.extend(chunk.invalid().iter().map(|byte| vec![*byte]));
        }
        all
    }

    /// Bytes of which many are parts of characters, whole and torn.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(&b"a"[..]),
            Just("é".as_bytes()),
            Just("€".as_bytes()),
            Just(&b"\xc3"[..]),
            Just(&b"\xa9"[..]),
            Just(&b"\xe2\x82"[..]),
            Just(&b"\xf0\x9f"[..]),
        ];
        prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn characters_are_those_of_a_list(
            text in bytes(), part in bytes(), from in -3..9i64, len in prop::option::of(-2..9i64),
        ) {
            let list = characters(&text);
            let (value, wanted) = (Value::bytes(&text), Value::bytes(&part));
            with_context(1000, |context| {
                prop_assert_eq!(length(context, &value), Ok(list.len() as i64));

                let inside = |at: i64| at >= from && len.is_none_or(|len| at < from + len);
                let kept = (1..).zip(&list).filter(|(at, _)| inside(*at));
                let expected: Vec<u8> = kept.flat_map(|(_, char)| char.clone()).collect();
                prop_assert_eq!(substr(context, &value, from, len), Ok(Value::bytes(expected)));

                let part = characters(&part);
                let found = (0..=list.len()).find(|at| list[*at..].starts_with(&part));
                let found = found.map_or(0, |at| at as i64 + 1);
                prop_assert_eq!(index(context, &value, &wanted), Ok(found));
                Ok(())
            })?;
        }
    }

    #[test]
    fn results_obey_the_limit() {
        with_context(6, |context| {
            let short = Value::str("\u{390}\u{390}\u{390}");
            let fault = Fault::ValueTooLarge { limit: 6 };
            assert_eq!(toupper(context, &short), Err(fault.clone()));
            assert_eq!(tolower(context, &short), Ok(short));
            assert_eq!(length(context, &Value::str("1234567")), Err(fault));
        });
    }
}
