//! Arithmetic.

use super::operand::{Source, Target};
use super::handlers;
use crate::semantics::number::{Add, Binary, Comparison, Number};
use crate::value::{Plain, Value};

handlers! {
    /// Arithmetic.
    fn binary[O: Binary, A: Source, B: Source, T: Target](r, inst) {
        if let Some(a) = A::left(r, inst, B::TAKEN)
            && let Some(b) = B::right(r, inst)
            && let Some(result) = O::apply(R::DIALECT, a, b)
        {
            T::put(r, inst, A::TAKEN + B::TAKEN, result.into());
            r.skip(A::LENGTH + B::LENGTH + T::LENGTH);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    /// A comparison of the two top operands that yields a truth value.
    fn relation[C: Comparison](r, inst) {
        if let Some(a) = r.operand(1).as_number()
            && let Some(b) = r.operand(0).as_number()
        {
            let holds = C::holds(R::DIALECT, a, b);
            r.forget(2);
            r.push_plain(Plain::bool(holds));
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    /// `slot = slot + n`, of which the operations are four.
    fn add_to_slot(r, inst) {
        let place = r.slot(inst.a);
        if let Some(a) = place.as_number()
            && let Some(sum) = Add::apply(R::DIALECT, a, Number::Int(inst.c as i64))
        {
            // Of an integer only the payload changes.
            match (place, sum) {
                (Value::Int(n), Number::Int(sum)) => *n = sum,
                _ => r.store_slot_plain(inst.a, sum.into()),
            }
            r.skip(3);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    /// Adds 1 to an integer.
    fn count(r, inst) {
        if let Value::Int(n) = r.slot(inst.a) {
            *n = n.wrapping_add(1);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    /// Adds an integer to another.
    fn add_slot(r, inst) {
        if let &mut Value::Int(amount) = r.slot(inst.index())
            && let Value::Int(n) = r.slot(inst.a)
        {
            *n = n.wrapping_add(amount);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }
}

impl From<Number> for Plain {
    #[inline(always)]
    fn from(number: Number) -> Self {
        match number {
            Number::Int(n) => Plain::int(n),
            Number::Float(x) => Plain::float(x),
        }
    }
}

impl Value {
    /// The number that the value is.
    #[inline(always)]
    pub(super) fn as_number(&self) -> Option<Number> {
        match self {
            Value::Int(n) => Some(Number::Int(*n)),
            Value::Float(x) => Some(Number::Float(*x)),
            _ => None,
        }
    }
}
