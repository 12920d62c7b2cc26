//! Running programs block by block, to see which operations are executed.

use std::collections::HashMap;
use std::ops::Range;

use fusevm::op::OpFlags;
use fusevm::semantics::Fault;
use fusevm::value::Value;
use fusevm::vm::VmError;
use fusevm::{Chunk, Op, VM};

use crate::{Outcome, Run};

/// Runs a program and calls `saw` with each operation that is executed, in order, except those
/// that a nested run executes.
pub fn trace(run: &mut Run, mut saw: impl FnMut(Op)) -> Outcome {
    let chunk = run.vm.chunk().clone();
    let end = trace_blocks(&mut run.vm, |executed| {
        chunk.ops[executed].iter().for_each(|&op| saw(op));
    });
    run.outcome(end)
}

/// Runs a machine to its end and calls `saw` with the indices of the operations of each block that
/// is executed, in order. A block that fails is seen up to the operation that failed.
///
/// It is the fuel that makes the machine stop between blocks. So operations that a nested run
/// executes are not seen.
///
/// # Errors
///
/// Those of [`VM::try_run`].
pub fn trace_blocks(
    vm: &mut VM,
    mut saw: impl FnMut(Range<usize>),
) -> Result<Option<Value>, VmError> {
    let chunk = vm.chunk().clone();
    vm.set_chunk(split_at_jumps(&chunk));
    let ops = &chunk.ops;
    // What blocks without loops cost.
    let mut costs: HashMap<usize, u64> = HashMap::new();
    let mut left = vm.fuel().unwrap_or(u64::MAX);
    let end = loop {
        let from = vm.ip();
        let mut granted = costs.get(&from).map_or(0, |cost| cost - 1);
        // Elsewhere the cost is not known. Fuel that does not suffice changes nothing; only
        // operations that do a whole loop cost more than there are operations.
        let outcome = loop {
            granted += if granted < ops.len().max(64) as u64 {
                1
            } else {
                granted
            };
            let granted = granted.min(left);
            vm.set_fuel(Some(granted));
            let end = vm.try_run();
            let unused = vm.fuel().unwrap_or(0);
            let stopped = end
                .as_ref()
                .is_err_and(|error| *error.fault() == Fault::OutOfFuel);
            if stopped && unused == granted && granted < left {
                continue;
            }
            left = left.saturating_sub(granted - unused);
            let paid = usize::try_from(granted - unused).unwrap_or(usize::MAX);
            let behind = executed(ops, from, paid, &end);
            if from < behind {
                if behind - from == paid {
                    costs.insert(from, granted - unused);
                }
                saw(from..behind);
            }
            break (!stopped || left == 0 || unused == granted).then_some(end);
        };
        if let Some(end) = outcome {
            break end;
        }
    };
    vm.set_fuel(Some(left));
    end
}

/// The same program, in which jumps end their blocks: what is paid for is executed then.
fn split_at_jumps(chunk: &Chunk) -> Chunk {
    let mut split = chunk.clone();
    for (at, op) in chunk.ops.iter().enumerate() {
        if op.target().is_some() {
            // Blocks start where a range does. No operation runs this one.
            split.block_ranges.push((at + 1, at + 1));
        }
    }
    split
}

/// The end of the operations that were executed from `from` on, for `paid` units of fuel.
fn executed(ops: &[Op], from: usize, paid: usize, end: &Result<Option<Value>, VmError>) -> usize {
    let behind = from.saturating_add(paid).min(ops.len());
    if let Err(error) = end
        && *error.fault() != Fault::OutOfFuel
        && let Some(at) = error.op_index()
        && (from..behind).contains(&at)
    {
        return at + 1;
    }
    let mut block = ops.get(from..behind).unwrap_or_default().iter();
    // The passes of a loop were paid for as well.
    match block.position(|op| op.opcode().info().is(OpFlags::LOOP)) {
        Some(at) => from + at + 1,
        None => behind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk_of;

    fn machine_of(ops: &[Op]) -> VM {
        VM::new(chunk_of(ops))
    }

    #[test]
    fn blocks_have_what_is_executed() {
        let count = [Op::PreIncSlotVoid(0), Op::SlotIncLtIntJumpBack(1, 3, 0)];
        let jump = [
            Op::LoadFalse,
            Op::JumpIfFalse(4),
            Op::Nop,
            Op::Nop,
            Op::GetSlot(0),
        ];
        let mut no_jump = jump;
        no_jump[0] = Op::LoadTrue;
        let long = [Op::Nop; 200];
        let cases: [(&[Op], Vec<Op>); 5] = [
            (&count, count.repeat(3)),
            (&jump, vec![jump[0], jump[1], jump[4]]),
            (&no_jump, no_jump.to_vec()),
            (&long, long.to_vec()),
            (&[Op::Return, Op::Nop], vec![Op::Return]),
        ];
        for (ops, expected) in cases {
            let mut seen = Vec::new();
            let mut traced = machine_of(ops);
            let end = trace_blocks(&mut traced, |block| seen.extend_from_slice(&ops[block]));
            assert_eq!(seen, expected);
            let mut run = machine_of(ops);
            assert_eq!(end, run.try_run());
            assert_eq!(traced.stack(), run.stack());
        }
    }
}
