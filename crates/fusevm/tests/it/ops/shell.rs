//! Shell operations of a machine without a host. Hosts and processes are tested elsewhere.

use fusevm::op::{Opcode, file_test, param_mod};
use fusevm::{Op, Value};

use super::{Row, binary, op, program, unary};
use crate::support::{FALSE, TRUE, UNDEF, array, float, int, ints, str};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = commands();
    rows.extend(functions());
    rows.extend(statuses());
    rows.extend(texts());
    rows.extend(forwarded());
    rows
}

fn status(code: i32) -> Value {
    Value::Status(code)
}

fn commands() -> Vec<Row> {
    vec![
        op(Op::Exec(0)).leaves([status(0)]),
        op(Op::Exec(2))
            .on([int(7), array([]), array([])])
            .leaves([int(7), status(0)]),
        op(Op::Exec(1)).on([str("true")]).leaves([status(0)]),
        op(Op::Exec(2))
            .on([str("false"), str("ignored")])
            .leaves([status(1)]),
        op(Op::Exec(3))
            .on([str("echo"), str("-n"), str("a b")])
            .leaves([status(0)])
            .prints("-n a b\n"),
        op(Op::Exec(1))
            .on([str("echo")])
            .leaves([status(0)])
            .prints("\n"),
        // An array is one word for each element, an array in it one word in all.
        op(Op::Exec(2))
            .on([
                array([str("echo"), array([int(1), array([int(2)])])]),
                UNDEF,
            ])
            .leaves([status(0)])
            .prints("1 2 \n"),
        // The last status is the business of `SetStatus`.
        program(Opcode::Exec, [Op::Exec(1), Op::GetStatus])
            .on([str("false")])
            .leaves([status(1), status(0)]),
        // A list takes what is there.
        op(Op::Exec(9)).on([str("false")]).leaves([status(1)]),
        op(Op::Exec(1)).on([str("")]).leaves([status(127)]),
        op(Op::Exec(1))
            .on([str("/nonexistent/program")])
            .leaves([status(127)]),
        op(Op::ExecBg(0)).leaves([status(0)]),
        op(Op::ExecBg(1))
            .on([str("/nonexistent/program")])
            .leaves([status(0)]),
        op(Op::CallFunction(9, 0)).leaves([status(127)]),
        program(
            Opcode::CallFunction,
            [Op::CallFunction(9, 1), Op::GetStatus],
        )
        .on([int(1)])
        .leaves([status(127), status(127)]),
    ]
}

fn functions() -> Vec<Row> {
    let call_with = |call: Op, body: &[Op]| {
        let head = [call, Op::Jump(99)];
        program(call.opcode(), [&head, body].concat()).function(0, 2)
    };
    let exec = |body: &[Op]| call_with(Op::Exec(3), body);
    vec![
        // The arguments are texts, the last one on top; below them is the caller's.
        exec(&[Op::MakeArray(9), Op::ReturnValue])
            .on([int(7), str("f"), ints([1, 2]), float(1.5)])
            .leaves([int(7), array([str("1"), str("2"), str("1.5")])]),
        // Without a value a command leaves the last status, whatever else is on the stack.
        exec(&[Op::LoadInt(3), Op::SetStatus, Op::LoadInt(1), Op::Return])
            .on([str("f"), int(1), int(2)])
            .leaves([status(3)]),
        exec(&[Op::PushFrame, Op::Return])
            .on([str("f"), int(1), int(2)])
            .leaves([status(0)]),
        // Its slots are fresh.
        exec(&[Op::GetSlot(0), Op::ReturnValue])
            .slots([int(8)])
            .on([str("f"), int(1), int(2)])
            .leaves([UNDEF]),
        // A function comes before a command of the same name; `g` is none.
        call_with(Op::CallFunction(0, 1), &[Op::ReturnValue])
            .on([int(4)])
            .leaves([str("4")]),
        call_with(Op::CallFunction(0, 0), &[Op::Return]).leaves([status(0)]),
        call_with(Op::Exec(1), &[Op::LoadInt(1), Op::ReturnValue])
            .on([str("g/none")])
            .leaves([status(127)]),
    ]
}

fn statuses() -> Vec<Row> {
    let set = |value, code| {
        program(Opcode::SetStatus, [Op::SetStatus, Op::GetStatus])
            .on([value])
            .leaves([status(code)])
    };
    vec![
        set(status(-3), -3),
        set(TRUE, 1),
        set(FALSE, 0),
        set(UNDEF, 0),
        set(str("12"), 12),
        set(str(" 12"), 0),
        set(float(-2.9), -2),
        set(ints([5, 5, 5]), 3),
        set(int(300_000_000_000), -647_710_720),
        op(Op::SetStatus),
        op(Op::GetStatus).leaves([status(0)]),
        program(
            Opcode::PipelineEnd,
            [Op::SetStatus, Op::PipelineEnd, Op::GetStatus],
        )
        .on([int(5)])
        .leaves([status(5), status(5)]),
        program(
            Opcode::SubshellEnd,
            [Op::SetStatus, Op::SubshellEnd, Op::GetStatus],
        )
        .on([int(5)])
        .leaves([status(5)]),
    ]
}

fn texts() -> Vec<Row> {
    let mut rows = unary(
        Op::WordSplit,
        [
            (str(" a  b\tc\n"), array([str("a"), str("b"), str("c")])),
            (str(""), array([])),
            (UNDEF, array([])),
            (ints([1, 2]), array([str("1"), str("2")])),
            (
                str("no\u{a0}break\u{b}vertical"),
                array([str("no"), str("break"), str("vertical")]),
            ),
            (
                Value::bytes(b"\xff a"),
                array([Value::bytes(b"\xff"), str("a")]),
            ),
        ],
    );
    rows.extend(unary(
        Op::BraceExpand,
        [
            (str("{a,b}"), array([str("{a,b}")])),
            (UNDEF, array([str("")])),
            (Value::bytes(b"\xff"), array([Value::bytes(b"\xff")])),
        ],
    ));
    rows.extend(unary(
        Op::TildeExpand,
        [
            (str("~/x"), str("~/x")),
            (int(5), str("5")),
            (Value::bytes(b"\xff"), Value::bytes(b"\xff")),
        ],
    ));
    rows.extend(binary(
        Op::StrMatch,
        [
            (str("a"), str("a"), TRUE),
            (str("a"), str("*"), FALSE),
            (int(1), str("1"), TRUE),
            (UNDEF, str(""), TRUE),
            (Value::bytes(b"\xff"), Value::bytes(b"\xfe"), FALSE),
        ],
    ));
    rows.extend(binary(
        Op::RegexMatch,
        [(str(""), str(""), FALSE), (str("a"), str("a"), FALSE)],
    ));
    for (modifier, args) in [
        (param_mod::LENGTH, 0),
        (param_mod::DEFAULT, 1),
        (param_mod::SLICE, 2),
        (200, 0),
    ] {
        let mut operands = vec![int(7), str("name")];
        operands.extend((0..args).map(int));
        rows.push(
            op(Op::ExpandParam(modifier))
                .on(operands)
                .leaves([int(7), str("")]),
        );
    }
    rows.extend([
        op(Op::ExpandParam(param_mod::SLICE))
            .on([str("name")])
            .leaves([str("")]),
        op(Op::StrMatch).on([str("x")]).leaves([FALSE]),
        op(Op::WordSplit).leaves([array([])]),
    ]);
    for operation in [Op::Glob, Op::GlobRecursive] {
        rows.extend(unary(
            operation,
            [
                (str(""), array([])),
                (str("/"), array([str("/")])),
                (str("/nonexistent/*"), array([])),
                (str("["), array([])),
                (Value::bytes(b"/\xff"), array([])),
            ],
        ));
    }
    let tests = [
        (file_test::IS_DIR, str("/"), TRUE),
        (file_test::IS_FILE, str("/"), FALSE),
        (file_test::EXISTS, str(""), FALSE),
        (file_test::EXISTS, str("/\0"), FALSE),
        (99, str("/"), FALSE),
    ];
    rows.extend(
        tests.map(|(test, path, result)| op(Op::TestFile(test)).on([path]).leaves([result])),
    );
    rows
}

/// Without a host these take their operands and do nothing.
fn forwarded() -> Vec<Row> {
    vec![
        op(Op::PipelineBegin(2)),
        op(Op::PipelineStage),
        op(Op::Redirect(1, 0))
            .on([int(7), str("file")])
            .leaves([int(7)]),
        op(Op::HereDoc(0)).on([int(7)]).leaves([int(7)]),
        op(Op::HereString)
            .on([int(7), str("text")])
            .leaves([int(7)]),
        op(Op::CmdSubst(0)).leaves([str("")]),
        op(Op::SubshellBegin),
        op(Op::ProcessSubIn(0)).leaves([str("")]),
        op(Op::ProcessSubOut(0)).leaves([str("")]),
        op(Op::TrapSet(0)).on([int(7), str("INT")]).leaves([int(7)]),
        op(Op::TrapCheck),
        op(Op::WithRedirectsBegin(1)),
        op(Op::WithRedirectsEnd),
    ]
}
