//! Tests of values as a whole; those of one part stand beside it.

mod account;
mod coercions;
mod deep;
mod models;
mod serde;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher};
use std::mem::take;

use proptest::prelude::*;

use super::*;

/// A front end's object: its name, truth and number follow from the number it holds.
struct Answer(f64);

impl HostObject for Answer {
    fn type_name(&self) -> &'static str {
        "answer"
    }

    fn is_truthy(&self) -> bool {
        self.0 != 0.0
    }

    fn to_number(&self) -> Option<f64> {
        Some(self.0)
    }
}

/// Values of every kind, nested a few levels, without NaN unless `nan` is set.
fn any_value(nan: bool) -> BoxedStrategy<Value> {
    let float = any::<f64>().prop_filter("NaN", move |f| nan || !f.is_nan());
    let leaf = prop_oneof![
        Just(Value::Undef),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        float.prop_map(Value::Float),
        ".{0,20}".prop_map(Value::str),
        any::<i32>().prop_map(Value::Status),
        any::<u16>().prop_map(Value::NativeFn),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Value::bytes),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof![
            "[a-c]{0,2}".prop_map(Key::from),
            prop::collection::vec(any::<u8>(), 0..20).prop_map(|k| Key::from(&k[..])),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::array),
            prop::collection::vec((key, inner.clone()), 0..6)
                .prop_map(|entries| Value::Hash(entries.into_iter().collect())),
            inner.prop_map(Value::reference),
        ]
    })
    .boxed()
}

fn digest(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn payloads_are_where_the_documentation_says() {
    fn check<T>(value: &Value, payload: &T, expected: usize) {
        let start: *const Value = value;
        let payload: *const T = payload;
        assert_eq!(payload.addr() - start.addr(), expected, "{value:?}");
    }
    let values = [
        Value::Bool(true),
        Value::NativeFn(1),
        Value::Status(1),
        Value::Handle(Handle::new(1, 2, 3)),
        Value::str("x"),
        Value::bytes(b"\xff"),
        Value::Int(1),
        Value::Float(1.0),
        Value::array(vec![]),
        Value::hash(HashMap::new()),
        Value::reference(Value::Undef),
        Value::Object(Object::new(Answer(1.0))),
    ];
    for value in &values {
        match value {
            Value::Undef => {}
            Value::Bool(p) => check(value, p, 1),
            Value::NativeFn(p) => check(value, p, 2),
            Value::Status(p) => check(value, p, 4),
            Value::Handle(p) => check(value, p, 4),
            Value::Str(p) => check(value, p, 1),
            Value::Bytes(p) => check(value, p, 1),
            Value::Int(p) => check(value, p, 8),
            Value::Float(p) => check(value, p, 8),
            Value::Array(p) => check(value, p, 8),
            Value::Hash(p) => check(value, p, 8),
            Value::Ref(p) => check(value, p, 8),
            Value::Object(p) => check(value, p, 8),
        }
    }
}

#[test]
fn plain_values_own_no_shared_memory() {
    let plain = [
        Value::Undef,
        Value::Int(1),
        Value::Handle(Handle::new(0, 0, 0)),
        Value::str("fourteen bytes"),
    ];
    assert!(plain.iter().all(Value::is_plain));
    let shared = [
        Value::str("fifteen bytes!!"),
        Value::array(vec![]),
        Value::reference(Value::Undef),
        Value::Object(Object::new(Answer(1.0))),
    ];
    assert!(!shared.iter().any(Value::is_plain));
}

#[test]
fn kinds_are_never_equal_to_each_other() {
    let ones = [
        Value::Int(1),
        Value::Float(1.0),
        Value::Bool(true),
        Value::str("1"),
        Value::Status(1),
        Value::NativeFn(1),
        Value::array(vec![Value::Int(1)]),
        Value::reference(Value::Int(1)),
    ];
    for (i, a) in ones.iter().enumerate() {
        for (j, b) in ones.iter().enumerate() {
            assert_eq!(a == b, i == j, "{a:?} {b:?}");
            assert_eq!(digest(a) == digest(b), i == j, "{a:?} {b:?}");
        }
    }
    let zeros = [Value::Int(0), Value::Bool(false), Value::Status(0)];
    let digests: Vec<_> = zeros.iter().map(digest).collect();
    assert!(digests[0] != digests[1] && digests[0] != digests[2] && digests[1] != digests[2]);
}

#[test]
fn nan_is_unequal_to_itself_at_any_depth() {
    let nan = Value::Float(f64::NAN);
    let mut general = Array::from(vec![Value::Undef, nan.clone()]);
    general.shift();
    let nests = [
        nan.clone(),
        Value::Array(Array::from_floats(vec![f64::NAN])),
        Value::Array(general),
        Value::reference(nan.clone()),
        Value::Hash([("k", nan)].into()),
    ];
    for value in nests {
        assert_ne!(value, value.clone(), "{value:?}");
        assert_eq!(digest(&value), digest(&value.clone()));
    }
    assert_eq!(Value::Float(0.0), Value::Float(-0.0));
    assert_ne!(digest(&Value::Float(0.0)), digest(&Value::Float(-0.0)));
}

#[test]
fn storage_and_insertion_order_do_not_show_in_equality() {
    let mut general = Array::from(vec![Value::Undef, Value::Int(1), Value::Int(2)]);
    general.shift();
    assert!(general.as_ints().is_none());
    let (general, packed) = (
        Value::Array(general),
        Value::Array(vec![1.into(), 2.into()].into()),
    );
    assert_eq!(general, packed);
    assert_eq!(digest(&general), digest(&packed));

    let ab = Value::Hash([("a", general), ("b", Value::Undef)].into());
    let ba = Value::Hash([("b", Value::Undef), ("a", packed)].into());
    assert_eq!(ab, ba);
    assert_eq!(digest(&ab), digest(&ba));
    assert_ne!(
        ab,
        Value::Hash([("a", Value::Undef), ("b", Value::Undef)].into())
    );
}

#[test]
fn objects_are_equal_by_identity() {
    let object = Object::new(Answer(1.0));
    assert_eq!(object, object.clone());
    assert_ne!(object, Object::new(Answer(1.0)));
    assert_eq!(object.downcast_ref::<Answer>().map(|a| a.0), Some(1.0));
}

#[test]
fn debug_looks_derived() {
    let cases = [
        (Value::Undef, "Undef"),
        (Value::Float(2.0), "Float(2.0)"),
        (Value::str("a\"\n"), r#"Str("a\"\n")"#),
        (
            Value::array(vec![1.into(), 2.into()]),
            "Array([Int(1), Int(2)])",
        ),
        (
            Value::array(vec![Value::array(vec![]), Value::Undef]),
            "Array([Array([]), Undef])",
        ),
        (
            Value::Hash([("k", Value::Int(1)), ("l", Value::Hash(Hash::new()))].into()),
            r#"Hash({"k": Int(1), "l": Hash({})})"#,
        ),
        (Value::Status(3), "Status(3)"),
        (Value::reference(Value::Int(1)), "Ref(Int(1))"),
        (Value::NativeFn(4), "NativeFn(4)"),
        (Value::Handle(Handle::new(1, 2, 3)), "Handle(1, 2, 3)"),
        (Value::Object(Object::new(Answer(1.0))), "Object(answer)"),
    ];
    for (value, text) in cases {
        assert_eq!(format!("{value:?}"), text);
    }
}

proptest! {
    #[test]
    fn equal_values_hash_alike(mut value in any_value(false)) {
        let copy = value.clone();
        prop_assert_eq!(&value, &copy);
        prop_assert_eq!(digest(&value), digest(&copy));
        // Rebuilt containers share no memory, and the hash is in another order.
        if let Value::Hash(hash) = &mut value {
            let entries: Vec<_> = take(hash).into_iter().rev().collect();
            *hash = entries.into_iter().collect();
        }
        prop_assert_eq!(&value, &copy);
        prop_assert_eq!(digest(&value), digest(&copy));
    }
}
