//! What a run may use.

/// Bounds of a machine. Exceeding one ends the run with an error value; the machine stays usable.
///
/// The defaults are generous: they stop runaway programs, not real ones.
///
/// ```
/// use fusevm::vm::Limits;
///
/// let limits = Limits { call_depth: 100, ..Limits::default() };
/// assert!(limits.value_bytes >= 1 << 20);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Frames that may be open at once: calls, scopes and block operations. 200,000 by default.
    pub call_depth: usize,
    /// Bytes that one text or container may hold. 1 GiB by default.
    pub value_bytes: usize,
    /// Bytes that the machine may hold in all: texts, containers, stacks and heap.
    /// `usize::MAX`, the default, is no bound. Programs, the output buffer and what hosts keep
    /// for themselves are not part of it.
    ///
    /// The machine asks before it allocates, and counts the old memory as well as the new while
    /// something grows. Only small values are counted after the fact, so that a run ends with
    /// [`Fault::OutOfMemory`](crate::semantics::Fault::OutOfMemory) at most 256 KiB above the
    /// bound. What builtins and handlers allocate counts while the run lasts; those that allocate
    /// much should ask [`VM::request_memory`](crate::VM::request_memory) first.
    pub memory_bytes: usize,
    /// Values on the operand stack, and also in all open slots. 16 Mi (256 MiB) by default;
    /// more than 2^32 - 2 is as much as that.
    pub stack_values: usize,
    /// Containers on the heap at once, garbage excluded. 64 Mi by default.
    pub heap_cells: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            call_depth: 200_000,
            value_bytes: 1 << 30,
            memory_bytes: usize::MAX,
            stack_values: 1 << 24,
            heap_cells: 1 << 26,
        }
    }
}
