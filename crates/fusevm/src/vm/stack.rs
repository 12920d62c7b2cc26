//! A contiguous stack of values with a raw interface for the interpreter.
//!
//! This file uses `unsafe` because the interpreter checks room once per block and then pushes
//! and pops through a pointer. The invariant: `base`, `top` and `end` are in one allocation, in this
//! order, and the values from `base` to `top` are initialised and owned by the stack.

use std::alloc::{self, Layout};
use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use crate::semantics::{Fault, Memory};
use crate::value::account::{charge, discharge, grown};
use crate::value::{Kind, Plain, Value, copy_words, is_plain};

/// The capacity that a stack gets when it is first used.
const FIRST_CAPACITY: usize = 64;

/// The memory of a stack that was used and did not grow.
const FIRST_LAYOUT: Layout = match Layout::array::<Value>(FIRST_CAPACITY) {
    Ok(layout) => layout,
    Err(_) => panic!("a few values are not too many"),
};

thread_local! {
    /// Memory for the next stack of this thread: most machines need no more, and many live for
    /// less time than an allocation takes.
    static SPARE: Spare = const { Spare(Cell::new(None)) };
}

/// Memory of [`FIRST_LAYOUT`], without values.
struct Spare(Cell<Option<NonNull<Value>>>);

impl Drop for Spare {
    fn drop(&mut self) {
        if let Some(base) = self.0.take() {
            // SAFETY: the memory was allocated with this layout, and belongs to nobody else.
            unsafe { alloc::dealloc(base.as_ptr().cast(), FIRST_LAYOUT) };
        }
    }
}

/// What instructions can count is more than any stack holds.
const MAX_LEN: usize = u32::MAX as usize - 1;

/// Values, the last one on top. Allocates nothing until it is used.
pub(crate) struct ValueStack {
    base: NonNull<Value>,
    /// Behind the top value.
    top: *mut Value,
    /// Behind the last value that there is room for.
    end: *mut Value,
    /// The most values it may hold.
    limit: usize,
    /// What its growth is taken from.
    memory: Memory,
}

// SAFETY: the stack owns its values, as a `Vec` does, and `Value` is `Send`.
unsafe impl Send for ValueStack {}
// SAFETY: shared access only reads the values, and `Value` is `Sync`.
unsafe impl Sync for ValueStack {}

impl ValueStack {
    pub(crate) fn new(limit: usize) -> Self {
        let base = NonNull::dangling();
        ValueStack {
            base,
            top: base.as_ptr(),
            end: base.as_ptr(),
            limit: limit.min(MAX_LEN),
            memory: Memory::new(usize::MAX),
        }
    }

    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit.min(MAX_LEN);
    }

    pub(crate) fn set_memory(&mut self, memory: Memory) {
        self.memory = memory;
    }

    /// Bytes allocated.
    pub(crate) fn heap_size(&self) -> usize {
        self.capacity() * size_of::<Value>()
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        // SAFETY: both are in one allocation, the base first.
        unsafe { self.top.offset_from_unsigned(self.base.as_ptr()) }
    }

    fn capacity(&self) -> usize {
        // SAFETY: as in `len`.
        unsafe { self.end.offset_from_unsigned(self.base.as_ptr()) }
    }

    /// How many more values have room without an allocation.
    #[inline]
    pub(crate) fn room(&self) -> usize {
        // SAFETY: both are in one allocation, the top first.
        unsafe { self.end.offset_from_unsigned(self.top) }
    }

    pub(crate) fn as_slice(&self) -> &[Value] {
        // SAFETY: the values from `base` to `top` are initialised.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr(), self.len()) }
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [Value] {
        // SAFETY: as in `as_slice`; `&mut self` makes it the only access.
        unsafe { std::slice::from_raw_parts_mut(self.base.as_ptr(), self.len()) }
    }

    /// Makes room for `additional` values. May move the stack.
    ///
    /// # Errors
    /// [`Fault::StackOverflow`] when the stack would exceed its limit, or memory is short;
    /// [`Fault::OutOfMemory`] when the budget is.
    #[inline]
    pub(crate) fn reserve(&mut self, additional: usize) -> Result<(), Fault> {
        if self.has_room(additional) {
            return Ok(());
        }
        self.grow(additional)
    }

    /// Allocates what most programs need at most, if nothing is there yet, so that their first block
    /// finds room. Where that is refused, whoever needs room says so.
    #[inline]
    pub(crate) fn prepare(&mut self) {
        if self.base.as_ptr() == self.end && !self.take_spare() {
            let _ = self.reallocate(1);
        }
    }

    #[cold]
    fn grow(&mut self, additional: usize) -> Result<(), Fault> {
        if additional <= FIRST_CAPACITY && self.take_spare() {
            return Ok(());
        }
        self.reallocate(additional)
    }

    /// Takes the memory that an earlier stack of this thread has left, where this one has none.
    #[inline]
    fn take_spare(&mut self) -> bool {
        if self.base.as_ptr() != self.end
            || self.limit < FIRST_CAPACITY
            || self.memory.room() < FIRST_LAYOUT.size()
        {
            return false;
        }
        // There is none any more while the thread ends.
        let Ok(Some(base)) = SPARE.try_with(|spare| spare.0.take()) else {
            return false;
        };
        charge(FIRST_LAYOUT.size());
        self.base = base;
        self.top = base.as_ptr();
        // SAFETY: the memory has room for so many values.
        self.end = unsafe { self.top.add(FIRST_CAPACITY) };
        true
    }

    fn reallocate(&mut self, additional: usize) -> Result<(), Fault> {
        let overflow = Fault::StackOverflow { limit: self.limit };
        let len = self.len();
        let needed = len.saturating_add(additional);
        if needed > self.limit {
            return Err(overflow);
        }
        let bytes = needed.saturating_mul(size_of::<Value>());
        let Some(bytes) = grown(bytes, self.heap_size(), self.memory.room()) else {
            return Err(self.memory.exhausted());
        };
        let capacity = (bytes / size_of::<Value>())
            .max(needed.max(FIRST_CAPACITY))
            .min(self.limit);
        let Ok(layout) = Layout::array::<Value>(capacity) else {
            return Err(overflow);
        };
        let moved = if self.capacity() == 0 {
            // SAFETY: `capacity >= needed > 0`, so the layout has a size.
            unsafe { alloc::alloc(layout) }
        } else {
            // SAFETY: `base` was allocated with this layout, here or for an earlier stack, and the new
            // size is not zero and, having a `Layout`, does not overflow.
            unsafe { alloc::realloc(self.base.as_ptr().cast(), self.layout(), layout.size()) }
        };
        let Some(base) = NonNull::new(moved.cast()) else {
            return Err(overflow);
        };
        discharge(self.heap_size());
        charge(layout.size());
        self.base = base;
        // SAFETY: the new allocation has room for `capacity` values, of which `len` have moved there.
        unsafe {
            self.top = base.as_ptr().add(len);
            self.end = base.as_ptr().add(capacity);
        }
        Ok(())
    }

    /// The layout of the present allocation.
    fn layout(&self) -> Layout {
        Layout::array::<Value>(self.capacity()).expect("checked when it was allocated")
    }

    /// Pushes a value.
    ///
    /// # Errors
    /// [`Fault::StackOverflow`].
    pub(crate) fn push(&mut self, value: Value) -> Result<(), Fault> {
        self.reserve(1)?;
        // SAFETY: there is room for one more value.
        unsafe {
            self.top.write(value);
            self.top = self.top.add(1);
        }
        Ok(())
    }

    /// Pushes the first `count` of some integers, or all.
    ///
    /// # Errors
    /// [`Fault::StackOverflow`].
    #[inline]
    pub(crate) fn push_ints(
        &mut self,
        ints: impl Iterator<Item = i64>,
        count: usize,
    ) -> Result<(), Fault> {
        self.reserve(count)?;
        for n in ints.take(count) {
            // SAFETY: there is room for so many values.
            unsafe {
                Plain::int(n).write(self.top);
                self.top = self.top.add(1);
            }
        }
        Ok(())
    }

    /// Pushes `count` times `Undef`.
    ///
    /// # Errors
    /// [`Fault::StackOverflow`].
    #[inline]
    pub(crate) fn push_undef(&mut self, count: usize) -> Result<(), Fault> {
        self.reserve(count)?;
        self.push_undef_within(count);
        Ok(())
    }

    /// Whether `count` more values have room without an allocation.
    #[inline]
    pub(crate) fn has_room(&self, count: usize) -> bool {
        count <= self.room()
    }

    /// Pushes `count` times `Undef`, as far as there is room.
    #[inline]
    pub(crate) fn push_undef_within(&mut self, count: usize) {
        for _ in 0..count.min(self.room()) {
            // SAFETY: there is room for so many values. The write is volatile so that it does not
            // become a call of `memset`, which takes longer for a few slots.
            unsafe {
                self.top.cast::<u64>().write_volatile(Kind::Undef as u64);
                self.top = self.top.add(1);
            }
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Value> {
        if self.top == self.base.as_ptr() {
            return None;
        }
        // SAFETY: there is a value below the top, which no longer belongs to the stack.
        unsafe {
            self.top = self.top.sub(1);
            let mut value = MaybeUninit::uninit();
            copy_words(self.top, value.as_mut_ptr());
            Some(value.assume_init())
        }
    }

    /// Drops what is above `len`.
    #[inline]
    pub(crate) fn truncate(&mut self, len: usize) {
        while self.len() > len
            && let Some(top) = self.as_slice().last()
            && is_plain(top)
        {
            // SAFETY: there is a value below the top, which owns nothing.
            self.top = unsafe { self.top.sub(1) };
        }
        if let Some(count) = self.len().checked_sub(len).filter(|&count| count > 0) {
            // SAFETY: these values were initialised. The stack no longer owns them, so that none
            // is dropped twice when a destructor unwinds.
            unsafe {
                self.top = self.top.sub(count);
                ptr::drop_in_place(ptr::slice_from_raw_parts_mut(self.top, count));
            }
        }
    }

    /// Puts `count` times `Undef` below everything from `at` on.
    ///
    /// # Errors
    /// [`Fault::StackOverflow`].
    pub(crate) fn insert_undef(&mut self, at: usize, count: usize) -> Result<(), Fault> {
        self.push_undef(count)?;
        self.as_mut_slice()[at..].rotate_right(count);
        Ok(())
    }

    /// The address of slot 0 of the stack.
    #[inline]
    pub(crate) fn base(&self) -> *mut Value {
        self.base.as_ptr()
    }

    /// The address behind the top value.
    #[inline]
    pub(crate) fn top(&self) -> *mut Value {
        self.top
    }

    /// The address behind the last value that there is room for.
    #[inline]
    pub(crate) fn limit(&self) -> *mut Value {
        self.end
    }

    /// Takes over what was pushed and popped through a pointer.
    ///
    /// # Safety
    /// `top` points into this stack's present allocation, and exactly the values below it are
    /// initialised.
    #[inline]
    pub(crate) unsafe fn set_top(&mut self, top: *mut Value) {
        debug_assert!((self.base.as_ptr()..=self.end).contains(&top));
        self.top = top;
    }
}

impl Drop for ValueStack {
    #[inline]
    fn drop(&mut self) {
        if self.base.as_ptr() != self.end {
            self.release();
        }
    }
}

impl ValueStack {
    /// Drops all values and gives back their memory.
    fn release(&mut self) {
        // A guard, so that the memory is given back also when a value's destructor unwinds.
        struct Allocation(NonNull<Value>, Layout);
        impl Drop for Allocation {
            #[inline]
            fn drop(&mut self) {
                if self.1 == FIRST_LAYOUT
                    && let Ok(None) = SPARE.try_with(|spare| spare.0.get())
                    && SPARE.try_with(|spare| spare.0.set(Some(self.0))).is_ok()
                {
                    return;
                }
                // SAFETY: the memory was allocated with this layout, and nobody uses it now.
                unsafe { alloc::dealloc(self.0.as_ptr().cast(), self.1) };
            }
        }
        discharge(self.heap_size());
        let _allocation = Allocation(self.base, self.layout());
        self.truncate(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::account::held;

    #[test]
    fn grows_to_its_limit_and_no_further() {
        let mut stack = ValueStack::new(100);
        for n in 0..100 {
            stack
                .push(Value::str(format!("value number {n:>10}")))
                .unwrap();
        }
        assert_eq!(
            stack.push(Value::Undef),
            Err(Fault::StackOverflow { limit: 100 })
        );
        assert_eq!(stack.len(), 100);
        assert_eq!(stack.pop(), Some(Value::str("value number         99")));
        stack.truncate(1);
        assert_eq!(stack.as_slice(), [Value::str("value number          0")]);
    }

    #[test]
    fn the_memory_of_a_small_stack_is_there_for_the_next_one() {
        let start = held();
        let used = |limit| {
            let mut stack = ValueStack::new(limit);
            stack.push(Value::str("a text that is not inline")).unwrap();
            assert!(held() - start > FIRST_LAYOUT.size() as isize);
            stack
        };
        let mut stack = used(1000);
        let first = stack.base();
        drop(stack);
        assert_eq!(held(), start);
        stack = used(1000);
        assert_eq!((stack.base(), stack.len()), (first, 1));
        // What has grown is not kept, and what is kept is not more than a stack may have.
        stack.reserve(FIRST_CAPACITY).unwrap();
        drop(stack);
        assert_eq!(held(), start);
        drop(used(1000));
        let mut short = ValueStack::new(1);
        short.prepare();
        assert_eq!(short.push(Value::Undef), Ok(()));
        assert_eq!(
            short.push(Value::Undef),
            Err(Fault::StackOverflow { limit: 1 })
        );
    }

    #[test]
    fn missing_operands_are_inserted_below_those_that_are_there() {
        let mut stack = ValueStack::new(10);
        stack.push(Value::Int(1)).unwrap();
        stack.push(Value::Int(2)).unwrap();
        stack.insert_undef(1, 2).unwrap();
        assert_eq!(
            stack.as_slice(),
            [Value::Int(1), Value::Undef, Value::Undef, Value::Int(2)]
        );
    }
}
