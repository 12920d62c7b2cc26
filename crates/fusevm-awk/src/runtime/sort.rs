//! The orders in which arrays are gone over and sorted.

use std::cmp::Ordering;

use fusevm::Value;
use fusevm::semantics::NumberFormat;
use fusevm::semantics::dialect::awk;
use fusevm::value::{Hash, Key};

use super::text::{number_of, push_text};

/// An order of the elements of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    by: By,
    descending: bool,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// Nothing: elements stay in the order in which they were added.
    Nothing,
    IndexText,
    /// Indices as numbers, and where these are equal, as texts.
    IndexNumber,
    /// Numbers, which come first, as such, and texts as texts.
    ValueType,
    ValueText,
    /// Elements as numbers, and where these are equal, as texts.
    ValueNumber,
}

impl Order {
    /// The order in which elements were added.
    pub(crate) const ADDED: Order = Order::ascending(By::Nothing);
    /// What `asort` does by itself.
    pub(crate) const VALUES: Order = Order::ascending(By::ValueType);
    /// What `asorti` does by itself.
    pub(crate) const INDICES: Order = Order::ascending(By::IndexText);

    const fn ascending(by: By) -> Self {
        Order {
            by,
            descending: false,
        }
    }

    /// The order of a name, such as `@val_num_desc`.
    pub(crate) fn named(name: &[u8]) -> Result<Self, String> {
        let name = String::from_utf8_lossy(name);
        let unknown = || {
            if name.starts_with('@') {
                format!("there is no order `{name}`; one is `@val_num_asc`")
            } else {
                format!("sort comparison function `{name}` is not defined")
            }
        };
        if name == "@unsorted" {
            return Ok(Order::ADDED);
        }
        let (what, direction) = name.rsplit_once('_').ok_or_else(unknown)?;
        let by = match what {
            "@ind_str" => By::IndexText,
            "@ind_num" => By::IndexNumber,
            "@val_type" => By::ValueType,
            "@val_str" => By::ValueText,
            "@val_num" => By::ValueNumber,
            _ => return Err(unknown()),
        };
        let descending = match direction {
            "asc" => false,
            "desc" => true,
            _ => return Err(unknown()),
        };
        Ok(Order { by, descending })
    }
}

/// An element with what it is sorted by.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) value: Value,
    /// What comes before what: values before arrays, and by type, numbers before texts.
    class: u8,
    number: f64,
    text: Vec<u8>,
}

/// The elements of an array in an order. Those that are equal stay in the order in which they
/// were added.
/// Texts may be compared as if they were in lower case.
pub(crate) fn sorted(
    hash: &Hash,
    order: Order,
    format: NumberFormat,
    ignore_case: bool,
) -> Vec<Entry> {
    let folded = |text: Vec<u8>| if ignore_case { fold(&text) } else { text };
    let entry = |(key, value): (&Key, &Value)| {
        let by_value = matches!(order.by, By::ValueType | By::ValueText | By::ValueNumber);
        let is_array = matches!(value, Value::Handle(_));
        let (class, number, text) = match order.by {
            By::Nothing => (0, 0.0, Vec::new()),
            By::IndexText => (0, 0.0, folded(key.as_bytes().to_vec())),
            By::IndexNumber => {
                let text = key.as_bytes().to_vec();
                (0, awk::leading_number(&text), text)
            }
            _ if by_value && is_array => (2, 0.0, Vec::new()),
            By::ValueType if is_number(value) => (0, number_of(value), Vec::new()),
            By::ValueType => (1, 0.0, folded(text_of(value, format))),
            By::ValueText => (0, 0.0, folded(text_of(value, format))),
            By::ValueNumber => (0, number_of(value), text_of(value, format)),
        };
        Entry {
            key: key.clone(),
            value: value.clone(),
            class,
            number,
            text,
        }
    };
    let mut entries: Vec<Entry> = hash.iter().map(entry).collect();
    entries.sort_by(|a, b| {
        let order_here = compare(a, b);
        if order.descending {
            order_here.reverse()
        } else {
            order_here
        }
    });
    entries
}

/// NaN is behind all other numbers, and zero has no sign.
fn compare(a: &Entry, b: &Entry) -> Ordering {
    let classes = a.class.cmp(&b.class);
    let numbers = a
        .number
        .partial_cmp(&b.number)
        .unwrap_or_else(|| a.number.is_nan().cmp(&b.number.is_nan()));
    classes.then(numbers).then_with(|| a.text.cmp(&b.text))
}

/// A text in lower case.
pub(crate) fn fold(text: &[u8]) -> Vec<u8> {
    let mut folded = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        folded.extend_from_slice(chunk.valid().to_lowercase().as_bytes());
        folded.extend_from_slice(chunk.invalid());
    }
    folded
}

fn is_number(value: &Value) -> bool {
    match value {
        Value::Str(text) => awk::input_number(text).is_some(),
        Value::Undef | Value::Bytes(_) => false,
        _ => true,
    }
}

fn text_of(value: &Value, format: NumberFormat) -> Vec<u8> {
    let mut text = Vec::new();
    push_text(&mut text, value, format);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders() {
        let mut hash = Hash::new();
        for (key, value) in [
            ("2", Value::str("b")),
            ("10", Value::Int(10)),
            ("x", Value::str("9x")),
            ("1", Value::Float(9.5)),
            ("0", Value::from_input("11")),
        ] {
            hash.insert(key, value);
        }
        for (name, expected) in [
            ("@unsorted", "2 10 x 1 0"),
            ("@ind_str_asc", "0 1 10 2 x"),
            ("@ind_num_asc", "0 x 1 2 10"),
            ("@ind_num_desc", "10 2 1 x 0"),
            ("@val_type_asc", "1 10 0 x 2"),
            ("@val_type_desc", "2 x 0 10 1"),
            ("@val_str_asc", "10 0 1 x 2"),
            ("@val_num_asc", "2 x 1 10 0"),
        ] {
            let order = Order::named(name.as_bytes()).unwrap();
            let entries = sorted(&hash, order, NumberFormat::default(), false);
            let keys: Vec<_> = entries
                .iter()
                .map(|entry| entry.key.as_str().unwrap())
                .collect();
            assert_eq!(keys.join(" "), expected, "{name}");
        }
    }

    #[test]
    fn what_is_no_order() {
        for (name, message) in [
            ("@x", "there is no order `@x`; one is `@val_num_asc`"),
            (
                "@val_num_up",
                "there is no order `@val_num_up`; one is `@val_num_asc`",
            ),
            ("f", "sort comparison function `f` is not defined"),
        ] {
            assert_eq!(Order::named(name.as_bytes()).unwrap_err(), message);
        }
    }
}
