//! Instructions.

use super::table::fast_table;

macro_rules! define_fast_op {
    (
        plain { $( $(#[doc = $doc:literal])* $plain:ident = $handler:path; )* }
        binary { $( $binary:ident: $op:ident $ba:ident $bb:ident $bd:ident; )* }
        relation { $( $compare:ident: $comparison:ident; )* }
        text_relation { $( $order:ident: $text_op:ident $number_op:ident; )* }
        branch { $( $branch:ident: $relation:ident $when:literal $ja:ident $jb:ident; )* }
        counted { $( $counted:ident: $limit_relation:ident $limit:ident; )* }
    ) => {
        /// What an instruction does: the number of its handler.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u16)]
        pub(crate) enum FastOp {
            $( $(#[doc = $doc])* $plain, )*
            $(
                #[doc = concat!("`", stringify!($op), "` of operands ", stringify!($ba), " and ",
                    stringify!($bb), ", result ", stringify!($bd), ".")]
                $binary,
            )*
            $(
                #[doc = concat!("`", stringify!($comparison), "` of the two top operands.")]
                $compare,
            )*
            $(
                #[doc = concat!("`", stringify!($text_op), "` of the two top operands.")]
                $order,
            )*
            $(
                #[doc = concat!("A jump if `", stringify!($relation), "` of ", stringify!($ja),
                    " and ", stringify!($jb), " is ", stringify!($when), ".")]
                $branch,
            )*
            $(
                #[doc = concat!("A slot counts up and jumps if `", stringify!($limit_relation),
                    "` of it and ", stringify!($limit), ".")]
                $counted,
            )*
        }

        /// How many there are.
        pub(crate) const FAST_OPS: usize =
            [$( FastOp::$plain, )* $( FastOp::$binary, )* $( FastOp::$compare, )*
                $( FastOp::$order, )*
                $( FastOp::$branch, )* $( FastOp::$counted, )*].len();

        impl FastOp {
            /// An arithmetic operation on operands from given places.
            pub(super) fn binary(op: Opcode, a: Mode, b: Mode, to: Mode) -> Option<FastOp> {
                Some(match (op, a, b, to) {
                    $( (Opcode::$op, Mode::$ba, Mode::$bb, Mode::$bd) => FastOp::$binary, )*
                    _ => return None,
                })
            }

            /// A comparison of the two top operands.
            pub(super) fn relation(op: Opcode) -> Option<FastOp> {
                Some(match op {
                    $( Opcode::$comparison => FastOp::$compare, )*
                    $( Opcode::$text_op => FastOp::$order, )*
                    _ => return None,
                })
            }

            /// A jump if the comparison `op` of operands from given places is `when`.
            pub(super) fn branch(op: Opcode, when: bool, a: Mode, b: Mode) -> Option<FastOp> {
                Some(match (op, when, a, b) {
                    $( (Opcode::$relation, $when, Mode::$ja, Mode::$jb) => FastOp::$branch, )*
                    _ => return None,
                })
            }

            /// A slot that counts up, and a jump if the comparison `op` of it and a limit holds.
            pub(super) fn counted(op: Opcode, limit: Mode) -> Option<FastOp> {
                Some(match (op, limit) {
                    $( (Opcode::$limit_relation, Mode::$limit) => FastOp::$counted, )*
                    _ => return None,
                })
            }
        }
    };
}

use crate::op::Opcode;

fast_table!(define_fast_op);

/// Where an operand comes from, or a result goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The operand stack.
    S,
    /// A slot of the frame.
    L,
    /// An integer in the instruction.
    I,
    /// A double in the instruction.
    F,
}

/// An instruction: 16 bytes, of which each operation uses what it needs.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(crate) struct Inst {
    pub(crate) op: FastOp,
    /// A slot, a global or a count.
    pub(crate) a: u16,
    /// A slot, a size, or how far to jump.
    pub(crate) b: u32,
    /// A number, a slot or an index.
    pub(crate) c: u64,
}

const _: () = assert!(size_of::<Inst>() == 16);

impl Inst {
    /// An instruction without operands.
    pub(crate) const fn plain(op: FastOp) -> Self {
        Inst {
            op,
            a: 0,
            b: 0,
            c: 0,
        }
    }

    /// How far to jump, in bytes from behind this instruction.
    #[inline(always)]
    pub(crate) fn distance(&self) -> isize {
        self.b as i32 as isize
    }

    /// `c` as a slot or a global.
    #[inline(always)]
    pub(crate) fn index(&self) -> u16 {
        self.c as u16
    }
}
