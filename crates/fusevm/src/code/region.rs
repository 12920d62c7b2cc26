//! Regions: blocks that share one check of the operand stack.
//!
//! Where the height of the stack relative to a place that was checked is known, nothing needs to
//! be looked at again: a loop that neither calls nor is entered at different heights runs without
//! any check. A region is what is reached like that from its *base*, a block. What the base's
//! check promises is enough for all blocks of the region.
//!
//! Calls and handlers are assumed to do what they usually do, to take their arguments and push a
//! result. The block behind one looks whether they did.

use crate::chunk::ChunkData;
use crate::chunk::flow::{Flow, Reach, ends_block, successors};
use crate::op::{Op, OpFlags, StackEffect};

use super::Functions;

/// Rounds of propagation before all that is left in conflict gets a check of its own. Nested loops
/// with handlers take one each.
const MAX_ROUNDS: usize = 8;

/// A block as part of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    /// What the region relies on, as seen from the start of the block.
    pub(super) reach: Reach,
    /// Whether entering the block takes a look at the stack.
    pub(super) checked: bool,
}

/// Where a block stands: its region's base, and the height above the base's.
type Place = (usize, i64);

/// Divides the blocks of `flow` into regions. One member for each block.
pub(super) fn regions(chunk: &ChunkData, flow: &Flow, functions: &Functions) -> Vec<Member> {
    let places = settle(chunk, flow, functions);
    let mut bounds = vec![Reach::default(); flow.blocks.len()];
    for (block, &(base, height)) in flow.blocks.iter().zip(&places) {
        let seen = seen_from(block.reach, -height);
        let Reach { need, grow } = &mut bounds[base];
        *need = seen.need.max(*need);
        *grow = seen.grow.max(*grow);
    }
    places
        .iter()
        .enumerate()
        .map(|(index, &(base, height))| Member {
            reach: seen_from(bounds[base], height),
            checked: base == index || follows_stranger(chunk, flow.blocks[index].start),
        })
        .collect()
}

/// What a place relies on from where the stack is `height` higher.
pub(super) fn seen_from(reach: Reach, height: i64) -> Reach {
    let shift = |n: usize, by| i64::try_from(n).unwrap_or(i64::MAX).saturating_add(by);
    Reach {
        need: usize::try_from(shift(reach.need, height)).unwrap_or(0),
        grow: usize::try_from(shift(reach.grow, -height)).unwrap_or(0),
    }
}

/// How far `ops`, which do not end a block, move the height of the stack.
pub(super) fn height_after(ops: &[Op]) -> i64 {
    ops.iter().map(|op| net(op.stack_effect())).sum()
}

fn net(effect: StackEffect) -> i64 {
    i64::from(effect.pushes) - i64::from(effect.pops)
}

fn settle(chunk: &ChunkData, flow: &Flow, functions: &Functions) -> Vec<Place> {
    let mut is_base = fixed_bases(chunk, flow);
    for _ in 0..MAX_ROUNDS {
        let (places, conflicts) = propagate(chunk, flow, functions, &is_base);
        if conflicts.is_empty() {
            return places;
        }
        for block in conflicts {
            is_base[block] = true;
        }
    }
    (0..flow.blocks.len()).map(|block| (block, 0)).collect()
}

/// The blocks that control enters from elsewhere.
fn fixed_bases(chunk: &ChunkData, flow: &Flow) -> Vec<bool> {
    let mut is_base = vec![false; flow.blocks.len()];
    let entries = chunk.sub_entries.iter().map(|&(_, entry)| entry);
    let ranges = chunk
        .block_ranges
        .iter()
        .flat_map(|&(start, end)| [start, end]);
    for at in entries.chain(ranges).chain([0]) {
        if let Some(block) = flow.block_at(at) {
            is_base[block] = true;
        }
    }
    is_base
}

/// Carries heights from the bases along the edges. The blocks that are reached in two ways that
/// do not agree are in conflict.
fn propagate(
    chunk: &ChunkData,
    flow: &Flow,
    functions: &Functions,
    is_base: &[bool],
) -> (Vec<Place>, Vec<usize>) {
    let mut places: Vec<Option<Place>> = vec![None; flow.blocks.len()];
    let mut conflicts = Vec::new();
    let mut work = Vec::new();
    for (block, _) in is_base.iter().enumerate().filter(|&(_, &base)| base) {
        places[block] = Some((block, 0));
        work.push(block);
    }
    // What nothing leads to is a base too, in turn.
    let mut unreached = 0..flow.blocks.len();
    loop {
        while let Some(block) = work.pop() {
            let Some((base, mut height)) = places[block] else {
                continue;
            };
            let (start, end) = (flow.blocks[block].start, flow.blocks[block].end);
            for at in start..end {
                let op = &chunk.ops[at];
                let effect = usual_effect(op, functions);
                height += effect.unwrap_or(0);
                for next in successors(chunk, at, op) {
                    // Within a block there is only one way.
                    if next == at + 1 && next < end {
                        continue;
                    }
                    let Some(next) = flow.block_at(next) else {
                        continue;
                    };
                    let place = match effect {
                        Some(_) => (base, height),
                        None => (next, 0),
                    };
                    match places[next] {
                        None => {
                            places[next] = Some(place);
                            work.push(next);
                        }
                        Some(known) if known == place || is_base[next] => {}
                        Some(_) => conflicts.push(next),
                    }
                }
            }
        }
        let Some(block) = unreached.find(|&block| places[block].is_none()) else {
            break;
        };
        places[block] = Some((block, 0));
        work.push(block);
    }
    let places = places
        .into_iter()
        .enumerate()
        .map(|(block, place)| place.unwrap_or((block, 0)))
        .collect();
    (places, conflicts)
}

/// What an operation is assumed to do to the height of the stack; nothing when there is no usual
/// case.
fn usual_effect(op: &Op, functions: &Functions) -> Option<i64> {
    let effect = op.stack_effect();
    let result = match op {
        Op::Call(name, _) => functions.get(name).is_none_or(|f| f.returns_value),
        Op::CallBuiltin(..) | Op::CallFunction(..) | Op::CallValue(..) => true,
        _ => return effect.known.then(|| net(effect)),
    };
    Some(i64::from(result) - i64::from(effect.pops))
}

/// Whether the operation before `start` runs code that can do anything to the stack.
fn follows_stranger(chunk: &ChunkData, start: usize) -> bool {
    let before = start.checked_sub(1).map(|at| &chunk.ops[at]);
    before.is_none_or(|op| ends_block(op) && !op.opcode().info().is(OpFlags::TERMINATOR))
}
