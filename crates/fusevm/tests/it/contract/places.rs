//! Where errors and open calls are in the source.

use fusevm::chunk::assemble;
use fusevm::vm::VmError;

use crate::support::machine;

fn failing(text: &str) -> VmError {
    let (mut vm, _) = machine(assemble("main.fasm", text).unwrap());
    vm.try_run().expect_err("the program fails")
}

#[test]
fn errors_and_calls_have_file_line_and_column() {
    let error = failing(
        r#"
            .loc "main.toy" 7 3
            Call f 0
        .sub f
            .loc "lib.toy" 4
            Call g 0
        .sub g
            .loc
            .line 9
            Call missing 0
        "#,
    );
    let places: Vec<_> = error
        .call_stack()
        .iter()
        .map(|call| (call.file(), call.line(), call.column()))
        .collect();
    assert_eq!(
        places,
        [("lib.toy", Some(4), None), ("main.toy", Some(7), Some(3))]
    );
    let place = (error.file(), error.line(), error.column());
    assert_eq!(place, ("main.fasm", Some(9), None));
    assert_eq!(error.source_name(), "main.fasm");
}

#[test]
fn the_file_of_an_error_is_that_of_its_span() {
    let error = failing(".source \"main.toy\"\n.loc lib.toy 12 5\nNop\nCall missing 0");
    let place = (error.file(), error.line(), error.column());
    assert_eq!(place, ("lib.toy", Some(12), Some(5)));
    assert_eq!(
        (error.source_name(), error.op_index()),
        ("main.toy", Some(1))
    );
}

#[test]
fn a_chunk_without_lines_has_no_places() {
    let error = failing(".lines\nCall missing 0");
    let place = (error.file(), error.line(), error.column());
    assert_eq!(place, ("main.fasm", None, None));
}
