//! Bytes to records.

use std::io::{self, Read};

use super::regex::{Flavor, Regex, RegexError};

/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// What stands between records.
#[derive(Debug)]
pub(crate) enum Terminator {
    /// One byte.
    Byte(u8),
    /// Empty lines; those before the first record do not count.
    Paragraph,
    Regex(Box<Regex>),
    /// A line feed that is not within quotes, perhaps with a carriage return before it.
    Csv,
}

impl Terminator {
    /// What a text means as `RS`. Upper and lower case may be the same in regular expressions; a
    /// single character is none.
    pub(crate) fn new(text: &[u8], flavor: Flavor) -> Result<Self, RegexError> {
        Ok(match text {
            b"" => Terminator::Paragraph,
            [byte] => Terminator::Byte(*byte),
            regex => Terminator::Regex(Box::new(Regex::with(regex, flavor)?)),
        })
    }
}

/// What became of records that were passed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Passed {
    /// How many there were, with the one that was found; none at the end of the input.
    pub(crate) records: usize,
    /// The last of them was found.
    pub(crate) found: bool,
}

/// Reads records from anything that gives bytes.
pub(crate) struct Reader {
    source: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// What of the buffer was not given away yet.
    start: usize,
    end: usize,
    /// How much in front of that ended the last record.
    ended_by: usize,
    at_end: bool,
}

impl Reader {
    pub(crate) fn new(source: Box<dyn Read + Send>) -> Self {
        Reader {
            source,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            ended_by: 0,
            at_end: false,
        }
    }

    /// Makes `record` the next record; false at the end of the input. A record may have `limit`
    /// bytes.
    pub(crate) fn read(
        &mut self,
        terminator: &mut Terminator,
        record: &mut Vec<u8>,
        limit: usize,
    ) -> io::Result<bool> {
        if let Terminator::Paragraph = terminator {
            self.skip_lines(limit)?;
        }
        let mut searched = 0;
        loop {
            let text = &self.buffer[self.start..self.end];
            let found = match terminator {
                Terminator::Byte(byte) => {
                    let found = memchr::memchr(*byte, &text[searched..]);
                    found.map(|at| (searched + at, searched + at + 1))
                }
                Terminator::Paragraph => find_empty_line(text, searched, self.at_end),
                Terminator::Csv => find_unquoted_line(text),
                // A match at the end of what is there may go on.
                Terminator::Regex(regex) => {
                    find_some(regex, text).filter(|&(_, end)| end < text.len() || self.at_end)
                }
            };
            if let Some((end, next)) = found {
                record.clear();
                record.extend_from_slice(&text[..end]);
                self.ended_by = next - end;
                self.start += next;
                return Ok(true);
            }
            if self.at_end {
                let mut last = text;
                if let Terminator::Paragraph = terminator {
                    last = last.strip_suffix(b"\n").unwrap_or(last);
                }
                let any = !text.is_empty();
                if any {
                    record.clear();
                    record.extend_from_slice(last);
                }
                self.ended_by = text.len() - last.len();
                self.start = self.end;
                return Ok(any);
            }
            searched = match terminator {
                Terminator::Byte(_) => text.len(),
                // The line feeds at the end may be those of an empty line.
                Terminator::Paragraph => {
                    let lines = text.iter().rev().take_while(|byte| **byte == b'\n');
                    text.len() - lines.count()
                }
                Terminator::Regex(_) | Terminator::Csv => 0,
            };
            self.fill(limit)?;
        }
    }

    /// Passes over records that end with a byte, up to the first one in which `find` finds something,
    /// or else to the last of those that are at hand. `find` gets any number of records, and gives a
    /// place in the first of them that is to be found. `record` becomes the last record that was
    /// passed or found.
    pub(crate) fn pass(
        &mut self,
        byte: u8,
        record: &mut Vec<u8>,
        limit: usize,
        find: impl FnOnce(&[u8]) -> Option<usize>,
    ) -> io::Result<Passed> {
        let text = loop {
            let text = &self.buffer[self.start..self.end];
            // All records but one that may go on.
            let complete = match memchr::memrchr(byte, text) {
                Some(last) if !self.at_end || last + 1 == text.len() => &text[..last],
                _ if self.at_end && !text.is_empty() => text,
                _ if self.at_end => return Ok(Passed::default()),
                _ => {
                    self.fill(limit)?;
                    continue;
                }
            };
            break complete;
        };
        let found = find(text);
        let start_of = |place: usize| memchr::memrchr(byte, &text[..place]).map_or(0, |at| at + 1);
        let (start, end) = match found {
            Some(place) => {
                let length = memchr::memchr(byte, &text[place..]);
                let end = length.map_or(text.len(), |length| place + length);
                (start_of(place), end)
            }
            None => (start_of(text.len()), text.len()),
        };
        record.clear();
        record.extend_from_slice(&text[start..end]);
        let records = memchr::memchr_iter(byte, &text[..start]).count() + 1;
        self.ended_by = usize::from(self.start + end < self.end);
        self.start += end + self.ended_by;
        Ok(Passed {
            records,
            found: found.is_some(),
        })
    }

    /// What ended the last record, empty at the end of the input.
    pub(crate) fn ended_by(&self) -> &[u8] {
        &self.buffer[self.start - self.ended_by..self.start]
    }

    /// Paragraphs: skips the line feeds before the next one.
    fn skip_lines(&mut self, limit: usize) -> io::Result<()> {
        loop {
            let text = &self.buffer[self.start..self.end];
            if let Some(at) = text.iter().position(|byte| *byte != b'\n') {
                self.start += at;
                return Ok(());
            }
            self.start = self.end;
            if self.at_end {
                return Ok(());
            }
            self.fill(limit)?;
        }
    }

    /// Reads more, behind what is there.
    fn fill(&mut self, limit: usize) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end > limit {
            let message = format!("a record is longer than {limit} bytes");
            return Err(io::Error::other(message));
        }
        if self.buffer.len() - self.end < CHUNK {
            // Long records double the buffer, so that they are not copied too often.
            let wanted = (self.end * 2).max(self.end + CHUNK);
            self.buffer.resize(wanted, 0);
        }
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.at_end = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            return Ok(());
        }
    }
}

/// The first line feed that is not within quotes, with a carriage return before it.
fn find_unquoted_line(text: &[u8]) -> Option<(usize, usize)> {
    let mut is_quoted = false;
    for at in memchr::memchr2_iter(b'"', b'\n', text) {
        match text[at] {
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            _ => {
                let end = text[..at].strip_suffix(b"\r").map_or(at, <[u8]>::len);
                return Some((end, at + 1));
            }
        }
    }
    None
}

/// The first match that is not empty.
fn find_some(regex: &mut Regex, text: &[u8]) -> Option<(usize, usize)> {
    let mut from = 0;
    loop {
        let (start, end) = regex.find(text, from)?;
        if end > start {
            return Some((start, end));
        }
        from = start + 1;
        if from > text.len() {
            return None;
        }
    }
}

/// Where two or more line feeds start and end. At the end of what is there, more may come.
fn find_empty_line(text: &[u8], from: usize, at_end: bool) -> Option<(usize, usize)> {
    let start = from + memchr::memmem::find(&text[from..], b"\n\n")?;
    let length = text[start..].iter().take_while(|byte| **byte == b'\n');
    let end = start + length.count();
    (end < text.len() || at_end).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives a few bytes at a time.
    struct Trickle(Vec<u8>, usize);

    impl Read for Trickle {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Ok(count)
        }
    }

    fn records(text: &[u8], step: usize, terminator: &str) -> Vec<Vec<u8>> {
        let mut reader = Reader::new(Box::new(Trickle(text.to_vec(), step)));
        let mut terminator = Terminator::new(terminator.as_bytes(), Flavor::default()).unwrap();
        let mut records = Vec::new();
        let mut record = Vec::new();
        while reader.read(&mut terminator, &mut record, 1000).unwrap() {
            records.push(record.clone());
        }
        records
    }

    #[test]
    fn records_by_terminator() {
        let cases: [(&str, &str, &[&str]); 11] = [
            ("\n", "a\nb\n", &["a", "b"]),
            ("\n", "a\n\nb", &["a", "", "b"]),
            ("\n", "", &[]),
            (";", "a;b\n", &["a", "b\n"]),
            ("", "\n\na\nb\n\n\nc\n", &["a\nb", "c"]),
            ("", "a\n\n", &["a"]),
            ("", "a\n\n\n", &["a"]),
            ("", "\n\n", &[]),
            ("ab+", "1abb2ab3\n", &["1", "2", "3\n"]),
            ("[0-9]+", "a12b3", &["a", "b"]),
            ("x*", "axxb", &["a", "b"]),
        ];
        for (terminator, text, expected) in cases {
            for step in [1, 2, 3, 100] {
                assert_eq!(
                    records(text.as_bytes(), step, terminator),
                    expected
                        .iter()
                        .map(|text| text.as_bytes())
                        .collect::<Vec<_>>(),
                    "{text:?} by {terminator:?}, {step} at a time"
                );
            }
        }
    }

    #[test]
    fn records_without_something_are_passed() {
        let text = b"one\ntwo\n\nthree\ntwo and four\nfive";
        for step in [1, 2, 7, 100] {
            let mut reader = Reader::new(Box::new(Trickle(text.to_vec(), step)));
            let mut record = Vec::new();
            let (mut number, mut found) = (0, Vec::new());
            loop {
                let find = |text: &[u8]| memchr::memmem::find(text, b"two");
                let passed = reader.pass(b'\n', &mut record, 1000, find).unwrap();
                if passed.records == 0 {
                    break;
                }
                number += passed.records;
                if passed.found {
                    found.push((number, String::from_utf8_lossy(&record).into_owned()));
                }
            }
            let expected = [(2, "two".to_owned()), (5, "two and four".to_owned())];
            assert_eq!(
                (number, found.as_slice()),
                (6, expected.as_slice()),
                "{step}"
            );
            assert_eq!(record, b"five");
            assert_eq!(reader.ended_by(), b"");
        }
    }

    #[test]
    fn a_record_is_bounded() {
        let mut reader = Reader::new(Box::new(io::repeat(b'x')));
        let mut terminator = Terminator::new(b"\n", Flavor::default()).unwrap();
        let error = reader
            .read(&mut terminator, &mut Vec::new(), 1000)
            .unwrap_err();
        assert_eq!(error.to_string(), "a record is longer than 1000 bytes");
    }

    proptest! {
        #[test]
        fn lines_are_those_of_a_split(text in "[ab\n]{0,30}", step in 1..9usize) {
            let mut lines: Vec<Vec<u8>> = text.split('\n').map(Into::into).collect();
            if lines.last().is_some_and(Vec::is_empty) {
                lines.pop();
            }
            prop_assert_eq!(records(text.as_bytes(), step, "\n"), lines);
        }
    }
}
