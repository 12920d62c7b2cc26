//! Results of runs, halting, resetting and errors.

use fusevm::chunk::ChunkData;
use fusevm::semantics::Fault;
use fusevm::{Chunk, Frame, Op, VMResult, Value};

use crate::support::{UNDEF, error, int, machine, program, value};

#[test]
fn the_result_is_the_top_of_the_stack() {
    let (mut vm, _) = machine(Chunk::new());
    assert!(matches!(vm.run(), VMResult::Halted));

    let (mut vm, _) = machine(program([Op::LoadInt(1), Op::LoadInt(2), Op::LoadUndef]));
    assert_eq!(value(vm.run()), UNDEF);
    assert_eq!(vm.stack(), [int(1), int(2)]);
    // At the end of the code each run takes one more.
    assert_eq!(value(vm.run()), int(2));
    assert_eq!(value(vm.run()), int(1));
    assert!(matches!(vm.run(), VMResult::Halted));
}

#[test]
fn running_again_from_the_start_keeps_globals_slots_and_stack() {
    let code = [
        Op::GetVar(0),
        Op::Inc,
        Op::Dup,
        Op::SetVar(0),
        Op::PreIncSlotVoid(0),
    ];
    let (mut vm, _) = machine(program(code));
    assert_eq!(vm.globals(), [UNDEF, UNDEF, UNDEF]);
    vm.push(int(7));
    for round in 1..=3 {
        vm.set_ip(0);
        assert_eq!(value(vm.run()), int(round));
        assert_eq!(vm.globals()[0], int(round));
        assert_eq!(vm.get_slot(0), int(round));
        assert_eq!(vm.stack(), [int(7)]);
    }
}

#[test]
fn a_run_after_an_error_goes_on_behind_it() {
    let mut chunk = program([
        Op::LoadInt(1),
        Op::Call(0, 1),
        Op::Jump(9),
        Op::Call(1, 0),
        Op::Inc,
        Op::ReturnValue,
    ]);
    chunk.sub_entries = vec![(0, 3)];
    let (mut vm, _) = machine(chunk);
    assert_eq!(error(vm.run()), "undefined function: g");
    assert_eq!((vm.ip(), vm.frames().count()), (4, 2));
    assert_eq!(vm.stack(), [int(1)]);

    let error = vm.last_error().expect("the run failed");
    assert_eq!(*error.fault(), Fault::UndefinedFunction("g".into()));
    assert_eq!((error.op_index(), error.line()), (Some(3), Some(4)));
    assert_eq!(error.source_name(), "test");
    let calls: Vec<_> = error.call_stack().iter().collect();
    assert_eq!(calls.len(), 1);
    assert_eq!(
        (calls[0].function(), calls[0].op_index(), calls[0].line()),
        (Some("f"), 1, Some(2))
    );

    assert_eq!(value(vm.run()), int(2));
    assert_eq!(vm.frames().count(), 1);
    assert!(vm.last_error().is_none());
}

#[test]
fn a_run_that_ends_in_a_call_leaves_the_call_open() {
    let mut chunk = program([Op::LoadInt(1), Op::Call(0, 0), Op::Jump(9), Op::GetSlot(3)]);
    chunk.sub_entries = vec![(0, 3)];
    let (mut vm, _) = machine(chunk);
    assert_eq!(value(vm.run()), UNDEF);
    assert_eq!(vm.frames().count(), 2);
    // The result may be the caller's, and more runs may take all there is.
    assert_eq!(value(vm.run()), int(1));
    assert!(matches!(vm.run(), VMResult::Halted));
    vm.set_ip(0);
    assert_eq!(value(vm.run()), UNDEF);
    assert_eq!(vm.frames().count(), 3);
    vm.set_chunk(program([Op::Add, Op::Return, Op::Nop]).into());
    vm.set_ip(0);
    // It returns into another program now, behind where the calls were.
    assert!(matches!(vm.run(), VMResult::Ok(_) | VMResult::Halted));
}

#[test]
fn a_return_at_top_level_ends_the_program_once() {
    let mut chunk = program([
        Op::Call(0, 0),
        Op::PrintLn(0),
        Op::LoadInt(100),
        Op::Return,
        Op::LoadInt(5),
        Op::ReturnValue,
    ]);
    chunk.sub_entries = vec![(0, 4)];
    let (mut vm, sink) = machine(chunk);
    assert_eq!(value(vm.run()), int(100));
    assert_eq!(vm.stack(), [int(5)]);
    assert_eq!(sink.text(), "\n");
    assert_eq!(vm.frames().count(), 1);
}

#[test]
fn halting() {
    // Before the run: nothing executes.
    let (mut vm, _) = machine(program([Op::LoadInt(1)]));
    vm.request_halt();
    assert!(matches!(vm.run(), VMResult::Halted));
    vm.push(int(8));
    vm.set_ip(0);
    assert_eq!(value(vm.run()), int(8));

    // From a builtin, in a call: its result is still pushed, nothing else runs.
    let mut chunk = program([
        Op::LoadInt(1),
        Op::Call(0, 0),
        Op::PrintLn(0),
        Op::CallBuiltin(3, 0),
        Op::ReturnValue,
    ]);
    chunk.sub_entries = vec![(0, 3)];
    let (mut vm, sink) = machine(chunk.clone());
    vm.register_builtin(3, |vm, _| {
        vm.last_status = 4;
        vm.set_global(0, int(6));
        vm.request_halt();
        int(2)
    });
    assert_eq!(value(vm.run()), int(2));
    assert_eq!((vm.stack(), vm.frames().count()), (&[int(1)][..], 2));
    assert_eq!((vm.last_status, &vm.globals()[0]), (4, &int(6)));
    // The request stays.
    vm.set_ip(0);
    assert_eq!(value(vm.run()), int(1));
    assert!(matches!(vm.run(), VMResult::Halted));
    assert_eq!(sink.text(), "");

    vm.reset(program([Op::LoadInt(3)]).into());
    assert_eq!(value(vm.run()), int(3));
}

#[test]
fn resetting_clears_the_program_and_keeps_what_the_host_installed() {
    let (mut vm, sink) = machine(program([Op::Call(2, 0), Op::PushFrame, Op::SetSlot(0)]));
    vm.register_builtin(0, |_, _| int(1));
    vm.register_named_builtin("h", |_, _| int(2));
    vm.set_extension_handler(Box::new(|vm, id, operand| {
        vm.push(int(i64::from(id) + i64::from(operand)));
    }));
    vm.set_fuel(Some(1000));
    let _ = vm.run();
    vm.push(int(1));
    vm.last_status = 5;
    vm.raise("never reported");

    let names = vec!["x".to_owned()];
    let ops = vec![
        Op::CallBuiltin(0, 0),
        Op::Extended(3, 4),
        Op::MakeArray(2),
        Op::Dup,
        Op::Print(1),
    ];
    let data = ChunkData {
        ops,
        names,
        ..ChunkData::default()
    };
    vm.reset(data.into());
    assert_eq!((vm.stack().len(), vm.frames().count(), vm.ip()), (0, 1, 0));
    assert_eq!(
        (vm.globals(), vm.get_slot(0), vm.last_status),
        (&[UNDEF][..], UNDEF, 0)
    );
    assert_eq!(value(vm.run()), crate::support::ints([1, 7]));
    assert_eq!(sink.text(), "1 7");
    assert!(vm.fuel().is_some_and(|left| left < 1000));
}

#[test]
fn arguments_that_are_not_there_are_not_counted() {
    let mut chunk = program([Op::Call(0, 200), Op::Extended(0, 0), Op::ReturnValue]);
    chunk.sub_entries = vec![(0, 1)];
    let (mut vm, _) = machine(chunk);
    vm.push(int(1));
    vm.set_extension_handler(Box::new(|vm, _, _| {
        if let Some(frame) = vm.frames().last().filter(Frame::is_call) {
            let seen = (frame.stack_base(), frame.return_ip());
            assert_eq!(seen, (0, 1));
        }
    }));
    assert_eq!(value(vm.run()), int(1));
}

#[test]
fn named_globals_and_builtins_from_outside() {
    let (mut vm, _) = machine(program([Op::GetVar(1)]));
    assert!(vm.set_named_global("g", int(4)));
    assert!(!vm.set_named_global("nothing", int(4)));
    assert_eq!(value(vm.run()), int(4));

    vm.register_named_builtin("sub", |vm, argc| {
        assert_eq!(argc, 2);
        let b = vm.pop().to_int();
        int(vm.pop().to_int() - b)
    });
    vm.register_builtin(300, |_, argc| int(argc.into()));
    assert_eq!(
        vm.call_named_builtin("sub", &[int(7), int(3)]),
        Some(int(4))
    );
    assert_eq!(vm.call_builtin(300, &[int(7), int(3)]), Some(int(2)));
    assert_eq!(vm.stack(), []);
    assert_eq!(vm.call_builtin(301, &[]), None);
    assert_eq!(vm.call_named_builtin("none", &[]), None);
    assert_eq!(vm.call_builtin(300, &vec![UNDEF; 256]), None);
}

#[test]
fn a_function_of_the_chunk_comes_before_a_builtin_of_its_name() {
    let mut chunk = program([
        Op::Call(0, 0),
        Op::Call(1, 0),
        Op::MakeArray(2),
        Op::ReturnValue,
        Op::LoadInt(1),
        Op::ReturnValue,
    ]);
    chunk.sub_entries = vec![(0, 4)];
    let (mut vm, _) = machine(chunk);
    vm.register_named_builtin("f", |_, _| int(2));
    vm.register_named_builtin("g", |_, _| int(3));
    assert_eq!(value(vm.run()), crate::support::ints([1, 3]));
}

#[test]
fn what_a_builtin_leaves_stays_below_its_result() {
    let (mut vm, _) = machine(program([
        Op::LoadInt(1),
        Op::LoadInt(2),
        Op::CallBuiltin(0, 2),
    ]));
    vm.register_builtin(0, |vm, _| vm.pop());
    assert_eq!(value(vm.run()), Value::Int(2));
    assert_eq!(vm.stack(), [int(1)]);
}

#[test]
fn a_raised_error_ends_the_run() {
    let (mut vm, _) = machine(program([Op::Nop, Op::CallBuiltin(0, 0), Op::LoadInt(9)]));
    vm.register_builtin(0, |vm, _| {
        vm.raise("first");
        vm.raise("second");
        int(1)
    });
    assert_eq!(error(vm.run()), "first");
    let at = vm.last_error().and_then(fusevm::vm::VmError::op_index);
    assert_eq!(at, Some(1));
    assert_eq!(value(vm.run()), int(9));
}
