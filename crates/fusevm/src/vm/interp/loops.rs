//! Counted slots and the operations that loop by themselves.

use super::When;
use super::regs::{Regs, Step};
use crate::semantics::{Fault, loops};
use crate::value::Value;

impl Regs<'_, '_> {
    /// Adds `delta` to a slot, and pushes what it held before or after.
    pub(super) fn step_slot(&mut self, slot: u16, delta: i64, push: Option<When>) -> Step {
        let before = self.slot_int(slot);
        let after = before.wrapping_add(delta);
        self.set_slot_int(slot, after);
        match push {
            Some(When::Before) => self.load(Value::Int(before)),
            Some(When::After) => self.load(Value::Int(after)),
            None => Ok(()),
        }
    }

    pub(super) fn slot_lt_jump_if_false(&mut self, slot: u16, limit: i32, target: usize) -> Step {
        if self.slot_int(slot) >= i64::from(limit) {
            self.jump_to_op(target);
        }
        Ok(())
    }

    pub(super) fn slot_inc_lt_jump(&mut self, slot: u16, limit: i32, target: usize) -> Step {
        let next = self.slot_int(slot).wrapping_add(1);
        self.set_slot_int(slot, next);
        if next < i64::from(limit) {
            self.jump_to_op(target);
        }
        Ok(())
    }

    /// The passes that a counted loop may take now, and whether these are all of them. Pays for
    /// them.
    fn grant_passes(&mut self, counter: i64, limit: i32) -> (u64, bool) {
        let wanted = loops::passes(counter, limit);
        let granted = self.vm().pay_for_passes(wanted);
        (granted, granted == wanted)
    }

    /// Looks whether the passes of a loop operation, which were paid for, were done.
    fn completed_passes(&mut self, result: Result<(), Fault>, passes: u64) -> Step {
        if result.is_err() {
            self.vm().give_back(passes);
        }
        self.completed(result)
    }

    /// Ends a loop operation: if passes are missing, it is the next operation again.
    fn end_loop(&mut self, complete: bool) -> Step {
        if complete {
            return Ok(());
        }
        self.undo_step();
        Err(Fault::OutOfFuel.into())
    }

    pub(super) fn accum_sum_loop(&mut self, sum: u16, counter: u16, limit: i32) -> Step {
        let (total, from) = (self.slot_int(sum), self.slot_int(counter));
        let (passes, complete) = self.grant_passes(from, limit);
        self.set_slot_int(sum, loops::accumulate(total, from, passes));
        self.set_slot_int(counter, from.saturating_add_unsigned(passes));
        self.end_loop(complete)
    }

    pub(super) fn concat_const_loop(
        &mut self,
        constant: u16,
        text: u16,
        counter: u16,
        limit: i32,
    ) -> Step {
        let piece = self
            .chunk()
            .constants
            .get(usize::from(constant))
            .unwrap_or(&Value::Undef);
        let from = self.slot_int(counter);
        let (passes, complete) = self.grant_passes(from, limit);
        let (mut context, target) = self.slot_in_context(text);
        let appended = loops::append_repeated(&mut context, target, piece, passes);
        self.completed_passes(appended, passes)?;
        self.set_slot_int(counter, from.saturating_add_unsigned(passes));
        self.end_loop(complete)
    }

    pub(super) fn push_int_range_loop(&mut self, global: u16, counter: u16, limit: i32) -> Step {
        let from = self.slot_int(counter);
        let (passes, complete) = self.grant_passes(from, limit);
        let (mut context, target) = self.global_in_context(global)?;
        let pushed = loops::push_range(&mut context, target, from, passes);
        self.completed_passes(pushed, passes)?;
        self.set_slot_int(counter, from.saturating_add_unsigned(passes));
        self.end_loop(complete)
    }
}
