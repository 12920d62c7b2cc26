//! AWK operations without a host. Each row also runs in the wide form.

use fusevm::op::{Opcode, OperandValue};
use fusevm::{Op, Value};

use super::{Row, binary, op, program, unary};
use crate::support::{FALSE, TRUE, UNDEF, array, float, int, str};

pub(super) fn rows() -> Vec<Row> {
    let narrow = || {
        [
            silent(),
            text(),
            numbers(),
            bits(),
            strtonum(),
            random(),
            dates(),
        ]
        .into_iter()
        .flatten()
    };
    let mut rows: Vec<Row> = narrow().collect();
    rows.extend(narrow().map(|mut row| {
        for op in &mut row.code {
            widen(op);
        }
        row
    }));
    rows.extend(wide());
    rows
}

fn widen(op: &mut Op) {
    if let Some(id) = op.opcode().awk_id() {
        let payload = match op.operands().next() {
            Some((_, OperandValue::UInt(payload))) => payload as usize,
            _ => 0,
        };
        *op = Op::ExtendedWide(id, payload);
    }
}

/// What only a host can do.
fn silent() -> Vec<Row> {
    let a = || str("a");
    vec![
        op(Op::AwkFieldGet).on([int(1)]).leaves([str("")]),
        op(Op::AwkFieldSet).on([a(), int(1)]),
        op(Op::AwkNf).leaves([int(0)]),
        op(Op::AwkSetRecord).on([a()]),
        op(Op::AwkSpecialGet(0)).leaves([UNDEF]),
        op(Op::AwkSpecialSet(0)).on([a()]),
        op(Op::AwkPrint(2)).on([int(7), a(), a()]).leaves([int(7)]),
        op(Op::AwkPrintf(2)).on([int(7), a(), a()]).leaves([int(7)]),
        op(Op::AwkSprintf(2)).on([a(), a()]).leaves([str("")]),
        op(Op::AwkGetline(1)).on([a()]).leaves([a(), int(0)]),
        op(Op::AwkGetline(2)).on([a()]).leaves([int(0)]),
        op(Op::AwkGetline(6)).on([a()]).leaves([a(), int(0)]),
        op(Op::AwkLength(0)).on([a()]).leaves([a(), int(0)]),
        op(Op::AwkSplit(2)).on([a(), a()]).leaves([int(0)]),
        op(Op::AwkSub(3)).on([a(), a(), a()]).leaves([int(0)]),
        op(Op::AwkGsub(2)).on([a(), a()]).leaves([int(0)]),
        op(Op::AwkMatch).on([a(), a()]).leaves([int(0)]),
        op(Op::AwkGensub(3)).on([a(), a(), a()]).leaves([str("")]),
        op(Op::AwkArrayGet(0)).on([a()]).leaves([str("")]),
        op(Op::AwkArraySet(0)).on([a(), a()]),
        op(Op::AwkArrayExists(0)).on([a()]).leaves([FALSE]),
        op(Op::AwkArrayDelete(0)).on([a()]),
        op(Op::AwkArrayClear(0)).on([a()]).leaves([a()]),
        op(Op::AwkArrayLen(0)).leaves([int(0)]),
        // Short of operands.
        op(Op::AwkPrint(3)).on([a()]),
        op(Op::AwkArraySet(0)),
        op(Op::AwkSplit(0)).leaves([int(0)]),
        op(Op::AwkSub(0)).leaves([int(0)]),
    ]
}

fn text() -> Vec<Row> {
    let torn = || Value::bytes(b"a\xc3\xffb");
    let substr = |args: Vec<Value>, result: &str| {
        op(Op::AwkSubstr(args.len() as u8))
            .on(args)
            .leaves([str(result)])
    };
    let hello = |m: Value, n: Value, result| substr(vec![str("hello"), m, n], result);
    let mut rows = vec![
        hello(int(2), int(3), "ell"),
        hello(int(0), int(3), "he"),
        hello(int(-1), int(3), "h"),
        hello(int(5), int(100), "o"),
        hello(int(1), int(0), ""),
        hello(int(1), int(-1), ""),
        hello(int(2), float(1e20), "ello"),
        hello(str("2.0"), str("2.9"), "el"),
        hello(float(2.9), float(1.9), "e"),
        substr(vec![str("hello"), int(2)], "ello"),
        substr(vec![str("hello"), int(-1)], "hello"),
        substr(vec![str("hello"), int(6)], ""),
        substr(vec![str("hello")], "hello"),
        substr(vec![], ""),
        substr(vec![str("žluť€x"), int(4), int(2)], "ť€"),
        substr(vec![int(12345), int(2), int(3), int(9)], "234"),
        op(Op::AwkSubstr(3))
            .on([torn(), int(2), int(2)])
            .leaves([Value::bytes(b"\xc3\xff")]),
        op(Op::AwkSubstr(2)).on([torn(), int(1)]).leaves([torn()]),
        // The last of too many values counts.
        op(Op::AwkLength(2))
            .on([int(7), str("ab"), str("abc")])
            .leaves([int(7), int(3)]),
    ];
    rows.extend(unary(
        Op::AwkLength(1),
        [
            (str(""), int(0)),
            (str("žluť"), int(4)),
            (torn(), int(4)),
            (int(-12), int(3)),
            (array([int(1), str("bc")]), int(4)),
        ],
    ));
    rows.extend(binary(
        Op::AwkIndex,
        [
            (str("foobar"), str("bar"), int(4)),
            (str("žluť"), str("ť"), int(4)),
            (str("foo"), str("x"), int(0)),
            (str("foo"), str(""), int(1)),
            (str(""), str(""), int(1)),
            (torn(), str("b"), int(4)),
            (torn(), Value::bytes(b"\xff"), int(3)),
            (str("é"), Value::bytes(b"\xa9"), int(0)),
        ],
    ));
    rows.extend(unary(
        Op::AwkToLower,
        [
            (str("ÀB1"), str("àb1")),
            (str("ΑΣ"), str("ας")),
            (Value::bytes(b"AB\xff"), Value::bytes(b"ab\xff")),
            (int(5), str("5")),
        ],
    ));
    rows.extend(unary(
        Op::AwkToUpper,
        [
            (str("ßa"), str("SSA")),
            (torn(), Value::bytes(b"A\xc3\xffB")),
        ],
    ));
    rows.extend(unary(
        Op::AwkOrd,
        [
            (str("€x"), float(8364.0)),
            (str(""), float(0.0)),
            (int(65), float(54.0)),
            (Value::bytes(b"\xff"), float(255.0)),
        ],
    ));
    rows.extend(unary(
        Op::AwkChr,
        [
            (float(65.9), str("A")),
            (str("65"), str("A")),
            (int(0xd800), str("")),
            (int(0x11_0000), str("")),
            (int(-1), str("\0")),
            (str("A"), str("\0")),
        ],
    ));
    rows
}

fn numbers() -> Vec<Row> {
    let nan = || float(f64::NAN);
    let mut rows = unary(
        Op::AwkInt,
        [
            (float(3.9), int(3)),
            (float(-0.5), int(0)),
            (str("3.7"), int(3)),
            (str("3.7abc"), int(0)),
            (int(9_007_199_254_740_993), int(9_007_199_254_740_993)),
            (
                float(9_223_372_036_854_775_808.0),
                float(9_223_372_036_854_775_808.0),
            ),
            (float(-9_223_372_036_854_775_808.0), int(i64::MIN)),
            (nan(), nan()),
            (float(f64::INFINITY), float(f64::INFINITY)),
        ],
    );
    rows.extend([
        op(Op::AwkSqrt).on([int(16)]).leaves([float(4.0)]),
        op(Op::AwkSin).on([UNDEF]).leaves([float(0.0)]),
        op(Op::AwkSin).leaves([float(0.0)]),
        op(Op::AwkCos).on([str("0")]).leaves([float(1.0)]),
        op(Op::AwkExp).on([int(0)]).leaves([float(1.0)]),
        op(Op::AwkLog)
            .on([int(0)])
            .leaves([float(f64::NEG_INFINITY)]),
        op(Op::AwkLog).on([int(1)]).leaves([float(0.0)]),
        op(Op::AwkAtan2)
            .on([int(1), int(0)])
            .leaves([float(std::f64::consts::FRAC_PI_2)]),
        op(Op::AwkAtan2)
            .on([int(0), int(-1)])
            .leaves([float(std::f64::consts::PI)]),
        program(
            Opcode::AwkSqrt,
            [Op::LoadInt(-1), Op::AwkSqrt, Op::Dup, Op::NumEq],
        )
        .leaves([FALSE]),
    ]);
    rows.extend(unary(
        Op::AwkMkbool,
        [
            (str("0"), float(0.0)),
            (str("0.0"), float(1.0)),
            (Value::Status(0), float(1.0)),
            (Value::Status(1), float(0.0)),
            (nan(), float(1.0)),
        ],
    ));
    let big = float(9_223_372_036_854_775_808.0);
    let quotients = [
        (int(17), int(5), Some(float(3.0))),
        (int(-17), int(5), Some(float(-3.0))),
        (float(7.9), float(2.9), Some(float(3.0))),
        (float(-1e300), int(-1), Some(big.clone())),
        (int(i64::MIN), int(-1), Some(big)),
        (int(1), int(0), None),
        (int(1), float(0.5), None),
        (int(1), nan(), None),
        (int(1), str("x"), None),
    ];
    for (a, b, quotient) in quotients {
        let operands = [a, b];
        rows.push(
            op(Op::AwkIntdiv)
                .on(operands.clone())
                .leaves([quotient.clone().unwrap_or(UNDEF)]),
        );
        rows.push(
            op(Op::AwkIntdiv0)
                .on(operands)
                .leaves([quotient.unwrap_or(float(0.0))]),
        );
    }
    rows
}

fn bits() -> Vec<Row> {
    let all = |args: [i64; 3]| args.map(Value::Int);
    let mut rows = vec![
        op(Op::AwkAnd(3)).on(all([15, 7, 12])).leaves([int(4)]),
        op(Op::AwkOr(3)).on(all([1, 2, 8])).leaves([int(11)]),
        op(Op::AwkXor(3)).on(all([1, 3, 8])).leaves([int(10)]),
        op(Op::AwkAnd(0)).leaves([int(0)]),
        op(Op::AwkAnd(1)).on([float(3.9)]).leaves([int(3)]),
        op(Op::AwkOr(1)).on([float(1e30)]).leaves([int(i64::MAX)]),
        op(Op::AwkOr(1))
            .on([int(9_007_199_254_740_993)])
            .leaves([int(9_007_199_254_740_993)]),
        op(Op::AwkXor(2))
            .on([int(-1), str("1.9")])
            .leaves([int(-2)]),
        op(Op::AwkAnd(2)).on([int(7)]).leaves([int(0)]),
    ];
    rows.extend(unary(
        Op::AwkCompl,
        [
            (int(0), int(-1)),
            (float(3.7), int(-4)),
            (float(f64::NAN), int(-1)),
        ],
    ));
    rows.extend(binary(
        Op::AwkLshift,
        [
            (int(1), int(4), int(16)),
            (int(1), int(63), int(i64::MIN)),
            (int(3), int(64), int(3)),
            (int(1), float(1.9), int(2)),
        ],
    ));
    rows.extend(binary(
        Op::AwkRshift,
        [
            (int(-1), int(1), int(i64::MAX)),
            (int(i64::MIN), int(-1), int(1)),
        ],
    ));
    rows
}

fn strtonum() -> Vec<Row> {
    let cases = [
        ("42abc", 42.0),
        (" 42 ", 42.0),
        ("1e5x", 100_000.0),
        ("1e", 1.0),
        ("1e+", 1.0),
        ("1.5.2", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        (".", 0.0),
        ("077.9", 77.9),
        ("-010", -10.0),
        ("-0x10", -0.0),
        ("+0x10", 0.0),
        ("1_0", 1.0),
        ("+inf", f64::INFINITY),
        ("-inf", f64::NEG_INFINITY),
        ("+INF x", f64::INFINITY),
        ("+infinity", 0.0),
        ("-inf5", 0.0),
        ("inf", 0.0),
        ("1e400", f64::INFINITY),
        ("0x1F", 31.0),
        ("0x", 0.0),
        ("0x1Fg", 0.0),
        ("0x11111111111111111", 0.0),
        ("0x1.8", 0.0),
        ("0x+10", 0.0),
        ("010", 8.0),
        ("08", 0.0),
        ("010abc", 0.0),
        ("0-5", 0.0),
        ("0", 0.0),
        ("0123 hello", 123.0),
        ("010e", 10.0),
        ("5é", 5.0),
        ("+5 é", 5.0),
        ("", 0.0),
    ];
    let rows =
        cases.map(|(text, number)| op(Op::AwkStrtonum).on([str(text)]).leaves([float(number)]));
    let mut rows = Vec::from(rows);
    rows.push(
        op(Op::AwkStrtonum)
            .on([Value::bytes(b"7\xff")])
            .leaves([float(7.0)]),
    );
    rows
}

fn random() -> Vec<Row> {
    let sequence = |seed: Value, first: f64| {
        let code = [Op::LoadConst(0), Op::AwkSrand(1), Op::Pop, Op::AwkRand];
        program(Opcode::AwkSrand, code)
            .constants([seed])
            .leaves([float(first)])
    };
    vec![
        program(Opcode::AwkRand, [Op::AwkRand, Op::AwkRand, Op::AwkRand]).leaves([
            float(0.513_854_980_468_75),
            float(0.175_720_214_843_75),
            float(0.308_624_267_578_125),
        ]),
        sequence(int(42), 0.582_305_908_203_125),
        sequence(int(0), 0.0),
        sequence(float(-3.5), 0.0),
        op(Op::AwkSrand(0)).leaves([float(1.0)]),
        op(Op::AwkSrand(2))
            .on([int(7), int(5)])
            .leaves([float(1.0)]),
        program(
            Opcode::AwkSrand,
            [Op::LoadConst(0), Op::AwkSrand(1), Op::Pop, Op::AwkSrand(0)],
        )
        .constants([float(1e12)])
        .leaves([float(4_294_967_295.0)]),
        program(Opcode::AwkSrand, [Op::AwkRand, Op::Pop, Op::AwkSrand(0)])
            .leaves([float(1_103_527_590.0)]),
    ]
}

fn dates() -> Vec<Row> {
    let utc = [str("%Y-%m-%d %H:%M:%S"), float(1_234_567_890.125), int(1)];
    vec![
        program(
            Opcode::AwkSystime,
            [Op::AwkSystime, Op::LoadFloat(1.5e9), Op::NumGt],
        )
        .leaves([TRUE]),
        op(Op::AwkStrftime(3))
            .on(utc)
            .leaves([str("2009-02-13 23:31:30")]),
        op(Op::AwkStrftime(3))
            .on([Value::bytes(b"\xff%j"), int(0), int(1)])
            .leaves([Value::bytes(b"\xff001")]),
        program(
            Opcode::AwkStrftime,
            [
                Op::AwkStrftime(0),
                Op::AwkLength(1),
                Op::LoadInt(19),
                Op::NumGt,
            ],
        )
        .leaves([TRUE]),
        op(Op::AwkMktime(2))
            .on([str("2020 01 01 00 00 00"), int(1)])
            .leaves([float(1_577_836_800.0)]),
        op(Op::AwkMktime(0)).leaves([float(-1.0)]),
    ]
}

/// What only the wide form can ask for.
fn wide() -> Vec<Row> {
    let wide = |about: Opcode, payload| {
        program(about, [Op::ExtendedWide(about.awk_id().unwrap(), payload)])
    };
    vec![
        wide(Opcode::AwkPrint, usize::MAX).on([int(1), int(2)]),
        wide(Opcode::AwkOr, usize::MAX)
            .on([int(1), int(2)])
            .leaves([int(3)]),
        wide(Opcode::AwkGetline, usize::MAX)
            .on([int(1)])
            .leaves([int(1), int(0)]),
        wide(Opcode::AwkSpecialGet, usize::MAX).leaves([UNDEF]),
        program(Opcode::ExtendedWide, [Op::ExtendedWide(40_006, 3)])
            .on([int(1)])
            .leaves([int(1), UNDEF]),
    ]
}
