//! The record and its fields.

use fusevm::Value;
use fusevm::semantics::NumberFormat;

use super::split::Separator;
use super::text::push_text;

/// The most fields that a record can be given.
const MAX_FIELDS: i64 = 1 << 24;

/// The record. Fields are split off as far as somebody asks for them, and the text is joined
/// again when somebody asks for it after a field was changed.
#[derive(Debug)]
pub(crate) struct Record {
    /// The text, unless it is [`stale`](Self::stale); in any case what `bounds` are about. Behind
    /// it is [`PADDING`], with which short fields become values faster.
    buffer: Vec<u8>,
    /// How much of the buffer is the text.
    len: usize,
    /// `$0` as a value, once somebody asked.
    whole: Option<Value>,
    /// The program made the text, so that it does not look like a number.
    made: bool,
    /// From where on the text is not split yet.
    rest: Option<usize>,
    /// Where the fields are in the text.
    bounds: Vec<(usize, usize)>,
    /// Fields that were assigned to, by position; there may be fewer than fields.
    assigned: Vec<Option<Value>>,
    /// A field was assigned to since the text was made.
    stale: bool,
}

/// What is behind the text of a record.
const PADDING: [u8; 16] = [0; 16];

impl Default for Record {
    fn default() -> Self {
        Record {
            buffer: PADDING.to_vec(),
            len: 0,
            whole: None,
            made: false,
            rest: None,
            bounds: Vec::new(),
            assigned: Vec::new(),
            stale: false,
        }
    }
}

impl Record {
    /// What there is before the first record.
    pub(crate) fn unassigned() -> Self {
        let mut record = Record::default();
        record.set(Value::Undef, b"");
        record
    }

    /// Makes a record of what `fill` puts into an empty or used buffer, if it is true.
    pub(crate) fn replace<E>(
        &mut self,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<bool, E>,
    ) -> Result<bool, E> {
        // Filling may fail or find nothing, and then the record stays.
        let filled = fill(&mut self.buffer)?;
        if filled {
            self.close();
            self.forget();
        }
        Ok(filled)
    }

    /// Makes a value, whose text this is, the record. It stays what it is: only its fields look
    /// as if they had been read.
    pub(crate) fn set(&mut self, value: Value, text: &[u8]) {
        self.buffer.clear();
        self.buffer.extend_from_slice(text);
        self.close();
        self.forget();
        self.whole = Some(value);
    }

    /// Makes a text of the program's the record, in exchange for what `text` may be used for.
    pub(crate) fn exchange(&mut self, text: &mut Vec<u8>) {
        std::mem::swap(&mut self.buffer, text);
        self.close();
        self.forget();
        self.made = true;
    }

    /// The buffer is the text.
    fn close(&mut self) {
        self.len = self.buffer.len();
        self.buffer.extend_from_slice(&PADDING);
    }

    fn forget(&mut self) {
        self.whole = None;
        self.made = false;
        self.rest = Some(0);
        self.stale = false;
        self.bounds.clear();
        self.assigned.clear();
    }

    /// Splits the rest of the record.
    pub(crate) fn split(&mut self, separator: &mut Separator) {
        self.split_to(usize::MAX, separator);
    }

    /// Splits the record until there are so many fields, or no more.
    fn split_to(&mut self, wanted: usize, separator: &mut Separator) {
        if let Some(from) = self.rest
            && self.bounds.len() < wanted
        {
            let text = &self.buffer[..self.len];
            let known = self.bounds.len();
            self.rest = separator.split_from(text, from, wanted, &mut self.bounds);
            if separator.has_quotes() {
                for (at, &(start, end)) in self.bounds.iter().enumerate().skip(known) {
                    if let Some(field) = separator.unquoted(&text[start..end]) {
                        self.assigned.resize(at + 1, None);
                        self.assigned[at] = Some(Value::from_input(&field));
                    }
                }
            }
        }
    }

    /// The number of fields.
    pub(crate) fn count(&mut self, separator: &mut Separator) -> usize {
        self.split(separator);
        self.bounds.len()
    }

    /// Field `index`, from 1; empty, as if it had never been assigned, behind the last one.
    pub(crate) fn field(&mut self, index: usize, separator: &mut Separator) -> Value {
        self.split_to(index, separator);
        let at = index - 1;
        if let Some(Some(value)) = self.assigned.get(at) {
            return value.clone();
        }
        match self.bounds.get(at) {
            Some(&(start, end)) => Value::input_part(&self.buffer, start..end),
            // Empty text, not what was never assigned: as in all AWKs, it is not equal to 0.
            None => Value::str(""),
        }
    }

    /// The text of field `index`, from 1, unless the program assigned to it.
    pub(crate) fn part(&mut self, index: usize, separator: &mut Separator) -> Option<&[u8]> {
        self.split_to(index, separator);
        let at = index - 1;
        if let Some(Some(_)) = self.assigned.get(at) {
            return None;
        }
        let &(start, end) = self.bounds.get(at).unwrap_or(&(0, 0));
        Some(&self.buffer[start..end])
    }

    /// Sets field `index`, from 1; the record gets longer if it must.
    pub(crate) fn set_field(
        &mut self,
        index: usize,
        value: Value,
        separator: &mut Separator,
    ) -> Result<(), String> {
        if self.count(separator) < index {
            self.set_count(index as i64, separator)?;
        }
        if self.assigned.len() < index {
            self.assigned.resize(index, None);
        }
        self.assigned[index - 1] = Some(value);
        self.stale = true;
        Ok(())
    }

    /// Sets the number of fields; new ones are empty.
    pub(crate) fn set_count(
        &mut self,
        count: i64,
        separator: &mut Separator,
    ) -> Result<(), String> {
        if count < 0 {
            return Err("NF set to negative value".to_owned());
        }
        if count > MAX_FIELDS {
            return Err(format!(
                "a record can have {MAX_FIELDS} fields, not {count}"
            ));
        }
        self.split(separator);
        self.bounds.resize(count as usize, (0, 0));
        self.assigned.truncate(count as usize);
        self.stale = true;
        Ok(())
    }

    /// The text of the record; changed fields are joined by `between`.
    pub(crate) fn text(&mut self, between: &[u8], format: NumberFormat) -> &[u8] {
        if self.stale {
            self.join(between, format);
        }
        &self.buffer[..self.len]
    }

    /// The number that the record is, if the program assigned one whose text depends on a format.
    pub(crate) fn fraction(&self) -> Option<&Value> {
        let whole = self.whole.as_ref().filter(|_| !self.stale);
        whole.filter(|value| matches!(value, Value::Float(_)))
    }

    /// `$0`.
    pub(crate) fn whole(&mut self, between: &[u8], format: NumberFormat) -> Value {
        if self.stale {
            self.join(between, format);
        }
        let text = &self.buffer[..self.len];
        let made = self.made;
        self.whole
            .get_or_insert_with(|| match made {
                true => Value::bytes(text),
                false => Value::from_input(text),
            })
            .clone()
    }

    fn join(&mut self, between: &[u8], format: NumberFormat) {
        let mut text = Vec::with_capacity(self.len + 2 * PADDING.len());
        for (at, bounds) in self.bounds.iter_mut().enumerate() {
            if at > 0 {
                text.extend_from_slice(between);
            }
            let start = text.len();
            match self.assigned.get(at) {
                Some(Some(value)) => push_text(&mut text, value, format),
                _ => text.extend_from_slice(&self.buffer[bounds.0..bounds.1]),
            }
            *bounds = (start, text.len());
        }
        self.buffer = text;
        self.close();
        self.whole = None;
        self.made = false;
        self.stale = false;
    }
}

#[cfg(test)]
mod tests {
    use super::super::regex::Flavor;
    use super::*;

    fn text(record: &mut Record) -> String {
        let text = record.text(b"-", NumberFormat::default());
        String::from_utf8_lossy(text).into_owned()
    }

    #[test]
    fn fields_and_text_follow_each_other() {
        let blanks = &mut Separator::new(b" ", false, Flavor::default()).unwrap();
        let mut record = Record::default();
        record.set(Value::Undef, b"  a 2  c ");
        assert_eq!(text(&mut record), "  a 2  c ");
        assert_eq!(record.count(blanks), 3);
        assert_eq!(record.field(2, blanks), Value::from_input("2"));
        assert_eq!(record.field(4, blanks), Value::str(""));

        record.set_field(2, Value::Float(0.5), blanks).unwrap();
        assert_eq!(text(&mut record), "a-0.5-c");
        assert_eq!(record.field(2, blanks), Value::Float(0.5));
        record.set_field(5, Value::str("e"), blanks).unwrap();
        assert_eq!(text(&mut record), "a-0.5-c--e");
        record.set_count(2, blanks).unwrap();
        assert_eq!(text(&mut record), "a-0.5");
        record.set_count(3, blanks).unwrap();
        assert_eq!(text(&mut record), "a-0.5-");
        assert_eq!(record.field(3, blanks), Value::from_input(""));
        assert!(record.set_count(-1, blanks).is_err());
        assert!(record.set_count(i64::MAX, blanks).is_err());

        record.set(Value::str("7"), b"7");
        assert_eq!(record.count(blanks), 1);
        let whole = record.whole(b"-", NumberFormat::default());
        assert!(matches!(whole, Value::Str(text) if !text.is_input()));
    }
}
