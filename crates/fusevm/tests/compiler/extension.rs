//! Operations of front ends in native code, by what the front ends say of them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use fusevm::chunk::assemble;
use fusevm::jit::{CodeInt, ExtensionCode, FloatOp, IntOp, JitExtension};
use fusevm::semantics::compare::Relation;
use fusevm::vm::Math;
use fusevm::{Chunk, JitMode, VM, Value};

/// The example of the crate, as a module so that its `main` can be called.
mod example {
    include!("../../examples/extension.rs");

    #[test]
    fn runs() {
        main().unwrap();
    }
}

/// An operation on two operands: what native code is told, and what the handler does.
struct Case {
    name: &'static str,
    said: fn(&mut ExtensionCode<'_>) -> Option<()>,
    done: fn(i64, i64) -> Value,
}

fn ints(code: &mut ExtensionCode<'_>, op: IntOp) -> Option<()> {
    let (b, a) = (code.pop_int()?, code.pop_int()?);
    let result = code.on_ints(op, a, b);
    code.push_int(result);
    Some(())
}

fn floats(code: &mut ExtensionCode<'_>, op: FloatOp) -> Option<()> {
    let (b, a) = (code.pop_float()?, code.pop_float()?);
    let result = code.on_floats(op, a, b);
    code.push_float(result);
    Some(())
}

fn float(result: f64) -> Value {
    Value::Float(result)
}

const CASES: &[Case] = &[
    Case {
        name: "add",
        said: |code| ints(code, IntOp::Add),
        done: |a, b| Value::Int(a.wrapping_add(b)),
    },
    Case {
        name: "sub",
        said: |code| ints(code, IntOp::Sub),
        done: |a, b| Value::Int(a.wrapping_sub(b)),
    },
    Case {
        name: "mul",
        said: |code| ints(code, IntOp::Mul),
        done: |a, b| Value::Int(a.wrapping_mul(b)),
    },
    Case {
        name: "and",
        said: |code| ints(code, IntOp::And),
        done: |a, b| Value::Int(a & b),
    },
    Case {
        name: "or",
        said: |code| ints(code, IntOp::Or),
        done: |a, b| Value::Int(a | b),
    },
    Case {
        name: "xor",
        said: |code| ints(code, IntOp::Xor),
        done: |a, b| Value::Int(a ^ b),
    },
    Case {
        name: "shl",
        said: |code| ints(code, IntOp::Shl),
        done: |a, b| Value::Int(a.wrapping_shl(b as u32)),
    },
    Case {
        name: "shr",
        said: |code| ints(code, IntOp::Shr),
        done: |a, b| Value::Int(a.wrapping_shr(b as u32)),
    },
    Case {
        name: "sum of doubles",
        said: |code| floats(code, FloatOp::Add),
        done: |a, b| float(a as f64 + b as f64),
    },
    Case {
        name: "difference of doubles",
        said: |code| floats(code, FloatOp::Sub),
        done: |a, b| float(a as f64 - b as f64),
    },
    Case {
        name: "product of doubles",
        said: |code| floats(code, FloatOp::Mul),
        done: |a, b| float(a as f64 * b as f64),
    },
    Case {
        name: "quotient of doubles",
        said: |code| floats(code, FloatOp::Div),
        done: |a, b| float(a as f64 / b as f64),
    },
    Case {
        name: "less",
        said: |code| {
            let (b, a) = (code.pop_int()?, code.pop_int()?);
            let less = code.compare_ints(Relation::Lt, a, b);
            code.push_bool(less);
            Some(())
        },
        done: |a, b| Value::Bool(a < b),
    },
    Case {
        name: "greatest, by doubles",
        said: |code| {
            let (b, a) = (code.pop_float()?, code.pop_float()?);
            let is_greater = code.compare_floats(Relation::Ge, a, b);
            let greatest = code.choose_float(is_greater, a, b);
            code.push_float(greatest);
            Some(())
        },
        done: |a, b| float((a as f64).max(b as f64)),
    },
    Case {
        name: "least, and a constant",
        said: |code| {
            let (b, a) = (code.pop_int()?, code.pop_int()?);
            let is_less = code.compare_ints(Relation::Le, a, b);
            let least = code.choose_int(is_less, a, b);
            let one = code.int(1);
            let result = code.on_ints(IntOp::Or, least, one);
            code.push_int(result);
            Some(())
        },
        done: |a, b| Value::Int(a.min(b) | 1),
    },
    Case {
        name: "root of a product, as an integer",
        said: |code| {
            let (b, a) = (code.pop_int()?, code.pop_int()?);
            let (b, a) = (code.int_to_float(b), code.int_to_float(a));
            let product = code.on_floats(FloatOp::Mul, a, b);
            let root = code.math(Math::Sqrt, product);
            let sine = code.math(Math::Sin, root);
            let sum = code.on_floats(FloatOp::Add, root, sine);
            let half = code.float(0.5);
            let sum = code.on_floats(FloatOp::Add, sum, half);
            let result = code.float_to_int(sum);
            code.push_int(result);
            Some(())
        },
        done: |a, b| {
            let root = (a as f64 * b as f64).sqrt();
            Value::Int((root + root.sin() + 0.5) as i64)
        },
    },
    Case {
        name: "only of positive ones",
        said: |code| {
            let (b, a) = (code.pop_int()?, code.pop_int()?);
            let zero = code.int(0);
            let is_good = code.compare_ints(Relation::Gt, a, zero);
            code.require(is_good);
            code.push_int(b);
            Some(())
        },
        done: |_, b| Value::Int(b),
    },
    Case {
        name: "said wrongly, as there are not so many operands",
        said: |code| {
            let (b, a) = (code.pop_int()?, code.pop_int()?);
            code.push_int(b);
            code.push_int(a);
            code.pop_int()?;
            code.pop_int()?;
            Some(())
        },
        done: |a, _| Value::Int(a),
    },
];

/// Says what [`CASES`] has, by the payload.
struct Table;

impl JitExtension for Table {
    fn can_jit(&self, ext_id: u16) -> bool {
        ext_id == 7
    }
    fn op_count(&self) -> usize {
        1
    }
    fn name(&self) -> &str {
        "table"
    }
    fn lower(&self, _ext_id: u16, payload: usize, code: &mut ExtensionCode<'_>) -> bool {
        CASES
            .get(payload)
            .is_some_and(|case| (case.said)(code).is_some())
    }
}

/// Does the operation to `a + i` and `b` for `i` from 0 to 99, and keeps a sum of what it gives.
fn program(operation: &str, a: i64, b: i64) -> Chunk {
    let text = format!(
        "LoadInt 0\n SetSlot 0\n LoadInt 0\n SetSlot 1\n\
         next:\n GetSlot 1\n LoadInt {a}\n GetSlot 0\n Add\n LoadInt {b}\n {operation}\n Dup\n SetSlot 2\n Add\n\
         SetSlot 1\n PreIncSlotVoid 0\n GetSlot 0\n LoadInt 100\n NumLt\n JumpIfTrue next\n"
    );
    assemble("extension.fasm", &text).unwrap()
}

/// What the slots hold in the end, and how often the handler was called.
fn run(chunk: &Chunk, mode: JitMode, extension: Option<Arc<dyn JitExtension>>) -> (String, u64) {
    let calls = Arc::new(AtomicU64::new(0));
    let counters = [Arc::clone(&calls), Arc::clone(&calls)];
    let mut vm = VM::new(chunk.clone());
    vm.set_jit(mode);
    if let Some(extension) = extension {
        vm.set_jit_extension(extension);
    }
    let handle = |vm: &mut VM, case: usize, calls: &AtomicU64| {
        calls.fetch_add(1, Ordering::Relaxed);
        let [b, a] = [(); 2].map(|()| vm.pop().to_int());
        vm.push((CASES[case].done)(a, b));
    };
    let [narrow, wide] = counters;
    vm.set_extension_handler(Box::new(move |vm, _, case| {
        handle(vm, case.into(), &narrow);
    }));
    vm.set_extension_wide_handler(Box::new(move |vm, _, case| handle(vm, case, &wide)));
    vm.try_run().unwrap();
    let slots = [1, 2].map(|slot| vm.get_slot(slot));
    (format!("{slots:?}"), calls.load(Ordering::Relaxed))
}

#[test]
fn what_is_said_is_what_the_handler_does() {
    const EDGES: [i64; 7] = [0, 1, -50, 63, i64::MAX - 50, i64::MIN, 1 << 53];
    for (number, case) in CASES.iter().enumerate() {
        for form in ["Extended", "ExtendedWide"] {
            let mut least = u64::MAX;
            for (a, b) in EDGES.iter().flat_map(|&a| EDGES.map(|b| (a, b))) {
                let chunk = program(&format!("{form} 7 {number}"), a, b);
                let (interpreted, all) = run(&chunk, JitMode::Off, Some(Arc::new(Table)));
                let (native, calls) = run(&chunk, JitMode::Eager, Some(Arc::new(Table)));
                assert_eq!(native, interpreted, "{} of {a} and {b}, {form}", case.name);
                assert_eq!(all, 100);
                least = least.min(calls);
            }
            let is_native = !case.name.starts_with("said wrongly");
            assert_eq!(least < 10, is_native, "{}: {least} calls", case.name);
        }
    }
}

#[test]
fn machines_without_the_extension_or_with_another_one_call_their_handlers() {
    let chunk = program("Extended 7 0", 1, 2);
    let table: Arc<dyn JitExtension> = Arc::new(Table);
    let (expected, calls) = run(&chunk, JitMode::Eager, Some(Arc::clone(&table)));
    assert!(calls < 10);
    assert_eq!(run(&chunk, JitMode::Eager, None), (expected.clone(), 100));
    let other: Arc<dyn JitExtension> = Arc::new(Table);
    assert_eq!(
        run(&chunk, JitMode::Eager, Some(other)),
        (expected.clone(), 100)
    );
    let again = run(&chunk, JitMode::Eager, Some(table));
    assert!(again.1 < 50, "{again:?}");
    assert_eq!(again.0, expected);
}

#[test]
fn without_a_handler_the_operation_does_nothing() {
    let chunk = program("Extended 7 0", 1, 2);
    let mut ends = [JitMode::Off, JitMode::Eager].map(|mode| {
        let mut vm = VM::new(chunk.clone());
        vm.set_jit(mode);
        vm.set_jit_extension(Arc::new(Table));
        let end = format!("{:?}", vm.try_run());
        (end, format!("{:?}", vm.get_slot(1)))
    });
    ends.sort();
    assert_eq!(ends[0], ends[1]);
}

/// Uses values of one operation in the next one.
struct Keeper(Mutex<Vec<CodeInt>>);

impl JitExtension for Keeper {
    fn can_jit(&self, _: u16) -> bool {
        true
    }
    fn op_count(&self) -> usize {
        1
    }
    fn name(&self) -> &str {
        "keeper"
    }
    fn lower(&self, _: u16, _: usize, code: &mut ExtensionCode<'_>) -> bool {
        let mut kept = self.0.lock().unwrap();
        let last = kept.last().copied();
        let numbers = (0..=kept.len()).map(|n| code.int(n as i64));
        kept.extend(numbers.last());
        if let Some(last) = last {
            code.push_int(last);
        }
        true
    }
}

#[test]
fn values_of_other_operations_do_no_harm() {
    for operations in 1..6 {
        let chunk = program(&"Extended 7 0\n".repeat(operations), 1, 2);
        let mut vm = VM::new(chunk);
        vm.set_jit(JitMode::Eager);
        let keeper = Keeper(Mutex::default());
        vm.set_jit_extension(Arc::new(keeper));
        vm.set_extension_handler(Box::new(|_, _, _| ()));
        let _ = vm.try_run();
    }
}
