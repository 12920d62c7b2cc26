//! What is loaded.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use fusevm::chunk::assemble;
use fusevm::jit::{ExtensionCode, IntOp, JitExtension};
use fusevm::{Chunk, JitCompiler, JitMode, VM, Value};

use crate::{Cache, LOADED, MADE, count, counters, counting, run, run_with};

#[test]
fn what_was_made_once_is_loaded() {
    let cache = Cache::new();
    assert_eq!(run(7), MADE);
    let file = cache.file();
    let content = fs::read(&file).unwrap();
    assert_eq!(run(7), LOADED);
    assert_eq!(fs::read(&file).unwrap(), content);
    // Another chunk has another file.
    assert_eq!(run(8), MADE);
    assert_eq!(cache.files().len(), 2);
    assert_eq!(run(7), LOADED);
    assert_eq!(run(8), LOADED);

    for (path, mode) in [
        (cache.path(), 0o700),
        (cache.path().join("secret"), 0o600),
        (file, 0o600),
    ] {
        let permissions = fs::metadata(&path).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o7777, mode, "{}", path.display());
    }
}

#[test]
fn code_is_loaded_for_what_it_was_made_for() {
    let cache = Cache::new();
    let chunk = counting(1);
    for x in &[Value::Int(0), Value::Float(0.5)] {
        let (expected, stats) = run_with(&chunk, x);
        assert_eq!(counters(&stats), MADE, "{x:?}");
        let (found, stats) = run_with(&chunk, x);
        assert_eq!(counters(&stats), LOADED, "{x:?}");
        assert_eq!(found, expected);
    }
    // All in one file.
    assert!(cache.file().exists());
    // Modes and bounds have code of their own.
    let mut vm = VM::new(Chunk::from((*chunk).clone()));
    vm.set_jit(JitMode::Eager);
    vm.set_fuel(Some(1_000_000));
    vm.set_slot(1, Value::Int(0));
    assert_eq!(vm.try_run().unwrap(), Some(count(1)));
    assert_eq!(counters(&vm.jit_stats()), MADE);
}

fn set_global(vm: &mut VM, value: Value) {
    assert!(vm.set_named_global("g", value));
}

/// Programs whose code depends on something else than on slots, and what of a machine it depends on.
#[test]
fn code_depends_on_globals_arrays_and_builtins() {
    type Prepare = fn(&mut VM);
    let cases: [(&str, [Prepare; 2]); 4] = [
        (
            "GetVar g\n GetSlot i\n Add\n SetVar g",
            [
                |vm| set_global(vm, Value::Int(3)),
                |vm| set_global(vm, Value::Float(0.5)),
            ],
        ),
        (
            "LoadInt 1\n ArrayGet g\n SetSlot x",
            [
                |vm| set_global(vm, Value::array(vec![Value::Int(1), Value::Int(2)])),
                |vm| set_global(vm, Value::array(vec![Value::Float(1.0); 2])),
            ],
        ),
        (
            "LoadInt 1\n SlotArrayGet a\n SetSlot x",
            [
                |vm| vm.set_slot(2, Value::array(vec![Value::Int(1), Value::Int(2)])),
                |vm| vm.set_slot(2, Value::array(vec![Value::Bool(true); 2])),
            ],
        ),
        (
            "GetSlot i\n Call root 1\n SetSlot x",
            [
                |vm| {
                    vm.register_math("root", fusevm::vm::Math::Sqrt);
                },
                |vm| {
                    vm.register_math("root", fusevm::vm::Math::Exp);
                },
            ],
        ),
    ];
    let _cache = Cache::new();
    for (body, machines) in cases {
        let program = format!(
            ".slot i\n.slot x\n.slot a\n LoadInt 0\n SetSlot i\n.next:\n{body}\n\
             PreIncSlotVoid i\n GetSlot i\n LoadInt 40\n NumLt\n JumpIfTrue .next\n\
             GetSlot x\n ReturnValue\n"
        );
        let chunk = assemble("depends.fasm", &program).unwrap();
        let run = |prepare: Prepare, mode| {
            let mut vm = VM::new(Chunk::from((*chunk).clone()));
            vm.set_jit(mode);
            prepare(&mut vm);
            let end = vm.try_run();
            (format!("{end:?} {:?}", vm.globals()), vm.jit_stats())
        };
        for expected in [MADE, LOADED] {
            for prepare in machines {
                let (result, stats) = run(prepare, JitMode::Eager);
                assert_eq!(counters(&stats), expected, "{body}");
                assert!(stats.entries > 0, "{body}");
                assert_eq!(result, run(prepare, JitMode::Off).0, "{body}");
            }
        }
    }
}

/// Says that operation 0 adds one.
struct Successor;

impl JitExtension for Successor {
    fn can_jit(&self, id: u16) -> bool {
        id == 0
    }

    fn op_count(&self) -> usize {
        1
    }

    fn name(&self) -> &str {
        "successor"
    }

    fn lower(&self, _: u16, _: usize, code: &mut ExtensionCode<'_>) -> bool {
        let Some(n) = code.pop_int() else {
            return false;
        };
        let one = code.int(1);
        let next = code.on_ints(IntOp::Add, n, one);
        code.push_int(next);
        true
    }
}

/// What a front end says of its operations may be something else in the next process.
#[test]
fn code_by_what_a_front_end_says_is_not_kept() {
    let _cache = Cache::new();
    let program = ".slot i\n.slot x\n LoadInt 0\n SetSlot i\n.next:\n GetSlot x\n Extended 0 0\n SetSlot x\n\
         PreIncSlotVoid i\n GetSlot i\n LoadInt 40\n NumLt\n JumpIfTrue .next\n\
         GetSlot x\n ReturnValue\n";
    let chunk = assemble("extended.fasm", program).unwrap();
    let run = |is_said: bool| {
        let mut vm = VM::new(Chunk::from((*chunk).clone()));
        vm.set_jit(JitMode::Eager);
        vm.set_slot(1, Value::Int(2));
        vm.set_extension_handler(Box::new(|vm, _, _| {
            let n = vm.pop().to_int();
            vm.push(Value::Int(n + 1));
        }));
        if is_said {
            vm.set_jit_extension(Arc::new(Successor));
        }
        assert_eq!(vm.try_run().unwrap(), Some(Value::Int(42)));
        counters(&vm.jit_stats())
    };
    assert_eq!((run(true), run(true)), (MADE, MADE));
    assert_eq!((run(false), run(false)), (MADE, LOADED));
    assert_eq!((run(true), run(false)), (MADE, LOADED));
}

#[test]
fn a_chunk_that_differs_at_all_has_its_own_code() {
    let _cache = Cache::new();
    let chunk = counting(5);
    run_with(&chunk, &Value::Int(0));
    let mut renamed = Chunk::from((*chunk).clone());
    renamed.source = "other.fasm".to_owned();
    assert_eq!(counters(&run_with(&renamed, &Value::Int(0)).1), LOADED);
    let changes: [fn(&mut Chunk); 4] = [
        |chunk| chunk.names.push("more".to_owned()),
        |chunk| chunk.constants.push(Value::Undef),
        |chunk| chunk.sub_entries.push((0, 0)),
        |chunk| chunk.numeric.overflow = fusevm::chunk::Overflow::Promote,
    ];
    for change in changes {
        let mut changed = Chunk::from((*chunk).clone());
        change(&mut changed);
        let (result, stats) = run_with(&changed, &Value::Int(0));
        assert_eq!(counters(&stats), MADE);
        assert_eq!(result, Some(count(5)));
    }
}

#[test]
fn the_latest_variants_are_kept() {
    let cache = Cache::new();
    // What the slots hold, in 64 combinations.
    let program = ".slot i\n.slot x\n.slot a\n.slot b\n.slot c\n LoadInt 0\n SetSlot i\n\
         .next:\n GetSlot a\n GetSlot b\n Add\n GetSlot c\n Add\n SetSlot x\n\
         PreIncSlotVoid i\n GetSlot i\n LoadInt 40\n NumLt\n JumpIfTrue .next\n GetSlot x\n ReturnValue\n";
    let chunk = assemble("variants.fasm", program).unwrap();
    let kinds = [
        Value::Int(1),
        Value::Float(1.5),
        Value::Undef,
        Value::Bool(true),
    ];
    let run = |n: usize| {
        let mut vm = VM::new(Chunk::from((*chunk).clone()));
        vm.set_jit(JitMode::Eager);
        for (slot, place) in [(2, 1), (3, 4), (4, 16)] {
            vm.set_slot(slot, kinds[n / place % 4].clone());
        }
        vm.try_run().unwrap();
        counters(&vm.jit_stats())
    };
    for n in 0..64 {
        assert_eq!(run(n), MADE, "{n}");
    }
    for n in (32..64).rev() {
        assert_eq!(run(n), LOADED, "{n}");
    }
    assert_eq!(run(0), MADE);
    assert!(cache.file().exists());
}

#[test]
fn a_run_that_goes_on_writes_in_time() {
    let _cache = Cache::new();
    let count = |name: &str| {
        format!(
            "LoadInt 0\n SetSlot i\n.{name}:\n GetSlot i\n LoadInt 3\n BitXor\n Pop\n\
             PreIncSlotVoid i\n GetSlot i\n LoadInt 40\n NumLt\n JumpIfTrue .{name}\n"
        )
    };
    let program = format!(
        ".slot i\n{}Call files 0\n{}Call files 0\n Call wait 0\n Pop\n{}Call files 0\n Add\n Add\n ReturnValue\n",
        count("a"),
        count("b"),
        count("c")
    );
    let mut vm = VM::new(assemble("long.fasm", &program).unwrap());
    vm.set_jit(JitMode::Eager);
    vm.register_named_builtin("files", |_, _| {
        let info = JitCompiler::new().jit_cache_info();
        Value::Int(info.map_or(0, |info| info.files as i64))
    });
    vm.register_named_builtin("wait", |_, _| {
        std::thread::sleep(std::time::Duration::from_millis(1100));
        Value::Undef
    });
    // Not before the end, but for code that had to wait for long.
    assert_eq!(vm.try_run().unwrap(), Some(Value::Int(1)));
    assert_eq!(counters(&vm.jit_stats()), [0, 3, 0]);
}

#[test]
fn it_can_be_turned_off() {
    let cache = Cache::new();
    let jit = JitCompiler::new();
    jit.set_jit_cache_enabled(false);
    assert_eq!(run(3), [0; 3]);
    assert_eq!((jit.jit_cache_dir(), jit.jit_cache_info()), (None, None));
    assert_eq!(jit.jit_cache_size_bytes(), None);
    assert!(!cache.path().exists());
    jit.set_jit_cache_enabled(true);
    assert_eq!(jit.jit_cache_dir(), Some(cache.path()));
    assert_eq!(jit.jit_cache_size_bytes(), Some(0));
    assert!(!cache.path().exists(), "asking makes nothing");
    assert_eq!(run(3), MADE);
    let info = jit.jit_cache_info().unwrap();
    assert_eq!((info.files, info.problem), (1, None));
    assert_eq!(Some(info.bytes), jit.jit_cache_size_bytes());
    assert_eq!(info.bytes, fs::metadata(cache.file()).unwrap().len());
}

#[test]
fn a_machine_that_dumps_makes_its_code() {
    let cache = Cache::new();
    run(3);
    let mut vm = VM::new(counting(3));
    vm.set_jit(JitMode::Eager);
    vm.set_slot(1, Value::Int(0));
    vm.set_jit_dump(Some(cache.scratch.path().to_owned()));
    vm.try_run().unwrap();
    assert_eq!(counters(&vm.jit_stats()), [0; 3]);
    assert!(cache.scratch.path().join("0001-op2.txt").exists());
}
