//! What native code has done with values that are not plain.
//!
//! Native code passes pointers to slots, operands, globals, constants, and to what these functions
//! gave it a moment ago. Each of these holds a value while the function runs, and a place that is
//! written is not one that is read, except where it is said.

use crate::jit::{Calculation, Frame, Helpers};
use crate::semantics::number::{Add, Binary, Div, Mod, Mul, Number, Sub};
use crate::semantics::{Dialect, Memory};
use crate::value::{Plain, Str, Value, copy_words, is_plain, number};

use super::super::fast::{containers, text};
use super::Run;
use super::operands;
use super::places::is_simple;

/// The functions for native code.
pub(super) static HELPERS: Helpers = Helpers {
    copy,
    release,
    append,
    append_own,
    int_text,
    order,
    element,
    set_element,
    push_element,
    find,
    find_place,
    exists,
    calculate,
    truth,
};

/// What a key that is not there stands for.
static ABSENT: Value = Value::Undef;

/// Neither false nor true.
const NEITHER: usize = 2;

/// The run that native code is part of.
fn run_of(frame: &Frame) -> &Run<'_> {
    // SAFETY: native code got the frame from `run_native`, which does not use its `Run` meanwhile.
    unsafe { &*frame.run.cast::<Run<'_>>() }
}

/// What values may take.
fn memory(frame: &Frame) -> Memory {
    run_of(frame).vm.resources.memory
}

fn dialect(frame: &Frame) -> Dialect {
    run_of(frame).code.numeric.dialect
}

extern "C" fn copy(from: *const Value, to: *mut Value) {
    // SAFETY: see above.
    unsafe { operands::copy(&*from, to) };
}

extern "C" fn release(place: *mut Value) -> usize {
    // SAFETY: see above. Native code forgets what the place holds.
    unsafe {
        if !is_harmless(&*place) {
            return 0;
        }
        place.drop_in_place();
    }
    1
}

/// Whether releasing a value runs nobody's code, as far as a few looks tell.
fn is_harmless(value: &Value) -> bool {
    const FEW: usize = 16;
    match value {
        Value::Array(array) => {
            let mut elements = 0..array.len();
            // Elements that are packed are plain.
            elements.len() <= FEW && elements.all(|at| array.get_ref(at).is_none_or(is_simple))
                || array.get_packed(0).is_some()
        }
        value => is_simple(value),
    }
}

extern "C" fn append(frame: &Frame, target: *mut Value, piece: *const Value) -> usize {
    // SAFETY: see above.
    let (target, piece) = unsafe { (&mut *target, &*piece) };
    usize::from(text::append(target, piece, memory(frame)))
}

extern "C" fn append_own(
    frame: &Frame,
    slot: *mut Value,
    target: *mut Value,
    piece: *const Value,
) -> usize {
    // SAFETY: see above.
    let (slot, target, piece) = unsafe { (&mut *slot, &mut *target, &*piece) };
    usize::from(text::append_own(slot, target, piece, memory(frame)))
}

extern "C" fn int_text(n: i64, to: *mut Value) -> usize {
    let mut text = Str::new();
    let mut digits = [0; number::MAX_INT_LEN];
    let digits = str::from_utf8(number::write_int(n, &mut digits));
    // One that is not kept in place would have to be released if the operation is carried out in full.
    if !digits.is_ok_and(|digits| text.try_push_str(digits).is_ok() && text.heap_size() == 0) {
        return 0;
    }
    // SAFETY: see above. The place is an operand's.
    unsafe { to.write(Value::Str(text)) };
    1
}

extern "C" fn order(a: *const Value, b: *const Value) -> i64 {
    // SAFETY: see above. Both are read, so they may be one.
    let (a, b) = unsafe { (&*a, &*b) };
    text::order(a, b).unwrap_or(i64::MAX)
}

extern "C" fn element(array: *const Value, index: i64, to: *mut Value) -> usize {
    // SAFETY: see above.
    let array = unsafe { &*array };
    let index = Value::Int(index);
    // SAFETY: the place is an operand's, which is no element.
    unsafe {
        if let Some(element) = containers::element(array, &index) {
            element.write(to);
        } else if let Some(element) = containers::lookup_element(array, &index) {
            operands::copy(element, to);
        } else {
            return 0;
        }
    }
    1
}

extern "C" fn set_element(array: *mut Value, index: i64, value: *mut Value) -> usize {
    // SAFETY: see above. The value is an operand, which is no element.
    let (array, moved) = unsafe { (&mut *array, &mut *value) };
    let Ok(index) = usize::try_from(index) else {
        return 0;
    };
    let Value::Array(elements) = array else {
        return 0;
    };
    let Some(place) = elements.get_unshared(index) else {
        return usize::from(is_plain(moved) && elements.replace_plain(index, moved));
    };
    if !is_simple(place) {
        return 0;
    }
    *place = Value::Undef;
    // SAFETY: native code forgets the operand.
    unsafe { copy_words(value, place) };
    1
}

extern "C" fn push_element(frame: &Frame, array: *mut Value, value: *mut Value) -> usize {
    let memory = memory(frame);
    // SAFETY: see above. The value is an operand, which is no element. Native code forgets it.
    let (array, value) = unsafe { (&mut *array, &mut *value) };
    usize::from(
        containers::push_moved(array, value, memory) || containers::push(array, value, memory),
    )
}

extern "C" fn find(hash: *const Value, key: *const Value) -> *const Value {
    // SAFETY: see above. Both are read.
    let (hash, key) = unsafe { (&*hash, &*key) };
    match (containers::lookup(Some(hash), key), hash, key) {
        (Some(value), ..) => value,
        (None, Value::Hash(_), Value::Str(_) | Value::Int(_)) => &ABSENT,
        _ => std::ptr::null(),
    }
}

extern "C" fn find_place(hash: *mut Value, key: *const Value) -> *mut Value {
    // SAFETY: see above. The hash is a global, which is no key.
    let (hash, key) = unsafe { (&mut *hash, &*key) };
    containers::lookup_place(Some(hash), key).map_or(std::ptr::null_mut(), std::ptr::from_mut)
}

extern "C" fn exists(hash: *const Value, key: *const Value) -> usize {
    let found = find(hash, key);
    if found.is_null() {
        return NEITHER;
    }
    usize::from(!std::ptr::eq(found, &ABSENT))
}

extern "C" fn calculate(
    frame: &Frame,
    operation: Calculation,
    a: *const Value,
    b: *const Value,
    to: *mut Value,
) -> usize {
    // SAFETY: see above.
    let numbers = unsafe { (&*a).as_number().zip((&*b).as_number()) };
    let Some((a, b)) = numbers else { return 0 };
    let dialect = dialect(frame);
    let result = match operation {
        Calculation::Add => Add::apply(dialect, a, b),
        Calculation::Sub => Sub::apply(dialect, a, b),
        Calculation::Mul => Mul::apply(dialect, a, b),
        Calculation::Div => Div::apply(dialect, a, b),
        Calculation::Mod => Mod::apply(dialect, a, b),
    };
    let result = match result {
        Some(Number::Int(n)) => Plain::int(n),
        Some(Number::Float(x)) => Plain::float(x),
        None => return 0,
    };
    // SAFETY: see above. What is there is a number or forgotten.
    unsafe { result.write(to) };
    1
}

extern "C" fn truth(frame: &Frame, value: *const Value) -> usize {
    // SAFETY: see above.
    let value = unsafe { &*value };
    if is_simple(value) {
        usize::from(dialect(frame).truth(value))
    } else {
        NEITHER
    }
}
