//! Where the operands of a handler are, and where its result goes.

use super::super::regs::Regs;
use crate::code::Inst;
use crate::semantics::number::Number;
use crate::value::Plain;

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

    /// The left operand, if it is a number; `above` operands are on top of it.
    fn left(r: &mut Regs<'_, '_>, inst: &Inst, above: usize) -> Option<Number>;

    /// The right operand, if it is a number.
    fn right(r: &mut Regs<'_, '_>, inst: &Inst) -> Option<Number>;
}

impl Source for S {
    const TAKEN: usize = 1;

    #[inline(always)]
    fn left(r: &mut Regs<'_, '_>, _: &Inst, above: usize) -> Option<Number> {
        r.operand(above).as_number()
    }

    #[inline(always)]
    fn right(r: &mut Regs<'_, '_>, _: &Inst) -> Option<Number> {
        r.operand(0).as_number()
    }
}

impl Source for L {
    const TAKEN: usize = 0;

    #[inline(always)]
    fn left(r: &mut Regs<'_, '_>, inst: &Inst, _: usize) -> Option<Number> {
        r.slot(inst.a).as_number()
    }

    #[inline(always)]
    fn right(r: &mut Regs<'_, '_>, inst: &Inst) -> Option<Number> {
        r.slot(inst.index()).as_number()
    }
}

impl Source for I {
    const TAKEN: usize = 0;

    #[inline(always)]
    fn left(_: &mut Regs<'_, '_>, _: &Inst, _: usize) -> Option<Number> {
        None
    }

    #[inline(always)]
    fn right(_: &mut Regs<'_, '_>, inst: &Inst) -> Option<Number> {
        Some(Number::Int(inst.c as i64))
    }
}

impl Source for F {
    const TAKEN: usize = 0;

    #[inline(always)]
    fn left(_: &mut Regs<'_, '_>, _: &Inst, _: usize) -> Option<Number> {
        None
    }

    #[inline(always)]
    fn right(_: &mut Regs<'_, '_>, inst: &Inst) -> Option<Number> {
        Some(Number::Float(f64::from_bits(inst.c)))
    }
}

/// A place for results.
pub(in crate::vm::interp) trait Target {
    /// How many operations of the sequence put the result there.
    const LENGTH: usize;

    /// Puts `value` there in exchange for `taken` plain operands.
    fn put(r: &mut Regs<'_, '_>, inst: &Inst, taken: usize, value: Plain);
}

impl Target for S {
    const LENGTH: usize = 0;

    #[inline(always)]
    fn put(r: &mut Regs<'_, '_>, _: &Inst, taken: usize, value: Plain) {
        r.forget(taken);
        r.push_plain(value);
    }
}

impl Target for L {
    const LENGTH: usize = 1;

    #[inline(always)]
    fn put(r: &mut Regs<'_, '_>, inst: &Inst, taken: usize, value: Plain) {
        r.forget(taken);
        r.store_slot_plain(inst.b as u16, value);
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
