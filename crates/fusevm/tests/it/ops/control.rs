//! Jumps, calls, frames, builtins and extensions.

use fusevm::op::Opcode;
use fusevm::{Op, Value};

use super::{Row, op, program};
use crate::support::{FALSE, TRUE, UNDEF, array, float, int, str};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = jumps();
    rows.extend(calls());
    rows.extend(function_values());
    rows.extend(scopes());
    rows.extend(handlers());
    rows.extend(unwinding());
    rows
}

fn unwinding() -> Vec<Row> {
    vec![
        // Out of a call in a scope: the outermost slots are there again, the operands are not.
        program(
            Opcode::Unwind,
            [
                Op::LoadInt(7),
                Op::SetSlot(0),
                Op::LoadInt(1),
                Op::Call(0, 0),
                Op::LoadInt(2),
                Op::Return,
                Op::GetSlot(0), // 6
                Op::Return,
                Op::PushFrame, // 8, the function
                Op::LoadInt(3),
                Op::SetSlot(0),
                Op::LoadInt(4),
                Op::Unwind(6),
            ],
        )
        .function(0, 8)
        .slots_become([int(7)])
        .leaves([int(7)]),
        program(Opcode::Unwind, [Op::LoadInt(1), Op::Unwind(usize::MAX)]),
        // Out of a block operation.
        program(
            Opcode::Unwind,
            [
                Op::LoadInt(1),
                Op::LoadInt(3),
                Op::Range,
                Op::MapBlock(0),
                Op::Unwind(6), // the block
                Op::Return,
                Op::LoadInt(5), // 6
            ],
        )
        .block(4, 5)
        .leaves([int(5)]),
    ]
}

fn jumps() -> Vec<Row> {
    // Leaves 1 on top when it jumps, else 0.
    let told = |jump: Op| {
        program(
            jump.opcode(),
            [jump, Op::LoadInt(0), Op::Jump(4), Op::LoadInt(1), Op::Nop],
        )
    };
    let (yes, no) = (|| int(1), || int(0));
    let mut rows = vec![
        told(Op::Jump(3)).on([TRUE]).leaves([TRUE, yes()]),
        told(Op::Jump(5)).on([TRUE]).leaves([TRUE]),
        told(Op::Jump(usize::MAX)),
        told(Op::JumpIfTrue(3))
            .on([int(8), str("0")])
            .leaves([int(8), no()]),
        told(Op::JumpIfTrue(3))
            .on([int(8), str("00")])
            .leaves([int(8), yes()]),
        told(Op::JumpIfTrue(3)).leaves([no()]),
        told(Op::JumpIfTrue(usize::MAX))
            .on([int(8), TRUE])
            .leaves([int(8)]),
        told(Op::JumpIfFalse(3))
            .on([int(8), FALSE])
            .leaves([int(8), yes()]),
        told(Op::JumpIfFalse(3))
            .on([int(8), TRUE])
            .leaves([int(8), no()]),
        told(Op::JumpIfFalse(3)).leaves([yes()]),
        told(Op::JumpIfTrueKeep(3)).on([TRUE]).leaves([TRUE, yes()]),
        told(Op::JumpIfTrueKeep(3))
            .on([FALSE])
            .leaves([FALSE, no()]),
        told(Op::JumpIfTrueKeep(3)).leaves([no()]),
        told(Op::JumpIfFalseKeep(3))
            .on([FALSE])
            .leaves([FALSE, yes()]),
        told(Op::JumpIfFalseKeep(3)).on([TRUE]).leaves([TRUE, no()]),
        told(Op::JumpIfFalseKeep(3)).leaves([yes()]),
        told(Op::JumpIfFalseKeep(usize::MAX)),
    ];
    rows.push(
        // Counts down from 3 with a backward jump.
        program(
            Opcode::JumpIfTrueKeep,
            [Op::Dec, Op::Dup, Op::Print(1), Op::JumpIfTrueKeep(0)],
        )
        .on([int(3)])
        .leaves([int(0)])
        .prints("210"),
    );
    rows
}

/// Functions that are values. `g` is the name of none.
fn function_values() -> Vec<Row> {
    // What is called subtracts; it starts at 5.
    let calling = |load: Op, argc: u8| {
        let code = [
            load,
            Op::CallValue(argc),
            Op::LoadInt(99),
            Op::Jump(usize::MAX),
            Op::Nop,
            Op::Sub,
            Op::ReturnValue,
        ];
        program(Opcode::CallValue, code).function(0, 5)
    };
    let constant = |function: Value| calling(Op::LoadConst(0), 0).constants([function]);
    let refusing = |function: Value, error| constant(function).fails(error);
    let load = |name: u16| program(Opcode::LoadFunction, [Op::LoadFunction(name), Op::Nop]);
    vec![
        load(0).function(0, 1).leaves([int(1)]),
        load(0).function(0, 1).function(0, 0).leaves([int(1)]),
        // A function behind the end is at the end.
        load(0).function(0, 999).leaves([int(2)]),
        load(1).function(0, 1).leaves([str("g")]),
        load(2).leaves([UNDEF]),
        // The arguments are below the function, the last one on top.
        calling(Op::LoadFunction(0), 2)
            .on([int(1), int(7), int(5)])
            .leaves([int(1), int(2), int(99)]),
        // Absent arguments are not there, others out of reach.
        calling(Op::LoadFunction(0), 9)
            .on([int(7), int(5)])
            .leaves([int(2), int(99)]),
        calling(Op::LoadFunction(0), 0)
            .on([int(7)])
            .leaves([int(7), float(0.0), int(99)]),
        constant(str("f")).leaves([float(0.0), int(99)]),
        constant(int(5)).leaves([float(0.0), int(99)]),
        program(
            Opcode::CallValue,
            [Op::LoadFunction(0), Op::CallValue(0), Op::Nop],
        )
        .function(0, 999)
        .on([int(1)])
        .leaves([int(1)]),
        // Any entry can be called by its place, that of a later function of the same name too.
        program(
            Opcode::CallValue,
            [
                Op::LoadInt(4),
                Op::CallValue(0),
                Op::Jump(usize::MAX),
                Op::Nop,
                Op::LoadInt(8),
                Op::ReturnValue,
            ],
        )
        .function(0, 3)
        .function(0, 4)
        .leaves([int(8)]),
        refusing(int(4), "not a function: 4"),
        refusing(int(-1), "not a function: -1"),
        refusing(int(i64::MAX), "not a function: 9223372036854775807"),
        refusing(str("g"), "not a function: \"g\"; did you mean \"f\"?"),
        refusing(str("frobnicate"), "not a function: \"frobnicate\""),
        refusing(float(5.0), "not a function: Float"),
        refusing(Value::bytes([0xff]), "not a function: Bytes"),
        refusing(array([int(5)]), "not a function: Array"),
        refusing(Value::NativeFn(3), "not a function: builtin 3"),
        op(Op::CallValue(0)).fails("not a function: Undef"),
        // The arguments stay.
        op(Op::CallValue(2))
            .on([int(1), UNDEF])
            .leaves([int(1)])
            .fails("not a function: Undef"),
    ]
}

/// A program that ends before its functions start at 4.
fn calling<const N: usize>(about: Opcode, call: Op, function: [Op; N]) -> Row {
    let mut code = vec![call, Op::LoadInt(99), Op::Jump(usize::MAX), Op::Nop];
    code.extend(function);
    program(about, code).function(0, 4)
}

fn calls() -> Vec<Row> {
    let call = |argc| Op::Call(0, argc);
    vec![
        calling(Opcode::Call, call(2), [Op::Sub, Op::ReturnValue])
            .on([int(1), int(7), int(5)])
            .leaves([int(1), int(2), int(99)]),
        // The last argument is on top.
        calling(
            Opcode::Call,
            call(2),
            [Op::SetSlot(0), Op::GetSlot(0), Op::ReturnValue],
        )
        .on([int(7), int(5)])
        .slots([str("caller")])
        .leaves([int(5), int(99)]),
        calling(
            Opcode::Call,
            call(3),
            [Op::MakeArray(9), Op::StringLen, Op::ReturnValue],
        )
        .on([int(1), int(2)])
        .leaves([int(2), int(99)]),
        // The caller's operands are out of reach.
        calling(
            Opcode::Call,
            call(1),
            [Op::MakeArray(9), Op::StringLen, Op::ReturnValue],
        )
        .on([int(1), int(2), int(3)])
        .leaves([int(1), int(2), int(1), int(99)]),
        calling(
            Opcode::Call,
            call(0),
            [Op::Pop, Op::Pop, Op::Add, Op::ReturnValue],
        )
        .on([int(1)])
        .leaves([int(1), float(0.0), int(99)]),
        calling(Opcode::Call, call(0), [Op::GetSlot(0), Op::ReturnValue])
            .slots([int(1)])
            .leaves([UNDEF, int(99)]),
        // The first of two entries with one name counts.
        calling(Opcode::Call, call(0), [Op::LoadInt(1), Op::ReturnValue])
            .function(0, 0)
            .leaves([int(1), int(99)]),
        program(Opcode::Call, [Op::Call(1, 1), Op::LoadInt(2)])
            .on([int(1)])
            .leaves([int(1)])
            .fails("undefined function: g"),
        op(Op::Call(2, 0)).fails("undefined function: ?"),
        // A function that starts at the end ends the program.
        program(Opcode::Call, [Op::Call(0, 1), Op::LoadInt(2)])
            .function(0, 999)
            .on([int(1)])
            .leaves([int(1)]),
        calling(Opcode::Return, call(1), [Op::LoadInt(8), Op::Return])
            .on([int(1), int(2)])
            .leaves([int(1), int(99)]),
        program(
            Opcode::Return,
            [Op::LoadInt(100), Op::Return, Op::LoadInt(1)],
        )
        .leaves([int(100)]),
        program(Opcode::Return, [Op::Return, Op::LoadInt(1)]),
        calling(
            Opcode::Return,
            call(0),
            [Op::PushFrame, Op::LoadInt(8), Op::PushFrame, Op::Return],
        )
        .on([int(1)])
        .leaves([int(1), int(99)]),
        calling(
            Opcode::ReturnValue,
            call(1),
            [Op::LoadInt(8), Op::LoadInt(9), Op::ReturnValue],
        )
        .on([int(1), int(2)])
        .leaves([int(1), int(9), int(99)]),
        calling(Opcode::ReturnValue, call(0), [Op::ReturnValue])
            .on([int(1)])
            .leaves([int(1), UNDEF, int(99)]),
        calling(
            Opcode::ReturnValue,
            call(0),
            [Op::LoadInt(5), Op::PushFrame, Op::ReturnValue],
        )
        .leaves([int(5), int(99)]),
        program(
            Opcode::ReturnValue,
            [
                Op::PrintLn(0),
                Op::LoadInt(1),
                Op::SetSlot(0),
                Op::GetSlot(0),
                Op::ReturnValue,
                Op::PrintLn(0),
            ],
        )
        .leaves([int(1)])
        .slots_become([int(1)])
        .prints("\n"),
        op(Op::ReturnValue).leaves([UNDEF]),
    ]
}

fn scopes() -> Vec<Row> {
    vec![
        // Fresh slots inside, the outer ones again behind.
        program(
            Opcode::PushFrame,
            [
                Op::PushFrame,
                Op::GetSlot(0),
                Op::Print(1),
                Op::LoadInt(2),
                Op::SetSlot(0),
                Op::PopFrame,
                Op::GetSlot(0),
            ],
        )
        .slots([int(1)])
        .leaves([int(1)]),
        // Operands below a scope can be taken.
        program(Opcode::PushFrame, [Op::PushFrame, Op::Inc, Op::PopFrame])
            .on([int(1)])
            .leaves([int(2)]),
        program(Opcode::PushFrame, [Op::PushFrame, Op::LoadInt(1)]).leaves([int(1)]),
        program(
            Opcode::PopFrame,
            [Op::PushFrame, Op::LoadInt(8), Op::LoadInt(9), Op::PopFrame],
        )
        .on([int(1)])
        .leaves([int(1)]),
        program(
            Opcode::PopFrame,
            [Op::PushFrame, Op::Pop, Op::Pop, Op::PopFrame],
        )
        .on([int(1), int(2), int(3)])
        .leaves([int(1)]),
        // The root frame stays, only its operands go.
        program(
            Opcode::PopFrame,
            [Op::PopFrame, Op::GetSlot(0), Op::LoadInt(2), Op::SetSlot(1)],
        )
        .on([int(1), int(2)])
        .slots([int(7)])
        .leaves([int(7)])
        .slots_become([int(7), int(2)]),
        // A call's frame can be left without a return.
        calling(
            Opcode::PopFrame,
            Op::Call(0, 1),
            [Op::PopFrame, Op::GetSlot(0)],
        )
        .on([int(1), int(2)])
        .slots([int(7)])
        .leaves([int(1), int(7)]),
    ]
}

/// Without a host that registered something these do nothing.
fn handlers() -> Vec<Row> {
    vec![
        op(Op::CallBuiltin(3, 2))
            .on([int(1), int(2)])
            .leaves([int(1), int(2)]),
        op(Op::CallBuiltin(u16::MAX, 200)),
        op(Op::Extended(1, 2)).on([int(1)]).leaves([int(1)]),
        op(Op::ExtendedWide(1, usize::MAX))
            .on([int(1)])
            .leaves([int(1)]),
        // In the range of the AWK operations, but none of them.
        op(Op::ExtendedWide(40999, 0))
            .on([int(1)])
            .leaves([int(1), UNDEF]),
    ]
}
