//! Bounds of a run: fuel, a deadline, interrupts and limits.

use std::path::PathBuf;
use std::time::Instant;

use super::{InterruptHandle, Limits, VM};
use crate::code::Stream;
use crate::jit::{JitMode, JitPlace, JitStats};
use crate::semantics::{Fault, Memory};

/// Fuel that native code gets in advance; when it is used up, interrupts, the clock and memory
/// are looked at. The work of microseconds.
#[cfg(feature = "jit")]
const ADVANCE: u64 = 1 << 14;

/// What an operation that the interpreter carries out takes from the advance besides its fuel.
#[cfg(feature = "jit")]
const CARRIED_OUT: u64 = 64;

impl VM {
    /// Bounds the work of runs: one unit for each operation, and for each pass of the operations
    /// that loop by themselves. A run ends with [`Fault::OutOfFuel`] before the first block of
    /// code that costs more than is left, and can be continued with more. `None`, the default,
    /// is no bound.
    pub fn set_fuel(&mut self, fuel: Option<u64>) {
        self.fuel = fuel;
    }

    /// The fuel that is left; `None` when it is not bounded.
    pub fn fuel(&self) -> Option<u64> {
        self.fuel
    }

    /// Ends runs with [`Fault::DeadlineExceeded`] at a point in time. With a later deadline, or
    /// none, running again goes on where the run stopped. `None` is the default.
    ///
    /// The machine looks at the clock from time to time in loops and calls, and during operations
    /// that take long; a command that it waits for is ended. Builtins and hosts that take long look
    /// for themselves, see [`should_stop`](Self::should_stop).
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use fusevm::{ChunkBuilder, Op, VM, VMResult};
    ///
    /// let mut builder = ChunkBuilder::new();
    /// builder.emit(Op::Jump(0), 1); // never ends
    /// let mut vm = VM::new(builder.build());
    /// vm.set_deadline(Some(Instant::now() + Duration::from_millis(5)));
    /// assert!(matches!(vm.run(), VMResult::Error(message) if message == "deadline exceeded"));
    /// ```
    pub fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.resources.watch.set_deadline(deadline);
    }

    /// The deadline of runs.
    pub fn deadline(&self) -> Option<Instant> {
        self.resources.watch.deadline()
    }

    /// A handle that can stop a run from any thread.
    pub fn interrupt_handle(&mut self) -> InterruptHandle {
        self.epoch += 1;
        self.resources.watch.handle().clone()
    }

    /// For builtins and handlers that work long: whether the run is to stop, because of an
    /// interrupt, the deadline or what was raised. Then it ends with that error after the present operation, and
    /// the caller should return; running again goes on behind it.
    ///
    /// ```
    /// use fusevm::{ChunkBuilder, Op, VM, VMResult, Value};
    ///
    /// let mut builder = ChunkBuilder::new();
    /// let wait = builder.add_name("wait");
    /// builder.emit(Op::Call(wait, 0), 1);
    /// let mut vm = VM::new(builder.build());
    /// vm.register_named_builtin("wait", |vm, _argc| {
    ///     while !vm.should_stop() {}
    ///     Value::Undef
    /// });
    /// let handle = vm.interrupt_handle();
    /// let watchdog = std::thread::spawn(move || handle.interrupt());
    /// assert!(matches!(vm.run(), VMResult::Error(message) if message == "interrupted"));
    /// watchdog.join().unwrap();
    /// ```
    pub fn should_stop(&mut self) -> bool {
        if self.raised.is_some() {
            return true;
        }
        let looked = self.resources.watch.look_closely();
        looked.map_err(|fault| self.raise_fault(fault)).is_err()
    }

    /// Sets whether one instruction may stand for several operations. It may unless told
    /// otherwise, and that is kept over a [`reset`](Self::reset).
    ///
    /// Programs do the same either way. Without fusion each operation is carried out by itself,
    /// which is slower by far and of use to tests, and to whoever looks for the reason of a
    /// difference: if it goes away, the interpreter is at fault.
    pub fn set_fused(&mut self, fused: bool) {
        self.fused = fused;
    }

    /// Whether one instruction may stand for several operations.
    pub fn is_fused(&self) -> bool {
        self.fused
    }

    /// When native code is run: never, at first. Without the feature `jit` nothing else is possible,
    /// and this has no effect. Ends [tracing](Self::enable_tracing_jit).
    pub fn set_jit(&mut self, mode: JitMode) {
        self.jit = mode;
        #[cfg(feature = "jit")]
        {
            self.tracing = false;
        }
        self.epoch += 1;
    }

    /// What native code has done since the machine was made.
    pub fn jit_stats(&self) -> JitStats {
        JitStats {
            #[cfg(feature = "jit")]
            code_bytes: crate::jit::live_bytes(),
            ..self.jit_stats
        }
    }

    /// What is known of the places in the machine's program where native code was to be made, in
    /// the order of their operations: what there is, or why there is none.
    pub fn jit_report(&self) -> Vec<JitPlace> {
        #[cfg(feature = "jit")]
        return crate::jit::Native::report(&self.chunk);
        #[cfg(not(feature = "jit"))]
        Vec::new()
    }

    /// Writes all native code that is made for this machine from now on to files of a directory, which
    /// is made if need be; `None`, as at first, writes none. For each piece there is a text, its
    /// operations, the intermediate form and the machine code in assembly, and a file with the bytes
    /// of the machine code. Their names count the pieces of the process and tell the first operation.
    ///
    /// Code that another machine had made for the same chunk is not written. Failures are warnings
    /// of `tracing`.
    pub fn set_jit_dump(&mut self, directory: Option<PathBuf>) {
        self.jit_tools.make().dump = directory;
    }

    /// Whether native code that is made for this machine from now on is told to `perf`: by a line in
    /// `/tmp/perf-PID.map`, which is never written through a link or to a file of another user.
    pub fn set_jit_perf_map(&mut self, told: bool) {
        self.jit_tools.make().perf_map = told;
    }

    /// When native code is run.
    pub fn jit(&self) -> JitMode {
        self.jit
    }

    /// The bounds of runs.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Sets the bounds of runs. Stacks that are already higher stay as they are.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        self.resources.memory = Memory::new(limits.value_bytes);
        self.stack.set_limit(limits.stack_values);
        self.slots.set_limit(limits.stack_values);
        self.share_memory();
        if self.budget.is_open() {
            self.open_budget();
        }
        self.epoch += 1;
    }

    /// The instructions that a run takes in the machine's present state.
    pub(super) fn stream(&self) -> Stream {
        let bounded = self.fuel.is_some()
            || self.resources.watch.is_on()
            || self.resources.memory.is_bounded()
            || self.open_ranges > 0;
        let counted = cfg!(feature = "jit") && self.jit != JitMode::Off;
        match (bounded, counted) {
            _ if !self.fused => Stream::Plain,
            (true, false) => Stream::Watched,
            (true, true) => Stream::WatchedCounted,
            (false, true) => Stream::Counted,
            (false, false) => Stream::Free,
        }
    }

    /// Before work that costs `fuel`: looks whether the run is to stop, and pays.
    pub(super) fn pay(&mut self, fuel: u64) -> Result<(), Fault> {
        self.resources.watch.look()?;
        if let Some(left) = &mut self.fuel {
            *left = left.checked_sub(fuel).ok_or(Fault::OutOfFuel)?;
        }
        Ok(())
    }

    /// Pays for as many of `wanted` passes of a loop operation as there is fuel for.
    pub(super) fn pay_for_passes(&mut self, wanted: u64) -> u64 {
        let Some(left) = &mut self.fuel else {
            return wanted;
        };
        let granted = wanted.min(*left);
        *left -= granted;
        granted
    }

    /// Pays for work of native code in advance, for `cost` at least. `None`, and nothing is paid, when
    /// there is too little fuel, or the interpreter is to look whether the run has to stop.
    #[cfg(feature = "jit")]
    pub(super) fn advance(&mut self, cost: u64) -> Option<u64> {
        if self.resources.memory.is_alarmed() || self.resources.watch.ends_at_next_look() {
            return None;
        }
        let credit = self.pay_for_passes(cost.max(ADVANCE));
        if credit < cost {
            self.give_back(credit);
            return None;
        }
        Some(credit)
    }

    /// What is left of `credit` that was paid in advance, after an operation that the interpreter
    /// carried out. It was given back meanwhile.
    #[cfg(feature = "jit")]
    pub(super) fn renew(&mut self, credit: u64) -> u64 {
        if credit == 0 || self.resources.memory.is_alarmed() {
            return 0;
        }
        self.pay_for_passes(credit.saturating_sub(CARRIED_OUT))
    }

    /// Gives back what was paid for work that was not done.
    pub(super) fn give_back(&mut self, fuel: u64) {
        self.fuel = self.fuel.map(|left| left.saturating_add(fuel));
    }
}
