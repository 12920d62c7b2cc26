//! Promises about types that the compiler can check.

use fusevm::vm::InterruptHandle;
use fusevm::{Chunk, ChunkBuilder, Op, VM, VMPool, VMResult, Value};

const fn is_send<T: Send>() {}
const fn is_shareable<T: Send + Sync>() {}
const fn is_a_handle<T: Clone + Send + Sync>() {}
const fn is_debug<T: std::fmt::Debug>() {}

const _: () = {
    assert!(size_of::<Value>() == 16);
    assert!(size_of::<Op>() <= 16);
    is_shareable::<Value>();
    is_shareable::<Op>();
    is_shareable::<Chunk>();
    is_send::<ChunkBuilder>();
    is_send::<VM>();
    is_send::<VMPool>();
    is_debug::<VMResult>();
    is_a_handle::<InterruptHandle>();
};
