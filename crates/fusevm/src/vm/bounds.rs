//! Bounds of a run: fuel, a deadline, interrupts and limits.

use super::{InterruptHandle, Limits, VM};
use crate::semantics::Fault;

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

    /// Before work that costs `fuel`: looks whether somebody wants the run to stop, and pays.
    pub(super) fn pay(&mut self, fuel: u64) -> Result<(), Fault> {
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
}
