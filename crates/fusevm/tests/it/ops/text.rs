//! Texts, their comparison, output and input.

use fusevm::{Op, Value};

use super::variables::one_of_each_kind;
use super::{Row, binary, op, program, unary};
use crate::support::{FALSE, TRUE, UNDEF, array, float, hash, int, ints, seven, str};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = texts();
    rows.extend(comparisons());
    rows.extend(output_and_input());
    rows
}

fn texts() -> Vec<Row> {
    let mut rows = binary(
        Op::Concat,
        [
            (str("ab"), str("cd"), str("abcd")),
            (int(-1), float(2.0), str("-12")),
            (float(1e21), float(-0.0), str("1000000000000000000000-0")),
            (UNDEF, FALSE, str("")),
            (TRUE, ints([1, 2]), str("11 2")),
            (
                array([int(0), ints([1, 2]), UNDEF]),
                str("|"),
                str("0 1 2 |"),
            ),
            (hash([]), Value::reference(int(1)), str("(hash)(ref)")),
            (Value::NativeFn(3), seven(), str("(builtin:3)(seven)")),
            (Value::status(-2), float(f64::NAN), str("-2NaN")),
            // Two halves of a character make text.
            (Value::bytes([0xc3]), Value::bytes([0xa9]), str("é")),
            (Value::bytes([0xff]), str("x"), Value::bytes(b"\xffx")),
        ],
    );
    rows.extend([
        op(Op::Concat).on([str("x")]).leaves([str("x")]),
        op(Op::Concat).leaves([str("")]),
        // A text that was copied before the append stays.
        program(Op::Concat.opcode(), [Op::Dup, Op::LoadInt(1), Op::Concat])
            .on([str("a text that is not stored inline")])
            .leaves([
                str("a text that is not stored inline"),
                str("a text that is not stored inline1"),
            ]),
    ]);
    rows.extend(binary(
        Op::StringRepeat,
        [
            (str("ab"), int(3), str("ababab")),
            (str("ab"), int(0), str("")),
            (str("ab"), int(i64::MIN), str("")),
            (str("ab"), str("2"), str("abab")),
            (str("ab"), float(1.9), str("ab")),
            (ints([1, 2]), int(2), str("1 21 2")),
            (UNDEF, int(i64::MAX), str("")),
            (Value::bytes([0xff]), int(2), Value::bytes([0xff, 0xff])),
        ],
    ));
    rows.extend([
        op(Op::StringRepeat).on([int(3)]).leaves([str("")]),
        op(Op::StringRepeat)
            .on([str("ab"), int(i64::MAX)])
            .leaves([str("ab"), int(i64::MAX)])
            .fails("value too large: one value may hold at most 1073741824 bytes"),
    ]);
    rows.extend(unary(
        Op::StringLen,
        [
            (str("é"), int(2)),
            (str(""), int(0)),
            (ints([10, 20, 30]), int(3)),
            (hash([("long key", int(1))]), int(1)),
            (float(4.0), int(1)),
            (int(-10), int(3)),
            (int(i64::MIN), int(20)),
            (UNDEF, int(0)),
            (TRUE, int(1)),
            (FALSE, int(0)),
            (Value::reference(int(1)), int(5)),
            (Value::NativeFn(10), int(12)),
            (Value::bytes([0xff, 0xfe]), int(2)),
            (seven(), int(7)),
        ],
    ));
    rows.push(op(Op::StringLen).leaves([int(0)]));
    rows
}

fn comparisons() -> Vec<Row> {
    let pairs = [
        (str("a"), str("b"), -1),
        (str("b"), str("a"), 1),
        (str("a"), str("a"), 0),
        (int(10), int(9), -1),
        (float(4.0), int(4), 0),
        (UNDEF, str(""), 0),
        (str("a"), str("ab"), -1),
        (str("Z"), str("a"), -1),
        (str("z"), str("é"), -1),
        (ints([1, 2]), str("1 2"), 0),
        (Value::bytes([0xff]), str("é"), 1),
        (TRUE, str("1"), 0),
    ];
    let mut rows = Vec::new();
    for (a, b, order) in pairs {
        let results = [
            (Op::StrEq, Value::Bool(order == 0)),
            (Op::StrNe, Value::Bool(order != 0)),
            (Op::StrLt, Value::Bool(order < 0)),
            (Op::StrGt, Value::Bool(order > 0)),
            (Op::StrLe, Value::Bool(order <= 0)),
            (Op::StrGe, Value::Bool(order >= 0)),
            (Op::StrCmp, int(order)),
        ];
        for (operation, result) in results {
            rows.push(op(operation).on([a.clone(), b.clone()]).leaves([result]));
        }
    }
    rows.extend([
        op(Op::StrEq).on([str("a")]).leaves([FALSE]),
        op(Op::StrLt).on([str("a")]).leaves([TRUE]),
        op(Op::StrEq).leaves([TRUE]),
        op(Op::StrCmp).on([str("a")]).leaves([int(-1)]),
    ]);
    rows
}

fn output_and_input() -> Vec<Row> {
    let line = |input: &'static [u8], result| op(Op::ReadLine).input(input).leaves([result]);
    vec![
        op(Op::Print(2))
            .on([int(1), str("b"), float(2.0)])
            .leaves([int(1)])
            .prints("b2"),
        op(Op::Print(0)).on([int(1)]).leaves([int(1)]),
        op(Op::Print(9))
            .on([int(1), TRUE, FALSE, UNDEF])
            .prints("11"),
        op(Op::Print(3)),
        op(Op::PrintLn(1)).on([ints([1, 2])]).prints("1 2\n"),
        op(Op::PrintLn(0))
            .on([int(1)])
            .leaves([int(1)])
            .prints("\n"),
        op(Op::PrintLn(4)).on([int(1)]).prints("1\n"),
        op(Op::PrintLn(u8::MAX)).on(one_of_each_kind()).prints(
            "1-1-0a text that is not stored inline1 x(hash)3(ref)(builtin:4)\u{fffd}(seven)\n",
        ),
        line(b"", UNDEF),
        line(b"\n", str("")),
        line(b"one\ntwo\n", str("one")),
        line(b"one\r\n", str("one\r")),
        line(b"last", str("last")),
        line(b"\xff\n", Value::bytes([0xff])),
        program(
            Op::ReadLine.opcode(),
            [Op::ReadLine, Op::ReadLine, Op::ReadLine],
        )
        .input(b"a\nb\n")
        .leaves([str("a"), str("b"), UNDEF]),
    ]
}
