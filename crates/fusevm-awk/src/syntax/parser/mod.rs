//! Tokens to a tree: rules, functions and blocks.

mod expr;
mod stmt;

use std::collections::BTreeSet;

use super::ast::{Block, Function, Pattern, Program, Rule};
use super::token::{Keyword, Punct, Tok, Token};
use super::{Builtin, Diagnostic, Sources, Span, include};
use crate::Language;

/// How many errors are worth reading at once.
const MAX_ERRORS: usize = 10;

/// How deep statements and expressions may be nested: each level takes some native stack.
const MAX_NESTING: usize = 250;

/// Parses a program.
///
/// # Errors
/// What is wrong with it: after an error, parsing goes on with the next statement.
pub(crate) fn parse(
    sources: &mut Sources,
    language: &Language,
) -> Result<Program, Vec<Diagnostic>> {
    let (tokens, errors) = include::tokens(sources, language);
    let mut parser = Parser {
        sources: &*sources,
        tokens: &tokens,
        at: 0,
        nesting: 0,
        errors,
        in_function: false,
        loops: 0,
        switches: 0,
        indirect: BTreeSet::new(),
    };
    let mut program = parser.program();
    program.indirect = std::mem::take(&mut parser.indirect);
    program.sorts = tokens.iter().any(|token| match &token.kind {
        Tok::Builtin(Builtin::Asort | Builtin::Asorti) => true,
        Tok::Name(name) => name == "PROCINFO" || name == "SYMTAB",
        _ => false,
    });
    if parser.errors.is_empty() {
        return Ok(program);
    }
    parser
        .errors
        .sort_by_key(|error| (error.source.clone(), error.line, error.column));
    parser.errors.dedup();
    parser.errors.truncate(MAX_ERRORS);
    for error in &mut parser.errors {
        error.is_syntax = true;
    }
    Err(parser.errors)
}

/// The error is already in the parser's list.
#[derive(Debug)]
struct Reported;

type Parsed<T> = Result<T, Reported>;

struct Parser<'s> {
    sources: &'s Sources,
    tokens: &'s [Token],
    at: usize,
    nesting: usize,
    errors: Vec<Diagnostic>,
    in_function: bool,
    /// Open loops, and open `switch` statements, which `break` leaves.
    loops: usize,
    switches: usize,
    /// With how many arguments functions are called that variables name.
    indirect: BTreeSet<usize>,
}

impl<'s> Parser<'s> {
    fn peek(&self) -> &'s Tok {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> &'s Tok {
        let last = self.tokens.len() - 1;
        &self.tokens[(self.at + ahead).min(last)].kind
    }

    fn span(&self) -> Span {
        self.tokens[self.at].span
    }

    /// From the start of a token to the end of the last one taken.
    fn since(&self, start: Span) -> Span {
        start.to(self.tokens[self.at.saturating_sub(1)].span)
    }

    fn advance(&mut self) -> &'s Tok {
        let kind = self.peek();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        kind
    }

    fn is(&self, punct: Punct) -> bool {
        *self.peek() == Tok::Punct(punct)
    }

    fn is_keyword(&self, keyword: Keyword) -> bool {
        *self.peek() == Tok::Keyword(keyword)
    }

    fn eat(&mut self, punct: Punct) -> bool {
        let there = self.is(punct);
        if there {
            self.advance();
        }
        there
    }

    fn eat_keyword(&mut self, keyword: Keyword) -> bool {
        let there = self.is_keyword(keyword);
        if there {
            self.advance();
        }
        there
    }

    fn expect(&mut self, punct: Punct) -> Parsed<()> {
        if self.eat(punct) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{}`", punct.text())))
    }

    fn skip_newlines(&mut self) {
        while *self.peek() == Tok::Newline {
            self.advance();
        }
    }

    fn skip_separators(&mut self) {
        while *self.peek() == Tok::Newline || self.is(Punct::Semicolon) {
            self.advance();
        }
    }

    fn unexpected(&mut self, wanted: &str) -> Reported {
        let found = self.peek().describe();
        self.error_at(self.span(), format!("expected {wanted}, but found {found}"))
    }

    fn error_at(&mut self, span: Span, message: impl Into<String>) -> Reported {
        self.errors.push(self.sources.at(span, message));
        Reported
    }

    fn gives_up(&self) -> bool {
        self.errors.len() >= MAX_ERRORS
    }

    /// Parses something that is nested, unless it is too deep.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= MAX_NESTING {
            let message = format!("nested too deeply: {MAX_NESTING} levels are possible");
            return Err(self.error_at(self.span(), message));
        }
        self.nesting += 1;
        let result = parse(self);
        self.nesting -= 1;
        result
    }

    fn program(&mut self) -> Program {
        let mut program = Program::default();
        self.skip_separators();
        while *self.peek() != Tok::End && !self.gives_up() {
            let before = self.at;
            if self.item(&mut program).is_err() {
                self.recover(before, false);
            }
            self.skip_separators();
        }
        program
    }

    /// After an error: goes to the end of the statement, over blocks that open on the way. Within
    /// a block, the brace that closes it stays.
    fn recover(&mut self, before: usize, in_block: bool) {
        if self.at == before {
            self.advance();
        }
        let mut depth = 0usize;
        loop {
            match self.peek() {
                Tok::End => return,
                Tok::Newline | Tok::Punct(Punct::Semicolon) if depth == 0 => return,
                Tok::Punct(Punct::OpenBrace) => depth += 1,
                Tok::Punct(Punct::CloseBrace) if depth == 0 && in_block => return,
                Tok::Punct(Punct::CloseBrace) => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.advance();
        }
    }

    fn item(&mut self, program: &mut Program) -> Parsed<()> {
        let start = self.span();
        match self.peek() {
            Tok::Keyword(Keyword::Function | Keyword::Func) => {
                let function = self.function()?;
                program.functions.push(function);
            }
            Tok::Keyword(Keyword::Begin) => {
                self.advance();
                let block = self.action_of("BEGIN")?;
                program.begin.push(block);
            }
            Tok::Keyword(Keyword::End) => {
                self.advance();
                let block = self.action_of("END")?;
                program.end.push(block);
            }
            Tok::Keyword(Keyword::BeginFile) => {
                self.advance();
                let block = self.action_of("BEGINFILE")?;
                program.begin_file.push(block);
            }
            Tok::Keyword(Keyword::EndFile) => {
                self.advance();
                let block = self.action_of("ENDFILE")?;
                program.end_file.push(block);
            }
            _ => {
                let pattern = self.pattern()?;
                let action = if self.is(Punct::OpenBrace) {
                    Some(self.block()?)
                } else {
                    None
                };
                if action.is_none() {
                    self.end_of_statement()?;
                }
                let span = self.since(start);
                program.rules.push(Rule {
                    pattern,
                    action,
                    span,
                });
            }
        }
        Ok(())
    }

    fn action_of(&mut self, name: &str) -> Parsed<Block> {
        if !self.is(Punct::OpenBrace) {
            return Err(self.unexpected(&format!("`{{`: {name} needs an action")));
        }
        self.block()
    }

    fn pattern(&mut self) -> Parsed<Pattern> {
        if self.is(Punct::OpenBrace) {
            return Ok(Pattern::Always);
        }
        let first = self.expr()?;
        if !self.eat(Punct::Comma) {
            return Ok(Pattern::When(first));
        }
        self.skip_newlines();
        Ok(Pattern::Range(first, self.expr()?))
    }

    fn function(&mut self) -> Parsed<Function> {
        self.advance();
        let span = self.span();
        let name = match self.peek() {
            Tok::Name(name) | Tok::Called(name) => name.clone(),
            _ => return Err(self.unexpected("the name of the function")),
        };
        self.advance();
        self.expect(Punct::OpenParen)?;
        let mut params = Vec::new();
        self.skip_newlines();
        while !self.is(Punct::CloseParen) {
            let Tok::Name(param) = self.peek() else {
                return Err(self.unexpected("the name of a parameter"));
            };
            params.push((param.clone(), self.span()));
            self.advance();
            self.skip_newlines();
            if !self.eat(Punct::Comma) {
                break;
            }
            self.skip_newlines();
        }
        self.expect(Punct::CloseParen)?;
        self.skip_newlines();
        if !self.is(Punct::OpenBrace) {
            return Err(self.unexpected("`{` and the function's body"));
        }
        self.in_function = true;
        let body = self.block();
        self.in_function = false;
        Ok(Function {
            name,
            params,
            body: body?,
            span,
        })
    }

    /// Statements in braces.
    fn block(&mut self) -> Parsed<Block> {
        let open = self.span();
        self.expect(Punct::OpenBrace)?;
        let block = self.statements(|parser| parser.is(Punct::CloseBrace));
        if !self.eat(Punct::CloseBrace) {
            return Err(self.error_at(open, "this `{` is never closed"));
        }
        Ok(block)
    }

    /// Statements up to what ends them, which is left. Errors are reported.
    fn statements(&mut self, ends: impl Fn(&Self) -> bool) -> Block {
        let mut block = Vec::new();
        loop {
            self.skip_separators();
            if ends(self) || *self.peek() == Tok::End || self.gives_up() {
                return block;
            }
            let before = self.at;
            match self.statement() {
                Ok(stmt) => block.push(stmt),
                Err(Reported) => self.recover(before, true),
            }
        }
    }

    /// What must follow a statement; a closing brace is left.
    fn end_of_statement(&mut self) -> Parsed<()> {
        match self.peek() {
            Tok::Newline | Tok::Punct(Punct::Semicolon) => {
                self.advance();
                Ok(())
            }
            Tok::Punct(Punct::CloseBrace) | Tok::End => Ok(()),
            _ => Err(self.unexpected("the end of the statement")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Source;

    fn errors(text: &str) -> Vec<String> {
        let mut sources = Sources::new(&[Source::new("t", text)]);
        let errors = parse(&mut sources, &Language::default())
            .err()
            .unwrap_or_default();
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn errors_say_what_and_where() {
        let cases: [(&str, &[&str]); 11] = [
            ("{ print", &["t:1:1: this `{` is never closed"]),
            ("{ x = }", &["t:1:7: expected an expression, but found `}`"]),
            (
                "{ 1 = x }\n{ y = ) }",
                &[
                    "t:1:3: only a variable, an element or a field can be assigned to",
                    "t:2:7: expected an expression, but found `)`",
                ],
            ),
            (
                "BEGIN",
                &["t:1:6: expected `{`: BEGIN needs an action, but found the end of the line"],
            ),
            ("{ return }", &["t:1:3: `return` outside a function"]),
            ("{ break }", &["t:1:3: `break` outside a loop or `switch`"]),
            ("{ continue }", &["t:1:3: `continue` outside a loop"]),
            (
                "{ substr(x) }",
                &["t:1:3: `substr` takes 2 to 3 arguments, not 1"],
            ),
            ("{ printf }", &["t:1:10: `printf` needs a format"]),
            (
                "{ print (1, 2) 3 }",
                &["t:1:9: a list needs `in` and an array behind it"],
            ),
            (
                "{ if (x) print 1 2; else } \n",
                &["t:1:26: expected an expression, but found `}`"],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(errors(text), expected, "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = format!("{{ x = {}1{} }}", "(".repeat(9999), ")".repeat(9999));
        assert_eq!(
            errors(&nested)[0],
            "t:1:255: nested too deeply: 250 levels are possible"
        );
        let chain = format!("{{ x = 1{} }}", "+1".repeat(9999));
        let expected = "t:1:7: the expression is too long: 1000 nested operations are possible";
        assert_eq!(errors(&chain)[0], expected);
        let joined = format!("{{ x = 1{} }}", " 1".repeat(9999));
        assert!(errors(&joined).is_empty());
    }
}
