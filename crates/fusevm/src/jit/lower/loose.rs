//! Arithmetic and comparisons on values whose kinds are looked at when they are used.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::arith::{float_condition, int_condition};
use super::control::ShortWay;
use super::state::{Kind, PAYLOAD, SIZE, Source};
use super::values::Spot;
use super::{Lowering, Refusal, TRUSTED};
use crate::jit::helpers::{Calculation, Helpers};
use crate::op::Op;
use crate::semantics::Overflow;
use crate::semantics::compare::Relation;
use crate::value;

impl Lowering<'_, '_> {
    /// Lowers an operation on two numbers if one of them is known to be in memory alone. They are
    /// expected to be integers, or doubles if one of them is.
    pub(super) fn loosely(&mut self, at: usize, op: Op) -> Result<bool, Refusal> {
        let count = match op {
            Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Mod => 2,
            Op::BitAnd | Op::BitOr | Op::BitXor | Op::Shl | Op::Shr => 2,
            Op::NumEq | Op::NumNe | Op::NumLt | Op::NumGt | Op::NumLe | Op::NumGe => 2,
            Op::Inc | Op::Dec => 1,
            _ => return Ok(false),
        };
        let mut kinds = Vec::with_capacity(count);
        for above in (0..count).rev() {
            kinds.push(self.kind(above)?);
        }
        let is_loose = |kind: &Kind| matches!(kind, Kind::Any | Kind::Lent(_));
        if !kinds.iter().any(is_loose)
            || kinds
                .iter()
                .any(|kind| matches!(kind, Kind::Undef | Kind::Bool))
            || self.in_its_frame().is_err()
            || self.is_awk()
        {
            return Ok(false);
        }
        let expected = if kinds.iter().any(|&kind| self.is_likely_float(kind)) {
            Kind::Float
        } else {
            Kind::Int
        };
        let operation = calculation(op);
        let is_mixed = expected == Kind::Float && (!has_floats(op) || kinds.contains(&Kind::Int));
        if is_mixed && operation.is_none() {
            return Ok(false);
        }
        self.settle(count);
        if let Some(operation) = operation
            && (is_mixed || op == Op::Div)
        {
            self.calculate(at, op, operation)?;
            return Ok(true);
        }
        let mut short = self.short_way();
        let mut values = Vec::with_capacity(count);
        for above in (0..count).rev() {
            values.extend(match self.spot(above)? {
                Some(spot) => Some(self.expect(&mut short, expected, spot)),
                None => self.value(above),
            });
        }
        if count == 1 {
            values.push(self.builder.ins().iconst(types::I64, 1));
        }
        let &[a, b] = &values[..] else {
            return Err("it takes operands from before it");
        };
        if let Some(relation) = relation(op) {
            let holds = match expected {
                Kind::Float => self.builder.ins().fcmp(float_condition(relation), a, b),
                _ => self.builder.ins().icmp(int_condition(relation), a, b),
            };
            self.pop(count);
            self.push_bool(holds);
            self.or_carry_out(short, at, op, |_| {})?;
            return Ok(true);
        }
        let result = match expected {
            Kind::Float => self.on_loose_floats(op, a, b),
            _ => self.on_loose_ints(&mut short, op, a, b),
        };
        self.pop(count);
        if matches!(op, Op::BitAnd | Op::BitOr | Op::BitXor | Op::Shl | Op::Shr) {
            self.push_int(result);
            self.or_carry_out(short, at, op, |_| {})?;
            return Ok(true);
        }
        let (base, place) = (self.operand_place(), self.state.operands.len());
        self.push(Kind::Any, None);
        self.store(expected, Some(result), base, place);
        match operation {
            Some(operation) => self.or(short, |lowering| {
                lowering.calculate(at, op, operation)?;
                Ok(true)
            })?,
            None => self.or_carry_out(short, at, op, |_| {})?,
        }
        Ok(true)
    }

    /// Replaces operands by the result of arithmetic on any two numbers.
    fn calculate(&mut self, at: usize, op: Op, operation: Calculation) -> Result<(), Refusal> {
        let mut short = self.short_way();
        let pointer = self.pointer;
        let operation = self.builder.ins().iconst(pointer, operation as i64);
        let to = self.operand_spot(1);
        let to = self.address(to);
        let a = self.pointer_to(1)?;
        let b = self.pointer_to(0)?;
        let arguments = [self.frame, operation, a, b, to];
        self.only_if_done(&mut short, offset_of!(Helpers, calculate), &arguments);
        self.pop(2);
        self.push(Kind::Any, None);
        self.or_carry_out(short, at, op, |_| {})
    }

    /// Whether a value is a double, or its slot held one when the code was made.
    fn is_likely_float(&self, kind: Kind) -> bool {
        match kind {
            Kind::Lent(Source::Slot(slot)) => {
                self.place.slot_kind(usize::from(slot)) == value::Kind::Float
            }
            kind => kind == Kind::Float,
        }
    }

    /// The payload of a value in memory. The usual case goes on only if it is of that kind.
    fn expect(&mut self, short: &mut ShortWay, kind: Kind, (base, at): Spot) -> Value {
        let is_so = self.has_kind(kind, base, at);
        self.only_if(short, is_so);
        let machine_type = match kind {
            Kind::Float => types::F64,
            _ => types::I64,
        };
        let offset = SIZE * at as i32 + PAYLOAD;
        self.builder.ins().load(machine_type, TRUSTED, base, offset)
    }

    fn on_loose_floats(&mut self, op: Op, a: Value, b: Value) -> Value {
        let ins = self.builder.ins();
        match op {
            Op::Add => ins.fadd(a, b),
            Op::Sub => ins.fsub(a, b),
            _ => ins.fmul(a, b),
        }
    }

    fn on_loose_ints(&mut self, short: &mut ShortWay, op: Op, a: Value, b: Value) -> Value {
        let wraps = self.place.chunk.numeric.overflow == Overflow::Wrap;
        let ins = self.builder.ins();
        let (result, overflowed) = match op {
            Op::Add | Op::Inc if wraps => return ins.iadd(a, b),
            Op::Sub | Op::Dec if wraps => return ins.isub(a, b),
            Op::Mul if wraps => return ins.imul(a, b),
            Op::Add | Op::Inc => ins.sadd_overflow(a, b),
            Op::Sub | Op::Dec => ins.ssub_overflow(a, b),
            Op::Mul => ins.smul_overflow(a, b),
            Op::BitAnd => return ins.band(a, b),
            Op::BitOr => return ins.bor(a, b),
            Op::BitXor => return ins.bxor(a, b),
            Op::Shl => return ins.ishl(a, b),
            Op::Shr => return ins.sshr(a, b),
            _ => {
                let is_good = ins.icmp_imm_s(IntCC::NotEqual, b, 0);
                self.only_if(short, is_good);
                return self.builder.ins().srem(a, b);
            }
        };
        let fits = self.builder.ins().icmp_imm_s(IntCC::Equal, overflowed, 0);
        self.only_if(short, fits);
        result
    }
}

/// What an operation on any two numbers calculates.
fn calculation(op: Op) -> Option<Calculation> {
    Some(match op {
        Op::Add => Calculation::Add,
        Op::Sub => Calculation::Sub,
        Op::Mul => Calculation::Mul,
        Op::Div => Calculation::Div,
        Op::Mod => Calculation::Mod,
        _ => return None,
    })
}

/// Whether an operation on doubles is one instruction.
fn has_floats(op: Op) -> bool {
    matches!(op, Op::Add | Op::Sub | Op::Mul) || relation(op).is_some()
}

fn relation(op: Op) -> Option<Relation> {
    Some(match op {
        Op::NumEq => Relation::Eq,
        Op::NumNe => Relation::Ne,
        Op::NumLt => Relation::Lt,
        Op::NumGt => Relation::Gt,
        Op::NumLe => Relation::Le,
        Op::NumGe => Relation::Ge,
        _ => return None,
    })
}
