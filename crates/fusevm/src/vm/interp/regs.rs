//! The interpreter's registers: where it is in the code, and raw pointers into the two stacks.
//!
//! This file uses `unsafe` because operands are pushed and popped without bounds checks. What
//! makes that sound:
//!
//! - a block is entered only after a check that the operands it takes are there and that what it
//!   pushes has room ([`Regs::enter`], or the driver for an entry in mid-block), and in checked
//!   mode every operation is prepared by itself;
//! - lowering resolves jump targets and constants to places that exist, and every frame has a
//!   slot for each slot operand of the code that runs in it;
//! - whoever gets the machine ([`Regs::with_vm`]) may change all of this, so the registers are
//!   written back before and read again after, and an operation whose handler can do so ends its
//!   block;
//! - while the loop runs, the operand stack counts as empty and its values belong to the
//!   registers: a destructor or hook that unwinds loses them, and none is dropped twice.

use std::ops::Deref;

use crate::chunk::Chunk;
use crate::code::{BlockEntry, Code, FastOp, Inst, Stream};
use crate::op::Op;
use crate::semantics::{Context, Fault, Memory, Numeric};
use crate::value::account::List;
use crate::value::{Kind, Plain, Value, copy_plain, is_plain};
use crate::vm::VM;
use crate::vm::frame::{FrameKind, FrameRecord};
use crate::vm::io::Output;

use super::fast::{Next, Rules, control};

/// The native stack that handlers may use before they return. They use hardly any where the
/// compiler makes jumps of their calls.
const NATIVE_STACK: usize = 16 << 10;

/// Where the native stack is.
mod native_stack {
    /// The stack pointer, or something close to it.
    #[inline(always)]
    pub(super) fn position() -> usize {
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

/// Why the dispatch loop is left. Boxed where large, so that a [`Step`] travels in registers.
pub(super) enum Stop {
    /// The program has ended.
    End,
    /// A return from the program itself, with its value.
    Returned(Box<Value>),
    /// The machine changed under the loop: go on at its `ip`.
    Reload,
    /// The operands of this block are not all there: go on in checked mode.
    Short,
    Fault(Box<Fault>),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fault(Box::new(fault))
    }
}

/// What carrying out one instruction comes to.
pub(super) type Step = Result<(), Stop>;

/// The registers proper.
pub(super) struct Regs<'r, 'run> {
    /// The next instruction.
    pc: *const Inst,
    /// Behind the top operand.
    sp: *mut Value,
    /// Slot 0 of the innermost frame.
    slots: *mut Value,
    run: &'r mut Run<'run>,
}

/// What handlers need less often.
pub(super) struct Run<'run> {
    /// Operands below this belong to a caller.
    floor: *mut Value,
    /// Behind the last operand that there is room for.
    limit: *mut Value,
    /// Where the native stack must not get to.
    native_limit: usize,
    /// The registers while no handler has them.
    paused: (*const Inst, *mut Value, *mut Value),
    /// Why the loop is left.
    stop: Option<Stop>,
    /// Whether the machine's own state is authoritative at the moment.
    detached: bool,
    /// The instructions that run.
    insts: &'run [Inst],
    stream: Stream,
    vm: &'run mut VM,
    chunk: &'run Chunk,
    code: &'run Code,
}

impl<'run> Run<'run> {
    pub(super) fn new(vm: &'run mut VM, chunk: &'run Chunk, code: &'run Code) -> Self {
        let nowhere = std::ptr::null_mut();
        let stream = vm.stream();
        Run {
            floor: nowhere,
            limit: nowhere,
            native_limit: native_stack::position().saturating_sub(NATIVE_STACK),
            paused: (std::ptr::null(), nowhere, nowhere),
            stop: None,
            detached: true,
            insts: code.stream(stream),
            stream,
            vm,
            chunk,
            code,
        }
    }

    /// After a handler that left the loop: the machine takes over.
    pub(super) fn stop(&mut self) -> Stop {
        Regs::resume(self).leave_loop();
        self.stop.take().unwrap_or(Stop::Reload)
    }
}

impl<'r, 'run> Regs<'r, 'run> {
    /// Registers before the instruction at the machine's `ip`.
    pub(super) fn of(run: &'r mut Run<'run>) -> Self {
        let nowhere = std::ptr::null_mut();
        let at = run.vm.ip;
        assert!(at < run.insts.len());
        let mut regs = Regs {
            pc: run.insts.as_ptr(),
            sp: nowhere,
            slots: nowhere,
            run,
        };
        regs.jump(at);
        regs.reload();
        regs
    }

    /// The registers of a handler.
    #[inline(always)]
    pub(super) fn from_parts(
        pc: *const Inst,
        sp: *mut Value,
        slots: *mut Value,
        run: &'r mut Run<'run>,
    ) -> Self {
        Regs { pc, sp, slots, run }
    }

    /// The registers where the last handler left them.
    #[inline(always)]
    pub(super) fn resume(run: &'r mut Run<'run>) -> Self {
        let (pc, sp, slots) = run.paused;
        Regs { pc, sp, slots, run }
    }

    /// Returns from a handler, to go on.
    #[inline(always)]
    pub(super) fn pause(&mut self) -> Next {
        self.run.paused = (self.pc, self.sp, self.slots);
        Next::Go
    }

    /// Returns from a handler with the outcome of what it did.
    #[inline(always)]
    pub(super) fn settle(&mut self, outcome: Step) -> Next {
        self.pause();
        match outcome {
            Ok(()) => Next::Go,
            Err(stop) => {
                self.run.stop = Some(stop);
                Next::Stop
            }
        }
    }

    /// Runs the next instruction.
    #[inline(always)]
    pub(super) fn next<R: Rules>(&mut self) -> Next {
        let inst = self.fetch();
        self.run::<R>(inst)
    }

    /// Runs an instruction.
    #[inline(always)]
    pub(super) fn run<R: Rules>(&mut self, inst: &'run Inst) -> Next {
        // SAFETY: there is a handler for each instruction.
        let handler = unsafe { R::HANDLERS.get_unchecked(inst.op as usize) };
        handler(inst, self.pc, self.sp, self.slots, self.run)
    }

    /// Runs the head of a block that has been entered.
    #[inline(always)]
    pub(super) fn run_head<R: Rules>(&mut self, block: u32) -> Next {
        let head = self.entry(block).head(Stream::Free);
        self.run::<R>(head)
    }

    /// Carries out the one operation at the present place.
    #[inline(always)]
    pub(super) fn miss<R: Rules>(&mut self, inst: &Inst) -> Next {
        control::general::<R>(inst, self.pc, self.sp, self.slots, self.run)
    }

    /// Passes over the operations that an instruction stands for besides its own.
    #[inline(always)]
    pub(super) fn skip(&mut self, count: usize) {
        // SAFETY: a sequence does not reach beyond the code.
        self.pc = unsafe { self.pc.add(count) };
    }

    /// Jumps by a distance in bytes and runs what is there.
    #[inline(always)]
    pub(super) fn go<R: Rules>(&mut self, distance: isize) -> Next {
        // SAFETY: lowering took the distance of two places in the code.
        self.pc = unsafe { self.pc.byte_offset(distance) };
        self.go_on::<R>()
    }

    /// Jumps to a place in the code and runs what is there.
    #[inline(always)]
    pub(super) fn go_to_index<R: Rules>(&mut self, target: usize) -> Next {
        self.jump(target);
        self.go_on::<R>()
    }

    /// Runs the next instruction, unless it is time to return.
    #[inline(always)]
    fn go_on<R: Rules>(&mut self) -> Next {
        if native_stack::position() < self.run.native_limit {
            return self.pause();
        }
        self.next::<R>()
    }

    /// Leaves the loop: the machine takes over.
    pub(super) fn leave_loop(mut self) {
        if !self.run.detached {
            self.store();
        }
    }

    /// Reads the stack registers from the machine.
    #[inline(always)]
    fn reload(&mut self) {
        self.reload_stack();
        self.reload_frame();
        self.run.detached = false;
    }

    /// Reads the frame registers from the machine.
    #[inline(always)]
    fn reload_frame(&mut self) {
        let base = self.run.vm.top_frame().slot_base;
        // SAFETY: a frame's slots start within the slot stack, or just behind it.
        self.slots = unsafe { self.run.vm.slots.base().add(base) };
    }

    /// Writes the registers back to the machine.
    #[inline(always)]
    fn store(&mut self) {
        self.run.vm.ip = self.ip();
        // SAFETY: `sp` moved by pushes and pops of initialised values within the block's checked
        // reach, so it is in the stack's allocation and exactly the values below are live.
        unsafe { self.run.vm.stack.set_top(self.sp) };
        self.run.detached = true;
    }

    /// Gives the machine to `body`, with everything written back, and reads it again after.
    #[inline(always)]
    pub(super) fn with_vm<R>(&mut self, body: impl FnOnce(&mut VM) -> R) -> R {
        self.store();
        let result = body(self.run.vm);
        self.reload();
        result
    }

    /// Gives the machine to code of the host. What it did besides pushing and popping makes the
    /// run start over at the machine's `ip`.
    #[inline(always)]
    pub(super) fn with_host<R>(
        &mut self,
        body: impl FnOnce(&mut VM) -> Result<R, Fault>,
    ) -> Result<R, Stop> {
        self.store();
        let before = self.run.vm.state_mark();
        let result = body(self.run.vm)?;
        if self.run.vm.state_mark() != before {
            return Err(Stop::Reload);
        }
        self.reload();
        self.stay_in_stream()?;
        Ok(result)
    }

    /// Leaves the loop when the run is bounded now and was not before, or the other way round.
    pub(super) fn stay_in_stream(&mut self) -> Step {
        if self.run.vm.stream() == self.run.stream {
            Ok(())
        } else {
            Err(Stop::Reload)
        }
    }

    /// Gives the machine to a block operation, which may move `ip` within the running code.
    pub(super) fn with_iteration<R>(
        &mut self,
        body: impl FnOnce(&mut VM) -> Result<R, Fault>,
    ) -> Result<R, Stop> {
        self.store();
        let vm = &mut *self.run.vm;
        let before = vm.epoch;
        let result = body(vm)?;
        if vm.epoch != before {
            // Closing scopes gives back a frame that this code may not have run in before.
            vm.ensure_window(self.run.code.window_at(vm.ip))?;
        }
        self.reload();
        self.jump(self.run.vm.ip);
        self.stay_in_stream()?;
        Ok(result)
    }

    /// Leaves the loop with what `body` makes of the machine.
    #[inline(always)]
    pub(super) fn leave(&mut self, body: impl FnOnce(&mut VM) -> Result<Stop, Fault>) -> Step {
        self.store();
        Err(body(self.run.vm)?)
    }

    /// What semantic functions need, and the operands with it: they borrow from different parts.
    #[inline(always)]
    pub(super) fn context(&mut self) -> Context<'_> {
        self.run.vm.resources.context(self.run.code.numeric)
    }

    #[inline(always)]
    pub(super) fn numeric(&self) -> Numeric {
        self.run.code.numeric
    }

    #[inline(always)]
    pub(super) fn code(&self) -> &'run Code {
        self.run.code
    }

    #[inline(always)]
    pub(super) fn chunk(&self) -> &'run Chunk {
        self.run.chunk
    }

    #[inline(always)]
    pub(super) fn vm(&mut self) -> &mut VM {
        self.run.vm
    }

    /// The index of the next instruction.
    #[inline(always)]
    pub(super) fn ip(&self) -> usize {
        // SAFETY: both point into the instructions.
        unsafe { self.pc.offset_from_unsigned(self.run.insts.as_ptr()) }
    }

    /// Whether the next instruction is the first of a block, or the end.
    pub(super) fn at_boundary(&self) -> bool {
        self.run.code.is_boundary(self.ip())
    }

    /// The next instruction.
    #[inline(always)]
    pub(super) fn fetch(&mut self) -> &'run Inst {
        // SAFETY: `pc` is at an instruction: only `Inst::End`, which leaves the loop, has none
        // behind it.
        unsafe {
            let inst = &*self.pc;
            self.pc = self.pc.add(1);
            inst
        }
    }

    /// Makes the instruction at `target` the next one.
    #[inline(always)]
    pub(super) fn jump(&mut self, target: usize) {
        debug_assert!(target < self.run.insts.len());
        // SAFETY: lowering clamps targets to the instructions, the end included; return
        // addresses were instruction indices when they were taken.
        self.pc = unsafe { self.run.insts.as_ptr().add(target) };
    }

    /// The operation before the next instruction.
    #[inline(always)]
    pub(super) fn present_op(&self) -> Op {
        // The end has no operation, and is never asked for one.
        self.run
            .chunk
            .ops
            .get(self.ip() - 1)
            .copied()
            .unwrap_or(Op::Nop)
    }

    /// The slots that the frame needs at the next operation.
    pub(super) fn window(&self) -> usize {
        self.run.code.window_at(self.ip() - 1)
    }

    /// Makes the operation at `target`, or the end, the next one.
    pub(super) fn jump_to_op(&mut self, target: usize) {
        self.jump(target.min(self.run.chunk.ops.len()));
    }

    #[inline(always)]
    fn entry(&self, block: u32) -> &'run BlockEntry {
        // SAFETY: lowering numbered the blocks.
        unsafe { self.run.code.blocks().get_unchecked(block as usize) }
    }

    /// Enters a region for which the stack is too short, or too small.
    #[cold]
    #[inline(never)]
    pub(super) fn enter_slowly(&mut self, need: usize, grow: usize) -> Next {
        let outcome = self.check(need, grow);
        let at = self.ip() - 1;
        if outcome.is_ok() || matches!(outcome, Err(Stop::Short)) {
            self.jump(at);
        }
        self.settle(outcome)
    }

    fn check(&mut self, need: usize, grow: usize) -> Step {
        if self.available() < need {
            return Err(Stop::Short);
        }
        self.reserve(grow)
    }

    /// Entering a block of a run that is bounded: block ranges, interrupts, fuel, and the stack.
    /// Gives the block's head, unless a block operation moved on and another block is to be
    /// entered.
    pub(super) fn attend(&mut self, block: u32) -> Result<Option<&'run Inst>, Stop> {
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
        Ok(Some(entry.head(Stream::Watched)))
    }

    /// Whether `additional` operands have room.
    #[inline(always)]
    pub(super) fn has_room(&self, additional: usize) -> bool {
        // SAFETY: both point into the operand stack's allocation, or behind it.
        additional <= unsafe { self.run.limit.offset_from_unsigned(self.sp) }
    }

    /// Makes room for `additional` operands.
    #[inline(always)]
    pub(super) fn reserve(&mut self, additional: usize) -> Step {
        if self.has_room(additional) {
            Ok(())
        } else {
            self.grow_stack(additional)
        }
    }

    #[cold]
    #[inline(never)]
    fn grow_stack(&mut self, additional: usize) -> Step {
        // SAFETY: as in `store`.
        unsafe { self.run.vm.stack.set_top(self.sp) };
        self.run.vm.stack.reserve(additional)?;
        self.reload_stack();
        Ok(())
    }

    /// Reads where the operand stack is from the machine.
    #[inline(always)]
    fn reload_stack(&mut self) {
        let stack = &self.run.vm.stack;
        self.sp = stack.top();
        self.run.limit = stack.limit();
        // The end of a run takes its result from wherever the top is, a caller's operands
        // included, so the floor may be left above it.
        self.run.vm.floor = self.run.vm.floor.min(stack.len());
        // SAFETY: the floor is not above the top of the stack.
        self.run.floor = unsafe { stack.base().add(self.run.vm.floor) };
        // SAFETY: no value is below the base.
        unsafe { self.run.vm.stack.set_top(self.run.vm.stack.base()) };
    }

    /// Operands that the present call may take.
    #[inline(always)]
    pub(super) fn available(&self) -> usize {
        // SAFETY: both point into the operand stack, and the floor is not above the top.
        unsafe { self.sp.offset_from_unsigned(self.run.floor) }
    }

    /// The height of the operand stack.
    #[inline(always)]
    pub(super) fn height(&self) -> usize {
        self.run.vm.floor + self.available()
    }

    #[inline(always)]
    pub(super) fn push(&mut self, value: Value) {
        // SAFETY: the block's check made room.
        unsafe {
            self.sp.write(value);
            self.sp = self.sp.add(1);
        }
    }

    /// Pushes a copy of a value.
    #[inline(always)]
    pub(super) fn push_copy(&mut self, value: &Value) {
        // SAFETY: the block's check made room.
        unsafe {
            copy(value, self.sp);
            self.sp = self.sp.add(1);
        }
    }

    /// Pushes a copy of the operand that has `above` others on top.
    #[inline(always)]
    pub(super) fn push_copy_of_operand(&mut self, above: usize) {
        let value = std::ptr::from_ref(self.operand(above));
        // SAFETY: the operand lives, and the copy goes to another place.
        self.push_copy(unsafe { &*value });
    }

    /// The operand that has `above` others on top.
    #[inline(always)]
    pub(super) fn operand(&mut self, above: usize) -> &mut Value {
        debug_assert!(self.available() > above);
        // SAFETY: the region's check counted this operand.
        unsafe { &mut *self.sp.sub(above + 1) }
    }

    /// Removes `count` plain operands.
    #[inline(always)]
    pub(super) fn forget(&mut self, count: usize) {
        debug_assert!((0..count).all(|above| is_plain(self.operand(above))));
        // SAFETY: the region's check counted these operands. Plain ones need no destructor.
        self.sp = unsafe { self.sp.sub(count) };
    }

    /// Takes the truth of the top operand.
    #[inline(always)]
    pub(super) fn pop_truth(&mut self) -> bool {
        let dialect = self.run.code.numeric.dialect;
        if let &mut Value::Bool(truth) = self.top() {
            // SAFETY: the operand is counted, see `pop`, and a truth value owns nothing.
            self.sp = unsafe { self.sp.sub(1) };
            truth
        } else {
            dialect.truth(&self.pop())
        }
    }

    #[inline(always)]
    pub(super) fn pop(&mut self) -> Value {
        debug_assert!(self.available() > 0);
        // SAFETY: the block's check counted this operand.
        unsafe {
            self.sp = self.sp.sub(1);
            self.sp.read()
        }
    }

    /// The top operand.
    #[inline(always)]
    pub(super) fn top(&mut self) -> &mut Value {
        debug_assert!(self.available() > 0);
        // SAFETY: the block's check counted this operand.
        unsafe { &mut *self.sp.sub(1) }
    }

    /// The two top operands, the upper one last.
    #[inline(always)]
    pub(super) fn top2(&mut self) -> (&mut Value, &mut Value) {
        debug_assert!(self.available() > 1);
        // SAFETY: the block's check counted these operands, and they are two.
        unsafe { (&mut *self.sp.sub(2), &mut *self.sp.sub(1)) }
    }

    /// The three top operands, in push order.
    #[inline(always)]
    pub(super) fn top3(&mut self) -> &mut [Value; 3] {
        debug_assert!(self.available() > 2);
        // SAFETY: the block's check counted these operands.
        unsafe { &mut *self.sp.sub(3).cast() }
    }

    /// The top operand and the context, which borrow from different places.
    #[inline(always)]
    pub(super) fn top_in_context(&mut self) -> (Context<'_>, &mut Value) {
        debug_assert!(self.available() > 0);
        // SAFETY: as in `top`; the context borrows from the machine, not from its stack.
        let top = unsafe { &mut *self.sp.sub(1) };
        (self.context(), top)
    }

    /// The three top operands in push order and the context, which borrow from different places.
    #[inline(always)]
    pub(super) fn top3_in_context(&mut self) -> (Context<'_>, &mut [Value; 3]) {
        debug_assert!(self.available() > 2);
        // SAFETY: as in `top3`; the context borrows from the machine, not from its stack.
        let top = unsafe { &mut *self.sp.sub(3).cast() };
        (self.context(), top)
    }

    /// The two top operands and the context, which borrow from different places.
    #[inline(always)]
    pub(super) fn top2_in_context(&mut self) -> (Context<'_>, &mut Value, &mut Value) {
        debug_assert!(self.available() > 1);
        // SAFETY: as in `top2`; the context borrows from the machine, not from its stack.
        let (a, b) = unsafe { (&mut *self.sp.sub(2), &mut *self.sp.sub(1)) };
        (self.context(), a, b)
    }

    /// Pushes a plain value.
    #[inline(always)]
    pub(super) fn push_plain(&mut self, value: Plain) {
        // SAFETY: the block's check made room.
        unsafe {
            value.write(self.sp);
            self.sp = self.sp.add(1);
        }
    }

    /// Moves the top operand to `place`.
    ///
    /// # Safety
    /// `place` holds a value and is not on the operand stack.
    #[inline(always)]
    unsafe fn pop_to(&mut self, place: *mut Value) {
        debug_assert!(self.available() > 0);
        // SAFETY: the block's check counted the operand; the caller vouches for the place. What
        // is plain may be overwritten and forgotten.
        unsafe {
            self.sp = self.sp.sub(1);
            if is_plain(&*self.sp) && is_plain(&*place) {
                copy_plain(self.sp, place);
            } else {
                *place = self.sp.read();
            }
        }
    }

    #[inline(always)]
    pub(super) fn pop_to_slot(&mut self, slot: u16) {
        let place = std::ptr::from_mut(self.slot(slot));
        // SAFETY: a slot is a value, on the other stack.
        unsafe { self.pop_to(place) };
    }

    #[inline(always)]
    pub(super) fn pop_to_global(&mut self, global: u16) -> Step {
        let vm = &mut *self.run.vm;
        let place = global_mut(&mut vm.globals, global, &vm.resources.memory)?;
        let place = std::ptr::from_mut(place);
        // SAFETY: globals are values and not on the operand stack.
        unsafe { self.pop_to(place) };
        Ok(())
    }

    /// Moves the top operand to a global, if it exists.
    #[inline(always)]
    pub(super) fn pop_to_existing_global(&mut self, global: u16) -> bool {
        let Some(place) = self.existing_global(global).map(std::ptr::from_mut) else {
            return false;
        };
        // SAFETY: as above.
        unsafe { self.pop_to(place) };
        true
    }

    /// What values may take.
    #[inline(always)]
    pub(super) fn memory(&self) -> Memory {
        self.run.vm.resources.memory
    }

    /// Replaces the two top operands by `value`.
    #[inline(always)]
    pub(super) fn replace2(&mut self, value: Value) {
        self.discard();
        self.replace(value);
    }

    /// Replaces the top operand by `value`.
    #[inline(always)]
    pub(super) fn replace(&mut self, value: Value) {
        overwrite(self.top(), value);
    }

    /// Drops the top operand.
    #[inline(always)]
    pub(super) fn discard(&mut self) {
        if is_plain(self.top()) {
            // SAFETY: the operand is counted, see `pop`, and needs no destructor.
            self.sp = unsafe { self.sp.sub(1) };
        } else {
            drop(self.pop());
        }
    }

    /// The top `count` operands, or those that are there, in push order.
    #[inline(always)]
    pub(super) fn take(&mut self, count: usize) -> Taken<'_, 'r, 'run> {
        let count = count.min(self.available());
        Taken { regs: self, count }
    }

    #[inline(always)]
    pub(super) fn store_slot_plain(&mut self, slot: u16, value: Plain) {
        overwrite_plain(self.slot(slot), value);
    }

    #[inline(always)]
    pub(super) fn store_global(&mut self, global: u16, value: Value) -> Step {
        let vm = &mut *self.run.vm;
        let place = global_mut(&mut vm.globals, global, &vm.resources.memory)?;
        overwrite(place, value);
        Ok(())
    }

    /// Pushes a copy of a global.
    #[inline(always)]
    pub(super) fn copy_global(&mut self, global: u16) {
        match self
            .run
            .vm
            .globals
            .get(usize::from(global))
            .map(std::ptr::from_ref)
        {
            // SAFETY: the globals are not on the operand stack.
            Some(value) => self.push_copy(unsafe { &*value }),
            None => self.push_plain(Plain::UNDEF),
        }
    }

    /// Drops operands above `height`.
    #[inline(always)]
    pub(super) fn truncate(&mut self, height: usize) {
        while self.height() > height {
            self.discard();
        }
    }

    /// A slot of the innermost frame.
    #[inline(always)]
    pub(super) fn slot(&mut self, slot: u16) -> &mut Value {
        debug_assert!(
            self.run.vm.top_frame().slot_base + usize::from(slot) < self.run.vm.slots.len()
        );
        // SAFETY: the frame's window covers every slot operand of the code that runs in it.
        unsafe { &mut *self.slots.add(usize::from(slot)) }
    }

    /// Pushes a copy of a slot.
    #[inline(always)]
    pub(super) fn copy_slot(&mut self, slot: u16) {
        // SAFETY: as in `slot`; the operand stack is elsewhere.
        let value = unsafe { &*self.slots.add(usize::from(slot)) };
        self.push_copy(value);
    }

    /// Replaces the key on top by a copy of what `find` gives for it in a global. False, and
    /// nothing happens, when that is nothing.
    #[inline(always)]
    pub(super) fn replace_key_by(&mut self, global: u16, find: Find) -> bool {
        // SAFETY: as in `operand`.
        let top = unsafe { self.sp.sub(1) };
        // SAFETY: as above.
        let key = unsafe { &*top };
        if !is_simple(key) {
            return false;
        }
        let Some(found) = find(self.existing_global(global), key) else {
            return false;
        };
        // SAFETY: releasing a text runs no other code, so that what was found, which is not on
        // the operand stack, stays where it is.
        unsafe {
            release_simple(top);
            copy(&*std::ptr::from_ref(found), top);
        }
        true
    }

    /// Pushes a copy of what `find` gives in a global for the key in a slot.
    #[inline(always)]
    pub(super) fn push_by_slot(&mut self, global: u16, slot: u16, find: Find) -> bool {
        let sp = self.sp;
        let (global, key) = self.global_and_slot(global, slot);
        let Some(found) = find(global, key) else {
            return false;
        };
        // SAFETY: the block's check made room; what was found is not on the operand stack.
        unsafe {
            copy(found, sp);
            self.sp = sp.add(1);
        }
        true
    }

    /// Moves the operand below the key on top to where `find` says for the key.
    #[inline(always)]
    pub(super) fn store_by_key(&mut self, global: u16, find: FindPlace) -> bool {
        let sp = self.sp;
        let (global, key) = self.global_and_operand(global, 0);
        if !is_simple(key) {
            return false;
        }
        let Some(place) = find(global, key).map(std::ptr::from_mut) else {
            return false;
        };
        // SAFETY: releasing a text runs no other code, so that the place stays where it is; it is
        // not on the operand stack.
        unsafe {
            self.sp = sp.sub(1);
            release_simple(self.sp);
            self.pop_to(place);
        }
        true
    }

    /// Moves the top operand to where `find` says for the key in a slot.
    #[inline(always)]
    pub(super) fn store_by_slot(&mut self, global: u16, slot: u16, find: FindPlace) -> bool {
        let (global, key) = self.global_and_slot(global, slot);
        let Some(place) = find(global, key).map(std::ptr::from_mut) else {
            return false;
        };
        // SAFETY: the place is a value in a global, not on the operand stack.
        unsafe { self.pop_to(place) };
        true
    }

    /// Replaces the plain index on top by a copy of an element that `find` gives for it in a slot.
    #[inline(always)]
    pub(super) fn replace_index_by(&mut self, slot: u16, find: FindElement) -> bool {
        // SAFETY: as in `operand`.
        let top = unsafe { self.sp.sub(1) };
        let (container, index) = self.slot_and_operand(slot, 0);
        let Some(found) = find(container, index) else {
            return false;
        };
        // SAFETY: an index is an integer, which may be forgotten; what was found is not on the
        // operand stack.
        unsafe { copy(found, top) };
        true
    }

    /// Two slots, to read.
    #[inline(always)]
    pub(super) fn two_slots(&self, a: u16, b: u16) -> (&Value, &Value) {
        // SAFETY: as in `slot`.
        unsafe {
            (
                &*self.slots.add(usize::from(a)),
                &*self.slots.add(usize::from(b)),
            )
        }
    }

    /// Replaces the top operand by a plain value.
    #[inline(always)]
    pub(super) fn replace_by_plain(&mut self, value: Plain) {
        overwrite_plain(self.top(), value);
    }

    /// Replaces the two top operands by a plain value.
    #[inline(always)]
    pub(super) fn replace2_by_plain(&mut self, value: Plain) {
        self.discard();
        let place = self.top();
        overwrite_plain(place, value);
    }

    /// A slot and the two top operands, the upper one last.
    #[inline(always)]
    pub(super) fn slot_and_top2(&mut self, slot: u16) -> (&mut Value, &mut Value, &Value) {
        // SAFETY: as in `slot` and `top2`; the two stacks are different places.
        unsafe {
            (
                &mut *self.slots.add(usize::from(slot)),
                &mut *self.sp.sub(2),
                &*self.sp.sub(1),
            )
        }
    }

    /// A slot, and the operand that has `above` others on top.
    #[inline(always)]
    pub(super) fn slot_and_operand(&mut self, slot: u16, above: usize) -> (&mut Value, &Value) {
        // SAFETY: as in `slot` and `operand`; the two stacks are different places.
        unsafe {
            (
                &mut *self.slots.add(usize::from(slot)),
                &*self.sp.sub(above + 1),
            )
        }
    }

    /// A global, if it exists, and the operand that has `above` others on top.
    #[inline(always)]
    pub(super) fn global_and_operand(
        &mut self,
        global: u16,
        above: usize,
    ) -> (Option<&mut Value>, &Value) {
        // SAFETY: as in `operand`; globals are not on the operand stack.
        let operand = unsafe { &*self.sp.sub(above + 1) };
        (self.existing_global(global), operand)
    }

    /// A global, if it exists, and the top operand, to change both.
    #[inline(always)]
    pub(super) fn global_and_top_operand(
        &mut self,
        global: u16,
    ) -> (Option<&mut Value>, &mut Value) {
        // SAFETY: as in `operand`; globals are not on the operand stack.
        let operand = unsafe { &mut *self.sp.sub(1) };
        (self.existing_global(global), operand)
    }

    /// A global, if it exists, and a slot.
    #[inline(always)]
    pub(super) fn global_and_slot(
        &mut self,
        global: u16,
        slot: u16,
    ) -> (Option<&mut Value>, &Value) {
        // SAFETY: as in `slot`; globals are not on the slot stack.
        let slot = unsafe { &*self.slots.add(usize::from(slot)) };
        (self.existing_global(global), slot)
    }

    /// Opens the frame of a call that has `argc` operands, of which it moves the first `moved` to
    /// its first slots, and goes to its code. False, and nothing happens, where that takes more
    /// room than there is.
    #[inline(always)]
    pub(super) fn open_call(&mut self, call: Call) -> bool {
        let Call {
            entry,
            window,
            argc,
            moved,
            trusted,
        } = call;
        if self.available() < argc {
            return false;
        }
        let return_ip = self.ip() as u32;
        let vm = &mut *self.run.vm;
        if !(vm.slots.has_room(window) && vm.has_room_for_frame()) {
            return false;
        }
        debug_assert!(moved <= argc && moved <= window);
        // SAFETY: the operands are there, and the slots have room.
        unsafe {
            let base = self.sp.sub(argc);
            let stack_base = base.offset_from_unsigned(vm.stack.base());
            vm.frames.push(FrameRecord {
                kind: FrameKind::Call,
                trusted,
                return_ip,
                entry,
                stack_base,
                slot_base: vm.slots.len(),
                floor_below: vm.floor,
                nesting: 0,
            });
            self.slots = vm.slots.top();
            for at in 0..moved {
                transfer(base.add(at), self.slots.add(at));
            }
            // The write is volatile so that a few slots are not a call of `memset`.
            for at in moved..window {
                let place = self.slots.add(at).cast::<u64>();
                place.write_volatile(Kind::Undef as u64);
            }
            vm.slots.set_top(self.slots.add(window));
            if moved > 0 {
                self.sp = base;
            }
            vm.floor = stack_base;
            self.run.floor = base;
        }
        true
    }

    /// Closes the frame of a call, with a value on top or without any operand, and gives its
    /// record. Nothing happens where the frame is of another kind, or has more on the stack.
    #[inline(always)]
    pub(super) fn close_simple_call(&mut self, with_value: bool) -> Option<FrameRecord> {
        let vm = &mut *self.run.vm;
        let frame = *vm.frames.last()?;
        let left = self.available();
        let vm = &mut *self.run.vm;
        if frame.kind != FrameKind::Call
            || left != usize::from(with_value)
            || vm.floor != frame.stack_base
        {
            return None;
        }
        vm.frames.pop();
        vm.floor = frame.floor_below;
        let below = vm.frames.last().map_or(0, |frame| frame.slot_base);
        // SAFETY: the floor is not above the top of the stack, and a frame's slots start within
        // the slot stack.
        unsafe {
            self.run.floor = vm.stack.base().add(frame.floor_below);
            self.slots = vm.slots.base().add(below);
        }
        vm.slots.truncate(frame.slot_base);
        Some(frame)
    }

    /// Goes on behind a call that returned a value. What the code there relies on was so before
    /// the call, and is so again, if the call was made by such code.
    #[inline(always)]
    pub(super) fn go_behind_call<R: Rules>(&mut self, frame: FrameRecord) -> Next {
        self.jump(frame.return_ip as usize);
        if frame.trusted {
            let next = self.fetch();
            if next.op == FastOp::Enter {
                return self.run_head::<R>(next.c as u32);
            }
            // SAFETY: the instruction that was fetched is before.
            self.pc = unsafe { self.pc.sub(1) };
        }
        self.go_on::<R>()
    }

    /// Closes the top frame, a call from this chunk, and everything that it has on the stacks.
    #[inline(always)]
    pub(super) fn close_call(&mut self, frame: FrameRecord) {
        self.truncate(frame.stack_base);
        self.vm().frames.pop();
        self.enter_frame(frame.floor_below);
        // The slots go last: dropping them runs destructors, which may unwind.
        self.vm().slots.truncate(frame.slot_base);
    }

    /// A slot and the context, which borrow from different places.
    #[inline(always)]
    pub(super) fn slot_in_context(&mut self, slot: u16) -> (Context<'_>, &mut Value) {
        // SAFETY: as in `slot`; the context borrows from the machine, not from its stack.
        let place = unsafe { &mut *self.slots.add(usize::from(slot)) };
        (self.context(), place)
    }

    /// A global, if it exists, the top operand, and the context, which borrow from different
    /// places.
    #[inline(always)]
    pub(super) fn global_and_top(
        &mut self,
        global: u16,
    ) -> (Context<'_>, Option<&mut Value>, &mut Value) {
        debug_assert!(self.available() > 0);
        // SAFETY: as in `top`.
        let top = unsafe { &mut *self.sp.sub(1) };
        let vm = &mut *self.run.vm;
        (
            vm.resources.context(self.run.code.numeric),
            vm.globals.get_mut(usize::from(global)),
            top,
        )
    }

    /// A global; `None` when the table does not have it.
    #[inline(always)]
    pub(super) fn existing_global(&mut self, global: u16) -> Option<&mut Value> {
        self.run.vm.globals.get_mut(usize::from(global))
    }

    /// A global, if it exists, and the context, which borrow from different places.
    #[inline(always)]
    pub(super) fn existing_global_in_context(
        &mut self,
        global: u16,
    ) -> (Context<'_>, Option<&mut Value>) {
        let vm = &mut *self.run.vm;
        (
            vm.resources.context(self.run.code.numeric),
            vm.globals.get_mut(usize::from(global)),
        )
    }

    /// A global to write to and the context, which borrow from different places.
    #[inline(always)]
    pub(super) fn global_in_context(
        &mut self,
        global: u16,
    ) -> Result<(Context<'_>, &mut Value), Fault> {
        let vm = &mut *self.run.vm;
        let place = global_mut(&mut vm.globals, global, &vm.resources.memory)?;
        Ok((vm.resources.context(self.run.code.numeric), place))
    }

    /// Sets the floor to operand height `floor`, after a call or return.
    #[inline(always)]
    pub(super) fn enter_frame(&mut self, floor: usize) {
        self.run.vm.floor = floor.min(self.height());
        // SAFETY: as in `reload_stack`.
        self.run.floor = unsafe { self.run.vm.stack.base().add(self.run.vm.floor) };
        self.reload_frame();
    }

    /// A constant of the pool.
    #[inline(always)]
    pub(super) fn constant(&self, index: u16) -> &'run Value {
        debug_assert!(usize::from(index) < self.run.chunk.constants.len());
        // SAFETY: lowering replaced constants out of range.
        unsafe { self.run.chunk.constants.get_unchecked(usize::from(index)) }
    }
}

/// Writes a copy of `from` to `to`.
///
/// # Safety
/// `to` is valid for writes; what was there is forgotten.
#[inline(always)]
unsafe fn copy(from: &Value, to: *mut Value) {
    // SAFETY: as the caller promises.
    unsafe {
        if is_plain(from) {
            copy_plain(from, to);
        } else {
            copy_owner(from, to);
        }
    }
}

/// Moves the value at `from` to `to`.
///
/// # Safety
/// There is a value at `from`, which is gone from there afterwards; `to` is valid for writes.
#[inline(always)]
unsafe fn transfer(from: *mut Value, to: *mut Value) {
    // SAFETY: as the caller promises.
    unsafe {
        if is_plain(&*from) {
            copy_plain(from, to);
        } else {
            to.write(from.read());
        }
    }
}

/// [`copy`] of a value that owns something.
///
/// # Safety
/// As of [`copy`].
#[inline(never)]
unsafe fn copy_owner(from: &Value, to: *mut Value) {
    // SAFETY: as the caller promises.
    unsafe { to.write(from.clone()) };
}

/// `*place = value`, without a call where there is nothing to release.
#[inline(always)]
fn overwrite(place: &mut Value, value: Value) {
    if is_plain(place) {
        // SAFETY: the old value owns nothing, so it may be forgotten.
        unsafe { std::ptr::write(place, value) };
    } else {
        *place = value;
    }
}

/// Writes a plain value over any other.
#[inline(always)]
fn overwrite_plain(place: &mut Value, value: Plain) {
    if !is_plain(place) {
        release(place);
    }
    // SAFETY: the old value owns nothing now, so it may be forgotten.
    unsafe { value.write(place) };
}

/// Drops what a place holds.
#[cold]
#[inline(never)]
fn release(place: &mut Value) {
    *place = Value::Undef;
}

/// A global to write to; the table grows to cover it.
#[inline]
fn global_mut<'g>(
    globals: &'g mut List<Value>,
    global: u16,
    memory: &Memory,
) -> Result<&'g mut Value, Fault> {
    let index = usize::from(global);
    if index >= globals.len() {
        add_globals(globals, index + 1, memory)?;
    }
    Ok(&mut globals[index])
}

#[cold]
#[inline(never)]
fn add_globals(globals: &mut List<Value>, len: usize, memory: &Memory) -> Result<(), Fault> {
    globals
        .try_reserve_within(len - globals.len(), memory.room())
        .map_err(|_| memory.refused())?;
    globals.resize(len, Value::Undef);
    Ok(())
}

/// A call of a function of the running chunk.
pub(super) struct Call {
    /// The function's first operation.
    pub(super) entry: u32,
    /// Slots of its frame.
    pub(super) window: usize,
    /// Operands that belong to it.
    pub(super) argc: usize,
    /// How many of them are moved to its first slots: none, or all.
    pub(super) moved: usize,
    /// Whether the code behind the call may rely on what the code before it did.
    pub(super) trusted: bool,
}

/// Finds a value by its key in a container.
pub(super) type Find = for<'v> fn(Option<&'v mut Value>, &Value) -> Option<&'v Value>;

/// Finds the place of a value by its key in a container.
pub(super) type FindPlace = for<'v> fn(Option<&'v mut Value>, &Value) -> Option<&'v mut Value>;

/// Finds an element by its index, an integer.
pub(super) type FindElement = for<'v> fn(&'v Value, &Value) -> Option<&'v Value>;

/// Whether dropping a value runs nobody's code: what is plain, and text.
#[inline(always)]
fn is_simple(value: &Value) -> bool {
    is_plain(value) || matches!(value, Value::Str(_))
}

/// Drops a simple value.
///
/// # Safety
/// There is a value at `place`, which is gone afterwards.
#[inline(always)]
unsafe fn release_simple(place: *mut Value) {
    // SAFETY: as the caller promises.
    unsafe {
        if !is_plain(&*place) {
            place.drop_in_place();
        }
    }
}

/// Operands taken as a list. They are dropped, and gone from the stack, when this is.
pub(super) struct Taken<'a, 'r, 'run> {
    regs: &'a mut Regs<'r, 'run>,
    count: usize,
}

impl Taken<'_, '_, '_> {
    /// The operands, the context and the output, which borrow from different places.
    pub(super) fn in_context(&mut self) -> (&mut [Value], Context<'_>, &mut Output) {
        // SAFETY: as in `deref`; the others borrow from the machine, not from its stack.
        let values =
            unsafe { std::slice::from_raw_parts_mut(self.regs.sp.sub(self.count), self.count) };
        let vm = &mut *self.regs.run.vm;
        let context = vm.resources.context(self.regs.run.code.numeric);
        (values, context, &mut vm.output)
    }
}

impl Deref for Taken<'_, '_, '_> {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        // SAFETY: `take` counted the operands below the stack pointer.
        unsafe { std::slice::from_raw_parts(self.regs.sp.sub(self.count), self.count) }
    }
}

impl Drop for Taken<'_, '_, '_> {
    fn drop(&mut self) {
        for _ in 0..self.count {
            drop(self.regs.pop());
        }
    }
}
