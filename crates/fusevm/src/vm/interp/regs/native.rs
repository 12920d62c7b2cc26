//! Running native code, and what it has the interpreter do.

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::code::Stream;
use crate::jit::{Frame, Heat, Place, Status};

use super::super::step;
use super::{Regs, Run, Step, Stop};

/// What a helper gives when native code is to end.
const STOPPED: u32 = Status::Stopped as u32;

impl Regs<'_, '_> {
    /// Counts a pass of the loop at `block`. True when native code may be there.
    #[inline(always)]
    pub(in crate::vm::interp) fn counts_pass(&self, block: u32) -> bool {
        let heat = self.run.heats.get(block as usize);
        heat.is_some_and(Heat::counts_pass)
    }

    /// Runs native code for the loop at `block`, which the next instruction is behind the head of.
    /// `None`, and nothing happens, if there is none.
    pub(in crate::vm::interp) fn run_native(&mut self, block: u32) -> Option<Step> {
        let native = self.run.native?;
        let vm = &mut *self.run.vm;
        // SAFETY: the frame's slots are between its first one and the top of their stack.
        let slots = unsafe {
            let count = vm.slots.top().offset_from_unsigned(self.slots);
            std::slice::from_raw_parts(self.slots, count)
        };
        let place = Place {
            chunk: self.run.chunk,
            code: self.run.code,
            block: block as usize,
            slots,
            globals: &vm.globals,
            mode: vm.jit,
            tools: vm.jit_tools.get(),
        };
        let Some(unit) = native.unit(&place, &mut vm.jit_stats) else {
            return self.stop_counting(block);
        };
        if vm.globals.len() < unit.globals {
            return None;
        }
        if !self.has_room(unit.grow) && self.grow_stack(unit.grow).is_err() {
            return None;
        }
        let mut frame = Frame {
            slots: self.slots,
            sp: self.sp,
            globals: self.run.vm.globals.as_mut_ptr(),
            ip: 0,
            run: std::ptr::from_mut(self.run).cast::<c_void>(),
            carry_out,
            truth,
            remainder,
        };
        // SAFETY: the unit was made of this code for the loop at this place. Its slots are those of
        // the frame's window, and the globals and the room for operands have been looked at.
        let status = unsafe { unit.run(&mut frame) };
        native.ended(block, status, &mut self.run.vm.jit_stats);
        if status == Status::Stopped {
            if let Some(payload) = self.run.unwound.take() {
                resume_unwind(payload);
            }
            (self.pc, self.sp, self.slots) = self.run.paused;
            return Some(self.run.stop.take().map_or(Ok(()), Err));
        }
        (self.sp, self.slots) = (frame.sp, frame.slots);
        self.jump(frame.ip);
        Some(Err(Stop::Reload))
    }

    /// Starts the run over at the loop at `block` if there are instructions now that do not count its
    /// passes.
    fn stop_counting(&mut self, block: u32) -> Option<Step> {
        let (native, code) = (self.run.native?, self.run.code);
        let counted = code.stream(self.run.chunk, Stream::Counted);
        let insts = native.insts(counted, self.run.vm.jit);
        if std::ptr::eq(self.run.insts, &raw const *insts.all) {
            return None;
        }
        self.jump(code.blocks()[block as usize].start);
        Some(Err(Stop::Reload))
    }
}

/// Calls `body` with the registers of the operation at `at`. Gives what it gives, or ends native
/// code.
fn with_registers(
    frame: &mut Frame,
    at: usize,
    body: impl FnOnce(&mut Regs<'_, '_>) -> Result<u32, Stop>,
) -> u32 {
    // SAFETY: native code got the frame from `run_native`, which does not use its `Run` meanwhile.
    let run = unsafe { &mut *frame.run.cast::<Run<'_>>() };
    // SAFETY: native code names operations of the chunk.
    let pc = unsafe { run.insts.as_ptr().add(at + 1) };
    let mut regs = Regs::from_parts(pc, frame.sp, frame.slots, run);
    let outcome = catch_unwind(AssertUnwindSafe(|| body(&mut regs)));
    let result = match outcome {
        Ok(Ok(result)) => result,
        Ok(Err(stop)) => {
            regs.settle(Err(stop));
            STOPPED
        }
        Err(payload) => {
            regs.unwind_later(payload);
            STOPPED
        }
    };
    frame.sp = regs.sp;
    frame.slots = regs.slots;
    frame.globals = regs.run.vm.globals.as_mut_ptr();
    result
}

impl Regs<'_, '_> {
    fn unwind_later(&mut self, payload: Box<dyn Any + Send>) {
        self.pause();
        self.run.unwound = Some(payload);
    }
}

extern "C" fn carry_out(frame: &mut Frame, at: usize) -> u32 {
    with_registers(frame, at, |r| {
        let effect = r.present_op().stack_effect();
        let pushes = if effect.known { effect.pushes } else { 1 };
        let expected = (r.height() + pushes as usize).checked_sub(effect.pops as usize);
        step(r)?;
        if r.ip() == at + 1 && Some(r.height()) == expected {
            return Ok(0);
        }
        // It did what is not usual: the interpreter goes on.
        r.pause();
        Ok(STOPPED)
    })
}

extern "C" fn truth(frame: &mut Frame, at: usize) -> u32 {
    with_registers(frame, at, |r| Ok(u32::from(r.pop_truth())))
}

extern "C" fn remainder(a: f64, b: f64) -> f64 {
    a % b
}
