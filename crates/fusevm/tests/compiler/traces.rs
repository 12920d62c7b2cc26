//! Loops that get hot, and what a thread knows of them.

use std::thread;

use fusevm::chunk::assemble;
use fusevm::{
    Chunk, DeoptInfo, JitCompiler, JitMode, Op, SlotKind, TraceJitConfig, TraceLookup,
    TraceMetadata, VM, VMPool, Value,
};

use crate::chunk_of;
use crate::programs::{ANCHOR, counting, set_threshold};

/// Everything that a run with `x` leaves.
fn outcome(chunk: &Chunk, x: &Value, tracing: bool) -> String {
    let mut vm = VM::new(chunk.clone());
    if tracing {
        vm.enable_tracing_jit();
    }
    vm.set_slot(1, x.clone());
    vm.register_builtin(0, |_, _| Value::Int(1));
    let end = vm.try_run();
    let frames: Vec<_> = vm.frames().map(|frame| format!("{frame:?}")).collect();
    format!("{end:?} at {} stack {:?} {frames:?}", vm.ip(), vm.stack())
}

/// Runs the chunk with and without tracing, and says whether there is a trace of its loop then.
fn is_traced(chunk: &Chunk, x: &Value) -> bool {
    let expected = outcome(chunk, x, false);
    for run in 0..3 {
        assert_eq!(
            outcome(chunk, x, true),
            expected,
            "run {run} of {:?}",
            chunk.ops
        );
    }
    JitCompiler::new().trace_is_compiled(chunk, ANCHOR)
}

#[test]
fn loops_are_recorded_when_they_are_hot() {
    // A threshold, how often the loop is passed, and whether there is a trace then.
    for (threshold, passes, expected) in [
        (50, 20, false),
        (50, 51, false),
        (50, 52, true),
        (50, 200, true),
        (5, 6, false),
        (5, 7, true),
        (1, 2, false),
        (1, 3, true),
        (0, 3, true),
        (1_000_000, 30, false),
    ] {
        let traced = thread::spawn(move || {
            set_threshold(threshold);
            let chunk = counting(passes, "");
            let mut vm = VM::new(chunk.clone());
            vm.enable_tracing_jit();
            vm.try_run().unwrap();
            let jit = JitCompiler::new();
            assert!(!jit.trace_is_blacklisted(&chunk, ANCHOR));
            let anchors = expected.then_some((ANCHOR, ANCHOR + 5));
            assert_eq!(jit.trace_loop_anchors(&chunk, ANCHOR), anchors);
            jit.trace_is_compiled(&chunk, ANCHOR)
        });
        let traced = traced.join().unwrap();
        assert_eq!(traced, expected, "{passes} passes at threshold {threshold}");
    }
}

#[test]
fn nothing_is_traced_unasked() {
    let chunk = counting(500, "");
    let mut vm = VM::new(chunk.clone());
    vm.set_jit(JitMode::Eager);
    vm.try_run().unwrap();
    vm.enable_tracing_jit();
    vm.disable_tracing_jit();
    vm.reset(chunk.clone());
    vm.try_run().unwrap();
    let jit = JitCompiler::new();
    assert!(!jit.trace_is_compiled(&chunk, ANCHOR));
    assert_eq!(jit.trace_loop_anchors(&chunk, ANCHOR), None);
}

#[test]
fn traced_loops_run_as_native_code() {
    let chunk = counting(
        100_000,
        "GetSlot x\n LoadInt 3\n Add\n LoadInt 7\n Mod\n SetSlot x",
    );
    let mut vm = VM::new(chunk.clone());
    vm.enable_tracing_jit();
    vm.try_run().unwrap();
    assert_eq!(vm.jit_stats().entries, 1);
    assert_eq!(vm.jit_stats().early_exits, 0);
}

#[test]
fn the_switch_stays_with_the_machine() {
    let mut pool = VMPool::new();
    let run = |pool: &mut VMPool, chunk: &Chunk| pool.with(chunk.clone(), VM::try_run);
    let chunk = counting(200, "");
    pool.with(chunk.clone(), VM::enable_tracing_jit);
    run(&mut pool, &chunk).unwrap();
    let jit = JitCompiler::new();
    assert!(jit.trace_is_compiled(&chunk, ANCHOR));

    let again = counting(200, "");
    let mut clean = pool.acquire_clean(again.clone());
    clean.try_run().unwrap();
    assert!(
        !jit.trace_is_compiled(&again, ANCHOR),
        "chunks are told apart"
    );
}

#[test]
fn all_kinds_of_bodies_give_what_the_interpreter_gives() {
    set_threshold(5);
    let (int, float) = (Value::Int(1), Value::Float(0.5));
    for (body, traced) in [
        ("LoadInt 1\n Pop\n Nop", true),
        (
            "GetSlot x\n LoadInt 3\n Add\n LoadInt 5\n Mul\n LoadInt 7\n Sub\n LoadInt 1000\n Mod\n SetSlot x",
            true,
        ),
        (
            "GetSlot x\n LoadInt 255\n BitAnd\n LoadInt 21\n BitXor\n LoadInt 2\n Shl\n LoadInt 1\n BitOr\n LoadInt 1\n Shr\n SetSlot x",
            true,
        ),
        ("GetSlot i\n SetSlot 63", true),
        ("GetSlot i\n SetSlot 64", false),
        ("Call one 0\n SetSlot x", true),
        ("GetSlot i\n Call twice 1\n SetSlot x", true),
        ("GetSlot i\n Call clamp 1\n SetSlot x", true),
        (
            "GetSlot x\n JumpIfFalse .no\n LoadInt 5\n SetSlot x\n.no:",
            true,
        ),
        (
            "LoadInt 7\n GetSlot x\n JumpIfFalse .no\n.no:\n SetSlot x",
            true,
        ),
        (
            "LoadFloat 0.5\n GetSlot x\n JumpIfFalse .no\n.no:\n SetSlot x",
            true,
        ),
        // The direction changes, in each pass and in the middle.
        (
            "GetSlot i\n LoadInt 2\n Mod\n JumpIfFalse .even\n PreIncSlotVoid x\n.even:",
            true,
        ),
        (
            "GetSlot i\n LoadInt 40\n NumLt\n JumpIfTrue .low\n LoadInt 2\n SetSlot x\n.low:",
            true,
        ),
        // Kinds change.
        ("GetSlot x\n LoadFloat 0.25\n Add\n SetSlot x", true),
        ("LoadInt 7\n LoadInt 2\n Div\n SetSlot x", true),
        (
            "LoadInt 7\n SetSlot x\n GetSlot x\n LoadFloat 0.5\n Add\n SetSlot x",
            true,
        ),
        ("LoadConst \"text\"\n SetSlot x", true),
        ("GetSlot i\n GetSlot x\n NumLt\n SetSlot 2", true),
        // A value is left in each pass.
        ("GetSlot i", true),
        // Not for a trace.
        ("CallBuiltin 0 0\n Pop", false),
        ("GetVar g\n Pop", false),
        ("GetSlot x\n LoadInt 1\n Concat\n SetSlot x", false),
        ("GetSlot x\n JumpIfTrueKeep .no\n.no:\n Pop", false),
        ("PushFrame\n PopFrame", false),
    ] {
        for x in [
            &int,
            &float,
            &Value::Undef,
            &Value::Bool(true),
            &Value::str("41"),
        ] {
            let chunk = counting(80, body);
            assert_eq!(is_traced(&chunk, x), traced, "{body}\nwith {x:?}");
        }
    }
}

#[test]
fn loops_in_loops_and_after_loops_are_traced() {
    set_threshold(5);
    let jit = JitCompiler::new();
    let nested = counting(
        40,
        "LoadInt 0\n SetSlot x\n.inner:\n PreIncSlotVoid x\n GetSlot x\n LoadInt 60\n NumLt\n JumpIfTrue .inner",
    );
    assert!(!is_traced(&nested, &Value::Int(0)), "a pass is too long");
    assert!(jit.trace_is_compiled(&nested, ANCHOR + 2));

    let two = chunk_of(&[
        Op::PreIncSlotVoid(0),
        Op::GetSlot(0),
        Op::LoadInt(20),
        Op::NumLt,
        Op::JumpIfTrue(0),
        Op::AddAssignSlotVoid(2, 1), // 5
        Op::SlotIncLtIntJumpBack(1, 20, 5),
        Op::PreIncSlotVoid(3), // 7
        Op::GetSlot(3),
        Op::LoadInt(20),
        Op::NumLt,
        Op::JumpIfTrue(7),
        Op::GetSlot(3),
    ]);
    is_traced(&two, &Value::Int(0));
    assert!(jit.trace_is_compiled(&two, 0) && jit.trace_is_compiled(&two, 7));
    assert!(
        !jit.trace_is_compiled(&two, 5),
        "fused jumps are not traced"
    );

    // A test at the top, and a condition that is reached by a jump forward.
    for (program, anchor, fallthrough) in [
        (
            ".slot i\n.loop:\n GetSlot i\n LoadInt 90\n NumLt\n JumpIfFalse .end\n PreIncSlotVoid i\n Jump .loop\n.end:\n GetSlot i",
            0,
            6,
        ),
        // Down by three, and by halves up.
        (
            ".slot i\n.loop:\n GetSlot i\n LoadInt 3\n Sub\n SetSlot i\n GetSlot i\n LoadInt -200\n NumGt\n JumpIfTrue .loop\n GetSlot i",
            0,
            8,
        ),
        (
            ".slot i\n LoadFloat 0.5\n SetSlot i\n.loop:\n GetSlot i\n LoadFloat 0.5\n Add\n SetSlot i\n GetSlot i\n LoadInt 101\n NumLt\n JumpIfTrue .loop\n GetSlot i",
            2,
            10,
        ),
        (
            ".slot i\n Jump .test\n.body:\n PreIncSlotVoid i\n.test:\n GetSlot i\n LoadInt 90\n NumLt\n JumpIfTrue .body\n GetSlot i",
            1,
            6,
        ),
    ] {
        let chunk = assemble("while.fasm", program).unwrap();
        is_traced(&chunk, &Value::Int(0));
        let anchors = jit.trace_loop_anchors(&chunk, anchor);
        assert_eq!(anchors, Some((anchor, fallthrough)));
        let mut vm = VM::new(chunk);
        vm.enable_tracing_jit();
        vm.try_run().unwrap();
        assert_eq!(vm.jit_stats().entries, 1, "{program}");
    }
}

#[test]
fn recordings_have_bounds() {
    let jit = JitCompiler::new();
    let defaults = TraceJitConfig {
        trace_threshold: 5,
        ..TraceJitConfig::defaults()
    };
    jit.set_config(TraceJitConfig {
        max_trace_len: 3,
        ..defaults
    });
    assert!(!is_traced(&counting(150, ""), &Value::Int(0)));
    jit.set_config(TraceJitConfig {
        max_inline_recursion: 0,
        ..defaults
    });
    let calls = || counting(150, "Call one 0\n Pop");
    assert!(!is_traced(&calls(), &Value::Int(0)));
    jit.set_config(TraceJitConfig {
        max_inline_recursion: 1,
        ..defaults
    });
    assert!(is_traced(&calls(), &Value::Int(0)));
}

/// A loop whose path depends on slot 1.
fn forked() -> Chunk {
    counting(
        80,
        "GetSlot x\n JumpIfFalse .else\n LoadInt 1\n Jump .join\n.else:\n LoadInt 2\n.join:\n SetSlot 2",
    )
}

#[test]
fn other_paths_are_counted() {
    set_threshold(5);
    let jit = JitCompiler::new();
    let chunk = forked();
    assert!(is_traced(&chunk, &Value::Int(1)));
    assert_eq!(jit.trace_side_exit_count(&chunk, ANCHOR), 0);
    for count in 1..=3 {
        outcome(&chunk, &Value::Int(0), true);
        assert_eq!(jit.trace_side_exit_count(&chunk, ANCHOR), count);
    }
    for _ in 3..50 {
        assert!(!jit.trace_is_blacklisted(&chunk, ANCHOR));
        jit.trace_bump_side_exit(&chunk, ANCHOR);
    }
    assert!(jit.trace_is_blacklisted(&chunk, ANCHOR));
    assert!(jit.trace_is_compiled(&chunk, ANCHOR));
    assert_eq!(
        outcome(&chunk, &Value::Int(1), true),
        outcome(&chunk, &Value::Int(1), false)
    );

    jit.trace_bump_side_exit(&chunk, 1);
    assert_eq!(
        jit.trace_side_exit_count(&chunk, 1),
        0,
        "nothing is known there"
    );
}

#[test]
fn other_kinds_are_counted() {
    set_threshold(5);
    let jit = JitCompiler::new();
    let chunk = counting(80, "GetSlot x\n Pop");
    assert!(is_traced(&chunk, &Value::Int(1)));
    for count in 1..=5 {
        assert!(!jit.trace_is_blacklisted(&chunk, ANCHOR));
        outcome(&chunk, &Value::Float(1.5), true);
        assert_eq!(jit.trace_deopt_count(&chunk, ANCHOR), count);
    }
    assert!(jit.trace_is_blacklisted(&chunk, ANCHOR));

    let untouched = counting(80, "");
    assert!(is_traced(&untouched, &Value::Int(1)));
    outcome(&untouched, &Value::Float(1.5), true);
    assert_eq!(jit.trace_deopt_count(&untouched, ANCHOR), 0);
}

/// The trace of a chunk's loop, recorded on another thread.
fn recorded(chunk: &Chunk) -> TraceMetadata {
    let chunk = chunk.clone();
    let recording = thread::spawn(move || {
        set_threshold(5);
        outcome(&chunk, &Value::Int(1), true);
        JitCompiler::new().trace_export(&chunk, ANCHOR)
    });
    recording.join().unwrap().expect("there is a trace")
}

#[test]
fn traces_travel() {
    let jit = JitCompiler::new();
    let chunk = forked();
    assert_eq!(jit.trace_export_all(&chunk), []);
    let exported = recorded(&chunk);
    assert_eq!(
        jit.trace_export(&chunk, ANCHOR),
        None,
        "threads know their own"
    );
    let json = serde_json::to_string(&exported).unwrap();
    let read: TraceMetadata = serde_json::from_str(&json).unwrap();
    assert_eq!(jit.trace_import_all(&chunk, &[read]), 1);
    assert!(jit.trace_is_compiled(&chunk, ANCHOR));
    assert_eq!(
        jit.trace_export_all(&chunk),
        std::slice::from_ref(&exported)
    );
    assert!(is_traced(&chunk, &Value::Int(1)));
    assert!(is_traced(&chunk, &Value::Int(0)));

    let other = counting(81, "");
    assert_eq!(
        jit.trace_import_all(&other, std::slice::from_ref(&exported)),
        0
    );
    assert!(!jit.trace_is_compiled(&other, ANCHOR));
    // A chunk with the same content is another one.
    assert!(jit.trace_import(&forked(), &exported));
}

#[test]
fn what_is_no_recording_is_not_installed() {
    let jit = JitCompiler::new();
    let chunk = forked();
    let genuine = recorded(&chunk);
    type Change = fn(&mut TraceMetadata);
    let changes: [(&str, Change); 11] = [
        ("another hash", |m| m.chunk_op_hash ^= 1),
        ("nothing", |m| {
            m.ops.clear();
            m.recorded_ips.clear();
        }),
        ("a missing index", |m| m.recorded_ips.truncate(2)),
        ("an index outside", |m| m.recorded_ips[1] = 9000),
        ("an index too large", |m| {
            *m.recorded_ips.last_mut().unwrap() = usize::MAX;
        }),
        ("another operation", |m| m.ops[0] = Op::Nop),
        ("a slot outside", |m| m.ops[0] = Op::GetSlot(9000)),
        ("a gap", |m| {
            m.ops.remove(2);
            m.recorded_ips.remove(2);
        }),
        ("another head", |m| m.anchor_ip += 1),
        ("another way on", |m| m.fallthrough_ip = usize::MAX),
        ("no jump back", |m| {
            m.ops.pop();
            m.recorded_ips.pop();
        }),
    ];
    for (change, apply) in changes {
        let mut changed = genuine.clone();
        apply(&mut changed);
        assert!(!jit.trace_import(&chunk, &changed), "{change}");
        let TraceMetadata {
            anchor_ip,
            fallthrough_ip,
            ops,
            recorded_ips,
            slot_kinds_at_anchor,
            ..
        } = &changed;
        let install = jit.trace_install(
            &chunk,
            *anchor_ip,
            *fallthrough_ip,
            ops,
            recorded_ips,
            slot_kinds_at_anchor,
        );
        assert_eq!(install, change == "another hash", "{change}");
        assert_eq!(jit.trace_import_all(&counting(80, ""), &[changed]), 0);
    }
}

#[test]
fn installing_revives_and_replaces() {
    let jit = JitCompiler::new();
    let chunk = forked();
    let trace = recorded(&chunk);
    let kinds = &trace.slot_kinds_at_anchor;
    let (ops, ips, end) = (&trace.ops, &trace.recorded_ips, trace.fallthrough_ip);
    jit.trace_abort(&chunk, ANCHOR);
    assert!(!jit.trace_is_compiled(&chunk, ANCHOR));
    assert!(jit.trace_install(&chunk, ANCHOR, end, ops, ips, kinds));
    jit.trace_abort(&chunk, ANCHOR);
    assert!(jit.trace_is_compiled(&chunk, ANCHOR));
    let look = |slots: &mut [i64], info: &mut DeoptInfo| {
        jit.trace_lookup(&chunk, ANCHOR, slots, &[SlotKind::Int; 3], info)
    };
    let info = &mut DeoptInfo::zeroed();
    assert_eq!(look(&mut [0, 1, 0], info), TraceLookup::Skip);
    assert!(jit.trace_install(&chunk, ANCHOR, end, ops, ips, kinds));
    assert_eq!(
        look(&mut [0, 1, 0], info),
        TraceLookup::Ran { resume_ip: end }
    );

    let record = ANCHOR + 1000;
    assert!(jit.trace_install_with_kind(&chunk, record, ANCHOR, end, ops, ips, kinds));
    assert!(jit.trace_is_compiled(&chunk, record));
    assert_eq!(jit.trace_loop_anchors(&chunk, record), Some((ANCHOR, end)));
    let all = jit.trace_export_all(&chunk);
    assert_eq!(all, [trace.clone(), trace.clone()]);
    let elsewhere = thread::spawn(move || {
        assert_eq!(JitCompiler::new().trace_import_all(&chunk, &all), 2);
        assert_eq!(
            outcome(&chunk, &Value::Int(0), true),
            outcome(&chunk, &Value::Int(0), false)
        );
    });
    elsewhere.join().unwrap();
}

#[test]
fn lookups_count_and_run() {
    set_threshold(3);
    let jit = JitCompiler::new();
    let chunk = counting(80, "GetSlot x\n GetSlot i\n Add\n SetSlot x");
    let info = &mut DeoptInfo::zeroed();
    let kinds = [SlotKind::Int, SlotKind::Int];
    let mut look = |slots: &mut [i64], kinds: &[SlotKind]| {
        let answer = jit.trace_lookup(&chunk, ANCHOR, slots, kinds, info);
        (answer, info.frame_count, info.stack_count)
    };
    assert_eq!(look(&mut [], &[]).0, TraceLookup::NotHot);
    assert_eq!(look(&mut [], &[]).0, TraceLookup::NotHot);
    assert_eq!(look(&mut [], &[]).0, TraceLookup::StartRecording);
    assert_eq!(look(&mut [], &[]).0, TraceLookup::StartRecording);

    let trace = recorded(&chunk);
    assert!(jit.trace_import(&chunk, &trace));
    let mut slots = [70, 5];
    let ran = TraceLookup::Ran {
        resume_ip: trace.fallthrough_ip,
    };
    assert_eq!(look(&mut slots, &kinds), (ran, 0, 0));
    assert_eq!(slots, [80, 5 + (70..80).sum::<i64>()]);
    // What has no place in the slots does not run.
    let mut short = [70];
    assert_eq!(look(&mut short, &kinds).0, TraceLookup::GuardMismatch);
    assert_eq!(short, [70]);
    let floats = [SlotKind::Int, SlotKind::Float];
    assert_eq!(look(&mut [70, 0], &floats).0, TraceLookup::GuardMismatch);
    assert_eq!(jit.trace_deopt_count(&chunk, ANCHOR), 2);
    for _ in 0..3 {
        look(&mut [70, 0], &floats);
    }
    assert_eq!(look(&mut slots, &kinds).0, TraceLookup::Skip);
    assert_eq!(
        jit.trace_lookup(&chunk, usize::MAX, &mut slots, &kinds, info),
        TraceLookup::NotHot
    );
}

#[test]
fn a_trace_is_left_with_everything_described() {
    let jit = JitCompiler::new();
    let chunk = counting(80, "LoadFloat 1.5\n GetSlot i\n Call clamp 1\n Pop\n Pop");
    assert!(jit.trace_import(&chunk, &recorded(&chunk)));
    let (mut info, mut slots) = (DeoptInfo::zeroed(), [0, 0]);
    let kinds = [SlotKind::Int; 2];
    let answer = jit.trace_lookup(&chunk, ANCHOR, &mut slots, &kinds, &mut info);
    // The branch of the function goes the other way.
    let call = chunk.ops.iter().position(|op| matches!(op, Op::Call(..)));
    let high = chunk.ops.iter().rposition(|op| *op == Op::LoadInt(50));
    assert_eq!(
        answer,
        TraceLookup::Ran {
            resume_ip: high.unwrap()
        }
    );
    assert_eq!(slots, [50, 0]);
    assert_eq!(info.resume_ip, high.unwrap());
    assert_eq!((info.frame_count, info.stack_count), (1, 1));
    assert_eq!(info.frames[0].return_ip, call.unwrap() + 1);
    assert_eq!(
        (info.frames[0].slot_count, info.frames[0].slots[0]),
        (1, 50)
    );
    assert_eq!(info.stack_buf[0], 1.5f64.to_bits().cast_signed());
    assert_eq!(info.stack_kinds[0], fusevm::jit::STACK_KIND_FLOAT);
}

#[test]
fn what_is_known_goes_with_the_chunk() {
    set_threshold(2);
    let jit = JitCompiler::new();
    for passes in 0..200 {
        let mut chunk = counting(10 + passes, "");
        outcome(&chunk, &Value::Int(0), true);
        assert!(jit.trace_is_compiled(&chunk, ANCHOR));
        chunk.ops[0] = Op::LoadInt(1);
        assert!(!jit.trace_is_compiled(&chunk, ANCHOR), "it has changed");
    }
}

#[test]
fn machines_move_between_threads() {
    set_threshold(5);
    let chunk = counting(100, "");
    let mut vm = VM::new(chunk.clone());
    vm.enable_tracing_jit();
    vm.try_run().unwrap();
    assert!(JitCompiler::new().trace_is_compiled(&chunk, ANCHOR));
    thread::spawn(move || {
        assert!(!JitCompiler::new().trace_is_compiled(&chunk, ANCHOR));
        vm.reset(chunk.clone());
        vm.try_run().unwrap();
        assert!(JitCompiler::new().trace_is_compiled(&chunk, ANCHOR));
    })
    .join()
    .unwrap();
}

#[test]
fn an_empty_loop_can_be_stopped() {
    let chunk = chunk_of(&[Op::Jump(0)]);
    let mut vm = VM::new(chunk);
    vm.enable_tracing_jit();
    let handle = vm.interrupt_handle();
    handle.interrupt();
    assert!(vm.try_run().is_err());
}
