//! The instruction set.
//!
//! [`Op`] is an instruction, [`Opcode`] its name without operands, and [`OpInfo`] what is known
//! about it: operands, stack effect, section, documentation. All of them come from one table, so
//! tools that walk [`Opcode::ALL`] never need a list of their own.
//!
//! ```
//! use fusevm::op::{Op, Opcode};
//!
//! let op = Op::Call(3, 2);
//! assert_eq!(op.opcode(), Opcode::Call);
//! assert_eq!(op.opcode().info().operands[1].name, "argc");
//! assert_eq!(Op::Add.stack_effect().pops, 2);
//! ```

mod codes;
mod info;
mod operand;
mod picture;
mod reference;
mod table;

#[cfg(test)]
pub(crate) mod extremes;
#[cfg(test)]
mod tests;

use std::hash::{Hash, Hasher};
use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use codes::{file_test, param_mod, redirect_op};
pub use info::{HandlerClass, OpFlags, OpInfo, StackEffect};
pub use operand::{OperandError, OperandInfo, OperandKind, OperandValue};
pub use picture::StackPicture;
pub use reference::{describe, reference};

pub(crate) use operand::raw;
use operand::{MAX_OPERANDS, RawOperand};
pub(crate) use table::op_table;

/// The ids of [`Op::ExtendedWide`] that run AWK ops instead of the extension handler.
pub const AWK_EXTENSION_IDS: Range<u16> = 40_000..41_000;

/// `Some` for the operand that is a branch target, `None` for any other.
macro_rules! as_target {
    (Target $operand:ident) => {
        Some($operand)
    };
    ($kind:ident $operand:ident) => {{
        let _ = $operand;
        None
    }};
}

macro_rules! define_ops {
    ($(
        section $section:ident $title:literal {
            $(
                $(#[doc = $doc:literal])*
                $name:ident $(( $($operand:ident: $kind:ident),* ))? $(@ $awk_id:literal)?:
                    $picture:literal $class:ident $([ $($flag:ident),* ])?;
            )*
        }
    )*) => {
        /// An instruction with its operands.
        ///
        /// The order of the variants is the numbering in stored chunks: existing ops keep their
        /// place, new ones are appended. In text formats of serde an op is externally tagged
        /// (`"Add"`, `{"LoadInt":4}`, `{"Call":[1,2]}`).
        ///
        /// Equality of [`Op::LoadFloat`] is that of floats, its hash that of the bits.
        #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum Op {
            $($(
                $(#[doc = $doc])*
                $name $(( $(raw!($kind)),* ))?,
            )*)*
        }

        /// The name of an instruction, without operands; its number is the op's place in the table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Opcode {
            $($(
                $(#[doc = $doc])*
                $name,
            )*)*
        }

        /// A group of related ops, in the order of the reference page.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Section {
            $(
                #[doc = $title]
                $section,
            )*
        }

        impl Section {
            /// All sections, in order.
            pub const ALL: &[Section] = &[$(Section::$section),*];

            /// The heading of the section.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Section::$section => $title,)*
                }
            }
        }

        static INFO: &[OpInfo] = &[$($(
            OpInfo::new(
                stringify!($name),
                Section::$section,
                &[$($(OperandInfo { name: stringify!($operand), kind: OperandKind::$kind }),*)?],
                $picture,
                HandlerClass::$class,
                OpFlags::NONE $($(.with(OpFlags::$flag))*)?,
                { const AWK_ID: &[u16] = &[$($awk_id)?]; AWK_ID },
                concat!($($doc),*),
            ),
        )*)*];

        impl Opcode {
            /// All opcodes, in the order of their numbers.
            pub const ALL: &[Opcode] = &[$($(Opcode::$name),*),*];

            /// The opcode of that name, which is the variant's; case matters.
            pub fn from_name(name: &str) -> Option<Opcode> {
                match name {
                    $($(stringify!($name) => Some(Opcode::$name),)*)*
                    _ => None,
                }
            }

            /// The opcode that [`Op::ExtendedWide`] with this id runs.
            pub fn from_awk_id(id: u16) -> Option<Opcode> {
                match id {
                    $($($($awk_id => Some(Opcode::$name),)?)*)*
                    _ => None,
                }
            }
        }

        impl Op {
            /// The op without its operands.
            pub const fn opcode(&self) -> Opcode {
                match self {
                    $($(Op::$name { .. } => Opcode::$name,)*)*
                }
            }

            fn operand_values(self) -> [OperandValue; MAX_OPERANDS] {
                match self {
                    $($(Op::$name $(( $($operand),* ))? => pad([$($($operand.widen()),*)?]),)*)*
                }
            }

            /// Makes an op from its operands.
            ///
            /// # Errors
            ///
            /// The number of values is not the opcode's, or a value has the wrong type or does not
            /// fit. An integer is accepted as either [`OperandValue::Int`] or
            /// [`OperandValue::UInt`].
            pub fn from_operands(opcode: Opcode, values: &[OperandValue]) -> Result<Op, OperandError> {
                let mut operands = operand::checked(opcode, values)?;
                Ok(match opcode {
                    $($(
                        Opcode::$name => Op::$name $(( $(operands.next::<raw!($kind)>()?),* ))?,
                    )*)*
                })
            }

            fn target_mut(&mut self) -> Option<&mut usize> {
                match self {
                    $($(
                        Op::$name $(( $($operand),* ))? => {
                            only([$($(as_target!($kind $operand)),*)?])
                        }
                    )*)*
                }
            }
        }
    };
}

op_table!(define_ops);

const _: () = assert!(size_of::<Op>() <= 16);

/// Fills up to the length that every op shares; readers go by the number of operands.
fn pad<const N: usize>(values: [OperandValue; N]) -> [OperandValue; MAX_OPERANDS] {
    let mut padded = [OperandValue::UInt(0); MAX_OPERANDS];
    padded[..N].copy_from_slice(&values);
    padded
}

fn only<const N: usize>(targets: [Option<&mut usize>; N]) -> Option<&mut usize> {
    targets.into_iter().flatten().next()
}

impl Opcode {
    /// What is known about the op.
    pub fn info(self) -> &'static OpInfo {
        &INFO[self as usize]
    }

    /// The opcode with this number; the inverse of `opcode as u8`.
    pub fn from_index(index: u8) -> Option<Opcode> {
        Opcode::ALL.get(usize::from(index)).copied()
    }

    /// The id under which [`Op::ExtendedWide`] runs the op; only AWK ops have one.
    pub fn awk_id(self) -> Option<u16> {
        self.info().awk_id
    }
}

impl Op {
    /// The operands with their names and kinds, in order.
    pub fn operands(&self) -> impl ExactSizeIterator<Item = (OperandInfo, OperandValue)> + use<> {
        self.opcode()
            .info()
            .operands
            .iter()
            .copied()
            .zip(self.operand_values())
    }

    /// The index of the op to which this op may jump.
    pub fn target(&self) -> Option<usize> {
        let mut op = *self;
        op.target_mut().copied()
    }

    /// Replaces the branch target. False if the op has none; it is then left as it was.
    pub fn set_target(&mut self, target: usize) -> bool {
        match self.target_mut() {
            Some(place) => {
                *place = target;
                true
            }
            None => false,
        }
    }

    /// How many values the op takes and leaves, with counts from its operands resolved.
    pub fn stack_effect(&self) -> StackEffect {
        let picture = self.opcode().info().stack;
        let mut pops = u32::from(picture.pops());
        if picture.is_counted() {
            pops += self.count();
        }
        if picture.has_optional() {
            pops += self.optional_pops();
        }
        StackEffect {
            pops,
            pushes: u32::from(picture.pushes()),
            known: !picture.is_open(),
        }
    }

    /// The operand that says how many stack values the op takes.
    fn count(&self) -> u32 {
        self.operands()
            .find_map(|(operand, value)| match (operand.kind, value) {
                (OperandKind::Count | OperandKind::Argc, OperandValue::UInt(count)) => {
                    u32::try_from(count).ok()
                }
                _ => None,
            })
            .unwrap_or(0)
    }

    /// The number of values that an op takes beyond its fixed ones, where a mode operand decides.
    fn optional_pops(&self) -> u32 {
        match *self {
            Op::ExpandParam(modifier) => match modifier {
                param_mod::SUBST_FIRST | param_mod::SUBST_ALL | param_mod::SLICE => 2,
                param_mod::DEFAULT..=param_mod::ALTERNATE
                | param_mod::STRIP_SHORT..=param_mod::RSTRIP_LONG => 1,
                _ => 0,
            },
            // Sources 2 to 5 read from a file or a command, whose name is on the stack.
            Op::AwkGetline(2..=5) => 1,
            _ => 0,
        }
    }
}

/// The discriminant, then the operands in order, floats by their bits.
impl Hash for Op {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        for (_, value) in self.operands() {
            match value {
                OperandValue::Int(value) => value.hash(state),
                OperandValue::UInt(value) => value.hash(state),
                OperandValue::Float(value) => value.to_bits().hash(state),
            }
        }
    }
}
