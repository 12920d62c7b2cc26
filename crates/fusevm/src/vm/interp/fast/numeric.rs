//! Arithmetic.

use super::super::regs::Regs;
use super::operand::{Left, Source, Target};
use super::{Next, Rules, handlers};
use crate::code::Inst;
use crate::semantics::Dialect;
use crate::semantics::number::{Add, Binary, Comparison, Number};
use crate::value::{Plain, Value};

handlers! {
    /// Arithmetic. The common pairs of operands come first.
    fn binary[O: Binary, A: Left, B: Source, T: Target](r, inst) {
        if let Some(a) = A::left(r, inst, B::TAKEN).as_int()
            && let Some(b) = B::right(r, inst).as_int()
            && let Some(result) = O::on_ints(R::DIALECT, a, b)
            && T::is_free(r, inst)
        {
            return finish::<R, A, B, T>(r, inst, result);
        }
        if let Some(a) = A::left(r, inst, B::TAKEN).as_float()
            && let Some(b) = B::right(r, inst).as_float()
            && let Some(result) = O::on_floats(R::DIALECT, a, b)
            && T::is_free(r, inst)
        {
            return finish::<R, A, B, T>(r, inst, result);
        }
        r.run_as::<R>(binary_mixed::<R, O, A, B, T>, inst)
    }

    /// [`binary`] on any numbers.
    #[inline(never)]
    fn binary_mixed[O: Binary, A: Left, B: Source, T: Target](r, inst) {
        if let Some(a) = A::left(r, inst, B::TAKEN).as_number()
            && let Some(b) = B::right(r, inst).as_number()
            && let Some(result) = O::apply(R::DIALECT, a, b)
            && T::is_free(r, inst)
        {
            return finish::<R, A, B, T>(r, inst, result);
        }
        if R::DIALECT == Dialect::Awk
            && let Some(a) = A::left(r, inst, B::TAKEN).read_number::<R>()
            && let Some(b) = B::right(r, inst).read_number::<R>()
            && let Some(result) = O::apply(R::DIALECT, a, b)
            && T::is_free(r, inst)
        {
            for _ in 0..A::TAKEN + B::TAKEN {
                r.discard();
            }
            T::put(r, inst, 0, result);
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

    /// Pushes the sum of an integer in a slot and another.
    fn get_stepped(r, inst) {
        if let Value::Int(n) = r.slot(inst.a)
            && let Some(Number::Int(sum)) = Add::on_ints(R::DIALECT, *n, inst.c as i64)
        {
            r.push_plain(Plain::int(sum));
            r.skip(1);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    /// Adds to the top operand, an integer.
    fn step(r, inst) {
        if let Value::Int(n) = r.operand(0)
            && let Some(Number::Int(sum)) = Add::on_ints(R::DIALECT, *n, inst.c as i64)
        {
            *n = sum;
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    /// Adds to an integer in a slot and pushes the sum.
    fn step_get(r, inst) {
        if let Value::Int(n) = r.slot(inst.a) {
            *n = n.wrapping_add(inst.c as i64);
            let sum = *n;
            r.push_plain(Plain::int(sum));
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    /// Pushes an integer in a slot and adds to it.
    fn get_step(r, inst) {
        if let Value::Int(n) = r.slot(inst.a) {
            let before = *n;
            *n = n.wrapping_add(inst.c as i64);
            r.push_plain(Plain::int(before));
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    /// Adds to a global, an integer. The operations are three.
    fn step_global(r, inst) {
        if let Some(Value::Int(n)) = r.existing_global(inst.a)
            && let Some(Number::Int(sum)) = Add::on_ints(R::DIALECT, *n, inst.c as i64)
        {
            *n = sum;
            r.skip(2);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    fn negate(r, inst) {
        let negative = match *r.operand(0) {
            Value::Int(n) => n.checked_neg().map(Plain::int),
            Value::Float(x) => Some(Plain::float(-x)),
            _ => None,
        };
        replace::<R>(r, inst, negative.filter(|_| R::DIALECT == Dialect::Contract))
    }

    fn not(r, inst) {
        let opposite = truth(r.operand(0)).map(|truth| Plain::bool(!truth));
        replace::<R>(r, inst, opposite)
    }
}

/// Puts `value` in the place of the top operand, which is plain if there is one.
#[inline(always)]
fn replace<R: Rules>(r: &mut Regs<'_, '_>, inst: &Inst, value: Option<Plain>) -> Next {
    let Some(value) = value else {
        return r.miss::<R>(inst);
    };
    r.forget(1);
    r.push_plain(value);
    r.next::<R>()
}

/// The truth of a plain value, which is the same in all dialects.
#[inline(always)]
pub(super) fn truth(value: &Value) -> Option<bool> {
    match *value {
        Value::Bool(truth) => Some(truth),
        Value::Int(n) => Some(n != 0),
        Value::Float(x) => Some(x != 0.0),
        Value::Undef => Some(false),
        _ => None,
    }
}

/// Puts the result of an operation where it goes, which is free, and goes on.
#[inline(always)]
fn finish<R: Rules, A: Left, B: Source, T: Target>(
    r: &mut Regs<'_, '_>,
    inst: &Inst,
    result: Number,
) -> Next {
    T::put(r, inst, A::TAKEN + B::TAKEN, result);
    r.skip(A::LENGTH + B::LENGTH + T::LENGTH);
    r.next::<R>()
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
    /// The integer that the value is.
    #[inline(always)]
    pub(super) fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// The number that the value is.
    #[inline(always)]
    pub(in crate::vm::interp) fn as_number(&self) -> Option<Number> {
        match self {
            Value::Int(n) => Some(Number::Int(*n)),
            Value::Float(x) => Some(Number::Float(*x)),
            _ => None,
        }
    }
}
