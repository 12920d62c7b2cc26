//! Memory for machine code.
//!
//! Unsafe because it maps memory, and says that it is code. It is never writable and executable at
//! the same time: code has pages of its own, which are made writable while nobody knows them, and
//! executable before anybody does. Several pieces share a mapping.

use std::io;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use rustix::param::page_size;

use super::arena::Arena;

/// Bytes of a mapping, unless one piece of code needs more.
pub(super) const MAPPING: usize = 64 << 10;

/// Why there is no code where the system gives no memory for it.
pub(super) const NO_MEMORY: &str = "the system gives no memory for code";

/// The pages of all code in the process.
static ARENA: Mutex<Arena> = Mutex::new(Arena::new());

/// Bytes of code in the process.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Bytes of machine code that there are in the process.
pub(crate) fn live_bytes() -> usize {
    LIVE.load(Ordering::Relaxed)
}

/// Machine code in pages of its own, which are given back when this is dropped.
#[derive(Debug)]
pub(super) struct CodeMemory {
    start: NonNull<u8>,
    len: usize,
    /// Bytes of the pages.
    room: usize,
}

// SAFETY: the memory is only read and executed after it has been made.
unsafe impl Send for CodeMemory {}
// SAFETY: as above.
unsafe impl Sync for CodeMemory {}

impl CodeMemory {
    /// Pages with `code`, which does not depend on where it is.
    ///
    /// # Errors
    /// When the system gives no memory, or does not let it be executed. The first time that is
    /// reported as a warning.
    pub(super) fn new(code: &[u8]) -> io::Result<Self> {
        Self::with_code(code).inspect_err(|error| {
            static WARNING: Once = Once::new();
            WARNING.call_once(|| tracing::warn!(%error, "{NO_MEMORY}: all is interpreted"));
        })
    }

    fn with_code(code: &[u8]) -> io::Result<Self> {
        let room = code.len().max(1).next_multiple_of(page_size());
        let memory = CodeMemory {
            start: pages(room)?,
            len: code.len(),
            room,
        };
        LIVE.fetch_add(memory.len, Ordering::Relaxed);
        memory.protect(MprotectFlags::READ | MprotectFlags::WRITE)?;
        // SAFETY: the pages are writable, as long as the code, and known to nobody else.
        unsafe { ptr::copy_nonoverlapping(code.as_ptr(), memory.start.as_ptr(), code.len()) };
        memory.protect(MprotectFlags::READ | MprotectFlags::EXEC)?;
        #[cfg(target_arch = "aarch64")]
        clear_instruction_cache(&memory);
        Ok(memory)
    }

    /// Changes what may be done with the pages. Only for those that nobody knows yet.
    fn protect(&self, flags: MprotectFlags) -> io::Result<()> {
        #[cfg(test)]
        if tests::REFUSES.get() && flags.contains(MprotectFlags::EXEC) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        // SAFETY: the pages are mapped, nobody else's, and their content is of no use without this.
        Ok(unsafe { mprotect(self.start.as_ptr().cast(), self.room, flags) }?)
    }

    /// The address of the first byte.
    pub(super) fn start(&self) -> *const u8 {
        self.start.as_ptr()
    }

    /// How many bytes there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The machine code.
    pub(super) fn code(&self) -> &[u8] {
        // SAFETY: the pages are readable as long as this lives, and nobody writes to them.
        unsafe { std::slice::from_raw_parts(self.start(), self.len) }
    }
}

impl Drop for CodeMemory {
    fn drop(&mut self) {
        LIVE.fetch_sub(self.len, Ordering::Relaxed);
        let start = self.start.as_ptr();
        // Pages that wait for other code hold no memory. Their content is gone, but nothing can be
        // done about a failure, and no harm comes of it.
        // SAFETY: whoever runs the code holds it alive, so nobody needs the content.
        #[cfg(target_os = "linux")]
        let _ = unsafe {
            rustix::mm::madvise(start.cast(), self.room, rustix::mm::Advice::LinuxDontNeed)
        };
        let mut arena = ARENA.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((start, len)) = arena.give_back(start as usize, self.room) {
            let start = ptr::with_exposed_provenance_mut(start);
            // SAFETY: all of the mapping is free, and the arena does not know it any more.
            let unmapped = unsafe { munmap(start, len) };
            debug_assert!(unmapped.is_ok());
        }
    }
}

/// Pages that are in use by nobody, `room` bytes of them. What may be done with them is not known.
fn pages(room: usize) -> io::Result<NonNull<u8>> {
    let mut arena = ARENA.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(start) = arena.take(room) {
        let start = ptr::with_exposed_provenance_mut(start);
        return NonNull::new(start).ok_or_else(|| io::ErrorKind::OutOfMemory.into());
    }
    let len = room.max(MAPPING.next_multiple_of(page_size()));
    // SAFETY: a new mapping at a place of the system's choice touches nothing that is in use.
    let start =
        unsafe { mmap_anonymous(ptr::null_mut(), len, ProtFlags::empty(), MapFlags::PRIVATE)? };
    let start = NonNull::new(start.cast::<u8>()).ok_or(io::ErrorKind::OutOfMemory)?;
    arena.add(start.as_ptr().expose_provenance(), len, room);
    Ok(start)
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
pub(super) mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// Whether memory cannot be made executable, as the rules of some systems have it.
        pub(in crate::jit) static REFUSES: Cell<bool> = const { Cell::new(false) };
    }

    #[test]
    fn code_can_be_read_back() {
        let pieces: Vec<CodeMemory> = (0..100u8)
            .map(|n| CodeMemory::new(&vec![n; 100 * usize::from(n)]).unwrap())
            .collect();
        for (n, memory) in pieces.iter().enumerate() {
            assert_eq!(memory.len(), 100 * n);
            assert!(memory.code().iter().all(|&byte| usize::from(byte) == n));
        }
    }

    #[test]
    fn what_is_larger_than_a_mapping_has_room() {
        let code = vec![7; 3 * MAPPING + 1];
        assert_eq!(CodeMemory::new(&code).unwrap().code(), code);
    }

    #[test]
    fn a_refusal_is_an_error_and_keeps_nothing() {
        REFUSES.set(true);
        for _ in 0..1000 {
            let error = CodeMemory::new(&[1, 2, 3]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        }
        REFUSES.set(false);
        assert_eq!(CodeMemory::new(&[1, 2, 3]).unwrap().code(), [1, 2, 3]);
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn threads_run_code_while_others_make_it() {
        use std::mem;
        use std::thread;

        thread::scope(|scope| {
            for start in 0..4u32 {
                scope.spawn(move || {
                    let mut kept = Vec::new();
                    for n in (start..4000).step_by(4) {
                        // mov eax, n; ret
                        let [a, b, c, d] = n.to_le_bytes();
                        kept.push((n, CodeMemory::new(&[0xb8, a, b, c, d, 0xc3]).unwrap()));
                        for (n, memory) in &kept {
                            // SAFETY: the code is a function of this type.
                            let function = unsafe {
                                mem::transmute::<*const u8, extern "C" fn() -> u32>(memory.start())
                            };
                            assert_eq!(function(), *n);
                        }
                        if kept.len() > 40 {
                            kept.drain(..40).step_by(2).for_each(drop);
                        }
                    }
                });
            }
        });
    }
}
