//! Parts of a chunk that can run without a machine.

use std::ops::Range;

use super::eligibility::is_block_op;
use crate::chunk::flow::successors;
use crate::chunk::{Chunk, ChunkData, op_hash};
use crate::op::Op;

/// A shorter part is not worth a run of its own.
const MIN_OPS: usize = 4;

/// The longest part that needs no machine, starts without operands and has no jump out of it; of
/// several the first.
pub(super) fn find(chunk: &Chunk) -> Option<(usize, usize)> {
    let ops = &chunk.ops;
    if ops.len() >= MIN_OPS && ops.iter().all(is_block_op) {
        return Some((0, ops.len()));
    }
    let clean = without_operands(chunk);
    let mut best: Option<Range<usize>> = None;
    let mut at = 0;
    while at < ops.len() {
        let run = at..(at..ops.len())
            .find(|&at| !is_block_op(&ops[at]))
            .unwrap_or(ops.len());
        at = run.end + 1;
        let Some(start) = run.clone().find(|&at| clean[at]) else {
            continue;
        };
        let part = start..run.end;
        let is_closed = ops[part.clone()]
            .iter()
            .filter_map(Op::target)
            .all(|target| part.contains(&target));
        let longest = best.as_ref().map_or(MIN_OPS - 1, Range::len);
        if is_closed && part.len() > longest {
            best = Some(part);
        }
    }
    best.map(|part| (part.start, part.end))
}

/// For each operation, whether the program gets there without operands on all ways. What has no known
/// effect is taken to leave one value, as calls do.
fn without_operands(chunk: &ChunkData) -> Vec<bool> {
    /// What is known of the height of the stack before an operation.
    #[derive(Clone, Copy, PartialEq)]
    enum Height {
        Unreached,
        Of(u32),
        Several,
    }

    let mut heights = vec![Height::Unreached; chunk.ops.len()];
    let entries = chunk.sub_entries.iter().map(|&(_, entry)| entry);
    let mut work: Vec<(usize, Height)> = entries.chain([0]).map(|at| (at, Height::Of(0))).collect();
    while let Some((at, height)) = work.pop() {
        let Some(known) = heights.get_mut(at) else {
            continue;
        };
        let joined = match *known {
            Height::Unreached => height,
            present if present == height => continue,
            Height::Several => continue,
            Height::Of(_) => Height::Several,
        };
        *known = joined;
        let op = &chunk.ops[at];
        let effect = op.stack_effect();
        let pushes = if effect.known { effect.pushes } else { 1 };
        let after = match joined {
            Height::Of(height) => {
                Height::Of(height.saturating_sub(effect.pops).saturating_add(pushes))
            }
            other => other,
        };
        work.extend(successors(chunk, at, op).map(|next| (next, after)));
    }
    heights
        .iter()
        .map(|&height| height == Height::Of(0))
        .collect()
}

/// The operations from `start` to `end` as a chunk of their own, with the constants and names, and
/// without functions, block ranges and sub-chunks. A jump that leaves the part ends the chunk.
pub(super) fn extract(chunk: &Chunk, start: usize, end: usize) -> Chunk {
    let end = end.min(chunk.ops.len());
    let start = start.min(end);
    let len = end - start;
    let mut ops = chunk.ops[start..end].to_vec();
    for op in &mut ops {
        if let Some(target) = op.target() {
            let inside = target.checked_sub(start).filter(|&target| target < len);
            op.set_target(inside.unwrap_or(len));
        }
    }
    let lines = chunk.lines.iter().copied().skip(start);
    let mut data = ChunkData {
        ops,
        constants: chunk.constants.clone(),
        names: chunk.names.clone(),
        lines: lines.chain(std::iter::repeat(0)).take(len).collect(),
        source: chunk.source.clone(),
        numeric: chunk.numeric,
        ..ChunkData::default()
    };
    data.op_hash = op_hash(&data);
    data.into()
}
