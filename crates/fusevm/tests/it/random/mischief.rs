//! Handlers that do whatever the machine's interface allows.

use std::cell::RefCell;
use std::panic::resume_unwind;
use std::thread;

use fusevm::value::{HostObject, Object};
use fusevm::vm::{Access, Limits};
use fusevm::{Chunk, ShellHost, VM, Value};
use fusevm_testkit::Rng;
use fusevm_testkit::values::constant;

use super::generate::program;
use crate::support::{machine, operands_may_leak};

/// The payload of unwindings that are meant to happen.
pub(super) struct Bang;

thread_local! {
    /// Builtins are plain functions: what they need is here.
    static STATE: RefCell<State> = const { RefCell::new(State { rng: Rng::new(0), left: 0 }) };
}

struct State {
    rng: Rng,
    /// Actions that the present case may still take, so that it ends.
    left: usize,
}

/// Starts the mischief of one case.
pub(super) fn seed(seed: u64) {
    STATE.set(State {
        rng: Rng::new(seed),
        left: 60,
    });
}

/// Unwinds without the report that a panic prints.
fn bang() -> ! {
    resume_unwind(Box::new(Bang))
}

/// An object whose hooks and destructor may unwind.
struct Bomb {
    in_display: bool,
    in_drop: bool,
}

impl HostObject for Bomb {
    fn type_name(&self) -> &str {
        "bomb"
    }

    fn display(&self) -> String {
        if self.in_display {
            bang();
        }
        "bomb".to_owned()
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        // A second unwinding would abort the process, by the rules of the language.
        if self.in_drop && !thread::panicking() {
            bang();
        }
    }
}

fn some_value(rng: &mut Rng) -> Value {
    if rng.one_in(6) {
        return Value::Object(Object::new(Bomb {
            in_display: rng.one_in(3) && operands_may_leak(),
            in_drop: rng.one_in(3) && operands_may_leak(),
        }));
    }
    constant(rng)
}

/// A shell host whose calls may unwind. All that could leave the machine is overridden.
struct MischiefHost;

impl ShellHost for MischiefHost {
    fn glob(&mut self, pattern: &str, _: bool) -> Vec<String> {
        bang_sometimes();
        vec![pattern.to_owned(); 3]
    }

    fn expand_param(&mut self, _: &str, _: u8, args: &[Value]) -> Value {
        bang_sometimes();
        args.first().cloned().unwrap_or_default()
    }

    fn cmd_subst(&mut self, _: &Chunk) -> String {
        bang_sometimes();
        "substituted".to_owned()
    }

    fn call_function(&mut self, name: &str, _: Vec<String>) -> Option<i32> {
        bang_sometimes();
        (name == "f0").then_some(3)
    }

    fn exec(&mut self, args: Vec<String>) -> i32 {
        bang_sometimes();
        args.len() as i32
    }

    fn exec_bg(&mut self, args: Vec<String>) -> i32 {
        bang_sometimes();
        args.len() as i32
    }
}

fn bang_sometimes() {
    let bangs = STATE.with_borrow_mut(|state| state.rng.one_in(20));
    if bangs && operands_may_leak() {
        bang();
    }
}

pub(super) fn bounded(vm: &mut VM) {
    vm.set_access(Access::NONE);
    vm.set_fuel(Some(2000));
    vm.set_limits(Limits {
        call_depth: 60,
        value_bytes: 64 * 1024,
        memory_bytes: 256 * 1024,
        stack_values: 3000,
        heap_cells: 200,
    });
}

pub(super) fn install(vm: &mut VM) {
    vm.set_extension_handler(Box::new(|vm, _, _| act(vm)));
    vm.set_extension_wide_handler(Box::new(|vm, _, _| act(vm)));
    vm.register_builtin(0, builtin);
    vm.register_builtin(2, |vm, argc| {
        (0..argc).map(|_| vm.pop()).collect::<Vec<_>>().into()
    });
    vm.register_named_builtin("f3", builtin);
}

fn builtin(vm: &mut VM, _: u8) -> Value {
    act(vm);
    STATE.with_borrow_mut(|state| some_value(&mut state.rng))
}

/// Does a few things to the machine.
fn act(vm: &mut VM) {
    let count = STATE.with_borrow_mut(|state| {
        let count = state.rng.below(4).min(state.left);
        state.left -= count;
        count
    });
    for _ in 0..count {
        // Taken out, for what follows may come back here.
        let mut rng = STATE.with_borrow_mut(|state| Rng::new(state.rng.number()));
        act_once(vm, &mut rng);
    }
}

fn act_once(vm: &mut VM, rng: &mut Rng) {
    let len = vm.chunk().ops.len();
    match rng.below(29) {
        0..3 => vm.push(some_value(rng)),
        3..5 => drop(vm.pop()),
        5 => drop(vm.peek().clone()),
        6..8 => vm.set_ip(*rng.clone().choose(&[rng.below(len + 2), len, usize::MAX])),
        8..10 => vm.set_chunk(Chunk::from(program(rng, true))),
        10 => vm.set_slot(rng.below(12) as u16, some_value(rng)),
        11 => vm.set_slot(u16::MAX, some_value(rng)),
        12 => vm.set_global(rng.below(9) as u16, some_value(rng)),
        13..15 => drop(vm.run()),
        15 if rng.one_in(3) => vm.request_halt(),
        16 if rng.one_in(3) => vm.reset(Chunk::from(program(rng, true))),
        17 => vm.raise("raised"),
        18 => install(vm),
        19 => drop(vm.call_builtin(0, &[some_value(rng), some_value(rng)])),
        20 => vm.interrupt_handle().interrupt(),
        21 => vm.set_limits(Limits {
            stack_values: rng.below(300),
            ..vm.limits()
        }),
        22 if rng.one_in(3) => {
            let (mut other, _) = machine(program(rng, true));
            bounded(&mut other);
            install(&mut other);
            std::mem::swap(vm, &mut other);
        }
        23 if rng.one_in(4) => bang(),
        24 => {
            if let Ok(handle) = vm.new_array_handle([vm.peek().clone(), some_value(rng)]) {
                vm.push(Value::Handle(handle));
            }
        }
        25 => {
            if let Value::Handle(handle) = *vm.peek()
                && let Ok(pin) = vm.pin(handle)
                && rng.one_in(2)
            {
                vm.unpin(pin);
            }
        }
        26 => vm.collect_garbage(),
        27 => {
            vm.host = match vm.host.take() {
                Some(_) if rng.one_in(2) => None,
                _ => Some(Box::new(MischiefHost)),
            }
        }
        _ => look(vm),
    }
}

/// Reads everything that can be read.
pub(super) fn look(vm: &VM) {
    assert!(vm.frames().count() > 0);
    for frame in vm.frames() {
        let mut named = frame.named_slots();
        assert!(named.all(|(name, value)| !name.is_empty() && value.len() < 1 << 20));
        assert!(frame.function().is_none_or(|name| !name.is_empty()));
        assert!(
            frame
                .slots()
                .iter()
                .all(|value| value.clone().len() < 1 << 20)
        );
    }
    assert!(vm.stack().iter().all(|value| value.clone().len() < 1 << 20));
    assert!(vm.globals().iter().all(|value| value.len() < 1 << 20));
}
