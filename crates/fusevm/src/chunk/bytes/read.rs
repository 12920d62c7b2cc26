//! The decoder: checks everything, trusts nothing.

use std::mem;

use super::{DecodeError, DecodeErrorKind, VERSION, tag};
use crate::chunk::{
    Chunk, ChunkData, DebugInfo, DebugTables, Dialect, MAX_STORED_DEPTH, Numeric, Overflow,
    SlotName, Span, hash,
};
use crate::op::{Op, Opcode, OperandKind, OperandValue};
use crate::value::{Hash, Key, Value};

/// Lower bounds for the encoded size of items, which turn a count into a bound on memory.
mod min_size {
    pub(super) const OP: usize = 1;
    pub(super) const VALUE: usize = 1;
    pub(super) const ENTRY: usize = 2;
    pub(super) const TEXT: usize = 1;
    pub(super) const LINE: usize = 1;
    pub(super) const SLOT_NAME: usize = 4;
    pub(super) const SPAN: usize = 2;
    /// Of the first version, which is the shortest.
    pub(super) const CHUNK: usize = 8;
}

/// The first version in which chunks say how their arithmetic works.
const WITH_NUMERIC: u16 = 2;

/// The first version in which chunks have debug information.
const WITH_DEBUG: u16 = 3;

pub(super) struct Reader<'a> {
    input: &'a [u8],
    offset: usize,
    /// Of the format that the input is written in.
    version: u16,
    /// The operands of the current op, kept to reuse the allocation.
    operands: Vec<OperandValue>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            offset: 0,
            version: VERSION,
            operands: Vec::new(),
        }
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// Sets the version of the format; without this, the present one.
    pub(super) fn set_version(&mut self, version: u16) {
        self.version = version;
    }

    pub(super) fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        kind.at(self.offset)
    }

    pub(super) fn expect_end(&self) -> Result<(), DecodeError> {
        if self.offset == self.input.len() {
            Ok(())
        } else {
            Err(self.error(DecodeErrorKind::TrailingBytes))
        }
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let Some(bytes) = self.input[self.offset..].first_chunk() else {
            return Err(DecodeErrorKind::Truncated.at(self.input.len()));
        };
        self.offset += N;
        Ok(*bytes)
    }

    pub(super) fn chunk(&mut self) -> Result<Chunk, DecodeError> {
        self.nested_chunk(0)
    }

    /// Recursive, but not deeper than [`MAX_STORED_DEPTH`].
    fn nested_chunk(&mut self, depth: usize) -> Result<Chunk, DecodeError> {
        if depth > MAX_STORED_DEPTH {
            return Err(self.error(DecodeErrorKind::TooDeep));
        }
        // In the order of the format, which is not that of the fields' declaration.
        let mut data = ChunkData {
            ops: self.list(min_size::OP, Self::op)?,
            constants: self.list(min_size::VALUE, Self::value)?,
            sub_entries: self.list(min_size::ENTRY, |r| Ok((r.unsigned()?, r.unsigned()?)))?,
            names: self.list(min_size::TEXT, |r| r.utf8().map(str::to_owned))?,
            lines: self.list(min_size::LINE, Self::unsigned)?,
            block_ranges: self.list(min_size::ENTRY, |r| Ok((r.unsigned()?, r.unsigned()?)))?,
            source: self.utf8()?.to_owned(),
            numeric: self.numeric()?,
            debug: self.debug_info()?,
            sub_chunks: self.list(min_size::CHUNK, |r| r.nested_chunk(depth + 1))?,
            op_hash: 0,
        };
        data.op_hash = hash::op_hash(&data);
        Ok(data.into())
    }

    fn numeric(&mut self) -> Result<Numeric, DecodeError> {
        if self.version < WITH_NUMERIC {
            return Ok(Numeric::default());
        }
        Ok(Numeric {
            dialect: self.setting(&Dialect::ALL)?,
            overflow: self.setting(&Overflow::ALL)?,
        })
    }

    fn debug_info(&mut self) -> Result<DebugInfo, DecodeError> {
        if self.version < WITH_DEBUG {
            return Ok(DebugInfo::default());
        }
        let start = self.offset;
        if !self.setting(&[false, true])? {
            return Ok(DebugInfo::default());
        }
        let debug = DebugInfo::from(DebugTables {
            slot_names: self.list(min_size::SLOT_NAME, |r| {
                Ok(SlotName {
                    slot: r.unsigned()?,
                    name: r.utf8()?.to_owned(),
                    start: r.unsigned()?,
                    end: r.unsigned()?,
                })
            })?,
            files: self.list(min_size::TEXT, |r| r.utf8().map(str::to_owned))?,
            spans: self.spans()?,
        });
        if debug.is_empty() {
            return Err(DecodeErrorKind::UnknownSetting(1).at(start));
        }
        Ok(debug)
    }

    fn spans(&mut self) -> Result<Vec<(usize, Option<Span>)>, DecodeError> {
        let (mut start, mut line) = (0_u64, 0_i64);
        self.list(min_size::SPAN, |r| {
            let number_at = r.offset;
            start = start.wrapping_add(r.signed()? as u64);
            let op =
                usize::try_from(start).map_err(|_| DecodeErrorKind::BadNumber.at(number_at))?;
            let file_at = r.offset;
            let Some(file) = r.unsigned::<u32>()?.checked_sub(1) else {
                return Ok((op, None));
            };
            let file = u16::try_from(file).map_err(|_| DecodeErrorKind::BadNumber.at(file_at))?;
            let line_at = r.offset;
            let difference = r.signed()?;
            let bad_line = || DecodeErrorKind::BadNumber.at(line_at);
            line = line.checked_add(difference).ok_or_else(bad_line)?;
            let span = Span {
                file,
                line: u32::try_from(line).map_err(|_| bad_line())?,
                column: r.unsigned()?,
            };
            Ok((op, Some(span)))
        })
    }

    fn setting<T: Copy>(&mut self, choices: &[T]) -> Result<T, DecodeError> {
        let start = self.offset;
        let [number] = self.array()?;
        choices
            .get(usize::from(number))
            .copied()
            .ok_or_else(|| DecodeErrorKind::UnknownSetting(number).at(start))
    }

    fn op(&mut self) -> Result<Op, DecodeError> {
        let start = self.offset;
        let [byte] = self.array()?;
        let Some(opcode) = Opcode::from_index(byte) else {
            return Err(DecodeErrorKind::UnknownOpcode(byte).at(start));
        };
        self.operands.clear();
        for operand in opcode.info().operands {
            let value = match operand.kind {
                OperandKind::IntLiteral | OperandKind::Limit => OperandValue::Int(self.signed()?),
                OperandKind::FloatLiteral => OperandValue::Float(self.float()?),
                _ => OperandValue::UInt(self.unsigned()?),
            };
            self.operands.push(value);
        }
        Op::from_operands(opcode, &self.operands)
            .map_err(|error| DecodeErrorKind::BadOperand(error).at(start))
    }

    fn value(&mut self) -> Result<Value, DecodeError> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let Some(mut value) = self.value_start(&mut open)? else {
                continue;
            };
            // The value may complete the innermost container, that one the next, and so on.
            loop {
                let Some(container) = open.last_mut() else {
                    return Ok(value);
                };
                match self.add(container, value)? {
                    Some(complete) => value = complete,
                    None => break,
                }
                open.pop();
            }
        }
    }

    /// A whole value, or `None` if it is a container with items, which is then the last of `open`.
    fn value_start(&mut self, open: &mut Vec<Open>) -> Result<Option<Value>, DecodeError> {
        let start = self.offset;
        let [tag] = self.array()?;
        let value = match tag {
            tag::UNDEF => Value::Undef,
            tag::FALSE => Value::Bool(false),
            tag::TRUE => Value::Bool(true),
            tag::INT => Value::Int(self.signed()?),
            tag::FLOAT => Value::Float(self.float()?),
            tag::STR => Value::str(self.utf8()?),
            tag::BYTES => match Value::bytes(self.text()?) {
                Value::Bytes(bytes) => Value::Bytes(bytes),
                _ => return Err(DecodeErrorKind::TextAsBytes.at(start)),
            },
            tag::STATUS => {
                let number_at = self.offset;
                let code = i32::try_from(self.signed()?);
                Value::Status(code.map_err(|_| DecodeErrorKind::BadNumber.at(number_at))?)
            }
            tag::NATIVE_FN => Value::NativeFn(self.unsigned()?),
            tag::ARRAY => match self.count(min_size::VALUE)? {
                0 => Value::array(Vec::new()),
                missing => {
                    open.push(Open::Array {
                        items: Vec::new(),
                        missing,
                    });
                    return Ok(None);
                }
            },
            tag::HASH => match self.count(min_size::ENTRY)? {
                0 => Value::Hash(Hash::new()),
                missing => {
                    let key = self.key()?;
                    open.push(Open::Hash {
                        entries: Hash::new(),
                        key,
                        missing,
                    });
                    return Ok(None);
                }
            },
            tag::REF => {
                open.push(Open::Ref);
                return Ok(None);
            }
            _ => return Err(DecodeErrorKind::UnknownTag(tag).at(start)),
        };
        Ok(Some(value))
    }

    /// Adds an item to a container and gives the container if that was the last one.
    fn add(&mut self, container: &mut Open, item: Value) -> Result<Option<Value>, DecodeError> {
        match container {
            Open::Ref => Ok(Some(Value::reference(item))),
            Open::Array { items, missing } => {
                items.push(item);
                *missing -= 1;
                Ok((*missing == 0).then(|| Value::array(mem::take(items))))
            }
            Open::Hash {
                entries,
                key,
                missing,
            } => {
                entries.insert(key.clone(), item);
                *missing -= 1;
                if *missing == 0 {
                    return Ok(Some(Value::Hash(mem::take(entries))));
                }
                let key_at = self.offset;
                *key = self.key()?;
                if entries.contains_key(key) {
                    return Err(DecodeErrorKind::DuplicateKey.at(key_at));
                }
                Ok(None)
            }
        }
    }

    fn list<T>(
        &mut self,
        min_size: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let count = self.count(min_size)?;
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// A number of items that could be in the rest of the input.
    fn count(&mut self, min_size: usize) -> Result<usize, DecodeError> {
        let start = self.offset;
        let count: u64 = self.unsigned()?;
        match usize::try_from(count) {
            Ok(n) if n <= (self.input.len() - self.offset) / min_size => Ok(n),
            _ => Err(DecodeErrorKind::BadCount(count).at(start)),
        }
    }

    fn key(&mut self) -> Result<Key, DecodeError> {
        Ok(Key::from(self.text()?))
    }

    fn utf8(&mut self) -> Result<&'a str, DecodeError> {
        let bytes = self.text()?;
        let start = self.offset - bytes.len();
        std::str::from_utf8(bytes)
            .map_err(|error| DecodeErrorKind::BadUtf8.at(start + error.valid_up_to()))
    }

    fn text(&mut self) -> Result<&'a [u8], DecodeError> {
        let len = self.count(1)?;
        let bytes = &self.input[self.offset..][..len];
        self.offset += len;
        Ok(bytes)
    }

    fn float(&mut self) -> Result<f64, DecodeError> {
        Ok(f64::from_bits(u64::from_le_bytes(self.array()?)))
    }

    fn signed(&mut self) -> Result<i64, DecodeError> {
        let n: u64 = self.unsigned()?;
        Ok((n >> 1) as i64 ^ -((n & 1) as i64))
    }

    fn unsigned<T: TryFrom<u64>>(&mut self) -> Result<T, DecodeError> {
        let start = self.offset;
        let mut n = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let [byte] = self.array()?;
            let bits = u64::from(byte & 0x7f);
            let fits = bits << shift >> shift == bits;
            let is_last = byte < 0x80;
            let is_shortest = bits != 0 || shift == 0 || !is_last;
            if !fits || !is_shortest {
                break;
            }
            n |= bits << shift;
            if is_last {
                return T::try_from(n).map_err(|_| DecodeErrorKind::BadNumber.at(start));
            }
        }
        Err(DecodeErrorKind::BadNumber.at(start))
    }
}

/// A container that is being read.
enum Open {
    Array {
        items: Vec<Value>,
        missing: usize,
    },
    Hash {
        entries: Hash,
        key: Key,
        missing: usize,
    },
    Ref,
}
