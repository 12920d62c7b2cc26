//! `Debug` output of chunks.

use std::fmt;

use super::{Chunk, ChunkData};

/// Deeper sub-chunks are left out: a listing of them helps nobody, and printing them must not
/// overflow the native stack.
const MAX_DEPTH: usize = 8;

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Nested {
            name: "Chunk",
            data: self,
            depth: 0,
        }
        .fmt(f)
    }
}

impl fmt::Debug for ChunkData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Nested {
            name: "ChunkData",
            data: self,
            depth: 0,
        }
        .fmt(f)
    }
}

/// A chunk at some depth of sub-chunk nesting.
struct Nested<'a> {
    name: &'static str,
    data: &'a ChunkData,
    depth: usize,
}

impl fmt::Debug for Nested<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, data, depth } = *self;
        let mut output = f.debug_struct(name);
        output
            .field("ops", &data.ops)
            .field("constants", &data.constants)
            .field("names", &data.names)
            .field("lines", &data.lines)
            .field("sub_entries", &data.sub_entries)
            .field("block_ranges", &data.block_ranges);
        if depth < MAX_DEPTH {
            let sub_chunks: Vec<_> = data
                .sub_chunks
                .iter()
                .map(|sub| Nested {
                    name: "Chunk",
                    data: sub,
                    depth: depth + 1,
                })
                .collect();
            output.field("sub_chunks", &sub_chunks);
        } else {
            output.field(
                "sub_chunks",
                &format_args!("[{} omitted]", data.sub_chunks.len()),
            );
        }
        output.field("source", &data.source);
        if !data.numeric.is_default() {
            output.field("numeric", &data.numeric);
        }
        if !data.debug.is_empty() {
            output.field("debug", &data.debug);
        }
        output.field("op_hash", &data.op_hash).finish()
    }
}
