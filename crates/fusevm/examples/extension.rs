// A front end with an operation of its own, of which native code knows what it does.
//
// `Extended(LERP, 0)` takes `a`, `b` and `t` and gives the number that is the part `t` of the way from `a` to
// `b`. A handler does so on the machine's stack, and `lower` says the same for native code: once a loop
// is native, the handler is not called any more.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fusevm::jit::{ExtensionCode, FloatOp};
use fusevm::{Chunk, JitExtension, JitMode, VM, Value, chunk::assemble};

const LERP: u16 = 0;

struct Lerp;

impl JitExtension for Lerp {
    fn can_jit(&self, ext_id: u16) -> bool {
        ext_id == LERP
    }
    fn op_count(&self) -> usize {
        1
    }
    fn name(&self) -> &str {
        "lerp"
    }
    fn lower(&self, _ext_id: u16, _payload: usize, code: &mut ExtensionCode<'_>) -> bool {
        // Operands that are no numbers are left to the handler.
        let (Some(t), Some(b), Some(a)) = (code.pop_float(), code.pop_float(), code.pop_float())
        else {
            return false;
        };
        let way = code.on_floats(FloatOp::Sub, b, a);
        let part = code.on_floats(FloatOp::Mul, way, t);
        let result = code.on_floats(FloatOp::Add, a, part);
        code.push_float(result);
        true
    }
}

/// x = 0; i = 0; repeat { x = lerp(x, 100, 0.001); i += 1 } while i < 100000; x
fn program() -> Result<Chunk, Box<dyn Error>> {
    let text = "
        LoadFloat 0.0
        SetSlot 0
        LoadInt 0
        SetSlot 1
    next:
        GetSlot 0
        LoadFloat 100.0
        LoadFloat 0.001
        Extended 0 0
        SetSlot 0
        SlotIncLtIntJumpBack 1 100000 next
        GetSlot 0
    ";
    Ok(assemble("lerp.fasm", text)?)
}

/// Runs the program and gives its result, and how often the handler was called.
fn run(chunk: Chunk, mode: JitMode) -> Result<(Option<Value>, u64), Box<dyn Error>> {
    let calls = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&calls);
    let mut vm = VM::new(chunk);
    vm.set_jit(mode);
    vm.set_jit_extension(Arc::new(Lerp));
    vm.set_extension_handler(Box::new(move |vm, _id, _operand| {
        counter.fetch_add(1, Ordering::Relaxed);
        let [t, b, a] = [(); 3].map(|()| vm.pop().to_float());
        vm.push(Value::Float(a + (b - a) * t));
    }));
    let result = vm.try_run()?;
    Ok((result, calls.load(Ordering::Relaxed)))
}

fn main() -> Result<(), Box<dyn Error>> {
    let chunk = program()?;
    let (interpreted, calls) = run(chunk.clone(), JitMode::Off)?;
    println!("interpreted: {interpreted:?}, the handler was called {calls} times");
    assert_eq!(calls, 100_000);
    let (native, calls) = run(chunk, JitMode::On)?;
    println!("native: {native:?}, the handler was called {calls} times");
    assert_eq!(native, interpreted);
    #[cfg(feature = "jit")]
    assert!(calls < 10_000);
    Ok(())
}
