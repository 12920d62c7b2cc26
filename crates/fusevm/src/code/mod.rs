//! Lowered chunks: what the interpreter executes.
//!
//! [`Code`] has one [`Inst`] for each operation of the chunk *at the same index*, so that jump
//! targets, source lines, resume points and breakpoints mean the same in both, and one more, an
//! [`FastOp::End`], behind the last. It is built once per chunk and shared by all machines.
//!
//! The instructions exist as several [streams](Stream), each made when it is first run. They differ
//! in where the operand stack is looked at, and in whether sequences are fused. Execution can change
//! from one to the other at any index.
//!
//! An instruction may stand for a whole sequence of operations that starts at its place. The
//! operations behind still have their own, so that a jump into the middle works, and the first
//! one can be carried out by itself when the operands are not what the sequence is made for.

mod fuse;
mod inst;
mod listing;
mod lower;
mod region;
mod rows;
mod table;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::OnceLock;

use crate::chunk::Chunk;
use crate::chunk::flow::{Flow, Reach};
use crate::semantics::Numeric;
use crate::value::{AsKey, Hash, Value};

pub use inst::Mode;
pub(crate) use inst::{FAST_OPS, FastOp, Inst};
pub use listing::instructions;
use lower::lower;
use region::{Member, height_after, regions, seen_from};
pub use rows::{Pattern, ROWS, Row, without};
pub(crate) use table::fast_table;

/// What entering a block takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockEntry {
    /// Index of the first operation.
    pub(crate) start: usize,
    /// Fuel.
    pub(crate) cost: u64,
    /// What the stack must have and take, when only this block is to run.
    pub(crate) reach: Reach,
}

/// The streams of instructions that a chunk has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// For runs that nothing bounds: only regions are entered.
    Free = 0,
    /// Every block is entered, to pay for it and to look whether the run is to stop.
    Watched = 1,
    /// Like [`Watched`](Self::Watched), but every operation is carried out by its full meaning.
    Plain = 2,
    /// Like [`Free`](Self::Free), but the passes of loops are counted, for those who make native
    /// code of them.
    Counted = 3,
    /// Like [`Watched`](Self::Watched), but the passes of loops are counted.
    WatchedCounted = 4,
}

impl Stream {
    const COUNT: usize = 5;

    /// Whether only regions are entered.
    pub(crate) fn has_regions(self) -> bool {
        matches!(self, Stream::Free | Stream::Counted)
    }

    /// Whether the passes of loops are counted.
    pub(crate) fn counts_passes(self) -> bool {
        matches!(self, Stream::Counted | Stream::WatchedCounted)
    }
}

/// The instructions of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Insts {
    /// One for each operation, and the end.
    pub(crate) all: Vec<Inst>,
    /// The first one of each block, whose place an entry may have taken.
    pub(crate) heads: Vec<Inst>,
}

/// A function of a chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Function {
    /// Index of the first operation.
    pub(crate) entry: usize,
    /// Slots of a frame that runs it.
    pub(crate) window: usize,
    /// Whether it can return a value.
    returns_value: bool,
}

impl Function {
    /// What a scope is like to whoever opens its frame.
    pub(crate) fn scope(window: usize) -> Self {
        Function {
            entry: 0,
            window,
            returns_value: false,
        }
    }

    /// The function as a value: no chunk has more operations than an `i64` can count.
    pub(crate) fn value(self) -> Value {
        Value::Int(self.entry as i64)
    }
}

/// The functions of a chunk, by name index.
type Functions = HashMap<u16, Function>;

/// A lowered chunk. Immutable.
#[derive(Debug)]
pub(crate) struct Code {
    streams: [OnceLock<Insts>; Stream::COUNT],
    /// How the chunk's arithmetic works.
    pub(crate) numeric: Numeric,
    blocks: Vec<BlockEntry>,
    flow: Flow,
    /// The blocks as parts of regions, made for the stream that has them.
    regions: OnceLock<Vec<Member>>,
    functions: Functions,
    /// Whether control leaves a block range only at its end, by its number.
    closed_ranges: Vec<bool>,
    /// The places where functions start, in order.
    entries: Vec<Function>,
    /// The entries of the functions by the texts of their names, made when a text is first looked
    /// up.
    by_text: OnceLock<Hash>,
    /// Rows of the table that it has no instructions of, by number: none, except to see what a row
    /// is worth.
    without: Vec<usize>,
}

impl Code {
    /// The code of a chunk, made on first use and kept until the chunk changes.
    pub(crate) fn of(chunk: &Chunk) -> &Code {
        let lowered = &chunk.derived().lowered;
        let code = lowered.get_or_init(|| Box::new(lower(chunk)));
        code.downcast_ref().expect("nothing but code is kept there")
    }

    /// A stream of the instructions of `chunk`, whose code this is.
    pub(crate) fn stream(&self, chunk: &Chunk, stream: Stream) -> &Insts {
        self.streams[stream as usize].get_or_init(|| self.build(chunk, stream))
    }

    /// The blocks of `chunk`, whose code this is, as parts of regions.
    fn regions(&self, chunk: &Chunk) -> &[Member] {
        self.regions
            .get_or_init(|| regions(chunk, &self.flow, &self.functions))
    }

    /// The blocks, in order.
    #[inline(always)]
    pub(crate) fn blocks(&self) -> &[BlockEntry] {
        &self.blocks
    }

    /// Whether a block starts at `at`, or the code ends there.
    pub(crate) fn is_boundary(&self, at: usize) -> bool {
        let block = self.flow.block_at(at);
        block.is_none_or(|block| self.blocks[block].start == at)
    }

    /// Whether the instruction at `at` in a stream of `chunk` looks by itself what the stack has.
    pub(crate) fn is_entry(&self, chunk: &Chunk, stream: Stream, at: usize) -> bool {
        self.flow.block_at(at).is_none_or(|block| {
            self.blocks[block].start == at
                && (!stream.has_regions() || self.regions(chunk)[block].checked)
        })
    }

    /// The number of the block that starts at `at`.
    #[cfg(feature = "jit")]
    pub(crate) fn block_starting_at(&self, at: usize) -> Option<usize> {
        let block = self.flow.block_at(at)?;
        (self.blocks[block].start == at).then_some(block)
    }

    /// The rest of the block that `at` is in.
    pub(crate) fn rest_of_block(&self, at: usize) -> Range<usize> {
        let block = self.flow.block_at(at);
        at..block.map_or(at, |block| self.flow.blocks[block].end)
    }

    /// What a stream relies on at `at`, somewhere in `chunk`, whose code this is.
    pub(crate) fn reach_at(&self, chunk: &Chunk, stream: Stream, at: usize) -> Reach {
        let Some(block) = self.flow.block_at(at) else {
            return Reach::default();
        };
        match stream {
            Stream::Free | Stream::Counted => {
                let before = &chunk.ops[self.flow.blocks[block].start..at];
                seen_from(self.regions(chunk)[block].reach, height_after(before))
            }
            Stream::Watched | Stream::Plain | Stream::WatchedCounted => {
                Reach::of(&chunk.ops[self.rest_of_block(at)])
            }
        }
    }

    /// Whether control leaves a block range only at its end, or with everything around it.
    pub(crate) fn is_closed_range(&self, range: u16) -> bool {
        let closed = self.closed_ranges.get(usize::from(range));
        closed.copied().unwrap_or(false)
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
    pub(crate) fn function_at(&self, entry: i64) -> Option<Function> {
        let entry = usize::try_from(entry).ok()?;
        let found = self
            .entries
            .binary_search_by_key(&entry, |function| function.entry);
        Some(self.entries[found.ok()?])
    }

    /// Slots that a frame must have to execute from `at` on.
    pub(crate) fn window_at(&self, at: usize) -> usize {
        self.flow
            .block_at(at)
            .map_or(0, |block| self.flow.blocks[block].window)
    }
}
