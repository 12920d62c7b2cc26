//! Text.

use super::handlers;
use crate::value::Value;

handlers! {
    fn concat(r, inst) {
        let limit = r.vm().memory.value_limit;
        let (target, piece) = r.top2();
        if !append(target, piece, limit) {
            return r.miss::<R>(inst);
        }
        r.discard();
        r.next::<R>()
    }

    /// `slot = slot . piece`: the slot gives up its text first, so that it can grow in place.
    fn concat_to_slot(r, inst) {
        let limit = r.vm().memory.value_limit;
        let (slot, target, piece) = r.slot_and_top2(inst.a);
        if !append_own(slot, target, piece, limit) {
            return r.miss::<R>(inst);
        }
        r.discard();
        r.pop_to_slot(inst.a);
        r.skip(1);
        r.next::<R>()
    }
}

/// Appends a text to another that nobody shares. Says whether it did.
#[inline(never)]
fn append(target: &mut Value, piece: &Value, limit: usize) -> bool {
    match (target, piece) {
        (Value::Str(text), Value::Str(piece)) => {
            text.len().saturating_add(piece.len()) <= limit && text.try_push_str(piece).is_ok()
        }
        _ => false,
    }
}

/// As [`append`], where `slot` may share the text.
#[inline(never)]
fn append_own(slot: &mut Value, target: &mut Value, piece: &Value, limit: usize) -> bool {
    let (Value::Str(held), Value::Str(text), Value::Str(added)) = (&*slot, &*target, piece) else {
        return false;
    };
    if text.len().saturating_add(added.len()) > limit {
        return false;
    }
    if held.ptr_eq(text) {
        *slot = Value::Undef;
    }
    append(target, piece, limit)
}
