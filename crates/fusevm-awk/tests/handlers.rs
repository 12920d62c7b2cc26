//! What compiled programs ask of the run time, and why it cannot be a general operation.

#[path = "support/cases.rs"]
#[expect(
    dead_code,
    reason = "only the texts of the programs are of interest here"
)]
mod cases;

use std::collections::BTreeMap;

use cases::{Case, cases};
use fusevm::Op;
use fusevm_awk::{Program, Source};

/// Every handler that a program may reach: builtins of the run time by their names, and
/// operations that a host answers.
const HANDLERS: &[(&str, &str)] = &[
    (
        "AwkFieldGet",
        "fields are parts of the record, split when somebody asks",
    ),
    ("AwkFieldSet", "changes the record"),
    ("AwkNf", "splits the record to count its fields"),
    ("NextRecord", "reads the record"),
    (
        "PassRecords",
        "reads records, many at once where no rule looks at them",
    ),
    (
        "NextMatch",
        "reads records, and looks for the next one that matches in all that was read",
    ),
    ("NextEvent", "reads the record, and knows of files"),
    ("NextEventInto", "reads a record, and knows of files"),
    (
        "NotAFunction",
        "the error of a program, worded by its language",
    ),
    ("Array", "a variable that becomes an array by its use"),
    ("Scalar", "a variable that may have become an array"),
    ("Reference", "a variable that a function may make an array"),
    ("Element", "an element that may be an array"),
    (
        "ElementReference",
        "an element that a function may make an array",
    ),
    ("SetElement", "an element that may be an array"),
    ("IsArray", "a variable that may have become an array"),
    ("Assigned", "what typeof tells from what was never used"),
    ("Symbol", "variables by their names"),
    ("ArraySymbol", "variables by their names"),
    ("SetSymbol", "variables by their names"),
    ("Symbols", "variables by their names"),
    ("FillValues", "arrays that are filled from 1 on"),
    ("FillIndices", "arrays that are filled from 1 on"),
    ("Order", "PROCINFO[\"sorted_in\"]"),
    ("IsFunctionOrder", "names of orders are the language's"),
    ("RegexValue", "expressions that are values"),
    ("Mkbool", "numbers that are known to be truths"),
    (
        "And",
        "bits as exact doubles, and the errors of the language",
    ),
    (
        "Or",
        "bits as exact doubles, and the errors of the language",
    ),
    (
        "Xor",
        "bits as exact doubles, and the errors of the language",
    ),
    (
        "Compl",
        "bits as exact doubles, and the errors of the language",
    ),
    (
        "Lshift",
        "bits as exact doubles, and the errors of the language",
    ),
    (
        "Rshift",
        "bits as exact doubles, and the errors of the language",
    ),
    (
        "Strtonum",
        "numbers in hexadecimal and octal as gawk reads them",
    ),
    ("TimeFormat", "PROCINFO[\"strftime\"]"),
    (
        "Translate",
        "there are no translations, which is the language's business",
    ),
    (
        "TranslatePlural",
        "there are no translations, which is the language's business",
    ),
    (
        "BindTextDomain",
        "there are no translations, which is the language's business",
    ),
    ("GetlineCoprocess", "input from coprocesses by name"),
    ("GetlineCoprocessInto", "input from coprocesses by name"),
    ("NextFile", "files are the main input's"),
    (
        "MisplacedNext",
        "the error of a program, worded by its language",
    ),
    (
        "SetSpecial",
        "variables like NF, FS and OFMT steer records, fields and output",
    ),
    (
        "Print",
        "output separators, and the format of numbers that are printed",
    ),
    (
        "PrintFields",
        "as Print, of parts of the record that never become values",
    ),
    ("PrintTo", "output to files and commands by name"),
    (
        "Printf",
        "how values become what C's printf takes differs between languages",
    ),
    ("PrintfTo", "the same, and output by name"),
    ("Sprintf", "the same as printf"),
    (
        "MatchRecord",
        "regular expressions, on the record without making a value of it",
    ),
    ("Matches", "regular expressions"),
    ("MatchesConstant", "regular expressions"),
    (
        "Find",
        "regular expressions, and the variables about the match",
    ),
    (
        "FindConstant",
        "regular expressions, and the variables about the match",
    ),
    (
        "Sub",
        "regular expressions, and replacements in which & is the match",
    ),
    (
        "SubConstant",
        "regular expressions, and replacements in which & is the match",
    ),
    (
        "Gsub",
        "regular expressions, and replacements in which & is the match",
    ),
    (
        "GsubConstant",
        "regular expressions, and replacements in which & is the match",
    ),
    ("SubRecord", "the same, in the record in its place"),
    ("GsubRecord", "the same, in the record in its place"),
    ("Split", "separators of fields"),
    ("SplitConstant", "regular expressions"),
    (
        "Gensub",
        "regular expressions, and replacements in which \\1 is a group",
    ),
    (
        "GensubConstant",
        "regular expressions, and replacements in which \\1 is a group",
    ),
    ("Patsplit", "regular expressions"),
    ("PatsplitConstant", "regular expressions"),
    (
        "Asort",
        "orders by name, in which texts may look like numbers",
    ),
    (
        "Asorti",
        "orders by name, in which texts may look like numbers",
    ),
    ("Typeof", "names of kinds of values are the language's"),
    (
        "Keys",
        "orders by name, in which texts may look like numbers",
    ),
    ("Fold", "what IGNORECASE does to comparisons"),
    ("Getline", "input"),
    ("GetlineInto", "input"),
    ("GetlineFile", "input by name"),
    ("GetlineFileInto", "input by name"),
    ("GetlineCommand", "input from commands by name"),
    ("GetlineCommandInto", "input from commands by name"),
    ("Close", "streams by name"),
    (
        "CloseOutputs",
        "commands that print before what the program printed last",
    ),
    ("Fflush", "streams by name"),
    (
        "System",
        "commands, after everything that was printed is on its way",
    ),
];

/// Operations of the AWK section that the machine computes by itself.
const NATIVE: &[&str] = &[
    "AwkAtan2",
    "AwkCos",
    "AwkExp",
    "AwkIndex",
    "AwkInt",
    "AwkLength",
    "AwkLog",
    "AwkMktime",
    "AwkRand",
    "AwkSin",
    "AwkSqrt",
    "AwkSrand",
    "AwkStrftime",
    "AwkSubstr",
    "AwkSystime",
    "AwkToLower",
    "AwkToUpper",
];

/// Programs that use everything of the language.
fn programs() -> Vec<String> {
    let mut programs = vec![
        "{ print > \"f\"; print >> \"f\"; print | \"c\"; printf \"x\" > \"f\" }
         { \"c\" | getline; \"c\" | getline x; getline < \"f\"; getline x < \"f\"; getline; getline x }
         { nextfile; next; exit } function f() { next } { f() }
         { FS = RS = OFS = ORS = OFMT = CONVFMT = \"x\"; NF = 2; $1 = NF }
         { x = sprintf(\"x\"); system(x); close(x); fflush(x); split(x, a); split(x, a, /b/) }
         { sub(x, x); sub(/x/, x, x); gsub(x, x); gsub(/x/, x, x); match(x, x); match(x, /x/) }
         { sub(/x/, x); gsub(/x/, x, $0); gensub(x, x, x); gensub(/x/, x, x); patsplit(x, a, x); patsplit(x, a, /x/) }
         { x ~ y; x ~ /y/; /y/; xor(1, 2); compl(1); lshift(1, 2); rshift(1, 2); mkbool(1) }
         { systime(); strftime(); mktime(x); strtonum(x); toupper(x); tolower(x); rand(); srand() }"
            .to_owned(),
        "BEGINFILE { x = 1 } { getline; getline x; @x() }".to_owned(),
        "function f(p) { if (isarray(p)) p[1]; else typeof(p) + length(p) + isarray(q[1]) }
         { f(x); f(y[1]); f(y); f(1); x = z; x = SYMTAB[x]; @g(1, 2, 3); SYMTAB[x] = SYMTAB[y[2]][3] }
         { for (s in SYMTAB) \"c\" |& getline; \"c\" |& getline x; print |& \"c\" }
         function compare(a, b, c, d) { }
         { asort(y, z, x); asorti(y, z, x); for (s in PROCINFO) strftime() + mkbool(@/x/) }"
            .to_owned(),
    ];
    let whole = |case: &Case| case.is_program && case.errors.is_empty();
    programs.extend(cases().into_iter().filter(whole).map(|case| case.text));
    programs
}

/// What a chunk reaches outside the general operations.
fn reached(op: &Op) -> Option<String> {
    let name = op.opcode().info().name;
    match op {
        Op::CallBuiltin(id, _) => Some(Program::builtin_name(*id).unwrap_or("?").to_owned()),
        Op::Extended(..) | Op::ExtendedWide(..) => Some(name.to_owned()),
        _ if name.starts_with("Awk") && !NATIVE.contains(&name) => Some(name.to_owned()),
        _ => None,
    }
}

#[test]
fn programs_reach_exactly_these_handlers() {
    let reasons: BTreeMap<&str, &str> = HANDLERS.iter().copied().collect();
    assert_eq!(reasons.len(), HANDLERS.len(), "a handler is listed twice");
    let mut unused = reasons.clone();
    for text in programs() {
        let program = Program::parse(&[Source::new("t", text.as_str())]);
        let program = program.unwrap_or_else(|errors| panic!("{text}: {}", errors[0]));
        for op in &program.chunk().ops {
            if let Some(handler) = reached(op) {
                assert!(
                    reasons.contains_key(handler.as_str()),
                    "{handler}, which {text} reaches, is not in the list"
                );
                unused.remove(handler.as_str());
            }
        }
        program
            .chunk()
            .verify()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    assert!(unused.is_empty(), "no program reaches {unused:?}");
}

#[test]
fn counting_takes_few_operations() {
    let program = Program::parse(&[Source::new("t", "{ n[$1]++ }")]).unwrap();
    let ops = &program.chunk().ops;
    let start = ops
        .iter()
        .position(|op| matches!(op, Op::JumpIfFalse(_)))
        .unwrap()
        + 1;
    let n = program
        .chunk()
        .names
        .iter()
        .position(|name| name == "n")
        .unwrap() as u16;
    let expected = [
        Op::GetVar(n),
        Op::LoadInt(1),
        Op::AwkFieldGet,
        Op::LoadInt(1),
        Op::IndexAdd,
        Op::Pop,
    ];
    assert_eq!(ops[start..start + expected.len()], expected);
}
