//! Exact comparison of chunks.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Chunk, ChunkData};
use crate::op::{Op, OperandValue};
use crate::value::Value;

/// Chunks are equal when their content is, bit for bit: a NaN is the same as itself, `0.0` and
/// `-0.0` differ, and so do hashes whose entries are in another order. Handles and objects compare
/// by identity. `op_hash` is not content.
impl PartialEq for Chunk {
    fn eq(&self, other: &Chunk) -> bool {
        // Nesting can be deep, hence the work list; and the number of paths to shared sub-chunks
        // can be exponential, hence each pair is compared once.
        let mut seen = HashSet::new();
        let mut pending = vec![(self, other)];
        while let Some((a, b)) = pending.pop() {
            if a.ptr_eq(b) || !seen.insert((Arc::as_ptr(&a.0), Arc::as_ptr(&b.0))) {
                continue;
            }
            if !same_own_content(a, b) {
                return false;
            }
            pending.extend(a.sub_chunks.iter().zip(&b.sub_chunks));
        }
        true
    }
}

impl Eq for Chunk {}

/// Compares everything but the sub-chunks, of which only the number counts.
fn same_own_content(a: &ChunkData, b: &ChunkData) -> bool {
    a.names == b.names
        && a.lines == b.lines
        && a.sub_entries == b.sub_entries
        && a.block_ranges == b.block_ranges
        && a.source == b.source
        && a.numeric == b.numeric
        && a.debug == b.debug
        && a.sub_chunks.len() == b.sub_chunks.len()
        && all_same(&a.ops, &b.ops, same_op)
        && all_same(&a.constants, &b.constants, same_value)
}

fn all_same<T>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}

/// Whether both are the same operation with the same operands, floats bit for bit.
pub(crate) fn same_op(a: &Op, b: &Op) -> bool {
    a.opcode() == b.opcode()
        && a.operands()
            .zip(b.operands())
            .all(|((_, a), (_, b))| match (a, b) {
                (OperandValue::Float(a), OperandValue::Float(b)) => a.to_bits() == b.to_bits(),
                (a, b) => a == b,
            })
}

fn same_value(a: &Value, b: &Value) -> bool {
    let mut pending = vec![(a.clone(), b.clone())];
    while let Some((a, b)) = pending.pop() {
        let same = match (&a, &b) {
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::Ref(a), Value::Ref(b)) => {
                pending.push((Value::clone(a), Value::clone(b)));
                true
            }
            (Value::Array(a), Value::Array(b)) => {
                if !a.ptr_eq(b) {
                    pending.extend(a.iter().zip(b.iter()));
                }
                a.len() == b.len()
            }
            (Value::Hash(a), Value::Hash(b)) => {
                if !a.ptr_eq(b) {
                    pending.extend(a.values().cloned().zip(b.values().cloned()));
                }
                a.len() == b.len() && a.keys().eq(b.keys())
            }
            (a, b) => a == b,
        };
        if !same {
            return false;
        }
    }
    true
}
