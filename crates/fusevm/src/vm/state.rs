//! What hosts see and change of a machine: its program, stack, globals, slots and frames.

use super::frame::{Frame, FrameKind};
use super::{UNDEF, VM};
use crate::chunk::Chunk;
use crate::value::Value;

impl VM {
    /// The running program.
    pub fn chunk(&self) -> &Chunk {
        &self.chunk
    }

    /// Replaces the program and keeps everything else. A run in progress continues in the new
    /// one at [`ip`](Self::ip) after the present operation; calls return to the same indices,
    /// and block operations that are open are abandoned.
    pub fn set_chunk(&mut self, chunk: Chunk) {
        if self.globals.len() < chunk.names.len() {
            self.globals.resize(chunk.names.len(), Value::Undef);
        }
        self.chunk = chunk;
        self.forget_names();
        self.abandon_iterations();
        for frame in self.frames.iter_mut() {
            if frame.kind == FrameKind::Call {
                frame.kind = FrameKind::StaleCall;
            }
        }
        self.epoch += 1;
    }

    /// The index of the next operation.
    pub fn ip(&self) -> usize {
        self.ip
    }

    /// Sets the index of the next operation. From a handler this is a jump; an index behind the
    /// last operation ends the run.
    pub fn set_ip(&mut self, ip: usize) {
        self.ip = ip;
        self.failed = false;
        self.epoch += 1;
    }

    /// The operand stack, the last one on top.
    pub fn stack(&self) -> &[Value] {
        self.stack.as_slice()
    }

    /// Pushes an operand. If the stack is full the value is dropped and the run ends with
    /// [`Fault::StackOverflow`](crate::semantics::Fault::StackOverflow).
    pub fn push(&mut self, value: Value) {
        self.budget.forget();
        if let Err(fault) = self.stack.push(value) {
            self.raise_fault(fault);
        }
    }

    /// Takes the top operand; `Undef` when the current call has none.
    pub fn pop(&mut self) -> Value {
        if self.stack.len() <= self.floor {
            return Value::Undef;
        }
        self.stack.pop().unwrap_or_default()
    }

    /// The top operand; `Undef` when the current call has none.
    pub fn peek(&self) -> &Value {
        self.stack
            .as_slice()
            .get(self.floor..)
            .and_then(<[Value]>::last)
            .unwrap_or(&UNDEF)
    }

    /// The globals, by name index.
    pub fn globals(&self) -> &[Value] {
        &self.globals
    }

    /// Sets a global; the table grows if needed.
    pub fn set_global(&mut self, index: u16, value: Value) {
        self.budget.forget();
        self.writes += 1;
        let index = usize::from(index);
        if self.globals.len() <= index {
            self.globals.resize(index + 1, Value::Undef);
        }
        self.globals[index] = value;
    }

    /// Sets the global of that name. False, and nothing happens, when the chunk has no such
    /// name.
    pub fn set_named_global(&mut self, name: &str, value: Value) -> bool {
        let index = self.chunk.names.iter().position(|known| known == name);
        let Some(index) = index.and_then(|index| u16::try_from(index).ok()) else {
            return false;
        };
        self.set_global(index, value);
        true
    }

    /// A copy of a slot of the innermost frame; `Undef` when it was never set.
    pub fn get_slot(&self, slot: u16) -> Value {
        let base = self.top_frame().slot_base as usize;
        self.slots
            .as_slice()
            .get(base + usize::from(slot))
            .cloned()
            .unwrap_or_default()
    }

    /// Sets a slot of the innermost frame. If the slot stack is full the value is dropped and
    /// the run ends with [`Fault::StackOverflow`](crate::semantics::Fault::StackOverflow).
    pub fn set_slot(&mut self, slot: u16, value: Value) {
        self.budget.forget();
        self.writes += 1;
        let slot = usize::from(slot);
        match self.ensure_window(slot + 1) {
            Ok(()) => {
                let at = self.top_frame().slot_base as usize + slot;
                self.slots.as_mut_slice()[at] = value;
            }
            Err(fault) => self.raise_fault(fault),
        }
    }

    /// The open frames, the program's own first. There is always at least that one.
    pub fn frames(&self) -> impl DoubleEndedIterator<Item = Frame<'_>> {
        let slots = self.slots.as_slice();
        (0..=self.frames.len()).map(move |index| {
            let record = self.frame_record(index);
            let mut above = self.frames[index..].iter();
            // Block operations have the slots of the frame below them, and run its code.
            let above = above.find(|frame| frame.kind != FrameKind::Iteration);
            let end = above.map_or(slots.len(), |frame| frame.slot_base as usize);
            let op_index = match above {
                None => Some(self.present_op()),
                Some(frame) if frame.kind == FrameKind::StaleCall => None,
                Some(frame) => Some((frame.return_ip as usize).saturating_sub(1)),
            };
            Frame {
                record,
                slots: &slots[record.slot_base as usize..end],
                chunk: &self.chunk,
                op_index,
            }
        })
    }

    /// The operation that is being carried out or has failed; if there is none, the next.
    fn present_op(&self) -> usize {
        if self.open_runs > 0 || self.failed {
            self.ip.saturating_sub(1)
        } else {
            self.ip
        }
    }
}
