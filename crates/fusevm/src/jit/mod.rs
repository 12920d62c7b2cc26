//! Native code for what runs often.
//!
//! Loops that have been passed often are compiled to machine code, for the kinds of values that
//! their slots hold at that moment. What the code assumes is looked at where it is used; when it is
//! not so the code writes its state back to the machine and leaves the rest to the interpreter, which
//! gives the same results in all cases.
//!
//! A machine does so when it is [told to](crate::VM::set_jit). [`JitCompiler`] is for those who ask what
//! can be native, run code without a machine, or look at and keep what a thread has learnt of loops.
//!
//! Without the feature `jit` a [`JitMode`] can be chosen, and all of them mean
//! [`Off`](JitMode::Off).

#[cfg(all(feature = "jit", debug_assertions))]
use std::{env, sync::LazyLock};

mod api;
#[cfg(feature = "jit")]
mod arena;
#[cfg(feature = "jit-disk-cache")]
mod cache;
#[cfg(feature = "jit")]
mod dump;
#[cfg(feature = "jit")]
mod helpers;
#[cfg(feature = "jit")]
mod loops;
#[cfg(feature = "jit")]
mod lower;
#[cfg(feature = "jit")]
mod memory;
#[cfg(feature = "jit")]
mod native;
#[cfg(feature = "jit")]
mod perf;
#[cfg(feature = "jit")]
mod place;
#[cfg(feature = "jit")]
mod stack;
mod stats;
mod tools;
#[cfg(feature = "jit")]
mod unit;

pub use api::{
    CodeBool, CodeFloat, CodeInt, DeoptFrame, DeoptInfo, ExtensionCode, FloatOp, IntOp,
    JitCacheInfo, JitCompiler, JitExtension, MAX_DEOPT_FRAMES, MAX_DEOPT_SLOTS_PER_FRAME,
    MAX_DEOPT_STACK, NativeCode, STACK_KIND_FLOAT, STACK_KIND_INT, SlotKind, TraceJitConfig,
    TraceLookup, TraceMetadata,
};

#[cfg(feature = "jit")]
pub(crate) use api::{Follower, Look, PassEnd, followed, is_decided, look};
#[cfg(feature = "jit")]
pub(crate) use helpers::{Calculation, Helpers};
#[cfg(feature = "jit")]
pub(crate) use memory::live_bytes;
#[cfg(feature = "jit")]
pub(crate) use native::{Heat, Native, Status};
#[cfg(feature = "jit")]
pub(crate) use place::{Machine, Place};
#[cfg(feature = "jit")]
pub(crate) use stack::lowest_address;
#[cfg(feature = "jit")]
pub(crate) use unit::{CallNeeds, Frame, Unit, stride};

pub(crate) use tools::Tools;

pub use stats::{JitPlace, JitState, JitStats};

/// When a machine runs native code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JitMode {
    /// Never.
    Off,
    /// Where it pays: for what has been passed some thousand times.
    On,
    /// As soon as possible. For tests of native code; programs that end soon are slower.
    Eager,
}

/// [`Off`](JitMode::Off), the mode of new machines. Where debug assertions are on, `FUSEVM_JIT=eager` in
/// the environment makes it [`Eager`](JitMode::Eager), so that tests of anything are tests of native code, too.
impl Default for JitMode {
    fn default() -> Self {
        #[cfg(all(feature = "jit", debug_assertions))]
        {
            static IS_EAGER: LazyLock<bool> =
                LazyLock::new(|| env::var_os("FUSEVM_JIT").is_some_and(|mode| mode == "eager"));
            if *IS_EAGER {
                return JitMode::Eager;
            }
        }
        JitMode::Off
    }
}
