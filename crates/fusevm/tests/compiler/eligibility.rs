//! What tiers take. `is_eligible` is the same without native code.

use fusevm::{JitCompiler, Op};

use crate::chunk_of;

#[test]
fn is_eligible_lists_operations() {
    let jit = JitCompiler::new();
    for (ops, expected) in [
        (&[Op::LoadInt(1), Op::LoadInt(2), Op::Add][..], true),
        (&[], true),
        (&[Op::Jump(7), Op::Call(3, 1), Op::ReturnValue], true),
        (&[Op::GetVar(0), Op::Concat, Op::SetStatus, Op::StrEq], true),
        (
            &[Op::PushFrame, Op::AccumSumLoop(0, 1, 5), Op::PopFrame],
            true,
        ),
        (&[Op::Glob], false),
        (&[Op::LoadInt(1), Op::Exec(1)], false),
        (&[Op::Extended(999, 0)], false),
        (&[Op::CallBuiltin(0, 0)], false),
        (&[Op::PreDecSlot(0)], false),
        (&[Op::Print(0)], false),
        (&[Op::PushIntRangeLoop(0, 0, 1)], false),
    ] {
        assert_eq!(jit.is_eligible(&chunk_of(ops)), expected, "{ops:?}");
    }
}
