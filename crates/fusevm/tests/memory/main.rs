//! What machines under a memory budget really take from the allocator.
//!
//! A test binary of its own, because the allocator counts. It counts for each thread by itself, so
//! that tests can run side by side, and lets the old and the new memory of what grows exist at the
//! same time.

mod greedy;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use fusevm::semantics::Fault;
use fusevm::vm::Limits;
use fusevm::{Chunk, JitMode, Op, VM, Value};

use greedy::{LONG, forever, greedy, program};

struct Counting;

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: the system's allocator does the work; the counters do not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.get().wrapping_add(layout.size());
        LIVE.set(live);
        PEAK.set(PEAK.get().max(live));
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get().wrapping_sub(layout.size()));
        // SAFETY: as above.
        unsafe { System.dealloc(address, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How far above its budget a machine may get.
const SLACK: usize = 256 << 10;

/// What `body` takes at most.
fn peak_of<R>(body: impl FnOnce() -> R) -> (usize, R) {
    let start = LIVE.get();
    PEAK.set(start);
    let result = body();
    (PEAK.get() - start, result)
}

fn limited(chunk: impl Into<Chunk>, memory_bytes: usize) -> VM {
    let mut vm = VM::new(chunk.into());
    vm.set_limits(Limits {
        memory_bytes,
        call_depth: usize::MAX,
        stack_values: usize::MAX,
        ..Limits::default()
    });
    // What it makes of a program stays with that.
    vm.set_jit(JitMode::Off);
    vm.set_fuel(Some(100_000_000));
    vm
}

#[test]
fn no_program_takes_more_than_its_budget() {
    for budget in [0, 1 << 10, 1 << 16, 1 << 20, 1 << 24] {
        for (name, chunk) in greedy() {
            let chunk = Chunk::from(chunk);
            // The code is not the machine's, and made once.
            let mut warm_up = VM::new(chunk.clone());
            warm_up.set_fuel(Some(0));
            warm_up.set_jit(JitMode::Off);
            let _ = warm_up.try_run();
            drop(warm_up);

            let start = LIVE.get();
            let (peak, mut vm) = peak_of(|| {
                let mut vm = limited(chunk.clone(), budget);
                vm.set_reader(Box::new(&LONG_LINE[..]));
                let outcome = vm.try_run().map_err(|error| error.fault().clone());
                let expected = Err(Fault::OutOfMemory { limit: budget });
                assert_eq!(outcome, expected, "{name}, {budget} bytes");
                vm
            });
            assert!(
                peak <= budget + SLACK,
                "{name}: {peak} bytes under a budget of {budget}"
            );
            // It can go on, and start again.
            vm.set_fuel(Some(10_000));
            let _ = vm.try_run();
            vm.set_fuel(None);
            vm.reset(program([Op::LoadInt(1)]).into());
            vm.set_limits(Limits {
                memory_bytes: SLACK,
                ..Limits::default()
            });
            assert_eq!(
                vm.try_run(),
                Ok(Some(Value::Int(1))),
                "{name}, {budget} bytes"
            );
            drop(vm);
            assert_eq!(LIVE.get(), start, "{name} leaks");
        }
    }
}

static LONG_LINE: [u8; 40 << 20] = [b'x'; 40 << 20];

#[test]
fn garbage_does_not_count() {
    let programs = [
        (
            "dropped texts",
            forever(
                &[],
                &[
                    Op::LoadConst(LONG),
                    Op::LoadInt(1000),
                    Op::StringRepeat,
                    Op::Pop,
                ],
            ),
        ),
        (
            "dropped arrays",
            forever(
                &[],
                &[Op::LoadInt(0), Op::LoadInt(3000), Op::Range, Op::Pop],
            ),
        ),
        (
            "small containers on the heap",
            forever(&[], &[Op::NewArray(0), Op::Pop]),
        ),
        (
            "large containers on the heap",
            forever(
                &[],
                &[
                    Op::NewArray(0),
                    Op::LoadConst(LONG),
                    Op::LoadInt(1000),
                    Op::StringRepeat,
                    Op::ContainerPush,
                    Op::Pop,
                ],
            ),
        ),
        (
            "cycles on the heap",
            forever(
                &[],
                &[
                    Op::NewArray(0),
                    Op::Dup,
                    Op::Dup,
                    Op::ContainerPush,
                    Op::Pop,
                    Op::Pop,
                ],
            ),
        ),
    ];
    for (name, chunk) in programs {
        let mut vm = limited(chunk, 128 << 10);
        vm.set_fuel(Some(200_000));
        let outcome = vm.try_run().map_err(|error| error.fault().clone());
        assert_eq!(outcome, Err(Fault::OutOfFuel), "{name}");
    }
}

#[test]
fn one_large_request_collects_garbage_first() {
    let garbage = [
        Op::NewArray(0),
        Op::LoadConst(LONG),
        Op::LoadInt(20_000),
        Op::StringRepeat,
        Op::ContainerPush,
        Op::Pop,
    ];
    let request = [
        Op::LoadConst(LONG),
        Op::LoadInt(20_000),
        Op::StringRepeat,
        Op::StringLen,
    ];
    let mut vm = limited(program([&garbage[..], &request].concat()), 1 << 20);
    assert_eq!(vm.try_run(), Ok(Some(Value::Int(33 * 20_000))));
}

#[test]
fn what_leaves_the_machine_does_not_count() {
    let chunk = program([Op::LoadConst(LONG), Op::LoadInt(3_000), Op::StringRepeat]);
    let mut vm = limited(chunk.clone(), 150_000);
    let text = Value::str("a text that does not fit in place".repeat(3_000));
    for _ in 0..5 {
        // Results are dropped here, and on another thread.
        let result = vm.try_run().unwrap().unwrap();
        assert_eq!(result, text);
        std::thread::spawn(move || drop(result)).join().unwrap();
        vm.reset(chunk.clone().into());
    }
    // What comes in counts.
    vm.set_global(0, Value::str("x".repeat(100_000)));
    assert!(vm.memory_used() > 100_000);
    let fault = vm.try_run().unwrap_err();
    assert_eq!(*fault.fault(), Fault::OutOfMemory { limit: 150_000 });
    // A machine may change threads between its runs.
    let outcome = std::thread::spawn(move || {
        vm.reset(chunk.into());
        vm.set_global(0, Value::Undef);
        vm.try_run().map(|_| ())
    });
    assert_eq!(outcome.join().unwrap(), Ok(()));
}

#[test]
fn builtins_ask_for_memory() {
    let mut vm = limited(program([Op::CallBuiltin(1, 0)]), 1 << 20);
    vm.register_builtin(1, |vm, _| {
        assert!(vm.request_memory(1 << 19));
        assert!(!vm.request_memory(1 << 21));
        Value::Undef
    });
    let fault = vm.try_run().unwrap_err();
    assert_eq!(*fault.fault(), Fault::OutOfMemory { limit: 1 << 20 });
}
