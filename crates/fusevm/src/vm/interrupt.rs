//! Stopping a run from elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Stops the run of a machine, from any thread.
///
/// Get one from [`VM::interrupt_handle`](super::VM::interrupt_handle). The machine looks at every
/// loop and call. The run ends with [`Fault::Interrupted`](crate::semantics::Fault); running
/// again goes on where it stopped.
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
