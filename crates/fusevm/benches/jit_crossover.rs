//! From how many passes of a loop on native code pays: each run has a chunk of its own, so that all
//! that is made of it is measured.

mod common;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use fusevm::{Chunk, JitMode, VM, Value};

use common::{bench_machines, bench_program, program};

fn crossover(c: &mut Criterion) {
    for passes in [100, 300, 1000, 3000, 10_000, 30_000] {
        let passes: i64 = black_box(passes);
        let chunk = program(&format!(
            ".slot i\n.slot x\nLoadInt 0\nSetSlot i\nLoadInt 0\nSetSlot x\nnext:\n\
             GetSlot x\nGetSlot i\nAdd\nLoadInt 1000003\nMod\nSetSlot x\n\
             PreIncSlotVoid i\nGetSlot i\nLoadInt {passes}\nNumLt\nJumpIfTrue next\nGetSlot x\n"
        ));
        let expected = Value::Int((0..passes).fold(0, |x, i| (x + i) % 1_000_003));
        // With what was made of the chunk: the bound of both others.
        bench_program(c, &format!("{passes}/interpreter, warm"), &chunk, &expected);
        let modes = [
            ("interpreter", JitMode::Off),
            ("on", JitMode::On),
            ("eager", JitMode::Eager),
        ];
        for (name, mode) in modes {
            let machine = || {
                let mut vm = VM::new(Chunk::from((*chunk).clone()));
                vm.set_jit(mode);
                vm
            };
            bench_machines(c, &format!("{passes}/{name}"), machine, &expected);
        }
    }
}

criterion_group!(benches, crossover);
criterion_main!(benches);
