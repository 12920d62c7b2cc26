//! The reference page and the description of single ops, as text.

use super::{OpFlags, OpInfo, Opcode, OperandKind, Section};

const INTRODUCTION: &str = "\
# Instruction set

This page is generated from the instruction table; `cargo xtask ops-doc` rewrites it.

An op takes its inputs from the operand stack and leaves its result there. The stack pictures show
what it takes and what it leaves, the top on the right. `name*` stands for as many values as the
count operand says, `name?` for values whose number follows from a mode operand, and `...` for an
effect that is only known at run time. A result written as a value kind (`Int`, `Array`) always has
that kind.

A missing operand reads as `Undef`; ops flagged *list* take what is there instead. Integer operands
are converted to integers, conditions to truth values, keys and texts to text. An index that names
nothing reads as `Undef`.

The effects are those under the contract's dialect and wrapping integers. A chunk may choose others;
see `Dialect` and `Overflow` in the documentation of the crate.

The class says what an op may touch: *pure* only the operand stack and the constants, *vm* also the
slots, globals, frames and streams of the VM, *reentrant* anything, because it may run a host, a
builtin or an extension handler.

";

/// The reference page of all ops, in Markdown.
pub fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    push_flags(&mut page);
    push_kinds(&mut page);
    for &section in Section::ALL {
        push_section(&mut page, section);
    }
    page
}

fn push_flags(page: &mut String) {
    page.push_str("## Flags\n\n| Flag | Meaning |\n|---|---|\n");
    for (_, name, meaning) in OpFlags::ALL {
        push_row(page, &[name, meaning]);
    }
    page.push('\n');
}

fn push_kinds(page: &mut String) {
    page.push_str("## Operands\n\n| Kind | Type | Meaning |\n|---|---|---|\n");
    for kind in OperandKind::ALL {
        push_row(page, &[&format!("{kind:?}"), kind.type_name(), kind.doc()]);
    }
    page.push('\n');
}

fn push_section(page: &mut String, section: Section) {
    page.push_str("## ");
    page.push_str(section.title());
    page.push_str("\n\n| # | Op | Stack | Class | Effect |\n|--:|---|---|---|---|\n");
    for &opcode in Opcode::ALL {
        let info = opcode.info();
        if info.section == section {
            push_row(
                page,
                &[
                    &(opcode as u8).to_string(),
                    &format!("`{}`", signature(info)),
                    &format!("`{}`", info.stack.text()),
                    &class_and_flags(info),
                    info.doc,
                ],
            );
        }
    }
    page.push('\n');
}

fn push_row(page: &mut String, cells: &[&str]) {
    page.push('|');
    for cell in cells {
        page.push(' ');
        page.push_str(cell);
        page.push_str(" |");
    }
    page.push('\n');
}

/// `Call(name: Name, argc: Argc)`
fn signature(info: &OpInfo) -> String {
    let mut text = info.name.to_owned();
    if !info.operands.is_empty() {
        let operands: Vec<String> = info
            .operands
            .iter()
            .map(|o| format!("{}: {:?}", o.name, o.kind))
            .collect();
        text.push('(');
        text.push_str(&operands.join(", "));
        text.push(')');
    }
    text
}

/// `pure, commutative`
fn class_and_flags(info: &OpInfo) -> String {
    let mut text = info.class.name().to_owned();
    for name in info.flags.names() {
        text.push_str(", ");
        text.push_str(name);
    }
    text
}

/// Everything known about one op, as plain text.
///
/// ```
/// use fusevm::op::{Opcode, describe};
///
/// assert!(describe(Opcode::Add).starts_with("Add\n  stack    a b -> num\n"));
/// ```
pub fn describe(opcode: Opcode) -> String {
    let info = opcode.info();
    let mut text = signature(info);
    let mut field = |name: &str, value: &str| {
        text.push_str(&format!("\n  {name:<9}{value}"));
    };
    field("stack", info.stack.text());
    field("class", &class_and_flags(info));
    field("section", info.section.title());
    field("number", &(opcode as u8).to_string());
    if let Some(id) = info.awk_id {
        field("AWK id", &id.to_string());
    }
    for operand in info.operands {
        let kind = operand.kind;
        field(
            operand.name,
            &format!("{} ({})", kind.doc(), kind.type_name()),
        );
    }
    text.push_str("\n\n");
    text.push_str(info.doc);
    text.push('\n');
    text
}
