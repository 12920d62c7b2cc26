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

#[cfg(test)]
mod tests {
    use super::*;

    /// A block: where it starts, whether entering it takes a look, and what is relied on there.
    type Row = (usize, bool, usize, usize);

    fn rows(ops: &[Op], entries: &[(u16, usize)], ranges: &[(usize, usize)]) -> Vec<Row> {
        let chunk = ChunkData {
            ops: ops.to_vec(),
            sub_entries: entries.to_vec(),
            block_ranges: ranges.to_vec(),
            ..ChunkData::default()
        };
        let code = crate::code::lower(&chunk);
        regions(&chunk, &code.flow, &code.functions)
            .into_iter()
            .zip(&code.flow.blocks)
            .map(|(member, block)| {
                let Reach { need, grow } = member.reach;
                (block.start, member.checked, need, grow)
            })
            .collect()
    }

    #[test]
    fn blocks_at_known_heights_share_the_check_of_their_base() {
        struct Case {
            about: &'static str,
            ops: Vec<Op>,
            entries: &'static [(u16, usize)],
            ranges: &'static [(usize, usize)],
            rows: &'static [Row],
        }
        let cases = [
            Case {
                about: "a loop",
                ops: vec![
                    Op::LoadInt(0),
                    Op::GetSlot(0), // 1
                    Op::LoadInt(9),
                    Op::NumLt,
                    Op::JumpIfFalse(6),
                    Op::Jump(1),
                    Op::Pop, // 6
                ],
                entries: &[],
                ranges: &[],
                rows: &[(0, true, 0, 3), (1, false, 1, 2), (6, false, 1, 2)],
            },
            Case {
                about: "a base promises what later blocks take",
                ops: vec![Op::Jump(1), Op::Add, Op::Jump(3), Op::Add],
                entries: &[],
                ranges: &[],
                rows: &[(0, true, 3, 0), (1, false, 3, 0), (3, false, 2, 1)],
            },
            Case {
                about: "a loop that leaves an operand in each pass",
                ops: vec![Op::LoadInt(0), Op::LoadInt(1), Op::Jump(1)],
                entries: &[],
                ranges: &[],
                rows: &[(0, true, 0, 1), (1, true, 0, 1)],
            },
            Case {
                about: "a call of a function with a result, which only has to be looked at",
                ops: vec![
                    Op::LoadInt(1),
                    Op::Call(0, 1),
                    Op::Pop, // 2
                    Op::Return,
                    Op::ReturnValue, // 4
                ],
                entries: &[(0, 4)],
                ranges: &[],
                rows: &[(0, true, 0, 1), (2, true, 1, 0), (4, true, 1, 0)],
            },
            Case {
                about: "a function without a result",
                ops: vec![Op::Call(0, 0), Op::Jump(2), Op::Return, Op::Return],
                entries: &[(0, 3)],
                ranges: &[],
                rows: &[
                    (0, true, 0, 0),
                    (1, true, 0, 0),
                    (2, false, 0, 0),
                    (3, true, 0, 0),
                ],
            },
            Case {
                about: "a block range, which is entered from elsewhere",
                ops: vec![Op::MapBlock(0), Op::Inc, Op::Pop],
                entries: &[],
                ranges: &[(1, 2)],
                rows: &[(0, true, 1, 0), (1, true, 1, 0), (2, true, 1, 0)],
            },
            Case {
                about: "code that nothing leads to",
                ops: vec![Op::Return, Op::Pop],
                entries: &[],
                ranges: &[],
                rows: &[(0, true, 0, 0), (1, true, 1, 0)],
            },
            Case {
                about: "behind a jump out of everything nothing is known",
                ops: vec![Op::LoadInt(1), Op::Unwind(2), Op::Pop],
                entries: &[],
                ranges: &[],
                rows: &[(0, true, 0, 1), (2, true, 1, 0)],
            },
        ];
        for case in cases {
            let found = rows(&case.ops, case.entries, case.ranges);
            assert_eq!(found, case.rows, "{}", case.about);
        }
    }

    #[test]
    fn what_a_place_relies_on_depends_on_its_height() {
        let reach = Reach { need: 2, grow: 3 };
        for (height, need, grow) in [(0, 2, 3), (2, 4, 1), (5, 7, 0), (-1, 1, 4), (-4, 0, 7)] {
            assert_eq!(seen_from(reach, height), Reach { need, grow }, "{height}");
        }
    }
}
