//! What becomes of each operation.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, types};

use super::state::{Kind, Source};
use super::{Lowering, Refusal, Role};
use crate::op::{Op, OpFlags};
use crate::semantics::Dialect;
use crate::semantics::compare::Relation;
use crate::semantics::dialect::awk::{MAX_EXACT, whole};
use crate::value::Value;

impl Lowering<'_, '_> {
    /// Lowers the operation at `at`.
    pub(super) fn op(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        if self.is_awk() && reads_texts(op) {
            // By its rules numbers and texts are not told apart by their kinds alone.
            return self.carry_out(at, op);
        }
        if self.loosely(at, op)? {
            return Ok(());
        }
        match op {
            Op::Nop => Ok(()),
            Op::LoadInt(n) => self.load_value(at, op, &Value::Int(n)),
            Op::LoadFloat(x) => self.load_value(at, op, &Value::Float(x)),
            Op::LoadTrue => self.load_value(at, op, &Value::Bool(true)),
            Op::LoadFalse => self.load_value(at, op, &Value::Bool(false)),
            Op::LoadUndef => self.load_value(at, op, &Value::Undef),
            Op::LoadConst(index) => {
                let value = self.place.chunk.constants.get(usize::from(index));
                match value {
                    Some(value) if Kind::of(Dialect::Contract, value.kind()) == Kind::Any => {
                        self.lend(Source::Constant(index))
                    }
                    value => self.load_value(at, op, value.unwrap_or(&Value::Undef)),
                }
            }

            Op::Pop => self.drop_operand(at, op),
            Op::Dup => {
                if self.hash_inc(at)? {
                    return Ok(());
                }
                self.duplicate(0)
            }
            Op::Dup2 => {
                self.duplicate(1)?;
                self.duplicate(1)
            }
            Op::Swap => self.reorder(&[0, 1]),
            Op::Rot => self.reorder(&[1, 0, 2]),

            Op::GetSlot(slot) => {
                let kind = self.slot(slot);
                if kind.is_in_memory() {
                    return self.lend(Source::Slot(slot));
                }
                let value = self.slot_value(usize::from(slot));
                self.push(kind, value);
                Ok(())
            }
            Op::SetSlot(slot) => self.assign_slot(at, op, slot),
            Op::GetVar(global) => self.get_global(at, op, global),
            Op::SetVar(global) | Op::DeclareVar(global) => self.assign_global(at, op, global),

            Op::ArrayGet(_) | Op::SlotArrayGet(_) => self.array_get(at, op),
            Op::ArraySet(_) | Op::SlotArraySet(_) => self.array_set(at, op),
            Op::ArrayLen(_) => self.array_len(at, op),
            Op::ArrayPush(_) => self.array_push(at, op),

            Op::Add | Op::Sub | Op::Mul => self.arithmetic(at, op),
            Op::Div => self.divide(at, op),
            Op::Mod => self.modulo(at, op),
            Op::Negate | Op::Inc | Op::Dec | Op::BitNot => self.unary(at, op),
            Op::BitAnd | Op::BitOr | Op::BitXor | Op::Shl | Op::Shr => self.bits(at, op),

            Op::NumEq => self.compare(at, op, Relation::Eq),
            Op::NumNe => self.compare(at, op, Relation::Ne),
            Op::NumLt => self.compare(at, op, Relation::Lt),
            Op::NumGt => self.compare(at, op, Relation::Gt),
            Op::NumLe => self.compare(at, op, Relation::Le),
            Op::NumGe => self.compare(at, op, Relation::Ge),
            Op::LogNot => {
                let truth = self.pop_truth(at)?;
                let is_false = self.builder.ins().icmp_imm_s(IntCC::Equal, truth, 0);
                self.push_bool(is_false);
                Ok(())
            }

            Op::HashGet(global) => self.hash_get(at, op, global),
            Op::HashExists(global) => self.hash_exists(at, op, global),
            Op::HashSet(global) => self.hash_set(at, op, global),

            Op::Concat => self.concat(at, op),
            Op::StringLen => self.length(at, op),
            Op::StrEq => self.compare_texts(at, op, Relation::Eq),
            Op::StrNe => self.compare_texts(at, op, Relation::Ne),
            Op::StrLt => self.compare_texts(at, op, Relation::Lt),
            Op::StrGt => self.compare_texts(at, op, Relation::Gt),
            Op::StrLe => self.compare_texts(at, op, Relation::Le),
            Op::StrGe => self.compare_texts(at, op, Relation::Ge),

            Op::Jump(target) => self.jump(at, target),
            Op::JumpIfTrue(target) => {
                let truth = self.pop_truth(at)?;
                self.branch(truth, true, target)
            }
            Op::JumpIfFalse(target) => {
                let truth = self.pop_truth(at)?;
                self.branch(truth, false, target)
            }
            Op::JumpIfTrueKeep(target) => {
                let truth = self.truth()?;
                self.branch(truth, true, target)
            }
            Op::JumpIfFalseKeep(target) => {
                let truth = self.truth()?;
                self.branch(truth, false, target)
            }

            Op::PreIncSlot(slot) => self.step_slot(at, op, slot, 1, Some(true)),
            Op::PreDecSlot(slot) => self.step_slot(at, op, slot, -1, Some(true)),
            Op::PostIncSlot(slot) => self.step_slot(at, op, slot, 1, Some(false)),
            Op::PostDecSlot(slot) => self.step_slot(at, op, slot, -1, Some(false)),
            Op::PreIncSlotVoid(slot) => self.step_slot(at, op, slot, 1, None),
            Op::AddAssignSlotVoid(to, from) => {
                if (self.slot(to), self.slot(from)) != (Kind::Int, Kind::Int) {
                    return self.carry_out(at, op);
                }
                let (to, from) = (usize::from(to), usize::from(from));
                if let Some((a, b)) = self.slot_value(to).zip(self.slot_value(from)) {
                    let sum = self.builder.ins().iadd(a, b);
                    self.guard_exact(sum, at);
                    self.set_slot(to, Kind::Int, Some(sum));
                }
                Ok(())
            }
            Op::SlotLtIntJumpIfFalse(slot, limit, target) => {
                let value = self.int_in_slot(slot)?;
                let less =
                    self.builder
                        .ins()
                        .icmp_imm_s(IntCC::SignedLessThan, value, i64::from(limit));
                self.branch(less, false, target)
            }
            Op::SlotIncLtIntJumpBack(slot, limit, target) => {
                let value = self.int_in_slot(slot)?;
                let next = self.builder.ins().iadd_imm_s(value, 1);
                self.guard_exact(next, at);
                self.set_slot(usize::from(slot), Kind::Int, Some(next));
                let less =
                    self.builder
                        .ins()
                        .icmp_imm_s(IntCC::SignedLessThan, next, i64::from(limit));
                self.branch(less, true, target)
            }

            Op::Extended(id, payload) => self.extended(at, op, id, usize::from(payload)),
            Op::ExtendedWide(id, payload) => self.extended(at, op, id, payload),

            Op::Call(name, argc) => match self.place.code.function(name) {
                Some(function) => self.call(at, function, argc),
                None => self.builtin(at, op, name, argc),
            },
            Op::CallValue(_) | Op::CallFunction(..) => self.break_off(at, "it calls functions"),
            Op::PushFrame | Op::PopFrame | Op::Unwind(_) => Err("it opens or closes frames"),
            Op::MapBlock(_) | Op::GrepBlock(_) | Op::SortBlock(_) | Op::ForEachBlock(_) => {
                self.break_off(at, "it runs blocks")
            }
            Op::Return | Op::ReturnValue => match self.role {
                _ if self.scope.is_inline() => self.return_inline(op == Op::ReturnValue),
                Role::Function(number) => self.return_from(number, op == Op::ReturnValue),
                _ => self.hand_on(at),
            },
            _ if op.opcode().info().is(OpFlags::TERMINATOR) => self.hand_on(at),
            _ => self.carry_out(at, op),
        }
    }

    /// Pushes a constant.
    fn load_value(&mut self, at: usize, op: Op, value: &Value) -> Result<(), Refusal> {
        let constant = match *value {
            Value::Int(n) => Some(self.builder.ins().iconst(types::I64, n)),
            Value::Bool(truth) => Some(self.builder.ins().iconst(types::I64, i64::from(truth))),
            Value::Float(x) => Some(self.builder.ins().f64const(x)),
            _ => None,
        };
        let is_exact = |n: i64| n.unsigned_abs() <= MAX_EXACT;
        match (Kind::of(Dialect::Contract, value.kind()), value) {
            (Kind::Any, _) => self.carry_out(at, op),
            (_, &Value::Int(n)) if self.is_awk() && !is_exact(n) => self.carry_out(at, op),
            (_, &Value::Float(x)) if self.is_awk() && whole(x).is_none() => {
                self.push(Kind::Number, constant);
                Ok(())
            }
            (kind, _) => {
                self.push(kind, constant);
                Ok(())
            }
        }
    }

    /// Reads a global that is likely to hold what it holds now.
    fn get_global(&mut self, at: usize, op: Op, global: u16) -> Result<(), Refusal> {
        let kind = self.place.global_kind(global);
        let Some(kind) = kind.map(|kind| Kind::of(self.place.chunk.numeric.dialect, kind)) else {
            return self.carry_out(at, op);
        };
        if kind == Kind::Any {
            return self.copy_global(global);
        }
        let place = self.global(global);
        let base = self.global_place();
        let is_so = self.has_kind(kind, base, place);
        self.guard(is_so, at);
        let value = self.load(kind, base, place);
        self.push(kind, value);
        Ok(())
    }

    fn assign_global(&mut self, at: usize, op: Op, global: u16) -> Result<(), Refusal> {
        let kind = self.kind(0)?;
        let held = self.place.global_kind(global);
        let dialect = self.place.chunk.numeric.dialect;
        let Some(held) = held.map(|kind| Kind::of(dialect, kind)) else {
            return self.carry_out(at, op);
        };
        if held == Kind::Any || matches!(kind, Kind::Any | Kind::Lent(_)) {
            return self.move_to_global(at, op, global);
        }
        let place = self.global(global);
        let base = self.global_place();
        let is_plain = self.is_plain(base, place);
        self.guard(is_plain, at);
        let value = self.value(0);
        self.has_effect();
        self.store(kind, value, base, place);
        self.pop(1);
        Ok(())
    }

    /// A global that must exist.
    pub(super) fn global(&mut self, global: u16) -> usize {
        let place = usize::from(global);
        self.globals = self.globals.max(place + 1);
        place
    }

    /// Adds to a slot, and pushes what it holds after or before.
    fn step_slot(
        &mut self,
        at: usize,
        op: Op,
        slot: u16,
        delta: i64,
        push: Option<bool>,
    ) -> Result<(), Refusal> {
        if self.slot(slot) != Kind::Int {
            return self.carry_out(at, op);
        }
        let before = self.int_in_slot(slot)?;
        let after = self.builder.ins().iadd_imm_s(before, delta);
        self.guard_exact(after, at);
        self.set_slot(usize::from(slot), Kind::Int, Some(after));
        match push {
            Some(true) => self.push_int(after),
            Some(false) => self.push_int(before),
            None => {}
        }
        Ok(())
    }

    /// The value of a slot that holds an integer.
    fn int_in_slot(&mut self, slot: u16) -> Result<cranelift_codegen::ir::Value, Refusal> {
        if self.slot(slot) != Kind::Int {
            return Err("it counts what is not an integer");
        }
        let value = self.slot_value(usize::from(slot));
        value.ok_or("it counts what is not an integer")
    }
}

/// Whether an operation has native code that makes texts of numbers, or compares texts.
fn reads_texts(op: Op) -> bool {
    matches!(
        op,
        Op::Concat
            | Op::StringLen
            | Op::StrEq
            | Op::StrNe
            | Op::StrLt
            | Op::StrGt
            | Op::StrLe
            | Op::StrGe
            | Op::HashGet(_)
            | Op::HashSet(_)
            | Op::HashExists(_)
    )
}
