//! Text.

use super::handlers;
use crate::semantics::number::Comparison;
use crate::semantics::{Dialect, Memory};
use crate::value::{Plain, Value, number};

handlers! {
    fn concat(r, inst) {
        let memory = r.memory();
        let (target, piece) = r.top2();
        if !append(target, piece, memory) {
            return r.miss::<R>(inst);
        }
        r.discard();
        r.next::<R>()
    }

    /// A comparison of two texts.
    fn relation[C: Comparison](r, inst) {
        let (a, b) = r.top2();
        let Some(order) = order(a, b) else {
            return r.miss::<R>(inst);
        };
        r.replace2_by_plain(Plain::bool(C::of_ints(Dialect::Contract, order, 0)));
        r.next::<R>()
    }

    fn length(r, inst) {
        let len = match r.top() {
            Value::Str(text) => text.len(),
            _ => return r.miss::<R>(inst),
        };
        r.replace_by_plain(Plain::int(len as i64));
        r.next::<R>()
    }

    /// `slot = slot . piece`.
    fn concat_to_slot(r, inst) {
        let memory = r.memory();
        let (slot, target, piece) = r.slot_and_top2(inst.a);
        if !append_own(slot, target, piece, memory) {
            return r.miss::<R>(inst);
        }
        r.discard();
        r.pop_to_slot(inst.a);
        r.skip(1);
        r.next::<R>()
    }
}

/// The order of two texts, as a number.
#[inline(never)]
pub(in crate::vm::interp) fn order(a: &Value, b: &Value) -> Option<i64> {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => Some(a.as_bytes().cmp(b.as_bytes()) as i64),
        _ => None,
    }
}

/// Appends a text or an integer to another, in place if nobody shares it. Says whether it did.
#[inline(never)]
pub(in crate::vm::interp) fn append(target: &mut Value, piece: &Value, memory: Memory) -> bool {
    let mut digits = [0; number::MAX_INT_LEN];
    let piece = match piece {
        Value::Str(piece) => piece.as_str(),
        Value::Int(n) => match str::from_utf8(number::write_int(*n, &mut digits)) {
            Ok(piece) => piece,
            Err(_) => return false,
        },
        _ => return false,
    };
    match target {
        Value::Str(text) => {
            !memory.is_close(text.len().saturating_add(piece.len()))
                && text.try_push_str(piece).is_ok()
        }
        _ => false,
    }
}

/// As [`append`], where `slot` may share the text: then it gives it up, so that the text can grow in
/// place, and gets it back if it did not.
#[inline(never)]
pub(in crate::vm::interp) fn append_own(
    slot: &mut Value,
    target: &mut Value,
    piece: &Value,
    memory: Memory,
) -> bool {
    let is_shared = match (&*slot, &*target) {
        (Value::Str(held), Value::Str(text)) => held.ptr_eq(text),
        _ => false,
    };
    if is_shared {
        *slot = Value::Undef;
    }
    let appended = append(target, piece, memory);
    if is_shared && !appended {
        *slot = target.clone();
    }
    appended
}
