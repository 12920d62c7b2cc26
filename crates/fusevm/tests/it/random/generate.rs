//! Random programs: any operations, with operands that often mean something.

use fusevm::chunk::{ChunkData, DebugTables, SlotName, Span};
use fusevm::op::{Opcode, OperandKind, OperandValue, Section};
use fusevm::{Op, Value};
use fusevm_testkit::Rng;
use fusevm_testkit::values::{constant, float, integer, numeric, small_ints};

/// What random operands refer to.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) ops: usize,
    /// Whether indices may also name what does not exist.
    pub(super) wild: bool,
}

const CONSTANTS: usize = 8;
const AN_ARRAY: u16 = 0;
const NAMES: usize = 4;
const BLOCKS: usize = 3;

/// The last opcode of the general and the shell sections.
const LAST_SHELL: usize = 136;

/// AWK operations that do the same in every run, because they do not look at the clock.
const REPEATABLE_AWK: &[Opcode] = &[
    Opcode::AwkFieldSet,
    Opcode::AwkPrintf,
    Opcode::AwkGetline,
    Opcode::AwkLength,
    Opcode::AwkSubstr,
    Opcode::AwkIndex,
    Opcode::AwkSub,
    Opcode::AwkToUpper,
    Opcode::AwkInt,
    Opcode::AwkArraySet,
    Opcode::AwkXor,
    Opcode::AwkRshift,
    Opcode::AwkStrtonum,
    Opcode::AwkRand,
    Opcode::AwkMktime,
    Opcode::AwkChr,
    Opcode::AwkIntdiv,
];

pub(super) fn program(rng: &mut Rng, wild: bool) -> ChunkData {
    let shape = Shape {
        ops: 1 + rng.below(40),
        wild,
    };
    let mut ops = Vec::with_capacity(shape.ops + 1);
    while ops.len() < shape.ops {
        let next = op(rng, shape);
        match next {
            // Most functions that are called exist.
            Op::CallValue(_) if !rng.one_in(4) => {
                ops.push(Op::LoadFunction(rng.below(NAMES - 1) as u16));
            }
            _ if next.opcode().info().section == Section::HigherOrder => {
                ops.push(Op::LoadConst(AN_ARRAY));
            }
            _ => {}
        }
        ops.push(next);
    }
    let mut constants: Vec<Value> = (0..CONSTANTS).map(|_| constant(rng)).collect();
    constants[usize::from(AN_ARRAY)] = small_ints(rng);
    let entry = |rng: &mut Rng| rng.below(shape.ops + usize::from(wild) * 3);
    let slot_names = (0..rng.below(4))
        .map(|n| SlotName {
            slot: rng.below(300) as u16,
            name: format!("s{n}"),
            start: entry(rng),
            end: entry(rng),
        })
        .collect();
    let spans = (0..rng.below(4))
        .map(|_| {
            let (file, line, column) = (rng.below(2) as u16, rng.below(9) as u32, 1);
            (entry(rng), Some(Span { file, line, column }))
        })
        .collect();
    ChunkData {
        lines: (0..ops.len() as u32).collect(),
        constants,
        names: (0..NAMES).map(|n| format!("f{n}")).collect(),
        sub_entries: (0..NAMES - 1).map(|n| (n as u16, entry(rng))).collect(),
        block_ranges: (0..BLOCKS)
            .map(|_| {
                let (a, b) = (entry(rng), entry(rng));
                if wild && rng.one_in(8) {
                    (a, b)
                } else {
                    (a.min(b), a.max(b))
                }
            })
            .collect(),
        numeric: numeric(rng),
        ops,
        sub_chunks: vec![ChunkData::default().into()],
        debug: DebugTables {
            slot_names,
            files: vec!["file".to_owned()],
            spans,
        }
        .into(),
        ..ChunkData::default()
    }
}

/// The operations on containers that are on the stack.
fn containers() -> &'static [Opcode] {
    &Opcode::ALL[Opcode::NewArray as usize..=Opcode::IndexPostAdd as usize]
}

fn op(rng: &mut Rng, shape: Shape) -> Op {
    loop {
        let opcode = match rng.below(100) {
            // Most programs need something to work on.
            0..12 => Opcode::LoadInt,
            12..22 => Opcode::LoadConst,
            22..25 if shape.wild => *rng.choose(&[Opcode::CallBuiltin, Opcode::Extended]),
            25..29 => *rng.choose(&[Opcode::MapBlock, Opcode::SortBlock, Opcode::ForEachBlock]),
            29..33 => *rng.choose(&[
                Opcode::Call,
                Opcode::CallValue,
                Opcode::LoadFunction,
                Opcode::ReturnValue,
                Opcode::PushFrame,
            ]),
            33..41 => *rng.choose(containers()),
            96..99 => *rng.choose(REPEATABLE_AWK),
            99 if shape.wild => *rng.choose(Opcode::ALL),
            _ => Opcode::ALL[rng.below(LAST_SHELL + 1)],
        };
        let operands: Vec<OperandValue> = opcode
            .info()
            .operands
            .iter()
            .map(|operand| operand_value(rng, operand.kind, shape))
            .collect();
        if let Ok(op) = Op::from_operands(opcode, &operands) {
            return op;
        }
    }
}

fn operand_value(rng: &mut Rng, kind: OperandKind, shape: Shape) -> OperandValue {
    let index = |rng: &mut Rng, len: usize| {
        if shape.wild && rng.one_in(30) {
            return OperandValue::UInt(*rng.choose(&[255, 65535, len as u64, u64::MAX]));
        }
        OperandValue::UInt(rng.below(len) as u64)
    };
    match kind {
        OperandKind::IntLiteral => OperandValue::Int(integer(rng)),
        OperandKind::FloatLiteral => OperandValue::Float(float(rng)),
        OperandKind::Limit => OperandValue::Int(integer(rng) as i32 as i64),
        OperandKind::Target => index(rng, shape.ops + 1),
        OperandKind::Constant => index(rng, CONSTANTS),
        OperandKind::Block => index(rng, BLOCKS),
        OperandKind::Count | OperandKind::Argc => index(rng, 6),
        // So that frames differ in how many slots they need.
        OperandKind::Slot if rng.one_in(8) => OperandValue::UInt(rng.below(300) as u64),
        // Among them one that the AWK operations claim.
        OperandKind::Extension if rng.one_in(10) => OperandValue::UInt(40041),
        _ => index(rng, NAMES),
    }
}
