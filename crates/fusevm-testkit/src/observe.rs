//! Running programs and saying what came of it, so that two runs can be compared.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use fusevm::semantics::Fault;
use fusevm::value::{Handle, Value};
use fusevm::vm::{Limits, VmError};
use fusevm::{Chunk, VM};

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
        host::install(&mut vm, program.awk_host);
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
    /// What there is to say of a machine whose run ended so after it had written `output`. Of one that
    /// still runs, what handlers see.
    pub fn of(vm: &VM, end: Result<Option<Value>, VmError>, output: Vec<u8>) -> Self {
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

#[cfg(test)]
mod tests {
    use fusevm::Op;

    use super::*;
    use crate::chunk_of;

    fn run_of(ops: &[Op]) -> Run {
        let (mut vm, sink) = machine(chunk_of(ops));
        vm.set_fuel(Some(1000));
        Run { vm, sink }
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
