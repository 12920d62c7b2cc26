//! What a front end says of its own operations.

/// Tells a [`JitCompiler`](crate::JitCompiler) about the extension operations of a front end.
///
/// Native code calls the machine's handler for such operations, whatever is said here; only
/// [`JitCompiler::is_eligible`](crate::JitCompiler::is_eligible) asks.
///
/// ```
/// use fusevm::{ChunkBuilder, JitCompiler, JitExtension, Op};
///
/// struct Vectors;
///
/// impl JitExtension for Vectors {
///     fn can_jit(&self, ext_id: u16) -> bool {
///         ext_id < self.op_count() as u16
///     }
///     fn op_count(&self) -> usize {
///         2
///     }
///     fn name(&self) -> &str {
///         "vectors"
///     }
/// }
///
/// let mut builder = ChunkBuilder::new();
/// builder.emit(Op::Extended(1, 0), 1);
/// let chunk = builder.build();
///
/// let mut jit = JitCompiler::new();
/// assert!(!jit.is_eligible(&chunk));
/// jit.register_extension(Box::new(Vectors));
/// assert!(jit.is_eligible(&chunk));
/// ```
pub trait JitExtension: Send + Sync {
    /// Whether the operation with this id may be part of native code.
    fn can_jit(&self, ext_id: u16) -> bool;

    /// How many operations the extension has.
    fn op_count(&self) -> usize;

    /// The name in logs.
    fn name(&self) -> &str;
}

/// Machine code, as a name for what a compiler makes. There is no value of it: code belongs to its
/// chunk, and nothing hands it out.
pub struct NativeCode {
    _private: (),
}
