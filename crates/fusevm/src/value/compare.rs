//! Structural equality and hashing of values.
//!
//! Both walk nested containers with a work list: values nest as deeply as memory allows.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as StdHash, Hasher};
use std::slice;

use super::array::Slice;
use super::{Array, Hash, HashIter, Value};

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        let mut pairs = Vec::new();
        if !equal_outside(self, other, &mut pairs) {
            return false;
        }
        while let Some((a, b)) = pairs.pop() {
            if !equal_inside(a, b, &mut pairs) {
                return false;
            }
        }
        true
    }
}

type Pairs<'a> = Vec<(&'a Value, &'a Value)>;

/// Compares all but the contents of containers, which are put on the list.
///
/// The same container on both sides is compared like any other: it is unequal to itself when it
/// contains a NaN.
fn equal_outside<'a>(a: &'a Value, b: &'a Value, pairs: &mut Pairs<'a>) -> bool {
    match (a, b) {
        (Value::Undef, Value::Undef) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Status(a), Value::Status(b)) => a == b,
        (Value::NativeFn(a), Value::NativeFn(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::Handle(a), Value::Handle(b)) => a == b,
        (Value::Object(a), Value::Object(b)) => a == b,
        (Value::Array(_), Value::Array(_))
        | (Value::Hash(_), Value::Hash(_))
        | (Value::Ref(_), Value::Ref(_)) => {
            pairs.push((a, b));
            true
        }
        _ => false,
    }
}

/// Compares the contents of two containers of one kind, down to the next containers.
fn equal_inside<'a>(a: &'a Value, b: &'a Value, pairs: &mut Pairs<'a>) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => equal_elements(a, b, pairs),
        (Value::Hash(a), Value::Hash(b)) => equal_entries(a, b, pairs),
        (Value::Ref(a), Value::Ref(b)) => equal_outside(a, b, pairs),
        _ => false,
    }
}

fn equal_elements<'a>(a: &'a Array, b: &'a Array, pairs: &mut Pairs<'a>) -> bool {
    match (a.slice(), b.slice()) {
        (Slice::Int(a), Slice::Int(b)) => a == b,
        (Slice::Float(a), Slice::Float(b)) => a == b,
        (Slice::Bool(a), Slice::Bool(b)) => a == b,
        (Slice::General(a), Slice::General(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal_outside(a, b, pairs))
        }
        // One side is packed, so these comparisons do not go deeper.
        _ => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b),
    }
}

fn equal_entries<'a>(a: &'a Hash, b: &'a Hash, pairs: &mut Pairs<'a>) -> bool {
    a.len() == b.len()
        && a.iter()
            .all(|(key, a)| b.get(key).is_some_and(|b| equal_outside(a, b, pairs)))
}

impl PartialEq for Array {
    fn eq(&self, other: &Self) -> bool {
        let mut pairs = Vec::new();
        equal_elements(self, other, &mut pairs) && pairs.into_iter().all(|(a, b)| a == b)
    }
}

impl PartialEq for Hash {
    fn eq(&self, other: &Self) -> bool {
        let mut pairs = Vec::new();
        equal_entries(self, other, &mut pairs) && pairs.into_iter().all(|(a, b)| a == b)
    }
}

impl PartialEq<[Value]> for Array {
    fn eq(&self, other: &[Value]) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(a, b)| a == *b)
    }
}

impl PartialEq<&[Value]> for Array {
    fn eq(&self, other: &&[Value]) -> bool {
        *self == **other
    }
}

impl<const N: usize> PartialEq<[Value; N]> for Array {
    fn eq(&self, other: &[Value; N]) -> bool {
        *self == other[..]
    }
}

impl PartialEq<Vec<Value>> for Array {
    fn eq(&self, other: &Vec<Value>) -> bool {
        *self == other[..]
    }
}

/// The kind, then the payload. Floats go by bit pattern, arrays by length and elements, hashes
/// by their entries in any order.
impl StdHash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut walk = Walk {
            outer: state,
            entries: Vec::new(),
            open: Vec::new(),
        };
        walk.value(self);
        while walk.step() {}
    }
}

/// A container whose contents are being hashed.
enum Open<'a> {
    Array(slice::Iter<'a, Value>),
    /// The sum of the entries' hashes does not depend on their order.
    Hash(HashIter<'a>, u64),
}

struct Walk<'a, 'h> {
    outer: &'h mut dyn Hasher,
    /// One for each open hash: what is inside an entry is hashed for that entry alone.
    entries: Vec<DefaultHasher>,
    open: Vec<Open<'a>>,
}

impl<'a> Walk<'a, '_> {
    /// Goes to the next value of the innermost container; false when none is open.
    fn step(&mut self) -> bool {
        match self.open.last_mut() {
            None => return false,
            Some(Open::Array(values)) => match values.next() {
                Some(value) => self.value(value),
                None => drop(self.open.pop()),
            },
            Some(Open::Hash(entries, sum)) => {
                if let Some(entry) = self.entries.pop() {
                    *sum = sum.wrapping_add(entry.finish());
                }
                if let Some((key, value)) = entries.next() {
                    let mut entry = DefaultHasher::new();
                    key.hash(&mut entry);
                    self.entries.push(entry);
                    self.value(value);
                } else {
                    let sum = *sum;
                    self.open.pop();
                    self.hasher().write_u64(sum);
                }
            }
        }
        true
    }

    fn hasher(&mut self) -> &mut dyn Hasher {
        match self.entries.last_mut() {
            Some(entry) => entry,
            None => self.outer,
        }
    }

    /// Hashes all but the contents of a container, which is opened.
    fn value(&mut self, mut value: &'a Value) {
        self.hasher().write_u8(value.kind() as u8);
        while let Value::Ref(target) = value {
            value = target;
            self.hasher().write_u8(value.kind() as u8);
        }
        let mut hasher = self.hasher();
        match value {
            Value::Undef | Value::Ref(_) => {}
            Value::Bool(b) => b.hash(&mut hasher),
            Value::Int(n) => n.hash(&mut hasher),
            Value::Float(f) => f.to_bits().hash(&mut hasher),
            Value::Str(text) => text.hash(&mut hasher),
            Value::Status(code) => code.hash(&mut hasher),
            Value::NativeFn(id) => id.hash(&mut hasher),
            Value::Bytes(bytes) => bytes.hash(&mut hasher),
            Value::Handle(handle) => handle.hash(&mut hasher),
            Value::Object(object) => object.address().hash(&mut hasher),
            Value::Array(array) => {
                hasher.write_usize(array.len());
                match array.slice() {
                    Slice::General(values) => self.open.push(Open::Array(values.iter())),
                    // As the same elements in general storage.
                    _ => array.iter().for_each(|element| element.hash(&mut hasher)),
                }
            }
            Value::Hash(hash) => {
                hasher.write_usize(hash.len());
                self.entries.push(DefaultHasher::new());
                self.open.push(Open::Hash(hash.iter(), 0));
            }
        }
    }
}
