//! What names stand for, and how far they are known.

use super::{assert_round_trip, chunk};
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
