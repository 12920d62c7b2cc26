//! Operations on a container that is at hand, whether array or hash.
//!
//! As in [`collect`], nothing is created by use, except by [`update`]: what is neither array nor
//! hash reads as empty, and what is written to it is dropped.

use super::collect::{self, position};
use super::{Context, Fault};
use crate::value::{Array, Hash, Value};

/// The element at an index or under a key; `Undef` when there is none.
///
/// # Errors
/// [`Fault::ValueTooLarge`] from the key's text.
pub fn get(context: &mut Context<'_>, container: &Value, key: &Value) -> Result<Value, Fault> {
    match container {
        Value::Hash(_) => collect::hash_get(context, container, key),
        _ => Ok(collect::array_get(context.numeric.dialect, container, key)),
    }
}

/// Stores an element. An array grows with `Undef`; a negative index drops the value.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
pub fn set(
    context: &mut Context<'_>,
    container: &mut Value,
    key: &Value,
    value: Value,
) -> Result<(), Fault> {
    match container {
        Value::Hash(_) => collect::hash_set(context, container, value, key),
        _ => collect::array_set(context, container, value, key),
    }
}

/// What `change` makes of an element, which is `Undef` if it was missing and is there after. Where
/// there can be no element, at a negative index, `change` gets one that is dropped.
///
/// # Errors
/// [`Fault::ValueTooLarge`], and what `change` gives.
pub fn update<R>(
    context: &mut Context<'_>,
    container: &mut Value,
    key: &Value,
    change: impl FnOnce(&mut Context<'_>, &mut Value) -> Result<R, Fault>,
) -> Result<R, Fault> {
    match container {
        Value::Hash(hash) => collect::hash_update(context, hash, key, change),
        _ => {
            let mut element = get(context, container, key)?;
            let result = change(context, &mut element)?;
            set(context, container, key, element)?;
            Ok(result)
        }
    }
}

/// Takes an element out and gives it. A hash loses its key, an array keeps its length and has
/// `Undef` there.
///
/// # Errors
/// [`Fault::ValueTooLarge`] from the key's text.
pub fn delete(
    context: &mut Context<'_>,
    container: &mut Value,
    key: &Value,
) -> Result<Value, Fault> {
    let Value::Array(array) = container else {
        return collect::hash_delete(context, container, key);
    };
    let at = position(context.numeric.dialect, key).filter(|&at| at < array.len());
    let Some(at) = at else {
        return Ok(Value::Undef);
    };
    let removed = array.get(at).unwrap_or_default();
    if context.memory.is_bounded() {
        context.memory.prepare_array(array, &Value::Undef, 0)?;
    }
    array.set(at, Value::Undef);
    Ok(removed)
}

/// Whether a hash has the key, or an array reaches to the index.
///
/// # Errors
/// [`Fault::ValueTooLarge`] from the key's text.
pub fn exists(context: &mut Context<'_>, container: &Value, key: &Value) -> Result<Value, Fault> {
    let Value::Array(array) = container else {
        return collect::hash_exists(context, container, key);
    };
    let at = position(context.numeric.dialect, key);
    Ok(Value::Bool(at.is_some_and(|at| at < array.len())))
}

/// The number of elements; 0 for what is no container.
pub fn length(container: &Value) -> Value {
    match container {
        Value::Hash(hash) => Value::Int(hash.len() as i64),
        _ => collect::array_len(container),
    }
}

/// Removes all elements.
pub fn clear(container: &mut Value) {
    match container {
        Value::Array(array) => *array = Array::new(),
        Value::Hash(hash) => *hash = Hash::new(),
        _ => {}
    }
}

/// The keys of a hash in insertion order, or the indices of an array.
///
/// # Errors
/// [`Fault::ValueTooLarge`], [`Fault::OutOfMemory`], and those of a run that is to stop.
pub fn keys(context: &mut Context<'_>, container: &Value) -> Result<Value, Fault> {
    match container {
        Value::Array(array) => collect::integers(context, array.len(), |n| n as i64),
        _ => collect::hash_keys(context, container),
    }
}

/// The elements, those of a hash in insertion order of their keys.
///
/// # Errors
/// [`Fault::ValueTooLarge`], [`Fault::OutOfMemory`], and those of a run that is to stop.
pub fn values(context: &mut Context<'_>, container: &Value) -> Result<Value, Fault> {
    match container {
        Value::Array(_) => Ok(container.clone()),
        _ => collect::hash_values(context, container),
    }
}
