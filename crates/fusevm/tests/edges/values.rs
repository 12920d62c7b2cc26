//! Values at which operations differ.

use fusevm::chunk::{Dialect, Numeric, Overflow};
use fusevm::value::Hash;
use fusevm::{VM, Value};

/// A value, made anew so that nobody else owns it.
type Make = fn(&mut VM) -> Value;

/// All of them. Those from [`CONSTANTS`] on are of the machine that they are made in.
pub(crate) const EDGES: &[Make] = &[
    |_| Value::Int(7),
    |_| Value::Int(0),
    |_| Value::Int(-1),
    |_| Value::Int(i64::MAX),
    |_| Value::Int(i64::MIN),
    |_| Value::Int((1 << 53) + 1),
    |_| Value::Float(2.5),
    |_| Value::Float(-0.0),
    |_| Value::Float(f64::NAN),
    |_| Value::Float(f64::INFINITY),
    |_| Value::Float(f64::NEG_INFINITY),
    |_| Value::Float(1e30),
    |_| Value::Bool(true),
    |_| Value::Bool(false),
    |_| Value::Undef,
    |_| Value::status(3),
    |_| Value::str(""),
    |_| Value::str("b"),
    |_| Value::str("-3.5e1x"),
    |_| Value::from_input("4.5"),
    |_| Value::str("12 is where a long text starts that is not stored in place"),
    |_| Value::bytes(b"7\xff"),
    |_| Value::array(vec![Value::Int(3), Value::Int(i64::MAX)]),
    |_| Value::array(vec![Value::Float(0.5), Value::Float(-0.0)]),
    |_| Value::array(vec![Value::Bool(true); 9]),
    |_| Value::array(general()),
    |_| Value::Hash(entries()),
    |vm| match vm.new_array_handle(general()) {
        Ok(handle) => Value::Handle(handle),
        Err(fault) => panic!("{fault}"),
    },
    |vm| match vm.new_hash_handle(entries()) {
        Ok(handle) => Value::Handle(handle),
        Err(fault) => panic!("{fault}"),
    },
];

/// So many of the [`EDGES`] can be constants.
pub(crate) const CONSTANTS: usize = EDGES.len() - 2;
/// Where there are an integer, a float and a text that nothing is special about.
pub(crate) const INT: usize = 0;
pub(crate) const FLOAT: usize = 6;
pub(crate) const TEXT: usize = 18;

fn general() -> Vec<Value> {
    vec![
        Value::Int(1),
        Value::str("two"),
        Value::Undef,
        Value::Float(0.5),
    ]
}

fn entries() -> Hash {
    Hash::from([
        ("7", Value::Int(i64::MAX)),
        ("b", Value::str("value")),
        ("", Value::Undef),
    ])
}

/// All ways to compute.
pub(crate) fn settings() -> [Numeric; 6] {
    let policies = [Overflow::Wrap, Overflow::Promote, Overflow::Error];
    std::array::from_fn(|at| Numeric {
        dialect: [Dialect::Contract, Dialect::Awk][at / policies.len()],
        overflow: policies[at % policies.len()],
    })
}
