//! Lowered chunks: what the interpreter executes.
//!
//! [`Code`] has one [`Inst`] for each operation of the chunk *at the same index*, so that jump
//! targets, source lines, resume points and breakpoints mean the same in both, and one more, an
//! [`Inst::End`], behind the last. It is built once per chunk and shared by all machines.

mod inst;
mod lower;

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::chunk::Chunk;
use crate::chunk::flow::Flow;
use crate::semantics::Numeric;
use crate::value::Key;

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

/// A function of a chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Function {
    /// Index of the first operation.
    pub(crate) entry: usize,
    /// Slots of a frame that runs it.
    pub(crate) window: usize,
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
    /// How the chunk's arithmetic works.
    pub(crate) numeric: Numeric,
    /// The functions, by name index.
    functions: HashMap<u16, Function>,
    /// The functions by the texts of their names, made when a command is first looked up.
    commands: OnceLock<HashMap<Box<str>, Function>>,
}

impl Code {
    /// The code of a chunk, made on first use and kept until the chunk changes.
    pub(crate) fn of(chunk: &Chunk) -> &Code {
        let lowered = &chunk.derived().lowered;
        let code = lowered.get_or_init(|| Box::new(lower(chunk)));
        code.downcast_ref().expect("nothing but code is kept there")
    }

    /// The end of the block that contains the operation at `at`.
    pub(crate) fn end_of_block(&self, at: usize) -> usize {
        let block = self.flow.block_at(at);
        block.map_or(at, |block| self.flow.blocks[block].end)
    }

    /// The function with name index `name`.
    pub(crate) fn function(&self, name: u16) -> Option<Function> {
        self.functions.get(&name).copied()
    }

    /// The function that a command of `chunk`, whose code this is, means.
    pub(crate) fn command(&self, chunk: &Chunk, command: &Key) -> Option<Function> {
        if self.functions.is_empty() {
            return None;
        }
        let commands = self.commands.get_or_init(|| {
            let mut by_name = HashMap::new();
            for (index, name) in (0..=u16::MAX).zip(&chunk.names) {
                // If a name is there twice, the first one decides, function or not.
                by_name
                    .entry(name.as_str())
                    .or_insert_with(|| self.function(index));
            }
            by_name
                .into_iter()
                .filter_map(|(name, function)| Some((name.into(), function?)))
                .collect()
        });
        commands.get(command.as_str()?).copied()
    }

    /// Slots that a frame must have to execute from `at` on.
    pub(crate) fn window_at(&self, at: usize) -> usize {
        self.flow
            .block_at(at)
            .map_or(0, |block| self.flow.blocks[block].window)
    }
}
