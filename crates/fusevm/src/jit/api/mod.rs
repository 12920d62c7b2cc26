//! The compiler's interface: [`JitCompiler`] and what belongs to it.
//!
//! The interface speaks of three tiers. They are views of the one engine behind: what a tier takes is a
//! question about operations, direct runs are those of a machine that is kept for them, and a trace is
//! what a thread has seen of a loop that the engine compiles as a whole.

mod cache;
mod compiler;
mod config;
mod deopt;
mod direct;
mod eligibility;
mod extension;
mod region;
mod replay;
mod thread;
mod trace;
mod traces;

pub use cache::JitCacheInfo;
pub use compiler::JitCompiler;
pub use config::TraceJitConfig;
pub use deopt::{
    DeoptFrame, DeoptInfo, MAX_DEOPT_FRAMES, MAX_DEOPT_SLOTS_PER_FRAME, MAX_DEOPT_STACK,
    STACK_KIND_FLOAT, STACK_KIND_INT,
};
#[cfg(feature = "jit")]
pub(crate) use extension::Target;
pub use extension::{
    CodeBool, CodeFloat, CodeInt, ExtensionCode, FloatOp, IntOp, JitExtension, NativeCode,
};
pub use trace::{SlotKind, TraceLookup, TraceMetadata};

#[cfg(feature = "jit")]
pub(crate) use traces::{Follower, Look, PassEnd, followed, is_decided, look};
