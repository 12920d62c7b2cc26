//! Lowered chunks: what the interpreter executes.
//!
//! [`Code`] has one [`Inst`] for each operation of the chunk *at the same index*, so that jump
//! targets, source lines, resume points and breakpoints mean the same in both, and one more, an
//! [`Inst::End`], behind the last. It is built once per chunk and shared by all machines.

mod inst;
mod lower;

use crate::chunk::Chunk;
use crate::chunk::flow::Flow;
use crate::semantics::Numeric;

pub(crate) use inst::Inst;
use lower::lower;

/// A block and the instruction that its [`Inst::EnterBlock`] displaced.
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
    /// The code of a chunk, made on first use and kept until the chunk changes.
    pub(crate) fn of(chunk: &Chunk) -> &Code {
        let lowered = &chunk.derived().lowered;
        let code = lowered.get_or_init(|| Box::new(lower(chunk)));
        code.downcast_ref().expect("nothing but code is kept there")
    }

    /// Slots that a frame must have to execute from `at` on.
    pub(crate) fn window_at(&self, at: usize) -> usize {
        self.flow
            .block_at(at)
            .map_or(0, |block| self.flow.blocks[block].window)
    }
}
