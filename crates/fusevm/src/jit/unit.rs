//! A piece of native code, and how it is called.
//!
//! Unsafe because it calls machine code.

use std::ffi::c_void;
use std::fmt;
use std::mem;
use std::sync::Arc;

use super::JitExtension;
use super::dump::Listing;
use super::helpers::Helpers;
use super::memory::CodeMemory;
use super::native::Status;
use crate::value::Value;
use crate::vm::Math;

/// What native code gets from the interpreter, and gives back.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Frame {
    /// Slot 0 of the innermost frame.
    pub(crate) slots: *mut Value,
    /// The first operand of the code's own.
    pub(crate) operands: *mut Value,
    /// Behind the top operand.
    pub(crate) sp: *mut Value,
    /// Global 0.
    pub(crate) globals: *mut Value,
    /// The first constant of the chunk.
    pub(crate) constants: *const Value,
    /// Where the slots of the next frame start.
    pub(crate) slots_top: *mut Value,
    /// Functions whose slots start here or behind it call no others.
    pub(crate) slots_limit: *mut Value,
    /// In a run that is bounded: fuel that is paid for and not used. Code may have it in a register
    /// until it calls or ends.
    pub(crate) credit: u64,
    /// The operation to go on with.
    pub(crate) ip: usize,
    /// How an operation that was carried out ended, where a call gives no results.
    pub(crate) status: u32,
    /// The interpreter's run, for helpers.
    pub(crate) run: *mut c_void,
    /// What is done with values by pointers to them.
    pub(crate) helpers: &'static Helpers,
    /// Carries out one operation.
    pub(crate) carry_out: Helper,
    /// Gets more credit for a block of that cost; not 0 when native code is to end before it.
    pub(crate) attend: Helper,
    /// Removes the top operand and says whether it is true.
    pub(crate) truth: Helper,
    /// Takes notice of a call that native code had open when it ended.
    pub(crate) opened: Opened,
    /// The remainder of two doubles.
    pub(crate) remainder: extern "C" fn(f64, f64) -> f64,
    /// A function of [`Math`], given by its number.
    pub(crate) math: extern "C" fn(u32, f64) -> f64,
}

/// A function for native code. Gets the operation's index, or a cost, and gives a [`Status`], or 0 or 1.
pub(crate) type Helper = extern "C" fn(&mut Frame, usize) -> u32;

/// A function for native code that ends with a call open: the index of the call, the function's
/// slots, and its operands. Called for the innermost one first.
pub(crate) type Opened = extern "C" fn(&mut Frame, usize, *mut Value, *mut Value) -> u32;

/// The entry of native code.
type Entry = extern "C" fn(&mut Frame) -> u32;

/// Machine code for a loop or a function.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(super) memory: CodeMemory,
    /// Operands that a function pushes at most.
    pub(crate) grow: usize,
    /// Globals that must exist.
    pub(crate) globals: usize,
    /// For a function: how many operands it is called with.
    pub(crate) arguments: Option<usize>,
    /// What its calls take, if it has any.
    pub(crate) calls: Option<CallNeeds>,
    /// What builtins must compute, by the names that the chunk has for them.
    pub(crate) math: Vec<(u16, Math)>,
    /// Who said what extension operations do, without and with a wide operand.
    pub(crate) extensions: [Option<Said>; 2],
    /// For those who want to see it, until they have.
    pub(super) listing: Option<Listing>,
}

/// Who said what extension operations do.
pub(crate) struct Said(pub(super) Arc<dyn JitExtension>);

impl Said {
    /// Whether that is `extension`.
    pub(crate) fn is_by(&self, extension: Option<&Arc<dyn JitExtension>>) -> bool {
        extension.is_some_and(|extension| Arc::ptr_eq(&self.0, extension))
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

/// What a call from native code takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallNeeds {
    /// The fewest and the most slots from one frame to the next.
    pub(crate) fewest_slots: usize,
    pub(crate) most_slots: usize,
    /// Calls that are in line within each other at most.
    pub(crate) inline: usize,
    /// Operands at most.
    pub(crate) operands: usize,
    /// Bytes of the native stack at most.
    pub(crate) native: usize,
}

/// How far apart the slots of a frame with `window` slots and those of the next one are. More than
/// nothing, so that the depth of calls can be told from where slots are.
pub(crate) fn stride(window: usize) -> usize {
    window.max(1)
}

impl Unit {
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
    /// loop or function. The slots of the code are there, so are the globals and arguments, and there
    /// is room for operands, and for the calls that the limit of slots allows.
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
