//! What can be known of native code from outside.

use std::time::Duration;

/// What native code has done for a machine since that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct JitStats {
    /// How often native code was made, or loaded from the disk.
    pub compiles: u64,
    /// The time that this took, refusals included.
    pub compile_time: Duration,
    /// How often what was asked for was on the disk: native code, or that there can be none. 0 without the
    /// feature `jit-disk-cache`, as are the next two.
    pub cache_hits: u64,
    /// How often it was looked for on the disk and had to be made.
    pub cache_misses: u64,
    /// Files that could not be trusted and were removed.
    pub cache_rejections: u64,
    /// How often no native code could be made, or none that pays.
    pub refusals: u64,
    /// Whether one reason was that the system gives no memory for code, or does not let it be
    /// executed.
    pub no_memory: bool,
    /// How often native code was entered.
    pub entries: u64,
    /// How often it was left because something was not what it was made for.
    pub early_exits: u64,
    /// How often it ended in an operation that the interpreter carried out for it: with an error,
    /// or because the operation did what native code cannot go on from.
    pub stops: u64,
    /// Bytes of machine code in the process at the moment, that of other machines included.
    pub code_bytes: usize,
}

impl JitStats {
    /// How often native code ran to its end.
    pub fn ends(&self) -> u64 {
        self.entries
            .saturating_sub(self.early_exits.saturating_add(self.stops))
    }
}

/// What is known of a place where native code was to be made, by
/// [`VM::jit_report`](crate::VM::jit_report). Machines that run the same chunk share it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JitPlace {
    /// Index of the first operation.
    pub op_index: usize,
    /// Whether this is about runs that are bounded, which have code of their own.
    pub bounded: bool,
    /// What there is now.
    pub state: JitState,
    /// How often native code was made of it, or loaded from the disk.
    pub compiles: u64,
    /// How often it was entered.
    pub entries: u64,
    /// How often it was left because something was not what it was made for.
    pub early_exits: u64,
}

/// The native code of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JitState {
    /// There is some, of so many bytes.
    Native(usize),
    /// It was left early too often and is made anew when the place is passed often again.
    Discarded,
    /// The interpreter does it, for this reason.
    Refused(&'static str),
}
