//! Running chunks of integer slots without a machine of the caller's.

use std::cell::Cell;

use super::eligibility;
use super::{config, thread};
use crate::chunk::Chunk;
use crate::jit::JitMode;
use crate::value::Value;
use crate::vm::VM;

thread_local! {
    /// A machine that is not in use, without a program.
    static IDLE: Cell<Option<Box<VM>>> = const { Cell::new(None) };
}

/// Runs `chunk` from its start with native code as `jit` says, in one frame with `slots`, and gives `finish` the value that it ends
/// with and the slots as they are then. `None` if it fails.
fn run_with_slots<R>(
    chunk: &Chunk,
    jit: JitMode,
    slots: impl Iterator<Item = i64>,
    finish: impl FnOnce(Option<Value>, &[Value]) -> R,
) -> Option<R> {
    // A thread that is ending has none.
    let idle = IDLE.try_with(Cell::take).ok().flatten();
    let mut vm = idle.unwrap_or_else(|| Box::new(VM::new(Chunk::new())));
    vm.set_jit(jit);
    let result = vm.run_in_one_frame(chunk, slots, finish);
    let _ = IDLE.try_with(|idle| idle.set(Some(vm)));
    result
}

/// Whether `chunk` is [linear](eligibility::is_linear), which is found out once.
pub(super) fn is_linear(chunk: &Chunk) -> bool {
    *chunk
        .derived()
        .is_linear
        .get_or_init(|| eligibility::is_linear(chunk))
}

/// Whether `chunk` is a [block](eligibility::is_block), which is found out once.
pub(super) fn is_block(chunk: &Chunk) -> bool {
    *chunk
        .derived()
        .is_block
        .get_or_init(|| eligibility::is_block(chunk))
}

/// The value of a linear chunk.
pub(super) fn run_linear(chunk: &Chunk, slots: &[i64]) -> Option<Value> {
    if !is_linear(chunk) {
        return None;
    }
    // Without loops there is nothing to be made native.
    let given = slots.iter().copied();
    let value = run_with_slots(chunk, JitMode::Off, given, |value, _| value)??;
    // It may be what a slot holds that the caller did not give.
    let is_known = !matches!(value, Value::Undef);
    (is_known || has_slots(chunk, slots.len())).then_some(value)
}

/// Whether the chunk names none but the first `count` slots.
fn has_slots(chunk: &Chunk, count: usize) -> bool {
    let mut named = chunk.ops.iter().flat_map(eligibility::slots_of);
    named.all(|slot| usize::from(slot) < count)
}

/// Runs a block if it is warm, and stores what it leaves in the slots.
pub(super) fn run_block(chunk: &Chunk, slots: &mut [i64], eager: bool) -> Option<i64> {
    if !is_block(chunk) {
        return None;
    }
    let is_warm = thread::with(chunk, |state| {
        state.block_calls = state.block_calls.saturating_add(1);
        let cold = !eager && state.block_calls <= config::get().block_threshold;
        state.block_is_ready |= !cold;
        state.block_is_ready
    });
    if !is_warm {
        return None;
    }
    let slots = Cell::from_mut(slots).as_slice_of_cells();
    let given = slots.iter().map(Cell::get);
    run_with_slots(chunk, JitMode::Eager, given, |value, left| {
        for (slot, value) in slots.iter().zip(left) {
            slot.set(value.to_int());
        }
        value.map_or(0, |value| value.to_int())
    })
}
