//! Short loops of different lengths: interpreted, native, and the same in Rust.

mod common;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use fusevm::{JitMode, VM, Value};

use common::{bench_machines, bench_program, program};

/// The end of each loop.
const NEXT: &str = "PreIncSlotVoid i\nGetSlot i\nGetSlot n\nNumLt\nJumpIfTrue next\n";

/// Name, body, and the same in Rust for a number of passes.
type Case = (&'static str, &'static str, fn(i64) -> i64);

const CASES: [Case; 2] = [
    (
        "counter_loop",
        "GetSlot x\nGetSlot i\nBitXor\nSetSlot x\n",
        |n| (0..black_box(n)).fold(black_box(0), |x, i| x ^ i),
    ),
    (
        "loop_with_branch",
        "GetSlot i\nLoadInt 3\nBitAnd\nJumpIfTrue other\n\
         GetSlot x\nGetSlot i\nAdd\nSetSlot x\nJump both\n\
         other:\nGetSlot x\nLoadInt 1\nSub\nSetSlot x\n\
         both:\n",
        |n| {
            (0..black_box(n)).fold(black_box(0), |x, i| match i & 3 {
                0 => x + i,
                _ => x - 1,
            })
        },
    ),
];

fn loops(c: &mut Criterion) {
    for (name, body, native) in CASES {
        for (passes, shown) in [(1000, "1k"), (10_000, "10k"), (100_000, "100k")] {
            let chunk = program(&format!(
                ".slot i\n.slot n\n.slot x\nLoadInt 0\nSetSlot i\nLoadInt {passes}\nSetSlot n\n\
                 LoadInt 0\nSetSlot x\nnext:\n{body}{NEXT}GetSlot x\n"
            ));
            let expected = Value::Int(native(passes));
            let name = format!("{name}/{shown}");
            bench_program(c, &format!("{name}/interpreter"), &chunk, &expected);
            let machine = || {
                let mut vm = VM::new(chunk.clone());
                vm.set_jit(JitMode::On);
                vm
            };
            bench_machines(c, &format!("{name}/native"), machine, &expected);
            c.bench_function(&format!("{name}/rust"), |b| {
                b.iter(|| assert_eq!(Value::Int(native(black_box(passes))), expected));
            });
        }
    }
}

criterion_group!(benches, loops);
criterion_main!(benches);
