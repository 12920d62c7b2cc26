//! Which instruction stands for the operations from a place on.

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
        self.sum_loop(at)
            .or_else(|| self.counted(at))
            .or_else(|| self.stepped(at))
            .or_else(|| self.constant_to_element(at))
            .or_else(|| self.increment(at))
            .or_else(|| self.computation(at))
            .or_else(|| self.move_or_return(at))
            .or_else(|| self.access(at))
            .or_else(|| self.single(at))
            .unwrap_or((Inst::plain(FastOp::General), 1))
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
            if a.mode == Mode::L
                && a.content == u64::from(slot)
                && let Some(op) = FastOp::binary(opcode, a.mode, b.mode, Mode::T)
            {
                return Some((binary(op, a, b, slot), len));
            }
            if let Some(op) = FastOp::binary(opcode, a.mode, b.mode, Mode::L) {
                return Some((binary(op, a, b, slot), len));
            }
        }
        let op = FastOp::binary(opcode, a.mode, b.mode, Mode::S)?;
        Some((binary(op, a, b, 0), operator_at + 1 - at))
    }

    /// A slot that counts up to a limit, and the jump back.
    fn counted(&self, at: usize) -> Option<Sequence> {
        let Op::PreIncSlotVoid(slot) = self.op(at)? else {
            return None;
        };
        // Either the test follows, or a jump to a test that leaves the loop.
        let (test, jumped) = match self.inner(at + 1)? {
            Op::Jump(head) => (head, true),
            _ => (at + 1, false),
        };
        if jumped
            && let Op::SlotLtIntJumpIfFalse(tested, limit, target) = self.inner(test)?
            && tested == slot
        {
            let limit = limit as u32;
            let left = self.distance(at, target)?;
            let inst = Inst {
                op: FastOp::CountLtI,
                a: slot,
                b: self.distance(at, test + 1)?,
                c: u64::from(limit) | u64::from(left) << 32,
            };
            return Some((inst, 2));
        }
        if self.inner(test)? != Op::GetSlot(slot) {
            return None;
        }
        let limit = self.operand(self.inner(test + 1)?)?;
        // The limit is read before the slot counts.
        if limit.mode == Mode::L && limit.content == u64::from(slot) {
            return None;
        }
        let op = FastOp::counted(self.inner(test + 2)?.opcode(), limit.mode)?;
        let (when, target) = conditional(self.inner(test + 3)?)?;
        let behind = test + 4;
        let (taken, left) = if when {
            (target, behind)
        } else {
            (behind, target)
        };
        if !(when || jumped) {
            return None;
        }
        let limit = i32::try_from(limit.content as i64).ok()? as u32;
        let left = self.distance(at, left)?;
        let inst = Inst {
            op,
            a: slot,
            b: self.distance(at, taken)?,
            c: u64::from(limit) | u64::from(left) << 32,
        };
        // What is left behind without a jump is not part of the straight line.
        Some((inst, if jumped { 2 } else { 5 }))
    }

    /// A slot that grows by another up to a limit, and the jump back.
    fn stepped(&self, at: usize) -> Option<Sequence> {
        let (slot, step, test) = match self.op(at)? {
            Op::AddAssignSlotVoid(slot, step) => (slot, step, at + 1),
            Op::GetSlot(slot) => match [at + 1, at + 2, at + 3].map(|at| self.inner(at)) {
                [
                    Some(Op::GetSlot(step)),
                    Some(Op::Add),
                    Some(Op::SetSlot(to)),
                ] if to == slot => (slot, step, at + 4),
                _ => return None,
            },
            _ => return None,
        };
        let tests = [test, test + 1, test + 2, test + 3].map(|at| self.inner(at));
        let [
            Some(Op::GetSlot(tested)),
            Some(Op::GetSlot(limit)),
            Some(relation),
            Some(Op::JumpIfTrue(target)),
        ] = tests
        else {
            return None;
        };
        // The limit is read before the slot grows.
        if tested != slot || limit == slot {
            return None;
        }
        let left = self.distance(at, test + 4)?;
        let inst = Inst {
            op: FastOp::stepped(relation.opcode())?,
            a: slot,
            b: self.distance(at, target)?,
            c: u64::from(limit) | u64::from(step) << 16 | u64::from(left) << 32,
        };
        Some((inst, test + 4 - at))
    }

    /// A constant that becomes an element of a global.
    fn constant_to_element(&self, at: usize) -> Option<Sequence> {
        let (op, content) = match self.op(at)? {
            Op::LoadInt(n) => (FastOp::GlobalArraySetInt, n as u64),
            Op::LoadTrue => (FastOp::GlobalArraySetBool, 1),
            Op::LoadFalse => (FastOp::GlobalArraySetBool, 0),
            _ => return None,
        };
        match [at + 1, at + 2].map(|at| self.inner(at)) {
            [Some(Op::GetSlot(index)), Some(Op::ArraySet(global))] => {
                let inst = Inst {
                    op,
                    a: global,
                    b: u32::from(index),
                    c: content,
                };
                Some((inst, 3))
            }
            _ => None,
        }
    }

    /// A loop that adds its counter to a slot.
    fn sum_loop(&self, at: usize) -> Option<Sequence> {
        // Where every pass is paid for, passes are made one by one.
        self.regions?;
        let (sum, counter, behind) = match self.op(at)? {
            Op::AddAssignSlotVoid(sum, counter) => (sum, counter, at + 1),
            Op::GetSlot(sum) => match [at + 1, at + 2, at + 3].map(|at| self.inner(at)) {
                [
                    Some(Op::GetSlot(counter)),
                    Some(Op::Add),
                    Some(Op::SetSlot(to)),
                ] if to == sum => (sum, counter, at + 4),
                _ => return None,
            },
            _ => return None,
        };
        self.inner(behind)?;
        let (count, len) = self.counted(behind)?;
        let back = self.distance(behind, at)?;
        let by_slot = matches!(count.op, FastOp::CountLtL | FastOp::CountLeL);
        if count.a != counter || count.b != back || len != 5 || sum == counter {
            return None;
        }
        if by_slot && count.index() == sum {
            return None;
        }
        let inst = Inst {
            b: behind as u32 - at as u32,
            c: u64::from(counter),
            ..at_slot(FastOp::SumLoop, sum)
        };
        Some((inst, behind + len - at))
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
            (Mode::L, next) => {
                let (when, target) = conditional(next)?;
                let op = if when {
                    FastOp::JumpIfSlotTrue
                } else {
                    FastOp::JumpIfSlotFalse
                };
                Inst {
                    b: self.distance(at, target)?,
                    ..at_slot(op, operand.content as u16)
                }
            }
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
            // Two operands of something that takes more; not if the second begins a sequence.
            Op::GetSlot(second) if self.sequence_starts_after(at + 1) => {
                let inst = Inst {
                    c: u64::from(second),
                    ..at_slot(FastOp::GetGet, slot)
                };
                return Some((inst, 2));
            }
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

    /// Whether nothing better begins at `at`, a `GetSlot`.
    fn sequence_starts_after(&self, at: usize) -> bool {
        self.computation(at).is_none()
            && self.move_or_return(at).is_none()
            && !matches!(
                self.inner(at + 1),
                Some(
                    Op::ArrayGet(_)
                        | Op::ArraySet(_)
                        | Op::SlotArrayGet(_)
                        | Op::SlotArraySet(_)
                        | Op::ArrayPush(_)
                        | Op::Inc
                        | Op::Dec
                        | Op::HashGet(_)
                        | Op::HashSet(_)
                        | Op::GetSlot(_)
                        | Op::LoadInt(_)
                        | Op::LoadFloat(_)
                )
            )
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
                Some(Op::SetSlot(slot)) => return Some((at_slot(FastOp::ConcatTo, slot), 2)),
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
            && self.takes(function.entry, argc)
            && let behind = function.entry + usize::from(argc)
            && let Reach { need: 0, grow } = region(behind)
        {
            return Some(Inst {
                op: FastOp::CallArgs,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The instructions for `ops` and how many operations each stands for, where sequences end
    /// before `barrier`.
    fn chosen(ops: &[Op], barrier: Option<usize>) -> String {
        let chunk = ChunkData {
            ops: ops.to_vec(),
            constants: vec![Value::Int(7), Value::str("text")],
            ..ChunkData::default()
        };
        let barriers: Vec<bool> = (0..ops.len()).map(|at| Some(at) == barrier).collect();
        let selector = Selector {
            chunk: &chunk,
            functions: &Functions::new(),
            barriers: &barriers,
            regions: None,
        };
        let mut names = Vec::new();
        let mut at = 0;
        while at < ops.len() {
            let (inst, len) = selector.sequence(at);
            names.push(format!("{:?} {len}", inst.op));
            at += len;
        }
        names.join(", ")
    }

    #[test]
    fn sequences_become_one_instruction() {
        use Op::*;

        let cases: &[(&[Op], &str)] = &[
            (&[Add], "AddSS 1"),
            (&[GetSlot(0), GetSlot(1), Add], "AddLL 3"),
            (&[GetSlot(0), LoadConst(0), Mul, SetSlot(2)], "MulLIL 4"),
            (&[GetSlot(0), LoadConst(1), Add], "Get 1, Const 1, AddSS 1"),
            // What can be exchanged has its constant on the right.
            (&[LoadInt(1), GetSlot(0), Add], "AddLI 3"),
            (&[LoadInt(1), GetSlot(0), Sub], "Int 1, SubSL 2"),
            (&[GetSlot(0), LoadInt(1), Add, SetSlot(0)], "AddLIT 4"),
            (&[GetSlot(0), LoadInt(0), Sub, SetSlot(0)], "SubLIT 4"),
            (
                &[GetSlot(0), LoadInt(1), NumLt, JumpIfTrue(9)],
                "LtLITrue 4",
            ),
            (
                &[LoadInt(1), GetSlot(0), NumLt, JumpIfFalse(9)],
                "GtLIFalse 4",
            ),
            (&[GetSlot(0), SetSlot(1)], "Move 2"),
            (&[GetSlot(0), ReturnValue], "ReturnSlot 2"),
            (&[GetSlot(0), JumpIfFalse(9)], "JumpIfSlotFalse 2"),
            (&[GetSlot(0), SlotArrayGet(1)], "SlotArrayGetL 2"),
            (
                &[GetSlot(0), GetSlot(1), Concat, SetSlot(0)],
                "GetGet 2, ConcatTo 2",
            ),
            (&[Pow], "General 1"),
            // Counted loops: with the test behind, and with a jump to a test that leaves.
            (
                &[
                    PreIncSlotVoid(0),
                    GetSlot(0),
                    LoadInt(9),
                    NumLt,
                    JumpIfTrue(0),
                ],
                "CountLtI 5",
            ),
            (
                &[
                    GetSlot(0),
                    GetSlot(1),
                    NumLt,
                    JumpIfFalse(6),
                    PreIncSlotVoid(0),
                    Jump(0),
                ],
                "LtLLFalse 4, CountLtL 2",
            ),
            (
                &[
                    PreIncSlotVoid(0),
                    GetSlot(0),
                    GetSlot(0),
                    NumLt,
                    JumpIfTrue(0),
                ],
                "Count 1, LtLLTrue 4",
            ),
            // Loops with a step.
            (
                &[
                    AddAssignSlotVoid(0, 1),
                    GetSlot(0),
                    GetSlot(2),
                    NumLe,
                    JumpIfTrue(0),
                ],
                "StepLe 5",
            ),
            (
                &[
                    AddAssignSlotVoid(0, 1),
                    GetSlot(0),
                    GetSlot(0),
                    NumLe,
                    JumpIfTrue(0),
                ],
                "AddSlot 1, LeLLTrue 4",
            ),
        ];
        for (ops, expected) in cases {
            assert_eq!(chosen(ops, None), *expected, "{ops:?}");
        }
    }

    #[test]
    fn sequences_end_before_entries() {
        use Op::*;

        let ops = [GetSlot(0), GetSlot(1), Add, SetSlot(2)];
        let cases = [
            (1, "Get 1, AddSLL 3"),
            (2, "GetGet 2, AddSSL 2"),
            (3, "AddLL 3, Set 1"),
        ];
        for (barrier, expected) in cases {
            assert_eq!(chosen(&ops, Some(barrier)), expected, "{barrier}");
        }
    }

    #[test]
    fn long_code_without_jumps_returns_now_and_then() {
        let chunk = ChunkData {
            ops: vec![Op::Nop; 3]
                .into_iter()
                .chain(vec![Op::Inc; 3 * MAX_STRAIGHT])
                .collect(),
            ..ChunkData::default()
        };
        let selector = Selector {
            chunk: &chunk,
            functions: &Functions::new(),
            barriers: &vec![false; chunk.ops.len()],
            regions: None,
        };
        let insts = selector.select();
        let longest = insts
            .split(|(inst, _)| inst.op == FastOp::General)
            .map(<[Sequence]>::len)
            .max();
        assert_eq!(longest, Some(MAX_STRAIGHT - 1));
    }
}
