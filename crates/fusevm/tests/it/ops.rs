//! What every operation does: tables of operands and what they become.
//!
//! Each row runs twice: once with its operands on the stack when the run starts, and once in a
//! program that loads them, so that the operation is in mid-block.

mod arithmetic;
mod awk;
mod by_reference;
mod compare;
mod containers;
mod control;
mod elements;
mod fused;
mod iterate;
mod shell;
mod text;
mod variables;

use std::collections::BTreeSet;
use std::io::Cursor;

use fusevm::chunk::ChunkData;
use fusevm::op::Opcode;
use fusevm::{DefaultAwkHost, Op, VM, Value};

use crate::support::machine;

/// A program, what it starts with and what it leaves.
#[derive(Debug)]
struct Row {
    about: Opcode,
    code: Vec<Op>,
    operands: Vec<Value>,
    constants: Vec<Value>,
    globals: Vec<Value>,
    slots: Vec<Value>,
    functions: Vec<(u16, usize)>,
    blocks: Vec<(usize, usize)>,
    input: &'static [u8],
    stack_after: Vec<Value>,
    globals_after: Vec<Value>,
    slots_after: Vec<Value>,
    output: &'static str,
    error: Option<&'static str>,
}

/// A row about a program.
fn program(about: Opcode, code: impl Into<Vec<Op>>) -> Row {
    Row {
        about,
        code: code.into(),
        operands: Vec::new(),
        constants: Vec::new(),
        globals: Vec::new(),
        slots: Vec::new(),
        functions: Vec::new(),
        blocks: Vec::new(),
        input: b"",
        stack_after: Vec::new(),
        globals_after: Vec::new(),
        slots_after: Vec::new(),
        output: "",
        error: None,
    }
}

/// A row about one operation.
fn op(op: Op) -> Row {
    program(op.opcode(), [op])
}

/// Rows about an operation that takes one value and leaves one.
fn unary<const N: usize>(operation: Op, cases: [(Value, Value); N]) -> Vec<Row> {
    let row = |(a, result)| op(operation).on([a]).leaves([result]);
    cases.map(row).into()
}

/// Rows about an operation that takes two values and leaves one.
fn binary<const N: usize>(operation: Op, cases: [(Value, Value, Value); N]) -> Vec<Row> {
    let row = |(a, b, result)| op(operation).on([a, b]).leaves([result]);
    cases.map(row).into()
}

impl Row {
    /// The operands, the last one on top.
    fn on(mut self, operands: impl Into<Vec<Value>>) -> Self {
        self.operands = operands.into();
        self
    }

    fn constants(mut self, constants: impl Into<Vec<Value>>) -> Self {
        self.constants = constants.into();
        self
    }

    /// The globals before, which stay unless `globals_become` says otherwise.
    fn globals(mut self, globals: impl Into<Vec<Value>>) -> Self {
        self.globals = globals.into();
        self.globals_after.clone_from(&self.globals);
        self
    }

    fn globals_become(mut self, globals: impl Into<Vec<Value>>) -> Self {
        self.globals_after = globals.into();
        self
    }

    /// The slots before, which stay unless `slots_become` says otherwise.
    fn slots(mut self, slots: impl Into<Vec<Value>>) -> Self {
        self.slots = slots.into();
        self.slots_after.clone_from(&self.slots);
        self
    }

    fn slots_become(mut self, slots: impl Into<Vec<Value>>) -> Self {
        self.slots_after = slots.into();
        self
    }

    fn function(mut self, name: u16, entry: usize) -> Self {
        self.functions.push((name, entry));
        self
    }

    fn block(mut self, start: usize, end: usize) -> Self {
        self.blocks.push((start, end));
        self
    }

    fn input(mut self, input: &'static [u8]) -> Self {
        self.input = input;
        self
    }

    /// The stack after, the result on top.
    fn leaves(mut self, stack: impl Into<Vec<Value>>) -> Self {
        self.stack_after = stack.into();
        self
    }

    fn prints(mut self, output: &'static str) -> Self {
        self.output = output;
        self
    }

    fn fails(mut self, error: &'static str) -> Self {
        self.error = Some(error);
        self
    }

    /// The program, with operations in front of it that load the operands if `loading`.
    fn chunk(&self, loading: bool) -> ChunkData {
        let mut constants = self.constants.clone();
        let mut ops = Vec::new();
        if loading {
            for operand in &self.operands {
                ops.push(Op::LoadConst(constants.len() as u16));
                constants.push(operand.clone());
            }
        }
        let shift = ops.len();
        ops.extend(self.code.iter().map(|&op| {
            let mut op = op;
            if let Some(target) = op.target() {
                op.set_target(target.saturating_add(shift));
            }
            op
        }));
        ChunkData {
            ops,
            constants,
            names: vec!["f".to_owned(), "g".to_owned()],
            sub_entries: self
                .functions
                .iter()
                .map(|&(name, at)| (name, at + shift))
                .collect(),
            block_ranges: self
                .blocks
                .iter()
                .map(|&(a, b)| (a + shift, b + shift))
                .collect(),
            ..ChunkData::default()
        }
    }

    fn check(&self, loading: bool, setup: impl FnOnce(&mut VM)) {
        let (mut vm, sink) = machine(self.chunk(loading));
        setup(&mut vm);
        vm.set_reader(Box::new(Cursor::new(self.input)));
        for (index, value) in (0..).zip(&self.globals) {
            vm.set_global(index, value.clone());
        }
        for (index, value) in (0..).zip(&self.slots) {
            vm.set_slot(index, value.clone());
        }
        if !loading {
            self.operands
                .iter()
                .for_each(|value| vm.push(value.clone()));
        }
        let result = vm.try_run();
        let error = result.as_ref().err().map(ToString::to_string);
        let mut stack = vm.stack().to_vec();
        stack.extend(result.ok().flatten());

        assert_eq!(error.as_deref(), self.error, "error of {self:#?}");
        // The debug form tells NaN, -0.0 and kinds apart.
        assert_eq!(
            debug(&stack),
            debug(&self.stack_after),
            "stack of {self:#?}"
        );
        let globals: Vec<Value> = trimmed(vm.globals());
        assert_eq!(
            debug(&globals),
            debug(&trimmed(&self.globals_after)),
            "globals of {self:#?}"
        );
        let slots = trimmed(vm.frames().last().map_or(&[], |frame| frame.slots()));
        assert_eq!(
            debug(&slots),
            debug(&trimmed(&self.slots_after)),
            "slots of {self:#?}"
        );
        assert_eq!(sink.text(), self.output, "output of {self:#?}");
    }
}

fn debug(values: &[Value]) -> Vec<String> {
    values.iter().map(|value| format!("{value:?}")).collect()
}

/// Without what was never set.
fn trimmed(values: &[Value]) -> Vec<Value> {
    let set = values.iter().rposition(|value| *value != Value::Undef);
    values[..set.map_or(0, |last| last + 1)].to_vec()
}

fn all_rows() -> Vec<Row> {
    [
        variables::rows(),
        containers::rows(),
        by_reference::rows(),
        elements::rows(),
        arithmetic::rows(),
        text::rows(),
        compare::rows(),
        control::rows(),
        iterate::rows(),
        fused::rows(),
        shell::rows(),
        awk::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn operations_do_what_their_rows_say() {
    for row in all_rows() {
        row.check(false, |_| {});
        row.check(true, |_| {});
    }
}

#[test]
fn a_default_awk_host_changes_nothing() {
    for row in awk::rows() {
        row.check(false, |vm| vm.set_awk_host(Box::new(DefaultAwkHost)));
    }
}

#[test]
fn every_operation_has_a_row() {
    let covered: BTreeSet<Opcode> = all_rows().iter().map(|row| row.about).collect();
    let missing: Vec<_> = Opcode::ALL
        .iter()
        .filter(|&opcode| !covered.contains(opcode))
        .collect();
    assert!(missing.is_empty(), "no rows about {missing:?}");
}
