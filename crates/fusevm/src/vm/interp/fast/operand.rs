//! Where the operands of a handler are, and where its result goes.

use super::super::regs::Regs;
use super::{Rules, awk};
use crate::code::Inst;
use crate::semantics::dialect::awk::input_number;
use crate::semantics::number::Number;
use crate::value::{Value, is_plain};

/// The operand stack.
pub(in crate::vm::interp) struct S;
/// A slot of the frame.
pub(in crate::vm::interp) struct L;
/// An integer in the instruction.
pub(in crate::vm::interp) struct I;
/// A double in the instruction.
pub(in crate::vm::interp) struct F;

/// A place of operands.
pub(in crate::vm::interp) trait Source {
    /// How many operands it takes from the stack.
    const TAKEN: usize;
    /// How many operations of the sequence put it there.
    const LENGTH: usize = 1 - Self::TAKEN;

    /// The right operand.
    fn right<'r>(r: &'r mut Regs<'_, '_>, inst: &Inst) -> Operand<'r>;
}

/// A place that a left operand can be in. Constants have no room there.
pub(in crate::vm::interp) trait Left: Source {
    /// The left operand, which has `above` others on top if it is on the stack.
    fn left<'r>(r: &'r mut Regs<'_, '_>, inst: &Inst, above: usize) -> Operand<'r>;
}

/// An operand where it is.
pub(in crate::vm::interp) enum Operand<'r> {
    Place(&'r Value),
    Int(i64),
    Float(f64),
}

impl Operand<'_> {
    /// The operand, if it is an integer.
    #[inline(always)]
    pub(super) fn as_int(&self) -> Option<i64> {
        match *self {
            Operand::Place(value) => value.as_int(),
            Operand::Int(n) => Some(n),
            Operand::Float(_) => None,
        }
    }

    /// The operand, if it is a double, or an integer that is known before and so a double where
    /// one is asked for.
    #[inline(always)]
    pub(super) fn as_float(&self) -> Option<f64> {
        match *self {
            Operand::Place(&Value::Float(x)) | Operand::Float(x) => Some(x),
            Operand::Int(n) => Some(n as f64),
            Operand::Place(_) => None,
        }
    }

    /// The operand, if it is a number.
    #[inline(always)]
    pub(super) fn as_number(&self) -> Option<Number> {
        match *self {
            Operand::Place(value) => value.as_number(),
            Operand::Int(n) => Some(Number::Int(n)),
            Operand::Float(x) => Some(Number::Float(x)),
        }
    }

    /// The number that the operand is in arithmetic, where that is easily told.
    #[inline(always)]
    pub(super) fn read_number<R: Rules>(&self) -> Option<Number> {
        match *self {
            Operand::Place(value) => awk::number::<R>(value),
            _ => self.as_number(),
        }
    }

    /// The number that the operand is where AWK compares it.
    #[inline(always)]
    pub(super) fn compared_number(&self) -> Option<f64> {
        match *self {
            Operand::Place(Value::Str(text)) => input_number(text),
            Operand::Place(Value::Undef) => Some(0.0),
            _ => self.as_number().map(Number::to_float),
        }
    }
}

impl Source for S {
    const TAKEN: usize = 1;

    #[inline(always)]
    fn right<'r>(r: &'r mut Regs<'_, '_>, _: &Inst) -> Operand<'r> {
        Operand::Place(r.operand(0))
    }
}

impl Left for S {
    #[inline(always)]
    fn left<'r>(r: &'r mut Regs<'_, '_>, _: &Inst, above: usize) -> Operand<'r> {
        Operand::Place(r.operand(above))
    }
}

impl Source for L {
    const TAKEN: usize = 0;

    #[inline(always)]
    fn right<'r>(r: &'r mut Regs<'_, '_>, inst: &Inst) -> Operand<'r> {
        Operand::Place(r.slot(inst.index()))
    }
}

impl Left for L {
    #[inline(always)]
    fn left<'r>(r: &'r mut Regs<'_, '_>, inst: &Inst, _: usize) -> Operand<'r> {
        Operand::Place(r.slot(inst.a))
    }
}

impl Source for I {
    const TAKEN: usize = 0;

    #[inline(always)]
    fn right<'r>(_: &'r mut Regs<'_, '_>, inst: &Inst) -> Operand<'r> {
        Operand::Int(inst.c as i64)
    }
}

impl Source for F {
    const TAKEN: usize = 0;

    #[inline(always)]
    fn right<'r>(_: &'r mut Regs<'_, '_>, inst: &Inst) -> Operand<'r> {
        Operand::Float(f64::from_bits(inst.c))
    }
}

/// A place for results.
pub(in crate::vm::interp) trait Target {
    /// How many operations of the sequence put the result there.
    const LENGTH: usize;

    /// Whether the place holds nothing that would have to be dropped: the call that it takes would
    /// cost every handler that may make it.
    #[inline(always)]
    fn is_free(_: &mut Regs<'_, '_>, _: &Inst) -> bool {
        true
    }

    /// Puts `value` there in exchange for `taken` plain operands. The place is free.
    fn put(r: &mut Regs<'_, '_>, inst: &Inst, taken: usize, value: Number);
}

impl Target for S {
    const LENGTH: usize = 0;

    #[inline(always)]
    fn put(r: &mut Regs<'_, '_>, _: &Inst, taken: usize, value: Number) {
        r.forget(taken);
        r.push_plain(value.into());
    }
}

impl Target for L {
    const LENGTH: usize = 1;

    #[inline(always)]
    fn put(r: &mut Regs<'_, '_>, inst: &Inst, taken: usize, value: Number) {
        r.forget(taken);
        r.fill_slot(inst.b as u16, value.into());
    }

    #[inline(always)]
    fn is_free(r: &mut Regs<'_, '_>, inst: &Inst) -> bool {
        is_plain(r.slot(inst.b as u16))
    }
}

/// The truth on which a jump is taken.
pub(in crate::vm::interp) struct When<const TRUTH: bool>;

/// [`When`] as a bound.
pub(in crate::vm::interp) trait Truth {
    const TRUTH: bool;
}

impl<const TRUTH: bool> Truth for When<TRUTH> {
    const TRUTH: bool = TRUTH;
}
