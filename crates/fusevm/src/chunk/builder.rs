//! Building chunks op by op, with forward references as labels.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use super::bytes::write;
use super::{Chunk, ChunkData, Dialect, Overflow, SlotName, Span, hash};
use crate::op::Op;
use crate::value::Value;

#[cfg(test)]
mod tests;

/// Ops refer to pool entries by a `u16`.
const POOL_LIMIT: usize = 1 << 16;

/// Collects ops and pool entries and turns them into a [`Chunk`].
///
/// Jump targets that are not known yet are [labels](Self::new_label), or are filled in later with
/// [`patch_jump`](Self::patch_jump).
///
/// ```
/// use fusevm::{ChunkBuilder, Op};
///
/// // Counts slot 0 down from 3.
/// let mut b = ChunkBuilder::new();
/// let (head, end) = (b.new_label(), b.new_label());
/// b.emit(Op::LoadInt(3), 1);
/// b.emit(Op::SetSlot(0), 1);
/// b.bind(head);
/// b.emit(Op::GetSlot(0), 2);
/// b.emit_jump(Op::JumpIfFalse(0), end, 2);
/// b.emit(Op::GetSlot(0), 3);
/// b.emit(Op::Dec, 3);
/// b.emit(Op::SetSlot(0), 3);
/// b.emit_jump(Op::Jump(0), head, 3);
/// b.bind(end);
/// let chunk = b.build();
/// assert_eq!(chunk.ops[3], Op::JumpIfFalse(8));
/// ```
#[derive(Default)]
pub struct ChunkBuilder {
    data: ChunkData,
    name_indices: HashMap<String, u16>,
    /// Interned constants by their encoding, which is equal exactly for bitwise equal values.
    constant_indices: HashMap<Vec<u8>, u16>,
    /// The position of each label, once bound.
    labels: Vec<Option<usize>>,
    label_uses: Vec<(Label, LabelUse)>,
    /// The slot names that have no end yet, in order of their beginnings.
    open_slot_names: Vec<usize>,
    /// For each open scope of slot names, how many were open at its beginning.
    slot_scopes: Vec<usize>,
}

/// A position in the code of one [`ChunkBuilder`] that may be used before it is known.
///
/// A label is meaningless to any builder but the one that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Label(usize);

/// What refers to a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelUse {
    /// The target of the op at this index.
    Jump(usize),
    /// The entry ip of the sub entry at this index.
    SubEntry(usize),
    /// The start of the block range at this index.
    BlockStart(usize),
    /// The end of the block range at this index.
    BlockEnd(usize),
}

/// A pool already holds 65536 entries, all that a 16-bit index can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolFull {
    pool: &'static str,
}

/// Why [`ChunkBuilder::try_build`] could not make a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// A label is used but was never bound to a position.
    UnboundLabel(LabelUse),
}

impl ChunkBuilder {
    /// A builder without ops and pool entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends an op that stems from the given source line and returns its index.
    pub fn emit(&mut self, op: Op, line: u32) -> usize {
        let index = self.current_pos();
        self.data.ops.push(op);
        self.data.lines.push(line);
        index
    }

    /// Appends an op whose target will be the position of `label`, and returns its index. The
    /// target that `op` carries is ignored.
    ///
    /// # Panics
    /// If `op` carries no target, or `label` is not from this builder.
    #[track_caller]
    pub fn emit_jump(&mut self, mut op: Op, label: Label, line: u32) -> usize {
        let index = self.current_pos();
        assert!(
            op.set_target(0),
            "emit_jump of non-jump op {op:?} at {index}"
        );
        self.use_label(label, LabelUse::Jump(index));
        self.emit(op, line)
    }

    /// Appends a constant, even if an equal one exists, and returns its index.
    ///
    /// # Panics
    /// If the pool holds 65536 constants; see [`try_add_constant`](Self::try_add_constant).
    #[track_caller]
    pub fn add_constant(&mut self, val: Value) -> u16 {
        expect_room(self.try_add_constant(val))
    }

    /// Like [`add_constant`](Self::add_constant), with an error when the pool is full.
    pub fn try_add_constant(&mut self, val: Value) -> Result<u16, PoolFull> {
        push_indexed(&mut self.data.constants, val, "constant")
    }

    /// The index of a constant that is the same as `val`; it is appended unless an earlier call
    /// of this method did that. Floats are the same when their bits are, so `0.0` and `-0.0` stay
    /// apart. Containers, references, handles and objects are always appended.
    ///
    /// # Panics
    /// If `val` must be appended and the pool holds 65536 constants.
    #[track_caller]
    pub fn intern_constant(&mut self, val: Value) -> u16 {
        if matches!(val, Value::Array(_) | Value::Hash(_) | Value::Ref(_)) {
            return self.add_constant(val);
        }
        let mut key = Vec::new();
        if write::value(&mut key, &val).is_err() {
            return self.add_constant(val);
        }
        if let Some(&index) = self.constant_indices.get(&key) {
            return index;
        }
        let index = self.add_constant(val);
        self.constant_indices.insert(key, index);
        index
    }

    /// The index of `name`, which is appended unless the pool holds it.
    ///
    /// # Panics
    /// If the name is new and the pool holds 65536 names; see [`try_add_name`](Self::try_add_name).
    #[track_caller]
    pub fn add_name(&mut self, name: &str) -> u16 {
        expect_room(self.try_add_name(name))
    }

    /// Like [`add_name`](Self::add_name), with an error when the pool is full.
    pub fn try_add_name(&mut self, name: &str) -> Result<u16, PoolFull> {
        if let Some(&index) = self.name_indices.get(name) {
            return Ok(index);
        }
        let index = push_indexed(&mut self.data.names, name.to_owned(), "name")?;
        self.name_indices.insert(name.to_owned(), index);
        Ok(index)
    }

    /// The number of ops so far, which is the index of the next one.
    pub fn current_pos(&self) -> usize {
        self.data.ops.len()
    }

    /// Replaces the target of the op at `op_idx`, which may be any op that carries one.
    ///
    /// # Panics
    /// If there is no op at `op_idx`, or it carries no target.
    #[track_caller]
    pub fn patch_jump(&mut self, op_idx: usize, target: usize) {
        let count = self.data.ops.len();
        let Some(op) = self.data.ops.get_mut(op_idx) else {
            panic!("patch_jump at {op_idx}, but there are only {count} ops");
        };
        assert!(
            op.set_target(target),
            "patch_jump on non-jump op at {op_idx}"
        );
    }

    /// A new label, not bound to a position yet.
    pub fn new_label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    /// Gives `label` the current position, that of the next op to be emitted.
    ///
    /// # Panics
    /// If `label` is bound already, or is not from this builder.
    #[track_caller]
    pub fn bind(&mut self, label: Label) {
        self.expect_own(label);
        if let Some(position) = self.labels[label.0] {
            panic!(
                "label is bound twice: at {position} and at {}",
                self.current_pos()
            );
        }
        self.labels[label.0] = Some(self.current_pos());
    }

    /// Registers the code at `ip` as the subroutine with the given name. For several entries with
    /// one name the first one counts.
    pub fn add_sub_entry(&mut self, name_idx: u16, ip: usize) {
        self.data.sub_entries.push((name_idx, ip));
    }

    /// Like [`add_sub_entry`](Self::add_sub_entry), for the position of a label.
    ///
    /// # Panics
    /// If `entry` is not from this builder.
    #[track_caller]
    pub fn add_sub_entry_at(&mut self, name_idx: u16, entry: Label) {
        self.use_label(entry, LabelUse::SubEntry(self.data.sub_entries.len()));
        self.add_sub_entry(name_idx, 0);
    }

    /// Registers the ops from `start` up to, not including, `end` as a block and returns its index.
    ///
    /// # Panics
    /// If there are 65536 block ranges; see [`try_add_block_range`](Self::try_add_block_range).
    #[track_caller]
    pub fn add_block_range(&mut self, start: usize, end: usize) -> u16 {
        expect_room(self.try_add_block_range(start, end))
    }

    /// Like [`add_block_range`](Self::add_block_range), with an error when there are too many.
    pub fn try_add_block_range(&mut self, start: usize, end: usize) -> Result<u16, PoolFull> {
        push_indexed(&mut self.data.block_ranges, (start, end), "block range")
    }

    /// Like [`add_block_range`](Self::add_block_range), between the positions of two labels.
    ///
    /// # Panics
    /// If there are 65536 block ranges, or a label is not from this builder.
    #[track_caller]
    pub fn add_block_range_at(&mut self, start: Label, end: Label) -> u16 {
        let index = self.add_block_range(0, 0);
        self.use_label(start, LabelUse::BlockStart(index.into()));
        self.use_label(end, LabelUse::BlockEnd(index.into()));
        index
    }

    /// Appends a sub-chunk and returns its index.
    ///
    /// # Panics
    /// If there are 65536 sub-chunks; see [`try_add_sub_chunk`](Self::try_add_sub_chunk).
    #[track_caller]
    pub fn add_sub_chunk(&mut self, sub: Chunk) -> u16 {
        expect_room(self.try_add_sub_chunk(sub))
    }

    /// Like [`add_sub_chunk`](Self::add_sub_chunk), with an error when there are too many.
    pub fn try_add_sub_chunk(&mut self, sub: Chunk) -> Result<u16, PoolFull> {
        push_indexed(&mut self.data.sub_chunks, sub, "sub-chunk")
    }

    /// Names a slot for debuggers and error reports: from the next op on, to the end of the
    /// innermost [scope](Self::begin_slot_scope), or of the code if none is open.
    ///
    /// ```
    /// use fusevm::{ChunkBuilder, Op};
    ///
    /// let mut b = ChunkBuilder::new();
    /// b.begin_slot_scope();
    /// b.emit(Op::LoadInt(0), 1);
    /// b.emit(Op::SetSlot(0), 1);
    /// b.name_slot(0, "total");
    /// b.emit(Op::GetSlot(0), 2);
    /// b.end_slot_scope();
    /// b.emit(Op::ReturnValue, 3);
    /// let chunk = b.build();
    /// assert_eq!(chunk.slot_names_at(2).collect::<Vec<_>>(), [(0, "total")]);
    /// assert_eq!(chunk.slot_names_at(3).count(), 0);
    /// ```
    pub fn name_slot(&mut self, slot: u16, name: impl Into<String>) {
        let start = self.current_pos();
        let names = &mut self.data.debug.slot_names;
        self.open_slot_names.push(names.len());
        names.push(SlotName {
            slot,
            name: name.into(),
            start,
            end: start,
        });
    }

    /// Begins a part of the code, such as a function or a block of the source, that slot names do
    /// not outlive. Scopes nest.
    pub fn begin_slot_scope(&mut self) {
        self.slot_scopes.push(self.open_slot_names.len());
    }

    /// Ends the innermost scope of slot names; if none is open, all names.
    pub fn end_slot_scope(&mut self) {
        let keep = self.slot_scopes.pop().unwrap_or(0);
        let end = self.current_pos();
        for index in self.open_slot_names.drain(keep..) {
            self.data.debug.slot_names[index].end = end;
        }
    }

    /// The index of a source file for [`set_span`](Self::set_span); it is appended unless it is
    /// there. Takes time linear in the number of files.
    ///
    /// # Panics
    /// If the file is new and there are 65536 files; see [`try_add_file`](Self::try_add_file).
    #[track_caller]
    pub fn add_file(&mut self, name: &str) -> u16 {
        expect_room(self.try_add_file(name))
    }

    /// Like [`add_file`](Self::add_file), with an error when there are too many.
    pub fn try_add_file(&mut self, name: &str) -> Result<u16, PoolFull> {
        let files = &mut self.data.debug.files;
        match (0..=u16::MAX)
            .zip(&*files)
            .find(|(_, known)| *known == name)
        {
            Some((index, _)) => Ok(index),
            None => push_indexed(files, name.to_owned(), "file"),
        }
    }

    /// Says where the ops come from that are emitted from here on: a place in a source file, or
    /// `None` for what the source does not show. Errors give it in preference to the line that
    /// each op is emitted with.
    pub fn set_span(&mut self, span: impl Into<Option<Span>>) {
        let span = span.into();
        let start = self.current_pos();
        let spans = &mut self.data.debug.spans;
        spans.pop_if(|&mut (last, _)| last == start);
        if spans.last().and_then(|&(_, last)| last) != span {
            spans.push((start, span));
        }
    }

    /// Sets the name of the source file. The last call wins.
    pub fn set_source(&mut self, source: impl Into<String>) {
        self.data.source = source.into();
    }

    /// Sets the rules for numbers, comparison and truth; without this, the contract's.
    pub fn set_dialect(&mut self, dialect: Dialect) {
        self.data.numeric.dialect = dialect;
    }

    /// Sets what an integer result that does not fit becomes; without this, it wraps.
    pub fn set_overflow(&mut self, overflow: Overflow) {
        self.data.numeric.overflow = overflow;
    }

    /// Makes the chunk: resolves labels and fills in [`op_hash`](ChunkData::op_hash).
    ///
    /// # Panics
    /// If a label is used but not bound; see [`try_build`](Self::try_build).
    #[track_caller]
    pub fn build(self) -> Chunk {
        match self.try_build() {
            Ok(chunk) => chunk,
            Err(error) => panic!("{error}"),
        }
    }

    /// Like [`build`](Self::build), with an error for a label that is used but not bound.
    pub fn try_build(mut self) -> Result<Chunk, BuildError> {
        for (label, label_use) in self.label_uses {
            let position = self.labels[label.0].ok_or(BuildError::UnboundLabel(label_use))?;
            match label_use {
                LabelUse::Jump(index) => {
                    self.data.ops[index].set_target(position);
                }
                LabelUse::SubEntry(index) => self.data.sub_entries[index].1 = position,
                LabelUse::BlockStart(index) => self.data.block_ranges[index].0 = position,
                LabelUse::BlockEnd(index) => self.data.block_ranges[index].1 = position,
            }
        }
        let end = self.data.ops.len();
        for index in self.open_slot_names {
            self.data.debug.slot_names[index].end = end;
        }
        if self
            .data
            .debug
            .spans
            .last()
            .is_some_and(|&(start, _)| start == end)
        {
            self.data.debug.spans.pop();
        }
        self.data.op_hash = hash::op_hash(&self.data);
        Ok(self.data.into())
    }

    #[track_caller]
    fn use_label(&mut self, label: Label, label_use: LabelUse) {
        self.expect_own(label);
        self.label_uses.push((label, label_use));
    }

    #[track_caller]
    fn expect_own(&self, label: Label) {
        assert!(
            label.0 < self.labels.len(),
            "label is not from this builder"
        );
    }
}

fn push_indexed<T>(items: &mut Vec<T>, item: T, pool: &'static str) -> Result<u16, PoolFull> {
    let index = u16::try_from(items.len()).map_err(|_| PoolFull { pool })?;
    items.push(item);
    Ok(index)
}

#[track_caller]
fn expect_room(index: Result<u16, PoolFull>) -> u16 {
    match index {
        Ok(index) => index,
        Err(full) => panic!("{full}"),
    }
}

impl fmt::Display for PoolFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "too many entries in the {} pool: the limit is {POOL_LIMIT}",
            self.pool
        )
    }
}

impl Error for PoolFull {}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::UnboundLabel(label_use) = self;
        write!(f, "unbound label used by ")?;
        match label_use {
            LabelUse::Jump(index) => write!(f, "the op at {index}"),
            LabelUse::SubEntry(index) => write!(f, "sub entry {index}"),
            LabelUse::BlockStart(index) => write!(f, "the start of block range {index}"),
            LabelUse::BlockEnd(index) => write!(f, "the end of block range {index}"),
        }
    }
}

impl Error for BuildError {}
