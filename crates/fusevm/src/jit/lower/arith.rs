//! Arithmetic and comparisons.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::state::Kind;
use super::{Lowering, Refusal};
use crate::jit::unit::Frame;
use crate::op::Op;
use crate::semantics::Overflow;
use crate::semantics::compare::Relation;
use crate::vm::Math;

impl Lowering<'_, '_> {
    /// `+`, `-` and `*`.
    pub(super) fn arithmetic(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        let result = match self.operand_pair_of_ints()? {
            Some((a, b)) => (Kind::Int, self.on_ints(at, op, a, b)),
            None => {
                let Some((a, b)) = self.operands_as_floats()? else {
                    return self.carry_out(at, op);
                };
                let ins = self.builder.ins();
                let result = match op {
                    Op::Add => ins.fadd(a, b),
                    Op::Sub => ins.fsub(a, b),
                    _ => ins.fmul(a, b),
                };
                (self.float_kind(), result)
            }
        };
        self.replace(2, result);
        Ok(())
    }

    /// The result of `+`, `-` or `*` on two integers, by the chunk's overflow policy, or by the rules
    /// of AWK.
    pub(super) fn on_ints(&mut self, at: usize, op: Op, a: Value, b: Value) -> Value {
        let is_awk = self.is_awk();
        let may_wrap = match op {
            // Sums of integers that doubles count to are far from overflow.
            Op::Add | Op::Sub if is_awk => true,
            _ => !is_awk && self.place.chunk.numeric.overflow == Overflow::Wrap,
        };
        let ins = self.builder.ins();
        if may_wrap {
            let result = match op {
                Op::Add => ins.iadd(a, b),
                Op::Sub => ins.isub(a, b),
                _ => ins.imul(a, b),
            };
            self.guard_exact(result, at);
            return result;
        }
        let (result, overflowed) = match op {
            Op::Add => ins.sadd_overflow(a, b),
            Op::Sub => ins.ssub_overflow(a, b),
            _ => ins.smul_overflow(a, b),
        };
        let fits = self.builder.ins().icmp_imm_s(IntCC::Equal, overflowed, 0);
        self.guard(fits, at);
        if is_awk {
            // A product of zero may be negative zero.
            let is_nonzero = self.builder.ins().icmp_imm_s(IntCC::NotEqual, result, 0);
            self.guard(is_nonzero, at);
            self.guard_exact(result, at);
        }
        result
    }

    pub(super) fn divide(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        let Some((a, b)) = self.operands_as_floats()? else {
            return self.carry_out(at, op);
        };
        let quotient = match self.constant_float(b) {
            Some(divisor) if divisor != 0.0 => self.quotient_by(a, b, divisor),
            _ => {
                self.guard_not_zero(b, at);
                self.builder.ins().fdiv(a, b)
            }
        };
        let kind = self.float_kind();
        self.replace(2, (kind, quotient));
        Ok(())
    }

    pub(super) fn modulo(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        if let Some((a, b)) = self.operand_pair_of_ints()? {
            let divisor = self.constant(b).filter(|&divisor| divisor >= 2);
            if let Some(divisor) = divisor
                && !self.is_awk()
            {
                let compares = [Op::NumEq, Op::NumNe];
                let compare = compares.into_iter().find(|&op| self.next_is(at + 1, op));
                if let Some(compare) = compare.filter(|_| self.next_is(at, Op::LoadInt(0))) {
                    let is_multiple = self.is_multiple_of(a, divisor);
                    let holds = match compare {
                        Op::NumEq => is_multiple,
                        _ => self.builder.ins().bxor_imm_s(is_multiple, 1),
                    };
                    self.pop(2);
                    self.push_bool(holds);
                    self.done = at + 3;
                    return Ok(());
                }
                let remainder = self.remainder_by(a, divisor);
                self.replace(2, (Kind::Int, remainder));
                return Ok(());
            }
            let is_good = if self.is_awk() {
                // A remainder of zero has the sign of `a`.
                let zero = self.builder.ins().iconst(types::I64, 0);
                let is_good = self.builder.ins().icmp(IntCC::SignedGreaterThan, b, zero);
                let is_positive = self.builder.ins();
                let is_positive = is_positive.icmp(IntCC::SignedGreaterThanOrEqual, a, zero);
                self.builder.ins().band(is_good, is_positive)
            } else {
                self.builder.ins().icmp_imm_s(IntCC::NotEqual, b, 0)
            };
            self.guard(is_good, at);
            let remainder = self.builder.ins().srem(a, b);
            self.replace(2, (Kind::Int, remainder));
            return Ok(());
        }
        let Some((a, b)) = self.operands_as_floats()? else {
            return self.carry_out(at, op);
        };
        if self.is_awk() {
            self.guard_not_zero(b, at);
        }
        let helper = self.load_field(offset_of!(Frame, remainder));
        let signature = self.remainder;
        let call =
            self.call_saving(|builder| builder.ins().call_indirect(signature, helper, &[a, b]));
        let remainder = self.builder.inst_results(call)[0];
        let kind = self.float_kind();
        self.replace(2, (kind, remainder));
        Ok(())
    }

    pub(super) fn bits(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        let Some((a, b)) = self.operand_pair_of_ints()? else {
            return self.carry_out(at, op);
        };
        let ins = self.builder.ins();
        let result = match op {
            Op::BitAnd => ins.band(a, b),
            Op::BitOr => ins.bor(a, b),
            Op::BitXor => ins.bxor(a, b),
            // Both take the count modulo 64.
            Op::Shl => ins.ishl(a, b),
            _ => ins.sshr(a, b),
        };
        self.guard_exact(result, at);
        self.replace(2, (Kind::Int, result));
        Ok(())
    }

    /// Operations on one operand, of which integers and doubles have a short form.
    pub(super) fn unary(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        let (kind, value) = (self.kind(0)?, self.value(0));
        let result = match (op, kind, value) {
            (Op::Negate, Kind::Int, Some(n)) => {
                if self.is_awk() {
                    // Zero becomes negative zero.
                    let is_nonzero = self.builder.ins().icmp_imm_s(IntCC::NotEqual, n, 0);
                    self.guard(is_nonzero, at);
                }
                let zero = self.builder.ins().iconst(types::I64, 0);
                (Kind::Int, self.on_ints(at, Op::Sub, zero, n))
            }
            (Op::Negate, Kind::Float | Kind::Number, Some(x)) => {
                (self.float_kind(), self.builder.ins().fneg(x))
            }
            (Op::Inc | Op::Dec, Kind::Number, Some(x)) => {
                let one = self
                    .builder
                    .ins()
                    .f64const(if op == Op::Inc { 1.0 } else { -1.0 });
                (Kind::Number, self.builder.ins().fadd(x, one))
            }
            (Op::Inc | Op::Dec, Kind::Int, Some(n)) => {
                let one = self.builder.ins().iconst(types::I64, 1);
                let op = if op == Op::Inc { Op::Add } else { Op::Sub };
                (Kind::Int, self.on_ints(at, op, n, one))
            }
            (Op::BitNot, Kind::Int, Some(n)) => {
                let result = self.builder.ins().bnot(n);
                self.guard_exact(result, at);
                (Kind::Int, result)
            }
            _ => return self.carry_out(at, op),
        };
        self.replace(1, result);
        Ok(())
    }

    /// A call of a builtin, of which native code knows some.
    pub(super) fn builtin(
        &mut self,
        at: usize,
        op: Op,
        name: u16,
        argc: u8,
    ) -> Result<(), Refusal> {
        let math = self.place.math(name).filter(|_| argc == 1);
        let argument = match math {
            Some(_) => self.as_float(0)?,
            None => None,
        };
        let Some((math, x)) = math.zip(argument) else {
            return self.carry_out(at, op);
        };
        self.math.insert(name, math);
        let result = self.math_of(math, x);
        self.replace(1, (Kind::Float, result));
        Ok(())
    }

    /// The value of a function.
    pub(super) fn math_of(&mut self, math: Math, x: Value) -> Value {
        let ins = self.builder.ins();
        match math {
            Math::Sqrt => ins.sqrt(x),
            Math::Abs => ins.fabs(x),
            _ => {
                let function = self.load_field(offset_of!(Frame, math));
                let number = self.builder.ins().iconst(types::I32, math as i64);
                let signature = self.math_signature;
                let call = self.call_saving(|builder| {
                    builder
                        .ins()
                        .call_indirect(signature, function, &[number, x])
                });
                self.builder.inst_results(call)[0]
            }
        }
    }

    /// A comparison of numbers.
    pub(super) fn compare(&mut self, at: usize, op: Op, relation: Relation) -> Result<(), Refusal> {
        let holds = if let Some((a, b)) = self.operand_pair_of_ints()? {
            self.builder.ins().icmp(int_condition(relation), a, b)
        } else if let Some((a, b)) = self.operands_as_floats()? {
            self.builder.ins().fcmp(float_condition(relation), a, b)
        } else {
            return self.carry_out(at, op);
        };
        self.pop(2);
        self.push_bool(holds);
        Ok(())
    }

    /// Replaces operands by the result of an operation on them.
    fn replace(&mut self, count: usize, (kind, value): (Kind, Value)) {
        self.pop(count);
        self.push(kind, Some(value));
    }

    /// The two top operands, if they are integers.
    fn operand_pair_of_ints(&mut self) -> Result<Option<(Value, Value)>, Refusal> {
        if (self.kind(1)?, self.kind(0)?) != (Kind::Int, Kind::Int) {
            return Ok(None);
        }
        Ok(self.value(1).zip(self.value(0)))
    }

    /// The two top operands as doubles, if they are numbers.
    fn operands_as_floats(&mut self) -> Result<Option<(Value, Value)>, Refusal> {
        let a = self.as_float(1)?;
        let b = self.as_float(0)?;
        Ok(a.zip(b))
    }

    fn as_float(&mut self, above: usize) -> Result<Option<Value>, Refusal> {
        let kind = self.kind(above)?;
        let value = self.value(above);
        Ok(match (kind, value) {
            (Kind::Float | Kind::Number, Some(x)) => Some(x),
            (Kind::Int, Some(n)) => Some(match self.constant(n) {
                Some(n) => self.builder.ins().f64const(n as f64),
                None => self.builder.ins().fcvt_from_sint(types::F64, n),
            }),
            _ => None,
        })
    }
}

/// A relation of integers.
pub(super) fn int_condition(relation: Relation) -> IntCC {
    match relation {
        Relation::Eq => IntCC::Equal,
        Relation::Ne => IntCC::NotEqual,
        Relation::Lt => IntCC::SignedLessThan,
        Relation::Gt => IntCC::SignedGreaterThan,
        Relation::Le => IntCC::SignedLessThanOrEqual,
        Relation::Ge => IntCC::SignedGreaterThanOrEqual,
    }
}

/// A relation of doubles.
pub(super) fn float_condition(relation: Relation) -> FloatCC {
    match relation {
        Relation::Eq => FloatCC::Equal,
        Relation::Ne => FloatCC::NotEqual,
        Relation::Lt => FloatCC::LessThan,
        Relation::Gt => FloatCC::GreaterThan,
        Relation::Le => FloatCC::LessThanOrEqual,
        Relation::Ge => FloatCC::GreaterThanOrEqual,
    }
}
