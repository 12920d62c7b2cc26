//! Parts of chunks.

use fusevm::{JitCompiler, Op};

use crate::chunk_of;

#[test]
fn the_longest_part_without_a_machine_is_found() {
    use Op::*;
    let jit = JitCompiler::new();
    let four = [LoadInt(1), Pop, Nop, Nop];
    for (ops, expected) in [
        (
            &[
                LoadInt(1),
                LoadInt(2),
                Add,
                LoadInt(3),
                Mul,
                SetSlot(0),
                GetSlot(0),
                Print(1),
                LoadInt(9),
            ][..],
            Some((0, 7)),
        ),
        (&four, Some((0, 4))),
        (&four[..3], None),
        (&[], None),
        // Of equals the first; of others the longest.
        (
            &[Nop, Nop, Nop, Nop, Print(0), Nop, Nop, Nop, Nop],
            Some((0, 4)),
        ),
        (
            &[Nop, Nop, Nop, Nop, Print(0), Nop, Nop, Nop, Nop, Nop],
            Some((5, 10)),
        ),
        // A jump out of the longest leaves the next.
        (
            &[Nop, Nop, Nop, Nop, Print(0), Nop, Nop, Nop, Nop, Jump(0)],
            Some((0, 4)),
        ),
        (&[Nop, Nop, Nop, Jump(9), Print(0)], None),
        // A part starts where there are no operands.
        (&[GetVar(0), Pop, Nop, Nop, Nop, Nop], Some((2, 6))),
        (&[GetVar(0), Nop, Nop, Nop, Nop], None),
        (&[Print(0), PushFrame, Nop, Nop, PopFrame], Some((1, 5))),
    ] {
        assert_eq!(jit.find_jit_region(&chunk_of(ops)), expected, "{ops:?}");
    }
}

#[test]
fn parts_run_by_themselves() {
    use Op::*;
    let jit = JitCompiler::new();
    let chunk = chunk_of(&[
        Print(0),
        LoadInt(0), // 1
        SetSlot(0),
        LoadInt(0),
        SetSlot(1),
        AddAssignSlotVoid(0, 1), // 5
        SlotIncLtIntJumpBack(1, 100, 5),
        GetSlot(0),
        Print(1),
    ]);
    assert_eq!(jit.find_jit_region(&chunk), Some((1, 8)));
    let part = jit.extract_region(&chunk, 1, 8);
    assert_eq!((part.ops.len(), part.lines.len()), (7, 7));
    assert_eq!(part.ops[5], SlotIncLtIntJumpBack(1, 100, 4));
    assert_ne!(part.op_hash, chunk.op_hash);
    assert!(jit.is_block_eligible(&part));
    assert_eq!(jit.try_run_block_eager(&part, &mut [0, 0]), Some(4950));

    // What is not there is not extracted, and jumps that leave end the part.
    assert_eq!(jit.extract_region(&chunk, 5, usize::MAX).ops.len(), 4);
    assert_eq!(jit.extract_region(&chunk, 9, 3).ops, []);
    assert_eq!(
        jit.extract_region(&chunk, 6, 8).ops[0],
        SlotIncLtIntJumpBack(1, 100, 2)
    );
}
