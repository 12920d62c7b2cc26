//! Programs with a sequence of operations at some place.

use fusevm::chunk::ChunkData;
use fusevm::semantics::Fault;
use fusevm::{AwkHost, Op, VM, Value};

/// The globals come first, then functions, a builtin, and nothing.
const NAMES: [&str; 12] = [
    "array", "hash", "a", "b", "result", "one", "none", "builtin", "absent", "body", "two", "three",
];
pub(crate) const ARRAY: u16 = 0;
pub(crate) const HASH: u16 = 1;
/// The operands of the sequence, on the stack and in the first slots.
pub(crate) const OPERANDS: [u16; 2] = [2, 3];
/// Takes what the sequence gives, and says before whether to jump to it.
pub(crate) const RESULT: u16 = 4;
const ONE: u16 = 5;
const NONE: u16 = 6;
const BUILTIN: u16 = 7;
const BODY: u16 = 9;
/// Functions of two and three parameters.
pub(crate) const TWO: u16 = 10;
pub(crate) const THREE: u16 = 11;

/// The number of the builtin that looks at `ip`.
const LOOK: u16 = 0;
/// A slot that counts passes.
const PASSES: u16 = 5;

/// Constants that are numbers.
pub(crate) const INT: u16 = 1;
pub(crate) const FLOAT: u16 = 2;

/// Where the sequence stands, and how control comes to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the middle of a block.
    Straight,
    /// In a function.
    Function,
    /// In a loop that leaves the stack as it was.
    Loop,
    /// Behind a jump to one of its operations: to the first, it is the head of a block.
    Jumped(usize),
    /// At the start of the run, from one of its operations on.
    Resumed(usize),
}

/// The places for a sequence of so many operations.
pub(crate) fn places(len: usize) -> impl Iterator<Item = Place> {
    let whole = [Place::Straight, Place::Function, Place::Loop];
    let parts = (0..len).flat_map(|at| [Place::Jumped(at), Place::Resumed(at)]);
    whole.into_iter().chain(parts)
}

/// A program.
pub(crate) struct Program {
    pub(crate) chunk: ChunkData,
    /// Where the sequence starts.
    pub(crate) sequence: usize,
    /// Where the run starts, and how many operands it has then.
    start: (usize, usize),
}

impl Program {
    /// A program with the sequence `ops`, at a place.
    pub(crate) fn new(ops: &[Op], place: Place) -> Self {
        let mut code = Vec::new();
        let entry = match place {
            Place::Function => {
                code.extend([Op::Call(BODY, 0), Op::SetVar(RESULT), Op::Jump(usize::MAX)]);
                code.len()
            }
            Place::Loop => {
                code.extend([
                    Op::LoadInt(0),
                    Op::SetSlot(PASSES),
                    Op::GetSlot(PASSES),
                    Op::LoadInt(4),
                    Op::NumLt,
                    Op::JumpIfFalse(usize::MAX),
                ]);
                2
            }
            _ => 0,
        };
        for (slot, global) in (0..).zip(OPERANDS) {
            code.extend([Op::GetVar(global), Op::SetSlot(slot)]);
        }
        let operands = needed(ops);
        push_operands(&mut code, operands);
        if let Place::Jumped(at) = place {
            // The stack is as if the operations before had been run.
            let height = net(&ops[..at]);
            let (pushes, pops) = (height.max(0) as usize, (-height).max(0) as usize);
            let sequence = code.len() + 3 + pushes + pops;
            code.extend([Op::GetVar(RESULT), Op::JumpIfFalse(sequence)]);
            push_operands(&mut code, pushes);
            code.extend((0..pops).map(|_| Op::Pop));
            code.push(Op::Jump(sequence + at));
        }
        let sequence = code.len();
        code.extend(ops);
        let behind = code.len();
        code.extend([
            Op::CallBuiltin(LOOK, 0),
            Op::LoadInt(100),
            Op::Jump(behind + 5),
            Op::LoadInt(200),
            Op::LoadInt(300),
            Op::CallBuiltin(LOOK, 0),
        ]);
        for op in &mut code[sequence..behind] {
            op.set_target(behind + 3);
        }
        if place == Place::Loop {
            let height = operands as i64 + net(ops) + 3;
            code.extend((0..height).map(|_| Op::SetVar(RESULT)));
            code.extend([Op::PreIncSlotVoid(PASSES), Op::Jump(entry)]);
        }
        let start = match place {
            Place::Resumed(at) => {
                let height = operands as i64 + net(&ops[..at]);
                (sequence + at, height.max(0) as usize)
            }
            _ => (0, 0),
        };
        if place == Place::Function {
            code.push(Op::ReturnValue);
        }
        let mut chunk = with_functions(code);
        if place == Place::Function {
            chunk.sub_entries.push((BODY, entry));
        }
        Program {
            chunk,
            sequence,
            start,
        }
    }

    /// Puts a machine at the start, with two operands for the sequence.
    pub(crate) fn prepare(&self, vm: &mut VM, operands: &[Value; 2], jump: bool) {
        let operands = operands.clone().map(|operand| match operand {
            Value::Hash(hash) => Value::Handle(vm.new_hash_handle(hash).expect("there is room")),
            other => other,
        });
        let array = Value::array(vec![
            Value::Int(10),
            Value::str("element"),
            Value::Float(0.5),
        ]);
        vm.set_global(ARRAY, array);
        let hash = [("3", Value::Int(1)), ("b", Value::str("value"))];
        vm.set_global(HASH, Value::Hash(hash.into()));
        vm.set_global(RESULT, Value::Bool(jump));
        let (ip, height) = self.start;
        for ((slot, global), operand) in (0..).zip(OPERANDS).zip(&operands) {
            vm.set_global(global, operand.clone());
            if ip > 0 {
                vm.set_slot(slot, operand.clone());
            }
        }
        vm.set_ip(ip);
        for operand in operands.iter().cycle().take(height) {
            vm.push(operand.clone());
        }
    }
}

/// Pushes the two operands in turn.
pub(crate) fn push_operands(code: &mut Vec<Op>, count: usize) {
    let globals = OPERANDS.iter().cycle().take(count);
    code.extend(globals.map(|&global| Op::GetVar(global)));
}

/// How many values an operation takes and leaves, if what it calls does what is usual.
fn effect(op: &Op) -> (i64, i64) {
    let effect = op.stack_effect();
    let pushes = match op {
        Op::Call(..) | Op::CallBuiltin(..) => 1,
        _ => effect.pushes,
    };
    (effect.pops.into(), pushes.into())
}

fn net(ops: &[Op]) -> i64 {
    ops.iter()
        .map(effect)
        .map(|(pops, pushes)| pushes - pops)
        .sum()
}

/// How many values operations take that they do not push.
pub(crate) fn needed(ops: &[Op]) -> usize {
    let lowest = (0..ops.len()).map(|at| net(&ops[..at]) - effect(&ops[at]).0);
    -lowest.min().unwrap_or(0).min(0) as usize
}

/// A chunk of `ops` and of functions that they may call.
pub(crate) fn with_functions(mut ops: Vec<Op>) -> ChunkData {
    ops.push(Op::Jump(usize::MAX));
    let one = ops.len();
    ops.extend([Op::SetSlot(0), Op::GetSlot(0), Op::ReturnValue]);
    let none = ops.len();
    ops.push(Op::Return);
    let two = ops.len();
    ops.extend([Op::SetSlot(1), Op::SetSlot(0)]);
    // The third slot is not that of a parameter.
    ops.extend([0, 1, 2].map(Op::GetSlot));
    ops.extend([Op::MakeArray(3), Op::ReturnValue]);
    let three = ops.len();
    ops.extend([2, 1, 0].map(Op::SetSlot));
    ops.extend([0, 1, 2].map(Op::GetSlot));
    ops.extend([Op::MakeArray(3), Op::ReturnValue]);
    ChunkData {
        ops,
        names: NAMES.map(String::from).into(),
        constants: vec![Value::str("text"), Value::Int(3), Value::Float(0.5)],
        sub_entries: vec![(ONE, one), (NONE, none), (TWO, two), (THREE, three)],
        ..ChunkData::default()
    }
}

/// A machine with what the programs call.
pub(crate) fn machine() -> VM {
    let mut vm = VM::new(ChunkData::default().into());
    vm.register_builtin(LOOK, |vm, argc| {
        for _ in 0..argc {
            vm.pop();
        }
        Value::Int(vm.ip() as i64)
    });
    let name = NAMES[usize::from(BUILTIN)];
    vm.register_named_builtin(name, |vm, _| Value::Int(vm.ip() as i64));
    vm.set_awk_host(Box::new(Fields(None)));
    vm
}

/// A record in which each field is its number; there are none behind the second one.
struct Fields(Option<Fault>);

impl AwkHost for Fields {
    fn field_get(&mut self, i: i64) -> Value {
        if i > 2 {
            self.0 = Some(Fault::Raised("no such field".into()));
        }
        Value::from_input(i.to_string())
    }

    fn field_length(&mut self, i: i64) -> Option<i64> {
        (i <= 2).then(|| i.to_string().len() as i64)
    }

    fn nf(&mut self) -> i64 {
        2
    }

    fn take_fault(&mut self) -> Option<Fault> {
        self.0.take()
    }

    fn computes(&self) -> bool {
        false
    }
}
