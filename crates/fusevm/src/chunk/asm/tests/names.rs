//! What names stand for, and how far they are known.

use super::{assemble_all, assert_round_trip, chunk};
use crate::chunk::SlotName;
use crate::op::Op;

#[test]
fn local_labels_start_over_at_each_sub() {
    let chunk = chunk(
        r#"
            Jump .end
        .end: Jump f
        .sub f
            Jump .end
            Jump g
        .end:
        .sub g
        .end: Jump .end
            Jump ".end"
        ".end":
            .entry late .end
        "#,
    );
    assert_eq!(
        chunk.ops,
        [
            Op::Jump(1),
            Op::Jump(2),
            Op::Jump(4),
            Op::Jump(4),
            Op::Jump(4),
            Op::Jump(6),
        ]
    );
    assert_eq!(chunk.sub_entries, [(0, 2), (1, 4), (2, 4)]);
    assert_round_trip(&chunk);
}

#[test]
fn a_sub_may_be_named_like_a_local_label() {
    let chunk = chunk(".sub \".x\"\n.x: Jump .x\nJump \".x\"\n.sub #0\n.x: Jump .x");
    assert_eq!(chunk.ops, [Op::Jump(0), Op::Jump(0), Op::Jump(2)]);
    assert_eq!(chunk.sub_entries, [(0, 0), (0, 2)]);
    assert_round_trip(&chunk);
}

#[test]
fn blocks_nest_in_the_order_of_their_beginnings() {
    let chunk = chunk(
        r"
            MapBlock outer
        .block outer
            GrepBlock inner
        .block inner
            LogNot
        .endblock
            ForEachBlock far
        .endblock
        .block far from @9
            SortBlock empty
        .block #3
        from:
        .endblock
        .block empty
        .endblock
        ",
    );
    assert_eq!(
        chunk.ops,
        [
            Op::MapBlock(0),
            Op::GrepBlock(1),
            Op::LogNot,
            Op::ForEachBlock(2),
            Op::SortBlock(4),
        ]
    );
    assert_eq!(chunk.block_ranges, [(1, 4), (2, 3), (5, 9), (5, 5), (5, 5)]);
    assert_round_trip(&chunk);
}

#[test]
fn a_block_with_a_wrong_name_is_one_error() {
    let text = ".block 5\n.endblock\n.block a\n.endblock\nMapBlock a";
    let errors = assemble_all("t", text).expect_err("5 is no name");
    assert_eq!(errors.len(), 1, "{errors:?}");
}

#[test]
fn numbers_stand_for_integers_in_operands_and_directives() {
    let chunk = chunk(
        r"
        .let size 3
        .let least -9223372036854775808
        .let same size
        .slot n size
        .let n 7
        .line same
        next:
            LoadInt least
            LoadFloat size
            SlotIncLtIntJumpBack n size next
            GetSlot size
            Call f size
            PrintLn n
        ",
    );
    assert_eq!(
        chunk.ops,
        [
            Op::LoadInt(i64::MIN),
            Op::LoadFloat(3.0),
            Op::SlotIncLtIntJumpBack(3, 3, 0),
            Op::GetSlot(3),
            Op::Call(0, 3),
            Op::PrintLn(7),
        ]
    );
    assert_eq!(chunk.lines, [3; 6]);
    assert!(chunk.constants.is_empty());
    assert_round_trip(&chunk);
}

#[test]
fn names_of_slots_are_debug_information() {
    let text = r#"
        .slot before
            SetSlot before
        .slot n
            SetSlot n
        .sub f
        .slot n 7
            GetSlot n
            Return
        .slot "a b" 3 @1 late
        .sub g
        .slot unused
        .sub h
        late:
            Return
        "#;
    let chunk = chunk(text);
    let names: Vec<_> = chunk.debug.slot_names.iter().collect();
    let expected = [
        (0, "before", 0, 2),
        (1, "n", 1, 2),
        (7, "n", 2, 4),
        (3, "a b", 1, 4),
        (0, "unused", 4, 4),
    ]
    .map(|(slot, name, start, end)| SlotName {
        slot,
        name: name.to_owned(),
        start,
        end,
    });
    assert_eq!(names, expected.iter().collect::<Vec<_>>());
    let at = |op| chunk.slot_names_at(op).collect::<Vec<_>>();
    assert_eq!(at(0), [(0, "before")]);
    assert_eq!(at(1), [(0, "before"), (1, "n"), (3, "a b")]);
    assert_eq!(at(3), [(7, "n"), (3, "a b")]);
    assert_eq!(at(4), []);
    assert_round_trip(&chunk);
}

/// Where `.slot` in the code would not give the same names, none is there.
#[test]
fn names_of_slots_that_are_not_those_of_subs_are_listed_with_places() {
    let text = ".slot n 2\nGetSlot n\nReturn\n.slot m 1 @0 @1";
    let listing = chunk(text).disassemble();
    assert!(
        listing.contains(".slot n 2 @0 @2\n.slot m 1 @0 @1\n"),
        "{listing}"
    );
    assert!(listing.contains("GetSlot 2"), "{listing}");
}
