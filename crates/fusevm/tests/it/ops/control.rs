//! Jumps, calls, frames, builtins and extensions.

use fusevm::Op;
use fusevm::op::Opcode;

use super::{Row, op, program};
use crate::support::{FALSE, TRUE, UNDEF, int, str};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = jumps();
    rows.extend(calls());
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
        .leaves([int(1), crate::support::float(0.0), int(99)]),
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
