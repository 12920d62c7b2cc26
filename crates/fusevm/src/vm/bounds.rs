//! Bounds of a run: fuel, a deadline, interrupts and limits.

use std::time::Instant;

use super::{InterruptHandle, Limits, VM};
use crate::code::Stream;
use crate::semantics::Fault;

/// Blocks that run between two looks at the clock, which costs more than a short block.
const BLOCKS_PER_LOOK: u32 = 256;

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
    /// The machine looks at the clock from time to time in loops and calls; a single operation is
    /// not cut short.
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
        self.deadline = deadline;
        self.blocks_to_look = 0;
    }

    /// The deadline of runs.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// A handle that can stop a run from any thread.
    pub fn interrupt_handle(&mut self) -> InterruptHandle {
        self.epoch += 1;
        self.interrupt.get_or_insert_default().clone()
    }

    /// The bounds of runs.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Sets the bounds of runs. Stacks that are already higher stay as they are.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        self.memory.value_limit = limits.value_bytes;
        self.stack.set_limit(limits.stack_values);
        self.slots.set_limit(limits.stack_values);
    }

    /// The instructions that a run takes in the machine's present state.
    pub(super) fn stream(&self) -> Stream {
        let bounded = self.fuel.is_some()
            || self.interrupt.is_some()
            || self.deadline.is_some()
            || !self.iterations.is_empty();
        if bounded {
            Stream::Watched
        } else {
            Stream::Free
        }
    }

    /// Before work that costs `fuel`: looks whether the run is to stop, and pays.
    pub(super) fn pay(&mut self, fuel: u64) -> Result<(), Fault> {
        if let Some(deadline) = self.deadline {
            if self.blocks_to_look == 0 {
                if Instant::now() >= deadline {
                    return Err(Fault::DeadlineExceeded);
                }
                self.blocks_to_look = BLOCKS_PER_LOOK;
            }
            self.blocks_to_look -= 1;
        }
        if let Some(handle) = &self.interrupt
            && handle.is_requested()
            && handle.clear()
        {
            return Err(Fault::Interrupted);
        }
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

    /// Gives back what was paid for work that was not done.
    pub(super) fn give_back(&mut self, fuel: u64) {
        self.fuel = self.fuel.map(|left| left.saturating_add(fuel));
    }
}
