//! Finding the containers that a program can still reach.

use std::collections::HashSet;

use super::Heap;
use crate::value::account::List;
use crate::value::{Array, Handle, Value};

/// A set of cells.
pub(super) struct Marks(Vec<u64>);

impl Marks {
    fn none_of(cells: usize) -> Self {
        Marks(vec![0; cells.div_ceil(64)])
    }

    pub(super) fn contains(&self, index: usize) -> bool {
        self.0[index / 64] >> (index % 64) & 1 == 1
    }

    /// Adds a cell; false when it is in the set already.
    fn insert(&mut self, index: usize) -> bool {
        let is_new = !self.contains(index);
        self.0[index / 64] |= 1 << (index % 64);
        is_new
    }
}

/// Walks from the roots, with a list of what is still to do instead of recursion.
pub(in crate::vm) struct Tracer<'v> {
    heap: &'v Heap,
    marks: Marks,
    /// Marked cells that were not looked into.
    found: List<u32>,
    /// Values that contain others, found but not yet looked into.
    open: Vec<&'v Value>,
    /// The addresses of shared containers that were looked into: values that share parts can be
    /// paths without number to few containers.
    shared: HashSet<usize>,
    /// Values looked at.
    visited: usize,
}

impl<'v> Tracer<'v> {
    /// From the pinned containers of `heap`. `found` is empty and has room for all its cells.
    pub(super) fn new(heap: &'v Heap, found: List<u32>) -> Self {
        let mut tracer = Tracer {
            heap,
            marks: Marks::none_of(heap.cells.len()),
            found,
            open: Vec::new(),
            shared: HashSet::new(),
            visited: 0,
        };
        for (index, cell) in heap.cells.iter().enumerate() {
            if cell.pins > 0 && tracer.marks.insert(index) {
                tracer.found.push(index as u32);
            }
        }
        tracer
    }

    /// Follows one value of a root.
    pub(in crate::vm) fn value(&mut self, value: &'v Value) {
        self.visited += 1;
        match value {
            Value::Handle(handle) => self.handle(*handle),
            // Packed elements are no handles.
            Value::Array(array) if array.as_general().is_none() => {}
            Value::Hash(hash) if hash.is_empty() => {}
            Value::Array(_) | Value::Hash(_) | Value::Ref(_) => self.open.push(value),
            _ => {}
        }
    }

    /// Follows the elements of an array.
    pub(in crate::vm) fn array(&mut self, array: &'v Array) {
        // Packed elements are no handles.
        if let Some(elements) = array.as_general()
            && self.is_first_visit(array.shared_address())
        {
            elements.iter().for_each(|element| self.value(element));
        }
    }

    fn handle(&mut self, handle: Handle) {
        if self.heap.get(handle).is_ok() && self.marks.insert(handle.index() as usize) {
            self.found.push(handle.index());
        }
    }

    fn is_first_visit(&mut self, shared_address: Option<usize>) -> bool {
        shared_address.is_none_or(|address| self.shared.insert(address))
    }

    /// The next value to look into.
    fn next(&mut self) -> Option<&'v Value> {
        self.open.pop().or_else(|| {
            let index = self.found.pop()?;
            self.visited += 1;
            Some(&self.heap.cells[index as usize].content)
        })
    }

    /// Follows all that the roots lead to. Gives the reachable cells, the values looked at, and the
    /// list that it got.
    pub(super) fn finish(mut self) -> (Marks, usize, List<u32>) {
        while let Some(value) = self.next() {
            match value {
                Value::Array(array) => self.array(array),
                Value::Hash(hash) if self.is_first_visit(hash.shared_address()) => {
                    hash.values().for_each(|value| self.value(value));
                }
                Value::Ref(target) if self.is_first_visit(target.shared_address()) => {
                    self.value(target);
                }
                _ => {}
            }
        }
        (self.marks, self.visited, self.found)
    }
}
