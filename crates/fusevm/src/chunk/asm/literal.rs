//! Values as literals, read and written. Neither direction recurses: constants nest freely.

use std::fmt::Write;

use super::Problem;
use super::cursor::Cursor;
use super::lex::{Span, TokenKind, write_bytes, write_text};
use crate::op::OperandValue;
use crate::value::{Array, Hash, HashIntoIter, Key, Value};

/// Words that are values and therefore cannot name constants.
pub(super) fn is_literal_word(word: &str) -> bool {
    let word = word.trim_start_matches(['+', '-']);
    word.starts_with(|c: char| c.is_ascii_digit())
        || matches!(
            word,
            "undef"
                | "true"
                | "false"
                | "inf"
                | "nan"
                | "status"
                | "ref"
                | "builtin"
                | "handle"
                | "object"
        )
}

/// A container literal whose end has not been read.
enum Open {
    Array(Vec<Value>),
    /// The key is that of the value being read.
    Hash(Hash, Key),
    Ref,
}

/// Reads a value.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Value, Problem> {
    let mut open = Vec::new();
    loop {
        let Some(mut value) = read_start(cursor, &mut open)? else {
            continue;
        };
        loop {
            value = match open.pop() {
                None => return Ok(value),
                Some(Open::Array(mut items)) => {
                    items.push(value);
                    if cursor.comma_or(']')? {
                        open.push(Open::Array(items));
                        break;
                    }
                    Value::array(items)
                }
                Some(Open::Hash(mut hash, key)) => {
                    hash.insert(key, value);
                    if cursor.comma_or('}')? {
                        open.push(Open::Hash(hash, read_key(cursor)?));
                        break;
                    }
                    Value::Hash(hash)
                }
                Some(Open::Ref) => {
                    cursor.expect(')')?;
                    Value::reference(value)
                }
            };
        }
    }
}

/// Reads a value without parts, or opens a container and gives `None`.
fn read_start(cursor: &mut Cursor<'_>, open: &mut Vec<Open>) -> Result<Option<Value>, Problem> {
    let token = cursor.next("a value")?;
    let value = match token.kind {
        TokenKind::Text(text) => Value::str(text),
        TokenKind::Bytes(bytes) => Value::bytes(bytes),
        TokenKind::Mark('[') if cursor.eat(']') => Value::array(Vec::new()),
        TokenKind::Mark('[') => {
            open.push(Open::Array(Vec::new()));
            return Ok(None);
        }
        TokenKind::Mark('{') if cursor.eat('}') => Value::Hash(Hash::new()),
        TokenKind::Mark('{') => {
            open.push(Open::Hash(Hash::new(), read_key(cursor)?));
            return Ok(None);
        }
        TokenKind::Word("ref") => {
            cursor.expect('(')?;
            open.push(Open::Ref);
            return Ok(None);
        }
        TokenKind::Word(word) => read_word(cursor, word, token.span)?,
        _ => return Err(token.unexpected("a value")),
    };
    Ok(Some(value))
}

fn read_key(cursor: &mut Cursor<'_>) -> Result<Key, Problem> {
    let token = cursor.next("a key")?;
    let key = match token.kind {
        TokenKind::Text(text) => Key::from(text),
        TokenKind::Bytes(bytes) => Key::from(&bytes[..]),
        _ => return Err(token.unexpected("a key in quotes")),
    };
    cursor.expect(':')?;
    Ok(key)
}

fn read_word(cursor: &mut Cursor<'_>, word: &str, span: Span) -> Result<Value, Problem> {
    match word {
        "undef" => Ok(Value::Undef),
        "true" => Ok(Value::Bool(true)),
        "false" => Ok(Value::Bool(false)),
        "status" => read_payload(cursor, "a status of 32 bits").map(Value::Status),
        "builtin" => read_payload(cursor, "an integer from 0 to 65535").map(Value::NativeFn),
        "handle" | "object" => Err(Problem::new(
            span,
            "handles and objects belong to a running program and have no text form",
        )),
        _ => match read_number(cursor, word, span)? {
            Some(OperandValue::Int(value)) => Ok(Value::Int(value)),
            Some(OperandValue::Float(value)) => Ok(Value::Float(value)),
            Some(OperandValue::UInt(_)) => Err(too_large(span)),
            None => Err(
                Problem::new(span, format!("expected a value, found `{word}`"))
                    .help("texts are written in quotes"),
            ),
        },
    }
}

/// Reads `(5)`.
fn read_payload<T: TryFrom<i64>>(cursor: &mut Cursor<'_>, expected: &str) -> Result<T, Problem> {
    cursor.expect('(')?;
    let token = cursor.next(expected)?;
    let payload = match token.kind {
        TokenKind::Word(word) => match read_number(cursor, word, token.span)? {
            Some(OperandValue::Int(value)) => T::try_from(value).ok(),
            _ => None,
        },
        _ => None,
    };
    let payload = payload.ok_or_else(|| token.unexpected(expected))?;
    cursor.expect(')')?;
    Ok(payload)
}

/// The number that the word stands for; `None` if it does not look like one. Integers beyond
/// `i64::MAX` are [`OperandValue::UInt`].
pub(super) fn read_number(
    cursor: &mut Cursor<'_>,
    word: &str,
    span: Span,
) -> Result<Option<OperandValue>, Problem> {
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    let number = match word {
        "inf" | "+inf" => OperandValue::Float(f64::INFINITY),
        "-inf" => OperandValue::Float(f64::NEG_INFINITY),
        "nan" => OperandValue::Float(read_nan(cursor)?),
        _ if !unsigned.starts_with(|c: char| c.is_ascii_digit()) => return Ok(None),
        _ => parse_number(&word.replace('_', "")).ok_or_else(|| {
            if unsigned.chars().all(|c| c.is_ascii_digit() || c == '_') {
                too_large(span)
            } else {
                Problem::new(span, format!("`{word}` is not a number"))
            }
        })?,
    };
    Ok(Some(number))
}

fn too_large(span: Span) -> Problem {
    Problem::new(span, "the integer does not fit in 64 bits")
        .help("a float has a decimal point or an exponent")
}

fn parse_number(word: &str) -> Option<OperandValue> {
    let (sign, unsigned) = match word.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, word.strip_prefix('+').unwrap_or(word)),
    };
    let (digits, radix) = match unsigned.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (unsigned, 10),
    };
    if digits.chars().all(|c| c.is_digit(radix)) {
        let number = sign * i128::from(u64::from_str_radix(digits, radix).ok()?);
        let int = i64::try_from(number).map(OperandValue::Int);
        return int
            .or_else(|_| u64::try_from(number).map(OperandValue::UInt))
            .ok();
    }
    word.parse().ok().map(OperandValue::Float)
}

/// Reads the bits of a NaN, as in `nan(0x7ff8000000000001)`; without them it is the usual one.
fn read_nan(cursor: &mut Cursor<'_>) -> Result<f64, Problem> {
    if !cursor.eat('(') {
        return Ok(f64::NAN);
    }
    let token = cursor.next("the bits of a NaN")?;
    let bits = match token.kind {
        TokenKind::Word(word) => word.strip_prefix("0x"),
        _ => None,
    };
    let nan = bits
        .and_then(|bits| u64::from_str_radix(bits, 16).ok())
        .map(f64::from_bits)
        .filter(|nan| nan.is_nan())
        .ok_or_else(|| token.unexpected("the bits of a NaN, as in 0x7ff8000000000001"))?;
    cursor.expect(')')?;
    Ok(nan)
}

/// A container literal that has been begun.
enum Rest {
    Array(Array, usize),
    Hash(HashIntoIter, usize),
    Ref(Option<Value>),
}

/// Writes a value so that [`read`] reads it back, bit for bit. Handles and objects have no text
/// form; a placeholder stands for them.
pub(super) fn write(out: &mut String, value: &Value) {
    let mut open = Vec::new();
    let mut next = Some(value.clone());
    loop {
        if let Some(value) = next {
            open.extend(write_start(out, value));
        }
        let Some(innermost) = open.last_mut() else {
            return;
        };
        next = write_rest(out, innermost);
        if next.is_none() {
            open.pop();
        }
    }
}

fn write_start(out: &mut String, value: Value) -> Option<Rest> {
    match value {
        Value::Undef => out.push_str("undef"),
        Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Value::Int(value) => write_display(out, value),
        Value::Float(value) => write_float(out, value),
        Value::Str(text) => write_text(out, &text),
        Value::Bytes(bytes) => write_bytes(out, &bytes),
        Value::Status(code) => write_display(out, format_args!("status({code})")),
        Value::NativeFn(id) => write_display(out, format_args!("builtin({id})")),
        Value::Handle(_) => out.push_str("handle"),
        Value::Object(_) => out.push_str("object"),
        Value::Array(array) => {
            out.push('[');
            return Some(Rest::Array(array, 0));
        }
        Value::Hash(hash) => {
            out.push('{');
            return Some(Rest::Hash(hash.into_iter(), 0));
        }
        Value::Ref(target) => {
            out.push_str("ref(");
            return Some(Rest::Ref(Some(Value::clone(&target))));
        }
    }
    None
}

/// Writes up to the next part and gives it, or closes the literal.
fn write_rest(out: &mut String, rest: &mut Rest) -> Option<Value> {
    match rest {
        Rest::Array(array, index) => {
            let element = array.get(*index);
            write_between(out, *index, element.is_some(), ']');
            *index += 1;
            element
        }
        Rest::Hash(entries, index) => {
            let entry = entries.next();
            write_between(out, *index, entry.is_some(), '}');
            *index += 1;
            let (key, value) = entry?;
            match key.as_str() {
                Some(key) => write_text(out, key),
                None => write_bytes(out, key.as_bytes()),
            }
            out.push_str(": ");
            Some(value)
        }
        Rest::Ref(target) => {
            let target = target.take();
            write_between(out, 0, target.is_some(), ')');
            target
        }
    }
}

/// Writes what stands before part `index` of a literal, or after the last one.
fn write_between(out: &mut String, index: usize, more: bool, close: char) {
    if !more {
        out.push(close);
    } else if index > 0 {
        out.push_str(", ");
    }
}

/// Writes a float so that it is read back bit for bit.
pub(super) fn write_float(out: &mut String, value: f64) {
    if !value.is_nan() {
        write_display(out, format_args!("{value:?}"));
    } else if value.to_bits() == f64::NAN.to_bits() {
        out.push_str("nan");
    } else {
        write_display(out, format_args!("nan({:#x})", value.to_bits()));
    }
}

pub(super) fn write_display(out: &mut String, value: impl std::fmt::Display) {
    write!(out, "{value}").expect("writing to a string succeeds");
}
