//! Whether a run is to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::Fault;

/// Looks between two readings of the clock, which costs more than a short block of code.
const LOOKS_PER_READING: u32 = 256;

/// Steps of a long operation between two looks.
pub(crate) const STEPS_PER_LOOK: usize = 4096;

/// Stops the run of a machine, from any thread.
///
/// Get one from [`VM::interrupt_handle`](crate::VM::interrupt_handle). The machine looks at every
/// loop and call, and during operations that take long. The run ends with [`Fault::Interrupted`];
/// running again goes on where it stopped.
///
/// ```
/// use fusevm::{ChunkBuilder, Op, VM, VMResult};
///
/// let mut builder = ChunkBuilder::new();
/// builder.emit(Op::Jump(0), 1); // never ends
/// let mut vm = VM::new(builder.build());
/// let handle = vm.interrupt_handle();
/// let watchdog = std::thread::spawn(move || handle.interrupt());
/// assert!(matches!(vm.run(), VMResult::Error(message) if message == "interrupted"));
/// watchdog.join().unwrap();
/// ```
#[derive(Debug, Clone, Default)]
pub struct InterruptHandle {
    requested: Arc<AtomicBool>,
}

impl InterruptHandle {
    /// Asks the machine to stop: the present run, or else the next one.
    pub fn interrupt(&self) {
        self.requested.store(true, Ordering::Relaxed);
    }

    /// Whether a request waits for the machine.
    #[inline]
    pub fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Relaxed)
    }

    /// Withdraws a request, and says whether there was one.
    pub fn clear(&self) -> bool {
        self.requested.swap(false, Ordering::Relaxed)
    }
}

/// What can stop a run from outside: a request, and the clock.
///
/// Operations that take long call [`steps`](Self::steps) as they go. A host that does slow work
/// for a machine gets a copy before a run, and asks it [`is_over`](Self::is_over).
#[derive(Debug, Clone, Default)]
pub struct Watch {
    interrupt: Option<InterruptHandle>,
    deadline: Option<Instant>,
    /// Looks before the next reading of the clock.
    looks_left: u32,
    /// Steps since the last look.
    steps: usize,
}

impl Watch {
    /// Whether anything can stop the run.
    #[inline]
    pub fn is_on(&self) -> bool {
        self.interrupt.is_some() || self.deadline.is_some()
    }

    /// Whether the run is to stop; a request stays.
    pub fn is_over(&self) -> bool {
        self.interrupt
            .as_ref()
            .is_some_and(InterruptHandle::is_requested)
            || self
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Whether the run is to stop, which the next look finds, too.
    #[cfg(feature = "jit")]
    pub(crate) fn ends_at_next_look(&mut self) -> bool {
        let is_over = self.is_over();
        if is_over {
            self.looks_left = 0;
        }
        is_over
    }

    /// The handle of requests, from now on also heeded.
    pub(crate) fn handle(&mut self) -> &InterruptHandle {
        self.interrupt.get_or_insert_default()
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    pub(crate) fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
        self.looks_left = 0;
    }

    /// Looks whether the run is to stop; at the clock not each time.
    ///
    /// # Errors
    /// [`Fault::DeadlineExceeded`], or [`Fault::Interrupted`], which takes the request.
    #[inline]
    pub(crate) fn look(&mut self) -> Result<(), Fault> {
        if let Some(deadline) = self.deadline {
            if self.looks_left == 0 {
                if Instant::now() >= deadline {
                    return Err(Fault::DeadlineExceeded);
                }
                self.looks_left = LOOKS_PER_READING;
            }
            self.looks_left -= 1;
        }
        if let Some(handle) = &self.interrupt
            && handle.is_requested()
            && handle.clear()
        {
            return Err(Fault::Interrupted);
        }
        Ok(())
    }

    /// As [`look`](Self::look), at the clock, too.
    pub(crate) fn look_closely(&mut self) -> Result<(), Fault> {
        self.looks_left = 0;
        self.look()
    }

    /// Counts `steps` of a long operation and looks from time to time whether the run is to stop.
    /// One step is the work of nanoseconds.
    ///
    /// # Errors
    /// [`Fault::DeadlineExceeded`], [`Fault::Interrupted`].
    #[inline]
    pub fn steps(&mut self, steps: usize) -> Result<(), Fault> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps >= STEPS_PER_LOOK {
            self.steps = 0;
            return self.look_closely();
        }
        Ok(())
    }
}
