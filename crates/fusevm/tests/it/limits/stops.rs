//! Operations that take long, stopped in the middle.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fusevm::semantics::{Fault, InterruptHandle};
use fusevm::vm::Watch;
use fusevm::{AwkHost, Op, ShellHost, VM, Value};

use crate::support::{int, ints, machine, program, str};

/// A host that asks the machine to stop, from within the block that is running.
struct Interrupting(InterruptHandle);

impl ShellHost for Interrupting {
    fn tilde_expand(&mut self, s: &str) -> String {
        self.0.interrupt();
        s.to_owned()
    }
}

fn fault(vm: &mut VM) -> Option<Fault> {
    vm.try_run().err().map(|error| error.fault().clone())
}

#[test]
fn a_long_operation_is_taken_up_again_as_if_nothing_had_happened() {
    let entries = |n: i64| Value::Hash((0..n).map(|n| (n.to_string(), int(n))).collect());
    let cases: Vec<(&str, Vec<Op>, Vec<Value>)> = vec![
        (
            "repeat",
            vec![Op::StringRepeat, Op::StringLen],
            vec![str("ab"), int(1_000_000)],
        ),
        (
            "range",
            vec![Op::Range, Op::StringLen],
            vec![int(1), int(100_000)],
        ),
        (
            "range with a step",
            vec![Op::RangeStep, Op::StringLen],
            vec![int(100_000), int(1), int(-1)],
        ),
        ("sort", vec![Op::SortDefault], vec![ints(0..50_000)]),
        (
            "keys",
            vec![Op::SetVar(0), Op::HashKeys(0)],
            vec![entries(9_000)],
        ),
        (
            "values",
            vec![Op::SetVar(0), Op::HashValues(0)],
            vec![entries(9_000)],
        ),
        (
            "keys on the stack",
            vec![Op::ContainerKeys],
            vec![entries(9_000)],
        ),
        ("indices", vec![Op::ContainerKeys], vec![ints(0..9_000)]),
        (
            "values on the stack",
            vec![Op::ContainerValues],
            vec![entries(9_000)],
        ),
    ];
    for (name, ops, operands) in cases {
        let whole = {
            let (mut vm, _) = machine(program(ops.clone()));
            operands.iter().for_each(|operand| vm.push(operand.clone()));
            vm.try_run().unwrap().unwrap()
        };
        // The interrupt comes when the block is entered already.
        let ops = [&[Op::LoadTrue, Op::TildeExpand, Op::Pop], &ops[..]].concat();
        let (mut vm, _) = machine(program(ops));
        let handle = vm.interrupt_handle();
        vm.set_shell_host(Box::new(Interrupting(handle)));
        operands.into_iter().for_each(|operand| vm.push(operand));
        assert_eq!(fault(&mut vm), Some(Fault::Interrupted), "{name}");
        let result = vm.try_run();
        assert!(result == Ok(Some(whole)), "{name}");
    }
}

#[test]
fn words_without_a_host_are_split_in_steps() {
    let (mut vm, _) = machine(program([Op::WordSplit, Op::StringLen]));
    vm.set_deadline(Some(Instant::now() + Duration::from_millis(1)));
    vm.push(str(&"a b ".repeat(1_000_000)));
    assert_eq!(fault(&mut vm), Some(Fault::DeadlineExceeded));
    vm.set_deadline(None);
    assert_eq!(vm.try_run(), Ok(Some(int(2_000_000))));
}

/// What a host was told about its machine.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Option<Watch>>>);

impl Told {
    fn is_over(&self) -> Option<bool> {
        self.0.lock().unwrap().as_ref().map(Watch::is_over)
    }
}

impl ShellHost for Told {
    fn set_watch(&mut self, watch: &Watch) {
        *self.0.lock().unwrap() = Some(watch.clone());
    }
}

impl AwkHost for Told {
    fn set_watch(&mut self, watch: &Watch) {
        *self.0.lock().unwrap() = Some(watch.clone());
    }
}

#[test]
fn hosts_learn_what_stops_a_run() {
    let (mut vm, _) = machine(program([Op::LoadInt(1)]));
    let (shell, awk) = (Told::default(), Told::default());
    vm.set_shell_host(Box::new(shell.clone()));
    vm.set_awk_host(Box::new(awk.clone()));
    let handle = vm.interrupt_handle();
    vm.run();
    for told in [&shell, &awk] {
        assert_eq!(told.is_over(), Some(false));
        handle.interrupt();
        assert_eq!(told.is_over(), Some(true));
        assert!(handle.clear());
    }
    vm.set_deadline(Some(Instant::now()));
    vm.run();
    assert_eq!((shell.is_over(), awk.is_over()), (Some(true), Some(true)));
}

#[cfg(unix)]
mod children {
    use super::*;

    /// A machine that waits for a command that does not end by itself.
    fn waiting(script: &str) -> VM {
        let (mut vm, _) = machine(program([Op::Exec(3), Op::SetSlot(0), Op::GetSlot(0)]));
        for word in ["sh", "-c", script] {
            vm.push(str(word));
        }
        vm
    }

    #[test]
    fn a_command_ends_with_the_run() {
        const TERM: i32 = 128 + 15;
        let mut vm = waiting("exec sleep 600");
        vm.set_deadline(Some(Instant::now() + Duration::from_millis(50)));
        assert_eq!(fault(&mut vm), Some(Fault::DeadlineExceeded));
        // The command is over, and has a status.
        vm.set_deadline(None);
        assert_eq!(vm.try_run(), Ok(Some(Value::Status(TERM))));

        let mut vm = waiting("exec sleep 600");
        let handle = vm.interrupt_handle();
        let watchdog = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            handle.interrupt();
        });
        assert_eq!(fault(&mut vm), Some(Fault::Interrupted));
        assert_eq!(vm.try_run(), Ok(Some(Value::Status(TERM))));
        watchdog.join().unwrap();
    }

    #[test]
    fn a_command_that_does_not_heed_is_killed() {
        const KILL: i32 = 128 + 9;
        let mut vm = waiting("trap '' TERM; while :; do sleep 0.1; done");
        vm.set_deadline(Some(Instant::now() + Duration::from_millis(200)));
        assert_eq!(fault(&mut vm), Some(Fault::DeadlineExceeded));
        vm.set_deadline(None);
        assert_eq!(vm.try_run(), Ok(Some(Value::Status(KILL))));
    }

    #[test]
    fn a_command_that_ends_in_time_keeps_its_status() {
        let mut vm = waiting("exit 7");
        vm.set_deadline(Some(Instant::now() + Duration::from_secs(3600)));
        assert_eq!(vm.try_run(), Ok(Some(Value::Status(7))));
    }
}
