//! Functions that fill arrays: `match`, `split`, `patsplit`, `asort` and `asorti`.

use fusevm::value::{Hash, Key};
use fusevm::{VM, Value};

use super::Outcome;
use super::matches::Span;
use super::sort::{self, Order};
use super::split::count_characters;
use super::text::push_int;
use fusevm::semantics::NumberFormat;

/// The array that an argument is, emptied.
fn emptied<'v>(vm: &'v mut VM, array: &Value) -> Option<&'v mut Hash> {
    let Value::Handle(handle) = array else {
        return None;
    };
    let hash = vm.heap_hash_mut(*handle)?;
    hash.clear();
    Some(hash)
}

/// Makes values the elements of an array, from 1.
pub(super) fn fill(
    vm: &mut VM,
    array: &Value,
    values: impl ExactSizeIterator<Item = Value>,
) -> i64 {
    let Value::Handle(handle) = array else {
        return 0;
    };
    let Some(hash) = vm.heap_hash_mut(*handle) else {
        return 0;
    };
    let count = values.len() as i64;
    let mut digits = Vec::new();
    // Programs split one record after the other into the same array: its keys are often there.
    let is_same = hash.len() == values.len()
        && (1..)
            .zip(hash.keys())
            .all(|(number, key)| key.as_bytes() == key_of(&mut digits, number));
    if !is_same {
        hash.clear();
    }
    for (number, value) in (1..).zip(values) {
        let key = key_of(&mut digits, number);
        let place = if is_same { hash.get_mut(key) } else { None };
        match place {
            Some(place) => *place = value,
            None => drop(hash.insert(key, value)),
        }
    }
    count
}

/// The key of a number.
fn key_of(digits: &mut Vec<u8>, number: i64) -> &[u8] {
    digits.clear();
    push_int(digits, number);
    digits
}

/// Makes the parts of a text the elements of an array, from 1.
pub(super) fn fill_parts(vm: &mut VM, array: &Value, text: &[u8], parts: &[Span]) -> Outcome {
    let values = parts
        .iter()
        .map(|&(start, end)| Value::from_input(&text[start..end]));
    Ok(Value::Int(fill(vm, array, values)))
}

/// Makes what is around the parts of a text the elements of an array, from 0. What is before the
/// first and behind the last one may be left out where it is empty.
pub(super) fn fill_separators(
    vm: &mut VM,
    array: &Value,
    text: &[u8],
    parts: &[Span],
    keep_empty_ends: bool,
) {
    let Some(hash) = emptied(vm, array) else {
        return;
    };
    if text.is_empty() {
        return;
    }
    let mut from = 0;
    let mut key = Vec::new();
    for number in 0..=parts.len() {
        let (end, next) = parts
            .get(number)
            .map_or((text.len(), text.len()), |&(start, end)| (start, end));
        let is_end = number == 0 || number == parts.len();
        if keep_empty_ends || !is_end || end > from {
            key.clear();
            push_int(&mut key, number as i64);
            hash.insert(key.as_slice(), Value::bytes(&text[from..end]));
        }
        from = next;
    }
}

/// Fills an array with what groups matched: element `n` is the text, `n SUBSEP "start"` and
/// `n SUBSEP "length"` are where it is.
pub(super) fn fill_groups(
    vm: &mut VM,
    array: &Value,
    text: &[u8],
    groups: &[Option<Span>],
    subsep: &[u8],
    bytes: bool,
) {
    let Some(hash) = emptied(vm, array) else {
        return;
    };
    for (number, group) in groups.iter().enumerate() {
        let Some((start, end)) = *group else {
            continue;
        };
        let mut key = number.to_string().into_bytes();
        hash.insert(key.as_slice(), Value::from_input(&text[start..end]));
        key.extend_from_slice(subsep);
        let from = count_characters(&text[..start], bytes) as i64 + 1;
        let length = count_characters(&text[start..end], bytes) as i64;
        hash.insert([&*key, b"start"].concat().as_slice(), Value::Int(from));
        hash.insert([&*key, b"length"].concat().as_slice(), Value::Int(length));
    }
}

/// What `asort` and `asorti` keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Values,
    Indices,
}

/// Fills an array with the elements or indices of another: array, array to fill, keys in order.
pub(super) fn fill_in_order(vm: &mut VM, args: &[Value], kept: Kept) -> Outcome {
    let [Value::Handle(from), to, Value::Array(keys)] = args else {
        return Ok(Value::Int(0));
    };
    let values: Vec<Value> = match (kept, vm.heap_get(*from)) {
        (Kept::Values, Some(Value::Hash(hash))) => keys
            .iter()
            .map(|key| hash.get(&key_from(&key)).cloned().unwrap_or_default())
            .collect(),
        _ => keys.iter().collect(),
    };
    Ok(Value::Int(fill(vm, to, values.into_iter())))
}

/// A key as an array has it, from what the list of its keys has.
fn key_from(key: &Value) -> Key {
    match key {
        Value::Str(text) => Key::from(text.as_str()),
        Value::Bytes(bytes) => Key::from(&**bytes),
        other => Key::from(other.to_str()),
    }
}

/// The sorted elements or indices of an array.
pub(super) fn sorted_values(
    vm: &VM,
    array: &Value,
    order: Order,
    kept: Kept,
    format: NumberFormat,
    ignore_case: bool,
) -> Vec<Value> {
    let hash = match array {
        Value::Handle(handle) => vm.heap_get(*handle),
        _ => None,
    };
    let Some(Value::Hash(hash)) = hash else {
        return Vec::new();
    };
    let entries = sort::sorted(hash, order, format, ignore_case);
    let value = |entry: sort::Entry| match kept {
        Kept::Values => entry.value,
        Kept::Indices => entry.key.into_value(),
    };
    entries.into_iter().map(value).collect()
}

/// The keys of an array in some order.
pub(super) fn keys(
    vm: &VM,
    array: &Value,
    order: Order,
    format: NumberFormat,
    ignore_case: bool,
) -> Value {
    let keys = sorted_values(vm, array, order, Kept::Indices, format, ignore_case);
    Value::from(keys)
}
