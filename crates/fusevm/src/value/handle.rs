//! Values that name other values: [`Handle`] and [`Ref`].

use std::fmt;
use std::mem;
use std::ops::Deref;

use super::shared::Shared;
use super::{Value, release};

/// Names a mutable container in the heap of a VM.
///
/// Copies name the same container. The heap's own number is part of the handle, so that a handle
/// of another VM, or one whose container has been collected, is recognised and refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(C)]
pub struct Handle {
    heap: u32,
    index: u32,
    generation: u32,
}

impl Handle {
    pub(crate) fn new(heap: u32, index: u32, generation: u32) -> Self {
        Handle {
            heap,
            index,
            generation,
        }
    }

    /// Number of the heap that made this handle.
    pub fn heap(self) -> u32 {
        self.heap
    }

    /// Place of the container in its heap.
    pub fn index(self) -> u32 {
        self.index
    }

    /// How often that place had been reused when this handle was made.
    pub fn generation(self) -> u32 {
        self.generation
    }
}

/// A box around another value, immutable and cheap to clone.
///
/// ```
/// use fusevm::value::{Ref, Value};
///
/// let target = Ref::new(Value::int(1));
/// assert_eq!(*target, Value::Int(1));
/// ```
#[derive(Clone)]
pub struct Ref(Shared<Target>);

struct Target(Value);

impl Drop for Target {
    fn drop(&mut self) {
        if self.0.may_nest() {
            release(vec![mem::take(&mut self.0)]);
        }
    }
}

impl Ref {
    /// Boxes `target`.
    pub fn new(target: Value) -> Self {
        Ref(Shared::new(Target(target)))
    }

    /// True when both are clones of one box.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }

    /// The identity of the box, if it has other owners.
    pub(crate) fn shared_address(&self) -> Option<usize> {
        self.0.shared_address()
    }

    /// Bytes allocated for the box itself.
    pub(crate) fn heap_size(&self) -> usize {
        Shared::<Target>::HEAP_SIZE
    }

    /// The target, if this was the last clone of the box.
    pub(super) fn into_inner(self) -> Option<Value> {
        self.0
            .into_inner()
            .map(|mut target| mem::take(&mut target.0))
    }
}

impl Deref for Ref {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0.0
    }
}

impl PartialEq for Ref {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
