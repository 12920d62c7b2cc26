//! The native code of a chunk, and when it is made.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::unit::Unit;
use super::{JitMode, lower};
use crate::chunk::Chunk;
use crate::code::Code;
use crate::value::{Kind, Value};

/// Passes of a loop before it is compiled.
const WARM: u32 = 1000;
/// Passes before a loop whose code was left early is entered again, at first.
const BACK_OFF: u32 = 16;
/// How often code may be left early before it is made anew for what it meets then.
const EARLY_EXITS: u32 = 8;
/// How often a loop is compiled at most.
const ATTEMPTS: u32 = 4;

/// How native code ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// At an operation that is not part of it.
    Left = 0,
    /// At an operation whose operands are not what it was made for. Nothing is lost: it is carried
    /// out by the interpreter.
    Early = 1,
    /// In a helper, which keeps the reason.
    Stopped = 2,
}

impl Status {
    pub(super) fn of(status: u32) -> Self {
        match status {
            0 => Status::Left,
            1 => Status::Early,
            _ => Status::Stopped,
        }
    }
}

/// What is known of the loops of a chunk.
#[derive(Debug)]
pub(crate) struct Native {
    loops: Box<[Loop]>,
}

/// A block that a jump goes back to.
#[derive(Debug, Default)]
struct Loop {
    /// Passes until it is looked at, plus one; 0 before it was first passed.
    heat: AtomicU32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    unit: Option<Arc<Unit>>,
    early_exits: u32,
    attempts: u32,
}

impl Native {
    /// The native code of `chunk`, kept until it changes.
    pub(crate) fn of<'c>(chunk: &'c Chunk, code: &Code) -> &'c Native {
        let native = &chunk.derived().native;
        let native = native.get_or_init(|| {
            let loops = code.blocks().iter().map(|_| Loop::default());
            Box::new(Native {
                loops: loops.collect(),
            })
        });
        native.downcast_ref().expect("nothing else is kept there")
    }

    /// Counts a pass of the loop at `block`. True when it is time to look for native code.
    #[inline(always)]
    pub(crate) fn is_hot(&self, block: u32, mode: JitMode) -> bool {
        let heat = &self.loops[block as usize].heat;
        // Several threads may lose each other's counts, which does no harm.
        match heat.load(Ordering::Relaxed) {
            0 => {
                let passes = if mode == JitMode::Eager { 1 } else { WARM };
                heat.store(passes, Ordering::Relaxed);
                false
            }
            1 => true,
            left => {
                heat.store(left - 1, Ordering::Relaxed);
                false
            }
        }
    }

    /// Makes the loop at `block` hot, if it was never passed.
    pub(crate) fn hurry(&self, block: usize) {
        let heat = &self.loops[block].heat;
        let _ = heat.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Native code for the loop at `block`, made if need be. `None` if there is none.
    pub(crate) fn unit(&self, place: &Place<'_>) -> Option<Arc<Unit>> {
        let at = &self.loops[place.block];
        let mut state = at.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.unit.is_none() && state.attempts < ATTEMPTS {
            state.attempts += 1;
            match lower::compile(place) {
                Ok(unit) => {
                    tracing::debug!(
                        source = place.chunk.source,
                        op_index = place.start(),
                        bytes = unit.len(),
                        "compiled a loop"
                    );
                    state.unit = Some(Arc::new(unit));
                }
                Err(reason) => {
                    tracing::debug!(
                        source = place.chunk.source,
                        op_index = place.start(),
                        reason,
                        "a loop is left to the interpreter"
                    );
                    state.attempts = ATTEMPTS;
                }
            }
        }
        if state.unit.is_none() {
            at.heat.store(u32::MAX, Ordering::Relaxed);
        }
        state.unit.clone()
    }

    /// Takes notice that the code of the loop at `block` was left early.
    pub(crate) fn left_early(&self, block: u32) {
        let at = &self.loops[block as usize];
        let mut state = at.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.early_exits += 1;
        let round = state.early_exits.min(20);
        at.heat
            .store(BACK_OFF.saturating_mul(1 << round), Ordering::Relaxed);
        if state.early_exits.is_multiple_of(EARLY_EXITS) {
            state.unit = None;
        }
    }
}

/// A loop that is to be compiled, and what its machine holds at the moment.
pub(crate) struct Place<'a> {
    pub(crate) chunk: &'a Chunk,
    pub(crate) code: &'a Code,
    /// The block that the loop starts with.
    pub(crate) block: usize,
    pub(crate) slots: &'a [Value],
    pub(crate) globals: &'a [Value],
    pub(crate) mode: JitMode,
}

impl Place<'_> {
    /// Index of the loop's first operation.
    pub(super) fn start(&self) -> usize {
        self.code.blocks()[self.block].start
    }

    /// What a slot holds now.
    pub(super) fn slot_kind(&self, slot: usize) -> Kind {
        self.slots.get(slot).map_or(Kind::Undef, Value::kind)
    }

    /// What a global holds now; `None` if it does not exist.
    pub(super) fn global_kind(&self, global: u16) -> Option<Kind> {
        self.globals.get(usize::from(global)).map(Value::kind)
    }
}
