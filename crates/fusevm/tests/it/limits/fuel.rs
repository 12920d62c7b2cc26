//! Fuel, deadlines and interrupts.

use std::time::{Duration, Instant};

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
        // What the two cost is paid again.
        assert_eq!(vm.fuel(), Some(2));
        assert_eq!(error(vm.run()), "out of fuel");
        assert_eq!(vm.fuel(), Some(2));
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
            std::thread::sleep(Duration::from_millis(20));
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

#[test]
fn a_deadline_stops_loops_and_recursion_and_can_be_moved() {
    let endless = [
        program([Op::PreIncSlotVoid(0), Op::Jump(0)]),
        program([Op::LoadInt(1), Op::Pop, Op::PreIncSlotVoid(0), Op::Jump(1)]),
    ];
    for program in endless {
        let (mut vm, _) = machine(program);
        vm.set_deadline(Some(Instant::now() + Duration::from_millis(5)));
        assert_eq!(error(vm.run()), "deadline exceeded");
        let passes = vm.get_slot(0).to_int();
        assert!(passes > 0);
        // It stays exceeded, and nothing more is executed.
        assert_eq!(error(vm.run()), "deadline exceeded");
        assert_eq!(vm.get_slot(0), int(passes));
        vm.set_deadline(Some(Instant::now() + Duration::from_millis(5)));
        assert_eq!(error(vm.run()), "deadline exceeded");
        assert!(vm.get_slot(0).to_int() > passes);
    }
}

#[test]
fn a_run_that_ends_in_time_does_not_see_its_deadline() {
    let (mut vm, _) = machine(counting());
    vm.set_deadline(Some(Instant::now() + Duration::from_secs(3600)));
    assert_eq!(value(vm.run()), int(100));
    let (mut vm, _) = machine(counting());
    vm.set_deadline(Some(Instant::now()));
    assert_eq!(error(vm.run()), "deadline exceeded");
    let last = vm.last_error().map(VmError::fault);
    assert_eq!(last, Some(&Fault::DeadlineExceeded));
    assert_eq!((vm.ip(), vm.get_slot(0)), (0, fusevm::Value::Undef));
    vm.set_deadline(None);
    assert_eq!(value(vm.run()), int(100));
}
