//! Arrays, hashes and ranges.
//!
//! A variable that does not hold the container an operation asks for reads as absent, and
//! writes to it are dropped: nothing is created by use.

use super::{Context, Dialect, Fault, STEPS_PER_LOOK};
use crate::value::account::Held;
use crate::value::{Array, Hash, Key, Str, Value};

/// The bytes that one element takes in an unpacked container, counted against the limit.
const ELEMENT_BYTES: usize = size_of::<Value>();

/// An index operand as a position. Negative indexes name nothing.
#[inline]
pub(super) fn position(dialect: Dialect, index: &Value) -> Option<usize> {
    usize::try_from(dialect.int(index)).ok()
}

impl Context<'_> {
    /// Before an array gets `additional` elements like `value`.
    #[inline]
    fn extend_array(
        &mut self,
        array: &mut Array,
        value: &Value,
        additional: usize,
    ) -> Result<(), Fault> {
        let elements = array.len().saturating_add(additional);
        if self.memory.is_close(elements.saturating_mul(ELEMENT_BYTES)) {
            self.memory.prepare_array(array, value, additional)?;
        }
        Ok(())
    }

    /// Before a hash gets an entry.
    #[inline]
    fn extend_hash(&mut self, hash: &mut Hash) -> Result<(), Fault> {
        let bytes = (hash.len() + 1).saturating_mul(2 * ELEMENT_BYTES);
        if self.memory.is_close(bytes) {
            self.memory.prepare_hash(hash, 1)?;
        }
        Ok(())
    }

    /// Before an array gets an element like `value` behind a gap.
    fn fill_array(&mut self, array: &mut Array, value: &Value, gap: usize) -> Result<(), Fault> {
        let first = if gap > 0 { &Value::Undef } else { value };
        let additional = gap.saturating_add(1);
        self.extend_array(array, first, additional)?;
        array
            .try_reserve(additional)
            .map_err(|_| self.memory.refused())
    }

    /// Before elements of an array are taken out or replaced, which copies a shared one.
    #[inline]
    fn unshare_array(&mut self, array: &Array) -> Result<(), Fault> {
        if self.memory.is_bounded() {
            self.memory.grant(array.bytes_to_unshare())?;
        }
        Ok(())
    }

    /// Asks for a list of `count` values, and for the work to make it.
    fn reserve_list(&mut self, count: usize) -> Result<Held, Fault> {
        let bytes = count.saturating_mul(ELEMENT_BYTES);
        self.memory.reserve(bytes)?;
        // If they are all of a kind they are packed at the end.
        self.memory.hold(bytes.saturating_add(bytes / 2))
    }

    /// A list of values that exist already. The operation must still have its operands, for it may
    /// be stopped.
    fn gather(&mut self, values: impl ExactSizeIterator<Item = Value>) -> Result<Value, Fault> {
        let _work = self.reserve_list(values.len())?;
        let mut elements = Vec::new();
        elements
            .try_reserve_exact(values.len())
            .map_err(|_| self.memory.refused())?;
        for value in values {
            self.watch.steps(1)?;
            elements.push(value);
        }
        Ok(Value::array(elements))
    }
}

/// An array of however many values come, one for each step. The operation must still have its
/// operands, for it may be stopped.
///
/// # Errors
/// [`Fault::ValueTooLarge`], [`Fault::OutOfMemory`], and those of a run that is to stop.
pub(crate) fn gather_unknown(
    context: &mut Context<'_>,
    values: impl Iterator<Item = Value>,
) -> Result<Value, Fault> {
    let mut array = Value::Array(Array::new());
    for value in values {
        context.watch.steps(1)?;
        array_push(context, &mut array, value)?;
    }
    Ok(array)
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
        context.fill_array(array, &value, at - array.len())?;
    } else if context.memory.is_bounded() {
        context.memory.prepare_array(array, &value, 0)?;
    }
    array.set(at, value);
    Ok(())
}

/// Appends to an array; anything else drops the value.
///
/// # Errors
/// [`Fault::ValueTooLarge`], [`Fault::OutOfMemory`].
#[inline(always)]
pub fn array_push(
    context: &mut Context<'_>,
    container: &mut Value,
    value: Value,
) -> Result<(), Fault> {
    let Value::Array(array) = container else {
        return Ok(());
    };
    context.extend_array(array, &value, 1)?;
    array.push(value);
    Ok(())
}

/// Removes the last element; `Undef` when there is none.
///
/// # Errors
/// [`Fault::OutOfMemory`] when a shared array cannot be copied.
#[inline]
pub fn array_pop(context: &mut Context<'_>, container: &mut Value) -> Result<Value, Fault> {
    let Value::Array(array) = container else {
        return Ok(Value::Undef);
    };
    context.unshare_array(array)?;
    Ok(array.pop().unwrap_or_default())
}

/// Removes the first element; `Undef` when there is none.
///
/// # Errors
/// [`Fault::OutOfMemory`] when a shared array cannot be copied.
#[inline]
pub fn array_shift(context: &mut Context<'_>, container: &mut Value) -> Result<Value, Fault> {
    let Value::Array(array) = container else {
        return Ok(Value::Undef);
    };
    context.unshare_array(array)?;
    Ok(array.shift().unwrap_or_default())
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
    let _work = context.reserve_list(values.len())?;
    Ok(Value::array(values.collect()))
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
    let count = values.len() / 2;
    let bytes = count.saturating_mul(4 * ELEMENT_BYTES);
    context.memory.admit(bytes)?;
    context.memory.grant(bytes)?;
    let mut hash = Hash::with_capacity(count);
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
    context.extend_hash(hash)?;
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
    context.extend_hash(hash)?;
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
    if context.memory.is_bounded() && !hash.is_empty() {
        context.memory.grant(hash.bytes_to_unshare())?;
    }
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
///
/// # Errors
/// [`Fault::ValueTooLarge`], [`Fault::OutOfMemory`], and those of a run that is to stop.
pub fn hash_keys(context: &mut Context<'_>, container: &Value) -> Result<Value, Fault> {
    match container {
        Value::Hash(hash) => context.gather(hash.keys().map(Key::to_value)),
        _ => context.gather(std::iter::empty()),
    }
}

/// All values in insertion order of their keys.
///
/// # Errors
/// [`Fault::ValueTooLarge`], [`Fault::OutOfMemory`], and those of a run that is to stop.
pub fn hash_values(context: &mut Context<'_>, container: &Value) -> Result<Value, Fault> {
    match container {
        Value::Hash(hash) => context.gather(hash.values().cloned()),
        _ => context.gather(std::iter::empty()),
    }
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
    integers(context, count, |n| {
        // The last item is within the bounds, so only a step past it can wrap, and is not taken.
        from.wrapping_add(step.wrapping_mul(n as i64))
    })
}

/// An array of `count` integers, by their positions.
pub(super) fn integers(
    context: &mut Context<'_>,
    count: usize,
    at: impl Fn(usize) -> i64,
) -> Result<Value, Fault> {
    context
        .memory
        .reserve(count.saturating_mul(size_of::<i64>()))?;
    let mut items = Vec::new();
    items
        .try_reserve_exact(count)
        .map_err(|_| context.memory.refused())?;
    while items.len() < count {
        let end = count.min(items.len() + STEPS_PER_LOOK);
        context.watch.steps(end - items.len())?;
        items.extend((items.len()..end).map(&at));
    }
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
