//! Native code gives what the interpreter gives, is made where it should be, and survives what hosts do.
#![cfg(feature = "jit")]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;
use std::time::Duration;

use fusevm::chunk::assemble;
use fusevm::value::{HostObject, Object, Str};
use fusevm::vm::Limits;
use fusevm::{Chunk, JitMode, JitState, VM, Value};

/// Counts slot 0 to 100 and does something with slot 1 in each pass.
fn counting(body: &str) -> Chunk {
    counting_in("", body)
}

/// [`counting`] with directives before it.
fn counting_in(head: &str, body: &str) -> Chunk {
    let program = format!(
        "{head}.slot i\n.slot x\n LoadInt 0\n SetSlot i\n\
         .next:\n{body}\n PreIncSlotVoid i\n GetSlot i\n LoadInt 100\n NumLt\n JumpIfTrue .next\n\
         GetSlot x\n ReturnValue\n\
         .sub twice\n LoadInt 2\n Mul\n ReturnValue\n"
    );
    assemble("counting.fasm", &program).unwrap_or_else(|error| panic!("{error}\n{program}"))
}

/// A loop that has no formula.
const SUM: &str = "GetSlot x\n GetSlot i\n LoadInt 3\n Mod\n Add\n SetSlot x";

/// A machine with `x` at first, and the host's builtins.
fn machine(chunk: &Chunk, x: &Value, mode: JitMode) -> VM {
    let mut vm = VM::new(chunk.clone());
    vm.set_jit(mode);
    vm.set_slot(1, x.clone());
    vm.register_named_builtin("half", |vm, _| {
        let n = vm.pop().to_int();
        Value::Int(n / 2)
    });
    vm.register_named_builtin("fail_at_70", |vm, _| {
        if vm.pop() == Value::Int(70) {
            vm.raise("seventy");
        }
        Value::Undef
    });
    vm.register_named_builtin("panic_at_70", |vm, _| {
        assert_ne!(vm.pop(), Value::Int(70), "a builtin panics");
        Value::Undef
    });
    vm.register_named_builtin("change_slot", |vm, _| {
        vm.set_slot(1, Value::str("changed"));
        Value::Undef
    });
    vm
}

/// Everything that a run leaves.
fn outcome(vm: &mut VM) -> String {
    let end = vm.try_run();
    let frames: Vec<_> = vm.frames().map(|frame| format!("{frame:?}")).collect();
    format!("{end:?} at {} stack {:?} {frames:?}", vm.ip(), vm.stack())
}

#[test]
fn loops_give_what_the_interpreter_gives() {
    let bodies = [
        "GetSlot x\n GetSlot i\n Add\n SetSlot x",
        // The kind of x changes in the loop.
        "GetSlot x\n LoadFloat 0.5\n Add\n SetSlot x",
        "GetSlot i\n LoadInt 50\n NumLt\n JumpIfTrue .low\n LoadConst \"text\"\n SetSlot x\n.low:",
        "GetSlot i\n LoadInt 7\n Mod\n JumpIfTrue .go_on\n GetSlot x\n LoadInt 3\n Div\n SetSlot x\n.go_on:",
        // Overflow, a divisor that becomes zero, shifts.
        "GetSlot x\n LoadInt 4611686018427387904\n Mul\n LoadInt 1\n Add\n SetSlot x",
        "LoadInt 1000\n GetSlot i\n LoadInt 60\n Sub\n Div\n SetSlot x",
        "LoadInt 1000\n GetSlot i\n LoadInt 60\n Sub\n Mod\n SetSlot x",
        "GetSlot x\n GetSlot i\n Shl\n SetSlot x",
        // What native code leaves to the interpreter.
        "GetSlot x\n GetSlot i\n Concat\n SetSlot x",
        "GetSlot i\n Call half 1\n SetSlot x",
        "GetSlot i\n Call twice 1\n SetSlot x",
        "GetSlot i\n Call fail_at_70 1\n Pop",
        "GetSlot i\n Call change_slot 1\n Pop",
        // Globals, and arrays that grow and change their kind.
        "GetVar sum\n GetSlot i\n Add\n SetVar sum",
        "GetSlot i\n GetSlot i\n ArraySet list\n GetSlot i\n ArrayGet list\n SetSlot x",
        "GetSlot i\n LoadInt 80\n NumGt\n GetSlot i\n ArraySet list\n LoadInt 0\n ArrayGet list\n SetSlot x",
        "GetSlot i\n GetSlot i\n ArraySet list\n GetVar list\n SetSlot x",
        "GetSlot x\n LogNot\n SetSlot x",
        "LoadInt 1\n LoadInt 2\n Swap\n Sub\n Dup\n Mul\n SetSlot x",
    ];
    let firsts = [
        Value::Int(1),
        Value::Float(1.5),
        Value::Undef,
        Value::Bool(true),
        Value::str("12"),
    ];
    for body in bodies {
        let chunk = counting(body);
        for x in &firsts {
            let expected = outcome(&mut machine(&chunk, x, JitMode::Off));
            for _ in 0..2 {
                let mut native = machine(&chunk, x, JitMode::Eager);
                assert_eq!(expected, outcome(&mut native), "{body}\nwith {x:?}");
            }
        }
    }
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
        if !thread::panicking() {
            resume_unwind(Box::new("dropped"));
        }
    }
}

/// How many values there are for [`any_value`].
const ANY_VALUES: usize = 25;

/// Values of all kinds, made anew so that nobody else owns them. The last one unwinds as it is dropped.
fn any_value(at: usize) -> Value {
    if at == ANY_VALUES - 1 {
        return Value::Object(Object::new(Bomb));
    }
    let texts = [
        "",
        "12",
        "delta-123",
        "fourteen bytes",
        "fifteen bytes!!",
        "a\0",
        "a",
    ];
    let texts = texts.into_iter().map(Value::str);
    let long = (0..3).map(|n| Value::str("long text ".repeat(9 + n)));
    let several = || {
        vec![
            Value::Int(3),
            Value::str("b"),
            Value::str("long text ".repeat(9)),
        ]
    };
    let entries = [("12", Value::Int(1)), ("b", Value::str("c"))];
    let entries = entries.map(|(key, value)| (key.to_owned(), value));
    let others = [
        Value::Str(Str::from("delta-123").into_input()),
        Value::bytes(b"a\xff"),
        Value::bytes(b"a\xff".repeat(20)),
        Value::Int(7),
        Value::Int(i64::MAX - 20),
        Value::Float(2.5),
        Value::Undef,
        Value::Bool(true),
        Value::Status(3),
        Value::NativeFn(1),
        Value::array(several()),
        Value::array(vec![Value::array(several()), Value::Undef]),
        Value::array((0..5).map(Value::Int).collect()),
        Value::hash(entries.into_iter().take(1).collect()),
    ];
    let mut all = texts.chain(long).chain(others);
    all.nth(at).expect("there are as many")
}

#[test]
fn loops_over_any_values_give_what_the_interpreter_gives() {
    let bodies = [
        // Texts.
        "GetSlot x\n GetSlot i\n Concat\n SetSlot x",
        "GetSlot x\n LoadConst \"-\"\n Concat\n SetSlot x",
        "GetSlot x\n GetSlot x\n Concat\n StringLen\n SetVar r",
        "GetSlot x\n GetVar y\n Concat\n SetSlot x",
        "LoadConst \"long constant text\"\n GetSlot x\n Concat\n SetVar r",
        "LoadConst \"a\"\n GetSlot i\n Concat\n SetSlot x\n GetVar y\n SetSlot x",
        "GetSlot x\n GetSlot x\n LoadConst \"1\"\n Concat\n SetSlot x\n SetVar r",
        "GetSlot x\n StringLen\n GetSlot i\n Add\n SetVar r",
        "GetSlot x\n Dup\n LoadConst \"b\"\n Concat\n Concat\n StringLen\n SetVar r",
        "GetSlot x\n LoadConst \"delta-123\"\n StrEq\n SetVar r",
        "LoadConst \"fifteen bytes!!\"\n GetSlot x\n StrNe\n SetVar r",
        "GetSlot x\n GetVar y\n StrEq\n SetVar r",
        "GetSlot x\n LoadConst \"a\"\n StrLt\n SetVar r\n GetSlot x\n LoadConst \"a\"\n StrGt\n SetVar z",
        "GetSlot x\n GetVar y\n StrLe\n SetVar r\n GetVar y\n GetSlot x\n StrGe\n SetVar z",
        "LoadConst \"a\"\n GetSlot x\n Concat\n Dup\n GetSlot x\n StrLt\n SetVar r\n Pop",
        // Values that are moved and copied.
        "GetSlot x\n SetSlot w\n GetSlot w\n SetSlot x",
        "GetSlot x\n SetSlot x\n GetSlot i\n SetSlot w\n GetSlot x\n SetSlot w",
        "GetSlot x\n Dup\n Swap\n Pop\n Pop",
        "GetSlot x\n LoadInt 1\n SetSlot x\n SetSlot x",
        "GetSlot i\n LoadInt 50\n NumEq\n JumpIfFalse .go_on\n LoadInt 3\n SetSlot x\n.go_on:",
        "GetSlot x\n GetSlot i\n LoadInt 60\n NumLt\n JumpIfTrue .keep\n Pop\n LoadUndef\n.keep:\n SetSlot x",
        // Arithmetic on what is in memory.
        "GetSlot x\n LoadInt 1\n Add\n SetVar r\n GetSlot x\n GetSlot i\n Mod\n SetVar z",
        "GetSlot w\n GetSlot x\n Add\n SetSlot w\n GetSlot x\n LoadFloat 1.5\n Mul\n SetVar r",
        "GetSlot x\n GetSlot i\n NumLt\n SetVar r\n GetSlot i\n GetSlot x\n BitAnd\n SetVar z",
        "GetSlot x\n Inc\n SetSlot x\n GetSlot x\n Dup\n Sub\n SetVar r",
        "GetSlot x\n GetSlot x\n Mul\n GetSlot i\n Sub\n SetVar r\n GetSlot i\n GetSlot x\n Shl\n SetVar z",
        "GetSlot x\n Dec\n SetVar r\n GetSlot x\n LoadFloat nan\n Add\n Inc\n SetVar z",
        // Arrays, by a slot and a global.
        "GetSlot x\n GetSlot i\n ArraySet list\n GetSlot i\n ArrayGet list\n SetSlot w",
        "GetSlot x\n LoadInt 1\n ArraySet list\n LoadInt 1\n ArrayGet list\n SetSlot w",
        "GetSlot x\n ArrayPush list\n ArrayLen list\n SetVar r",
        "GetSlot i\n ArrayPush list\n GetSlot x\n ArrayPush list\n GetVar list\n SetVar r",
        "GetSlot i\n LoadInt 4\n Mod\n SlotArrayGet x\n SetSlot w",
        "GetSlot i\n LoadInt 0\n SlotArraySet x\n GetSlot w\n LoadInt 1\n SlotArraySet x\n GetSlot x\n SetSlot w",
        "GetSlot x\n ArrayGet list\n SetSlot w\n GetSlot x\n LoadInt 1\n ArraySet list",
        "LoadFloat 1.5\n SlotArrayGet x\n SetVar r\n LoadInt -1\n SlotArrayGet x\n SetVar z",
        "GetSlot x\n LoadInt 0\n SlotArraySet x",
        // Hashes.
        "GetSlot i\n GetSlot x\n HashSet hash\n GetSlot x\n HashGet hash\n SetVar r",
        "GetSlot x\n GetSlot i\n HashSet hash\n GetSlot i\n HashGet hash\n SetSlot w",
        "GetSlot x\n LoadConst \"key\"\n HashSet hash\n LoadConst \"key\"\n HashGet hash\n SetSlot w",
        "GetSlot x\n Dup\n HashGet hash\n Inc\n Swap\n HashSet hash",
        "LoadConst \"a key that is long\"\n Dup\n HashGet hash\n Inc\n Swap\n HashSet hash",
        "GetSlot i\n Dup\n HashGet hash\n Inc\n Swap\n HashSet hash\n GetVar hash\n SetVar r",
        "LoadConst \"k\"\n GetSlot i\n Concat\n Dup\n HashGet hash\n Inc\n Swap\n HashSet hash",
        "GetSlot x\n LoadConst \"max\"\n HashSet hash\n LoadConst \"max\"\n Dup\n HashGet hash\n Inc\n Swap\n HashSet hash",
        "GetSlot x\n HashGet none\n SetVar r",
    ];
    for body in bodies {
        let program = format!(
            ".slot i\n.slot x\n.slot w\n DeclareArray list\n DeclareHash hash\n\
             LoadConst \"delta-124\"\n SetVar y\n LoadUndef\n SetVar r\n LoadUndef\n SetVar z\n\
             LoadInt 5\n ArrayPush list\n LoadConst \"second\"\n ArrayPush list\n\
             LoadInt 9223372036854775807\n LoadConst \"max\"\n HashSet hash\n\
             LoadInt 0\n SetSlot i\n\
             .next:\n{body}\n PreIncSlotVoid i\n GetSlot i\n LoadInt 100\n NumLt\n JumpIfTrue .next\n"
        );
        let everything = |chunk: &Chunk, x, mode| {
            let mut vm = VM::new(chunk.clone());
            vm.set_jit(mode);
            vm.set_slot(1, x);
            let end = catch_unwind(AssertUnwindSafe(|| vm.try_run().map_err(|e| e.to_string())));
            let end = end.map_err(|_| "unwound");
            let slots: Vec<Value> = (0..3).map(|slot| vm.get_slot(slot)).collect();
            let state = format!("{end:?} {slots:?} {:?} {:?}", vm.stack(), vm.globals());
            let entries = vm.jit_stats().entries;
            // What is left of a bomb goes off here.
            let dropped = catch_unwind(AssertUnwindSafe(|| drop((vm, slots)))).is_ok();
            (format!("{state} {dropped}"), entries)
        };
        for at in 0..ANY_VALUES {
            let chunk = assemble("values.fasm", &program);
            let chunk = chunk.unwrap_or_else(|error| panic!("{error}\n{program}"));
            let (expected, _) = everything(&chunk, any_value(at), JitMode::Off);
            let mut entered = 0;
            for _ in 0..2 {
                let (native, entries) = everything(&chunk, any_value(at), JitMode::Eager);
                assert_eq!(expected, native, "{body}\nwith value {at}");
                entered += entries;
            }
            // Some do not get to a second pass with what unwinds.
            let is_bomb = at == ANY_VALUES - 1;
            assert!(entered > 0 || is_bomb, "{body}\nwith value {at}");
        }
    }
}

#[test]
fn loops_over_texts_and_hashes_stay_in_native_code() {
    let bodies = [
        "GetSlot x\n LoadConst \"-\"\n Concat\n SetSlot x",
        "GetSlot i\n LoadConst \"a text that is long\"\n Concat\n SetSlot w\n GetSlot w\n SetSlot x",
        "GetSlot x\n LoadConst \"y\"\n StrLt\n JumpIfFalse .go_on\n GetSlot x\n StringLen\n SetSlot w\n.go_on:",
        "GetSlot i\n LoadInt 2\n Mod\n ArrayGet list\n SetSlot x\n GetSlot x\n ArrayPush list",
        "GetSlot i\n LoadFloat 1.5\n ArraySet list\n LoadInt 2\n ArrayGet list\n LoadInt 3\n Mul\n SetSlot w",
        "GetSlot x\n Dup\n HashGet hash\n Inc\n Swap\n HashSet hash",
        "GetSlot x\n HashExists hash\n JumpIfTrue .go_on\n GetSlot i\n GetSlot x\n HashSet hash\n.go_on:",
        "GetVar text\n SetVar other\n GetVar other\n JumpIfFalse .go_on\n GetVar text\n SetSlot x\n.go_on:",
        "GetSlot i\n LoadInt 3\n Mod\n ArrayGet list\n GetSlot x\n Swap\n SetSlot x\n Pop",
    ];
    for body in bodies {
        let program = format!(
            ".slot i\n.slot x\n.slot w\n DeclareArray list\n DeclareHash hash\n\
             LoadConst \"text\"\n SetVar text\n LoadConst \"other\"\n SetVar other\n\
             LoadInt 5\n ArrayPush list\n LoadConst \"second\"\n ArrayPush list\n LoadUndef\n ArrayPush list\n\
             LoadConst \"x\"\n SetSlot x\n LoadInt 0\n SetSlot i\n\
             .next:\n{body}\n PreIncSlotVoid i\n GetSlot i\n LoadInt 9000\n NumLt\n JumpIfTrue .next\n"
        );
        let chunk = assemble("texts.fasm", &program);
        let mut vm = VM::new(chunk.unwrap_or_else(|error| panic!("{error}\n{program}")));
        vm.set_jit(JitMode::On);
        vm.try_run().unwrap();
        let stats = vm.jit_stats();
        let all = (
            stats.compiles,
            stats.refusals,
            stats.early_exits,
            stats.ends(),
        );
        assert_eq!(all, (1, 0, 0, 1), "{body}\n{:?}", vm.jit_report());
    }
}

#[test]
fn loops_over_numbers_stay_in_native_code() {
    let chunk = counting(SUM);
    let mut vm = machine(&chunk, &Value::Int(0), JitMode::Eager);
    assert_eq!(vm.try_run().unwrap(), Some(Value::Int(99)));
    let stats = vm.jit_stats();
    assert_eq!((stats.entries, stats.early_exits), (1, 0));
    let mut vm = machine(&counting(SUM), &Value::Int(0), JitMode::On);
    assert_eq!(vm.try_run().unwrap(), Some(Value::Int(99)));
    assert_eq!(vm.jit_stats().entries, 0, "100 passes are too few");
    vm.set_jit(JitMode::Off);
}

#[test]
fn a_builtin_that_panics_unwinds_to_the_host() {
    let chunk = counting("GetSlot i\n Call panic_at_70 1\n Pop");
    let mut vm = machine(&chunk, &Value::Int(0), JitMode::Eager);
    let result = catch_unwind(AssertUnwindSafe(|| vm.try_run()));
    assert!(result.is_err());
    assert!(vm.jit_stats().entries > 0, "it was called from native code");
    vm.reset(counting(SUM));
    // The slot holds nothing now, which makes a double of the sum.
    assert_eq!(vm.try_run().unwrap(), Some(Value::Float(99.0)));
}

#[test]
fn threads_share_a_chunk() {
    let chunk = counting(SUM);
    thread::scope(|scope| {
        for n in 0..8 {
            let chunk = &chunk;
            scope.spawn(move || {
                let mut vm = machine(chunk, &Value::Int(n), JitMode::Eager);
                assert_eq!(vm.try_run().unwrap(), Some(Value::Int(99 + n)));
            });
        }
    });
}

#[test]
fn a_report_tells_what_there_is_and_why_not() {
    let mut vm = machine(&counting(SUM), &Value::Int(0), JitMode::Eager);
    assert_eq!(vm.jit_report(), []);
    vm.try_run().unwrap();
    let [place] = &vm.jit_report()[..] else {
        panic!("{:?}", vm.jit_report())
    };
    assert_eq!((place.op_index, place.compiles, place.entries), (2, 1, 1));
    assert!(matches!(place.state, JitState::Native(1..)), "{place:?}");
    let stats = vm.jit_stats();
    assert_eq!((stats.compiles, stats.refusals, stats.ends()), (1, 0, 1));
    assert!(stats.compile_time > Duration::ZERO);
    assert!(stats.code_bytes > 0);
}

/// Counts slot 0 to `passes` and calls a builtin, which has no native code of its own.
fn calling(passes: i64) -> Chunk {
    let program = format!(
        ".slot i\n.slot x\n LoadInt 0\n SetSlot i\n\
         .next:\n GetSlot i\n Call half 1\n Pop\n\
         PreIncSlotVoid i\n GetSlot i\n LoadInt {passes}\n NumLt\n JumpIfTrue .next\n"
    );
    assemble("calling.fasm", &program).unwrap()
}

#[test]
fn what_is_refused_is_compiled_where_all_is() {
    let chunk = calling(3000);
    let mut vm = machine(&chunk, &Value::Undef, JitMode::On);
    for _ in 0..3 {
        vm.reset(chunk.clone());
        vm.try_run().unwrap();
    }
    let stats = vm.jit_stats();
    assert_eq!((stats.compiles, stats.refusals, stats.entries), (0, 1, 0));
    let [place] = &vm.jit_report()[..] else {
        panic!("{:?}", vm.jit_report())
    };
    assert!(matches!(place.state, JitState::Refused(_)), "{place:?}");
    vm.set_jit(JitMode::Eager);
    vm.reset(chunk.clone());
    vm.try_run().unwrap();
    let stats = vm.jit_stats();
    assert_eq!((stats.compiles, stats.refusals, stats.entries), (1, 1, 1));
}

/// Passes a loop of 200 passes as often as there are values of `x`, each time with that one in slot 1.
fn repeat(values: impl Iterator<Item = Value>) -> VM {
    let chunk = assemble(
        "repeat.fasm",
        ".slot i\n.slot x\n LoadInt 0\n SetSlot i\n\
         .next:\n GetSlot x\n LoadInt 1\n Add\n SetSlot x\n\
         PreIncSlotVoid i\n GetSlot i\n LoadInt 200\n NumLt\n JumpIfTrue .next\n",
    )
    .unwrap();
    let mut vm = VM::new(chunk.clone());
    vm.set_jit(JitMode::Eager);
    for x in values {
        vm.reset(chunk.clone());
        vm.set_slot(1, x);
        vm.try_run().unwrap();
    }
    vm
}

#[test]
fn code_that_mostly_ends_well_is_kept() {
    // One run in twenty brings what the code was not made for.
    let values = (0..4000).map(|n| match n % 20 {
        19 => Value::str("12"),
        _ => Value::Int(n),
    });
    let vm = repeat(values);
    let stats = vm.jit_stats();
    assert_eq!(stats.compiles, 1, "{stats:?}");
    assert!(stats.early_exits > 100, "{stats:?}");
    assert!(stats.ends() > 3000, "{stats:?}");
}

#[test]
fn code_is_made_anew_for_what_it_meets() {
    let integers = (0..100).map(Value::Int);
    let doubles = (0..3000).map(|n| Value::Float(0.5 + f64::from(n)));
    let vm = repeat(integers.chain(doubles));
    let stats = vm.jit_stats();
    assert_eq!(stats.compiles, 2, "{stats:?}");
    assert!(stats.ends() > 1000, "{stats:?}");
    assert!(stats.early_exits < 20, "{stats:?}");
}

#[test]
fn code_that_keeps_failing_is_given_up() {
    // Each run brings something else than the one before.
    let values = (0..20_000).map(|n| match n % 3 {
        0 => Value::Int(n),
        1 => Value::Float(0.5),
        _ => Value::str("12"),
    });
    let vm = repeat(values);
    let stats = vm.jit_stats();
    assert!(stats.compiles <= 4, "{stats:?}");
    assert!(stats.early_exits < 500, "{stats:?}");
    let [place] = &vm.jit_report()[..] else {
        panic!("{:?}", vm.jit_report())
    };
    assert!(
        matches!(place.state, JitState::Refused(_)),
        "{place:?} {stats:?}"
    );
}

/// Functions of numbers, called with slot 0, and what may come up in the middle of their calls.
const FUNCTIONS: &[(&str, &str)] = &[
    (
        "recursion",
        "SetSlot 0\n GetSlot 0\n LoadInt 2\n NumLt\n JumpIfFalse .more\n GetSlot 0\n ReturnValue\n\
         .more:\n GetSlot 0\n LoadInt 1\n Sub\n Call f 1\n GetSlot 0\n LoadInt 2\n Sub\n Call f 1\n Add\n ReturnValue",
    ),
    (
        // 100 / (n - 5) has no number for 5.
        "a quotient that fails deep inside",
        "SetSlot 0\n GetSlot 0\n JumpIfTrue .more\n LoadFloat 0.0\n ReturnValue\n\
         .more:\n LoadInt 100\n GetSlot 0\n LoadInt 5\n Sub\n Div\n GetSlot 0\n LoadInt 1\n Sub\n Call f 1\n Add\n ReturnValue",
    ),
    (
        "an error deep inside",
        "SetSlot 0\n GetSlot 0\n LoadInt 3\n NumLe\n JumpIfFalse .more\n GetSlot 0\n Call no_such_function 1\n ReturnValue\n\
         .more:\n GetSlot 0\n LoadInt 1\n Sub\n Call f 1\n LoadInt 1\n Add\n ReturnValue",
    ),
    (
        "integers that overflow",
        "SetSlot 0\n GetSlot 0\n JumpIfTrue .more\n LoadInt 3\n ReturnValue\n\
         .more:\n GetSlot 0\n LoadInt 1\n Sub\n Call f 1\n Dup\n Mul\n ReturnValue",
    ),
    (
        "results of two kinds",
        "SetSlot 0\n GetSlot 0\n JumpIfTrue .more\n LoadFloat 0.5\n ReturnValue\n\
         .more:\n GetSlot 0\n LoadInt 1\n Sub\n Call f 1\n GetSlot 0\n LoadInt 3\n Mod\n JumpIfTrue .go\n Pop\n LoadInt 7\n.go:\n ReturnValue",
    ),
    (
        "no end",
        "SetSlot 0\n GetSlot 0\n LoadInt 1\n Add\n Call f 1\n ReturnValue",
    ),
    (
        "more slots, a loop, nothing returned",
        "SetSlot 3\n LoadInt 0\n SetSlot 1\n.next:\n GetSlot 1\n GetSlot 3\n Add\n SetSlot 2\n\
         SlotIncLtIntJumpBack 1 5 .next\n GetSlot 3\n LoadInt 0\n NumGt\n JumpIfFalse .end\n GetSlot 3\n LoadInt 1\n Sub\n Call f 1\n Pop\n.end:\n GetSlot 2\n ReturnValue",
    ),
    (
        "another function that calls this one",
        "SetSlot 0\n GetSlot 0\n JumpIfTrue .more\n LoadTrue\n ReturnValue\n\
         .more:\n GetSlot 0\n LoadInt 1\n Sub\n Call g 1\n ReturnValue\n\
         .sub g\n SetSlot 0\n GetSlot 0\n JumpIfTrue .on\n LoadFalse\n ReturnValue\n\
         .on:\n GetSlot 0\n LoadInt 1\n Sub\n Call f 1\n ReturnValue",
    ),
    (
        "globals",
        "SetSlot 0\n GetVar calls\n LoadInt 1\n Add\n SetVar calls\n GetSlot 0\n JumpIfTrue .more\n GetVar calls\n ReturnValue\n\
         .more:\n GetSlot 0\n LoadInt 1\n Sub\n Call f 1\n ReturnValue",
    ),
    ("an argument that is not taken", "LoadInt 5\n ReturnValue"),
    ("nothing but a return", "Return"),
    ("its argument", "ReturnValue"),
    (
        "a jump back to its end",
        "SetSlot 0\n GetSlot 0\n Jump .over\n.end:\n ReturnValue\n.over:\n Jump .end",
    ),
    (
        // In line, with operands of the callers below and slots that are not the first ones.
        "calls in calls, and a remainder that fails in the third",
        "SetSlot 2\n GetSlot 2\n JumpIfTrue .more\n LoadInt 1\n ReturnValue\n\
         .more:\n LoadInt 1000\n GetSlot 2\n Call g 1\n Sub\n GetSlot 2\n LoadInt 1\n Sub\n Call f 1\n Add\n ReturnValue\n\
         .sub g\n SetSlot 1\n LoadFloat 0.5\n GetSlot 1\n Call h 1\n Add\n ReturnValue\n\
         .sub h\n SetSlot 0\n LoadInt 7\n GetSlot 0\n Call i 1\n ReturnValue\n\
         .sub i\n LoadInt 6\n Sub\n Mod\n ReturnValue",
    ),
    (
        "ways of a function that meet with different kinds",
        "SetSlot 0\n GetSlot 0\n Call g 1\n GetSlot 0\n Call h 1\n Call g 1\n Add\n ReturnValue\n\
         .sub g\n SetSlot 0\n GetSlot 0\n LoadInt 3\n Mod\n JumpIfTrue .other\n LoadInt 2\n SetSlot 1\n Jump .end\n\
         .other:\n LoadFloat 2.5\n SetSlot 1\n.end:\n LoadInt 1\n SetSlot 1\n GetSlot 0\n GetSlot 1\n Add\n ReturnValue\n\
         .sub h\n SetSlot 0\n GetSlot 0\n JumpIfFalse .none\n GetSlot 0\n LoadInt 5\n Mul\n ReturnValue\n\
         .none:\n LoadInt -1\n ReturnValue",
    ),
    (
        "a loop whose test is a call",
        "SetSlot 0\n LoadInt 0\n SetSlot 1\n Jump .test\n.next:\n GetSlot 1\n LoadInt 2\n Add\n SetSlot 1\n\
         .test:\n GetSlot 1\n Call g 1\n JumpIfTrue .next\n GetSlot 1\n ReturnValue\n\
         .sub g\n SetSlot 0\n GetSlot 0\n LoadInt 30\n NumLt\n JumpIfFalse .other\n LoadInt 1\n ReturnValue\n\
         .other:\n LoadInt 0\n ReturnValue",
    ),
    (
        "nothing given back",
        "SetSlot 0\n GetSlot 0\n SetVar x\n Return",
    ),
];

#[test]
fn functions_give_what_the_interpreter_gives() {
    let heads = [
        "",
        ".overflow promote\n",
        ".overflow error\n",
        ".dialect awk\n",
    ];
    let arguments = [
        Value::Int(12),
        Value::Float(6.5),
        Value::Float(12.0),
        Value::str("9"),
        Value::Undef,
    ];
    for head in heads {
        for (name, body) in FUNCTIONS {
            // Once from the outside, and often from a loop.
            let program = format!(
                "{head}.slot n\n GetSlot n\n Call f 1\n SetVar first\n LoadInt 0\n SetSlot 1\n\
                 .next:\n GetSlot n\n Call f 1\n SetVar last\n SlotIncLtIntJumpBack 1 4 .next\n\
                 GetVar last\n ReturnValue\n.sub f\n{body}\n"
            );
            let chunk = assemble("functions.fasm", &program)
                .unwrap_or_else(|error| panic!("{error}\n{program}"));
            for argument in &arguments {
                let run = |mode| {
                    let mut vm = VM::new(chunk.clone());
                    vm.set_jit(mode);
                    let call_depth = 300;
                    vm.set_limits(Limits {
                        call_depth,
                        ..Limits::default()
                    });
                    vm.set_slot(0, argument.clone());
                    format!("{} globals {:?}", outcome(&mut vm), vm.globals())
                };
                let expected = run(JitMode::Off);
                for _ in 0..3 {
                    let found = run(JitMode::Eager);
                    assert!(
                        expected == found,
                        "{head}{name} of {argument:?}\n{expected:.2000}\n{found:.2000}"
                    );
                }
            }
        }
    }
}

#[test]
fn recursion_is_native_and_as_deep_as_it_may_be() {
    // Counts down to 0, from there up.
    let program = "LoadInt 150000\n Call depth 1\n ReturnValue\n.sub depth\n SetSlot 0\n GetSlot 0\n JumpIfTrue .more\n\
                   LoadInt 0\n ReturnValue\n.more:\n GetSlot 0\n LoadInt 1\n Sub\n Call depth 1\n LoadInt 1\n Add\n ReturnValue\n";
    let chunk = assemble("depth.fasm", program).unwrap();
    // On threads with a little native stack, too.
    for stack in [128 << 10, 8 << 20] {
        let chunk = chunk.clone();
        let run = move || {
            let mut vm = VM::new(chunk.clone());
            vm.set_jit(JitMode::Eager);
            assert_eq!(vm.try_run().unwrap(), Some(Value::Int(150_000)));
            let limits = Limits {
                call_depth: 100_000,
                ..Limits::default()
            };
            vm.reset(chunk);
            vm.set_limits(limits);
            let error = vm.try_run().unwrap_err();
            assert!(error.to_string().contains("100000"), "{error}");
            assert!(vm.jit_stats().entries > 0);
        };
        let thread = thread::Builder::new().stack_size(stack).spawn(run);
        thread.unwrap().join().unwrap();
    }
}

#[test]
fn arithmetic_of_awk_is_that_of_the_interpreter() {
    let bodies = [
        "GetSlot x\n GetSlot i\n LoadInt 3\n Mod\n Add\n SetSlot x",
        "GetSlot x\n GetSlot i\n LoadInt 3\n Div\n Add\n SetSlot x",
        "GetSlot x\n LoadFloat 0.5\n Add\n SetSlot x",
        "GetSlot x\n LoadFloat 2.0\n Mul\n SetSlot x",
        "GetSlot x\n LoadInt 90071992547409\n Add\n SetSlot x",
        "GetSlot x\n LoadInt 9007199254740993\n Add\n SetSlot x",
        "GetSlot i\n LoadInt 50\n Sub\n Dup\n LoadInt 7\n Mod\n Swap\n Negate\n Mul\n SetSlot x",
        "LoadInt 1000\n GetSlot i\n LoadInt 60\n Sub\n Div\n SetSlot x",
        "GetSlot x\n Negate\n SetSlot x",
        "GetSlot x\n Inc\n Inc\n Dec\n SetSlot x",
        "GetSlot i\n LoadInt 52\n Mod\n SetSlot x\n LoadInt 3\n GetSlot x\n Shl\n SetSlot x",
        "GetSlot i\n GetSlot x\n NumLt\n JumpIfTrue .low\n GetSlot x\n LoadFloat 1.5\n Add\n SetSlot x\n.low:",
        "GetVar sum\n GetSlot i\n LoadInt 4\n Div\n Add\n SetVar sum\n GetVar sum\n SetSlot x",
        "GetSlot x\n GetSlot x\n Mul\n LoadInt 1\n Add\n SetSlot x",
    ];
    let firsts = [
        Value::Int(0),
        Value::Int(-3),
        Value::Float(0.5),
        Value::Float(2.0),
        Value::Float(-0.0),
        Value::Float(f64::NAN),
        Value::Float(f64::INFINITY),
        Value::Int((1 << 53) - 20),
        Value::Int(i64::MIN),
        Value::Undef,
        Value::str("3x"),
    ];
    for body in bodies {
        let chunk = counting_in(".dialect awk\n", body);
        let mut entries = 0;
        for x in &firsts {
            let expected = outcome(&mut machine(&chunk, x, JitMode::Off));
            for _ in 0..2 {
                let mut native = machine(&chunk, x, JitMode::Eager);
                assert_eq!(expected, outcome(&mut native), "{body}\nwith {x:?}");
                entries += native.jit_stats().entries;
            }
        }
        assert!(entries > 0, "{entries} entries: {body}");
    }
}

/// Everything here once more, with native code that another process has made.
#[cfg(all(unix, feature = "jit-disk-cache"))]
#[test]
fn code_from_the_disk_does_the_same() {
    fusevm_testkit::cached::run_again("code_from_the_disk_does_the_same", 100);
}
