//! Jumps.

use super::super::regs::Regs;
use super::numeric::truth;
use super::operand::{I, L, Left, Source, Truth};
use super::{Next, Rules, handlers, text};
use crate::code::Inst;
use crate::semantics::Dialect;
use crate::semantics::number::Comparison;
use crate::value::{Plain, Value};

handlers! {
    fn jump(r, inst) {
        r.go::<R>(inst.distance())
    }

    fn jump_if_true(r, inst) {
        let truth = truth(r.operand(0));
        jump_on::<R>(r, inst, truth, true, 1, 0)
    }

    fn jump_if_false(r, inst) {
        let truth = truth(r.operand(0));
        jump_on::<R>(r, inst, truth, false, 1, 0)
    }

    fn jump_if_true_keep(r, inst) {
        let truth = truth(r.operand(0));
        jump_on::<R>(r, inst, truth, true, 0, 0)
    }

    fn jump_if_false_keep(r, inst) {
        let truth = truth(r.operand(0));
        jump_on::<R>(r, inst, truth, false, 0, 0)
    }

    fn jump_unless_less(r, inst) {
        match *r.slot(inst.a) {
            Value::Int(n) if n < inst.c as i64 => r.next::<R>(),
            Value::Int(_) => r.go::<R>(inst.distance()),
            _ => r.miss::<R>(inst),
        }
    }

    /// A jump on a comparison.
    fn compare[C: Comparison, W: Truth, A: Left, B: Source](r, inst) {
        let holds = holds::<R, C, A, B>(r, inst);
        if R::DIALECT == Dialect::Awk && holds.is_none() {
            return r.run_as::<R>(compare_texts::<R, C, W, A, B>, inst);
        }
        let length = A::LENGTH + B::LENGTH + 1;
        jump_on::<R>(r, inst, holds, W::TRUTH, A::TAKEN + B::TAKEN, length)
    }

    /// [`compare`] in AWK, where a text may be one and may look like a number.
    #[inline(never)]
    fn compare_texts[C: Comparison, W: Truth, A: Left, B: Source](r, inst) {
        let holds = holds_of_texts::<C, A, B>(r, inst);
        if holds.is_none() {
            return r.miss::<R>(inst);
        }
        for _ in 0..A::TAKEN + B::TAKEN {
            r.discard();
        }
        let length = A::LENGTH + B::LENGTH + 1;
        jump_on::<R>(r, inst, holds, W::TRUTH, 0, length)
    }

    /// Counts a slot up and jumps on a comparison with its limit.
    fn counted[C: Comparison, B: CountLimit](r, inst) {
        if let &mut Value::Int(n) = r.slot(inst.a)
            && let Some(limit) = B::limit(r, inst)
            && let Some(n) = n.checked_add(1)
        {
            r.fill_slot(inst.a, Plain::int(n));
            let distance = if C::of_ints(R::DIALECT, n, limit) {
                inst.distance()
            } else {
                (inst.c >> 32) as i32 as isize
            };
            return r.go::<R>(distance);
        }
        r.miss::<R>(inst)
    }
}

/// Jumps if `truth` is `when`, in exchange for `taken` operands, else passes over `length` operations
/// besides the first.
#[inline(always)]
fn jump_on<R: Rules>(
    r: &mut Regs<'_, '_>,
    inst: &Inst,
    truth: Option<bool>,
    when: bool,
    taken: usize,
    length: usize,
) -> Next {
    let Some(truth) = truth else {
        return r.miss::<R>(inst);
    };
    r.forget(taken);
    if truth == when {
        return r.go::<R>(inst.distance());
    }
    r.skip(length);
    r.next::<R>()
}

/// Whether a comparison of the operands holds, if they are numbers. The common pairs come first.
#[inline(always)]
fn holds<R: Rules, C: Comparison, A: Left, B: Source>(
    r: &mut Regs<'_, '_>,
    inst: &Inst,
) -> Option<bool> {
    if let Some(a) = A::left(r, inst, B::TAKEN).as_int()
        && let Some(b) = B::right(r, inst).as_int()
    {
        return Some(C::of_ints(R::DIALECT, a, b));
    }
    if let Some(a) = A::left(r, inst, B::TAKEN).as_float()
        && let Some(b) = B::right(r, inst).as_float()
    {
        return Some(C::of_floats(a, b));
    }
    let a = A::left(r, inst, B::TAKEN).as_number()?;
    let b = B::right(r, inst).as_number()?;
    Some(C::holds(R::DIALECT, a, b))
}

/// Whether a comparison holds by AWK's rules, of operands that both are numbers, or look like them, or
/// both are texts on the stack.
#[inline(always)]
fn holds_of_texts<C: Comparison, A: Left, B: Source>(
    r: &mut Regs<'_, '_>,
    inst: &Inst,
) -> Option<bool> {
    let a = A::left(r, inst, B::TAKEN).compared_number();
    let b = B::right(r, inst).compared_number();
    match (a, b) {
        (Some(a), Some(b)) if !a.is_nan() && !b.is_nan() => Some(C::of_floats(a, b)),
        (Some(_), Some(_)) => None,
        _ => {
            if A::TAKEN + B::TAKEN < 2 {
                return None;
            }
            let (a, b) = r.top2();
            Some(C::of_ints(Dialect::Contract, text::order(a, b)?, 0))
        }
    }
}

/// Where the limit of a counting loop is.
pub(in crate::vm::interp) trait CountLimit {
    /// The limit, if it is an integer.
    fn limit(r: &mut Regs<'_, '_>, inst: &Inst) -> Option<i64>;
}

impl CountLimit for L {
    #[inline(always)]
    fn limit(r: &mut Regs<'_, '_>, inst: &Inst) -> Option<i64> {
        r.slot(inst.index()).as_int()
    }
}

impl CountLimit for I {
    #[inline(always)]
    fn limit(_: &mut Regs<'_, '_>, inst: &Inst) -> Option<i64> {
        Some(i64::from(inst.c as i32))
    }
}
