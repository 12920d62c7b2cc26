//! Variables of which only the run shows whether they are arrays.
//!
//! Such a variable holds a value, the handle of an array, or nothing. When one that holds nothing
//! is passed to a function that may make an array of it, both get a *reference*: a list on the
//! heap, which is no array of the program. It has one place, for the array that the variable
//! becomes; or, for an element, two: its array and its key.

use fusevm::value::{Handle, Hash, Key};
use fusevm::{VM, Value};

use super::text::push_text;
use super::{Outcome, Runtime};

/// What stands before the name of a variable that is a parameter.
pub(crate) const PARAMETER: &str = "parameter ";

/// What a variable holds.
enum Content {
    Array(Handle),
    /// A reference to what is nothing yet.
    Reference(Handle),
    Value,
}

fn content(vm: &VM, value: &Value) -> Content {
    let Value::Handle(handle) = value else {
        return Content::Value;
    };
    let Some(Value::Array(list)) = vm.heap_get(*handle) else {
        return Content::Array(*handle);
    };
    let target = match (list.get(0), list.get(1)) {
        (target, None) => target,
        (Some(Value::Handle(array)), Some(key)) => match vm.heap_get(array) {
            Some(Value::Hash(hash)) => hash.get(&key_of(&key)).cloned(),
            _ => None,
        },
        _ => None,
    };
    match target {
        Some(Value::Handle(array)) => Content::Array(array),
        _ => Content::Reference(*handle),
    }
}

/// Keys in references are texts.
fn key_of(key: &Value) -> Key {
    let mut text = Vec::new();
    push_text(&mut text, key, Default::default());
    Key::from(text.as_slice())
}

pub(super) fn is_array(vm: &VM, value: &Value) -> bool {
    matches!(content(vm, value), Content::Array(_))
}

/// The number of elements of an array; 0 of what is none.
pub(super) fn length(vm: &VM, value: &Value) -> usize {
    match content(vm, value) {
        Content::Array(handle) => match vm.heap_get(handle) {
            Some(Value::Hash(hash)) => hash.len(),
            _ => 0,
        },
        _ => 0,
    }
}

/// The array that a variable is, or becomes: value, name.
pub(super) fn array(vm: &mut VM, args: &[Value]) -> Outcome {
    let [value, name] = args else {
        return Ok(Value::Undef);
    };
    let new = |vm: &mut VM| {
        let handle = vm.new_hash_handle(Hash::new());
        handle.map_err(|fault| fault.to_string())
    };
    match (content(vm, value), value) {
        (Content::Array(handle), _) => Ok(Value::Handle(handle)),
        (Content::Reference(reference), _) => {
            let array = new(vm)?;
            bind(vm, reference, array);
            Ok(Value::Handle(array))
        }
        (Content::Value, Value::Undef) => Ok(Value::Handle(new(vm)?)),
        (Content::Value, _) => {
            let name = name.to_str();
            Err(match name.strip_prefix(PARAMETER) {
                Some(name) => format!("attempt to use scalar parameter `{name}' as an array"),
                None => format!("attempt to use scalar `{name}' as an array"),
            })
        }
    }
}

/// Makes what a reference refers to an array.
fn bind(vm: &mut VM, reference: Handle, array: Handle) {
    let place = match vm.heap_get(reference) {
        Some(Value::Array(list)) => list.get(0).zip(list.get(1)),
        _ => None,
    };
    if let Some((Value::Handle(container), key)) = place {
        if let Some(hash) = vm.heap_hash_mut(container) {
            hash.insert(key_of(&key), Value::Handle(array));
        }
    } else if let Some(list) = vm.heap_array_mut(reference) {
        list.set(0, Value::Handle(array));
    }
}

/// The value of a variable: value, name.
pub(super) fn scalar(vm: &VM, args: &[Value]) -> Outcome {
    let [value, name] = args else {
        return Ok(Value::Undef);
    };
    match content(vm, value) {
        Content::Value => Ok(value.clone()),
        Content::Reference(_) => Ok(Value::Undef),
        Content::Array(_) => {
            let name = name.to_str();
            let name = name.strip_prefix(PARAMETER).unwrap_or(&name);
            Err(format!("attempt to use array `{name}' in a scalar context"))
        }
    }
}

/// What is passed on of a variable.
pub(super) fn reference(vm: &mut VM, args: &[Value]) -> Outcome {
    match args {
        [Value::Undef] => list(vm, &[Value::Undef]),
        [value] => Ok(value.clone()),
        _ => Ok(Value::Undef),
    }
}

/// An element, whatever it is: array, key. It is there from now on.
pub(super) fn element(runtime: &Runtime, vm: &mut VM, args: &[Value]) -> Outcome {
    let [Value::Handle(array), key] = args else {
        return Ok(Value::Undef);
    };
    let key = key_of(&Value::bytes(runtime.bytes_of(key).as_ref()));
    let Some(hash) = vm.heap_hash_mut(*array) else {
        return Ok(Value::Undef);
    };
    if let Some(element) = hash.get(&key) {
        return Ok(element.clone());
    }
    hash.insert(key, Value::Undef);
    Ok(Value::Undef)
}

/// Assigns to an element that is no array: array, key, value.
pub(super) fn set_element(runtime: &Runtime, vm: &mut VM, args: &[Value]) -> Outcome {
    let [Value::Handle(array), key, value] = args else {
        return Ok(Value::Undef);
    };
    let key = key_of(&Value::bytes(runtime.bytes_of(key).as_ref()));
    let held = match vm.heap_get(*array) {
        Some(Value::Hash(hash)) => hash.get(&key),
        _ => None,
    };
    if held.is_some_and(|held| is_array(vm, held)) {
        let key = String::from_utf8_lossy(key.as_bytes());
        return Err(format!(
            "attempt to use array element `[\"{key}\"]' in a scalar context"
        ));
    }
    if let Some(hash) = vm.heap_hash_mut(*array) {
        hash.insert(key, value.clone());
    }
    Ok(Value::Undef)
}

/// What is passed on of an element: array, key.
pub(super) fn element_reference(runtime: &Runtime, vm: &mut VM, args: &[Value]) -> Outcome {
    let [Value::Handle(array), key] = args else {
        return Ok(Value::Undef);
    };
    let key = Value::bytes(runtime.bytes_of(key).as_ref());
    let element = match vm.heap_get(*array) {
        Some(Value::Hash(hash)) => hash.get(&key_of(&key)).cloned(),
        _ => None,
    };
    match element {
        None | Some(Value::Undef) => list(vm, &[Value::Handle(*array), key]),
        Some(value) => Ok(value),
    }
}

fn list(vm: &mut VM, values: &[Value]) -> Outcome {
    let handle = vm.new_array_handle(values.to_vec());
    Ok(Value::Handle(handle.map_err(|fault| fault.to_string())?))
}
