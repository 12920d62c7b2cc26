//! What front ends do with their host: reach it from builtins, fail, leave work to the machine.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fusevm::chunk::{Dialect, Numeric};
use fusevm::semantics::Fault;
use fusevm::{AwkHost, DefaultAwkHost, Op, VM, Value};

use crate::support::{error, float, int, machine, program, value};

/// Counts fields, until there are too many.
struct Counter(i64);

impl AwkHost for Counter {
    fn nf(&mut self) -> i64 {
        self.0 += 1;
        self.0
    }

    fn take_fault(&mut self) -> Option<Fault> {
        (self.0 > 2).then(|| Fault::Raised("too many".into()))
    }

    fn computes(&self) -> bool {
        false
    }
}

fn with_counter(ops: impl Into<Vec<Op>>) -> VM {
    let mut chunk = program(ops);
    chunk.numeric = Numeric {
        dialect: Dialect::Awk,
        ..Numeric::default()
    };
    let (mut vm, _) = machine(chunk);
    vm.set_awk_host(Box::new(Counter(0)));
    vm
}

#[test]
fn a_builtin_gets_host_and_machine() {
    let mut vm = with_counter([Op::AwkNf, Op::CallBuiltin(0, 1), Op::AwkNf, Op::Add]);
    vm.register_builtin(0, |vm, _| {
        let sum = vm.with_awk_host(|counter: &mut Counter, vm| {
            assert!(vm.awk_host.is_none());
            vm.pop().to_int() * 100 + counter.0 * 10
        });
        Value::Int(sum.unwrap())
    });
    assert_eq!(value(vm.run()), int(112));
}

#[test]
fn a_host_of_another_type_stays_where_it_is() {
    let mut vm = with_counter([]);
    assert_eq!(vm.with_awk_host(|_: &mut DefaultAwkHost, _| ()), None);
    assert_eq!(
        vm.with_awk_host(|counter: &mut Counter, _| counter.0),
        Some(0)
    );
    vm.awk_host = None;
    assert_eq!(vm.with_awk_host(|_: &mut Counter, _| ()), None);
}

#[test]
fn a_host_comes_back_after_a_panic_and_can_be_replaced() {
    let mut vm = with_counter([]);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        vm.with_awk_host(|counter: &mut Counter, _| {
            counter.0 = 1;
            panic!("in a builtin");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(
        vm.with_awk_host(|counter: &mut Counter, _| counter.0),
        Some(1)
    );

    vm.with_awk_host(|_: &mut Counter, vm| vm.set_awk_host(Box::new(Counter(7))));
    assert_eq!(
        vm.with_awk_host(|counter: &mut Counter, _| counter.0),
        Some(7)
    );
}

#[test]
fn a_host_may_fail() {
    let mut vm = with_counter([Op::AwkNf, Op::AwkNf, Op::AwkNf]);
    assert_eq!(error(vm.run()), "too many");
    assert_eq!(vm.last_error().unwrap().op_index(), Some(2));
}

#[test]
fn the_machine_computes_by_the_rules_of_the_chunk() {
    let mut vm = with_counter([Op::LoadFloat(1.0 / 3.0), Op::AwkLength(1)]);
    assert_eq!(value(vm.run()), int(8));
    // A host that computes does not know how the program writes fractions.
    vm.reset(vm.chunk().clone());
    vm.set_awk_host(Box::new(DefaultAwkHost));
    assert_eq!(value(vm.run()), int(18));

    // Positions before the text.
    let cases = [(Dialect::Awk, "hel"), (Dialect::Contract, "h")];
    for (dialect, expected) in cases {
        let mut chunk = program([
            Op::LoadConst(0),
            Op::LoadInt(-1),
            Op::LoadInt(3),
            Op::AwkSubstr(3),
        ]);
        chunk.constants = vec![Value::str("hello")];
        chunk.numeric.dialect = dialect;
        let (mut vm, _) = machine(chunk);
        assert_eq!(value(vm.run()), Value::str(expected));
    }
}

#[test]
fn elements_count_by_the_rules_of_the_chunk() {
    let mut vm = with_counter([
        Op::NewHash(0),
        Op::Dup,
        Op::LoadInt(1),
        Op::LoadFloat(0.5),
        Op::IndexAdd,
        Op::Pop,
        Op::LoadInt(1),
        Op::LoadFloat(0.5),
        Op::IndexAdd,
    ]);
    // Whole numbers are integers.
    assert_eq!(value(vm.run()), int(1));
    let mut vm = with_counter([
        Op::NewHash(0),
        Op::LoadInt(1),
        Op::LoadFloat(0.5),
        Op::IndexPostAdd,
        Op::Negate,
    ]);
    assert_eq!(value(vm.run()), float(-0.0));
}
