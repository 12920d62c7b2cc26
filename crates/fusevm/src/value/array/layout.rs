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

/// The kind of the elements of an array, if they are stored without tags.
pub(crate) fn packed_kind(array: &Array) -> Option<Kind> {
    match array.0.elements {
        Elements::Int(_) => Some(Kind::Int),
        Elements::Float(_) => Some(Kind::Float),
        Elements::Bool(_) => Some(Kind::Bool),
        Elements::General(_) => None,
    }
}

/// Where the address of the storage is, and where the number of elements, those that have been
/// shifted out included. `None` if vectors are not what is expected of them.
pub(crate) fn vector() -> Option<(usize, usize)> {
    static PLACES: OnceLock<Option<(usize, usize)>> = OnceLock::new();
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
        let start = place_of(|items| items.as_ptr().addr())?;
        let len = place_of(Vec::len)?;
        let is_known = size_of::<List<i64>>() == 3 * size_of::<usize>() && start != len;
        // The tag of the enum comes first, whatever its variant holds behind it.
        let first = STORAGE + size_of::<u64>();
        is_known.then_some((
            first + start * size_of::<usize>(),
            first + len * size_of::<usize>(),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_what_native_code_expects() {
        let (start, len) = vector().expect("arrays would have no native code");
        assert_ne!(start, len);
    }
}
