//! What the interpreter makes of a chunk, as text.

use std::fmt;

use super::{Code, Stream};
use crate::chunk::Chunk;

impl Chunk {
    /// The instructions of the interpreter, for those who wonder which sequences of operations it
    /// carries out at once. The form of the text may change with any release.
    ///
    /// There is a line for each operation of the chunk, without its sub-chunks: its index, the
    /// instruction at its place, and the operation. `*3` is an instruction that stands for three
    /// operations, of which the two behind are indented: theirs are only run after a jump to them,
    /// or when the operands are not what the sequence is made for. `>` is a place where the operand
    /// stack is looked at. All this is for runs without bounds.
    ///
    /// ```
    /// use fusevm::{ChunkBuilder, Op};
    ///
    /// let mut builder = ChunkBuilder::new();
    /// builder.emit(Op::LoadInt(7), 1);
    /// builder.emit(Op::SetSlot(0), 1);
    /// let listing = builder.build().code_listing().to_string();
    /// assert!(listing.starts_with("0 > SetInt *2"));
    /// ```
    pub fn code_listing(&self) -> impl fmt::Display {
        Listing(self)
    }
}

/// The instructions of a chunk without the entries that took their places: the name of each, and
/// how many operations it stands for.
pub fn instructions(chunk: &Chunk) -> Vec<(String, usize)> {
    let sequences = Code::of(chunk).sequences(chunk, Stream::Free);
    let named = sequences
        .iter()
        .map(|(inst, len)| (format!("{:?}", inst.op), *len));
    named.collect()
}

struct Listing<'a>(&'a Chunk);

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Listing(chunk) = *self;
        let code = Code::of(chunk);
        let digits = chunk.ops.len().saturating_sub(1).to_string().len();
        // Where the sequence ends that an operation is in.
        let mut behind = 0;
        for (at, (name, len)) in instructions(chunk).into_iter().enumerate() {
            let mark = if code.is_entry(chunk, Stream::Free, at) {
                '>'
            } else {
                ' '
            };
            let indent = if at < behind { "  " } else { "" };
            behind = behind.max(at + len);
            let inst = if len == 1 {
                format!("{indent}{name}")
            } else {
                format!("{indent}{name} *{len}")
            };
            writeln!(f, "{at:digits$} {mark} {inst:<24} {:?}", chunk.ops[at])?;
        }
        Ok(())
    }
}
