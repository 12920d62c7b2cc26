//! Frames of calls.

use crate::code::FastOp;
use crate::value::{Kind, Value, copy_words, is_plain};
use crate::vm::frame::{FrameKind, FrameRecord};

use super::super::fast::{Next, Rules};
use super::Regs;

impl<'r, 'run> Regs<'r, 'run> {
    /// Reads the frame registers from the machine.
    #[inline(always)]
    pub(super) fn reload_frame(&mut self) {
        let base = self.run.vm.top_frame().slot_base as usize;
        // SAFETY: a frame's slots start within the slot stack, or just behind it.
        self.slots = unsafe { self.run.vm.slots.base().add(base) };
    }

    /// Opens the frame of a call, whose operands are there, and moves the top `moved` of them to its
    /// first slots. False, and nothing happens, where that takes more room than there is.
    #[inline(always)]
    pub(in crate::vm::interp) fn open_call(&mut self, call: Call, moved: usize) -> bool {
        let Call {
            entry,
            window,
            argc,
            trusted,
        } = call;
        debug_assert!(self.available() >= argc);
        let return_ip = self.ip() as u32;
        let vm = &mut *self.run.vm;
        if !(vm.slots.has_room(window + FRESH) && vm.has_room_for_frame()) {
            return false;
        }
        debug_assert!(moved <= argc && moved <= window);
        // SAFETY: the operands are there, and the slots have room.
        unsafe {
            let base = self.sp.sub(argc);
            let stack_base = base.offset_from_unsigned(vm.stack.base());
            let slots = vm.slots.top();
            vm.frames.push(FrameRecord {
                kind: FrameKind::Call,
                trusted,
                return_ip,
                entry,
                stack_base: stack_base as u32,
                slot_base: slots.offset_from_unsigned(vm.slots.base()) as u32,
                floor_below: vm.floor as u32,
                slots_below: self.slots.offset_from_unsigned(vm.slots.base()) as u32,
                nesting: 0,
            });
            self.sp = self.sp.sub(moved);
            for at in 0..moved {
                copy_words(self.sp.add(at), slots.add(at));
            }
            let end = slots.add(window);
            for at in moved..moved + FRESH {
                write_undef(slots.add(at));
            }
            let mut more = slots.add(moved + FRESH);
            while more < end {
                write_undef(more);
                more = more.add(1);
            }
            self.slots = slots;
            vm.slots.set_top(end);
            vm.floor = stack_base;
            self.run.floor = base;
        }
        true
    }

    /// The frame of a call that a return closes without more ado: from this chunk, with nothing on
    /// the stack but a value if there is to be one, as its caller left it, and with plain slots.
    #[inline(always)]
    fn simple_call(&self, with_value: bool) -> Option<FrameRecord> {
        let vm = &*self.run.vm;
        let frame = *vm.frames.last()?;
        let is_simple = frame.kind == FrameKind::Call
            && self.available() == usize::from(with_value)
            && vm.floor == frame.stack_base as usize;
        if !is_simple {
            return None;
        }
        let mut top = vm.slots.top();
        while top != self.slots {
            // SAFETY: the values of the frame are between its first slot and the top.
            unsafe {
                top = top.sub(1);
                if !is_plain(&*top) {
                    return None;
                }
            }
        }
        Some(frame)
    }

    /// Closes the frame of a simple call, and gives its record. The others are left as they are.
    #[inline(always)]
    pub(in crate::vm::interp) fn close_simple_call(
        &mut self,
        with_value: bool,
    ) -> Option<FrameRecord> {
        let frame = self.simple_call(with_value)?;
        let vm = &mut *self.run.vm;
        vm.frames.pop();
        vm.floor = frame.floor_below as usize;
        // SAFETY: the slots above are plain, so they may be forgotten. The floor is not above the
        // top of the stack, and a frame's slots start within the slot stack.
        unsafe {
            vm.slots.set_top(self.slots);
            self.run.floor = vm.stack.base().add(vm.floor);
            self.slots = vm.slots.base().add(frame.slots_below as usize);
        }
        Some(frame)
    }

    /// Goes on behind a call that returned a value. What the code there relies on is so if the
    /// call is trusted: then nothing looks at the stack again.
    #[inline(always)]
    pub(in crate::vm::interp) fn go_behind_call<R: Rules>(&mut self, frame: FrameRecord) -> Next {
        self.jump(frame.return_ip as usize);
        if frame.trusted && self.has_native_stack() {
            let next = self.fetch();
            if next.op == FastOp::Enter {
                return self.run_head::<R>(next.c as u32);
            }
            return self.run::<R>(next);
        }
        self.go_on::<R>()
    }

    /// Closes the top frame, a call from this chunk, and everything that it has on the stacks.
    #[inline(always)]
    pub(in crate::vm::interp) fn close_call(&mut self, frame: FrameRecord) {
        self.truncate(frame.stack_base as usize);
        self.vm().frames.pop();
        self.enter_frame(frame.floor_below as usize);
        // The slots go last: dropping them runs destructors, which may unwind.
        self.vm().slots.truncate(frame.slot_base as usize);
    }

    /// Sets the floor to operand height `floor`, after a call or return.
    #[inline(always)]
    pub(in crate::vm::interp) fn enter_frame(&mut self, floor: usize) {
        self.run.vm.floor = floor.min(self.height());
        // SAFETY: as in `reload_stack`.
        self.run.floor = unsafe { self.run.vm.stack.base().add(self.run.vm.floor) };
        self.reload_frame();
    }
}

/// So many slots are made ready without counting them; there is room for them behind any frame.
const FRESH: usize = 3;

/// Makes an `Undef` of a place, whatever was there. Volatile, so that several are not a call of
/// `memset`.
///
/// # Safety
/// `place` is valid for writes.
#[inline(always)]
unsafe fn write_undef(place: *mut Value) {
    // SAFETY: as the caller promises; the tag is in the first byte.
    unsafe { place.cast::<u64>().write_volatile(Kind::Undef as u64) };
}

/// A call of a function of the running chunk.
#[derive(Clone, Copy)]
pub(in crate::vm::interp) struct Call {
    /// The function's first operation.
    pub(in crate::vm::interp) entry: u32,
    /// Slots of its frame.
    pub(in crate::vm::interp) window: usize,
    /// Operands that belong to it.
    pub(in crate::vm::interp) argc: usize,
    /// Whether what the code behind the call relies on is so when a value has been returned: the
    /// region of the call promises at least that.
    pub(in crate::vm::interp) trusted: bool,
}
