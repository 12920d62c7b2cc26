//! The native code of a chunk, and when it is made.

use std::mem;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use super::JitMode;
#[cfg(feature = "jit-disk-cache")]
use super::cache::Stored;
use super::loops;
use super::lower::{self, Refusal};
use super::memory::NO_MEMORY;
use super::place::Place;
use super::stats::{JitPlace, JitState, JitStats};
use super::unit::Unit;
use crate::chunk::Chunk;
use crate::code::{Code, Insts, Stream};

/// Passes of a loop before it is compiled. Making code of a loop takes as long as some 5000 passes of it do in
/// the interpreter.
const WARM: u32 = 4000;
/// Calls of a function before it is compiled: its code is larger, with what it calls in it.
const WARM_FUNCTION: u32 = 20_000;
/// Passes or calls after which code that is kept on the disk is looked for: loading it takes a tenth of making
/// it.
#[cfg(feature = "jit-disk-cache")]
const KEPT: u32 = 500;
/// Passes that a loop leaves to the one around it to be compiled first.
const PATIENCE: u32 = 1000;
/// Passes before a loop whose code was left early is entered again: the half of them at first, and
/// twice as many each time that it is left early again.
const BACK_OFF: u32 = 16;
/// What an early exit counts; so many ends of another sort make up for it.
const EARLY_EXIT: u64 = 4;
/// When code is thrown away, to be made anew for what it meets then: after eight early exits in a
/// row, or later if it is left early more than once in five entries.
const TOO_MUCH: u64 = 8 * EARLY_EXIT;
/// After so many entries code makes up for what was before it.
const GOOD_FOR_LONG: u64 = 1000;
/// How often a loop is compiled at most, if no code is good for long.
const ATTEMPTS: u32 = 4;
/// So many times a refused loop has instructions made that do not count its passes; later ones wait
/// until there are twice as many.
const MOST_SETTLED: usize = 8;
/// What is told of a loop that is compiled no more.
const LEFT_TOO_OFTEN: Refusal = "its code is left early too often";

/// How native code ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// With a result, which its caller goes on with. Native code that the interpreter enters never
    /// ends so.
    Returned = 0,
    /// At an operation that is not part of it.
    Left = 1,
    /// At an operation whose operands are not what it was made for. Nothing is lost: it is carried
    /// out by the interpreter.
    Early = 2,
    /// In a helper, which keeps the reason.
    Stopped = 3,
    /// At a function for whose calls there may be too little room.
    Deep = 4,
}

impl Status {
    pub(super) fn of(status: u32) -> Self {
        match status {
            0 => Status::Returned,
            1 => Status::Left,
            2 => Status::Early,
            4 => Status::Deep,
            _ => Status::Stopped,
        }
    }
}

/// Passes of a loop until native code is looked for.
#[derive(Debug)]
pub(crate) struct Heat(AtomicU32);

impl Heat {
    /// That of a loop without native code, which is not counted.
    const NEVER: u32 = u32::MAX;

    fn of(mode: JitMode, is_function: bool) -> Self {
        Heat(AtomicU32::new(match mode {
            JitMode::Eager => 2,
            JitMode::On | JitMode::Off => Self::first(is_function),
        }))
    }

    /// Where the count starts.
    #[cfg(feature = "jit-disk-cache")]
    fn first(_is_function: bool) -> u32 {
        KEPT
    }

    #[cfg(not(feature = "jit-disk-cache"))]
    fn first(is_function: bool) -> u32 {
        Self::whole(is_function)
    }

    /// Passes before code is made.
    fn whole(is_function: bool) -> u32 {
        if is_function { WARM_FUNCTION } else { WARM }
    }

    /// Counts a pass. True when it is time to look for native code.
    #[inline(always)]
    pub(crate) fn counts_pass(&self) -> bool {
        // Several threads may lose each other's counts, which does no harm.
        match self.0.load(Ordering::Relaxed) {
            Self::NEVER => false,
            1 => true,
            left => {
                self.0.store(left - 1, Ordering::Relaxed);
                false
            }
        }
    }

    /// Ends the count, if it has not begun.
    fn hurry(&self) {
        let first = Self::first(false);
        let _ = (self.0).compare_exchange(first, 1, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn set(&self, passes: u32) {
        self.0.store(passes, Ordering::Relaxed);
    }
}

/// What is known of the loops of a chunk.
#[derive(Debug)]
pub(crate) struct Native {
    /// That of runs without bounds and of those with, made when there is one.
    tiers: [OnceLock<Tier>; 2],
    /// Whether each block is the start of a function.
    functions: Box<[bool]>,
    /// The loops without native code in [`JitMode::On`].
    refused: Mutex<Vec<usize>>,
    /// Instructions that do not count their passes.
    settled: Settled,
    #[cfg(feature = "jit-disk-cache")]
    stored: Stored,
}

/// What is known of loops, by block, for one sort of runs.
#[derive(Debug)]
struct Tier {
    /// By [`row`].
    heats: [Box<[Heat]>; 2],
    loops: Box<[Mutex<State>]>,
}

/// Instructions that take the place of others, and what takes theirs. Runs may use any of them, so
/// all are kept.
#[derive(Debug, Default)]
struct Settled(OnceLock<Box<(Insts, Settled)>>);

/// Modes count passes apart: what is refused in one is compiled in another.
fn row(mode: JitMode) -> usize {
    usize::from(mode == JitMode::Eager)
}

/// What is known of a block that a jump goes back to.
#[derive(Debug, Default)]
struct State {
    unit: Option<Arc<Unit>>,
    /// Why there is none, by [`row`].
    refused: [Option<Refusal>; 2],
    compiles: u64,
    /// Whether kept code was looked for, or need not be before code is made.
    #[cfg(feature = "jit-disk-cache")]
    looked: bool,
    /// Whether it was left to the loop around it to be compiled first.
    waited: bool,
    /// Compilations that count: those before code that was good for long do not.
    attempts: u32,
    entries: u64,
    early_exits: u64,
    /// How many of `entries` there were when the present code was made, and at the last early exit.
    made: u64,
    last_early: u64,
    /// How badly the present code does: an early exit adds [`EARLY_EXIT`], another end takes 1.
    blame: u64,
}

impl State {
    /// Takes notice that the code is entered.
    fn enter(&mut self) {
        self.entries += 1;
        if self.entries - self.made == GOOD_FOR_LONG {
            self.attempts = 1;
        }
    }

    /// Takes notice that the code was left early. Gives the number of passes before it is entered
    /// again.
    fn leave_early(&mut self) -> u32 {
        let others = self.entries.saturating_sub(self.last_early + 1);
        self.last_early = self.entries;
        self.early_exits += 1;
        self.blame = self.blame.saturating_sub(others) + EARLY_EXIT;
        // Several threads may leave the same code.
        let passes = BACK_OFF << (self.blame.min(TOO_MUCH) / EARLY_EXIT);
        if self.blame >= TOO_MUCH {
            self.unit = None;
        }
        passes
    }

    fn is_to_be_compiled(&self, row: usize) -> bool {
        self.unit.is_none() && self.refused[row].is_none() && self.attempts < ATTEMPTS
    }

    /// Makes native code, by `make`.
    fn compile(
        &mut self,
        place: &Place<'_>,
        stats: &mut JitStats,
        make: impl FnOnce(&mut JitStats) -> Result<Unit, Refusal>,
    ) {
        let (source, op_index) = (&place.chunk.source, place.start());
        let start = Instant::now();
        let outcome = make(stats);
        let time = start.elapsed();
        stats.compile_time += time;
        match outcome {
            Ok(mut unit) => {
                tracing::debug!(
                    source,
                    op_index,
                    bytes = unit.len(),
                    ?time,
                    "made native code"
                );
                if let Some(tools) = place.tools {
                    tools.tell(place, &mut unit);
                }
                stats.compiles += 1;
                self.compiles += 1;
                self.attempts += 1;
                self.made = self.entries;
                self.blame = 0;
                self.unit = Some(Arc::new(unit));
            }
            Err(reason) => {
                tracing::debug!(source, op_index, reason, ?time, "no native code");
                stats.refusals += 1;
                stats.no_memory |= reason == NO_MEMORY;
                self.refused[row(place.mode)] = Some(reason);
            }
        }
    }

    /// What is told of it. `None` if it was not looked at.
    fn report(&self, op_index: usize, bounded: bool) -> Option<JitPlace> {
        let state = match (&self.unit, self.refused[1].or(self.refused[0])) {
            (Some(unit), _) => JitState::Native(unit.len()),
            (None, Some(reason)) => JitState::Refused(reason),
            (None, None) if self.attempts >= ATTEMPTS => JitState::Refused(LEFT_TOO_OFTEN),
            (None, None) if self.compiles > 0 => JitState::Discarded,
            (None, None) => return None,
        };
        Some(JitPlace {
            op_index,
            bounded,
            state,
            compiles: self.compiles,
            entries: self.entries,
            early_exits: self.early_exits,
        })
    }
}

impl Native {
    /// The native code of `chunk`, kept until it changes.
    pub(crate) fn of<'c>(chunk: &'c Chunk, code: &Code) -> &'c Native {
        let native = &chunk.derived().native;
        let native = native.get_or_init(|| {
            Box::new(Native {
                tiers: Default::default(),
                functions: (code.blocks().iter())
                    .map(|block| code.function_at(block.start as i64).is_some())
                    .collect(),
                refused: Mutex::default(),
                settled: Settled::default(),
                #[cfg(feature = "jit-disk-cache")]
                stored: Stored::default(),
            })
        });
        native.downcast_ref().expect("nothing else is kept there")
    }

    /// What is known of the places of `chunk` where native code was to be made, in order.
    pub(crate) fn report(chunk: &Chunk) -> Vec<JitPlace> {
        let Some(native) = chunk.derived().native.get() else {
            return Vec::new();
        };
        let native: &Native = native.downcast_ref().expect("nothing else is kept there");
        let blocks = Code::of(chunk).blocks();
        let mut places = Vec::new();
        for (tier, bounded) in native.tiers.iter().zip([false, true]) {
            let loops = tier.get().map_or(&[][..], |tier| &tier.loops);
            let states = blocks.iter().zip(loops);
            places.extend(
                states.filter_map(|(block, state)| lock(state).report(block.start, bounded)),
            );
        }
        places.sort_by_key(|place| (place.op_index, place.bounded));
        places
    }

    fn tier(&self, bounded: bool) -> &Tier {
        self.tiers[usize::from(bounded)].get_or_init(|| Tier {
            heats: [JitMode::On, JitMode::Eager].map(|mode| {
                let heats = self.functions.iter();
                heats
                    .map(|&is_function| Heat::of(mode, is_function))
                    .collect()
            }),
            loops: self.functions.iter().map(|_| Mutex::default()).collect(),
        })
    }

    /// Makes the loop at `block` hot, if it was never passed.
    pub(crate) fn hurry(&self, block: usize) {
        let tier = self.tier(false);
        #[cfg(feature = "jit-disk-cache")]
        {
            lock(&tier.loops[block]).looked = true;
        }
        tier.heats[row(JitMode::On)][block].hurry();
    }

    /// Where passes of loops are counted, by block.
    pub(crate) fn heats(&self, mode: JitMode, bounded: bool) -> &[Heat] {
        &self.tier(bounded).heats[row(mode)]
    }

    /// Native code for the loop at `place`, made if need be. `None` if there is none.
    pub(crate) fn unit(&self, place: &Place<'_>, stats: &mut JitStats) -> Option<Arc<Unit>> {
        let tier = self.tier(place.bounded);
        let mut state = lock(&tier.loops[place.block]);
        let row = row(place.mode);
        #[cfg(feature = "jit-disk-cache")]
        let is_due = state.is_to_be_compiled(row);
        #[cfg(feature = "jit-disk-cache")]
        if is_due && self.looks_for_kept(place, &mut state, stats) {
            return None;
        }
        if state.is_to_be_compiled(row) {
            if self.waits(place, &mut state) {
                return None;
            }
            state.compile(place, stats, |stats| self.make(place, stats));
        }
        if state.unit.is_some() {
            state.enter();
        } else {
            tier.heats[row][place.block].set(Heat::NEVER);
            // A block of a bounded run takes so long to enter that counting does not matter.
            if place.mode == JitMode::On && !place.bounded {
                self.settle(place);
            }
        }
        let unit = state.unit.clone();
        drop(state);
        #[cfg(feature = "jit-disk-cache")]
        if is_due {
            self.stored.save_in_time();
        }
        unit
    }

    #[cfg(not(feature = "jit-disk-cache"))]
    fn make(&self, place: &Place<'_>, _: &mut JitStats) -> Result<Unit, Refusal> {
        lower::compile(place)
    }

    /// Makes the unit at `place`, or finds it on the disk.
    #[cfg(feature = "jit-disk-cache")]
    fn make(&self, place: &Place<'_>, stats: &mut JitStats) -> Result<Unit, Refusal> {
        self.stored.load(place, stats).unwrap_or_else(|| {
            let outcome = lower::compile(place);
            self.stored
                .keep(place, outcome.as_ref().map_err(|&reason| reason));
            outcome
        })
    }

    /// Looks on the disk for code that is not hot enough to be made. Gives whether the count of passes goes
    /// on, as there is none.
    #[cfg(feature = "jit-disk-cache")]
    fn looks_for_kept(&self, place: &Place<'_>, state: &mut State, stats: &mut JitStats) -> bool {
        if place.mode != JitMode::On || mem::replace(&mut state.looked, true) {
            return false;
        }
        let start = Instant::now();
        if let Some(outcome) = self.stored.find(place, stats) {
            stats.compile_time += start.elapsed();
            state.compile(place, stats, |_| outcome);
            return false;
        }
        let heats = &self.tier(place.bounded).heats[row(place.mode)];
        // The code with this loop in it may be kept for the one around it.
        if let Some(around) = around(place)
            && !lock(&self.tier(place.bounded).loops[around]).looked
        {
            heats[around].set(1);
        }
        let whole = Heat::whole(self.functions[place.block]);
        heats[place.block].set(whole - KEPT);
        true
    }

    /// Writes the units to the disk that were made of `chunk`.
    #[cfg(feature = "jit-disk-cache")]
    pub(crate) fn save(chunk: &Chunk) {
        if let Some(native) = chunk.derived().native.get()
            && let Some(native) = native.downcast_ref::<Native>()
        {
            native.stored.save();
        }
    }

    /// Leaves a loop that is in another one to that, if it may be compiled: its code has both in it, and
    /// is better when it is entered there. If that does not come soon the inner loop is compiled
    /// after all.
    fn waits(&self, place: &Place<'_>, state: &mut State) -> bool {
        if place.mode != JitMode::On || mem::replace(&mut state.waited, true) {
            return false;
        }
        let Some(around) = around(place) else {
            return false;
        };
        let (tier, row) = (self.tier(place.bounded), row(place.mode));
        let mut outer = lock(&tier.loops[around]);
        if !outer.is_to_be_compiled(row) {
            return false;
        }
        outer.waited = true;
        tier.heats[row][around].set(1);
        tier.heats[row][place.block].set(PATIENCE);
        true
    }

    /// The instructions to run by instead of `counted`, those of the stream `Counted`.
    pub(crate) fn insts<'a>(&'a self, counted: &'a Insts, mode: JitMode) -> &'a Insts {
        let (mut latest, mut next) = (counted, &self.settled);
        // What is refused in one mode is counted in the other.
        while mode == JitMode::On
            && let Some((insts, behind)) = next.0.get().map(Box::as_ref)
        {
            (latest, next) = (insts, behind);
        }
        latest
    }

    /// Makes instructions that do not count the passes of the loop at `place`, if there are not too
    /// many of the sort already.
    fn settle(&self, place: &Place<'_>) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.contains(&place.block) {
            return;
        }
        refused.push(place.block);
        if refused.len() > MOST_SETTLED && !refused.len().is_power_of_two() {
            return;
        }
        let counted = place.code.stream(place.chunk, Stream::Counted);
        let insts = place.code.uncounted(counted, &refused);
        let mut last = &self.settled;
        while let Some((_, behind)) = last.0.get().map(Box::as_ref) {
            last = behind;
        }
        // Only here one is added, and the lock is held.
        let _ = last.0.set(Box::new((insts, Settled::default())));
    }

    /// Takes notice of how the code of the loop at `block` ended.
    pub(crate) fn ended(&self, block: u32, bounded: bool, status: Status, stats: &mut JitStats) {
        tracing::trace!(block, ?status, "native code ended");
        stats.entries += 1;
        match status {
            Status::Returned | Status::Left | Status::Deep => {}
            Status::Stopped => stats.stops += 1,
            Status::Early => {
                stats.early_exits += 1;
                let (block, tier) = (block as usize, self.tier(bounded));
                let passes = lock(&tier.loops[block]).leave_early();
                for heats in &tier.heats {
                    heats[block].set(passes);
                }
            }
        }
    }
}

/// The block with which the loop starts that is around another one.
fn around(place: &Place<'_>) -> Option<usize> {
    let start = loops::around(&place.chunk.ops, place.start())?;
    place.code.block_starting_at(start)
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VM;
    use crate::chunk::assemble;
    use crate::jit::memory;
    use crate::value::Value;

    /// Loops with an operation that has no native code, one after the other.
    fn refused(loops: usize) -> Chunk {
        let one = |n| {
            format!(
                "LoadInt 0\n SetSlot 0\n\
                 next{n}:\n GetSlot 0\n LoadInt 1\n StringRepeat\n Pop\n\
                 PreIncSlotVoid 0\n GetSlot 0\n LoadInt 5000\n NumLt\n JumpIfTrue next{n}\n"
            )
        };
        let program: String = (0..loops).map(one).collect();
        assemble("refused.fasm", &program).unwrap()
    }

    #[test]
    fn refused_loops_run_as_without_native_code() {
        for loops in [1, 3, 8, 16, 20] {
            let chunk = refused(loops);
            let mut vm = VM::new(chunk.clone());
            vm.set_jit(JitMode::On);
            vm.try_run().unwrap();
            assert_eq!(vm.jit_stats().refusals, loops as u64);
            let code = Code::of(&chunk);
            let native = Native::of(&chunk, code);
            let counted = code.stream(&chunk, Stream::Counted);
            let insts = |mode| format!("{:?}", native.insts(counted, mode).all);
            let free = format!("{:?}", code.stream(&chunk, Stream::Free).all);
            assert_eq!(insts(JitMode::On) == free, loops != 20, "{loops} loops");
            assert_ne!(insts(JitMode::Eager), free);
        }
    }

    #[test]
    fn without_memory_for_code_all_is_interpreted() {
        let program = "LoadInt 0\n SetSlot 0\n\
             next:\n PreIncSlotVoid 0\n GetSlot 0\n LoadInt 5000\n BitAnd\n LoadInt 5000\n NumNe\n\
             JumpIfTrue next\n GetSlot 0\n";
        let chunk = assemble("count.fasm", program).unwrap();
        for refuses in [true, false] {
            memory::tests::REFUSES.set(refuses);
            let chunk = Chunk::from((*chunk).clone());
            let mut vm = VM::new(chunk.clone());
            vm.set_jit(JitMode::On);
            for _ in 0..3 {
                vm.reset(chunk.clone());
                assert_eq!(vm.try_run().unwrap(), Some(Value::Int(5000)));
            }
            let stats = vm.jit_stats();
            assert_eq!(stats.no_memory, refuses);
            assert_eq!(stats.refusals, u64::from(refuses));
            assert_eq!(stats.entries > 0, !refuses);
            let state = vm.jit_report()[0].state;
            assert_eq!(state == JitState::Refused(NO_MEMORY), refuses, "{state:?}");
        }
    }
}
