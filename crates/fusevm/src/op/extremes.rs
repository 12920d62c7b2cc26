//! Ops at the limits of their operands, for tests of every form they take.

use super::{Op, Opcode, OperandKind, OperandValue};

/// Extreme operands for every kind; all of them fit.
fn extremes(kind: OperandKind) -> Vec<OperandValue> {
    use OperandValue::{Float, Int, UInt};
    match kind.type_name() {
        "i64" => vec![Int(i64::MIN), Int(0), Int(i64::MAX)],
        "i32" => vec![Int(i32::MIN.into()), Int(0), Int(i32::MAX.into())],
        "u8" => vec![UInt(0), UInt(u8::MAX.into())],
        "u16" => vec![UInt(0), UInt(u16::MAX.into())],
        "usize" => vec![UInt(0), UInt(usize::MAX as u64)],
        "f64" => [
            0.0,
            -0.0,
            f64::MIN,
            f64::INFINITY,
            f64::from_bits(0x7ff8_0000_0000_0001),
        ]
        .map(Float)
        .to_vec(),
        other => panic!("no extremes for {other}"),
    }
}

/// Every op with every combination of extreme operands.
pub(crate) fn extreme_ops() -> impl Iterator<Item = Op> {
    Opcode::ALL.iter().flat_map(|&opcode| {
        let mut combinations = vec![Vec::new()];
        for operand in opcode.info().operands {
            let longer = |done: Vec<OperandValue>| {
                extremes(operand.kind)
                    .into_iter()
                    .map(move |value| [&done[..], &[value]].concat())
            };
            combinations = combinations.into_iter().flat_map(longer).collect();
        }
        combinations.into_iter().map(move |values| {
            Op::from_operands(opcode, &values).unwrap_or_else(|error| panic!("{error}"))
        })
    })
}
