use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::chunk::arbitrary;
use crate::chunk::{ChunkBuilder, ChunkData, Dialect, Numeric, Overflow, Span};
use crate::op::Op;
use crate::op::extremes::extreme_ops;
use crate::value::{Handle, Hash, HostObject, Object, Value};

fn with_header(payload: &[u8]) -> Vec<u8> {
    [&header(payload.len() as u32, payload), payload].concat()
}

/// The payload of a chunk that has nothing but what the given section, in encoded form, holds.
fn payload_with(section: usize, encoded: &[u8]) -> Vec<u8> {
    let mut sections: [&[u8]; 10] = [&[0]; 10];
    sections[NUMERIC] = &[0, 0];
    sections[section] = encoded;
    sections.concat()
}

const OPS: usize = 0;
const CONSTANTS: usize = 1;
const SUB_ENTRIES: usize = 2;
const NAMES: usize = 3;
const LINES: usize = 4;
const SOURCE: usize = 6;
const NUMERIC: usize = 7;
const DEBUG: usize = 8;
const SUB_CHUNKS: usize = 9;

fn with_constant(value: Value) -> Chunk {
    ChunkData {
        constants: vec![value],
        ..ChunkData::default()
    }
    .into()
}

#[test]
fn every_op_survives() {
    let mut builder = ChunkBuilder::new();
    for op in extreme_ops() {
        builder.emit(op, 1);
    }
    let chunk = builder.build();
    let read = Chunk::from_bytes_unverified(&chunk.to_bytes().unwrap()).unwrap();
    assert_eq!(read, chunk);
    assert_eq!(read.op_hash, chunk.op_hash);
}

/// Stored chunks must stay readable: a change here needs a new version number.
#[test]
fn layout() {
    let mut builder = ChunkBuilder::new();
    builder.emit(Op::Jump(300), 2);
    builder.add_constant(Value::Int(-1));
    builder.add_name("x");
    builder.set_dialect(Dialect::Awk);
    builder.set_overflow(Overflow::Error);
    builder.name_slot(3, "n");
    builder.emit(Op::Nop, 4);
    let file = builder.add_file("f");
    let (line, column) = (9, 300);
    builder.set_span(Span { file, line, column });
    builder.emit(Op::Nop, 4);
    builder.set_span(None);
    builder.emit(Op::Nop, 4);
    let bytes = builder.build().to_bytes().unwrap();
    let [jump, nop] = [Op::Jump(0), Op::Nop].map(|op| op.opcode() as u8);
    #[rustfmt::skip]
    let payload = [
        4, jump, 0xac, 0x02, nop, nop, nop,
        1, tag::INT, 1,
        0,
        1, 1, b'x',
        4, 2, 4, 4, 4,
        0,
        0,
        1, 2,
        1,
            1, 3, 1, b'n', 1, 4,
            1, 1, b'f',
            2, 4, 1, 18, 0xac, 0x02, 2, 0,
        0,
    ];
    assert_eq!(bytes, with_header(&payload));
    assert_eq!(bytes[..16], *b"\xffFUSEVM\0\x03\0\0\0\x2a\0\0\0");
    let checksum = [
        66, 162, 219, 111, 139, 211, 89, 199, 140, 210, 115, 8, 96, 80, 188, 158,
    ];
    assert_eq!(bytes[16..32], checksum);
}

/// Nearly the chunk of [`layout`], as versions 1 and 2 wrote it.
#[test]
fn earlier_versions_are_read() {
    let jump = Op::Jump(0).opcode() as u8;
    let code = [
        1,
        jump,
        0xac,
        0x02,
        1,
        tag::INT,
        1,
        0,
        1,
        1,
        b'x',
        1,
        2,
        0,
        0,
    ];
    let mut bytes = b"\xffFUSEVM\0\x01\0\0\0\x10\0\0\0".to_vec();
    bytes.extend([
        183, 250, 159, 84, 60, 190, 65, 35, 141, 173, 74, 82, 60, 137, 254, 34,
    ]);
    bytes.extend(code);
    bytes.push(0);
    let chunk = Chunk::from_bytes_unverified(&bytes).unwrap();
    assert_eq!(chunk.ops, [Op::Jump(300)]);
    assert_eq!(chunk.names, ["x"]);
    assert_eq!(chunk.numeric, Numeric::default());

    let mut bytes = b"\xffFUSEVM\0\x02\0\0\0\x12\0\0\0".to_vec();
    bytes.extend([
        121, 88, 238, 239, 51, 36, 27, 33, 27, 161, 92, 131, 74, 0, 4, 156,
    ]);
    bytes.extend(code);
    bytes.extend([1, 2, 0]);
    let chunk = Chunk::from_bytes_unverified(&bytes).unwrap();
    assert_eq!(chunk.names, ["x"]);
    assert_eq!(chunk.numeric.dialect, Dialect::Awk);
    assert!(chunk.debug.is_empty());
}

#[test]
fn only_the_magic_decides_what_is_a_chunk() {
    assert!(Chunk::is_bytes(&Chunk::new().to_bytes().unwrap()));
    assert!(Chunk::is_bytes(&MAGIC));
    for other in [&b""[..], b"FUSEVM", &MAGIC[..7], b"; assembly text"] {
        assert!(!Chunk::is_bytes(other));
    }
}

struct Nothing;

impl HostObject for Nothing {
    fn type_name(&self) -> &str {
        "nothing"
    }
}

#[test]
fn what_is_bound_to_the_process_is_refused() {
    let object = Value::Object(Object::new(Nothing));
    let handle = Value::Handle(Handle::new(0, 0, 0));
    for value in [
        object.clone(),
        handle,
        Value::array(vec![Value::Undef, Value::reference(object)]),
    ] {
        let chunk: Chunk = ChunkData {
            constants: vec![Value::Undef, value],
            ..ChunkData::default()
        }
        .into();
        let error = chunk.to_bytes().unwrap_err();
        assert_eq!(error, EncodeError::NotStorable { constant: 1 });
        assert_ne!(chunk.content_hash(), Chunk::new().content_hash());
        assert_eq!(chunk, chunk.clone());
    }
}

#[test]
fn deep_constants_need_no_native_stack() {
    const DEPTH: usize = 100_000;
    let test = || {
        let deep: [fn(Value) -> Value; 3] = [
            |inner| Value::array(vec![inner]),
            |inner| Value::Hash(Hash::from([("k", inner)])),
            Value::reference,
        ];
        for wrap in deep {
            let chunk = with_constant((0..DEPTH).fold(Value::Undef, |inner, _| wrap(inner)));
            let read = Chunk::from_bytes_unverified(&chunk.to_bytes().unwrap()).unwrap();
            assert_eq!(read, chunk);
            assert_eq!(read.content_hash(), chunk.content_hash());
        }
    };
    std::thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(test)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn damaged_headers_are_refused() {
    type Damage = fn(&mut Vec<u8>);
    let cases: [(Damage, &str); 10] = [
        (Vec::clear, "not an encoded chunk at byte 0"),
        (|b| b[0] = b'F', "not an encoded chunk at byte 0"),
        (|b| b[8] = 0, "unknown format version 0 at byte 8"),
        (|b| b[8] = 4, "unknown format version 4 at byte 8"),
        (
            |b| b[10] = 1,
            "reserved header bytes are not zero at byte 10",
        ),
        (|b| b.truncate(20), "unexpected end of input at byte 20"),
        (|b| b.truncate(35), "unexpected end of input at byte 35"),
        (|b| b.push(0), "trailing bytes at byte 43"),
        (|b| b[16] ^= 1, "checksum mismatch at byte 32"),
        (|b| b[39] ^= 1, "checksum mismatch at byte 32"),
    ];
    for (damage, expected) in cases {
        let mut bytes = Chunk::new().to_bytes().unwrap();
        damage(&mut bytes);
        assert_eq!(
            Chunk::from_bytes_unverified(&bytes)
                .unwrap_err()
                .to_string(),
            expected
        );
    }
}

#[test]
fn malformed_payloads_are_refused() {
    let unknown_opcode = u8::MAX;
    let jump = Op::Jump(0).opcode() as u8;
    let get_slot = Op::GetSlot(0).opcode() as u8;
    let too_long = [0x80; 11];
    let too_large = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
    let cases: &[(usize, &[u8], &str)] = &[
        (OPS, &[1, unknown_opcode], "unknown opcode 255 at byte 33"),
        (
            OPS,
            &[1, jump, 0x80, 0x00],
            "number out of range or not in its shortest form at byte 34",
        ),
        (
            OPS,
            &[200, 1],
            "count 200 exceeds the rest of the input at byte 32",
        ),
        (
            OPS,
            &too_long,
            "number out of range or not in its shortest form at byte 32",
        ),
        (
            OPS,
            &too_large,
            "number out of range or not in its shortest form at byte 32",
        ),
        (
            CONSTANTS,
            &[1, tag::HANDLE],
            "unknown value tag 12 at byte 34",
        ),
        (
            CONSTANTS,
            &[1, tag::OBJECT],
            "unknown value tag 13 at byte 34",
        ),
        (CONSTANTS, &[1, 255], "unknown value tag 255 at byte 34"),
        (
            CONSTANTS,
            &[1, tag::STR, 1, 0xff],
            "invalid UTF-8 at byte 36",
        ),
        (
            CONSTANTS,
            &[1, tag::BYTES, 1, b'a'],
            "valid UTF-8 text marked as a byte string at byte 34",
        ),
        (
            CONSTANTS,
            &[1, tag::HASH, 2, 1, b'k', tag::UNDEF, 1, b'k', tag::UNDEF],
            "duplicate hash key at byte 39",
        ),
        (
            CONSTANTS,
            &[1, tag::STATUS, 0x80, 0x80, 0x80, 0x80, 0x10],
            "number out of range or not in its shortest form at byte 35",
        ),
        (
            CONSTANTS,
            &[1, tag::NATIVE_FN, 0x80, 0x80, 0x04],
            "number out of range or not in its shortest form at byte 35",
        ),
        (
            CONSTANTS,
            &[1, tag::ARRAY, 100],
            "count 100 exceeds the rest of the input at byte 35",
        ),
        (
            SUB_ENTRIES,
            &[1, 0x80, 0x80, 0x04, 0],
            "number out of range or not in its shortest form at byte 35",
        ),
        (NAMES, &[1, 2, b'a', 0xff], "invalid UTF-8 at byte 38"),
        (
            LINES,
            &[1, 0x80, 0x80, 0x80, 0x80, 0x10],
            "number out of range or not in its shortest form at byte 37",
        ),
        (
            SOURCE,
            &[50],
            "count 50 exceeds the rest of the input at byte 38",
        ),
        (NUMERIC, &[2, 0], "unknown setting 2 at byte 39"),
        (NUMERIC, &[0, 3], "unknown setting 3 at byte 40"),
        (DEBUG, &[2], "unknown setting 2 at byte 41"),
        (DEBUG, &[1, 0, 0, 0], "unknown setting 1 at byte 41"),
        (
            DEBUG,
            &[1, 1, 0, 0],
            "count 1 exceeds the rest of the input at byte 42",
        ),
        (DEBUG, &[1, 1, 0, 1, 0xff, 0, 0], "invalid UTF-8 at byte 45"),
        (
            DEBUG,
            &[1, 1, 0x80, 0x80, 0x04, 0, 0, 0],
            "number out of range or not in its shortest form at byte 43",
        ),
        (
            DEBUG,
            &[1, 0, 0, 1],
            "count 1 exceeds the rest of the input at byte 44",
        ),
        // A file, lines before the first and behind the last.
        (
            DEBUG,
            &[1, 0, 0, 1, 0, 0x81, 0x80, 0x04, 0, 0],
            "number out of range or not in its shortest form at byte 46",
        ),
        (
            DEBUG,
            &[1, 0, 0, 1, 0, 1, 1, 0],
            "number out of range or not in its shortest form at byte 47",
        ),
        (
            DEBUG,
            &[1, 0, 0, 1, 0, 1, 0x80, 0x80, 0x80, 0x80, 0x20, 0],
            "number out of range or not in its shortest form at byte 47",
        ),
        (SUB_CHUNKS, &[0, 0], "trailing bytes at byte 43"),
        (
            SUB_CHUNKS,
            &[1],
            "count 1 exceeds the rest of the input at byte 42",
        ),
        (
            SUB_CHUNKS,
            &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80],
            "unexpected end of input at byte 54",
        ),
    ];
    for (section, encoded, expected) in cases {
        let bytes = with_header(&payload_with(*section, encoded));
        assert_eq!(
            Chunk::from_bytes_unverified(&bytes)
                .unwrap_err()
                .to_string(),
            *expected
        );
    }

    let operand = with_header(&payload_with(OPS, &[1, get_slot, 0x80, 0x80, 0x04]));
    let error = Chunk::from_bytes_unverified(&operand).unwrap_err();
    assert!(
        matches!(error.kind(), DecodeErrorKind::BadOperand(_)),
        "{error}"
    );
    assert_eq!(error.offset(), 33);
}

#[test]
fn sub_chunks_nest_up_to_the_limit() {
    let empty = [0; 11];
    let nested = |depth: usize| {
        let outer = payload_with(SUB_CHUNKS, &[1]);
        with_header(&[outer.repeat(depth), empty.to_vec()].concat())
    };
    assert!(Chunk::from_bytes_unverified(&nested(MAX_STORED_DEPTH)).is_ok());
    let error = Chunk::from_bytes_unverified(&nested(MAX_STORED_DEPTH + 1)).unwrap_err();
    assert_eq!(*error.kind(), DecodeErrorKind::TooDeep);
}

proptest! {
    #[test]
    fn chunks_survive(chunk in arbitrary::chunk()) {
        let bytes = chunk.to_bytes().unwrap();
        let read = Chunk::from_bytes_unverified(&bytes).unwrap();
        prop_assert_eq!(&read, &chunk);
        prop_assert_eq!(read.op_hash, chunk.op_hash);
        prop_assert_eq!(read.to_bytes().unwrap(), bytes);
    }
}

/// One way to damage bytes.
#[derive(Debug, Clone)]
enum Mutation {
    Set(Index, u8),
    Flip(Index, u32),
    Insert(Index, u8),
    Remove(Index),
    Truncate(Index),
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Self::Set(at, byte) => *at.get_mut(bytes) = *byte,
            Self::Flip(at, bit) => *at.get_mut(bytes) ^= 1 << bit,
            Self::Insert(at, byte) => bytes.insert(at.index(bytes.len()), *byte),
            Self::Remove(at) => _ = bytes.remove(at.index(bytes.len())),
            Self::Truncate(at) => bytes.truncate(at.index(bytes.len())),
        }
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (any::<Index>(), 0..8_u32).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        any::<Index>().prop_map(Mutation::Remove),
        any::<Index>().prop_map(Mutation::Truncate),
    ]
}

/// Decoding gives an error, or a chunk with exactly this encoding.
fn check_decoding(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(chunk) = Chunk::from_bytes_unverified(bytes) {
        prop_assert_eq!(chunk.to_bytes().unwrap(), bytes);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn random_bytes_are_handled(bytes in vec(any::<u8>(), 0..100)) {
        check_decoding(&bytes)?;
        check_decoding(&with_header(&bytes))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_chunks_are_handled(
        chunk in arbitrary::chunk(),
        damages in vec(vec(mutation(), 1..4), 100),
    ) {
        let intact = chunk.to_bytes().unwrap();
        for damage in damages {
            let mut whole = intact.clone();
            let mut payload = intact[HEADER_LEN..].to_vec();
            for mutation in damage {
                mutation.apply(&mut whole);
                mutation.apply(&mut payload);
            }
            check_decoding(&whole)?;
            check_decoding(&with_header(&payload))?;
        }
    }
}

#[test]
fn code_from_outside_is_verified() {
    let mut builder = ChunkBuilder::new();
    builder.emit(Op::Add, 1);
    let bytes = builder.build().to_bytes().unwrap();
    let error = Chunk::from_bytes(&bytes).unwrap_err();
    assert!(matches!(error.kind(), DecodeErrorKind::Malformed(_)));
    let expected = "op 0: Add takes 2 operands, but at most 0 can be there";
    assert_eq!(error.to_string(), expected);
    assert!(Chunk::from_bytes_unverified(&bytes).is_ok());
}
