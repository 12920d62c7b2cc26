//! Program texts, places in them, and what is wrong there.

use std::fmt;

use super::lexer;

/// A part of a program's text: an operand of the command line, or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What to call it in messages.
    pub name: String,
    /// The text, which need not be UTF-8.
    pub text: Vec<u8>,
}

impl Source {
    /// A source of that name.
    pub fn new(name: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        Source {
            name: name.into(),
            text: text.into(),
        }
    }
}

/// Some bytes of one source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// Which of the sources.
    pub source: u16,
    /// The first byte.
    pub start: u32,
    /// Behind the last byte.
    pub end: u32,
}

impl Span {
    /// From the start of this span to the end of another.
    pub(crate) fn to(self, other: Span) -> Span {
        let end = if other.source == self.source {
            other.end.max(self.end)
        } else {
            self.end
        };
        Span { end, ..self }
    }
}

/// What is wrong with a program, and where.
///
/// Its [`Display`](fmt::Display) form is one line, `name:line:column: message`;
/// [`render`](Self::render) also shows the source line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, and what to do about it.
    pub message: String,
    /// The name of the source.
    pub source: String,
    /// The line, from 1; 0 when it is not known.
    pub line: u32,
    /// The column in characters, from 1; 0 when it is not known.
    pub column: u32,
    /// The text of the line.
    pub text: String,
    /// How many characters from the column on are meant.
    pub width: u32,
    /// The text is no program, rather than one that cannot be run.
    pub is_syntax: bool,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for Diagnostic {}

impl Diagnostic {
    /// The message, the source line, and a mark under what is meant. Control characters are
    /// shown as blanks: a program must not write to the terminal by way of its errors.
    pub fn render(&self) -> String {
        let clean = |text: &str| -> String {
            text.chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect()
        };
        let head = clean(&self.to_string());
        if self.text.is_empty() {
            return head + "\n";
        }
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let text = clean(&self.text);
        let mut out = format!("{head}\n{margin} |\n{number} | {text}\n");
        if self.column > 0 {
            let indent = " ".repeat(self.column as usize - 1);
            let mark = "^".repeat(self.width.max(1) as usize);
            out += &format!("{margin} | {indent}{mark}\n");
        }
        out
    }
}

/// The sources of one program. Lines are also counted through all of them, which is how a chunk
/// knows them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources {
    sources: Vec<Source>,
    /// The starts of the lines of each source.
    lines: Vec<Vec<u32>>,
}

impl Sources {
    pub(crate) fn new(sources: &[Source]) -> Self {
        Sources {
            sources: sources.to_vec(),
            lines: sources.iter().map(line_starts).collect(),
        }
    }

    /// The number of sources.
    pub(super) fn len(&self) -> usize {
        self.sources.len()
    }

    /// The text of a source.
    pub(super) fn text(&self, index: usize) -> &[u8] {
        &self.sources[index].text
    }

    /// Adds a source behind the others; gives its number.
    pub(super) fn add(&mut self, source: Source) -> Result<usize, String> {
        if self.sources.len() > usize::from(u16::MAX) {
            return Err("the program has too many sources".to_owned());
        }
        self.lines.push(line_starts(&source));
        self.sources.push(source);
        Ok(self.sources.len() - 1)
    }

    /// A line that is counted through all sources, as its source, its number there, and its text.
    pub(crate) fn line_at(&self, line: u32) -> Option<(&Source, usize, &[u8])> {
        let mut line = line as usize;
        let mut index = 0;
        while line > self.lines.get(index)?.len() {
            line -= self.lines[index].len();
            index += 1;
        }
        Some((&self.sources[index], line, self.line_text(index, line)?))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter()
    }

    /// The line of a span's start, counted from 1 through all sources.
    pub(crate) fn line(&self, span: Span) -> u32 {
        let source = usize::from(span.source);
        let before: usize = self.lines.iter().take(source).map(Vec::len).sum();
        let within = self.line_within(span);
        u32::try_from(before + within).unwrap_or(u32::MAX)
    }

    fn line_within(&self, span: Span) -> usize {
        self.lines
            .get(usize::from(span.source))
            .map_or(0, |starts| starts.partition_point(|&at| at <= span.start))
    }

    /// A diagnostic about a span.
    pub(crate) fn at(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        let index = usize::from(span.source);
        let line = self.line_within(span);
        let (Some(source), Some(text)) = (self.sources.get(index), self.line_text(index, line))
        else {
            return Diagnostic {
                message: message.into(),
                source: String::new(),
                line: 0,
                column: 0,
                text: String::new(),
                width: 0,
                is_syntax: false,
            };
        };
        let start = (span.start - self.lines[index][line - 1]) as usize;
        let end = start.saturating_add((span.end - span.start) as usize);
        let characters = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().count() as u32;
        let before = &text[..start.min(text.len())];
        let marked = &text[before.len()..end.clamp(before.len(), text.len())];
        Diagnostic {
            message: message.into(),
            source: source.name.clone(),
            line: line as u32,
            column: characters(before) + 1,
            text: String::from_utf8_lossy(text).into_owned(),
            width: characters(marked).max(1),
            is_syntax: false,
        }
    }

    /// A diagnostic about a line that is counted through all sources; 0 is none.
    pub(crate) fn at_line(&self, line: u32, message: impl Into<String>) -> Diagnostic {
        let mut line = line as usize;
        let mut index = 0;
        while line > self.lines.get(index).map_or(usize::MAX, Vec::len) {
            line -= self.lines[index].len();
            index += 1;
        }
        let text = self.line_text(index, line).unwrap_or_default();
        let source = self
            .sources
            .get(index.min(self.sources.len().saturating_sub(1)));
        Diagnostic {
            message: message.into(),
            source: source.map_or_else(String::new, |source| source.name.clone()),
            line: line as u32,
            column: 0,
            text: String::from_utf8_lossy(text).into_owned(),
            width: 0,
            is_syntax: false,
        }
    }

    fn line_text(&self, source: usize, line: usize) -> Option<&[u8]> {
        let starts = self.lines.get(source)?;
        let start = *starts.get(line.checked_sub(1)?)? as usize;
        let text = self.sources[source].text.get(start..)?;
        let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
        Some(&text[..end])
    }
}

fn line_starts(source: &Source) -> Vec<u32> {
    let newlines = memchr::memchr_iter(b'\n', &source.text);
    let behind = newlines.map(|at| u32::try_from(at + 1).unwrap_or(u32::MAX));
    std::iter::once(0).chain(behind).collect()
}

/// The text of an assignment on the command line: escapes are those of strings.
pub(crate) fn unescape_operand(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'\\' && !rest.is_empty() {
            let used = lexer::escape(rest, &mut out);
            rest = &rest[used..];
        } else {
            out.push(byte);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_columns_of_characters() {
        let sources = Sources::new(&[Source::new("a", "x\n"), Source::new("b", "é = \u{3}(\n")]);
        let span = Span {
            source: 1,
            start: 6,
            end: 7,
        };
        assert_eq!(sources.line(span), 3);
        let diagnostic = sources.at(span, "no");
        assert_eq!(diagnostic.to_string(), "b:1:6: no");
        assert_eq!(
            diagnostic.render(),
            "b:1:6: no\n  |\n1 | é =  (\n  |      ^\n"
        );
        assert_eq!(sources.at_line(3, "no").to_string(), "b:1: no");
        assert_eq!(sources.at_line(0, "no").to_string(), "a: no");
        assert_eq!(sources.at_line(99, "no").line, 95);
    }

    #[test]
    fn operands_have_the_escapes_of_strings() {
        let cases: [(&[u8], &[u8]); 5] = [
            (b"plain", b"plain"),
            (b"a\\tb\\\\", b"a\tb\\"),
            (b"\\101\\x42", b"AB"),
            (b"end\\", b"end\\"),
            (b"\\\"\\/\\q", b"\"/q"),
        ];
        for (text, expected) in cases {
            assert_eq!(unescape_operand(text), expected);
        }
    }
}
