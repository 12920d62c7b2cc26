//! Hosts, and containers on the heap, as handlers reach them.

use crate::awk_host::AwkHost;
use crate::semantics::Fault;
use crate::value::{Value, number};
use crate::vm::VM;
use crate::vm::heap::Heap;

use super::super::fast::Next;
use super::operands::copy;
use super::{Regs, Run, Stop};

impl Regs<'_, '_> {
    /// Leaves the loop for the reason that is noted.
    #[inline(always)]
    pub(in crate::vm::interp) fn stopped(&mut self) -> Next {
        self.pause();
        Next::Stop
    }

    /// Runs a builtin; false when the loop is to be left.
    #[inline(always)]
    pub(in crate::vm::interp) fn run_builtin(&mut self, id: u16, argc: u8) -> bool {
        self.store();
        if !run_builtin(self.run, id, argc) {
            return false;
        }
        self.reload();
        true
    }

    /// Runs what a name that is no function of the chunk stands for; false when the loop is to be
    /// left.
    #[inline(always)]
    pub(in crate::vm::interp) fn run_named(&mut self, name: u16, argc: u8) -> bool {
        self.store();
        if !run_named(self.run, name, argc) {
            return false;
        }
        self.reload();
        true
    }

    /// Whether there is a host of AWK operations.
    #[inline(always)]
    pub(in crate::vm::interp) fn has_awk_host(&self) -> bool {
        self.run.vm.awk_host.is_some()
    }

    /// Pushes what the AWK host answers; false when it refuses and the loop is to be left.
    #[inline(always)]
    pub(in crate::vm::interp) fn push_answer(&mut self, ask: Question, index: i64) -> bool {
        // The host may unwind, and then the operands are the machine's.
        self.store();
        let to = self.sp;
        // SAFETY: the block's check made room for the answer.
        if !unsafe { answer_to(self.run, ask, index, to) } {
            return false;
        }
        self.regain();
        // SAFETY: the answer was written behind the top.
        self.sp = unsafe { to.add(1) };
        true
    }

    /// The number of characters of a field, if the AWK host tells.
    #[inline(always)]
    pub(in crate::vm::interp) fn field_length(&mut self, index: i64) -> Option<i64> {
        self.store();
        let length = field_length(self.run.vm, index);
        self.regain();
        length
    }

    /// Takes the operands back from the machine, which has not been used.
    #[inline(always)]
    fn regain(&mut self) {
        let base = self.run.vm.stack.base();
        // SAFETY: no value is below the base.
        unsafe { self.run.vm.stack.set_top(base) };
        self.run.detached = false;
    }

    /// The number of characters of a text or number on top, if the machine counts them.
    #[inline(always)]
    pub(in crate::vm::interp) fn count_characters(&mut self) -> Option<i64> {
        // SAFETY: as in `operand`; the host is not on the stack.
        let text = unsafe { &*self.sp.sub(1) };
        count_characters(self.run.vm, text)
    }

    /// The element of a container on the heap, if it is there and a number or absent can be put in
    /// its place: of the handle that has `above` operands on top, for the key above that. And the
    /// top operand.
    #[inline(always)]
    pub(in crate::vm::interp) fn element_and_top(
        &mut self,
        above: usize,
    ) -> Option<(&mut Value, &Value)> {
        // SAFETY: as in `operand`; the heap is not on the stack.
        let (target, key, top) = unsafe {
            (
                &*self.sp.sub(above + 1),
                &*self.sp.sub(above),
                &*self.sp.sub(1),
            )
        };
        Some((element(&mut self.run.vm.heap, target, key)?, top))
    }

    /// Replaces the handle and the key on top by a copy of the element, if it is there and no
    /// handle.
    #[inline(always)]
    pub(in crate::vm::interp) fn replace_by_element(&mut self) -> bool {
        // SAFETY: as in `operand`; the heap is not on the stack.
        let (target, key) = unsafe { (&*self.sp.sub(2), &*self.sp.sub(1)) };
        if !matches!(key, Value::Str(_) | Value::Int(_)) {
            return false;
        }
        let Some(found) = element(&mut self.run.vm.heap, target, key) else {
            return false;
        };
        // AWK has something to say about such an element.
        if matches!(found, Value::Handle(_)) {
            return false;
        }
        let found = std::ptr::from_mut(found);
        self.discard();
        // SAFETY: releasing a text or number runs no other code, so that the element stays where it
        // is. A handle owns nothing, so it may be forgotten.
        unsafe { copy(&*found, self.sp.sub(1)) };
        true
    }
}

/// What an AWK host is asked for a number.
pub(in crate::vm::interp) type Question = fn(&mut dyn AwkHost, i64) -> Value;

/// Writes the answer of the host to a place; false when there is none, and notes why.
///
/// # Safety
/// `to` is valid for writes; what was there is forgotten.
#[inline(never)]
unsafe fn answer_to(run: &mut Run<'_>, ask: Question, index: i64, to: *mut Value) -> bool {
    let Some(host) = &mut run.vm.awk_host else {
        run.stop = Some(Stop::Reload);
        return false;
    };
    let answer = ask(&mut **host, index);
    if let Some(fault) = host.take_fault() {
        run.stop = Some(fault.into());
        return false;
    }
    // SAFETY: as the caller promises.
    unsafe { to.write(answer) };
    true
}

/// Runs a builtin and pushes its result. False when the loop is to be left, and notes why.
#[inline(never)]
fn run_builtin(run: &mut Run<'_>, id: u16, argc: u8) -> bool {
    let Some(handler) = run.vm.builtin(id) else {
        return true;
    };
    give_machine(run, |vm| {
        let result = handler(vm, argc);
        vm.stack.push(result)
    })
}

/// As [`run_builtin`] of what a name stands for.
#[inline(never)]
fn run_named(run: &mut Run<'_>, name: u16, argc: u8) -> bool {
    give_machine(run, |vm| vm.call_by_name(name, argc))
}

/// Gives the machine to code of the host. False when the loop is to be left, and notes why.
#[inline(always)]
fn give_machine(run: &mut Run<'_>, body: impl FnOnce(&mut VM) -> Result<(), Fault>) -> bool {
    let before = run.vm.state_mark();
    if let Err(fault) = body(run.vm) {
        run.stop = Some(fault.into());
        return false;
    }
    if run.vm.state_mark() != before || run.vm.stream() != run.stream {
        run.stop = Some(Stop::Reload);
        return false;
    }
    true
}

#[inline(never)]
fn field_length(vm: &mut VM, index: i64) -> Option<i64> {
    let host = vm.awk_host.as_mut().filter(|host| !host.computes())?;
    host.field_length(index)
}

#[inline(never)]
fn count_characters(vm: &VM, text: &Value) -> Option<i64> {
    if vm.awk_host.as_ref().is_some_and(|host| host.computes()) {
        return None;
    }
    match text {
        // A text that is longer than texts may be is refused.
        Value::Str(text) if text.len() > vm.resources.memory.text_limit() => None,
        Value::Str(text) if text.is_ascii() => Some(text.len() as i64),
        Value::Str(text) => Some(text.chars().count() as i64),
        Value::Int(n) => Some(number::int_len(*n) as i64),
        Value::Undef => Some(0),
        _ => None,
    }
}

/// An element of a hash on the heap that nobody shares.
#[inline(never)]
fn element<'h>(heap: &'h mut Heap, target: &Value, key: &Value) -> Option<&'h mut Value> {
    let Value::Handle(handle) = target else {
        return None;
    };
    let Ok(Value::Hash(hash)) = heap.get_mut(*handle) else {
        return None;
    };
    match key {
        Value::Str(key) => hash.get_unshared(key),
        Value::Int(n) => hash.get_unshared(number::write_int(*n, &mut [0; number::MAX_INT_LEN])),
        _ => None,
    }
}
