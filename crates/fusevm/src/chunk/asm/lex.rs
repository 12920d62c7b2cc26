//! One line of assembly as tokens, and quoted text in both directions.

use std::str::CharIndices;

use super::Problem;

/// A place in a line: 1-based column and length, both in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) column: usize,
    pub(super) length: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind<'a>,
    pub(super) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind<'a> {
    /// A mnemonic, directive, bare name or number.
    Word(&'a str),
    /// `"text"`
    Text(String),
    /// `b"bytes"`
    Bytes(Vec<u8>),
    /// `#5`: an index into a pool.
    Index(u64),
    /// `@5`: an absolute place in the code.
    Place(u64),
    /// One of `: , [ ] { } ( )`.
    Mark(char),
}

impl TokenKind<'_> {
    /// The token in an error message.
    pub(super) fn describe(&self) -> String {
        match self {
            TokenKind::Word(word) => format!("`{word}`"),
            TokenKind::Text(_) => "a text".to_owned(),
            TokenKind::Bytes(_) => "a byte string".to_owned(),
            TokenKind::Index(index) => format!("`#{index}`"),
            TokenKind::Place(place) => format!("`@{place}`"),
            TokenKind::Mark(mark) => format!("`{mark}`"),
        }
    }
}

/// Whether a name can be written without quotes.
pub(super) fn is_bare_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | '$'))
        && chars.all(|c| is_word_char(c) && !matches!(c, '+' | '-'))
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '+' | '-')
}

/// Splits a line into tokens, up to a comment.
pub(super) fn tokens(line: &str) -> Result<Vec<Token<'_>>, Problem> {
    let mut lexer = Lexer {
        line,
        chars: line.char_indices(),
        column: 1,
    };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    line: &'a str,
    chars: CharIndices<'a>,
    /// Of the next character.
    column: usize,
}

impl<'a> Lexer<'a> {
    fn token(&mut self) -> Result<Option<Token<'a>>, Problem> {
        self.take_while(char::is_whitespace);
        let start = self.column;
        let kind = match self.peek() {
            None | Some(';') => return Ok(None),
            Some('"') => TokenKind::Text(self.text()?),
            Some('b') if self.chars.as_str().starts_with("b\"") => {
                self.bump();
                TokenKind::Bytes(self.bytes()?)
            }
            Some('#') => TokenKind::Index(self.prefixed_number()?),
            Some('@') => TokenKind::Place(self.prefixed_number()?),
            Some(mark @ (':' | ',' | '[' | ']' | '{' | '}' | '(' | ')')) => {
                self.bump();
                TokenKind::Mark(mark)
            }
            Some(c) if is_word_char(c) => TokenKind::Word(self.take_while(is_word_char)),
            Some(c) => {
                self.bump();
                return Err(Problem::new(
                    self.span_from(start),
                    format!("unexpected character {c:?}"),
                ));
            }
        };
        Ok(Some(Token {
            kind,
            span: self.span_from(start),
        }))
    }

    fn peek(&self) -> Option<char> {
        self.chars.as_str().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let (_, c) = self.chars.next()?;
        self.column += 1;
        Some(c)
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let start = self.chars.offset();
        while self.peek().is_some_and(&accept) {
            self.bump();
        }
        &self.line[start..self.chars.offset()]
    }

    fn span_from(&self, start: usize) -> Span {
        Span {
            column: start,
            length: (self.column - start).max(1),
        }
    }

    fn prefixed_number(&mut self) -> Result<u64, Problem> {
        let start = self.column;
        let prefix = self.bump().unwrap_or_default();
        let digits = self.take_while(is_word_char);
        digits.parse().map_err(|_| {
            Problem::new(
                self.span_from(start),
                format!("expected a number after `{prefix}`"),
            )
        })
    }

    fn text(&mut self) -> Result<String, Problem> {
        let start = self.column;
        self.bump();
        let mut text = String::new();
        loop {
            let column = self.column;
            match self.bump() {
                None => return Err(self.unclosed(start)),
                Some('"') => return Ok(text),
                Some('\\') => match self.escape(column)? {
                    Escape::Char(c) => text.push(c),
                    Escape::Byte(byte) if byte.is_ascii() => text.push(byte.into()),
                    Escape::Byte(_) => {
                        return Err(Problem::new(
                            self.span_from(column),
                            "a text has no bytes above \\x7f",
                        )
                        .help("write b\"...\" for bytes, \\u{...} for a character"));
                    }
                },
                Some(c) => text.push(c),
            }
        }
    }

    fn bytes(&mut self) -> Result<Vec<u8>, Problem> {
        let start = self.column;
        self.bump();
        let mut bytes = Vec::new();
        loop {
            let column = self.column;
            let c = match self.bump() {
                None => return Err(self.unclosed(start)),
                Some('"') => return Ok(bytes),
                Some('\\') => match self.escape(column)? {
                    Escape::Byte(byte) => {
                        bytes.push(byte);
                        continue;
                    }
                    Escape::Char(c) => c,
                },
                Some(c) => c,
            };
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    fn unclosed(&self, start: usize) -> Problem {
        Problem::new(
            Span {
                column: start,
                length: 1,
            },
            "the closing quote is missing",
        )
    }

    /// What follows a backslash, which was at `column`.
    fn escape(&mut self, column: usize) -> Result<Escape, Problem> {
        let c = match self.bump() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('0') => '\0',
            Some(c @ ('"' | '\'' | '\\')) => c,
            Some('x') => return self.hex_byte(column).map(Escape::Byte),
            Some('u') => self.unicode(column)?,
            _ => {
                return Err(Problem::new(self.span_from(column), "unknown escape")
                    .help(r#"escapes are \n \r \t \0 \" \' \\ \x41 \u{1f600}"#));
            }
        };
        Ok(Escape::Char(c))
    }

    fn hex_byte(&mut self, column: usize) -> Result<u8, Problem> {
        let mut digit = || self.bump().and_then(|c| c.to_digit(16));
        match (digit(), digit()) {
            (Some(high), Some(low)) => Ok((high * 16 + low) as u8),
            _ => Err(Problem::new(
                self.span_from(column),
                r"expected two hex digits after \x",
            )),
        }
    }

    fn unicode(&mut self, column: usize) -> Result<char, Problem> {
        let mut c = None;
        if self.bump() == Some('{') {
            let digits = self.take_while(|c| c.is_ascii_hexdigit());
            c = u32::from_str_radix(digits, 16)
                .ok()
                .and_then(char::from_u32);
        }
        match (c, self.bump()) {
            (Some(c), Some('}')) => Ok(c),
            _ => Err(Problem::new(
                self.span_from(column),
                r"expected a code point as in \u{1f600}",
            )),
        }
    }
}

enum Escape {
    Char(char),
    Byte(u8),
}

/// Writes a text in quotes, so that [`tokens`] reads it back.
pub(super) fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '\'' => out.push(c),
            _ => out.extend(c.escape_debug()),
        }
    }
    out.push('"');
}

/// Writes a byte string in quotes, so that [`tokens`] reads it back.
pub(super) fn write_bytes(out: &mut String, bytes: &[u8]) {
    out.push_str("b\"");
    out.extend(bytes.escape_ascii().map(char::from));
    out.push('"');
}

/// Writes a name, in quotes if it needs them.
pub(super) fn write_name(out: &mut String, name: &str) {
    if is_bare_name(name) {
        out.push_str(name);
    } else {
        write_text(out, name);
    }
}
