//! The compiler's interface, `JitCompiler` and what belongs to it.

mod eligibility;
#[cfg(feature = "jit")]
mod extension;
mod types;

#[cfg(not(feature = "jit"))]
mod inert;

#[cfg(feature = "jit")]
mod answers;
#[cfg(feature = "jit")]
mod direct;
#[cfg(feature = "jit")]
mod programs;
#[cfg(feature = "jit")]
mod random;
#[cfg(feature = "jit")]
mod regions;
#[cfg(feature = "jit")]
mod tiers;
#[cfg(feature = "jit")]
mod traces;

use fusevm::chunk::ChunkData;
use fusevm::{Chunk, ChunkBuilder, Op};

/// A chunk of operations alone.
fn chunk_of(ops: &[Op]) -> Chunk {
    let mut builder = ChunkBuilder::new();
    for &op in ops {
        builder.emit(op, 1);
    }
    builder.build()
}

/// As [`chunk_of`], with constants and more, and without what a builder computes.
fn plain_chunk(ops: &[Op], data: ChunkData) -> Chunk {
    Chunk::from(ChunkData {
        ops: ops.to_vec(),
        ..data
    })
}

/// Everything here once more, with native code that another process has made.
#[cfg(all(unix, feature = "jit-disk-cache"))]
#[test]
fn code_from_the_disk_does_the_same() {
    fusevm_testkit::cached::run_again("code_from_the_disk_does_the_same", 400);
}
