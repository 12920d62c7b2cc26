//! Conversions under the dialects.

pub mod awk;

use crate::chunk::Dialect;
use crate::value::Value;

impl Dialect {
    /// The truth of a value.
    #[inline]
    pub fn truth(self, value: &Value) -> bool {
        match (self, value) {
            (Dialect::Awk, Value::Str(text)) => match awk::input_number(text) {
                Some(number) => number != 0.0,
                None => !text.is_empty(),
            },
            _ => value.is_truthy(),
        }
    }

    /// A value as an integer; doubles are truncated and saturate.
    #[inline]
    pub fn int(self, value: &Value) -> i64 {
        match (self, value) {
            (Dialect::Awk, Value::Str(_) | Value::Bytes(_)) => self.float(value) as i64,
            _ => value.to_int(),
        }
    }

    /// A value as a double.
    #[inline]
    pub fn float(self, value: &Value) -> f64 {
        match (self, value) {
            (Dialect::Awk, Value::Str(text)) => awk::leading_number(text.as_bytes()),
            (Dialect::Awk, Value::Bytes(bytes)) => awk::leading_number(bytes),
            _ => value.to_float(),
        }
    }
}
