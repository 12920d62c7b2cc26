//! What AWK programs spend their time in: fields, elements of arrays by reference, global variables, and
//! texts that look like numbers.

use super::super::regs::{Question, Regs};
use super::{Next, Rules, handlers};
use crate::awk_host::AwkHost;
use crate::semantics::Dialect;
use crate::semantics::dialect::awk;
use crate::semantics::number::{Add, Binary, Number};
use crate::value::{Plain, Value, is_plain};

handlers! {
    /// The operations are `LoadInt`, `AwkFieldGet`.
    fn field(r, inst) {
        if !r.has_awk_host() {
            return r.miss::<R>(inst);
        }
        r.skip(1);
        answer::<R>(r, AwkHost::field_get, inst.c as i64)
    }

    fn field_by_operand(r, inst) {
        if let &mut Value::Int(index) = r.operand(0)
            && r.has_awk_host()
        {
            r.forget(1);
            return answer::<R>(r, AwkHost::field_get, index);
        }
        r.miss::<R>(inst)
    }

    fn field_count(r, inst) {
        if !r.has_awk_host() {
            return r.miss::<R>(inst);
        }
        answer::<R>(r, |host, _| Value::Int(host.nf()), 0)
    }

    /// The operations are `LoadInt`, `AwkFieldGet`, `AwkLength`.
    fn field_length(r, inst) {
        match r.field_length(inst.c as i64) {
            Some(length) => {
                r.push_plain(Plain::int(length));
                r.skip(2);
                r.next::<R>()
            }
            None => r.miss::<R>(inst),
        }
    }

    /// The operations are `AwkFieldGet`, `AwkLength`.
    fn field_length_by_operand(r, inst) {
        if let &mut Value::Int(index) = r.operand(0)
            && let Some(length) = r.field_length(index)
        {
            r.forget(1);
            r.push_plain(Plain::int(length));
            r.skip(1);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    fn length(r, inst) {
        match r.count_characters() {
            Some(count) => {
                r.discard();
                r.push_plain(Plain::int(count));
                r.next::<R>()
            }
            None => r.miss::<R>(inst),
        }
    }

    /// The operations are `GetVar`, `Add`, `SetVar`.
    fn add_to_global(r, inst) {
        let (global, operand) = r.global_and_operand(inst.a, 0);
        if let Some(global) = global
            && is_plain(global)
            && let Some(sum) = sum::<R>(global, operand)
        {
            // SAFETY-free: the place is plain, and so is the sum.
            put(global, sum);
            r.discard();
            r.skip(2);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    /// The operations are `IndexAdd`, `Pop`.
    fn element_add(r, inst) {
        if let Some((element, delta)) = r.element_and_top(2)
            && is_plain(element)
            && let Some(sum) = sum::<R>(element, delta)
        {
            put(element, sum);
            r.discard();
            r.discard();
            r.discard();
            r.skip(1);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    /// The operations are `LoadInt`, `IndexAdd`, `Pop`.
    fn element_step(r, inst) {
        if let Some((Value::Int(n), _)) = r.element_and_top(1)
            && let Some(Number::Int(sum)) = Add::on_ints(R::DIALECT, *n, inst.c as i64)
        {
            *n = sum;
            r.discard();
            r.discard();
            r.skip(2);
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }

    fn element(r, inst) {
        if r.replace_by_element() {
            return r.next::<R>();
        }
        r.miss::<R>(inst)
    }
}

/// Pushes what the host answers and goes on.
#[inline(always)]
fn answer<R: Rules>(r: &mut Regs<'_, '_>, ask: Question, index: i64) -> Next {
    if r.push_answer(ask, index) {
        return r.next::<R>();
    }
    r.stopped()
}

/// Puts a number in the place of a plain value, of which mostly only the payload changes.
#[inline(always)]
fn put(place: &mut Value, number: Number) {
    match (place, number) {
        (Value::Int(place), Number::Int(n)) => *place = n,
        (Value::Float(place), Number::Float(x)) => *place = x,
        (place, Number::Int(n)) => *place = Value::Int(n),
        (place, Number::Float(x)) => *place = Value::Float(x),
    }
}

/// The sum of two values, if it takes no more than numbers.
#[inline(always)]
fn sum<R: Rules>(a: &Value, b: &Value) -> Option<Number> {
    if let (&Value::Int(a), &Value::Int(b)) = (a, b)
        && let Some(sum) = Add::on_ints(R::DIALECT, a, b)
    {
        return Some(sum);
    }
    Add::apply(R::DIALECT, number::<R>(a)?, number::<R>(b)?)
}

/// The number that a value is in arithmetic, where that is easily told.
#[inline(always)]
pub(super) fn number<R: Rules>(value: &Value) -> Option<Number> {
    match value {
        Value::Int(n) => Some(Number::Int(*n)),
        Value::Float(x) => Some(Number::Float(*x)),
        Value::Str(text) if R::DIALECT == Dialect::Awk => {
            Some(Number::Float(awk::leading_number(text.as_bytes())))
        }
        Value::Undef if R::DIALECT == Dialect::Awk => Some(Number::Int(0)),
        _ => None,
    }
}
