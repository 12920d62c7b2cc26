//! Running a trace by itself, for callers who have slots as integers and no machine.

use super::{
    DeoptFrame, DeoptInfo, MAX_DEOPT_FRAMES, MAX_DEOPT_SLOTS_PER_FRAME, MAX_DEOPT_STACK,
    STACK_KIND_FLOAT, STACK_KIND_INT, SlotKind, TraceMetadata,
};
use crate::chunk::{Chunk, ChunkData};
use crate::jit::JitMode;
use crate::op::Op;
use crate::value::Value;
use crate::vm::{Frame, VM};

/// Takes the place of operations that are not on the path.
const STOP: Op = Op::Extended(0, 0);

/// The chunk with nothing but the path of a trace: where control leaves it, the program stops.
pub(super) fn program(chunk: &Chunk, trace: &TraceMetadata) -> Chunk {
    let mut ops = vec![STOP; chunk.ops.len() + 1];
    for (&op, &at) in trace.ops.iter().zip(&trace.recorded_ips) {
        if let Some(place) = ops.get_mut(at) {
            *place = op;
        }
    }
    for op in &mut ops {
        if let Some(target) = op.target() {
            op.set_target(target.min(chunk.ops.len()));
        }
    }
    Chunk::from(ChunkData {
        ops,
        constants: chunk.constants.clone(),
        names: chunk.names.clone(),
        sub_entries: chunk.sub_entries.clone(),
        numeric: chunk.numeric,
        ..ChunkData::default()
    })
}

/// Runs a [`program`] from `start` until it stops. `None`, and nothing has happened, if integers and
/// floats of the kinds that the slots had cannot tell what it leaves.
pub(super) fn run(
    program: &Chunk,
    start: usize,
    slots: &mut [i64],
    kinds: &[SlotKind],
    info: &mut DeoptInfo,
) -> Option<usize> {
    let mut vm = VM::new(program.clone());
    vm.set_jit(JitMode::Eager);
    vm.set_extension_handler(Box::new(|vm, _, _| vm.request_halt()));
    for (slot, &bits) in (0..=u16::MAX).zip(&*slots) {
        vm.set_slot(slot, value_of(bits, kind_at(kinds, slot.into())));
    }
    vm.set_ip(start);
    let top = vm.try_run().ok()?;
    let stopped = vm.ip().checked_sub(1).filter(|_| vm.is_halted())?;

    let mut left = DeoptInfo::zeroed();
    left.resume_ip = stopped;
    for value in vm.stack().iter().chain(&top) {
        let at = left.stack_count;
        if at == MAX_DEOPT_STACK {
            return None;
        }
        (left.stack_buf[at], left.stack_kinds[at]) = match *value {
            Value::Int(n) => (n, STACK_KIND_INT),
            Value::Float(x) => (x.to_bits().cast_signed(), STACK_KIND_FLOAT),
            _ => return None,
        };
        left.stack_count += 1;
    }
    let mut frames = vm.frames();
    let root = frames.next()?;
    for frame in frames {
        *left.frames.get_mut(left.frame_count)? = describe(&frame)?;
        left.frame_count += 1;
    }
    debug_assert!(left.frame_count <= MAX_DEOPT_FRAMES);
    write_back(root.slots(), slots, kinds)?;
    *info = left;
    Some(stopped)
}

fn kind_at(kinds: &[SlotKind], slot: usize) -> SlotKind {
    kinds.get(slot).copied().unwrap_or(SlotKind::Int)
}

fn value_of(bits: i64, kind: SlotKind) -> Value {
    match kind {
        SlotKind::Int => Value::Int(bits),
        SlotKind::Float => Value::Float(f64::from_bits(bits.cast_unsigned())),
    }
}

/// Writes slots to where they came from, all or none.
fn write_back(from: &[Value], to: &mut [i64], kinds: &[SlotKind]) -> Option<()> {
    let mut bits = Vec::with_capacity(from.len());
    for (slot, value) in from.iter().enumerate() {
        bits.push(match (value, kind_at(kinds, slot)) {
            (&Value::Int(n), SlotKind::Int) => n,
            (&Value::Float(x), SlotKind::Float) => x.to_bits().cast_signed(),
            (Value::Undef, _) if slot >= to.len() => continue,
            _ => return None,
        });
    }
    to.get_mut(..bits.len())?.copy_from_slice(&bits);
    Some(())
}

/// Describes a call whose slots are integers.
fn describe(frame: &Frame<'_>) -> Option<DeoptFrame> {
    let mut described = DeoptFrame {
        return_ip: frame.return_ip(),
        ..DeoptFrame::zeroed()
    };
    let slots = frame.slots();
    let unused = slots.iter().rev().take_while(|slot| **slot == Value::Undef);
    described.slot_count = slots.len() - unused.count();
    if described.slot_count > MAX_DEOPT_SLOTS_PER_FRAME {
        return None;
    }
    for (place, slot) in described
        .slots
        .iter_mut()
        .zip(&slots[..described.slot_count])
    {
        let &Value::Int(n) = slot else {
            return None;
        };
        *place = n;
    }
    Some(described)
}
