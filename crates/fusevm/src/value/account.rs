//! How many bytes values hold, thread by thread.
//!
//! Whatever allocates or frees memory of values says so here, with the bytes it asked the
//! allocator for. Values may be freed on another thread than they were made on, so a reading means
//! little by itself; what counts is how it changes while a thread runs a program.

use std::cell::Cell;
use std::mem;
use std::ops::{Deref, DerefMut};

use super::ReserveError;

thread_local! {
    // Without initialisation and destructor an access is a plain load or store.
    static HELD: Cell<isize> = const { Cell::new(0) };
}

/// The bytes that this thread has allocated for values, less those that it has freed.
#[inline]
pub(crate) fn held() -> isize {
    HELD.get()
}

/// Counts an allocation.
#[inline]
pub(crate) fn charge(bytes: usize) {
    HELD.set(HELD.get().wrapping_add_unsigned(bytes));
}

/// Counts a release.
#[inline]
pub(crate) fn discharge(bytes: usize) {
    HELD.set(HELD.get().wrapping_sub_unsigned(bytes));
}

/// The bytes to grow to from `present`, when `needed` are needed and `room` may be allocated for
/// them; `None` when that is not enough.
///
/// It is twice as much, so that repeated growth costs constant time for each byte. Where there is
/// no room for that, half of what is left is kept for others.
pub(crate) fn grown(needed: usize, present: usize, room: usize) -> Option<usize> {
    let spare = room.checked_sub(needed)?;
    let doubled = needed.max(present.saturating_mul(2));
    Some(doubled.min(needed.saturating_add(spare / 2)))
}

/// Memory for the work of one operation, on the account while this lives.
#[derive(Debug)]
#[must_use = "the memory is on the account only while this lives"]
pub(crate) struct Held(usize);

impl Held {
    pub(crate) fn new(bytes: usize) -> Self {
        charge(bytes);
        Held(bytes)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        discharge(self.0);
    }
}

/// A vector whose memory is on the account.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct List<T>(Vec<T>);

impl<T> List<T> {
    pub(crate) const fn new() -> Self {
        List(Vec::new())
    }

    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Vec::with_capacity(capacity).into()
    }

    /// Changes the vector in a way that may change its capacity.
    fn resizing<R>(&mut self, change: impl FnOnce(&mut Vec<T>) -> R) -> R {
        discharge(self.heap_size());
        let result = change(&mut self.0);
        charge(self.heap_size());
        result
    }

    /// Bytes allocated.
    pub(crate) fn heap_size(&self) -> usize {
        self.0.capacity() * size_of::<T>()
    }

    /// Whether the next item needs a new allocation.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() == self.0.capacity()
    }

    /// How many more items have room without an allocation.
    #[cfg(feature = "jit")]
    pub(crate) fn room(&self) -> usize {
        self.0.capacity() - self.0.len()
    }

    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        if self.is_full() {
            self.grow();
        }
        self.0.push(item);
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        self.resizing(|items| items.reserve(1));
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.0.pop()
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.0.retain(keep);
    }

    /// Removes the first `count` items.
    pub(crate) fn remove_front(&mut self, count: usize) {
        self.0.drain(..count);
    }

    #[inline]
    pub(crate) fn resize(&mut self, len: usize, item: T)
    where
        T: Clone,
    {
        if len != self.0.len() {
            self.resizing(|items| items.resize(len, item));
        }
    }

    pub(crate) fn extend(&mut self, more: impl IntoIterator<Item = T>) {
        self.resizing(|items| items.extend(more));
    }

    /// Makes room for `additional` more items.
    pub(crate) fn try_reserve(&mut self, additional: usize) -> Result<(), ReserveError> {
        self.resizing(|items| items.try_reserve(additional))
            .map_err(|_| ReserveError)
    }

    /// Makes room for `additional` more items in an allocation of at most `room` bytes.
    pub(crate) fn try_reserve_within(
        &mut self,
        additional: usize,
        room: usize,
    ) -> Result<(), ReserveError> {
        let len = self.0.len();
        if additional <= self.0.capacity() - len {
            return Ok(());
        }
        let needed = len
            .checked_add(additional)
            .and_then(|items| items.checked_mul(size_of::<T>()))
            .ok_or(ReserveError)?;
        let bytes = grown(needed, self.heap_size(), room).ok_or(ReserveError)?;
        let capacity = (bytes / size_of::<T>()).max(len + additional);
        self.resizing(|items| items.try_reserve_exact(capacity - len))
            .map_err(|_| ReserveError)
    }

    /// The vector, no longer on the account.
    pub(crate) fn into_vec(mut self) -> Vec<T> {
        self.resizing(mem::take)
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        let list = List(items);
        charge(list.heap_size());
        list
    }
}

impl<T> Drop for List<T> {
    #[inline]
    fn drop(&mut self) {
        if self.heap_size() > 0 {
            discharge(self.heap_size());
        }
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List::new()
    }
}

impl<T: Clone> Clone for List<T> {
    fn clone(&self) -> Self {
        self.0.clone().into()
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> DerefMut for List<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_doubles_while_there_is_room() {
        let cases = [
            ((10, 8, usize::MAX), Some(16)),
            ((100, 8, usize::MAX), Some(100)),
            ((10, 8, 12), Some(11)),
            ((10, 8, 10), Some(10)),
            ((10, 8, 9), None),
            ((usize::MAX, usize::MAX, usize::MAX), Some(usize::MAX)),
        ];
        for ((needed, present, room), expected) in cases {
            assert_eq!(
                grown(needed, present, room),
                expected,
                "{needed} {present} {room}"
            );
        }
    }

    #[test]
    fn a_list_is_on_the_account_while_it_lives() {
        let start = held();
        let mut list = List::new();
        for n in 0..1000u64 {
            list.push(n);
            assert_eq!(held() - start, list.heap_size() as isize);
        }
        list.try_reserve_within(1000, 8 * 2100).unwrap();
        assert!(list.try_reserve_within(3000, 8 * 3900).is_err());
        let copy = list.clone();
        assert_eq!(
            held() - start,
            (list.heap_size() + copy.heap_size()) as isize
        );
        let items = list.into_vec();
        assert_eq!(held() - start, copy.heap_size() as isize);
        drop(copy);
        assert_eq!((items.len(), held()), (1000, start));
    }
}
