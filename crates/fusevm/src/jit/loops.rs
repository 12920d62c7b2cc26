//! Loops, by the jumps that go back.

use std::collections::BTreeMap;

use crate::op::Op;

/// From where to where the loops go that are made by some operations and their indices, in ascending
/// order: by their first operations, the last ones.
pub(super) fn loops<'o>(ops: impl Iterator<Item = (usize, &'o Op)>) -> BTreeMap<usize, usize> {
    let jumps = ops.filter_map(|(at, op)| op.target().map(|target| (target, at)));
    // The last jump back to an operation is what remains.
    jumps.filter(|(target, at)| target <= at).collect()
}

/// Where the smallest loop starts that is around the one that starts at `start`.
pub(super) fn around(ops: &[Op], start: usize) -> Option<usize> {
    let loops = loops(ops.iter().enumerate());
    let &end = loops.get(&start)?;
    let others = loops
        .into_iter()
        .filter(|&(other, last)| other < start && last > end);
    others
        .map(|(other, last)| (last - other, other))
        .min()
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_loop_around_another_is_found() {
        let ops = [
            Op::Nop,            // 0: the outermost loop
            Op::Nop,            // 1: a loop in it
            Op::JumpIfTrue(1),  // 2
            Op::Nop,            // 3: another one
            Op::Nop,            // 4: one in that
            Op::JumpIfFalse(4), // 5
            Op::JumpIfFalse(3), // 6
            Op::Jump(0),        // 7
            Op::JumpIfTrue(8),  // 8: alone
        ];
        let around = |start| around(&ops, start);
        assert_eq!(
            [0, 1, 3, 4, 8].map(around),
            [None, Some(0), Some(0), Some(3), None]
        );
        assert_eq!(around(2), None);
    }
}
