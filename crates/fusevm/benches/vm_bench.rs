//! The machine's own costs: dispatch, construction, reuse, runs without a machine, calls, and access
//! to each kind of variable.

mod common;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use fusevm::{ChunkBuilder, JitCompiler, Op, VM, VMPool, VMResult, Value};

use common::{bench_program, program};

/// Executed in each program below, so that times divide into costs per operation.
const ROUNDS: i64 = 1000;

fn dispatch(c: &mut Criterion) {
    let mut builder = ChunkBuilder::new();
    for _ in 0..ROUNDS {
        builder.emit(Op::Nop, 1);
    }
    builder.emit(Op::LoadTrue, 1);
    bench_program(
        c,
        "dispatch/1000_nops",
        &builder.build(),
        &Value::Bool(true),
    );
}

fn construction(c: &mut Criterion) {
    let chunk = program("LoadInt 1\nLoadInt 2\nAdd");
    c.bench_function("construction/new_run_drop_3_ops", |b| {
        b.iter(|| match VM::new(black_box(&chunk).clone()).run() {
            VMResult::Ok(value) => value,
            other => panic!("{other:?}"),
        });
    });
    c.bench_function("construction/pool_run_3_ops", |b| {
        let mut pool = VMPool::new();
        b.iter(|| match pool.with(black_box(&chunk).clone(), VM::run) {
            VMResult::Ok(value) => value,
            other => panic!("{other:?}"),
        });
    });
}

/// Runs without a machine of one's own, with the feature `jit`.
fn direct(c: &mut Criterion) {
    let jit = JitCompiler::new();
    let linear = program("GetSlot 0\nGetSlot 1\nAdd");
    let block = program(
        "next:\nGetSlot 0\nGetSlot 1\nAdd\nSetSlot 0\nSlotIncLtIntJumpBack 1 3 next\nGetSlot 0",
    );
    if !jit.is_linear_eligible(&linear) {
        return;
    }
    c.bench_function("direct/linear_3_ops", |b| {
        b.iter(|| jit.try_run_linear(black_box(&linear), black_box(&[1, 2])));
    });
    c.bench_function("direct/block_3_passes", |b| {
        b.iter(|| jit.try_run_block_eager(black_box(&block), black_box(&mut [0, 0])));
    });
}

/// Programs that do one thing [`ROUNDS`] times in the same counted loop.
fn access(c: &mut Criterion) {
    let cases: &[(&str, &str, &str, &str, Value)] = &[
        ("loop/empty", "", "", "LoadTrue", Value::Bool(true)),
        (
            "call/empty_function",
            "",
            "Call nothing 0",
            "LoadTrue\nReturnValue\n.sub nothing\nReturn",
            Value::Bool(true),
        ),
        (
            "call/one_argument",
            "",
            "GetSlot i\nCall same 1\nSetSlot x",
            "GetSlot x\nReturnValue\n.sub same\n.slot a\nSetSlot a\nGetSlot a\nReturnValue",
            Value::Int(ROUNDS - 1),
        ),
        (
            "global/get_set",
            "",
            "GetSlot i\nSetVar g\nGetVar g\nPop",
            "GetVar g",
            Value::Int(999),
        ),
        (
            "array/push",
            "DeclareArray a",
            "GetSlot i\nArrayPush a",
            "ArrayLen a",
            Value::Int(ROUNDS),
        ),
        (
            "array/get_set",
            "LoadInt 0\nLoadInt 999\nRange\nSetVar a",
            "GetSlot i\nArrayGet a\nInc\nGetSlot i\nArraySet a",
            "LoadInt 7\nArrayGet a",
            Value::Int(8),
        ),
        (
            "array/slot_get",
            "LoadInt 0\nLoadInt 999\nRange\nSetSlot x",
            "GetSlot i\nSlotArrayGet x\nPop",
            "LoadInt 7\nSlotArrayGet x",
            Value::Int(7),
        ),
        (
            "hash/constant_key_increment",
            "DeclareHash h",
            "LoadConst \"key\"\nHashGet h\nInc\nLoadConst \"key\"\nHashSet h",
            "LoadConst \"key\"\nHashGet h",
            Value::Int(ROUNDS),
        ),
        (
            "hash/integer_keys_insert",
            "DeclareHash h",
            "GetSlot i\nGetSlot i\nHashSet h",
            "LoadInt 999\nHashGet h",
            Value::Int(999),
        ),
        (
            "string/append",
            "LoadConst \"\"\nSetSlot x",
            "GetSlot x\nLoadConst \"x\"\nConcat\nSetSlot x",
            "GetSlot x\nStringLen",
            Value::Int(ROUNDS),
        ),
        (
            "string/compare_equal_length",
            "",
            "LoadConst \"abcdefghijklmnopqrstuvwx\"\nLoadConst \"abcdefghijklmnopqrstuvwy\"\nStrEq\nPop",
            "LoadTrue",
            Value::Bool(true),
        ),
    ];
    for (name, before, body, after, expected) in cases {
        let text = format!(
            ".slot i\n.slot x\n{before}\nLoadInt 0\nSetSlot i\nnext:\n{body}\n\
             SlotIncLtIntJumpBack i {ROUNDS} next\n{after}\n"
        );
        bench_program(c, name, &program(&text), expected);
    }
}

criterion_group!(benches, dispatch, construction, direct, access);
criterion_main!(benches);
