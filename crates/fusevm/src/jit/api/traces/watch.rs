//! What machines that trace ask and tell of loops.

use super::super::eligibility::is_trace_op;
use super::super::{SlotKind, TraceJitConfig, config, thread};
use super::{Look, Traces};
use crate::chunk::Chunk;
use crate::op::Op;

/// Recordings that may end with the loop itself before it is given up.
const UNFINISHED: u32 = 16;

/// Of the arrivals at a loop with a path, so many are followed at first, and then one in
/// [`SAMPLED`]: it takes as long as some ten passes.
const ALL_FOLLOWED: u32 = 16;
const SAMPLED: u32 = 64;

/// A path from the head of a loop to where it was no longer followed.
pub(crate) struct Pass {
    pub(crate) ops: Vec<Op>,
    pub(crate) ips: Vec<usize>,
    /// What the slots held at its start.
    pub(crate) kinds: Vec<SlotKind>,
    pub(crate) end: PassEnd,
}

/// Why a path was no longer followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PassEnd {
    /// It is back at the head.
    Closed,
    /// Control left the loop.
    Left,
    /// There is something in it that a trace does not have, or it is too long.
    Refused,
}

/// Whether more is known of the loop at `anchor` than how often it was passed.
pub(crate) fn is_decided(chunk: &Chunk, anchor: usize) -> bool {
    thread::peek(chunk, |state| state.traces.is_decided(anchor))
}

/// What to do at the head of a loop that control came back to.
pub(crate) fn look(chunk: &Chunk, anchor: usize, kind_of: impl Fn(u16) -> SlotKind) -> Look {
    let config = config::get();
    thread::with(chunk, |state| {
        match state.traces.look(chunk, anchor, kind_of, &config) {
            Look::Run if !state.traces.is_followed(anchor) => Look::Skip,
            look => look,
        }
    })
}

/// Takes notice of a pass. True if nothing more is to be learnt of its loop.
pub(crate) fn followed(chunk: &Chunk, anchor: usize, pass: &Pass) -> bool {
    let config = config::get();
    thread::with(chunk, |state| {
        state.traces.followed(chunk, anchor, pass, &config)
    })
}

/// Follows one pass of a loop, operation by operation.
pub(crate) struct Follower {
    anchor: usize,
    /// The last jump back to the anchor: the loop does not go on behind it.
    last: usize,
    /// The functions that are open, by their first operations.
    calls: Vec<usize>,
    config: TraceJitConfig,
    ops: Vec<Op>,
    ips: Vec<usize>,
}

impl Follower {
    pub(crate) fn new(chunk: &Chunk, anchor: usize) -> Self {
        let last = chunk.ops.iter().rposition(|op| op.target() == Some(anchor));
        Follower {
            anchor,
            last: last.unwrap_or(anchor),
            calls: Vec::new(),
            config: config::get(),
            ops: Vec::new(),
            ips: Vec::new(),
        }
    }

    /// Whether the operation at `at` can be part of the path. It is one then.
    pub(crate) fn admits(&mut self, chunk: &Chunk, at: usize, op: Op) -> bool {
        if !is_trace_op(&op) || self.ops.len() >= self.config.max_trace_len {
            return false;
        }
        match op {
            Op::Call(name, _) => {
                let Some(entry) = chunk.find_sub(name) else {
                    return false;
                };
                let open = self.calls.iter().filter(|&&open| open == entry);
                if open.count() >= self.config.max_inline_recursion {
                    return false;
                }
                self.calls.push(entry);
            }
            Op::Return | Op::ReturnValue if self.calls.pop().is_none() => return false,
            _ => {}
        }
        self.ops.push(op);
        self.ips.push(at);
        true
    }

    /// Whether the path ends with its last operation, behind which control goes to `next`.
    pub(crate) fn arrives(&self, next: usize) -> Option<PassEnd> {
        if !self.calls.is_empty() {
            return None;
        }
        let is_jump = self.ops.last().is_some_and(|op| op.target().is_some());
        if is_jump && next == self.anchor {
            return Some(PassEnd::Closed);
        }
        let is_inside = (self.anchor..=self.last).contains(&next);
        (!is_inside).then_some(PassEnd::Left)
    }

    pub(crate) fn finish(self, end: PassEnd, kinds: Vec<SlotKind>) -> Pass {
        Pass {
            ops: self.ops,
            ips: self.ips,
            kinds,
            end,
        }
    }
}

impl Traces {
    /// Counts that a machine got to the loop at `anchor`, and says whether it is to be followed.
    fn is_followed(&mut self, anchor: usize) -> bool {
        self.by_anchor.get_mut(&anchor).is_some_and(|trace| {
            let before = trace.arrivals;
            trace.arrivals = before.wrapping_add(1);
            before < ALL_FOLLOWED || before.is_multiple_of(SAMPLED)
        })
    }

    /// Takes notice of a pass of the loop at `anchor` that was followed because of
    /// [`Look::Record`] or [`Look::Run`]. True if nothing more is to be learnt of the loop.
    fn followed(
        &mut self,
        chunk: &Chunk,
        anchor: usize,
        pass: &Pass,
        config: &TraceJitConfig,
    ) -> bool {
        let Some(trace) = self.by_anchor.get_mut(&anchor) else {
            return true;
        };
        if let Some(path) = &trace.path {
            if path.metadata.recorded_ips != pass.ips && config.max_trace_chain > 0 {
                trace.bump_side_exits(config);
            }
            return true;
        }
        match pass.end {
            PassEnd::Closed => {
                let fallthrough = pass.ips.last().map_or(0, |&closing| closing + 1);
                let (ops, ips, kinds) = (&pass.ops, &pass.ips, &pass.kinds);
                self.install(
                    chunk,
                    (anchor, anchor, fallthrough),
                    (ops, ips),
                    kinds,
                    config,
                );
                true
            }
            PassEnd::Left => {
                trace.unfinished += 1;
                trace.is_aborted |= trace.unfinished >= UNFINISHED;
                trace.is_aborted
            }
            PassEnd::Refused => {
                trace.is_aborted = true;
                true
            }
        }
    }

    /// Whether more is known of the loop at `anchor` than how often it was passed.
    fn is_decided(&self, anchor: usize) -> bool {
        let trace = self.by_anchor.get(&anchor);
        trace.is_some_and(|trace| trace.is_over() || trace.path.is_some())
    }
}
