//! Going from one instruction to the next.

use crate::code::{BlockEntry, Inst};
use crate::op::Op;
use crate::vm::VM;

use super::super::fast::{Handler, Next, Rules, control};
use super::{Regs, Step, Stop};

/// The native stack that handlers may use before they return. They use hardly any where the
/// compiler makes jumps of their calls.
pub(super) const NATIVE_STACK: usize = 16 << 10;

/// Where the native stack is.
pub(super) mod native_stack {
    /// The stack pointer, or something close to it.
    #[inline(always)]
    pub(in crate::vm::interp) fn position() -> usize {
        let position: usize;
        #[cfg(target_arch = "x86_64")]
        // SAFETY: reads a register.
        unsafe {
            std::arch::asm!("mov {}, rsp", out(reg) position,
                options(pure, nomem, nostack, preserves_flags));
        }
        #[cfg(target_arch = "aarch64")]
        // SAFETY: reads a register.
        unsafe {
            std::arch::asm!("mov {}, sp", out(reg) position,
                options(pure, nomem, nostack, preserves_flags));
        }
        // Elsewhere every look says that there is none left.
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        {
            position = 0;
        }
        position
    }
}

impl<'r, 'run> Regs<'r, 'run> {
    /// Runs the next instruction.
    #[inline(always)]
    pub(in crate::vm::interp) fn next<R: Rules>(&mut self) -> Next {
        let inst = self.fetch();
        self.run::<R>(inst)
    }

    /// Runs an instruction.
    #[inline(always)]
    pub(in crate::vm::interp) fn run<R: Rules>(&mut self, inst: &'run Inst) -> Next {
        // SAFETY: there is a handler for each instruction.
        let handler = unsafe { R::HANDLERS.get_unchecked(inst.op as usize) };
        handler(inst, self.pc, self.sp, self.slots, self.run)
    }

    /// Runs the head of a block that has been entered.
    #[inline(always)]
    pub(in crate::vm::interp) fn run_head<R: Rules>(&mut self, block: u32) -> Next {
        let head = self.head(block);
        self.run::<R>(head)
    }

    /// Goes on with another handler.
    #[inline(always)]
    pub(in crate::vm::interp) fn run_as<R: Rules>(
        &mut self,
        handler: Handler,
        inst: &Inst,
    ) -> Next {
        handler(inst, self.pc, self.sp, self.slots, self.run)
    }

    /// Carries out the one operation at the present place.
    #[inline(always)]
    pub(in crate::vm::interp) fn miss<R: Rules>(&mut self, inst: &Inst) -> Next {
        control::general::<R>(inst, self.pc, self.sp, self.slots, self.run)
    }

    /// Passes over the operations that an instruction stands for besides its own.
    #[inline(always)]
    pub(in crate::vm::interp) fn skip(&mut self, count: usize) {
        // SAFETY: a sequence does not reach beyond the code.
        self.pc = unsafe { self.pc.add(count) };
    }

    /// Makes the present instruction the next one.
    #[inline(always)]
    pub(in crate::vm::interp) fn step_back(&mut self) {
        // SAFETY: `pc` is one behind the present instruction.
        self.pc = unsafe { self.pc.sub(1) };
    }

    /// Jumps by a distance in bytes and runs what is there.
    #[inline(always)]
    pub(in crate::vm::interp) fn go<R: Rules>(&mut self, distance: isize) -> Next {
        // SAFETY: lowering took the distance of two places in the code.
        self.pc = unsafe { self.pc.byte_offset(distance) };
        self.go_on::<R>()
    }

    /// Jumps to a place in the code and runs what is there.
    #[inline(always)]
    pub(in crate::vm::interp) fn go_to_index<R: Rules>(&mut self, target: usize) -> Next {
        self.jump(target);
        self.go_on::<R>()
    }

    /// Runs the next instruction, unless it is time to return.
    #[inline(always)]
    pub(in crate::vm::interp) fn go_on<R: Rules>(&mut self) -> Next {
        if !self.has_native_stack() {
            return self.pause();
        }
        self.next::<R>()
    }

    /// Whether handlers may go on without returning.
    #[inline(always)]
    pub(super) fn has_native_stack(&self) -> bool {
        native_stack::position() >= self.run.native_limit
    }

    /// The index of the next instruction.
    #[inline(always)]
    pub(in crate::vm::interp) fn ip(&self) -> usize {
        // SAFETY: both point into the instructions.
        unsafe { self.pc.offset_from_unsigned(self.run.insts.as_ptr()) }
    }

    /// Whether the next instruction is the first of a block, or the end.
    pub(in crate::vm::interp) fn at_boundary(&self) -> bool {
        self.run.code.is_boundary(self.ip())
    }

    /// The next instruction.
    #[inline(always)]
    pub(in crate::vm::interp) fn fetch(&mut self) -> &'run Inst {
        // SAFETY: `pc` is at an instruction: only `FastOp::End`, which leaves the loop, has none
        // behind it.
        unsafe {
            let inst = &*self.pc;
            self.pc = self.pc.add(1);
            inst
        }
    }

    /// The instruction that stands `count` operations behind the present one, in the sequence that
    /// the present one stands for.
    #[inline(always)]
    pub(in crate::vm::interp) fn instruction(&self, count: usize) -> &'run Inst {
        // SAFETY: a sequence does not reach beyond the code, and `pc` is one behind the present
        // instruction.
        unsafe { &*self.pc.add(count).sub(1) }
    }

    /// Makes the instruction at `target` the next one.
    #[inline(always)]
    pub(in crate::vm::interp) fn jump(&mut self, target: usize) {
        debug_assert!(target < self.run.insts.len());
        // SAFETY: lowering clamps targets to the instructions, the end included; return
        // addresses were instruction indices when they were taken.
        self.pc = unsafe { self.run.insts.as_ptr().add(target) };
    }

    /// The operation before the next instruction.
    #[inline(always)]
    pub(in crate::vm::interp) fn present_op(&self) -> Op {
        // The end has no operation, and is never asked for one.
        self.run
            .chunk
            .ops
            .get(self.ip() - 1)
            .copied()
            .unwrap_or(Op::Nop)
    }

    /// The slots that the frame needs at the next operation.
    pub(in crate::vm::interp) fn window(&self) -> usize {
        self.run.code.window_at(self.ip() - 1)
    }

    /// Makes the operation at `target`, or the end, the next one.
    pub(in crate::vm::interp) fn jump_to_op(&mut self, target: usize) {
        self.jump(target.min(self.run.chunk.ops.len()));
    }

    #[inline(always)]
    pub(super) fn entry(&self, block: u32) -> &'run BlockEntry {
        // SAFETY: lowering numbered the blocks.
        unsafe { self.run.code.blocks().get_unchecked(block as usize) }
    }

    /// Counts that the head of a loop was reached. True if the pass that begins is to be followed.
    #[cfg(feature = "jit")]
    pub(in crate::vm::interp) fn passes_anchor(&mut self, block: u32) -> bool {
        let (chunk, code) = (self.run.chunk, self.run.code);
        self.with_vm(|vm| vm.pass_anchor(chunk, code, block))
    }

    /// The first instruction of a block.
    #[inline(always)]
    fn head(&self, block: u32) -> &'run Inst {
        // SAFETY: lowering numbered the blocks, and kept the head of each.
        unsafe { self.run.heads.get_unchecked(block as usize) }
    }

    /// Enters a region for which the stack is too short, or too small.
    #[cold]
    #[inline(never)]
    pub(in crate::vm::interp) fn enter_slowly(&mut self, need: usize, grow: usize) -> Next {
        let outcome = self.check(need, grow);
        let at = self.ip() - 1;
        if outcome.is_ok() || matches!(outcome, Err(Stop::Short)) {
            self.jump(at);
        }
        self.settle(outcome)
    }

    pub(super) fn check(&mut self, need: usize, grow: usize) -> Step {
        if self.available() < need {
            return Err(Stop::Short);
        }
        self.reserve(grow)
    }

    /// At the end of a block range: ends the pass of the block operation whose range it is, and says
    /// whether that was so. Else looks at the stack, as an entry does.
    pub(in crate::vm::interp) fn end_pass(
        &mut self,
        need: usize,
        grow: usize,
    ) -> Result<bool, Stop> {
        let at = self.ip() - 1;
        self.jump(at);
        let numeric = self.run.code.numeric;
        if self.with_iteration(|vm| vm.settle_iterations(numeric))? {
            return Ok(true);
        }
        self.check(need, grow)?;
        self.jump(at + 1);
        Ok(false)
    }

    /// Entering a block of a run that is bounded: block ranges, interrupts, fuel, and the stack.
    /// Gives the block's head, unless a block operation moved on and another block is to be
    /// entered.
    pub(in crate::vm::interp) fn attend(&mut self, block: u32) -> Result<Option<&'run Inst>, Stop> {
        let entry = self.entry(block);
        self.jump(entry.start);
        if !self.run.vm.iterations.is_empty() {
            let numeric = self.run.code.numeric;
            if self.with_iteration(|vm| vm.settle_iterations(numeric))? {
                return Ok(None);
            }
        }
        if self.run.vm.resources.memory.is_alarmed() {
            self.with_vm(VM::relieve_or_fail)?;
        }
        self.run.vm.pay(entry.cost)?;
        if self.available() < entry.reach.need {
            return Err(Stop::Short);
        }
        self.jump(entry.start + 1);
        self.reserve(entry.reach.grow)?;
        Ok(Some(self.head(block)))
    }
}
