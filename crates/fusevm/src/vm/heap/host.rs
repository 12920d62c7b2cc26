//! What hosts can do with the heap, and collection.

use super::{MIN_GROWTH, Tracer, WORK_PER_CONTAINER};
use crate::semantics::Fault;
use crate::value::{Array, Handle, Hash, Value};
use crate::vm::VM;

/// Keeps a container alive for the host, until it is given to [`VM::unpin`]. A pin that is
/// dropped instead lasts until [`VM::reset`].
#[must_use = "the container stays pinned until the pin is given back"]
#[derive(Debug)]
pub struct Pin(Handle);

impl Pin {
    /// The pinned container.
    pub fn handle(&self) -> Handle {
        self.0
    }
}

/// # Containers by reference
///
/// A machine owns a heap of arrays and hashes that programs and hosts share by
/// [`Handle`]. A container lives while the program can reach it: from the operand stack, slots,
/// globals, open block operations, and containers that live. Handles that a host keeps elsewhere
/// (constants, its own objects, local variables) keep nothing alive; where the machine may run in
/// between, [`pin`](VM::pin) them.
///
/// ```
/// use fusevm::{ChunkBuilder, Op, VM, VMResult, Value};
///
/// let mut builder = ChunkBuilder::new();
/// builder.emit(Op::LoadInt(2), 1);
/// builder.emit(Op::ContainerPush, 1);
/// builder.emit(Op::ContainerLen, 1);
///
/// let mut vm = VM::new(builder.build());
/// let list = vm.new_array_handle([Value::Int(1)]).unwrap();
/// vm.push(Value::Handle(list));
/// assert!(matches!(vm.run(), VMResult::Ok(Value::Int(2))));
/// assert_eq!(vm.heap_get(list), Some(&Value::from(vec![Value::Int(1), Value::Int(2)])));
/// ```
impl VM {
    /// Puts an array on the heap. Collects no garbage, so handles that the host holds stay alive.
    ///
    /// # Errors
    /// [`Fault::HeapFull`] when there are as many containers as the limits allow, garbage included.
    pub fn new_array_handle(&mut self, elements: impl Into<Array>) -> Result<Handle, Fault> {
        self.budget.forget();
        self.allocate(Value::Array(elements.into()))
    }

    /// Puts a hash on the heap; see [`new_array_handle`](Self::new_array_handle).
    ///
    /// # Errors
    /// [`Fault::HeapFull`].
    pub fn new_hash_handle(&mut self, entries: impl Into<Hash>) -> Result<Handle, Fault> {
        self.budget.forget();
        self.allocate(Value::Hash(entries.into()))
    }

    pub(in crate::vm) fn allocate(&mut self, content: Value) -> Result<Handle, Fault> {
        let memory = &self.resources.memory;
        let (limit, room) = (self.limits.heap_cells, memory.room());
        self.heap
            .allocate(content, limit, room)
            .map_err(|fault| match fault {
                Fault::HeapFull { .. } if memory.is_bounded() && self.heap.len() < limit => {
                    memory.exhausted()
                }
                fault => fault,
            })
    }

    /// The container that a handle names, an array or a hash. `None` when it no longer exists or
    /// belongs to another machine.
    pub fn heap_get(&self, handle: Handle) -> Option<&Value> {
        self.heap.get(handle).ok()
    }

    /// The array that a handle names, to be changed. `None` also when it names a hash.
    pub fn heap_array_mut(&mut self, handle: Handle) -> Option<&mut Array> {
        self.budget.forget();
        match self.heap.get_mut(handle) {
            Ok(Value::Array(array)) => Some(array),
            _ => None,
        }
    }

    /// The hash that a handle names, to be changed. `None` also when it names an array.
    pub fn heap_hash_mut(&mut self, handle: Handle) -> Option<&mut Hash> {
        self.budget.forget();
        match self.heap.get_mut(handle) {
            Ok(Value::Hash(hash)) => Some(hash),
            _ => None,
        }
    }

    /// The number of containers on the heap, garbage that is not collected yet included.
    pub fn heap_len(&self) -> usize {
        self.heap.len()
    }

    /// Keeps a container, and all that it leads to, alive until it is unpinned as often as it was
    /// pinned.
    ///
    /// # Errors
    /// [`Fault::DeadHandle`], [`Fault::ForeignHandle`].
    pub fn pin(&mut self, handle: Handle) -> Result<Pin, Fault> {
        let cell = self.heap.cell_mut(handle)?;
        cell.pins = cell.pins.saturating_add(1);
        Ok(Pin(handle))
    }

    /// Gives a pin back. Nothing happens when the machine was reset since.
    pub fn unpin(&mut self, Pin(handle): Pin) {
        if let Ok(cell) = self.heap.cell_mut(handle)
            // More pins than can be counted are never all given back.
            && cell.pins < u32::MAX
        {
            cell.pins = cell.pins.saturating_sub(1);
        }
    }

    /// Removes the containers that nothing can reach. The machine does so by itself when a
    /// program makes containers and their number has doubled.
    pub fn collect_garbage(&mut self) {
        let found = std::mem::take(&mut self.heap.found);
        let mut tracer = Tracer::new(&self.heap, found);
        let roots = [self.stack.as_slice(), self.slots.as_slice(), &self.globals];
        for value in roots.into_iter().flatten() {
            tracer.value(value);
        }
        for iteration in &*self.iterations {
            iteration.trace(&mut tracer);
        }
        let (marks, visited, found) = tracer.finish();
        self.heap.found = found;
        self.heap.sweep(&marks);
        // Also in proportion to the work, so that a deep stack over a small heap is not walked
        // again and again.
        let work = visited + self.heap.cells.len();
        let growth = self
            .heap
            .live
            .max(work / WORK_PER_CONTAINER)
            .max(MIN_GROWTH);
        self.heap.collect_at = self.heap.live.saturating_add(growth);
    }
}
