//! The loop that is a sum, which needs more around it than a sequence.

use fusevm::chunk::{Chunk, ChunkData, Dialect, Numeric, Overflow};
use fusevm::fusion::instructions;
use fusevm::{Op, VM, Value};

/// `sum += i; i += 1` while `i` is less than, or at most, the limit, which is in slot 2 or a number.
fn sum_loop(limit: Op, relation: Op, numeric: Numeric) -> Chunk {
    let ops = vec![
        Op::GetSlot(0),
        Op::GetSlot(1),
        Op::Add,
        Op::SetSlot(0),
        Op::PreIncSlotVoid(1),
        Op::GetSlot(1),
        limit,
        relation,
        Op::JumpIfTrue(0),
    ];
    Chunk::from(ChunkData {
        ops,
        numeric,
        ..ChunkData::default()
    })
}

#[test]
fn a_loop_that_is_a_sum_is_what_its_passes_are() {
    let numbers = [
        Value::Int(0),
        Value::Int(5),
        Value::Int(-7),
        Value::Int((1 << 53) - 3),
        Value::Int(i64::MAX - 20),
        Value::Int(i64::MIN),
        Value::Float(0.5),
        Value::str("3"),
    ];
    let dialects = [Dialect::Contract, Dialect::Awk];
    let policies = [Overflow::Wrap, Overflow::Promote, Overflow::Error];
    for (dialect, overflow) in dialects.iter().flat_map(|&d| policies.map(|o| (d, o))) {
        let numeric = Numeric { dialect, overflow };
        for (limit, relation) in [
            (Op::GetSlot(2), Op::NumLt),
            (Op::GetSlot(2), Op::NumLe),
            (Op::LoadInt(9), Op::NumLt),
            (Op::LoadInt(9), Op::NumLe),
        ] {
            let chunk = sum_loop(limit, relation, numeric);
            assert_eq!(instructions(&chunk)[0], ("SumLoop".to_owned(), 9));
            for (sum, from) in numbers
                .iter()
                .flat_map(|a| numbers.iter().map(move |b| (a, b)))
            {
                // Limits near the counter, so that the unfused loop ends.
                for distance in [-2, 0, 1, 12] {
                    let start = from.to_int();
                    let end = start.saturating_add(distance);
                    if matches!(limit, Op::LoadInt(_)) && !(-50..=9).contains(&start) {
                        continue;
                    }
                    let run = |fused| {
                        let mut vm = VM::new(chunk.clone());
                        vm.set_fused(fused);
                        vm.set_slot(0, sum.clone());
                        vm.set_slot(1, from.clone());
                        vm.set_slot(2, Value::Int(end));
                        if start > i64::MAX - 50 {
                            // `i <= i64::MAX` always holds: such a loop has no end.
                            vm.set_fuel(Some(10_000));
                        }
                        let end = vm.try_run().map_err(|error| error.fault().clone());
                        let slots = [0, 1, 2].map(|slot| vm.get_slot(slot));
                        format!("{end:?} {slots:?}")
                    };
                    assert_eq!(run(true), run(false), "{numeric:?} {sum:?} {from:?} {end}");
                }
            }
        }
    }
}
