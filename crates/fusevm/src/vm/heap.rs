//! The heap: containers that programs share by reference.
//!
//! A cell holds one container. Its place is reused after a collection, with a higher generation,
//! so that a handle to what was there before names nothing. Containers refer to each other by
//! handles alone and handles own nothing, so cycles need no care beyond tracing.

mod host;
#[cfg(test)]
mod tests;
mod trace;

use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, Ordering};

use super::on_demand::OnDemand;
use crate::semantics::Fault;
use crate::value::account::List;
use crate::value::{Handle, Value};

pub use host::Pin;
use trace::Marks;
pub(super) use trace::Tracer;

/// Fewer containers than this are never worth a collection.
const MIN_GROWTH: usize = 1024;

/// A collection is due once there is one new container for this many things that it looks at.
const WORK_PER_CONTAINER: usize = 4;

/// The mutable containers of one machine.
pub(crate) struct Heap {
    /// Tells heaps apart; 0 until a container is made.
    id: u32,
    cells: List<Cell>,
    /// Places to use again.
    free: List<u32>,
    /// Room for a collection to list all cells, so that it need not allocate when memory is short.
    found: List<u32>,
    /// Cells that hold a container.
    live: usize,
    /// How many live cells make a collection due.
    collect_at: usize,
    /// The highest generation of all cells, present and past.
    generation: u32,
}

/// The heap of a machine, made with the first container.
pub(super) struct OwnHeap(OnDemand<Heap>);

impl OwnHeap {
    pub(super) const fn new() -> Self {
        OwnHeap(OnDemand::new())
    }

    /// Removes every container; what handles named before is dead.
    pub(super) fn clear(&mut self) {
        if let Some(heap) = self.0.get_mut() {
            heap.clear();
        }
    }
}

impl Deref for OwnHeap {
    type Target = Heap;

    #[inline]
    fn deref(&self) -> &Heap {
        static EMPTY: Heap = Heap::new();
        self.0.get().unwrap_or(&EMPTY)
    }
}

impl DerefMut for OwnHeap {
    #[inline]
    fn deref_mut(&mut self) -> &mut Heap {
        self.0.make()
    }
}

impl Default for Heap {
    fn default() -> Self {
        Heap::new()
    }
}

struct Cell {
    /// An array or a hash; `Undef` when the cell is free.
    content: Value,
    generation: u32,
    /// How often the host has pinned the container.
    pins: u32,
}

impl Heap {
    const fn new() -> Self {
        Heap {
            id: 0,
            cells: List::new(),
            free: List::new(),
            found: List::new(),
            live: 0,
            collect_at: 0,
            generation: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.live
    }

    /// Bytes allocated for the heap itself.
    pub(crate) fn heap_size(&self) -> usize {
        self.cells.heap_size() + self.free.heap_size() + self.found.heap_size()
    }

    /// All containers, garbage included.
    pub(crate) fn contents(&self) -> impl Iterator<Item = &Value> {
        self.cells.iter().map(|cell| &cell.content)
    }

    /// Whether the next allocation should wait for a collection.
    pub(crate) fn is_due(&self, limit: usize) -> bool {
        self.live >= self.collect_at.max(MIN_GROWTH).min(limit)
    }

    /// Puts a container on the heap, which may grow by an allocation of `room` bytes.
    ///
    /// # Errors
    /// [`Fault::HeapFull`] when there are `limit` containers, or memory is short.
    pub(crate) fn allocate(
        &mut self,
        content: Value,
        limit: usize,
        room: usize,
    ) -> Result<Handle, Fault> {
        debug_assert!(matches!(content, Value::Array(_) | Value::Hash(_)));
        let full = Fault::HeapFull { limit };
        if self.live >= limit {
            return Err(full);
        }
        if self.id == 0 {
            self.id = new_id().ok_or(full.clone())?;
        }
        let index = match self.free.pop() {
            Some(index) => index,
            None => self.add_cell(room).ok_or(full)?,
        };
        let cell = &mut self.cells[index as usize];
        cell.content = content;
        self.live += 1;
        Ok(Handle::new(self.id, index, cell.generation))
    }

    fn add_cell(&mut self, room: usize) -> Option<u32> {
        let index = u32::try_from(self.cells.len()).ok()?;
        let cells = self.cells.len() + 1;
        self.found.try_reserve_within(cells, room).ok()?;
        self.cells.try_reserve_within(1, room).ok()?;
        self.cells.push(Cell {
            content: Value::Undef,
            generation: self.generation,
            pins: 0,
        });
        Some(index)
    }

    /// The container that a handle names.
    ///
    /// # Errors
    /// [`Fault::ForeignHandle`], [`Fault::DeadHandle`].
    pub(crate) fn get(&self, handle: Handle) -> Result<&Value, Fault> {
        self.check(handle)?;
        let cell = self.cells.get(handle.index() as usize);
        match cell.filter(|cell| cell.generation == handle.generation()) {
            Some(cell) => Ok(&cell.content),
            None => Err(Fault::DeadHandle),
        }
    }

    /// The container that a handle names, to be changed. It must stay a container.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) fn get_mut(&mut self, handle: Handle) -> Result<&mut Value, Fault> {
        self.cell_mut(handle).map(|cell| &mut cell.content)
    }

    fn cell_mut(&mut self, handle: Handle) -> Result<&mut Cell, Fault> {
        self.check(handle)?;
        let cell = self.cells.get_mut(handle.index() as usize);
        cell.filter(|cell| cell.generation == handle.generation())
            .ok_or(Fault::DeadHandle)
    }

    fn check(&self, handle: Handle) -> Result<(), Fault> {
        if handle.heap() == self.id {
            Ok(())
        } else {
            Err(Fault::ForeignHandle)
        }
    }

    /// Removes every container that is not marked.
    fn sweep(&mut self, marks: &Marks) {
        for index in 0..self.cells.len() {
            let cell = &mut self.cells[index];
            if matches!(cell.content, Value::Undef) || marks.contains(index) {
                continue;
            }
            let garbage = mem::take(&mut cell.content);
            cell.generation += 1;
            cell.pins = 0;
            self.live -= 1;
            self.generation = self.generation.max(cell.generation);
            // A place whose generations are used up is not used again.
            if cell.generation < u32::MAX {
                self.free.push(index as u32);
            }
            // Last: the destructor of a host's object may unwind.
            drop(garbage);
        }
    }

    /// Removes every container; what handles named before is dead.
    pub(crate) fn clear(&mut self) {
        if self.cells.is_empty() {
            return;
        }
        let cells = mem::take(&mut self.cells);
        self.free = List::new();
        self.found = List::new();
        self.live = 0;
        self.collect_at = 0;
        self.generation = self.generation.saturating_add(1);
        if self.generation == u32::MAX {
            // A new heap, to which all old handles are foreign.
            self.id = 0;
            self.generation = 0;
        }
        drop(cells);
    }
}

/// A number for a heap, unless all are used up.
fn new_id() -> Option<u32> {
    static HEAPS: AtomicU32 = AtomicU32::new(1);
    HEAPS
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |id| id.checked_add(1))
        .ok()
}
