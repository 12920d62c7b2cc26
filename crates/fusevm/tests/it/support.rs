//! Short names for values and programs, and machines that touch neither standard input nor
//! standard output.

use fusevm::chunk::ChunkData;
use fusevm::value::{Hash, HostObject, Object};
use fusevm::{Op, VMResult, Value};

pub(crate) use fusevm_testkit::{Sink, machine};

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
