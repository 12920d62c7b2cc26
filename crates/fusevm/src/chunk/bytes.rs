//! The byte form of chunks: for files, caches and transport.
//!
//! All fixed-size numbers are little endian. The form is canonical: a chunk has exactly one
//! encoding, and the decoder refuses every other spelling of it. Version 1, which has no dialect
//! and overflow, and version 2, which has no debug information, are still read.
//!
//! ```text
//! header   magic [8]  version u16  reserved [2] = 0  payload length u32  payload checksum [16]
//! payload  chunk
//! chunk    ops  constants  sub entries  names  lines  block ranges  source
//!          dialect u8  overflow u8  debug u8  sub-chunks
//! debug    0, or 1 and what there is: slot names  files  spans
//! list     count, then the items            text     byte count, then the bytes
//! op       opcode u8, then its operands     value    tag u8, then its content
//! ```
//!
//! Counts, indices and unsigned operands are LEB128 numbers in their shortest form, signed ones
//! are zigzag-mapped first, floats are the 8 bytes of their bits. Of the places and lines of spans
//! the differences to the span before are stored, signed. The checksum finds accidental damage; it
//! does not authenticate.

mod read;
pub(super) mod write;

#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;

use super::{Chunk, MAX_STORED_DEPTH, VerifyError, hash};
use crate::op::OperandError;
use read::Reader;
use write::Obstacle;

/// Starts with a byte that no UTF-8 text contains, so program text is never taken for a chunk.
const MAGIC: [u8; 8] = *b"\xffFUSEVM\0";
const VERSION: u16 = 3;
const HEADER_LEN: usize = 32;

/// First byte of an encoded value.
mod tag {
    pub(super) const UNDEF: u8 = 0;
    pub(super) const FALSE: u8 = 1;
    pub(super) const TRUE: u8 = 2;
    pub(super) const INT: u8 = 3;
    pub(super) const FLOAT: u8 = 4;
    pub(super) const STR: u8 = 5;
    pub(super) const BYTES: u8 = 6;
    pub(super) const ARRAY: u8 = 7;
    pub(super) const HASH: u8 = 8;
    pub(super) const STATUS: u8 = 9;
    pub(super) const REF: u8 = 10;
    pub(super) const NATIVE_FN: u8 = 11;
    /// Only in what is hashed, never in a stored chunk.
    pub(super) const HANDLE: u8 = 12;
    /// Only in what is hashed, never in a stored chunk.
    pub(super) const OBJECT: u8 = 13;
}

/// Why a chunk has no byte form.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// A constant is or contains a handle or a host object, which mean nothing outside the process.
    NotStorable {
        /// Index of the constant in the pool of its chunk.
        constant: usize,
    },
    /// Sub-chunks are nested deeper than [`MAX_STORED_DEPTH`].
    TooDeep,
    /// The encoding would be longer than 4 GiB.
    TooLarge,
}

/// Why bytes are not a chunk, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct DecodeError {
    kind: DecodeErrorKind,
    offset: usize,
}

/// What is wrong with an encoded chunk.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The input does not start like a chunk.
    BadMagic,
    /// The input was written in a version of the format that is not known here.
    UnknownVersion(u16),
    /// Reserved header bytes are not zero.
    ReservedNotZero,
    /// The input ends too early.
    Truncated,
    /// Something follows the end of the chunk.
    TrailingBytes,
    /// The payload is not what was written.
    BadChecksum,
    /// A number is too large for its place, or not in its shortest form.
    BadNumber,
    /// A count promises more items than the rest of the input can hold.
    BadCount(u64),
    /// A text is not valid UTF-8.
    BadUtf8,
    /// No op has this opcode.
    UnknownOpcode(u8),
    /// No dialect or overflow policy has this number, or debug information is announced and none
    /// is there.
    UnknownSetting(u8),
    /// An operand is out of the range of its op.
    BadOperand(OperandError),
    /// No storable kind of value has this tag.
    UnknownTag(u8),
    /// A hash holds a key twice.
    DuplicateKey,
    /// A valid UTF-8 text is marked as a byte string.
    TextAsBytes,
    /// Sub-chunks are nested deeper than [`MAX_STORED_DEPTH`].
    TooDeep,
    /// The chunk was read, but it is not well formed.
    Malformed(VerifyError),
}

impl Chunk {
    /// Whether `input` starts like the byte form of a chunk (of any version). No text in UTF-8
    /// does.
    pub fn is_bytes(input: &[u8]) -> bool {
        input.starts_with(&MAGIC)
    }

    /// The byte form of this chunk. Equal content gives equal bytes; `op_hash` is not part of it.
    ///
    /// # Errors
    /// If a constant is bound to this process, sub-chunks are nested deeper than
    /// [`MAX_STORED_DEPTH`], or the result would exceed 4 GiB.
    ///
    /// ```
    /// use fusevm::{Chunk, ChunkBuilder, Op};
    ///
    /// let mut builder = ChunkBuilder::new();
    /// builder.emit(Op::LoadInt(42), 1);
    /// let bytes = builder.build().to_bytes()?;
    /// assert_eq!(Chunk::from_bytes(&bytes)?.ops, [Op::LoadInt(42)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_bytes(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = vec![0; HEADER_LEN];
        write_chunk(&mut out, self, 0)?;
        let payload_len =
            u32::try_from(out.len() - HEADER_LEN).map_err(|_| EncodeError::TooLarge)?;
        let header = header(payload_len, &out[HEADER_LEN..]);
        out[..HEADER_LEN].copy_from_slice(&header);
        Ok(out)
    }

    /// Reads the byte form of a chunk and [verifies](Self::verify) it. `op_hash` is set as
    /// [`ChunkBuilder::build`] would.
    ///
    /// Memory use is bounded by a small multiple of the length of the input, whatever it holds.
    ///
    /// # Errors
    /// If `input` is not exactly what [`to_bytes`](Self::to_bytes), of this or an earlier version,
    /// writes for some chunk, or that
    /// chunk is not well formed.
    ///
    /// [`ChunkBuilder::build`]: super::ChunkBuilder::build
    pub fn from_bytes(input: &[u8]) -> Result<Chunk, DecodeError> {
        let chunk = Self::from_bytes_unverified(input)?;
        match chunk.verify() {
            Ok(()) => Ok(chunk),
            Err(error) => Err(DecodeErrorKind::Malformed(error).at(HEADER_LEN)),
        }
    }

    /// Reads the byte form of a chunk that need not be well formed: for tools that show or check
    /// one.
    ///
    /// # Errors
    /// If `input` is not exactly what [`to_bytes`](Self::to_bytes), of this or an earlier version,
    /// writes for some chunk.
    pub fn from_bytes_unverified(input: &[u8]) -> Result<Chunk, DecodeError> {
        let mut reader = Reader::new(input);
        check_header(&mut reader, input)?;
        let chunk = reader.chunk()?;
        reader.expect_end()?;
        Ok(chunk)
    }
}

fn header(payload_len: u32, payload: &[u8]) -> [u8; HEADER_LEN] {
    let mut header = [0; HEADER_LEN];
    header[..8].copy_from_slice(&MAGIC);
    header[8..10].copy_from_slice(&VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&payload_len.to_le_bytes());
    header[16..].copy_from_slice(&hash::checksum(payload).to_le_bytes());
    header
}

fn check_header(reader: &mut Reader<'_>, input: &[u8]) -> Result<(), DecodeError> {
    if !Chunk::is_bytes(input) {
        return Err(reader.error(DecodeErrorKind::BadMagic));
    }
    reader.array::<8>()?;
    let version_at = reader.offset();
    let version = u16::from_le_bytes(reader.array()?);
    if !(1..=VERSION).contains(&version) {
        return Err(DecodeErrorKind::UnknownVersion(version).at(version_at));
    }
    reader.set_version(version);
    let reserved_at = reader.offset();
    if reader.array()? != [0; 2] {
        return Err(DecodeErrorKind::ReservedNotZero.at(reserved_at));
    }
    let payload_len = u32::from_le_bytes(reader.array()?);
    let checksum = u128::from_le_bytes(reader.array()?);
    let payload = &input[HEADER_LEN..];
    match payload.len().cmp(&(payload_len as usize)) {
        std::cmp::Ordering::Less => Err(DecodeErrorKind::Truncated.at(input.len())),
        std::cmp::Ordering::Greater => {
            Err(DecodeErrorKind::TrailingBytes.at(HEADER_LEN + payload_len as usize))
        }
        std::cmp::Ordering::Equal if hash::checksum(payload) != checksum => {
            Err(DecodeErrorKind::BadChecksum.at(HEADER_LEN))
        }
        std::cmp::Ordering::Equal => Ok(()),
    }
}

/// Recursive, but not deeper than [`MAX_STORED_DEPTH`].
fn write_chunk(out: &mut Vec<u8>, chunk: &Chunk, depth: usize) -> Result<(), EncodeError> {
    if depth > MAX_STORED_DEPTH {
        return Err(EncodeError::TooDeep);
    }
    write::own_content(out, chunk).map_err(|(constant, obstacle)| match obstacle {
        Obstacle::NotStorable => EncodeError::NotStorable { constant },
        Obstacle::Full => EncodeError::TooLarge,
    })?;
    if write::Sink::is_full(out) {
        return Err(EncodeError::TooLarge);
    }
    chunk
        .sub_chunks
        .iter()
        .try_for_each(|sub| write_chunk(out, sub, depth + 1))
}

impl DecodeErrorKind {
    fn at(self, offset: usize) -> DecodeError {
        DecodeError { kind: self, offset }
    }
}

impl DecodeError {
    /// What is wrong.
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.kind
    }

    /// Where in the input, in bytes from its start.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStorable { constant } => {
                write!(
                    f,
                    "constant {constant} holds a handle or object, which cannot be stored"
                )
            }
            Self::TooDeep => {
                write!(
                    f,
                    "sub-chunks are nested more than {MAX_STORED_DEPTH} levels deep"
                )
            }
            Self::TooLarge => f.write_str("the encoded chunk would be larger than 4 GiB"),
        }
    }
}

impl Error for EncodeError {}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let DecodeErrorKind::Malformed(error) = &self.kind {
            // It names an operation, which says more than a byte.
            return error.fmt(f);
        }
        write!(f, "{} at byte {}", self.kind, self.offset)
    }
}

impl Error for DecodeError {}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadMagic => f.write_str("not an encoded chunk"),
            Self::UnknownVersion(version) => write!(f, "unknown format version {version}"),
            Self::ReservedNotZero => f.write_str("reserved header bytes are not zero"),
            Self::Truncated => f.write_str("unexpected end of input"),
            Self::TrailingBytes => f.write_str("trailing bytes"),
            Self::BadChecksum => f.write_str("checksum mismatch"),
            Self::BadNumber => f.write_str("number out of range or not in its shortest form"),
            Self::BadCount(count) => write!(f, "count {count} exceeds the rest of the input"),
            Self::BadUtf8 => f.write_str("invalid UTF-8"),
            Self::UnknownOpcode(opcode) => write!(f, "unknown opcode {opcode}"),
            Self::UnknownSetting(number) => write!(f, "unknown setting {number}"),
            Self::BadOperand(error) => error.fmt(f),
            Self::UnknownTag(tag) => write!(f, "unknown value tag {tag}"),
            Self::DuplicateKey => f.write_str("duplicate hash key"),
            Self::TextAsBytes => f.write_str("valid UTF-8 text marked as a byte string"),
            Self::Malformed(error) => error.fmt(f),
            Self::TooDeep => {
                write!(
                    f,
                    "sub-chunks nested more than {MAX_STORED_DEPTH} levels deep"
                )
            }
        }
    }
}
