//! Which operations each tier takes.

use super::JitExtension;
use crate::chunk::{Chunk, ChunkData, Dialect, Overflow};
use crate::op::{Op, Opcode, OperandKind, OperandValue};

/// Slots of a trace have lower numbers.
pub(super) const TRACE_SLOTS: u16 = 64;

/// Operands of a linear chunk at once.
const LINEAR_OPERANDS: i64 = 256;

/// Calls that may be open at a jump of a trace.
const CALLS_AT_JUMP: usize = 4;

/// Sets of operations.
#[derive(Clone, Copy)]
struct Sets(u8);

impl Sets {
    const NONE: Sets = Sets(0);
    /// Code without jumps that needs no machine and cannot fail.
    const LINEAR: Sets = Sets(1);
    /// Code that needs no machine.
    const BLOCK: Sets = Sets(2);
    /// Recorded paths.
    const TRACE: Sets = Sets(4);
    /// What `is_eligible` lists.
    const LISTED: Sets = Sets(8);
    const ALL: Sets = Sets(15);

    const fn and(self, other: Sets) -> Sets {
        Sets(self.0 | other.0)
    }

    const fn has(self, other: Sets) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The sets that an operation is in.
const fn sets(op: Opcode) -> Sets {
    match op {
        Opcode::Nop
        | Opcode::LoadInt
        | Opcode::LoadFloat
        | Opcode::LoadConst
        | Opcode::LoadTrue
        | Opcode::LoadFalse
        | Opcode::LoadUndef
        | Opcode::Pop
        | Opcode::Dup
        | Opcode::Dup2
        | Opcode::Swap
        | Opcode::Rot
        | Opcode::GetSlot
        | Opcode::SetSlot
        | Opcode::PreIncSlot
        | Opcode::PreIncSlotVoid
        | Opcode::AddAssignSlotVoid
        | Opcode::Add
        | Opcode::Sub
        | Opcode::Mul
        | Opcode::Div
        | Opcode::Mod
        | Opcode::Pow
        | Opcode::Negate
        | Opcode::Inc
        | Opcode::Dec
        | Opcode::StringLen
        | Opcode::NumEq
        | Opcode::NumNe
        | Opcode::NumLt
        | Opcode::NumGt
        | Opcode::NumLe
        | Opcode::NumGe
        | Opcode::Spaceship
        | Opcode::LogNot
        | Opcode::LogAnd
        | Opcode::LogOr
        | Opcode::BitAnd
        | Opcode::BitOr
        | Opcode::BitXor
        | Opcode::BitNot
        | Opcode::Shl
        | Opcode::Shr => Sets::ALL,
        Opcode::PreDecSlot | Opcode::PostIncSlot | Opcode::PostDecSlot => {
            Sets::LINEAR.and(Sets::BLOCK)
        }
        Opcode::AccumSumLoop => Sets::LINEAR.and(Sets::BLOCK).and(Sets::LISTED),
        Opcode::Jump | Opcode::JumpIfTrue | Opcode::JumpIfFalse => {
            Sets::BLOCK.and(Sets::TRACE).and(Sets::LISTED)
        }
        Opcode::JumpIfTrueKeep
        | Opcode::JumpIfFalseKeep
        | Opcode::PushFrame
        | Opcode::PopFrame
        | Opcode::SlotLtIntJumpIfFalse
        | Opcode::SlotIncLtIntJumpBack => Sets::BLOCK.and(Sets::LISTED),
        Opcode::Call | Opcode::Return | Opcode::ReturnValue => Sets::TRACE.and(Sets::LISTED),
        Opcode::GetVar
        | Opcode::SetVar
        | Opcode::DeclareVar
        | Opcode::Concat
        | Opcode::StringRepeat
        | Opcode::StrEq
        | Opcode::StrNe
        | Opcode::StrLt
        | Opcode::StrGt
        | Opcode::StrLe
        | Opcode::StrGe
        | Opcode::StrCmp
        | Opcode::SetStatus
        | Opcode::GetStatus => Sets::LISTED,
        _ => Sets::NONE,
    }
}

fn is_in(op: &Op, set: Sets) -> bool {
    sets(op.opcode()).has(set)
}

/// Whether all operations are listed, or extensions that somebody answers for.
pub(super) fn is_listed(chunk: &Chunk, extensions: &[Box<dyn JitExtension>]) -> bool {
    chunk.ops.iter().all(|op| match *op {
        Op::Extended(id, _) | Op::ExtendedWide(id, _) => {
            extensions.iter().any(|extension| extension.can_jit(id))
        }
        _ => is_in(op, Sets::LISTED),
    })
}

/// Whether arithmetic cannot fail.
fn has_total_arithmetic(chunk: &ChunkData) -> bool {
    chunk.numeric.dialect == Dialect::Contract && chunk.numeric.overflow != Overflow::Error
}

/// Whether the chunk is straight-line code that gives a value by itself: its operations need
/// nothing but slots, find their operands, and leave at least one.
pub(super) fn is_linear(chunk: &ChunkData) -> bool {
    let mut height = 0;
    for op in &chunk.ops {
        let effect = op.stack_effect();
        if !is_in(op, Sets::LINEAR) || height < i64::from(effect.pops) {
            return false;
        }
        height += i64::from(effect.pushes) - i64::from(effect.pops);
        if height > LINEAR_OPERANDS {
            return false;
        }
    }
    height > 0 && has_total_arithmetic(chunk)
}

/// Whether the operation can be part of code that runs without a machine.
pub(super) fn is_block_op(op: &Op) -> bool {
    is_in(op, Sets::BLOCK)
}

/// Whether the chunk can run without a machine.
pub(super) fn is_block(chunk: &ChunkData) -> bool {
    !chunk.ops.is_empty() && chunk.ops.iter().all(is_block_op) && has_total_arithmetic(chunk)
}

/// The slots that an operation names.
pub(super) fn slots_of(op: &Op) -> impl Iterator<Item = u16> + use<> {
    op.operands().filter_map(|(info, value)| match value {
        OperandValue::UInt(slot) if info.kind == OperandKind::Slot => u16::try_from(slot).ok(),
        _ => None,
    })
}

/// Whether the operation can be part of a trace.
pub(super) fn is_trace_op(op: &Op) -> bool {
    is_in(op, Sets::TRACE) && slots_of(op).all(|slot| slot < TRACE_SLOTS)
}

/// Whether the operations are one pass of a loop that begins at `anchor`: they end with a jump there,
/// none before it leads there in the same frame, and all calls return.
pub(super) fn is_trace(ops: &[Op], anchor: usize, max_len: usize) -> bool {
    let Some((closing, body)) = ops.split_last() else {
        return false;
    };
    let closes = matches!(
        closing,
        Op::Jump(_) | Op::JumpIfTrue(_) | Op::JumpIfFalse(_)
    ) && closing.target() == Some(anchor);
    if !closes || ops.len() > max_len || !body.iter().all(is_trace_op) {
        return false;
    }
    let mut calls = 0usize;
    for op in body {
        match op {
            Op::Call(..) => calls += 1,
            Op::Return | Op::ReturnValue => match calls.checked_sub(1) {
                Some(left) => calls = left,
                None => return false,
            },
            _ => {}
        }
        if let Some(target) = op.target()
            && (calls > CALLS_AT_JUMP || calls == 0 && target == anchor)
        {
            return false;
        }
    }
    calls == 0
}
