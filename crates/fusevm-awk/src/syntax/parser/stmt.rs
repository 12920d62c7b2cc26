//! Statements.

use fusevm::semantics::NumberFormat;

use super::super::ast::{ArrayRef, Block, Case, Expr, ExprKind, Redirect, Stmt, StmtKind};
use super::super::token::{Keyword, Punct, Tok};
use super::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn statement(&mut self) -> Parsed<Stmt> {
        self.nested(Self::statement_here)
    }

    fn statement_here(&mut self) -> Parsed<Stmt> {
        let start = self.span();
        let kind = match self.peek() {
            Tok::Punct(Punct::OpenBrace) => StmtKind::Block(self.block()?),
            Tok::Punct(Punct::Semicolon) => {
                self.advance();
                StmtKind::Block(Vec::new())
            }
            Tok::Keyword(Keyword::If) => self.if_statement()?,
            Tok::Keyword(Keyword::While) => {
                self.advance();
                let cond = self.condition()?;
                StmtKind::While(cond, self.loop_body()?)
            }
            Tok::Keyword(Keyword::Do) => self.do_statement()?,
            Tok::Keyword(Keyword::For) => self.for_statement()?,
            Tok::Keyword(Keyword::Switch) => self.switch_statement()?,
            _ => {
                let kind = self.simple_statement()?;
                let span = self.since(start);
                self.end_of_statement()?;
                return Ok(Stmt { kind, span });
            }
        };
        let span = self.since(start);
        Ok(Stmt { kind, span })
    }

    /// An expression in parentheses, and newlines behind.
    fn condition(&mut self) -> Parsed<Expr> {
        self.expect(Punct::OpenParen)?;
        let cond = self.expr()?;
        self.expect(Punct::CloseParen)?;
        Ok(cond)
    }

    fn body(&mut self) -> Parsed<Box<Stmt>> {
        self.skip_newlines();
        Ok(Box::new(self.statement()?))
    }

    fn loop_body(&mut self) -> Parsed<Box<Stmt>> {
        self.loops += 1;
        let body = self.body();
        self.loops -= 1;
        body
    }

    fn if_statement(&mut self) -> Parsed<StmtKind> {
        self.advance();
        let cond = self.condition()?;
        let then = self.body()?;
        // Separators belong to the statement if an `else` follows.
        let before = self.at;
        self.skip_separators();
        if !self.eat_keyword(Keyword::Else) {
            self.at = before;
            return Ok(StmtKind::If(cond, then, None));
        }
        let other = self.body()?;
        Ok(StmtKind::If(cond, then, Some(other)))
    }

    fn do_statement(&mut self) -> Parsed<StmtKind> {
        self.advance();
        let body = self.loop_body()?;
        self.skip_separators();
        if !self.eat_keyword(Keyword::While) {
            return Err(self.unexpected("`while` and the condition of this loop"));
        }
        let cond = self.condition()?;
        // The parenthesis ends it, as far as a separator does not.
        self.eat(Punct::Semicolon);
        Ok(StmtKind::DoWhile(body, cond))
    }

    fn for_statement(&mut self) -> Parsed<StmtKind> {
        self.advance();
        self.expect(Punct::OpenParen)?;
        if let Some(head) = self.for_in_head()? {
            let (var, array) = head;
            let body = self.loop_body()?;
            return Ok(StmtKind::ForIn { var, array, body });
        }
        let init = self.for_part(Punct::Semicolon)?;
        self.expect(Punct::Semicolon)?;
        self.skip_newlines();
        let cond = if self.is(Punct::Semicolon) {
            None
        } else {
            Some(self.expr()?)
        };
        self.expect(Punct::Semicolon)?;
        self.skip_newlines();
        let step = self.for_part(Punct::CloseParen)?;
        self.expect(Punct::CloseParen)?;
        let body = self.loop_body()?;
        Ok(StmtKind::For {
            init,
            cond,
            step,
            body,
        })
    }

    /// `name in array)`, if that is what follows.
    fn for_in_head(&mut self) -> Parsed<Option<(Expr, ArrayRef)>> {
        let (Tok::Name(var), Tok::Keyword(Keyword::In), Tok::Name(_)) =
            (self.peek_at(0), self.peek_at(1), self.peek_at(2))
        else {
            return Ok(None);
        };
        let before = self.at;
        let span = self.span();
        self.at += 2;
        let array = self.array_ref()?;
        if !self.eat(Punct::CloseParen) {
            // A condition.
            self.at = before;
            return Ok(None);
        }
        let var = self.make(ExprKind::Var(var.clone()), span)?;
        Ok(Some((var, array)))
    }

    fn for_part(&mut self, end: Punct) -> Parsed<Option<Box<Stmt>>> {
        if self.is(end) {
            return Ok(None);
        }
        let start = self.span();
        let kind = self.simple_statement()?;
        let span = self.since(start);
        Ok(Some(Box::new(Stmt { kind, span })))
    }

    fn switch_statement(&mut self) -> Parsed<StmtKind> {
        self.advance();
        let value = self.condition()?;
        self.skip_newlines();
        self.expect(Punct::OpenBrace)?;
        self.switches += 1;
        let parts = self.switch_parts();
        self.switches -= 1;
        let parts = parts?;
        self.expect(Punct::CloseBrace)?;
        Ok(StmtKind::Switch(value, parts))
    }

    fn switch_parts(&mut self) -> Parsed<Vec<(Case, Block)>> {
        let mut parts: Vec<(Case, Block)> = Vec::new();
        loop {
            self.skip_separators();
            let span = self.span();
            let case = if self.eat_keyword(Keyword::Case) {
                let value = self.case_value()?;
                let text = case_text(&value);
                let is_same = |(case, _): &(Case, Block)| match case {
                    Case::Value(known) => text.is_some() && case_text(known) == text,
                    Case::Default => false,
                };
                if parts.iter().any(is_same) {
                    return Err(self.error_at(value.span, "this `switch` already has that `case`"));
                }
                Case::Value(value)
            } else if self.eat_keyword(Keyword::Default) {
                if parts.iter().any(|(case, _)| matches!(case, Case::Default)) {
                    return Err(self.error_at(span, "this `switch` already has a `default`"));
                }
                Case::Default
            } else {
                return Ok(parts);
            };
            self.expect(Punct::Colon)?;
            let block = self.statements(|parser| {
                parser.is(Punct::CloseBrace)
                    || parser.is_keyword(Keyword::Case)
                    || parser.is_keyword(Keyword::Default)
            });
            parts.push((case, block));
        }
    }

    /// A constant.
    fn case_value(&mut self) -> Parsed<Expr> {
        let start = self.span();
        let negative = self.eat(Punct::Minus);
        if !negative {
            self.eat(Punct::Plus);
        }
        let kind = match self.peek() {
            Tok::Number(number) if negative => ExprKind::Number(-number),
            Tok::Number(number) => ExprKind::Number(*number),
            Tok::Text(text) if !negative => ExprKind::Text(text.clone()),
            Tok::Regex(regex) if !negative => ExprKind::Regex(regex.clone()),
            Tok::Punct(Punct::At) if !negative => {
                self.advance();
                match self.peek() {
                    Tok::Regex(regex) => ExprKind::Regex(regex.clone()),
                    _ => return Err(self.unexpected("a regular expression")),
                }
            }
            _ => return Err(self.unexpected("a number, a string or a regular expression")),
        };
        self.advance();
        let span = self.since(start);
        self.make(kind, span)
    }

    /// A statement that can stand in the head of a `for`.
    fn simple_statement(&mut self) -> Parsed<StmtKind> {
        let start = self.span();
        let Tok::Keyword(keyword) = self.peek() else {
            return Ok(StmtKind::Expr(self.expr()?));
        };
        match keyword {
            Keyword::Print | Keyword::Printf => return self.print_statement(*keyword),
            Keyword::Delete => return self.delete_statement(),
            Keyword::Getline | Keyword::In => return Ok(StmtKind::Expr(self.expr()?)),
            _ => {}
        }
        self.advance();
        Ok(match keyword {
            Keyword::Next => StmtKind::Next,
            Keyword::NextFile => StmtKind::NextFile,
            Keyword::Exit => StmtKind::Exit(self.optional_expr()?),
            Keyword::Return => {
                if !self.in_function {
                    return Err(self.error_at(start, "`return` outside a function"));
                }
                StmtKind::Return(self.optional_expr()?)
            }
            Keyword::Break => {
                if self.loops == 0 && self.switches == 0 {
                    return Err(self.error_at(start, "`break` outside a loop or `switch`"));
                }
                StmtKind::Break
            }
            Keyword::Continue => {
                if self.loops == 0 {
                    return Err(self.error_at(start, "`continue` outside a loop"));
                }
                StmtKind::Continue
            }
            _ => {
                let message = format!("`{}` cannot start a statement", keyword.text());
                return Err(self.error_at(start, message));
            }
        })
    }

    fn optional_expr(&mut self) -> Parsed<Option<Expr>> {
        match self.peek() {
            Tok::Newline | Tok::End | Tok::Punct(Punct::Semicolon | Punct::CloseBrace) => Ok(None),
            _ => Ok(Some(self.expr()?)),
        }
    }

    fn print_statement(&mut self, keyword: Keyword) -> Parsed<StmtKind> {
        self.advance();
        let start = self.span();
        let args = self.print_args()?;
        let redirect = match self.peek() {
            Tok::Punct(Punct::Greater) => Some(Redirect::File),
            Tok::Punct(Punct::Append) => Some(Redirect::Append),
            Tok::Punct(Punct::Pipe) => Some(Redirect::Pipe),
            Tok::Punct(Punct::PipeBoth) => Some(Redirect::Coprocess),
            _ => None,
        };
        let to = match redirect {
            Some(redirect) => {
                self.advance();
                Some((redirect, self.concatenation()?))
            }
            None => None,
        };
        Ok(match keyword {
            Keyword::Print => StmtKind::Print { args, to },
            _ if args.is_empty() => {
                return Err(self.error_at(start, "`printf` needs a format"));
            }
            _ => StmtKind::Printf { args, to },
        })
    }

    fn delete_statement(&mut self) -> Parsed<StmtKind> {
        self.advance();
        let group = self.eat(Punct::OpenParen);
        let mut array = self.array_ref()?;
        let subscripts = array.path.pop();
        if group {
            self.expect(Punct::CloseParen)?;
        }
        Ok(StmtKind::Delete(array, subscripts))
    }
}

/// The text of a constant in a `case`, unless it is a regular expression.
fn case_text(value: &Expr) -> Option<Vec<u8>> {
    match &value.kind {
        ExprKind::Number(number) => Some(NumberFormat::default().text(*number).as_bytes().to_vec()),
        ExprKind::Text(text) => Some(text.clone()),
        _ => None,
    }
}
