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
    /// The names of the source files that `spans` refer to.
    #[serde(default)]
    pub files: Vec<String>,
    /// Where ops come from: an index of an op, and the place for it and those behind it, up to the
    /// next entry; `None` where nothing is known, as before the first entry. Indices rise.
    #[serde(default)]
    pub spans: Vec<(usize, Option<Span>)>,
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

/// A place in a source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// Index of the file's name in [`DebugTables::files`].
    pub file: u16,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1; 0 if it is not known.
    pub column: u32,
}

/// Where an op comes from. [`Display`](fmt::Display) gives `file:line:column`, or what is
/// known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Location<'c> {
    /// The name of the source file; may be empty.
    pub file: &'c str,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column in characters, from 1.
    pub column: Option<u32>,
}

impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file)?;
        let mut separator = if self.file.is_empty() { "" } else { ":" };
        for number in [self.line, self.column].into_iter().map_while(|n| n) {
            write!(f, "{separator}{number}")?;
            separator = ":";
        }
        Ok(())
    }
}

static NONE: DebugTables = DebugTables {
    slot_names: Vec::new(),
    files: Vec::new(),
    spans: Vec::new(),
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
    /// Where the op with index `op_index` comes from: its span, or else its entry in `lines`.
    ///
    /// ```
    /// use fusevm::chunk::Span;
    /// use fusevm::{ChunkBuilder, Op};
    ///
    /// let mut b = ChunkBuilder::new();
    /// b.set_source("main.toy");
    /// b.emit(Op::LoadInt(1), 7);
    /// let file = b.add_file("lib.toy");
    /// b.set_span(Span { file, line: 3, column: 5 });
    /// b.emit(Op::LoadInt(2), 7);
    /// let chunk = b.build();
    /// assert_eq!(chunk.location(0).to_string(), "main.toy:7");
    /// assert_eq!(chunk.location(1).to_string(), "lib.toy:3:5");
    /// ```
    pub fn location(&self, op_index: usize) -> Location<'_> {
        match self.span(op_index) {
            Some(Span { file, line, column }) => Location {
                file: self
                    .debug
                    .files
                    .get(usize::from(file))
                    .unwrap_or(&self.source),
                line: Some(line),
                column: (column > 0).then_some(column),
            },
            None => Location {
                file: &self.source,
                line: self.lines.get(op_index).copied(),
                column: None,
            },
        }
    }

    fn span(&self, op_index: usize) -> Option<Span> {
        let spans = &self.debug.spans;
        let behind = spans.partition_point(|&(start, _)| start <= op_index);
        spans[..behind].last()?.1
    }

    /// The names of slots that are known at the op with index `op_index`, with their slots. Takes
    /// time linear in the number of names.
    pub fn slot_names_at(&self, op_index: usize) -> impl Iterator<Item = (u16, &str)> {
        let names = self.debug.slot_names.iter();
        names
            .filter(move |name| (name.start..name.end).contains(&op_index))
            .map(|name| (name.slot, name.name.as_str()))
    }
}
