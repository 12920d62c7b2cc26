//! Which variables generated programs have. Every frame uses the same slots for the same kinds.

/// What an expression is meant to give, or a variable to hold. Now and then it is something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Float,
    Text,
    Bool,
    Array,
    Hash,
    ArrayHandle,
    HashHandle,
    /// Any of these.
    Any,
}

impl Kind {
    /// The slots for values of the kind.
    pub(crate) fn slots(self) -> &'static [u16] {
        match self {
            Kind::Int | Kind::Bool => &[0, 1, 2],
            Kind::Float => &[3, 4],
            Kind::Text => &[5, 6],
            Kind::Array => &[7, 8],
            Kind::Hash => &[9],
            Kind::ArrayHandle => &[10],
            Kind::HashHandle => &[11],
            Kind::Any => &[12, 13],
        }
    }

    /// The globals for values of the kind.
    pub(crate) fn globals(self) -> &'static [u16] {
        match self {
            Kind::Int | Kind::Bool => &[0, 1],
            Kind::Float => &[2],
            Kind::Text => &[3],
            Kind::Array => &[4, 5],
            Kind::Hash => &[6, 7],
            Kind::ArrayHandle => &[8],
            Kind::HashHandle => &[9],
            Kind::Any => &[10],
        }
    }
}

/// The names of the globals.
pub(crate) const GLOBALS: [&str; 11] = [
    "int", "int2", "float", "text", "array", "array2", "hash", "hash2", "list", "map", "any",
];

/// The names of builtins, between those of the globals and of the functions: `twice` takes a value
/// and joins its text to itself, `count` takes its arguments and gives their number.
pub(crate) const BUILTINS: [&str; 2] = ["twice", "count"];
/// The name index of `twice`.
pub(crate) const TWICE: u16 = GLOBALS.len() as u16;
/// The name index of `count`.
pub(crate) const COUNT: u16 = TWICE + 1;

/// The slot for how deep a recursion may still go.
pub(crate) const DEPTH: u16 = 14;
/// The slots from which on elements of block operations are kept, two for each nested one.
pub(crate) const ELEMENTS: u16 = 15;
/// The slots from which on loops count, one for each nested one.
pub(crate) const COUNTERS: u16 = 21;
/// A counter that only single loop operations use.
pub(crate) const SCRATCH: u16 = 32;
/// Slots that make frames differ in size.
pub(crate) const FAR: [u16; 2] = [40, 300];
