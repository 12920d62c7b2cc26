//! Loops for the tests of traces.

use fusevm::chunk::assemble;
use fusevm::{Chunk, JitCompiler, TraceJitConfig};

/// Counts slot 0 to `limit` and does something in each pass of the loop, which begins at
/// [`ANCHOR`]. Gives slot 1.
pub(crate) fn counting(limit: i64, body: &str) -> Chunk {
    let program = format!(
        ".slot i\n.slot x\n LoadInt 0\n SetSlot i\n\
         .next:\n{body}\n PreIncSlotVoid i\n GetSlot i\n LoadInt {limit}\n NumLt\n JumpIfTrue .next\n\
         GetSlot x\n ReturnValue\n\
         .sub twice\n LoadInt 2\n Mul\n ReturnValue\n\
         .sub one\n LoadInt 1\n ReturnValue\n\
         .sub clamp\n SetSlot 0\n GetSlot 0\n LoadInt 50\n NumLt\n JumpIfTrue .low\n LoadInt 50\n ReturnValue\n\
         .low:\n GetSlot 0\n ReturnValue\n"
    );
    assemble("counting.fasm", &program).unwrap_or_else(|error| panic!("{error}\n{program}"))
}

/// Where the loop of [`counting`] begins.
pub(crate) const ANCHOR: usize = 2;

/// Sets the threshold of traces on this thread.
pub(crate) fn set_threshold(trace_threshold: u32) {
    JitCompiler::new().set_config(TraceJitConfig {
        trace_threshold,
        block_threshold: u32::MAX,
        ..TraceJitConfig::defaults()
    });
}
