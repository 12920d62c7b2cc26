//! Control flow of a chunk: basic blocks, what each needs of the operand stack, and how many
//! slots the frame must have that runs it.
//!
//! A block starts at a *leader*: the start of the chunk, a function or a block range, the end of
//! a range, a jump target, and whatever follows an operation that does not simply fall through
//! or whose stack effect is not known (calls, handlers, returns, frame changes). A conditional
//! jump does not end a block: leaving early is harmless to what a block promises.

use crate::op::{HandlerClass, Op, OpFlags, OperandKind, OperandValue};

use super::ChunkData;

/// Operations that run from their start to their end, or leave by a jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    /// Index of the first operation.
    pub(crate) start: usize,
    /// Index behind the last operation.
    pub(crate) end: usize,
    /// What the block does to the operand stack.
    pub(crate) reach: Reach,
    /// How many slots a frame must have to run the block, or anything reached from it without
    /// a call.
    pub(crate) window: usize,
    /// Whether the block, or a block that shares its frame, returns a value.
    pub(crate) returns_value: bool,
}

impl Block {
    /// The fuel that the block costs: one unit for each operation.
    pub(crate) fn cost(&self) -> u64 {
        (self.end - self.start) as u64
    }
}

/// How far a sequence of operations moves below and above the stack height it starts at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Reach {
    /// Operands taken from below the starting height, at the deepest point.
    pub(crate) need: usize,
    /// Values above the starting height, at the highest point.
    pub(crate) grow: usize,
}

impl Reach {
    /// The reach of straight-line `ops`. The known part of every effect counts; an operation
    /// with an unknown effect looks after itself.
    pub(crate) fn of(ops: &[Op]) -> Self {
        let mut reach = Reach::default();
        let mut height = 0i64;
        for op in ops {
            let effect = op.stack_effect();
            if !effect.known {
                continue;
            }
            height -= i64::from(effect.pops);
            reach.need = reach.need.max(usize::try_from(-height).unwrap_or(0));
            height += i64::from(effect.pushes);
            reach.grow = reach.grow.max(usize::try_from(height).unwrap_or(0));
        }
        reach
    }
}

/// The blocks of a chunk, in order, without gaps.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flow {
    pub(crate) blocks: Vec<Block>,
}

impl Flow {
    /// Analyses `chunk`, whatever it contains: operands out of range are treated as absent.
    pub(crate) fn of(chunk: &ChunkData) -> Self {
        let leaders = leaders(chunk);
        let starts = (0..chunk.ops.len()).filter(|&at| leaders[at]);
        let ends = starts.clone().skip(1).chain([chunk.ops.len()]);
        let blocks = starts
            .zip(ends)
            .map(|(start, end)| Block {
                start,
                end,
                reach: Reach::of(&chunk.ops[start..end]),
                window: 0,
                returns_value: false,
            })
            .collect();
        let mut flow = Flow { blocks };
        flow.assign_frames(chunk);
        flow
    }

    /// The number of the block that contains operation `at`; `None` behind the last one.
    pub(crate) fn block_at(&self, at: usize) -> Option<usize> {
        // Where most runs begin.
        if at == 0 {
            return (!self.blocks.is_empty()).then_some(0);
        }
        let behind = self.blocks.partition_point(|block| block.start <= at);
        let index = behind.checked_sub(1)?;
        (at < self.blocks[index].end).then_some(index)
    }

    /// Blocks that control can move between without a call share one frame, so they all get the
    /// largest window that one of them uses, and are one function to those who call it.
    fn assign_frames(&mut self, chunk: &ChunkData) {
        let mut components = Components::new(self.blocks.len());
        for index in 0..self.blocks.len() {
            let Block { start, end, .. } = self.blocks[index];
            for (at, op) in chunk.ops[start..end].iter().enumerate() {
                // It goes on in another frame.
                if matches!(op, Op::Unwind(_)) {
                    continue;
                }
                for successor in successors(chunk, start + at, op) {
                    if let Some(other) = self.block_at(successor) {
                        components.unite(index, other);
                    }
                }
            }
        }
        let mut frames = vec![(0, false); self.blocks.len()];
        for (index, block) in self.blocks.iter().enumerate() {
            let ops = &chunk.ops[block.start..block.end];
            let used = ops.iter().map(slots_used).max();
            let (window, returns_value) = &mut frames[components.find(index)];
            *window = used.unwrap_or(0).max(*window);
            *returns_value |= ops.contains(&Op::ReturnValue);
        }
        for (index, block) in self.blocks.iter_mut().enumerate() {
            (block.window, block.returns_value) = frames[components.find(index)];
        }
    }
}

fn leaders(chunk: &ChunkData) -> Vec<bool> {
    let len = chunk.ops.len();
    let mut leaders = vec![false; len + 1];
    leaders[0] = true;
    let entries = chunk.sub_entries.iter().map(|&(_, entry)| entry);
    let ranges = chunk
        .block_ranges
        .iter()
        .flat_map(|&(start, end)| [start, end]);
    let targets = chunk.ops.iter().filter_map(Op::target);
    for at in entries.chain(ranges).chain(targets) {
        if let Some(leader) = leaders.get_mut(at) {
            *leader = true;
        }
    }
    for (at, op) in chunk.ops.iter().enumerate() {
        leaders[at + 1] |= ends_block(op);
    }
    leaders
}

/// Whether what follows `op` is another block: control goes elsewhere, or other code may do
/// anything in between.
pub(crate) fn ends_block(op: &Op) -> bool {
    let info = op.opcode().info();
    info.is(OpFlags::TERMINATOR)
        || info.class == HandlerClass::Reentrant
        || !op.stack_effect().known
        || block_operand(op).is_some()
}

/// The block range that `op` runs, by number.
pub(crate) fn block_operand(op: &Op) -> Option<usize> {
    op.operands()
        .find_map(|(info, value)| match (info.kind, value) {
            (OperandKind::Block, OperandValue::UInt(index)) => Some(index as usize),
            _ => None,
        })
}

/// Where control continues after the block operation at `at` has run its range: a range that
/// starts right behind the operation is passed over.
pub(crate) fn block_continuation(at: usize, (start, end): (usize, usize)) -> usize {
    if start == at + 1 && end >= start {
        end
    } else {
        at + 1
    }
}

/// The operations that can follow `op` at index `at` in the same frame.
pub(crate) fn successors(
    chunk: &ChunkData,
    at: usize,
    op: &Op,
) -> impl Iterator<Item = usize> + use<> {
    let falls_through = !op.opcode().info().is(OpFlags::TERMINATOR);
    let range = block_operand(op).and_then(|index| chunk.block_ranges.get(index).copied());
    let body = range.map(|(start, _)| start);
    let next = falls_through.then(|| range.map_or(at + 1, |range| block_continuation(at, range)));
    op.target().into_iter().chain(body).chain(next)
}

/// One more than the highest slot that `op` names.
fn slots_used(op: &Op) -> usize {
    op.operands()
        .map(|(info, value)| match (info.kind, value) {
            (OperandKind::Slot, OperandValue::UInt(slot)) => slot as usize + 1,
            _ => 0,
        })
        .max()
        .unwrap_or(0)
}

/// Disjoint sets of block numbers.
struct Components {
    parents: Vec<usize>,
}

impl Components {
    fn new(len: usize) -> Self {
        Components {
            parents: (0..len).collect(),
        }
    }

    fn find(&mut self, mut index: usize) -> usize {
        while self.parents[index] != index {
            self.parents[index] = self.parents[self.parents[index]];
            index = self.parents[index];
        }
        index
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        // The lower number leads, which keeps the paths short for code that mostly falls through.
        self.parents[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(ops: Vec<Op>) -> ChunkData {
        ChunkData {
            ops,
            ..ChunkData::default()
        }
    }

    #[test]
    fn reach_counts_the_deepest_and_the_highest_point() {
        let cases = [
            (vec![Op::LoadInt(1), Op::LoadInt(2), Op::Add], (0, 2)),
            (vec![Op::Add, Op::Add], (3, 0)),
            (vec![Op::Pop, Op::LoadTrue, Op::LoadTrue], (1, 1)),
            (vec![Op::Dup], (1, 1)),
            (vec![Op::Dup2], (2, 2)),
            (vec![Op::MakeArray(4)], (4, 0)),
            (vec![], (0, 0)),
        ];
        for (ops, (need, grow)) in cases {
            assert_eq!(Reach::of(&ops), Reach { need, grow }, "{ops:?}");
        }
    }

    #[test]
    fn blocks_start_at_leaders() {
        let mut chunk = chunk(vec![
            Op::LoadInt(1),        // 0 leader: start
            Op::JumpIfTrue(4),     // 1
            Op::Nop,               // 2
            Op::CallBuiltin(0, 0), // 3
            Op::Return,            // 4 leader: target, and behind a call
            Op::Nop,               // 5 leader: behind a terminator
            Op::Nop,               // 6 leader: function
        ]);
        chunk.sub_entries = vec![(0, 6), (1, 99)];
        let starts: Vec<usize> = Flow::of(&chunk).blocks.iter().map(|b| b.start).collect();
        assert_eq!(starts, [0, 4, 5, 6]);
    }

    #[test]
    fn windows_belong_to_functions() {
        let mut chunk = chunk(vec![
            Op::SetSlot(2),
            Op::Jump(3),
            Op::Nop,
            Op::Return,
            Op::GetSlot(7), // the function
            Op::ReturnValue,
        ]);
        chunk.sub_entries = vec![(0, 4)];
        let flow = Flow::of(&chunk);
        let window = |at| flow.blocks[flow.block_at(at).unwrap()].window;
        assert_eq!((window(0), window(3), window(4)), (3, 3, 8));
        assert_eq!(flow.block_at(6), None);
    }
}
