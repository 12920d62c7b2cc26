//! What an integer overflow does, by the chunk's policy.

use fusevm::chunk::{ChunkBuilder, Dialect, Overflow};
use fusevm::semantics::Fault;
use fusevm::{Chunk, Op};

use crate::support::{float, int, machine};

fn chunk(overflow: Overflow, dialect: Dialect, operands: &[i64], op: Op) -> Chunk {
    let mut builder = ChunkBuilder::new();
    builder.set_overflow(overflow);
    builder.set_dialect(dialect);
    for &operand in operands {
        builder.emit(Op::LoadInt(operand), 1);
    }
    builder.emit(op, 1);
    builder.build()
}

#[test]
fn a_result_out_of_range_wraps_or_becomes_a_float_or_is_an_error() {
    let cases: [(Op, &str, &[i64], i64, f64); 6] = [
        (Op::Add, "Add", &[i64::MAX, 1], i64::MIN, 2f64.powi(63)),
        (Op::Sub, "Sub", &[i64::MIN, 1], i64::MAX, -(2f64.powi(63))),
        (Op::Mul, "Mul", &[i64::MAX, 2], -2, 2f64.powi(64)),
        (Op::Negate, "Negate", &[i64::MIN], i64::MIN, 2f64.powi(63)),
        (Op::Inc, "Inc", &[i64::MAX], i64::MIN, 2f64.powi(63)),
        (Op::Dec, "Dec", &[i64::MIN], i64::MAX, -(2f64.powi(63))),
    ];
    for (op, name, operands, wrapped, promoted) in cases {
        let result = |overflow, dialect| {
            let original = chunk(overflow, dialect, operands, op);
            // The settings are part of the chunk wherever it is stored.
            let bytes = original.to_bytes().unwrap();
            let text = original.disassemble();
            let stored = [
                Chunk::from_bytes(&bytes).unwrap(),
                fusevm::chunk::assemble("t", &text).unwrap(),
            ];
            let results = [&original, &stored[0], &stored[1]].map(|chunk| {
                machine(chunk.clone())
                    .0
                    .try_run()
                    .map_err(|error| error.fault().clone())
            });
            assert_eq!(results[0], results[1]);
            assert_eq!(results[0], results[2]);
            results.into_iter().next().unwrap()
        };
        let contract = Dialect::Contract;
        assert_eq!(result(Overflow::Wrap, contract), Ok(Some(int(wrapped))));
        let as_float = Ok(Some(float(promoted)));
        assert_eq!(result(Overflow::Promote, contract), as_float);
        let error = result(Overflow::Error, contract).unwrap_err();
        assert!(
            matches!(error, Fault::IntegerOverflow(at) if at == name),
            "{error:?}"
        );
        // AWK's numbers are doubles, so the policy has nothing to say.
        assert_eq!(result(Overflow::Error, Dialect::Awk), as_float);
    }
}
