//! Programs: instructions, the pools they refer to, and everything made from them.
//!
//! A front end builds a [`Chunk`] with a [`ChunkBuilder`] and hands it to a VM. A chunk can be
//! stored through serde or in its own [byte form](Chunk::to_bytes).

pub mod asm;
mod builder;
mod bytes;
mod debug;
mod debug_info;
pub(crate) mod flow;
mod hash;
mod numeric;
mod same;
mod serialize;
pub(crate) mod suggest;
mod verify;

#[cfg(test)]
pub(crate) mod arbitrary;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock, Weak};

use ::serde::Deserialize;

use crate::op::Op;
use crate::value::Value;

pub use asm::{AsmError, assemble, assemble_all};
pub use builder::{BuildError, ChunkBuilder, Label, LabelUse, PoolFull};
pub use bytes::{DecodeError, DecodeErrorKind, EncodeError};
pub use debug_info::{DebugInfo, DebugTables, Location, SlotName, Span};
pub use numeric::{Dialect, Numeric, Overflow};
pub use verify::{Rule, VerifyError};

pub(crate) use hash::op_hash;
pub(crate) use same::same_op;

/// How deep sub-chunks may nest in stored forms (serde and bytes); a chunk without sub-chunks has
/// depth 0. In memory the depth is not limited.
pub const MAX_STORED_DEPTH: usize = 64;

/// A program: a shared handle to immutable [`ChunkData`].
///
/// Cloning copies a pointer. Reading goes through `Deref`; changing goes through `DerefMut`, which
/// first copies the data if other handles share it, and forgets everything that was derived from
/// the old content.
///
/// ```
/// use fusevm::{ChunkBuilder, Op};
///
/// let mut builder = ChunkBuilder::new();
/// builder.emit(Op::LoadInt(1), 1);
/// let chunk = builder.build();
///
/// let mut changed = chunk.clone();
/// assert!(changed.ptr_eq(&chunk));
/// changed.ops[0] = Op::LoadInt(2);
/// assert!(!changed.ptr_eq(&chunk));
/// assert_eq!(chunk.ops, [Op::LoadInt(1)]);
/// ```
#[derive(Clone, Default)]
pub struct Chunk(Arc<Inner>);

/// The content of a [`Chunk`]. Nothing here is checked: any combination of values is a chunk, and
/// a VM runs or refuses it without harm.
#[derive(Clone, Default, Deserialize)]
#[serde(rename = "Chunk")]
pub struct ChunkData {
    /// The instructions. An instruction pointer ("ip") is an index into this list.
    pub ops: Vec<Op>,
    /// The constant pool.
    pub constants: Vec<Value>,
    /// The name pool. The index of a name is also the index of the global variable it names.
    pub names: Vec<String>,
    /// The source line of each op, for error reports; normally as long as `ops`. Where `debug` has
    /// a span, that goes first.
    pub lines: Vec<u32>,
    /// Subroutines in this chunk: index of the name, ip of the first op. For several entries with
    /// the same name the first one counts.
    pub sub_entries: Vec<(u16, usize)>,
    /// Code ranges that the block ops run: ip of the first op, ip after the last one.
    pub block_ranges: Vec<(usize, usize)>,
    /// Code that is handed to the shell host, such as the body of a command substitution.
    pub sub_chunks: Vec<Chunk>,
    /// The name of the source file, for error reports.
    pub source: String,
    /// How arithmetic, comparison and conversion work in this chunk. Sub-chunks have their own.
    #[serde(default)]
    pub numeric: Numeric,
    /// What debuggers and error reports know besides `lines`.
    #[serde(default)]
    pub debug: DebugInfo,
    /// A digest of ops, constants and sub entries, made by [`ChunkBuilder::build`].
    ///
    /// It is a plain field: later changes of the content leave it as it is, and it is not stored
    /// by serde (0 after reading). [`Chunk::content_hash`] is always up to date.
    #[serde(skip)]
    pub op_hash: u64,
}

/// What a [`Chunk`] points to.
#[derive(Default)]
struct Inner {
    data: ChunkData,
    derived: Derived,
}

/// Facts computed from [`ChunkData`] on demand and kept until the data changes.
#[derive(Default)]
pub(crate) struct Derived {
    content_hash: OnceLock<u128>,
    verified: OnceLock<Result<(), VerifyError>>,
    /// Whether it is a linear chunk, and a block, to the compiler's interface.
    pub(crate) is_linear: OnceLock<bool>,
    pub(crate) is_block: OnceLock<bool>,
    /// What a later stage made of the chunk. Chunks know nothing about it but its lifetime.
    pub(crate) lowered: OnceLock<Box<dyn Any + Send + Sync>>,
    /// What another one made of it, to run instead.
    #[cfg(feature = "jit")]
    pub(crate) native: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl Chunk {
    /// An empty chunk: the same as `Chunk::default()`.
    pub fn new() -> Self {
        Self::default()
    }

    /// The entry ip of the first sub entry with the given name index. Takes linear time.
    pub fn find_sub(&self, name_idx: u16) -> Option<usize> {
        self.sub_entries
            .iter()
            .find(|(name, _)| *name == name_idx)
            .map(|&(_, entry)| entry)
    }

    /// The name index of the first sub entry at the given ip. Takes linear time.
    pub fn sub_at(&self, entry: usize) -> Option<u16> {
        self.sub_entries
            .iter()
            .find(|&&(_, ip)| ip == entry)
            .map(|&(name, _)| name)
    }

    /// Whether both handles share one allocation, so that they are the same chunk and not merely
    /// equal ones.
    pub fn ptr_eq(&self, other: &Chunk) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The content, without a copy when this is the only handle.
    pub fn into_data(self) -> ChunkData {
        match Arc::try_unwrap(self.0) {
            Ok(mut inner) => std::mem::take(&mut inner.data),
            Err(shared) => shared.data.clone(),
        }
    }

    /// Checks that the chunk is well formed: operands name entries that exist, jumps stay inside,
    /// and no operation lacks operands on every way to it. The result is kept until the chunk
    /// changes.
    ///
    /// A machine runs any chunk without harm; a chunk that fails here does something that its
    /// author can hardly mean.
    ///
    /// # Errors
    /// [`VerifyError`] names the operation and the rule.
    pub fn verify(&self) -> Result<(), VerifyError> {
        self.derived()
            .verified
            .get_or_init(|| verify::verify(self))
            .clone()
    }

    pub(crate) fn derived(&self) -> &Derived {
        &self.0.derived
    }

    /// A mark of this chunk that does not keep it.
    pub(crate) fn mark(&self) -> ChunkMark {
        ChunkMark(Arc::downgrade(&self.0))
    }

    /// Where the content is: as long as there is a [`mark`](Self::mark) of it, nothing else gets there.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

/// Remembers a [`Chunk`] without keeping it.
pub(crate) struct ChunkMark(Weak<Inner>);

impl ChunkMark {
    /// Whether all handles of the chunk are gone.
    pub(crate) fn is_gone(&self) -> bool {
        self.0.strong_count() == 0
    }
}

impl Deref for Chunk {
    type Target = ChunkData;

    fn deref(&self) -> &ChunkData {
        &self.0.data
    }
}

impl DerefMut for Chunk {
    fn deref_mut(&mut self) -> &mut ChunkData {
        let inner = Arc::make_mut(&mut self.0);
        inner.derived = Derived::default();
        &mut inner.data
    }
}

impl From<ChunkData> for Chunk {
    fn from(data: ChunkData) -> Self {
        Self(Arc::new(Inner {
            data,
            derived: Derived::default(),
        }))
    }
}

impl Clone for Inner {
    /// Copies what `Arc::make_mut` is about to change, so nothing derived is worth keeping.
    fn clone(&self) -> Self {
        Self {
            data: self.data.clone(),
            derived: Derived::default(),
        }
    }
}

impl Drop for Inner {
    /// Releases nested sub-chunks from a work list: the recursive drop that the compiler would
    /// generate overflows the native stack on deep nesting.
    ///
    /// `Inner` and not `ChunkData` implements `Drop` so that users can move fields out of their
    /// data and fill it with `..Default::default()`.
    fn drop(&mut self) {
        let mut pending = std::mem::take(&mut self.data.sub_chunks);
        while let Some(chunk) = pending.pop() {
            if let Some(mut inner) = Arc::into_inner(chunk.0) {
                pending.append(&mut inner.data.sub_chunks);
            }
        }
    }
}
