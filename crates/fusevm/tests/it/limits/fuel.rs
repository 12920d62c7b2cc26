//! Fuel and interrupts.

use fusevm::Op;
use fusevm::chunk::ChunkData;
use fusevm::semantics::Fault;
use fusevm::vm::VmError;

use crate::support::{error, int, machine, program, str, value};

/// Counts slot 0 up to 100, five operations a pass.
fn counting() -> ChunkData {
    program([
        Op::SlotLtIntJumpIfFalse(0, 100, 5),
        Op::GetSlot(0),
        Op::Print(1),
        Op::PreIncSlotVoid(0),
        Op::Jump(0),
        Op::GetSlot(0),
    ])
}

#[test]
fn a_block_is_paid_for_at_its_start() {
    // 100 passes and the one that leaves the loop pay for five operations each, the rest for one.
    let cost = 101 * 5 + 1;
    let (mut vm, _) = machine(counting());
    vm.set_fuel(Some(cost));
    assert_eq!(value(vm.run()), int(100));
    assert_eq!(vm.fuel(), Some(0));

    let (mut vm, _) = machine(counting());
    vm.set_fuel(Some(cost - 1));
    assert_eq!(error(vm.run()), "out of fuel");
    assert_eq!((vm.fuel(), vm.ip()), (Some(0), 5));
    assert_eq!(vm.last_error().and_then(VmError::op_index), Some(5));
    vm.set_fuel(None);
    assert_eq!(value(vm.run()), int(100));
    assert_eq!(vm.fuel(), None);

    // A block that costs more than is left is not entered.
    let (mut vm, sink) = machine(counting());
    vm.set_fuel(Some(4));
    assert_eq!(error(vm.run()), "out of fuel");
    assert_eq!((vm.fuel(), sink.text()), (Some(4), String::new()));
}

#[test]
fn portions_of_any_size_give_the_same_run() {
    let (mut whole, whole_output) = machine(counting());
    value(whole.run());
    for portion in 5..60 {
        let (mut vm, output) = machine(counting());
        let result = loop {
            vm.set_fuel(Some(portion));
            match vm.try_run() {
                Err(error) if *error.fault() == Fault::OutOfFuel => {}
                result => break result,
            }
        };
        assert_eq!(result, Ok(Some(int(100))));
        assert_eq!(output.text(), whole_output.text());
    }
}

#[test]
fn operations_that_loop_pay_for_each_pass() {
    let cases = [
        (Op::AccumSumLoop(0, 1, 10), int(45)),
        (Op::ConcatConstLoop(0, 0, 1, 10), str("xxxxxxxxxx")),
    ];
    for (operation, result) in cases {
        let mut chunk = program([operation, Op::GetSlot(0)]);
        chunk.constants.push(str("x"));
        let (mut vm, _) = machine(chunk.clone());
        vm.set_fuel(Some(12));
        assert_eq!(value(vm.run()), result);
        assert_eq!(vm.fuel(), Some(0));

        // Two for the operations, four passes: it stops in the middle and is taken up there.
        let (mut vm, _) = machine(chunk);
        vm.set_fuel(Some(6));
        assert_eq!(error(vm.run()), "out of fuel");
        assert_eq!((vm.ip(), vm.get_slot(1)), (0, int(4)));
        assert_eq!(vm.last_error().and_then(VmError::op_index), Some(0));
        vm.set_fuel(Some(8));
        assert_eq!(value(vm.run()), result);
        assert_eq!(vm.fuel(), Some(0));
    }

    let (mut vm, _) = machine(program([
        Op::Nop,
        Op::PushIntRangeLoop(0, 0, 10),
        Op::GetArray(0),
    ]));
    vm.set_fuel(Some(6));
    assert_eq!(error(vm.run()), "out of fuel");
    assert_eq!(vm.ip(), 1);
    vm.set_fuel(Some(9));
    assert_eq!(value(vm.run()), crate::support::ints(0..10));
    assert_eq!(vm.fuel(), Some(0));
}

#[test]
fn another_thread_can_stop_a_tight_loop() {
    let (mut vm, _) = machine(program([Op::PreIncSlotVoid(0), Op::Jump(0)]));
    let handle = vm.interrupt_handle();
    let watchdog = {
        let handle = handle.clone();
        std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(20));
            handle.interrupt();
        })
    };
    assert_eq!(error(vm.run()), "interrupted");
    watchdog.join().unwrap();
    assert!(!handle.is_requested());
    let counted = vm.get_slot(0).to_int();
    // It goes on where it stopped.
    handle.interrupt();
    assert_eq!(error(vm.run()), "interrupted");
    assert_eq!((vm.get_slot(0).to_int(), vm.ip()), (counted, 0));
    handle.interrupt();
    assert!(handle.clear());
}
