//! Long straight code over slots: interpreted, native, and the same in Rust.

mod common;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use fusevm::{JitMode, VM, Value};

use common::{bench_machines, bench_program, program};

/// Passes of the loop around the code. As many as make a loop hot, so that all measured runs but the
/// first enter native code at once.
const PASSES: i64 = 1000;

/// A body, as often as it stands in the loop.
struct Case {
    name: &'static str,
    /// One or two steps.
    body: &'static str,
    copies: usize,
    /// What the slots hold at first, as operations.
    start: [&'static str; 2],
    /// The same in Rust.
    native: fn(&Case) -> Value,
}

const CASES: [Case; 3] = [
    Case {
        name: "slot_mixed_x100",
        body: "GetSlot a\nGetSlot i\nAdd\nLoadInt 65535\nBitAnd\nSetSlot a\n\
               GetSlot a\nGetSlot b\nLoadFloat 0.25\nMul\nAdd\nSetSlot b\n",
        copies: 100,
        start: ["LoadInt 1", "LoadFloat 1.5"],
        native: |case| {
            let (mut a, mut b) = (black_box(1i64), black_box(1.5f64));
            for i in 0..black_box(PASSES) {
                for _ in 0..case.copies {
                    a = (a + i) & 65535;
                    b = a as f64 + b * 0.25;
                }
            }
            Value::Float(a as f64 + b)
        },
    },
    Case {
        name: "slot_bitwise_x200",
        body: "GetSlot a\nGetSlot b\nLoadInt 7\nShr\nBitXor\nSetSlot b\n\
               GetSlot a\nLoadInt 1\nShl\nGetSlot b\nBitXor\nSetSlot a\n",
        copies: 100,
        start: ["LoadInt 88172645463325252", "LoadInt 12345"],
        native: |case| {
            let (mut a, mut b) = (black_box(88_172_645_463_325_252i64), black_box(12345i64));
            for _ in 0..black_box(PASSES) {
                for _ in 0..case.copies {
                    b = a ^ (b >> 7);
                    a = (a << 1) ^ b;
                }
            }
            Value::Int(a.wrapping_add(b))
        },
    },
    Case {
        name: "slot_float_x200",
        body: "GetSlot a\nLoadFloat 0.75\nMul\nGetSlot b\nAdd\nSetSlot a\n\
               GetSlot b\nGetSlot a\nLoadFloat 0.125\nMul\nSub\nSetSlot b\n",
        copies: 100,
        start: ["LoadFloat 1.5", "LoadFloat 2.5"],
        native: |case| {
            let (mut a, mut b) = (black_box(1.5f64), black_box(2.5f64));
            for _ in 0..black_box(PASSES) {
                for _ in 0..case.copies {
                    a = a * 0.75 + b;
                    b -= a * 0.125;
                }
            }
            Value::Float(a + b)
        },
    },
];

fn straight_code(c: &mut Criterion) {
    for case in &CASES {
        let [a, b] = case.start;
        let body = case.body.repeat(case.copies);
        let chunk = program(&format!(
            ".slot i\n.slot a\n.slot b\n{a}\nSetSlot a\n{b}\nSetSlot b\nLoadInt 0\nSetSlot i\n\
             next:\n{body}\
             PreIncSlotVoid i\nGetSlot i\nLoadInt {PASSES}\nNumLt\nJumpIfTrue next\n\
             GetSlot a\nGetSlot b\nAdd\n"
        ));
        let expected = (case.native)(case);
        let name = case.name;
        bench_program(c, &format!("{name}/interpreter"), &chunk, &expected);
        let machine = || {
            let mut vm = VM::new(chunk.clone());
            vm.set_jit(JitMode::On);
            vm
        };
        bench_machines(c, &format!("{name}/native"), machine, &expected);
        c.bench_function(&format!("{name}/rust"), |b| {
            b.iter(|| assert_eq!((case.native)(black_box(case)), expected));
        });
    }
}

criterion_group!(benches, straight_code);
criterion_main!(benches);
