//! Lowered chunks: what the interpreter executes.
//!
//! [`Code`] has one [`Inst`] for each operation of the chunk *at the same index*, so that jump
//! targets, source lines, resume points and breakpoints mean the same in both, and one more, an
//! [`Inst::End`], behind the last. It is built once per chunk and shared by all machines.

mod inst;
mod lower;

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use crate::chunk::Chunk;
use crate::chunk::flow::Flow;
use crate::semantics::Numeric;
use crate::value::{AsKey, Hash, Value};

pub(crate) use inst::Inst;
use lower::lower;

/// A block and the instruction that its [`Inst::EnterBlock`] displaced.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockEntry {
    /// See [`start`](Self::start).
    pub(crate) start: u32,
    /// Whether a function starts here.
    pub(crate) is_function: bool,
    /// Operands that must be on the stack.
    pub(crate) need: usize,
    /// Stack room that must be free.
    pub(crate) grow: usize,
    /// Fuel.
    pub(crate) cost: u64,
    /// The displaced instruction.
    pub(crate) head: Inst,
}

impl BlockEntry {
    /// Index of the first operation.
    pub(crate) fn start(&self) -> usize {
        self.start as usize
    }
}

/// A function of a chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Function {
    /// Index of the first operation.
    pub(crate) entry: usize,
    /// Slots of a frame that runs it.
    pub(crate) window: usize,
}

impl Function {
    /// The function as a value: no chunk has more operations than an `i64` can count.
    pub(crate) fn value(self) -> Value {
        Value::Int(self.entry as i64)
    }
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
    /// Whether a function starts behind the last operation.
    function_at_end: bool,
    /// The entries of the functions by the texts of their names, made when a text is first looked
    /// up.
    by_text: OnceLock<Hash>,
}

impl Code {
    /// The code of a chunk, made on first use and kept until the chunk changes.
    pub(crate) fn of(chunk: &Chunk) -> &Code {
        let lowered = &chunk.derived().lowered;
        let code = lowered.get_or_init(|| Box::new(lower(chunk)));
        code.downcast_ref().expect("nothing but code is kept there")
    }

    /// The function with name index `name`.
    pub(crate) fn function(&self, name: u16) -> Option<Function> {
        self.functions.get(&name).copied()
    }

    /// The function of `chunk`, whose code this is, that a text means.
    pub(crate) fn function_named(
        &self,
        chunk: &Chunk,
        name: &(impl AsKey + ?Sized),
    ) -> Option<Function> {
        if self.functions.is_empty() {
            return None;
        }
        let by_text = self.by_text.get_or_init(|| {
            let mut by_text = Hash::new();
            let mut seen = HashSet::new();
            for (index, name) in (0..=u16::MAX).zip(&chunk.names) {
                // If a name is there twice, the first one decides, function or not.
                if seen.insert(name)
                    && let Some(function) = self.function(index)
                {
                    by_text.insert(name.as_str(), function.value());
                }
            }
            by_text
        });
        match by_text.get(name) {
            Some(&Value::Int(entry)) => self.function_at(entry),
            _ => None,
        }
    }

    /// The function that starts at operation `entry`.
    #[inline]
    pub(crate) fn function_at(&self, entry: i64) -> Option<Function> {
        let entry = usize::try_from(entry).ok()?;
        // A function starts a block.
        let window = match *self.insts.get(entry)? {
            Inst::EnterBlock { block } if self.blocks[block as usize].is_function => {
                self.flow.blocks[block as usize].window
            }
            Inst::End if self.function_at_end => 0,
            _ => return None,
        };
        Some(Function { entry, window })
    }

    /// Slots that a frame must have to execute from `at` on.
    pub(crate) fn window_at(&self, at: usize) -> usize {
        self.flow
            .block_at(at)
            .map_or(0, |block| self.flow.blocks[block].window)
    }
}
