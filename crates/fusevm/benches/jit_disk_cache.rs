//! Native code made, made and written to the disk, and loaded from there. Each run has a chunk of its own, as
//! a process has that runs it for the first time.

use std::time::{Duration, Instant};
use std::{env, fs, process};

use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use fusevm::chunk::assemble;
use fusevm::{Chunk, JitCompiler, JitMode, VM, Value};

fn program(text: &str) -> Chunk {
    assemble("bench", text).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs a chunk, and looks at its result and whether its code was on the disk. Gives the time that
/// it took to have code, and the time of all.
fn run(chunk: &Chunk, expected: &Value, is_loaded: bool) -> [Duration; 2] {
    let start = Instant::now();
    let mut vm = VM::new(Chunk::from((**chunk).clone()));
    vm.set_jit(JitMode::Eager);
    let result = vm.try_run();
    let stats = vm.jit_stats();
    drop(vm);
    let whole = start.elapsed();
    assert_eq!(result.as_ref().ok(), Some(&Some(expected.clone())));
    assert_eq!((stats.compiles, stats.cache_hits), (1, is_loaded.into()));
    [stats.compile_time, whole]
}

/// What is done before runs, and whether code is on the disk then.
type Way<'a> = (&'a str, &'a dyn Fn(), bool);

fn bench(
    group: &mut BenchmarkGroup<'_, criterion::measurement::WallTime>,
    (name, prepare, is_loaded): Way<'_>,
    (chunk, expected): (&Chunk, &Value),
    part: usize,
) {
    group.bench_function(name, |b| {
        b.iter_custom(|iterations| {
            (0..iterations)
                .map(|number| {
                    if number == 0 || !is_loaded {
                        prepare();
                    }
                    run(chunk, expected, is_loaded)[part]
                })
                .sum()
        });
    });
}

fn disk_cache(c: &mut Criterion) {
    let directory = env::temp_dir().join(format!("fusevm-bench-{}", process::id()));
    let jit = JitCompiler::new();
    jit.set_jit_cache_dir(Some(directory.clone()));
    // Loops of 11 and of 239 operations.
    let small = program(
        ".slot i\n.slot x\nLoadInt 0\nSetSlot i\nLoadInt 0\nSetSlot x\nnext:\nGetSlot x\nGetSlot i\nAdd\nLoadInt 1000003\n\
         Mod\nSetSlot x\nPreIncSlotVoid i\nGetSlot i\nLoadInt 4\nNumLt\nJumpIfTrue next\nGetSlot x\n",
    );
    let body: String = (1..40)
        .map(|n| format!("GetSlot x\nGetSlot i\nLoadInt {n}\nBitXor\nAdd\nSetSlot x\n"))
        .collect();
    let large = program(&format!(
        ".slot i\n.slot x\nLoadInt 0\nSetSlot i\nLoadInt 0\nSetSlot x\nnext:\n{body}PreIncSlotVoid i\nGetSlot i\nLoadInt 4\n\
         NumLt\nJumpIfTrue next\nGetSlot x\n"
    ));
    let sum = (0..4).flat_map(|i| (1..40).map(move |n| i ^ n)).sum();
    for (size, chunk, expected) in [
        ("small", small, Value::Int(6)),
        ("large", large, Value::Int(sum)),
    ] {
        let make = || jit.set_jit_cache_enabled(false);
        let store = || {
            jit.set_jit_cache_enabled(true);
            jit.clear_jit_cache();
        };
        let load = || {
            jit.set_jit_cache_enabled(true);
            if jit.jit_cache_size_bytes() == Some(0) {
                run(&chunk, &expected, false);
            }
        };
        let ways: [Way<'_>; 3] = [
            ("made", &make, false),
            ("made and stored", &store, false),
            ("loaded", &load, true),
        ];
        for (what, part) in [("code", 0), ("run", 1)] {
            let mut group = c.benchmark_group(format!("{size}/{what}"));
            for way in ways {
                bench(&mut group, way, (&chunk, &expected), part);
            }
            group.finish();
        }
    }
    let _ = fs::remove_dir_all(directory);
}

criterion_group!(benches, disk_cache);
criterion_main!(benches);
