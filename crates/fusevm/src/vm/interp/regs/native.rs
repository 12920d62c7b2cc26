//! Running native code, and what it has the interpreter do.

use std::any::Any;
use std::ffi::c_void;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::code::Stream;
use crate::jit::{CallNeeds, Frame, Heat, Machine, Place, Status, Unit, lowest_address, stride};
use crate::op::Op;
use crate::value::Value;
use crate::vm::Math;
use crate::vm::frame::{FrameKind, FrameRecord};

use super::super::step;
use super::flow::native_stack;
use super::values::HELPERS;
use super::{Regs, Run, Step, Stop};

/// Calls that native code has room for, if there is any.
const CALLS: usize = 256;

/// So few calls are not worth entering native code.
const FEW: usize = 16;

/// Bytes of the native stack that calls of native code leave to what it calls.
const NATIVE_RESERVE: usize = 64 << 10;

/// What a helper gives when native code is to end.
const STOPPED: u32 = Status::Stopped as u32;

impl Regs<'_, '_> {
    /// Counts a pass of the loop at `block`. True when native code may be there.
    #[inline(always)]
    pub(in crate::vm::interp) fn counts_pass(&self, block: u32) -> bool {
        let heat = self.run.heats.get(block as usize);
        heat.is_some_and(Heat::counts_pass)
    }

    /// Runs native code for the loop or function at `block`, which the next instruction is behind the
    /// head of. `None`, and nothing happens, if there is none.
    pub(in crate::vm::interp) fn run_native(&mut self, block: u32) -> Option<Step> {
        let native = self.run.native?;
        if self.run.vm.open_ranges > 0 {
            return None;
        }
        let mut stats = self.run.vm.jit_stats;
        let unit = native.unit(&self.place(block), &mut stats);
        self.run.vm.jit_stats = stats;
        let Some(unit) = unit else {
            return self.stop_counting(block);
        };
        if unit
            .arguments
            .is_some_and(|count| count != self.available())
            || self.run.vm.globals.len() < unit.globals
            || unit.arguments.is_some() && self.has_more_slots()
            || (unit.math.iter()).any(|&(name, math)| self.run.vm.math(name) != Some(math))
            || !self.run.vm.has_extensions(&unit)
            || !self.has_room(unit.grow) && self.grow_stack(unit.grow).is_err()
        {
            return None;
        }
        let slots_limit = match unit.calls {
            Some(needs) => self.room_for_calls(&unit, needs)?,
            None => self.slots,
        };
        let mut frame = Frame {
            slots: self.slots,
            operands: self.sp,
            sp: self.sp,
            globals: self.run.vm.globals.as_mut_ptr(),
            constants: self.run.chunk.constants.as_ptr(),
            slots_top: self.run.vm.slots.top(),
            slots_limit,
            ip: 0,
            status: 0,
            credit: self.credit(block),
            run: std::ptr::from_mut(self.run).cast::<c_void>(),
            helpers: &HELPERS,
            carry_out,
            attend,
            truth,
            opened,
            remainder,
            math,
        };
        let frames = self.run.vm.frames.len();
        // SAFETY: the unit was made of this code for what is at this place. Its slots are those of
        // the frame's window, the globals, the arguments and the room for operands have been looked
        // at, and the limit was made for its calls.
        let status = unsafe { unit.run(&mut frame) };
        let vm = &mut *self.run.vm;
        vm.give_back(frame.credit);
        native.ended(block, self.is_bounded(), status, &mut self.run.vm.jit_stats);
        if status == Status::Stopped {
            if let Some(payload) = self.run.unwound.take() {
                resume_unwind(payload);
            }
            (self.pc, self.sp, self.slots) = self.run.paused;
            return Some(self.run.stop.take().map_or(Ok(()), Err));
        }
        self.close_up(frames);
        self.sp = frame.sp;
        self.reload_frame();
        self.jump(frame.ip);
        Some(Err(Stop::Reload))
    }

    /// Whether the run is.
    fn is_bounded(&self) -> bool {
        !self.run.stream.has_regions()
    }

    /// The fuel that native code at `block` starts with. It pays for the block by itself, so what the
    /// interpreter has paid is part of it.
    fn credit(&mut self, block: u32) -> u64 {
        if !self.is_bounded() {
            return 0;
        }
        let cost = self.entry(block).cost;
        let vm = &mut *self.run.vm;
        vm.give_back(cost);
        vm.advance(cost).unwrap_or_default()
    }

    /// Starts the run over at the loop at `block` if there are instructions now that do not count its
    /// passes.
    fn stop_counting(&mut self, block: u32) -> Option<Step> {
        if self.is_bounded() {
            return None;
        }
        let (native, code) = (self.run.native?, self.run.code);
        let counted = code.stream(self.run.chunk, Stream::Counted);
        let insts = native.insts(counted, self.run.vm.jit);
        if std::ptr::eq(self.run.insts, &raw const *insts.all) {
            return None;
        }
        self.jump(code.blocks()[block as usize].start);
        Some(Err(Stop::Reload))
    }

    /// Whether the frame has more slots than its code names: native code would not keep them.
    fn has_more_slots(&self) -> bool {
        let vm = &*self.run.vm;
        // SAFETY: the frame's slots are between its first one and the top of their stack.
        let count = unsafe { vm.slots.top().offset_from_unsigned(self.slots) };
        count > stride(self.window())
    }

    /// What native code is made for at `block`.
    fn place(&self, block: u32) -> Place<'_> {
        let vm = &*self.run.vm;
        // SAFETY: the frame's slots are between its first one and the top of their stack, and the
        // operands of the innermost call between the floor and the top of theirs.
        let (slots, operands) = unsafe {
            let count = vm.slots.top().offset_from_unsigned(self.slots);
            let slots = std::slice::from_raw_parts(self.slots, count);
            let operands = std::slice::from_raw_parts(self.run.floor, self.available());
            (slots, operands)
        };
        Place {
            chunk: self.run.chunk,
            code: self.run.code,
            block: block as usize,
            machine: Machine::new(vm, slots, operands),
            mode: vm.jit,
            bounded: self.is_bounded(),
            tools: vm.jit_tools.get(),
        }
    }

    /// Makes room for calls from native code. Gives the place of slots from which on there may be
    /// too little of it, or `None` if there is hardly any.
    fn room_for_calls(&mut self, unit: &Unit, needs: CallNeeds) -> Option<*mut Value> {
        let wanted = self.run.vm.frames.len().max(CALLS);
        let vm = &mut *self.run.vm;
        // A budget is for what the program needs.
        if !vm.resources.memory.is_bounded() {
            // Where there is no memory there is no room, which is looked at below.
            let _ = vm.slots.reserve(wanted * needs.most_slots);
            let _ = vm.reserve_frames(wanted);
            self.reload_frame();
            let _ = self.reserve(wanted * needs.operands);
        }
        let vm = &*self.run.vm;
        let first = match unit.arguments {
            // The slots of the function's own frame are the first ones.
            Some(_) => self.slots,
            None => vm.slots.top(),
        };
        let native = native_stack::position()
            .saturating_sub(lowest_address().saturating_add(NATIVE_RESERVE));
        let rooms = [
            vm.slots.room() / needs.most_slots,
            self.room() / needs.operands.max(1),
            vm.room_for_frames(),
            native / needs.native,
        ];
        let calls = rooms.into_iter().min().filter(|&calls| calls >= FEW)?;
        // A function that starts at the limit could be the last one: it calls no other, not even in
        // line.
        let slots = calls.saturating_sub(1 + needs.inline) * needs.fewest_slots;
        // SAFETY: there is room for as many slots.
        Some(unsafe { first.add(slots) })
    }

    /// Makes proper frames of the calls that native code had open when it ended. They are behind the
    /// first `below` frames, the innermost first.
    fn close_up(&mut self, below: usize) {
        let vm = &mut *self.run.vm;
        vm.frames[below..].reverse();
        let mut slots = vm.frame_record(below).slot_base;
        for at in below..vm.frames.len() {
            let frame = &mut vm.frames[at];
            frame.floor_below = vm.floor as u32;
            frame.slots_below = slots;
            (vm.floor, slots) = (frame.stack_base as usize, frame.slot_base);
        }
        let Some(innermost) = vm.frames[below..].last() else {
            return;
        };
        let function = self.run.code.function_at(i64::from(innermost.entry));
        let window = function.map_or(0, |function| stride(function.window));
        // SAFETY: native code has written the slots of all these frames, which are one behind the
        // other; the floor is where it had the function's operands.
        unsafe {
            let top = vm.slots.base().add(slots as usize + window);
            vm.slots.set_top(top);
            self.run.floor = vm.stack.base().add(vm.floor);
        }
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
    // Who has the machine sees its fuel, and may use it.
    let credit = mem::take(&mut frame.credit);
    run.vm.give_back(credit);
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
    // What ran may have moved the slots. There is as much room behind them as there was.
    let room = (frame.slots_limit.addr()).wrapping_sub(frame.slots_top.addr());
    frame.slots_top = regs.run.vm.slots.top();
    frame.slots_limit = frame.slots_top.wrapping_byte_add(room);
    frame.globals = regs.run.vm.globals.as_mut_ptr();
    if result != STOPPED {
        frame.credit = regs.run.vm.renew(credit);
    }
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
        let writes = r.vm().writes;
        step(r)?;
        if r.ip() == at + 1 && Some(r.height()) == expected && r.vm().writes == writes {
            return Ok(0);
        }
        // It did what is not usual, or set what native code has in registers: the interpreter goes
        // on.
        r.pause();
        Ok(STOPPED)
    })
}

extern "C" fn attend(frame: &mut Frame, cost: usize) -> u32 {
    // SAFETY: as in `with_registers`.
    let run = unsafe { &mut *frame.run.cast::<Run<'_>>() };
    run.vm.give_back(mem::take(&mut frame.credit));
    match run.vm.advance(cost as u64) {
        Some(credit) => {
            frame.credit = credit;
            0
        }
        None => STOPPED,
    }
}

extern "C" fn truth(frame: &mut Frame, at: usize) -> u32 {
    with_registers(frame, at, |r| Ok(u32::from(r.pop_truth())))
}

/// Takes notice of a call that is open as native code ends. The frame is completed when all are known.
extern "C" fn opened(frame: &mut Frame, at: usize, slots: *mut Value, base: *mut Value) -> u32 {
    // SAFETY: as in `with_registers`.
    let run = unsafe { &mut *frame.run.cast::<Run<'_>>() };
    let function = match run.chunk.ops[at] {
        Op::Call(name, _) => run.code.function(name),
        _ => None,
    };
    let vm = &mut *run.vm;
    // SAFETY: native code has both within their stacks.
    let (slot_base, stack_base) = unsafe {
        (
            slots.offset_from_unsigned(vm.slots.base()),
            base.offset_from_unsigned(vm.stack.base()),
        )
    };
    vm.frames.push(FrameRecord {
        kind: FrameKind::Call,
        trusted: false,
        return_ip: at as u32 + 1,
        entry: function.map_or(0, |function| function.entry as u32),
        stack_base: stack_base as u32,
        slot_base: slot_base as u32,
        floor_below: 0,
        slots_below: 0,
        nesting: 0,
    });
    0
}

extern "C" fn math(function: u32, x: f64) -> f64 {
    Math::ALL[function as usize].of(x)
}

extern "C" fn remainder(a: f64, b: f64) -> f64 {
    a % b
}
