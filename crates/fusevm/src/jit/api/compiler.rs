//! `JitCompiler`.

use std::fmt;

use super::traces::Look;
use super::{
    DeoptInfo, JitExtension, SlotKind, TraceJitConfig, TraceLookup, TraceMetadata, config, direct,
    eligibility, region, replay, thread,
};
use crate::chunk::Chunk;
use crate::op::Op;
use crate::value::Value;

/// Whether there is native code at all.
const ENABLED: bool = cfg!(feature = "jit");

/// Questions about native code, and ways to run it without a machine of one's own.
///
/// A compiler is free to make and holds nothing but the [extensions](JitExtension) that it was told of.
/// What has been compiled belongs to the chunk; what has been *seen* of a chunk (counts, recorded
/// paths, loops given up) and the [configuration](TraceJitConfig) belong to the present thread, and are
/// the same for all compilers on it. What is known of a chunk goes with its last handle. A chunk is
/// the same as its clones, and as no other chunk.
///
/// Nothing given to these methods can do harm: chunks, slots, paths and indices may be anything.
///
/// Without the feature `jit` all methods are there and answer as if nothing could be compiled.
///
/// ```
/// # #[cfg(feature = "jit")] {
/// use fusevm::{ChunkBuilder, JitCompiler, Op, Value};
///
/// let mut builder = ChunkBuilder::new();
/// builder.emit(Op::GetSlot(0), 1);
/// builder.emit(Op::GetSlot(1), 1);
/// builder.emit(Op::Add, 1);
/// let sum = builder.build();
///
/// let jit = JitCompiler::new();
/// assert_eq!(jit.try_run_linear(&sum, &[100, 200]), Some(Value::Int(300)));
/// # }
/// ```
#[derive(Default)]
pub struct JitCompiler {
    extensions: Vec<Box<dyn JitExtension>>,
}

impl fmt::Debug for JitCompiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.extensions.iter().map(|extension| extension.name());
        f.debug_struct("JitCompiler")
            .field("extensions", &names.collect::<Vec<_>>())
            .finish()
    }
}

impl JitCompiler {
    /// A compiler without extensions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what a front end says of its operations.
    pub fn register_extension(&mut self, ext: Box<dyn JitExtension>) {
        tracing::info!(
            name = ext.name(),
            ops = ext.op_count(),
            "registered an extension"
        );
        self.extensions.push(ext);
    }

    /// Whether all operations of the chunk are among those that compilers commonly take: constants,
    /// operands, variables, slots, arithmetic, texts, comparisons, jumps, calls and frames, and
    /// extensions that somebody answers for. It promises nothing of any tier, and needs no feature.
    pub fn is_eligible(&self, chunk: &Chunk) -> bool {
        eligibility::is_listed(chunk, &self.extensions)
    }

    /// Whether [`try_run_linear`](Self::try_run_linear) gives a value, if it is given as many slots as
    /// the chunk names: the chunk has no jumps, needs no machine, cannot fail, and leaves a value.
    pub fn is_linear_eligible(&self, chunk: &Chunk) -> bool {
        ENABLED && direct::is_linear(chunk)
    }

    /// The value of a linear chunk, of any kind. Slots that are not given are `Undef`; there is no answer
    /// if that may be why the value is. Nothing is written to the slots.
    pub fn try_run_linear(&self, chunk: &Chunk, slots: &[i64]) -> Option<Value> {
        if !ENABLED {
            return None;
        }
        direct::run_linear(chunk, slots)
    }

    /// Whether the chunk can run without a machine: its operations know only operands, slots, jumps and
    /// scopes, and are allowed to fail for want of memory alone.
    pub fn is_block_eligible(&self, chunk: &Chunk) -> bool {
        ENABLED && direct::is_block(chunk)
    }

    /// Runs a block, once there were more than
    /// [`block_threshold`](TraceJitConfig::block_threshold) calls for it. Gives the value that it ends
    /// with as an integer, 0 if there is none, and stores what it leaves in the slots, as integers.
    /// Scopes share the one set of slots. `None`, and the slots stay, before that, for other chunks
    /// and if the run fails.
    ///
    /// ```
    /// # #[cfg(feature = "jit")] {
    /// use fusevm::{ChunkBuilder, JitCompiler, Op};
    ///
    /// let mut builder = ChunkBuilder::new();
    /// builder.emit(Op::AccumSumLoop(0, 1, 100), 1);
    /// builder.emit(Op::GetSlot(0), 2);
    /// let chunk = builder.build();
    ///
    /// let (jit, mut slots) = (JitCompiler::new(), [0, 0]);
    /// assert_eq!(jit.try_run_block(&chunk, &mut slots), None);
    /// assert_eq!(jit.try_run_block(&chunk, &mut slots), Some(4950));
    /// assert_eq!(slots, [4950, 100]);
    /// # }
    /// ```
    pub fn try_run_block(&self, chunk: &Chunk, slots: &mut [i64]) -> Option<i64> {
        if !ENABLED {
            return None;
        }
        direct::run_block(chunk, slots, false)
    }

    /// [`try_run_block`](Self::try_run_block) from the first call on.
    pub fn try_run_block_eager(&self, chunk: &Chunk, slots: &mut [i64]) -> Option<i64> {
        if !ENABLED {
            return None;
        }
        direct::run_block(chunk, slots, true)
    }

    /// Whether this thread has run the chunk as a block.
    pub fn block_jit_is_compiled(&self, chunk: &Chunk) -> bool {
        thread::peek(chunk, |state| state.block_is_ready)
    }

    /// The longest part of the chunk that could be a block: `(start, end)`, without the end. It has at
    /// least 4 operations, starts where there are no operands, and has no jump out of it. Of several the
    /// first.
    pub fn find_jit_region(&self, chunk: &Chunk) -> Option<(usize, usize)> {
        region::find(chunk).filter(|_| ENABLED)
    }

    /// The operations from `start` to `end`, as far as there are, as a chunk of their own with the same
    /// constants and names. Jumps are moved with them; one that leaves the part ends the new chunk.
    /// Without the feature `jit` it is the whole chunk.
    pub fn extract_region(&self, chunk: &Chunk, start: usize, end: usize) -> Chunk {
        if !ENABLED {
            return chunk.clone();
        }
        region::extract(chunk, start, end)
    }

    /// Counts a jump back to `anchor_ip`, the head of a loop, and runs its trace if there is one. For
    /// interpreters of others: a [`VM`](crate::VM) that [traces](crate::VM::enable_tracing_jit) does
    /// so by itself.
    ///
    /// `slots` are those of the frame that the loop runs in, integers or the bits of floats as
    /// `slot_kinds_at_anchor` says. They are changed only if the answer is [`TraceLookup::Ran`]; then
    /// `deopt_info` says what else there is where the trace was left.
    pub fn trace_lookup(
        &self,
        chunk: &Chunk,
        anchor_ip: usize,
        slots: &mut [i64],
        slot_kinds_at_anchor: &[SlotKind],
        deopt_info: &mut DeoptInfo,
    ) -> TraceLookup {
        if !ENABLED {
            return TraceLookup::Skip;
        }
        let kinds = slot_kinds_at_anchor;
        let kind_of = |slot: u16| kinds.get(usize::from(slot)).copied();
        let kind_of = |slot| kind_of(slot).unwrap_or(SlotKind::Int);
        let (look, program) = thread::with(chunk, |state| {
            let look = state.traces.look(chunk, anchor_ip, kind_of, &config::get());
            let program = (look == Look::Run)
                .then(|| {
                    let make = |trace: &_| replay::program(chunk, trace);
                    state.traces.program(anchor_ip, make)
                })
                .flatten();
            (look, program)
        });
        if let Some((program, start)) = program {
            return match replay::run(&program, start, slots, kinds, deopt_info) {
                Some(resume_ip) => TraceLookup::Ran { resume_ip },
                None => {
                    thread::with(chunk, |state| state.traces.mismatch(anchor_ip));
                    TraceLookup::GuardMismatch
                }
            };
        }
        match look {
            Look::NotHot => TraceLookup::NotHot,
            Look::Record => TraceLookup::StartRecording,
            Look::Run | Look::Mismatch => TraceLookup::GuardMismatch,
            Look::Skip => TraceLookup::Skip,
        }
    }

    /// Keeps one recorded pass of the loop at `anchor_ip`; see
    /// [`trace_install_with_kind`](Self::trace_install_with_kind).
    pub fn trace_install(
        &self,
        chunk: &Chunk,
        anchor_ip: usize,
        fallthrough_ip: usize,
        ops: &[Op],
        recorded_ips: &[usize],
        slot_kinds_at_anchor: &[SlotKind],
    ) -> bool {
        self.trace_install_with_kind(
            chunk,
            anchor_ip,
            anchor_ip,
            fallthrough_ip,
            ops,
            recorded_ips,
            slot_kinds_at_anchor,
        )
    }

    /// Keeps a recorded path under `record_anchor_ip`, which leads to the head of a loop,
    /// `close_anchor_ip`, and goes on at `fallthrough_ip` when the loop ends. If both anchors are the same
    /// the path is a whole pass of the loop.
    ///
    /// True if the path [is one](Self::is_trace_eligible), the chunk has it, operation by operation, and
    /// the fallthrough is behind its last one. It then takes the place of whatever was known under that
    /// anchor. Otherwise what is known there is [aborted](Self::trace_abort).
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of a recording, in the order in which recorders have them"
    )]
    pub fn trace_install_with_kind(
        &self,
        chunk: &Chunk,
        record_anchor_ip: usize,
        close_anchor_ip: usize,
        fallthrough_ip: usize,
        ops: &[Op],
        recorded_ips: &[usize],
        slot_kinds_at_anchor: &[SlotKind],
    ) -> bool {
        ENABLED
            && thread::with(chunk, |state| {
                state.traces.install(
                    chunk,
                    (record_anchor_ip, close_anchor_ip, fallthrough_ip),
                    (ops, recorded_ips),
                    slot_kinds_at_anchor,
                    &config::get(),
                )
            })
    }

    /// Gives up the loop at `anchor_ip` on this thread, if it was passed before.
    pub fn trace_abort(&self, chunk: &Chunk, anchor_ip: usize) {
        if ENABLED {
            thread::with(chunk, |state| state.traces.abort(anchor_ip));
        }
    }

    /// Whether the operations can be one pass of a loop that begins at `anchor_ip`: they know only
    /// operands, the first 64 slots, jumps and calls that return; the last one jumps to the anchor, and
    /// no other does in that frame; and they are not more than
    /// [`max_trace_len`](TraceJitConfig::max_trace_len).
    pub fn is_trace_eligible(&self, ops: &[Op], anchor_ip: usize) -> bool {
        ENABLED && eligibility::is_trace(ops, anchor_ip, config::get().max_trace_len)
    }

    /// Whether this thread has a trace under `anchor_ip`. Machines that
    /// [trace](crate::VM::enable_tracing_jit) run such a loop as native code, where that pays.
    pub fn trace_is_compiled(&self, chunk: &Chunk, anchor_ip: usize) -> bool {
        thread::peek(chunk, |state| state.traces.metadata(anchor_ip).is_some())
    }

    /// How often the slots were of other kinds than when the trace was recorded.
    pub fn trace_deopt_count(&self, chunk: &Chunk, anchor_ip: usize) -> u32 {
        thread::peek(chunk, |state| state.traces.mismatches(anchor_ip))
    }

    /// How often the loop was seen to leave its recorded path. A machine looks when it gets to the loop
    /// for the first time in a run; after some runs only now and then.
    pub fn trace_side_exit_count(&self, chunk: &Chunk, anchor_ip: usize) -> u32 {
        thread::peek(chunk, |state| state.traces.side_exits(anchor_ip))
    }

    /// Counts one more of those, which may blacklist the loop.
    pub fn trace_bump_side_exit(&self, chunk: &Chunk, anchor_ip: usize) {
        if ENABLED {
            let config = config::get();
            thread::with(chunk, |state| {
                state.traces.bump_side_exits(anchor_ip, &config);
            });
        }
    }

    /// Whether the trace was given up because it did not fit what happened.
    pub fn trace_is_blacklisted(&self, chunk: &Chunk, anchor_ip: usize) -> bool {
        thread::peek(chunk, |state| state.traces.is_blacklisted(anchor_ip))
    }

    /// Of the trace under `anchor_ip`, where its loop begins and where the program goes on behind it.
    pub fn trace_loop_anchors(&self, chunk: &Chunk, anchor_ip: usize) -> Option<(usize, usize)> {
        thread::peek(chunk, |state| {
            let trace = state.traces.metadata(anchor_ip)?;
            Some((trace.anchor_ip, trace.fallthrough_ip))
        })
    }

    /// The trace under `anchor_ip`, to be stored.
    pub fn trace_export(&self, chunk: &Chunk, anchor_ip: usize) -> Option<TraceMetadata> {
        thread::peek(chunk, |state| state.traces.metadata(anchor_ip).cloned())
    }

    /// All traces of the chunk on this thread: first those of whole loops, and in the order of their
    /// anchors.
    pub fn trace_export_all(&self, chunk: &Chunk) -> Vec<TraceMetadata> {
        thread::peek(chunk, |state| state.traces.export())
    }

    /// Installs a trace that was exported, under the index where it begins. False, and nothing happens,
    /// if it is not of this chunk.
    pub fn trace_import(&self, chunk: &Chunk, meta: &TraceMetadata) -> bool {
        ENABLED
            && thread::with(chunk, |state| {
                state.traces.import(chunk, meta, &config::get())
            })
    }

    /// Installs all that [can be](Self::trace_import), and says how many that are.
    pub fn trace_import_all(&self, chunk: &Chunk, metas: &[TraceMetadata]) -> usize {
        let imported = metas.iter().filter(|meta| self.trace_import(chunk, meta));
        imported.count()
    }

    /// How many operations a trace may have on this thread.
    pub fn trace_max_len(&self) -> usize {
        self.get_config().max_trace_len
    }

    /// The first slot that a trace may not use.
    pub fn trace_max_slot(&self) -> u16 {
        eligibility::TRACE_SLOTS
    }

    /// Configures this thread, in place of the defaults and the environment.
    pub fn set_config(&self, cfg: TraceJitConfig) {
        if ENABLED {
            config::set(cfg);
        }
    }

    /// The configuration of this thread.
    pub fn get_config(&self) -> TraceJitConfig {
        if ENABLED {
            config::get()
        } else {
            TraceJitConfig::defaults()
        }
    }
}
