//! The same expressions in this machine and in the AWKs that are installed.

use std::io::Write;
use std::process::{Command, Stdio};

use fusevm::chunk::Dialect;
use fusevm::{Op, Value};

use super::apply;
use crate::support::{float, int, str};

/// An operand as AWK source, or a field of the input.
#[derive(Clone, Debug)]
enum Operand {
    Number(f64),
    Text(&'static str),
    Field(&'static str),
}

use Operand::{Field, Number, Text};

impl Operand {
    fn value(&self) -> Value {
        match *self {
            Number(x) if x.fract() == 0.0 && x.abs() < 2f64.powi(53) => int(x as i64),
            Number(x) => float(x),
            Text(text) => str(text),
            Field(text) => Value::from_input(text),
        }
    }

    fn source(&self, field: usize) -> String {
        match self {
            Number(x) => format!("({x})"),
            Text(text) => format!("\"{text}\""),
            Field(_) => format!("${field}"),
        }
    }

    fn field(&self) -> &str {
        match self {
            Field(text) => text,
            _ => "",
        }
    }
}

/// Operands that the AWKs agree about: they differ in hexadecimal, `inf` and `nan`, and in whole
/// numbers beyond 2^31, which some write as they write fractions.
const OPERANDS: &[Operand] = &[
    Number(0.0),
    Number(1.0),
    Number(-7.0),
    Number(10.0),
    Number(2.5),
    Number(0.1),
    Number(123456.789),
    Number(0.00025),
    Text(""),
    Text("0"),
    Text("10"),
    Text("9"),
    Text("+10"),
    Text("3 apples"),
    Text("abc"),
    Field(""),
    Field("0"),
    Field("10"),
    Field("9"),
    Field("1e1"),
    Field("+10.0"),
    Field(" 10 "),
    Field(".5"),
    Field("10x"),
    Field("-"),
    Field("0.0"),
];

const OPERATIONS: &[(Op, &str)] = &[
    (Op::Add, "+"),
    (Op::Sub, "-"),
    (Op::Mul, "*"),
    (Op::Div, "/"),
    (Op::Mod, "%"),
    (Op::Concat, " "),
    (Op::NumEq, "=="),
    (Op::NumNe, "!="),
    (Op::NumLt, "<"),
    (Op::NumGt, ">"),
    (Op::NumLe, "<="),
    (Op::NumGe, ">="),
    (Op::LogAnd, "&&"),
    (Op::LogOr, "||"),
];

/// What a program prints in an AWK; `None` when that one is not installed.
fn run_awk(awk: &str, source: &str) -> Option<String> {
    // The program is too long for an argument.
    let mut child = Command::new(awk)
        .args(["-f", "/dev/stdin"])
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(source.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{awk} failed");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Divisors of zero are an error here, and not in every AWK.
fn divides_by_zero(op: Op, b: &Operand) -> bool {
    matches!(op, Op::Div | Op::Mod) && Dialect::Awk.float(&b.value()) == 0.0
}

#[test]
fn answers_are_those_of_awk() {
    let mut source = String::from("BEGIN { FS = \"\\t\"\n");
    let mut cases = Vec::new();
    for a in OPERANDS {
        for b in OPERANDS {
            source.push_str(&format!("$0 = \"{}\\t{}\"\n", a.field(), b.field()));
            for &(op, symbol) in OPERATIONS {
                if divides_by_zero(op, b) {
                    continue;
                }
                let expression = format!("({} {symbol} {})", a.source(1), b.source(2));
                // Joined, so that numbers are written as `Concat` writes them.
                source.push_str(&format!("print ({expression} \"\")\n"));
                cases.push((op, a, b, expression));
            }
        }
    }
    source.push('}');
    for awk in ["gawk", "mawk", "original-awk"] {
        let Some(output) = run_awk(awk, &source) else {
            eprintln!("skipped: {awk} is not installed");
            continue;
        };
        let answers: Vec<&str> = output.lines().collect();
        assert_eq!(answers.len(), cases.len(), "{awk}");
        for ((op, a, b, expression), answer) in cases.iter().zip(answers) {
            // Some versions round the quotient on the way to a remainder.
            let divisor = Dialect::Awk.float(&b.value());
            if awk == "original-awk" && *op == Op::Mod && divisor.fract() != 0.0 {
                continue;
            }
            let result = apply(Dialect::Awk, *op, &[a.value(), b.value()]).unwrap();
            let text = apply(Dialect::Awk, Op::Concat, &[result, str("")]).unwrap();
            // Negative zero is written with its sign by some, without by others.
            let is_negative_zero = answer == "-0" && *op != Op::Concat;
            let answer = if is_negative_zero { "0" } else { answer };
            assert_eq!(text, str(answer), "{awk}: {expression} of {a:?} and {b:?}");
        }
    }
}
