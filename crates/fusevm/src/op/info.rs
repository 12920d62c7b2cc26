//! What the table says about an op.

use super::{OperandInfo, OperandKind, Section, StackPicture};
use crate::value::Kind;

/// What an op may touch besides its operands, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HandlerClass {
    /// Only the operand stack, the constants and the place in the code.
    Pure,
    /// Also the VM's own state (slots, globals, frames, statuses) and its input and output.
    Vm,
    /// Anything: the op may run a host, a builtin or an extension handler, which may call back into
    /// the VM and may end the run.
    Reentrant,
}

impl HandlerClass {
    /// The class in lower case, as the reference page has it.
    pub const fn name(self) -> &'static str {
        match self {
            HandlerClass::Pure => "pure",
            HandlerClass::Vm => "vm",
            HandlerClass::Reentrant => "reentrant",
        }
    }
}

macro_rules! op_flags {
    ($($(#[doc = $doc:literal])* $name:ident = $bit:literal, $text:literal;)*) => {
        /// A set of properties of an op.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub struct OpFlags(u16);

        impl OpFlags {
            /// The empty set.
            pub const NONE: OpFlags = OpFlags(0);
            $($(#[doc = $doc])* pub const $name: OpFlags = OpFlags(1 << $bit);)*

            /// Every flag with its name in lower case and its meaning.
            pub(super) const ALL: &[(OpFlags, &str, &str)] =
                &[$((OpFlags::$name, $text, concat!($($doc),*).trim_ascii())),*];
        }
    };
}

op_flags! {
    /// Has a branch target.
    BRANCH = 0, "branch";
    /// Never continues with the next op.
    TERMINATOR = 1, "terminator";
    /// Exchanging the two values taken does not change the result.
    COMMUTATIVE = 2, "commutative";
    /// May end the run with an error under the default numeric dialect. Limits on memory count,
    /// fuel does not; every reentrant op has the flag.
    FALLIBLE = 3, "fallible";
    /// Takes a list: on a short stack it takes what is there instead of reading `Undef`.
    LIST = 4, "list";
    /// Leaves the values it reads where they are.
    PEEK = 5, "peek";
    /// Has a stack effect that is only known at run time.
    UNKNOWN = 6, "unknown";
    /// Does the work of a whole loop.
    LOOP = 7, "loop";
}

impl OpFlags {
    /// Whether all flags of `other` are in this set.
    pub const fn contains(self, other: OpFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names of the flags in this set, in lower case.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let named = OpFlags::ALL.iter();
        named.filter_map(move |&(flag, name, _)| self.contains(flag).then_some(name))
    }

    pub(super) const fn with(self, other: OpFlags) -> OpFlags {
        OpFlags(self.0 | other.0)
    }
}

/// What is known about an op.
#[derive(Debug, Clone, Copy)]
pub struct OpInfo {
    /// The name, which is that of the variants of [`Op`](super::Op) and [`Opcode`](super::Opcode).
    pub name: &'static str,
    /// The group of ops it belongs to.
    pub section: Section,
    /// The operands, in order.
    pub operands: &'static [OperandInfo],
    /// What it takes from the stack and leaves there.
    pub stack: StackPicture,
    /// The kind of its result, where that is always the same.
    pub result: Option<Kind>,
    /// What it may touch.
    pub class: HandlerClass,
    /// Further properties.
    pub flags: OpFlags,
    /// The id under which [`Op::ExtendedWide`](super::Op::ExtendedWide) runs it, for AWK ops.
    pub awk_id: Option<u16>,
    /// What it does, in a few sentences.
    pub doc: &'static str,
}

impl OpInfo {
    #[expect(
        clippy::too_many_arguments,
        reason = "one per column of the table, its only caller"
    )]
    pub(super) const fn new(
        name: &'static str,
        section: Section,
        operands: &'static [OperandInfo],
        picture: &'static str,
        class: HandlerClass,
        flags: OpFlags,
        awk_id: &'static [u16],
        doc: &'static str,
    ) -> OpInfo {
        let stack = StackPicture::parse(picture);
        OpInfo {
            name,
            section,
            operands,
            stack,
            result: stack.result(),
            class,
            flags: flags.with(implied(operands, stack, class)),
            awk_id: awk_id.first().copied(),
            doc: doc.trim_ascii(),
        }
    }

    /// Whether the op has all of these flags.
    pub const fn is(&self, flags: OpFlags) -> bool {
        self.flags.contains(flags)
    }
}

/// The flags that follow from the rest of a row.
const fn implied(operands: &[OperandInfo], stack: StackPicture, class: HandlerClass) -> OpFlags {
    let mut flags = OpFlags::NONE;
    let mut i = 0;
    while i < operands.len() {
        if matches!(operands[i].kind, OperandKind::Target) {
            flags = flags.with(OpFlags::BRANCH);
        }
        i += 1;
    }
    if stack.is_open() {
        flags = flags.with(OpFlags::UNKNOWN);
    }
    if matches!(class, HandlerClass::Reentrant) {
        flags = flags.with(OpFlags::FALLIBLE);
    }
    flags
}

/// How an op changes the height of the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StackEffect {
    /// Values read, whether or not they stay.
    pub pops: u32,
    /// Values on the stack afterwards in the place of those read.
    pub pushes: u32,
    /// Whether `pops` and `pushes` are the whole truth. If not, `pops` is what the op expects at
    /// least, and the height afterwards is only known at run time.
    pub known: bool,
}
