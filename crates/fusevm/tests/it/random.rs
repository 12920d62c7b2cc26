//! Random programs and files: no input does harm, and fuel only stops and never changes a run.

mod generate;
mod mischief;

use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use fusevm::semantics::Fault;
use fusevm::vm::VmError;
use fusevm::{Chunk, VM, Value};
use fusevm_testkit::Rng;
use fusevm_testkit::cases::{for_seeds, seeds};

use crate::support::{Sink, machine};
use generate::program;

/// Runs the machine; unwindings that a handler or an object meant to start end here.
fn run_through_bangs(vm: &mut VM) {
    let outcome = catch_unwind(AssertUnwindSafe(|| drop(vm.run())));
    if let Err(payload) = outcome {
        assert!(payload.is::<mischief::Bang>(), "the machine panicked");
    }
    mischief::look(vm);
}

#[test]
fn any_program_and_any_handler_do_no_harm() {
    for_seeds(seeds(20_000), |(), seed| {
        let mut rng = Rng::new(seed);
        mischief::seed(rng.number());
        let chunk = Chunk::from(program(&mut rng, true));
        let _ = chunk.verify();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let (mut vm, _) = machine(chunk);
            mischief::install(&mut vm);
            mischief::bounded(&mut vm);
            for _ in 0..8 {
                run_through_bangs(&mut vm);
                vm.set_fuel(Some(500));
            }
            vm.set_ip(rng.below(40));
            run_through_bangs(&mut vm);
            vm.reset(Chunk::from(program(&mut rng, true)));
            run_through_bangs(&mut vm);
        }));
        if let Err(payload) = outcome {
            // Resetting and dropping the machine drop values, too.
            assert!(payload.is::<mischief::Bang>(), "the machine panicked");
        }
    });
}

/// The start of a text. Arrays that share parts can have a debug form too long for any memory.
#[derive(Default)]
struct Start(String);

impl Write for Start {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        const LONG_ENOUGH: usize = 64 * 1024;
        self.0.push_str(text);
        if self.0.len() < LONG_ENOUGH {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }
}

/// The same handles of any machine.
fn without_heap_numbers(debug_form: &str) -> String {
    let mut parts = debug_form.split("Handle(");
    let head = parts.next().unwrap_or_default().to_owned();
    let after_heap = |part: &str| {
        part.split_once(", ")
            .map_or("", |(_, rest)| rest)
            .to_owned()
    };
    parts.fold(head, |text, part| text + "Handle(_, " + &after_heap(part))
}

/// What a run leaves.
fn outcome_of(vm: &VM, result: &Result<Option<Value>, VmError>, output: &Sink) -> [String; 4] {
    let frames = vm.frames().count();
    let stack = (vm.stack(), frames, vm.heap_len());
    let debug_forms: [&dyn fmt::Debug; 3] = [result, &stack, &vm.globals()];
    let [result, stack, globals] = debug_forms.map(|debug| {
        let mut start = Start::default();
        let _ = write!(start, "{debug:?}");
        without_heap_numbers(&start.0)
    });
    [result, stack, globals, output.text()]
}

#[test]
fn fuel_in_any_portions_gives_the_same_run() {
    for_seeds(seeds(6_000), |(), seed| {
        let mut rng = Rng::new(seed ^ 0x5eed);
        let chunk = Chunk::from(program(&mut rng, false));
        if chunk.verify().is_err() {
            return;
        }
        let (mut whole, whole_output) = machine(chunk.clone());
        mischief::bounded(&mut whole);
        let result = whole.try_run();
        let too_large = |fault: &Fault| matches!(fault, Fault::ValueTooLarge { .. });
        match &result {
            // It may never end. Or it stopped within a loop operation, which in portions gets
            // part of the way.
            Err(error) if *error.fault() == Fault::OutOfFuel || too_large(error.fault()) => return,
            _ => {}
        }
        let (mut parts, parts_output) = machine(chunk);
        mischief::bounded(&mut parts);
        let mut portions = (0..10_000).map(|_| {
            parts.set_fuel(Some(rng.number() % 50));
            parts.try_run()
        });
        let out_of_fuel = |error: &VmError| *error.fault() == Fault::OutOfFuel;
        let in_parts = portions
            .find(|result| !result.as_ref().is_err_and(out_of_fuel))
            .expect("the run ends like the whole one");
        assert_eq!(
            outcome_of(&parts, &in_parts, &parts_output),
            outcome_of(&whole, &result, &whole_output),
        );
    });
}

#[test]
fn damaged_files_are_refused_or_harmless() {
    for_seeds(seeds(2_000), |(), seed| {
        let mut rng = Rng::new(seed ^ 0xf11e);
        let mut bytes = Chunk::from(program(&mut rng, seed % 2 == 0))
            .to_bytes()
            .expect("the program can be stored");
        for _ in 0..=rng.below(3) {
            let at = rng.below(bytes.len());
            match rng.below(3) {
                0 => bytes[at] ^= 1 << rng.below(8),
                1 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, rng.number() as u8),
            }
        }
        let read = [
            Chunk::from_bytes(&bytes),
            Chunk::from_bytes_unverified(&bytes),
        ];
        for chunk in read.into_iter().flatten() {
            let (mut vm, _) = machine(chunk);
            mischief::bounded(&mut vm);
            let _ = vm.run();
        }
    });
}
