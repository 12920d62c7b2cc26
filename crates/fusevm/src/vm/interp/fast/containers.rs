//! Elements of arrays, where neither the array nor what it holds has to be copied.

use super::super::regs::Regs;
use super::{Next, Rules, handlers};
use crate::code::Inst;
use crate::semantics::Memory;
use crate::semantics::number::{Add, Binary, Number};
use crate::value::{Array, Plain, Value, number};

/// An index, if it is an integer that is not negative.
#[inline(always)]
fn position(index: &Value) -> Option<usize> {
    match index {
        Value::Int(n) => usize::try_from(*n).ok(),
        _ => None,
    }
}

#[inline(always)]
pub(in crate::vm::interp) fn element(array: &Value, index: &Value) -> Option<Plain> {
    match array {
        Value::Array(array) => array.get_packed(position(index)?),
        _ => None,
    }
}

#[inline(always)]
fn set_element(array: &mut Value, index: usize, value: &Value) -> bool {
    match array {
        Value::Array(array) => array.replace_plain(index, value),
        _ => false,
    }
}

/// Whether one element more takes asking for memory.
#[inline(always)]
fn is_close(array: &Array, memory: Memory) -> bool {
    let bytes = (array.len() + 1).saturating_mul(size_of::<Value>());
    memory.is_close(bytes)
}

/// Appends to an array, if that takes neither a copy nor more memory.
#[inline(always)]
pub(in crate::vm::interp) fn push(array: &mut Value, value: &Value, memory: Memory) -> bool {
    match array {
        Value::Array(array) => !is_close(array, memory) && array.push_free(value),
        _ => false,
    }
}

/// Moves the top operand to the end of an array of values of several kinds, if that takes no more
/// memory. Leaves `Undef` in its place.
#[inline(never)]
pub(in crate::vm::interp) fn push_moved(
    array: &mut Value,
    value: &mut Value,
    memory: Memory,
) -> bool {
    match array {
        Value::Array(array) => !is_close(array, memory) && array.push_moved(value),
        _ => false,
    }
}

/// The value of a key that is there.
#[inline(never)]
pub(in crate::vm::interp) fn lookup<'v>(hash: Option<&'v Value>, key: &Value) -> Option<&'v Value> {
    match (hash, key) {
        (Some(Value::Hash(hash)), Value::Str(key)) => hash.get(key),
        (Some(Value::Hash(hash)), Value::Int(n)) => {
            hash.get(number::write_int(*n, &mut [0; number::MAX_INT_LEN]))
        }
        _ => None,
    }
}

/// [`lookup`] in a global.
#[inline(always)]
fn lookup_in_global<'v>(hash: Option<&'v mut Value>, key: &Value) -> Option<&'v Value> {
    lookup(hash.map(|hash| &*hash), key)
}

/// The place of the value of a key that is there, in a hash that nobody shares.
#[inline(never)]
pub(in crate::vm::interp) fn lookup_place<'v>(
    hash: Option<&'v mut Value>,
    key: &Value,
) -> Option<&'v mut Value> {
    match (hash, key) {
        (Some(Value::Hash(hash)), Value::Str(key)) => hash.get_unshared(key),
        (Some(Value::Hash(hash)), Value::Int(n)) => {
            hash.get_unshared(number::write_int(*n, &mut [0; number::MAX_INT_LEN]))
        }
        _ => None,
    }
}

/// An element of an array that holds values of several kinds.
#[inline(always)]
pub(in crate::vm::interp) fn lookup_element<'v>(
    array: &'v Value,
    index: &Value,
) -> Option<&'v Value> {
    match array {
        Value::Array(array) => array.get_ref(position(index)?),
        _ => None,
    }
}

/// [`lookup_element`] in a global.
#[inline(always)]
fn lookup_in_array<'v>(array: Option<&'v mut Value>, index: &Value) -> Option<&'v Value> {
    lookup_element(array?, index)
}

/// Ends an access that gave `element`, in exchange for `taken` operands.
#[inline(always)]
fn finish_get<R: Rules>(r: &mut Regs<'_, '_>, element: Plain, taken: usize) -> Next {
    r.forget(taken);
    r.push_plain(element);
    r.skip(1 - taken);
    r.next::<R>()
}

/// Ends an assignment, which takes `taken` operands, and the index from elsewhere if that is 1.
#[inline(always)]
fn finish_set<R: Rules>(r: &mut Regs<'_, '_>, inst: &Inst, done: bool, taken: usize) -> Next {
    if !done {
        return r.miss::<R>(inst);
    }
    r.forget(taken);
    r.skip(2 - taken);
    r.next::<R>()
}

handlers! {
    fn global_array_get(r, inst) {
        let (array, index) = r.global_and_operand(inst.a, 0);
        match array.and_then(|array| element(array, index)) {
            Some(element) => finish_get::<R>(r, element, 1),
            None => r.run_as::<R>(global_array_get_any::<R>, inst),
        }
    }

    #[cold]
    #[inline(never)]
    fn global_array_get_any(r, inst) {
        if r.replace_key_by(inst.a, lookup_in_array) {
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    fn global_array_get_at_slot(r, inst) {
        let (array, index) = r.global_and_slot(inst.a, inst.index());
        match array.and_then(|array| element(array, index)) {
            Some(element) => finish_get::<R>(r, element, 0),
            None => r.run_as::<R>(global_array_get_any_at_slot::<R>, inst),
        }
    }

    #[cold]
    #[inline(never)]
    fn global_array_get_any_at_slot(r, inst) {
        if r.push_by_slot(inst.a, inst.index(), lookup_in_array) {
            r.skip(1);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    fn slot_array_get(r, inst) {
        let (array, index) = r.slot_and_operand(inst.a, 0);
        match element(array, index) {
            Some(element) => finish_get::<R>(r, element, 1),
            None => r.run_as::<R>(slot_array_get_any::<R>, inst),
        }
    }

    #[cold]
    #[inline(never)]
    fn slot_array_get_any(r, inst) {
        if r.replace_index_by(inst.a, lookup_element) {
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    fn slot_array_get_at_slot(r, inst) {
        let (array, index) = r.two_slots(inst.a, inst.index());
        match element(array, index) {
            Some(element) => finish_get::<R>(r, element, 0),
            None => r.run_as::<R>(slot_array_get_any_at_slot::<R>, inst),
        }
    }

    #[cold]
    #[inline(never)]
    fn slot_array_get_any_at_slot(r, inst) {
        if r.push_element(inst.a, inst.index(), lookup_element) {
            r.skip(1);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    fn global_array_set(r, inst) {
        let Some(index) = position(r.operand(0)) else {
            return r.miss::<R>(inst);
        };
        let (array, value) = r.global_and_operand(inst.a, 1);
        let done = array.is_some_and(|array| set_element(array, index, value));
        finish_set::<R>(r, inst, done, 2)
    }

    fn global_array_set_at_slot(r, inst) {
        let Some(index) = position(r.slot(inst.index())) else {
            return r.miss::<R>(inst);
        };
        let (array, value) = r.global_and_operand(inst.a, 0);
        let done = array.is_some_and(|array| set_element(array, index, value));
        finish_set::<R>(r, inst, done, 1)
    }

    fn slot_array_set(r, inst) {
        let Some(index) = position(r.operand(0)) else {
            return r.miss::<R>(inst);
        };
        let (array, value) = r.slot_and_operand(inst.a, 1);
        let done = set_element(array, index, value);
        finish_set::<R>(r, inst, done, 2)
    }

    fn slot_array_set_at_slot(r, inst) {
        let Some(index) = position(r.slot(inst.index())) else {
            return r.miss::<R>(inst);
        };
        let (array, value) = r.slot_and_operand(inst.a, 0);
        let done = set_element(array, index, value);
        finish_set::<R>(r, inst, done, 1)
    }

    fn global_array_len(r, inst) {
        match r.existing_global(inst.a) {
            Some(Value::Array(array)) => {
                let len = array.len();
                r.push_plain(Plain::int(len as i64));
                r.next::<R>()
            }
            _ => r.miss::<R>(inst),
        }
    }

    fn global_array_push(r, inst) {
        let memory = r.memory();
        let (array, value) = r.global_and_operand(inst.a, 0);
        if !array.is_some_and(|array| push(array, value, memory)) {
            return r.run_as::<R>(global_array_push_any::<R>, inst);
        }
        r.forget(1);
        r.next::<R>()
    }

    #[cold]
    #[inline(never)]
    fn global_array_push_any(r, inst) {
        let memory = r.memory();
        let (array, value) = r.global_and_operand(inst.a, 0);
        if !array.is_some_and(|array| push_moved(array, value, memory)) {
            return r.miss::<R>(inst);
        }
        r.forget(1);
        r.next::<R>()
    }

    fn global_array_push_slot(r, inst) {
        let memory = r.memory();
        let (array, value) = r.global_and_slot(inst.a, inst.index());
        if !array.is_some_and(|array| push(array, value, memory)) {
            return r.miss::<R>(inst);
        }
        r.skip(1);
        r.next::<R>()
    }

    fn global_hash_get(r, inst) {
        if r.replace_key_by(inst.a, lookup_in_global) {
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    fn global_hash_get_at_slot(r, inst) {
        if r.push_by_slot(inst.a, inst.index(), lookup_in_global) {
            r.skip(1);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    /// The operations are `Dup`, `HashGet`, `Inc`, `Swap`, `HashSet`.
    fn global_hash_inc(r, inst) {
        let (hash, key) = r.global_and_operand(inst.a, 0);
        if let Some(Value::Int(n)) = lookup_place(hash, key)
            && let Some(Number::Int(sum)) = Add::on_ints(R::DIALECT, *n, 1)
        {
            *n = sum;
            r.discard();
            r.skip(4);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    fn global_hash_set(r, inst) {
        if r.store_by_key(inst.a, lookup_place) {
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    fn global_hash_set_at_slot(r, inst) {
        if r.store_by_slot(inst.a, inst.index(), lookup_place) {
            r.skip(1);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }
}
