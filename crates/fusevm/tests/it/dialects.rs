//! Arithmetic, comparison and text under each dialect and overflow policy.

mod awk;
mod overflow;
mod real_awk;

use fusevm::chunk::{ChunkData, Dialect};
use fusevm::vm::VmError;
use fusevm::{Op, Value};

use crate::support::{machine, program};

/// The top of the stack after `op` ran on the operands, once as constants of a program, once as
/// operands that are there.
#[track_caller]
fn apply(dialect: Dialect, op: Op, operands: &[Value]) -> Result<Value, VmError> {
    let mut ops: Vec<Op> = (0..operands.len())
        .map(|index| Op::LoadConst(index as u16))
        .collect();
    ops.push(op);
    let mut loading: ChunkData = program(ops);
    loading.constants = operands.to_vec();
    loading.numeric.dialect = dialect;
    let loaded = run(loading, &[]);
    let mut bare = program([op]);
    bare.numeric.dialect = dialect;
    let found = run(bare, operands);
    let text = |result: &Result<Value, VmError>| match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{:?}", error.fault()),
    };
    assert_eq!(text(&loaded), text(&found), "{op:?} {operands:?}");
    loaded
}

fn run(chunk: ChunkData, operands: &[Value]) -> Result<Value, VmError> {
    let (mut vm, _) = machine(chunk);
    for operand in operands {
        vm.push(operand.clone());
    }
    vm.try_run().map(Option::unwrap_or_default)
}
