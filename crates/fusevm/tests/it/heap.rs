//! Containers by reference: what keeps them alive, and what handles are good for.

use std::mem;

use fusevm::semantics::Fault;
use fusevm::value::Handle;
use fusevm::vm::Limits;
use fusevm::{Chunk, Op, VM, Value};

use crate::support::{error, hash, int, ints, machine, program, str, value};

/// A machine in which the builtin 0 collects garbage and gives the number of containers.
fn collecting(ops: impl Into<Vec<Op>>) -> VM {
    let (mut vm, _) = machine(program(ops));
    vm.register_builtin(0, |vm, _| {
        vm.collect_garbage();
        int(vm.heap_len() as i64)
    });
    vm
}

const COLLECT: Op = Op::CallBuiltin(0, 0);

#[test]
fn a_container_lives_while_the_program_can_reach_it() {
    let cases: [(&str, &[Op], i64); 9] = [
        ("dropped", &[Op::NewArray(0), Op::Pop, COLLECT], 0),
        ("on the operand stack", &[Op::NewArray(0), COLLECT], 1),
        ("in a slot", &[Op::NewHash(0), Op::SetSlot(3), COLLECT], 1),
        ("in a global", &[Op::NewHash(0), Op::SetVar(1), COLLECT], 1),
        (
            "in a global that is overwritten",
            &[
                Op::NewHash(0),
                Op::SetVar(1),
                Op::LoadInt(1),
                Op::SetVar(1),
                COLLECT,
            ],
            0,
        ),
        (
            "in an array, a hash and an array on the heap",
            &[
                Op::NewArray(0),
                Op::MakeArray(1),
                Op::LoadInt(1),
                Op::Swap,
                Op::MakeHash(2),
                Op::NewArray(1),
                COLLECT,
            ],
            2,
        ),
        (
            "among what a caller left on the stack, and in its slots",
            &[
                Op::NewArray(0),
                Op::NewArray(0),
                Op::SetSlot(0),
                Op::Call(0, 0),
                Op::Jump(9),
                Op::Nop,
                COLLECT,
                Op::ReturnValue,
            ],
            2,
        ),
        (
            "under a scope",
            &[Op::NewArray(0), Op::SetSlot(0), Op::PushFrame, COLLECT],
            1,
        ),
        (
            "in a cycle that is dropped",
            &[
                Op::NewArray(0),
                Op::Dup,
                Op::NewArray(1),
                Op::ContainerPush,
                Op::Pop,
                COLLECT,
            ],
            0,
        ),
    ];
    for (place, ops, expected) in cases {
        let mut chunk = program(ops);
        chunk.sub_entries = vec![(0, 5)];
        let mut vm = collecting([]);
        vm.reset(chunk.into());
        assert_eq!(value(vm.run()), int(expected), "{place}");
    }
}

#[test]
fn open_block_operations_keep_their_elements_and_results() {
    // Four handles in an array; the block collects garbage.
    let map: &[Op] = &[Op::Pop, COLLECT, Op::NewArray(1)];
    let grep: &[Op] = &[Op::Pop, COLLECT];
    let sort: &[Op] = &[Op::Pop, Op::Pop, COLLECT, Op::Pop, Op::LoadInt(0)];
    // The new containers in the array of results hold how many there were.
    let mapped = [4, 5, 6, 7].map(|count| ints([count]));
    let kept = [0; 4].map(|_| ints([]));
    let cases = [
        (Op::MapBlock(0), map, mapped),
        (Op::GrepBlock(0), grep, kept.clone()),
        (Op::SortBlock(0), sort, kept),
    ];
    for (operation, block, expected) in cases {
        let mut ops = vec![Op::NewArray(0); 4];
        ops.extend([Op::MakeArray(4), operation]);
        let start = ops.len();
        ops.extend(block);
        let mut chunk = program([&ops[..], &[Op::Dup, COLLECT]].concat());
        chunk.block_ranges = vec![(start, ops.len())];
        let mut vm = collecting([]);
        vm.reset(chunk.into());
        assert_eq!(value(vm.run()), int(4), "{operation:?}");
        let Value::Array(results) = vm.pop() else {
            panic!("{operation:?} leaves an array");
        };
        let contents: Vec<Value> = results
            .iter()
            .map(|result| match result {
                Value::Handle(handle) => vm.heap_get(handle).cloned().unwrap_or_default(),
                other => other,
            })
            .collect();
        assert_eq!(contents, expected, "{operation:?}");
    }
}

#[test]
fn handles_outlive_the_chunk_that_made_them() {
    let mut vm = collecting([Op::LoadInt(7), Op::NewArray(1), Op::Extended(0, 0), Op::Nop]);
    vm.set_extension_handler(Box::new(|vm, _, _| {
        let next = [
            Op::Nop,
            Op::Nop,
            Op::Nop,
            COLLECT,
            Op::Pop,
            Op::LoadInt(0),
            Op::IndexGet,
        ];
        vm.set_chunk(Chunk::from(program(next)));
    }));
    assert_eq!(value(vm.run()), int(7));
}

/// Every operation that takes a handle, with its other operands.
fn uses() -> Vec<(Op, Vec<Value>)> {
    vec![
        (Op::IndexGet, vec![int(0)]),
        (Op::IndexSet, vec![int(0), int(1)]),
        (Op::IndexDelete, vec![int(0)]),
        (Op::IndexExists, vec![int(0)]),
        (Op::IndexOrNewArray, vec![int(0)]),
        (Op::IndexOrNewHash, vec![int(0)]),
        (Op::ContainerLen, vec![]),
        (Op::ContainerPush, vec![int(1)]),
        (Op::ContainerPop, vec![]),
        (Op::ContainerShift, vec![]),
        (Op::ContainerClear, vec![]),
        (Op::ContainerKeys, vec![]),
        (Op::ContainerValues, vec![]),
    ]
}

#[track_caller]
fn assert_refused(vm: &mut VM, handle: Handle, fault: &Fault) {
    for (operation, operands) in uses() {
        vm.set_chunk(Chunk::from(program([operation])));
        vm.set_ip(0);
        vm.push(Value::Handle(handle));
        operands.into_iter().for_each(|operand| vm.push(operand));
        let outcome = vm.try_run().map_err(|error| error.fault().clone());
        assert_eq!(outcome, Err(fault.clone()), "{operation:?}");
    }
    assert!(vm.heap_get(handle).is_none());
    assert!(vm.heap_array_mut(handle).is_none());
    assert!(vm.heap_hash_mut(handle).is_none());
    assert_eq!(vm.pin(handle).map(|_| ()), Err(fault.clone()));
}

#[test]
fn dead_and_foreign_handles_are_refused_by_every_operation() {
    let (mut vm, _) = machine(program([]));
    let dead = vm.new_array_handle([int(1)]).unwrap();
    vm.collect_garbage();
    // In the place of the dead one.
    let alive = vm.new_array_handle([int(2)]).unwrap();
    let _pin = vm.pin(alive).unwrap();
    assert_refused(&mut vm, dead, &Fault::DeadHandle);

    let (mut other, _) = machine(program([]));
    let _first = other.new_array_handle([int(3)]).unwrap();
    assert_refused(&mut other, alive, &Fault::ForeignHandle);
    let (mut empty, _) = machine(program([]));
    assert_refused(&mut empty, alive, &Fault::ForeignHandle);

    // The heap goes where its machine goes.
    mem::swap(&mut vm, &mut other);
    assert_eq!(other.heap_get(alive), Some(&ints([2])));
    assert_refused(&mut vm, alive, &Fault::ForeignHandle);
    // Nothing is alive after a reset, pinned or not.
    other.reset(Chunk::from(program([])));
    assert_eq!(other.heap_len(), 0);
    assert_refused(&mut other, alive, &Fault::DeadHandle);
}

#[test]
fn texts_of_the_faults() {
    let cases = [
        (
            Fault::DeadHandle,
            "dead handle: its container no longer exists",
        ),
        (
            Fault::ForeignHandle,
            "foreign handle: it belongs to another machine",
        ),
        (
            Fault::HeapFull { limit: 5 },
            "heap full: at most 5 containers may exist",
        ),
    ];
    for (fault, text) in cases {
        assert_eq!(fault.to_string(), text);
    }
}

#[test]
fn pins_are_counted_and_keep_what_they_lead_to() {
    let (mut vm, _) = machine(program([]));
    let inner = vm.new_array_handle([int(1)]).unwrap();
    let outer = vm
        .new_hash_handle([("inner".to_owned(), Value::Handle(inner))])
        .unwrap();
    let pins = [vm.pin(outer).unwrap(), vm.pin(outer).unwrap()];
    assert_eq!(pins[0].handle(), outer);
    for pin in pins {
        vm.collect_garbage();
        assert_eq!(vm.heap_len(), 2);
        assert_eq!(vm.heap_get(inner), Some(&ints([1])));
        vm.unpin(pin);
    }
    vm.collect_garbage();
    assert_eq!(vm.heap_len(), 0);
}

#[test]
fn a_pin_from_before_a_reset_undoes_none_of_after() {
    let (mut vm, _) = machine(program([]));
    let old = vm.new_array_handle([]).unwrap();
    let old_pin = vm.pin(old).unwrap();
    vm.reset(Chunk::from(program([])));
    let new = vm.new_array_handle([]).unwrap();
    let _pin = vm.pin(new).unwrap();
    vm.unpin(old_pin);
    vm.collect_garbage();
    assert_eq!(vm.heap_len(), 1);
}

#[test]
fn hosts_and_programs_share_containers() {
    let (mut vm, _) = machine(program([
        Op::LoadInt(0),
        Op::IndexGet,
        Op::LoadInt(5),
        Op::ContainerPush,
    ]));
    let inner = vm.new_array_handle(vec![int(1)]).unwrap();
    let outer = vm.new_array_handle([Value::Handle(inner)]).unwrap();
    vm.push(Value::Handle(outer));
    assert_eq!(value(vm.run()), Value::Handle(inner));
    assert_eq!(vm.heap_get(inner), Some(&ints([1, 5])));

    vm.heap_array_mut(inner).unwrap().set(0, str("x"));
    assert_eq!(vm.heap_get(inner).map(Value::len), Some(2));
    assert!(vm.heap_hash_mut(inner).is_none());
    let table = vm.new_hash_handle([("a".to_owned(), int(1))]).unwrap();
    vm.heap_hash_mut(table).unwrap().insert("b", int(2));
    assert_eq!(
        vm.heap_get(table),
        Some(&hash([("a", int(1)), ("b", int(2))]))
    );
    assert!(vm.heap_array_mut(table).is_none());
}

#[test]
fn the_number_of_containers_is_bounded() {
    let full = "heap full: at most 50 containers may exist";
    let bounded = |ops: &[Op]| {
        let (mut vm, _) = machine(program(ops));
        vm.set_limits(Limits {
            heap_cells: 50,
            ..Limits::default()
        });
        vm
    };
    let keeping: [&[Op]; 2] = [
        &[Op::NewArray(0), Op::Jump(0)],
        &[
            Op::NewHash(0),
            Op::Dup,
            Op::PreIncSlot(0),
            Op::IndexOrNewArray,
            Op::Pop,
            Op::Jump(1),
        ],
    ];
    for ops in keeping {
        let mut vm = bounded(ops);
        assert_eq!(error(vm.run()), full);
        assert_eq!(vm.heap_len(), 50);
        vm.reset(Chunk::from(program([Op::NewArray(0), Op::ContainerLen])));
        assert_eq!(value(vm.run()), int(0));
    }
    // Garbage does not count.
    let mut vm = bounded(&[
        Op::NewArray(0),
        Op::Pop,
        Op::SlotIncLtIntJumpBack(0, 1000, 0),
    ]);
    assert!(vm.try_run().is_ok());
    // Except for the host, whose handles are not known.
    let mut vm = bounded(&[]);
    let made = (0..60).map_while(|_| vm.new_array_handle([]).ok()).count();
    assert_eq!(made, 50);
}

#[test]
fn elements_stay_within_the_limit_for_one_value() {
    for ops in [
        [Op::LoadInt(99), Op::LoadInt(1), Op::IndexSet].as_slice(),
        &[Op::LoadInt(99), Op::IndexOrNewHash],
    ] {
        let (mut vm, _) = machine(program(ops));
        vm.set_limits(Limits {
            value_bytes: 1000,
            ..Limits::default()
        });
        let list = vm.new_array_handle([]).unwrap();
        vm.push(Value::Handle(list));
        assert!(error(vm.run()).starts_with("value too large"));
        assert_eq!(vm.heap_get(list), Some(&ints([])));
    }
}
