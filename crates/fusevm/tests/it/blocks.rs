//! Operations that run a block for the elements of an array.

use fusevm::chunk::ChunkData;
use fusevm::semantics::Fault;
use fusevm::vm::{Limits, VmError};
use fusevm::{Op, VMResult, Value};

use crate::support::{Sink, UNDEF, array, error, int, ints, machine, program, str, value};

/// A program with block ranges, which finds `operand` on the stack.
struct Case {
    ops: Vec<Op>,
    blocks: &'static [(usize, usize)],
    functions: &'static [(u16, usize)],
    operand: Value,
    stack: Vec<Value>,
    output: &'static str,
}

fn chunk(ops: &[Op], blocks: &[(usize, usize)], functions: &[(u16, usize)]) -> ChunkData {
    ChunkData {
        block_ranges: blocks.to_vec(),
        sub_entries: functions.to_vec(),
        ..program(ops)
    }
}

#[test]
fn conventions() {
    let cases = [
        // A scope that the block leaves open ends with the pass.
        Case {
            ops: vec![
                Op::MapBlock(0),
                Op::PushFrame,
                Op::SetSlot(0),
                Op::GetSlot(0),
                Op::Inc,
            ],
            blocks: &[(1, 5)],
            functions: &[],
            operand: ints([1, 2]),
            stack: vec![ints([2, 3])],
            output: "",
        },
        // The block sees the slots around it, and what it leaves below its result is dropped.
        Case {
            ops: vec![
                Op::LoadInt(10),
                Op::SetSlot(0),
                Op::MapBlock(0),
                Op::GetSlot(0),
                Op::Add,
                Op::Dup,
                Op::SetSlot(0),
                Op::Dup,
                Op::GetSlot(0),
                Op::Print(1),
            ],
            blocks: &[(3, 9)],
            functions: &[],
            operand: ints([1, 2]),
            stack: vec![],
            output: "11 13",
        },
        // A function of its own, called from the block.
        Case {
            ops: vec![
                Op::MapBlock(0),
                Op::Call(0, 1),
                Op::Jump(9),
                Op::Dup,
                Op::Mul,
                Op::ReturnValue,
            ],
            blocks: &[(1, 2)],
            functions: &[(0, 3)],
            operand: ints([2, 3]),
            stack: vec![ints([4, 9])],
            output: "",
        },
        // Nested, each block behind its operation; the inner one ends where the outer one does.
        Case {
            ops: vec![Op::MapBlock(0), Op::MapBlock(1), Op::Inc, Op::StringLen],
            blocks: &[(1, 3), (2, 3)],
            functions: &[],
            operand: array([ints([1, 2]), ints([]), ints([3])]),
            stack: vec![int(3)],
            output: "",
        },
        // Nested, the inner block elsewhere.
        Case {
            ops: vec![
                Op::Jump(3),
                Op::Inc,
                Op::Nop,
                Op::MapBlock(0),
                Op::MapBlock(1),
                Op::StringLen,
            ],
            blocks: &[(4, 6), (1, 3)],
            functions: &[],
            operand: array([ints([1, 2]), ints([])]),
            stack: vec![ints([2, 0])],
            output: "",
        },
        // An empty block leaves each element as it is.
        Case {
            ops: vec![Op::MapBlock(0), Op::LoadInt(9)],
            blocks: &[(1, 1)],
            functions: &[],
            operand: array([int(1), str("x")]),
            stack: vec![array([int(1), str("x")]), int(9)],
            output: "",
        },
        // A jump out of the block abandons the operation.
        Case {
            ops: vec![
                Op::LoadInt(5),
                Op::Swap,
                Op::MapBlock(0),
                Op::Print(1),
                Op::Jump(6),
                Op::Nop,
                Op::LoadInt(9),
            ],
            blocks: &[(3, 5)],
            functions: &[],
            operand: ints([1, 2]),
            stack: vec![int(5), int(9)],
            output: "1",
        },
        // From the inner block to behind it, but within the outer one: only the inner one ends.
        Case {
            ops: vec![
                Op::ForEachBlock(0),
                Op::ForEachBlock(1),
                Op::Print(1),
                Op::Jump(5),
                Op::Nop,
                Op::PrintLn(0),
                Op::LoadInt(9),
            ],
            blocks: &[(1, 6), (2, 4)],
            functions: &[],
            operand: array([ints([1, 2]), ints([3, 4])]),
            stack: vec![int(9)],
            output: "1\n3\n",
        },
        // A return leaves the function with all its blocks.
        Case {
            ops: vec![
                Op::Call(0, 1),
                Op::LoadInt(9),
                Op::Jump(99),
                Op::ForEachBlock(0),
                Op::PushFrame,
                Op::ReturnValue,
                Op::Nop,
            ],
            blocks: &[(4, 6)],
            functions: &[(0, 3)],
            operand: ints([7, 8]),
            stack: vec![int(7), int(9)],
            output: "",
        },
        // In the program itself it ends the run.
        Case {
            ops: vec![
                Op::ForEachBlock(0),
                Op::Print(1),
                Op::LoadInt(4),
                Op::Return,
                Op::LoadInt(9),
            ],
            blocks: &[(1, 4)],
            functions: &[],
            operand: ints([7, 8]),
            stack: vec![int(4)],
            output: "7",
        },
        // A block may take what lies below its element.
        Case {
            ops: vec![
                Op::LoadInt(5),
                Op::Swap,
                Op::MapBlock(0),
                Op::Pop,
                Op::Pop,
                Op::LoadInt(9),
            ],
            blocks: &[(3, 5)],
            functions: &[],
            operand: ints([1, 2]),
            stack: vec![array([UNDEF, UNDEF]), int(9)],
            output: "",
        },
    ];
    for (number, case) in cases.into_iter().enumerate() {
        let (mut vm, sink) = machine(chunk(&case.ops, case.blocks, case.functions));
        vm.push(case.operand);
        let result = vm.try_run().expect("the case runs");
        let mut stack = vm.stack().to_vec();
        stack.extend(result);
        assert_eq!(
            (stack, sink.text().as_str()),
            (case.stack, case.output),
            "case {number}"
        );
        assert_eq!(vm.frames().count(), 1, "case {number}");
    }
}

/// Sorts `items` with a block that starts behind the operation.
fn sorted(items: Value, block: &[Op]) -> Value {
    let mut ops = vec![Op::SortBlock(0)];
    ops.extend(block);
    let (mut vm, _) = machine(chunk(&ops, &[(1, ops.len())], &[]));
    vm.push(items);
    value(vm.run())
}

#[test]
fn sorting_is_stable_and_survives_any_comparator() {
    // By length alone.
    let by_length = [Op::StringLen, Op::Swap, Op::StringLen, Op::Sub, Op::Negate];
    let words = ["ccc", "bb", "a", "dd", "", "b", "eee"].map(str);
    let expected = ["", "a", "b", "bb", "dd", "ccc", "eee"].map(str);
    assert_eq!(sorted(array(words), &by_length), array(expected));

    // Read as an integer: anything that is none is a tie.
    let items = || array([int(3), str("x"), int(1)]);
    assert_eq!(sorted(items(), &[Op::LoadConst(0)]), items());

    for inconsistent in [
        Op::LoadInt(1),
        Op::LoadInt(-1),
        Op::LoadTrue,
        Op::PostIncSlot(0),
    ] {
        let result = sorted(
            ints(0..50),
            &[inconsistent, Op::LoadInt(3), Op::Mod, Op::Dec],
        );
        let Value::Array(result) = result else {
            panic!("no array: {result:?}");
        };
        let mut left: Vec<i64> = result.iter().map(|item| item.to_int()).collect();
        left.sort_unstable();
        assert!(left.into_iter().eq(0..50));
    }
}

#[test]
fn a_failure_inside_a_block_leaves_a_usable_machine() {
    let ops = [Op::MapBlock(0), Op::Call(0, 0), Op::LoadInt(9)];
    let (mut vm, _) = machine(chunk(&ops, &[(1, 2)], &[]));
    vm.push(ints([1, 2]));
    assert_eq!(error(vm.run()), "undefined function: f");
    assert_eq!(vm.last_error().and_then(VmError::op_index), Some(1));
    // Behind the call the pass ends, and the next one fails likewise.
    assert_eq!(error(vm.run()), "undefined function: f");
    assert_eq!(value(vm.run()), int(9));
    assert_eq!(vm.stack(), [ints([1, 2])]);
}

#[test]
fn results_that_grow_too_large_end_the_operation() {
    let ops = [Op::MapBlock(0), Op::Nop, Op::LoadInt(9)];
    let (mut vm, _) = machine(chunk(&ops, &[(1, 2)], &[]));
    vm.push(ints(0..100));
    vm.set_limits(Limits {
        value_bytes: 100,
        ..Limits::default()
    });
    assert_eq!(
        vm.try_run().expect_err("too large").fault(),
        &Fault::ValueTooLarge { limit: 100 }
    );
    assert_eq!(value(vm.run()), int(9));
    assert_eq!(vm.frames().count(), 1);
}

#[test]
fn blocks_that_nest_without_end_meet_the_depth_limit() {
    // The block runs its own operation again, on the same array.
    let ops = [Op::Dup, Op::MapBlock(0)];
    let (mut vm, _) = machine(chunk(&ops, &[(0, 2)], &[]));
    let mut nested = Value::array(vec![int(1)]);
    for _ in 0..3 {
        nested = Value::array(vec![nested]);
    }
    vm.push(nested);
    assert!(error(vm.run()).starts_with("MapBlock needs an array"));

    let ops = [Op::LoadConst(0), Op::ForEachBlock(0)];
    let mut endless = chunk(&ops, &[(0, 2)], &[]);
    endless.constants.push(ints([1]));
    let (mut vm, _) = machine(endless);
    assert_eq!(
        error(vm.run()),
        "call depth exceeded: at most 200000 frames may be open"
    );
    vm.reset(program([Op::LoadInt(1)]).into());
    assert_eq!(value(vm.run()), int(1));
}

#[test]
fn a_sort_without_a_program_has_the_limits_of_one() {
    for fuel in [None, Some(100)] {
        let (mut vm, _) = machine(chunk(&[Op::SortBlock(0), Op::Spaceship], &[(1, 2)], &[]));
        vm.set_limits(Limits {
            call_depth: 0,
            ..Limits::default()
        });
        vm.set_fuel(fuel);
        vm.push(ints([2, 1]));
        assert_eq!(
            error(vm.run()),
            "call depth exceeded: at most 0 frames may be open"
        );
    }
}

#[test]
fn scopes_that_pile_up_in_a_block_cost_no_more_than_elsewhere() {
    let ops = [Op::ForEachBlock(0), Op::PushFrame, Op::Jump(1), Op::Nop];
    let (mut vm, _) = machine(chunk(&ops, &[(1, 4)], &[]));
    vm.set_limits(Limits {
        call_depth: 100_000,
        ..Limits::default()
    });
    vm.push(ints([1]));
    assert_eq!(
        error(vm.run()),
        "call depth exceeded: at most 100000 frames may be open"
    );
}

#[test]
fn replacing_the_program_abandons_open_blocks() {
    let ops = [
        Op::LoadInt(5),
        Op::Swap,
        Op::MapBlock(0),
        Op::Extended(0, 0),
        Op::LoadInt(9),
    ];
    let (mut vm, _) = machine(chunk(&ops, &[(3, 4)], &[]));
    vm.set_writer(Box::new(Sink::default()));
    vm.push(ints([1, 2]));
    vm.set_extension_handler(Box::new(move |vm, _, _| {
        vm.set_chunk(chunk(&ops, &[], &[]).into());
    }));
    assert_eq!(value(vm.run()), int(9));
    assert_eq!(vm.frames().count(), 1);
    assert!(matches!(vm.run(), VMResult::Ok(left) if left == int(1)));
}

#[test]
fn leaving_a_block_with_its_scopes_finds_the_slots_it_needs() {
    // A handler moves from a scope inside the block to code that no way leads to; that code leaves
    // the block, and with it the scope, and goes on with a high slot of the frame around.
    let ops = [
        Op::ForEachBlock(0),
        Op::PushFrame,
        Op::Extended(0, 0),
        Op::Jump(6),
        Op::Nop,
        Op::Jump(9),
        Op::Nop,
        Op::LoadInt(1),
        Op::Jump(99),
        Op::PreIncSlot(5000),
    ];
    let (mut vm, _) = machine(chunk(&ops, &[(1, 7)], &[]));
    vm.push(ints([1]));
    vm.set_extension_handler(Box::new(|vm, _, _| vm.set_ip(4)));
    assert_eq!(value(vm.run()), int(1));
    assert_eq!((vm.frames().count(), vm.get_slot(5000)), (1, int(1)));
}
