//! Loops: counters, what is added up, and the jump back.

use super::{Selector, Sequence, at_slot, conditional};
use crate::code::inst::{FastOp, Inst, Mode};
use crate::op::Op;

impl Selector<'_> {
    /// A loop that adds its counter to a slot.
    pub(super) fn sum_loop(&self, at: usize) -> Option<Sequence> {
        // Where every pass is paid for, passes are made one by one.
        self.regions?;
        let (sum, counter, behind) = self.growth(at)?;
        self.inner(behind)?;
        let (count, len) = self.first(behind, &[Self::counted])?;
        let back = self.distance(behind, at)?;
        let by_slot = matches!(count.op, FastOp::CountLtL | FastOp::CountLeL);
        if count.a != counter || count.b != back || len != 5 || sum == counter {
            return None;
        }
        if by_slot && count.index() == sum {
            return None;
        }
        let inst = Inst {
            b: behind as u32 - at as u32,
            c: u64::from(counter),
            ..at_slot(FastOp::SumLoop, sum)
        };
        Some((inst, behind + len - at))
    }

    /// A slot that counts up to a limit, and the jump back.
    pub(super) fn counted(&self, at: usize) -> Option<Sequence> {
        let Op::PreIncSlotVoid(slot) = self.op(at)? else {
            return None;
        };
        // Either the test follows, or a jump to a test that leaves the loop.
        let (test, jumped) = match self.inner(at + 1)? {
            Op::Jump(head) => (head, true),
            _ => (at + 1, false),
        };
        if jumped
            && let Op::SlotLtIntJumpIfFalse(tested, limit, target) = self.inner(test)?
            && tested == slot
        {
            let limit = limit as u32;
            let left = self.distance(at, target)?;
            let inst = Inst {
                op: FastOp::CountLtI,
                a: slot,
                b: self.distance(at, test + 1)?,
                c: u64::from(limit) | u64::from(left) << 32,
            };
            return Some((inst, 2));
        }
        if self.inner(test)? != Op::GetSlot(slot) {
            return None;
        }
        let limit = self.operand(self.inner(test + 1)?)?;
        // The limit is read before the slot counts.
        if limit.mode == Mode::L && limit.content == u64::from(slot) {
            return None;
        }
        let op = FastOp::counted(self.inner(test + 2)?.opcode(), limit.mode)?;
        let (when, target) = conditional(self.inner(test + 3)?)?;
        let behind = test + 4;
        let (taken, left) = if when {
            (target, behind)
        } else {
            (behind, target)
        };
        if !(when || jumped) {
            return None;
        }
        let limit = i32::try_from(limit.content as i64).ok()? as u32;
        let left = self.distance(at, left)?;
        let inst = Inst {
            op,
            a: slot,
            b: self.distance(at, taken)?,
            c: u64::from(limit) | u64::from(left) << 32,
        };
        // What is left behind without a jump is not part of the straight line.
        Some((inst, if jumped { 2 } else { 5 }))
    }

    /// A slot that grows by another: the two, and the place behind.
    fn growth(&self, at: usize) -> Option<(u16, u16, usize)> {
        match self.op(at)? {
            Op::AddAssignSlotVoid(slot, step) => Some((slot, step, at + 1)),
            Op::GetSlot(slot) => match [at + 1, at + 2, at + 3].map(|at| self.inner(at)) {
                [
                    Some(Op::GetSlot(step)),
                    Some(Op::Add),
                    Some(Op::SetSlot(to)),
                ] if to == slot => Some((slot, step, at + 4)),
                _ => None,
            },
            _ => None,
        }
    }
}
