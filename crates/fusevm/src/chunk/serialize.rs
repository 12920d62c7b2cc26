//! Serde for chunks: the data, as if there were no handle.

use std::cell::Cell;

use ::serde::ser::SerializeStruct;
use ::serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::{Chunk, ChunkData, MAX_STORED_DEPTH};

thread_local! {
    /// Chunks being read or written on this thread. Serde passes no context down, and formats that
    /// do not bound nesting themselves would overflow the native stack.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

impl Serialize for Chunk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let _level = Level::enter().ok_or_else(|| ser::Error::custom(too_deep()))?;
        ChunkData::serialize(self, serializer)
    }
}

impl Serialize for ChunkData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Binary formats may know fields by their place alone, so there none can be absent.
        let with_numeric = !serializer.is_human_readable() || !self.numeric.is_default();
        let with_debug = !serializer.is_human_readable() || !self.debug.is_empty();
        let count = 8 + usize::from(with_numeric) + usize::from(with_debug);
        let mut fields = serializer.serialize_struct("Chunk", count)?;
        fields.serialize_field("ops", &self.ops)?;
        fields.serialize_field("constants", &self.constants)?;
        fields.serialize_field("names", &self.names)?;
        fields.serialize_field("lines", &self.lines)?;
        fields.serialize_field("sub_entries", &self.sub_entries)?;
        fields.serialize_field("block_ranges", &self.block_ranges)?;
        fields.serialize_field("sub_chunks", &self.sub_chunks)?;
        fields.serialize_field("source", &self.source)?;
        if with_numeric {
            fields.serialize_field("numeric", &self.numeric)?;
        }
        if with_debug {
            fields.serialize_field("debug", &self.debug)?;
        }
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Chunk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let _level = Level::enter().ok_or_else(|| de::Error::custom(too_deep()))?;
        ChunkData::deserialize(deserializer).map(Self::from)
    }
}

/// One level of nesting, left when dropped.
struct Level;

impl Level {
    fn enter() -> Option<Self> {
        let depth = DEPTH.get();
        (depth <= MAX_STORED_DEPTH).then(|| {
            DEPTH.set(depth + 1);
            Self
        })
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

fn too_deep() -> String {
    format!("sub-chunks are nested more than {MAX_STORED_DEPTH} levels deep")
}
