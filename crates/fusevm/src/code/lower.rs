//! From a chunk to code.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use tracing::trace;

use super::fuse::{Selector, Sequence};
use super::region::Member;
use super::{BlockEntry, Code, FastOp, Function, Inst, Insts, Stream};
use crate::chunk::flow::{Flow, block_operand, successors};
use crate::chunk::{Chunk, ChunkData};
use crate::op::{HandlerClass, Op, Section};

/// Prepares the code of `chunk`, whatever it contains.
pub(crate) fn lower(chunk: &ChunkData) -> Code {
    let flow = Flow::of(chunk);
    let mut functions = HashMap::new();
    for &(name, entry) in &chunk.sub_entries {
        // The first of several functions with one name counts.
        functions
            .entry(name)
            .or_insert_with(|| Function::at(chunk, &flow, entry));
    }
    let entries = chunk.sub_entries.iter();
    let mut entries: Vec<Function> = entries
        .map(|&(_, entry)| Function::at(chunk, &flow, entry))
        .collect();
    entries.sort_unstable_by_key(|function| function.entry);
    entries.dedup_by_key(|function| function.entry);
    let blocks = flow.blocks.iter().map(|block| BlockEntry {
        start: block.start,
        cost: block.cost(),
        reach: block.reach,
    });
    Code {
        streams: Default::default(),
        blocks: blocks.collect(),
        numeric: chunk.numeric,
        regions: OnceLock::new(),
        functions,
        closed_ranges: chunk
            .block_ranges
            .iter()
            .map(|&range| is_closed(chunk, range))
            .collect(),
        entries,
        by_text: OnceLock::new(),
        without: Vec::new(),
        flow,
    }
}

impl Code {
    /// Lowers `chunk`, whose code this is: an operation with an operand out of range gets no
    /// instruction of its own, but the general one, which looks.
    pub(super) fn build(&self, chunk: &Chunk, stream: Stream) -> Insts {
        let sequences = self.sequences(chunk, stream).into_iter();
        let mut all: Vec<Inst> = sequences.map(|(inst, _)| inst).collect();
        all.push(Inst::plain(FastOp::End));
        let heads = self.blocks.iter().map(|block| all[block.start]);
        let heads: Vec<Inst> = heads.collect();
        let range_ends = chunk.block_ranges.iter().map(|&(_, end)| end);
        let range_ends: HashSet<usize> = range_ends.collect();
        for (number, block) in self.blocks.iter().enumerate() {
            let entry = &mut all[block.start];
            let number = number as u64;
            if !stream.has_regions() {
                *entry = Inst {
                    c: number,
                    ..Inst::plain(FastOp::EnterWatched)
                };
            } else if let Member {
                reach,
                checked: true,
            } = self.regions(chunk)[number as usize]
            {
                let op = if range_ends.contains(&block.start) {
                    FastOp::EndPass
                } else {
                    FastOp::Enter
                };
                *entry = Inst {
                    b: narrow(reach.grow),
                    c: u64::from(narrow(reach.need)) << 32 | number,
                    ..Inst::plain(op)
                };
            }
        }
        if stream.counts_passes() {
            let entries = self.counted_functions(chunk);
            let functions = entries.iter().filter_map(|&at| self.flow.block_at(at));
            for number in self.loops(chunk).chain(functions) {
                let entry = &mut all[self.blocks[number].start];
                if !matches!(
                    entry.op,
                    FastOp::Enter | FastOp::EndPass | FastOp::EnterWatched
                ) {
                    *entry = Inst {
                        c: number as u64,
                        ..Inst::plain(FastOp::Enter)
                    };
                }
                entry.a = 1;
            }
        }
        trace!(
            source = chunk.source,
            ops = chunk.ops.len(),
            blocks = heads.len(),
            ?stream,
            "lowered a chunk"
        );
        Insts { all, heads }
    }

    /// `insts` of the stream `Counted`, but that the passes of the loops at `blocks` are not counted.
    #[cfg(feature = "jit")]
    pub(crate) fn uncounted(&self, insts: &Insts, blocks: &[usize]) -> Insts {
        let mut insts = insts.clone();
        for &number in blocks {
            let entry = &mut insts.all[self.blocks[number].start];
            entry.a = 0;
            // An entry that looks at nothing is there for the sake of counting.
            if entry.op == FastOp::Enter && entry.b == 0 && entry.c >> 32 == 0 {
                *entry = insts.heads[number];
            }
        }
        insts
    }

    /// The blocks that a jump goes back to, by number.
    fn loops(&self, chunk: &ChunkData) -> impl Iterator<Item = usize> {
        let targets = chunk.ops.iter().enumerate().filter_map(|(at, op)| {
            let target = op.target().filter(|&target| target <= at)?;
            self.flow.block_at(target)
        });
        targets.collect::<HashSet<usize>>().into_iter()
    }

    /// The entries of functions that are worth counting the calls of: they compute with numbers
    /// and do nothing else, which is what functions have native code for.
    fn counted_functions(&self, chunk: &ChunkData) -> HashSet<usize> {
        let computes = |op: &Op| match op {
            Op::Call(name, _) => self.functions.contains_key(name),
            _ => {
                !matches!(
                    op.opcode().info().section,
                    Section::Arrays
                        | Section::Hashes
                        | Section::Strings
                        | Section::StringComparison
                        | Section::ScopeFrames
                        | Section::InputOutput
                        | Section::Ranges
                        | Section::HigherOrder
                        | Section::Builtins
                ) && op.opcode().info().class != HandlerClass::Reentrant
            }
        };
        let reached = |entry: usize| {
            let (mut work, mut seen) = (vec![entry], HashSet::new());
            while let Some(at) = work.pop() {
                if let Some(op) = chunk.ops.get(at)
                    && seen.insert(at)
                {
                    work.extend(successors(chunk, at, op));
                }
            }
            seen
        };
        let entries = self.entries.iter().map(|function| function.entry);
        let counted = entries.filter(|&entry| {
            entry < chunk.ops.len() && reached(entry).iter().all(|&at| computes(&chunk.ops[at]))
        });
        counted.collect()
    }

    /// Which instruction stands for the operations from each place of `chunk` on, whose code this
    /// is, and for how many of them. Entries are left out.
    pub(super) fn sequences(&self, chunk: &Chunk, stream: Stream) -> Vec<Sequence> {
        if stream == Stream::Plain {
            return vec![(Inst::plain(FastOp::General), 1); chunk.ops.len()];
        }
        let members = stream.has_regions().then(|| self.regions(chunk));
        let mut barriers = vec![false; chunk.ops.len()];
        for (number, block) in self.blocks.iter().enumerate() {
            barriers[block.start] = members.is_none_or(|members| members[number].checked);
        }
        let region = |at: usize| self.reach_at(chunk, Stream::Free, at);
        let counted = match stream {
            Stream::Counted => self.counted_functions(chunk),
            _ => HashSet::new(),
        };
        let selector = Selector {
            chunk,
            counted: &counted,
            functions: &self.functions,
            barriers: &barriers,
            regions: members.is_some().then_some(&region as _),
            without: &self.without,
        };
        selector.select()
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

/// Whether control leaves a block range only at its end, or with a return.
fn is_closed(chunk: &ChunkData, (start, end): (usize, usize)) -> bool {
    let Some(ops) = chunk.ops.get(start..end) else {
        return false;
    };
    ops.iter().zip(start..).all(|(op, at)| {
        // What the body of an inner block operation does is up to that.
        let body = block_operand(op).and_then(|range| chunk.block_ranges.get(range));
        successors(chunk, at, op)
            .filter(|&next| body.is_none_or(|&(body, _)| next != body))
            .all(|next| (start..=end).contains(&next))
    })
}

/// Instructions count operands in 32 bits. What does not fit there does not fit on a stack either.
fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{JitMode, Op, VM};

    #[test]
    fn a_stream_is_made_when_it_is_first_run() {
        let chunk = Chunk::from(ChunkData {
            ops: vec![Op::LoadInt(1), Op::Pop],
            ..ChunkData::default()
        });
        let code = Code::of(&chunk);
        let mut vm = VM::new(chunk.clone());
        vm.set_jit(JitMode::Off);
        let mut made_by_run = |fused, fuel| {
            vm.reset(chunk.clone());
            vm.set_fused(fused);
            vm.set_fuel(fuel);
            let _ = vm.run();
            let regions = code.regions.get().is_some();
            let streams = code.streams.each_ref();
            (streams.map(|stream| stream.get().is_some()), regions)
        };
        assert_eq!(
            made_by_run(false, None),
            ([false, false, true, false, false], false)
        );
        assert_eq!(
            made_by_run(true, Some(9)),
            ([false, true, true, false, false], false)
        );
        assert_eq!(
            made_by_run(true, None),
            ([true, true, true, false, false], true)
        );
    }
}
