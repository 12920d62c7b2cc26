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
use crate::code::{Code, Inst};
use crate::semantics::{Context, Fault, Memory, Numeric};
use crate::value::Value;
use crate::value::account::List;
use crate::vm::VM;
use crate::vm::io::Output;

/// Why the dispatch loop is left. Boxed where large, so that a [`Step`] travels in registers.
pub(super) enum Stop {
    /// The program has ended.
    End,
    /// A return from the program itself, with its value.
    Returned(Box<Value>),
    /// The machine changed under the loop: go on at its `ip`.
    Reload,
    /// The operands of this block are not all there: go on in checked mode.
    Short {
        block: usize,
    },
    Fault(Box<Fault>),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fault(Box::new(fault))
    }
}

/// What carrying out one instruction comes to.
pub(super) type Step = Result<(), Stop>;

/// The registers proper. Only code that is inlined into the dispatch loop borrows them, which is
/// what lets the compiler keep them in machine registers; everything else works on a copy, see
/// [`aside`](Self::aside).
pub(super) struct Regs<'r, 'run> {
    /// The next instruction.
    pc: *const Inst,
    /// Behind the top operand.
    sp: *mut Value,
    /// Slot 0 of the innermost frame.
    slots: *mut Value,
    run: &'r mut Run<'run>,
}

/// What the loop needs less often.
pub(super) struct Run<'run> {
    /// Operands below this belong to a caller.
    floor: *mut Value,
    /// Behind the last operand that there is room for.
    limit: *mut Value,
    /// Whether entering a block takes more than the stack checks.
    watched: bool,
    /// Whether the machine's own state is authoritative at the moment.
    detached: bool,
    vm: &'run mut VM,
    chunk: &'run Chunk,
    code: &'run Code,
}

impl<'run> Run<'run> {
    pub(super) fn new(vm: &'run mut VM, chunk: &'run Chunk, code: &'run Code) -> Self {
        let nowhere = std::ptr::null_mut();
        Run {
            floor: nowhere,
            limit: nowhere,
            watched: false,
            detached: true,
            vm,
            chunk,
            code,
        }
    }
}

impl<'r, 'run> Regs<'r, 'run> {
    /// Registers that have fetched the instruction at `at`.
    pub(super) fn behind(run: &'r mut Run<'run>, at: usize) -> Self {
        assert!(at < run.code.insts.len());
        let nowhere = std::ptr::null_mut();
        let mut regs = Regs {
            pc: run.code.insts.as_ptr(),
            sp: nowhere,
            slots: nowhere,
            run,
        };
        regs.jump(at);
        regs.reload();
        let _ = regs.fetch();
        regs
    }

    /// Runs `body`, which is not worth inlining, on a copy of the registers.
    #[inline(always)]
    pub(super) fn aside<R>(&mut self, body: impl FnOnce(&mut Regs<'_, 'run>) -> R) -> R {
        let mut copy = Regs {
            pc: self.pc,
            sp: self.sp,
            slots: self.slots,
            run: &mut *self.run,
        };
        let result = body(&mut copy);
        (self.pc, self.sp, self.slots) = (copy.pc, copy.sp, copy.slots);
        result
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
        self.run.watched = self.run.vm.is_watched();
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
        Ok(result)
    }

    /// [`with_host`](Self::with_host), aside.
    #[inline(always)]
    pub(super) fn aside_host(&mut self, body: impl FnOnce(&mut VM) -> Result<(), Fault>) -> Step {
        self.aside(|r| r.with_host(body))
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
        unsafe { self.pc.offset_from_unsigned(self.run.code.insts.as_ptr()) }
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
        debug_assert!(target < self.run.code.insts.len());
        // SAFETY: lowering clamps targets to the instructions, the end included; return
        // addresses were instruction indices when they were taken.
        self.pc = unsafe { self.run.code.insts.as_ptr().add(target) };
    }

    /// Entering a block: the checks that let it run without any.
    #[inline(always)]
    pub(super) fn enter(&mut self, block: usize) -> Result<&'run Inst, Stop> {
        let code = self.run.code;
        // SAFETY: lowering numbered the blocks.
        let entry = unsafe { code.blocks.get_unchecked(block) };
        if self.run.watched && self.aside(|r| r.enter_watched(entry.start, entry.cost))? {
            return Ok(self.fetch());
        }
        if self.available() < entry.need {
            self.jump(entry.start);
            return Err(Stop::Short { block });
        }
        self.reserve(entry.grow)?;
        Ok(&entry.head)
    }

    /// The rarer duties of entering a block: block ranges, interrupts, fuel. True when a block
    /// operation moved on and another block is to be entered.
    #[inline(never)]
    fn enter_watched(&mut self, start: usize, cost: u64) -> Result<bool, Stop> {
        if !self.run.vm.iterations.is_empty() {
            self.jump(start);
            let numeric = self.run.code.numeric;
            if self.with_iteration(|vm| vm.settle_iterations(numeric))? {
                return Ok(true);
            }
            self.jump(start + 1);
        }
        if self.run.vm.resources.memory.is_alarmed() {
            self.with_vm(VM::relieve_or_fail)?;
        }
        if let Err(fault) = self.run.vm.pay(cost) {
            self.jump(start);
            return Err(fault.into());
        }
        Ok(false)
    }

    /// Makes room for `additional` operands.
    #[inline(always)]
    pub(super) fn reserve(&mut self, additional: usize) -> Step {
        // SAFETY: both point into the operand stack's allocation, or behind it.
        let room = unsafe { self.run.limit.offset_from_unsigned(self.sp) };
        if additional <= room {
            Ok(())
        } else {
            self.aside(|r| r.grow_stack(additional))
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
        if owns_nothing(value) {
            // SAFETY: a value that owns nothing may be duplicated bit by bit; the block's check
            // made room.
            unsafe {
                std::ptr::copy_nonoverlapping(value, self.sp, 1);
                self.sp = self.sp.add(1);
            }
        } else {
            self.push(value.clone());
        }
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

    /// Replaces the two top operands, which own nothing, by `value`.
    #[inline(always)]
    pub(super) fn replace2_plain(&mut self, value: Value) {
        // SAFETY: as in `top2`; operands that own nothing may be overwritten and forgotten.
        unsafe {
            self.sp = self.sp.sub(1);
            self.sp.sub(1).write(value);
        }
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
        if owns_nothing(self.top()) {
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
    pub(super) fn store_slot(&mut self, slot: u16, value: Value) {
        overwrite(self.slot(slot), value);
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
            None => self.push(Value::Undef),
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

/// Whether a value needs no care when it is copied or forgotten. Not exact, but one comparison:
/// the common kinds that own nothing come first.
#[inline(always)]
fn owns_nothing(value: &Value) -> bool {
    matches!(
        value,
        Value::Undef | Value::Bool(_) | Value::Int(_) | Value::Float(_)
    )
}

/// `*place = value`, without a call where there is nothing to release.
#[inline(always)]
fn overwrite(place: &mut Value, value: Value) {
    if owns_nothing(place) {
        // SAFETY: the old value owns nothing, so it may be forgotten.
        unsafe { std::ptr::write(place, value) };
    } else {
        *place = value;
    }
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
