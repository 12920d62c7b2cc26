//! Slots and globals, and operands beside them.

use crate::semantics::{Context, Fault, Memory};
use crate::value::account::List;
use crate::value::{Plain, Value, copy_words, is_plain};

use super::operands::{copy, overwrite, overwrite_plain};
use super::{Regs, Step};

impl<'r, 'run> Regs<'r, 'run> {
    #[inline(always)]
    pub(in crate::vm::interp) fn pop_to_slot(&mut self, slot: u16) {
        let place = std::ptr::from_mut(self.slot(slot));
        // SAFETY: a slot is a value, on the other stack.
        unsafe { self.pop_to(place) };
    }

    #[inline(always)]
    pub(in crate::vm::interp) fn pop_to_global(&mut self, global: u16) -> Step {
        let vm = &mut *self.run.vm;
        let place = global_mut(&mut vm.globals, global, &vm.resources.memory)?;
        let place = std::ptr::from_mut(place);
        // SAFETY: globals are values and not on the operand stack.
        unsafe { self.pop_to(place) };
        Ok(())
    }

    /// Moves the top operand to a global, if it exists.
    #[inline(always)]
    pub(in crate::vm::interp) fn pop_to_existing_global(&mut self, global: u16) -> bool {
        let Some(place) = self.existing_global(global).map(std::ptr::from_mut) else {
            return false;
        };
        // SAFETY: as above.
        unsafe { self.pop_to(place) };
        true
    }

    /// Writes a plain value to a slot that holds another.
    #[inline(always)]
    pub(in crate::vm::interp) fn fill_slot(&mut self, slot: u16, value: Plain) {
        let place = self.slot(slot);
        debug_assert!(is_plain(place));
        // SAFETY: a slot is valid for writes. If it held anything else, that would be leaked.
        unsafe { value.write(place) };
    }

    #[inline(always)]
    pub(in crate::vm::interp) fn store_slot_plain(&mut self, slot: u16, value: Plain) {
        overwrite_plain(self.slot(slot), value);
    }

    #[inline(always)]
    pub(in crate::vm::interp) fn store_global(&mut self, global: u16, value: Value) -> Step {
        let vm = &mut *self.run.vm;
        let place = global_mut(&mut vm.globals, global, &vm.resources.memory)?;
        overwrite(place, value);
        Ok(())
    }

    /// Pushes a copy of a global.
    #[inline(always)]
    pub(in crate::vm::interp) fn copy_global(&mut self, global: u16) {
        match self
            .run
            .vm
            .globals
            .get(usize::from(global))
            .map(std::ptr::from_ref)
        {
            // SAFETY: the globals are not on the operand stack.
            Some(value) => self.push_copy(unsafe { &*value }),
            None => self.push_plain(Plain::UNDEF),
        }
    }

    /// A slot of the innermost frame.
    #[inline(always)]
    pub(in crate::vm::interp) fn slot(&mut self, slot: u16) -> &mut Value {
        debug_assert!(
            self.run.vm.top_frame().slot_base as usize + usize::from(slot)
                < self.run.vm.slots.len()
        );
        // SAFETY: the frame's window covers every slot operand of the code that runs in it.
        unsafe { &mut *self.slots.add(usize::from(slot)) }
    }

    /// Pushes a copy of a slot that holds a plain value.
    #[inline(always)]
    pub(in crate::vm::interp) fn copy_plain_slot(&mut self, slot: u16) {
        debug_assert!(is_plain(self.slot(slot)));
        // SAFETY: as in `slot`; a plain value owns nothing. The block's check made room.
        unsafe {
            copy_words(self.slots.add(usize::from(slot)), self.sp);
            self.sp = self.sp.add(1);
        }
    }

    /// Pushes a copy of a slot.
    #[inline(always)]
    pub(in crate::vm::interp) fn copy_slot(&mut self, slot: u16) {
        // SAFETY: as in `slot`; the operand stack is elsewhere.
        let value = unsafe { &*self.slots.add(usize::from(slot)) };
        self.push_copy(value);
    }

    /// Replaces the key on top by a copy of what `find` gives for it in a global. False, and
    /// nothing happens, when that is nothing.
    #[inline(always)]
    pub(in crate::vm::interp) fn replace_key_by(&mut self, global: u16, find: Find) -> bool {
        // SAFETY: as in `operand`.
        let top = unsafe { self.sp.sub(1) };
        // SAFETY: as above.
        let key = unsafe { &*top };
        if !is_simple(key) {
            return false;
        }
        let Some(found) = find(self.existing_global(global), key) else {
            return false;
        };
        // SAFETY: releasing a text runs no other code, so that what was found, which is not on
        // the operand stack, stays where it is.
        unsafe {
            release_simple(top);
            copy(&*std::ptr::from_ref(found), top);
        }
        true
    }

    /// Pushes a copy of what `find` gives in a global for the key in a slot.
    #[inline(always)]
    pub(in crate::vm::interp) fn push_by_slot(
        &mut self,
        global: u16,
        slot: u16,
        find: Find,
    ) -> bool {
        let sp = self.sp;
        let (global, key) = self.global_and_slot(global, slot);
        let Some(found) = find(global, key) else {
            return false;
        };
        // SAFETY: the block's check made room; what was found is not on the operand stack.
        unsafe {
            copy(found, sp);
            self.sp = sp.add(1);
        }
        true
    }

    /// Moves the operand below the key on top to where `find` says for the key.
    #[inline(always)]
    pub(in crate::vm::interp) fn store_by_key(&mut self, global: u16, find: FindPlace) -> bool {
        let sp = self.sp;
        let (global, key) = self.global_and_operand(global, 0);
        if !is_simple(key) {
            return false;
        }
        let Some(place) = find(global, key).map(std::ptr::from_mut) else {
            return false;
        };
        // SAFETY: releasing a text runs no other code, so that the place stays where it is; it is
        // not on the operand stack.
        unsafe {
            self.sp = sp.sub(1);
            release_simple(self.sp);
            self.pop_to(place);
        }
        true
    }

    /// Moves the top operand to where `find` says for the key in a slot.
    #[inline(always)]
    pub(in crate::vm::interp) fn store_by_slot(
        &mut self,
        global: u16,
        slot: u16,
        find: FindPlace,
    ) -> bool {
        let (global, key) = self.global_and_slot(global, slot);
        let Some(place) = find(global, key).map(std::ptr::from_mut) else {
            return false;
        };
        // SAFETY: the place is a value in a global, not on the operand stack.
        unsafe { self.pop_to(place) };
        true
    }

    /// Replaces the plain index on top by a copy of an element that `find` gives for it in a slot.
    #[inline(always)]
    pub(in crate::vm::interp) fn replace_index_by(&mut self, slot: u16, find: FindElement) -> bool {
        // SAFETY: as in `operand`.
        let top = unsafe { self.sp.sub(1) };
        let (container, index) = self.slot_and_operand(slot, 0);
        let Some(found) = find(container, index) else {
            return false;
        };
        // SAFETY: an index is an integer, which may be forgotten; what was found is not on the
        // operand stack.
        unsafe { copy(found, top) };
        true
    }

    /// Pushes a copy of an element that `find` gives in a slot for the index in another.
    #[inline(always)]
    pub(in crate::vm::interp) fn push_element(
        &mut self,
        slot: u16,
        index: u16,
        find: FindElement,
    ) -> bool {
        let sp = self.sp;
        let (container, index) = self.two_slots(slot, index);
        let Some(found) = find(container, index) else {
            return false;
        };
        // SAFETY: the block's check made room; what was found is not on the operand stack.
        unsafe {
            copy(found, sp);
            self.sp = sp.add(1);
        }
        true
    }

    /// Two slots, to read.
    #[inline(always)]
    pub(in crate::vm::interp) fn two_slots(&self, a: u16, b: u16) -> (&Value, &Value) {
        // SAFETY: as in `slot`.
        unsafe {
            (
                &*self.slots.add(usize::from(a)),
                &*self.slots.add(usize::from(b)),
            )
        }
    }

    /// A slot and the two top operands, the upper one last.
    #[inline(always)]
    pub(in crate::vm::interp) fn slot_and_top2(
        &mut self,
        slot: u16,
    ) -> (&mut Value, &mut Value, &Value) {
        // SAFETY: as in `slot` and `top2`; the two stacks are different places.
        unsafe {
            (
                &mut *self.slots.add(usize::from(slot)),
                &mut *self.sp.sub(2),
                &*self.sp.sub(1),
            )
        }
    }

    /// A slot, and the operand that has `above` others on top.
    #[inline(always)]
    pub(in crate::vm::interp) fn slot_and_operand(
        &mut self,
        slot: u16,
        above: usize,
    ) -> (&mut Value, &Value) {
        // SAFETY: as in `slot` and `operand`; the two stacks are different places.
        unsafe {
            (
                &mut *self.slots.add(usize::from(slot)),
                &*self.sp.sub(above + 1),
            )
        }
    }

    /// A global, if it exists, and the operand that has `above` others on top.
    #[inline(always)]
    pub(in crate::vm::interp) fn global_and_operand(
        &mut self,
        global: u16,
        above: usize,
    ) -> (Option<&mut Value>, &mut Value) {
        // SAFETY: as in `operand`; globals are not on the operand stack.
        let operand = unsafe { &mut *self.sp.sub(above + 1) };
        (self.existing_global(global), operand)
    }

    /// A global, if it exists, and a slot.
    #[inline(always)]
    pub(in crate::vm::interp) fn global_and_slot(
        &mut self,
        global: u16,
        slot: u16,
    ) -> (Option<&mut Value>, &Value) {
        // SAFETY: as in `slot`; globals are not on the slot stack.
        let slot = unsafe { &*self.slots.add(usize::from(slot)) };
        (self.existing_global(global), slot)
    }

    /// A slot and the context, which borrow from different places.
    #[inline(always)]
    pub(in crate::vm::interp) fn slot_in_context(
        &mut self,
        slot: u16,
    ) -> (Context<'_>, &mut Value) {
        // SAFETY: as in `slot`; the context borrows from the machine, not from its stack.
        let place = unsafe { &mut *self.slots.add(usize::from(slot)) };
        (self.context(), place)
    }

    /// A global, if it exists, the top operand, and the context, which borrow from different
    /// places.
    #[inline(always)]
    pub(in crate::vm::interp) fn global_and_top(
        &mut self,
        global: u16,
    ) -> (Context<'_>, Option<&mut Value>, &mut Value) {
        debug_assert!(self.available() > 0);
        // SAFETY: as in `top`.
        let top = unsafe { &mut *self.sp.sub(1) };
        let vm = &mut *self.run.vm;
        (
            vm.resources.context(self.run.code.numeric),
            vm.globals.get_mut(usize::from(global)),
            top,
        )
    }

    /// A global; `None` when the table does not have it.
    #[inline(always)]
    pub(in crate::vm::interp) fn existing_global(&mut self, global: u16) -> Option<&mut Value> {
        self.run.vm.globals.get_mut(usize::from(global))
    }

    /// A global, if it exists, and the context, which borrow from different places.
    #[inline(always)]
    pub(in crate::vm::interp) fn existing_global_in_context(
        &mut self,
        global: u16,
    ) -> (Context<'_>, Option<&mut Value>) {
        let vm = &mut *self.run.vm;
        (
            vm.resources.context(self.run.code.numeric),
            vm.globals.get_mut(usize::from(global)),
        )
    }

    /// A global to write to and the context, which borrow from different places.
    #[inline(always)]
    pub(in crate::vm::interp) fn global_in_context(
        &mut self,
        global: u16,
    ) -> Result<(Context<'_>, &mut Value), Fault> {
        let vm = &mut *self.run.vm;
        let place = global_mut(&mut vm.globals, global, &vm.resources.memory)?;
        Ok((vm.resources.context(self.run.code.numeric), place))
    }

    /// A constant of the pool.
    #[inline(always)]
    pub(in crate::vm::interp) fn constant(&self, index: u16) -> &'run Value {
        debug_assert!(usize::from(index) < self.run.chunk.constants.len());
        // SAFETY: lowering replaced constants out of range.
        unsafe { self.run.chunk.constants.get_unchecked(usize::from(index)) }
    }
}

/// A global to write to; the table grows to cover it.
#[inline]
fn global_mut<'g>(
    globals: &'g mut List<Value>,
    global: u16,
    memory: &Memory,
) -> Result<&'g mut Value, Fault> {
    let index = usize::from(global);
    if index >= globals.len() {
        add_globals(globals, index + 1, memory)?;
    }
    Ok(&mut globals[index])
}

#[cold]
#[inline(never)]
fn add_globals(globals: &mut List<Value>, len: usize, memory: &Memory) -> Result<(), Fault> {
    globals
        .try_reserve_within(len - globals.len(), memory.room())
        .map_err(|_| memory.refused())?;
    globals.resize(len, Value::Undef);
    Ok(())
}

/// Finds a value by its key in a container.
pub(in crate::vm::interp) type Find =
    for<'v> fn(Option<&'v mut Value>, &Value) -> Option<&'v Value>;

/// Finds the place of a value by its key in a container.
pub(in crate::vm::interp) type FindPlace =
    for<'v> fn(Option<&'v mut Value>, &Value) -> Option<&'v mut Value>;

/// Finds an element by its index, an integer.
pub(in crate::vm::interp) type FindElement = for<'v> fn(&'v Value, &Value) -> Option<&'v Value>;

/// Whether dropping a value runs nobody's code: what is plain, and text.
#[inline(always)]
pub(super) fn is_simple(value: &Value) -> bool {
    is_plain(value) || matches!(value, Value::Str(_))
}

/// Drops a simple value.
///
/// # Safety
/// There is a value at `place`, which is gone afterwards.
#[inline(always)]
unsafe fn release_simple(place: *mut Value) {
    // SAFETY: as the caller promises.
    unsafe {
        if !is_plain(&*place) {
            place.drop_in_place();
        }
    }
}
