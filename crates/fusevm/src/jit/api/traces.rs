//! What a thread knows of the loops of a chunk: how often they were passed, and their recorded paths.

#[cfg(feature = "jit")]
mod watch;

use std::collections::BTreeMap;

use super::eligibility::{is_trace, slots_of};
use super::{SlotKind, TraceJitConfig, TraceMetadata};
use crate::chunk::{Chunk, op_hash, same_op};
use crate::op::Op;

/// Times that slots may be of other kinds than recorded before a trace is blacklisted.
const MISMATCHES: u32 = 5;

#[cfg(feature = "jit")]
pub(crate) use watch::{Follower, PassEnd, followed, is_decided, look};

/// What to do at the head of a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Go on.
    NotHot,
    /// Record a pass.
    Record,
    /// Run the trace.
    Run,
    /// Go on: the trace is for slots of other kinds.
    Mismatch,
    /// Go on, and do not ask again.
    Skip,
}

/// The traces of a chunk by where they begin.
#[derive(Default)]
pub(super) struct Traces {
    by_anchor: BTreeMap<usize, Trace>,
}

#[derive(Default)]
struct Trace {
    passes: u32,
    is_aborted: bool,
    is_blacklisted: bool,
    mismatches: u32,
    side_exits: u32,
    /// Recordings that ended with the loop.
    #[cfg(feature = "jit")]
    unfinished: u32,
    /// Runs of machines that got to the loop since there is a path.
    #[cfg(feature = "jit")]
    arrivals: u32,
    path: Option<Path>,
}

/// A path that has been looked through.
struct Path {
    metadata: TraceMetadata,
    /// The slots of the loop's own frame in it, with what they have to hold.
    guards: Vec<(u16, SlotKind)>,
    /// What is run for it by itself, once that was asked for.
    program: Option<Chunk>,
}

impl Traces {
    /// Looks what is to be done at `anchor`, where a jump has led back to, and counts that.
    pub(super) fn look(
        &mut self,
        chunk: &Chunk,
        anchor: usize,
        kind_of: impl Fn(u16) -> SlotKind,
        config: &TraceJitConfig,
    ) -> Look {
        // No machine jumps to other places.
        if anchor >= chunk.ops.len() && !self.by_anchor.contains_key(&anchor) {
            return Look::NotHot;
        }
        let trace = self.by_anchor.entry(anchor).or_default();
        if trace.is_over() {
            return Look::Skip;
        }
        if let Some(path) = &trace.path {
            let fits = |&(slot, kind)| kind_of(slot) == kind;
            if path.guards.iter().all(fits) {
                return Look::Run;
            }
            trace.mismatch();
            return Look::Mismatch;
        }
        trace.passes = trace.passes.saturating_add(1);
        if trace.passes >= config.trace_threshold {
            Look::Record
        } else {
            Look::NotHot
        }
    }

    /// Keeps a path from `record` to the loop's head, `close`, in place of what was known there. If it
    /// is none in the chunk nothing is kept, and what is known there is aborted.
    pub(super) fn install(
        &mut self,
        chunk: &Chunk,
        (record, close, fallthrough): (usize, usize, usize),
        (ops, ips): (&[Op], &[usize]),
        kinds: &[SlotKind],
        config: &TraceJitConfig,
    ) -> bool {
        let starts = record != close || ips.first() == Some(&close);
        let falls_through = ips
            .last()
            .is_some_and(|&closing| closing.checked_add(1) == Some(fallthrough));
        let is_path = starts
            && falls_through
            && is_trace(ops, close, config.max_trace_len)
            && is_path(chunk, ops, ips);
        if !is_path {
            self.abort(record);
            return false;
        }
        let path = Path {
            guards: guards(ops, kinds),
            metadata: TraceMetadata {
                chunk_op_hash: hash_of(chunk),
                anchor_ip: close,
                fallthrough_ip: fallthrough,
                ops: ops.to_vec(),
                recorded_ips: ips.to_vec(),
                slot_kinds_at_anchor: kinds.to_vec(),
            },
            program: None,
        };
        let trace = Trace {
            path: Some(path),
            ..Trace::default()
        };
        self.by_anchor.insert(record, trace);
        true
    }

    /// Installs a path that was recorded elsewhere.
    pub(super) fn import(
        &mut self,
        chunk: &Chunk,
        metadata: &TraceMetadata,
        config: &TraceJitConfig,
    ) -> bool {
        let Some(&record) = metadata.recorded_ips.first() else {
            return false;
        };
        let (close, fallthrough) = (metadata.anchor_ip, metadata.fallthrough_ip);
        let mut imported = Traces::default();
        let is_path = metadata.chunk_op_hash == hash_of(chunk)
            && imported.install(
                chunk,
                (record, close, fallthrough),
                (&metadata.ops, &metadata.recorded_ips),
                &metadata.slot_kinds_at_anchor,
                config,
            );
        self.by_anchor.append(&mut imported.by_anchor);
        is_path
    }

    /// The paths, those of loops first.
    pub(super) fn export(&self) -> Vec<TraceMetadata> {
        let paths = self.by_anchor.iter();
        let mut paths: Vec<(bool, &TraceMetadata)> = paths
            .filter_map(|(&record, trace)| {
                let metadata = &trace.path.as_ref()?.metadata;
                Some((record != metadata.anchor_ip, metadata))
            })
            .collect();
        paths.sort_by_key(|&(is_side, _)| is_side);
        paths.into_iter().map(|(_, path)| path.clone()).collect()
    }

    pub(super) fn metadata(&self, anchor: usize) -> Option<&TraceMetadata> {
        Some(&self.by_anchor.get(&anchor)?.path.as_ref()?.metadata)
    }

    /// What runs the trace at `anchor` by itself, made by `make` of its metadata if need be.
    pub(super) fn program(
        &mut self,
        anchor: usize,
        make: impl FnOnce(&TraceMetadata) -> Chunk,
    ) -> Option<(Chunk, usize)> {
        let path = self.by_anchor.get_mut(&anchor)?.path.as_mut()?;
        let start = *path.metadata.recorded_ips.first()?;
        let program = path.program.get_or_insert_with(|| make(&path.metadata));
        Some((program.clone(), start))
    }

    /// Gives up the loop at `anchor`, if anything is known of it.
    pub(super) fn abort(&mut self, anchor: usize) {
        if let Some(trace) = self.by_anchor.get_mut(&anchor) {
            trace.is_aborted = true;
        }
    }

    /// Counts that the trace at `anchor` could not run.
    pub(super) fn mismatch(&mut self, anchor: usize) {
        if let Some(trace) = self.by_anchor.get_mut(&anchor) {
            trace.mismatch();
        }
    }

    pub(super) fn bump_side_exits(&mut self, anchor: usize, config: &TraceJitConfig) {
        if let Some(trace) = self.by_anchor.get_mut(&anchor) {
            trace.bump_side_exits(config);
        }
    }

    pub(super) fn mismatches(&self, anchor: usize) -> u32 {
        self.by_anchor
            .get(&anchor)
            .map_or(0, |trace| trace.mismatches)
    }

    pub(super) fn side_exits(&self, anchor: usize) -> u32 {
        self.by_anchor
            .get(&anchor)
            .map_or(0, |trace| trace.side_exits)
    }

    pub(super) fn is_blacklisted(&self, anchor: usize) -> bool {
        self.by_anchor
            .get(&anchor)
            .is_some_and(|trace| trace.is_blacklisted)
    }
}

impl Trace {
    fn is_over(&self) -> bool {
        self.is_aborted || self.is_blacklisted
    }

    fn mismatch(&mut self) {
        self.mismatches = self.mismatches.saturating_add(1);
        self.is_blacklisted |= self.mismatches >= MISMATCHES;
    }

    fn bump_side_exits(&mut self, config: &TraceJitConfig) {
        self.side_exits = self.side_exits.saturating_add(1);
        self.is_blacklisted |= self.side_exits >= config.max_side_exits;
    }
}

/// What tells the code of `chunk` from that of others, as far as 64 bits can.
fn hash_of(chunk: &Chunk) -> u64 {
    match chunk.op_hash {
        0 => op_hash(chunk),
        known => known,
    }
}

/// Whether the chunk has these operations at these places, and each can follow the one before it.
fn is_path(chunk: &Chunk, ops: &[Op], ips: &[usize]) -> bool {
    let is_there = |(op, &at): (&Op, &usize)| {
        let there = chunk.ops.get(at);
        there.is_some_and(|there| same_op(op, there))
    };
    if ops.len() != ips.len() || !ops.iter().zip(ips).all(is_there) {
        return false;
    }
    let mut returns = Vec::new();
    ops.iter()
        .zip(ips)
        .zip(&ips[1..])
        .all(|((op, &at), &next)| match *op {
            Op::Call(name, _) => {
                returns.push(at + 1);
                chunk.find_sub(name) == Some(next)
            }
            Op::Return | Op::ReturnValue => returns.pop() == Some(next),
            Op::Jump(target) => next == target,
            Op::JumpIfTrue(target) | Op::JumpIfFalse(target) => next == target || next == at + 1,
            _ => next == at + 1,
        })
}

/// The slots of the loop's own frame that the operations name, each once, with their kinds.
fn guards(ops: &[Op], kinds: &[SlotKind]) -> Vec<(u16, SlotKind)> {
    let mut guards = BTreeMap::new();
    let mut calls = 0usize;
    for op in ops {
        match op {
            Op::Call(..) => calls += 1,
            Op::Return | Op::ReturnValue => calls = calls.saturating_sub(1),
            _ if calls > 0 => {}
            _ => {
                for slot in slots_of(op) {
                    let kind = kinds.get(usize::from(slot)).copied();
                    guards.insert(slot, kind.unwrap_or(SlotKind::Int));
                }
            }
        }
    }
    guards.into_iter().collect()
}
