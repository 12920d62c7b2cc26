//! AWK's dialect.

use fusevm::chunk::Dialect;
use fusevm::semantics::{Fault, NumberFormat};
use fusevm::{Op, Value};

use super::apply;
use crate::support::{FALSE, TRUE, UNDEF, array, float, int, machine, program, str};

fn input(text: &str) -> Value {
    Value::from_input(text)
}

/// Values by kind and bits, so that NaN is itself and -0.0 is not 0.0.
#[track_caller]
fn assert_gives(op: Op, operands: &[Value], expected: &Value) {
    let found = apply(Dialect::Awk, op, operands).unwrap();
    let shown = |value: &Value| format!("{value:?}");
    assert_eq!(shown(&found), shown(expected), "{op:?} {operands:?}");
}

const EXACT: i64 = 1 << 53;

#[test]
fn text_becomes_the_number_that_it_begins_with() {
    let cases: &[(&[u8], Value)] = &[
        (b"", int(0)),
        (b"12", int(12)),
        (b" \t\n\r\x0b\x0c+12 rest", int(12)),
        (b"12x", int(12)),
        (b"-7", int(-7)),
        (b"3.7", float(3.7)),
        (b".5.", float(0.5)),
        (b"5.", int(5)),
        (b"-.5", float(-0.5)),
        (b".", int(0)),
        (b"-", int(0)),
        (b"+-1", int(0)),
        (b"- 1", int(0)),
        (b"1e3", int(1000)),
        (b"1E-1z", float(0.1)),
        (b"1e", int(1)),
        (b"1e+", int(1)),
        (b"1e+x", int(1)),
        (b".e5", int(0)),
        (b"0x10", int(0)),
        (b"1_0", int(1)),
        (b"007", int(7)),
        (b"9007199254740992", int(EXACT)),
        (b"9007199254740993", int(EXACT)),
        (b"9007199254740995", float(9007199254740996.0)),
        (b"99999999999999999999", float(1e20)),
        (b"1e400", float(f64::INFINITY)),
        (b"inf", int(0)),
        (b"nan", int(0)),
        (b"infinity", int(0)),
        (b"+inf", float(f64::INFINITY)),
        (b"-INF x", float(f64::NEG_INFINITY)),
        (b"+infinity", int(0)),
        (b"+nan", float(f64::NAN)),
        (b"+nancy", int(0)),
        (b"+in", int(0)),
        ("-ní".as_bytes(), int(0)),
        (b"12\xff", int(12)),
        (b"\xff12", int(0)),
    ];
    for (text, number) in cases {
        // Adding zero leaves all of these as they are.
        for value in [Value::bytes(text), Value::from_input(text)] {
            assert_gives(Op::Add, &[value, int(0)], number);
        }
    }
}

#[test]
fn results_are_what_doubles_give_and_whole_ones_up_to_2_53_are_integers() {
    let cases = [
        (Op::Add, int(2), int(3), int(5)),
        (Op::Add, float(0.5), float(0.5), int(1)),
        (Op::Add, int(EXACT - 1), int(1), int(EXACT)),
        (Op::Add, int(EXACT), int(1), int(EXACT)),
        (Op::Add, int(EXACT), int(2), float(9007199254740994.0)),
        (Op::Add, int(i64::MAX), int(1), float(2f64.powi(63))),
        (Op::Add, str("3"), str("4"), int(7)),
        (Op::Add, UNDEF, TRUE, int(1)),
        (Op::Add, array([int(1), int(2)]), int(1), int(1)),
        (Op::Add, float(-0.0), float(-0.0), float(-0.0)),
        (Op::Sub, int(-EXACT), int(2), float(-9007199254740994.0)),
        (Op::Sub, int(EXACT + 1), int(EXACT), int(0)),
        (
            Op::Sub,
            float(f64::INFINITY),
            float(f64::INFINITY),
            float(f64::NAN),
        ),
        (Op::Mul, int(1 << 30), int(1 << 23), int(EXACT)),
        (Op::Mul, int(i64::MIN), int(-1), float(2f64.powi(63))),
        (Op::Mul, int(0), int(-1), float(-0.0)),
        (Op::Mul, str("1.5"), int(2), int(3)),
        (Op::Div, int(6), int(2), int(3)),
        (Op::Div, int(3), int(2), float(1.5)),
        (Op::Div, int(0), int(-5), float(-0.0)),
        (Op::Mod, int(-7), int(3), int(-1)),
        (Op::Mod, int(7), int(-3), int(1)),
        (Op::Mod, float(5.5), int(2), float(1.5)),
        (Op::Mod, int(-4), int(2), float(-0.0)),
        (Op::Mod, int(i64::MIN), int(-1), float(-0.0)),
        (Op::Pow, int(2), int(10), int(1024)),
        (Op::Pow, int(2), int(53), int(EXACT)),
        (Op::Pow, int(2), int(54), float(2f64.powi(54))),
        (Op::Pow, int(2), int(-1), float(0.5)),
        (Op::Pow, int(-8), float(0.5), float(-f64::NAN)),
    ];
    for (op, a, b, expected) in cases {
        let found = apply(Dialect::Awk, op, &[a.clone(), b.clone()]).unwrap();
        assert_eq!(
            format!("{found:?}"),
            format!("{expected:?}"),
            "{op:?} {a:?} {b:?}"
        );
    }
    let unary = [
        (Op::Negate, int(5), int(-5)),
        (Op::Negate, int(0), float(-0.0)),
        (Op::Negate, int(i64::MIN), float(2f64.powi(63))),
        (Op::Negate, str("3x"), int(-3)),
        (Op::Inc, str("2.5"), float(3.5)),
        (Op::Inc, UNDEF, int(1)),
        (Op::Inc, int(EXACT), int(EXACT)),
        (Op::Inc, float(-1.0), int(0)),
        (Op::Dec, str("1e1"), int(9)),
        (Op::Dec, int(-EXACT), int(-EXACT)),
        (Op::BitNot, str("7.9 apples"), int(!7)),
    ];
    for (op, a, expected) in unary {
        assert_gives(op, &[a], &expected);
    }
}

#[test]
fn a_divisor_of_zero_is_an_error() {
    for (op, name) in [(Op::Div, "Div"), (Op::Mod, "Mod")] {
        for zero in [int(0), float(0.0), float(-0.0), UNDEF, str("x"), FALSE] {
            let error = apply(Dialect::Awk, op, &[int(1), zero]).unwrap_err();
            assert_eq!(*error.fault(), Fault::DivisionByZero(name));
        }
    }
}

#[test]
fn comparison_goes_by_what_the_operands_look_like() {
    // Each pair with its order; both ways are tried.
    let cases = [
        (int(10), int(9), 1),
        (int(1), float(1.0), 0),
        (int(EXACT), int(EXACT + 1), 0),
        (str("10"), str("9"), -1),
        (str("10"), int(9), -1),
        (str("abc"), int(1), 1),
        (input("10"), input("9"), 1),
        (input(" 10 "), int(10), 0),
        (input("1e1"), int(10), 0),
        (input("+10.0"), input("10"), 0),
        (input("10"), str("9"), -1),
        (input("10"), str("10"), 0),
        (input("0x1A"), int(26), -1),
        (input("10x"), int(9), -1),
        (input("+inf"), int(9), 1),
        (input("inf"), int(9), 1),
        (UNDEF, int(0), 0),
        (UNDEF, str(""), 0),
        (UNDEF, input("0"), 0),
        (UNDEF, str("0"), -1),
        (input(""), int(0), -1),
        (TRUE, int(1), 0),
        (FALSE, str("0"), 0),
        (float(0.1 + 0.2), str("0.3"), 0),
        (int(2), array([int(1), int(5)]), 1),
    ];
    type Holds = fn(i64) -> bool;
    let relations: [(Op, Holds); 6] = [
        (Op::NumEq, |order| order == 0),
        (Op::NumNe, |order| order != 0),
        (Op::NumLt, |order| order < 0),
        (Op::NumGt, |order| order > 0),
        (Op::NumLe, |order| order <= 0),
        (Op::NumGe, |order| order >= 0),
    ];
    for (a, b, order) in cases {
        for (a, b, order) in [(&a, &b, order), (&b, &a, -order)] {
            let operands = [a.clone(), b.clone()];
            assert_gives(Op::Spaceship, &operands, &int(order));
            for (op, holds) in relations {
                assert_gives(op, &operands, &Value::Bool(holds(order)));
            }
        }
    }
    let nan = [float(f64::NAN), int(1)];
    assert_gives(Op::Spaceship, &nan, &int(0));
    for (op, _) in relations {
        assert_gives(op, &nan, &Value::Bool(op == Op::NumNe));
    }
}

#[test]
fn text_comparison_stays_textual() {
    assert_gives(Op::StrEq, &[input("10"), input("1e1")], &FALSE);
    assert_gives(Op::StrLt, &[int(10), int(9)], &TRUE);
    assert_gives(Op::StrEq, &[float(0.1 + 0.2), str("0.3")], &TRUE);
    assert_gives(Op::StrCmp, &[FALSE, str("0")], &int(0));
}

#[test]
fn truth() {
    let cases = [
        (str(""), false),
        (str("0"), true),
        (str(" "), true),
        (str("0.0"), true),
        (input("0"), false),
        (input(" -0.0e5 "), false),
        (input("0x"), true),
        (input(""), false),
        (input(" "), true),
        (input("+nan"), true),
        (int(0), false),
        (float(-0.0), false),
        (float(0.1), true),
        (UNDEF, false),
        (Value::bytes(b"\xff"), true),
    ];
    for (value, truth) in cases {
        assert_gives(
            Op::LogNot,
            std::slice::from_ref(&value),
            &Value::Bool(!truth),
        );
        assert_gives(Op::LogAnd, &[value.clone(), TRUE], &Value::Bool(truth));
        // Jumps agree.
        let mut chunk = program([
            Op::LoadConst(0),
            Op::JumpIfTrue(4),
            Op::LoadInt(0),
            Op::Jump(5),
            Op::LoadInt(1),
        ]);
        chunk.constants = vec![value.clone()];
        chunk.numeric.dialect = Dialect::Awk;
        let result = super::run(chunk, &[]).unwrap();
        assert_eq!(result, int(truth.into()), "{value:?}");
    }
}

#[test]
fn text_of_numbers() {
    let cases = [
        (float(0.1 + 0.2), "0.3"),
        (float(1234567.5), "1.23457e+06"),
        (float(1e30), "1000000000000000019884624838656"),
        (float(-0.0), "0"),
        (float(f64::NEG_INFINITY), "-inf"),
        (int(i64::MIN), "-9223372036854775808"),
        (TRUE, "1"),
        (FALSE, "0"),
        (UNDEF, ""),
    ];
    for (value, text) in cases {
        let ends = [value.clone(), str("")];
        assert_gives(Op::Concat, &ends, &str(text));
        assert_gives(Op::Concat, &[str(""), value.clone()], &str(text));
        assert_gives(Op::StringLen, &[value], &int(text.len() as i64));
    }
}

#[test]
fn the_machine_says_how_fractions_are_written_also_in_keys() {
    let mut chunk = program([
        Op::DeclareHash(0),
        Op::LoadInt(7),
        Op::LoadFloat(2.0 / 3.0),
        Op::HashSet(0),
        Op::LoadFloat(2.0 / 3.0),
        Op::Print(1),
        Op::HashKeys(0),
    ]);
    chunk.numeric.dialect = Dialect::Awk;
    let (mut vm, sink) = machine(chunk.clone());
    vm.set_number_format(NumberFormat::parse("%.2f").unwrap());
    assert_eq!(vm.try_run().unwrap(), Some(array([str("0.67")])));
    assert_eq!(sink.text(), "0.67");
    vm.reset(chunk.into());
    assert_eq!(vm.try_run().unwrap(), Some(array([str("0.666667")])));
}

#[test]
fn the_mark_of_input_is_lost_by_change_and_kept_by_copies() {
    let long = "1".repeat(40);
    for text in ["10", long.as_str()] {
        let marked = input(text);
        let Value::Str(copy) = marked.clone() else {
            panic!("{marked:?} is text");
        };
        assert!(copy.is_input());
        assert_eq!(marked, str(text));
        for operands in [[marked.clone(), str("")], [str(""), marked.clone()]] {
            let Ok(Value::Str(joined)) = apply(Dialect::Awk, Op::Concat, &operands) else {
                panic!("{operands:?} join to text");
            };
            assert!(!joined.is_input() && joined == *text);
        }
        let hash = Value::Hash([(copy, int(1))].into_iter().collect());
        let Value::Hash(hash) = hash else {
            panic!("a hash");
        };
        let key = hash.keys().next().unwrap().to_value();
        assert!(matches!(key, Value::Str(key) if !key.is_input()));
    }
    assert_eq!(input(""), str(""));
    assert_eq!(Value::from_input(b"\xff"), Value::bytes(b"\xff"));
}

#[test]
fn the_contract_knows_nothing_of_input() {
    let cases = [
        (Op::Add, [input(" 1"), int(1)], float(1.0)),
        (Op::NumEq, [input("1e1"), int(10)], TRUE),
        (Op::LogOr, [input("0.0"), FALSE], TRUE),
        (Op::LogOr, [input("0"), FALSE], FALSE),
        (Op::Div, [int(1), int(0)], UNDEF),
        (
            Op::Concat,
            [float(0.1 + 0.2), FALSE],
            str("0.30000000000000004"),
        ),
    ];
    for (op, operands, expected) in cases {
        assert_eq!(
            apply(Dialect::Contract, op, &operands).unwrap(),
            expected,
            "{op:?}"
        );
    }
}

#[test]
fn counted_slots_count_alike_in_every_dialect() {
    for dialect in [Dialect::Contract, Dialect::Awk] {
        let mut chunk = program([Op::PreIncSlot(0)]);
        chunk.numeric.dialect = dialect;
        let (mut vm, _) = machine(chunk);
        vm.set_slot(0, int(i64::MAX));
        assert_eq!(vm.try_run().unwrap(), Some(int(i64::MIN)), "{dialect:?}");
    }
}
