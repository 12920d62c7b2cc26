//! The value type.
//!
//! Everything a program computes with is a [`Value`]: 16 bytes, cheap to clone, safe to send to
//! another thread. Long text and containers are shared between clones and copied when one of
//! several owners changes them.

pub(crate) mod account;
mod array;
mod buf;
mod compare;
mod convert;
mod debug;
mod handle;
mod hash;
mod key;
pub mod number;
mod object;
mod plain;
mod release;
mod serde;
mod shared;
mod str;
mod text;
#[cfg(feature = "jit")]
pub(crate) mod text_layout;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use self::buf::SmallBuf;

pub use self::array::{Array, Iter as ArrayIter};
pub use self::handle::{Handle, Ref};
pub use self::hash::{Hash, IntoIter as HashIntoIter, Iter as HashIter};
pub(crate) use self::key::TextBuilder;
pub use self::key::{AsKey, Key};
pub use self::object::{HostObject, Object};
pub use self::serde::MAX_SERDE_DEPTH;
pub use self::str::{Bytes, Str};
pub use self::text::{Text, TextTooLong};

#[cfg(feature = "jit")]
pub(crate) use self::array::layout as array_layout;
#[cfg(feature = "jit")]
pub(crate) use self::plain::vec_words;
pub(crate) use self::plain::{Plain, copy_words, is_plain, owns_nothing, swap_words};
use self::release::release;

/// Whatever a program computes with.
///
/// The layout is fixed: 16 bytes, aligned to 8, the tag (the variant's number) in byte 0. The
/// payload of `Bool` is at byte 1, of `NativeFn` at 2, of `Status` and `Handle` at 4, of `Str`
/// and `Bytes` at 1, of all others at 8.
///
/// `==` is structural and distinguishes kinds: `Int(1)`, `Float(1.0)` and `Str("1")` are
/// different values. The VM's comparison ops convert first.
#[derive(Default)]
#[repr(u8)]
pub enum Value {
    /// The absent value.
    #[default]
    Undef = 0,
    /// A truth value.
    Bool(bool) = 1,
    /// An integer.
    Int(i64) = 2,
    /// A double.
    Float(f64) = 3,
    /// Text that is valid UTF-8.
    Str(Str) = 4,
    /// An ordered list.
    Array(Array) = 5,
    /// A map from text to values, in insertion order.
    Hash(Hash) = 6,
    /// Exit code of a process; 0 is true.
    Status(i32) = 7,
    /// A box around another value.
    Ref(Ref) = 8,
    /// A builtin function, by its number.
    NativeFn(u16) = 9,
    /// Text that is not valid UTF-8.
    Bytes(Bytes) = 10,
    /// A container in the heap of a VM, shared by reference.
    Handle(Handle) = 11,
    /// An object of the front end.
    Object(Object) = 12,
}

const _: () = {
    const fn thread_safe<T: Send + Sync>() {}
    thread_safe::<Value>();
    assert!(size_of::<Value>() == 16 && align_of::<Value>() == 8);
    assert!(size_of::<Option<Value>>() == 16);
};

/// The kind of a [`Value`], numbered as its variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// [`Value::Undef`]
    Undef = 0,
    /// [`Value::Bool`]
    Bool = 1,
    /// [`Value::Int`]
    Int = 2,
    /// [`Value::Float`]
    Float = 3,
    /// [`Value::Str`]
    Str = 4,
    /// [`Value::Array`]
    Array = 5,
    /// [`Value::Hash`]
    Hash = 6,
    /// [`Value::Status`]
    Status = 7,
    /// [`Value::Ref`]
    Ref = 8,
    /// [`Value::NativeFn`]
    NativeFn = 9,
    /// [`Value::Bytes`]
    Bytes = 10,
    /// [`Value::Handle`]
    Handle = 11,
    /// [`Value::Object`]
    Object = 12,
}

impl Kind {
    /// The variant's name, as in the debug and serialised forms.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Undef => "Undef",
            Kind::Bool => "Bool",
            Kind::Int => "Int",
            Kind::Float => "Float",
            Kind::Str => "Str",
            Kind::Array => "Array",
            Kind::Hash => "Hash",
            Kind::Status => "Status",
            Kind::Ref => "Ref",
            Kind::NativeFn => "NativeFn",
            Kind::Bytes => "Bytes",
            Kind::Handle => "Handle",
            Kind::Object => "Object",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Value {
    /// An integer.
    pub const fn int(n: i64) -> Self {
        Value::Int(n)
    }

    /// A double.
    pub const fn float(f: f64) -> Self {
        Value::Float(f)
    }

    /// A truth value.
    pub const fn bool(b: bool) -> Self {
        Value::Bool(b)
    }

    /// Text.
    pub fn str(text: impl Into<Str>) -> Self {
        Value::Str(text.into())
    }

    /// Text from bytes: `Str` when they are valid UTF-8, `Bytes` otherwise.
    ///
    /// ```
    /// use fusevm::value::{Kind, Value};
    ///
    /// assert_eq!(Value::bytes("abc"), Value::str("abc"));
    /// assert_eq!(Value::bytes(b"\xff").kind(), Kind::Bytes);
    /// ```
    pub fn bytes(bytes: impl AsRef<[u8]>) -> Self {
        Key::from(bytes.as_ref()).into_value()
    }

    /// Text that was read as input. As [`Value::bytes`], but valid text is
    /// [marked](Str::into_input), so that a dialect can take it for the number it looks like.
    pub fn from_input(bytes: impl AsRef<[u8]>) -> Self {
        match Value::bytes(bytes) {
            Value::Str(text) => Value::Str(text.into_input()),
            other => other,
        }
    }

    /// A part of a buffer as text that was read as input: [`Value::from_input`] of
    /// `&buffer[part]`. It is faster for short texts that have 16 bytes in the buffer from their
    /// start on, whatever these are.
    ///
    /// ```
    /// use fusevm::Value;
    ///
    /// let line = b"alpha beta gamma";
    /// assert_eq!(Value::input_part(line, 6..10), Value::from_input("beta"));
    /// ```
    ///
    /// # Panics
    /// When the part is not in the buffer.
    #[inline]
    pub fn input_part(buffer: &[u8], part: Range<usize>) -> Self {
        let text = &buffer[part.start..part.end];
        let window = buffer[part.start..].first_chunk();
        match window.and_then(|window| SmallBuf::of_input(*window, text.len())) {
            Some(text) => Value::Str(Str(text)),
            None => Value::from_input(text),
        }
    }

    /// An array.
    pub fn array(elements: Vec<Value>) -> Self {
        Value::Array(elements.into())
    }

    /// A hash, in the order of its keys.
    pub fn hash(map: HashMap<String, Value>) -> Self {
        Value::Hash(map.into())
    }

    /// An exit code.
    pub const fn status(code: i32) -> Self {
        Value::Status(code)
    }

    /// A box around `target`.
    pub fn reference(target: Value) -> Self {
        Value::Ref(Ref::new(target))
    }

    /// The value's kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Value::Undef => Kind::Undef,
            Value::Bool(_) => Kind::Bool,
            Value::Int(_) => Kind::Int,
            Value::Float(_) => Kind::Float,
            Value::Str(_) => Kind::Str,
            Value::Array(_) => Kind::Array,
            Value::Hash(_) => Kind::Hash,
            Value::Status(_) => Kind::Status,
            Value::Ref(_) => Kind::Ref,
            Value::NativeFn(_) => Kind::NativeFn,
            Value::Bytes(_) => Kind::Bytes,
            Value::Handle(_) => Kind::Handle,
            Value::Object(_) => Kind::Object,
        }
    }

    /// True when the value owns no shared memory, so that cloning and dropping it copies and
    /// forgets 16 bytes.
    pub fn is_plain(&self) -> bool {
        match self {
            Value::Str(text) => text.0.is_inline(),
            Value::Bytes(bytes) => bytes.0.is_inline(),
            Value::Array(_) | Value::Hash(_) | Value::Ref(_) | Value::Object(_) => false,
            _ => true,
        }
    }

    /// The part of a text's memory that falls to each owner of it.
    pub(crate) fn text_share(&self) -> usize {
        match self {
            Value::Str(text) => text.0.share(),
            Value::Bytes(bytes) => bytes.0.share(),
            _ => 0,
        }
    }

    /// True when the value can contain other values.
    fn may_nest(&self) -> bool {
        matches!(self, Value::Array(_) | Value::Hash(_) | Value::Ref(_))
    }
}

macro_rules! value_from {
    ($($type:ty => |$from:ident| $value:expr;)*) => { $(
        impl From<$type> for Value {
            fn from($from: $type) -> Self {
                $value
            }
        }
    )* };
}

value_from! {
    bool => |b| Value::Bool(b);
    i64 => |n| Value::Int(n);
    i32 => |n| Value::Int(n.into());
    u32 => |n| Value::Int(n.into());
    f64 => |f| Value::Float(f);
    char => |c| Value::str(c);
    &str => |text| Value::str(text);
    String => |text| Value::str(text);
    Str => |text| Value::Str(text);
    Bytes => |bytes| Value::Bytes(bytes);
    Key => |key| key.into_value();
    Array => |array| Value::Array(array);
    Vec<Value> => |elements| Value::array(elements);
    Hash => |hash| Value::Hash(hash);
    Ref => |target| Value::Ref(target);
    Handle => |handle| Value::Handle(handle);
    Object => |object| Value::Object(object);
}

/// Memory could not be had: the allocator refused, or no allocation can be that large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReserveError;

impl fmt::Display for ReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of memory")
    }
}

impl std::error::Error for ReserveError {}
