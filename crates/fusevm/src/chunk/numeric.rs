//! How a chunk's arithmetic works: settings that belong to the program, not to the machine.
//!
//! What the settings mean is [`semantics`](crate::semantics).

use ::serde::{Deserialize, Serialize};

/// The rules by which values become numbers, truth and text, and by which they compare.
///
/// The fused slot operations (`PreIncSlot` to `PushIntRangeLoop`) count in wrapping 64-bit
/// integers in every dialect; a front end uses them for counters that it made itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Dialect {
    /// The rules of the instruction reference: strict number parsing, `"0"` and `""` are false.
    #[default]
    Contract = 0,
    /// The rules of AWK.
    ///
    /// - A text becomes the number that it begins with, after blanks, or 0.
    /// - Arithmetic gives what doubles give. A whole result of a magnitude up to 2^53 is an `Int`,
    ///   any other a `Float`; the overflow policy never applies. A divisor of zero is an error.
    /// - `NumEq` to `NumGe` and `Spaceship` compare numbers with numbers, and with
    ///   [text from input](crate::value::Str::is_input) that looks like one, by value; anything
    ///   else by text.
    /// - False are zero, the empty text, and text from input that looks like zero.
    /// - The text of a whole number is its digits, that of another number is up to the machine's
    ///   [`NumberFormat`](crate::semantics::NumberFormat), that of a truth value is 1 or 0.
    Awk = 1,
}

impl Dialect {
    /// All dialects, by their number.
    pub(in crate::chunk) const ALL: [Dialect; 2] = [Dialect::Contract, Dialect::Awk];

    /// The name in assembly.
    pub const fn name(self) -> &'static str {
        match self {
            Dialect::Contract => "contract",
            Dialect::Awk => "awk",
        }
    }
}

/// What integer arithmetic does when a result does not fit 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Overflow {
    /// Wrap around in two's complement.
    #[default]
    Wrap = 0,
    /// Continue as a float.
    Promote = 1,
    /// End the run with [`Fault::IntegerOverflow`](crate::semantics::Fault::IntegerOverflow).
    Error = 2,
}

impl Overflow {
    /// All policies, by their number.
    pub(in crate::chunk) const ALL: [Overflow; 3] =
        [Overflow::Wrap, Overflow::Promote, Overflow::Error];

    /// The name in assembly.
    pub const fn name(self) -> &'static str {
        match self {
            Overflow::Wrap => "wrap",
            Overflow::Promote => "promote",
            Overflow::Error => "error",
        }
    }
}

/// How a chunk's arithmetic works: fixed per chunk, known when it is lowered.
///
/// ```
/// use fusevm::chunk::{ChunkBuilder, Dialect};
/// use fusevm::{Op, VM, VMResult, Value};
///
/// let mut builder = ChunkBuilder::new();
/// builder.set_dialect(Dialect::Awk);
/// let text = builder.add_constant(Value::str(" 3 apples"));
/// builder.emit(Op::LoadConst(text), 1);
/// builder.emit(Op::LoadInt(4), 1);
/// builder.emit(Op::Add, 1);
/// let result = VM::new(builder.build()).run();
/// assert!(matches!(result, VMResult::Ok(Value::Int(7))));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Numeric {
    /// Conversion and comparison rules.
    pub dialect: Dialect,
    /// What happens when an integer result does not fit.
    pub overflow: Overflow,
}

impl Numeric {
    /// Whether both settings are the contract's.
    pub(in crate::chunk) fn is_default(&self) -> bool {
        *self == Numeric::default()
    }
}
