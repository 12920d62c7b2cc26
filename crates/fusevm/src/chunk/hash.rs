//! Digests of chunk content: the same on every machine, and equal for equal content.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

use super::bytes::write;
use super::{Chunk, ChunkData};

/// Fixed, so that digests can be stored; they guard against accidents, not against forgery.
const KEYS: (u64, u64) = (0x6675_7365_766d_2063, 0x6875_6e6b_2068_6173);

impl Chunk {
    /// A 128-bit digest of everything that execution or an error report can see: all of
    /// [`ChunkData`] except [`op_hash`](ChunkData::op_hash).
    ///
    /// It is computed on first use and kept until the chunk is changed. It is the same in every
    /// process and on every machine. Floats count by their bits and hash constants by their
    /// insertion order. Handles and objects have no content that outlives the process, so all
    /// handles count as one, and all objects: a cache must compare those by `==`.
    /// It is not a defence against forged collisions.
    pub fn content_hash(&self) -> u128 {
        // Sub-chunks first, from a work list: nesting can be deep. Each is hashed only once, since
        // the number of paths to shared ones can be exponential.
        let mut pending = vec![self];
        while let Some(&chunk) = pending.last() {
            let before = pending.len();
            pending.extend(chunk.sub_chunks.iter().filter(|sub| !sub.is_hashed()));
            if pending.len() == before {
                chunk.hash_above_hashed();
                pending.pop();
            }
        }
        self.hash_above_hashed()
    }

    /// All that native code of the chunk can depend on: ops, constants, entries, names, blocks, and how
    /// numbers work. `None` if that cannot be written down or is very large.
    #[cfg(feature = "jit-disk-cache")]
    pub(crate) fn effective_content(&self) -> Option<Vec<u8>> {
        let mut content = Limited(Vec::with_capacity(4 * self.ops.len() + 256));
        write::effective_content(&mut content, self).ok()?;
        Some(content.0)
    }

    fn is_hashed(&self) -> bool {
        self.derived().content_hash.get().is_some()
    }

    /// The content hash, if those of all sub-chunks are known already.
    fn hash_above_hashed(&self) -> u128 {
        *self.derived().content_hash.get_or_init(|| {
            let mut hasher = new_hasher();
            // What cannot be stored is hashed all the same, by its kind.
            let _ = write::own_content(&mut hasher, self);
            for sub in &self.sub_chunks {
                hasher.write(&sub.hash_above_hashed().to_le_bytes());
            }
            hasher.finish128().into()
        })
    }
}

/// Takes constants up to some size: those that share parts can be exponentially larger than in memory.
#[cfg(feature = "jit-disk-cache")]
struct Limited(Vec<u8>);

#[cfg(feature = "jit-disk-cache")]
impl write::Sink for Limited {
    fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn is_full(&self) -> bool {
        self.0.len() > 64 << 20
    }
}

/// The value of [`ChunkData::op_hash`] for the given content; never 0, which stands for unknown.
pub(crate) fn op_hash(data: &ChunkData) -> u64 {
    let mut hasher = new_hasher();
    let _ = write::code(&mut hasher, data);
    let digest: u128 = hasher.finish128().into();
    (digest as u64).max(1)
}

pub(super) fn checksum(bytes: &[u8]) -> u128 {
    new_hasher().hash(bytes).into()
}

fn new_hasher() -> SipHasher24 {
    SipHasher24::new_with_keys(KEYS.0, KEYS.1)
}
