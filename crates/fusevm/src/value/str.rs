//! Text: [`Str`] is valid UTF-8, [`Bytes`] is not.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use super::ReserveError;
use super::buf::SmallBuf;

/// UTF-8 text, cheap to clone.
///
/// Up to 14 bytes are stored in place; longer text is shared between clones and copied when one
/// of several owners changes it. It dereferences to `str` and compares and hashes like one.
///
/// ```
/// use fusevm::value::Str;
///
/// let mut greeting = Str::from("hello");
/// greeting.push_str(", world");
/// assert_eq!(greeting, "hello, world");
/// assert_eq!(greeting.to_uppercase(), "HELLO, WORLD");
/// ```
#[derive(Clone)]
#[repr(transparent)]
pub struct Str(pub(super) SmallBuf);

impl Str {
    /// The empty text.
    pub const fn new() -> Self {
        Str(SmallBuf::EMPTY)
    }

    /// The empty text with room for `capacity` bytes.
    ///
    /// # Panics
    /// When the memory cannot be had; [`Str::try_with_capacity`] reports it instead.
    pub fn with_capacity(capacity: usize) -> Self {
        Str::try_with_capacity(capacity).expect("out of memory for text")
    }

    /// The empty text with room for `capacity` bytes.
    ///
    /// # Errors
    /// When the memory cannot be had.
    pub fn try_with_capacity(capacity: usize) -> Result<Self, ReserveError> {
        SmallBuf::try_with_capacity(capacity).map(Str)
    }

    /// Appends `text`, in place if no clone shares the memory and there is room.
    ///
    /// # Panics
    /// When the memory cannot be had; [`Str::try_push_str`] reports it instead.
    pub fn push_str(&mut self, text: &str) {
        self.try_push_str(text).expect("out of memory for text");
    }

    /// Appends `text`, in place if no clone shares the memory and there is room.
    ///
    /// # Errors
    /// When the memory cannot be had; the text is then unchanged.
    pub fn try_push_str(&mut self, text: &str) -> Result<(), ReserveError> {
        self.0.try_push_str(text)
    }

    /// As [`Str::try_push_str`], with at most `room` bytes for a new allocation.
    pub(crate) fn try_push_str_within(
        &mut self,
        text: &str,
        room: usize,
    ) -> Result<(), ReserveError> {
        self.0.try_push_str_within(text, room)
    }

    /// The same text, marked as read from input: a field, a line, an argument.
    ///
    /// In AWK such a text compares as a number if it looks like one. Clones carry the mark;
    /// appending, even of nothing, drops it, and so does use as a key. It is no part of the text:
    /// comparing, hashing and stored forms do not know it.
    ///
    /// ```
    /// use fusevm::value::Str;
    ///
    /// let mut field = Str::from("10").into_input();
    /// assert!(field.is_input() && field == Str::from("10"));
    /// field.push_str("");
    /// assert!(!field.is_input());
    /// ```
    #[must_use]
    pub fn into_input(mut self) -> Self {
        self.0.set_input(true);
        self
    }

    /// Whether the text is marked as [read from input](Self::into_input).
    pub fn is_input(&self) -> bool {
        self.0.is_input()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str().unwrap_or_default()
    }

    /// The text's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Bytes allocated for the text, 0 while it is stored in place. Clones share the allocation.
    pub fn heap_size(&self) -> usize {
        self.0.heap_size()
    }

    /// True when both share one allocation. Text that is stored in place never does.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }
}

impl Default for Str {
    fn default() -> Self {
        Str::new()
    }
}

impl Deref for Str {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Str {
    fn as_ref(&self) -> &str {
        self
    }
}

impl AsRef<[u8]> for Str {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Borrow<str> for Str {
    fn borrow(&self) -> &str {
        self
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        let mut str = Str::new();
        str.push_str(text);
        str
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        Str::from(text.as_str())
    }
}

impl From<&String> for Str {
    fn from(text: &String) -> Self {
        Str::from(text.as_str())
    }
}

impl From<Cow<'_, str>> for Str {
    fn from(text: Cow<'_, str>) -> Self {
        Str::from(&*text)
    }
}

impl From<char> for Str {
    fn from(char: char) -> Self {
        Str::from(&*char.encode_utf8(&mut [0; 4]))
    }
}

impl From<Str> for String {
    fn from(text: Str) -> Self {
        text.as_str().to_owned()
    }
}

impl Eq for Str {}

impl PartialEq for Str {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Ord for Str {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Compares `Str` with other text types, in both directions.
macro_rules! compare_as_str {
    ($($text:ty),*) => { $(
        impl PartialEq<$text> for Str {
            fn eq(&self, other: &$text) -> bool {
                self.as_bytes() == other.as_bytes()
            }
        }

        impl PartialEq<Str> for $text {
            fn eq(&self, other: &Str) -> bool {
                self.as_bytes() == other.as_bytes()
            }
        }

        impl PartialOrd<$text> for Str {
            fn partial_cmp(&self, other: &$text) -> Option<Ordering> {
                Some(self.as_bytes().cmp(other.as_bytes()))
            }
        }

        impl PartialOrd<Str> for $text {
            fn partial_cmp(&self, other: &Str) -> Option<Ordering> {
                Some(self.as_bytes().cmp(other.as_bytes()))
            }
        }
    )* };
}

compare_as_str!(str, &str, String);

impl Hash for Str {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl fmt::Write for Str {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.try_push_str(text).map_err(|_| fmt::Error)
    }
}

/// Text that is not valid UTF-8, cheap to clone.
///
/// There is no public constructor: [`Value::bytes`](super::Value::bytes) makes a [`Str`] of
/// whatever is valid UTF-8, so that equal texts are equal values.
#[derive(Clone, PartialEq)]
#[repr(transparent)]
pub struct Bytes(pub(super) SmallBuf);

impl Bytes {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Bytes allocated for the text, 0 while it is stored in place. Clones share the allocation.
    pub fn heap_size(&self) -> usize {
        self.0.heap_size()
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Eq for Bytes {}

impl Ord for Bytes {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for Bytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Bytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.as_bytes().escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::hash_map::DefaultHasher;

    #[test]
    fn behaves_like_str() {
        for text in [
            "",
            "a",
            "fourteen bytes",
            "fifteen bytes!!",
            "žluťoučký kůň úpěl",
        ] {
            let str = Str::from(text);
            assert_eq!(str.as_str(), text);
            let owned = text.to_owned();
            assert_eq!(str, text);
            assert_eq!(text, str);
            assert_eq!(str, owned);
            assert_eq!(owned, str);
            assert!(str <= *text && str >= owned);
            assert_eq!(
                format!("{str} {str:?} {str:>20}"),
                format!("{text} {text:?} {text:>20}")
            );
            assert_eq!(String::from(str.clone()), text);
            let digest = |hash: &dyn Fn(&mut DefaultHasher)| {
                let mut hasher = DefaultHasher::new();
                hash(&mut hasher);
                hasher.finish()
            };
            assert_eq!(digest(&|h| str.hash(h)), digest(&|h| text.hash(h)));
        }
        let (abc, abd) = (Str::from("abc"), Str::from("abd"));
        assert!(abc < abd && abc < *"abd" && *"abc" < abd);
        assert_eq!(Str::from('é'), "é");
        assert_eq!(Str::from(Cow::Borrowed("x")), "x");
    }

    #[test]
    fn bytes_print_as_a_literal() {
        let bytes = crate::Value::bytes(b"a\xff\"");
        assert_eq!(format!("{bytes:?}"), r#"Bytes(b"a\xff\"")"#);
    }
}
