//! Function values as hosts meet them.

use fusevm::chunk::{ChunkData, assemble};
use fusevm::semantics::Fault;
use fusevm::vm::VmError;
use fusevm::{Op, VM, Value};

use crate::support::{error, int, machine, program, str, value};

/// A machine that calls what the host pushed last with two arguments.
fn caller() -> VM {
    let (mut vm, _) = machine(program([Op::CallValue(2)]));
    vm.register_named_builtin("twice", |vm, argc| {
        assert_eq!(argc, 2);
        vm.pop();
        Value::Int(vm.pop().to_int() * 2)
    });
    vm.register_builtin(7, |vm, _| Value::Int(vm.pop().to_int() - vm.pop().to_int()));
    vm
}

#[test]
fn builtins_are_called_by_name_and_by_id() {
    for (function, result) in [(str("twice"), 6), (Value::NativeFn(7), 1)] {
        let mut vm = caller();
        for operand in [int(3), int(4), function] {
            vm.push(operand);
        }
        assert_eq!(value(vm.run()), int(result));
        assert_eq!(vm.stack(), []);
    }
}

#[test]
fn an_unknown_name_comes_with_the_nearest_one() {
    let mut vm = caller();
    vm.push(str("twce"));
    let message = "not a function: \"twce\"; did you mean \"twice\"?";
    assert_eq!(error(vm.run()), message);
    let fault = vm.last_error().map(VmError::fault);
    let expected = Fault::NotAFunction {
        found: "\"twce\"".into(),
        nearest: Some("twice".into()),
    };
    assert_eq!(fault, Some(&expected));
    // What is shown of a text has a bound.
    vm.reset(program([Op::CallValue(0)]).into());
    vm.push(Value::str("é\n".repeat(100)));
    let shown = "é\\n".repeat(20);
    assert_eq!(error(vm.run()), format!("not a function: \"{shown}\"..."));
}

#[test]
fn a_function_of_the_chunk_comes_before_a_builtin_of_its_name() {
    let source = "LoadInt 1\nLoadInt 2\nLoadConst \"twice\"\nCallValue 2\nReturnValue\n\
                  .sub twice\nSub\nReturnValue";
    let mut vm = caller();
    vm.reset(assemble("test", source).unwrap());
    assert_eq!(value(vm.run()), int(-1));
}

#[test]
fn open_calls_have_the_name_of_the_function() {
    let source = "LoadFunction f\nCallValue 0\nReturn\n\
                  .sub f\nLoadConst \"g\"\nCallValue 0\nReturn\n\
                  .sub g\nLoadUndef\nCallValue 0";
    let (mut vm, _) = machine(assemble("test", source).unwrap());
    assert_eq!(error(vm.run()), "not a function: Undef");
    let calls = vm.last_error().map_or(&[][..], VmError::call_stack);
    let calls: Vec<_> = calls
        .iter()
        .map(|call| (call.function(), call.line()))
        .collect();
    assert_eq!(calls, [(Some("g"), Some(6)), (Some("f"), Some(2))]);
}

#[test]
fn recursion_by_value_has_the_limit_of_calls() {
    let mut data = ChunkData {
        ops: vec![Op::LoadFunction(0), Op::CallValue(0)],
        names: vec!["f".to_owned()],
        sub_entries: vec![(0, 0)],
        ..ChunkData::default()
    };
    let (mut vm, _) = machine(data.clone());
    assert!(error(vm.run()).starts_with("call depth exceeded"));
    data.ops[0] = Op::LoadConst(0);
    data.constants = vec![str("f")];
    let (mut vm, _) = machine(data);
    assert!(error(vm.run()).starts_with("call depth exceeded"));
}
