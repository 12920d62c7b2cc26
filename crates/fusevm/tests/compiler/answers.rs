//! Programs that native code is easily wrong about.

use fusevm::chunk::ChunkData;
use fusevm::{Chunk, JitCompiler, JitMode, Op, TraceMetadata, VM, Value};

use crate::programs::set_threshold;
use crate::{chunk_of, plain_chunk};

/// What a machine leaves.
#[derive(Debug, PartialEq)]
struct Left {
    result: Option<Value>,
    stack: Vec<Value>,
    /// The slots of each frame, without the `Undef`s at the end.
    slots: Vec<Vec<Value>>,
    ip: usize,
}

/// The ways to run a program, the first one by the interpreter alone.
const WAYS: [fn(&mut VM); 5] = [
    |vm| vm.set_fused(false),
    |vm| vm.set_jit(JitMode::Off),
    VM::enable_tracing_jit,
    |vm| vm.set_jit(JitMode::Eager),
    |vm| vm.set_jit(JitMode::On),
];

fn run(chunk: &Chunk, slots: &[Value], way: fn(&mut VM)) -> Left {
    let mut vm = VM::new(chunk.clone());
    way(&mut vm);
    for (slot, value) in (0..).zip(slots) {
        vm.set_slot(slot, value.clone());
    }
    let result = vm.try_run().unwrap();
    let slots = vm.frames().map(|frame| {
        let mut slots = frame.slots().to_vec();
        while slots.last() == Some(&Value::Undef) {
            slots.pop();
        }
        slots
    });
    Left {
        result,
        stack: vm.stack().to_vec(),
        slots: slots.collect(),
        ip: vm.ip(),
    }
}

/// What is left after the interpreter, which is what all other ways leave in each of some runs.
fn same(chunk: &Chunk, slots: &[Value]) -> Left {
    let expected = run(chunk, slots, WAYS[0]);
    for way in &WAYS[1..] {
        for _ in 0..4 {
            assert_eq!(run(chunk, slots, *way), expected, "{:?}", chunk.ops);
        }
    }
    expected
}

fn with_constants(ops: &[Op], constants: &[Value]) -> Chunk {
    let constants = constants.to_vec();
    plain_chunk(
        ops,
        ChunkData {
            constants,
            ..ChunkData::default()
        },
    )
}

/// Does something in each pass of a loop that counts slot 0 to `limit`, and then something else.
fn looping(limit: i64, body: &[Op], after: &[Op]) -> Chunk {
    let head = [
        Op::PreIncSlotVoid(0),
        Op::GetSlot(0),
        Op::LoadInt(limit),
        Op::NumLt,
        Op::JumpIfTrue(0),
    ];
    chunk_of(&[body, &head, after].concat())
}

/// Runs as blocks and linear chunks: the operations, the slots, the result, the slots after.
#[test]
fn direct_runs() {
    use Op::*;
    let jit = JitCompiler::new();
    let nan = [Value::Float(f64::NAN), Value::Float(1e300)];
    let linear = |ops: &[Op], slots: &[i64]| jit.try_run_linear(&with_constants(ops, &nan), slots);
    assert_eq!(linear(&[GetSlot(0)], &[]), None);
    let slots = [1, 2];
    let stored = linear(&[LoadInt(9), SetSlot(0), GetSlot(0)], &slots);
    assert_eq!((stored, slots), (Some(Value::Int(9)), [1, 2]));
    let division = chunk_of(&[LoadInt(i64::MIN), LoadInt(-1), Div]);
    assert!(jit.is_linear_eligible(&division));
    assert_eq!(linear(&[LoadConst(0), Inc], &[]), Some(Value::Int(1)));

    for (ops, slots, expected, after) in [
        (&[LoadConst(1), SetSlot(0)][..], 0, 0, i64::MAX),
        (&[GetSlot(0), LoadInt(0), Div], 5, 0, 5),
        (&[GetSlot(0), LoadInt(0), Mod], 5, 0, 5),
        (&[LoadInt(5), Jump(2), Nop], 0, 5, 0),
        (
            &[LoadTrue, JumpIfFalse(4), LoadInt(1), Jump(5), LoadInt(2)],
            0,
            1,
            0,
        ),
        (&[Jump(100), Nop], 0, 0, 0),
        (
            &[
                LoadConst(0),
                JumpIfTrue(4),
                LoadInt(9),
                SetSlot(0),
                GetSlot(0),
            ],
            3,
            3,
            3,
        ),
    ] {
        let chunk = with_constants(ops, &nan);
        let mut slots = [slots];
        let result = jit.try_run_block_eager(&chunk, &mut slots);
        assert_eq!((result, slots), (Some(expected), [after]), "{ops:?}");
    }
}

#[test]
fn repeated_runs() {
    use Op::*;
    let first = |ops: &[Op], slots: &[Value]| {
        let mut builder = fusevm::ChunkBuilder::new();
        ops.iter().for_each(|&op| {
            builder.emit(op, 1);
        });
        same(&builder.build(), slots)
    };
    let undef = Some(Value::Undef);
    assert_eq!(
        first(&[GetSlot(0), LoadInt(0), Div], &[Value::Int(5)]).result,
        undef
    );
    assert_eq!(
        first(&[GetSlot(0), LoadInt(0), Mod], &[Value::Int(5)]).result,
        Some(Value::Int(0))
    );
    assert_eq!(
        first(&[LoadInt(1), LoadInt(2), NumLt], &[]).result,
        Some(Value::Bool(true))
    );
    assert_eq!(
        first(&[LoadInt(7), LoadInt(2), Div], &[]).result,
        Some(Value::Float(3.5))
    );
    assert_eq!(
        first(&[LoadInt(2), LoadInt(3), Pow], &[]).result,
        Some(Value::Float(8.0))
    );
    assert_eq!(first(&[Nop], &[]).result, None);
    assert_eq!(first(&[Jump(100), Nop], &[]).result, None);
    let add = [GetSlot(0), LoadInt(1), Add];
    assert_eq!(
        first(&add, &[Value::Float(1.5)]).result,
        Some(Value::Float(2.5))
    );
    let slots = [Value::str("41"), Value::from(vec![Value::Int(1)])];
    let left = first(&add, &slots);
    assert_eq!(left.result, Some(Value::Float(42.0)));
    assert_eq!(left.slots, [slots.to_vec()]);
    assert_eq!(
        first(&[LoadInt(i64::MIN), LoadInt(-1), Mod], &[]).result,
        Some(Value::Int(0))
    );
    let scope = first(
        &[PushFrame, LoadInt(5), SetSlot(0), GetSlot(0)],
        &[Value::Int(1)],
    );
    assert_eq!(scope.slots, [vec![Value::Int(1)], vec![Value::Int(5)]]);
    assert_eq!(scope.ip, 4);
}

#[test]
fn traced_loops() {
    use Op::*;
    set_threshold(5);
    let x = |left: &Left| left.slots[0][1].clone();
    let others = [
        Value::Int(0),
        Value::str("s"),
        Value::Undef,
        Value::Bool(true),
    ];
    let left = same(&looping(60, &[], &[]), &others);
    assert_eq!(left.slots[0][1..], others[1..]);
    let left = same(
        &looping(60, &[LoadInt(7), LoadInt(2), Div, SetSlot(1)], &[]),
        &[],
    );
    assert_eq!(x(&left), Value::Float(3.5));
    let body = [
        LoadInt(7),
        SetSlot(1),
        GetSlot(1),
        LoadFloat(0.5),
        Add,
        SetSlot(1),
    ];
    assert_eq!(x(&same(&looping(60, &body, &[]), &[])), Value::Float(7.5));
    let left = same(&looping(20, &[GetSlot(0)], &[]), &[]);
    assert_eq!(left.stack.len(), 19);
    let left = same(
        &looping(60, &[GetSlot(40), SetSlot(1)], &[]),
        &[Value::Int(0)],
    );
    assert_eq!(left.slots[0], [Value::Int(60)]);

    // A branch of the function goes the other way from 40 on.
    let mut flips = fusevm::ChunkBuilder::new();
    let helper = flips.add_name("helper");
    let ops = [
        LoadInt(100),
        GetSlot(0),
        Call(helper, 1),
        Add,
        SetSlot(1),
        PreIncSlotVoid(0),
        GetSlot(0),
        LoadInt(60),
        NumLt,
        JumpIfTrue(0),
        GetSlot(1),
        ReturnValue,
        SetSlot(0), // 12: the function
        GetSlot(0),
        LoadInt(40),
        NumLt,
        JumpIfTrue(19),
        LoadInt(2),
        ReturnValue,
        LoadInt(1), // 19
        ReturnValue,
    ];
    for op in ops {
        flips.emit(op, 1);
    }
    flips.add_sub_entry(helper, 12);
    let left = same(&flips.build(), &[]);
    assert_eq!((left.result, left.stack.len()), (Some(Value::Int(102)), 0));

    // Two jumps back, and the end is behind the one that is not recorded.
    let two_ways = chunk_of(&[
        PreIncSlotVoid(0),
        GetSlot(0),
        LoadInt(2),
        Mod,
        JumpIfTrue(0),
        GetSlot(0),
        LoadInt(80),
        NumLt,
        JumpIfTrue(0),
        LoadInt(2),
    ]);
    assert_eq!(same(&two_ways, &[]).result, Some(Value::Int(2)));
}

#[test]
fn chunks_are_told_apart() {
    use Op::*;
    set_threshold(5);
    let calling = |entry: usize| {
        plain_chunk(
            &[
                Call(0, 0),
                SetSlot(1),
                PreIncSlotVoid(0),
                GetSlot(0),
                LoadInt(60),
                NumLt,
                JumpIfTrue(0),
                GetSlot(1),
                ReturnValue,
                LoadInt(101),
                ReturnValue,
                LoadInt(200),
                ReturnValue,
            ],
            ChunkData {
                names: vec!["f".to_owned()],
                sub_entries: vec![(0, entry)],
                ..ChunkData::default()
            },
        )
    };
    assert_eq!(same(&calling(9), &[]).result, Some(Value::Int(101)));
    assert_eq!(same(&calling(11), &[]).result, Some(Value::Int(200)));

    let jit = JitCompiler::new();
    for n in 1..3 {
        let chunk = chunk_of(&[LoadInt(n), SetSlot(0), GetSlot(0)]);
        let json = serde_json::to_string(&chunk).unwrap();
        let read: Chunk = serde_json::from_str(&json).unwrap();
        assert_eq!(read.op_hash, 0);
        assert_eq!(jit.try_run_block_eager(&read, &mut [0]), Some(n));
        assert_eq!(jit.try_run_linear(&read, &[]), Some(Value::Int(n)));
    }
}

#[test]
fn imported_traces() {
    use Op::*;
    set_threshold(5);
    let jit = JitCompiler::new();
    // A loop with two paths, both recorded.
    let body = [
        GetSlot(0),
        LoadInt(3),
        Mod,
        JumpIfTrue(6),
        PreIncSlotVoid(1),
        PreIncSlotVoid(1),
    ];
    let chunk = looping(90, &body, &[GetSlot(1)]);
    same(&chunk, &[]);
    let trace = jit.trace_export(&chunk, 0).expect("it is hot");
    let side: Vec<usize> = if trace.recorded_ips.contains(&4) {
        vec![6, 7, 8, 9, 10]
    } else {
        vec![4, 5, 6, 7, 8, 9, 10]
    };
    let ops: Vec<Op> = side.iter().map(|&at| chunk.ops[at]).collect();
    assert!(jit.trace_install_with_kind(&chunk, side[0], 0, 11, &ops, &side, &[]));
    let all = jit.trace_export_all(&chunk);
    assert_eq!(all.len(), 2);
    assert_eq!(all[0], trace, "the loop's own comes first");
    let expected = same(&chunk, &[]);
    let imported = std::thread::spawn(move || {
        set_threshold(5);
        let jit = JitCompiler::new();
        assert_eq!(jit.trace_import_all(&chunk, &all), 2);
        assert_eq!(jit.trace_export_all(&chunk), all);
        same(&chunk, &[])
    });
    assert_eq!(imported.join().unwrap(), expected);

    let hostile = looping(90, &[GetSlot(9000), Pop], &[]);
    let metadata = |ops: Vec<Op>| TraceMetadata {
        chunk_op_hash: hostile.op_hash,
        anchor_ip: 0,
        fallthrough_ip: ops.len(),
        recorded_ips: (0..ops.len()).collect(),
        ops,
        slot_kinds_at_anchor: Vec::new(),
    };
    assert!(!jit.trace_import(&hostile, &metadata(Vec::new())));
    assert!(!jit.trace_import(&hostile, &metadata(hostile.ops.clone())));
    same(&hostile, &[]);
}

#[test]
fn parts_of_chunks() {
    use Op::*;
    let jit = JitCompiler::new();
    let chunk = chunk_of(&[Nop, Jump(0), Jump(3), Nop]);
    let part = jit.extract_region(&chunk, 1, 99);
    assert_eq!(part.ops, [Jump(3), Jump(2), Nop]);
}

/// A loop that tests at its top becomes native code.
#[test]
fn tests_at_the_top() {
    use Op::*;
    set_threshold(5);
    let chunk = chunk_of(&[
        GetSlot(0),
        LoadInt(1000),
        NumLt,
        JumpIfFalse(6),
        PreIncSlotVoid(0),
        Jump(0),
        GetSlot(0),
    ]);
    let mut vm = VM::new(chunk.clone());
    vm.enable_tracing_jit();
    vm.set_slot(0, Value::Int(0));
    assert_eq!(vm.try_run().unwrap(), Some(Value::Int(1000)));
    assert_eq!(vm.jit_stats().entries, 1);
    assert!(JitCompiler::new().trace_is_compiled(&chunk, 0));
}
