//! The operations that the instructions stand for.

use std::collections::BTreeMap;

use fusevm::Op;
use fusevm::fusion::{Mode, Pattern, ROWS, Row, instructions};
use fusevm::op::{HandlerClass, Opcode, OperandKind, OperandValue};

use crate::program::{FLOAT, INT, THREE, TWO, needed, push_operands, with_functions};

/// Instructions that every program runs, or that stand for whatever has none, and those that need
/// more around them than a sequence: the end of a block range, and a loop (see `loops`).
const EVERYWHERE: [&str; 6] = [
    "General",
    "End",
    "Enter",
    "EndPass",
    "EnterWatched",
    "SumLoop",
];

/// Sequences besides those that are searched for, of instructions whose row does not say what they
/// stand for.
const LONGER: &[&[Op]] = &[
    &[Op::GetVar(2), Op::Add, Op::SetVar(2)],
    &[Op::GetVar(3), Op::Add, Op::SetVar(3)],
    &[Op::LoadInt(7), Op::IndexAdd, Op::Pop],
    &[Op::LoadInt(i64::MAX), Op::IndexAdd, Op::Pop],
    &[Op::LoadInt(2), Op::AwkFieldGet, Op::AwkLength(1)],
    &[Op::LoadInt(-10), Op::AwkFieldGet, Op::AwkLength(1)],
    &[Op::LoadInt(3), Op::AwkFieldGet, Op::AwkLength(1)],
    &[Op::Dup, Op::HashGet(1), Op::Inc, Op::Swap, Op::HashSet(1)],
    &[Op::Call(TWO, 2)],
    &[Op::Call(THREE, 3)],
    &[Op::GetVar(2), Op::Inc, Op::SetVar(2)],
    &[Op::GetVar(3), Op::Dec, Op::SetVar(3)],
];

/// Of an instruction whose row does not say what it stands for, so many sequences are used.
const ENOUGH: usize = 3;

/// Operations that one instruction stands for. Jumps have targets that mean nothing yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sequence {
    /// The instruction.
    pub(crate) name: String,
    pub(crate) ops: Vec<Op>,
}

/// The names of the instructions that must be run.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let names = ROWS.iter().map(|row| row.name);
    names.filter(|name| !EVERYWHERE.contains(name))
}

/// Sequences for all rows of the table.
pub(crate) fn all() -> Vec<Sequence> {
    let stated = ROWS.iter().flat_map(stated);
    stated.chain(searched()).collect()
}

/// The sequences that a row states, with several numbers where there are numbers in it.
fn stated(row: &Row) -> Vec<Sequence> {
    let all = match row.pattern {
        Pattern::Plain => Vec::new(),
        Pattern::Binary(op, modes, to) => {
            let result = match to {
                Mode::L => Some(Op::SetSlot(2)),
                _ => None,
            };
            computed(op, modes, result)
        }
        Pattern::Relation(op) => vec![vec![plain(op)]],
        Pattern::Branch(op, modes, when) => computed(op, modes, Some(jump(when))),
        Pattern::Counted(op, limit) => operands(limit, 1)
            .into_iter()
            .map(|limit| {
                let head = [Op::PreIncSlotVoid(0), Op::GetSlot(0)];
                [&head[..], &limit, &[plain(op), jump(true)]].concat()
            })
            .collect(),
    };
    let named = all.into_iter().map(|ops| Sequence {
        name: row.name.to_owned(),
        ops,
    });
    // An integer can be too large for its place in an instruction.
    named.filter(is_whole).collect()
}

/// Two operands and an operation on them, and what is done with the result.
fn computed(op: Opcode, [a, b]: [Mode; 2], result: Option<Op>) -> Vec<Vec<Op>> {
    let rest = |op| [plain(op)].into_iter().chain(result);
    let mut all = Vec::new();
    for first in operands(a, 0) {
        for second in operands(b, 1) {
            let pair = [&first[..], &second[..]].concat();
            all.push(pair.into_iter().chain(rest(op)).collect());
            // A number before a slot may be the same with another operation.
            if a == Mode::L && matches!(b, Mode::I | Mode::F) {
                let exchanged = [&second[..], &first[..]].concat();
                let others = Opcode::ALL
                    .iter()
                    .filter(|op| op.info().operands.is_empty());
                all.extend(others.map(|&op| exchanged.iter().copied().chain(rest(op)).collect()));
            }
        }
    }
    all
}

/// The operations that leave an operand in its place.
fn operands(mode: Mode, slot: u16) -> Vec<Vec<Op>> {
    match mode {
        Mode::S => vec![vec![]],
        Mode::L => vec![vec![Op::GetSlot(slot)]],
        Mode::I => [0, 1, -3, 70, i64::MAX, i64::MIN]
            .map(Op::LoadInt)
            .into_iter()
            .chain([Op::LoadConst(INT)])
            .map(|op| vec![op])
            .collect(),
        Mode::F => [-0.0, 2.5, f64::NAN, 1e300]
            .map(Op::LoadFloat)
            .into_iter()
            .chain([Op::LoadConst(FLOAT)])
            .map(|op| vec![op])
            .collect(),
    }
}

fn plain(opcode: Opcode) -> Op {
    Op::from_operands(opcode, &[]).expect("it has no operands")
}

fn jump(when: bool) -> Op {
    match when {
        true => Op::JumpIfTrue(0),
        false => Op::JumpIfFalse(0),
    }
}

/// Sequences of one and two operations for the rows that do not state theirs: all combinations
/// are looked at.
fn searched() -> Vec<Sequence> {
    let mut found: BTreeMap<String, Vec<Sequence>> = BTreeMap::new();
    let alphabet = alphabet();
    let single = alphabet.iter().map(|&op| vec![op]);
    let pairs = alphabet.iter().flat_map(|&first| {
        let seconds = alphabet.iter();
        seconds.map(move |&second| vec![first, second])
    });
    let longer = LONGER.iter().map(|ops| ops.to_vec());
    for ops in longer.chain(single).chain(pairs) {
        let (name, len) = instruction_of(&ops);
        let wanted = ROWS.iter().any(|row| {
            row.name == name && matches!(row.pattern, Pattern::Plain | Pattern::Counted(..))
        });
        if len == ops.len() && wanted && !EVERYWHERE.contains(&name.as_str()) {
            let found = found.entry(name.clone()).or_default();
            if found.len() < ENOUGH {
                found.push(Sequence { name, ops });
            }
        }
    }
    found.into_values().flatten().collect()
}

/// Operations to run by themselves.
#[cfg(feature = "jit")]
pub(crate) fn single_ops() -> Vec<Op> {
    alphabet()
}

/// Operations that sequences are searched in, each with a few operands.
fn alphabet() -> Vec<Op> {
    use OperandValue::{Float, Int, UInt};
    let mut ops = Vec::new();
    for &opcode in Opcode::ALL {
        let info = opcode.info();
        // What asks a host has no instruction of its own, calls excepted.
        let calls = matches!(opcode, Opcode::CallBuiltin | Opcode::Call);
        if info.class == HandlerClass::Reentrant && !calls {
            continue;
        }
        let mut combinations: Vec<Vec<OperandValue>> = vec![Vec::new()];
        for operand in info.operands {
            let values = match operand.kind {
                OperandKind::IntLiteral => vec![Int(0), Int(9)],
                OperandKind::FloatLiteral => vec![Float(2.5)],
                OperandKind::Limit => vec![Int(5)],
                OperandKind::Slot => vec![UInt(0), UInt(1)],
                OperandKind::Name => (5..9).map(UInt).collect(),
                OperandKind::Constant | OperandKind::Global => vec![UInt(0), UInt(1)],
                OperandKind::Count | OperandKind::Argc => vec![UInt(1)],
                _ => vec![UInt(0)],
            };
            let longer = |done: Vec<OperandValue>| {
                let values = values.clone().into_iter();
                values.map(move |value| [&done[..], &[value]].concat())
            };
            combinations = combinations.into_iter().flat_map(longer).collect();
        }
        let made = combinations
            .iter()
            .map(|values| Op::from_operands(opcode, values).expect("the operands fit"));
        ops.extend(made);
    }
    ops
}

/// Whether the instruction at the start of the sequence is the one that it is for.
fn is_whole(sequence: &Sequence) -> bool {
    instruction_of(&sequence.ops) == (sequence.name.clone(), sequence.ops.len())
}

/// The instruction for the start of `ops`, with their operands before and a place to jump to
/// behind them, and how many operations it stands for.
fn instruction_of(ops: &[Op]) -> (String, usize) {
    let mut code = Vec::new();
    push_operands(&mut code, needed(ops));
    let start = code.len();
    code.extend(ops);
    let behind = code.len() + 1;
    for op in &mut code {
        op.set_target(behind);
    }
    code.extend([Op::Nop, Op::Nop]);
    instructions(&with_functions(code).into()).swap_remove(start)
}
