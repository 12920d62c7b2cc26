//! Expressions, by precedence.

use super::super::Builtin;
use super::super::ast::{ArrayRef, BinaryOp, CompareOp, Expr, ExprKind, Input, MAX_DEPTH, Name};
use super::super::token::{Keyword, Punct, Tok};
use super::{Parsed, Parser};
use crate::syntax::{Span, dispatcher};

/// What surrounds an expression and changes how it is read.
#[derive(Clone, Copy, Default)]
struct Place {
    /// In the list of `print`, where `>` redirects.
    printed: bool,
}

/// How tightly operators bind, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Cond,
    Or,
    And,
    In,
    Match,
    Compare,
    Concat,
    Sum,
    Product,
}

impl Parser<'_> {
    /// Makes an expression, unless its tree becomes too deep.
    pub(super) fn make(&mut self, kind: ExprKind, span: Span) -> Parsed<Expr> {
        let depth = kind.children().iter().map(|child| child.depth).max();
        let depth = depth.map_or(1, |depth| depth + 1);
        if depth > MAX_DEPTH {
            let message =
                format!("the expression is too long: {MAX_DEPTH} nested operations are possible");
            return Err(self.error_at(span, message));
        }
        Ok(Expr { kind, span, depth })
    }

    pub(super) fn expr(&mut self) -> Parsed<Expr> {
        self.expr_in(Place::default())
    }

    /// What a redirection names: everything that binds more tightly than a comparison.
    pub(super) fn concatenation(&mut self) -> Parsed<Expr> {
        let place = Place { printed: true };
        self.operators(Level::Concat, place)
    }

    /// The list of `print`, in parentheses or not; may be empty.
    pub(super) fn print_args(&mut self) -> Parsed<Vec<Expr>> {
        let ends = |tok: &Tok| {
            matches!(
                tok,
                Tok::Newline
                    | Tok::End
                    | Tok::Punct(
                        Punct::Semicolon
                            | Punct::CloseBrace
                            | Punct::Greater
                            | Punct::Append
                            | Punct::Pipe
                            | Punct::PipeBoth
                    )
            )
        };
        if ends(self.peek()) {
            return Ok(Vec::new());
        }
        if self.is(Punct::OpenParen)
            && self
                .closing()
                .is_some_and(|close| ends(self.peek_at(close + 1)))
        {
            self.advance();
            self.skip_newlines();
            let list = self.list(Place::default())?;
            self.skip_newlines();
            self.expect(Punct::CloseParen)?;
            return Ok(list);
        }
        self.list(Place { printed: true })
    }

    /// How far ahead the parenthesis is that closes the one here.
    fn closing(&self) -> Option<usize> {
        let mut depth = 0usize;
        for ahead in 0.. {
            match self.peek_at(ahead) {
                Tok::Punct(Punct::OpenParen) => depth += 1,
                Tok::Punct(Punct::CloseParen) => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(ahead);
                    }
                }
                Tok::End => return None,
                _ => {}
            }
        }
        None
    }

    fn list(&mut self, place: Place) -> Parsed<Vec<Expr>> {
        let mut list = vec![self.expr_in(place)?];
        loop {
            if !self.eat(Punct::Comma) {
                return Ok(list);
            }
            self.skip_newlines();
            list.push(self.expr_in(place)?);
        }
    }

    fn expr_in(&mut self, place: Place) -> Parsed<Expr> {
        self.nested(|parser| parser.assignment(place))
    }

    /// An assignment or anything that binds more tightly.
    fn assignment(&mut self, place: Place) -> Parsed<Expr> {
        let left = self.operators(Level::Cond, place)?;
        self.assignment_to(left, place)
    }

    fn assignment_to(&mut self, left: Expr, place: Place) -> Parsed<Expr> {
        let operator = match self.peek() {
            Tok::Punct(Punct::Assign) => None,
            Tok::Punct(Punct::AddAssign) => Some(BinaryOp::Add),
            Tok::Punct(Punct::SubAssign) => Some(BinaryOp::Sub),
            Tok::Punct(Punct::MulAssign) => Some(BinaryOp::Mul),
            Tok::Punct(Punct::DivAssign) => Some(BinaryOp::Div),
            Tok::Punct(Punct::ModAssign) => Some(BinaryOp::Mod),
            Tok::Punct(Punct::PowAssign | Punct::CaretAssign) => Some(BinaryOp::Pow),
            _ => return Ok(left),
        };
        if !left.is_lvalue() {
            let message = "only a variable, an element or a field can be assigned to";
            return Err(self.error_at(left.span, message));
        }
        self.advance();
        self.skip_newlines();
        let right = self.expr_in(place)?;
        let span = left.span.to(right.span);
        self.make(ExprKind::Assign(operator, left.into(), right.into()), span)
    }

    /// Operators of a level and those that bind more tightly.
    fn operators(&mut self, level: Level, place: Place) -> Parsed<Expr> {
        let mut left = self.unary(place)?;
        loop {
            left = match self.operator(left, level, place)? {
                (next, true) => next,
                (left, false) => return Ok(left),
            };
        }
    }

    /// Takes one operator and its right operand, if there is one that binds at least as tightly.
    fn operator(&mut self, left: Expr, level: Level, place: Place) -> Parsed<(Expr, bool)> {
        let Some(found) = self.level_here(place).filter(|found| *found >= level) else {
            return Ok((left, false));
        };
        let start = left.span;
        let kind = match found {
            Level::Cond => self.conditional(left, place)?,
            Level::Concat => return Ok((self.concat(left, place)?, true)),
            Level::In => {
                self.advance();
                ExprKind::In(vec![left], self.array_ref()?)
            }
            _ => {
                let operator = self.advance().clone();
                if matches!(found, Level::And | Level::Or) {
                    self.skip_newlines();
                }
                let right = self.right_of(found, place)?;
                binary(&operator, left, right)
            }
        };
        let span = self.since(start);
        Ok((self.make(kind, span)?, true))
    }

    /// The right operand of an operator: what binds more tightly. An assignment may stand there,
    /// too, as in `1 + x = 2` or `a && b = c`: nothing else can be meant.
    fn right_of(&mut self, level: Level, place: Place) -> Parsed<Expr> {
        let next = match level {
            Level::Cond => Level::Cond,
            Level::Or => Level::And,
            Level::And => Level::In,
            Level::In => Level::Match,
            Level::Match => Level::Compare,
            Level::Compare => Level::Concat,
            Level::Concat => Level::Sum,
            Level::Sum => Level::Product,
            Level::Product => {
                let right = self.nested(|parser| parser.unary(place))?;
                return self.assigned_operand(right, place);
            }
        };
        let right = self.nested(|parser| parser.operators(next, place))?;
        self.assigned_operand(right, place)
    }

    fn assigned_operand(&mut self, operand: Expr, place: Place) -> Parsed<Expr> {
        if operand.is_lvalue() {
            return self.assignment_to(operand, place);
        }
        Ok(operand)
    }

    /// The level of the operator that comes next.
    fn level_here(&self, place: Place) -> Option<Level> {
        Some(match self.peek() {
            Tok::Punct(punct) => match punct {
                Punct::Question => Level::Cond,
                Punct::Or => Level::Or,
                Punct::And => Level::And,
                Punct::Match | Punct::NotMatch => Level::Match,
                Punct::Greater if place.printed => return None,
                Punct::Less
                | Punct::LessEqual
                | Punct::Equal
                | Punct::NotEqual
                | Punct::Greater
                | Punct::GreaterEqual => Level::Compare,
                Punct::Plus | Punct::Minus => Level::Sum,
                Punct::Star | Punct::Slash | Punct::Percent => Level::Product,
                Punct::Pipe | Punct::PipeBoth
                    if *self.peek_at(1) == Tok::Keyword(Keyword::Getline) =>
                {
                    Level::Concat
                }
                Punct::Dollar
                | Punct::Not
                | Punct::OpenParen
                | Punct::Increment
                | Punct::Decrement
                | Punct::At => Level::Concat,
                _ => return None,
            },
            Tok::Keyword(Keyword::In) => Level::In,
            Tok::Number(_)
            | Tok::Text(_)
            | Tok::Regex(_)
            | Tok::Name(_)
            | Tok::Called(_)
            | Tok::Builtin(_) => Level::Concat,
            _ => return None,
        })
    }

    fn conditional(&mut self, cond: Expr, place: Place) -> Parsed<ExprKind> {
        self.advance();
        self.skip_newlines();
        let then = self.expr_in(place)?;
        self.skip_newlines();
        self.expect(Punct::Colon)?;
        self.skip_newlines();
        let other = self.expr_in(place)?;
        Ok(ExprKind::Cond(cond.into(), then.into(), other.into()))
    }

    /// What is joined to `left`: another operand, or `| getline`.
    fn concat(&mut self, left: Expr, place: Place) -> Parsed<Expr> {
        let start = left.span;
        let input: Option<fn(Box<Expr>) -> Input> = match self.peek() {
            Tok::Punct(Punct::Pipe) => Some(Input::Command),
            Tok::Punct(Punct::PipeBoth) => Some(Input::Coprocess),
            _ => None,
        };
        if let Some(input) = input {
            self.advance();
            self.advance();
            let target = self.getline_target()?;
            let from = input(left.into());
            let span = self.since(start);
            return self.make(ExprKind::Getline { from, target }, span);
        }
        let right = self.right_of(Level::Concat, place)?;
        let span = start.to(right.span);
        let parts = match left {
            Expr {
                kind: ExprKind::Concat(mut parts),
                ..
            } => {
                parts.push(right);
                parts
            }
            left => vec![left, right],
        };
        self.make(ExprKind::Concat(parts), span)
    }

    /// `!`, `-` and `+` in front; they bind more tightly than products, but not than powers.
    fn unary(&mut self, place: Place) -> Parsed<Expr> {
        let start = self.span();
        let wrap: fn(Box<Expr>) -> ExprKind = match self.peek() {
            Tok::Punct(Punct::Not) => ExprKind::Not,
            Tok::Punct(Punct::Minus) => ExprKind::Negate,
            Tok::Punct(Punct::Plus) => ExprKind::Plus,
            _ => return self.power(place),
        };
        self.advance();
        let operand = self.nested(|parser| parser.unary(place))?;
        let operand = self.assigned_operand(operand, place)?;
        let span = self.since(start);
        self.make(wrap(operand.into()), span)
    }

    fn power(&mut self, place: Place) -> Parsed<Expr> {
        let base = self.postfix()?;
        if !self.eat(Punct::Caret) && !self.eat(Punct::Pow) {
            return Ok(base);
        }
        // To the right, and signs may stand there.
        let exponent = self.nested(|parser| parser.unary(place))?;
        let span = base.span.to(exponent.span);
        self.make(
            ExprKind::Binary(BinaryOp::Pow, base.into(), exponent.into()),
            span,
        )
    }

    fn postfix(&mut self) -> Parsed<Expr> {
        let operand = self.primary()?;
        let delta = match self.peek() {
            Tok::Punct(Punct::Increment) => 1,
            Tok::Punct(Punct::Decrement) => -1,
            _ => return Ok(operand),
        };
        if !operand.is_lvalue() {
            return Ok(operand);
        }
        self.advance();
        let span = self.since(operand.span);
        let step = ExprKind::Step {
            delta,
            prefix: false,
            target: operand.into(),
        };
        self.make(step, span)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let start = self.span();
        let kind = match self.peek() {
            Tok::Number(number) => {
                self.advance();
                ExprKind::Number(*number)
            }
            Tok::Text(text) => {
                self.advance();
                ExprKind::Text(text.clone())
            }
            Tok::Regex(regex) => {
                self.advance();
                ExprKind::Regex(regex.clone())
            }
            Tok::Name(_) => {
                let mut array = self.array_ref()?;
                match array.path.pop() {
                    None => ExprKind::Var(array.name.text),
                    Some(subscripts) => ExprKind::Index(array, subscripts),
                }
            }
            Tok::Called(name) => {
                self.advance();
                let name = Name {
                    text: name.clone(),
                    span: start,
                };
                ExprKind::Call(name, self.arguments()?)
            }
            Tok::Builtin(builtin) => self.builtin(*builtin)?,
            Tok::Punct(Punct::Dollar) => self.field()?,
            Tok::Punct(operator @ (Punct::Increment | Punct::Decrement)) => self.step(*operator)?,
            Tok::Punct(Punct::OpenParen) => self.group()?,
            Tok::Punct(Punct::Not | Punct::Minus | Punct::Plus) => {
                return self.nested(|parser| parser.unary(Place::default()));
            }
            Tok::Keyword(Keyword::Getline) => self.simple_getline()?,
            Tok::Punct(Punct::At) => self.at_sign()?,
            _ => return Err(self.unexpected("an expression")),
        };
        let span = self.since(start);
        self.make(kind, span)
    }

    /// `@name(...)`, a call of the function that the variable names, or `@/regex/`.
    fn at_sign(&mut self) -> Parsed<ExprKind> {
        self.advance();
        let span = self.span();
        match self.peek() {
            Tok::Regex(regex) => {
                self.advance();
                Ok(ExprKind::RegexValue(regex.clone()))
            }
            Tok::Called(name) => {
                self.advance();
                let variable = self.make(ExprKind::Var(name.clone()), span)?;
                let mut args = self.arguments()?;
                let name = Name {
                    text: dispatcher(args.len()),
                    span,
                };
                self.indirect.insert(args.len());
                args.push(variable);
                Ok(ExprKind::IndirectCall(name, args))
            }
            _ => Err(self.unexpected("`name(...)` or `/regex/`")),
        }
    }

    /// `$` and what it applies to: as little as possible.
    fn field(&mut self) -> Parsed<ExprKind> {
        self.advance();
        let start = self.span();
        let index = match self.peek() {
            Tok::Punct(operator @ (Punct::Increment | Punct::Decrement)) => {
                let kind = self.nested(|parser| parser.step(*operator))?;
                let span = self.since(start);
                self.make(kind, span)?
            }
            _ => self.nested(Self::primary)?,
        };
        Ok(ExprKind::Field(index.into()))
    }

    /// `++` or `--` in front.
    fn step(&mut self, operator: Punct) -> Parsed<ExprKind> {
        self.advance();
        let target = self.nested(Self::primary)?;
        if !target.is_lvalue() {
            let message = format!(
                "`{}` needs a variable, an element or a field",
                operator.text()
            );
            return Err(self.error_at(target.span, message));
        }
        Ok(ExprKind::Step {
            delta: if operator == Punct::Increment { 1 } else { -1 },
            prefix: true,
            target: target.into(),
        })
    }

    /// Parentheses: around one expression, or around the subscripts of `(i, j) in array`.
    fn group(&mut self) -> Parsed<ExprKind> {
        let start = self.span();
        self.advance();
        self.skip_newlines();
        let mut list = self.list(Place::default())?;
        self.skip_newlines();
        self.expect(Punct::CloseParen)?;
        if list.len() > 1 {
            if !self.eat_keyword(Keyword::In) {
                let message = "a list needs `in` and an array behind it";
                return Err(self.error_at(self.since(start), message));
            }
            return Ok(ExprKind::In(list, self.array_ref()?));
        }
        match list.pop() {
            Some(only) => Ok(ExprKind::Group(only.into())),
            None => Err(self.unexpected("an expression")),
        }
    }

    /// The name of an array, perhaps with subscripts.
    pub(super) fn array_ref(&mut self) -> Parsed<ArrayRef> {
        let Tok::Name(name) = self.peek() else {
            return Err(self.unexpected("the name of an array"));
        };
        let name = Name {
            text: name.clone(),
            span: self.span(),
        };
        self.advance();
        let path = self.subscripts()?;
        Ok(ArrayRef { name, path })
    }

    /// `[...]`, as often as there are any.
    pub(super) fn subscripts(&mut self) -> Parsed<Vec<Vec<Expr>>> {
        let mut all = Vec::new();
        while self.eat(Punct::OpenBracket) {
            self.skip_newlines();
            all.push(self.list(Place::default())?);
            self.skip_newlines();
            self.expect(Punct::CloseBracket)?;
        }
        Ok(all)
    }

    fn arguments(&mut self) -> Parsed<Vec<Expr>> {
        self.expect(Punct::OpenParen)?;
        self.skip_newlines();
        if self.eat(Punct::CloseParen) {
            return Ok(Vec::new());
        }
        let list = self.list(Place::default())?;
        self.skip_newlines();
        self.expect(Punct::CloseParen)?;
        Ok(list)
    }

    fn builtin(&mut self, builtin: Builtin) -> Parsed<ExprKind> {
        let start = self.span();
        self.advance();
        let args = match builtin {
            Builtin::Length if !self.is(Punct::OpenParen) => Vec::new(),
            _ => self.arguments()?,
        };
        let (min, max) = builtin.arity();
        if !(min..=max).contains(&args.len()) {
            let wanted = match (min, max) {
                (min, max) if min == max => format!("{min}"),
                (min, 255) => format!("at least {min}"),
                (min, max) => format!("{min} to {max}"),
            };
            let message = format!(
                "`{}` takes {wanted} arguments, not {}",
                builtin.name(),
                args.len()
            );
            return Err(self.error_at(start, message));
        }
        Ok(ExprKind::Builtin(builtin, args))
    }

    /// `getline`, with a variable and a file if they are there.
    fn simple_getline(&mut self) -> Parsed<ExprKind> {
        self.advance();
        let target = self.getline_target()?;
        let from = if self.eat(Punct::Less) {
            Input::File(self.nested(Self::postfix)?.into())
        } else {
            Input::Main
        };
        Ok(ExprKind::Getline { from, target })
    }

    fn getline_target(&mut self) -> Parsed<Option<Box<Expr>>> {
        match self.peek() {
            Tok::Name(_) | Tok::Punct(Punct::Dollar) => {
                Ok(Some(self.nested(Self::primary)?.into()))
            }
            _ => Ok(None),
        }
    }
}

/// An operator between two operands.
fn binary(operator: &Tok, left: Expr, right: Expr) -> ExprKind {
    let (left, right) = (Box::new(left), Box::new(right));
    let Tok::Punct(punct) = operator else {
        return ExprKind::Or(left, right);
    };
    let compare = |operator| move |left, right| ExprKind::Compare(operator, left, right);
    match punct {
        Punct::And => ExprKind::And(left, right),
        Punct::Match | Punct::NotMatch => ExprKind::Match {
            expected: *punct == Punct::Match,
            text: left,
            regex: right,
        },
        Punct::Less => compare(CompareOp::Less)(left, right),
        Punct::LessEqual => compare(CompareOp::LessEqual)(left, right),
        Punct::Equal => compare(CompareOp::Equal)(left, right),
        Punct::NotEqual => compare(CompareOp::NotEqual)(left, right),
        Punct::Greater => compare(CompareOp::Greater)(left, right),
        Punct::GreaterEqual => compare(CompareOp::GreaterEqual)(left, right),
        Punct::Plus => ExprKind::Binary(BinaryOp::Add, left, right),
        Punct::Minus => ExprKind::Binary(BinaryOp::Sub, left, right),
        Punct::Star => ExprKind::Binary(BinaryOp::Mul, left, right),
        Punct::Slash => ExprKind::Binary(BinaryOp::Div, left, right),
        Punct::Percent => ExprKind::Binary(BinaryOp::Mod, left, right),
        _ => ExprKind::Or(left, right),
    }
}
