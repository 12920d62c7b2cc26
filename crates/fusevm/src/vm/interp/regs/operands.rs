//! The operand stack.

use std::ops::Deref;

use crate::semantics::Context;
use crate::value::{Plain, Value, copy_words, is_plain, owns_nothing, swap_words};
use crate::vm::io::Output;

use super::{Regs, Step};

impl<'r, 'run> Regs<'r, 'run> {
    /// Whether `additional` operands have room.
    #[inline(always)]
    pub(in crate::vm::interp) fn has_room(&self, additional: usize) -> bool {
        // SAFETY: both point into the operand stack's allocation, or behind it.
        additional <= unsafe { self.run.limit.offset_from_unsigned(self.sp) }
    }

    /// How many operands there is room for.
    #[cfg(feature = "jit")]
    pub(super) fn room(&self) -> usize {
        // SAFETY: as in `has_room`.
        unsafe { self.run.limit.offset_from_unsigned(self.sp) }
    }

    /// Makes room for `additional` operands.
    #[inline(always)]
    pub(in crate::vm::interp) fn reserve(&mut self, additional: usize) -> Step {
        if self.has_room(additional) {
            Ok(())
        } else {
            self.grow_stack(additional)
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn grow_stack(&mut self, additional: usize) -> Step {
        // SAFETY: as in `store`.
        unsafe { self.run.vm.stack.set_top(self.sp) };
        self.run.vm.stack.reserve(additional)?;
        self.reload_stack();
        Ok(())
    }

    /// Reads where the operand stack is from the machine.
    #[inline(always)]
    pub(super) fn reload_stack(&mut self) {
        let stack = &self.run.vm.stack;
        self.sp = stack.top();
        self.run.limit = stack.limit();
        // The end of a run takes its result from wherever the top is, a caller's operands
        // included, so the floor may be left above it.
        self.run.vm.floor = self.run.vm.floor.min(stack.len());
        // SAFETY: the floor is not above the top of the stack.
        self.run.floor = unsafe { stack.base().add(self.run.vm.floor) };
        // SAFETY: no value is below the base.
        unsafe { self.run.vm.stack.set_top(self.run.vm.stack.base()) };
    }

    /// Operands that the present call may take.
    #[inline(always)]
    pub(in crate::vm::interp) fn available(&self) -> usize {
        // SAFETY: both point into the operand stack, and the floor is not above the top.
        unsafe { self.sp.offset_from_unsigned(self.run.floor) }
    }

    /// The height of the operand stack.
    #[inline(always)]
    pub(in crate::vm::interp) fn height(&self) -> usize {
        self.run.vm.floor + self.available()
    }

    #[inline(always)]
    pub(in crate::vm::interp) fn push(&mut self, value: Value) {
        // SAFETY: the block's check made room.
        unsafe {
            self.sp.write(value);
            self.sp = self.sp.add(1);
        }
    }

    /// Pushes a copy of a value.
    #[inline(always)]
    pub(in crate::vm::interp) fn push_copy(&mut self, value: &Value) {
        // SAFETY: the block's check made room.
        unsafe {
            copy(value, self.sp);
            self.sp = self.sp.add(1);
        }
    }

    /// Pushes a copy of the operand that has `above` others on top.
    #[inline(always)]
    pub(in crate::vm::interp) fn push_copy_of_operand(&mut self, above: usize) {
        let value = std::ptr::from_ref(self.operand(above));
        // SAFETY: the operand lives, and the copy goes to another place.
        self.push_copy(unsafe { &*value });
    }

    /// The operand that has `above` others on top.
    #[inline(always)]
    pub(in crate::vm::interp) fn operand(&mut self, above: usize) -> &mut Value {
        debug_assert!(self.available() > above);
        // SAFETY: the region's check counted this operand.
        unsafe { &mut *self.sp.sub(above + 1) }
    }

    /// Removes `count` operands that own nothing.
    #[inline(always)]
    pub(in crate::vm::interp) fn forget(&mut self, count: usize) {
        debug_assert!((0..count).all(|above| owns_nothing(self.operand(above))));
        // SAFETY: the region's check counted these operands. They need no destructor.
        self.sp = unsafe { self.sp.sub(count) };
    }

    /// Takes the truth of the top operand.
    #[inline(always)]
    pub(in crate::vm::interp) fn pop_truth(&mut self) -> bool {
        let dialect = self.run.code.numeric.dialect;
        if let &mut Value::Bool(truth) = self.top() {
            // SAFETY: the operand is counted, see `pop`, and a truth value owns nothing.
            self.sp = unsafe { self.sp.sub(1) };
            truth
        } else {
            dialect.truth(&self.pop())
        }
    }

    #[inline(always)]
    pub(in crate::vm::interp) fn pop(&mut self) -> Value {
        debug_assert!(self.available() > 0);
        // SAFETY: the block's check counted this operand.
        unsafe {
            self.sp = self.sp.sub(1);
            self.sp.read()
        }
    }

    /// The top operand.
    #[inline(always)]
    pub(in crate::vm::interp) fn top(&mut self) -> &mut Value {
        debug_assert!(self.available() > 0);
        // SAFETY: the block's check counted this operand.
        unsafe { &mut *self.sp.sub(1) }
    }

    /// The two top operands, the upper one last.
    #[inline(always)]
    pub(in crate::vm::interp) fn top2(&mut self) -> (&mut Value, &mut Value) {
        debug_assert!(self.available() > 1);
        // SAFETY: the block's check counted these operands, and they are two.
        unsafe { (&mut *self.sp.sub(2), &mut *self.sp.sub(1)) }
    }

    /// The three top operands, in push order.
    #[inline(always)]
    pub(in crate::vm::interp) fn top3(&mut self) -> &mut [Value; 3] {
        debug_assert!(self.available() > 2);
        // SAFETY: the block's check counted these operands.
        unsafe { &mut *self.sp.sub(3).cast() }
    }

    /// The top operand and the context, which borrow from different places.
    #[inline(always)]
    pub(in crate::vm::interp) fn top_in_context(&mut self) -> (Context<'_>, &mut Value) {
        debug_assert!(self.available() > 0);
        // SAFETY: as in `top`; the context borrows from the machine, not from its stack.
        let top = unsafe { &mut *self.sp.sub(1) };
        (self.context(), top)
    }

    /// The three top operands in push order and the context, which borrow from different places.
    #[inline(always)]
    pub(in crate::vm::interp) fn top3_in_context(&mut self) -> (Context<'_>, &mut [Value; 3]) {
        debug_assert!(self.available() > 2);
        // SAFETY: as in `top3`; the context borrows from the machine, not from its stack.
        let top = unsafe { &mut *self.sp.sub(3).cast() };
        (self.context(), top)
    }

    /// The two top operands and the context, which borrow from different places.
    #[inline(always)]
    pub(in crate::vm::interp) fn top2_in_context(
        &mut self,
    ) -> (Context<'_>, &mut Value, &mut Value) {
        debug_assert!(self.available() > 1);
        // SAFETY: as in `top2`; the context borrows from the machine, not from its stack.
        let (a, b) = unsafe { (&mut *self.sp.sub(2), &mut *self.sp.sub(1)) };
        (self.context(), a, b)
    }

    /// Pushes a plain value.
    #[inline(always)]
    pub(in crate::vm::interp) fn push_plain(&mut self, value: Plain) {
        // SAFETY: the block's check made room.
        unsafe {
            value.write(self.sp);
            self.sp = self.sp.add(1);
        }
    }

    /// Moves the top operand to `place`.
    ///
    /// # Safety
    /// `place` holds a value and is not on the operand stack.
    #[inline(always)]
    pub(super) unsafe fn pop_to(&mut self, place: *mut Value) {
        debug_assert!(self.available() > 0);
        // SAFETY: the block's check counted the operand; the caller vouches for the place. What
        // is plain may be forgotten.
        unsafe {
            self.sp = self.sp.sub(1);
            if is_plain(&*place) {
                copy_words(self.sp, place);
            } else {
                *place = self.sp.read();
            }
        }
    }

    /// Replaces the two top operands by `value`.
    #[inline(always)]
    pub(in crate::vm::interp) fn replace2(&mut self, value: Value) {
        self.discard();
        self.replace(value);
    }

    /// Replaces the top operand by `value`.
    #[inline(always)]
    pub(in crate::vm::interp) fn replace(&mut self, value: Value) {
        overwrite(self.top(), value);
    }

    /// Exchanges the two top operands.
    #[inline(always)]
    pub(in crate::vm::interp) fn exchange(&mut self) {
        debug_assert!(self.available() > 1);
        // SAFETY: the block's check counted these operands.
        unsafe { swap_words(self.sp.sub(2), self.sp.sub(1)) };
    }

    /// Drops the top operand.
    #[inline(always)]
    pub(in crate::vm::interp) fn discard(&mut self) {
        debug_assert!(self.available() > 0);
        // SAFETY: the operand is counted, see `pop`. It is dropped where it is, for a copy would be
        // a temporary, and no longer belongs to the stack.
        unsafe {
            self.sp = self.sp.sub(1);
            if !is_plain(&*self.sp) {
                self.sp.drop_in_place();
            }
        }
    }

    /// The top `count` operands, or those that are there, in push order.
    #[inline(always)]
    pub(in crate::vm::interp) fn take(&mut self, count: usize) -> Taken<'_, 'r, 'run> {
        let count = count.min(self.available());
        Taken { regs: self, count }
    }

    /// Drops operands above `height`.
    #[inline(always)]
    pub(in crate::vm::interp) fn truncate(&mut self, height: usize) {
        while self.height() > height {
            self.discard();
        }
    }

    /// Replaces the top operand by a plain value.
    #[inline(always)]
    pub(in crate::vm::interp) fn replace_by_plain(&mut self, value: Plain) {
        overwrite_plain(self.top(), value);
    }

    /// Replaces the two top operands by a plain value.
    #[inline(always)]
    pub(in crate::vm::interp) fn replace2_by_plain(&mut self, value: Plain) {
        self.discard();
        let place = self.top();
        overwrite_plain(place, value);
    }
}

/// Writes a copy of `from` to `to`.
///
/// # Safety
/// `to` is valid for writes; what was there is forgotten.
#[inline(always)]
pub(super) unsafe fn copy(from: &Value, to: *mut Value) {
    // SAFETY: as the caller promises.
    unsafe {
        if owns_nothing(from) {
            copy_words(from, to);
        } else {
            copy_owner(from, to);
        }
    }
}

/// [`copy`] of a value that owns something.
///
/// # Safety
/// As of [`copy`].
#[inline(never)]
unsafe fn copy_owner(from: &Value, to: *mut Value) {
    // SAFETY: as the caller promises.
    unsafe { to.write(from.clone()) };
}

/// `*place = value`, without a call where there is nothing to release.
#[inline(always)]
pub(super) fn overwrite(place: &mut Value, value: Value) {
    if is_plain(place) {
        // SAFETY: the old value owns nothing, so it may be forgotten.
        unsafe { std::ptr::write(place, value) };
    } else {
        *place = value;
    }
}

/// Writes a plain value over any other.
#[inline(always)]
pub(super) fn overwrite_plain(place: &mut Value, value: Plain) {
    if !is_plain(place) {
        release(place);
    }
    // SAFETY: the old value owns nothing now, so it may be forgotten.
    unsafe { value.write(place) };
}

/// Drops what a place holds.
#[cold]
#[inline(never)]
fn release(place: &mut Value) {
    *place = Value::Undef;
}

/// Operands taken as a list. They are dropped, and gone from the stack, when this is.
pub(in crate::vm::interp) struct Taken<'a, 'r, 'run> {
    regs: &'a mut Regs<'r, 'run>,
    count: usize,
}

impl Taken<'_, '_, '_> {
    /// The operands, the context and the output, which borrow from different places.
    pub(in crate::vm::interp) fn in_context(&mut self) -> (&mut [Value], Context<'_>, &mut Output) {
        // SAFETY: as in `deref`; the others borrow from the machine, not from its stack.
        let values =
            unsafe { std::slice::from_raw_parts_mut(self.regs.sp.sub(self.count), self.count) };
        let vm = &mut *self.regs.run.vm;
        let context = vm.resources.context(self.regs.run.code.numeric);
        (values, context, &mut vm.output)
    }
}

impl Deref for Taken<'_, '_, '_> {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        // SAFETY: `take` counted the operands below the stack pointer.
        unsafe { std::slice::from_raw_parts(self.regs.sp.sub(self.count), self.count) }
    }
}

impl Drop for Taken<'_, '_, '_> {
    fn drop(&mut self) {
        for _ in 0..self.count {
            drop(self.regs.pop());
        }
    }
}
