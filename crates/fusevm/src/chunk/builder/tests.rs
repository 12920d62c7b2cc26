use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::op::extremes::extreme_ops;

fn panic_message(action: impl FnOnce(&mut ChunkBuilder)) -> String {
    let mut builder = ChunkBuilder::new();
    let panic = catch_unwind(AssertUnwindSafe(|| action(&mut builder))).unwrap_err();
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().unwrap()).to_owned(),
    }
}

#[test]
fn ops_and_lines_are_parallel() {
    let mut b = ChunkBuilder::new();
    assert_eq!(b.current_pos(), 0);
    assert_eq!(b.emit(Op::LoadInt(1), 7), 0);
    assert_eq!(b.emit(Op::Pop, 9), 1);
    assert_eq!(b.current_pos(), 2);
    let chunk = b.build();
    assert_eq!(chunk.ops, [Op::LoadInt(1), Op::Pop]);
    assert_eq!(chunk.lines, [7, 9]);
}

#[test]
fn pools_hand_out_indices() {
    let mut b = ChunkBuilder::new();
    assert_eq!(
        [b.add_name("x"), b.add_name("y"), b.add_name("x")],
        [0, 1, 0]
    );
    assert_eq!(
        [b.add_constant(Value::Int(1)), b.add_constant(Value::Int(1))],
        [0, 1]
    );
    assert_eq!([b.add_block_range(1, 2), b.add_block_range(1, 2)], [0, 1]);
    assert_eq!(
        [b.add_sub_chunk(Chunk::new()), b.add_sub_chunk(Chunk::new())],
        [0, 1]
    );
    b.add_sub_entry(1, 5);
    b.add_sub_entry(1, 6);
    b.set_source("first");
    b.set_source(String::from("last"));

    let chunk = b.build();
    assert_eq!(chunk.names, ["x", "y"]);
    assert_eq!(chunk.constants, [Value::Int(1), Value::Int(1)]);
    assert_eq!(chunk.block_ranges, [(1, 2), (1, 2)]);
    assert_eq!(chunk.sub_chunks.len(), 2);
    assert_eq!(chunk.sub_entries, [(1, 5), (1, 6)]);
    assert_eq!(chunk.source, "last");
}

#[test]
fn interned_constants_are_the_same_bit_for_bit() {
    let nan = |bits| Value::Float(f64::from_bits(bits));
    let distinct = [
        Value::Undef,
        Value::Bool(false),
        Value::Bool(true),
        Value::Int(0),
        Value::Status(0),
        Value::NativeFn(0),
        Value::Float(0.0),
        Value::Float(-0.0),
        nan(0x7ff8_0000_0000_0001),
        nan(0x7ff8_0000_0000_0002),
        Value::str(""),
        Value::str("0"),
        Value::bytes(b"\xff"),
    ];
    let mut b = ChunkBuilder::new();
    for round in 0..2 {
        for (expected, value) in distinct.iter().enumerate() {
            let index = b.intern_constant(value.clone());
            assert_eq!(usize::from(index), expected, "{value:?} in round {round}");
        }
    }
    let array = Value::array(vec![Value::Int(1)]);
    assert_ne!(b.intern_constant(array.clone()), b.intern_constant(array));
}

#[test]
fn patch_jump_accepts_exactly_the_ops_with_a_target() {
    for op in extreme_ops() {
        let mut b = ChunkBuilder::new();
        let index = b.emit(op, 1);
        if op.target().is_some() {
            b.patch_jump(index, 42);
            assert_eq!(b.build().ops[0].target(), Some(42), "{op:?}");
        } else {
            let message = panic_message(|b| {
                b.emit(op, 1);
                b.patch_jump(0, 42);
            });
            assert_eq!(message, "patch_jump on non-jump op at 0", "{op:?}");
        }
    }
}

#[test]
fn patch_jump_can_use_the_current_position() {
    let mut b = ChunkBuilder::new();
    let jump = b.emit(Op::Jump(0), 1);
    b.emit(Op::Nop, 1);
    b.patch_jump(jump, b.current_pos());
    assert_eq!(b.build().ops[jump], Op::Jump(2));
}

#[test]
fn labels_work_forward_and_backward_for_every_jump() {
    for op in extreme_ops().filter(|op| op.target().is_some()) {
        let mut b = ChunkBuilder::new();
        let (start, end) = (b.new_label(), b.new_label());
        b.emit(Op::Nop, 1);
        b.bind(start);
        assert_eq!(b.emit_jump(op, end, 1), 1);
        assert_eq!(b.emit_jump(op, start, 1), 2);
        b.bind(end);
        let targets: Vec<_> = b.build().ops.iter().map(Op::target).collect();
        assert_eq!(targets, [None, Some(3), Some(1)], "{op:?}");
    }
}

#[test]
fn labels_work_for_entries_and_blocks() {
    let mut b = ChunkBuilder::new();
    let (start, end) = (b.new_label(), b.new_label());
    let name = b.add_name("f");
    b.add_sub_entry_at(name, start);
    let block = b.add_block_range_at(start, end);
    b.emit(Op::Nop, 1);
    b.bind(start);
    b.emit(Op::Nop, 1);
    b.bind(end);
    let chunk = b.build();
    assert_eq!(chunk.find_sub(name), Some(1));
    assert_eq!(chunk.block_ranges[usize::from(block)], (1, 2));
}

#[test]
fn unbound_labels_are_reported() {
    type Misuse = fn(&mut ChunkBuilder, Label);
    let cases: [(Misuse, &str); 4] = [
        (
            |b, label| _ = b.emit_jump(Op::Jump(0), label, 1),
            "the op at 0",
        ),
        (|b, label| b.add_sub_entry_at(0, label), "sub entry 0"),
        (
            |b, label| {
                let bound = b.new_label();
                b.bind(bound);
                b.add_block_range_at(bound, label);
            },
            "the end of block range 0",
        ),
        (
            |b, label| _ = b.add_block_range_at(label, label),
            "the start of block range 0",
        ),
    ];
    for (misuse, user) in cases {
        let mut b = ChunkBuilder::new();
        let label = b.new_label();
        misuse(&mut b, label);
        let error = b.try_build().unwrap_err();
        assert_eq!(error.to_string(), format!("unbound label used by {user}"));
    }
    let mut unused = ChunkBuilder::new();
    unused.new_label();
    assert!(unused.try_build().is_ok());
}

#[test]
fn misuse_panics_with_a_clear_message() {
    type Misuse = fn(&mut ChunkBuilder);
    let cases: [(Misuse, &str); 8] = [
        (
            |b| b.patch_jump(3, 0),
            "patch_jump at 3, but there are only 0 ops",
        ),
        (
            |b| {
                let label = b.new_label();
                b.emit_jump(Op::Pop, label, 1);
            },
            "emit_jump of non-jump op Pop at 0",
        ),
        (|b| b.bind(Label(0)), "label is not from this builder"),
        (
            |b| b.add_sub_entry_at(0, Label(0)),
            "label is not from this builder",
        ),
        (
            |b| {
                let label = b.new_label();
                b.bind(label);
                b.emit(Op::Nop, 1);
                b.bind(label);
            },
            "label is bound twice: at 0 and at 1",
        ),
        (
            |b| {
                let label = b.new_label();
                b.emit_jump(Op::Jump(0), label, 1);
                std::mem::take(b).build();
            },
            "unbound label used by the op at 0",
        ),
        (
            |b| (0..=POOL_LIMIT).for_each(|_| _ = b.add_constant(Value::Undef)),
            "too many entries in the constant pool: the limit is 65536",
        ),
        (
            |b| (0..=POOL_LIMIT).for_each(|n| _ = b.add_name(&n.to_string())),
            "too many entries in the name pool: the limit is 65536",
        ),
    ];
    for (misuse, expected) in cases {
        assert_eq!(panic_message(misuse), expected);
    }
}

#[test]
fn full_pools_are_errors_of_the_try_forms() {
    type Add = fn(&mut ChunkBuilder, usize) -> Result<u16, PoolFull>;
    let cases: [(Add, &str); 4] = [
        (|b, _| b.try_add_constant(Value::Undef), "constant"),
        (|b, n| b.try_add_name(&n.to_string()), "name"),
        (|b, _| b.try_add_block_range(0, 0), "block range"),
        (|b, _| b.try_add_sub_chunk(Chunk::default()), "sub-chunk"),
    ];
    for (add, pool) in cases {
        let mut b = ChunkBuilder::new();
        for n in 0..POOL_LIMIT {
            assert_eq!(add(&mut b, n).map(usize::from), Ok(n));
        }
        assert_eq!(add(&mut b, POOL_LIMIT), Err(PoolFull { pool }));
    }
}

#[test]
fn a_full_name_pool_still_finds_names() {
    let mut b = ChunkBuilder::new();
    for n in 0..POOL_LIMIT {
        b.add_name(&n.to_string());
    }
    assert_eq!(b.try_add_name("65535"), Ok(65535));
}

#[test]
fn spans_last_until_the_next() {
    let mut b = ChunkBuilder::new();
    let [f, g] = ["f", "g"].map(|name| b.add_file(name));
    assert_eq!((f, g, b.add_file("f")), (0, 1, 0));
    let span = |file, line| {
        let column = 1;
        Span { file, line, column }
    };
    b.set_span(None);
    b.emit(Op::Nop, 1);
    b.set_span(span(f, 1));
    b.set_span(span(f, 2));
    b.emit(Op::Nop, 1);
    b.set_span(span(f, 2));
    b.emit(Op::Nop, 1);
    b.set_span(span(g, 2));
    b.set_span(span(f, 2));
    b.emit(Op::Nop, 1);
    b.set_span(None);
    b.emit(Op::Nop, 1);
    b.set_span(span(g, 9));
    let chunk = b.build();
    // What says nothing new, or nothing about an op, is not there.
    assert_eq!(chunk.debug.spans, [(1, Some(span(f, 2))), (4, None)]);
    assert_eq!(chunk.verify(), Ok(()));
}

#[test]
fn full_file_pools_are_errors() {
    let mut b = ChunkBuilder::new();
    b.data.debug.files = vec![String::new(); POOL_LIMIT];
    b.data.debug.files[65_535] = "last".to_owned();
    assert_eq!(b.try_add_file("last"), Ok(65_535));
    assert_eq!(b.try_add_file("f"), Err(PoolFull { pool: "file" }));
}

#[test]
fn slot_names_end_with_their_scope() {
    let mut b = ChunkBuilder::new();
    let nop = |b: &mut ChunkBuilder| {
        b.emit(Op::Nop, 1);
    };
    b.name_slot(0, "to the end");
    nop(&mut b);
    b.begin_slot_scope();
    b.name_slot(1, "outer");
    nop(&mut b);
    b.begin_slot_scope();
    b.name_slot(2, "inner");
    nop(&mut b);
    b.end_slot_scope();
    nop(&mut b);
    b.end_slot_scope();
    nop(&mut b);
    let chunk = b.build();
    let names: Vec<Vec<_>> = (0..6)
        .map(|at| chunk.slot_names_at(at).map(|(_, name)| name).collect())
        .collect();
    assert_eq!(
        names,
        [
            vec!["to the end"],
            vec!["to the end", "outer"],
            vec!["to the end", "outer", "inner"],
            vec!["to the end", "outer"],
            vec!["to the end"],
            vec![],
        ]
    );

    // A scope that was not opened ends all names.
    let mut b = ChunkBuilder::new();
    b.name_slot(0, "n");
    nop(&mut b);
    b.end_slot_scope();
    nop(&mut b);
    assert_eq!(b.build().slot_names_at(1).count(), 0);
}

#[test]
fn builders_can_move_between_threads() {
    fn assert_send<T: Send>() {}
    assert_send::<ChunkBuilder>();
}
