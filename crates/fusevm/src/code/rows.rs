//! The rows of the table of instructions as data: for tests that run each, and for those who want to
//! know what each is worth.

use super::Code;
use super::inst::Mode;
use super::lower::lower;
use super::table::fast_table;
use crate::chunk::{Chunk, ChunkData};
use crate::op::Opcode;

/// A row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The name of the instruction.
    pub name: &'static str,
    /// What it stands for.
    pub pattern: Pattern,
}

/// The operations that an instruction stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// What its handler says.
    Plain,
    /// Two operands, an operation on them, and where its result goes.
    Binary(Opcode, [Mode; 2], Mode),
    /// A comparison of the two top operands.
    Relation(Opcode),
    /// Two operands, a comparison of them, and the truth on which there is a jump.
    Branch(Opcode, [Mode; 2], bool),
    /// A slot that counts up, and a jump if a comparison of it and a limit holds.
    Counted(Opcode, Mode),
}

macro_rules! define_rows {
    (
        plain { $( $(#[$doc:meta])* $plain:ident = $handler:path; )* }
        binary { $( $binary:ident: $op:ident $ba:ident $bb:ident $bd:ident; )* }
        relation { $( $compare:ident: $comparison:ident; )* }
        text_relation { $( $order:ident: $text_op:ident $number_op:ident; )* }
        branch { $( $branch:ident: $relation:ident $when:literal $ja:ident $jb:ident; )* }
        counted { $( $counted:ident: $limit_relation:ident $limit:ident; )* }
    ) => {
        /// All rows, in the order of the table.
        pub const ROWS: &[Row] = &[
            $( Row { name: stringify!($plain), pattern: Pattern::Plain }, )*
            $( Row {
                name: stringify!($binary),
                pattern: Pattern::Binary(Opcode::$op, [Mode::$ba, Mode::$bb], Mode::$bd),
            }, )*
            $( Row {
                name: stringify!($compare),
                pattern: Pattern::Relation(Opcode::$comparison),
            }, )*
            $( Row {
                name: stringify!($order),
                pattern: Pattern::Relation(Opcode::$text_op),
            }, )*
            $( Row {
                name: stringify!($branch),
                pattern: Pattern::Branch(Opcode::$relation, [Mode::$ja, Mode::$jb], $when),
            }, )*
            $( Row {
                name: stringify!($counted),
                pattern: Pattern::Counted(Opcode::$limit_relation, Mode::$limit),
            }, )*
        ];
    };
}

fast_table!(define_rows);

/// The same program with code that has no instructions of the rows of these names. The operations
/// that they would stand for have what other rows make of them.
pub fn without(chunk: &Chunk, names: &[&str]) -> Chunk {
    let chunk = Chunk::from(ChunkData::clone(chunk));
    let is_left_out = |&number: &usize| names.contains(&ROWS[number].name);
    let code = Code {
        without: (0..ROWS.len()).filter(is_left_out).collect(),
        ..lower(&chunk)
    };
    chunk.derived().lowered.get_or_init(|| Box::new(code));
    chunk
}
