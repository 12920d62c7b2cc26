//! The account of memory equals what the values that are alive have allocated.

use std::collections::HashSet;
use std::mem::take;

use proptest::prelude::*;

use super::*;
use crate::value::account::held;

/// The bytes of all allocations behind `values`, each once.
fn allocated<'v>(values: impl IntoIterator<Item = &'v Value>) -> usize {
    let mut seen = HashSet::new();
    let mut text = |bytes: &[u8], size: usize| match size {
        0 => 0,
        size if seen.insert(bytes.as_ptr().addr()) => size,
        _ => 0,
    };
    let mut shared = HashSet::new();
    let mut open: Vec<&Value> = values.into_iter().collect();
    let mut sum = 0;
    let mut is_first = |address: Option<usize>| address.is_none_or(|at| shared.insert(at));
    while let Some(value) = open.pop() {
        match value {
            Value::Str(s) => sum += text(s.as_bytes(), s.heap_size()),
            Value::Bytes(b) => sum += text(b.as_bytes(), b.heap_size()),
            Value::Array(array) if is_first(array.shared_address()) => {
                sum += array.heap_size();
                open.extend(array.as_general().unwrap_or_default());
            }
            Value::Hash(hash) if is_first(hash.shared_address()) => {
                sum += hash.heap_size();
                for (key, value) in hash {
                    sum += text(key.as_bytes(), key.0.heap_size());
                    open.push(value);
                }
            }
            Value::Ref(target) if is_first(target.shared_address()) => {
                sum += target.heap_size();
                open.push(target);
            }
            _ => {}
        }
    }
    sum
}

fn leaf(n: u8) -> Value {
    match n % 5 {
        0 => Value::Int(n.into()),
        1 => Value::Float(0.5),
        2 => Value::Bool(true),
        3 => Value::str("x".repeat(n.into())),
        _ => Value::bytes(vec![0xff; n.into()]),
    }
}

/// Changes one of `values`, with others as operands.
fn change(values: &mut [Value; 4], op: u8, at: usize, from: usize, n: u8) {
    let other = match n % 3 {
        // Values within values stay small.
        0 if allocated([&values[from]]) < 5000 => values[from].clone(),
        _ => leaf(n),
    };
    let room = usize::from(n) * 40;
    match (&mut values[at], op) {
        (Value::Array(array), 0..=3) => array.push(other),
        (Value::Array(array), 4) => array.set(usize::from(n) / 4, other),
        (Value::Array(array), 5) => drop(array.pop()),
        (Value::Array(array), 6..=7) => drop(array.shift()),
        (Value::Array(array), 8) => array.truncate(n.into()),
        (Value::Array(array), 9) => drop(array.prepare(&other, n.into(), room)),
        (Value::Array(array), 10) => drop(array.try_reserve(n.into())),
        (Value::Array(array), 11) => array.extend_ints(0..i64::from(n)),
        (value @ Value::Array(_), 12) => {
            if let Value::Array(array) = take(value) {
                *value = Value::array(array.into_vec());
            }
        }
        (Value::Hash(hash), 0..=5) => drop(hash.insert(Key::from(&*"k".repeat(n.into())), other)),
        (Value::Hash(hash), 6..=8) => drop(hash.remove("k".repeat(n.into()).as_str())),
        (Value::Hash(hash), 9) => drop(hash.prepare(n.into(), room)),
        (Value::Hash(hash), 10) => drop(hash.try_reserve(n.into())),
        (Value::Hash(hash), 11) => hash.clear(),
        (Value::Hash(hash), 12) => {
            let entries: Vec<_> = hash.clone().into_iter().collect();
            drop(entries);
        }
        (Value::Str(text), 0..=6) => text.push_str(&"é".repeat(n.into())),
        (Value::Str(text), 7..=9) => {
            let _ = text.try_push_str_within("a longer piece of text", room);
        }
        (value, 13) => *value = Value::Array(Array::new()),
        (value, 14) => *value = Value::Hash(Hash::new()),
        (value, 15) => *value = Value::reference(other),
        (value, _) => *value = other,
    }
}

proptest! {
    #[test]
    fn the_account_is_what_is_alive(
        steps in prop::collection::vec((0u8..20, 0..4usize, 0..4usize, any::<u8>()), 0..80)
    ) {
        let start = held();
        let mut values = [0, 1, 2, 3].map(|_| Value::Array(Array::new()));
        for (op, at, from, n) in steps {
            change(&mut values, op, at, from, n);
            prop_assert_eq!(held() - start, allocated(&values) as isize, "op {}", op);
        }
        drop(values);
        prop_assert_eq!(held(), start);
    }
}

#[test]
fn growth_stays_within_its_room() {
    for (value, kind) in [(Value::Int(1), "packed"), (Value::str("x"), "general")] {
        let mut array = Array::new();
        for _ in 0..3000 {
            let before = held();
            let room = 20_000;
            if array.prepare(&value, 1, room).is_err() {
                break;
            }
            assert!(held() - before <= room as isize, "{kind}");
            array.push(value.clone());
            assert!(array.heap_size() <= room + 100, "{kind}");
        }
        assert!(array.len() > 500, "{kind}: {}", array.len());
    }
}
