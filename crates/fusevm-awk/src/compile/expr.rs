//! Expressions.

use fusevm::Op;
use fusevm::chunk::Label;
use fusevm::semantics::dialect::awk;

use super::effects::are_independent;
use super::place::{Place, constant_index, is_symbol};
use super::{Compiler, flavor};
use crate::runtime::Handler;
use crate::runtime::regex::Regex;
use crate::syntax::ast::{BinaryOp, CompareOp, Expr, ExprKind, Input};

/// Whether an expression's value is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Value,
    Nothing,
}

impl Compiler<'_> {
    /// Pushes the value of an expression.
    pub(super) fn expr(&mut self, expr: &Expr) {
        self.at(expr.span);
        match &expr.kind {
            ExprKind::Number(number) => self.number(*number),
            ExprKind::Text(text) => self.text(text),
            ExprKind::RegexValue(text) => {
                self.check_regex(text, expr.span);
                self.text(text);
                self.handle(Handler::RegexValue, 1);
            }
            ExprKind::Regex(regex) => {
                self.regex(regex, expr.span);
                self.handle(Handler::MatchRecord, 1);
            }
            ExprKind::Var(name) => {
                let place = self.variable(name, expr.span);
                self.load(&place);
                // Being used makes it a variable. Those of the language are, and assigning to one
                // may change the record.
                if !matches!(place, Place::Special(..)) && self.names.is_asked(name, self.function)
                {
                    self.handle(Handler::Assigned, 1);
                    self.emit(Op::Dup);
                    self.store_raw(&place);
                }
            }
            ExprKind::Index(array, subscripts) => {
                self.element(array, subscripts, Handler::Symbol, |compiler| {
                    compiler.emit(Op::IndexOrUndef);
                });
            }
            ExprKind::Field(index) => {
                match constant_index(index) {
                    Some(index) => self.emit(Op::LoadInt(index)),
                    None => self.expr(index),
                }
                self.emit(Op::AwkFieldGet);
            }
            ExprKind::Assign(operator, target, value) => {
                self.assign(*operator, target, value, Use::Value);
            }
            ExprKind::Step {
                delta,
                prefix,
                target,
            } => self.step(*delta, *prefix, target, Use::Value),
            ExprKind::Negate(operand) => {
                if let ExprKind::Number(number) = operand.kind {
                    return self.number(-number);
                }
                self.expr(operand);
                self.emit(Op::Negate);
            }
            ExprKind::Plus(operand) => {
                self.expr(operand);
                self.as_number();
            }
            ExprKind::Not(operand) => {
                self.expr(operand);
                self.emit(Op::LogNot);
            }
            ExprKind::Binary(operator, a, b) => {
                self.expr(a);
                self.expr(b);
                self.at(expr.span);
                self.emit(binary(*operator));
            }
            ExprKind::Compare(operator, a, b) => {
                self.compared(a);
                self.compared(b);
                self.emit(match operator {
                    CompareOp::Equal => Op::NumEq,
                    CompareOp::NotEqual => Op::NumNe,
                    CompareOp::Less => Op::NumLt,
                    CompareOp::LessEqual => Op::NumLe,
                    CompareOp::Greater => Op::NumGt,
                    CompareOp::GreaterEqual => Op::NumGe,
                });
            }
            ExprKind::Concat(parts) => self.concat(parts),
            ExprKind::Match {
                expected,
                text,
                regex,
            } => {
                self.matches(text, regex);
                if !expected {
                    self.emit(Op::LogNot);
                }
            }
            ExprKind::In(subscripts, array) => {
                self.array(array);
                self.joined(subscripts);
                self.emit(Op::IndexExists);
            }
            ExprKind::And(..) | ExprKind::Or(..) => {
                let (no, end) = (self.label(), self.label());
                self.branch(expr, no, false);
                self.emit(Op::LoadTrue);
                self.jump(Op::Jump(0), end);
                self.bind(no);
                self.emit(Op::LoadFalse);
                self.bind(end);
            }
            ExprKind::Cond(cond, then, other) => {
                let (no, end) = (self.label(), self.label());
                self.branch(cond, no, false);
                self.expr(then);
                self.jump(Op::Jump(0), end);
                self.bind(no);
                self.expr(other);
                self.bind(end);
            }
            ExprKind::Group(inner) => self.expr(inner),
            ExprKind::Call(name, args) | ExprKind::IndirectCall(name, args) => {
                self.call(name, args);
            }
            ExprKind::NotAFunction(name) => {
                self.expr(name);
                self.handle(Handler::NotAFunction, 1);
            }
            ExprKind::Builtin(builtin, args) => self.builtin(*builtin, args, expr.span),
            ExprKind::Getline { from, target } => self.getline(from, target.as_deref()),
        }
    }

    /// Pushes a value as it is compared.
    pub(super) fn compared(&mut self, expr: &Expr) {
        self.expr(expr);
        if self.folds && !matches!(expr.kind, ExprKind::Number(_)) {
            self.handle(Handler::Fold, 1);
        }
    }

    /// Evaluates an expression for what it does.
    pub(super) fn effect(&mut self, expr: &Expr) {
        self.at(expr.span);
        match &expr.kind {
            ExprKind::Group(inner) => self.effect(inner),
            ExprKind::Assign(operator, target, value) => {
                self.assign(*operator, target, value, Use::Nothing);
            }
            ExprKind::Step { delta, target, .. } => {
                self.step(*delta, true, target, Use::Nothing);
            }
            _ => {
                self.expr(expr);
                self.emit(Op::Pop);
            }
        }
    }

    /// Jumps to `target` when the truth of a condition is `when`.
    pub(super) fn branch(&mut self, cond: &Expr, target: Label, when: bool) {
        match &cond.kind {
            ExprKind::Group(inner) => self.branch(inner, target, when),
            ExprKind::Not(inner) => self.branch(inner, target, !when),
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                // The first operand decides alone when it is this.
                let decisive = matches!(cond.kind, ExprKind::Or(..));
                if decisive == when {
                    self.branch(a, target, when);
                    self.branch(b, target, when);
                } else {
                    let undecided = self.label();
                    self.branch(a, undecided, decisive);
                    self.branch(b, target, when);
                    self.bind(undecided);
                }
            }
            ExprKind::Match {
                expected: false,
                text,
                regex,
            } => {
                self.matches(text, regex);
                self.jump_if(target, !when);
            }
            _ => {
                self.expr(cond);
                self.jump_if(target, when);
            }
        }
    }

    fn jump_if(&mut self, target: Label, when: bool) {
        let op = if when {
            Op::JumpIfTrue(0)
        } else {
            Op::JumpIfFalse(0)
        };
        self.jump(op, target);
    }

    pub(super) fn number(&mut self, number: f64) {
        match awk::number(number) {
            fusevm::Value::Int(number) => self.emit(Op::LoadInt(number)),
            _ => self.emit(Op::LoadFloat(number)),
        }
    }

    /// Makes a number of what is on the stack.
    pub(super) fn as_number(&mut self) {
        self.emit(Op::LoadInt(0));
        self.emit(Op::Add);
    }

    fn matches(&mut self, text: &Expr, regex: &Expr) {
        self.expr(text);
        let handler = self.regex_operand(regex, Handler::Matches, Handler::MatchesConstant);
        self.handle(handler, 2);
    }

    /// Pushes a regular expression: its number if it is constant, otherwise its text. Gives the
    /// one of the handlers that takes it.
    pub(super) fn regex_operand(
        &mut self,
        regex: &Expr,
        dynamic: Handler,
        constant: Handler,
    ) -> Handler {
        match self.constant_regex(regex) {
            Some(text) => {
                self.regex(text, regex.span);
                constant
            }
            None => {
                self.expr(regex);
                dynamic
            }
        }
    }

    /// The regular expression that is known when the program is compiled.
    pub(super) fn constant_regex<'e>(&self, regex: &'e Expr) -> Option<&'e [u8]> {
        match &regex.inner().kind {
            ExprKind::Regex(text) | ExprKind::RegexValue(text) => Some(text),
            // What is no expression fails when it is used as one.
            ExprKind::Text(text) => Regex::check(text, flavor(self.language))
                .is_ok()
                .then_some(text),
            _ => None,
        }
    }

    fn assign(&mut self, operator: Option<BinaryOp>, target: &Expr, value: &Expr, result: Use) {
        let kept = result == Use::Value;
        match (&target.kind, operator) {
            (ExprKind::Index(array, subscripts), None) if !kept && !is_symbol(array) => {
                let before = self.value_before(array.parts().chain(subscripts), value);
                self.array(array);
                self.joined(subscripts);
                self.value_now(before, value);
                self.assigned(target);
                self.set_element();
            }
            (ExprKind::Index(array, subscripts), Some(BinaryOp::Add)) if !is_symbol(array) => {
                let before = self.value_before(array.parts().chain(subscripts), value);
                self.array(array);
                self.joined(subscripts);
                self.value_now(before, value);
                self.addend(target);
                self.emit(Op::IndexAdd);
                if !kept {
                    self.emit(Op::Pop);
                }
            }
            (ExprKind::Var(name), None)
                if appended(name, value).is_some_and(|parts| {
                    parts.iter().all(|part| are_independent([target], part))
                }) =>
            {
                let place = self.variable(name, target.span);
                self.append(&place, appended(name, value).unwrap_or_default());
                self.store_and(&place, kept);
            }
            _ => {
                let before = self.value_before(target.kind.children(), value);
                let place = self.place(target);
                self.value_now(before, value);
                if let Some(operator) = operator {
                    self.addend(target);
                    // The target is read when the value is known, which may have changed it.
                    self.load(&place);
                    self.at(target.span);
                    if !matches!(operator, BinaryOp::Add | BinaryOp::Mul) {
                        self.emit(Op::Swap);
                    }
                    self.emit(binary(operator));
                } else {
                    self.assigned(target);
                }
                self.store_and(&place, kept);
                self.leave(place);
            }
        }
    }

    /// Where only sums that are exact are wanted: looks at what is added to one.
    fn addend(&mut self, target: &Expr) {
        let name = match &target.kind {
            ExprKind::Var(name) => name,
            ExprKind::Index(array, _) => &array.name.text,
            _ => return,
        };
        if self.sums.contains(name) {
            self.handle(Handler::Addend, 1);
        }
    }

    /// Where the program asks for the type of what is assigned to: makes a value of the operand
    /// if it is nothing.
    fn assigned(&mut self, target: &Expr) {
        let is_asked = match &target.kind {
            ExprKind::Var(name) => self.names.is_asked(name, self.function),
            ExprKind::Index(..) => self.asks_elements,
            _ => false,
        };
        if is_asked {
            self.handle(Handler::Assigned, 1);
        }
    }

    /// Evaluates what is assigned, before the parts of the place it is assigned to, if the order
    /// matters: the slot where it is then.
    fn value_before<'e>(
        &mut self,
        parts: impl IntoIterator<Item = &'e Expr>,
        value: &'e Expr,
    ) -> Option<u16> {
        if are_independent(parts, value) {
            return None;
        }
        self.expr(value);
        let slot = self.temporary();
        self.emit(Op::SetSlot(slot));
        Some(slot)
    }

    /// Pushes what is assigned, behind the parts of the place it is assigned to.
    fn value_now(&mut self, before: Option<u16>, value: &Expr) {
        match before {
            Some(slot) => {
                self.emit(Op::GetSlot(slot));
                self.release(slot);
            }
            None => self.expr(value),
        }
    }

    /// Pushes what is in a variable with more text behind it. The variable is emptied meanwhile:
    /// a text that nobody else has grows in place.
    fn append(&mut self, place: &Place, parts: &[Expr]) {
        self.concat(parts);
        self.load(place);
        match place {
            Place::Global(global) => {
                self.emit(Op::LoadUndef);
                self.emit(Op::SetVar(*global));
            }
            Place::Slot(slot) => {
                self.emit(Op::LoadUndef);
                self.emit(Op::SetSlot(*slot));
            }
            _ => {}
        }
        self.emit(Op::Swap);
        self.emit(Op::Concat);
    }

    /// Pushes the joined texts of expressions.
    fn concat(&mut self, parts: &[Expr]) {
        for (number, part) in parts.iter().enumerate() {
            self.expr(part);
            if number > 0 {
                self.emit(Op::Concat);
            }
        }
    }

    fn store_and(&mut self, place: &Place, kept: bool) {
        if kept {
            self.emit(Op::Dup);
        }
        self.store(place);
    }

    /// `++` and `--`.
    fn step(&mut self, delta: i8, prefix: bool, target: &Expr, result: Use) {
        let kept = result == Use::Value;
        if let ExprKind::Index(array, subscripts) = &target.kind
            && !is_symbol(array)
        {
            self.array(array);
            self.joined(subscripts);
            self.emit(Op::LoadInt(delta.into()));
            self.emit(if prefix {
                Op::IndexAdd
            } else {
                Op::IndexPostAdd
            });
            if !kept {
                self.emit(Op::Pop);
            }
            return;
        }
        let step = if delta > 0 { Op::Inc } else { Op::Dec };
        let place = self.place(target);
        self.load(&place);
        if kept && !prefix {
            self.as_number();
            self.emit(Op::Dup);
        }
        self.emit(step);
        self.store_and(&place, kept && prefix);
        self.leave(place);
    }

    fn getline(&mut self, from: &Input, target: Option<&Expr>) {
        let place = target.map(|target| self.place(target));
        let (handler, into, argc) = match from {
            Input::Main if self.watches_files => {
                let handlers = (Handler::NextEvent, Handler::NextEventInto);
                return self.getline_between_files(handlers, place);
            }
            Input::Main => (Handler::Getline, Handler::GetlineInto, 0),
            Input::File(source) => {
                self.expr(source);
                (Handler::GetlineFile, Handler::GetlineFileInto, 1)
            }
            Input::Command(source) => {
                self.expr(source);
                (Handler::GetlineCommand, Handler::GetlineCommandInto, 1)
            }
            Input::Coprocess(source) => {
                self.expr(source);
                (Handler::GetlineCoprocess, Handler::GetlineCoprocessInto, 1)
            }
        };
        let Some(place) = place else {
            return self.handle(handler, argc);
        };
        self.handle(into, argc);
        self.store_if_positive(&place);
        self.leave(place);
    }

    /// With a value and a count on the stack: stores the value if the count is positive, and
    /// leaves the count.
    pub(super) fn store_if_positive(&mut self, place: &Place) {
        let count = self.temporary();
        let (no, end) = (self.label(), self.label());
        self.emit(Op::SetSlot(count));
        self.emit(Op::GetSlot(count));
        self.emit(Op::LoadInt(0));
        self.emit(Op::NumGt);
        self.jump(Op::JumpIfFalse(0), no);
        self.store(place);
        self.jump(Op::Jump(0), end);
        self.bind(no);
        self.emit(Op::Pop);
        self.bind(end);
        self.emit(Op::GetSlot(count));
        self.release(count);
    }
}

/// What `value` puts behind the text of the variable `name`, in `name = name ...`.
fn appended<'e>(name: &str, value: &'e Expr) -> Option<&'e [Expr]> {
    let ExprKind::Concat(parts) = &value.inner().kind else {
        return None;
    };
    match parts.split_first() {
        Some((first, rest)) if matches!(&first.kind, ExprKind::Var(var) if var == name) => {
            Some(rest)
        }
        _ => None,
    }
}

fn binary(operator: BinaryOp) -> Op {
    match operator {
        BinaryOp::Add => Op::Add,
        BinaryOp::Sub => Op::Sub,
        BinaryOp::Mul => Op::Mul,
        BinaryOp::Div => Op::Div,
        BinaryOp::Mod => Op::Mod,
        BinaryOp::Pow => Op::Pow,
    }
}
