//! What a debugger sees of open frames.

use fusevm::chunk::assemble;
use fusevm::{VM, Value};

use crate::support::{array, error, int, machine, str};

/// Calls, a block operation and a scope, with slots that have names, and `look` in the innermost.
const PROGRAM: &str = r"
.slot n
    LoadInt 1               ; 0
    SetSlot n
    LoadFunction outer
    CallValue 0             ; 3
    Return
.sub outer
.slot list 2
    LoadConst [7]           ; 5
    SetSlot list
    GetSlot list
    MapBlock each           ; 8
    Return
.block each
.slot item
    SetSlot item            ; 10
    Call inner 0            ; 11
.endblock
.sub inner
.slot unset 9
    PushFrame               ; 12
    Call look 0             ; 13
    PopFrame
    ReturnValue
";

type Shown = (Option<String>, Option<usize>, Vec<(String, Value)>);

fn shown(vm: &VM) -> Vec<Shown> {
    vm.frames()
        .map(|frame| {
            let slots = frame.named_slots();
            (
                frame.function().map(str::to_owned),
                frame.op_index(),
                slots
                    .map(|(name, v)| (name.to_owned(), v.clone()))
                    .collect(),
            )
        })
        .collect()
}

fn named<const N: usize>(slots: [(&str, Value); N]) -> Vec<(String, Value)> {
    slots.map(|(name, v)| (name.to_owned(), v)).into()
}

#[test]
fn frames_have_functions_places_and_named_slots() {
    let (mut vm, _) = machine(assemble("test", PROGRAM).unwrap());
    vm.register_named_builtin("look", |vm, _| {
        let slots = named([("list", array([int(7)])), ("item", int(7))]);
        assert_eq!(
            shown(vm),
            [
                (None, Some(3), named([("n", int(1))])),
                (Some("outer".to_owned()), Some(11), slots.clone()),
                // The block operation is in the frame of its function.
                (None, Some(11), slots),
                (
                    Some("inner".to_owned()),
                    Some(12),
                    named([("unset", Value::Undef)])
                ),
                (None, Some(13), named([("unset", Value::Undef)])),
            ]
        );
        vm.raise("seen");
        Value::Undef
    });
    assert_eq!(error(vm.run()), "seen");
    // After a fault the innermost frame is still at the operation that failed.
    assert_eq!(shown(&vm)[4].1, Some(13));
    let location = vm.frames().next_back().and_then(|frame| frame.location());
    assert_eq!(
        location.map(|at| at.to_string()).as_deref(),
        Some("test:23")
    );
    // Before an operation it is at that.
    vm.set_ip(14);
    assert_eq!(shown(&vm)[4].1, Some(14));
}

#[test]
fn a_run_that_can_go_on_is_at_the_next_operation() {
    let (mut vm, _) = machine(assemble("test", PROGRAM).unwrap());
    assert_eq!(shown(&vm), [(None, Some(0), named([("n", Value::Undef)]))]);
    vm.set_fuel(Some(4));
    assert_eq!(error(vm.run()), "out of fuel");
    assert_eq!(shown(&vm)[1].1, Some(5));
    assert_eq!(shown(&vm)[1].2, named([("list", Value::Undef)]));
}

#[test]
fn callers_from_a_replaced_program_have_no_place() {
    let (mut vm, _) = machine(assemble("test", "Call f 0\n.sub f\nCall swap 0\nReturn").unwrap());
    vm.register_named_builtin("swap", |vm, _| {
        vm.set_chunk(assemble("other", ".slot n\nGetSlot n\n.sub g\nReturn").unwrap());
        assert_eq!(shown(vm), [(None, None, vec![]), (None, Some(1), vec![])]);
        str("done")
    });
    assert!(vm.try_run().is_ok());
}
