//! What the operands of ops mean, and their values as plain numbers.

use std::fmt;
use std::slice;

use super::Opcode;

/// The largest number of operands of an op.
pub(super) const MAX_OPERANDS: usize = 4;

/// An operand as a number of the widest type of its sort.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OperandValue {
    /// A signed integer: literals and limits.
    Int(i64),
    /// An unsigned integer: indices, counts, codes, targets.
    UInt(u64),
    /// A float literal.
    Float(f64),
}

impl fmt::Display for OperandValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OperandValue::Int(value) => value.fmt(f),
            OperandValue::UInt(value) => value.fmt(f),
            OperandValue::Float(value) => fmt::Debug::fmt(value, f),
        }
    }
}

/// A Rust type that operands are stored as.
pub(super) trait RawOperand: Sized {
    /// The name of the type.
    const TYPE: &'static str;
    /// The values of the type, in words.
    const EXPECTED: &'static str;

    fn widen(self) -> OperandValue;
    fn narrow(value: OperandValue) -> Option<Self>;
}

macro_rules! integer_operands {
    ($($type:ident as $wide:ident($wide_type:ty), $expected:literal;)*) => {$(
        impl RawOperand for $type {
            const TYPE: &'static str = stringify!($type);
            const EXPECTED: &'static str = $expected;

            fn widen(self) -> OperandValue {
                OperandValue::$wide(self as $wide_type)
            }

            fn narrow(value: OperandValue) -> Option<Self> {
                match value {
                    OperandValue::Int(value) => $type::try_from(value).ok(),
                    OperandValue::UInt(value) => $type::try_from(value).ok(),
                    OperandValue::Float(_) => None,
                }
            }
        }
    )*};
}

integer_operands! {
    i64 as Int(i64), "an integer of 64 bits";
    i32 as Int(i64), "an integer from -2147483648 to 2147483647";
    u8 as UInt(u64), "an integer from 0 to 255";
    u16 as UInt(u64), "an integer from 0 to 65535";
    usize as UInt(u64), "an integer of 64 bits that is not negative";
}

impl RawOperand for f64 {
    const TYPE: &'static str = "f64";
    const EXPECTED: &'static str = "a float";

    fn widen(self) -> OperandValue {
        OperandValue::Float(self)
    }

    fn narrow(value: OperandValue) -> Option<Self> {
        match value {
            OperandValue::Float(value) => Some(value),
            OperandValue::Int(_) | OperandValue::UInt(_) => None,
        }
    }
}

macro_rules! operand_kinds {
    ($($(#[doc = $doc:literal])* $kind:ident: $raw:ident,)*) => {
        /// What an operand means. The kind also fixes the Rust type that holds it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum OperandKind {
            $($(#[doc = $doc])* $kind,)*
        }

        impl OperandKind {
            /// All kinds.
            pub const ALL: &[OperandKind] = &[$(OperandKind::$kind),*];

            /// One line on the meaning.
            pub const fn doc(self) -> &'static str {
                match self {
                    $(OperandKind::$kind => concat!($($doc),*).trim_ascii(),)*
                }
            }

            /// The name of the Rust type that holds the operand.
            pub const fn type_name(self) -> &'static str {
                match self {
                    $(OperandKind::$kind => <$raw as RawOperand>::TYPE,)*
                }
            }

            /// The values that fit, in words: "an integer from 0 to 255".
            pub const fn expected(self) -> &'static str {
                match self {
                    $(OperandKind::$kind => <$raw as RawOperand>::EXPECTED,)*
                }
            }
        }

        /// The Rust type that holds an operand of the kind.
        macro_rules! raw {
            $(($kind) => { $raw };)*
        }
    };
}

operand_kinds! {
    /// The value of an integer literal.
    IntLiteral: i64,
    /// The value of a float literal.
    FloatLiteral: f64,
    /// An index into the constant pool.
    Constant: u16,
    /// A global variable, by its index in the name pool.
    Global: u16,
    /// A name, by its index in the name pool.
    Name: u16,
    /// A slot of the current frame.
    Slot: u16,
    /// A place in the code: the index of an op. One past the last op or beyond ends the run.
    Target: usize,
    /// A number of stack values.
    Count: u16,
    /// A number of stack values that are arguments or the like.
    Argc: u8,
    /// A bound for a counter.
    Limit: i32,
    /// An index into the block ranges.
    Block: u16,
    /// An index into the sub-chunks.
    SubChunk: u16,
    /// The id of a registered builtin function.
    Builtin: u16,
    /// The id of an extension op.
    Extension: u16,
    /// A number that only the extension handler understands.
    Byte: u8,
    /// A number that only the wide extension handler understands.
    Payload: usize,
    /// A plain number that is passed on to the host.
    Number: u8,
    /// A file descriptor.
    Fd: u8,
    /// A kind of redirection, one of `op::redirect_op`.
    RedirectKind: u8,
    /// A property of a file, one of `op::file_test`.
    FileTest: u8,
    /// A modifier of a parameter expansion, one of `op::param_mod`.
    ParamMod: u8,
    /// Where a record is read from: 0 and 1 the main input, 2 and 3 a file, 4 and 5 a command.
    Getline: u8,
}

pub(crate) use raw;

/// The name and kind of an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OperandInfo {
    /// What the operand is called in the reference page.
    pub name: &'static str,
    /// What it means.
    pub kind: OperandKind,
}

/// Why an op could not be made from operands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OperandError {
    /// The op takes another number of operands.
    Count {
        /// The op.
        opcode: Opcode,
        /// How many values were given.
        found: usize,
    },
    /// A value has the wrong type or does not fit.
    Value {
        /// The op.
        opcode: Opcode,
        /// The operand that does not accept the value.
        operand: OperandInfo,
        /// The value.
        found: OperandValue,
    },
}

impl fmt::Display for OperandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OperandError::Count { opcode, found } => {
                let info = opcode.info();
                let expected = match info.operands.len() {
                    0 => "no operands".to_owned(),
                    1 => "1 operand".to_owned(),
                    n => format!("{n} operands"),
                };
                write!(f, "{} takes {expected}, found {found}", info.name)
            }
            OperandError::Value {
                opcode,
                operand,
                found,
            } => write!(
                f,
                "operand `{}` of {} must be {}, found {found}",
                operand.name,
                opcode.info().name,
                operand.kind.expected(),
            ),
        }
    }
}

impl std::error::Error for OperandError {}

/// Operand values in the right number, about to be narrowed one by one.
pub(super) struct Checked<'a> {
    opcode: Opcode,
    operands: slice::Iter<'static, OperandInfo>,
    values: slice::Iter<'a, OperandValue>,
}

pub(super) fn checked(
    opcode: Opcode,
    values: &[OperandValue],
) -> Result<Checked<'_>, OperandError> {
    let operands = opcode.info().operands;
    if values.len() != operands.len() {
        return Err(OperandError::Count {
            opcode,
            found: values.len(),
        });
    }
    Ok(Checked {
        opcode,
        operands: operands.iter(),
        values: values.iter(),
    })
}

impl Checked<'_> {
    pub(super) fn next<T: RawOperand>(&mut self) -> Result<T, OperandError> {
        let opcode = self.opcode;
        let (Some(&operand), Some(&found)) = (self.operands.next(), self.values.next()) else {
            return Err(OperandError::Count { opcode, found: 0 });
        };
        T::narrow(found).ok_or(OperandError::Value {
            opcode,
            operand,
            found,
        })
    }
}
