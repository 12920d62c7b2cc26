//! The serialised form: externally tagged, variants named and numbered as those of [`Value`].
//!
//! Written by hand because the depth has to be counted: the formats recurse, and bytes from
//! outside must not choose how deep.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess};
use serde::de::{Deserializer, Visitor};
use serde::ser::{Error as _, SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};

use super::{Array, Hash, Key, Kind, Ref, Str, Value};

/// Containers may nest this deep in the serialised form; deeper values are refused both ways.
pub const MAX_SERDE_DEPTH: usize = 128;

/// At most this many elements are allocated because a serialised form announces them.
const MAX_TRUSTED_LEN: usize = 1024;

/// The variants of the serialised form: the kinds, and one more.
#[derive(Clone, Copy, Deserialize)]
#[serde(variant_identifier)]
enum Tag {
    Undef,
    Bool,
    Int,
    Float,
    Str,
    Array,
    Hash,
    Status,
    Ref,
    NativeFn,
    Bytes,
    Handle,
    Object,
    /// A hash with keys that are not valid UTF-8: a list of pairs.
    ByteHash,
}

const BYTE_HASH: &str = "ByteHash";

const TAGS: &[&str] = &[
    Kind::Undef.name(),
    Kind::Bool.name(),
    Kind::Int.name(),
    Kind::Float.name(),
    Kind::Str.name(),
    Kind::Array.name(),
    Kind::Hash.name(),
    Kind::Status.name(),
    Kind::Ref.name(),
    Kind::NativeFn.name(),
    Kind::Bytes.name(),
    Kind::Handle.name(),
    Kind::Object.name(),
    BYTE_HASH,
];

fn too_deep() -> String {
    format!("value nests deeper than {MAX_SERDE_DEPTH} containers")
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Nested(self, MAX_SERDE_DEPTH).serialize(serializer)
    }
}

/// What is inside a container, with the number of levels that are left.
struct Nested<T>(T, usize);

impl Serialize for Nested<&Value> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Nested(value, left) = *self;
        let kind = value.kind();
        let (tag, name) = (kind as u32, kind.name());
        let inner = || {
            left.checked_sub(1)
                .ok_or_else(|| S::Error::custom(too_deep()))
        };
        macro_rules! variant {
            ($payload:expr) => {
                serializer.serialize_newtype_variant("Value", tag, name, $payload)
            };
        }
        match value {
            Value::Undef => serializer.serialize_unit_variant("Value", tag, name),
            Value::Bool(b) => variant!(b),
            Value::Int(n) => variant!(n),
            Value::Float(f) => variant!(f),
            Value::Str(text) => variant!(text.as_str()),
            Value::Array(array) => variant!(&Nested(array, inner()?)),
            Value::Hash(hash) if hash.keys().all(|key| key.as_str().is_some()) => {
                variant!(&Nested(hash, inner()?))
            }
            Value::Hash(hash) => serializer.serialize_newtype_variant(
                "Value",
                Tag::ByteHash as u32,
                BYTE_HASH,
                &Nested(Pairs(hash), inner()?),
            ),
            Value::Status(code) => variant!(code),
            Value::Ref(target) => variant!(&Nested(&**target, inner()?)),
            Value::NativeFn(id) => variant!(id),
            Value::Bytes(bytes) => variant!(&ByteString(bytes)),
            Value::Handle(_) => Err(S::Error::custom(
                "a Handle cannot be serialised: it names a container of a running VM",
            )),
            Value::Object(object) => Err(S::Error::custom(format_args!(
                "an Object cannot be serialised: {} belongs to the front end",
                object.get().type_name()
            ))),
        }
    }
}

impl Serialize for Nested<&Array> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Nested(array, left) = *self;
        let mut elements = serializer.serialize_seq(Some(array.len()))?;
        for value in array {
            elements.serialize_element(&Nested(&value, left))?;
        }
        elements.end()
    }
}

impl Serialize for Nested<&Hash> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Nested(hash, left) = *self;
        let mut entries = serializer.serialize_map(Some(hash.len()))?;
        for (key, value) in hash {
            entries.serialize_entry(key.as_str().unwrap_or_default(), &Nested(value, left))?;
        }
        entries.end()
    }
}

/// The entries of a hash as a list.
#[derive(Clone, Copy)]
struct Pairs<'a>(&'a Hash);

impl Serialize for Nested<Pairs<'_>> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Nested(Pairs(hash), left) = *self;
        let mut pairs = serializer.serialize_seq(Some(hash.len()))?;
        for (key, value) in hash {
            pairs.serialize_element(&(ByteString(key.as_bytes()), Nested(value, left)))?;
        }
        pairs.end()
    }
}

struct ByteString<'a>(&'a [u8]);

impl Serialize for ByteString<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Seed::<Value>::new(MAX_SERDE_DEPTH).deserialize(deserializer)
    }
}

/// Reads a `T`, in which containers may nest `left` levels deep.
struct Seed<T> {
    left: usize,
    reads: PhantomData<T>,
}

impl<T> Seed<T> {
    fn new(left: usize) -> Self {
        Seed {
            left,
            reads: PhantomData,
        }
    }

    /// For what is inside the container that is about to be read.
    fn inner<U, E: serde::de::Error>(&self) -> Result<Seed<U>, E> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Seed::new(left)),
            None => Err(E::custom(too_deep())),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<Value> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_enum("Value", TAGS, self)
    }
}

impl<'de> Visitor<'de> for Seed<Value> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        let (tag, payload) = access.variant()?;
        Ok(match tag {
            Tag::Undef => {
                payload.unit_variant()?;
                Value::Undef
            }
            Tag::Bool => Value::Bool(payload.newtype_variant()?),
            Tag::Int => Value::Int(payload.newtype_variant()?),
            Tag::Float => Value::Float(payload.newtype_variant()?),
            Tag::Str => Value::Str(payload.newtype_variant_seed(Seed::<Str>::new(0))?),
            Tag::Array => Value::Array(payload.newtype_variant_seed(self.inner::<Array, _>()?)?),
            Tag::Hash => Value::Hash(payload.newtype_variant_seed(self.inner::<Hash, _>()?)?),
            Tag::Status => Value::Status(payload.newtype_variant()?),
            Tag::Ref => Value::Ref(Ref::new(
                payload.newtype_variant_seed(self.inner::<Value, _>()?)?,
            )),
            Tag::NativeFn => Value::NativeFn(payload.newtype_variant()?),
            Tag::Bytes => payload
                .newtype_variant_seed(Seed::<Key>::new(0))?
                .into_value(),
            Tag::ByteHash => {
                let pairs = self.inner::<PairList, _>()?;
                Value::Hash(payload.newtype_variant_seed(pairs)?)
            }
            Tag::Handle | Tag::Object => {
                return Err(A::Error::custom(
                    "this kind of value has no serialised form",
                ));
            }
        })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<Array> {
    type Value = Array;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Array, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Seed<Array> {
    type Value = Array;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Array, A::Error> {
        let announced = elements.size_hint().unwrap_or(0);
        let mut array = Array::with_capacity(announced.min(MAX_TRUSTED_LEN));
        while let Some(value) = elements.next_element_seed(Seed::<Value>::new(self.left))? {
            array.push(value);
        }
        Ok(array)
    }
}

impl<'de> DeserializeSeed<'de> for Seed<Hash> {
    type Value = Hash;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Hash, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Seed<Hash> {
    type Value = Hash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from text to values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Hash, A::Error> {
        let announced = entries.size_hint().unwrap_or(0);
        let mut hash = Hash::with_capacity(announced.min(MAX_TRUSTED_LEN));
        while let Some(key) = entries.next_key_seed(Seed::<Str>::new(0))? {
            hash.insert(key, entries.next_value_seed(Seed::<Value>::new(self.left))?);
        }
        Ok(hash)
    }
}

/// Stands for a hash that is written as a list of pairs.
struct PairList;

impl<'de> DeserializeSeed<'de> for Seed<PairList> {
    type Value = Hash;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Hash, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Seed<PairList> {
    type Value = Hash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of pairs of a byte string and a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<Hash, A::Error> {
        let mut hash = Hash::new();
        while let Some((key, value)) =
            pairs.next_element_seed(Seed::<(Key, Value)>::new(self.left))?
        {
            hash.insert(key, value);
        }
        Ok(hash)
    }
}

impl<'de> DeserializeSeed<'de> for Seed<(Key, Value)> {
    type Value = (Key, Value);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_tuple(2, self)
    }
}

impl<'de> Visitor<'de> for Seed<(Key, Value)> {
    type Value = (Key, Value);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pair of a byte string and a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Self::Value, A::Error> {
        let missing = |at| A::Error::invalid_length(at, &self);
        let key = pair.next_element_seed(Seed::<Key>::new(0))?;
        let key = key.ok_or_else(|| missing(0))?;
        let value = pair.next_element_seed(Seed::<Value>::new(self.left))?;
        Ok((key, value.ok_or_else(|| missing(1))?))
    }
}

impl<'de> DeserializeSeed<'de> for Seed<Str> {
    type Value = Str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Seed<Str> {
    type Value = Str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Str, E> {
        Ok(text.into())
    }
}

impl<'de> DeserializeSeed<'de> for Seed<Key> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl<'de> Visitor<'de> for Seed<Key> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a byte string")
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Key, E> {
        Ok(bytes.into())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Key, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Key, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = elements.next_element::<u8>()? {
            bytes.push(byte);
        }
        Ok(bytes.as_slice().into())
    }
}
