//! Machines that touch neither standard input nor standard output, and short names for values.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use fusevm::chunk::ChunkData;
use fusevm::value::{Hash, HostObject, Object};
use fusevm::{Chunk, Op, VM, VMResult, Value};

/// Collects what a machine writes.
#[derive(Clone, Default)]
pub(crate) struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A machine with captured output and no input.
pub(crate) fn machine(chunk: impl Into<Chunk>) -> (VM, Sink) {
    let mut vm = VM::new(chunk.into());
    let sink = Sink::default();
    vm.set_writer(Box::new(sink.clone()));
    vm.set_reader(Box::new(io::empty()));
    (vm, sink)
}

/// The value of a run that must end with one.
#[track_caller]
pub(crate) fn value(result: VMResult) -> Value {
    match result {
        VMResult::Ok(value) => value,
        other => panic!("expected a value, the run gave {other:?}"),
    }
}

/// The message of a run that must fail.
#[track_caller]
pub(crate) fn error(result: VMResult) -> String {
    match result {
        VMResult::Error(message) => message,
        other => panic!("expected an error, the run gave {other:?}"),
    }
}

pub(crate) const UNDEF: Value = Value::Undef;
pub(crate) const TRUE: Value = Value::Bool(true);
pub(crate) const FALSE: Value = Value::Bool(false);

pub(crate) fn int(n: i64) -> Value {
    Value::Int(n)
}

pub(crate) fn float(x: f64) -> Value {
    Value::Float(x)
}

pub(crate) fn str(text: &str) -> Value {
    Value::str(text)
}

pub(crate) fn array<const N: usize>(items: [Value; N]) -> Value {
    Value::Array(items.into())
}

pub(crate) fn ints(items: impl IntoIterator<Item = i64>) -> Value {
    Value::Array(items.into_iter().map(Value::Int).collect())
}

pub(crate) fn hash<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Hash(Hash::from(entries))
}

/// A host's own object, number 7 and false.
struct Seven;

impl HostObject for Seven {
    fn type_name(&self) -> &str {
        "seven"
    }

    fn is_truthy(&self) -> bool {
        false
    }

    fn to_number(&self) -> Option<f64> {
        Some(7.0)
    }
}

pub(crate) fn seven() -> Value {
    Value::Object(Object::new(Seven))
}

/// Whether operations may unwind, which loses the operands of the run: not when a tool counts
/// leaks and says so in `FUSEVM_TEST_LEAKS`.
pub(crate) fn operands_may_leak() -> bool {
    std::env::var_os("FUSEVM_TEST_LEAKS").is_none_or(|leaks| leaks != "forbidden")
}

/// How many cases a property test runs: `default`, unless `FUSEVM_TEST_CASES` says otherwise.
pub(crate) fn test_cases(default: u64) -> u64 {
    std::env::var("FUSEVM_TEST_CASES").map_or(default, |cases| {
        cases
            .parse()
            .expect("FUSEVM_TEST_CASES is a number of cases")
    })
}

/// A program with one source line per operation, and the names `f`, `g` and `h`.
pub(crate) fn program(ops: impl Into<Vec<Op>>) -> ChunkData {
    let ops = ops.into();
    ChunkData {
        lines: (1..=ops.len() as u32).collect(),
        names: ["f", "g", "h"].map(String::from).into(),
        source: "test".to_owned(),
        ops,
        ..ChunkData::default()
    }
}
