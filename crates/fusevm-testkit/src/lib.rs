//! What the tests of fusevm share: programs generated from seeds, and what is needed to run them,
//! to compare the runs, to measure them, and to make a failing program small.
//!
//! ```
//! use fusevm_testkit::{Bounds, Program, Run, Shape};
//!
//! let program = Program::generate(1, &Shape::default());
//! let chunk = program.compile();
//! let [once, again] = [(); 2].map(|()| Run::new(&program, &chunk, Bounds::default()).go());
//! assert_eq!(once, again);
//! ```

#![deny(missing_docs)]

#[cfg(unix)]
pub mod cached;
pub mod cases;
mod compile;
mod generate;
mod host;
mod layout;
pub mod memory;
mod observe;
mod program;
mod rng;
pub mod scratch;
pub mod shrink;
mod trace;
pub mod values;

pub use generate::{OUTSIDE, Shape};
pub use host::install;
pub use observe::{Bounds, Outcome, Run, Sink, machine};
pub use program::{Block, BlockOp, Expr, Function, LoopKind, Program, Stmt};
pub use rng::Rng;
pub use trace::{trace, trace_blocks};

#[cfg(test)]
fn chunk_of(ops: &[fusevm::Op]) -> fusevm::Chunk {
    fusevm::Chunk::from(fusevm::chunk::ChunkData {
        ops: ops.to_vec(),
        ..fusevm::chunk::ChunkData::default()
    })
}
