//! From a chunk to code.

use std::collections::HashMap;
use std::sync::OnceLock;

use tracing::trace;

use super::{BlockEntry, Code, Function, Inst};
use crate::chunk::ChunkData;
use crate::chunk::flow::Flow;
use crate::op::Op;
use crate::semantics::Dialect;
use crate::semantics::compare::Relation;

/// Lowers `chunk`, whatever it contains: an operand out of range gets the meaning of an absent
/// one, so that the interpreter need not look.
pub(crate) fn lower(chunk: &ChunkData) -> Code {
    let flow = Flow::of(chunk);
    let mut functions = HashMap::new();
    for &(name, entry) in &chunk.sub_entries {
        // The first of several functions with one name counts.
        functions
            .entry(name)
            .or_insert_with(|| Function::at(chunk, &flow, entry));
    }
    let lowering = Lowering {
        chunk,
        functions: &functions,
    };
    let mut insts: Vec<Inst> = Vec::with_capacity(chunk.ops.len() + 1);
    let mut blocks = Vec::with_capacity(flow.blocks.len());
    for (number, block) in flow.blocks.iter().enumerate() {
        for &op in &chunk.ops[block.start..block.end] {
            insts.push(lowering.lower(op, block.window));
        }
        let first = &mut insts[block.start];
        blocks.push(BlockEntry {
            start: narrow(block.start),
            is_function: false,
            need: block.reach.need,
            grow: block.reach.grow,
            cost: block.cost(),
            head: *first,
        });
        *first = Inst::EnterBlock {
            block: narrow(number),
        };
    }
    insts.push(Inst::End);
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
        insts,
        blocks,
        numeric: chunk.numeric,
        functions,
        function_at_end,
        by_text: OnceLock::new(),
        flow,
    }
}

struct Lowering<'a> {
    chunk: &'a ChunkData,
    functions: &'a HashMap<u16, Function>,
}

impl Function {
    /// The function that starts at `entry`, or at the end of the chunk if it has no such place.
    fn at(chunk: &ChunkData, flow: &Flow, entry: usize) -> Self {
        let entry = entry.min(chunk.ops.len());
        let block = flow.block_at(entry);
        Function {
            entry,
            window: block.map_or(0, |block| flow.blocks[block].window),
        }
    }
}

impl Lowering<'_> {
    /// Lowers one operation of a block whose frames have `window` slots.
    fn lower(&self, op: Op, window: usize) -> Inst {
        match op {
            Op::LoadConst(index) if usize::from(index) >= self.chunk.constants.len() => {
                Inst::LoadUndef
            }
            Op::Call(name, argc) => self.lower_call(name, argc),
            Op::LoadFunction(name) => self.lower_load_function(name),
            Op::PushFrame => Inst::OpenScope { window },
            Op::PopFrame => Inst::CloseScope { window },
            _ if self.chunk.numeric.dialect == Dialect::Awk => {
                awk_inst(op).unwrap_or_else(|| self.clamp_target(op).into())
            }
            _ => self.clamp_target(op).into(),
        }
    }

    fn lower_call(&self, name: u16, argc: u8) -> Inst {
        match self.functions.get(&name) {
            Some(&Function { entry, window }) => Inst::CallLocal {
                argc,
                window: narrow(window),
                entry,
            },
            None => Inst::CallNamed { argc, name },
        }
    }

    fn lower_load_function(&self, name: u16) -> Inst {
        match self.functions.get(&name) {
            Some(&Function { entry, .. }) => Inst::LoadInt(entry as i64),
            None if usize::from(name) < self.chunk.names.len() => Inst::LoadFunction(name),
            None => Inst::LoadUndef,
        }
    }

    /// A jump past the end is a jump to the end.
    fn clamp_target(&self, mut op: Op) -> Op {
        if let Some(target) = op.target() {
            op.set_target(target.min(self.chunk.ops.len()));
        }
        op
    }
}

/// The instruction of an operation that has one of its own under AWK's dialect: the fast path of
/// the contract's would give other results. The others ask for the dialect when they run.
fn awk_inst(op: Op) -> Option<Inst> {
    Some(match op {
        Op::Add => Inst::AddDoubles,
        Op::Sub => Inst::SubDoubles,
        Op::Mul => Inst::MulDoubles,
        Op::Inc => Inst::StepDouble(1.0),
        Op::Dec => Inst::StepDouble(-1.0),
        Op::NumEq => Inst::CompareAwk(Relation::Eq),
        Op::NumNe => Inst::CompareAwk(Relation::Ne),
        Op::NumLt => Inst::CompareAwk(Relation::Lt),
        Op::NumGt => Inst::CompareAwk(Relation::Gt),
        Op::NumLe => Inst::CompareAwk(Relation::Le),
        Op::NumGe => Inst::CompareAwk(Relation::Ge),
        _ => return None,
    })
}

/// Instructions keep some indices in 32 bits: more operations would fill 64 GiB.
fn narrow(index: usize) -> u32 {
    u32::try_from(index).expect("a chunk has less than 2^32 operations")
}
