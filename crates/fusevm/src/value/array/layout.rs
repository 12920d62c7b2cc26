//! Where the parts of an array are, counted in bytes from what a `Value::Array` points to. Native
//! code reads and writes elements by this.

use std::mem::offset_of;
use std::sync::OnceLock;

use super::{Array, ArrayData, Elements};
use crate::value::account::List;
use crate::value::shared::Shared;
use crate::value::{Kind, vec_words};

/// The number of owners, a `usize`. The only one may write.
pub(crate) const OWNERS: usize = 0;

/// How many elements have been shifted out at the front, a `usize`.
pub(crate) const HEAD: usize = Shared::<ArrayData>::VALUE_AT + offset_of!(ArrayData, head);

/// What the elements are, a `u64`: see [`storage`].
pub(crate) const STORAGE: usize = Shared::<ArrayData>::VALUE_AT + offset_of!(ArrayData, elements);

/// The number for elements of one kind, which are stored without tags; `None` where they are not.
pub(crate) fn storage(kind: Kind) -> Option<u64> {
    // In the order of `Elements`.
    Some(match kind {
        Kind::Int => 0,
        Kind::Float => 1,
        Kind::Bool => 2,
        _ => return None,
    })
}

/// The number for elements of any kinds, which are stored as values.
pub(crate) const GENERAL: u64 = 3;

/// The kind of the elements of an array, if they are stored without tags.
pub(crate) fn packed_kind(array: &Array) -> Option<Kind> {
    match array.0.elements {
        Elements::Int(_) => Some(Kind::Int),
        Elements::Float(_) => Some(Kind::Float),
        Elements::Bool(_) => Some(Kind::Bool),
        Elements::General(_) => None,
    }
}

/// Whether an array has no other owner.
pub(crate) fn is_only(array: &Array) -> bool {
    array.0.is_unique()
}

/// Where the parts of the storage are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vector {
    /// The address of the first element.
    pub(crate) start: usize,
    /// The number of elements, those that have been shifted out included.
    pub(crate) len: usize,
    /// For how many elements there is room.
    pub(crate) capacity: usize,
}

/// Where the parts of the storage are; `None` if vectors are not what is expected of them.
pub(crate) fn vector() -> Option<Vector> {
    static PLACES: OnceLock<Option<Vector>> = OnceLock::new();
    *PLACES.get_or_init(|| {
        // Three vectors whose three words all differ.
        let made = [(3, 17), (5, 40), (0, 9)].map(|(len, capacity)| {
            let mut items = Vec::<i64>::with_capacity(capacity);
            items.extend(0..len);
            items
        });
        let place_of = |word: fn(&Vec<i64>) -> usize| {
            (0..3).find(|&at| made.iter().all(|items| vec_words(items)[at] == word(items)))
        };
        let words = [
            place_of(|items| items.as_ptr().addr())?,
            place_of(Vec::len)?,
            place_of(Vec::capacity)?,
        ];
        let are_all =
            words.iter().sum::<usize>() == 3 && size_of::<List<i64>>() == size_of_val(&words);
        // The tag of the enum comes first, whatever its variant holds behind it.
        let first = STORAGE + size_of::<u64>();
        let [start, len, capacity] = words.map(|at| first + at * size_of::<usize>());
        are_all.then_some(Vector {
            start,
            len,
            capacity,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_what_native_code_expects() {
        vector().expect("arrays would have no native code");
    }
}
