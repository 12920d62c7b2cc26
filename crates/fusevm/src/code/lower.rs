//! From a chunk to code.

use std::collections::HashMap;
use std::sync::OnceLock;

use tracing::trace;

use super::fuse::Selector;
use super::region::{height_after, regions, seen_from};
use super::{BlockEntry, Code, FastOp, Function, Inst};
use crate::chunk::ChunkData;
use crate::chunk::flow::{Flow, Reach};

/// Lowers `chunk`, whatever it contains: an operation with an operand out of range gets no
/// instruction of its own, but the general one, which looks.
pub(crate) fn lower(chunk: &ChunkData) -> Code {
    let flow = Flow::of(chunk);
    let mut functions = HashMap::new();
    for &(name, entry) in &chunk.sub_entries {
        // The first of several functions with one name counts.
        functions
            .entry(name)
            .or_insert_with(|| Function::at(chunk, &flow, entry));
    }
    let members = regions(chunk, &flow, &functions);
    let [mut free, mut watched] = [false, true].map(|watched| {
        let entered = flow.blocks.iter().zip(&members);
        let entered = entered.filter(|(_, member)| watched || member.checked);
        let mut barriers = vec![false; chunk.ops.len()];
        for (block, _) in entered {
            barriers[block.start] = true;
        }
        let region = |at: usize| {
            flow.block_at(at).map_or_else(Reach::default, |block| {
                let before = &chunk.ops[flow.blocks[block].start..at];
                seen_from(members[block].reach, height_after(before))
            })
        };
        let selector = Selector {
            chunk,
            functions: &functions,
            barriers: &barriers,
            regions: (!watched).then_some(&region as _),
        };
        let mut insts = selector.select();
        insts.push(Inst::plain(FastOp::End));
        insts
    });
    let mut blocks = Vec::with_capacity(flow.blocks.len());
    for (number, (block, member)) in flow.blocks.iter().zip(&members).enumerate() {
        let number = number as u64;
        blocks.push(BlockEntry {
            start: block.start,
            is_function: false,
            cost: block.cost(),
            reach: block.reach,
            heads: [free[block.start], watched[block.start]],
        });
        watched[block.start] = Inst {
            c: number,
            ..Inst::plain(FastOp::EnterWatched)
        };
        if member.checked {
            free[block.start] = Inst {
                b: narrow(member.reach.grow),
                c: u64::from(narrow(member.reach.need)) << 32 | number,
                ..Inst::plain(FastOp::Enter)
            };
        }
    }
    let mut function_at_end = false;
    for &(_, entry) in &chunk.sub_entries {
        match flow.block_at(entry) {
            Some(block) => blocks[block].is_function = true,
            None => function_at_end = true,
        }
    }
    trace!(
        source = chunk.source,
        ops = chunk.ops.len(),
        blocks = blocks.len(),
        "lowered a chunk"
    );
    Code {
        streams: [free, watched],
        blocks,
        numeric: chunk.numeric,
        regions: members.into_iter().map(|member| member.reach).collect(),
        functions,
        function_at_end,
        by_text: OnceLock::new(),
        flow,
    }
}

impl Function {
    /// The function that starts at `entry`, or at the end of the chunk if it has no such place.
    fn at(chunk: &ChunkData, flow: &Flow, entry: usize) -> Self {
        let entry = entry.min(chunk.ops.len());
        let block = flow.block_at(entry);
        Function {
            entry,
            window: block.map_or(0, |block| flow.blocks[block].window),
            returns_value: block.is_some_and(|block| flow.blocks[block].returns_value),
        }
    }
}

/// Instructions count operands in 32 bits. What does not fit there does not fit on a stack either.
fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
