//! Text to tokens.

use super::token::{Keyword, Punct, Tok, Token};
use super::{Builtin, Diagnostic, Sources, Span};
use crate::{Language, Standard};

/// The tokens of a source, which also ends its last line. What is no token is reported and left
/// out.
pub(super) fn tokens(
    sources: &Sources,
    index: usize,
    language: &Language,
) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut lexer = Lexer {
        sources,
        language,
        // Sources are bounded in number.
        source: index as u16,
        text: sources.text(index),
        at: 0,
        tokens: Vec::new(),
        errors: Vec::new(),
    };
    lexer.run();
    lexer.push(Tok::Newline, lexer.at);
    (lexer.tokens, lexer.errors)
}

struct Lexer<'s> {
    sources: &'s Sources,
    language: &'s Language,
    source: u16,
    text: &'s [u8],
    at: usize,
    tokens: Vec<Token>,
    errors: Vec<Diagnostic>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        // A file that is run as a command names its interpreter in the first line; that is a
        // comment like any other.
        while let Some(&byte) = self.text.get(self.at) {
            let start = self.at;
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' => {
                    self.at += 1;
                    self.push(Tok::Newline, start);
                }
                b'#' => {
                    let rest = &self.text[start..];
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                }
                b'\\' if self.continues_line() => {}
                b'"' => self.text_literal(),
                // A text to be translated; there are no translations.
                b'_' if self.byte(1) == Some(b'"') => self.at += 1,
                b'0'..=b'9' => self.number(),
                b'.' if self.byte(1).is_some_and(|byte| byte.is_ascii_digit()) => self.number(),
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
                b'/' if !self.divides() => self.regex(),
                _ => self.punct(),
            }
        }
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    /// From `start` to the present place.
    fn span(&self, start: usize) -> Span {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span {
            source: self.source,
            start: narrow(start),
            end: narrow(self.at),
        }
    }

    fn push(&mut self, kind: Tok, start: usize) {
        let span = self.span(start);
        self.tokens.push(Token { kind, span });
    }

    fn error(&mut self, start: usize, message: impl Into<String>) {
        self.errors.push(self.sources.at(self.span(start), message));
    }

    /// Skips a backslash at the end of a line.
    fn continues_line(&mut self) -> bool {
        let length = match self.text[self.at + 1..] {
            [b'\n', ..] => 2,
            [b'\r', b'\n', ..] => 3,
            _ => return false,
        };
        self.at += length;
        true
    }

    fn divides(&self) -> bool {
        self.tokens
            .last()
            .is_some_and(|token| token.kind.ends_operand())
    }

    fn word(&mut self) {
        let start = self.at;
        self.at += word_len(&self.text[start..]);
        if self.language.is_gnu() && self.text[self.at..].starts_with(b"::") {
            let length = word_len(&self.text[self.at + 2..]);
            if length > 0 {
                self.at += 2 + length;
            }
        }
        let word = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
        let keyword = Keyword::ALL.iter().find(|(name, _)| *name == word);
        let builtin = Builtin::ALL.iter().find(|(name, _)| *name == word);
        let standard = self.language.standard;
        let kind = match (keyword, builtin) {
            (Some((_, keyword)), _) if keyword.is_in(standard) => Tok::Keyword(*keyword),
            (_, Some((_, builtin))) if builtin.is_in(standard) => Tok::Builtin(*builtin),
            _ if self.byte(0) == Some(b'(') => Tok::Called(word),
            _ => Tok::Name(word),
        };
        self.push(kind, start);
    }

    /// Decimal, or hexadecimal behind `0x`, or octal behind `0`.
    fn number(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if let [b'0', b'x' | b'X', hex @ ..] = rest {
            let length = hex.iter().take_while(|byte| byte.is_ascii_hexdigit());
            let length = length.count();
            if length > 0 {
                self.at += 2 + length;
                let value = hex[..length].iter().fold(0.0, |value, digit| {
                    let digit = char::from(*digit).to_digit(16).unwrap_or(0);
                    value * 16.0 + f64::from(digit)
                });
                return self.push(Tok::Number(value), start);
            }
        }
        let whole = digits(rest);
        let mut length = whole;
        if rest.get(length) == Some(&b'.') {
            length += 1 + digits(&rest[length + 1..]);
        }
        if let Some(b'e' | b'E') = rest.get(length) {
            let sign = usize::from(matches!(rest.get(length + 1), Some(b'+' | b'-')));
            let exponent = digits(&rest[length + 1 + sign..]);
            if exponent > 0 {
                length += 1 + sign + exponent;
            }
        }
        self.at += length;
        let literal = &rest[..length];
        let octal = |byte: &u8| matches!(byte, b'0'..=b'7');
        let value = if literal.len() > 1 && literal[0] == b'0' && literal.iter().all(octal) {
            let digits = literal.iter();
            digits.fold(0.0, |value, digit| value * 8.0 + f64::from(digit - b'0'))
        } else {
            let literal = str::from_utf8(literal).unwrap_or("0");
            literal.parse().unwrap_or(0.0)
        };
        self.push(Tok::Number(value), start);
    }

    fn text_literal(&mut self) {
        let start = self.at;
        let mut text = Vec::new();
        self.at += 1;
        loop {
            match self.byte(0) {
                Some(b'"') => break,
                Some(b'\\') if self.continues_line() => {}
                // POSIX knows no numbers in hexadecimal.
                Some(b'\\')
                    if self.byte(1) == Some(b'x') && self.language.standard == Standard::Posix =>
                {
                    text.push(b'x');
                    self.at += 2;
                }
                Some(b'\\') if self.byte(1).is_some() => {
                    self.at += 1;
                    self.at += escape(&self.text[self.at..], &mut text);
                }
                Some(byte) if byte != b'\n' => {
                    text.push(byte);
                    self.at += 1;
                }
                _ => {
                    self.error(start, "the string does not end; close it with `\"`");
                    return self.push(Tok::Text(text), start);
                }
            }
        }
        self.at += 1;
        self.push(Tok::Text(text), start);
    }

    /// A regular expression; a slash within brackets or behind a backslash does not end it.
    fn regex(&mut self) {
        let start = self.at;
        let mut text = Vec::new();
        self.at += 1;
        let mut bracket = None;
        loop {
            match self.byte(0) {
                Some(b'/') if bracket.is_none() => break,
                Some(b'\\') if self.continues_line() => continue,
                Some(b'\\') if self.byte(1).is_some_and(|byte| byte != b'\n') => {
                    let escaped = self.text[self.at + 1];
                    if escaped != b'/' {
                        text.push(b'\\');
                    }
                    text.push(escaped);
                    self.at += 2;
                    continue;
                }
                Some(b'[') => match bracket {
                    None => {
                        bracket = Some(text.len());
                        // A bracket right behind the opening one, or behind `^`, is a member.
                        let negated = usize::from(self.byte(1) == Some(b'^'));
                        let member = usize::from(self.byte(1 + negated) == Some(b']'));
                        let head = 1 + negated + member;
                        text.extend_from_slice(&self.text[self.at..self.at + head]);
                        self.at += head;
                        continue;
                    }
                    Some(_) => {
                        if let Some(length) = class_len(&self.text[self.at..]) {
                            text.extend_from_slice(&self.text[self.at..self.at + length]);
                            self.at += length;
                            continue;
                        }
                    }
                },
                Some(b']') => bracket = None,
                Some(byte) if byte != b'\n' => {
                    text.push(byte);
                    self.at += 1;
                    continue;
                }
                Some(b'\n') | None => {
                    self.error(
                        start,
                        "the regular expression does not end; close it with `/`",
                    );
                    return self.push(Tok::Regex(text), start);
                }
                Some(_) => {}
            }
            text.push(self.text[self.at]);
            self.at += 1;
        }
        self.at += 1;
        self.push(Tok::Regex(text), start);
    }

    fn punct(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        let standard = self.language.standard;
        let found = Punct::ALL
            .iter()
            .find(|(text, punct)| rest.starts_with(text.as_bytes()) && punct.is_in(standard));
        if let Some(&(text, punct)) = found {
            self.at += text.len();
            return self.push(Tok::Punct(punct), start);
        }
        let head = &rest[..rest.len().min(4)];
        let valid = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        self.at += valid.chars().next().map_or(1, char::len_utf8);
        let shown = String::from_utf8_lossy(&self.text[start..self.at])
            .escape_debug()
            .to_string();
        self.error(start, format!("`{shown}` has no meaning here"));
    }
}

/// The length of the word that a text starts with.
fn word_len(text: &[u8]) -> usize {
    let is_letter = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    text.iter().take_while(is_letter).count()
}

/// The length of `[:name:]`, `[.x.]` or `[=x=]` that the text starts with.
fn class_len(text: &[u8]) -> Option<usize> {
    let [b'[', mark @ (b':' | b'.' | b'='), rest @ ..] = text else {
        return None;
    };
    let line = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let end = memchr::memmem::find(&rest[..line], &[*mark, b']'])?;
    Some(end + 4)
}

/// Appends what an escape stands for, of which `text` is what follows the backslash and not
/// empty; gives how much of it belongs to the escape. An unknown escape stands for its character.
pub(super) fn escape(text: &[u8], out: &mut Vec<u8>) -> usize {
    let simple = match text[0] {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'0'..=b'7' => {
            let octal = |byte: &&u8| matches!(byte, b'0'..=b'7');
            let digits = text.iter().take(3).take_while(octal);
            let value = digits
                .clone()
                .fold(0u32, |value, digit| value * 8 + u32::from(digit - b'0'));
            out.push(value as u8);
            return digits.count();
        }
        b'x' => {
            let digits = text[1..]
                .iter()
                .take(2)
                .take_while(|byte| byte.is_ascii_hexdigit());
            let value = digits.clone().fold(0u32, |value, digit| {
                value * 16 + char::from(*digit).to_digit(16).unwrap_or(0)
            });
            let length = digits.count();
            out.push(if length == 0 { b'x' } else { value as u8 });
            return 1 + length;
        }
        other => other,
    };
    out.push(simple);
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Source;

    fn lex(text: &str) -> (Vec<Tok>, Vec<String>) {
        let sources = Sources::new(&[Source::new("t", text)]);
        let (tokens, errors) = tokens(&sources, 0, &Language::default());
        let mut kinds: Vec<Tok> = tokens.into_iter().map(|token| token.kind).collect();
        kinds.truncate(kinds.len() - 1);
        (kinds, errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn slashes_divide_behind_operands() {
        let regex = |text: &str| Tok::Regex(text.into());
        let slash = Tok::Punct(Punct::Slash);
        let (tokens, _) = lex("a / b ~ /c\\/[/]d/ / 2");
        assert_eq!(tokens[1], slash);
        assert_eq!(tokens[4], regex("c/[/]d"));
        assert_eq!(tokens[5], slash);
        assert_eq!(lex("/[]/]\\.x/").0, [regex("[]/]\\.x")]);
        assert_eq!(lex("/[[:alpha:]/]/").0, [regex("[[:alpha:]/]")]);
    }

    #[test]
    fn numbers() {
        for (text, value) in [
            ("0", 0.0),
            ("12.5", 12.5),
            (".5e1", 5.0),
            ("1e", 1.0),
            ("1.", 1.0),
            ("011", 9.0),
            ("089", 89.0),
            ("0x1F", 31.0),
            ("0x", 0.0),
        ] {
            assert_eq!(lex(text).0[0], Tok::Number(value), "{text}");
        }
    }

    #[test]
    fn strings() {
        for (text, value) in [
            (r#""a\tb""#, "a\tb"),
            (r#""\101\x41\"\\\/""#, "AA\"\\/"),
            ("\"a\\\nb\"", "ab"),
            (r#""\q\.""#, "q."),
        ] {
            assert_eq!(lex(text).0, [Tok::Text(value.into())], "{text}");
        }
    }

    #[test]
    fn what_is_no_token_is_reported() {
        let cases = [
            (
                "\"abc",
                "t:1:1: the string does not end; close it with `\"`",
            ),
            (
                "x ~ /ab\n",
                "t:1:5: the regular expression does not end; close it with `/`",
            ),
            ("x = é", "t:1:5: `é` has no meaning here"),
            ("\u{1}", "t:1:1: `\\u{1}` has no meaning here"),
        ];
        for (text, error) in cases {
            assert_eq!(lex(text).1, [error], "{text}");
        }
    }
}
