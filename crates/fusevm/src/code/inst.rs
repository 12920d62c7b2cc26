//! Instructions.

use crate::op::{Op, op_table, raw};
use crate::semantics::compare::Relation;

macro_rules! define_inst {
    ($(
        section $section:ident $title:literal {
            $(
                $(#[doc = $doc:literal])*
                $name:ident $(( $($operand:ident: $kind:ident),* ))? $(@ $awk_id:literal)?:
                    $picture:literal $class:ident $([ $($flag:ident),* ])?;
            )*
        }
    )*) => {
        /// An instruction whose operands are resolved and in range.
        ///
        /// There is one for each operation, which is all that most need, and some that only
        /// lowering makes. They are one flat enum, and not an enum around [`Op`], so that dispatch
        /// is a single jump.
        #[derive(Debug, Clone, Copy)]
        #[repr(u8)]
        #[expect(
            dead_code,
            reason = "AWK operations read their operands from the chunk, calls become other instructions"
        )]
        pub(crate) enum Inst {
            $($($name $(( $(raw!($kind)),* ))?,)*)*

            /// The first instruction of a block: does the block's checks once, then runs the
            /// block's head, the instruction whose place this one took.
            EnterBlock {
                /// Index into [`Code::blocks`](super::Code::blocks).
                block: u32,
            },
            /// A call of a function of this chunk.
            CallLocal {
                /// Arguments on the operand stack.
                argc: u8,
                /// Slots of the callee's frame.
                window: u32,
                /// The callee's first instruction.
                entry: usize,
            },
            /// A call of a name that is no function of this chunk: a named builtin, or an error.
            CallNamed {
                /// Arguments on the operand stack.
                argc: u8,
                /// Index into the name pool.
                name: u16,
            },
            /// Opens a scope with fresh slots.
            OpenScope {
                /// Slots of the scope.
                window: usize,
            },
            /// Leaves the innermost scope.
            CloseScope {
                /// Slots that the code behind needs of the frame it gets back.
                window: usize,
            },
            /// [`Op::Add`] under AWK's dialect, whose fast path is another.
            AddDoubles,
            /// [`Op::Sub`] under AWK's dialect.
            SubDoubles,
            /// [`Op::Mul`] under AWK's dialect.
            MulDoubles,
            /// [`Op::Inc`] or [`Op::Dec`] under AWK's dialect.
            StepDouble(f64),
            /// A numeric comparison under AWK's dialect.
            CompareAwk(Relation),
            /// Behind the last operation.
            End,
        }

        impl From<Op> for Inst {
            fn from(op: Op) -> Self {
                match op {
                    $($(
                        Op::$name $(( $($operand),* ))? => Inst::$name $(( $($operand),* ))?,
                    )*)*
                }
            }
        }
    };
}

op_table!(define_inst);

// The interpreter reads one of these per step.
const _: () = assert!(size_of::<Inst>() == 16);
