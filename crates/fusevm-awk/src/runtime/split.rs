//! Texts to fields.

use super::matches::{Matches, Span};
use super::regex::{Flavor, Regex, RegexError};
use super::scan;

/// What stands between fields.
#[derive(Debug)]
pub(crate) struct Separator {
    kind: Kind,
    /// A line feed separates, too: records are paragraphs.
    lines: bool,
    /// Characters are bytes.
    bytes: bool,
}

#[derive(Debug)]
enum Kind {
    /// Blanks, tabs and line feeds, as many as there are; those around the text do not count.
    Blanks,
    /// One byte.
    Byte(u8),
    /// Nothing: each character is a field.
    Characters,
    Regex(Box<Regex>),
    /// Nothing: fields are what matches.
    Pattern(Box<Regex>),
    /// Nothing: fields have so many characters.
    Widths(Vec<Width>),
    /// A comma that is not within quotes.
    Csv,
}

/// How wide a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Width {
    /// The characters in front of it.
    skipped: usize,
    /// Its characters, unless it is the rest.
    length: Option<usize>,
}

impl Separator {
    /// What a text means as `FS`: one blank is any white space, any other single character is
    /// itself, and everything longer a regular expression, in which upper and lower case may be
    /// the same. Where records are paragraphs, a line feed separates as well as a character does.
    pub(crate) fn new(text: &[u8], lines: bool, flavor: Flavor) -> Result<Self, RegexError> {
        let kind = match text {
            b" " => Kind::Blanks,
            b"" => Kind::Characters,
            [byte] => Kind::Byte(*byte),
            regex => Kind::Regex(Box::new(Regex::with(regex, flavor)?)),
        };
        Ok(Separator {
            kind,
            lines,
            bytes: flavor.bytes,
        })
    }

    /// What a text means as `FPAT`: fields are what matches.
    pub(crate) fn pattern(text: &[u8], flavor: Flavor) -> Result<Self, RegexError> {
        Ok(Separator {
            kind: Kind::Pattern(Box::new(Regex::with(text, flavor)?)),
            lines: false,
            bytes: flavor.bytes,
        })
    }

    /// What a text means as `FIELDWIDTHS`: numbers of characters, each perhaps behind a number of
    /// characters to skip and a colon; `*` is the rest.
    pub(crate) fn widths(text: &[u8], bytes: bool) -> Result<Self, String> {
        let text = String::from_utf8_lossy(text);
        let mut widths = Vec::new();
        let mut rest = text.trim_ascii();
        while !rest.is_empty() {
            let end = rest.find(|c: char| c.is_ascii_whitespace());
            let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
            let (skipped, length) = word.split_once(':').unwrap_or(("0", word));
            let length = match (length, length.parse()) {
                ("*", _) if behind.is_empty() => Some(None),
                ("*", _) => {
                    return Err("`*' must be the last designator in FIELDWIDTHS".to_owned());
                }
                (_, Ok(length)) if length > 0 => Some(Some(length)),
                _ => None,
            };
            let (Ok(skipped), Some(length)) = (skipped.parse(), length) else {
                let number = widths.len() + 1;
                return Err(format!(
                    "invalid FIELDWIDTHS value, for field {number}, near `{rest}'"
                ));
            };
            widths.push(Width { skipped, length });
            rest = behind.trim_ascii_start();
        }
        Ok(Separator {
            kind: Kind::Widths(widths),
            lines: false,
            bytes,
        })
    }

    /// Commas, with quotes around fields that hold some.
    pub(crate) fn csv() -> Self {
        Separator {
            kind: Kind::Csv,
            lines: false,
            bytes: false,
        }
    }

    /// Whether fields may stand for something else than their text.
    pub(crate) fn has_quotes(&self) -> bool {
        matches!(self.kind, Kind::Csv)
    }

    /// What a field stands for, if that is not its text: of two quotes within quotes, one.
    pub(crate) fn unquoted(&self, field: &[u8]) -> Option<Vec<u8>> {
        if !self.has_quotes() || memchr::memmem::find(field, b"\"\"").is_none() {
            return None;
        }
        let mut out = Vec::with_capacity(field.len());
        let mut rest = field;
        while let Some(at) = memchr::memchr(b'"', rest) {
            out.extend_from_slice(&rest[..=at]);
            rest = &rest[at + 1..];
            rest = rest.strip_prefix(b"\"").unwrap_or(rest);
        }
        out.extend_from_slice(rest);
        Some(out)
    }

    /// What separates fields at first.
    pub(crate) fn blanks() -> Self {
        Separator {
            kind: Kind::Blanks,
            lines: false,
            bytes: false,
        }
    }

    /// Appends the starts and ends of the fields of a text.
    pub(crate) fn split(&mut self, text: &[u8], fields: &mut Vec<(usize, usize)>) {
        self.split_from(text, 0, usize::MAX, fields);
    }

    /// Goes on splitting at `from`, at least until there are `wanted` fields: where to go on the
    /// next time, or `None` at the end.
    pub(crate) fn split_from(
        &mut self,
        text: &[u8],
        from: usize,
        wanted: usize,
        fields: &mut Vec<(usize, usize)>,
    ) -> Option<usize> {
        if text.is_empty() {
            return None;
        }
        match &mut self.kind {
            Kind::Blanks => split_blanks(text, from, wanted, fields),
            Kind::Byte(byte) => {
                let byte = scan::Byte(*byte);
                if self.lines {
                    let kind = scan::Either(byte, scan::Byte(b'\n'));
                    return split_bytes(kind, text, from, wanted, fields);
                }
                split_bytes(byte, text, from, wanted, fields)
            }
            Kind::Characters => {
                let mut start = from;
                while start < text.len() {
                    let end = start + character_len(&text[start..], self.bytes);
                    fields.push((start, end));
                    start = end;
                }
                None
            }
            Kind::Regex(regex) => {
                split_regex(regex, text, fields);
                None
            }
            Kind::Pattern(regex) => {
                fields.extend(matching(regex, text));
                None
            }
            Kind::Csv => {
                split_csv(text, fields);
                None
            }
            Kind::Widths(widths) => {
                split_widths(widths, text, self.bytes, fields);
                None
            }
        }
    }
}

/// The parts of a text that match.
pub(crate) fn matching(regex: &mut Regex, text: &[u8]) -> Vec<Span> {
    let mut parts = Vec::new();
    let mut matches = Matches::default();
    if !text.is_empty() {
        while let Some(part) = matches.next(regex, text) {
            parts.push(part);
        }
    }
    parts
}

fn split_widths(widths: &[Width], text: &[u8], bytes: bool, fields: &mut Vec<Span>) {
    // Where so many characters from a place end.
    let behind = |mut at: usize, count: usize| {
        for _ in 0..count {
            if at == text.len() {
                break;
            }
            at += character_len(&text[at..], bytes);
        }
        at
    };
    let mut at = 0;
    for width in widths {
        if at == text.len() {
            return;
        }
        let start = behind(at, width.skipped);
        at = width
            .length
            .map_or(text.len(), |length| behind(start, length));
        fields.push((start, at));
    }
}

/// Splits comma-separated values. Quotes around a field do not belong to it.
fn split_csv(text: &[u8], fields: &mut Vec<Span>) {
    let mut start = 0;
    loop {
        let rest = &text[start..];
        let Some(quoted) = rest.strip_prefix(b"\"") else {
            let length = memchr::memchr(b',', rest);
            fields.push((start, start + length.unwrap_or(rest.len())));
            match length {
                Some(length) => start += length + 1,
                None => return,
            }
            continue;
        };
        // Two quotes are one, and part of the field.
        let mut end = 0;
        while let Some(at) = memchr::memchr(b'"', &quoted[end..]) {
            end += at;
            if quoted.get(end + 1) != Some(&b'"') {
                break;
            }
            end += 2;
        }
        let closed = quoted.get(end) == Some(&b'"');
        let end = if closed { end } else { quoted.len() };
        fields.push((start + 1, start + 1 + end));
        let Some(comma) = memchr::memchr(b',', &quoted[end..]) else {
            return;
        };
        start += 1 + end + comma + 1;
    }
}

/// Splits at matches; an empty one separates nothing.
pub(crate) fn split_regex(regex: &mut Regex, text: &[u8], fields: &mut Vec<(usize, usize)>) {
    if text.is_empty() {
        return;
    }
    let (mut start, mut from) = (0, 0);
    while let Some((found, end)) = regex.find(text, from) {
        if end > found {
            fields.push((start, found));
            start = end;
            from = end;
        } else if found < text.len() {
            from = found + regex.character_len(&text[found..]);
        } else {
            break;
        }
    }
    fields.push((start, text.len()));
}

/// Splits at each byte of a kind.
fn split_bytes(
    kind: impl scan::Kind,
    text: &[u8],
    from: usize,
    wanted: usize,
    fields: &mut Vec<Span>,
) -> Option<usize> {
    let (mut start, mut at) = (from, from);
    while fields.len() < wanted {
        let block = &text[at..text.len().min(at + 64)];
        let mut found = scan::mask(block, kind);
        while found != 0 {
            let end = at + found.trailing_zeros() as usize;
            fields.push((start, end));
            start = end + 1;
            found &= found - 1;
        }
        at += block.len();
        if at == text.len() {
            fields.push((start, at));
            return None;
        }
    }
    Some(start)
}

fn split_blanks(text: &[u8], from: usize, wanted: usize, fields: &mut Vec<Span>) -> Option<usize> {
    let mut at = from;
    // Where the field begins that the present block starts in.
    let mut open = None;
    while fields.len() < wanted {
        let block = &text[at..text.len().min(at + 64)];
        let blanks = scan::mask(block, scan::Blank);
        // Where what is there changes from blanks to a field or back.
        let mut changes = blanks ^ (blanks << 1 | u64::from(open.is_none()));
        if block.len() < 64 {
            changes &= (1 << block.len()) - 1;
        }
        while changes != 0 {
            let place = at + changes.trailing_zeros() as usize;
            changes &= changes - 1;
            match open.take() {
                Some(start) => fields.push((start, place)),
                None => open = Some(place),
            }
        }
        at += block.len();
        if at == text.len() {
            fields.extend(open.map(|start| (start, at)));
            return None;
        }
    }
    Some(open.unwrap_or(at))
}

/// The length of the first character of a text that is not empty; a byte that is part of none
/// counts as one.
pub(crate) fn character_len(text: &[u8], bytes: bool) -> usize {
    if bytes || text[0].is_ascii() {
        return 1;
    }
    let head = &text[..text.len().min(4)];
    let valid = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    valid.chars().next().map_or(1, char::len_utf8)
}

/// The number of characters of a text, where a byte that is part of none counts as one.
pub(crate) fn count_characters(text: &[u8], bytes: bool) -> usize {
    if bytes || text.is_ascii() {
        return text.len();
    }
    text.utf8_chunks()
        .map(|chunk| chunk.valid().chars().count() + chunk.invalid().len())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comma_separated_values() {
        for (text, expected) in [
            ("a,b", vec!["a", "b"]),
            (",", vec!["", ""]),
            ("\"a,b\",c", vec!["a,b", "c"]),
            ("\"a\"\"b\",\"\"", vec!["a\"b", ""]),
            ("a\"b,c", vec!["a\"b", "c"]),
            ("\"open, end", vec!["open, end"]),
            ("\"a\nb\" ,c", vec!["a\nb", "c"]),
        ] {
            let mut csv = Separator::csv();
            let mut bounds = Vec::new();
            csv.split(text.as_bytes(), &mut bounds);
            let fields: Vec<String> = bounds
                .iter()
                .map(|&(start, end)| {
                    let field = &text.as_bytes()[start..end];
                    let field = csv.unquoted(field).unwrap_or_else(|| field.to_vec());
                    String::from_utf8(field).unwrap()
                })
                .collect();
            assert_eq!(fields, expected, "{text}");
        }
    }

    #[test]
    fn fields_by_separator() {
        let cases: [(&str, &str, bool, &[&str]); 14] = [
            (" ", "  a b\tc\nd ", false, &["a", "b", "c", "d"]),
            (" ", "   ", false, &[]),
            (" ", "", false, &[]),
            (",", "a,,b,", false, &["a", "", "b", ""]),
            (",", "a\nb", false, &["a\nb"]),
            (",", "a,b\nc", true, &["a", "b", "c"]),
            ("|", "a|b", false, &["a", "b"]),
            ("", "aé", false, &["a", "é"]),
            (", *", "a,  b,c", false, &["a", "b", "c"]),
            ("x*", "axb", false, &["a", "b"]),
            ("[ ]", " a b", false, &["", "a", "b"]),
            ("--", "a--b\nc", true, &["a", "b\nc"]),
            ("^a", "aa", false, &["", "a"]),
            ("é", "aéb", false, &["a", "b"]),
        ];
        for (separator, text, lines, expected) in cases {
            let mut fields = Vec::new();
            let mut parsed =
                Separator::new(separator.as_bytes(), lines, Flavor::default()).unwrap();
            parsed.split(text.as_bytes(), &mut fields);
            let fields: Vec<&str> = fields.iter().map(|&(a, b)| &text[a..b]).collect();
            assert_eq!(fields, expected, "{text:?} by {separator:?}");

            // One after the other.
            let mut stepwise = Vec::new();
            let mut rest = Some(0);
            while let Some(from) = rest {
                let wanted = stepwise.len() + 1;
                rest = parsed.split_from(text.as_bytes(), from, wanted, &mut stepwise);
            }
            let stepwise: Vec<&str> = stepwise.iter().map(|&(a, b)| &text[a..b]).collect();
            assert_eq!(stepwise, expected, "{text:?} by {separator:?}, stepwise");
        }
    }

    #[test]
    fn characters_of_any_bytes() {
        assert_eq!(count_characters("aé€".as_bytes(), false), 3);
        assert_eq!(count_characters(b"a\xff\xfe", false), 3);
        assert_eq!(character_len("€".as_bytes(), false), 3);
        assert_eq!(character_len(b"\xe2\x82", false), 1);
    }
}
