//! Memory for machine code.
//!
//! Unsafe because it maps memory, and says that it is code. It is never writable and executable at
//! the same time.

use std::io;
use std::ptr::{self, NonNull};

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

/// Machine code in pages of its own, which are given back when this is dropped.
#[derive(Debug)]
pub(super) struct CodeMemory {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: the memory is only read and executed after it has been made.
unsafe impl Send for CodeMemory {}
// SAFETY: as above.
unsafe impl Sync for CodeMemory {}

impl CodeMemory {
    /// Pages with `code`, which does not depend on where it is.
    ///
    /// # Errors
    /// When the system gives no memory, or does not let it be executed.
    pub(super) fn new(code: &[u8]) -> io::Result<Self> {
        // The length of a mapping counts in whole pages, whatever is asked for.
        let len = code.len().max(1);
        // SAFETY: a new mapping at a place of the system's choice touches nothing that is in use.
        let start = unsafe {
            mmap_anonymous(
                ptr::null_mut(),
                len,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE,
            )?
        };
        let start = NonNull::new(start.cast::<u8>()).ok_or(io::ErrorKind::OutOfMemory)?;
        let memory = CodeMemory { start, len };
        // SAFETY: the mapping is new, writable, as long as the code, and known to nobody else.
        unsafe {
            ptr::copy_nonoverlapping(code.as_ptr(), start.as_ptr(), code.len());
            let flags = MprotectFlags::READ | MprotectFlags::EXEC;
            mprotect(start.as_ptr().cast(), len, flags)?;
        }
        #[cfg(target_arch = "aarch64")]
        clear_instruction_cache(&memory);
        Ok(memory)
    }

    /// The address of the first byte.
    pub(super) fn start(&self) -> *const u8 {
        self.start.as_ptr()
    }

    /// How many bytes there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}

impl Drop for CodeMemory {
    fn drop(&mut self) {
        // SAFETY: the mapping is this one's own. Whoever runs the code holds it alive.
        let unmapped = unsafe { munmap(self.start.as_ptr().cast(), self.len) };
        debug_assert!(unmapped.is_ok());
    }
}

/// Makes the processor forget what it may have read of the memory before.
#[cfg(target_arch = "aarch64")]
fn clear_instruction_cache(memory: &CodeMemory) {
    use std::arch::asm;
    // The smallest line that processors have; lines are larger mostly.
    const LINE: usize = 16;
    let start = memory.start.as_ptr() as usize;
    let lines = (start..start + memory.len).step_by(LINE);
    // SAFETY: the addresses are mapped; the instructions change no memory.
    unsafe {
        for address in lines.clone() {
            asm!("dc cvau, {}", in(reg) address, options(nostack, preserves_flags));
        }
        asm!("dsb ish", options(nostack, preserves_flags));
        for address in lines {
            asm!("ic ivau, {}", in(reg) address, options(nostack, preserves_flags));
        }
        asm!("dsb ish", "isb", options(nostack, preserves_flags));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_can_be_read_back() {
        let memory = CodeMemory::new(&[1, 2, 3]).unwrap();
        assert_eq!(memory.len(), 3);
        // SAFETY: the memory is readable and as long as the code.
        let bytes = unsafe { std::slice::from_raw_parts(memory.start(), 3) };
        assert_eq!(bytes, [1, 2, 3]);
    }
}
