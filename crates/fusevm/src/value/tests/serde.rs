//! The serialised form.

use super::*;

const FORMS: &[&str] = &[
    r#""Undef""#,
    r#"{"Bool":true}"#,
    r#"{"Int":1}"#,
    r#"{"Float":2.0}"#,
    r#"{"Str":"a"}"#,
    r#"{"Array":[{"Int":1},"Undef"]}"#,
    r#"{"Hash":{"z":{"Int":1},"a":"Undef"}}"#,
    r#"{"Status":3}"#,
    r#"{"Ref":{"Int":1}}"#,
    r#"{"NativeFn":4}"#,
    r#"{"Bytes":[97,255]}"#,
    r#"{"ByteHash":[[[255],{"Int":1}],[[97],"Undef"]]}"#,
];

fn nested(depth: usize, wrap: fn(Value) -> Value) -> Value {
    (0..depth).fold(Value::Undef, |inner, _| wrap(inner))
}

#[test]
fn json_forms() {
    for form in FORMS {
        let value: Value = serde_json::from_str(form).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), *form);
    }
    let float: Value = serde_json::from_str(r#"{"Float":3}"#).unwrap();
    assert_eq!(float, Value::Float(3.0));
    let last: Value = serde_json::from_str(r#"{"Hash":{"a":"Undef","a":{"Int":1}}}"#).unwrap();
    assert_eq!(last, Value::Hash([("a", Value::Int(1))].into()));
    let text: Value = serde_json::from_str(r#"{"Bytes":[97]}"#).unwrap();
    assert_eq!(text, Value::str("a"));
}

#[test]
fn the_tag_is_the_index() {
    for (index, form) in FORMS.iter().enumerate() {
        let value: Value = serde_json::from_str(form).unwrap();
        let bytes = bincode::serialize(&value).unwrap();
        let index = if form.contains("ByteHash") { 13 } else { index };
        assert_eq!(bytes[..4], (index as u32).to_le_bytes(), "{form}");
    }
    let bytes = bincode::serialize(&Value::Status(3)).unwrap();
    assert_eq!(bytes, [7, 0, 0, 0, 3, 0, 0, 0]);
}

#[test]
fn what_belongs_to_a_vm_is_refused() {
    let values = [
        (Value::Handle(Handle::new(1, 2, 3)), "running VM"),
        (
            Value::Object(Object::new(Answer(1.0))),
            "answer belongs to the front end",
        ),
    ];
    for (value, reason) in values {
        let error = serde_json::to_string(&Value::array(vec![value])).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
    for form in [
        r#"{"Handle":[1,2,3]}"#,
        r#"{"Object":null}"#,
        r#"{"Nope":1}"#,
        "7",
    ] {
        assert!(serde_json::from_str::<Value>(form).is_err(), "{form}");
    }
}

#[test]
fn depth_is_limited_both_ways() {
    let wraps: [fn(Value) -> Value; 3] = [
        |v| Value::array(vec![v]),
        |v| Value::Hash([("k", v)].into()),
        Value::reference,
    ];
    for wrap in wraps {
        let fits = nested(MAX_SERDE_DEPTH, wrap);
        let bytes = bincode::serialize(&fits).unwrap();
        assert_eq!(bincode::deserialize::<Value>(&bytes).unwrap(), fits);
        let error = bincode::serialize(&wrap(fits)).unwrap_err();
        assert!(error.to_string().contains("deeper than 128"), "{error}");
    }
    // Boxes one after another are the shortest way to nest: nothing but tags.
    for depth in [MAX_SERDE_DEPTH + 1, 100_000] {
        let mut bytes = 8u32.to_le_bytes().repeat(depth);
        bytes.extend(0u32.to_le_bytes());
        let error = bincode::deserialize::<Value>(&bytes).unwrap_err();
        assert!(error.to_string().contains("deeper than 128"), "{error}");
    }
}

#[test]
fn announced_lengths_are_not_trusted() {
    for tag in [5u32, 6, 13] {
        let mut bytes = tag.to_le_bytes().to_vec();
        bytes.extend((u64::MAX / 64).to_le_bytes());
        assert!(bincode::deserialize::<Value>(&bytes).is_err());
    }
}

proptest! {
    #[test]
    fn bincode_round_trip(value in any_value(true)) {
        let bytes = bincode::serialize(&value).unwrap();
        let back: Value = bincode::deserialize(&bytes).unwrap();
        // The debug form shows the order of hashes, and NaN as equal to itself.
        prop_assert_eq!(format!("{value:?}"), format!("{back:?}"));
        prop_assert_eq!(bincode::serialize(&back).unwrap(), bytes);
    }

    #[test]
    fn damaged_bytes_do_no_harm(value in any_value(true), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = bincode::serialize(&value).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = bincode::deserialize::<Value>(&bytes);
    }
}
