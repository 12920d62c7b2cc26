//! A thin, atomically counted pointer.
//!
//! Unsafe because it owns its allocation by hand. `std::sync::Arc` is not used for two reasons:
//! without a weak count a uniqueness check is one load instead of a compare-exchange, and the
//! last owner can be released without a read-modify-write. Values are mutated in place after
//! such a check at every step of a program, so it decides the cost of an element store.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::process::abort;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

use super::account::{charge, discharge};

#[repr(C)]
struct Counted<T> {
    count: AtomicUsize,
    value: T,
}

/// A shared, immutable `T` that its only owner may change.
#[repr(transparent)]
pub(super) struct Shared<T> {
    pointer: NonNull<Counted<T>>,
    owns: PhantomData<Counted<T>>,
}

// SAFETY: owners on several threads share `&T` (needs `Sync`), and whichever is last drops or
// moves out the `T` (needs `Send`). The count itself is atomic.
unsafe impl<T: Send + Sync> Send for Shared<T> {}
// SAFETY: as above; `&Shared<T>` can be cloned into an owner.
unsafe impl<T: Send + Sync> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// Where the value is in an allocation. The count of owners, a `usize`, is at its start.
    #[cfg(feature = "jit")]
    pub(super) const VALUE_AT: usize = std::mem::offset_of!(Counted<T>, value);

    /// Bytes of an allocation.
    pub(super) const HEAP_SIZE: usize = size_of::<Counted<T>>();

    pub(super) fn new(value: T) -> Self {
        charge(Self::HEAP_SIZE);
        let counted = Box::new(Counted {
            count: AtomicUsize::new(1),
            value,
        });
        Shared {
            pointer: NonNull::from(Box::leak(counted)),
            owns: PhantomData,
        }
    }

    fn counted(&self) -> &Counted<T> {
        // SAFETY: the allocation lives as long as any owner, and `self` is one. A `&mut` to it
        // exists only while an owner is borrowed mutably and is the only one (`get_mut`).
        unsafe { self.pointer.as_ref() }
    }

    /// True when no other owner exists. Acquires what former owners did, so the value may be
    /// changed afterwards.
    pub(super) fn is_unique(&self) -> bool {
        self.counted().count.load(Ordering::Acquire) == 1
    }

    /// Where the value is, if somebody else owns it too.
    pub(super) fn shared_address(&self) -> Option<usize> {
        (!self.is_unique()).then(|| self.pointer.addr().get())
    }

    pub(super) fn ptr_eq(&self, other: &Self) -> bool {
        self.pointer == other.pointer
    }

    /// The value, if this is its only owner.
    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        if self.is_unique() {
            // SAFETY: a count of 1 means that `self` is the only owner, and `&mut self` keeps it
            // from being cloned or read while the result is in use.
            Some(unsafe { &mut self.pointer.as_mut().value })
        } else {
            None
        }
    }

    /// The value, after copying it if others own it too.
    pub(super) fn make_mut(&mut self) -> &mut T
    where
        T: Clone,
    {
        if !self.is_unique() {
            self.unshare();
        }
        // SAFETY: unique as checked, or just created; see `get_mut`.
        unsafe { &mut self.pointer.as_mut().value }
    }

    /// Out of line, so that changing a value in place stays short.
    #[cold]
    #[inline(never)]
    fn unshare(&mut self)
    where
        T: Clone,
    {
        *self = Shared::new(T::clone(self));
    }

    /// Gives up this ownership; the last owner gets the value. Of owners that do so at the same
    /// time on different threads exactly one gets it.
    pub(super) fn into_inner(self) -> Option<T> {
        let this = ManuallyDrop::new(self);
        if this.release() {
            discharge(Self::HEAP_SIZE);
            // SAFETY: `release` said that no owner is left, so the allocation made by `new` is
            // this function's alone; `this` is not dropped.
            Some(unsafe { Box::from_raw(this.pointer.as_ptr()) }.value)
        } else {
            None
        }
    }

    /// Counts this owner off; true when it was the last one.
    fn release(&self) -> bool {
        let count = &self.counted().count;
        // The only owner needs no read-modify-write: nobody else can change the count.
        if count.load(Ordering::Acquire) == 1 {
            return true;
        }
        if count.fetch_sub(1, Ordering::Release) == 1 {
            fence(Ordering::Acquire);
            return true;
        }
        false
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.counted().value
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        let owners = self.counted().count.fetch_add(1, Ordering::Relaxed);
        // Only leaked clones can get here; wrapping around would free a value in use.
        if owners > isize::MAX as usize {
            abort();
        }
        Shared {
            pointer: self.pointer,
            owns: PhantomData,
        }
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        if self.release() {
            discharge(Self::HEAP_SIZE);
            // SAFETY: no owner is left, and the allocation came from `Box` in `new`.
            drop(unsafe { Box::from_raw(self.pointer.as_ptr()) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn only_the_last_owner_gets_the_value() {
        let first = Shared::new(String::from("x"));
        let second = first.clone();
        assert!(first.ptr_eq(&second) && !first.is_unique());
        assert_eq!(first.into_inner(), None);
        assert!(second.is_unique());
        assert_eq!(second.into_inner().as_deref(), Some("x"));
    }

    #[test]
    fn make_mut_copies_only_what_is_shared() {
        let mut first = Shared::new(vec![1]);
        let address = first.as_ptr();
        first.make_mut()[0] = 2;
        assert_eq!(first.as_ptr(), address);
        let mut second = first.clone();
        assert!(second.get_mut().is_none());
        second.make_mut().push(3);
        assert_eq!(
            (first.as_slice(), second.as_slice()),
            (&[2][..], &[2, 3][..])
        );
    }

    #[test]
    fn concurrent_releases_yield_the_value_once() {
        for _ in 0..200 {
            let shared = Shared::new(vec![0u8; 16]);
            let threads: Vec<_> = (0..4)
                .map(|_| shared.clone())
                .map(|owner| thread::spawn(move || owner.into_inner().is_some()))
                .collect();
            let mut winners = usize::from(shared.into_inner().is_some());
            for thread in threads {
                winners += usize::from(thread.join().unwrap());
            }
            assert_eq!(winners, 1);
        }
    }
}
