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
//!   block.

use std::ops::Deref;

use crate::chunk::Chunk;
use crate::code::{Code, Inst};
use crate::semantics::{Context, Fault, Numeric};
use crate::value::Value;
use crate::vm::VM;
use crate::vm::io::Output;

/// Why the dispatch loop is left.
pub(super) enum Stop {
    /// The program has ended.
    End,
    /// A return from the program itself, with its value.
    Returned(Value),
    /// The machine changed under the loop: go on at its `ip`.
    Reload,
    /// The operands of this block are not all there: go on in checked mode.
    Short {
        block: usize,
    },
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fault(fault)
    }
}

/// What carrying out one instruction comes to.
pub(super) type Step = Result<(), Stop>;

/// See the module documentation. Dropping the registers writes them back to the machine, also
/// when a value's destructor or hook unwinds.
pub(super) struct Regs<'run> {
    /// The next instruction.
    pc: *const Inst,
    /// Behind the top operand.
    sp: *mut Value,
    /// Operands below this belong to a caller.
    floor: *mut Value,
    /// Behind the last operand that there is room for.
    limit: *mut Value,
    /// Slot 0 of the innermost frame.
    slots: *mut Value,
    /// Whether entering a block takes more than the stack checks.
    watched: bool,
    /// Whether the machine's own state is authoritative at the moment.
    detached: bool,
    vm: &'run mut VM,
    chunk: &'run Chunk,
    code: &'run Code,
}

impl<'run> Regs<'run> {
    /// Registers that have fetched the instruction at `at`.
    pub(super) fn behind(
        vm: &'run mut VM,
        chunk: &'run Chunk,
        code: &'run Code,
        at: usize,
    ) -> Self {
        assert!(at < code.insts.len());
        let mut regs = Regs {
            pc: code.insts.as_ptr(),
            sp: std::ptr::null_mut(),
            floor: std::ptr::null_mut(),
            limit: std::ptr::null_mut(),
            slots: std::ptr::null_mut(),
            watched: false,
            detached: true,
            vm,
            chunk,
            code,
        };
        regs.jump(at);
        regs.reload();
        let _ = regs.fetch();
        regs
    }

    /// Reads the stack registers from the machine.
    #[inline]
    fn reload(&mut self) {
        self.reload_stack();
        self.reload_frame();
        self.watched =
            self.vm.fuel.is_some() || self.vm.interrupt.is_some() || !self.vm.iterations.is_empty();
        self.detached = false;
    }

    /// Reads the frame registers from the machine.
    #[inline]
    fn reload_frame(&mut self) {
        let base = self.vm.top_frame().slot_base;
        // SAFETY: a frame's slots start within the slot stack, or just behind it.
        self.slots = unsafe { self.vm.slots.base().add(base) };
    }

    /// Writes the registers back to the machine.
    #[inline]
    fn store(&mut self) {
        self.vm.ip = self.ip();
        // SAFETY: `sp` moved by pushes and pops of initialised values within the block's checked
        // reach, so it is in the stack's allocation and exactly the values below are live.
        unsafe { self.vm.stack.set_top(self.sp) };
        self.detached = true;
    }

    /// Gives the machine to `body`, with everything written back, and reads it again after.
    #[inline]
    pub(super) fn with_vm<R>(&mut self, body: impl FnOnce(&mut VM) -> R) -> R {
        self.store();
        let result = body(self.vm);
        self.reload();
        result
    }

    /// Gives the machine to code of the host. What it did besides pushing and popping makes the
    /// run start over at the machine's `ip`.
    #[inline]
    pub(super) fn with_host<R>(
        &mut self,
        body: impl FnOnce(&mut VM) -> Result<R, Fault>,
    ) -> Result<R, Stop> {
        self.store();
        let before = self.vm.state_mark();
        let result = body(self.vm)?;
        if self.vm.state_mark() != before {
            return Err(Stop::Reload);
        }
        self.reload();
        Ok(result)
    }

    /// Leaves the loop with what `body` makes of the machine.
    pub(super) fn leave(&mut self, body: impl FnOnce(&mut VM) -> Result<Stop, Fault>) -> Step {
        self.store();
        Err(body(self.vm)?)
    }

    /// What semantic functions need, and the operands with it: they borrow from different parts.
    #[inline]
    pub(super) fn context(&mut self) -> Context<'_> {
        Context {
            numeric: self.code.numeric,
            memory: &mut self.vm.memory,
        }
    }

    #[inline]
    pub(super) fn numeric(&self) -> Numeric {
        self.code.numeric
    }

    #[inline]
    pub(super) fn code(&self) -> &'run Code {
        self.code
    }

    #[inline]
    pub(super) fn chunk(&self) -> &'run Chunk {
        self.chunk
    }

    #[inline]
    pub(super) fn vm(&mut self) -> &mut VM {
        self.vm
    }

    /// The index of the next instruction.
    #[inline]
    pub(super) fn ip(&self) -> usize {
        // SAFETY: both point into the instructions.
        unsafe { self.pc.offset_from_unsigned(self.code.insts.as_ptr()) }
    }

    /// The next instruction.
    #[inline]
    pub(super) fn fetch(&mut self) -> Inst {
        // SAFETY: `pc` is at an instruction: only `Inst::End`, which leaves the loop, has none
        // behind it.
        unsafe {
            let inst = *self.pc;
            self.pc = self.pc.add(1);
            inst
        }
    }

    /// Makes the instruction at `target` the next one.
    #[inline]
    pub(super) fn jump(&mut self, target: usize) {
        debug_assert!(target < self.code.insts.len());
        // SAFETY: lowering clamps targets to the instructions, the end included; return
        // addresses were instruction indices when they were taken.
        self.pc = unsafe { self.code.insts.as_ptr().add(target) };
    }

    /// Entering a block: the checks that let it run without any.
    #[inline]
    pub(super) fn enter(&mut self, block: usize) -> Result<Inst, Stop> {
        // SAFETY: lowering numbered the blocks.
        let entry = unsafe { self.code.blocks.get_unchecked(block) };
        if self.watched {
            self.enter_watched(entry.start, entry.cost)?;
        }
        if self.available() < entry.need {
            self.jump(entry.start);
            return Err(Stop::Short { block });
        }
        self.reserve(entry.grow)?;
        Ok(entry.head)
    }

    /// The rarer duties of entering a block: block ranges, interrupts, fuel.
    #[cold]
    #[inline(never)]
    fn enter_watched(&mut self, start: usize, cost: u64) -> Step {
        if self.code.has_ranges {
            self.jump(start);
            let numeric = self.code.numeric;
            self.with_host(|vm| vm.settle_iterations(numeric))?;
            self.jump(start + 1);
        }
        if let Err(fault) = self.vm.pay(cost) {
            self.jump(start);
            return Err(fault.into());
        }
        Ok(())
    }

    /// Makes room for `additional` operands.
    #[inline]
    pub(super) fn reserve(&mut self, additional: usize) -> Step {
        // SAFETY: both point into the operand stack's allocation, or behind it.
        let room = unsafe { self.limit.offset_from_unsigned(self.sp) };
        if additional <= room {
            Ok(())
        } else {
            self.grow_stack(additional)
        }
    }

    #[cold]
    #[inline(never)]
    fn grow_stack(&mut self, additional: usize) -> Step {
        // SAFETY: as in `store`.
        unsafe { self.vm.stack.set_top(self.sp) };
        self.vm.stack.reserve(additional)?;
        self.reload_stack();
        Ok(())
    }

    /// Reads where the operand stack is from the machine.
    #[inline]
    fn reload_stack(&mut self) {
        let stack = &self.vm.stack;
        self.sp = stack.top();
        self.limit = stack.limit();
        // The end of a run takes its result from wherever the top is, a caller's operands
        // included, so the floor may be left above it.
        self.vm.floor = self.vm.floor.min(stack.len());
        // SAFETY: the floor is not above the top of the stack.
        self.floor = unsafe { stack.base().add(self.vm.floor) };
    }

    /// Operands that the present call may take.
    #[inline]
    pub(super) fn available(&self) -> usize {
        // SAFETY: both point into the operand stack, and the floor is not above the top.
        unsafe { self.sp.offset_from_unsigned(self.floor) }
    }

    /// The height of the operand stack.
    #[inline]
    pub(super) fn height(&self) -> usize {
        self.vm.floor + self.available()
    }

    #[inline]
    pub(super) fn push(&mut self, value: Value) {
        // SAFETY: the block's check made room.
        unsafe {
            self.sp.write(value);
            self.sp = self.sp.add(1);
        }
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Value {
        debug_assert!(self.available() > 0);
        // SAFETY: the block's check counted this operand.
        unsafe {
            self.sp = self.sp.sub(1);
            self.sp.read()
        }
    }

    /// The top operand.
    #[inline]
    pub(super) fn top(&mut self) -> &mut Value {
        debug_assert!(self.available() > 0);
        // SAFETY: the block's check counted this operand.
        unsafe { &mut *self.sp.sub(1) }
    }

    /// The two top operands, the upper one last.
    #[inline]
    pub(super) fn top2(&mut self) -> (&mut Value, &mut Value) {
        debug_assert!(self.available() > 1);
        // SAFETY: the block's check counted these operands, and they are two.
        unsafe { (&mut *self.sp.sub(2), &mut *self.sp.sub(1)) }
    }

    /// The three top operands, in push order.
    #[inline]
    pub(super) fn top3(&mut self) -> &mut [Value; 3] {
        debug_assert!(self.available() > 2);
        // SAFETY: the block's check counted these operands.
        unsafe { &mut *self.sp.sub(3).cast() }
    }

    /// The two top operands and the context, which borrow from different places.
    #[inline]
    pub(super) fn top2_in_context(&mut self) -> (Context<'_>, &mut Value, &mut Value) {
        debug_assert!(self.available() > 1);
        // SAFETY: as in `top2`; the context borrows from the machine, not from its stack.
        let (a, b) = unsafe { (&mut *self.sp.sub(2), &mut *self.sp.sub(1)) };
        (self.context(), a, b)
    }

    /// Replaces the two top operands, which own nothing, by `value`.
    #[inline]
    pub(super) fn replace2_plain(&mut self, value: Value) {
        // SAFETY: as in `top2`; operands that own nothing may be overwritten and forgotten.
        unsafe {
            self.sp = self.sp.sub(1);
            self.sp.sub(1).write(value);
        }
    }

    /// Replaces the two top operands by `value`.
    #[inline]
    pub(super) fn replace2(&mut self, value: Value) {
        drop(self.pop());
        *self.top() = value;
    }

    /// The top `count` operands, or those that are there, in push order.
    #[inline]
    pub(super) fn take(&mut self, count: usize) -> Taken<'_, 'run> {
        let count = count.min(self.available());
        Taken { regs: self, count }
    }

    /// Makes a slot hold `value`, without asking what to release when it holds a number already.
    #[inline]
    pub(super) fn store_slot(&mut self, slot: u16, value: Value) {
        let place = self.slot(slot);
        if matches!(place, Value::Int(_) | Value::Float(_) | Value::Undef) {
            // SAFETY: the old value owns nothing, so it may be overwritten and forgotten.
            unsafe { std::ptr::write(place, value) };
        } else {
            *place = value;
        }
    }

    /// Drops operands above `height`.
    #[inline]
    pub(super) fn truncate(&mut self, height: usize) {
        while self.height() > height {
            drop(self.pop());
        }
    }

    /// A slot of the innermost frame.
    #[inline]
    pub(super) fn slot(&mut self, slot: u16) -> &mut Value {
        debug_assert!(self.vm.top_frame().slot_base + usize::from(slot) < self.vm.slots.len());
        // SAFETY: the frame's window covers every slot operand of the code that runs in it.
        unsafe { &mut *self.slots.add(usize::from(slot)) }
    }

    /// A slot and the context, which borrow from different places.
    #[inline]
    pub(super) fn slot_in_context(&mut self, slot: u16) -> (Context<'_>, &mut Value) {
        // SAFETY: as in `slot`; the context borrows from the machine, not from its stack.
        let place = unsafe { &mut *self.slots.add(usize::from(slot)) };
        (self.context(), place)
    }

    /// A global, if it exists, the top operand, and the context, which borrow from different
    /// places.
    #[inline]
    pub(super) fn global_and_top(
        &mut self,
        global: u16,
    ) -> (Context<'_>, Option<&mut Value>, &mut Value) {
        debug_assert!(self.available() > 0);
        // SAFETY: as in `top`.
        let top = unsafe { &mut *self.sp.sub(1) };
        let context = Context {
            numeric: self.code.numeric,
            memory: &mut self.vm.memory,
        };
        (context, self.vm.globals.get_mut(usize::from(global)), top)
    }

    /// A global; `None` when the table does not have it.
    #[inline]
    pub(super) fn existing_global(&mut self, global: u16) -> Option<&mut Value> {
        self.vm.globals.get_mut(usize::from(global))
    }

    /// A global to write to and the context, which borrow from different places.
    #[inline]
    pub(super) fn global_in_context(&mut self, global: u16) -> (Context<'_>, &mut Value) {
        let vm = &mut *self.vm;
        let context = Context {
            numeric: self.code.numeric,
            memory: &mut vm.memory,
        };
        (context, global_mut(&mut vm.globals, global))
    }

    /// Sets the floor to operand height `floor`, after a call or return.
    #[inline]
    pub(super) fn enter_frame(&mut self, floor: usize) {
        self.vm.floor = floor.min(self.height());
        // SAFETY: as in `reload_stack`.
        self.floor = unsafe { self.vm.stack.base().add(self.vm.floor) };
        self.reload_frame();
    }

    /// A constant of the pool.
    #[inline]
    pub(super) fn constant(&self, index: u16) -> &'run Value {
        debug_assert!(usize::from(index) < self.chunk.constants.len());
        // SAFETY: lowering replaced constants out of range.
        unsafe { self.chunk.constants.get_unchecked(usize::from(index)) }
    }
}

/// A global to write to; the table grows to cover it.
#[inline]
pub(super) fn global_mut(globals: &mut Vec<Value>, global: u16) -> &mut Value {
    let index = usize::from(global);
    if index >= globals.len() {
        globals.resize(index + 1, Value::Undef);
    }
    &mut globals[index]
}

impl Drop for Regs<'_> {
    fn drop(&mut self) {
        if !self.detached {
            self.store();
        }
    }
}

/// Operands taken as a list. They are dropped, and gone from the stack, when this is.
pub(super) struct Taken<'a, 'run> {
    regs: &'a mut Regs<'run>,
    count: usize,
}

impl Taken<'_, '_> {
    /// The operands, the context and the output, which borrow from different places.
    pub(super) fn in_context(&mut self) -> (&mut [Value], Context<'_>, &mut Output) {
        // SAFETY: as in `deref`; the others borrow from the machine, not from its stack.
        let values =
            unsafe { std::slice::from_raw_parts_mut(self.regs.sp.sub(self.count), self.count) };
        let vm = &mut *self.regs.vm;
        let context = Context {
            numeric: self.regs.code.numeric,
            memory: &mut vm.memory,
        };
        (values, context, &mut vm.output)
    }
}

impl Deref for Taken<'_, '_> {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        // SAFETY: `take` counted the operands below the stack pointer.
        unsafe { std::slice::from_raw_parts(self.regs.sp.sub(self.count), self.count) }
    }
}

impl Drop for Taken<'_, '_> {
    fn drop(&mut self) {
        for _ in 0..self.count {
            drop(self.regs.pop());
        }
    }
}
