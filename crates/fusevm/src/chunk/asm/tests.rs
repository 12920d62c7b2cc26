mod errors;
mod names;

use proptest::prelude::*;
use proptest::sample::select;

use super::{AsmError, MAX_ERRORS, assemble, assemble_all};
use crate::chunk::{Chunk, ChunkData, Dialect, MAX_STORED_DEPTH, Overflow, Span, arbitrary};
use crate::op::extremes::extreme_ops;
use crate::op::{Op, Opcode};
use crate::value::{Handle, Value};

fn chunk(text: &str) -> Chunk {
    assemble("test.fasm", text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn error(text: &str) -> AsmError {
    assemble("test.fasm", text).expect_err(text)
}

#[track_caller]
fn assert_round_trip(chunk: &Chunk) {
    let text = chunk.disassemble();
    match assemble("other.fasm", &text) {
        Ok(again) => assert_eq!(&again, chunk, "{text}"),
        Err(error) => panic!("{error}\n{text}"),
    }
}

const COUNT: &str = r#"
; sums up with a sub
.source "count.fasm"
.const greeting "total: "
.slot n
    LoadInt 0
    SetSlot n
again:
    SlotIncLtIntJumpBack n 10 again
    LoadConst greeting
    GetSlot n
    Call twice 1
    PrintLn 2
    Jump end
.sub twice
.slot factor 4
.slot next
    LoadInt 2
    SetSlot factor
    GetSlot next
    Mul
    ReturnValue
end:
"#;

#[test]
fn settings_of_arithmetic_are_those_of_their_chunk() {
    let text = ".dialect awk\n.overflow promote\n.chunk inner\n.overflow error\n.endchunk";
    let chunk = chunk(text);
    let settings = |chunk: &ChunkData| (chunk.numeric.dialect, chunk.numeric.overflow);
    assert_eq!(settings(&chunk), (Dialect::Awk, Overflow::Promote));
    let inner = settings(&chunk.sub_chunks[0]);
    assert_eq!(inner, (Dialect::Contract, Overflow::Error));
    assert!(!Chunk::new().disassemble().contains("contract"));
}

#[test]
fn names_stand_for_indices() {
    let chunk = chunk(COUNT);
    assert_eq!(
        chunk.ops,
        [
            Op::LoadInt(0),
            Op::SetSlot(0),
            Op::SlotIncLtIntJumpBack(0, 10, 2),
            Op::LoadConst(0),
            Op::GetSlot(0),
            Op::Call(0, 1),
            Op::PrintLn(2),
            Op::Jump(13),
            Op::LoadInt(2),
            Op::SetSlot(4),
            Op::GetSlot(5),
            Op::Mul,
            Op::ReturnValue,
        ]
    );
    assert_eq!(chunk.names, ["twice"]);
    assert_eq!(chunk.sub_entries, [(0, 8)]);
    assert_eq!(chunk.constants, [Value::str("total: ")]);
    assert_eq!(
        chunk.lines,
        [6, 7, 9, 10, 11, 12, 13, 14, 18, 19, 20, 21, 22]
    );
    assert_eq!(chunk.source, "count.fasm");
    assert_ne!(chunk.op_hash, 0);
}

#[test]
fn a_listing_reads_like_a_program() {
    assert_eq!(
        chunk(COUNT).disassemble(),
        r#".source "count.fasm"
.name twice
.const #0 "total: "
.slot n 0
    .line 6
    LoadInt 0
    .line 7
    SetSlot n
L2:
    .line 9
    SlotIncLtIntJumpBack n 10 L2
    .line 10
    LoadConst #0                        ; "total: "
    .line 11
    GetSlot n
    .line 12
    Call twice 1
    .line 13
    PrintLn 2
    .line 14
    Jump L13
.sub twice
.slot factor 4
.slot next 5
    .line 18
    LoadInt 2
    .line 19
    SetSlot factor
    .line 20
    GetSlot next
    .line 21
    Mul
    .line 22
    ReturnValue
L13:
"#
    );
}

#[test]
fn spans_are_written_in_the_code() {
    let text = r#".source "main.toy"
.file "main.toy"
.file "lib.toy"
.line 1
Nop
.loc "lib.toy" 12 5
.loc "main.toy" 2 1
Nop
Nop
.loc lib.toy 3
Nop
.loc
Nop
.loc #1 9 1
"#;
    let chunk = chunk(text);
    let shown: Vec<String> = (0..5).map(|at| chunk.location(at).to_string()).collect();
    let expected = [
        "main.toy:1",
        "main.toy:2:1",
        "main.toy:2:1",
        "lib.toy:3",
        "main.toy:1",
    ];
    assert_eq!(shown, expected);
    assert_eq!(chunk.debug.spans.len(), 3);
    let listing = r#".source "main.toy"
.file "main.toy"
.file "lib.toy"
    .line 1
    Nop
    .loc "main.toy" 2 1
    Nop
    Nop
    .loc "lib.toy" 3
    Nop
    .loc
    Nop
"#;
    assert_eq!(chunk.disassemble(), listing);
    assert_round_trip(&chunk);
}

#[test]
fn spans_out_of_order_have_places() {
    let text = ".source \"\"\n.file \"f\"\n.file \"f\"\n\
                .loc @4 \"f\" 1 2\n.loc @0\n.loc @0 #1 3\n.loc @1 #7 4\n    .line 1\n    Nop\n";
    let chunk = chunk(text);
    let span = |file, line, column| Some(Span { file, line, column });
    let spans = [
        (4, span(0, 1, 2)),
        (0, None),
        (0, span(1, 3, 0)),
        (1, span(7, 4, 0)),
    ];
    assert_eq!(chunk.debug.spans, spans);
    assert_eq!(chunk.disassemble(), text);
}

#[test]
fn a_listing_shows_what_has_no_name() {
    let data = ChunkData {
        ops: vec![
            Op::JumpIfFalse(9),
            Op::MapBlock(0),
            Op::GetVar(1),
            Op::TestFile(1),
            Op::CmdSubst(0),
            Op::LoadFloat(f64::from_bits(0x7ff8_0000_0000_0001)),
        ],
        constants: vec![Value::array(vec![Value::Int(1), Value::bytes(b"\xff")])],
        names: vec!["x".into(), "x".into(), "two words".into()],
        lines: vec![1],
        sub_entries: vec![(2, 7), (0, 1)],
        block_ranges: vec![(2, 6)],
        sub_chunks: vec![Chunk::new()],
        ..ChunkData::default()
    };
    let chunk = Chunk::from(data);
    assert_eq!(
        chunk.disassemble(),
        r#".source ""
.name x
.name x
.name "two words"
.const #0 [1, b"\xff"]
.chunk #0
.source ""
.endchunk
.block #0 L2 L6
.lines 1
.entry "two words" @7
.entry x @1
    JumpIfFalse @9
    MapBlock #0
L2:
    GetVar #1
    TestFile IS_DIR
    CmdSubst #0
    LoadFloat nan(0x7ff8000000000001)
L6:
"#
    );
    assert_round_trip(&chunk);
}

#[test]
fn literals() {
    let hash = |key: &str, value| Value::Hash([(key, value)].into());
    let cases = [
        ("undef", Value::Undef),
        ("true", Value::Bool(true)),
        ("false", Value::Bool(false)),
        ("-9223372036854775808", Value::Int(i64::MIN)),
        ("+1_000", Value::Int(1000)),
        ("0x2A", Value::Int(42)),
        ("-0x1", Value::Int(-1)),
        ("2.5", Value::Float(2.5)),
        ("1e3", Value::Float(1000.0)),
        ("-inf", Value::Float(f64::NEG_INFINITY)),
        (r#""a\n\t\"\x41\u{1f600}""#, Value::str("a\n\t\"A\u{1f600}")),
        (r#"b"a\xff""#, Value::bytes(b"a\xff")),
        (r#"b"plain""#, Value::str("plain")),
        ("[]", Value::array(vec![])),
        (
            "[1, [2]]",
            Value::array(vec![Value::Int(1), Value::array(vec![Value::Int(2)])]),
        ),
        (r#"{"k": 1}"#, hash("k", Value::Int(1))),
        ("status(-3)", Value::Status(-3)),
        (
            "ref(ref(1))",
            Value::reference(Value::reference(Value::Int(1))),
        ),
        ("builtin(4)", Value::NativeFn(4)),
    ];
    for (text, value) in cases {
        let chunk = chunk(&format!(".const c {text}\nLoadConst {text}\nLoadConst c"));
        assert_eq!(chunk.constants, [value], "{text}");
        assert_eq!(chunk.ops, [Op::LoadConst(0), Op::LoadConst(0)]);
    }
}

#[test]
fn equal_literals_share_an_entry_and_different_kinds_do_not() {
    let chunk = chunk("LoadConst 1\nLoadConst 1.0\nLoadConst 1");
    assert_eq!(chunk.constants, [Value::Int(1), Value::Float(1.0)]);
    assert_eq!(
        chunk.ops,
        [Op::LoadConst(0), Op::LoadConst(1), Op::LoadConst(0)]
    );
}

#[test]
fn operands_by_name_number_and_index() {
    let text = r#"
        .name x
        .chunk inner
            .source "inner"
            Nop
        .endchunk
        .block body from @9
        from: GetVar x
        GetVar "two words"
        GetVar #9
        MapBlock body
        CmdSubst inner
        LoadFloat 1
        TestFile IS_DIR
        TestFile 200
        Redirect 1 APPEND
        ExpandParam SLICE
        ExtendedWide 7 18446744073709551615
        Jump @5
        .line 70
        Pop
        .entry late from
    "#;
    let chunk = chunk(text);
    assert_eq!(
        chunk.ops,
        [
            Op::GetVar(0),
            Op::GetVar(1),
            Op::GetVar(9),
            Op::MapBlock(0),
            Op::CmdSubst(0),
            Op::LoadFloat(1.0),
            Op::TestFile(1),
            Op::TestFile(200),
            Op::Redirect(1, 1),
            Op::ExpandParam(17),
            Op::ExtendedWide(7, usize::MAX),
            Op::Jump(5),
            Op::Pop,
        ]
    );
    assert_eq!(chunk.names, ["x", "two words", "late"]);
    assert_eq!(chunk.block_ranges, [(0, 9)]);
    assert_eq!(chunk.sub_entries, [(2, 0)]);
    assert_eq!(chunk.lines.last(), Some(&70));
    assert_eq!(chunk.sub_chunks[0].ops, [Op::Nop]);
    assert_eq!(chunk.sub_chunks[0].source, "inner");
    assert_round_trip(&chunk);
}

#[test]
fn all_errors_are_collected_in_order() {
    let errors = assemble_all("t", "Jump nowhere\nAdd\nFoo\nLoadInt\n").expect_err("three errors");
    let places: Vec<_> = errors
        .iter()
        .map(|error| (error.line, error.column))
        .collect();
    assert_eq!(places, [(1, 6), (3, 1), (4, 8)]);

    let errors = assemble_all("t", &"Foo\n".repeat(1000)).expect_err("many errors");
    assert_eq!(errors.len(), MAX_ERRORS);
}

#[test]
fn sub_chunks_nest_to_a_limit() {
    let nested = |depth: usize| {
        format!(
            "{}Nop\n{}",
            ".chunk #0\n".repeat(depth),
            ".endchunk\n".repeat(depth)
        )
    };
    assert_round_trip(&chunk(&nested(MAX_STORED_DEPTH)));
    let error = error(&nested(MAX_STORED_DEPTH + 1));
    assert_eq!(
        error.to_string(),
        "test.fasm:65:1: sub-chunks nest deeper than 64"
    );
}

#[test]
fn deep_nesting_needs_no_native_stack() {
    let work = || {
        let mut value = Value::Undef;
        for depth in 0..100_000 {
            value = match depth % 3 {
                0 => Value::array(vec![value]),
                1 => Value::Hash([("k", value)].into()),
                _ => Value::reference(value),
            };
        }
        let data = ChunkData {
            constants: vec![value],
            ..ChunkData::default()
        };
        assert_round_trip(&Chunk::from(data));
        assert!(assemble("t", &format!(".const a {}", "[".repeat(1_000_000))).is_err());

        let mut deep = Chunk::new();
        for _ in 0..10_000 {
            deep = Chunk::from(ChunkData {
                sub_chunks: vec![deep],
                ..ChunkData::default()
            });
        }
        assert!(assemble("t", &deep.disassemble()).is_err());
    };
    let thread = std::thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(work);
    thread
        .expect("threads can be started")
        .join()
        .expect("no overflow");
}

#[test]
fn constants_of_a_running_program_cannot_be_read_back() {
    let constants = vec![Value::Handle(Handle::new(0, 0, 0))];
    let chunk = Chunk::from(ChunkData {
        constants,
        ..ChunkData::default()
    });
    let error = assemble("t", &chunk.disassemble()).expect_err("no text form");
    assert!(error.message.starts_with("handles and objects"), "{error}");
}

#[test]
fn every_op_disassembles_to_its_own_name() {
    for op in extreme_ops() {
        let name = op.opcode().info().name;
        let chunk = Chunk::from(ChunkData {
            ops: vec![op],
            ..ChunkData::default()
        });
        let text = chunk.disassemble();
        assert!(text.split_whitespace().any(|word| word == name), "{text}");
        assert_round_trip(&chunk);
    }
}

/// Chunks nearer to real ones than random ones are: jumps inside, names that occur, lines for
/// every op.
fn tame_chunk() -> impl Strategy<Value = Chunk> {
    let names = prop::collection::vec(
        select(vec!["x", "y", "x", "L3", "a b", "", "nan", "b"]),
        0..8,
    );
    (arbitrary::chunk(), names, any::<bool>()).prop_map(|(mut chunk, names, sorted)| {
        let len = chunk.ops.len();
        chunk.names = names.into_iter().map(str::to_owned).collect();
        chunk.lines = (0..len).map(|ip| (ip / 2) as u32).collect();
        for op in &mut chunk.ops {
            if let Some(target) = op.target() {
                op.set_target(target % (len + 2));
            }
            if let Op::Call(name, _) | Op::GetVar(name) = op {
                *name %= 10;
            }
        }
        for (name, ip) in &mut chunk.sub_entries {
            (*name, *ip) = (*name % 10, *ip % (len + 2));
        }
        if sorted {
            chunk.sub_entries.sort_by_key(|&(_, ip)| ip);
        }
        for name in &mut chunk.debug.slot_names {
            name.start %= len + 2;
            name.end = if sorted { len } else { name.end % (len + 2) };
        }
        if sorted {
            chunk.debug.slot_names.sort_by_key(|name| name.start);
        }
        for (start, _) in &mut chunk.debug.spans {
            *start %= len + 1;
        }
        if sorted {
            chunk.debug.spans.retain(|&(start, _)| start < len);
            chunk.debug.spans.sort_by_key(|&(start, _)| start);
            chunk.debug.spans.dedup_by_key(|&mut (start, _)| start);
        }
        for (start, end) in &mut chunk.block_ranges {
            (*start, *end) = (*start % (len + 2), *end % (len + 2));
        }
        chunk
    })
}

/// Lines that resemble assembly.
fn confused_text() -> impl Strategy<Value = String> {
    let words: Vec<String> = Opcode::ALL
        .iter()
        .map(|opcode| opcode.info().name)
        .chain([
            ".sub",
            ".const",
            ".let",
            ".chunk",
            ".endchunk",
            ".block",
            ".endblock",
            ".line",
            ".dialect",
            ".overflow",
            "awk",
            "error",
            ".slot",
            ".file",
            ".loc",
            ".entry",
        ])
        .chain([
            "a", "a:", ".a", ".a:", "#0", "@1", "7", "\"t\"", "[", "]", "nan", "(", ")", ",",
            "b\"\\x", "é",
        ])
        .map(str::to_owned)
        .collect();
    let separator = select(vec![" ", "\n", ""]);
    prop::collection::vec((select(words), separator), 0..40).prop_map(|words| {
        words
            .into_iter()
            .map(|(word, separator)| word + separator)
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_chunk_survives_the_round_trip(chunk in arbitrary::chunk()) {
        assert_round_trip(&chunk);
    }

    #[test]
    fn tame_chunks_survive_the_round_trip(chunk in tame_chunk()) {
        assert_round_trip(&chunk);
    }

    #[test]
    fn any_text_is_assembled_or_refused(text in prop_oneof![any::<String>(), confused_text()]) {
        if let Ok(chunk) = assemble("t", &text) {
            assert_round_trip(&chunk);
        }
    }
}
