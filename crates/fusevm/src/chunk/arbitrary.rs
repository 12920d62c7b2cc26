//! Random chunks for property tests: any content, far beyond what a front end would produce.

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{
    Chunk, ChunkData, DebugInfo, DebugTables, Dialect, Numeric, Overflow, SlotName, Span, hash,
};
use crate::op::{Op, Opcode, OperandKind, OperandValue};
use crate::value::{Hash, Key, Value};

/// Any op with any operands.
pub(crate) fn op() -> impl Strategy<Value = Op> {
    select(Opcode::ALL).prop_flat_map(|opcode| {
        let operands: Vec<_> = opcode
            .info()
            .operands
            .iter()
            .map(|operand| operand_value(operand.kind))
            .collect();
        operands.prop_map(move |operands| Op::from_operands(opcode, &operands).unwrap())
    })
}

fn operand_value(kind: OperandKind) -> BoxedStrategy<OperandValue> {
    match kind.type_name() {
        "i64" => int().prop_map(OperandValue::Int).boxed(),
        "i32" => edgy::<i32>()
            .prop_map(|n| OperandValue::Int(n.into()))
            .boxed(),
        "f64" => float().prop_map(OperandValue::Float).boxed(),
        "u8" => any::<u8>()
            .prop_map(|n| OperandValue::UInt(n.into()))
            .boxed(),
        "u16" => edgy::<u16>()
            .prop_map(|n| OperandValue::UInt(n.into()))
            .boxed(),
        "usize" => edgy::<usize>()
            .prop_map(|n| OperandValue::UInt(n as u64))
            .boxed(),
        other => unreachable!("operands of type {other}"),
    }
}

/// Any value that can be stored, nested to some degree.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Undef),
        any::<bool>().prop_map(Value::Bool),
        int().prop_map(Value::Int),
        float().prop_map(Value::Float),
        any::<String>().prop_map(Value::str),
        bytes().prop_map(Value::bytes),
        any::<i32>().prop_map(Value::Status),
        any::<u16>().prop_map(Value::NativeFn),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let entry = (
            bytes().prop_map(|key| Key::from(key.as_slice())),
            inner.clone(),
        );
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::array),
            vec(entry, 0..6).prop_map(|entries| Value::Hash(Hash::from_iter(entries))),
            inner.prop_map(Value::reference),
        ]
    })
}

/// Any chunk that can be stored, with the `op_hash` that a builder gives it.
pub(crate) fn chunk() -> impl Strategy<Value = Chunk> {
    level(Just(Vec::new())).prop_recursive(3, 6, 2, |inner| level(vec(inner, 0..3)))
}

fn level(sub_chunks: impl Strategy<Value = Vec<Chunk>>) -> impl Strategy<Value = Chunk> {
    let pair = (edgy::<usize>(), edgy::<usize>());
    let code = (
        vec(op(), 0..20),
        vec(value(), 0..5),
        vec((any::<u16>(), edgy::<usize>()), 0..4),
    );
    let rest = (
        vec(any::<String>(), 0..4),
        vec(edgy::<u32>(), 0..20),
        vec(pair, 0..3),
    );
    let about = (any::<String>(), numeric(), debug_info());
    (code, rest, about, sub_chunks).prop_map(|(code, rest, about, sub_chunks)| {
        let (ops, constants, sub_entries) = code;
        let (names, lines, block_ranges) = rest;
        let (source, numeric, debug) = about;
        let mut data = ChunkData {
            ops,
            constants,
            names,
            lines,
            sub_entries,
            block_ranges,
            sub_chunks,
            source,
            numeric,
            debug,
            op_hash: 0,
        };
        data.op_hash = hash::op_hash(&data);
        data.into()
    })
}

fn numeric() -> impl Strategy<Value = Numeric> {
    let settings = (&Dialect::ALL[..], &Overflow::ALL[..]);
    (select(settings.0), select(settings.1))
        .prop_map(|(dialect, overflow)| Numeric { dialect, overflow })
}

/// None, any at all, or some as a front end makes it.
fn debug_info() -> impl Strategy<Value = DebugInfo> {
    let place = || prop_oneof![0..20_usize, edgy::<usize>()];
    let slot_name = (any::<u16>(), name(), place(), place());
    let slot_name = slot_name.prop_map(|(slot, name, start, end)| SlotName {
        slot,
        name,
        start,
        end,
    });
    let span = (any::<u16>(), edgy::<u32>(), edgy::<u32>());
    let span = span.prop_map(|(file, line, column)| Span { file, line, column });
    let tables = (
        vec(slot_name, 0..4),
        vec(name(), 0..3),
        vec((place(), option::of(span)), 0..4),
    )
        .prop_map(|(slot_names, files, spans)| DebugTables {
            slot_names,
            files,
            spans,
        });
    prop_oneof![Just(DebugInfo::default()), tables.prop_map(DebugInfo::from),]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-d]", any::<String>()]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<String>().prop_map(String::into_bytes),
        vec(any::<u8>(), 0..20)
    ]
}

fn int() -> impl Strategy<Value = i64> {
    edgy::<i64>()
}

/// Any bits, NaNs and infinities included.
fn float() -> impl Strategy<Value = f64> {
    let special = select(vec![0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN]);
    prop_oneof![any::<u64>().prop_map(f64::from_bits), special, any::<f64>()]
}

/// Integers of all magnitudes, with the limits more often than chance would have them.
fn edgy<T: TryFrom<i128, Error: Debug> + Debug>() -> impl Strategy<Value = T> {
    let wide = prop_oneof![
        -3..300_i128,
        (any::<i64>(), 0..64_u32).prop_map(|(n, shift)| i128::from(n >> shift)),
        select(vec![
            i32::MIN.into(),
            i32::MAX.into(),
            i64::MIN.into(),
            i64::MAX.into()
        ]),
        select(vec![u16::MAX.into(), u32::MAX.into(), u64::MAX.into()]),
    ];
    // What does not fit loses its high bits: a filter would reject too much for long runs.
    wide.prop_map(|n| T::try_from(n).or_else(|_| T::try_from(n & 0x7f)).unwrap())
}
