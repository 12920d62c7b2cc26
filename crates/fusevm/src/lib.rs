//! A language-agnostic bytecode virtual machine.
#![deny(missing_docs)]

pub mod chunk;
pub mod op;
pub mod value;

pub use chunk::{Chunk, ChunkBuilder};
pub use op::Op;
pub use value::Value;
