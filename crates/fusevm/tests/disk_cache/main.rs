//! Native code on the disk: what is loaded, what is not, and what becomes of the files.
#![cfg(all(unix, feature = "jit-disk-cache"))]

mod eviction;
mod loading;
mod processes;
mod trust;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use fusevm::chunk::assemble;
use fusevm::{Chunk, JitCompiler, JitMode, JitStats, VM, Value};
use fusevm_testkit::scratch::Scratch;

/// The cache of the process is a new directory as long as this lives.
struct Cache {
    scratch: Scratch,
    /// Settings are those of the process.
    _turn: MutexGuard<'static, ()>,
}

impl Cache {
    fn new() -> Self {
        static TURNS: Mutex<()> = Mutex::new(());
        let turn = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        let cache = Cache {
            scratch: Scratch::new(),
            _turn: turn,
        };
        set_directory(&cache.path());
        cache
    }

    fn path(&self) -> PathBuf {
        self.scratch.path().join("cache")
    }

    /// The files with code.
    fn files(&self) -> Vec<PathBuf> {
        files_in(&self.path())
    }

    /// The only file with code.
    fn file(&self) -> PathBuf {
        match &self.files()[..] {
            [file] => file.clone(),
            files => panic!("not one file: {files:?}"),
        }
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        let jit = JitCompiler::new();
        jit.set_jit_cache_dir(None);
        jit.set_jit_cache_max_bytes(None);
        jit.set_jit_cache_enabled(true);
    }
}

fn set_directory(path: &Path) {
    JitCompiler::new().set_jit_cache_dir(Some(path.to_owned()));
}

/// The files with code in a directory, in order.
fn files_in(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "fjit")
    });
    files.sort();
    files
}

/// A loop that makes a number of `n`.
fn counting(n: i64) -> Chunk {
    let program = format!(
        ".slot i\n.slot x\n LoadInt 0\n SetSlot i\n\
         .next:\n GetSlot x\n GetSlot i\n LoadInt {n}\n BitXor\n Add\n SetSlot x\n\
         PreIncSlotVoid i\n GetSlot i\n LoadInt 50\n NumLt\n JumpIfTrue .next\n\
         GetSlot x\n ReturnValue\n"
    );
    assemble("counting.fasm", &program).unwrap_or_else(|error| panic!("{error}\n{program}"))
}

/// What [`counting`] gives.
fn count(n: i64) -> Value {
    Value::Int((0..50).map(|i| i ^ n).sum())
}

/// Runs a chunk as a process does that sees it for the first time, with a value in slot 1.
fn run_with(chunk: &Chunk, x: &Value) -> (Option<Value>, JitStats) {
    let mut vm = VM::new(Chunk::from((**chunk).clone()));
    vm.set_jit(JitMode::Eager);
    vm.set_slot(1, x.clone());
    let result = vm.try_run().unwrap();
    (result, vm.jit_stats())
}

/// Runs [`counting`] and looks at its result. Gives hits, misses and rejections.
fn run(n: i64) -> [u64; 3] {
    let (result, stats) = run_with(&counting(n), &Value::Int(0));
    assert_eq!(result, Some(count(n)));
    assert_eq!((stats.compiles, stats.entries), (1, 1));
    counters(&stats)
}

fn counters(stats: &JitStats) -> [u64; 3] {
    [stats.cache_hits, stats.cache_misses, stats.cache_rejections]
}

const LOADED: [u64; 3] = [1, 0, 0];
const MADE: [u64; 3] = [0, 1, 0];
const REJECTED: [u64; 3] = [0, 1, 1];
