#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod awk_builtins;
pub mod awk_host;
pub mod chunk;
mod code;
#[doc(hidden)]
pub mod fusion {
    //! What tests and measurements of the interpreter know of its instructions. No part of the
    //! interface.
    pub use crate::code::{Mode, Pattern, ROWS, Row, instructions, without};
}
pub mod host;
pub mod jit;
pub mod op;
pub mod semantics;
pub mod shell_builtins;
pub mod value;
pub mod vm;

pub use awk_host::{AwkHost, AwkLvalue, DefaultAwkHost};
pub use chunk::{Chunk, ChunkBuilder};
pub use host::{DefaultHost, ShellHost};
pub use jit::{
    DeoptFrame, DeoptInfo, JitCacheInfo, JitCompiler, JitExtension, JitMode, JitPlace, JitState,
    JitStats, NativeCode, SlotKind, TraceJitConfig, TraceLookup, TraceMetadata,
};
pub use op::Op;
pub use value::Value;
pub use vm::{Frame, VM, VMPool, VMResult};
