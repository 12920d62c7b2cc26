//! Reading the tokens of a line one after the other.

use std::vec::IntoIter;

use super::Problem;
use super::lex::{Span, Token, TokenKind};

pub(super) struct Cursor<'a> {
    tokens: IntoIter<Token<'a>>,
    /// Just after the last token that was read.
    end: Span,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(tokens: Vec<Token<'a>>) -> Self {
        Cursor {
            tokens: tokens.into_iter(),
            end: Span {
                column: 1,
                length: 1,
            },
        }
    }

    pub(super) fn peek(&self) -> Option<&TokenKind<'a>> {
        self.tokens.as_slice().first().map(|token| &token.kind)
    }

    /// Where the next token is, or the end of the line.
    pub(super) fn span(&self) -> Span {
        self.tokens
            .as_slice()
            .first()
            .map_or(self.end, |token| token.span)
    }

    /// The next token; `expected` says what an error message misses at the end of the line.
    pub(super) fn next(&mut self, expected: &str) -> Result<Token<'a>, Problem> {
        self.advance().ok_or_else(|| self.end_of_line(expected))
    }

    fn advance(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.next()?;
        self.end = Span {
            column: token.span.column + token.span.length,
            length: 1,
        };
        Some(token)
    }

    fn end_of_line(&self, expected: &str) -> Problem {
        Problem::new(
            self.end,
            format!("expected {expected}, found the end of the line"),
        )
    }

    /// Reads the mark if it comes next.
    pub(super) fn eat(&mut self, mark: char) -> bool {
        self.peek() == Some(&TokenKind::Mark(mark)) && self.advance().is_some()
    }

    pub(super) fn expect(&mut self, mark: char) -> Result<(), Problem> {
        let expected = format!("`{mark}`");
        let token = self.next(&expected)?;
        if token.kind == TokenKind::Mark(mark) {
            Ok(())
        } else {
            Err(token.unexpected(&expected))
        }
    }

    /// Reads a comma (true) or the end of the list (false).
    pub(super) fn comma_or(&mut self, close: char) -> Result<bool, Problem> {
        let expected = format!("`,` or `{close}`");
        let token = self.next(&expected)?;
        match token.kind {
            TokenKind::Mark(',') => Ok(true),
            TokenKind::Mark(mark) if mark == close => Ok(false),
            _ => Err(token.unexpected(&expected)),
        }
    }

    /// The line must be over.
    pub(super) fn finish(&mut self) -> Result<(), Problem> {
        match self.advance() {
            None => Ok(()),
            Some(token) => Err(token.unexpected("the end of the line")),
        }
    }
}

impl Token<'_> {
    pub(super) fn unexpected(&self, expected: &str) -> Problem {
        Problem::new(
            self.span,
            format!("expected {expected}, found {}", self.kind.describe()),
        )
    }
}
