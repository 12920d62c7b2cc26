//! Entry, jumps, exits and helpers.

use std::mem::{self, offset_of};

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};

use super::inline::{BEHIND, Key, Scope};
use super::state::{Holder, Kind, State};
use super::values::Spot;
use super::{Lowering, Refusal, Role, rare};
use crate::jit::helpers::Helpers;
use crate::jit::native::Status;
use crate::jit::unit::Frame;
use crate::op::{HandlerClass, Op};

impl Lowering<'_, '_> {
    /// The entry of a loop: looks whether the slots are what is assumed, and goes to its head.
    pub(super) fn enter_loop(&mut self) {
        self.find_operands(0);
        let head_key = (self.scope.number, self.place.block);
        let head = self.assumptions[&head_key].clone();
        self.state = State {
            slots: head.slots.keys().map(|&slot| (slot, Kind::Any)).collect(),
            ..State::default()
        };
        let start = self.place.start();
        // Whatever is not as it should be, memory is as it was.
        self.exit_at(start, Status::Early);
        let exit = self.exit.clone();
        for (slot, kind) in head.slots {
            if kind == Kind::Any {
                continue;
            }
            let base = self.slot_place();
            let is_so = self.has_kind(kind, base, slot);
            self.guard(is_so, start);
            let value = self.load(kind, base, slot);
            self.set_slot(slot, kind, value);
            self.exit.clone_from(&exit);
        }
        for (holder, array) in head.arrays {
            self.learn(holder, array, start, Status::Early);
        }
        let block = self.block_of(head_key);
        self.builder.ins().jump(block, &[]);
    }

    /// A new place in the code, which is apart if what leads there is unlikely.
    pub(super) fn new_block(&mut self) -> Block {
        let block = self.builder.create_block();
        if self.is_unlikely {
            self.builder.set_cold_block(block);
        }
        block
    }

    /// The code of a block of the loop, which is lowered later.
    fn block_of(&mut self, key: Key) -> Block {
        if let Some(&block) = self.blocks.get(&key) {
            return block;
        }
        let block = self.builder.create_block();
        self.blocks.insert(key, block);
        if key.1 != BEHIND {
            self.work.insert(key);
        }
        block
    }

    /// Goes to the operation at `target`: a block of the region, or out of it.
    pub(super) fn jump_to(&mut self, target: usize) -> Result<(), Refusal> {
        let target = target.min(self.place.chunk.ops.len());
        let Some(key) = self.key_of(target) else {
            // Who goes on there pays for it.
            let paid = mem::take(&mut self.paid);
            self.leave(target, Status::Left);
            self.paid = paid;
            return Ok(());
        };
        self.go_to(key)
    }

    /// Goes to the operation at `target` from the end of the block with the one at `at`.
    pub(super) fn jump(&mut self, at: usize, target: usize) -> Result<(), Refusal> {
        match self.key_of(target) {
            // The test at the end of a loop is made before it a first time, so that the loop is not entered
            // in its midst; behind its body it is part of that.
            Some((_, number)) if target > at => {
                let tested = self.loop_tested_by(number);
                let head = tested.unwrap_or(target);
                if at < head {
                    self.learn_for_loop(head, target);
                }
                if tested.is_none() {
                    return self.jump_to(target);
                }
                self.pay(number);
                self.operations(number)
            }
            _ => self.jump_to(target),
        }
    }

    /// The start of the loop that a block, which is short, goes back to or not.
    fn loop_tested_by(&self, number: usize) -> Option<usize> {
        const MOST: usize = 8;
        let ops = &self.place.chunk.ops;
        let start = self.place.code.blocks()[number].start;
        let block = self.place.code.rest_of_block(start);
        let target = ops[block.end - 1].target()?;
        (block.len() <= MOST && target < start).then_some(target)
    }

    /// Goes to a block.
    pub(super) fn go_to(&mut self, key: Key) -> Result<(), Refusal> {
        self.assume(key)?;
        self.forget(key);
        let block = self.block_of(key);
        self.builder.ins().jump(block, &[]);
        Ok(())
    }

    /// The block of the region that starts with the operation at `target`.
    fn key_of(&self, target: usize) -> Option<Key> {
        let number = self.place.code.block_starting_at(target)?;
        let Scope {
            number: scope,
            region,
            ..
        } = &*self.scope;
        region.members.contains(&target).then_some((*scope, number))
    }

    /// Widens what is assumed at a block by what is known here.
    fn assume(&mut self, key: Key) -> Result<(), Refusal> {
        match self.assumptions.get_mut(&key) {
            Some(assumed) => {
                let both = assumed.join(&self.state)?;
                if both != *assumed {
                    // Code that has been made for less is thrown away with all of the unit.
                    self.widened = true;
                    *assumed = both;
                }
            }
            None => {
                self.assumptions.insert(key, self.state.clone());
            }
        }
        Ok(())
    }

    /// Whether everything is as it is assumed to be at a block.
    fn is_as_assumed(&self, key: Key) -> bool {
        let assumed = &self.assumptions[&key];
        assumed.slots == self.state.slots && assumed.operands == self.state.operands
    }

    /// Writes to memory what is known here and not assumed at a block, and converts numbers
    /// to what is assumed.
    fn forget(&mut self, key: Key) {
        let assumed = self.assumptions[&key].clone();
        for (&slot, &to) in &assumed.slots {
            let from = self.state.slots[&slot];
            if from == to {
                continue;
            }
            let value = self.slot_value(slot);
            if to.is_in_memory() {
                let (base, at) = self.slot_spot(slot);
                self.store(from, value, base, at);
            } else {
                let value = self.converted(from, to, value);
                self.define_slot(slot, to, value);
            }
        }
        for (at, &to) in assumed.operands.iter().enumerate() {
            let from = self.state.operands[at];
            if from == to {
                continue;
            }
            let value = self.operand_value(at);
            if to == Kind::Any {
                let base = self.operand_place();
                self.store(from, value, base, at);
            } else {
                let value = self.converted(from, to, value);
                self.define_operand(at, to, value);
            }
        }
    }

    /// Jumps to `target` if `condition` is `when`, and goes on here if not.
    pub(super) fn branch(
        &mut self,
        condition: Value,
        when: bool,
        target: usize,
    ) -> Result<(), Refusal> {
        let next = self.new_block();
        if let Some(key) = self.key_of(target) {
            self.assume(key)?;
            if self.is_as_assumed(key) {
                // Without a block between, the code of a loop stays together, and the register
                // allocator sees what is in it.
                let taken = self.block_of(key);
                self.fork_to(condition, when, taken, next);
                return Ok(());
            }
        }
        let taken = self.new_block();
        self.fork_to(condition, when, taken, next);
        self.builder.seal_block(taken);
        self.builder.switch_to_block(taken);
        let (state, exit) = (self.state.clone(), self.exit.clone());
        self.jump_to(target)?;
        (self.state, self.exit) = (state, exit);
        self.builder.switch_to_block(next);
        Ok(())
    }

    /// Jumps to `taken` if `condition` is `when`, and to `next`, where code goes on, if not.
    fn fork_to(&mut self, condition: Value, when: bool, taken: Block, next: Block) {
        let (yes, no) = if when { (taken, next) } else { (next, taken) };
        self.builder.ins().brif(condition, yes, &[], no, &[]);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
    }

    /// Goes to the first of two new blocks if `condition` holds, and to the other one, which is
    /// unlikely, if not.
    pub(super) fn fork(&mut self, condition: Value) -> [Block; 2] {
        let [good, bad] = [(); 2].map(|()| self.new_block());
        self.builder.set_cold_block(bad);
        self.builder.ins().brif(condition, good, &[], bad, &[]);
        self.builder.seal_block(good);
        self.builder.seal_block(bad);
        [good, bad]
    }

    /// Two blocks: where a status says that native code goes on, and where not.
    pub(super) fn on_status(&mut self, status: Value) -> [Block; 2] {
        let is_good = self.builder.ins().icmp_imm_s(IntCC::Equal, status, 0);
        self.fork(is_good)
    }

    /// Whether the top operand is true.
    pub(super) fn truth(&mut self) -> Result<Value, Refusal> {
        let kind = self.kind(0)?;
        let value = self.value(0);
        Ok(match (kind, value) {
            (Kind::Bool | Kind::Int, Some(value)) => value,
            (Kind::Float | Kind::Number, Some(value)) => {
                let zero = self.builder.ins().f64const(0.0);
                // Not a number is true.
                self.builder.ins().fcmp(FloatCC::NotEqual, value, zero)
            }
            (Kind::Any | Kind::Plain | Kind::Lent(_), _) => {
                return Err("it keeps an operand of any kind at a jump");
            }
            _ => self.builder.ins().iconst(types::I64, 0),
        })
    }

    /// Removes the top operand and gives its truth.
    pub(super) fn pop_truth(&mut self, at: usize) -> Result<Value, Refusal> {
        if let Some(spot) = self.spot(0)? {
            return self.pop_any_truth(at, spot);
        }
        self.settle(1);
        let truth = self.truth()?;
        self.pop(1);
        Ok(truth)
    }

    /// Removes the top operand, which is in memory, and gives its truth.
    fn pop_any_truth(&mut self, at: usize, spot: Spot) -> Result<Value, Refusal> {
        self.in_its_frame()?;
        self.has_effect();
        self.settle(1);
        let behind = self.new_block();
        let result = self.builder.append_block_param(behind, types::I32);
        let (address, pointer) = (self.address(spot), self.pointer);
        let arguments = [self.frame, address];
        let asked = self.ask(offset_of!(Helpers, truth), &arguments, Some(pointer));
        let asked = asked.ok_or("there is no truth")?;
        let is_known = self
            .builder
            .ins()
            .icmp_imm_s(IntCC::UnsignedLessThanOrEqual, asked, 1);
        let [known, unknown] = self.fork(is_known);
        self.builder.switch_to_block(unknown);
        self.store_operands();
        let truth = self.call_helper(offset_of!(Frame, truth), at);
        let stopped = Status::Stopped as i64;
        let went_on = self
            .builder
            .ins()
            .icmp_imm_s(IntCC::NotEqual, truth, stopped);
        let [good, bad] = self.fork(went_on);
        self.builder.switch_to_block(bad);
        self.store_slots();
        self.end(Status::Stopped);
        self.builder.switch_to_block(good);
        self.builder.ins().jump(behind, &[truth.into()]);
        self.builder.switch_to_block(known);
        self.release_taken(0)?;
        let truth = self.builder.ins().ireduce(types::I32, asked);
        self.builder.ins().jump(behind, &[truth.into()]);
        self.builder.seal_block(behind);
        self.builder.switch_to_block(behind);
        self.pop(1);
        Ok(result)
    }

    /// Helpers see the machine, so that the frame must be there in which they run.
    pub(super) fn in_its_frame(&self) -> Result<(), Refusal> {
        if self.is_in_function() {
            return Err("a function does more than to compute");
        }
        Ok(())
    }

    /// Whether what is lowered is a function, whose frame is not in memory.
    pub(super) fn is_in_function(&self) -> bool {
        !matches!(self.role, Role::Loop) || self.scope.is_inline()
    }

    fn call_helper(&mut self, helper: usize, at: usize) -> Value {
        self.lend_credit();
        let helper = self.load_field(helper);
        let pointer = self.pointer;
        let at = self.builder.ins().iconst(pointer, at as i64);
        let (signature, arguments) = (self.helper, [self.frame, at]);
        let call =
            self.call_saving(|builder| builder.ins().call_indirect(signature, helper, &arguments));
        self.take_credit();
        self.builder.inst_results(call)[0]
    }

    /// Has the operation at `at` carried out by its full meaning.
    pub(super) fn carry_out(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        self.carried += 1;
        self.carry_out_by(op, |lowering| {
            lowering.call_helper(offset_of!(Frame, carry_out), at)
        })
    }

    /// Has an operation carried out by a call that gives the status.
    fn carry_out_by(
        &mut self,
        op: Op,
        call: impl FnOnce(&mut Self) -> Value,
    ) -> Result<(), Refusal> {
        if op.target().is_some() {
            return Err("it jumps in a way that has no native code");
        }
        self.in_its_frame()?;
        self.has_effect();
        let info = op.opcode().info();
        let effect = op.stack_effect();
        let pushes = if effect.known {
            effect.pushes as usize
        } else {
            1
        };
        let pops = effect.pops as usize;
        if self.state.operands.len() < pops {
            return Err("it takes operands from before it");
        }
        let named: Vec<Holder> = Holder::named_by(op).collect();
        let names_slots = named.iter().any(|holder| matches!(holder, Holder::Slot(_)));
        let sees_slots = info.class != HandlerClass::Pure || names_slots;
        if sees_slots {
            self.store_slots();
        }
        self.store_operands();
        for kind in &mut self.state.operands {
            if let Kind::Lent(_) = kind {
                *kind = Kind::Any;
            }
        }
        let status = call(self);
        let [good, bad] = self.on_status(status);
        self.builder.switch_to_block(bad);
        if !sees_slots {
            self.store_slots();
        }
        self.end(Status::Stopped);
        self.builder.switch_to_block(good);
        for holder in named {
            if let Holder::Slot(slot) = holder {
                self.state.slots.insert(slot, Kind::Any);
            }
            self.state.arrays.remove(&holder);
        }
        if info.class == HandlerClass::Reentrant {
            self.share_arrays();
        }
        self.pop(pops);
        let base = self.state.operands.len();
        self.find_operands(base + pushes);
        for _ in 0..pushes {
            self.push(Kind::Any, None);
        }
        if pushes == 1
            && let Some(kind) = result_kind(op)
            && !(self.is_awk() && kind == Kind::Int)
        {
            self.pop(1);
            let place = self.operand_place();
            let value = self.load(kind, place, base);
            self.push(kind, value);
        }
        Ok(())
    }
}

/// Code for the usual case of an operation, next to which stands its full meaning.
pub(super) struct ShortWay {
    state: State,
    /// How many values were known to be inside.
    inside: usize,
    long: Block,
}

impl Lowering<'_, '_> {
    /// Starts code for the usual case of the present operation.
    pub(super) fn short_way(&mut self) -> ShortWay {
        let long = self.new_block();
        self.builder.set_cold_block(long);
        ShortWay {
            state: self.state.clone(),
            inside: self.inside.len(),
            long,
        }
    }

    /// Goes on with the usual case only if `condition` holds.
    pub(super) fn only_if(&mut self, way: &mut ShortWay, condition: Value) {
        let next = self.new_block();
        self.builder.ins().brif(condition, next, &[], way.long, &[]);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
    }

    /// Ends the usual case of the operation at `at`, and has it carried out in all others.
    /// What is known must be the same on both ways, after `recall` on the long one.
    pub(super) fn or_carry_out(
        &mut self,
        way: ShortWay,
        at: usize,
        op: Op,
        recall: impl FnOnce(&mut Self),
    ) -> Result<(), Refusal> {
        self.or(way, |lowering| {
            if lowering.is_in_function() {
                lowering.leave(at, Status::Early);
                return Ok(false);
            }
            lowering.carry_out_rarely(at, op)?;
            recall(lowering);
            Ok(true)
        })
    }

    /// Has the operation at `at` carried out by its full meaning, which hardly ever happens.
    pub(super) fn carry_out_rarely(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        self.carry_out_by(op, |lowering| lowering.call_rarely(rare::CARRY_OUT, at))
    }

    /// Ends the usual case of something, and does it by `full` in all others. That says whether
    /// native code goes on, and if so what is known must be the same on both ways.
    pub(super) fn or(
        &mut self,
        way: ShortWay,
        full: impl FnOnce(&mut Self) -> Result<bool, Refusal>,
    ) -> Result<(), Refusal> {
        let behind = self.new_block();
        self.builder.ins().jump(behind, &[]);
        self.builder.seal_block(way.long);
        self.builder.switch_to_block(way.long);
        self.has_effect();
        let known = mem::replace(&mut self.state, way.state);
        self.inside.truncate(way.inside);
        let is_unlikely = mem::replace(&mut self.is_unlikely, true);
        let goes_on = full(self)?;
        self.is_unlikely = is_unlikely;
        if goes_on {
            self.has_effect();
            debug_assert_eq!(self.state, known);
            self.builder.ins().jump(behind, &[]);
        }
        self.state = known;
        self.inside.truncate(way.inside);
        self.builder.seal_block(behind);
        self.builder.switch_to_block(behind);
        Ok(())
    }
}

/// The kind of an operation's result, where it is always the same.
fn result_kind(op: Op) -> Option<Kind> {
    Some(match op {
        Op::NumEq | Op::NumNe | Op::NumLt | Op::NumGt | Op::NumLe | Op::NumGe => Kind::Bool,
        Op::StrEq | Op::StrNe | Op::StrLt | Op::StrGt | Op::StrLe | Op::StrGe => Kind::Bool,
        Op::LogNot | Op::HashExists(_) => Kind::Bool,
        Op::StringLen | Op::ArrayLen(_) | Op::StrCmp => Kind::Int,
        Op::BitAnd | Op::BitOr | Op::BitXor | Op::BitNot | Op::Shl | Op::Shr => Kind::Int,
        _ => return None,
    })
}
