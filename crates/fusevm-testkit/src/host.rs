//! What generated programs find installed: handlers, builtins and hosts that do the same in every
//! run and touch nothing outside the machine.

use std::io::Cursor;

use fusevm::vm::Access;
use fusevm::{Chunk, DefaultAwkHost, ShellHost, VM, Value};

use crate::layout::{BUILTINS, Kind};

/// Takes its arguments and gives their sum as integers.
pub(crate) const SUM: u16 = 0;
/// Takes its arguments and gives them as an array.
pub(crate) const LIST: u16 = 1;
/// Leaves its arguments and gives the index of the next operation.
pub(crate) const IP: u16 = 2;
/// Takes one argument and stores it in a slot and a global.
pub(crate) const STORE: u16 = 3;
/// Runs the code behind the operation that follows, to its end, and gives its result.
pub(crate) const REENTER: u16 = 4;
/// Takes its arguments and gives the handle of an array of them.
pub(crate) const SHARE: u16 = 5;
/// Takes an argument and raises an error with it.
pub(crate) const RAISE: u16 = 6;
/// A number under which there is no builtin.
pub(crate) const ABSENT: u16 = 77;

/// Extension operations: push the operand, take a value, skip an operation, copy the top, write.
pub(crate) const PUSH: u16 = 0;
pub(crate) const TAKE: u16 = 1;
pub(crate) const SKIP: u16 = 2;
pub(crate) const COPY: u16 = 3;
pub(crate) const WRITE: u16 = 4;

/// What generated programs read.
const INPUT: &str = "12\nabc\n 3.5 \n\n0\r\nlonger than what fits inline\n-7e2x";

/// Gives a machine everything that generated programs expect of it, with a host for AWK or without.
pub fn install(vm: &mut VM, awk_host: bool) {
    vm.set_access(Access::NONE);
    vm.set_reader(Box::new(Cursor::new(INPUT)));
    vm.host = Some(Box::new(Shell));
    if awk_host {
        vm.set_awk_host(Box::new(DefaultAwkHost));
    }
    vm.set_extension_handler(Box::new(|vm, id, operand| {
        extension(vm, id, operand.into());
    }));
    vm.set_extension_wide_handler(Box::new(extension));
    vm.register_builtin(SUM, |vm, argc| {
        let sum = (0..argc).fold(0i64, |sum, _| sum.wrapping_add(vm.pop().to_int()));
        Value::Int(sum)
    });
    vm.register_builtin(LIST, |vm, argc| take(vm, argc).into());
    vm.register_builtin(IP, |vm, _| Value::Int(vm.ip() as i64));
    vm.register_builtin(STORE, |vm, _| {
        let value = vm.pop();
        vm.set_slot(Kind::Any.slots()[0], value.clone());
        vm.set_global(Kind::Any.globals()[0], value);
        vm.get_slot(Kind::Int.slots()[0])
    });
    vm.register_builtin(REENTER, |vm, _| reenter(vm));
    vm.register_builtin(SHARE, |vm, argc| {
        let elements = take(vm, argc);
        match vm.new_array_handle(elements) {
            Ok(handle) => Value::Handle(handle),
            Err(fault) => {
                vm.raise(fault.to_string());
                Value::Undef
            }
        }
    });
    vm.register_builtin(RAISE, |vm, _| {
        let reason = vm.pop().to_int();
        vm.raise(format!("raised {reason}"));
        Value::Undef
    });
    vm.register_named_builtin(BUILTINS[0], |vm, _| {
        let mut text = vm.pop().to_str();
        // What a host allocates is its own business; this one is modest.
        if text.len() < 1000 {
            text = text.repeat(2);
        }
        Value::str(text)
    });
    vm.register_named_builtin(BUILTINS[1], |vm, argc| {
        Value::Int(take(vm, argc).len() as i64)
    });
}

/// The arguments, the first one first.
fn take(vm: &mut VM, argc: u8) -> Vec<Value> {
    let mut args: Vec<Value> = (0..argc).map(|_| vm.pop()).collect();
    args.reverse();
    args
}

fn extension(vm: &mut VM, id: u16, operand: usize) {
    match id {
        PUSH => vm.push(Value::Int(operand as i64)),
        TAKE => drop(vm.pop()),
        SKIP => vm.set_ip(vm.ip() + 1),
        COPY => vm.push(vm.peek().clone()),
        WRITE => vm.write_output(b"written by a handler\n"),
        _ => {}
    }
}

fn reenter(vm: &mut VM) -> Value {
    let back = vm.ip();
    vm.set_ip(back + 1);
    let outcome = vm.try_run();
    vm.set_ip(back);
    match outcome {
        Ok(value) => value.unwrap_or_default(),
        Err(error) => {
            vm.raise(format!("in a nested run: {error}"));
            Value::Undef
        }
    }
}

/// A shell host that invents its answers.
struct Shell;

impl ShellHost for Shell {
    fn glob(&mut self, pattern: &str, recursive: bool) -> Vec<String> {
        vec![pattern.to_owned(); if recursive { 3 } else { 2 }]
    }

    fn expand_param(&mut self, name: &str, modifier: u8, args: &[Value]) -> Value {
        match args.first() {
            Some(arg) if modifier.is_multiple_of(2) => arg.clone(),
            _ => Value::str(name),
        }
    }

    fn cmd_subst(&mut self, sub: &Chunk) -> String {
        format!("printed by {} operations", sub.ops.len())
    }

    fn call_function(&mut self, _: &str, args: Vec<String>) -> Option<i32> {
        (args.len() % 2 == 1).then_some(3)
    }

    fn exec(&mut self, args: Vec<String>) -> i32 {
        args.len() as i32
    }

    fn exec_bg(&mut self, args: Vec<String>) -> i32 {
        args.len() as i32
    }
}
