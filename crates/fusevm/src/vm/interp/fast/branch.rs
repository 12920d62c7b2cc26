//! Jumps.

use super::super::regs::Regs;
use super::operand::{I, L, Source, Truth};
use super::handlers;
use crate::code::Inst;
use crate::semantics::number::{Comparison, Number};
use crate::value::Value;

handlers! {
    fn jump(r, inst) {
        r.go::<R>(inst.distance())
    }

    fn jump_if_true(r, inst) {
        match r.operand(0) {
            &mut Value::Bool(truth) => {
                r.forget(1);
                if truth { r.go::<R>(inst.distance()) } else { r.next::<R>() }
            }
            _ => r.miss::<R>(inst),
        }
    }

    fn jump_if_false(r, inst) {
        match r.operand(0) {
            &mut Value::Bool(truth) => {
                r.forget(1);
                if truth { r.next::<R>() } else { r.go::<R>(inst.distance()) }
            }
            _ => r.miss::<R>(inst),
        }
    }

    /// A jump on a comparison.
    fn compare[C: Comparison, W: Truth, A: Source, B: Source](r, inst) {
        if let Some(a) = A::left(r, inst, B::TAKEN)
            && let Some(b) = B::right(r, inst)
        {
            r.forget(A::TAKEN + B::TAKEN);
            if C::holds(R::DIALECT, a, b) == W::TRUTH {
                return r.go::<R>(inst.distance());
            }
            r.skip(A::LENGTH + B::LENGTH + 1);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    /// Counts a slot up and jumps on a comparison with its limit.
    fn counted[C: Comparison, B: CountLimit](r, inst) {
        if let &mut Value::Int(n) = r.slot(inst.a)
            && let Some(limit) = B::limit(r, inst)
            && let Some(n) = n.checked_add(1)
        {
            *r.slot(inst.a) = Value::Int(n);
            let distance = if C::holds(R::DIALECT, Number::Int(n), Number::Int(limit)) {
                inst.distance()
            } else {
                (inst.c >> 32) as i32 as isize
            };
            return r.go::<R>(distance);
        }
        r.miss::<R>(inst)
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
        match r.slot(inst.index()) {
            Value::Int(limit) => Some(*limit),
            _ => None,
        }
    }
}

impl CountLimit for I {
    #[inline(always)]
    fn limit(_: &mut Regs<'_, '_>, inst: &Inst) -> Option<i64> {
        Some(i64::from(inst.c as i32))
    }
}
