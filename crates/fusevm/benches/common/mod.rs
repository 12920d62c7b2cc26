//! What the benches share.

use criterion::{BatchSize, Criterion};
use fusevm::chunk::assemble;
use fusevm::{Chunk, VM, VMResult, Value};

/// A program from its text.
pub(crate) fn program(text: &str) -> Chunk {
    let chunk = assemble("bench", text).unwrap_or_else(|error| panic!("{error}"));
    chunk.verify().unwrap_or_else(|error| panic!("{error}"));
    chunk
}

/// Measures runs of `chunk` on a fresh machine each, and checks the result of every one, so that
/// nothing can be optimised away and nothing wrong be measured.
pub(crate) fn bench_program(c: &mut Criterion, name: &str, chunk: &Chunk, expected: &Value) {
    bench_machines(c, name, || VM::new(chunk.clone()), expected);
}

/// [`bench_program`] on machines that are made in a way of their own, which is not measured.
pub(crate) fn bench_machines(
    c: &mut Criterion,
    name: &str,
    mut machine: impl FnMut() -> VM,
    expected: &Value,
) {
    c.bench_function(name, |b| {
        b.iter_batched_ref(
            &mut machine,
            |vm| match vm.run() {
                VMResult::Ok(value) if value == *expected => {}
                other => panic!("{name}: {other:?}"),
            },
            BatchSize::SmallInput,
        );
    });
}
