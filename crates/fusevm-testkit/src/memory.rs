//! Measuring what code allocates.

// The unsafe code of this crate is all here: an allocator is an unsafe trait.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// Bytes allocated less bytes freed by this thread since the measurement began. Negative when
    /// it frees what others, or it before, allocated.
    static IN_USE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, with a count for each thread.
///
/// A test binary installs it with
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: fusevm_testkit::memory::Counting = fusevm_testkit::memory::Counting;
///
/// # fn main() {
/// let (_, peak) = fusevm_testkit::memory::peak_of(|| drop(vec![0u8; 5000]));
/// assert!((5000..6000).contains(&peak));
/// # }
/// ```
#[derive(Debug, Default, Clone, Copy)]
pub struct Counting;

/// Runs `body` and gives, with its result, the most bytes that this thread had allocated at once
/// beyond what was there before. 0 in a program that has not installed [`Counting`].
pub fn peak_of<R>(body: impl FnOnce() -> R) -> (R, usize) {
    IN_USE.set(0);
    PEAK.set(0);
    let result = body();
    (result, PEAK.get().unsigned_abs())
}

fn count(change: isize) {
    // A thread that ends may free after its counters are gone.
    let _ = IN_USE.try_with(|in_use| {
        let now = in_use.get().saturating_add(change);
        in_use.set(now);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(now)));
    });
}

/// The size as it is counted. A `Layout` is never larger than `isize::MAX`.
fn signed(size: usize) -> isize {
    isize::try_from(size).unwrap_or(isize::MAX)
}

// SAFETY: every method hands its arguments on to the system's allocator and returns its result, so
// that its guarantees are ours. Counting does not allocate: the counters are constants at first and
// have no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of this method, which is the same.
        let block = unsafe { System.alloc(layout) };
        if !block.is_null() {
            count(signed(layout.size()));
        }
        block
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above. Handed on, for the system has zeroed pages without touching them.
        let block = unsafe { System.alloc_zeroed(layout) };
        if !block.is_null() {
            count(signed(layout.size()));
        }
        block
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above; the block came from the system's allocator.
        let moved = unsafe { System.realloc(block, layout, size) };
        if !moved.is_null() {
            count(signed(size) - signed(layout.size()));
        }
        moved
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above; the block came from the system's allocator.
        unsafe { System.dealloc(block, layout) };
        count(-signed(layout.size()));
    }
}
