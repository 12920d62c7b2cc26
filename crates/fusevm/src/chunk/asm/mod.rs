//! Assembly: chunks as text.
//!
//! One op per line: its name and its operands, separated by blanks; a comment starts with `;`.
//!
//! ```text
//! .source "count.fasm"
//! .const greeting "total: "  ; a constant with a name; entries of the pool in order
//! .slot n                    ; a name for the next free slot
//!     LoadInt 0
//!     SetSlot n
//! again:                     ; a label; it may be used before it is defined
//!     SlotIncLtIntJumpBack n 10 again
//!     LoadConst greeting     ; or a literal: LoadConst "total: "
//!     GetSlot n
//!     Call twice 1
//!     PrintLn 2
//!     Return                 ; the end; what follows runs only when called
//! .sub twice                 ; a sub starts here, and a label; slot names start over
//!     Dup
//!     JumpIfFalse .done      ; a local label, which other subs may have as well
//!     LoadInt 2
//!     Mul
//! .done:
//!     ReturnValue
//! ```
//!
//! | Directive | Meaning |
//! |---|---|
//! | `.source "file"` | name of the source file; the assembly itself by default |
//! | `.dialect awk` | rules of arithmetic and comparison: `contract` by default, `awk` |
//! | `.overflow error` | what an integer overflow does: `wrap` by default, `promote`, `error` |
//! | `.line 12` | source line of the following ops; the line in the assembly by default |
//! | `.lines 1 1 2` | the whole line table, replacing what `.line` gave |
//! | `.file "file"` | appends to the source files; files are also added on first use |
//! | `.loc "file" 12 5` | file, line and column of the following ops; without a column, line only |
//! | `.loc` | nothing is known of the following ops but their line |
//! | `.loc @7 "file" 12 5` | the same for ops from another place on |
//! | `.const NAME VALUE` | appends a constant; `LoadConst NAME` refers to it |
//! | `.let NAME VALUE` | names an integer, which is in no pool; see below |
//! | `.name NAME` | appends to the name pool; names are also added on first use |
//! | `.slot NAME` or `.slot NAME 3` | names a slot, until the next `.sub`, for debuggers too |
//! | `.slot NAME 3 START END` | names a slot for debuggers, in code that is elsewhere |
//! | `.sub NAME` | sub entry and label at this place |
//! | `.entry NAME PLACE` | sub entry at another place |
//! | `.block NAME` … `.endblock` | appends a block range, which is what stands between them |
//! | `.block NAME START END` | appends a block range that is elsewhere |
//! | `.chunk NAME` … `.endchunk` | appends a sub-chunk, which is assembled on its own |
//!
//! Names are words or texts in quotes. `#5` refers to entry 5 of a pool whatever its name, and
//! stands for the name in `.const #5 VALUE` and the like, where it must be the next number.
//!
//! A place is a label or an op's index, `@5`. A label that starts with a dot is local: it is known
//! from the `.sub` before it, or the beginning of the chunk, to the next `.sub`. Its colon tells it
//! from a directive, whose name it cannot have. In quotes a dot has no meaning.
//!
//! Blocks nest, and their entries are in the order in which they open. Like labels they may be used
//! before they are defined, so that a block can follow the op that runs it:
//!
//! ```text
//!     LoadConst [3, 1, 2]
//!     SortBlock rising
//! .block rising
//!     Spaceship
//! .endblock
//! ```
//!
//! The name of a `.let` stands for its integer in all lines below, wherever an op or directive takes
//! a number: literals, limits, counts, slots. A slot of the same name goes first. Sub-chunks have
//! numbers of their own.
//!
//! ```text
//! .let last 0x7f
//! .slot i
//! .next:
//!     SlotIncLtIntJumpBack i last .next
//!     LoadInt last
//! ```
//!
//! Values are `undef true false 42 0x2a 2.5 inf nan "text" b"\xff" [1, 2] {"k": 1} status(3) ref(1)
//! builtin(4)`.

mod cursor;
mod lex;
mod literal;
mod operand;
mod parse;
mod print;
mod scope;
mod unit;

#[cfg(test)]
mod tests;

use std::fmt;

use lex::Span;

use super::{Chunk, suggest};

/// Why a text is not an assembly program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsmError {
    /// The name of the text, as given to [`assemble`].
    pub source: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// How many characters the message is about, at least 1.
    pub length: usize,
    /// What is wrong, and what was expected.
    pub message: String,
    /// What may help.
    pub help: Option<String>,
}

impl fmt::Display for AsmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}: {}",
            self.source, self.line, self.column, self.message
        )
    }
}

impl std::error::Error for AsmError {}

/// Makes a chunk from its text form. `source_name` is used in errors, and as the chunk's source
/// unless the text says otherwise.
///
/// ```
/// use fusevm::chunk::assemble;
/// use fusevm::Op;
///
/// let chunk = assemble("add.fasm", "LoadInt 1\nLoadInt 2\nAdd").unwrap();
/// assert_eq!(chunk.ops, [Op::LoadInt(1), Op::LoadInt(2), Op::Add]);
///
/// let error = assemble("add.fasm", "Ad").unwrap_err();
/// assert_eq!(error.to_string(), "add.fasm:1:1: unknown op `Ad`");
/// assert_eq!(error.help.as_deref(), Some("did you mean `Add`?"));
/// ```
///
/// # Errors
///
/// The first error in the text.
pub fn assemble(source_name: &str, text: &str) -> Result<Chunk, AsmError> {
    assemble_all(source_name, text).map_err(|mut errors| errors.swap_remove(0))
}

/// Like [`assemble`], but goes on after an error.
///
/// # Errors
///
/// All errors in the order of the text, at least one, at most [`MAX_ERRORS`].
pub fn assemble_all(source_name: &str, text: &str) -> Result<Chunk, Vec<AsmError>> {
    parse::assemble(source_name, text)
}

/// How many errors [`assemble_all`] collects before it gives up.
pub const MAX_ERRORS: usize = 100;

impl Chunk {
    /// The text form of the chunk, which [`assemble`] reads back: everything but
    /// [`op_hash`](super::ChunkData::op_hash) is in it, whether or not the chunk makes sense.
    ///
    /// Two things cannot be read back: constants that are handles or objects, for which there is a
    /// placeholder, and sub-chunks nested deeper than [`MAX_STORED_DEPTH`](super::MAX_STORED_DEPTH).
    pub fn disassemble(&self) -> String {
        print::disassemble(self)
    }
}

/// A place in the text.
#[derive(Debug, Clone, Copy)]
struct Site {
    /// From 1.
    line: usize,
    span: Span,
}

/// An error in a line, before it is known which.
#[derive(Debug)]
struct Problem {
    span: Span,
    message: String,
    help: Option<String>,
}

impl Problem {
    fn new(span: Span, message: impl Into<String>) -> Self {
        Problem {
            span,
            message: message.into(),
            help: None,
        }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Problem {
            help: Some(help.into()),
            ..self
        }
    }

    /// Adds the candidate that `word` is probably meant to be.
    fn suggest<'c>(self, word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Self {
        match suggest::suggest(word, candidates) {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => self,
        }
    }
}
