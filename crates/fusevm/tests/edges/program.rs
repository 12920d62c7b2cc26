//! Loops around one operation, made from the table of operations.

use fusevm::chunk::{ChunkData, Numeric};
use fusevm::op::{OpFlags, Opcode, OperandKind, OperandValue, Section};
use fusevm::{Chunk, Op, VM, Value};

use crate::values::EDGES;

/// Indices of the values that an operation works on. All of them are in slots and in globals with
/// these numbers.
pub(crate) type Case = [usize; 3];

/// Globals that take results.
const RESULTS: u16 = 3;
/// Functions of one parameter, of none that gives nothing, a builtin, nothing, and the function that
/// the operation is in.
const ONE: u16 = 6;
const NONE: u16 = 7;
const BODY: u16 = 10;
const NAMES: [&str; 11] = [
    "a", "b", "c", "r", "s", "t", "one", "none", "twice", "absent", "body",
];
/// A slot that counts passes.
const PASSES: u16 = 7;
/// A slot that takes copies of it, so often in a pass.
const COPY: u16 = 6;
const PADDING: usize = 8;
/// The builtin that is called at the end of passes.
pub(crate) const STEP: u16 = 50;

/// Where an operand comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    Slot,
    Global,
    /// It comes from a slot, and there is a jump while it lies on the stack.
    Stack,
    /// It is in the code.
    Constant,
}

/// Where the operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the loop.
    Loop,
    /// In a function that the loop calls.
    Function,
}

/// How a pass ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By asking [`STEP`] whether there is one more.
    Step,
    /// After so many there is no more.
    Passes(i64),
}

/// An operation, and what it takes.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) op: Op,
    /// The values that are its operands on the stack, the deepest first.
    pub(crate) operands: Vec<usize>,
    /// The values that it uses, these and those that it names.
    pub(crate) used: usize,
}

/// Every operation with some inline operands, but for those that ask the clock.
pub(crate) fn subjects() -> Vec<Subject> {
    let opcodes = Opcode::ALL.iter();
    let opcodes = opcodes.filter(|&&opcode| opcode != Opcode::AwkSystime);
    opcodes.flat_map(|&opcode| with_operands(opcode)).collect()
}

fn with_operands(opcode: Opcode) -> impl Iterator<Item = Subject> {
    let mut combinations: Vec<Vec<OperandValue>> = vec![Vec::new()];
    for operand in opcode.info().operands {
        let values = inline(opcode, operand.kind);
        combinations = combinations
            .into_iter()
            .flat_map(|done| {
                values
                    .iter()
                    .map(move |&value| [&done[..], &[value]].concat())
            })
            .collect();
    }
    combinations.into_iter().map(move |values| {
        let op = Op::from_operands(opcode, &values).expect("the operands fit");
        let named = op.operands().filter_map(|(operand, value)| match value {
            OperandValue::UInt(number)
                if matches!(operand.kind, OperandKind::Slot | OperandKind::Global) =>
            {
                Some(number as usize + 1)
            }
            _ => None,
        });
        let named = named.max().unwrap_or(0);
        let pops = op.stack_effect().pops as usize;
        Subject {
            op,
            operands: (0..pops).map(|at| (named + at) % 3).collect(),
            used: (named + pops).min(3),
        }
    })
}

/// Inline operands that make a difference.
fn inline(opcode: Opcode, kind: OperandKind) -> Vec<OperandValue> {
    use OperandValue::{Float, Int, UInt};
    match (opcode, kind) {
        // With fewer arguments it takes the time of day.
        (Opcode::AwkStrftime, _) => vec![UInt(3)],
        (Opcode::AwkSrand | Opcode::Extended | Opcode::CallBuiltin, OperandKind::Argc) => {
            vec![UInt(1)]
        }
        // As the kit has them.
        (Opcode::CallBuiltin, _) => [0, 1, 2, 5, 6, 77].map(UInt).into(),
        (_, OperandKind::Extension) => [0, 1, 3, 4, 77].map(UInt).into(),
        (_, OperandKind::IntLiteral) => [0, -1, i64::MIN, i64::MAX, (1 << 53) + 1].map(Int).into(),
        (_, OperandKind::FloatLiteral) => [-0.0, f64::NAN, f64::INFINITY, 1e30].map(Float).into(),
        (_, OperandKind::Limit) => [5, -1].map(Int).into(),
        (
            Opcode::AccumSumLoop | Opcode::ConcatConstLoop | Opcode::AddAssignSlotVoid,
            OperandKind::Slot,
        ) => [0, 1].map(UInt).into(),
        (Opcode::Call | Opcode::CallFunction | Opcode::LoadFunction, OperandKind::Name) => {
            (6..10).map(UInt).collect()
        }
        (_, OperandKind::Count | OperandKind::Argc) => (0..4).map(UInt).collect(),
        (_, OperandKind::Constant) => [0, 1].map(UInt).into(),
        (_, OperandKind::ParamMod) => (0..20).step_by(3).map(UInt).collect(),
        (_, OperandKind::Getline) => (0..6).map(UInt).collect(),
        (_, OperandKind::FileTest) => [0, 3].map(UInt).into(),
        _ => vec![UInt(0)],
    }
}

impl Subject {
    /// The places where it does not end everything.
    pub(crate) fn places(&self) -> &'static [Place] {
        match self.op {
            Op::Return | Op::ReturnValue => &[Place::Function],
            Op::Unwind(_) => &[Place::Loop],
            _ => &[Place::Loop, Place::Function],
        }
    }

    /// Whether the operation does something else in each pass, whatever it is given.
    pub(crate) fn has_a_memory(&self) -> bool {
        matches!(
            self.op,
            Op::AwkRand | Op::AwkSrand(_) | Op::ReadLine | Op::TrapCheck
        )
    }

    /// Whether it ends soon with these values.
    pub(crate) fn is_quick(&self, vm: &mut VM, case: Case) -> bool {
        let is_loop = self.op.opcode().info().is(OpFlags::LOOP);
        !is_loop || case.iter().all(|&at| EDGES[at](vm).to_int() > -10)
    }

    /// Whether it asks a host.
    pub(crate) fn is_for_awk(&self) -> bool {
        self.op.opcode().info().section == Section::Awk
    }

    /// The operation with what has to stand around it, whose first operation has the index `at`, and
    /// how many results there are.
    fn body(&self, at: usize, ranges: &mut Vec<(usize, usize)>) -> (Vec<Op>, usize) {
        let mut op = self.op;
        let jumps = op.set_target(at + 3);
        let pushes = match op.stack_effect() {
            effect if effect.known => effect.pushes as usize,
            _ => 1,
        };
        let mut block = |ops: &[Op]| {
            ranges.push((at + 1, at + 1 + ops.len()));
            [&[op], ops].concat()
        };
        match op {
            Op::MapBlock(_) => (block(&[Op::LoadInt(1), Op::Add]), 1),
            Op::GrepBlock(_) => (block(&[Op::LoadInt(1), Op::NumGt]), 1),
            Op::SortBlock(_) => (block(&[Op::Spaceship]), 1),
            Op::ForEachBlock(_) => (block(&[Op::SetVar(RESULTS)]), 0),
            Op::PushFrame | Op::PopFrame => (vec![Op::PushFrame, Op::LoadInt(1), Op::PopFrame], 0),
            Op::LoadFunction(_) => (
                vec![
                    Op::LoadInt(5),
                    op,
                    Op::Dup,
                    Op::SetVar(RESULTS),
                    Op::CallValue(1),
                ],
                1,
            ),
            _ if jumps => {
                let ways = [op, Op::LoadInt(100), Op::Jump(at + 4), Op::LoadInt(200)];
                (ways.into(), pushes + 1)
            }
            _ => (vec![op], pushes),
        }
    }
}

/// A program.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) chunk: ChunkData,
}

impl Program {
    /// The loop of a subject. The first holder is that of the deepest operand. What is in the code is
    /// that of `case`.
    pub(crate) fn new(
        subject: &Subject,
        place: Place,
        holders: &[Holder],
        case: Case,
        ending: Ending,
    ) -> Self {
        let mut program = Program::empty();
        for slot in [PASSES, COPY] {
            program.emit(&[Op::LoadInt(0), Op::SetSlot(slot)]);
        }
        let head = program.chunk.ops.len();
        let results = match place {
            Place::Loop => {
                program.operands(subject, holders, case);
                program.body(subject)
            }
            Place::Function => {
                let arguments: Vec<Op> = (0..subject.used as u16)
                    .map(|at| match holders.first() {
                        Some(Holder::Global) => Op::GetVar(at),
                        _ => Op::GetSlot(at),
                    })
                    .collect();
                program.emit(&arguments);
                program.emit(&[Op::Call(BODY, arguments.len() as u8)]);
                usize::from(gives(subject))
            }
        };
        program.store(results);
        match ending {
            Ending::Step => program.emit(&[Op::CallBuiltin(STEP, 0)]),
            Ending::Passes(count) => {
                // So much more that an operation without native code does not matter.
                for _ in 0..PADDING {
                    program.emit(&[Op::GetSlot(PASSES), Op::SetSlot(COPY)]);
                }
                program.count_to(count);
            }
        }
        program.emit(&[Op::JumpIfTrue(head), Op::Jump(usize::MAX)]);
        if place == Place::Function {
            program.function(subject, holders, case);
        }
        for (name, code) in [
            (ONE, &[Op::SetSlot(0), Op::GetSlot(0), Op::ReturnValue][..]),
            (NONE, &[Op::Return]),
        ] {
            program
                .chunk
                .sub_entries
                .push((name, program.chunk.ops.len()));
            program.emit(code);
        }
        program
    }

    /// The operation on slots and on what is in the code alone: once, or in so many passes of a loop.
    pub(crate) fn alone(
        subject: &Subject,
        holders: &[Holder],
        case: Case,
        passes: Option<i64>,
    ) -> Self {
        let mut program = Program::empty();
        if passes.is_some() {
            program.emit(&[Op::LoadInt(0), Op::SetSlot(PASSES)]);
        }
        let head = program.chunk.ops.len();
        program.operands(subject, holders, case);
        let results = program.body(subject) as u16;
        if let Some(count) = passes {
            let stores: Vec<Op> = (0..results).map(|at| Op::SetSlot(RESULTS + at)).collect();
            program.emit(&stores);
            program.count_to(count);
            program.emit(&[Op::JumpIfTrue(head), Op::GetSlot(RESULTS)]);
        }
        program
    }

    fn empty() -> Self {
        Program {
            chunk: ChunkData {
                names: NAMES.map(String::from).into(),
                constants: vec![Value::str("text"), Value::Int(3)],
                sub_chunks: vec![Chunk::new()],
                ..ChunkData::default()
            },
        }
    }

    /// Counts a pass, and pushes whether there is one more.
    fn count_to(&mut self, count: i64) {
        self.emit(&[
            Op::PreIncSlotVoid(PASSES),
            Op::GetSlot(PASSES),
            Op::LoadInt(count),
            Op::NumLt,
        ]);
    }

    /// The chunk with a setting, which shares its native code with no other.
    pub(crate) fn chunk(&self, numeric: Numeric) -> Chunk {
        Chunk::from(ChunkData {
            numeric,
            ..self.chunk.clone()
        })
    }

    /// Puts the values of a case where the program looks for them.
    pub(crate) fn prepare(vm: &mut VM, case: Case) {
        for (place, at) in (0..).zip(case) {
            let value = EDGES[at](vm);
            vm.set_slot(place, value.clone());
            vm.set_global(place, value);
        }
    }

    fn emit(&mut self, ops: &[Op]) {
        self.chunk.ops.extend(ops);
    }

    /// The function with the operation in it.
    fn function(&mut self, subject: &Subject, holders: &[Holder], case: Case) {
        self.chunk.sub_entries.push((BODY, self.chunk.ops.len()));
        let in_place = (0..subject.used).eq(subject.operands.iter().copied());
        if !in_place || holders.iter().any(|&holder| holder != Holder::Stack) {
            let arguments: Vec<Op> = (0..subject.used as u16).rev().map(Op::SetSlot).collect();
            self.emit(&arguments);
            self.operands(subject, holders, case);
        }
        let results = self.body(subject);
        match gives(subject) {
            true => {
                self.store(results.saturating_sub(1));
                self.emit(&[Op::ReturnValue]);
            }
            false => {
                self.store(results);
                self.emit(&[Op::Return]);
            }
        }
        // An extension may skip the end.
        self.emit(&[Op::Return]);
    }

    fn operands(&mut self, subject: &Subject, holders: &[Holder], case: Case) {
        for (&value, &holder) in subject.operands.iter().zip(holders) {
            let op = self.operand(value, holder, case);
            self.emit(&[op]);
        }
        if holders.contains(&Holder::Stack) {
            let next = self.chunk.ops.len() + 3;
            self.emit(&[Op::GetSlot(PASSES), Op::JumpIfTrue(next), Op::Nop]);
        }
    }

    /// The operation that pushes a value.
    fn operand(&mut self, value: usize, holder: Holder, case: Case) -> Op {
        match holder {
            Holder::Slot | Holder::Stack => Op::GetSlot(value as u16),
            Holder::Global => Op::GetVar(value as u16),
            Holder::Constant => match EDGES[case[value]](&mut VM::new(Chunk::new())) {
                Value::Int(n) => Op::LoadInt(n),
                Value::Float(x) => Op::LoadFloat(x),
                Value::Bool(true) => Op::LoadTrue,
                constant => {
                    self.chunk.constants.push(constant);
                    Op::LoadConst(self.chunk.constants.len() as u16 - 1)
                }
            },
        }
    }

    fn body(&mut self, subject: &Subject) -> usize {
        let at = self.chunk.ops.len();
        let (body, results) = subject.body(at, &mut self.chunk.block_ranges);
        self.emit(&body);
        results
    }

    fn store(&mut self, results: usize) {
        let stores: Vec<Op> = (0..results)
            .map(|at| Op::SetVar(RESULTS + at.min(2) as u16))
            .collect();
        self.emit(&stores);
    }
}

/// Whether a function that ends with the operation gives something back.
fn gives(subject: &Subject) -> bool {
    let effect = subject.op.stack_effect();
    effect.pushes > 0
        || !effect.known
        || subject.op.target().is_some()
        || subject.op == Op::ReturnValue
}
