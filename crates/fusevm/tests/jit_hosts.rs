//! Native code survives what hosts and other threads do while it runs or is made.
#![cfg(feature = "jit")]

use std::cell::Cell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::thread;

use fusevm::chunk::assemble;
use fusevm::{AwkHost, Chunk, JitMode, ShellHost, VM, Value};

/// What a builtin does.
type Deed = fn(&mut VM);

/// Counts slot 0 to 100, with `body` in each pass, which may call `at_70` with the number of the pass.
fn counting(body: &str) -> Chunk {
    let program = format!(
        "LoadInt 0\n SetSlot 0\n.next:\n GetSlot 0\n {body}\n Pop\n\
         PreIncSlotVoid 0\n GetSlot 0\n LoadInt 100\n NumLt\n JumpIfTrue .next\n GetSlot 0\n ReturnValue\n"
    );
    assemble("counting.fasm", &program).unwrap_or_else(|error| panic!("{error}\n{program}"))
}

/// A program whose code is elsewhere where that of [`counting`] is a loop.
fn other() -> Chunk {
    assemble("other.fasm", &"LoadInt 7\n SetSlot 0\n".repeat(20)).expect("it is well formed")
}

fn machine(chunk: Chunk, mode: JitMode, at_70: Deed) -> VM {
    let mut vm = VM::new(chunk);
    vm.set_jit(mode);
    vm.set_fused(mode != JitMode::Off);
    AT_70.set(at_70);
    vm.register_named_builtin("at_70", |vm, _| {
        if vm.pop() == Value::Int(70) {
            assert!(vm.jit() == JitMode::Off || vm.jit_stats().compiles > 0);
            AT_70.get()(vm);
        }
        Value::Undef
    });
    vm
}

thread_local! {
    static AT_70: Cell<Deed> = const { Cell::new(|_| {}) };
}

/// Everything that a run leaves.
fn outcome(vm: &mut VM) -> String {
    let end = catch_unwind(AssertUnwindSafe(|| vm.try_run())).map_err(|_| "unwound");
    let frames: Vec<_> = vm.frames().map(|frame| format!("{frame:?}")).collect();
    let (ip, stack, chunk) = (vm.ip(), vm.stack(), &vm.chunk().source);
    format!("{end:?} at {ip} of {chunk}, stack {stack:?} {frames:?}")
}

#[test]
fn what_a_builtin_does_to_its_machine_is_seen() {
    let ways: [(&str, Deed); 8] = [
        ("another program", |vm| vm.set_chunk(other())),
        ("the same program, made anew", |vm| {
            vm.set_chunk(counting("Call at_70 1"));
        }),
        ("back to the start", |vm| vm.reset(other())),
        ("a machine in its place", |vm| {
            let mut new = VM::new(other());
            new.set_jit(vm.jit());
            new.set_fused(vm.is_fused());
            mem::swap(vm, &mut new);
        }),
        ("no native code any more", |vm| vm.set_jit(JitMode::Off)),
        ("elsewhere", |vm| {
            vm.set_slot(0, Value::Int(90));
            vm.set_ip(2);
        }),
        ("a slot that is no integer", |vm| {
            vm.set_slot(0, Value::str("80"));
        }),
        ("a panic", |_| panic!("the host fails")),
    ];
    for (name, at_70) in ways {
        // Nobody else has the program, so its code goes when the machine lets go of it.
        let run = |mode| {
            let mut vm = machine(counting("Call at_70 1"), mode, at_70);
            let first = outcome(&mut vm);
            // Goes on behind a panic, and ends what is open.
            format!("{first}\n{}", outcome(&mut vm))
        };
        let expected = run(JitMode::Off);
        for _ in 0..3 {
            assert_eq!(expected, run(JitMode::Eager), "{name}");
        }
    }
}

/// Panics at its 70th question.
struct Moody(u32);

impl Moody {
    fn asked(&mut self) {
        self.0 += 1;
        assert_ne!(self.0, 70, "the host fails");
    }
}

impl ShellHost for Moody {
    fn tilde_expand(&mut self, text: &str) -> String {
        self.asked();
        text.to_owned()
    }
}

impl AwkHost for Moody {
    fn field_get(&mut self, index: i64) -> Value {
        self.asked();
        Value::Int(index)
    }
}

#[test]
fn panics_of_all_hosts_unwind_through_native_code() {
    for body in [
        "TildeExpand",
        "AwkFieldGet",
        "Pop\n Extended 1 0",
        "Pop\n ExtendedWide 1 0",
    ] {
        let chunk = counting(body);
        let run = |mode| {
            let mut vm = machine(chunk.clone(), mode, |_| {});
            vm.host = Some(Box::new(Moody(0)));
            vm.set_awk_host(Box::new(Moody(0)));
            let mut narrow = Moody(0);
            vm.set_extension_handler(Box::new(move |vm, _, _| {
                narrow.asked();
                vm.push(Value::Undef);
            }));
            let mut wide = Moody(0);
            vm.set_extension_wide_handler(Box::new(move |vm, _, _| {
                wide.asked();
                vm.push(Value::Undef);
            }));
            let outcomes = [(); 2].map(|()| outcome(&mut vm));
            (outcomes, vm.jit_stats().entries)
        };
        let (expected, _) = run(JitMode::Off);
        assert!(expected[0].contains("unwound"), "{body}: {}", expected[0]);
        for _ in 0..3 {
            let (found, entries) = run(JitMode::Eager);
            assert_eq!(expected, found, "{body}");
            assert!(entries > 0, "{body}");
        }
    }
}

#[test]
fn threads_that_need_the_same_code_make_it_once() {
    const THREADS: usize = 4;
    let start = Barrier::new(THREADS);
    let chunks: Vec<Chunk> = (0..50)
        .map(|n| counting(&format!("LoadInt {n}\n Add\n Dup\n SetSlot 1")))
        .collect();
    let compiles: u64 = thread::scope(|scope| {
        let work = || {
            let run = |chunk: &Chunk| {
                start.wait();
                let mut vm = machine(chunk.clone(), JitMode::Eager, |_| {});
                assert_eq!(vm.try_run().unwrap(), Some(Value::Int(100)));
                assert!(vm.jit_stats().entries > 0);
                vm.jit_stats().compiles
            };
            chunks.iter().map(run).sum::<u64>()
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(compiles, chunks.len() as u64);
}

/// Everything here once more, with native code that another process has made.
#[cfg(all(unix, feature = "jit-disk-cache"))]
#[test]
fn code_from_the_disk_does_the_same() {
    fusevm_testkit::cached::run_again("code_from_the_disk_does_the_same", 100);
}
