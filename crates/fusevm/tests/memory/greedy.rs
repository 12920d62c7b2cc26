//! Programs that take more and more.

use fusevm::chunk::ChunkData;
use fusevm::{Op, Value};

/// The constant that is a text which needs an allocation.
pub(crate) const LONG: u16 = 0;
const NUMBER: u16 = 1;
const TRUE: u16 = 2;

pub(crate) fn program(ops: impl Into<Vec<Op>>) -> ChunkData {
    ChunkData {
        ops: ops.into(),
        names: ["a", "b", "c", "f"].map(String::from).into(),
        constants: vec![
            Value::str("a text that does not fit in place"),
            Value::Float(1.5),
            Value::str("true"),
        ],
        ..ChunkData::default()
    }
}

/// Does `before`, then `body` forever.
pub(crate) fn forever(before: &[Op], body: &[Op]) -> ChunkData {
    let start = before.len();
    program([before, body, &[Op::Jump(start)]].concat())
}

fn with_function(mut chunk: ChunkData, entry: usize) -> ChunkData {
    chunk.sub_entries = vec![(3, entry)];
    chunk
}

fn with_block(mut chunk: ChunkData, start: usize, end: usize) -> ChunkData {
    chunk.block_ranges = vec![(start, end)];
    chunk
}

/// Programs that take more and more.
pub(crate) fn greedy() -> Vec<(&'static str, ChunkData)> {
    let fresh = [Op::LoadConst(LONG), Op::GetSlot(9), Op::Concat];
    let list = [Op::DeclareArray(0), Op::DeclareArray(1)];
    let double_list = |last: &[Op]| {
        let body = [
            &[
                Op::LoadInt(0),
                Op::GetSlot(0),
                Op::LoadInt(2),
                Op::Mul,
                Op::LoadInt(100),
                Op::Add,
                Op::Dup,
                Op::SetSlot(0),
                Op::Range,
            ],
            last,
        ]
        .concat();
        forever(&[], &body)
    };
    vec![
        (
            "a text doubles",
            forever(
                &[Op::LoadConst(LONG), Op::SetSlot(0)],
                &[Op::GetSlot(0), Op::Dup, Op::Concat, Op::SetSlot(0)],
            ),
        ),
        (
            "a text is appended to",
            forever(
                &[],
                &[
                    Op::LoadInt(0),
                    Op::SetSlot(1),
                    Op::ConcatConstLoop(LONG, 0, 1, 1000),
                ],
            ),
        ),
        (
            "one huge text",
            program([
                Op::LoadConst(LONG),
                Op::LoadInt(i64::MAX >> 40),
                Op::StringRepeat,
            ]),
        ),
        (
            "texts of bytes",
            forever(
                &[Op::LoadInt(1), Op::SetSlot(0), Op::DeclareArray(0)],
                &[
                    Op::LoadConst(LONG),
                    Op::GetSlot(0),
                    Op::LoadInt(2),
                    Op::Mul,
                    Op::Dup,
                    Op::SetSlot(0),
                    Op::StringRepeat,
                    Op::ArrayPush(0),
                ],
            ),
        ),
        (
            "an array of integers",
            forever(&list, &[Op::LoadInt(1), Op::ArrayPush(0)]),
        ),
        (
            "an array of floats that becomes general",
            forever(
                &[&list[..], &[Op::LoadInt(1), Op::ArrayPush(0)]].concat(),
                &[Op::LoadConst(NUMBER), Op::ArrayPush(0)],
            ),
        ),
        (
            "an array of fresh texts",
            forever(&list, &[&fresh[..], &[Op::ArrayPush(0)]].concat()),
        ),
        (
            "an array in a loop operation",
            program([Op::DeclareArray(0), Op::PushIntRangeLoop(0, 0, 30_000_000)]),
        ),
        (
            "a far index",
            program([
                Op::DeclareArray(0),
                Op::LoadInt(1),
                Op::LoadInt(30_000_000),
                Op::ArraySet(0),
            ]),
        ),
        (
            "arrays in arrays",
            forever(&[Op::LoadUndef], &[Op::MakeArray(1)]),
        ),
        (
            "a hash",
            forever(
                &[Op::DeclareHash(0)],
                &[Op::LoadInt(1), Op::PreIncSlot(0), Op::HashSet(0)],
            ),
        ),
        (
            "a hash with long keys",
            forever(
                &[Op::DeclareHash(0)],
                &[
                    Op::LoadInt(1),
                    Op::LoadConst(LONG),
                    Op::PreIncSlot(0),
                    Op::Concat,
                    Op::HashSet(0),
                ],
            ),
        ),
        (
            "copies of a shared array",
            forever(
                &[
                    Op::DeclareArray(1),
                    Op::LoadInt(0),
                    Op::LoadInt(5000),
                    Op::Range,
                    Op::SetVar(0),
                ],
                &[
                    Op::GetVar(0),
                    Op::ArrayPush(1),
                    Op::LoadInt(7),
                    Op::LoadInt(3),
                    Op::ArraySet(0),
                ],
            ),
        ),
        (
            "copies of a shared array by taking elements",
            forever(
                &[
                    Op::DeclareArray(1),
                    Op::LoadInt(0),
                    Op::LoadInt(5000),
                    Op::Range,
                    Op::SetVar(0),
                ],
                &[Op::GetVar(0), Op::ArrayPush(1), Op::ArrayPop(0), Op::Pop],
            ),
        ),
        (
            "copies of a shared hash",
            forever(
                &[Op::DeclareArray(1), Op::DeclareHash(0)],
                &[
                    Op::LoadInt(1),
                    Op::PreIncSlot(0),
                    Op::HashSet(0),
                    Op::GetVar(0),
                    Op::ArrayPush(1),
                ],
            ),
        ),
        (
            "keys and values",
            forever(
                &[Op::DeclareArray(1), Op::DeclareHash(0)],
                &[
                    Op::LoadInt(1),
                    Op::PreIncSlot(0),
                    Op::HashSet(0),
                    Op::HashKeys(0),
                    Op::ArrayPush(1),
                    Op::HashValues(0),
                    Op::ArrayPush(1),
                ],
            ),
        ),
        ("operands", forever(&[], &[Op::LoadInt(1)])),
        (
            "calls",
            with_function(
                program([Op::Call(3, 0), Op::SetSlot(50), Op::Call(3, 0)]),
                0,
            ),
        ),
        (
            "globals",
            forever(
                &[],
                &(0..600)
                    .flat_map(|n| {
                        [
                            Op::LoadConst(LONG),
                            Op::LoadInt(1),
                            Op::Concat,
                            Op::SetVar(n * 100),
                        ]
                    })
                    .chain([
                        Op::GetVar(1),
                        Op::LoadConst(LONG),
                        Op::Concat,
                        Op::Dup,
                        Op::Concat,
                        Op::SetVar(1),
                    ])
                    .collect::<Vec<_>>(),
            ),
        ),
        (
            "declared containers",
            program(
                (0..=u16::MAX)
                    .flat_map(|n| [Op::DeclareArray(n), Op::LoadInt(1), Op::ArrayPush(n)])
                    .chain([Op::LoadConst(LONG), Op::LoadInt(1 << 20), Op::StringRepeat])
                    .collect::<Vec<_>>(),
            ),
        ),
        (
            "words of commands",
            forever(
                &[],
                &[
                    Op::LoadConst(TRUE),
                    Op::LoadInt(0),
                    Op::GetSlot(0),
                    Op::LoadInt(2),
                    Op::Mul,
                    Op::LoadInt(100),
                    Op::Add,
                    Op::Dup,
                    Op::SetSlot(0),
                    Op::Range,
                    Op::Exec(2),
                    Op::Pop,
                ],
            ),
        ),
        (
            "characters",
            forever(
                &[Op::LoadConst(LONG), Op::SetSlot(0)],
                &[
                    Op::GetSlot(0),
                    Op::AwkToUpper,
                    Op::Dup,
                    Op::LoadInt(1),
                    Op::LoadInt(1 << 40),
                    Op::AwkSubstr(3),
                    Op::Concat,
                    Op::SetSlot(0),
                ],
            ),
        ),
        ("scopes", forever(&[], &[Op::PushFrame])),
        ("ranges", double_list(&[Op::ArrayPush(1)])),
        (
            "sorted ranges",
            double_list(&[Op::SortDefault, Op::ArrayPush(1)]),
        ),
        (
            "ranges as text",
            double_list(&[Op::LoadInt(1), Op::Concat, Op::SetVar(0)]),
        ),
        (
            "words",
            double_list(&[
                Op::SetVar(0),
                Op::LoadConst(LONG),
                Op::GetSlot(0),
                Op::StringRepeat,
                Op::WordSplit,
                Op::SetVar(0),
            ]),
        ),
        (
            "the results of a block",
            with_block(
                double_list(&[
                    Op::MapBlock(0),
                    Op::LoadConst(LONG),
                    Op::Concat,
                    Op::SetVar(0),
                ]),
                10,
                12,
            ),
        ),
        (
            "a sort with a block",
            with_block(
                double_list(&[Op::SortBlock(0), Op::Spaceship, Op::SetVar(0)]),
                10,
                11,
            ),
        ),
        (
            "containers on the heap",
            forever(&[], &[Op::GetSlot(0), Op::NewArray(1), Op::SetSlot(0)]),
        ),
        (
            "a large container on the heap",
            forever(
                &[Op::NewArray(0), Op::SetSlot(0)],
                &[&[Op::GetSlot(0)], &fresh[..], &[Op::ContainerPush, Op::Pop]].concat(),
            ),
        ),
        (
            "small containers in a large one on the heap",
            forever(
                &[Op::NewArray(0), Op::SetSlot(0)],
                &[Op::GetSlot(0), Op::NewArray(0), Op::ContainerPush, Op::Pop],
            ),
        ),
        (
            "arrays with shared parts on the heap",
            forever(
                &[Op::NewArray(0), Op::SetSlot(0)],
                &[
                    Op::LoadInt(1),
                    Op::MakeArray(1),
                    Op::SetVar(0),
                    Op::GetSlot(0),
                    Op::GetVar(0),
                    Op::ContainerPush,
                    Op::GetVar(0),
                    Op::ContainerPush,
                    Op::Pop,
                ],
            ),
        ),
        ("a long line", program([Op::ReadLine])),
        (
            "a long block",
            program(
                (0..60_000u16)
                    .flat_map(|slot| [&fresh[..], &[Op::SetSlot(slot)]].concat())
                    .chain([Op::Jump(0)])
                    .collect::<Vec<_>>(),
            ),
        ),
    ]
}
