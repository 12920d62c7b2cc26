//! A piece of native code, and how it is called.
//!
//! Unsafe because it calls machine code.

use std::ffi::c_void;
use std::mem;

use super::dump::Listing;
use super::memory::CodeMemory;
use super::native::Status;
use crate::value::Value;

/// What native code gets from the interpreter, and gives back.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Frame {
    /// Slot 0 of the innermost frame.
    pub(crate) slots: *mut Value,
    /// Behind the top operand.
    pub(crate) sp: *mut Value,
    /// Global 0.
    pub(crate) globals: *mut Value,
    /// The operation to go on with.
    pub(crate) ip: usize,
    /// The interpreter's run, for helpers.
    pub(crate) run: *mut c_void,
    /// Carries out one operation.
    pub(crate) carry_out: Helper,
    /// Removes the top operand and says whether it is true.
    pub(crate) truth: Helper,
    /// The remainder of two doubles.
    pub(crate) remainder: extern "C" fn(f64, f64) -> f64,
}

/// A function for native code. Gets the operation's index and gives a [`Status`], or 0 or 1.
pub(crate) type Helper = extern "C" fn(&mut Frame, usize) -> u32;

/// The entry of native code.
type Entry = extern "C" fn(&mut Frame) -> u32;

/// Machine code for a loop.
#[derive(Debug)]
pub(crate) struct Unit {
    memory: CodeMemory,
    /// Operands that it pushes at most.
    pub(crate) grow: usize,
    /// Globals that must exist.
    pub(crate) globals: usize,
    /// For those who want to see it, until they have.
    pub(super) listing: Option<Listing>,
}

impl Unit {
    /// A unit of machine code for [`Entry`].
    pub(super) fn new(memory: CodeMemory, grow: usize, globals: usize) -> Self {
        Unit {
            memory,
            grow,
            globals,
            listing: None,
        }
    }

    /// Bytes of machine code.
    pub(crate) fn len(&self) -> usize {
        self.memory.len()
    }

    /// The machine code.
    pub(super) fn code(&self) -> &[u8] {
        self.memory.code()
    }

    /// Runs the code.
    ///
    /// # Safety
    /// `frame` describes a machine that runs the chunk that the unit was made of and is at its
    /// loop. The slots of the code are there, so are the globals, and there is room for operands.
    pub(crate) unsafe fn run(&self, frame: &mut Frame) -> Status {
        // Another thread may have made the code, where this one ran other code before.
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the instruction changes neither registers nor memory.
        unsafe {
            std::arch::asm!("isb", options(nostack, preserves_flags));
        }
        // SAFETY: the memory starts with a function of this type, which was made for such frames.
        let entry = unsafe { mem::transmute::<*const u8, Entry>(self.memory.start()) };
        Status::of(entry(frame))
    }
}
