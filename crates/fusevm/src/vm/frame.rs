//! Frames: what a call, a scope or a block operation has open.

use std::fmt;

use super::UNDEF;
use crate::chunk::{Chunk, Location};
use crate::value::Value;

/// What opened a frame, and so what closing it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameKind {
    /// The program itself. Always the first frame, never closed.
    Root,
    /// A call. Its operand base is a floor: operands below it belong to the caller.
    Call,
    /// A call whose caller belongs to a chunk that has been replaced since, so that nothing is
    /// known about the code it returns to.
    StaleCall,
    /// A call as a command of a shell: without a value it leaves a status.
    Command,
    /// A scope: fresh slots, the same operands.
    Scope,
    /// A scope with the slots of the frame below it.
    Overlay,
    /// A block operation: the slots of the frame below it.
    Iteration,
}

impl FrameKind {
    /// Whether `Return` leaves this frame and stops there.
    pub(crate) fn is_call(self) -> bool {
        matches!(
            self,
            FrameKind::Root | FrameKind::Call | FrameKind::StaleCall | FrameKind::Command
        )
    }
}

/// One open frame. Stacks hold fewer than 2^32 values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FrameRecord {
    pub(crate) kind: FrameKind,
    /// For a call: whether the stack has what the code behind it relies on if the call returns a
    /// value and leaves everything else as it found it.
    pub(crate) trusted: bool,
    /// Where execution goes on when the frame is left.
    pub(crate) return_ip: u32,
    /// For a call: the function's first operation.
    pub(crate) entry: u32,
    /// Height of the operand stack that leaving restores.
    pub(crate) stack_base: u32,
    /// Where the frame's slots start on the slot stack.
    pub(crate) slot_base: u32,
    /// For a call: the caller's floor.
    pub(crate) floor_below: u32,
    /// Where the slots of the frame below start.
    pub(crate) slots_below: u32,
    /// Scopes and block operations that the same call has open, this one included; 0 for a call.
    pub(crate) nesting: u32,
}

impl FrameRecord {
    pub(crate) const ROOT: FrameRecord = FrameRecord {
        kind: FrameKind::Root,
        trusted: false,
        return_ip: 0,
        entry: 0,
        stack_base: 0,
        slot_base: 0,
        floor_below: 0,
        slots_below: 0,
        nesting: 0,
    };
}

/// A view of one frame, for hosts and debuggers.
#[derive(Clone, Copy)]
pub struct Frame<'vm> {
    pub(crate) record: FrameRecord,
    pub(crate) slots: &'vm [Value],
    pub(crate) chunk: &'vm Chunk,
    pub(crate) op_index: Option<usize>,
}

impl<'vm> Frame<'vm> {
    /// The index of the operation at which execution goes on when the frame is left. 0 for the
    /// program's own frame.
    pub fn return_ip(&self) -> usize {
        self.record.return_ip as usize
    }

    /// The height of the operand stack that leaving the frame restores.
    pub fn stack_base(&self) -> usize {
        self.record.stack_base as usize
    }

    /// The frame's slots. The machine may keep more of them than a program has written; those
    /// are `Undef`.
    pub fn slots(&self) -> &'vm [Value] {
        self.slots
    }

    /// The index of the operation that the frame is at. For a frame that waits for a call or a
    /// scope it is the one that opened it; for the innermost, the one that is being carried out
    /// or has failed, or else the next. `None` if the program has been replaced during the call
    /// that the frame waits for.
    pub fn op_index(&self) -> Option<usize> {
        self.op_index
    }

    /// Where in the source the frame is, as [`op_index`](Self::op_index) says.
    pub fn location(&self) -> Option<Location<'vm>> {
        self.op_index.map(|at| self.chunk.location(at))
    }

    /// The function that the frame's call runs, if it has a name. `None` for scopes and block
    /// operations, which are part of a call below them.
    pub fn function(&self) -> Option<&'vm str> {
        if !matches!(self.record.kind, FrameKind::Call | FrameKind::Command) {
            return None;
        }
        let name = self.chunk.sub_at(self.record.entry as usize)?;
        self.chunk.names.get(usize::from(name)).map(String::as_str)
    }

    /// The slots that have a name where the frame is, as [`DebugTables::slot_names`] says.
    ///
    /// ```
    /// use fusevm::{VM, Value, chunk::assemble};
    ///
    /// let chunk = assemble("half.fasm", ".slot half\nLoadInt 21\nSetSlot half\nCall stop 0")?;
    /// let mut vm = VM::new(chunk);
    /// vm.register_named_builtin("stop", |vm, _argc| {
    ///     let frame = vm.frames().next_back().expect("there is always one");
    ///     let slots: Vec<_> = frame.named_slots().collect();
    ///     assert_eq!(slots, [("half", &Value::Int(21))]);
    ///     Value::Undef
    /// });
    /// vm.try_run()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [`DebugTables::slot_names`]: crate::chunk::DebugTables::slot_names
    pub fn named_slots(&self) -> impl Iterator<Item = (&'vm str, &'vm Value)> + use<'vm> {
        let slots = self.slots;
        let names = self.op_index.map(|at| self.chunk.slot_names_at(at));
        let names = names.into_iter().flatten();
        names.map(move |(slot, name)| (name, slots.get(usize::from(slot)).unwrap_or(&UNDEF)))
    }

    /// Whether a call opened the frame, rather than the start of the program, a scope or a
    /// block operation.
    pub fn is_call(&self) -> bool {
        self.record.kind.is_call() && self.record.kind != FrameKind::Root
    }
}

impl fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("function", &self.function())
            .field("op_index", &self.op_index)
            .field("slots", &self.slots)
            .finish_non_exhaustive()
    }
}
