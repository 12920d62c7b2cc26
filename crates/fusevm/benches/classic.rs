//! Classic small programs, from plain operations and, where they exist, fused ones.

mod common;

use criterion::{Criterion, criterion_group, criterion_main};
use fusevm::Value;

use common::{bench_program, program};

const FIB_ITERATIVE: &str = "
.slot n
.slot a
.slot b
    LoadInt 35
    SetSlot n
    LoadInt 0
    SetSlot a
    LoadInt 1
    SetSlot b
next:
    GetSlot n
    LoadInt 0
    NumGt
    JumpIfFalse done
    GetSlot b
    GetSlot a
    GetSlot b
    Add
    SetSlot b
    SetSlot a
    GetSlot n
    Dec
    SetSlot n
    Jump next
done:
    GetSlot a
";

const FIB_RECURSIVE: &str = "
    LoadInt 20
    Call fib 1
    ReturnValue
.sub fib
.slot n
    SetSlot n
    GetSlot n
    LoadInt 2
    NumLt
    JumpIfFalse recurse
    GetSlot n
    ReturnValue
recurse:
    GetSlot n
    LoadInt 1
    Sub
    Call fib 1
    GetSlot n
    LoadInt 2
    Sub
    Call fib 1
    Add
    ReturnValue
";

const ACKERMANN: &str = "
    LoadInt 3
    LoadInt 4
    Call ack 2
    ReturnValue
.sub ack
.slot m
.slot n
    SetSlot n
    SetSlot m
    GetSlot m
    LoadInt 0
    NumEq
    JumpIfFalse positive
    GetSlot n
    Inc
    ReturnValue
positive:
    GetSlot m
    Dec
    GetSlot n
    LoadInt 0
    NumEq
    JumpIfFalse both
    LoadInt 1
    Call ack 2
    ReturnValue
both:
    GetSlot m
    GetSlot n
    Dec
    Call ack 2
    Call ack 2
    ReturnValue
";

const SUM_UNFUSED: &str = "
.slot sum
.slot i
    LoadInt 0
    SetSlot sum
    LoadInt 1
    SetSlot i
next:
    GetSlot i
    LoadInt 1000000
    NumLe
    JumpIfFalse done
    GetSlot sum
    GetSlot i
    Add
    SetSlot sum
    GetSlot i
    Inc
    SetSlot i
    Jump next
done:
    GetSlot sum
";

const SUM_FUSED: &str = "
.slot sum
.slot i
    LoadInt 1
    SetSlot i
next:
    AddAssignSlotVoid sum i
    SlotIncLtIntJumpBack i 1000001 next
    GetSlot sum
";

const SUM_LOOP_OP: &str = "
.slot sum
.slot i
    LoadInt 1
    SetSlot i
    AccumSumLoop sum i 1000001
    GetSlot sum
";

const NESTED: &str = "
.slot i
.slot j
.slot count
    LoadInt 0
    SetSlot i
outer:
    LoadInt 0
    SetSlot j
inner:
    PreIncSlotVoid count
    SlotIncLtIntJumpBack j 100 inner
    SlotIncLtIntJumpBack i 100 outer
    GetSlot count
";

const STRING_BUILD: &str = r#"
.slot text
.slot i
    LoadConst ""
    SetSlot text
next:
    GetSlot text
    LoadConst "x"
    Concat
    SetSlot text
    SlotIncLtIntJumpBack i 10000 next
    GetSlot text
    StringLen
"#;

fn classic(c: &mut Criterion) {
    let cases = [
        ("fib_iterative(35)", FIB_ITERATIVE, 9_227_465),
        ("fib_recursive(20)", FIB_RECURSIVE, 6765),
        ("ackermann(3,4)", ACKERMANN, 125),
        ("sum_1_to_1M/unfused", SUM_UNFUSED, 500_000_500_000),
        ("sum_1_to_1M/fused", SUM_FUSED, 500_000_500_000),
        ("sum_1_to_1M/loop_op", SUM_LOOP_OP, 500_000_500_000),
        ("nested_100x100", NESTED, 10_000),
        ("string_build_10k", STRING_BUILD, 10_000),
    ];
    for (name, text, expected) in cases {
        bench_program(c, name, &program(text), &Value::Int(expected));
    }
}

criterion_group!(benches, classic);
criterion_main!(benches);
