//! Maps from text to values.

use std::collections::{BTreeMap, HashMap};
use std::iter::FusedIterator;
use std::{mem, slice, vec};

use hashbrown::HashTable;

use super::account::{List, charge, discharge};
use super::shared::Shared;
use super::{AsKey, Key, ReserveError, Value, release};

/// A map from text to values that keeps insertion order, cheap to clone.
///
/// Clones share their entries until one of them is changed. Replacing the value of a key keeps
/// its place. Any text can be looked up without converting it to a [`Key`].
///
/// ```
/// use fusevm::value::{Hash, Value};
///
/// let mut ages = Hash::new();
/// ages.insert("zoe", Value::Int(41));
/// ages.insert("adam", Value::Int(7));
/// assert_eq!(ages.get("zoe"), Some(&Value::Int(41)));
/// let names: Vec<_> = ages.keys().filter_map(|key| key.as_str()).collect();
/// assert_eq!(names, ["zoe", "adam"]);
/// ```
#[derive(Clone)]
#[repr(transparent)]
pub struct Hash(Shared<HashData>);

#[derive(Clone, Default)]
struct HashData {
    /// Places in `entries`, found by key. Its length is the number of live entries.
    index: Index,
    /// In order of insertion; removed entries leave `None` until the next compaction.
    entries: List<Option<Entry>>,
}

#[derive(Clone)]
struct Entry {
    hash: u64,
    key: Key,
    value: Value,
}

/// A table whose memory is on the account.
#[derive(Default)]
struct Index(HashTable<u32>);

impl Index {
    fn with_capacity(capacity: usize) -> Self {
        let index = Index(HashTable::with_capacity(capacity));
        charge(index.heap_size());
        index
    }

    fn heap_size(&self) -> usize {
        self.0.allocation_size()
    }

    fn insert(&mut self, entries: &[Option<Entry>], hash: u64, place: u32) {
        if self.0.len() == self.0.capacity() {
            self.grow(entries);
        }
        self.0
            .insert_unique(hash, place, |&place| hash_at(entries, place));
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, entries: &[Option<Entry>]) {
        discharge(self.heap_size());
        self.0.reserve(1, |&place| hash_at(entries, place));
        charge(self.heap_size());
    }

    fn try_reserve(
        &mut self,
        entries: &[Option<Entry>],
        additional: usize,
    ) -> Result<(), ReserveError> {
        discharge(self.heap_size());
        let reserved = self
            .0
            .try_reserve(additional, |&place| hash_at(entries, place));
        charge(self.heap_size());
        reserved.map_err(|_| ReserveError)
    }

    /// A bound of the bytes that making room for `additional` more entries allocates.
    fn growth(&self, additional: usize) -> usize {
        let len = self.0.len().saturating_add(additional);
        if len <= self.0.capacity() {
            return 0;
        }
        // A power of two of buckets, of which at most 7 of 8 are used: a place and a byte each,
        // and one group of bytes more.
        let items = len.max(self.0.capacity() + 1).saturating_mul(8) / 7;
        let buckets = items.saturating_add(4).checked_next_power_of_two();
        buckets.map_or(usize::MAX, |buckets| {
            buckets
                .saturating_mul(size_of::<u32>() + 1)
                .saturating_add(32)
        })
    }
}

impl Clone for Index {
    fn clone(&self) -> Self {
        let index = Index(self.0.clone());
        charge(index.heap_size());
        index
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        discharge(self.heap_size());
    }
}

/// More entries than a `u32` can number are refused.
const MAX_ENTRIES: usize = u32::MAX as usize;

impl HashData {
    fn find(&self, key: &(impl AsKey + ?Sized)) -> Option<usize> {
        let (hash, bytes) = (key.key_hash(), key.key_bytes());
        self.index
            .0
            .find(hash, |&place| self.is_at(place, hash, bytes))
            .map(|&place| place as usize)
    }

    fn is_at(&self, place: u32, hash: u64, bytes: &[u8]) -> bool {
        matches!(&self.entries[place as usize],
            Some(entry) if entry.hash == hash && entry.key.as_bytes() == bytes)
    }

    fn value_mut(&mut self, place: usize) -> Option<&mut Value> {
        self.entries[place].as_mut().map(|entry| &mut entry.value)
    }

    /// Appends an entry whose key is not there yet, and returns its place.
    fn append(&mut self, key: Key, value: Value) -> usize {
        let place = self.entries.len();
        assert!(place < MAX_ENTRIES, "too many entries in a hash");
        let hash = key.key_hash();
        self.index.insert(&self.entries, hash, place as u32);
        self.entries.push(Some(Entry { hash, key, value }));
        place
    }

    fn remove(&mut self, key: &(impl AsKey + ?Sized)) -> Option<Entry> {
        let (hash, bytes) = (key.key_hash(), key.key_bytes());
        let entries = &self.entries;
        let found = self.index.0.find_entry(hash, |&place| {
            matches!(&entries[place as usize],
                Some(entry) if entry.hash == hash && entry.key.as_bytes() == bytes)
        });
        let (place, _) = found.ok()?.remove();
        let entry = self.entries[place as usize].take();
        self.compact();
        entry
    }

    /// Drops the gaps once they outnumber the entries, so that a removal costs amortised
    /// constant time and iteration is proportional to the live entries.
    fn compact(&mut self) {
        while let Some(None) = self.entries.last() {
            self.entries.pop();
        }
        if self.entries.len() / 2 <= self.index.0.len() {
            return;
        }
        self.entries.retain(Option::is_some);
        self.index.0.clear();
        let entries = &self.entries;
        for (place, entry) in entries.iter().flatten().enumerate() {
            self.index.insert(entries, entry.hash, place as u32);
        }
    }
}

fn hash_at(entries: &[Option<Entry>], place: u32) -> u64 {
    entries[place as usize]
        .as_ref()
        .map_or(0, |entry| entry.hash)
}

impl Drop for HashData {
    fn drop(&mut self) {
        if self.entries.iter().flatten().any(|e| e.value.may_nest()) {
            let entries = mem::take(&mut self.entries)
                .into_vec()
                .into_iter()
                .flatten();
            release(entries.map(|entry| entry.value).collect());
        }
    }
}

impl Hash {
    /// The empty hash.
    pub fn new() -> Self {
        Hash::with_capacity(0)
    }

    /// The empty hash with room for `capacity` entries.
    pub fn with_capacity(capacity: usize) -> Self {
        Hash(Shared::new(HashData {
            index: Index::with_capacity(capacity),
            entries: List::with_capacity(capacity),
        }))
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.0.index.0.len()
    }

    /// True when there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of `key`.
    pub fn get(&self, key: &(impl AsKey + ?Sized)) -> Option<&Value> {
        let place = self.0.find(key)?;
        self.0.entries[place].as_ref().map(|entry| &entry.value)
    }

    /// The value of `key` in place.
    pub fn get_mut(&mut self, key: &(impl AsKey + ?Sized)) -> Option<&mut Value> {
        // A missing key is found out before shared entries are copied. Copying keeps places.
        let place = self.0.find(key)?;
        self.0.make_mut().value_mut(place)
    }

    /// The value of `key` in place, if nobody shares the hash.
    pub(crate) fn get_unshared(&mut self, key: &(impl AsKey + ?Sized)) -> Option<&mut Value> {
        let data = self.0.get_mut()?;
        let place = data.find(key)?;
        data.value_mut(place)
    }

    /// True when `key` has a value.
    pub fn contains_key(&self, key: &(impl AsKey + ?Sized)) -> bool {
        self.0.find(key).is_some()
    }

    /// Sets the value of `key` and returns the former one.
    ///
    /// # Panics
    /// When there are 2^32 - 1 entries already.
    pub fn insert(&mut self, key: impl Into<Key>, value: Value) -> Option<Value> {
        let key = key.into();
        let data = self.0.make_mut();
        let Some(place) = data.find(&key) else {
            data.append(key, value);
            return None;
        };
        data.value_mut(place).map(|slot| mem::replace(slot, value))
    }

    /// The value of `key` in place, after inserting what `default` gives if there is none.
    ///
    /// # Panics
    /// When the key is new and there are 2^32 - 1 entries already.
    pub fn get_or_insert_with(
        &mut self,
        key: impl Into<Key>,
        default: impl FnOnce() -> Value,
    ) -> &mut Value {
        let key = key.into();
        let data = self.0.make_mut();
        let place = match data.find(&key) {
            Some(place) => place,
            None => data.append(key, default()),
        };
        data.value_mut(place).expect("a found entry is live")
    }

    /// Removes `key` and returns its value.
    pub fn remove(&mut self, key: &(impl AsKey + ?Sized)) -> Option<Value> {
        // A missing key must not make a copy of shared entries.
        if !self.0.is_unique() && !self.contains_key(key) {
            return None;
        }
        self.0.make_mut().remove(key).map(|entry| entry.value)
    }

    /// Removes all entries.
    pub fn clear(&mut self) {
        match self.0.get_mut() {
            Some(data) => {
                data.index.0.clear();
                let entries = mem::take(&mut data.entries).into_vec();
                release(entries.into_iter().flatten().map(|e| e.value).collect());
            }
            None => *self = Hash::new(),
        }
    }

    /// Makes room for `additional` more entries.
    ///
    /// # Errors
    /// When the memory cannot be had or the entries would exceed 2^32 - 1; the hash is then
    /// unchanged.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), ReserveError> {
        let data = self.0.make_mut();
        match data.entries.len().checked_add(additional) {
            Some(places) if places <= MAX_ENTRIES => {}
            _ => return Err(ReserveError),
        }
        data.index.try_reserve(&data.entries, additional)?;
        data.entries.try_reserve(additional)
    }

    /// Makes the hash ready to be changed: to have values replaced, or `additional` entries
    /// inserted. What that allocates is at most `room` bytes.
    ///
    /// # Errors
    /// When it takes more; the entries are then unchanged.
    pub(crate) fn prepare(&mut self, additional: usize, room: usize) -> Result<(), ReserveError> {
        let index_growth = self.0.index.growth(additional);
        let other = self.bytes_to_unshare().saturating_add(index_growth);
        let room = room.checked_sub(other).ok_or(ReserveError)?;
        let data = self.0.make_mut();
        data.entries.try_reserve_within(additional, room)?;
        data.index.try_reserve(&data.entries, additional)
    }

    /// The bytes that the next change copies because the entries have other owners.
    pub(crate) fn bytes_to_unshare(&self) -> usize {
        if self.0.is_unique() {
            0
        } else {
            self.heap_size()
        }
    }

    /// The entries in order of insertion.
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            entries: self.0.entries.iter(),
            left: self.len(),
        }
    }

    /// The keys in order of insertion.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Key> + ExactSizeIterator {
        self.iter().map(|(key, _)| key)
    }

    /// The values in order of insertion of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.iter().map(|(_, value)| value)
    }

    /// Bytes allocated for the hash itself; what its keys and values own is not included.
    /// Clones share the allocation.
    pub fn heap_size(&self) -> usize {
        Shared::<HashData>::HEAP_SIZE + self.0.index.heap_size() + self.0.entries.heap_size()
    }

    /// True when both share their entries.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }

    /// The identity of the entries, if it has other owners.
    pub(crate) fn shared_address(&self) -> Option<usize> {
        self.0.shared_address()
    }

    /// The values, if this was the last clone of the hash.
    pub(super) fn into_released(self) -> Option<impl Iterator<Item = Value>> {
        let entries = mem::take(&mut self.0.into_inner()?.entries).into_vec();
        Some(entries.into_iter().flatten().map(|entry| entry.value))
    }
}

impl Default for Hash {
    fn default() -> Self {
        Hash::new()
    }
}

impl<K: Into<Key>> FromIterator<(K, Value)> for Hash {
    /// The last value of a key wins, at the place of the first.
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(entries: I) -> Self {
        let mut hash = Hash::new();
        hash.extend(entries);
        hash
    }
}

impl<K: Into<Key>> Extend<(K, Value)> for Hash {
    fn extend<I: IntoIterator<Item = (K, Value)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<S> From<HashMap<String, Value, S>> for Hash {
    /// The entries get the order of their keys, as a `HashMap` has none of its own.
    fn from(map: HashMap<String, Value, S>) -> Self {
        let mut entries: Vec<_> = map.into_iter().collect();
        entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        entries.into_iter().collect()
    }
}

impl From<BTreeMap<String, Value>> for Hash {
    fn from(map: BTreeMap<String, Value>) -> Self {
        map.into_iter().collect()
    }
}

impl<K: Into<Key>, const N: usize> From<[(K, Value); N]> for Hash {
    fn from(entries: [(K, Value); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl IntoIterator for Hash {
    type Item = (Key, Value);
    type IntoIter = IntoIter;

    fn into_iter(mut self) -> IntoIter {
        let left = self.len();
        let entries = match self.0.get_mut() {
            Some(data) => mem::take(&mut data.entries).into_vec(),
            None => self.0.entries.to_vec(),
        };
        IntoIter {
            entries: entries.into_iter(),
            left,
        }
    }
}

impl<'a> IntoIterator for &'a Hash {
    type Item = (&'a Key, &'a Value);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The entries of a [`Hash`](struct@Hash) in order of insertion.
#[derive(Clone)]
pub struct Iter<'a> {
    entries: slice::Iter<'a, Option<Entry>>,
    left: usize,
}

/// The entries of a [`Hash`](struct@Hash) in order of insertion, moved out.
pub struct IntoIter {
    entries: vec::IntoIter<Option<Entry>>,
    left: usize,
}

/// Both iterators skip the gaps and know how many entries are left.
macro_rules! iterate_entries {
    ([$($life:lifetime)?] $iter:ty, $item:ty, $entry:ident => $pair:expr) => {
        impl<$($life)?> Iterator for $iter {
            type Item = $item;

            fn next(&mut self) -> Option<Self::Item> {
                let $entry = self.entries.by_ref().flatten().next()?;
                self.left -= 1;
                Some($pair)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (self.left, Some(self.left))
            }
        }

        impl<$($life)?> DoubleEndedIterator for $iter {
            fn next_back(&mut self) -> Option<Self::Item> {
                let $entry = self.entries.by_ref().rev().flatten().next()?;
                self.left -= 1;
                Some($pair)
            }
        }

        impl<$($life)?> ExactSizeIterator for $iter {}
        impl<$($life)?> FusedIterator for $iter {}
    };
}

iterate_entries!(['a] Iter<'a>, (&'a Key, &'a Value), entry => (&entry.key, &entry.value));
iterate_entries!([] IntoIter, (Key, Value), entry => (entry.key, entry.value));
