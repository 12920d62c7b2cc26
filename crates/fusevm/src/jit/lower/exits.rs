//! Where native code gives up, and what it writes to memory before it ends.
//!
//! Operations without an effect can be carried out twice. So all guards from one effect to the next
//! share one exit, which goes back to the first of their operations.

use std::mem::offset_of;
use std::rc::Rc;

use cranelift_codegen::ir::{Block, InstBuilder, Value, types};

use super::inline::Scope;
use super::state::{Holder, Kind, State};
use super::{Lowering, Refusal, Role};
use crate::jit::JitMode;
use crate::jit::native::Status;
use crate::jit::unit::Frame;
use crate::op::Op;

/// A way out that guards share.
#[derive(Debug, Clone)]
pub(super) struct Exit {
    /// The operation that is the next one.
    at: usize,
    status: Status,
    /// Up to which one they are paid for.
    paid: usize,
    /// What is known there. Slots are in their variables.
    pub(super) state: State,
    scope: Rc<Scope>,
    operands: Vec<Option<Value>>,
    block: Block,
}

impl Lowering<'_, '_> {
    /// Goes on only if `condition` holds. If not, the operation at `at` is left to the interpreter.
    pub(super) fn guard(&mut self, condition: Value, at: usize) {
        self.guard_or(condition, at, Status::Early);
    }

    /// Goes on only if `condition` holds. If not, native code ends before the operation at `at`, or
    /// before operations without an effect that lead there.
    pub(super) fn guard_or(&mut self, condition: Value, at: usize, status: Status) {
        let exit = match &self.exit {
            Some(exit) if exit.status == status => exit.block,
            _ => self.exit_at(at, status),
        };
        let good = self.new_block();
        self.builder.ins().brif(condition, good, &[], exit, &[]);
        self.builder.seal_block(good);
        self.builder.switch_to_block(good);
    }

    /// A way out before the operation at `at`, for this guard and the next ones.
    pub(super) fn exit_at(&mut self, at: usize, status: Status) -> Block {
        let block = self.new_block();
        self.builder.set_cold_block(block);
        let count = self.state.operands.len();
        let exit = Exit {
            at,
            status,
            paid: self.paid,
            state: self.state.clone(),
            scope: Rc::clone(&self.scope),
            operands: (0..count).map(|at| self.operand_value(at)).collect(),
            block,
        };
        self.exit = Some(exit.clone());
        self.exits.push(exit);
        block
    }

    /// Takes notice of an effect: what was before it must not be carried out again.
    pub(super) fn has_effect(&mut self) {
        self.exit = None;
    }

    /// Operands in memory may own something, which would be lost or there twice if what moved it were
    /// carried out again.
    pub(super) fn look_at_memory(&mut self) {
        let is_in_memory = |kind: &Kind| matches!(kind, Kind::Any | Kind::Lent(_));
        if self.state.operands.iter().any(is_in_memory) {
            self.has_effect();
        }
    }

    /// Makes the code of the exits that guards use.
    pub(super) fn finish_exits(&mut self) {
        self.is_unlikely = true;
        for exit in std::mem::take(&mut self.exits) {
            self.builder.seal_block(exit.block);
            self.builder.switch_to_block(exit.block);
            self.state = exit.state;
            self.scope = exit.scope;
            self.paid = exit.paid;
            self.store_slots();
            let operands = exit.operands.into_iter().enumerate();
            for (at, value) in operands.skip(self.scope.floor) {
                let base = self.operand_place();
                self.store(self.state.operands[at], value, base, at);
            }
            self.leave_at(exit.at, exit.status);
        }
    }

    /// Ends native code before the operation at `at`, which the interpreter carries out. Where that is
    /// the first one, it would enter native code again, for ever.
    pub(super) fn hand_on(&mut self, at: usize) -> Result<(), Refusal> {
        if at == self.place.start() {
            return Err("it ends where it begins");
        }
        self.leave(at, Status::Left);
        Ok(())
    }

    /// Has native code end before the operation at `at` in each pass, where all is compiled that can be.
    /// Elsewhere that does not pay.
    pub(super) fn break_off(&mut self, at: usize, reason: Refusal) -> Result<(), Refusal> {
        if self.place.mode != JitMode::Eager {
            return Err(reason);
        }
        self.hand_on(at)?;
        self.ended = true;
        Ok(())
    }

    /// Ends native code before the operation at `at`.
    pub(super) fn leave(&mut self, at: usize, status: Status) {
        self.store_slots();
        self.store_operand_values();
        self.leave_at(at, status);
    }

    /// Ends native code before the operation at `at`, with slots and operands in memory.
    fn leave_at(&mut self, at: usize, status: Status) {
        self.store_top();
        self.return_credit(at);
        let pointer = self.pointer;
        let at = self.builder.ins().iconst(pointer, at as i64);
        self.store_field(offset_of!(Frame, ip), at);
        self.end(status);
    }

    pub(super) fn end(&mut self, status: Status) {
        let status = self.builder.ins().iconst(types::I32, status as i64);
        self.end_with(status);
    }

    /// Writes all slots of the frame to memory that are known and may have changed.
    pub(super) fn store_slots(&mut self) {
        let slots = self.state.slots.range(self.scope.first_slot..);
        let known: Vec<(usize, Kind)> = slots
            .map(|(&slot, &kind)| (slot, kind))
            .filter(|(slot, kind)| *kind != Kind::Any && self.may_have_changed(*slot))
            .collect();
        if known.is_empty() {
            return;
        }
        for (slot, kind) in known {
            let value = self.slot_value(slot);
            let (base, at) = self.slot_spot(slot);
            self.store(kind, value, base, at);
        }
    }

    /// Whether memory may hold something else than the variable of a slot.
    fn may_have_changed(&self, slot: usize) -> bool {
        match self.role {
            Role::Loop | Role::Stub(_) => slot >= self.window || self.assigned.contains(&slot),
            // Nothing of its frame is in memory.
            Role::Function(_) => true,
        }
    }
}

/// The slots that operations may assign to.
pub(super) fn assigned(op: Op) -> impl Iterator<Item = usize> {
    let reads = match op {
        Op::GetSlot(_) | Op::SlotArrayGet(_) | Op::SlotLtIntJumpIfFalse(..) => usize::MAX,
        _ => 0,
    };
    Holder::named_by(op)
        .filter_map(|holder| match holder {
            Holder::Slot(slot) => Some(slot),
            Holder::Global(_) => None,
        })
        .skip(reads)
}
