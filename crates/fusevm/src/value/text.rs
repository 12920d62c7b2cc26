//! The text form of values.

use std::fmt::{self, Write};

use super::array::Slice;
use super::buf::SmallBuf;
use super::number::{self, MAX_INT_LEN};
use super::{Array, AsKey, Key, Str, Value};

/// The text form of a value, borrowed from it or built without an allocation where possible.
#[derive(Clone)]
pub struct Text<'a>(Form<'a>);

#[derive(Clone)]
enum Form<'a> {
    Constant(&'static str),
    /// The text of a `Str` or `Bytes`, so that it can be shared and its hash is remembered.
    Borrowed(&'a SmallBuf),
    Digits {
        buf: [u8; MAX_INT_LEN],
        start: usize,
    },
    Owned(Key),
}

impl Text<'_> {
    fn int(n: i64) -> Self {
        let mut buf = [0; MAX_INT_LEN];
        let start = MAX_INT_LEN - number::write_int(n, &mut buf).len();
        Text(Form::Digits { buf, start })
    }

    /// The text's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Form::Constant(text) => text.as_bytes(),
            Form::Borrowed(text) => text.as_slice(),
            Form::Digits { buf, start } => &buf[*start..],
            Form::Owned(key) => key.as_bytes(),
        }
    }

    /// The text as `str`, unless it is not valid UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Form::Constant(text) => Some(text),
            Form::Borrowed(text) => text.as_str(),
            Form::Digits { .. } => str::from_utf8(self.as_bytes()).ok(),
            Form::Owned(key) => key.as_str(),
        }
    }

    /// True when the text is valid UTF-8.
    pub fn is_utf8(&self) -> bool {
        match &self.0 {
            Form::Constant(_) | Form::Digits { .. } => true,
            Form::Borrowed(text) => !text.is_binary(),
            Form::Owned(key) => !key.0.is_binary(),
        }
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// True when the text has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text as a key. It shares the memory of the value it was borrowed from.
    pub fn into_key(self) -> Key {
        match self.0 {
            Form::Constant(text) => text.into(),
            Form::Borrowed(text) => Key::from_text(text.clone()),
            Form::Digits { .. } => self.as_bytes().into(),
            Form::Owned(key) => key,
        }
    }

    /// The text as a value, `Str` or `Bytes`.
    pub fn into_value(self) -> Value {
        self.into_key().into_value()
    }
}

impl From<Str> for Text<'_> {
    fn from(text: Str) -> Self {
        Text(Form::Owned(text.into()))
    }
}

impl From<&'static str> for Text<'_> {
    fn from(text: &'static str) -> Self {
        Text(Form::Constant(text))
    }
}

impl AsKey for Text<'_> {
    fn key_bytes(&self) -> &[u8] {
        self.as_bytes()
    }

    fn key_hash(&self) -> u64 {
        match &self.0 {
            Form::Constant(text) => text.key_hash(),
            Form::Borrowed(text) => text.hash_with(AsKey::key_hash),
            Form::Digits { .. } => self.as_bytes().key_hash(),
            Form::Owned(key) => key.key_hash(),
        }
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.clone().into_key(), f)
    }
}

/// A text would have been longer than its limit.
///
/// Arrays that contain the same array several times have a text that can be exponentially longer
/// than themselves, so every text of a value has a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextTooLong {
    /// The limit, in bytes.
    pub limit: usize,
}

impl fmt::Display for TextTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "text is longer than {} bytes", self.limit)
    }
}

impl std::error::Error for TextTooLong {}

/// Appends to a buffer until it is `limit` bytes long.
struct Limited<'a> {
    out: &'a mut Vec<u8>,
    limit: usize,
}

impl Limited<'_> {
    /// Appends `bytes`, or what fits of them if that is less.
    fn push(&mut self, bytes: &[u8]) -> Result<(), TextTooLong> {
        let room = self.limit.saturating_sub(self.out.len());
        if bytes.len() <= room.min(self.out.capacity() - self.out.len()) {
            self.out.extend_from_slice(bytes);
            return Ok(());
        }
        let fits = &bytes[..bytes.len().min(room)];
        let reserved = self.out.try_reserve(fits.len());
        if reserved.is_ok() {
            self.out.extend_from_slice(fits);
        }
        if reserved.is_err() || fits.len() < bytes.len() {
            return Err(TextTooLong { limit: self.limit });
        }
        Ok(())
    }

    fn push_int(&mut self, n: i64) -> Result<(), TextTooLong> {
        self.push(number::write_int(n, &mut [0; MAX_INT_LEN]))
    }

    fn push_float(&mut self, f: f64) -> Result<(), TextTooLong> {
        number::write_float(f, self).map_err(|_| TextTooLong { limit: self.limit })
    }

    /// Appends the text of anything but an array.
    fn push_single(&mut self, value: &Value) -> Result<(), TextTooLong> {
        match value {
            Value::Int(n) => self.push_int(*n),
            Value::Float(f) => self.push_float(*f),
            Value::Str(text) => self.push(text.as_bytes()),
            value => self.push(value.single_text().as_bytes()),
        }
    }

    /// Appends the elements' texts, separated by single spaces. Nested arrays appear flattened.
    fn push_joined(&mut self, array: &Array) -> Result<(), TextTooLong> {
        // The arrays around the current element, each with the number of its next one.
        let mut open = vec![(array, 0)];
        while let Some((array, next)) = open.last_mut() {
            let nested = match array.slice() {
                Slice::Int(ints) => self.separated(ints, |out, n| out.push_int(*n))?,
                Slice::Float(floats) => self.separated(floats, |out, f| out.push_float(*f))?,
                Slice::Bool(bools) => {
                    self.separated(bools, |out, b| out.push(bool_text(*b).as_bytes()))?
                }
                Slice::General(values) => self.push_until_array(values, next)?,
            };
            match nested {
                Some(inner) => open.push((inner, 0)),
                None => drop(open.pop()),
            }
        }
        Ok(())
    }

    fn separated<T>(
        &mut self,
        items: &[T],
        push: impl Fn(&mut Self, &T) -> Result<(), TextTooLong>,
    ) -> Result<Option<&'static Array>, TextTooLong> {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.push(b" ")?;
            }
            push(self, item)?;
        }
        Ok(None)
    }

    /// Appends elements from `next` on up to the first array, which it returns.
    fn push_until_array<'v>(
        &mut self,
        values: &'v [Value],
        next: &mut usize,
    ) -> Result<Option<&'v Array>, TextTooLong> {
        while let Some(value) = values.get(*next) {
            if *next > 0 {
                self.push(b" ")?;
            }
            *next += 1;
            match value {
                Value::Array(inner) => return Ok(Some(inner)),
                single => self.push_single(single)?,
            }
        }
        Ok(None)
    }
}

impl Write for Limited<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

fn bool_text(b: bool) -> &'static str {
    if b { "1" } else { "" }
}

impl Value {
    /// The value's text, if it is at most `limit` bytes long.
    ///
    /// ```
    /// use fusevm::Value;
    ///
    /// let list = Value::array(vec![Value::Int(1), Value::Undef, Value::str("x")]);
    /// assert_eq!(list.text(100)?.as_str(), Some("1  x"));
    /// assert!(list.text(3).is_err());
    /// # Ok::<(), fusevm::value::TextTooLong>(())
    /// ```
    ///
    /// # Errors
    /// When it is longer, or there is no memory for it.
    pub fn text(&self, limit: usize) -> Result<Text<'_>, TextTooLong> {
        let text = if let Value::Array(array) = self {
            let mut out = Vec::new();
            let mut limited = Limited {
                out: &mut out,
                limit,
            };
            limited.push_joined(array)?;
            let mut joined = SmallBuf::EMPTY;
            joined.try_push(&out).map_err(|_| TextTooLong { limit })?;
            Text(Form::Owned(Key(joined)))
        } else {
            self.single_text()
        };
        if text.len() > limit {
            return Err(TextTooLong { limit });
        }
        Ok(text)
    }

    /// The value's text as a key. That of a text is moved, so that it can be appended to in place.
    ///
    /// ```
    /// use fusevm::Value;
    ///
    /// let mut text = Value::str("caf").into_key(100)?;
    /// text.try_push(b"\xc3")?;
    /// text.try_push(b"\xa9")?;
    /// assert_eq!(text.into_value(), Value::str("café"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When it is longer than `limit` bytes, or there is no memory for it.
    pub fn into_key(self, limit: usize) -> Result<Key, TextTooLong> {
        match self {
            Value::Str(text) if text.as_bytes().len() <= limit => Ok(text.into()),
            Value::Bytes(bytes) if bytes.as_bytes().len() <= limit => Ok(bytes.into()),
            other => other.text(limit).map(Text::into_key),
        }
    }

    /// Appends the value's text to `out`, which may become `limit` bytes long in all.
    ///
    /// # Errors
    /// When it would become longer, or there is no memory for it; `out` is then unchanged.
    pub fn append_text(&self, out: &mut Vec<u8>, limit: usize) -> Result<(), TextTooLong> {
        let start = out.len();
        let appended = self.append_what_fits(out, limit);
        if appended.is_err() {
            out.truncate(start);
        }
        appended
    }

    /// As `append_text`, but leaves the beginning of a text that is too long.
    pub(super) fn append_what_fits(
        &self,
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), TextTooLong> {
        let mut limited = Limited { out, limit };
        match self {
            Value::Array(array) => limited.push_joined(array),
            single => limited.push_single(single),
        }
    }

    /// The text of anything but an array; that of an array is empty here.
    fn single_text(&self) -> Text<'_> {
        Text(match self {
            Value::Undef | Value::Array(_) => Form::Constant(""),
            Value::Bool(b) => Form::Constant(bool_text(*b)),
            Value::Int(n) => return Text::int(*n),
            Value::Status(code) => return Text::int((*code).into()),
            Value::Str(text) => Form::Borrowed(&text.0),
            Value::Bytes(bytes) => Form::Borrowed(&bytes.0),
            Value::Hash(_) => Form::Constant("(hash)"),
            Value::Ref(_) => Form::Constant("(ref)"),
            Value::Handle(_) => Form::Constant("(handle)"),
            Value::Float(f) => {
                let mut text = Str::new();
                // Some hundred bytes at most: only an exhausted allocator can refuse them.
                let _ = number::write_float(*f, &mut text);
                Form::Owned(text.into())
            }
            Value::NativeFn(id) => {
                let mut text = Str::from("(builtin:");
                let _ = write!(text, "{id})");
                Form::Owned(text.into())
            }
            Value::Object(object) => Form::Owned(object.get().display().into()),
        })
    }
}
