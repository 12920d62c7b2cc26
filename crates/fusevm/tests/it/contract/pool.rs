//! Reusing machines.

use fusevm::{Op, VM, VMPool, VMResult};

use crate::support::{Sink, UNDEF, int, program, value};

#[test]
fn a_recycled_machine_is_fresh_but_for_what_was_installed() {
    let mut pool = VMPool::with_capacity(4);
    assert!(pool.is_empty());
    let code = program([Op::SetVar(0), Op::CallBuiltin(0, 0)]);
    let first = pool.with(code.clone().into(), |vm| {
        vm.set_writer(Box::new(Sink::default()));
        vm.register_builtin(0, |_, _| int(5));
        vm.push(int(1));
        vm.set_slot(3, int(1));
        vm.last_status = 2;
        let result = vm.run();
        vm.request_halt();
        result
    });
    assert_eq!(value(first), int(5));
    assert_eq!(pool.len(), 1);

    let mut vm = pool.acquire(code.clone().into());
    assert_eq!(pool.len(), 0);
    assert_eq!(
        (vm.stack().len(), vm.get_slot(3), vm.last_status),
        (0, UNDEF, 0)
    );
    assert_eq!(vm.globals(), [UNDEF, UNDEF, UNDEF]);
    assert_eq!(value(vm.run()), int(5));
    pool.release(vm);

    let mut clean = pool.acquire_clean(code.into());
    assert!(matches!(clean.run(), VMResult::Halted));
}

#[test]
fn the_machine_released_last_is_acquired_first() {
    let mut pool = VMPool::new();
    for status in [1, 2] {
        let mut vm = pool.acquire(program([Op::CallBuiltin(0, 0)]).into());
        let builtin: fusevm::vm::BuiltinHandler = if status == 1 {
            |_, _| int(1)
        } else {
            |_, _| int(2)
        };
        vm.register_builtin(0, builtin);
        let result = vm.run();
        assert_eq!(value(result), int(status));
        // Kept apart so that both are alive at once.
        let other = pool.acquire(program([]).into());
        pool.release(vm);
        drop(other);
    }
    assert_eq!(
        value(pool.with(program([Op::CallBuiltin(0, 0)]).into(), VM::run)),
        int(2)
    );
}

#[test]
fn a_panic_drops_the_machine() {
    let mut pool = VMPool::new();
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        pool.with(program([]).into(), |_| {
            std::panic::resume_unwind(Box::new("stop"))
        });
    }));
    assert!(outcome.is_err());
    assert!(pool.is_empty());
}
