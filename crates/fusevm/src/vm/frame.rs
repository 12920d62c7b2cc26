//! Frames: what a call, a scope or a block operation has open.

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

/// One open frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FrameRecord {
    pub(crate) kind: FrameKind,
    /// Where execution goes on when the frame is left.
    pub(crate) return_ip: u32,
    /// For a call: the function's first operation.
    pub(crate) entry: u32,
    /// Height of the operand stack that leaving restores.
    pub(crate) stack_base: usize,
    /// Where the frame's slots start on the slot stack.
    pub(crate) slot_base: usize,
    /// For a call: the caller's floor.
    pub(crate) floor_below: usize,
    /// Scopes and block operations that the same call has open, this one included; 0 for a call.
    pub(crate) nesting: u32,
}

impl FrameRecord {
    pub(crate) const ROOT: FrameRecord = FrameRecord {
        kind: FrameKind::Root,
        return_ip: 0,
        entry: 0,
        stack_base: 0,
        slot_base: 0,
        floor_below: 0,
        nesting: 0,
    };
}

/// A view of one frame, for hosts and debuggers.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'vm> {
    pub(crate) record: FrameRecord,
    pub(crate) slots: &'vm [Value],
}

impl<'vm> Frame<'vm> {
    /// The index of the operation at which execution goes on when the frame is left. 0 for the
    /// program's own frame.
    pub fn return_ip(&self) -> usize {
        self.record.return_ip as usize
    }

    /// The height of the operand stack that leaving the frame restores.
    pub fn stack_base(&self) -> usize {
        self.record.stack_base
    }

    /// The frame's slots. The machine may keep more of them than a program has written; those
    /// are `Undef`.
    pub fn slots(&self) -> &'vm [Value] {
        self.slots
    }

    /// Whether a call opened the frame, rather than the start of the program, a scope or a
    /// block operation.
    pub fn is_call(&self) -> bool {
        self.record.kind.is_call() && self.record.kind != FrameKind::Root
    }
}
