//! Running programs and saying what came of it, so that two runs can be compared.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use fusevm::op::OpFlags;
use fusevm::semantics::Fault;
use fusevm::value::{Handle, Value};
use fusevm::vm::{Limits, VmError};
use fusevm::{Chunk, Op, VM};

use crate::{Program, host};

/// Collects what a machine writes.
#[derive(Debug, Clone, Default)]
pub struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    /// What was written so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What was written so far, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A machine with captured output and no input.
pub fn machine(chunk: impl Into<Chunk>) -> (VM, Sink) {
    let mut vm = VM::new(chunk.into());
    let sink = Sink::default();
    vm.set_writer(Box::new(sink.clone()));
    vm.set_reader(Box::new(io::empty()));
    (vm, sink)
}

/// What a run may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The fuel. `None` only for programs that are known to end.
    pub fuel: Option<u64>,
    /// The limits.
    pub limits: Limits,
}

impl Default for Bounds {
    /// Enough for nearly all generated programs.
    fn default() -> Self {
        Bounds {
            fuel: Some(300_000),
            limits: Limits {
                call_depth: 5_000,
                value_bytes: 256 * 1024,
                stack_values: 50_000,
                heap_cells: 20_000,
                memory_bytes: usize::MAX,
            },
        }
    }
}

/// A program in a machine, with all that it expects.
pub struct Run {
    /// The machine. An executor that is compared with another one is set up here.
    pub vm: VM,
    sink: Sink,
}

impl Run {
    /// A machine at the start of `chunk`, which is `program` compiled.
    pub fn new(program: &Program, chunk: &Chunk, bounds: Bounds) -> Self {
        let (mut vm, sink) = machine(chunk.clone());
        host::install(&mut vm, program);
        vm.set_limits(bounds.limits);
        vm.set_fuel(bounds.fuel);
        Run { vm, sink }
    }

    /// Runs the program, or goes on with it, and says what came of it.
    pub fn go(&mut self) -> Outcome {
        let end = self.vm.try_run();
        self.outcome(end)
    }

    /// What came of a run of the machine that ended so.
    pub fn outcome(&self, end: Result<Option<Value>, VmError>) -> Outcome {
        Outcome::of(&self.vm, end, self.sink.bytes())
    }
}

/// What an executor leaves. Two that agree leave the same.
///
/// Values are in a written form that tells apart everything but the payloads of NaNs, and in
/// which handles have numbers in the order in which they are met, so that it is the same for all
/// machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The value, nothing, or why and where the run ended early.
    pub end: Result<Option<String>, VmError>,
    /// What was printed.
    pub output: Vec<u8>,
    /// Operands, globals, and the slots of all frames, with the containers that they lead to.
    pub state: String,
    /// Where execution would go on.
    pub ip: usize,
    /// The fuel that is left.
    pub fuel: Option<u64>,
}

impl Outcome {
    fn of(vm: &VM, end: Result<Option<Value>, VmError>, output: Vec<u8>) -> Self {
        let mut text = Written::new(vm);
        let end = end.map(|value| {
            value.map(|value| {
                text.value(&value);
                text.take()
            })
        });
        text.values("operands", vm.stack());
        text.values("globals", vm.globals());
        for frame in vm.frames() {
            // How many slots a frame has beyond those in use is the machine's business.
            let slots = frame.slots();
            let used = slots.iter().rposition(|slot| !matches!(slot, Value::Undef));
            text.values("slots", &slots[..used.map_or(0, |last| last + 1)]);
        }
        text.heap();
        Outcome {
            end,
            output,
            state: text.take(),
            ip: vm.ip(),
            fuel: vm.fuel(),
        }
    }

    /// Why the run ended early, if it did.
    pub fn fault(&self) -> Option<&Fault> {
        self.end.as_ref().err().map(VmError::fault)
    }
}

/// The written form of values. It ends after some length: arrays that share parts can have a
/// form too long for any memory.
struct Written<'vm> {
    vm: &'vm VM,
    text: String,
    /// The handles that were met, and how many of them are described.
    handles: Vec<Handle>,
    described: usize,
}

enum Part {
    Value(Value),
    Text(&'static str),
    Key(String),
}

impl<'vm> Written<'vm> {
    const LONG_ENOUGH: usize = 64 * 1024;

    fn new(vm: &'vm VM) -> Self {
        Written {
            vm,
            text: String::new(),
            handles: Vec::new(),
            described: 0,
        }
    }

    fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    fn values(&mut self, name: &str, values: &[Value]) {
        let _ = write!(self.text, "\n{name}:");
        for value in values {
            self.text.push(' ');
            self.value(value);
        }
    }

    fn heap(&mut self) {
        while let Some(&handle) = self.handles.get(self.described) {
            let _ = write!(self.text, "\n#{}: ", self.described);
            self.described += 1;
            match self.vm.heap_get(handle) {
                Some(container) => self.value(&container.clone()),
                None => self.text.push_str("dead"),
            }
        }
    }

    fn value(&mut self, value: &Value) {
        // Not by recursion: programs nest arrays deeper than the native stack.
        let mut parts = vec![Part::Value(value.clone())];
        while let Some(part) = parts.pop() {
            if self.text.len() > Self::LONG_ENOUGH {
                return;
            }
            match part {
                Part::Text(text) => self.text.push_str(text),
                Part::Key(key) => {
                    let _ = write!(self.text, "{key}: ");
                }
                Part::Value(Value::Array(array)) => {
                    self.text.push('[');
                    parts.push(Part::Text("]"));
                    for element in array.iter().rev() {
                        parts.push(Part::Text(", "));
                        parts.push(Part::Value(element));
                    }
                }
                Part::Value(Value::Hash(hash)) => {
                    self.text.push('{');
                    parts.push(Part::Text("}"));
                    for (key, value) in hash.iter().rev() {
                        parts.push(Part::Text(", "));
                        parts.push(Part::Value(value.clone()));
                        parts.push(Part::Key(format!("{key:?}")));
                    }
                }
                Part::Value(Value::Ref(target)) => {
                    self.text.push_str("ref ");
                    parts.push(Part::Value((*target).clone()));
                }
                Part::Value(Value::Handle(handle)) => {
                    let known = self.handles.iter().position(|known| *known == handle);
                    let number = known.unwrap_or_else(|| {
                        self.handles.push(handle);
                        self.handles.len() - 1
                    });
                    let _ = write!(self.text, "#{number}");
                }
                Part::Value(Value::Float(x)) if x.is_nan() => self.text.push_str("Float(NaN)"),
                Part::Value(Value::Str(text)) if text.is_input() => {
                    self.text.push_str("input ");
                    self.long("Str", text.as_bytes());
                }
                Part::Value(Value::Str(text)) => self.long("Str", text.as_bytes()),
                Part::Value(Value::Bytes(bytes)) => self.long("Bytes", &bytes),
                Part::Value(plain) => {
                    let _ = write!(self.text, "{plain:?}");
                }
            }
        }
    }

    /// A text, or if it is too long to be read, its start and what tells it apart.
    fn long(&mut self, kind: &str, bytes: &[u8]) {
        const READABLE: usize = 100;
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(READABLE)]);
        let _ = write!(self.text, "{kind}({start:?})");
        if bytes.len() > READABLE {
            let mut hasher = DefaultHasher::new();
            bytes.hash(&mut hasher);
            let _ = write!(self.text, " of {} bytes {:x}", bytes.len(), hasher.finish());
        }
    }
}

/// Runs a program block by block and calls `saw` with each operation that is executed, in order.
///
/// It is the fuel that makes the machine stop between blocks. So operations that a nested run
/// executes are not seen, and of a block that is left by a jump those up to the first jump that
/// could have led there are.
pub fn trace(run: &mut Run, mut saw: impl FnMut(Op)) -> Outcome {
    let chunk = run.vm.chunk().clone();
    let ops = &chunk.ops;
    let mut left = run.vm.fuel().unwrap_or(u64::MAX);
    loop {
        let from = run.vm.ip();
        let mut granted = 0;
        // The cost of a block is not known. Fuel that does not suffice changes nothing.
        let outcome = loop {
            granted += if granted < 64 { 1 } else { granted };
            let granted = granted.min(left);
            run.vm.set_fuel(Some(granted));
            let end = run.vm.try_run();
            let unused = run.vm.fuel().unwrap_or(0);
            let stopped = end
                .as_ref()
                .is_err_and(|error| *error.fault() == Fault::OutOfFuel);
            if stopped && unused == granted && granted < left {
                continue;
            }
            left = left.saturating_sub(granted - unused);
            let paid = usize::try_from(granted - unused).unwrap_or(usize::MAX);
            let behind = executed(ops, from, paid, run.vm.ip(), &end);
            ops.get(from..behind)
                .into_iter()
                .flatten()
                .for_each(|&op| saw(op));
            break (!stopped || left == 0 || unused == granted).then_some(end);
        };
        if let Some(end) = outcome {
            run.vm.set_fuel(Some(left));
            return run.outcome(end);
        }
    }
}

/// The end of the operations that were executed from `from` on, for `paid` units of fuel, before
/// control came to `to`.
fn executed(
    ops: &[Op],
    from: usize,
    paid: usize,
    to: usize,
    end: &Result<Option<Value>, VmError>,
) -> usize {
    let behind = from.saturating_add(paid).min(ops.len());
    if let Err(error) = end
        && *error.fault() != Fault::OutOfFuel
        && let Some(at) = error.op_index()
        && (from..behind).contains(&at)
    {
        return at + 1;
    }
    let Some(block) = ops.get(from..behind) else {
        return from;
    };
    if let Some(at) = block
        .iter()
        .position(|op| op.opcode().info().is(OpFlags::LOOP))
    {
        // Its passes were paid for as well.
        return from + at + 1;
    }
    let jump = block.iter().position(|op| op.target() == Some(to));
    jump.map_or(behind, |at| from + at + 1)
}

#[cfg(test)]
mod tests {
    use fusevm::ChunkBuilder;

    use super::*;

    fn run_of(ops: &[Op]) -> Run {
        let mut builder = ChunkBuilder::new();
        for &op in ops {
            builder.emit(op, 1);
        }
        let (mut vm, sink) = machine(builder.build());
        vm.set_fuel(Some(1000));
        Run { vm, sink }
    }

    #[test]
    fn a_trace_has_what_is_executed() {
        let count = [Op::PreIncSlotVoid(0), Op::SlotIncLtIntJumpBack(1, 3, 0)];
        let jump = [
            Op::LoadFalse,
            Op::JumpIfFalse(4),
            Op::Nop,
            Op::Nop,
            Op::GetSlot(0),
        ];
        let cases: [(&[Op], Vec<Op>); 3] = [
            (&count, count.repeat(3)),
            (&jump, vec![jump[0], jump[1], jump[4]]),
            (&[Op::Return, Op::Nop], vec![Op::Return]),
        ];
        for (ops, expected) in cases {
            let mut seen = Vec::new();
            let traced = trace(&mut run_of(ops), |op| seen.push(op));
            assert_eq!(seen, expected);
            assert_eq!(traced, run_of(ops).go());
        }
    }

    #[test]
    fn outcomes_tell_values_apart() {
        let outcomes = [
            &[Op::LoadFloat(0.0)][..],
            &[Op::LoadFloat(-0.0)],
            &[Op::LoadInt(0)],
            &[Op::LoadFloat(f64::NAN)],
            &[],
            &[Op::LoadUndef],
            &[Op::LoadInt(0), Op::LoadInt(0)],
            &[Op::LoadInt(0), Op::SetSlot(0)],
            &[Op::NewArray(0), Op::NewArray(0), Op::MakeArray(2)],
            &[Op::NewArray(0), Op::Dup, Op::MakeArray(2)],
        ]
        .map(|ops| run_of(ops).go());
        for (at, outcome) in outcomes.iter().enumerate() {
            let equal = outcomes.iter().filter(|other| *other == outcome);
            assert_eq!(equal.count(), 1, "case {at}");
        }
    }

    #[test]
    fn cycles_look_the_same_in_all_machines() {
        let cycle = [Op::NewArray(0), Op::Dup, Op::ContainerPush];
        let [once, again] = [(); 2].map(|()| run_of(&cycle).go());
        assert_eq!(once, again);
        assert_eq!(once.end, Ok(Some("#0".to_owned())));
        assert!(once.state.ends_with("#0: [#0, ]"), "{}", once.state);
    }
}
