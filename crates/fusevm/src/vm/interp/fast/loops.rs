//! Loops that are done at once.

use super::super::regs::Regs;
use super::handlers;
use crate::code::FastOp;
use crate::semantics::loops;
use crate::value::{Plain, Value};

handlers! {
    /// A loop that adds its counter to a slot: the sum by a formula. The instruction that counts
    /// stands `b` operations behind, and says what the limit is.
    fn sum(r, inst) {
        if let &mut Value::Int(sum) = r.slot(inst.a)
            && let &mut Value::Int(from) = r.slot(inst.index())
            && let Some(passes) = passes(r, from, inst.b as usize)
            && let Some(sum) = loops::accumulate_exactly(R::DIALECT, sum, from, passes)
        {
            r.store_slot_plain(inst.a, Plain::int(sum));
            r.store_slot_plain(inst.index(), Plain::int(from + passes));
            r.skip(inst.b as usize + 4);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }
}

/// How many passes a loop takes whose counter is `from` in the first, and which is left by the
/// instruction that stands `behind` operations further on. There is one at least.
#[inline(always)]
fn passes(r: &mut Regs<'_, '_>, from: i64, behind: usize) -> Option<i64> {
    let count = r.instruction(behind);
    let (limit, is_last) = match count.op {
        FastOp::CountLtI => (i64::from(count.c as i32), false),
        FastOp::CountLeI => (i64::from(count.c as i32), true),
        FastOp::CountLtL => (r.slot(count.index()).as_int()?, false),
        FastOp::CountLeL => (r.slot(count.index()).as_int()?, true),
        _ => return None,
    };
    let last = limit.checked_add(i64::from(is_last))?;
    Some(last.checked_sub(from)?.max(1))
}
