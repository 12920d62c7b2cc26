//! Values: what they are, how they compare, and how arrays of them are sorted.

use std::borrow::Cow;

use fusevm::semantics::dialect::awk::{self, input_number};
use fusevm::{VM, Value};

use super::super::arrays::{Kept, fill, sorted_values};
use super::super::sort::{self, Order};
use super::super::text::{number_of, push_text};
use super::super::{Outcome, Runtime, bits, dynamic};

pub(super) fn type_of(_: &mut Runtime, vm: &mut VM, args: &[Value]) -> Outcome {
    let [value, unassigned, rest @ ..] = args else {
        return Ok(Value::Undef);
    };
    let name = match value {
        Value::Undef => unassigned.clone(),
        Value::Handle(_) if dynamic::is_array(vm, value) => Value::str("array"),
        Value::Handle(_) => unassigned.clone(),
        Value::Str(text) if input_number(text).is_some() => Value::str("strnum"),
        Value::Str(_) | Value::Bytes(_) => Value::str("string"),
        Value::Object(object) => Value::str(object.get().type_name()),
        _ => Value::str("number"),
    };
    if let Some(about) = rest.first() {
        describe(vm, about, value);
    }
    Ok(name)
}

/// The second argument of `typeof`: tells of an array how it is kept.
fn describe(vm: &mut VM, about: &Value, value: &Value) {
    let is_array = dynamic::is_array(vm, value);
    let Value::Handle(handle) = about else {
        return;
    };
    if let Some(hash) = vm.heap_hash_mut(*handle) {
        hash.clear();
        if is_array {
            hash.insert("array_type", Value::str("hash"));
        }
    }
}

pub(super) fn fold(runtime: &mut Runtime, _: &mut VM, args: &[Value]) -> Outcome {
    let [value] = args else {
        return Ok(Value::Undef);
    };
    let text = match value {
        Value::Str(text) if input_number(text).is_none() => text.as_bytes(),
        Value::Bytes(bytes) => bytes,
        _ => return Ok(value.clone()),
    };
    if !runtime.regexes.flavor.ignore_case {
        return Ok(value.clone());
    }
    Ok(Value::bytes(sort::fold(text)))
}

pub(super) fn strtonum(runtime: &mut Runtime, _: &mut VM, args: &[Value]) -> Outcome {
    Ok(match args.first() {
        Some(text @ (Value::Str(_) | Value::Bytes(_))) => bits::strtonum(&runtime.bytes_of(text)),
        Some(number) => awk::number(number_of(number)),
        None => Value::Undef,
    })
}

pub(super) fn sort(
    runtime: &mut Runtime,
    vm: &mut VM,
    args: &[Value],
    order: Order,
    kept: Kept,
) -> Outcome {
    let [from, to, rest @ ..] = args else {
        return Ok(Value::Int(0));
    };
    let order = match rest.first() {
        Some(name) => Order::named(&runtime.bytes_of(name))?,
        None => order,
    };
    let ignore_case = runtime.regexes.flavor.ignore_case;
    let values = sorted_values(vm, from, order, kept, runtime.convfmt, ignore_case);
    Ok(Value::Int(fill(vm, to, values.into_iter())))
}

impl Runtime {
    /// The text of a value.
    pub(in crate::runtime) fn bytes_of<'v>(&self, value: &'v Value) -> Cow<'v, [u8]> {
        match value {
            Value::Str(text) => text.as_bytes().into(),
            Value::Bytes(bytes) => (**bytes).into(),
            other => {
                let mut text = Vec::new();
                push_text(&mut text, other, self.convfmt);
                text.into()
            }
        }
    }
}
