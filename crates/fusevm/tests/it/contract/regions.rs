//! Code whose blocks meet at different heights of the operand stack.

use fusevm::Op;
use fusevm::chunk::ChunkData;

use crate::support::{float, int, machine, program, value};

/// What follows a call has a check of its own where another way leads there with more operands.
#[test]
fn code_behind_a_call_finds_the_operands_it_takes() {
    let ops = [
        Op::Call(1, 0), // the first call makes room for frames
        Op::Pop,
        Op::GetVar(0),
        Op::JumpIfTrue(9),
        Op::Call(1, 0),
        Op::Add, // 5: with one operand, or with four
        Op::Add,
        Op::Add,
        Op::Jump(16),
        Op::LoadInt(1), // 9
        Op::LoadInt(2),
        Op::LoadInt(3),
        Op::LoadInt(4),
        Op::Jump(5),
        Op::LoadInt(40), // 14: the function
        Op::ReturnValue,
    ];
    for (global, result) in [(0, float(40.0)), (1, int(10))] {
        let chunk = ChunkData {
            sub_entries: vec![(1, 14)],
            ..program(ops)
        };
        let (mut vm, _) = machine(chunk);
        vm.set_global(0, int(global));
        assert_eq!(value(vm.run()), result);
    }
}

/// No stack has so many operands, and no number in an instruction counts them.
#[test]
fn more_operands_than_any_stack_holds_are_missing() {
    let mut ops = vec![Op::MakeArray(u16::MAX); 66_000];
    ops.extend([Op::Pop, Op::LoadInt(7)]);
    let (mut vm, _) = machine(program(ops));
    assert_eq!(value(vm.run()), int(7));
}

/// Neither calls nor returns nest on the native stack, whatever the compiler makes of them.
#[test]
fn a_deep_recursion_returns_on_a_small_native_stack() {
    let ops = [
        Op::LoadInt(150_000),
        Op::Call(1, 1),
        Op::Jump(12),
        Op::SetSlot(0), // 3: the function
        Op::GetSlot(0),
        Op::JumpIfFalse(10),
        Op::GetSlot(0),
        Op::Dec,
        Op::Call(1, 1),
        Op::ReturnValue,
        Op::LoadInt(5), // 10
        Op::ReturnValue,
    ];
    let run = move || {
        let (mut vm, _) = machine(ChunkData {
            sub_entries: vec![(1, 3)],
            ..program(ops)
        });
        value(vm.run())
    };
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    let result = thread.spawn(run).unwrap().join().unwrap();
    assert_eq!(result, int(5));
}
