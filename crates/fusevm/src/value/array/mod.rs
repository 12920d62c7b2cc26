//! Ordered lists.

mod iter;
#[cfg(feature = "jit")]
pub(crate) mod layout;

use std::borrow::Cow;
use std::mem;

pub use self::iter::Iter;

use super::account::{self, List};
use super::shared::Shared;
use super::{Plain, ReserveError, Value, owns_nothing, release};

/// An ordered list of values, cheap to clone.
///
/// Clones share their elements until one of them is changed. While all elements are integers,
/// all floats or all booleans they are stored without tags; this shows only in speed and in the
/// `as_…` accessors. Removing the first element takes amortised constant time.
///
/// ```
/// use fusevm::value::{Array, Value};
///
/// let mut list = Array::from_ints(vec![1, 2]);
/// let copy = list.clone();
/// list.push(Value::str("x"));
/// assert_eq!(list, [Value::Int(1), Value::Int(2), Value::str("x")]);
/// assert_eq!(copy.as_ints(), Some(&[1, 2][..]));
/// ```
#[derive(Clone)]
#[repr(transparent)]
pub struct Array(Shared<ArrayData>);

// The layout is fixed for native code, see `layout`.
#[derive(Clone)]
#[repr(C)]
struct ArrayData {
    /// Elements before this place have been shifted out; at most half of the storage.
    head: usize,
    elements: Elements,
}

#[derive(Clone)]
#[repr(u64)]
enum Elements {
    Int(List<i64>),
    Float(List<f64>),
    Bool(List<bool>),
    General(List<Value>),
}

/// The elements of an array as they are stored.
#[derive(Clone, Copy)]
pub(in crate::value) enum Slice<'a> {
    Int(&'a [i64]),
    Float(&'a [f64]),
    Bool(&'a [bool]),
    General(&'a [Value]),
}

/// Runs the same code on whichever vector or slice `$elements` holds.
macro_rules! each {
    ($type:ident, $elements:expr, $name:ident => $body:expr) => {
        match $elements {
            $type::Int($name) => $body,
            $type::Float($name) => $body,
            $type::Bool($name) => $body,
            $type::General($name) => $body,
        }
    };
}

fn packs(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Float(_) | Value::Bool(_))
}

impl Elements {
    /// Empty storage that can hold `value`.
    fn fitting(value: &Value, capacity: usize) -> Self {
        match value {
            Value::Int(_) => Elements::Int(List::with_capacity(capacity)),
            Value::Float(_) => Elements::Float(List::with_capacity(capacity)),
            Value::Bool(_) => Elements::Bool(List::with_capacity(capacity)),
            _ => Elements::General(List::with_capacity(capacity)),
        }
    }

    /// Whether `value` can be stored beside what is there.
    fn accept(&self, value: &Value) -> bool {
        match (self, value) {
            (Elements::Int(_), Value::Int(_))
            | (Elements::Float(_), Value::Float(_))
            | (Elements::Bool(_), Value::Bool(_)) => true,
            (Elements::General(v), value) => !v.is_empty() || !packs(value),
            _ => false,
        }
    }

    fn len(&self) -> usize {
        each!(Elements, self, v => v.len())
    }

    /// Bytes allocated.
    fn heap_size(&self) -> usize {
        each!(Elements, self, v => v.heap_size())
    }
}

impl ArrayData {
    fn slice(&self) -> Slice<'_> {
        match &self.elements {
            Elements::Int(v) => Slice::Int(&v[self.head..]),
            Elements::Float(v) => Slice::Float(&v[self.head..]),
            Elements::Bool(v) => Slice::Bool(&v[self.head..]),
            Elements::General(v) => Slice::General(&v[self.head..]),
        }
    }

    fn len(&self) -> usize {
        self.elements.len() - self.head
    }

    /// Prepares the storage for an element like `value`: empty storage takes its kind, packed
    /// storage of another kind becomes general.
    #[cold]
    fn adapt(&mut self, value: &Value) {
        // As much memory as before. As many elements could be 16 times that, for an array that
        // has shrunk since.
        self.convert(value, self.elements.heap_size() / size_of::<Value>());
    }

    /// As `adapt`, with room for `capacity` elements at least.
    fn convert(&mut self, value: &Value, capacity: usize) {
        if self.len() == 0 {
            self.elements = Elements::fitting(value, capacity);
        } else {
            let mut general = List::with_capacity(capacity.max(self.len() + 1));
            general.extend(Iter::new(self));
            self.elements = Elements::General(general);
        }
        self.head = 0;
    }

    fn push(&mut self, value: Value) {
        // Matched by reference: moving the value into a tuple would copy it through memory.
        match (&mut self.elements, &value) {
            (Elements::Int(v), &Value::Int(n)) => v.push(n),
            (Elements::Float(v), &Value::Float(f)) => v.push(f),
            (Elements::Bool(v), &Value::Bool(b)) => v.push(b),
            (Elements::General(v), kind) if v.len() > self.head || !packs(kind) => v.push(value),
            _ => {
                self.adapt(&value);
                self.push(value);
            }
        }
    }

    /// Sets an existing element.
    fn replace(&mut self, index: usize, value: Value) {
        let at = self.head + index;
        match (&mut self.elements, &value) {
            (Elements::Int(v), &Value::Int(n)) => v[at] = n,
            (Elements::Float(v), &Value::Float(f)) => v[at] = f,
            (Elements::Bool(v), &Value::Bool(b)) => v[at] = b,
            (Elements::General(v), _) => v[at] = value,
            _ => {
                self.adapt(&value);
                self.replace(index, value);
            }
        }
    }

    fn shift(&mut self) -> Option<Value> {
        let first = match &mut self.elements {
            Elements::Int(v) => Value::Int(*v.get(self.head)?),
            Elements::Float(v) => Value::Float(*v.get(self.head)?),
            Elements::Bool(v) => Value::Bool(*v.get(self.head)?),
            Elements::General(v) => mem::take(v.get_mut(self.head)?),
        };
        self.head += 1;
        if self.head > self.elements.len() / 2 {
            each!(Elements, &mut self.elements, v => v.remove_front(self.head));
            self.head = 0;
        }
        Some(first)
    }
}

impl Drop for ArrayData {
    fn drop(&mut self) {
        let Elements::General(values) = &mut self.elements else {
            return;
        };
        if values.iter().all(owns_nothing) {
            // There is nothing to be done for each of them.
            mem::take(values)
                .into_vec()
                .into_iter()
                .for_each(mem::forget);
        } else if values.iter().any(Value::may_nest) {
            release(mem::take(values).into_vec());
        }
    }
}

impl Array {
    /// The empty array.
    pub fn new() -> Self {
        Array::with_capacity(0)
    }

    /// The empty array with room for about `capacity` elements.
    pub fn with_capacity(capacity: usize) -> Self {
        Array::from_ints(Vec::with_capacity(capacity))
    }

    /// An array of integers.
    pub fn from_ints(ints: Vec<i64>) -> Self {
        Array::of(Elements::Int(ints.into()))
    }

    /// An array of floats.
    pub fn from_floats(floats: Vec<f64>) -> Self {
        Array::of(Elements::Float(floats.into()))
    }

    /// An array of booleans.
    pub fn from_bools(bools: Vec<bool>) -> Self {
        Array::of(Elements::Bool(bools.into()))
    }

    fn of(elements: Elements) -> Self {
        Array(Shared::new(ArrayData { head: 0, elements }))
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at `index`, counted from 0.
    pub fn get(&self, index: usize) -> Option<Value> {
        match self.slice() {
            Slice::Int(v) => v.get(index).map(|&n| Value::Int(n)),
            Slice::Float(v) => v.get(index).map(|&f| Value::Float(f)),
            Slice::Bool(v) => v.get(index).map(|&b| Value::Bool(b)),
            Slice::General(v) => v.get(index).cloned(),
        }
    }

    /// The element at `index`, if the elements are packed.
    #[inline(always)]
    pub(crate) fn get_packed(&self, index: usize) -> Option<Plain> {
        let data = &*self.0;
        let at = data.head.checked_add(index)?;
        match &data.elements {
            Elements::Int(v) => v.get(at).map(|&n| Plain::int(n)),
            Elements::Float(v) => v.get(at).map(|&x| Plain::float(x)),
            Elements::Bool(v) => v.get(at).map(|&truth| Plain::bool(truth)),
            Elements::General(_) => None,
        }
    }

    /// The element at `index`, if the elements are not packed.
    #[inline]
    pub(crate) fn get_ref(&self, index: usize) -> Option<&Value> {
        let data = &*self.0;
        match &data.elements {
            Elements::General(v) => v.get(data.head.checked_add(index)?),
            _ => None,
        }
    }

    /// The element at `index` in place, if nobody shares the array and the elements are not packed.
    #[cfg(feature = "jit")]
    pub(crate) fn get_unshared(&mut self, index: usize) -> Option<&mut Value> {
        let data = self.0.get_mut()?;
        match &mut data.elements {
            Elements::General(v) => v.get_mut(data.head.checked_add(index)?),
            _ => None,
        }
    }

    /// Sets an element that exists, if that takes neither a copy of the array nor other storage,
    /// and both values are plain. Says whether it did.
    #[inline(always)]
    pub(crate) fn replace_plain(&mut self, index: usize, value: &Value) -> bool {
        let Some(data) = self.0.get_mut() else {
            return false;
        };
        let at = data.head + index;
        match (&mut data.elements, value) {
            (Elements::Int(v), &Value::Int(n)) => v.get_mut(at).map(|place| *place = n),
            (Elements::Float(v), &Value::Float(x)) => v.get_mut(at).map(|place| *place = x),
            (Elements::Bool(v), &Value::Bool(b)) => v.get_mut(at).map(|place| *place = b),
            _ => None,
        }
        .is_some()
    }

    /// Appends a value that owns nothing, if that takes neither a copy of the array nor more or
    /// other storage. Says whether it did.
    #[inline(always)]
    pub(crate) fn push_free(&mut self, value: &Value) -> bool {
        fn push<T>(elements: &mut List<T>, value: T) -> bool {
            let has_room = !elements.is_full();
            if has_room {
                elements.push(value);
            }
            has_room
        }
        let Some(data) = self.0.get_mut() else {
            return false;
        };
        match (&mut data.elements, value) {
            (Elements::Int(v), &Value::Int(n)) => push(v, n),
            (Elements::Float(v), &Value::Float(x)) => push(v, x),
            (Elements::Bool(v), &Value::Bool(b)) => push(v, b),
            // Empty storage takes the kind of its first element.
            (Elements::General(v), value) if !v.is_empty() && owns_nothing(value) => {
                push(v, value.clone())
            }
            _ => false,
        }
    }

    /// Moves a value to the end of elements that are not packed, if nobody shares them and there is
    /// room. Says whether it did; then `value` is `Undef`.
    pub(crate) fn push_moved(&mut self, value: &mut Value) -> bool {
        match self.0.get_mut().map(|data| &mut data.elements) {
            Some(Elements::General(v)) if !v.is_empty() && !v.is_full() => {
                v.push(mem::take(value));
                true
            }
            _ => false,
        }
    }

    /// The element at `index` in place. `None` when it does not exist or the elements are
    /// packed, in which case none of them is a container or a text.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut Value> {
        match self.slice() {
            Slice::General(v) if index < v.len() => {}
            _ => return None,
        }
        let data = self.0.make_mut();
        match &mut data.elements {
            Elements::General(v) => v.get_mut(data.head + index),
            _ => None,
        }
    }

    /// Sets the element at `index`; a gap behind the end is filled with `Undef`.
    ///
    /// # Panics
    /// When the gap does not fit into memory. Use [`Array::try_reserve`] first on an index that
    /// cannot be trusted.
    pub fn set(&mut self, index: usize, value: Value) {
        let data = self.0.make_mut();
        if index < data.len() {
            return data.replace(index, value);
        }
        while data.len() < index {
            data.push(Value::Undef);
        }
        data.push(value);
    }

    /// Appends an element.
    pub fn push(&mut self, value: Value) {
        self.0.make_mut().push(value);
    }

    /// Removes the last element.
    pub fn pop(&mut self) -> Option<Value> {
        if self.is_empty() {
            return None;
        }
        match &mut self.0.make_mut().elements {
            Elements::Int(v) => v.pop().map(Value::Int),
            Elements::Float(v) => v.pop().map(Value::Float),
            Elements::Bool(v) => v.pop().map(Value::Bool),
            Elements::General(v) => v.pop(),
        }
    }

    /// Removes the first element, in amortised constant time.
    pub fn shift(&mut self) -> Option<Value> {
        if self.is_empty() {
            return None;
        }
        self.0.make_mut().shift()
    }

    /// Appends integers, such as those of a range.
    pub fn extend_ints(&mut self, ints: impl IntoIterator<Item = i64>) {
        let data = self.0.make_mut();
        if data.len() == 0 {
            data.adapt(&Value::Int(0));
        }
        match &mut data.elements {
            Elements::Int(v) => v.extend(ints),
            _ => ints.into_iter().for_each(|n| data.push(Value::Int(n))),
        }
    }

    /// Keeps the first `len` elements at most.
    pub fn truncate(&mut self, len: usize) {
        if len < self.len() {
            let data = self.0.make_mut();
            let len = data.head + len;
            each!(Elements, &mut data.elements, v => v.truncate(len));
        }
    }

    /// Makes room for `additional` more elements of any kind.
    ///
    /// # Errors
    /// When the memory cannot be had; the array is then unchanged.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), ReserveError> {
        let len = self.len().checked_add(additional).ok_or(ReserveError)?;
        // Packed elements may have to be moved to general storage later.
        if len > isize::MAX as usize / size_of::<Value>() {
            return Err(ReserveError);
        }
        let elements = &mut self.0.make_mut().elements;
        each!(Elements, elements, v => v.try_reserve(additional))
    }

    /// Makes the array ready to be changed: to have elements replaced by ones like `value`, or
    /// `additional` ones of that kind appended. What that allocates is at most `room` bytes.
    ///
    /// # Errors
    /// When it takes more; the array is then unchanged.
    pub(crate) fn prepare(
        &mut self,
        value: &Value,
        additional: usize,
        room: usize,
    ) -> Result<(), ReserveError> {
        let copied = self.bytes_to_unshare();
        let room = room.checked_sub(copied).ok_or(ReserveError)?;
        let len = self.len().checked_add(additional).ok_or(ReserveError)?;
        if self.0.elements.accept(value) {
            let elements = &mut self.0.make_mut().elements;
            return each!(Elements, elements, v => v.try_reserve_within(additional, room));
        }
        let needed = len.checked_mul(size_of::<Value>()).ok_or(ReserveError)?;
        let present = self.0.elements.heap_size();
        let bytes = account::grown(needed, present / 2, room).ok_or(ReserveError)?;
        self.0
            .make_mut()
            .convert(value, (bytes / size_of::<Value>()).max(len));
        Ok(())
    }

    /// The bytes that the next change copies because the elements have other owners.
    pub(crate) fn bytes_to_unshare(&self) -> usize {
        if self.0.is_unique() {
            0
        } else {
            self.heap_size()
        }
    }

    /// The elements in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter::new(&self.0)
    }

    /// The elements as a slice, borrowed when they are stored so.
    pub fn as_values(&self) -> Cow<'_, [Value]> {
        match self.slice() {
            Slice::General(values) => Cow::Borrowed(values),
            _ => Cow::Owned(self.to_vec()),
        }
    }

    /// The elements as a vector.
    pub fn to_vec(&self) -> Vec<Value> {
        self.iter().collect()
    }

    /// The elements as a vector, moved out where this array is their only owner.
    pub fn into_vec(mut self) -> Vec<Value> {
        if let Some(data) = self.0.get_mut()
            && let Elements::General(values) = &mut data.elements
        {
            let mut values = mem::take(values).into_vec();
            values.drain(..mem::take(&mut data.head));
            return values;
        }
        self.to_vec()
    }

    /// The elements, if they are stored as integers.
    pub fn as_ints(&self) -> Option<&[i64]> {
        match self.slice() {
            Slice::Int(ints) => Some(ints),
            _ => None,
        }
    }

    /// The elements, if they are stored as floats.
    pub fn as_floats(&self) -> Option<&[f64]> {
        match self.slice() {
            Slice::Float(floats) => Some(floats),
            _ => None,
        }
    }

    /// The elements, if they are stored as booleans.
    pub fn as_bools(&self) -> Option<&[bool]> {
        match self.slice() {
            Slice::Bool(bools) => Some(bools),
            _ => None,
        }
    }

    /// The elements, if they are stored as values of any kind.
    pub fn as_general(&self) -> Option<&[Value]> {
        match self.slice() {
            Slice::General(values) => Some(values),
            _ => None,
        }
    }

    /// Bytes allocated for the array itself; what its elements own is not included. Clones
    /// share the allocation.
    pub fn heap_size(&self) -> usize {
        Shared::<ArrayData>::HEAP_SIZE + self.0.elements.heap_size()
    }

    /// True when both share their elements.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }

    /// The identity of the elements, if it has other owners.
    pub(crate) fn shared_address(&self) -> Option<usize> {
        self.0.shared_address()
    }

    pub(in crate::value) fn slice(&self) -> Slice<'_> {
        self.0.slice()
    }

    /// The general elements, if this was the last clone of the array.
    pub(in crate::value) fn into_released(self) -> Option<Vec<Value>> {
        match &mut self.0.into_inner()?.elements {
            Elements::General(values) => Some(mem::take(values).into_vec()),
            _ => None,
        }
    }
}

impl Default for Array {
    fn default() -> Self {
        Array::new()
    }
}

impl From<Vec<Value>> for Array {
    /// Packs the elements if they are all integers, all floats or all booleans.
    fn from(values: Vec<Value>) -> Self {
        fn pack<T>(values: &[Value], get: impl Fn(&Value) -> Option<T>) -> Option<List<T>> {
            let items: Option<Vec<T>> = values.iter().map(get).collect();
            items.map(List::from)
        }
        let packed = match values.first() {
            None => Some(Elements::Int(List::new())),
            Some(Value::Int(_)) => pack(&values, |v| match v {
                Value::Int(n) => Some(*n),
                _ => None,
            })
            .map(Elements::Int),
            Some(Value::Float(_)) => pack(&values, |v| match v {
                Value::Float(f) => Some(*f),
                _ => None,
            })
            .map(Elements::Float),
            Some(Value::Bool(_)) => pack(&values, |v| match v {
                Value::Bool(b) => Some(*b),
                _ => None,
            })
            .map(Elements::Bool),
            Some(_) => None,
        };
        Array::of(packed.unwrap_or_else(|| Elements::General(values.into())))
    }
}

impl From<&[Value]> for Array {
    fn from(values: &[Value]) -> Self {
        values.iter().cloned().collect()
    }
}

impl<const N: usize> From<[Value; N]> for Array {
    fn from(values: [Value; N]) -> Self {
        Vec::from(values).into()
    }
}

impl FromIterator<Value> for Array {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let mut array = Array::new();
        array.extend(values);
        array
    }
}

impl Extend<Value> for Array {
    fn extend<I: IntoIterator<Item = Value>>(&mut self, values: I) {
        let data = self.0.make_mut();
        values.into_iter().for_each(|value| data.push(value));
    }
}
