//! Reuse of machines.

use std::sync::LazyLock;

use super::VM;
use crate::chunk::Chunk;

/// What idle machines hold.
static NOTHING: LazyLock<Chunk> = LazyLock::new(Chunk::new);

/// A store of machines whose stacks are already allocated.
///
/// What [`VM::reset`] keeps stays with a recycled machine: **handlers, builtins, limits and
/// hosts of one user reach the next one.** Use one pool per kind of user, or
/// [`acquire_clean`](Self::acquire_clean).
///
/// ```
/// use fusevm::{ChunkBuilder, Op, VMPool, VMResult};
///
/// let mut builder = ChunkBuilder::new();
/// builder.emit(Op::LoadInt(7), 1);
/// let chunk = builder.build();
/// let mut pool = VMPool::new();
/// for _ in 0..3 {
///     let result = pool.with(chunk.clone(), |vm| vm.run());
///     assert!(matches!(result, VMResult::Ok(value) if value.to_int() == 7));
/// }
/// assert_eq!(pool.len(), 1);
/// ```
#[derive(Default)]
pub struct VMPool {
    /// Clear, so that they only have to be given a program.
    #[expect(
        clippy::vec_box,
        reason = "a machine is large, and copying it takes longer than a short program"
    )]
    idle: Vec<Box<VM>>,
}

impl VMPool {
    /// An empty pool.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty pool with room for `capacity` machines.
    pub fn with_capacity(capacity: usize) -> Self {
        VMPool {
            idle: Vec::with_capacity(capacity),
        }
    }

    /// The most recently released machine, reset to `chunk`, or a new one.
    pub fn acquire(&mut self, chunk: Chunk) -> VM {
        match self.idle.pop() {
            Some(mut vm) => {
                vm.load(chunk);
                *vm
            }
            None => VM::new(chunk),
        }
    }

    /// Like [`acquire`](Self::acquire), but without anything that the last user installed.
    pub fn acquire_clean(&mut self, chunk: Chunk) -> VM {
        let mut vm = self.acquire(chunk);
        vm.uninstall_all();
        vm
    }

    /// Takes a machine back. It lets go of its program and values at once.
    pub fn release(&mut self, mut vm: VM) {
        vm.reset(NOTHING.clone());
        self.idle.push(Box::new(vm));
    }

    /// Runs `body` with an acquired machine and releases it afterwards; if `body` panics, the
    /// machine is dropped instead.
    pub fn with<F, T>(&mut self, chunk: Chunk, body: F) -> T
    where
        F: FnOnce(&mut VM) -> T,
    {
        let (mut vm, nothing) = match self.idle.pop() {
            Some(mut vm) => {
                let nothing = vm.load(chunk);
                (vm, nothing)
            }
            None => (Box::new(VM::new(chunk)), NOTHING.clone()),
        };
        let result = body(&mut vm);
        vm.clear();
        vm.load(nothing);
        self.idle.push(vm);
        result
    }

    /// The number of idle machines.
    pub fn len(&self) -> usize {
        self.idle.len()
    }

    /// Whether no machine is idle.
    pub fn is_empty(&self) -> bool {
        self.idle.is_empty()
    }
}
