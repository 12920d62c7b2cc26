//! How a text is kept in the two words of a value. Native code reads texts by this.
//!
//! Word 0 starts with the tag of the value and that of [`SmallBuf`](super::buf); the rest of it and
//! word 1 are the text, filled with zeros, or word 1 points to where the text is.

use std::mem::offset_of;

use super::buf::{HEAP, Header, INPUT, LENGTH};
use super::{Kind, Str};

/// Bits of word 0 for the length of a text that is kept in place. All are set for others.
pub(crate) const LENGTH_BITS: u64 = (LENGTH as u64) << LENGTH_AT;
pub(crate) const LENGTH_AT: u32 = u8::BITS;

const _: () = assert!(HEAP == LENGTH);

/// The bits of word 0 before the text.
pub(crate) const TAG_BITS: u64 = 0xffff;

/// The bit of word 0 that is no part of the text: where it comes from.
pub(crate) const INPUT_BIT: u64 = (INPUT as u64) << LENGTH_AT;

/// Where the length of a text is that is not kept in place, from what word 1 points to.
pub(crate) const LEN: usize = offset_of!(Header, len);

/// The words of a text that is kept in place.
pub(crate) fn words(text: &Str) -> Option<[u64; 2]> {
    if !text.0.is_inline() {
        return None;
    }
    let mut bytes = [0; 16];
    let input = if text.is_input() { INPUT } else { 0 };
    bytes[0] = Kind::Str as u8;
    bytes[1] = text.len() as u8 | input;
    bytes[2..2 + text.len()].copy_from_slice(text.as_bytes());
    let whole = u128::from_le_bytes(bytes);
    Some([whole as u64, (whole >> 64) as u64])
}
