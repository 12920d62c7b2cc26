//! What a thread knows of chunks: how often they were run, and the traces of their loops.

use std::cell::RefCell;
use std::collections::HashMap;

use super::traces::Traces;
use crate::chunk::{Chunk, ChunkMark};

/// So many chunks are remembered before it is looked which of them are gone.
const FEW: usize = 64;

/// What a thread knows of one chunk. It goes with the chunk.
#[derive(Default)]
pub(super) struct ChunkState {
    /// Direct runs of it as a block that were asked for.
    pub(super) block_calls: u32,
    /// Whether it has been prepared for them.
    pub(super) block_is_ready: bool,
    pub(super) traces: Traces,
}

struct Entry {
    chunk: ChunkMark,
    state: ChunkState,
}

#[derive(Default)]
struct Chunks {
    by_address: HashMap<usize, Entry, foldhash::fast::FixedState>,
    /// The number of entries at which those of chunks that are gone are looked for.
    full: usize,
}

impl Chunks {
    fn of(&mut self, chunk: &Chunk) -> &mut ChunkState {
        if self.by_address.len() >= self.full.max(FEW) {
            self.by_address.retain(|_, entry| !entry.chunk.is_gone());
            self.full = self.by_address.len() * 2;
        }
        // The mark keeps others from the address of a chunk that is gone.
        let entry = self.by_address.entry(chunk.address());
        let entry = entry.or_insert_with(|| Entry {
            chunk: chunk.mark(),
            state: ChunkState::default(),
        });
        &mut entry.state
    }
}

thread_local! {
    static CHUNKS: RefCell<Chunks> = RefCell::default();
}

/// Gives `body` what the present thread knows of `chunk`. A thread that is ending knows nothing.
pub(super) fn with<R>(chunk: &Chunk, body: impl FnOnce(&mut ChunkState) -> R) -> R {
    let mut body = Some(body);
    let result = CHUNKS.try_with(|chunks| {
        let mut chunks = chunks.try_borrow_mut().ok()?;
        Some(body.take()?(chunks.of(chunk)))
    });
    match (result, body) {
        (Ok(Some(result)), _) => result,
        (_, Some(body)) => body(&mut ChunkState::default()),
        (_, None) => unreachable!("what was called gave a result"),
    }
}

/// As [`with`], but a chunk that the thread knows nothing of gives the default.
pub(super) fn peek<R: Default>(chunk: &Chunk, body: impl FnOnce(&ChunkState) -> R) -> R {
    let result = CHUNKS.try_with(|chunks| {
        let chunks = chunks.try_borrow().ok()?;
        let entry = chunks.by_address.get(&chunk.address())?;
        Some(body(&entry.state))
    });
    result.ok().flatten().unwrap_or_default()
}
