//! Handlers: the code of the instructions that programs spend their time in.
//!
//! A handler gets the interpreter's registers as arguments and ends by calling the next one, which
//! the compiler turns into a jump: the registers stay where they are, and each handler predicts its
//! own successor. Nothing depends on that. A call that nests instead uses native stack, so places
//! that a program passes again and again look how much there is, and return to
//! [`execute`](super::execute) when it gets more.
//!
//! What a handler does is a fast path: it looks at its operands, and unless they are what it is
//! made for it changes nothing and leaves the work to [`control::general`], which carries out the
//! one operation at its place. The operations behind it have instructions of their own.
//!
//! For the calls to become jumps, a handler keeps nothing on its native stack: whatever needs a
//! temporary is a function of its own that returns to `execute`.

pub(super) mod awk;
pub(super) mod branch;
pub(super) mod calls;
pub(super) mod containers;
pub(super) mod control;
pub(super) mod loops;
pub(super) mod numeric;
pub(super) mod operand;
pub(super) mod text;
pub(super) mod variables;

use super::regs::Run;
use crate::code::{FAST_OPS, Inst, fast_table};
use crate::semantics::{Dialect, number};
use crate::value::Value;

/// The code of an instruction: gets the instruction, the next one, the place behind the top
/// operand, the slots, and the rest.
pub(super) type Handler = fn(&Inst, *const Inst, *mut Value, *mut Value, &mut Run<'_>) -> Next;

/// What a handler that returns asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// To go on where [`Run`] says.
    Go,
    /// To leave the loop.
    Stop,
}

/// A dialect at compile time, with the handlers for it.
pub(super) trait Rules: Sized + 'static {
    const DIALECT: Dialect;
    const HANDLERS: &'static [Handler; FAST_OPS];
}

/// Defines handlers, generic over the dialect: functions of the registers and the instruction.
///
/// A handler with a condition is compiled twice, as it is under that condition and in full. The
/// second one keeps its calls, and the registers that it has to save for them, out of the first.
macro_rules! handlers {
    ($(
        $(#[$meta:meta])*
        fn $name:ident $([$($generic:ident: $bound:path),*])?
            ($r:ident, $inst:ident) $(if $condition:block)? $body:block
    )*) => {$(
        $(#[$meta])*
        pub(in crate::vm::interp) fn $name<R: $crate::vm::interp::fast::Rules $(, $($generic: $bound),*)?>(
            inst: &$crate::code::Inst,
            pc: *const $crate::code::Inst,
            sp: *mut $crate::value::Value,
            slots: *mut $crate::value::Value,
            run: &mut $crate::vm::interp::regs::Run<'_>,
        ) -> $crate::vm::interp::fast::Next {
            let mut regs = $crate::vm::interp::regs::Regs::from_parts(pc, sp, slots, run);
            let $r = &mut regs;
            let $inst = inst;
            $(
                handlers! {
                    #[cold]
                    #[inline(never)]
                    fn in_full($r, $inst) $body
                }
                if !$condition {
                    return $r.run_as::<R>(in_full::<R>, inst);
                }
            )?
            $body
        }
    )*};
}

use handlers;

pub(super) struct Contract;
pub(super) struct Awk;

macro_rules! define_tables {
    (
        plain { $( $(#[$doc:meta])* $plain:ident = $module:ident::$handler:ident; )* }
        binary { $( $binary:ident: $op:ident $ba:ident $bb:ident $bd:ident; )* }
        relation { $( $compare:ident: $comparison:ident; )* }
        text_relation { $( $order:ident: $text_op:ident $number_op:ident; )* }
        branch { $( $branch:ident: $relation:ident $when:literal $ja:ident $jb:ident; )* }
        counted { $( $counted:ident: $limit_relation:ident $limit:ident; )* }
    ) => {
        define_tables! { @rules Contract
            [$($module::$handler)*] [$($op $ba $bb $bd)*] [$($comparison)*] [$($number_op)*]
            [$($relation $when $ja $jb)*] [$($limit_relation $limit)*] }
        define_tables! { @rules Awk
            [$($module::$handler)*] [$($op $ba $bb $bd)*] [$($comparison)*] [$($number_op)*]
            [$($relation $when $ja $jb)*] [$($limit_relation $limit)*] }
    };
    (@rules $rules:ident
        [$($module:ident::$handler:ident)*]
        [$($op:ident $ba:ident $bb:ident $bd:ident)*]
        [$($comparison:ident)*]
        [$($number_op:ident)*]
        [$($relation:ident $when:literal $ja:ident $jb:ident)*]
        [$($limit_relation:ident $limit:ident)*]
    ) => {
        impl Rules for $rules {
            const DIALECT: Dialect = Dialect::$rules;
            const HANDLERS: &'static [Handler; FAST_OPS] = &[
                $( $module::$handler::<$rules>, )*
                $( numeric::binary::<$rules, number::$op, operand::$ba, operand::$bb, operand::$bd>, )*
                $( numeric::relation::<$rules, number::$comparison>, )*
                $( text::relation::<$rules, number::$number_op>, )*
                $( branch::compare::<$rules, number::$relation, operand::When<$when>, operand::$ja, operand::$jb>, )*
                $( branch::counted::<$rules, number::$limit_relation, operand::$limit>, )*
            ];
        }
    };
}

fast_table!(define_tables);
