//! Values that own nothing, in machine words.
//!
//! Unsafe because it reads and writes values as two words each. The interpreter writes an integer
//! and copies it a moment later: a load of 16 bytes that two stores have just written waits until
//! they have reached the cache, which takes longer than the operation itself. So what is plain is always stored and loaded as two whole words.

use std::mem::MaybeUninit;

use super::{Kind, Value};

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

    /// A value as a plain one, if it is.
    #[inline(always)]
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Int(n) => Plain::int(*n),
            Value::Float(x) => Plain::float(*x),
            Value::Bool(truth) => Plain::bool(*truth),
            Value::Undef => Plain::UNDEF,
            _ => return None,
        })
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

/// Copies a plain value.
///
/// # Safety
/// `from` is a plain value, and `to` is valid for writes. What was there is forgotten.
#[inline(always)]
pub(crate) unsafe fn copy_plain(from: *const Value, to: *mut Value) {
    // SAFETY: the caller vouches for both places; what is not a number is plain, so that a copy
    // of its bytes is a copy of it.
    unsafe {
        match *from {
            Value::Int(n) => Plain::int(n).write(to),
            Value::Float(x) => Plain::float(x).write(to),
            _ => to
                .cast::<[Word; 2]>()
                .write(from.cast::<[Word; 2]>().read()),
        }
    }
}
