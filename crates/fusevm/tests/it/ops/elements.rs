//! Elements of shared containers that are created and changed in place.

use fusevm::Op;

use super::{Row, op, program};
use crate::support::{UNDEF, array, float, int, ints, str};

pub(super) fn rows() -> Vec<Row> {
    // Changes an element and leaves the result, then the container's keys and values.
    let on_hash = |operation: Op, operands: &[Op]| {
        let setup = [Op::LoadConst(0), Op::LoadInt(5), Op::NewHash(2), Op::Dup];
        let look = [Op::Swap, Op::Dup, Op::ContainerKeys];
        let rest = [Op::Swap, Op::ContainerValues];
        let code = [&setup, operands, &[operation], &look, &rest].concat();
        program(operation.opcode(), code).constants([str("a"), str("b"), float(0.5), str("2.5x")])
    };
    let on_array = |operation: Op, operands: &[Op]| {
        let setup = [Op::LoadInt(5), Op::NewArray(1), Op::Dup];
        let code = [
            &setup,
            operands,
            &[operation, Op::Swap, Op::ContainerValues],
        ]
        .concat();
        program(operation.opcode(), code)
    };
    let (a, ab) = (|| array([str("a")]), || array([str("a"), str("b")]));
    let key = Op::LoadConst;
    let mut rows = vec![
        on_hash(Op::IndexOrUndef, &[key(0)]).leaves([int(5), a(), ints([5])]),
        on_hash(Op::IndexOrUndef, &[key(1)]).leaves([UNDEF, ab(), array([int(5), UNDEF])]),
        on_hash(Op::IndexAdd, &[key(0), Op::LoadInt(2)]).leaves([int(7), a(), ints([7])]),
        on_hash(Op::IndexAdd, &[key(0), key(2)]).leaves([float(5.5), a(), array([float(5.5)])]),
        on_hash(Op::IndexAdd, &[key(1), Op::LoadInt(1)]).leaves([
            float(1.0),
            ab(),
            array([int(5), float(1.0)]),
        ]),
        on_hash(Op::IndexPostAdd, &[key(0), Op::LoadInt(2)]).leaves([int(5), a(), ints([7])]),
        on_hash(Op::IndexPostAdd, &[key(1), Op::LoadInt(1)]).leaves([
            float(0.0),
            ab(),
            array([int(5), float(1.0)]),
        ]),
        on_array(Op::IndexOrUndef, &[Op::LoadInt(1)]).leaves([UNDEF, array([int(5), UNDEF])]),
        on_array(Op::IndexOrUndef, &[Op::LoadInt(-1)]).leaves([UNDEF, ints([5])]),
        on_array(Op::IndexAdd, &[Op::LoadInt(0), Op::LoadInt(2)]).leaves([int(7), ints([7])]),
        on_array(Op::IndexPostAdd, &[Op::LoadInt(0), Op::LoadInt(2)]).leaves([int(5), ints([7])]),
    ];
    for (operation, name) in [
        (
            Op::IndexOrUndef,
            "IndexOrUndef needs a handle, but found Int",
        ),
        (Op::IndexAdd, "IndexAdd needs a handle, but found Int"),
        (
            Op::IndexPostAdd,
            "IndexPostAdd needs a handle, but found Int",
        ),
    ] {
        let operands = match operation {
            Op::IndexOrUndef => vec![int(1), int(2)],
            _ => vec![int(1), int(2), int(3)],
        };
        rows.push(op(operation).on(operands).fails(name));
    }
    rows
}
