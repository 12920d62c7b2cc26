//! Machines that look for hot loops themselves, by what their thread is configured for.

use super::VM;
use crate::jit::JitMode;

#[cfg(feature = "jit")]
use crate::chunk::Chunk;
#[cfg(feature = "jit")]
use crate::code::Code;
#[cfg(feature = "jit")]
use crate::jit::{self, Look, SlotKind};
#[cfg(feature = "jit")]
use crate::op::OpFlags;
#[cfg(feature = "jit")]
use crate::value::Value;

impl VM {
    /// Has loops run as native code that the thread finds hot: like
    /// [`set_jit`](Self::set_jit) with [`JitMode::On`], but by the thresholds of
    /// [`TraceJitConfig`](crate::TraceJitConfig) in place of those of the engine, and so that a
    /// [`JitCompiler`](crate::JitCompiler) knows of it. What runs, and what comes of it, is the same
    /// as without. Off at first; kept over a [`reset`](Self::reset). Without the feature `jit` it has
    /// no effect.
    ///
    /// ```
    /// # #[cfg(feature = "jit")] {
    /// use fusevm::{ChunkBuilder, JitCompiler, Op, VM, Value};
    ///
    /// let mut builder = ChunkBuilder::new();
    /// builder.emit(Op::LoadInt(0), 1);
    /// builder.emit(Op::SetSlot(0), 1);
    /// builder.emit(Op::PreIncSlotVoid(0), 2); // the loop
    /// builder.emit(Op::GetSlot(0), 2);
    /// builder.emit(Op::LoadInt(200), 2);
    /// builder.emit(Op::NumLt, 2);
    /// builder.emit(Op::JumpIfTrue(2), 2);
    /// builder.emit(Op::GetSlot(0), 3);
    /// let chunk = builder.build();
    ///
    /// let mut vm = VM::new(chunk.clone());
    /// vm.enable_tracing_jit();
    /// assert_eq!(vm.try_run()?, Some(Value::Int(200)));
    /// assert!(JitCompiler::new().trace_is_compiled(&chunk, 2));
    /// # }
    /// # Ok::<(), fusevm::vm::VmError>(())
    /// ```
    pub fn enable_tracing_jit(&mut self) {
        self.set_jit(JitMode::On);
        #[cfg(feature = "jit")]
        {
            self.tracing = true;
        }
    }

    /// Runs no native code any more. What the thread knows of loops stays.
    pub fn disable_tracing_jit(&mut self) {
        self.set_jit(JitMode::Off);
    }
}

/// What a run has seen of the loops of its program.
#[cfg(feature = "jit")]
#[derive(Default)]
pub(super) struct Tracer {
    /// The [address](Chunk::address) of the program, 0 for none.
    chunk: usize,
    /// By block.
    seen: Vec<Seen>,
    /// The block of the loop whose next pass is to be followed.
    armed: Option<usize>,
}

#[cfg(feature = "jit")]
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    /// It was passed.
    Passed,
    /// Nothing more is to be learnt of it.
    Settled,
}

#[cfg(feature = "jit")]
impl VM {
    /// At the start of a run: loops are entered for the first time.
    pub(super) fn forget_loops(&mut self) {
        if let Some(tracer) = self.tracer.get_mut() {
            tracer.chunk = 0;
            tracer.armed = None;
        }
    }

    /// Makes ready to trace `chunk`, whose code this is, and gives the loop whose pass is to be
    /// followed now, by its block.
    pub(super) fn ready_tracer(&mut self, chunk: &Chunk, code: &Code) -> Option<usize> {
        if !self.tracing {
            return None;
        }
        let tracer = self.tracer.make();
        if tracer.chunk != chunk.address() {
            tracer.chunk = chunk.address();
            tracer.seen.clear();
            tracer.seen.resize(code.blocks().len(), Seen::Nothing);
            tracer.armed = None;
        }
        tracer.armed.take()
    }

    /// Whether something is to be learnt of the loop at `block`.
    #[inline(always)]
    pub(super) fn awaits_trace(&self, block: u32) -> bool {
        let seen = self.tracer.get().map(|tracer| &tracer.seen);
        seen.is_some_and(|seen| {
            let seen = seen.get(block as usize);
            self.tracing && seen.is_some_and(|&seen| seen != Seen::Settled)
        })
    }

    /// Counts that the head of the loop at `block` was reached. True if the pass that begins is to be
    /// followed.
    pub(super) fn pass_anchor(&mut self, chunk: &Chunk, code: &Code, block: u32) -> bool {
        let block = block as usize;
        let anchor = code.blocks()[block].start;
        let is_first = self.tracer.make().seen[block] == Seen::Nothing;
        // Where control falls into the loop that is no jump back.
        let falls_in = anchor.checked_sub(1).is_none_or(|before| {
            let before = chunk.ops[before].opcode().info();
            !before.is(OpFlags::TERMINATOR)
        });
        let look = if !self.iterations.is_empty() {
            Look::Skip
        } else if is_first && falls_in && !jit::is_decided(chunk, anchor) {
            Look::NotHot
        } else {
            jit::look(chunk, anchor, |slot| slot_kind(self.frame_slots(), slot))
        };
        let tracer = self.tracer.make();
        match look {
            Look::NotHot => tracer.seen[block] = Seen::Passed,
            Look::Mismatch | Look::Skip => tracer.seen[block] = Seen::Settled,
            Look::Record | Look::Run => tracer.armed = Some(block),
        }
        tracer.armed.is_some()
    }

    /// Nothing more is to be learnt of the loop at `block`.
    pub(super) fn settle_loop(&mut self, block: usize, is_settled: bool) {
        if let Some(seen) = self.tracer.make().seen.get_mut(block) {
            *seen = if is_settled {
                Seen::Settled
            } else {
                Seen::Passed
            };
        }
    }

    /// The kinds of the innermost frame's slots.
    pub(super) fn slot_kinds(&self) -> Vec<SlotKind> {
        self.frame_slots().iter().map(kind_of).collect()
    }

    fn frame_slots(&self) -> &[Value] {
        &self.slots.as_slice()[self.top_frame().slot_base as usize..]
    }
}

#[cfg(feature = "jit")]
fn slot_kind(slots: &[Value], slot: u16) -> SlotKind {
    slots.get(usize::from(slot)).map_or(SlotKind::Int, kind_of)
}

#[cfg(feature = "jit")]
fn kind_of(value: &Value) -> SlotKind {
    match value {
        Value::Float(_) => SlotKind::Float,
        _ => SlotKind::Int,
    }
}
