//! What debuggers and error reports know of a program beyond its source lines.

use std::fmt;
use std::ops::{Deref, DerefMut};

use ::serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ChunkData;

/// The debug information of a chunk; reading and writing it goes through [`DebugTables`].
///
/// Most chunks have none, and for those it is a null pointer: writing is what makes the tables.
///
/// ```
/// use fusevm::chunk::{DebugInfo, SlotName};
///
/// let mut debug = DebugInfo::default();
/// assert!(debug.is_empty());
/// debug.slot_names.push(SlotName { slot: 0, name: "total".into(), start: 0, end: 9 });
/// assert_eq!(debug.slot_names.len(), 1);
/// ```
#[derive(Clone, Default)]
pub struct DebugInfo(Option<Box<DebugTables>>);

/// The content of a [`DebugInfo`]. It changes nothing in what a program does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebugTables {
    /// The names of slots, in any order.
    #[serde(default)]
    pub slot_names: Vec<SlotName>,
}

/// The name of a slot in a part of the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotName {
    /// The slot.
    pub slot: u16,
    /// What the source calls it.
    pub name: String,
    /// Index of the first op of that part.
    pub start: usize,
    /// Index behind its last op.
    pub end: usize,
}

static NONE: DebugTables = DebugTables {
    slot_names: Vec::new(),
};

impl DebugInfo {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        **self == NONE
    }
}

impl From<DebugTables> for DebugInfo {
    fn from(tables: DebugTables) -> Self {
        DebugInfo((tables != NONE).then(|| Box::new(tables)))
    }
}

impl Deref for DebugInfo {
    type Target = DebugTables;

    fn deref(&self) -> &DebugTables {
        self.0.as_deref().unwrap_or(&NONE)
    }
}

impl DerefMut for DebugInfo {
    fn deref_mut(&mut self) -> &mut DebugTables {
        self.0.get_or_insert_default()
    }
}

impl PartialEq for DebugInfo {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for DebugInfo {}

impl fmt::Debug for DebugInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        DebugTables::fmt(self, f)
    }
}

impl Serialize for DebugInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        DebugTables::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for DebugInfo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DebugTables::deserialize(deserializer).map(Self::from)
    }
}

impl ChunkData {
    /// The names of slots that are known at the op with index `op_index`, with their slots.
    pub fn slot_names_at(&self, op_index: usize) -> impl Iterator<Item = (u16, &str)> {
        let names = self.debug.slot_names.iter();
        names
            .filter(move |name| (name.start..name.end).contains(&op_index))
            .map(|name| (name.slot, name.name.as_str()))
    }
}
