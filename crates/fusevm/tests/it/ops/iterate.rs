//! Ranges and the operations that run a block.

use fusevm::Op;
use fusevm::op::Opcode;

use super::{Row, op, program};
use crate::support::{UNDEF, array, float, int, ints, str};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = ranges();
    rows.extend(blocks());
    rows
}

fn ranges() -> Vec<Row> {
    let range = |from, to, result| op(Op::Range).on([from, to]).leaves([result]);
    let stepped = |from, to, step, result| {
        op(Op::RangeStep)
            .on([int(from), int(to), step])
            .leaves([result])
    };
    vec![
        range(int(1), int(4), ints(1..=4)),
        range(int(4), int(1), ints([])),
        range(int(4), int(4), ints([4])),
        range(float(1.9), str("3"), ints([1, 2, 3])),
        range(str("a"), str("e"), ints([0])),
        range(
            int(i64::MAX - 1),
            int(i64::MAX),
            ints([i64::MAX - 1, i64::MAX]),
        ),
        op(Op::Range).on([int(2)]).leaves([ints([0, 1, 2])]),
        op(Op::Range).leaves([ints([0])]),
        op(Op::Range)
            .on([int(i64::MIN), int(i64::MAX)])
            .leaves([int(i64::MIN), int(i64::MAX)])
            .fails("value too large: one value may hold at most 1073741824 bytes"),
        stepped(0, 10, int(4), ints([0, 4, 8])),
        stepped(0, 8, int(4), ints([0, 4, 8])),
        stepped(8, 0, int(-4), ints([8, 4, 0])),
        stepped(0, 8, int(-4), ints([])),
        stepped(8, 0, int(4), ints([])),
        stepped(0, 8, int(0), ints([])),
        stepped(0, 8, float(0.5), ints([])),
        stepped(i64::MAX - 1, i64::MAX, int(3), ints([i64::MAX - 1])),
        stepped(
            i64::MIN,
            i64::MAX,
            int(i64::MAX),
            ints([i64::MIN, -1, i64::MAX - 1]),
        ),
        stepped(0, i64::MIN, int(i64::MIN), ints([0, i64::MIN])),
        op(Op::RangeStep)
            .on([int(4), int(2)])
            .leaves([ints([0, 2, 4])]),
        op(Op::RangeStep).leaves([ints([])]),
    ]
}

fn blocks() -> Vec<Row> {
    // The block stands right behind its operation, which therefore continues behind the block.
    let inline = |operation: Op, block: Op| {
        program(operation.opcode(), [operation, block, Op::LoadInt(99)]).block(1, 2)
    };
    vec![
        inline(Op::MapBlock(0), Op::Inc)
            .on([int(7), ints([1, 2])])
            .leaves([int(7), ints([2, 3]), int(99)]),
        inline(Op::MapBlock(0), Op::Pop)
            .on([ints([1])])
            .leaves([array([UNDEF]), int(99)]),
        inline(Op::MapBlock(0), Op::Nop)
            .on([ints([])])
            .leaves([ints([]), int(99)]),
        inline(Op::MapBlock(0), Op::Nop)
            .on([str("x")])
            .fails("MapBlock needs an array, but found Str"),
        inline(Op::MapBlock(0), Op::Nop).fails("MapBlock needs an array, but found Undef"),
        op(Op::MapBlock(0))
            .on([ints([1])])
            .fails("undefined block: 0"),
        op(Op::MapBlock(7))
            .on([ints([1])])
            .block(1, 0)
            .fails("undefined block: 7"),
        inline(Op::GrepBlock(0), Op::Dec)
            .on([ints([0, 1, 2])])
            .leaves([ints([0, 2]), int(99)]),
        inline(Op::GrepBlock(0), Op::Nop)
            .on([int(1)])
            .fails("GrepBlock needs an array, but found Int"),
        inline(Op::ForEachBlock(0), Op::Print(1))
            .on([int(7), ints([1, 2])])
            .leaves([int(7), int(99)])
            .prints("12"),
        inline(Op::ForEachBlock(0), Op::Nop).fails("ForEachBlock needs an array, but found Undef"),
        inline(Op::SortBlock(0), Op::Spaceship)
            .on([ints([3, 1, 2])])
            .leaves([ints([1, 2, 3]), int(99)]),
        inline(Op::SortBlock(0), Op::Nop).fails("SortBlock needs an array, but found Undef"),
        op(Op::SortDefault)
            .on([ints([9, 10, 1])])
            .leaves([ints([1, 10, 9])]),
        op(Op::SortDefault)
            .on([array([str("b"), int(2), UNDEF, str("B"), float(2.0)])])
            .leaves([array([UNDEF, int(2), float(2.0), str("B"), str("b")])]),
        op(Op::SortDefault).on([ints([])]).leaves([ints([])]),
        op(Op::SortDefault)
            .on([int(1)])
            .fails("SortDefault needs an array, but found Int"),
        program(Opcode::SortDefault, [Op::SortDefault])
            .fails("SortDefault needs an array, but found Undef"),
    ]
}
