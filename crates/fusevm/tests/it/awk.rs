//! AWK programs and their hosts.

mod dates;
mod front_end;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use fusevm::op::OperandValue;
use fusevm::vm::Limits;
use fusevm::{AwkHost, AwkLvalue, DefaultAwkHost, Op, VM, VMPool, VMResult, Value};

use crate::support::{
    UNDEF, array, error, float, int, machine, operands_may_leak, program, str, value,
};

/// Writes down what it is asked, and answers with how often it was asked.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Recorder {
    fn note(&self, call: String) -> i64 {
        let mut log = self.0.lock().unwrap();
        log.push(call);
        log.len() as i64
    }
}

/// Methods that note their name and arguments.
macro_rules! recorded {
    ($($name:ident($($arg:ident: $type:ty),*) $(-> $result:ty = $answer:expr)?;)*) => { $(
        fn $name(&mut self $(, $arg: $type)*) $(-> $result)? {
            let args: &[String] = &[$(format!("{:?}", $arg)),*];
            let number = self.note(format!("{}({})", stringify!($name), args.join(", ")));
            let _ = number;
            $(let answer: fn(i64) -> $result = $answer; answer(number))?
        }
    )* };
}

impl AwkHost for Recorder {
    recorded! {
        field_get(i: i64) -> Value = Value::Int;
        field_set(i: i64, v: Value);
        nf() -> i64 = |n| n;
        set_record(v: Value);
        special_get(name: &str) -> Value = Value::Int;
        special_set(name: &str, v: Value);
        print(args: &[Value]);
        printf(fmt: &str, args: &[Value]);
        sprintf(fmt: &str, args: &[Value]) -> Value = Value::Int;
        getline(source: usize, operand: Option<&str>, var_name: Option<&str>) -> i64 = |n| n;
        length(s: Option<&Value>) -> i64 = |n| n;
        substr(s: &Value, m: i64, n: Option<i64>) -> Value = Value::Int;
        index(s: &Value, t: &Value) -> i64 = |n| n;
        split(s: &Value, arr_name: &str, fs: Option<&Value>) -> i64 = |n| n;
        sub(re: &Value, repl: &Value, target_ref: &AwkLvalue) -> i64 = |n| n;
        gsub(re: &Value, repl: &Value, target_ref: &AwkLvalue) -> i64 = |n| n;
        match_re(s: &Value, re: &Value) -> i64 = |n| n;
        gensub(re: &Value, repl: &Value, how: &Value, target: Option<&Value>) -> Value = Value::Int;
        tolower(s: &Value) -> Value = Value::Int;
        toupper(s: &Value) -> Value = Value::Int;
        int(x: &Value) -> Value = Value::Int;
        sqrt(x: &Value) -> Value = Value::Int;
        sin(x: &Value) -> Value = Value::Int;
        cos(x: &Value) -> Value = Value::Int;
        exp(x: &Value) -> Value = Value::Int;
        log(x: &Value) -> Value = Value::Int;
        atan2(y: &Value, x: &Value) -> Value = Value::Int;
        and(args: &[Value]) -> Value = Value::Int;
        or(args: &[Value]) -> Value = Value::Int;
        xor(args: &[Value]) -> Value = Value::Int;
        compl(v: &Value) -> Value = Value::Int;
        lshift(v: &Value, n: &Value) -> Value = Value::Int;
        rshift(v: &Value, n: &Value) -> Value = Value::Int;
        strtonum(s: &Value) -> Value = Value::Int;
        systime() -> Value = Value::Int;
        strftime(args: &[Value]) -> Value = Value::Int;
        mktime(args: &[Value]) -> Value = Value::Int;
        ord(arg: &Value) -> Value = Value::Int;
        chr(arg: &Value) -> Value = Value::Int;
        mkbool(arg: &Value) -> Value = Value::Int;
        intdiv(a: &Value, b: &Value) -> Value = Value::Int;
        intdiv0(a: &Value, b: &Value) -> Value = Value::Int;
        array_get(arr_name: &str, key: &Value) -> Value = Value::Int;
        array_set(arr_name: &str, key: &Value, v: Value);
        array_exists(arr_name: &str, key: &Value) -> bool = |_| true;
        array_delete(arr_name: &str, key: &Value);
        array_clear(arr_name: &str);
        array_len(arr_name: &str) -> i64 = |n| n;
    }
}

/// Runs an operation in both forms: the host is asked `call` and answers 1, `true` or nothing.
#[track_caller]
fn asks(op: Op, operands: &[Value], call: &str) {
    let payload = match op.operands().next() {
        Some((_, OperandValue::UInt(payload))) => payload as usize,
        _ => 0,
    };
    let wide = op.opcode().awk_id().map(|id| Op::ExtendedWide(id, payload));
    for op in [Some(op), wide].into_iter().flatten() {
        let host = Recorder::default();
        let (mut vm, _) = machine(program([op]));
        vm.set_extension_wide_handler(Box::new(|_, _, _| unreachable!("an id of AWK's")));
        vm.set_awk_host(Box::new(host.clone()));
        operands.iter().for_each(|operand| vm.push(operand.clone()));
        let result = vm.run();
        assert_eq!(*host.0.lock().unwrap(), [call], "{op:?}");
        match result {
            VMResult::Ok(value) => assert!(value == int(1) || value == Value::Bool(true)),
            VMResult::Halted => {}
            VMResult::Error(error) => panic!("{op:?}: {error}"),
        }
        assert!(vm.stack().is_empty(), "{op:?}");
    }
}

#[test]
fn hosts_are_asked_with_the_operands() {
    let (a, b, c) = (str("a"), str("b"), Value::bytes(b"\xff"));
    let none: &[Value] = &[];
    let cases: &[(Op, &[Value], &str)] = &[
        (Op::AwkFieldGet, &[str("3")], "field_get(3)"),
        (
            Op::AwkFieldSet,
            &[c.clone(), int(2)],
            r#"field_set(2, Bytes(b"\xff"))"#,
        ),
        (Op::AwkNf, none, "nf()"),
        (Op::AwkSetRecord, &[str("a")], r#"set_record(Str("a"))"#),
        (Op::AwkSpecialGet(1), none, r#"special_get("g")"#),
        (Op::AwkSpecialGet(9), none, r#"special_get("")"#),
        (
            Op::AwkSpecialSet(0),
            &[int(1)],
            r#"special_set("f", Int(1))"#,
        ),
        (Op::AwkPrint(0), none, "print([])"),
        (
            Op::AwkPrint(2),
            &[a.clone(), c.clone()],
            r#"print([Str("a"), Bytes(b"\xff")])"#,
        ),
        (
            Op::AwkPrint(3),
            &[str("a")],
            r#"print([Undef, Undef, Str("a")])"#,
        ),
        (
            Op::AwkPrintf(2),
            &[str("%d"), int(1)],
            r#"printf("%d", [Int(1)])"#,
        ),
        (Op::AwkPrintf(0), none, r#"printf("", [])"#),
        (Op::AwkPrintf(2), &[str("a")], r#"printf("", [Str("a")])"#),
        (
            Op::AwkSprintf(2),
            &[c.clone(), int(1)],
            "sprintf(\"\u{fffd}\", [Int(1)])",
        ),
        (Op::AwkGetline(0), none, "getline(0, None, None)"),
        (
            Op::AwkGetline(3),
            &[str("a")],
            r#"getline(3, Some("a"), None)"#,
        ),
        (
            Op::AwkGetline(5),
            &[int(7)],
            r#"getline(5, Some("7"), None)"#,
        ),
        (Op::AwkGetline(200), none, "getline(200, None, None)"),
        (Op::AwkLength(0), none, "length(None)"),
        (
            Op::AwkLength(2),
            &[a.clone(), b.clone()],
            r#"length(Some(Str("b")))"#,
        ),
        (
            Op::AwkSubstr(2),
            &[a.clone(), str("2.5")],
            r#"substr(Str("a"), 2, None)"#,
        ),
        (
            Op::AwkSubstr(3),
            &[a.clone(), int(1), int(4)],
            r#"substr(Str("a"), 1, Some(4))"#,
        ),
        (Op::AwkSubstr(0), none, r#"substr(Str(""), 1, None)"#),
        (
            Op::AwkIndex,
            &[a.clone(), b.clone()],
            r#"index(Str("a"), Str("b"))"#,
        ),
        (
            Op::AwkSplit(2),
            &[a.clone(), b.clone()],
            r#"split(Str("a"), "b", None)"#,
        ),
        (
            Op::AwkSplit(3),
            &[a.clone(), b.clone(), c],
            r#"split(Str("a"), "b", Some(Bytes(b"\xff")))"#,
        ),
        (Op::AwkSplit(0), none, r#"split(Str(""), "", None)"#),
        (
            Op::AwkSub(2),
            &[a.clone(), b.clone()],
            r#"sub(Str("a"), Str("b"), Field(0))"#,
        ),
        (
            Op::AwkSub(3),
            &[a.clone(), b.clone(), str("v")],
            r#"sub(Str("a"), Str("b"), Var("v"))"#,
        ),
        (Op::AwkSub(0), none, r#"sub(Str(""), Str(""), Field(0))"#),
        (
            Op::AwkGsub(3),
            &[a.clone(), b.clone(), int(3)],
            r#"gsub(Str("a"), Str("b"), Field(3))"#,
        ),
        (
            Op::AwkGsub(3),
            &[a.clone(), b.clone(), array([str("m"), int(4)])],
            r#"gsub(Str("a"), Str("b"), ArrayElem("m", "4"))"#,
        ),
        (
            Op::AwkMatch,
            &[a.clone(), b.clone()],
            r#"match_re(Str("a"), Str("b"))"#,
        ),
        (
            Op::AwkGensub(2),
            &[a.clone(), b.clone()],
            r#"gensub(Str("a"), Str("b"), Str("g"), None)"#,
        ),
        (
            Op::AwkGensub(4),
            &[a.clone(), b.clone(), int(2), int(5)],
            r#"gensub(Str("a"), Str("b"), Int(2), Some(Int(5)))"#,
        ),
        (Op::AwkToLower, &[str("a")], r#"tolower(Str("a"))"#),
        (Op::AwkToUpper, &[str("a")], r#"toupper(Str("a"))"#),
        (Op::AwkInt, &[str("a")], r#"int(Str("a"))"#),
        (Op::AwkSqrt, &[int(2)], "sqrt(Int(2))"),
        (Op::AwkSin, &[int(2)], "sin(Int(2))"),
        (Op::AwkCos, &[int(2)], "cos(Int(2))"),
        (Op::AwkExp, &[int(2)], "exp(Int(2))"),
        (Op::AwkLog, &[int(2)], "log(Int(2))"),
        (Op::AwkAtan2, &[int(2), int(3)], "atan2(Int(2), Int(3))"),
        (Op::AwkAnd(2), &[int(2), int(3)], "and([Int(2), Int(3)])"),
        (Op::AwkOr(0), none, "or([])"),
        (Op::AwkXor(1), &[int(2)], "xor([Int(2)])"),
        (Op::AwkCompl, &[int(2)], "compl(Int(2))"),
        (Op::AwkLshift, &[int(2), int(3)], "lshift(Int(2), Int(3))"),
        (Op::AwkRshift, &[int(2), int(3)], "rshift(Int(2), Int(3))"),
        (Op::AwkStrtonum, &[str("a")], r#"strtonum(Str("a"))"#),
        (Op::AwkSystime, none, "systime()"),
        (
            Op::AwkStrftime(2),
            &[a.clone(), int(3)],
            r#"strftime([Str("a"), Int(3)])"#,
        ),
        (Op::AwkMktime(1), &[str("a")], r#"mktime([Str("a")])"#),
        (Op::AwkOrd, &[str("a")], r#"ord(Str("a"))"#),
        (Op::AwkChr, &[int(65)], "chr(Int(65))"),
        (Op::AwkMkbool, &[UNDEF], "mkbool(Undef)"),
        (Op::AwkIntdiv, &[int(2), int(3)], "intdiv(Int(2), Int(3))"),
        (Op::AwkIntdiv0, &[int(2), int(3)], "intdiv0(Int(2), Int(3))"),
        (
            Op::AwkArrayGet(0),
            &[float(1.5)],
            r#"array_get("f", Float(1.5))"#,
        ),
        (
            Op::AwkArraySet(0),
            &[int(9), a.clone()],
            r#"array_set("f", Str("a"), Int(9))"#,
        ),
        (
            Op::AwkArrayExists(0),
            &[str("a")],
            r#"array_exists("f", Str("a"))"#,
        ),
        (
            Op::AwkArrayDelete(0),
            &[str("a")],
            r#"array_delete("f", Str("a"))"#,
        ),
        (Op::AwkArrayClear(0), none, r#"array_clear("f")"#),
        (Op::AwkArrayLen(1), none, r#"array_len("g")"#),
    ];
    for (op, operands, call) in cases {
        asks(*op, operands, call);
    }
}

#[test]
fn the_wide_getline_names_a_variable() {
    let id = Op::AwkGetline(0).opcode().awk_id().unwrap();
    let cases = [
        (1, 0, "getline(1, None, Some(\"f\"))"),
        (3, 2, "getline(3, Some(\"x\"), Some(\"h\"))"),
        (1, 700, "getline(1, None, None)"),
    ];
    for (source, name, call) in cases {
        let operands = if source == 3 { vec![str("x")] } else { vec![] };
        asks(
            Op::ExtendedWide(id, source + ((name + 1) << 8)),
            &operands,
            call,
        );
    }
}

#[test]
fn random_numbers_are_the_machines() {
    let host = Recorder::default();
    let (mut vm, _) = machine(program([Op::AwkRand, Op::AwkSrand(0)]));
    vm.set_awk_host(Box::new(host.clone()));
    assert_eq!(value(vm.run()), float(1_103_527_590.0));
    assert!(host.0.lock().unwrap().is_empty());

    vm.reset(program([Op::AwkRand]).into());
    assert_eq!(value(vm.run()), float(0.513_854_980_468_75));
    assert!(vm.awk_host.is_some(), "a reset keeps the host");
}

#[test]
fn a_clean_machine_has_no_host() {
    let mut pool = VMPool::new();
    let mut vm = VM::new(program([Op::AwkNf]).into());
    vm.set_awk_host(Box::new(DefaultAwkHost));
    pool.release(vm);
    assert!(pool.acquire_clean(program([]).into()).awk_host.is_none());
}

#[test]
fn a_host_that_panics_stays() {
    struct Panics;

    impl AwkHost for Panics {
        fn nf(&mut self) -> i64 {
            panic!("no record")
        }
    }

    if !operands_may_leak() {
        return;
    }
    let (mut vm, _) = machine(program([Op::LoadInt(4), Op::AwkNf, Op::LoadInt(5)]));
    vm.set_awk_host(Box::new(Panics));
    assert!(catch_unwind(AssertUnwindSafe(|| vm.run())).is_err());
    assert!(vm.awk_host.is_some());
    assert_eq!(value(vm.run()), int(5));
    assert_eq!(vm.stack(), [int(4)]);
}

#[test]
fn a_handler_may_replace_the_host() {
    let host = Recorder::default();
    let (mut vm, _) = machine(program([Op::AwkNf, Op::Extended(0, 0), Op::AwkNf]));
    let replacement = host.clone();
    vm.set_extension_handler(Box::new(move |vm, _, _| {
        vm.awk_host = Some(Box::new(replacement.clone()));
    }));
    assert_eq!(value(vm.run()), int(1));
    assert_eq!(vm.stack(), [int(0)]);
}

#[test]
fn texts_obey_the_limit() {
    let limits = Limits {
        value_bytes: 8,
        ..Limits::default()
    };
    let long = || str("0123456789");
    let cases = [
        (Op::AwkLength(1), vec![long()]),
        (Op::AwkToUpper, vec![str("ßßßßß")]),
        (Op::AwkStrftime(3), vec![str("%+"), int(0), int(1)]),
        (
            Op::AwkSub(3),
            vec![str(""), str(""), array([array([long()]), long()])],
        ),
    ];
    for (op, operands) in cases {
        let (mut vm, _) = machine(program([op]));
        vm.set_limits(limits);
        operands.into_iter().for_each(|operand| vm.push(operand));
        assert!(error(vm.run()).starts_with("value too large"), "{op:?}");
    }
}
