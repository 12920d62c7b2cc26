//! Generated programs and data: no text makes the compiler or the run time panic, and bytes that
//! are only passed on stay what they are. A failure prints the smallest input that it finds.

#[path = "support/cases.rs"]
#[expect(
    dead_code,
    reason = "only the texts of the programs are of interest here"
)]
mod cases;
#[path = "support/mod.rs"]
mod support;

use std::sync::LazyLock;

use fusevm::vm::Access;
use fusevm_awk::{Interpreter, Options, Program, Source};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use support::run;

/// What programs are made of.
const WORDS: &[&str] = &[
    "BEGIN",
    "END",
    "BEGINFILE",
    "ENDFILE",
    "function",
    "func",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "print",
    "printf",
    "getline",
    "if",
    "else",
    "while",
    "for",
    "in",
    "do",
    "next",
    "nextfile",
    "exit",
    "return",
    "break",
    "continue",
    "delete",
    "switch",
    "case",
    "default",
    ":",
    ";",
    "\n",
    ",",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "**",
    "!",
    ">",
    "<",
    ">>",
    "|",
    "|&",
    "?",
    "~",
    "!~",
    "$",
    "=",
    "+=",
    "/=",
    "^=",
    "==",
    "!=",
    "<=",
    ">=",
    "++",
    "--",
    "&&",
    "||",
    "x",
    "y",
    "a",
    "a[1]",
    "f(",
    "f(x)",
    "g",
    "1",
    "0x1f",
    "1e3",
    "\"s\"",
    "\"%d\"",
    "/r/",
    "/(/",
    "@/r/",
    "@x(",
    "length",
    "sub(",
    "gsub(",
    "split(",
    "substr(",
    "sprintf(",
    "match(",
    "NF",
    "NR",
    "FS",
    "RS",
    "$0",
    "$1",
    "#",
    "\\\n",
    "\"",
    "/",
    "@",
    "@include",
    "@namespace",
    "n::x",
    "é",
];

/// The programs of the cases, as lists of words and what is between them.
static PROGRAMS: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| {
    let cases = cases::cases().into_iter().filter(|case| case.is_program);
    cases.map(|case| words(&case.text)).collect()
});

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let kind = |c: char| c.is_alphanumeric() || c == '_';
    let mut last = None;
    for c in text.chars() {
        match words.last_mut() {
            Some(word) if last == Some(true) && kind(c) => word.push(c),
            _ => words.push(c.to_string()),
        }
        last = Some(kind(c));
    }
    words
}

#[derive(Debug, Clone)]
enum Change {
    Remove(Index),
    Repeat(Index),
    Swap(Index, Index),
    Insert(Index, &'static str),
    /// The rest of another program.
    Splice(Index, Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        any::<Index>().prop_map(Change::Remove),
        any::<Index>().prop_map(Change::Repeat),
        any::<(Index, Index)>().prop_map(|(a, b)| Change::Swap(a, b)),
        (any::<Index>(), select(WORDS)).prop_map(|(at, word)| Change::Insert(at, word)),
        any::<(Index, Index, Index)>().prop_map(|(a, b, c)| Change::Splice(a, b, c)),
    ]
}

fn apply(change: &Change, words: &mut Vec<String>) {
    let len = words.len();
    if len == 0 {
        return;
    }
    match change {
        Change::Remove(at) => drop(words.remove(at.index(len))),
        Change::Repeat(at) => words.insert(at.index(len), at.get(words).clone()),
        Change::Swap(a, b) => words.swap(a.index(len), b.index(len)),
        Change::Insert(at, word) => words.insert(at.index(len), (*word).to_owned()),
        Change::Splice(at, other, from) => {
            let other = other.get(&PROGRAMS);
            words.truncate(at.index(len));
            words.extend_from_slice(&other[from.index(other.len())..]);
        }
    }
}

/// A program of the cases with some changes.
fn changed_program() -> impl Strategy<Value = String> {
    let changes = prop::collection::vec(change(), 1..6);
    (any::<Index>(), changes).prop_map(|(program, changes)| {
        let mut words = program.get(&PROGRAMS).clone();
        for change in &changes {
            apply(change, &mut words);
        }
        words.concat()
    })
}

/// Runs a program for a while, without files and commands. It may fail, but not panic.
fn run_for_a_while(text: &str) -> Result<(), TestCaseError> {
    // What looks at standard input by name would wait for whoever runs the tests.
    if text.contains("\"-\"") || text.contains("/dev/") {
        return Ok(());
    }
    let Ok(program) = Program::parse(&[Source::new("t", text)]) else {
        return Ok(());
    };
    prop_assert!(program.chunk().verify().is_ok());
    let Ok(mut interpreter) = Interpreter::new(&program, Options::default()) else {
        return Ok(());
    };
    interpreter.set_stdout(Box::new(std::io::sink()));
    interpreter.set_stdin(Box::new(cases::INPUT.as_bytes()));
    let vm = interpreter.vm();
    vm.set_access(Access::NONE);
    vm.set_fuel(Some(20_000));
    let mut limits = vm.limits();
    limits.value_bytes = 1 << 20;
    limits.memory_bytes = 64 << 20;
    vm.set_limits(limits);
    let _ = interpreter.run();
    Ok(())
}

proptest! {
    // A failure shows its input; there is no place for files beside tests.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_can_be_parsed(text in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = Program::parse(&[Source::new("t", text)]);
    }

    #[test]
    fn any_text_can_be_parsed(text in "[ -~\n]{0,60}") {
        let _ = Program::parse(&[Source::new("t", text)]);
    }

    #[test]
    fn any_words_can_be_parsed_and_run(words in prop::collection::vec(select(WORDS), 0..40)) {
        run_for_a_while(&words.join(" "))?;
    }

    #[test]
    fn any_words_in_a_frame_can_be_parsed_and_run(
        first in prop::collection::vec(select(WORDS), 0..8),
        second in prop::collection::vec(select(WORDS), 0..8),
    ) {
        let text = format!("BEGIN {{ {} }} {{ x = {} }}", first.join(" "), second.join(" "));
        run_for_a_while(&text)?;
    }

    #[test]
    fn changed_programs_can_be_parsed_and_run(text in changed_program()) {
        run_for_a_while(&text)?;
    }

    #[test]
    fn bytes_pass_through(input in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut lines = input.clone();
        if lines.last().is_some_and(|last| *last != b'\n') {
            lines.push(b'\n');
        }
        for program in COPIES {
            let (status, output) = run(program, &input, Options::default());
            prop_assert_eq!(status, Ok(0), "{}", program);
            prop_assert_eq!(&output, &lines, "{}", program);
        }
    }

    #[test]
    fn records_and_what_ends_them_are_the_input(input in text_like()) {
        for rs in ["\\n", ";", "\\0", "[0-9]+", "a|ab", "\\n|;", "é", "[^a-z]", ".", "\\n\\n+"] {
            for action in ["printf \"%s%s\", $0, RT", "ORS = RT; print"] {
                let program = format!("BEGIN {{ RS = \"{rs}\" }} {{ {action} }}");
                let (status, output) = run(&program, &input, Options::default());
                prop_assert_eq!(status, Ok(0));
                prop_assert_eq!(&output, &input, "{}", program);
            }
        }
    }

    #[test]
    fn parts_and_what_is_between_them_are_the_text(input in text_like()) {
        for separator in ["/[0-9]+/", "\",\"", "/a|ab/", "/ +/", "\";\"", "/é/", "\" \""] {
            for split in ["split", "patsplit"] {
                if split == "patsplit" && separator == "\" \"" {
                    continue;
                }
                let program = format!(
                    "BEGIN {{ RS = \"\\0\" }} {{
                        n = {split}($0, part, {separator}, between)
                        text = between[0]
                        for (i = 1; i <= n; i++) text = text part[i] between[i]
                        printf \"%s%s\", text, RT
                    }}"
                );
                let (status, output) = run(&program, &input, Options::default());
                prop_assert_eq!(status, Ok(0));
                prop_assert_eq!(&output, &input, "{}", program);
            }
        }
    }
}

/// Programs that copy their lines.
const COPIES: &[&str] = &[
    "{ print }",
    "{ print $0 }",
    "1",
    "{ x = $0; print x }",
    "{ $0 = $0; print }",
    "{ a[$0] = $0; print a[$0] }",
    "{ a[$0]; for (k in a) print k; delete a }",
    "{ printf \"%s\\n\", $0 }",
    "{ print sprintf(\"%s\", $0) }",
    "{ print substr($0, 1, 7) substr($0, 8) }",
    "{ for (i = 1; i <= length($0); i++) printf \"%s\", substr($0, i, 1); print \"\" }",
    "{ n = split($0, c, \"\"); for (i = 1; i <= n; i++) printf \"%s\", c[i]; print \"\" }",
    "{ gsub(/./, \"&\"); print }",
    "{ gsub(/x*/, \"&\"); gsub(/[^x]/, \"&\"); print }",
    "{ print gensub(/(.)(.)/, \"\\\\1\\\\2\", \"g\") }",
    "BEGIN { FS = OFS = \",\" } { $1 = $1; print }",
    "BEGIN { FS = \"[0-9]\" } { NF; $0 = $0 \"\"; print }",
    "function f(s) { return s } { print f($0) }",
    "BEGIN { while ((getline line) > 0) print line }",
    "{ if ($0 == $0 \"\") print; else print \"?\" }",
];

/// Bytes in which separators are frequent.
fn text_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        select(
            &[
                "\n", "\n\n", ";", ",", " ", "  ", "a", "ab", "abc", "é", "1", "23", "\0", "x",
                "日", "\t"
            ][..]
        )
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 1..4),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}
