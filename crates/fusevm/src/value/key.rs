//! Keys of hashes, and looking them up without building one.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::LazyLock;

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;

use super::buf::SmallBuf;
use super::{Bytes, ReserveError, Str, Value};

/// An owned text, valid UTF-8 or not. Ordered and compared by bytes.
#[derive(Clone, PartialEq)]
#[repr(transparent)]
pub struct Key(pub(super) SmallBuf);

impl Key {
    /// A key is the program's, wherever its text is from.
    pub(super) fn from_text(mut text: SmallBuf) -> Self {
        text.set_input(false);
        Key(text)
    }

    /// The key's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The key as `str`, unless it is not valid UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_str()
    }

    /// The part of the key's memory that falls to each owner of it.
    pub(crate) fn text_share(&self) -> usize {
        self.0.share()
    }

    /// Appends `bytes`, in place if no clone shares the memory and there is room.
    ///
    /// # Errors
    /// When the memory cannot be had; the text is then unchanged.
    pub fn try_push(&mut self, bytes: &[u8]) -> Result<(), ReserveError> {
        self.0.try_push(bytes)
    }

    /// The key as a value: [`Value::Str`], or [`Value::Bytes`] if it is not valid UTF-8.
    pub fn to_value(&self) -> Value {
        self.clone().into_value()
    }

    /// As [`Key::to_value`], without touching a reference count.
    pub fn into_value(self) -> Value {
        if self.0.is_binary() {
            Value::Bytes(Bytes(self.0))
        } else {
            Value::Str(Str(self.0))
        }
    }
}

/// Text that is put together from pieces, which may be parts of characters.
pub(crate) struct TextBuilder(SmallBuf);

impl TextBuilder {
    /// An empty one with room for `capacity` bytes.
    pub(crate) fn try_with_capacity(capacity: usize) -> Result<Self, ReserveError> {
        SmallBuf::try_with_capacity(capacity).map(TextBuilder)
    }

    pub(crate) fn try_push(&mut self, piece: &[u8]) -> Result<(), ReserveError> {
        self.0.try_push_piece(piece)
    }

    pub(crate) fn finish(mut self) -> Key {
        self.0.settle();
        Key(self.0)
    }
}

impl From<Str> for Key {
    fn from(text: Str) -> Self {
        Key::from_text(text.0)
    }
}

impl From<&Str> for Key {
    fn from(text: &Str) -> Self {
        text.clone().into()
    }
}

impl From<Bytes> for Key {
    fn from(bytes: Bytes) -> Self {
        Key(bytes.0)
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Str::from(text).into()
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Str::from(text).into()
    }
}

impl From<Cow<'_, str>> for Key {
    fn from(text: Cow<'_, str>) -> Self {
        Str::from(text).into()
    }
}

impl From<&[u8]> for Key {
    /// # Panics
    /// When the memory cannot be had.
    fn from(bytes: &[u8]) -> Self {
        let mut buf = SmallBuf::EMPTY;
        buf.try_push(bytes).expect("out of memory for text");
        Key(buf)
    }
}

impl Eq for Key {}

impl PartialEq<str> for Key {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Key {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str() {
            Some(text) => fmt::Debug::fmt(text, f),
            None => write!(f, "b\"{}\"", self.as_bytes().escape_ascii()),
        }
    }
}

/// Text that can be looked up in a [`Hash`](super::Hash) as it is.
pub trait AsKey {
    /// The key's bytes.
    fn key_bytes(&self) -> &[u8];

    /// Keyed hash of the bytes. Long texts of the VM remember it.
    fn key_hash(&self) -> u64 {
        keyed_hash(self.key_bytes())
    }
}

impl AsKey for [u8] {
    fn key_bytes(&self) -> &[u8] {
        self
    }
}

impl AsKey for str {
    fn key_bytes(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsKey for String {
    fn key_bytes(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl<K: AsKey + ?Sized> AsKey for &K {
    fn key_bytes(&self) -> &[u8] {
        K::key_bytes(self)
    }

    fn key_hash(&self) -> u64 {
        K::key_hash(self)
    }
}

/// The texts that keep their hash.
macro_rules! as_key_with_cache {
    ($($text:ty),*) => { $(
        impl AsKey for $text {
            fn key_bytes(&self) -> &[u8] {
                self.as_bytes()
            }

            fn key_hash(&self) -> u64 {
                self.0.hash_with(keyed_hash)
            }
        }
    )* };
}

as_key_with_cache!(Str, Bytes, Key);

/// One seed for the process: texts carry their hash from one container to another. It is random,
/// so that input cannot be prepared to collide.
static SEED: LazyLock<(u64, SharedSeed)> = LazyLock::new(|| {
    let random = RandomState::new();
    (random.hash_one(0), SharedSeed::from_u64(random.hash_one(1)))
});

fn keyed_hash(bytes: &[u8]) -> u64 {
    let (seed, shared) = &*SEED;
    let mut hasher = FoldHasher::with_seed(*seed, shared);
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_a_text_hash_alike() {
        for text in ["", "k", "a key that does not fit in place"] {
            let hash = keyed_hash(text.as_bytes());
            let str = Str::from(text);
            let forms: [&dyn AsKey; 5] = [&text, &str, &Key::from(&str), &text.to_owned(), &str];
            for form in forms {
                assert_eq!((form.key_bytes(), form.key_hash()), (text.as_bytes(), hash));
            }
        }
    }

    #[test]
    fn keys_become_the_fitting_kind_of_value() {
        assert_eq!(Key::from("a").to_value(), Value::str("a"));
        let binary = Key::from(&b"\xff"[..]);
        assert_eq!(binary.as_str(), None);
        assert!(matches!(binary.to_value(), Value::Bytes(b) if *b == *b"\xff"));
        assert_eq!(format!("{binary:?} {:?}", Key::from("a")), r#"b"\xff" "a""#);
    }
}
