//! Traces as they are seen from outside.

use serde::{Deserialize, Serialize};

use crate::op::Op;

/// What a slot holds where a trace begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SlotKind {
    /// An integer, or anything that is no float.
    Int,
    /// A float; as an `i64` it is its bits.
    Float,
}

/// A recorded path through a loop: one pass from a place back to the loop's head.
///
/// It can be stored through serde, and [imported](crate::JitCompiler::trace_import) where the same
/// chunk is: nothing in it is trusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceMetadata {
    /// [`op_hash`](crate::chunk::ChunkData::op_hash) of the chunk.
    pub chunk_op_hash: u64,
    /// Index of the loop's first operation, to which the path returns.
    pub anchor_ip: usize,
    /// Index at which the program goes on when the loop ends.
    pub fallthrough_ip: usize,
    /// The operations in the order in which they were carried out, the jump back last.
    pub ops: Vec<Op>,
    /// The index of each of them.
    pub recorded_ips: Vec<usize>,
    /// What the slots of the frame held when the recording began.
    pub slot_kinds_at_anchor: Vec<SlotKind>,
}

/// The answer of [`JitCompiler::trace_lookup`](crate::JitCompiler::trace_lookup).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceLookup {
    /// The jump was counted; go on.
    NotHot,
    /// There were enough of them: record a pass.
    StartRecording,
    /// The trace ran.
    Ran {
        /// Index of the operation to go on with.
        resume_ip: usize,
    },
    /// There is a trace, but for slots of other kinds, or with results that integers and floats
    /// cannot tell. Nothing happened; go on.
    GuardMismatch,
    /// The loop was given up on this thread.
    Skip,
}
