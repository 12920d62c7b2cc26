//! Depth and size.

use fusevm::chunk::ChunkData;
use fusevm::semantics::Fault;
use fusevm::vm::Limits;
use fusevm::{Op, VM, Value};

use crate::support::{array, error, hash, int, ints, machine, program, str, value};

#[test]
fn calls_may_be_as_deep_as_the_limit() {
    let mut chunk = program([Op::Call(0, 0), Op::LoadInt(9)]);
    chunk.sub_entries = vec![(0, 0)];
    let (mut vm, _) = machine(chunk.clone());
    assert_eq!(
        error(vm.run()),
        "call depth exceeded: at most 200000 frames may be open"
    );
    assert_eq!(vm.frames().count(), 200_001);
    let calls = vm.last_error().map_or(0, |error| error.call_stack().len());
    assert_eq!(calls, fusevm::vm::VmError::MAX_CALL_SITES);
    // Behind the call that was too deep.
    assert_eq!(value(vm.run()), int(9));
    vm.reset(chunk.into());
    assert_eq!(vm.frames().count(), 1);
}

/// A machine whose values may hold 1,000 bytes and whose stacks 1,000 values.
fn small(chunk: ChunkData) -> VM {
    let (mut vm, _) = machine(chunk);
    vm.set_limits(Limits {
        value_bytes: 1000,
        stack_values: 1000,
        ..Limits::default()
    });
    vm
}

#[test]
fn no_operation_makes_a_value_beyond_the_limit() {
    let long = || str(&"x".repeat(600));
    let many = || ints(0..62);
    type Case = (Vec<Op>, Vec<Value>);
    let cases: Vec<Case> = vec![
        (vec![Op::StringRepeat], vec![str("ab"), int(501)]),
        (vec![Op::StringRepeat], vec![str("ab"), int(i64::MAX)]),
        (vec![Op::Concat], vec![long(), long()]),
        (vec![Op::Concat], vec![int(1), Value::bytes([0xff; 1000])]),
        (vec![Op::Range], vec![int(0), int(1000)]),
        (vec![Op::Range], vec![int(i64::MIN), int(i64::MAX)]),
        (vec![Op::RangeStep], vec![int(0), int(i64::MIN), int(-1)]),
        (
            vec![
                Op::SetVar(0),
                Op::LoadInt(1),
                Op::LoadInt(62),
                Op::ArraySet(0),
            ],
            vec![many()],
        ),
        (
            vec![
                Op::SetVar(0),
                Op::LoadInt(1),
                Op::LoadInt(i64::MAX),
                Op::ArraySet(0),
            ],
            vec![many()],
        ),
        (
            vec![
                Op::SetSlot(0),
                Op::LoadInt(1),
                Op::LoadInt(99),
                Op::SlotArraySet(0),
            ],
            vec![many()],
        ),
        (
            vec![Op::SetVar(0), Op::LoadInt(1), Op::ArrayPush(0)],
            vec![many()],
        ),
        (vec![Op::MakeArray(63)], vec![int(1); 63]),
        (vec![Op::MakeHash(64)], vec![int(1); 64]),
        (vec![Op::ConcatConstLoop(0, 0, 1, 1001)], vec![]),
        (vec![Op::ConcatConstLoop(0, 0, 1, i32::MAX)], vec![]),
        (vec![Op::PushIntRangeLoop(0, 0, 63)], vec![]),
        (vec![Op::PushIntRangeLoop(0, 0, i32::MAX)], vec![]),
        (
            vec![Op::SortDefault],
            vec![array([array([long(), long()])])],
        ),
        (vec![Op::SortDefault], vec![ints(0..63)]),
        (
            vec![Op::SetVar(0), Op::HashGet(0)],
            vec![array([long(), long()]), hash([])],
        ),
        (
            vec![Op::SetVar(0), Op::HashSet(0)],
            vec![int(1), array([long(), long()]), hash([])],
        ),
        (vec![Op::StrEq], vec![array([long(), long()]), int(1)]),
        (vec![Op::Print(1)], vec![array([long(), long()])]),
    ];
    for (ops, operands) in cases {
        let shown = format!("{ops:?}");
        let mut chunk = program(ops);
        chunk.constants.push(str("x"));
        let mut vm = small(chunk);
        operands.into_iter().for_each(|operand| vm.push(operand));
        let fault = vm.try_run().map_err(|error| error.fault().clone());
        assert_eq!(fault, Err(Fault::ValueTooLarge { limit: 1000 }), "{shown}");
        vm.reset(program([Op::LoadInt(1)]).into());
        assert_eq!(value(vm.run()), int(1));
    }
}

#[test]
fn texts_of_arrays_that_share_parts_are_bounded() {
    // Each pass pairs the array with itself: its text doubles, its memory does not.
    let doubling = [
        Op::Dup,
        Op::MakeArray(2),
        Op::SlotIncLtIntJumpBack(0, 64, 0),
        Op::SetVar(0),
        Op::GetVar(0),
    ];
    for last in [Op::PrintLn(1), Op::Concat, Op::StrCmp, Op::HashGet(1)] {
        let (mut vm, sink) = machine(program([&doubling[..], &[last]].concat()));
        vm.set_limits(Limits {
            value_bytes: 1 << 20,
            ..Limits::default()
        });
        vm.set_global(1, hash([]));
        vm.push(int(1));
        assert!(error(vm.run()).starts_with("value too large"), "{last:?}");
        assert_eq!(sink.text(), "");
    }
}

#[test]
fn stacks_are_bounded() {
    let overflow = "stack overflow: a stack may hold at most 1000 values";
    let mut vm = small(program([Op::LoadInt(1), Op::Jump(0)]));
    assert_eq!(error(vm.run()), overflow);
    assert_eq!(vm.stack().len(), 1000);
    // Slots of one frame, and of many.
    let mut vm = small(program([Op::Nop, Op::GetSlot(1000)]));
    assert_eq!(error(vm.run()), overflow);
    assert_eq!(
        vm.last_error().and_then(fusevm::vm::VmError::op_index),
        Some(0)
    );
    let mut chunk = program([
        Op::Call(0, 0),
        Op::Jump(9),
        Op::PreIncSlotVoid(99),
        Op::Call(0, 0),
    ]);
    chunk.sub_entries = vec![(0, 2)];
    let mut vm = small(chunk);
    assert_eq!(error(vm.run()), overflow);
    assert_eq!(vm.frames().count(), 11);
    vm.set_slot(u16::MAX, int(1));
    assert_eq!(error(vm.run()), overflow);
    // What a host pushes counts as well.
    let mut vm = small(program([Op::Extended(0, 0)]));
    vm.set_extension_handler(Box::new(|vm, _, _| (0..2000).for_each(|n| vm.push(int(n)))));
    assert_eq!(error(vm.run()), overflow);
    assert_eq!(vm.stack().len(), 1000);
}

#[test]
fn values_may_nest_deep() {
    let wrapping = [
        Op::MakeArray(1),
        Op::SlotIncLtIntJumpBack(0, 200_000, 0),
        Op::Dup,
        Op::SetVar(0),
        Op::Dup,
        Op::StringLen,
        Op::PrintLn(1),
        Op::GetVar(0),
        Op::Dup,
        Op::Concat,
        Op::Print(1),
        Op::GetVar(0),
        Op::StrEq,
        Op::LoadUndef,
        Op::SetVar(0),
    ];
    let (mut vm, sink) = machine(program(wrapping));
    vm.push(str("leaf"));
    assert_eq!(value(vm.run()), Value::Bool(true));
    assert_eq!(sink.text(), "1\nleafleaf");
}
