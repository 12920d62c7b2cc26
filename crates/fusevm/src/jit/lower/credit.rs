//! Paying for blocks in runs that are bounded.
//!
//! Native code gets fuel in advance, as credit, which it has in a register and pays each block from.
//! Where the credit is too small for a block it asks for more, and that is also when somebody looks
//! whether the run is to stop. What leaves a block before its end gives the rest back.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, types};

use super::{Lowering, TRUSTED, rare};
use crate::jit::native::Status;
use crate::jit::unit::Frame;

impl Lowering<'_, '_> {
    /// At the start of a block: pays for it, or ends native code before it.
    pub(super) fn pay(&mut self, number: usize) {
        self.paid = 0;
        let Some(credit) = self.credit else { return };
        self.has_effect();
        let entry = self.place.code.blocks()[number];
        let cost = entry.cost as i64;
        let [paid, short] = [(); 2].map(|()| self.new_block());
        self.builder.set_cold_block(short);
        let left = self.builder.use_var(credit);
        let ins = self.builder.ins();
        let is_enough = ins.icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, left, cost);
        self.builder.ins().brif(is_enough, paid, &[], short, &[]);
        self.builder.seal_block(short);
        self.builder.switch_to_block(short);
        let status = self.call_rarely(rare::ATTEND, entry.cost as usize);
        let [more, none] = self.on_status(status);
        self.builder.switch_to_block(none);
        self.leave(entry.start, Status::Left);
        self.builder.switch_to_block(more);
        self.builder.ins().jump(paid, &[]);
        self.builder.seal_block(paid);
        self.builder.switch_to_block(paid);
        let left = self.builder.use_var(credit);
        let left = self.builder.ins().iadd_imm_s(left, -cost);
        self.builder.def_var(credit, left);
        self.paid = entry.start + entry.cost as usize;
    }

    /// Takes the credit from the frame, after others may have used it.
    pub(super) fn take_credit(&mut self) {
        if let Some(credit) = self.credit {
            let (frame, offset) = (self.frame, offset_of!(Frame, credit) as i32);
            let ins = self.builder.ins();
            let left = ins.load(types::I64, TRUSTED, frame, offset);
            self.builder.def_var(credit, left);
        }
    }

    /// Leaves the credit to others, and what was paid for operations from the one at `at` on.
    pub(super) fn return_credit(&mut self, at: usize) {
        if let Some(credit) = self.credit {
            let mut left = self.builder.use_var(credit);
            let rest = self.paid.saturating_sub(at) as i64;
            if rest > 0 {
                left = self.builder.ins().iadd_imm_s(left, rest);
            }
            self.store_field(offset_of!(Frame, credit), left);
        }
    }

    /// Leaves the credit to others.
    pub(super) fn lend_credit(&mut self) {
        self.return_credit(self.paid);
    }
}
