//! Which instruction stands for the operations from a place on.

mod awk;
mod loops;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use crate::chunk::ChunkData;
use crate::chunk::flow::Reach;
use crate::op::{Op, Opcode};
use crate::value::Value;

use super::inst::{FastOp, Inst, Mode};
use super::region::seen_from;
use super::{Function, Functions};

/// Handlers call each other in tail position. Where the compiler makes nested calls of that, they
/// have to return now and then: in code without a jump, after so many of them.
const MAX_STRAIGHT: usize = 256;

/// Chooses instructions for a chunk.
pub(super) struct Selector<'a> {
    pub(super) chunk: &'a ChunkData,
    pub(super) functions: &'a Functions,
    /// The places with entries: sequences end before such a place.
    pub(super) barriers: &'a [bool],
    /// What the code at a place needs, in the stream in which functions can be entered behind
    /// their first operations.
    pub(super) regions: Option<&'a dyn Fn(usize) -> Reach>,
    /// The entries of functions that are entered nowhere else, so that calls are counted there.
    pub(super) counted: &'a HashSet<usize>,
    /// The rows of the table that are not to be used, by number.
    pub(super) without: &'a [usize],
}

/// An operand that an operation finds in its place, not on the stack.
#[derive(Clone, Copy)]
struct Operand {
    mode: Mode,
    content: u64,
}

impl Operand {
    const TOP: Operand = Operand {
        mode: Mode::S,
        content: 0,
    };
}

/// An instruction and the number of operations that it stands for.
pub(super) type Sequence = (Inst, usize);

impl Selector<'_> {
    /// The instructions of the whole chunk, one for each operation.
    pub(super) fn select(&self) -> Vec<Sequence> {
        let mut sequences: Vec<Sequence> = (0..self.chunk.ops.len())
            .map(|at| self.sequence(at))
            .collect();
        let (mut at, mut straight) = (0, 0);
        while let Some(sequence) = sequences.get_mut(at) {
            straight += 1;
            if straight == MAX_STRAIGHT || sequence.0.op == FastOp::General {
                *sequence = (Inst::plain(FastOp::General), 1);
                straight = 0;
            }
            at += sequence.1;
        }
        sequences
    }

    fn sequence(&self, at: usize) -> Sequence {
        let choices = [
            Self::sum_loop,
            Self::counted,
            Self::global_step,
            Self::computation,
            Self::move_or_return,
            Self::access,
            Self::increment,
            Self::awk,
            Self::pair,
            Self::single,
        ];
        self.first(at, &choices)
            .unwrap_or((Inst::plain(FastOp::General), 1))
    }

    /// The first choice that gives an instruction.
    #[inline(always)]
    fn first(
        &self,
        at: usize,
        choices: &[fn(&Self, usize) -> Option<Sequence>],
    ) -> Option<Sequence> {
        let mut found = choices.iter().filter_map(|choice| choice(self, at));
        found.find(|(inst, _)| self.has(inst.op))
    }

    /// Whether the row of an instruction is used.
    fn has(&self, op: FastOp) -> bool {
        !self.without.contains(&(op as usize))
    }

    /// The operation at `at`, if a sequence that began before may go on with it.
    fn inner(&self, at: usize) -> Option<Op> {
        if self.barriers.get(at).copied().unwrap_or(true) {
            return None;
        }
        self.op(at)
    }

    fn op(&self, at: usize) -> Option<Op> {
        self.chunk.ops.get(at).copied()
    }

    fn operand(&self, op: Op) -> Option<Operand> {
        let (mode, content) = match op {
            Op::GetSlot(slot) => (Mode::L, u64::from(slot)),
            Op::LoadInt(n) => (Mode::I, n as u64),
            Op::LoadFloat(x) => (Mode::F, x.to_bits()),
            Op::LoadConst(index) => match self.chunk.constants.get(usize::from(index))? {
                Value::Int(n) => (Mode::I, *n as u64),
                Value::Float(x) => (Mode::F, x.to_bits()),
                _ => return None,
            },
            _ => return None,
        };
        Some(Operand { mode, content })
    }

    /// The distance of a jump, as instructions keep it.
    fn distance(&self, at: usize, target: usize) -> Option<u32> {
        let target = i64::try_from(target.min(self.chunk.ops.len())).ok()?;
        let behind = i64::try_from(at + 1).ok()?;
        let bytes = (target - behind).checked_mul(size_of::<Inst>() as i64)?;
        Some(i32::try_from(bytes).ok()? as u32)
    }

    /// Arithmetic, comparisons, and jumps on comparisons, with their operands and result.
    fn computation(&self, at: usize) -> Option<Sequence> {
        let first = self.op(at)?;
        let (a, b, operator_at) = match self.operand(first) {
            None => (Operand::TOP, Operand::TOP, at),
            Some(one) => match self.inner(at + 1).and_then(|op| self.operand(op)) {
                Some(two) => (one, two, at + 2),
                None => (Operand::TOP, one, at + 1),
            },
        };
        self.operation(at, a, b, operator_at)
    }

    fn operation(&self, at: usize, a: Operand, b: Operand, operator_at: usize) -> Option<Sequence> {
        let operator = if operator_at == at {
            self.op(at)?
        } else {
            self.inner(operator_at)?
        };
        let mut opcode = operator.opcode();
        let (mut a, mut b) = (a, b);
        if b.mode == Mode::L && matches!(a.mode, Mode::I | Mode::F) {
            opcode = swapped(opcode)?;
            (a, b) = (b, a);
        }
        let next = self.inner(operator_at + 1);
        if let Some((when, target)) = next.and_then(conditional)
            && let Some(op) = FastOp::branch(opcode, when, a.mode, b.mode)
            && self.has(op)
        {
            let inst = Inst {
                op,
                a: a.content as u16,
                b: self.distance(at, target)?,
                c: b.content,
            };
            return Some((inst, operator_at + 2 - at));
        }
        if let Some(Op::SetSlot(slot)) = next {
            let len = operator_at + 2 - at;
            if let Some(op) = FastOp::binary(opcode, a.mode, b.mode, Mode::L)
                && self.has(op)
            {
                return Some((binary(op, a, b, slot), len));
            }
        }
        let op = FastOp::binary(opcode, a.mode, b.mode, Mode::S)?;
        Some((binary(op, a, b, 0), operator_at + 1 - at))
    }

    /// A global that goes up or down by one.
    fn global_step(&self, at: usize) -> Option<Sequence> {
        let Op::GetVar(global) = self.op(at)? else {
            return None;
        };
        let amount = match self.inner(at + 1)? {
            Op::Inc => 1,
            Op::Dec => -1,
            _ => return None,
        };
        let is_whole = self.inner(at + 2)? == Op::SetVar(global);
        is_whole.then(|| (step_by(FastOp::StepGlobal, global, amount), 3))
    }

    /// What moves a value between slots, or out of the frame.
    fn move_or_return(&self, at: usize) -> Option<Sequence> {
        let first = self.op(at)?;
        let operand = self.operand(first)?;
        let inst = match (operand.mode, self.inner(at + 1)?) {
            (Mode::L, Op::SetSlot(to)) => Inst {
                op: FastOp::Move,
                a: operand.content as u16,
                b: u32::from(to),
                c: 0,
            },
            (Mode::I, Op::SetSlot(to)) => load(FastOp::SetInt, to, operand),
            (Mode::F, Op::SetSlot(to)) => load(FastOp::SetFloat, to, operand),
            (Mode::L, Op::ReturnValue) => at_slot(FastOp::ReturnSlot, operand.content as u16),
            _ => return None,
        };
        Some((inst, 2))
    }

    /// Access to the element of an array whose index is in a slot.
    fn access(&self, at: usize) -> Option<Sequence> {
        let Op::GetSlot(slot) = self.op(at)? else {
            return None;
        };
        let (op, container) = match self.inner(at + 1)? {
            Op::ArrayGet(global) => (FastOp::GlobalArrayGetL, global),
            Op::ArraySet(global) => (FastOp::GlobalArraySetL, global),
            Op::SlotArrayGet(array) => (FastOp::SlotArrayGetL, array),
            Op::SlotArraySet(array) => (FastOp::SlotArraySetL, array),
            Op::ArrayPush(global) => (FastOp::GlobalArrayPushL, global),
            Op::HashGet(global) => (FastOp::GlobalHashGetL, global),
            Op::HashSet(global) => (FastOp::GlobalHashSetL, global),
            Op::Inc => return Some((step_by(FastOp::GetStepped, slot, 1), 2)),
            Op::Dec => return Some((step_by(FastOp::GetStepped, slot, -1), 2)),
            _ => return None,
        };
        let inst = Inst {
            c: u64::from(slot),
            ..at_slot(op, container)
        };
        Some((inst, 2))
    }

    /// `hash{key}++`, written out.
    fn increment(&self, at: usize) -> Option<Sequence> {
        let Op::Dup = self.op(at)? else {
            return None;
        };
        let rest = [at + 1, at + 2, at + 3, at + 4].map(|at| self.inner(at));
        match rest {
            [
                Some(Op::HashGet(from)),
                Some(Op::Inc),
                Some(Op::Swap),
                Some(Op::HashSet(to)),
            ] if from == to => Some((at_slot(FastOp::GlobalHashInc, to), 5)),
            _ => None,
        }
    }

    /// Two slots that are operands of something else; not if a longer sequence begins with the
    /// second.
    fn pair(&self, at: usize) -> Option<Sequence> {
        let (Op::GetSlot(first), Op::GetSlot(second)) = (self.op(at)?, self.inner(at + 1)?) else {
            return None;
        };
        let longer = self.first(
            at + 1,
            &[Self::computation, Self::move_or_return, Self::access],
        );
        let inst = Inst {
            c: u64::from(second),
            ..at_slot(FastOp::GetGet, first)
        };
        longer.is_none().then_some((inst, 2))
    }

    fn single(&self, at: usize) -> Option<Sequence> {
        let op = self.op(at)?;
        if let Some(operand) = self.operand(op) {
            let inst = match operand.mode {
                Mode::I => load(FastOp::Int, 0, operand),
                Mode::F => load(FastOp::Float, 0, operand),
                _ => at_slot(FastOp::Get, operand.content as u16),
            };
            return Some((inst, 1));
        }
        let inst = match op {
            Op::LoadConst(index) if usize::from(index) < self.chunk.constants.len() => {
                at_slot(FastOp::Const, index)
            }
            Op::SetSlot(slot) => at_slot(FastOp::Set, slot),
            Op::GetVar(global) | Op::GetArray(global) | Op::GetHash(global) => {
                at_slot(FastOp::GetGlobal, global)
            }
            Op::SetVar(global)
            | Op::DeclareVar(global)
            | Op::SetArray(global)
            | Op::SetHash(global) => at_slot(FastOp::SetGlobal, global),
            Op::LoadTrue => Inst::plain(FastOp::True),
            Op::LoadFalse => Inst::plain(FastOp::False),
            Op::LoadUndef => Inst::plain(FastOp::Undef),
            Op::Pop => Inst::plain(FastOp::Pop),
            Op::Dup => Inst::plain(FastOp::Dup),
            Op::Swap => Inst::plain(FastOp::Swap),
            Op::Negate => Inst::plain(FastOp::Negate),
            Op::LogNot => Inst::plain(FastOp::Not),
            Op::Inc => step_by(FastOp::Step, 0, 1),
            Op::Dec => step_by(FastOp::Step, 0, -1),
            Op::PreIncSlot(slot) => step_by(FastOp::StepGet, slot, 1),
            Op::PreDecSlot(slot) => step_by(FastOp::StepGet, slot, -1),
            Op::PostIncSlot(slot) => step_by(FastOp::GetStep, slot, 1),
            Op::PostDecSlot(slot) => step_by(FastOp::GetStep, slot, -1),
            Op::StringLen => Inst::plain(FastOp::StringLen),
            Op::Concat => match self.inner(at + 1) {
                Some(Op::SetSlot(slot)) if self.has(FastOp::ConcatTo) => {
                    return Some((at_slot(FastOp::ConcatTo, slot), 2));
                }
                _ => Inst::plain(FastOp::Concat),
            },
            Op::PreIncSlotVoid(slot) => at_slot(FastOp::Count, slot),
            Op::AddAssignSlotVoid(a, b) => Inst {
                c: u64::from(b),
                ..at_slot(FastOp::AddSlot, a)
            },
            Op::SlotIncLtIntJumpBack(slot, limit, target) => {
                let limit = limit as u32;
                Inst {
                    op: FastOp::CountLtI,
                    a: slot,
                    b: self.distance(at, target)?,
                    c: u64::from(limit),
                }
            }
            Op::SlotLtIntJumpIfFalse(slot, limit, target) => Inst {
                b: self.distance(at, target)?,
                ..step_by(FastOp::JumpUnlessLess, slot, i64::from(limit))
            },
            Op::Jump(target) => self.jump(FastOp::Jump, at, target)?,
            Op::JumpIfTrue(target) => self.jump(FastOp::JumpIfTrue, at, target)?,
            Op::JumpIfFalse(target) => self.jump(FastOp::JumpIfFalse, at, target)?,
            Op::JumpIfTrueKeep(target) => self.jump(FastOp::JumpIfTrueKeep, at, target)?,
            Op::JumpIfFalseKeep(target) => self.jump(FastOp::JumpIfFalseKeep, at, target)?,
            Op::Call(name, argc) => match self.functions.get(&name) {
                Some(function) => self.call(at, function, argc)?,
                None => Inst {
                    c: u64::from(name),
                    ..at_slot(FastOp::CallNamed, u16::from(argc))
                },
            },
            Op::LoadFunction(name) => {
                let function = self.functions.get(&name)?;
                step_by(FastOp::Int, 0, function.entry as i64)
            }
            Op::CallBuiltin(id, argc) => Inst {
                c: u64::from(id),
                ..at_slot(FastOp::Builtin, u16::from(argc))
            },
            Op::ReturnValue => Inst::plain(FastOp::ReturnValue),
            Op::Return => Inst::plain(FastOp::Return),
            Op::ArrayGet(global) => at_slot(FastOp::GlobalArrayGet, global),
            Op::ArraySet(global) => at_slot(FastOp::GlobalArraySet, global),
            Op::SlotArrayGet(array) => at_slot(FastOp::SlotArrayGet, array),
            Op::SlotArraySet(array) => at_slot(FastOp::SlotArraySet, array),
            Op::ArrayPush(global) => at_slot(FastOp::GlobalArrayPush, global),
            Op::ArrayLen(global) => at_slot(FastOp::GlobalArrayLen, global),
            Op::HashGet(global) => at_slot(FastOp::GlobalHashGet, global),
            Op::HashSet(global) => at_slot(FastOp::GlobalHashSet, global),
            _ => Inst::plain(FastOp::relation(op.opcode())?),
        };
        Some((inst, 1))
    }

    fn call(&self, at: usize, function: &Function, argc: u8) -> Option<Inst> {
        let window = u32::try_from(function.window).ok()?;
        let region = self.regions.filter(|region| {
            // The code behind may be of another region, which relies on more.
            let (before, behind) = (region(at), region(at + 1));
            let found = seen_from(before, 1 - i64::from(argc));
            function.returns_value && found.need >= behind.need && found.grow >= behind.grow
        });
        let trusted = region.is_some();
        let argc = u16::from(argc);
        if let Some(region) = region
            && !self.counted.contains(&function.entry)
            && region(at).need >= usize::from(argc)
            && self.takes(function.entry, argc)
            && let behind = function.entry + usize::from(argc)
            && let Reach { need: 0, grow } = region(behind)
            && let op = match argc {
                1 => FastOp::CallArg,
                2 => FastOp::CallTwo,
                _ => FastOp::CallArgs,
            }
            && self.has(op)
        {
            return Some(Inst {
                op,
                a: argc,
                b: window,
                c: u64::from(u32::try_from(behind).ok()?)
                    | u64::from(u32::try_from(grow).ok()?) << 32,
            });
        }
        Some(Inst {
            op: FastOp::Call,
            a: argc,
            b: window,
            c: u64::from(u32::try_from(function.entry).ok()?) | u64::from(trusted) << 32,
        })
    }

    /// Whether the code at `entry` first of all moves `argc` operands to the first slots, the last
    /// one to the highest of them.
    fn takes(&self, entry: usize, argc: u16) -> bool {
        (0..argc).rev().zip(entry..).all(|(slot, at)| {
            self.op(at) == Some(Op::SetSlot(slot)) && (at == entry || self.inner(at).is_some())
        })
    }

    fn jump(&self, op: FastOp, at: usize, target: usize) -> Option<Inst> {
        Some(Inst {
            b: self.distance(at, target)?,
            ..Inst::plain(op)
        })
    }
}

fn at_slot(op: FastOp, a: u16) -> Inst {
    Inst {
        a,
        ..Inst::plain(op)
    }
}

fn step_by(op: FastOp, slot: u16, amount: i64) -> Inst {
    Inst {
        c: amount as u64,
        ..at_slot(op, slot)
    }
}

fn load(op: FastOp, to: u16, constant: Operand) -> Inst {
    Inst {
        c: constant.content,
        ..at_slot(op, to)
    }
}

fn binary(op: FastOp, a: Operand, b: Operand, to: u16) -> Inst {
    Inst {
        op,
        a: a.content as u16,
        b: u32::from(to),
        c: b.content,
    }
}

/// A jump on the truth of the top operand: on which, and where to.
fn conditional(op: Op) -> Option<(bool, usize)> {
    match op {
        Op::JumpIfTrue(target) => Some((true, target)),
        Op::JumpIfFalse(target) => Some((false, target)),
        _ => None,
    }
}

/// The operation that gives the same with its operands exchanged.
fn swapped(op: Opcode) -> Option<Opcode> {
    Some(match op {
        Opcode::Add | Opcode::Mul | Opcode::NumEq | Opcode::NumNe => op,
        Opcode::NumLt => Opcode::NumGt,
        Opcode::NumGt => Opcode::NumLt,
        Opcode::NumLe => Opcode::NumGe,
        Opcode::NumGe => Opcode::NumLe,
        _ => return None,
    })
}
