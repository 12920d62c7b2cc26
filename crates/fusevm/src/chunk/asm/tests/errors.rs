use super::error;

/// A text, then line, column and length of its error, message and help.
type Case = (
    &'static str,
    (usize, usize, usize),
    &'static str,
    Option<&'static str>,
);

const ERRORS: &[Case] = &[
    (
        "  Addd",
        (1, 3, 4),
        "unknown op `Addd`",
        Some("did you mean `Add`?"),
    ),
    (
        "add",
        (1, 1, 3),
        "unknown op `add`",
        Some("did you mean `Add`?"),
    ),
    ("Frobnicate", (1, 1, 10), "unknown op `Frobnicate`", None),
    (
        ".cnst x 1",
        (1, 1, 5),
        "unknown directive `.cnst`",
        Some("did you mean `.const`?"),
    ),
    (
        ".dialect perl",
        (1, 10, 4),
        "expected a dialect, found `perl`",
        Some("there are contract, awk"),
    ),
    (
        ".overflow \"wrap\"",
        (1, 11, 6),
        "expected a policy, found a text",
        None,
    ),
    (
        "Add 1",
        (1, 5, 1),
        "expected the end of the line, found `1`",
        None,
    ),
    (
        "\nCall fib",
        (2, 9, 1),
        "operand `argc` of Call is missing: an integer from 0 to 255",
        Some("write `Call name argc`"),
    ),
    (
        "Call fib 256",
        (1, 10, 3),
        "operand `argc` of Call must be an integer from 0 to 255, found 256",
        None,
    ),
    (
        "LoadInt ten",
        (1, 9, 3),
        "operand `value` of LoadInt must be an integer of 64 bits, found `ten`",
        None,
    ),
    (
        "LoadInt 9223372036854775808",
        (1, 9, 19),
        "operand `value` of LoadInt must be an integer of 64 bits, found 9223372036854775808",
        None,
    ),
    (
        "LoadInt 99999999999999999999",
        (1, 9, 20),
        "the integer does not fit in 64 bits",
        Some("a float has a decimal point or an exponent"),
    ),
    ("LoadInt 12ab", (1, 9, 4), "`12ab` is not a number", None),
    (
        "GetVar 5",
        (1, 8, 1),
        "operand `global` of GetVar must be a name, found `5`",
        Some("an index into the name pool is written #5, other names in quotes"),
    ),
    (
        "GetVar #65536",
        (1, 8, 6),
        "operand `global` of GetVar must be an integer from 0 to 65535, found 65536",
        None,
    ),
    (
        ".slot total\nGetSlot totl",
        (2, 9, 4),
        "unknown slot `totl`",
        Some("did you mean `total`?"),
    ),
    (
        ".slot a\n.slot a",
        (2, 7, 1),
        "slot `a` is defined twice",
        Some("the first one is on line 1"),
    ),
    (
        ".slot a 1 @0",
        (1, 13, 1),
        "expected a label, found the end of the line",
        None,
    ),
    (".loc 5 1", (1, 6, 1), "expected a file, found `5`", None),
    (
        ".loc #65536 1",
        (1, 6, 6),
        "there are at most 65536 files",
        None,
    ),
    (
        ".loc @3 f -1",
        (1, 11, 2),
        "expected a line number, found `-1`",
        None,
    ),
    (
        ".loc f 1 2 3",
        (1, 12, 1),
        "expected the end of the line, found `3`",
        None,
    ),
    (
        ".slot a 70000",
        (1, 9, 5),
        "expected a slot number, found `70000`",
        None,
    ),
    (
        "Jump 5",
        (1, 6, 1),
        "expected a label, found `5`",
        Some("the index of an op is written @5"),
    ),
    (
        "start: Nop\nJump strat",
        (2, 6, 5),
        "unknown label `strat`",
        Some("did you mean `start`?"),
    ),
    (
        "loop: Jump lop",
        (1, 12, 3),
        "unknown label `lop`",
        Some("did you mean `loop`?"),
    ),
    (
        "\na:\na:",
        (3, 1, 1),
        "label `a` is defined twice",
        Some("the first one is on line 2"),
    ),
    (
        ".sub f\n.a:\n.a:",
        (3, 1, 2),
        "label `.a` is defined twice",
        Some("the first one is on line 2"),
    ),
    (
        ".sub f\n.a: Nop\n.sub g\nJump .a",
        (4, 6, 2),
        "unknown label `.a`",
        Some("names of local labels start over at `.sub`; the `.a` of line 2 is not known here"),
    ),
    (
        ".next: Jump next",
        (1, 13, 4),
        "unknown label `next`",
        Some("did you mean `.next`?"),
    ),
    (
        "next: Jump .next",
        (1, 12, 5),
        "unknown label `.next`",
        Some("did you mean `next`?"),
    ),
    (
        ".chunk:",
        (1, 1, 6),
        "`.chunk` is a directive and cannot be a label",
        None,
    ),
    (
        ".again",
        (1, 1, 6),
        "unknown directive `.again`",
        Some("a local label ends with a colon"),
    ),
    (".5:", (1, 1, 2), "expected a label, found `.5`", None),
    (
        ".slot m\n.sub f\nGetSlot m",
        (3, 9, 1),
        "unknown slot `m`",
        Some("names of slots start over at `.sub`; the `m` of line 1 is not known here"),
    ),
    (
        ".sub a\n.sub a",
        (2, 6, 1),
        "label `a` is defined twice",
        Some("the first one is on line 1"),
    ),
    ("MapBlock body", (1, 10, 4), "unknown block `body`", None),
    (
        "LoadConst limit",
        (1, 11, 5),
        "unknown constant `limit`",
        None,
    ),
    (
        ".const a 1\n.const a 2",
        (2, 8, 1),
        "constant `a` is defined twice",
        Some("the first one is on line 1"),
    ),
    (
        ".const #1 5",
        (1, 8, 2),
        "the next constant has the index #0",
        None,
    ),
    (
        ".const 0 5",
        (1, 8, 1),
        "`0` is a value, not a name",
        Some("a constant has a name or an index such as #0"),
    ),
    (
        ".const a",
        (1, 9, 1),
        "expected a value, found the end of the line",
        None,
    ),
    (
        ".const a abc",
        (1, 10, 3),
        "expected a value, found `abc`",
        Some("texts are written in quotes"),
    ),
    (
        ".const a [1 2]",
        (1, 13, 1),
        "expected `,` or `]`, found `2`",
        None,
    ),
    (
        ".const a {1: 2}",
        (1, 11, 1),
        "expected a key in quotes, found `1`",
        None,
    ),
    (
        ".const a status(4294967296)",
        (1, 17, 10),
        "expected a status of 32 bits, found `4294967296`",
        None,
    ),
    (
        ".const a handle",
        (1, 10, 6),
        "handles and objects belong to a running program and have no text form",
        None,
    ),
    (
        ".const a nan(0x1)",
        (1, 14, 3),
        "expected the bits of a NaN, as in 0x7ff8000000000001, found `0x1`",
        None,
    ),
    (
        "LoadConst \"ab",
        (1, 11, 1),
        "the closing quote is missing",
        None,
    ),
    (
        r#"LoadConst "é\q""#,
        (1, 13, 2),
        "unknown escape",
        Some(r#"escapes are \n \r \t \0 \" \' \\ \x41 \u{1f600}"#),
    ),
    (
        r#"LoadConst "\xff""#,
        (1, 12, 4),
        r"a text has no bytes above \x7f",
        Some(r#"write b"..." for bytes, \u{...} for a character"#),
    ),
    (
        r#"LoadConst "\u{d800}""#,
        (1, 12, 8),
        r"expected a code point as in \u{1f600}",
        None,
    ),
    ("Nop !", (1, 5, 1), "unexpected character '!'", None),
    ("GetVar #x", (1, 8, 2), "expected a number after `#`", None),
    (
        ".chunk a",
        (1, 1, 1),
        "the chunk that begins here has no .endchunk",
        None,
    ),
    (
        "Nop\n.endchunk",
        (2, 1, 9),
        "there is no .chunk for this .endchunk",
        None,
    ),
    (
        "MapBlock squre\n.block square\n.endblock",
        (1, 10, 5),
        "unknown block `squre`",
        Some("did you mean `square`?"),
    ),
    (
        ".block a\n.endblock\n.block a\n.endblock",
        (3, 8, 1),
        "block `a` is defined twice",
        Some("the first one is on line 1"),
    ),
    (
        ".block a\n .block b\n.endblock",
        (1, 1, 6),
        "the block that begins here has no .endblock",
        None,
    ),
    (
        ".chunk c\n.block a\n.endchunk\n.endblock",
        (2, 1, 6),
        "the block that begins here has no .endblock",
        None,
    ),
    (
        ".block a\n.endblock\n.endblock",
        (3, 1, 9),
        "there is no open .block for this .endblock",
        None,
    ),
    (
        ".block a @0 @1\n.endblock",
        (2, 1, 9),
        "there is no open .block for this .endblock",
        None,
    ),
    (
        ".block a @0",
        (1, 12, 1),
        "expected a label, found the end of the line",
        None,
    ),
    (
        ".block a\n.endblock a",
        (2, 11, 1),
        "expected the end of the line, found `a`",
        None,
    ),
    (
        ".let size 5\nLoadInt siez",
        (2, 9, 4),
        "operand `value` of LoadInt must be an integer of 64 bits, found `siez`",
        None,
    ),
    (
        ".let size 5\nLoadInt sise",
        (2, 9, 4),
        "operand `value` of LoadInt must be an integer of 64 bits, found `sise`",
        Some("did you mean `size`?"),
    ),
    (
        "LoadInt size\n.let size 5",
        (1, 9, 4),
        "operand `value` of LoadInt must be an integer of 64 bits, found `size`",
        None,
    ),
    (
        ".let wide 3000000000\n.slot i\na: SlotIncLtIntJumpBack i wide a",
        (3, 27, 4),
        "operand `limit` of SlotIncLtIntJumpBack must be an integer from -2147483648 to \
         2147483647, found 3000000000",
        Some("`wide` is 3000000000, by the .let on line 1"),
    ),
    (
        ".let far -1\nGetSlot far",
        (2, 9, 3),
        "operand `slot` of GetSlot must be an integer from 0 to 65535, found -1",
        Some("`far` is -1, by the .let on line 1"),
    ),
    (
        ".let far 70000\n.slot a far",
        (2, 9, 3),
        "expected a slot number, found `far`",
        Some("`far` is 70000, by the .let on line 1"),
    ),
    (
        ".let size 5\n.slot a sizes",
        (2, 9, 5),
        "expected a slot number, found `sizes`",
        Some("did you mean `size`?"),
    ),
    (
        ".let size 5\nLoadConst size",
        (2, 11, 4),
        "unknown constant `size`",
        Some("`size` is a number: `LoadInt size`"),
    ),
    (
        ".let size 5\n.let size 6",
        (2, 6, 4),
        "number `size` is defined twice",
        Some("the first one is on line 1"),
    ),
    (
        ".let inf 5",
        (1, 6, 3),
        "`inf` is a value, not a name",
        None,
    ),
    (
        ".let a 2.5",
        (1, 8, 3),
        "expected an integer of 64 bits, found `2.5`",
        None,
    ),
    (
        ".let size 5\n.chunk c\nLoadInt size\n.endchunk",
        (3, 9, 4),
        "operand `value` of LoadInt must be an integer of 64 bits, found `size`",
        None,
    ),
    (
        ".line -1",
        (1, 7, 2),
        "expected a line number, found `-1`",
        None,
    ),
    (
        ".source x",
        (1, 9, 1),
        "expected a text in quotes, found `x`",
        None,
    ),
];

#[test]
fn errors_say_where_and_what() {
    for (text, place, message, help) in ERRORS {
        let error = error(text);
        assert_eq!(error.message, *message, "{text}");
        assert_eq!((error.line, error.column, error.length), *place, "{text}");
        assert_eq!(error.help.as_deref(), *help, "{text}");
    }
    assert_eq!(error("\n Ad").to_string(), "test.fasm:2:2: unknown op `Ad`");
}
