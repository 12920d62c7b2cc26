//! What handlers and builtins may do to the machine that calls them.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use fusevm::value::{HostObject, Object};
use fusevm::{Op, VMResult, Value};

use crate::support::{UNDEF, error, int, machine, program, value};

#[test]
fn a_handler_sees_the_next_operation_and_may_jump() {
    let (mut vm, _) = machine(program([
        Op::LoadInt(1),
        Op::ExtendedWide(7, 4),
        Op::LoadInt(2),
        Op::Jump(9),
        Op::LoadInt(3),
    ]));
    vm.set_extension_wide_handler(Box::new(|vm, id, payload| {
        assert_eq!((vm.ip(), id), (2, 7));
        vm.set_ip(payload);
    }));
    assert_eq!(value(vm.run()), int(3));
    assert_eq!(vm.stack(), [int(1)]);
}

#[test]
fn a_handler_may_jump_anywhere() {
    for target in [4, 99, usize::MAX] {
        let (mut vm, _) = machine(program([
            Op::Extended(0, 0),
            Op::LoadInt(1),
            Op::LoadInt(2),
            Op::GetSlot(9),
        ]));
        vm.set_extension_handler(Box::new(move |vm, _, _| vm.set_ip(target)));
        assert!(matches!(vm.run(), VMResult::Halted));
    }
}

#[test]
fn a_handler_may_replace_the_program() {
    let mut chunk = program([
        Op::LoadInt(1),
        Op::Call(0, 1),
        Op::Nop,
        Op::Extended(0, 0),
        Op::Return,
    ]);
    chunk.sub_entries = vec![(0, 3)];
    let (mut vm, _) = machine(chunk);
    // The call returns to the same index of the new program, which uses slots of its own.
    let replacement = program([
        Op::Nop,
        Op::Nop,
        Op::PreIncSlot(40),
        Op::Jump(9),
        Op::LoadInt(5),
        Op::ReturnValue,
    ]);
    vm.set_extension_handler(Box::new(move |vm, _, _| {
        vm.set_chunk(replacement.clone().into());
    }));
    assert_eq!(value(vm.run()), int(1));
    assert_eq!(vm.stack(), [int(5)]);
}

#[test]
fn a_handler_may_reset_the_machine() {
    let (mut vm, _) = machine(program([
        Op::LoadInt(1),
        Op::PushFrame,
        Op::Extended(0, 0),
        Op::LoadInt(2),
    ]));
    vm.set_extension_handler(Box::new(|vm, _, _| {
        vm.reset(program([Op::GetSlot(5), Op::LoadInt(8), Op::MakeArray(9)]).into());
    }));
    assert_eq!(value(vm.run()), vec![UNDEF, int(8)].into());
}

#[test]
fn a_handler_may_put_another_machine_in_place() {
    let (mut vm, _) = machine(program([
        Op::Nop,
        Op::Extended(0, 0),
        Op::GetSlot(60),
        Op::LoadInt(8),
        Op::MakeArray(9),
    ]));
    vm.set_slot(60, int(1));
    vm.set_extension_handler(Box::new(|vm, _, _| {
        let (mut other, _) = machine(program([
            Op::Nop,
            Op::LoadInt(3),
            Op::SetSlot(90),
            Op::GetSlot(90),
        ]));
        std::mem::swap(vm, &mut other);
    }));
    assert_eq!(value(vm.run()), int(3));
    vm.set_ip(0);
    assert_eq!(value(vm.run()), int(3));
}

#[test]
fn a_nested_run_goes_on_to_the_end() {
    let (mut vm, sink) = machine(program([
        Op::LoadInt(1),
        Op::CallBuiltin(0, 0),
        Op::LoadInt(2),
        Op::PrintLn(0),
    ]));
    vm.register_builtin(0, |vm, _| {
        let inner = value(vm.run());
        assert_eq!(inner, int(2));
        int(3)
    });
    // The outer run finishes its operation and finds nothing left to do.
    assert_eq!(value(vm.run()), int(3));
    assert_eq!(vm.stack(), [int(1)]);
    assert_eq!(sink.text(), "\n");
}

#[test]
fn extension_operations_do_nothing_while_their_handler_runs() {
    let (mut vm, _) = machine(program([
        Op::Extended(1, 0),
        Op::Extended(2, 0),
        Op::LoadInt(9),
    ]));
    vm.set_extension_handler(Box::new(|vm, id, _| {
        assert_eq!(id, 1, "the nested run has no handler");
        let nested = value(vm.run());
        vm.push(nested);
    }));
    assert_eq!(value(vm.run()), int(9));
}

#[test]
fn a_handler_that_panics_is_still_installed_after() {
    let (mut vm, _) = machine(program([
        Op::LoadInt(1),
        Op::Extended(0, 0),
        Op::Extended(5, 0),
    ]));
    vm.set_extension_handler(Box::new(|vm, id, _| match id {
        0 => resume_unwind(Box::new("stop")),
        id => vm.push(int(id.into())),
    }));
    assert!(catch_unwind(AssertUnwindSafe(|| vm.run())).is_err());
    assert_eq!((vm.ip(), vm.stack()), (2, &[int(1)][..]));
    assert_eq!(value(vm.run()), int(5));
}

#[test]
fn a_handler_installed_meanwhile_stays() {
    let (mut vm, _) = machine(program([Op::Extended(0, 0), Op::Extended(0, 0)]));
    vm.set_extension_handler(Box::new(|vm, _, _| {
        vm.push(int(1));
        vm.set_extension_handler(Box::new(|vm, _, _| vm.push(int(2))));
        vm.register_builtin(0, |_, _| int(3));
    }));
    assert_eq!(value(vm.run()), int(2));
    assert_eq!(vm.stack(), [int(1)]);
    assert_eq!(vm.call_builtin(0, &[]), Some(int(3)));
}

#[test]
fn a_handler_takes_no_operands_of_the_caller() {
    let mut chunk = program([
        Op::LoadInt(1),
        Op::LoadInt(2),
        Op::Call(0, 1),
        Op::Jump(9),
        Op::Extended(0, 0),
        Op::ReturnValue,
    ]);
    chunk.sub_entries = vec![(0, 4)];
    let (mut vm, _) = machine(chunk);
    vm.set_extension_handler(Box::new(|vm, _, _| {
        let taken = [vm.pop(), vm.peek().clone(), vm.pop()];
        vm.push(Value::array(taken.into()));
    }));
    assert_eq!(value(vm.run()), vec![int(2), UNDEF, UNDEF].into());
    assert_eq!(vm.stack(), [int(1)]);
}

#[test]
fn a_builtin_that_runs_into_a_call_leaves_a_usable_machine() {
    let mut chunk = program([
        Op::LoadInt(1),
        Op::LoadInt(2),
        Op::Call(0, 0),
        Op::LoadInt(3),
    ]);
    chunk.sub_entries = vec![(0, 3)];
    let (mut vm, _) = machine(chunk);
    vm.register_builtin(0, |vm, _| {
        drop(vm.run());
        int(0)
    });
    // The arguments are cut off, although a call that is open now started above them.
    assert_eq!(vm.call_builtin(0, &[int(7)]), Some(int(0)));
    assert_eq!((vm.stack().len(), vm.frames().count()), (0, 2));
    vm.set_chunk(program([Op::Add, Op::Dup2, Op::MakeArray(9), Op::ReturnValue]).into());
    vm.set_ip(0);
    let _ = vm.run();
    assert!(vm.stack().len() < 9);
}

/// Unwinds when it is dropped.
struct Bomb;

impl HostObject for Bomb {
    fn type_name(&self) -> &str {
        "bomb"
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            resume_unwind(Box::new("dropped"));
        }
    }
}

#[test]
fn a_destructor_that_unwinds_in_a_return_leaves_a_usable_machine() {
    // f calls g with operands of its own on the stack; g's slots do not go quietly.
    let mut chunk = program([
        Op::LoadInt(1),
        Op::Call(0, 1),
        Op::Jump(99),
        Op::LoadInt(2),
        Op::LoadInt(3),
        Op::Call(1, 0),
        Op::MakeArray(9),
        Op::ReturnValue,
        Op::CallBuiltin(0, 0),
        Op::SetSlot(0),
        Op::Return,
    ]);
    chunk.sub_entries = vec![(0, 3), (1, 8)];
    let (mut vm, _) = machine(chunk);
    vm.register_builtin(0, |_, _| Value::Object(Object::new(Bomb)));
    assert!(catch_unwind(AssertUnwindSafe(|| vm.run())).is_err());
    assert_eq!(vm.frames().count(), 2);
    // The operands are lost. The calls that are open return all the same.
    vm.set_ip(4);
    vm.register_builtin(0, |_, _| int(5));
    let height = vm.stack().len();
    assert!(matches!(vm.run(), VMResult::Ok(Value::Array(_))));
    assert!(vm.stack().len() <= height);
    assert_eq!(vm.frames().count(), 1);
}

#[test]
fn runs_nest_to_a_limit() {
    let (mut vm, _) = machine(program([Op::CallBuiltin(0, 0), Op::LoadInt(1)]));
    vm.register_builtin(0, |vm, _| {
        vm.set_ip(0);
        match vm.run() {
            VMResult::Error(message) => {
                vm.raise(message);
                UNDEF
            }
            VMResult::Ok(value) => value,
            VMResult::Halted => UNDEF,
        }
    });
    assert_eq!(
        error(vm.run()),
        "handlers re-entered the machine more than 32 times"
    );
    vm.reset(program([Op::LoadInt(4)]).into());
    assert_eq!(value(vm.run()), int(4));
}
