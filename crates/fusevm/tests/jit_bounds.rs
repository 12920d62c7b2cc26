//! Bounds hold in native code, and fuel is counted as the interpreter counts it.
#![cfg(feature = "jit")]

use std::thread;
use std::time::{Duration, Instant};

use fusevm::chunk::assemble;
use fusevm::semantics::Fault;
use fusevm::vm::Limits;
use fusevm::{Chunk, JitMode, VM, Value};

/// Programs that loop and call, by what there is to them.
const PROGRAMS: &[(&str, &str)] = &[
    (
        "a loop over numbers",
        "LoadInt 0\n SetSlot 0\n LoadInt 0\n SetSlot 1\n\
         next:\n GetSlot 0\n GetSlot 1\n LoadInt 3\n Mod\n Add\n SetSlot 0\n\
         PreIncSlotVoid 1\n GetSlot 1\n LoadInt 12\n NumLt\n JumpIfTrue next\n GetSlot 0\n",
    ),
    (
        "a loop that ends in mid-block",
        "LoadInt 0\n SetSlot 0\n\
         next:\n PreIncSlotVoid 0\n GetSlot 0\n LoadInt 9\n NumGt\n JumpIfTrue out\n\
         LoadInt 1\n Pop\n GetSlot 0\n JumpIfTrue next\n LoadInt 7\n\
         out:\n GetSlot 0\n LoadInt 5\n Add\n",
    ),
    (
        "nested loops with a condition",
        "LoadInt 0\n SetSlot 0\n LoadInt 0\n SetSlot 2\n\
         outer:\n LoadInt 0\n SetSlot 1\n\
         inner:\n GetSlot 0\n GetSlot 1\n BitAnd\n JumpIfFalse even\n PreIncSlotVoid 2\n even:\n\
         PreIncSlotVoid 1\n GetSlot 1\n LoadInt 5\n NumLt\n JumpIfTrue inner\n\
         PreIncSlotVoid 0\n GetSlot 0\n LoadInt 5\n NumLt\n JumpIfTrue outer\n GetSlot 2\n",
    ),
    (
        "a kind that changes, in the first operation of a block",
        "LoadInt 3\n SetVar x\n LoadInt 1\n SetSlot 0\n LoadInt 0\n SetSlot 1\n\
         next:\n GetSlot 0\n LoadInt 7\n Mul\n SetSlot 0\n\
         PreIncSlotVoid 1\n GetSlot 1\n LoadInt 8\n NumNe\n JumpIfTrue go_on\n\
         LoadFloat 0.5\n SetVar x\n go_on:\n\
         GetVar x\n GetSlot 0\n Add\n SetSlot 0\n\
         GetSlot 1\n LoadInt 12\n NumLt\n JumpIfTrue next\n GetSlot 0\n",
    ),
    (
        "a divisor that becomes zero",
        "LoadInt 4\n SetSlot 0\n\
         next:\n LoadInt 100\n GetSlot 0\n Mod\n Pop\n\
         PreDecSlot 0\n LoadInt -6\n NumGt\n JumpIfTrue next\n",
    ),
    (
        "operations that are carried out",
        "LoadInt 0\n SetSlot 0\n LoadConst \"x\"\n SetSlot 1\n\
         next:\n GetSlot 1\n GetSlot 0\n Concat\n SetSlot 1\n GetSlot 1\n JumpIfFalse out\n\
         PreIncSlotVoid 0\n GetSlot 0\n LoadInt 12\n NumLt\n JumpIfTrue next\n out:\n GetSlot 1\n",
    ),
    (
        "a builtin that sees the fuel, and one that fails",
        "LoadInt 0\n SetSlot 0\n\
         next:\n Call fuel 0\n SetSlot 1\n GetSlot 0\n Call fail_at_8 1\n Pop\n\
         PreIncSlotVoid 0\n GetSlot 0\n LoadInt 12\n NumLt\n JumpIfTrue next\n GetSlot 1\n",
    ),
    (
        "a builtin that takes fuel",
        "LoadInt 0\n SetSlot 0\n\
         next:\n Call take_fuel 0\n Pop\n\
         PreIncSlotVoid 0\n GetSlot 0\n LoadInt 12\n NumLt\n JumpIfTrue next\n",
    ),
    (
        "whole loops in a loop",
        "LoadInt 0\n SetSlot 0\n LoadInt 0\n SetSlot 1\n\
         next:\n LoadInt 0\n SetSlot 2\n AccumSumLoop 1 2 7\n\
         LoadInt 0\n SetSlot 2\n PushIntRangeLoop list 2 5\n\
         PreIncSlotVoid 0\n GetSlot 0\n LoadInt 6\n NumLt\n JumpIfTrue next\n GetSlot 1\n",
    ),
    (
        "arrays that grow",
        "LoadInt 0\n SetSlot 0\n\
         DeclareArray list\n DeclareArray more\n next:\n GetSlot 0\n GetSlot 0\n ArraySet list\n GetSlot 0\n ArrayGet list\n Pop\n\
         GetSlot 0\n ArrayPush more\n\
         PreIncSlotVoid 0\n GetSlot 0\n LoadInt 12\n NumLt\n JumpIfTrue next\n ArrayLen more\n",
    ),
    (
        "recursion",
        "LoadInt 7\n Call fib 1\n ReturnValue\n\
         .sub fib\n SetSlot 0\n GetSlot 0\n LoadInt 2\n NumLt\n JumpIfFalse more\n\
         GetSlot 0\n ReturnValue\n\
         more:\n GetSlot 0\n LoadInt 1\n Sub\n Call fib 1\n\
         GetSlot 0\n LoadInt 2\n Sub\n Call fib 1\n Add\n ReturnValue\n",
    ),
    (
        "calls from a loop, of a function with a loop, which fails in the end",
        "LoadInt 6\n SetSlot 0\n LoadInt 0\n SetSlot 1\n\
         next:\n GetSlot 1\n GetSlot 0\n Call sum 1\n Add\n SetSlot 1\n\
         PreDecSlot 0\n LoadInt -3\n NumGt\n JumpIfTrue next\n GetSlot 1\n ReturnValue\n\
         .sub sum\n SetSlot 0\n LoadInt 0\n SetSlot 1\n\
         more:\n GetSlot 1\n LoadInt 100\n GetSlot 0\n Mod\n Add\n SetSlot 1\n\
         PreIncSlotVoid 0\n GetSlot 0\n LoadInt 9\n NumLt\n JumpIfTrue more\n GetSlot 1\n ReturnValue\n",
    ),
    (
        "a loop in a block that is run for each element",
        "LoadInt 1\n LoadInt 6\n Range\n MapBlock body\n\
         .block body\n SetSlot 0\n LoadInt 0\n SetSlot 1\n\
         next:\n GetSlot 0\n GetSlot 1\n Add\n SetSlot 0\n\
         PreIncSlotVoid 1\n GetSlot 1\n LoadInt 5\n NumLt\n JumpIfTrue next\n GetSlot 0\n\
         .endblock\n SetVar list\n ArrayLen list\n",
    ),
];

fn machine(chunk: &Chunk, mode: JitMode) -> VM {
    let mut vm = VM::new(chunk.clone());
    vm.set_jit(mode);
    // Where nothing is native, each operation is carried out by itself.
    vm.set_fused(mode != JitMode::Off);
    vm.register_named_builtin("fuel", |vm, _| {
        let fuel = vm.fuel().and_then(|fuel| i64::try_from(fuel).ok());
        Value::Int(fuel.unwrap_or(-1))
    });
    vm.register_named_builtin("take_fuel", |vm, _| {
        let left = vm.fuel().map(|fuel| fuel.saturating_sub(5));
        vm.set_fuel(left);
        Value::Undef
    });
    vm.register_named_builtin("fail_at_8", |vm, _| {
        if vm.pop() == Value::Int(8) {
            vm.raise("eight");
        }
        Value::Undef
    });
    vm
}

/// Runs a machine and gives everything that the run leaves.
fn outcome(vm: &mut VM) -> (bool, String) {
    let end = vm.try_run();
    let goes_on = matches!(&end, Err(error) if error.fault() == &Fault::OutOfFuel);
    let frames: Vec<_> = vm.frames().map(|frame| format!("{frame:?}")).collect();
    let (ip, fuel, stack, globals) = (vm.ip(), vm.fuel(), vm.stack(), vm.globals());
    let state = format!("{end:?} at {ip}, fuel {fuel:?}, {stack:?} {globals:?} {frames:#?}");
    (goes_on, state)
}

/// Runs machines with so much fuel at first and then again and again so much more, until the program
/// ends. They do the same.
fn compare(title: &str, chunk: &Chunk, first: u64, more: u64) -> u64 {
    let [mut plain, mut native] = [JitMode::Off, JitMode::Eager].map(|mode| machine(chunk, mode));
    let mut fuel = first;
    loop {
        for vm in [&mut plain, &mut native] {
            vm.set_fuel(Some(fuel));
        }
        let (goes_on, expected) = outcome(&mut plain);
        let (_, found) = outcome(&mut native);
        assert_eq!(expected, found, "{title}: {first}, then {more} at a time");
        if !goes_on {
            return native.jit_stats().entries;
        }
        fuel = plain.fuel().unwrap_or(0) + more;
    }
}

#[test]
fn fuel_is_counted_as_the_interpreter_does() {
    for &(title, program) in PROGRAMS {
        let chunk = assemble("bounds.fasm", program);
        let chunk = chunk.unwrap_or_else(|error| panic!("{title}: {error}"));
        let mut vm = machine(&chunk, JitMode::Off);
        vm.set_fuel(Some(100_000));
        let _ = vm.try_run();
        let used = 100_000 - vm.fuel().unwrap();
        assert!((50..10_000).contains(&used), "{title} takes {used}");
        let mut entries = 0;
        for fuel in 0..=used + 1 {
            entries += compare(title, &chunk, fuel, used);
        }
        for fuel in 1..60 {
            entries += compare(title, &chunk, fuel, fuel);
        }
        assert!(entries > 0, "{title} is interpreted");
    }
}

/// Endless programs, all of it native code.
const ENDLESS: &[(&str, &str)] = &[
    ("an empty loop", "next:\n Jump next\n"),
    (
        "a loop",
        "LoadInt 0\n SetSlot 0\n next:\n PreIncSlotVoid 0\n Jump next\n",
    ),
    (
        "calls",
        "LoadInt 90\n Call fib 1\n ReturnValue\n\
         .sub fib\n SetSlot 0\n GetSlot 0\n LoadInt 2\n NumLt\n JumpIfFalse more\n\
         GetSlot 0\n ReturnValue\n\
         more:\n GetSlot 0\n LoadInt 1\n Sub\n Call fib 1\n\
         GetSlot 0\n LoadInt 2\n Sub\n Call fib 1\n Add\n ReturnValue\n",
    ),
    (
        "carried out operations",
        "LoadInt 0\n SetSlot 0\n\
         next:\n LoadConst \"a\"\n GetSlot 0\n Concat\n Pop\n PreIncSlotVoid 0\n Jump next\n",
    ),
];

/// Starts an endless program, which is to be stopped by `fault`, twice.
fn stops(fault: &Fault, mut bound: impl FnMut(&mut VM)) {
    for &(title, program) in ENDLESS {
        let chunk = assemble("endless.fasm", program).unwrap();
        let mut vm = machine(&chunk, JitMode::Eager);
        for _ in 0..2 {
            bound(&mut vm);
            let error = vm.try_run().unwrap_err();
            assert_eq!(error.fault(), fault, "{title}");
        }
        assert!(vm.jit_stats().entries > 0, "{title} is interpreted");
    }
}

#[test]
fn another_thread_interrupts_native_code() {
    stops(&Fault::Interrupted, |vm| {
        let handle = vm.interrupt_handle();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            handle.interrupt();
        });
    });
}

#[test]
fn native_code_stops_at_the_deadline() {
    stops(&Fault::DeadlineExceeded, |vm| {
        vm.set_deadline(Some(Instant::now() + Duration::from_millis(20)));
    });
}

#[test]
fn native_code_stops_for_want_of_fuel() {
    stops(&Fault::OutOfFuel, |vm| vm.set_fuel(Some(1_000_000)));
}

#[test]
fn native_code_stays_in_its_memory() {
    let programs = [
        "LoadInt 0\n SetSlot 0\n\
         DeclareArray list\n next:\n GetSlot 0\n ArrayPush list\n PreIncSlotVoid 0\n Jump next\n",
        "LoadConst \"ab\"\n SetVar list\n next:\n GetVar list\n GetVar list\n Concat\n SetVar list\n Jump next\n",
        // Each is too small to be asked for.
        "DeclareArray list\n LoadInt 0\n SetSlot 0\n next:\n LoadConst \"a text that is not short\"\n GetSlot 0\n Concat\n\
         ArrayPush list\n PreIncSlotVoid 0\n Jump next\n",
    ];
    for program in programs {
        let memory_bytes = 4 << 20;
        let chunk = assemble("growing.fasm", program).unwrap();
        let mut vm = machine(&chunk, JitMode::Eager);
        vm.set_limits(Limits {
            memory_bytes,
            ..Limits::default()
        });
        let error = vm.try_run().unwrap_err();
        let limit = memory_bytes;
        assert_eq!(error.fault(), &Fault::OutOfMemory { limit }, "{program}");
        assert!(vm.memory_used() < memory_bytes + (256 << 10), "{program}");
        assert!(vm.jit_stats().entries > 0, "{program}");
    }
}

#[test]
fn runs_with_and_without_bounds_have_code_of_their_own() {
    let chunk = assemble("bounds.fasm", PROGRAMS[0].1).unwrap();
    let mut vm = machine(&chunk, JitMode::Eager);
    for fuel in [Some(1000), None, Some(1000), None] {
        vm.reset(chunk.clone());
        vm.set_fuel(fuel);
        assert_eq!(vm.try_run().unwrap(), Some(Value::Int(12)));
        assert_eq!(vm.fuel().is_some(), fuel.is_some());
    }
    assert_eq!(vm.jit_stats().compiles, 2);
    let places: Vec<_> = vm.jit_report().iter().map(|place| place.bounded).collect();
    assert_eq!(places, [false, true]);
}

/// Everything here once more, with native code that another process has made.
#[cfg(all(unix, feature = "jit-disk-cache"))]
#[test]
fn code_from_the_disk_does_the_same() {
    fusevm_testkit::cached::run_again("code_from_the_disk_does_the_same", 100);
}
