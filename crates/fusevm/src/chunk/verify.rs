//! Verification: what a chunk must keep to be well formed.
//!
//! The machine runs any chunk without harm. Verification is for those who want to know
//! beforehand: a tool that loads code from elsewhere, a front end's tests.

use std::collections::{HashSet, VecDeque};
use std::fmt;

use crate::op::{Op, OpFlags, OperandKind, OperandValue};

use super::flow::{block_operand, successors};
use super::{Chunk, ChunkData, MAX_STORED_DEPTH, SlotName, Span};

/// The rule that a chunk breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// There is one source line for each operation, or none at all.
    Lines,
    /// A constant operand names an entry of the constant pool.
    Constant,
    /// A name operand, or the name of a function, is an entry of the name pool.
    Name,
    /// A jump leads to an operation, or to the end of the code.
    Target,
    /// A block operand names a block range.
    Block,
    /// A block range lies within the code and does not end before it starts.
    BlockRange,
    /// A sub-chunk operand names a sub-chunk.
    SubChunk,
    /// A function starts within the code, or at its end.
    SubEntry,
    /// A slot has a name in a part of the code, which does not end before it starts.
    SlotName,
    /// The entries of the table of spans are in the order of the operations, within the code, and
    /// name source files that exist.
    Span,
    /// Operands that an operation takes are there on some way to it.
    Operands,
    /// Sub-chunks are nested at most [`MAX_STORED_DEPTH`] deep.
    Depth,
}

/// A chunk is not well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyError {
    rule: Rule,
    op_index: Option<usize>,
    sub_chunk: Vec<usize>,
    message: String,
}

impl VerifyError {
    fn new(rule: Rule, op_index: impl Into<Option<usize>>, message: String) -> Self {
        VerifyError {
            rule,
            op_index: op_index.into(),
            sub_chunk: Vec::new(),
            message,
        }
    }

    /// The rule that is broken.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// The operation that breaks it, where it is one.
    pub fn op_index(&self) -> Option<usize> {
        self.op_index
    }

    /// The way to the sub-chunk in question, outermost first; empty for the chunk itself.
    pub fn sub_chunk(&self) -> &[usize] {
        &self.sub_chunk
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for index in &self.sub_chunk {
            write!(f, "sub-chunk {index}: ")?;
        }
        if let Some(at) = self.op_index {
            write!(f, "op {at}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for VerifyError {}

/// Verifies `chunk` and its sub-chunks, without recursion: nesting is input too.
pub(super) fn verify(chunk: &Chunk) -> Result<(), VerifyError> {
    let mut pending = vec![(chunk, Vec::new())];
    let mut seen = HashSet::new();
    while let Some((chunk, path)) = pending.pop() {
        if !seen.insert(std::ptr::from_ref::<ChunkData>(chunk)) {
            continue;
        }
        if path.len() > MAX_STORED_DEPTH {
            let message = format!("sub-chunks are nested deeper than {MAX_STORED_DEPTH}");
            return Err(VerifyError::new(Rule::Depth, None, message));
        }
        if let Err(error) = verify_one(chunk) {
            return Err(VerifyError {
                sub_chunk: path,
                ..error
            });
        }
        for (index, sub) in chunk.sub_chunks.iter().enumerate().rev() {
            let mut path = path.clone();
            path.push(index);
            pending.push((sub, path));
        }
    }
    Ok(())
}

fn verify_one(chunk: &ChunkData) -> Result<(), VerifyError> {
    if !chunk.lines.is_empty() && chunk.lines.len() != chunk.ops.len() {
        let message = format!(
            "{} source lines for {} operations",
            chunk.lines.len(),
            chunk.ops.len()
        );
        return Err(VerifyError::new(Rule::Lines, None, message));
    }
    for (number, &(start, end)) in chunk.block_ranges.iter().enumerate() {
        if start > end || end > chunk.ops.len() {
            let message = format!(
                "block {number} is {start}..{end}, in a chunk of {} operations",
                chunk.ops.len()
            );
            return Err(VerifyError::new(Rule::BlockRange, None, message));
        }
    }
    for &(name, entry) in &chunk.sub_entries {
        if entry > chunk.ops.len() {
            let message = format!(
                "a function starts at {entry}, in a chunk of {} operations",
                chunk.ops.len()
            );
            return Err(VerifyError::new(Rule::SubEntry, None, message));
        }
        if usize::from(name) >= chunk.names.len() {
            let message =
                format!("the function at {entry} has the name {name}, which is not in the pool");
            return Err(VerifyError::new(Rule::Name, None, message));
        }
    }
    for SlotName {
        name, start, end, ..
    } in &chunk.debug.slot_names
    {
        if start > end || *end > chunk.ops.len() {
            let message = format!(
                "the slot {name:?} has its name in {start}..{end}, in a chunk of {} operations",
                chunk.ops.len()
            );
            return Err(VerifyError::new(Rule::SlotName, None, message));
        }
    }
    verify_spans(chunk)?;
    for (at, op) in chunk.ops.iter().enumerate() {
        verify_operands(chunk, at, op)?;
    }
    verify_heights(chunk)
}

fn verify_spans(chunk: &ChunkData) -> Result<(), VerifyError> {
    let mut free = 0..chunk.ops.len();
    for &(start, span) in &chunk.debug.spans {
        let message = if !free.contains(&start) {
            format!("a span starts at {start}, which is not within {free:?}")
        } else if let Some(Span { file, .. }) = span
            && usize::from(file) >= chunk.debug.files.len()
        {
            format!("the span at {start} names file {file}, which does not exist")
        } else {
            free.start = start + 1;
            continue;
        };
        return Err(VerifyError::new(Rule::Span, None, message));
    }
    Ok(())
}

fn verify_operands(chunk: &ChunkData, at: usize, op: &Op) -> Result<(), VerifyError> {
    for (info, value) in op.operands() {
        let OperandValue::UInt(index) = value else {
            continue;
        };
        let (rule, len, what) = match info.kind {
            OperandKind::Constant => (Rule::Constant, chunk.constants.len(), "constant"),
            OperandKind::Name => (Rule::Name, chunk.names.len(), "name"),
            // The end of the code is a target like any operation.
            OperandKind::Target => (Rule::Target, chunk.ops.len() + 1, "operation"),
            OperandKind::Block => (Rule::Block, chunk.block_ranges.len(), "block"),
            OperandKind::SubChunk => (Rule::SubChunk, chunk.sub_chunks.len(), "sub-chunk"),
            _ => continue,
        };
        if index >= len as u64 {
            let name = op.opcode().info().name;
            let message = format!("{name} names {what} {index}, which does not exist");
            return Err(VerifyError::new(rule, at, message));
        }
    }
    Ok(())
}

/// The most values that can be above a frame's base; `None` when that is not known.
type Height = Option<usize>;

/// Follows every path and keeps the greatest possible stack height of each operation. Where even
/// that is too low, operands are missing on every path.
fn verify_heights(chunk: &ChunkData) -> Result<(), VerifyError> {
    /// A height that still rises after so many visits belongs to a loop that leaves values.
    const MAX_RISES: u8 = 8;

    let mut heights: Vec<Option<Height>> = vec![None; chunk.ops.len()];
    let mut rises = vec![0u8; chunk.ops.len()];
    let mut work: VecDeque<(usize, Height)> = VecDeque::from([(0, Some(0))]);
    // A function starts with what its caller leaves it; hosts may call it too.
    work.extend(chunk.sub_entries.iter().map(|&(_, entry)| (entry, None)));
    while let Some((at, height)) = work.pop_front() {
        let Some(op) = chunk.ops.get(at) else {
            continue;
        };
        let joined = match (heights[at], height) {
            (Some(None), _) => continue,
            (Some(Some(known)), Some(new)) if new <= known => continue,
            _ if rises[at] >= MAX_RISES => None,
            _ => height,
        };
        heights[at] = Some(joined);
        rises[at] = rises[at].saturating_add(1);

        let effect = op.stack_effect();
        let pops = effect.pops as usize;
        let after = match joined {
            Some(height) if effect.known => {
                Some(height.saturating_sub(pops) + effect.pushes as usize)
            }
            _ => None,
        };
        let body = block_operand(op).and_then(|index| chunk.block_ranges.get(index));
        for successor in successors(chunk, at, op) {
            // What a block finds on the stack besides its elements depends on its operation.
            let is_body = body.is_some_and(|&(start, _)| start == successor);
            work.push_back((successor, if is_body { None } else { after }));
        }
    }
    for (at, op) in chunk.ops.iter().enumerate() {
        let info = op.opcode().info();
        // Of a list the values need not be there, of what comes beside it they must.
        let pops = if info.is(OpFlags::LIST) {
            info.stack.pops().into()
        } else {
            op.stack_effect().pops as usize
        };
        if let Some(Some(height)) = heights[at]
            && height < pops
        {
            let message = format!(
                "{} takes {pops} operands, but at most {height} can be there",
                info.name
            );
            return Err(VerifyError::new(Rule::Operands, at, message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn verify_ops(ops: Vec<Op>) -> Result<(), VerifyError> {
        let data = ChunkData {
            ops,
            constants: vec![Value::Int(1)],
            names: vec!["n".to_owned()],
            block_ranges: vec![(0, 1)],
            ..ChunkData::default()
        };
        Chunk::from(data).verify()
    }

    #[test]
    fn each_rule_names_the_operation() {
        let cases = [
            (vec![Op::LoadConst(1)], Rule::Constant, 0),
            (vec![Op::Nop, Op::Jump(3)], Rule::Target, 1),
            (vec![Op::Nop, Op::Call(1, 0)], Rule::Name, 1),
            (vec![Op::LoadTrue, Op::MapBlock(1)], Rule::Block, 1),
            (vec![Op::Nop, Op::CmdSubst(0)], Rule::SubChunk, 1),
            (vec![Op::LoadTrue, Op::Add], Rule::Operands, 1),
            (
                vec![Op::LoadTrue, Op::JumpIfFalse(0), Op::Pop],
                Rule::Operands,
                2,
            ),
            (vec![Op::Jump(1), Op::Dup], Rule::Operands, 1),
            (vec![Op::CallValue(3)], Rule::Operands, 0),
            (vec![Op::LoadFunction(1)], Rule::Name, 0),
        ];
        for (ops, rule, at) in cases {
            let error = verify_ops(ops.clone()).expect_err(&format!("{ops:?}"));
            assert_eq!(
                (error.rule(), error.op_index()),
                (rule, Some(at)),
                "{ops:?}: {error}"
            );
        }
    }

    #[test]
    fn well_formed_code_passes() {
        let cases = [
            vec![Op::Nop, Op::Jump(2)],
            // The loop leaves a value in each round.
            vec![
                Op::LoadTrue,
                Op::JumpIfFalse(4),
                Op::LoadTrue,
                Op::Jump(0),
                Op::Pop,
            ],
            // Lists take what is there; handlers leave what they like.
            vec![Op::LoadTrue, Op::MakeArray(9), Op::Pop],
            vec![Op::CallBuiltin(0, 0), Op::Add, Op::Add],
            vec![Op::LoadFunction(0), Op::CallValue(3)],
            vec![Op::GetVar(500), Op::SetVar(500)],
            vec![Op::LoadUndef, Op::Nop, Op::MapBlock(0)],
        ];
        for ops in cases {
            assert_eq!(verify_ops(ops.clone()), Ok(()), "{ops:?}");
        }
    }

    #[test]
    fn a_shortage_is_refused_only_if_every_way_has_it() {
        // One way to the Add brings two operands, the other none.
        let ops = vec![
            Op::LoadTrue,
            Op::JumpIfTrue(4),
            Op::LoadInt(1),
            Op::LoadInt(2),
            Op::Add,
        ];
        assert_eq!(verify_ops(ops), Ok(()));
    }

    const SPAN: Span = Span {
        file: 0,
        line: 1,
        column: 0,
    };

    fn slot_name(start: usize, end: usize) -> Vec<SlotName> {
        let (slot, name) = (0, "n".to_owned());
        vec![SlotName {
            slot,
            name,
            start,
            end,
        }]
    }

    #[test]
    fn tables_of_the_chunk() {
        type Change = fn(&mut ChunkData);
        let cases: [(Change, Rule); 11] = [
            (|c| c.lines = vec![1, 2], Rule::Lines),
            (|c| c.block_ranges = vec![(1, 0)], Rule::BlockRange),
            (|c| c.block_ranges = vec![(0, 2)], Rule::BlockRange),
            (|c| c.sub_entries = vec![(0, 2)], Rule::SubEntry),
            (|c| c.sub_entries = vec![(7, 0)], Rule::Name),
            (|c| c.debug.slot_names = slot_name(1, 0), Rule::SlotName),
            (|c| c.debug.slot_names = slot_name(0, 2), Rule::SlotName),
            (|c| c.debug.spans = vec![(1, None)], Rule::Span),
            (|c| c.debug.spans = vec![(0, None), (0, None)], Rule::Span),
            (|c| c.debug.spans = vec![(usize::MAX, None)], Rule::Span),
            (|c| c.debug.spans = vec![(0, Some(SPAN))], Rule::Span),
        ];
        for (change, rule) in cases {
            let mut data = ChunkData {
                ops: vec![Op::Nop],
                names: vec!["f".to_owned()],
                lines: vec![1],
                ..ChunkData::default()
            };
            change(&mut data);
            let inner = Chunk::from(data.clone()).verify().unwrap_err();
            assert_eq!((inner.rule(), inner.sub_chunk()), (rule, &[][..]));
            let outer = ChunkData {
                sub_chunks: vec![Chunk::new(), data.into()],
                ..ChunkData::default()
            };
            let error = Chunk::from(outer).verify().unwrap_err();
            assert_eq!((error.rule(), error.sub_chunk()), (rule, &[1][..]));
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let mut chunk = Chunk::new();
        for _ in 0..100_000 {
            chunk = ChunkData {
                sub_chunks: vec![chunk],
                ..ChunkData::default()
            }
            .into();
        }
        assert_eq!(chunk.verify().unwrap_err().rule(), Rule::Depth);
    }
}
