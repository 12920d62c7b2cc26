//! How far down the native stack of this thread goes.
//!
//! Unsafe because it asks the system's thread library.

use std::cell::Cell;

/// The lowest address that the native stack of this thread may get to; `usize::MAX` where the system
/// does not tell.
pub(crate) fn lowest_address() -> usize {
    thread_local! {
        static LOWEST: Cell<Option<usize>> = const { Cell::new(None) };
    }
    LOWEST.with(|lowest| {
        lowest.get().unwrap_or_else(|| {
            let found = ask().unwrap_or(usize::MAX);
            lowest.set(Some(found));
            found
        })
    })
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn ask() -> Option<usize> {
    use std::mem::MaybeUninit;
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: the call fills in the attributes of the thread that runs, if it succeeds; they are
    // destroyed once, after they have been read.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let (mut lowest, mut size) = (std::ptr::null_mut(), 0);
        let found =
            libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut lowest, &raw mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        (found == 0).then_some(lowest as usize)
    }
}

#[cfg(target_vendor = "apple")]
fn ask() -> Option<usize> {
    // SAFETY: both only read what is known of the thread that runs.
    let (highest, size) = unsafe {
        let this = libc::pthread_self();
        (
            libc::pthread_get_stackaddr_np(this) as usize,
            libc::pthread_get_stacksize_np(this),
        )
    };
    highest.checked_sub(size)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn ask() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_have_the_stack_that_they_were_given() {
        let small = std::thread::Builder::new().stack_size(256 << 10);
        let left = small.spawn(|| {
            let here = 0u8;
            (&raw const here as usize).saturating_sub(lowest_address())
        });
        let left = left.unwrap().join().unwrap();
        let known = cfg!(any(target_os = "linux", target_vendor = "apple"));
        assert!(!known || (64 << 10..512 << 10).contains(&left), "{left}");
    }
}
