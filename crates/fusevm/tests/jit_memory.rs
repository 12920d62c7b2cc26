//! Memory for native code is shared, bounded and given back. Alone in its process, because it looks at
//! what that holds.
#![cfg(feature = "jit")]

use fusevm::chunk::assemble;
use fusevm::{Chunk, JitMode, VM, Value};

#[test]
fn code_memory() {
    many_pieces_of_code_share_mappings();
    code_goes_with_its_chunk();
}

/// Bytes of memory that the process holds, and how many of its mappings hold code that was made.
#[cfg(target_os = "linux")]
fn memory() -> (usize, usize) {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let code = maps
        .lines()
        .filter(|line| line.contains("r-xp 00000000 00:00 0"));
    (
        4096 * pages,
        code.filter(|line| !line.contains('[')).count(),
    )
}

/// Runs a loop that is unlike that of other numbers natively. Gives how many bytes of code there are
/// then, and the chunk that holds it.
fn run_numbered(n: u64) -> (usize, Chunk) {
    let program = format!(
        ".slot i\n.slot x\n LoadInt 0\n SetSlot i\n\
         .next:\n LoadInt {n}\n SetSlot x\n\
         PreIncSlotVoid i\n GetSlot i\n LoadInt 100\n NumLt\n JumpIfTrue .next\n GetSlot x\n"
    );
    let chunk = assemble("numbered.fasm", &program).unwrap();
    let mut vm = VM::new(chunk.clone());
    vm.set_jit(JitMode::Eager);
    assert_eq!(vm.try_run().unwrap(), Some(Value::Int(n as i64)));
    assert_eq!(vm.jit_stats().entries, 1);
    (vm.jit_stats().code_bytes, chunk)
}

fn code_goes_with_its_chunk() {
    let seeds = fusevm_testkit::cases::seeds(2000);
    // Everything that is allocated once is there after the first ones.
    for n in 0..500 {
        run_numbered(n);
    }
    #[cfg(target_os = "linux")]
    let (before, _) = memory();
    let mut alive = Vec::new();
    for n in seeds {
        alive.push(run_numbered(n).1);
        if alive.len() > 100 {
            alive.drain(..).step_by(2).for_each(drop);
        }
    }
    #[cfg(target_os = "linux")]
    {
        let (after, mappings) = memory();
        println!("{before} bytes before, {after} after, {mappings} mappings of code");
        assert!(after < before + (4 << 20), "{before} bytes, then {after}");
        assert!(mappings < 40, "{mappings} mappings");
    }
}

fn many_pieces_of_code_share_mappings() {
    let (one, first) = run_numbered(0);
    let alive: Vec<_> = (0..300).map(run_numbered).collect();
    assert!(alive[299].0 >= 301 * one, "{one} {}", alive[299].0);
    #[cfg(target_os = "linux")]
    assert!(memory().1 < 40, "{} mappings", memory().1);
    drop((first, alive));
    assert_eq!(run_numbered(0).0, one);
}
