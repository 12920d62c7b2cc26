//! The encoder. It feeds the byte form as well as the content hash, so everything that is stored
//! is hashed too, and unambiguously.

use siphasher::sip128::SipHasher24;

use super::tag;
use crate::chunk::{ChunkData, DebugInfo, Span};
use crate::op::{Op, OperandValue};
use crate::value::{Key, Value};

/// Where encoded bytes go.
pub(in crate::chunk) trait Sink {
    fn put(&mut self, bytes: &[u8]);

    /// Whether encoding should stop. Values that share parts can be exponentially larger encoded
    /// than in memory.
    fn is_full(&self) -> bool {
        false
    }
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    fn is_full(&self) -> bool {
        u32::try_from(self.len()).is_err()
    }
}

impl Sink for SipHasher24 {
    fn put(&mut self, bytes: &[u8]) {
        std::hash::Hasher::write(self, bytes);
    }
}

/// Why an encoded value is incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chunk) enum Obstacle {
    /// There is a handle or object, for which only a tag was written.
    NotStorable,
    /// The sink was full before the end.
    Full,
}

/// Everything but the sub-chunks, of which only the number is written.
///
/// On an error the index of the first constant that met an obstacle is given. A marker stands for
/// each handle or object and the encoding is complete otherwise, unless the sink was full.
pub(in crate::chunk) fn own_content(
    sink: &mut impl Sink,
    data: &ChunkData,
) -> Result<(), (usize, Obstacle)> {
    let outcome = code(sink, data);
    list(sink, &data.names, |sink, name| text(sink, name.as_bytes()));
    list(sink, &data.lines, |sink, &line| unsigned(sink, line.into()));
    list(sink, &data.block_ranges, |sink, &(start, end)| {
        unsigned(sink, start as u64);
        unsigned(sink, end as u64);
    });
    text(sink, data.source.as_bytes());
    sink.put(&[data.numeric.dialect as u8, data.numeric.overflow as u8]);
    debug_info(sink, &data.debug);
    unsigned(sink, data.sub_chunks.len() as u64);
    outcome
}

/// The leading part of [`own_content`]: ops, constants and sub entries.
pub(in crate::chunk) fn code(
    sink: &mut impl Sink,
    data: &ChunkData,
) -> Result<(), (usize, Obstacle)> {
    list(sink, &data.ops, |sink, &instruction| op(sink, instruction));
    let mut outcome = Ok(());
    unsigned(sink, data.constants.len() as u64);
    for (index, constant) in data.constants.iter().enumerate() {
        let written = value(sink, constant).map_err(|obstacle| (index, obstacle));
        outcome = outcome.and(written);
    }
    list(sink, &data.sub_entries, |sink, &(name, entry)| {
        unsigned(sink, name.into());
        unsigned(sink, entry as u64);
    });
    outcome
}

/// What execution can see of a chunk, but for what runs in sub-chunks.
///
/// # Errors
/// As for [`own_content`].
#[cfg(feature = "jit-disk-cache")]
pub(in crate::chunk) fn effective_content(
    sink: &mut impl Sink,
    data: &ChunkData,
) -> Result<(), (usize, Obstacle)> {
    code(sink, data)?;
    list(sink, &data.names, |sink, name| text(sink, name.as_bytes()));
    list(sink, &data.block_ranges, |sink, &(start, end)| {
        unsigned(sink, start as u64);
        unsigned(sink, end as u64);
    });
    sink.put(&[data.numeric.dialect as u8, data.numeric.overflow as u8]);
    Ok(())
}

fn debug_info(sink: &mut impl Sink, debug: &DebugInfo) {
    sink.put(&[u8::from(!debug.is_empty())]);
    if debug.is_empty() {
        return;
    }
    list(sink, &debug.slot_names, |sink, name| {
        unsigned(sink, name.slot.into());
        text(sink, name.name.as_bytes());
        unsigned(sink, name.start as u64);
        unsigned(sink, name.end as u64);
    });
    list(sink, &debug.files, |sink, file| text(sink, file.as_bytes()));
    spans(sink, &debug.spans);
}

/// Most spans are near the one before, so the differences are short.
fn spans(sink: &mut impl Sink, spans: &[(usize, Option<Span>)]) {
    unsigned(sink, spans.len() as u64);
    let (mut last_start, mut last_line) = (0, 0);
    for &(start, span) in spans {
        let start = start as u64;
        signed(sink, start.wrapping_sub(last_start) as i64);
        last_start = start;
        let Some(Span { file, line, column }) = span else {
            unsigned(sink, 0);
            continue;
        };
        unsigned(sink, u64::from(file) + 1);
        signed(sink, i64::from(line) - last_line);
        last_line = i64::from(line);
        unsigned(sink, column.into());
    }
}

fn op(sink: &mut impl Sink, op: Op) {
    sink.put(&[op.opcode() as u8]);
    for (_, operand) in op.operands() {
        match operand {
            OperandValue::Int(n) => signed(sink, n),
            OperandValue::UInt(n) => unsigned(sink, n),
            OperandValue::Float(x) => sink.put(&x.to_bits().to_le_bytes()),
        }
    }
}

/// What is left to write of nested containers; the last entry is next.
enum Pending {
    Key(Key),
    Value(Value),
}

/// A value with everything in it, containers before their items.
pub(in crate::chunk) fn value(sink: &mut impl Sink, root: &Value) -> Result<(), Obstacle> {
    let mut outcome = Ok(());
    let mut pending = vec![Pending::Value(root.clone())];
    while let Some(next) = pending.pop() {
        if sink.is_full() {
            return Err(Obstacle::Full);
        }
        let value = match next {
            Pending::Key(key) => {
                text(sink, key.as_bytes());
                continue;
            }
            Pending::Value(value) => value,
        };
        sink.put(&[value_tag(&value)]);
        let first_child = pending.len();
        match &value {
            Value::Undef | Value::Bool(_) => {}
            Value::Int(n) => signed(sink, *n),
            Value::Float(x) => sink.put(&x.to_bits().to_le_bytes()),
            Value::Str(s) => text(sink, s.as_bytes()),
            Value::Bytes(b) => text(sink, b),
            Value::Status(code) => signed(sink, (*code).into()),
            Value::NativeFn(id) => unsigned(sink, (*id).into()),
            Value::Ref(target) => pending.push(Pending::Value(Value::clone(target))),
            Value::Array(array) => {
                unsigned(sink, array.len() as u64);
                pending.extend(array.iter().map(Pending::Value));
            }
            Value::Hash(hash) => {
                unsigned(sink, hash.len() as u64);
                for (key, value) in hash {
                    pending.push(Pending::Key(key.clone()));
                    pending.push(Pending::Value(value.clone()));
                }
            }
            Value::Handle(_) | Value::Object(_) => outcome = Err(Obstacle::NotStorable),
        }
        pending[first_child..].reverse();
    }
    outcome
}

fn value_tag(value: &Value) -> u8 {
    match value {
        Value::Undef => tag::UNDEF,
        Value::Bool(false) => tag::FALSE,
        Value::Bool(true) => tag::TRUE,
        Value::Int(_) => tag::INT,
        Value::Float(_) => tag::FLOAT,
        Value::Str(_) => tag::STR,
        Value::Bytes(_) => tag::BYTES,
        Value::Array(_) => tag::ARRAY,
        Value::Hash(_) => tag::HASH,
        Value::Status(_) => tag::STATUS,
        Value::Ref(_) => tag::REF,
        Value::NativeFn(_) => tag::NATIVE_FN,
        Value::Handle(_) => tag::HANDLE,
        Value::Object(_) => tag::OBJECT,
    }
}

fn list<S: Sink, T>(sink: &mut S, items: &[T], item: impl Fn(&mut S, &T)) {
    unsigned(sink, items.len() as u64);
    for it in items {
        item(sink, it);
    }
}

fn text(sink: &mut impl Sink, bytes: &[u8]) {
    unsigned(sink, bytes.len() as u64);
    sink.put(bytes);
}

/// LEB128: seven bits a byte, lowest first, the high bit set on all but the last.
fn unsigned(sink: &mut impl Sink, mut n: u64) {
    let mut bytes = [0; 10];
    let mut len = 0;
    while n >= 0x80 {
        bytes[len] = n as u8 | 0x80;
        n >>= 7;
        len += 1;
    }
    bytes[len] = n as u8;
    sink.put(&bytes[..=len]);
}

/// Zigzag: numbers near zero become small whatever their sign.
fn signed(sink: &mut impl Sink, n: i64) {
    unsigned(sink, ((n << 1) ^ (n >> 63)) as u64);
}
