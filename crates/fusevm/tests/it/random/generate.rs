//! Random programs: any operations, with operands that often mean something.

use fusevm::chunk::{ChunkData, Dialect, Numeric, Overflow};
use fusevm::op::{Opcode, OperandKind, OperandValue, Section};
use fusevm::value::Hash;
use fusevm::{Op, Value};

/// A reproducible source of choices (SplitMix64).
#[derive(Clone)]
pub(super) struct Rng(pub(super) u64);

impl Rng {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(super) fn choose<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

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

/// The contract's settings half of the time.
fn numeric(rng: &mut Rng) -> Numeric {
    let mut numeric = Numeric::default();
    if rng.one_in(4) {
        numeric.dialect = Dialect::Awk;
    }
    if rng.one_in(3) {
        numeric.overflow = [Overflow::Promote, Overflow::Error][rng.below(2)];
    }
    numeric
}

pub(super) fn program(rng: &mut Rng, wild: bool) -> ChunkData {
    let shape = Shape {
        ops: 1 + rng.below(40),
        wild,
    };
    let mut ops = Vec::with_capacity(shape.ops + 1);
    while ops.len() < shape.ops {
        let next = op(rng, shape);
        if next.opcode().info().section == Section::HigherOrder {
            ops.push(Op::LoadConst(AN_ARRAY));
        }
        ops.push(next);
    }
    let mut constants: Vec<Value> = (0..CONSTANTS).map(|_| constant(rng)).collect();
    constants[usize::from(AN_ARRAY)] = small_ints(rng);
    let entry = |rng: &mut Rng| rng.below(shape.ops + usize::from(wild) * 3);
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
            29..33 => *rng.choose(&[Opcode::Call, Opcode::ReturnValue, Opcode::PushFrame]),
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
        OperandKind::FloatLiteral => OperandValue::Float(number(rng)),
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

fn integer(rng: &mut Rng) -> i64 {
    match rng.below(10) {
        0 => *rng.choose(&[
            i64::MIN,
            i64::MAX,
            i32::MAX.into(),
            i32::MIN.into(),
            1 << 53,
        ]),
        1 => rng.next() as i64,
        _ => rng.below(12) as i64 - 2,
    }
}

fn number(rng: &mut Rng) -> f64 {
    *rng.choose(&[
        0.0,
        -0.0,
        1.5,
        -2.0,
        1e300,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        5e-324,
    ])
}

fn small_ints(rng: &mut Rng) -> Value {
    let ints: Vec<Value> = (0..rng.below(9))
        .map(|_| Value::Int(integer(rng)))
        .collect();
    ints.into()
}

pub(super) fn constant(rng: &mut Rng) -> Value {
    match rng.below(15) {
        0 => Value::Undef,
        1 => Value::Bool(rng.one_in(2)),
        2 => Value::Int(integer(rng)),
        3 => Value::Float(number(rng)),
        4 => Value::str(*rng.choose(&["", "0", "12", "-3.5", "nan", "a longer text than fits"])),
        // Now and then the name of a function.
        5 => rng
            .choose(&[
                Value::bytes([0xff, 0xfe]),
                Value::str("f0"),
                Value::str("f1"),
            ])
            .clone(),
        6 => Value::status(integer(rng) as i32),
        7 => Value::NativeFn(rng.next() as u16),
        8 => Value::reference(constant(rng)),
        9 => Value::Hash(Hash::from([
            ("1", constant(rng)),
            ("key", Value::Int(integer(rng))),
        ])),
        10..12 => small_ints(rng),
        12 => Value::from_input(rng.choose(&["", "0", " 12 ", "-3.5e1x", "+nan"])),
        _ => (0..rng.below(5))
            .map(|_| constant(rng))
            .collect::<Vec<_>>()
            .into(),
    }
}
