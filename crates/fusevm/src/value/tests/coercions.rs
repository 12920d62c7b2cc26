//! The conversions to truth, numbers and text, as tables.

use std::borrow::Cow;

use super::*;

#[test]
fn coercions() {
    let deep = Value::array(vec![
        Value::Int(0),
        Value::array(vec![1.into(), 2.into()]),
        Value::Undef,
        Value::bool(true),
        Value::Float(0.5),
    ]);
    let huge = 1e300.to_string();
    // value, truth, integer, float, text, length
    let cases: Vec<(Value, bool, i64, f64, &str, usize)> = vec![
        (Value::Undef, false, 0, 0.0, "", 0),
        (Value::Bool(true), true, 1, 1.0, "1", 1),
        (Value::Bool(false), false, 0, 0.0, "", 0),
        (Value::Int(-42), true, -42, -42.0, "-42", 3),
        (Value::Int(0), false, 0, 0.0, "0", 1),
        (
            Value::Int(i64::MIN),
            true,
            i64::MIN,
            -(2f64.powi(63)),
            "-9223372036854775808",
            20,
        ),
        (Value::Float(2.5), true, 2, 2.5, "2.5", 3),
        (Value::Float(-0.0), false, 0, 0.0, "-0", 2),
        (Value::Float(1e300), true, i64::MAX, 1e300, &huge, 301),
        (
            Value::Float(f64::NEG_INFINITY),
            true,
            i64::MIN,
            f64::NEG_INFINITY,
            "-inf",
            4,
        ),
        (Value::str(""), false, 0, 0.0, "", 0),
        (Value::str("0"), false, 0, 0.0, "0", 1),
        (Value::str("00"), true, 0, 0.0, "00", 2),
        (Value::str("42"), true, 42, 42.0, "42", 2),
        (Value::str("2.5"), true, 0, 2.5, "2.5", 3),
        (Value::str("é"), true, 0, 0.0, "é", 2),
        (Value::array(vec![]), false, 0, 0.0, "", 0),
        (deep, true, 5, 0.0, "0 1 2  1 0.5", 5),
        (Value::Hash(Hash::new()), false, 0, 0.0, "(hash)", 0),
        (
            Value::Hash([("k", Value::Undef)].into()),
            true,
            0,
            0.0,
            "(hash)",
            1,
        ),
        (Value::Status(0), true, 0, 0.0, "0", 1),
        (Value::Status(-1), false, -1, -1.0, "-1", 2),
        (Value::reference(Value::Int(0)), true, 0, 0.0, "(ref)", 5),
        (Value::NativeFn(7), true, 0, 0.0, "(builtin:7)", 11),
        (Value::bytes(b"1\xff"), true, 0, 0.0, "1\u{fffd}", 2),
        (
            Value::Handle(Handle::new(1, 2, 3)),
            true,
            0,
            0.0,
            "(handle)",
            8,
        ),
        (
            Value::Object(Object::new(Answer(0.0))),
            false,
            0,
            0.0,
            "(answer)",
            8,
        ),
        (
            Value::Object(Object::new(Answer(2.5))),
            true,
            2,
            2.5,
            "(answer)",
            8,
        ),
    ];
    for (value, truth, int, float, text, len) in cases {
        assert_eq!(value.is_truthy(), truth, "{value:?}");
        assert_eq!(value.to_int(), int, "{value:?}");
        assert_eq!(value.to_float(), float, "{value:?}");
        assert_eq!(value.to_str(), text, "{value:?}");
        assert_eq!(value.len(), len, "{value:?}");
        assert_eq!(value.is_empty(), len == 0, "{value:?}");
        let exact = value.text(400).unwrap();
        if value.kind() != Kind::Bytes {
            assert_eq!(exact.as_str(), Some(text), "{value:?}");
        }
        assert_eq!(exact.is_utf8(), exact.as_str().is_some());
        assert_eq!(exact.key_hash(), exact.as_bytes().key_hash(), "{value:?}");
        assert_eq!(
            exact.clone().into_value().text(400).unwrap().as_bytes(),
            exact.as_bytes()
        );
        let mut appended = b">".to_vec();
        value.append_text(&mut appended, 400).unwrap();
        assert_eq!(&appended[1..], exact.as_bytes(), "{value:?}");
    }
    assert!(Value::Float(f64::NAN).is_truthy());
    assert_eq!(Value::Float(f64::NAN).to_int(), 0);
}

#[test]
fn existing_text_is_borrowed() {
    let long = Value::str("a text that is not stored in place");
    let borrowed = [
        Value::Undef,
        Value::Bool(true),
        long.clone(),
        Value::Hash(Hash::new()),
        Value::reference(Value::Undef),
    ];
    for value in borrowed {
        assert!(matches!(value.as_str_cow(), Cow::Borrowed(_)), "{value:?}");
    }
    assert!(matches!(Value::Int(1).as_str_cow(), Cow::Owned(_)));
    let (Value::Str(text), Value::Str(shared)) = (&long, long.text(100).unwrap().into_value())
    else {
        panic!("text is a Str")
    };
    assert!(text.ptr_eq(&shared));
}

#[test]
fn text_is_limited_exactly() {
    let values = [
        Value::Int(123456),
        Value::Float(123.45),
        Value::str("sixsix"),
        Value::Status(123456),
        Value::array(vec![Value::Int(12), Value::array(vec![Value::str("345")])]),
        Value::array(vec![Value::Float(0.5), Value::Float(55.0)]),
    ];
    for value in values {
        let len = value.text(100).unwrap().len();
        assert!(value.text(len).is_ok(), "{value:?}");
        assert_eq!(
            value.text(len - 1).err(),
            Some(TextTooLong { limit: len - 1 })
        );
        let mut out = b"ab".to_vec();
        assert!(value.append_text(&mut out, len + 1).is_err());
        assert_eq!(out, b"ab");
        value.append_text(&mut out, len + 2).unwrap();
        assert_eq!(out.len(), len + 2);
        assert_eq!(value.clone().into_key(len).unwrap().as_bytes(), &out[2..]);
        assert!(value.into_key(len - 1).is_err());
    }
}

#[test]
fn exponentially_long_text_stops_at_the_limit() {
    let mut value = Value::str("x");
    for _ in 0..100 {
        value = Value::array(vec![value.clone(), value]);
    }
    assert!(value.text(10_000).is_err());
}

#[test]
fn appending_moves_the_text() {
    let mut text = Value::str("a text that is not stored in place");
    let room = text.text(100).unwrap().len();
    for _ in 0..1000 {
        let mut key = text.into_key(usize::MAX).unwrap();
        key.try_push(b"x").unwrap();
        text = key.into_value();
    }
    assert_eq!(text.len(), room + 1000);
    let Value::Str(text) = text else {
        panic!("text is a Str")
    };
    assert!(text.heap_size() < 3 * text.len());
}
