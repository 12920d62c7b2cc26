//! The machine: runs chunks, and gives hosts a hold on the run.

mod access;
mod awk;
mod bounds;
mod budget;
mod direct;
mod error;
mod frame;
mod heap;
mod hooks;
mod interp;
mod io;
mod iterate;
mod limits;
mod math;
mod on_demand;
mod pool;
mod shell;
mod stack;
mod state;
mod tracing;

use std::io::{BufRead, Write};
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::awk_host::AwkHost;
use crate::chunk::Chunk;
use crate::host::ShellHost;
use crate::jit::{JitMode, JitStats, Tools};
use crate::op::Op;
use crate::semantics::{Fault, NumberFormat, Resources};
use crate::value::Value;
use crate::value::account::List;

pub use crate::semantics::{InterruptHandle, Watch};
pub use access::Access;
pub use error::{CallSite, VmError};
pub use frame::Frame;
pub use heap::Pin;
pub use hooks::{BuiltinHandler, ExtensionHandler, ExtensionWideHandler};
pub use limits::Limits;
pub use math::Math;
pub use pool::VMPool;

use budget::Budget;
use error::Place;
use frame::{FrameKind, FrameRecord};
use heap::OwnHeap;
use hooks::Hooks;
use io::{Input, Output};
use iterate::Iteration;
use on_demand::OnDemand;
use shell::Background;
use stack::ValueStack;
#[cfg(feature = "jit")]
use tracing::Tracer;

/// Runs that may be open inside each other on one machine, each started by a handler of the one
/// before. They nest on the native stack, whose end is not an error value.
const MAX_NESTED_RUNS: usize = 32;

/// The seed of AWK's random numbers in a new program.
const AWK_SEED: u64 = 1;

/// The outcome of [`VM::run`].
#[derive(Debug)]
pub enum VMResult {
    /// The program ended and left a value on the stack, or returned one.
    Ok(Value),
    /// The program ended with an empty stack.
    Halted,
    /// The run ended early. [`VM::last_error`] has the details.
    Error(String),
}

/// A virtual machine: one program, its stacks and globals, and what the host installed.
///
/// ```
/// use fusevm::{ChunkBuilder, Op, VM, VMResult, Value};
///
/// let mut builder = ChunkBuilder::new();
/// builder.emit(Op::LoadInt(40), 1);
/// builder.emit(Op::LoadInt(2), 1);
/// builder.emit(Op::Add, 1);
///
/// let mut vm = VM::new(builder.build());
/// assert!(matches!(vm.run(), VMResult::Ok(value) if value == Value::Int(42)));
/// ```
pub struct VM {
    /// The status of the last command, as [`Op::GetStatus`] reads it.
    pub last_status: i32,
    /// What answers the shell operations; the next one sees a change. `None`, at first, is the
    /// behaviour that [`host`](crate::host) describes.
    pub host: Option<Box<dyn ShellHost>>,
    /// What AWK operations ask; [`set_awk_host`](Self::set_awk_host) installs it.
    pub awk_host: Option<Box<dyn AwkHost>>,
    /// The state of AWK's random numbers.
    awk_seed: u64,
    chunk: Chunk,
    ip: usize,
    stack: ValueStack,
    slots: ValueStack,
    /// The open frames above the root frame, which is always there and so not stored.
    frames: List<FrameRecord>,
    /// The state of each frame of kind [`FrameKind::Iteration`], in the same order.
    iterations: List<Iteration>,
    /// How many of them are over ranges that control can leave anywhere.
    open_ranges: usize,
    /// Operands below this height belong to a caller.
    floor: usize,
    globals: List<Value>,
    heap: OwnHeap,
    halted: bool,
    /// Whether the last run ended with a fault of the operation before `ip`.
    failed: bool,
    /// What a handler raised, until the run ends with it.
    raised: Option<Box<Fault>>,
    /// Changes whenever something that the interpreter keeps in registers may have changed
    /// besides the operand stack.
    epoch: u64,
    /// How often slots or globals were set, or builtins registered, from outside the program.
    writes: u64,
    /// Tells machines apart, from the first time that one is handed to host code; 0 before.
    identity: u64,
    open_runs: usize,
    fuel: Option<u64>,
    fused: bool,
    jit: JitMode,
    jit_stats: JitStats,
    jit_tools: OnDemand<Tools>,
    /// Whether scopes have the slots of the frame around them.
    one_frame: bool,
    /// Whether loops are compiled as the thread finds them hot.
    #[cfg(feature = "jit")]
    tracing: bool,
    #[cfg(feature = "jit")]
    tracer: OnDemand<Tracer>,
    limits: Limits,
    access: Access,
    background: Background,
    resources: Resources,
    budget: Budget,
    output: Output,
    input: Input,
    hooks: OnDemand<Hooks>,
    last_error: OnDemand<VmError>,
}

/// What reading an absent operand gives.
static UNDEF: Value = Value::Undef;

impl VM {
    /// A machine at the start of `chunk`, with one `Undef` global for each name.
    pub fn new(chunk: Chunk) -> Self {
        let limits = Limits::default();
        VM {
            last_status: 0,
            host: None,
            awk_host: None,
            awk_seed: AWK_SEED,
            globals: match chunk.names.len() {
                0 => List::new(),
                names => vec![Value::Undef; names].into(),
            },
            heap: OwnHeap::new(),
            chunk,
            ip: 0,
            stack: ValueStack::new(limits.stack_values),
            slots: ValueStack::new(limits.stack_values),
            frames: List::new(),
            iterations: List::new(),
            open_ranges: 0,
            floor: 0,
            halted: false,
            failed: false,
            raised: None,
            epoch: 0,
            writes: 0,
            identity: 0,
            open_runs: 0,
            fuel: None,
            fused: true,
            jit: JitMode::default(),
            jit_stats: JitStats::default(),
            jit_tools: OnDemand::new(),
            one_frame: false,
            #[cfg(feature = "jit")]
            tracing: false,
            #[cfg(feature = "jit")]
            tracer: OnDemand::new(),
            resources: Resources::new(limits.value_bytes),
            budget: Budget::default(),
            limits,
            access: Access::default(),
            background: Background::default(),
            output: Output::default(),
            input: Input::default(),
            hooks: OnDemand::new(),
            last_error: OnDemand::new(),
        }
    }

    /// Puts the machine at the start of `chunk`, as new; handles of its containers are dead then.
    /// The hosts, handlers, builtins, limits, access, fuel, deadline, interrupt handle, reader,
    /// writer and fusion stay, and so do allocated stacks where memory is not bounded.
    pub fn reset(&mut self, chunk: Chunk) {
        self.clear();
        self.load(chunk);
    }

    /// [`reset`](Self::reset) but for what depends on the next program.
    fn clear(&mut self) {
        self.close_frames(0);
        self.slots.truncate(0);
        self.stack.truncate(0);
        self.globals.clear();
        if self.limits.memory_bytes < usize::MAX {
            self.release_stacks();
        }
        self.heap.clear();
        self.budget.forget();
        self.forget_names();
        self.ip = 0;
        self.last_status = 0;
        self.resources.format = NumberFormat::default();
        self.awk_seed = AWK_SEED;
        self.halted = false;
        self.failed = false;
        self.raised = None;
        self.last_error.clear();
        self.epoch += 1;
    }

    /// Puts a machine that is clear at the start of `chunk`, and gives the program that it had.
    fn load(&mut self, chunk: Chunk) -> Chunk {
        self.globals.resize(chunk.names.len(), Value::Undef);
        mem::replace(&mut self.chunk, chunk)
    }

    /// Removes everything that [`reset`](Self::reset) keeps, stacks excepted.
    pub(crate) fn uninstall_all(&mut self) {
        self.hooks.clear();
        self.host = None;
        self.access = Access::default();
        self.background = Background::default();
        self.awk_host = None;
        self.fuel = None;
        self.fused = true;
        self.set_jit(JitMode::default());
        self.jit_tools.clear();
        self.resources.watch = Watch::default();
        self.output = Output::default();
        self.input = Input::default();
        self.set_limits(Limits::default());
    }

    /// Runs the program from the present `ip` to its end and takes the top of the stack.
    ///
    /// Run again after an error and it goes on behind the operation that failed; after a
    /// fault that [is resumable](Fault::is_resumable) it goes on as if nothing had happened. At
    /// the end of the code it takes one more value from the stack.
    ///
    /// Output is flushed in any case.
    pub fn run(&mut self) -> VMResult {
        match self.carry_on() {
            Ok(Some(value)) => VMResult::Ok(*value),
            Ok(None) => self.take_result().map_or(VMResult::Halted, VMResult::Ok),
            Err(error) => {
                let message = error.to_string();
                self.last_error.set(error);
                VMResult::Error(message)
            }
        }
    }

    /// [`run`](Self::run) with the structured error: `None` is an empty stack.
    ///
    /// # Errors
    /// [`VmError`] says what ended the run early and where.
    pub fn try_run(&mut self) -> Result<Option<Value>, VmError> {
        match self.carry_on() {
            Ok(Some(value)) => Ok(Some(*value)),
            Ok(None) => Ok(self.take_result()),
            Err(error) => Err(*error),
        }
    }

    /// Runs the program to its end. If it did not return a value, its result is on the stack.
    fn carry_on(&mut self) -> Result<Option<Box<Value>>, Box<VmError>> {
        if self.open_runs >= MAX_NESTED_RUNS {
            return Err(self.locate(Fault::NestedRuns {
                limit: MAX_NESTED_RUNS,
            }));
        }
        self.last_error.clear();
        #[cfg(feature = "jit-disk-cache")]
        let misses = self.jit_stats.cache_misses;
        let outcome = OpenRun::enter(self).vm.execute();
        self.failed = matches!(&outcome, Err(fault) if !fault.is_resumable());
        // A handler that runs the machine and then returns to an outer run changed it under it.
        self.epoch += 1;
        let flushed = self.output.flush();
        // Nobody waits for this run any more.
        #[cfg(feature = "jit-disk-cache")]
        if self.open_runs == 0 && self.jit_stats.cache_misses != misses {
            crate::jit::Native::save(&self.chunk);
        }
        let returned = outcome.map_err(|fault| self.locate(*fault))?;
        if let Err(fault) = flushed {
            if returned.is_none() {
                self.take_result();
            }
            let mut error = self.locate(fault);
            error.op_index = None;
            return Err(error);
        }
        Ok(returned)
    }

    fn execute(&mut self) -> Result<Option<Box<Value>>, Box<Fault>> {
        if self.halted {
            return Ok(None);
        }
        interp::run(self)
    }

    /// Takes the value that a program left.
    fn take_result(&mut self) -> Option<Value> {
        let result = self.stack.pop();
        self.lower_floors();
        result
    }

    /// Keeps floors at or below the top of the stack when the host takes away a caller's
    /// operands: a run that ended in a call has the top of the whole stack as its result.
    fn lower_floors(&mut self) {
        let height = self.stack.len();
        self.floor = self.floor.min(height);
        for frame in self.frames.iter_mut().rev() {
            // Floors never go down from one frame to the next.
            if frame.floor_below as usize <= height {
                break;
            }
            frame.floor_below = height as u32;
        }
    }

    /// The error with which the last [`run`](Self::run) ended.
    pub fn last_error(&self) -> Option<&VmError> {
        self.last_error.get()
    }

    /// Ends the run after the present operation, with the top of the stack as its result. The
    /// request stays until [`reset`](Self::reset): further runs execute nothing.
    pub fn request_halt(&mut self) {
        self.halted = true;
        self.epoch += 1;
    }

    /// Ends the run with an error after the present operation. For handlers and builtins that
    /// cannot do their work.
    pub fn raise(&mut self, message: impl Into<String>) {
        self.raise_fault(Fault::Raised(message.into().into()));
    }

    fn raise_fault(&mut self, fault: Fault) {
        // The first one is the cause; what follows may be its consequence.
        self.raised.get_or_insert_with(|| Box::new(fault));
        self.epoch += 1;
    }

    /// How numbers that are not whole become text in chunks under
    /// [`Dialect::Awk`](crate::semantics::Dialect::Awk).
    pub fn number_format(&self) -> NumberFormat {
        self.resources.format
    }

    /// Sets how numbers that are not whole become text under
    /// [`Dialect::Awk`](crate::semantics::Dialect::Awk), until the next [`reset`](Self::reset).
    pub fn set_number_format(&mut self, format: NumberFormat) {
        self.resources.format = format;
    }

    /// Sends output to `writer` instead of standard output. What was written before still goes
    /// to the earlier place; if that fails, the next run reports it.
    pub fn set_writer(&mut self, writer: Box<dyn Write + Send>) {
        if let Err(fault) = self.output.set_sink(writer) {
            self.raise_fault(fault);
        }
    }

    /// Reads lines from `reader` instead of standard input.
    pub fn set_reader(&mut self, reader: Box<dyn BufRead + Send>) {
        self.input = Input::Reader(reader);
    }

    /// Writes to the program's output, in order with what the program prints. A failed write
    /// ends the run.
    pub fn write_output(&mut self, bytes: &[u8]) {
        if let Err(fault) = self.output.write(bytes) {
            self.raise_fault(fault);
        }
    }

    /// Hands on all output so far, as the end of a run does. For handlers that start a process or
    /// wait for a person. A failed write ends the run.
    pub fn flush_output(&mut self) {
        if let Err(fault) = self.output.flush() {
            self.raise_fault(fault);
        }
    }

    /// The record of frame `index`, counted from the root.
    fn frame_record(&self, index: usize) -> FrameRecord {
        index
            .checked_sub(1)
            .map_or(FrameRecord::ROOT, |index| self.frames[index])
    }

    fn top_frame(&self) -> FrameRecord {
        self.frames.last().copied().unwrap_or(FrameRecord::ROOT)
    }

    /// What is different after host code has changed more than the operand stack: the machine's
    /// epoch, or the machine itself, which `mem::swap` can exchange for another one.
    fn state_mark(&mut self) -> (u64, u64) {
        static MACHINES: AtomicU64 = AtomicU64::new(1);
        if self.identity == 0 {
            self.identity = MACHINES.fetch_add(1, Ordering::Relaxed);
        }
        (self.identity, self.epoch)
    }

    /// Gives the innermost frame at least `window` slots.
    fn ensure_window(&mut self, window: usize) -> Result<(), Fault> {
        let present = self.slots.len() - self.top_frame().slot_base as usize;
        if present < window {
            self.epoch += 1;
            self.slots.push_undef(window - present)?;
        }
        Ok(())
    }

    /// Whether a frame can be opened without an allocation.
    fn has_room_for_frame(&self) -> bool {
        !self.frames.is_full() && self.frames.len() < self.limits.call_depth
    }

    /// How many frames can be opened without an allocation.
    #[cfg(feature = "jit")]
    fn room_for_frames(&self) -> usize {
        let depth = self.limits.call_depth.saturating_sub(self.frames.len());
        self.frames.room().min(depth)
    }

    /// Opens a frame.
    fn open_frame(&mut self, frame: FrameRecord) -> Result<(), Fault> {
        if self.frames.len() >= self.limits.call_depth {
            return Err(Fault::CallDepth {
                limit: self.limits.call_depth,
            });
        }
        if self.frames.is_full() {
            self.reserve_frames(1)?;
        }
        self.frames.push(frame);
        Ok(())
    }

    /// Makes room for frames.
    #[cold]
    fn reserve_frames(&mut self, additional: usize) -> Result<(), Fault> {
        let memory = &self.resources.memory;
        self.frames
            .try_reserve_within(additional, memory.room())
            .map_err(|_| memory.exhausted())
    }

    /// Closes the frames from position `keep` on, with their slots. The operand stack stays.
    fn close_frames(&mut self, keep: usize) {
        while self.frames.len() > keep
            && let Some(frame) = self.frames.pop()
        {
            match frame.kind {
                FrameKind::Iteration => drop(self.pop_iteration()),
                FrameKind::Overlay => {}
                FrameKind::Scope => self.slots.truncate(frame.slot_base as usize),
                FrameKind::Call | FrameKind::StaleCall | FrameKind::Command | FrameKind::Root => {
                    // First the floor: dropping slots runs destructors, which may unwind.
                    self.floor = frame.floor_below as usize;
                    self.slots.truncate(frame.slot_base as usize);
                }
            }
        }
    }

    /// Where the innermost call's inner frames start: everything from there on are scopes and
    /// block operations of that call.
    fn inner_frames(&self) -> usize {
        self.frames.len() - self.top_frame().nesting as usize
    }

    /// Adds to a fault where it happened.
    #[cold]
    fn locate(&self, fault: Fault) -> Box<VmError> {
        // The `ip` is behind the operation, except where the run stopped before one.
        let op_index = if fault.is_resumable() {
            self.ip
        } else {
            self.ip.saturating_sub(1)
        };
        let chunk = &self.chunk;
        let source: Arc<str> = chunk.source.as_str().into();
        let mut file = Arc::clone(&source);
        let mut place = |at: usize| {
            let location = chunk.location(at);
            if *file != *location.file {
                file = location.file.into();
            }
            Place {
                file: Arc::clone(&file),
                line: location.line,
                column: location.column,
            }
        };
        let error_place = place(op_index);
        let calls = self
            .frames
            .iter()
            .rev()
            .filter(|frame| frame.kind.is_call());
        let call_stack = calls
            .take(VmError::MAX_CALL_SITES)
            .map(|frame| {
                let at = (frame.return_ip as usize).saturating_sub(1);
                let name = match chunk.ops.get(at) {
                    Some(&(Op::Call(name, _) | Op::CallFunction(name, _))) => Some(name),
                    // Of a chunk that has been replaced the entry means nothing.
                    _ if frame.kind == FrameKind::StaleCall => None,
                    _ => chunk.sub_at(frame.entry as usize),
                };
                CallSite {
                    function: name.and_then(|name| chunk.names.get(usize::from(name)).cloned()),
                    op_index: at,
                    place: place(at),
                }
            })
            .collect();
        Box::new(VmError {
            fault,
            op_index: Some(op_index),
            source,
            place: error_place,
            call_stack,
        })
    }
}

/// Counts a run as open, until it returns or unwinds.
struct OpenRun<'vm> {
    vm: &'vm mut VM,
}

impl<'vm> OpenRun<'vm> {
    fn enter(vm: &'vm mut VM) -> Self {
        if vm.open_runs == 0 {
            vm.open_budget();
            #[cfg(feature = "jit")]
            vm.forget_loops();
            if let Some(host) = &mut vm.host {
                host.set_watch(&vm.resources.watch);
            }
            if let Some(host) = &mut vm.awk_host {
                host.set_watch(&vm.resources.watch);
            }
        }
        vm.open_runs += 1;
        OpenRun { vm }
    }
}

impl Drop for OpenRun<'_> {
    fn drop(&mut self) {
        // A handler may have put another machine in this one's place.
        self.vm.open_runs = self.vm.open_runs.saturating_sub(1);
        // Unwinding out of an operation loses the operands, but not the calls that are open.
        self.vm.lower_floors();
        if self.vm.open_runs == 0 {
            self.vm.close_budget();
        }
    }
}
