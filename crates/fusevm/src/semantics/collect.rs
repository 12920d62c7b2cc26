//! Arrays, hashes and ranges.
//!
//! A variable that does not hold the container an operation asks for reads as absent, and
//! writes to it are dropped: nothing is created by use.

use super::{Context, Dialect, Fault};
use crate::value::{Array, Hash, Key, Str, Value};

/// The bytes that one element takes in an unpacked container, counted against the limit.
const ELEMENT_BYTES: usize = size_of::<Value>();

/// An index operand as a position. Negative indexes name nothing.
#[inline]
pub(super) fn position(dialect: Dialect, index: &Value) -> Option<usize> {
    usize::try_from(dialect.int(index)).ok()
}

impl Context<'_> {
    /// Asks for a container of `elements` entries.
    fn reserve_elements(&mut self, elements: usize) -> Result<(), Fault> {
        self.memory.reserve(elements.saturating_mul(ELEMENT_BYTES))
    }

    /// Makes room in `array` for `additional` elements.
    fn grow_array(&mut self, array: &mut Array, additional: usize) -> Result<(), Fault> {
        self.reserve_elements(array.len().saturating_add(additional))?;
        let limit = self.memory.value_limit;
        array
            .try_reserve(additional)
            .map_err(|_| Fault::ValueTooLarge { limit })
    }
}

/// Element `index` of an array; `Undef` when out of range, negative, or not an array.
#[inline]
pub fn array_get(dialect: Dialect, container: &Value, index: &Value) -> Value {
    let Value::Array(array) = container else {
        return Value::Undef;
    };
    position(dialect, index)
        .and_then(|at| array.get(at))
        .unwrap_or_default()
}

/// Sets element `index`, filling a gap with `Undef`. A negative index, or a container that is
/// no array, drops the value.
///
/// # Errors
/// [`Fault::ValueTooLarge`] when the array would have to grow beyond the limit.
#[inline]
pub fn array_set(
    context: &mut Context<'_>,
    container: &mut Value,
    value: Value,
    index: &Value,
) -> Result<(), Fault> {
    let Value::Array(array) = container else {
        return Ok(());
    };
    let Some(at) = position(context.numeric.dialect, index) else {
        return Ok(());
    };
    if at >= array.len() {
        context.grow_array(array, (at - array.len()).saturating_add(1))?;
    }
    array.set(at, value);
    Ok(())
}

/// Appends to an array; anything else drops the value.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
#[inline]
pub fn array_push(
    context: &mut Context<'_>,
    container: &mut Value,
    value: Value,
) -> Result<(), Fault> {
    let Value::Array(array) = container else {
        return Ok(());
    };
    context.reserve_elements(array.len() + 1)?;
    array.push(value);
    Ok(())
}

/// Removes the last element; `Undef` when there is none.
#[inline]
pub fn array_pop(container: &mut Value) -> Value {
    let Value::Array(array) = container else {
        return Value::Undef;
    };
    array.pop().unwrap_or_default()
}

/// Removes the first element; `Undef` when there is none.
#[inline]
pub fn array_shift(container: &mut Value) -> Value {
    let Value::Array(array) = container else {
        return Value::Undef;
    };
    array.shift().unwrap_or_default()
}

/// The element count of an array, 0 for anything else.
#[inline]
pub fn array_len(container: &Value) -> Value {
    let Value::Array(array) = container else {
        return Value::Int(0);
    };
    Value::Int(array.len() as i64)
}

/// An array of `values`.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
pub fn make_array(
    context: &mut Context<'_>,
    values: impl ExactSizeIterator<Item = Value>,
) -> Result<Value, Fault> {
    context.reserve_elements(values.len())?;
    Ok(Value::Array(values.collect()))
}

/// A hash of `values`, read as key, value, key, value. A later equal key wins; a key without a
/// value is dropped.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
pub fn make_hash(
    context: &mut Context<'_>,
    mut values: impl ExactSizeIterator<Item = Value>,
) -> Result<Value, Fault> {
    context.reserve_elements(values.len().saturating_mul(2))?;
    let mut hash = Hash::with_capacity(values.len() / 2);
    while let (Some(key), Some(value)) = (values.next(), values.next()) {
        hash.insert(context.text(&key)?.into_key(), value);
    }
    Ok(Value::Hash(hash))
}

/// Applies `lookup` to the hash and the text of the key, without building a key.
#[inline]
fn with_key<R>(
    context: &mut Context<'_>,
    key: &Value,
    text: impl FnOnce(&Str) -> R,
    bytes: impl FnOnce(&[u8]) -> R,
) -> Result<R, Fault> {
    match key {
        // A text may carry its hash, which bytes alone do not.
        Value::Str(key) => Ok(text(key)),
        _ => Ok(bytes(context.text(key)?.as_bytes())),
    }
}

/// The value under `key`, or `Undef`.
///
/// # Errors
/// [`Fault::ValueTooLarge`] from the key's text.
#[inline]
pub fn hash_get(context: &mut Context<'_>, container: &Value, key: &Value) -> Result<Value, Fault> {
    let Value::Hash(hash) = container else {
        return Ok(Value::Undef);
    };
    let found = with_key(context, key, |key| hash.get(key), |key| hash.get(key))?;
    Ok(found.cloned().unwrap_or_default())
}

/// Inserts or replaces. A container that is no hash drops the value.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
#[inline]
pub fn hash_set(
    context: &mut Context<'_>,
    container: &mut Value,
    value: Value,
    key: &Value,
) -> Result<(), Fault> {
    let Value::Hash(hash) = container else {
        return Ok(());
    };
    context.reserve_elements(hash.len().saturating_add(1).saturating_mul(2))?;
    match key {
        Value::Str(key) => hash.insert(key.clone(), value),
        _ => hash.insert(context.text(key)?.into_key(), value),
    };
    Ok(())
}

/// What `change` makes of the value under a key, which is `Undef` if it was missing and is there
/// after.
///
/// # Errors
/// [`Fault::ValueTooLarge`], and what `change` gives.
pub fn hash_update<R>(
    context: &mut Context<'_>,
    hash: &mut Hash,
    key: &Value,
    change: impl FnOnce(&mut Context<'_>, &mut Value) -> Result<R, Fault>,
) -> Result<R, Fault> {
    context.reserve_elements(hash.len().saturating_add(1).saturating_mul(2))?;
    let value = match key {
        Value::Str(key) => hash.get_or_insert_with(key.clone(), Value::default),
        _ => hash.get_or_insert_with(context.text(key)?.into_key(), Value::default),
    };
    change(context, value)
}

/// Removes the value under `key` and gives it, or `Undef`.
///
/// # Errors
/// [`Fault::ValueTooLarge`] from the key's text.
pub fn hash_delete(
    context: &mut Context<'_>,
    container: &mut Value,
    key: &Value,
) -> Result<Value, Fault> {
    let Value::Hash(hash) = container else {
        return Ok(Value::Undef);
    };
    let removed = match key {
        Value::Str(key) => hash.remove(key),
        _ => hash.remove(context.text(key)?.as_bytes()),
    };
    Ok(removed.unwrap_or_default())
}

/// Whether `key` is present, even with the value `Undef`.
///
/// # Errors
/// [`Fault::ValueTooLarge`] from the key's text.
pub fn hash_exists(
    context: &mut Context<'_>,
    container: &Value,
    key: &Value,
) -> Result<Value, Fault> {
    let Value::Hash(hash) = container else {
        return Ok(Value::Bool(false));
    };
    let exists = with_key(
        context,
        key,
        |key| hash.contains_key(key),
        |key| hash.contains_key(key),
    )?;
    Ok(Value::Bool(exists))
}

/// All keys in insertion order, as texts.
pub fn hash_keys(container: &Value) -> Value {
    let Value::Hash(hash) = container else {
        return Value::Array(Array::new());
    };
    Value::Array(hash.keys().map(Key::to_value).collect())
}

/// All values in insertion order of their keys.
pub fn hash_values(container: &Value) -> Value {
    let Value::Hash(hash) = container else {
        return Value::Array(Array::new());
    };
    Value::Array(hash.values().cloned().collect())
}

/// The integers from `from` to `to`, both included; none when `from` is greater.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
pub fn range(context: &mut Context<'_>, from: &Value, to: &Value) -> Result<Value, Fault> {
    range_step(context, from, to, &Value::Int(1))
}

/// The integers from `from` towards `to` in steps of `step`, `to` included when hit exactly;
/// none when the step is zero or leads away.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
pub fn range_step(
    context: &mut Context<'_>,
    from: &Value,
    to: &Value,
    step: &Value,
) -> Result<Value, Fault> {
    let dialect = context.numeric.dialect;
    let (from, to, step) = (dialect.int(from), dialect.int(to), dialect.int(step));
    // In 128 bits no difference of two bounds overflows.
    let distance = i128::from(to) - i128::from(from);
    let count = match i128::from(step) {
        0 => 0,
        step if distance.signum() * step.signum() < 0 => 0,
        step => distance / step + 1,
    };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let limit = context.memory.value_limit;
    context
        .memory
        .reserve(count.saturating_mul(size_of::<i64>()))?;
    let mut items = Vec::new();
    items
        .try_reserve_exact(count)
        .map_err(|_| Fault::ValueTooLarge { limit })?;
    // The last item is within the bounds, so only a step past it can wrap, and is not taken.
    items.extend((0..count).map(|n| from.wrapping_add(step.wrapping_mul(n as i64))));
    Ok(Value::Array(Array::from_ints(items)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semantics::test_support::with_context;

    #[test]
    fn ranges_at_the_limits_of_the_integers() {
        let cases: &[(i64, i64, i64, &[i64])] = &[
            (1, 3, 1, &[1, 2, 3]),
            (3, 1, 1, &[]),
            (3, 1, -2, &[3, 1]),
            (0, 5, 2, &[0, 2, 4]),
            (7, 7, -9, &[7]),
            (0, 9, 0, &[]),
            (i64::MAX - 1, i64::MAX, 1, &[i64::MAX - 1, i64::MAX]),
            (i64::MIN, i64::MAX, i64::MAX, &[i64::MIN, -1, i64::MAX - 1]),
            (i64::MAX, i64::MIN, i64::MIN, &[i64::MAX, -1]),
        ];
        with_context(1000, |context| {
            for &(from, to, step, expected) in cases {
                let (from, to, step) = (Value::Int(from), Value::Int(to), Value::Int(step));
                let result = range_step(context, &from, &to, &step).unwrap();
                assert_eq!(result, Value::Array(Array::from_ints(expected.to_vec())));
            }
            let all = range(context, &Value::Int(i64::MIN), &Value::Int(i64::MAX));
            assert_eq!(all, Err(Fault::ValueTooLarge { limit: 1000 }));
        });
    }

    #[test]
    fn growth_beyond_the_limit_leaves_the_array() {
        with_context(160, |context| {
            let mut array = Value::array(vec![Value::Int(1)]);
            for index in [10, i64::MAX] {
                let fault =
                    array_set(context, &mut array, Value::Int(2), &Value::Int(index)).unwrap_err();
                assert_eq!(fault, Fault::ValueTooLarge { limit: 160 });
            }
            assert_eq!(array, Value::array(vec![Value::Int(1)]));
            array_set(context, &mut array, Value::Int(9), &Value::Int(9)).unwrap();
            assert!(array_push(context, &mut array, Value::Int(10)).is_err());
            assert_eq!(array_len(&array), Value::Int(10));
        });
    }
}
