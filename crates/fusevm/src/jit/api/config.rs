//! When the tiers of a thread begin to work.

use std::cell::Cell;
use std::env;

/// Thresholds and bounds of the native tiers.
///
/// Each thread has its own, see [`JitCompiler::set_config`](crate::JitCompiler::set_config). It begins
/// with the [defaults](Self::defaults), and with what the environment has in
/// `FUSEVM_JIT_TRACE_THRESHOLD` and `FUSEVM_JIT_BLOCK_THRESHOLD` in place of the first two; text
/// that is no number of 32 bits is ignored.
///
/// ```
/// use fusevm::TraceJitConfig;
///
/// let eager = TraceJitConfig { trace_threshold: 5, ..TraceJitConfig::defaults() };
/// assert_eq!(eager.max_trace_len, 256);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceJitConfig {
    /// Jumps back to a loop's head before its path is recorded; 0 is as 1.
    pub trace_threshold: u32,
    /// Calls of [`try_run_block`](crate::JitCompiler::try_run_block) that answer `None` first.
    pub block_threshold: u32,
    /// Times that a loop may leave its recorded path before it is blacklisted.
    pub max_side_exits: u32,
    /// How often one function may be open at once in a recording.
    pub max_inline_recursion: usize,
    /// Traces that may follow one another at one jump back. Native code of a loop has all its paths, so
    /// none has to; but with 0 machines do not count side exits.
    pub max_trace_chain: usize,
    /// Operations in one recording.
    pub max_trace_len: usize,
}

impl TraceJitConfig {
    /// What a thread begins with where the environment says nothing.
    pub const fn defaults() -> Self {
        TraceJitConfig {
            trace_threshold: 50,
            block_threshold: 1,
            max_side_exits: 50,
            max_inline_recursion: 4,
            max_trace_chain: 4,
            max_trace_len: 256,
        }
    }

    /// [`defaults`](Self::defaults), with what `variable` gives by the name of an environment variable.
    fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let number = |name| variable(name)?.trim().parse().ok();
        let defaults = Self::defaults();
        TraceJitConfig {
            trace_threshold: number("FUSEVM_JIT_TRACE_THRESHOLD")
                .unwrap_or(defaults.trace_threshold),
            block_threshold: number("FUSEVM_JIT_BLOCK_THRESHOLD")
                .unwrap_or(defaults.block_threshold),
            ..defaults
        }
    }
}

impl Default for TraceJitConfig {
    fn default() -> Self {
        Self::defaults()
    }
}

thread_local! {
    /// `None` until it is first asked for.
    static CONFIG: Cell<Option<TraceJitConfig>> = const { Cell::new(None) };
}

/// The present thread's configuration.
pub(super) fn get() -> TraceJitConfig {
    CONFIG.get().unwrap_or_else(|| {
        let config = TraceJitConfig::from_environment(|name| env::var(name).ok());
        CONFIG.set(Some(config));
        config
    })
}

/// Replaces it.
pub(super) fn set(config: TraceJitConfig) {
    CONFIG.set(Some(config));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_sets_thresholds() {
        let with = |text: Option<&str>| {
            let config = TraceJitConfig::from_environment(|_| text.map(str::to_owned));
            (config.trace_threshold, config.block_threshold)
        };
        for (text, expected) in [
            (Some("0"), (0, 0)),
            (Some(" 8 "), (8, 8)),
            (Some("not-a-number"), (50, 1)),
            (Some("-1"), (50, 1)),
            (Some("4294967296"), (50, 1)),
            (None, (50, 1)),
        ] {
            assert_eq!(with(text), expected, "{text:?}");
        }
    }
}
