//! Lowered chunks: what the interpreter executes.
//!
//! [`Code`] has one [`Inst`] for each operation of the chunk *at the same index*, so that jump
//! targets, source lines, resume points and breakpoints mean the same in both, and one more, an
//! [`Inst::End`], behind the last. It is built once per chunk and shared by all machines.

mod lower;

use crate::chunk::flow::Flow;
use crate::op::{Op, Opcode};
use crate::semantics::Numeric;

pub(crate) use lower::lower;

/// An instruction whose operands are resolved and in range.
///
/// Where lowering has nothing to add, it is the operation itself. Nesting the enum costs nothing as
/// long as the other variants fit behind the operation's tag: the compiler keeps both tags in one
/// byte.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Inst {
    /// The operation as it stands.
    Op(Op),
    /// The first instruction of a block: does the block's checks once, then runs the block's
    /// `head`, the instruction whose place this one took.
    Enter {
        /// Index into [`Code::blocks`].
        block: u32,
    },
    /// A call of a function of this chunk.
    Call {
        /// Arguments on the operand stack.
        argc: u8,
        /// Slots of the callee's frame.
        window: u32,
        /// The callee's first instruction.
        entry: u32,
    },
    /// A call of a name that is no function of this chunk: a named builtin, or an error.
    CallNamed {
        /// Arguments on the operand stack.
        argc: u8,
        /// Index into the name pool.
        name: u16,
    },
    /// Opens a scope with fresh slots.
    PushFrame {
        /// Slots of the scope.
        window: u32,
    },
    /// Leaves the innermost scope.
    PopFrame {
        /// Slots that the code behind needs of the frame it gets back.
        window: u32,
    },
    /// An operation that this version cannot run.
    Unsupported(Opcode),
    /// Behind the last operation.
    End,
}

// The interpreter reads one of these per step.
const _: () = assert!(size_of::<Inst>() == 16);

/// A block and the instruction that its [`Inst::Enter`] displaced.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockEntry {
    /// Index of the first operation.
    pub(crate) start: usize,
    /// Operands that must be on the stack.
    pub(crate) need: usize,
    /// Stack room that must be free.
    pub(crate) grow: usize,
    /// Fuel.
    pub(crate) cost: u64,
    /// The displaced instruction.
    pub(crate) head: Inst,
}

/// A lowered chunk. Immutable.
#[derive(Debug)]
pub(crate) struct Code {
    /// One for each operation, and the end.
    pub(crate) insts: Vec<Inst>,
    /// The blocks of [`flow`](Self::flow), as the interpreter needs them.
    pub(crate) blocks: Vec<BlockEntry>,
    /// Blocks and windows.
    pub(crate) flow: Flow,
    /// Whether block ranges exist, so that entering a block may mean leaving a range.
    pub(crate) has_ranges: bool,
    /// How the chunk's arithmetic works.
    pub(crate) numeric: Numeric,
}

impl Code {
    /// Slots that a frame must have to execute from `at` on.
    pub(crate) fn window_at(&self, at: usize) -> usize {
        self.flow
            .block_at(at)
            .map_or(0, |block| self.flow.blocks[block].window)
    }
}
