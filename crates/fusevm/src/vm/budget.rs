//! The memory budget of a machine, over its runs.
//!
//! While a run is open, what the thread's account grows by belongs to the machine. Between runs the
//! machine remembers what it held at the end of the last one. Values that leave it, as results or
//! to other threads, make that too much, never too little; so where it matters, and where the host
//! put values in, the machine measures itself before it starts.

use std::collections::HashSet;

use super::VM;
use super::stack::ValueStack;
use crate::semantics::Fault;
use crate::value::account::{self, List};
use crate::value::{Array, Value};

/// What a machine knows about its memory between runs, and where a run started.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// The bytes that the machine held at the end of the last run; `None` when it must be measured.
    carried: Option<usize>,
    /// The reading of the account at which the machine would hold nothing.
    base: isize,
    /// Whether a run is open.
    is_open: bool,
}

impl Budget {
    /// Something of unknown size came in.
    pub(super) fn forget(&mut self) {
        self.carried = None;
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }
}

impl VM {
    /// The bytes that the machine holds: its stacks, and all that is reachable from them, from
    /// globals and from its heap, each once; of a text that is shared, the part that falls to an
    /// owner. Programs, hosts and buffers are not part of it. Takes time in proportion.
    pub fn memory_used(&self) -> usize {
        let mut measure = Measure::default();
        for list in [self.stack.as_slice(), self.slots.as_slice(), &self.globals] {
            list.iter().for_each(|value| measure.value(value));
        }
        self.heap.contents().for_each(|value| measure.value(value));
        for iteration in &*self.iterations {
            let (items, values) = iteration.parts();
            if let Some(items) = items {
                measure.array(items);
            }
            values.for_each(|value| measure.value(value));
        }
        measure.finish()
            + self.stack.heap_size()
            + self.slots.heap_size()
            + self.globals.heap_size()
            + self.frames.heap_size()
            + self.iterations.heap_size()
            + self.heap.heap_size()
    }

    /// Asks for `bytes` of memory before a builtin or handler allocates them. False when the
    /// budget or the limit of values does not allow it: then the run ends with that error after
    /// the present operation, and the caller returns something small.
    ///
    /// Small values need no asking: what is allocated counts in any case.
    pub fn request_memory(&mut self, bytes: usize) -> bool {
        let granted = self.resources.memory.reserve(bytes);
        granted.map_err(|fault| self.raise_fault(fault)).is_ok()
    }

    /// The bytes that are left of the budget of the present run; `usize::MAX` without one.
    pub fn memory_left(&self) -> usize {
        self.resources.memory.room()
    }

    /// Starts an outermost run.
    pub(super) fn open_budget(&mut self) {
        self.budget.is_open = true;
        let limit = self.limits.memory_bytes;
        if limit == usize::MAX {
            self.budget.forget();
            return;
        }
        let carried = match self.budget.carried.take() {
            // Results that the host dropped since may count for little or for much.
            Some(carried) if carried < limit / 2 => carried,
            _ => self.memory_used(),
        };
        self.budget.base = account::held().saturating_sub_unsigned(carried);
        self.apply_budget();
    }

    /// [`open_budget`](Self::open_budget), if that has not happened.
    pub(super) fn ensure_open_budget(&mut self) {
        if !self.budget.is_open {
            self.open_budget();
        }
    }

    /// Ends an outermost run.
    pub(super) fn close_budget(&mut self) {
        self.budget.is_open = false;
        if self.resources.memory.is_bounded() {
            let carried = account::held().saturating_sub(self.budget.base);
            self.budget.carried = Some(usize::try_from(carried).unwrap_or(0));
            self.resources.memory.remove_budget();
            self.share_memory();
        }
    }

    fn apply_budget(&mut self) {
        let limit = self.limits.memory_bytes;
        self.resources.memory.set_budget(limit, self.budget.base);
        self.share_memory();
    }

    /// Tells the stacks what they may take.
    pub(super) fn share_memory(&mut self) {
        self.stack.set_memory(self.resources.memory);
        self.slots.set_memory(self.resources.memory);
    }

    /// Gives back the memory of stacks and globals, all of them empty: the next program may need it
    /// for other things.
    pub(super) fn release_stacks(&mut self) {
        let new_stack = || {
            let mut stack = ValueStack::new(self.limits.stack_values);
            stack.set_memory(self.resources.memory);
            stack
        };
        (self.stack, self.slots) = (new_stack(), new_stack());
        self.globals = List::new();
        self.frames = List::new();
        self.iterations = List::new();
        self.open_ranges = 0;
    }

    /// At a point where all that is in use is reachable, and the memory seems to come to an end:
    /// collects garbage. Says whether that is worth an attempt to go on.
    pub(super) fn relieve(&mut self) -> bool {
        if self.heap.len() == 0 {
            self.resources.memory.set_alarm(0);
            return false;
        }
        let before = account::held();
        self.collect_garbage();
        let freed = before.saturating_sub(account::held());
        // A program that lives at its limit must not collect at each step.
        let step = self.resources.memory.budget() / 16;
        self.resources.memory.set_alarm(step);
        usize::try_from(freed).is_ok_and(|freed| freed > step)
    }

    /// At the start of a block of code whose machine may hold too much.
    pub(super) fn relieve_or_fail(&mut self) -> Result<(), Fault> {
        self.relieve();
        if self.resources.memory.is_above_budget() {
            return Err(self.resources.memory.exhausted());
        }
        Ok(())
    }
}

/// Adds up what values take, with a list of what is still to do instead of recursion.
#[derive(Default)]
struct Measure<'v> {
    bytes: usize,
    open: Vec<&'v Value>,
    /// The addresses of shared containers that are counted.
    shared: HashSet<usize>,
}

impl<'v> Measure<'v> {
    fn value(&mut self, value: &'v Value) {
        self.bytes += value.text_share();
        if matches!(
            value,
            Value::Array(_) | Value::Hash(_) | Value::Ref(_) | Value::Object(_)
        ) {
            self.open.push(value);
        }
    }

    fn array(&mut self, array: &'v Array) {
        if self.is_first_visit(array.shared_address()) {
            self.bytes += array.heap_size();
            let elements = array.as_general().unwrap_or_default();
            elements.iter().for_each(|element| self.value(element));
        }
    }

    fn is_first_visit(&mut self, shared_address: Option<usize>) -> bool {
        shared_address.is_none_or(|address| self.shared.insert(address))
    }

    fn finish(mut self) -> usize {
        while let Some(value) = self.open.pop() {
            match value {
                Value::Array(array) => self.array(array),
                Value::Hash(hash) if self.is_first_visit(hash.shared_address()) => {
                    self.bytes += hash.heap_size();
                    for (key, value) in hash {
                        self.bytes += key.text_share();
                        self.value(value);
                    }
                }
                Value::Ref(target) if self.is_first_visit(target.shared_address()) => {
                    self.bytes += target.heap_size();
                    self.value(target);
                }
                Value::Object(object) if self.is_first_visit(object.shared_address()) => {
                    self.bytes += object.heap_size();
                }
                _ => {}
            }
        }
        self.bytes
    }
}
