//! Statements.

use fusevm::Op;

use super::files::FileRule;
use super::place::constant_index;
use super::{Compiler, IN_RULES, Loop, PHASE};
use crate::runtime::Handler;
use crate::syntax::Span;
use crate::syntax::ast::{ArrayRef, Block, Case, Expr, ExprKind, Redirect, Stmt, StmtKind};

impl Compiler<'_> {
    /// A statement. It leaves the operand stack as it was.
    pub(super) fn stmt(&mut self, stmt: &Stmt) {
        self.at(stmt.span);
        if !matches!(stmt.kind, StmtKind::Block(_)) {
            self.profile_line(true);
        }
        match &stmt.kind {
            StmtKind::Expr(expr) => self.effect(expr),
            StmtKind::Print { args, to } => {
                self.print(args, to.as_ref(), Handler::Print, Handler::PrintTo);
            }
            StmtKind::Printf { args, to } => {
                self.print(args, to.as_ref(), Handler::Printf, Handler::PrintfTo);
            }
            StmtKind::If(cond, then, other) => {
                let no = self.label();
                self.branch(cond, no, false);
                self.stmt(then);
                match other {
                    Some(other) => {
                        let end = self.label();
                        self.jump(Op::Jump(0), end);
                        self.bind(no);
                        self.stmt(other);
                        self.bind(end);
                    }
                    None => self.bind(no),
                }
            }
            StmtKind::While(cond, body) => self.while_loop(Some(cond), None, body),
            StmtKind::DoWhile(body, cond) => {
                let (head, next, end) = (self.label(), self.label(), self.label());
                self.bind(head);
                self.body(body, end, next);
                self.bind(next);
                self.branch(cond, head, true);
                self.bind(end);
            }
            StmtKind::For {
                init,
                cond,
                step,
                body,
            } => {
                init.iter().for_each(|init| self.stmt(init));
                self.while_loop(cond.as_ref(), step.as_deref(), body);
            }
            StmtKind::ForIn { var, array, body } => self.for_in(var, array, body),
            StmtKind::Switch(value, parts) => self.switch(value, parts),
            StmtKind::Block(block) => self.block(block),
            StmtKind::Next => self.next(stmt.span, "next"),
            StmtKind::NextFile => {
                self.handle(Handler::NextFile, 0);
                self.emit(Op::Pop);
                if self.file_rule == Some(FileRule::Begin) {
                    self.emit(Op::LoadUndef);
                    return self.emit(Op::ReturnValue);
                }
                self.next(stmt.span, "nextfile");
            }
            StmtKind::Exit(status) => {
                if let Some(status) = status {
                    self.expr(status);
                    self.emit(Op::SetStatus);
                }
                let op = if self.function.is_some() || self.file_rule.is_some() {
                    Op::Unwind(0)
                } else {
                    Op::Jump(0)
                };
                self.jump(op, self.exit);
            }
            StmtKind::Return(value) => {
                match value {
                    Some(value) => self.expr(value),
                    None => self.emit(Op::LoadUndef),
                }
                self.emit(Op::ReturnValue);
            }
            StmtKind::Break => {
                if let Some(end) = self.loops.last().map(|inner| inner.end) {
                    self.jump(Op::Jump(0), end);
                }
            }
            StmtKind::Continue => {
                if let Some(next) = self.loops.iter().rev().find_map(|inner| inner.next) {
                    self.jump(Op::Jump(0), next);
                }
            }
            StmtKind::Delete(array, subscripts) => {
                self.array(array);
                match subscripts {
                    None => self.emit(Op::ContainerClear),
                    Some(subscripts) => {
                        self.joined(subscripts);
                        self.emit(Op::IndexDelete);
                        self.emit(Op::Pop);
                    }
                }
                self.emit(Op::Pop);
            }
        }
    }

    /// Where lines are counted, tells the run time which one is executed.
    pub(super) fn profile_line(&mut self, is_new: bool) {
        if self.language.profile && self.line > 0 {
            self.emit(Op::LoadInt(self.line.into()));
            self.emit(if is_new { Op::LoadTrue } else { Op::LoadFalse });
            self.handle(Handler::Line, 2);
            self.emit(Op::Pop);
        }
    }

    fn body(&mut self, body: &Stmt, end: fusevm::chunk::Label, next: fusevm::chunk::Label) {
        self.loops.push(Loop {
            end,
            next: Some(next),
        });
        self.stmt(body);
        self.loops.pop();
    }

    /// The condition stands behind the body, so that a pass takes one jump.
    fn while_loop(&mut self, cond: Option<&Expr>, step: Option<&Stmt>, body: &Stmt) {
        let (head, next, test, end) = (self.label(), self.label(), self.label(), self.label());
        if cond.is_some() {
            self.jump(Op::Jump(0), test);
        }
        self.bind(head);
        self.body(body, end, next);
        self.bind(next);
        if let Some(step) = step {
            self.stmt(step);
        }
        self.bind(test);
        match cond {
            Some(cond) => self.branch(cond, head, true),
            None => self.jump(Op::Jump(0), head),
        }
        self.bind(end);
    }

    /// Over a snapshot of the keys: the body may change the array.
    fn for_in(&mut self, var: &Expr, array: &ArrayRef, body: &Stmt) {
        let place = self.place(var);
        let [keys, at, count] = [self.temporary(), self.temporary(), self.temporary()];
        let (head, next, end) = (self.label(), self.label(), self.label());
        self.keys(array);
        self.emit(Op::Dup);
        self.emit(Op::SetSlot(keys));
        self.emit(Op::ContainerLen);
        self.emit(Op::SetSlot(count));
        self.emit(Op::LoadInt(0));
        self.emit(Op::SetSlot(at));
        self.bind(head);
        self.emit(Op::GetSlot(at));
        self.emit(Op::GetSlot(count));
        self.emit(Op::NumLt);
        self.jump(Op::JumpIfFalse(0), end);
        self.emit(Op::GetSlot(at));
        self.emit(Op::SlotArrayGet(keys));
        self.store(&place);
        self.body(body, end, next);
        self.bind(next);
        self.emit(Op::PreIncSlotVoid(at));
        self.jump(Op::Jump(0), head);
        self.bind(end);
        self.emit(Op::LoadUndef);
        self.emit(Op::SetSlot(keys));
        for slot in [keys, at, count] {
            self.release(slot);
        }
        self.leave(place);
    }

    fn switch(&mut self, value: &Expr, parts: &[(Case, Block)]) {
        let slot = self.temporary();
        self.expr(value);
        self.emit(Op::SetSlot(slot));
        let end = self.label();
        let mut labels = Vec::new();
        let mut default = end;
        for (case, _) in parts {
            let label = self.label();
            labels.push(label);
            let Case::Value(constant) = case else {
                default = label;
                continue;
            };
            self.at(constant.span);
            self.emit(Op::GetSlot(slot));
            if let ExprKind::Regex(regex) = &constant.kind {
                self.regex(regex, constant.span);
                self.handle(Handler::MatchesConstant, 2);
            } else {
                if self.folds {
                    self.handle(Handler::Fold, 1);
                }
                self.compared(constant);
                self.emit(Op::NumEq);
            }
            self.jump(Op::JumpIfTrue(0), label);
        }
        self.release(slot);
        self.jump(Op::Jump(0), default);
        self.loops.push(Loop { end, next: None });
        for ((_, block), label) in parts.iter().zip(labels) {
            self.bind(label);
            self.block(block);
        }
        self.loops.pop();
        self.bind(end);
    }

    /// Goes on with the next record, out of functions, too.
    fn next(&mut self, span: Span, what: &str) {
        if self.in_rules {
            return self.jump(Op::Jump(0), self.input);
        }
        if self.function.is_none() {
            let place = match self.file_rule {
                Some(FileRule::Begin) => "BEGINFILE",
                Some(FileRule::End) => "ENDFILE",
                None => "BEGIN or END",
            };
            return self.error(span, format!("`{what}` in {place}"));
        }
        let phase = self.global(PHASE);
        let misplaced = self.label();
        self.emit(Op::GetVar(phase));
        self.emit(Op::LoadInt(IN_RULES));
        self.emit(Op::NumEq);
        self.jump(Op::JumpIfFalse(0), misplaced);
        self.jump(Op::Unwind(0), self.input);
        self.bind(misplaced);
        self.handle(Handler::MisplacedNext, 0);
        self.emit(Op::Pop);
    }

    fn print(
        &mut self,
        args: &[Expr],
        to: Option<&(Redirect, Expr)>,
        plain: Handler,
        redirected: Handler,
    ) {
        let span = args.first().map(|arg| arg.span);
        let fields: Option<Vec<i64>> = args.iter().map(constant_field).collect();
        match (fields, to) {
            // Their texts are printed without becoming values.
            (Some(fields), None) if plain == Handler::Print && !fields.is_empty() => {
                for &field in &fields {
                    self.emit(Op::LoadInt(field));
                }
                let argc = self.count(fields.len(), span);
                self.handle(Handler::PrintFields, argc);
                return self.emit(Op::Pop);
            }
            _ => args.iter().for_each(|arg| self.expr(arg)),
        }
        match to {
            None => {
                let argc = self.count(args.len(), span);
                self.handle(plain, argc);
            }
            Some((redirect, target)) => {
                self.expr(target);
                self.emit(Op::LoadInt(*redirect as i64));
                let argc = self.count(args.len() + 2, span);
                self.handle(redirected, argc);
            }
        }
        self.emit(Op::Pop);
    }
}

/// The number of a field, if it is one whose number is written down.
fn constant_field(expr: &Expr) -> Option<i64> {
    match &expr.inner().kind {
        ExprKind::Field(index) => constant_index(index),
        _ => None,
    }
}
