//! The interpreter's registers: where it is in the code, and raw pointers into the two stacks.
//!
//! These files use `unsafe` because operands are pushed and popped without bounds checks, and
//! instructions are fetched so. What makes that sound:
//!
//! - Code is entered only after a check that the operands that it takes are there and that what it
//!   pushes has room. The check is that of a region, or in a run that is bounded that of a block
//!   (see [`code`](crate::code)); the driver does it for an entry anywhere else. In checked mode
//!   every operation is prepared by itself.
//! - What a region relies on is so in all of it, because its blocks only do to the stack what is
//!   known. Behind an operation that may have done something else it is looked at again. A call
//!   is trusted to leave what it found, and its result, if it was opened by code of a region that
//!   promises what the code behind relies on, and if its frame is as it was.
//! - Lowering resolves jump targets and constants to places that exist, and every frame has a slot
//!   for each slot operand of the code that runs in it.
//! - Whoever gets the machine ([`Regs::with_vm`]) may change all of this, so the registers are
//!   written back before and read again after, and an operation whose handler can do so ends its
//!   block.
//! - While the loop runs, the operand stack counts as empty and its values belong to the registers:
//!   a destructor or hook that unwinds loses them, and none is dropped twice.

mod flow;
mod frames;
mod host;
#[cfg(feature = "jit")]
mod native;
mod operands;
mod places;
#[cfg(feature = "jit")]
mod values;

use crate::chunk::Chunk;
use crate::code::{Code, Inst, Insts, Stream};
use crate::semantics::{Context, Fault, Memory, Numeric};
use crate::value::Value;
use crate::vm::VM;

use super::fast::Next;
use flow::{NATIVE_STACK, native_stack};
pub(super) use frames::Call;
pub(super) use host::Question;

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
    /// The first one of each block.
    heads: &'run [Inst],
    stream: Stream,
    vm: &'run mut VM,
    chunk: &'run Chunk,
    code: &'run Code,
    /// What a helper of native code unwound with.
    #[cfg(feature = "jit")]
    unwound: Option<Box<dyn std::any::Any + Send>>,
    /// The native code of the chunk.
    #[cfg(feature = "jit")]
    native: Option<&'run crate::jit::Native>,
    /// Where passes of its loops are counted, by block.
    #[cfg(feature = "jit")]
    heats: &'run [crate::jit::Heat],
}

impl<'run> Run<'run> {
    pub(super) fn new(
        vm: &'run mut VM,
        stream: Stream,
        chunk: &'run Chunk,
        code: &'run Code,
    ) -> Self {
        let nowhere = std::ptr::null_mut();
        let insts = code.stream(chunk, stream);
        #[cfg(feature = "jit")]
        let native = stream
            .counts_passes()
            .then(|| crate::jit::Native::of(chunk, code));
        #[cfg(feature = "jit")]
        let insts = match native {
            Some(native) if stream == Stream::Counted => native.insts(insts, vm.jit),
            _ => insts,
        };
        let Insts { all, heads } = insts;
        Run {
            floor: nowhere,
            limit: nowhere,
            native_limit: native_stack::position().saturating_sub(NATIVE_STACK),
            paused: (std::ptr::null(), nowhere, nowhere),
            stop: None,
            detached: true,
            insts: all,
            heads,
            stream,
            #[cfg(feature = "jit")]
            unwound: None,
            #[cfg(feature = "jit")]
            native,
            #[cfg(feature = "jit")]
            heats: native.map_or_else(Default::default, |native| {
                native.heats(vm.jit, !stream.has_regions())
            }),
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

    /// What values may take.
    #[inline(always)]
    pub(super) fn memory(&self) -> Memory {
        self.run.vm.resources.memory
    }
}
