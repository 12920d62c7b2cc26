//! Values that own nothing, in machine words.
//!
//! Unsafe because it reads and writes values as two words each. The interpreter writes an integer
//! and copies it a moment later: a load of 16 bytes that two stores have just written waits until
//! they have reached the cache, which takes longer than the operation itself. So values are stored
//! and loaded as two whole words.

use std::mem::MaybeUninit;

use super::{Bytes, Kind, Str, Value};

/// One half of a value, of which not all bytes need to mean something.
type Word = MaybeUninit<u64>;

/// A value that owns nothing: `Undef`, a truth value, an integer or a double.
#[derive(Clone, Copy)]
pub(crate) struct Plain {
    tag: u64,
    payload: u64,
}

impl Plain {
    pub(crate) const UNDEF: Plain = Plain {
        tag: Kind::Undef as u64,
        payload: 0,
    };

    #[inline(always)]
    pub(crate) fn int(n: i64) -> Self {
        Plain {
            tag: Kind::Int as u64,
            payload: n as u64,
        }
    }

    #[inline(always)]
    pub(crate) fn float(x: f64) -> Self {
        Plain {
            tag: Kind::Float as u64,
            payload: x.to_bits(),
        }
    }

    #[inline(always)]
    pub(crate) fn bool(truth: bool) -> Self {
        // The payload of a truth value is byte 1, see `Value`.
        let tag = u64::from_le_bytes([Kind::Bool as u8, u8::from(truth), 0, 0, 0, 0, 0, 0]);
        Plain { tag, payload: 0 }
    }

    /// Writes the value to `place`, whose former content is forgotten.
    ///
    /// # Safety
    /// `place` is valid for writes.
    #[inline(always)]
    pub(crate) unsafe fn write(self, place: *mut Value) {
        let words = place.cast::<u64>();
        // SAFETY: a value has the size and alignment of two words; the layout is that of `Value`.
        unsafe {
            words.write(self.tag.to_le());
            words.add(1).write(self.payload);
        }
    }
}

/// Whether a value needs no care when it is copied or forgotten. Not exact, but one comparison:
/// the common kinds that own nothing come first.
#[inline(always)]
pub(crate) fn is_plain(value: &Value) -> bool {
    matches!(
        value,
        Value::Undef | Value::Bool(_) | Value::Int(_) | Value::Float(_)
    )
}

/// Whether a copy of a value's words is a copy of the value.
#[inline(always)]
pub(crate) fn owns_nothing(value: &Value) -> bool {
    is_plain(value)
        || match value {
            Value::Str(Str(text)) | Value::Bytes(Bytes(text)) => text.is_inline(),
            Value::Status(_) | Value::NativeFn(_) | Value::Handle(_) => true,
            _ => false,
        }
}

impl Clone for Value {
    #[inline]
    fn clone(&self) -> Self {
        if !owns_nothing(self) {
            return clone_by_kind(self);
        }
        let mut copy = MaybeUninit::uninit();
        // SAFETY: the value owns nothing, so both are whole values.
        unsafe {
            copy_words(self, copy.as_mut_ptr());
            copy.assume_init()
        }
    }
}

#[inline(never)]
fn clone_by_kind(value: &Value) -> Value {
    match value {
        Value::Undef => Value::Undef,
        Value::Bool(truth) => Value::Bool(*truth),
        Value::Int(n) => Value::Int(*n),
        Value::Float(x) => Value::Float(*x),
        Value::Str(text) => Value::Str(text.clone()),
        Value::Array(array) => Value::Array(array.clone()),
        Value::Hash(hash) => Value::Hash(hash.clone()),
        Value::Status(code) => Value::Status(*code),
        Value::Ref(target) => Value::Ref(target.clone()),
        Value::NativeFn(id) => Value::NativeFn(*id),
        Value::Bytes(bytes) => Value::Bytes(bytes.clone()),
        Value::Handle(handle) => Value::Handle(*handle),
        Value::Object(object) => Value::Object(object.clone()),
    }
}

/// Copies the two words of a value, whose ownership goes with them.
///
/// # Safety
/// There is a value at `from`, and `to` is valid for writes; what was there is forgotten. Unless
/// the value is plain, only one of the two is used as a value afterwards.
#[inline(always)]
pub(crate) unsafe fn copy_words(from: *const Value, to: *mut Value) {
    let (from, to) = (from.cast::<Word>(), to.cast::<Word>());
    // SAFETY: the caller vouches for both places. The accesses are volatile so that they stay two.
    unsafe {
        let (tag, payload) = (from.read_volatile(), from.add(1).read_volatile());
        to.write_volatile(tag);
        to.add(1).write_volatile(payload);
    }
}

/// Exchanges two values.
///
/// # Safety
/// There is a value at each place.
#[inline(always)]
pub(crate) unsafe fn swap_words(a: *mut Value, b: *mut Value) {
    let (a, b) = (a.cast::<Word>(), b.cast::<Word>());
    // SAFETY: as in `copy_words`; each value stays at one place.
    unsafe {
        let of_a = (a.read_volatile(), a.add(1).read_volatile());
        let of_b = (b.read_volatile(), b.add(1).read_volatile());
        b.write_volatile(of_a.0);
        b.add(1).write_volatile(of_a.1);
        a.write_volatile(of_b.0);
        a.add(1).write_volatile(of_b.1);
    }
}

/// The three words of a vector, in the order in which they happen to be.
#[cfg(feature = "jit")]
pub(crate) fn vec_words(items: &Vec<i64>) -> [usize; 3] {
    const { assert!(size_of::<Vec<i64>>() == size_of::<[usize; 3]>()) };
    // SAFETY: a vector is a pointer, a length and a capacity, all initialised, and as large as three
    // words.
    unsafe { std::ptr::from_ref(items).cast::<[usize; 3]>().read() }
}
