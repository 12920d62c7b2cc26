//! What is doubtful about programs.

use std::collections::{HashMap, HashSet};

use crate::runtime::special;
use crate::syntax::ast::{Expr, ExprKind, Node, Program, StmtKind};
use crate::syntax::{Sources, Span};
use crate::{Language, Warning};

/// All that is doubtful about a program, in the order of its text.
pub(crate) fn warnings(program: &Program, sources: &Sources, language: &Language) -> Vec<Warning> {
    let params = program
        .functions
        .iter()
        .map(|function| (function.name.as_str(), function.params.len()));
    let mut lint = Lint {
        params: params.collect(),
        local: HashSet::new(),
        read: Vec::new(),
        assigned: HashSet::new(),
        called: HashSet::new(),
        found: Vec::new(),
    };
    program.walk(&mut |node| lint.visit(node));
    let mut found = std::mem::take(&mut lint.found);
    let mut told = HashSet::new();
    for &(name, span) in &lint.read {
        let is_set = lint.assigned.contains(name)
            || language.assigned.iter().any(|assigned| assigned == name)
            || special::is_known(name, language);
        if !is_set && told.insert(name) {
            let message = format!("reference to uninitialized variable `{name}`");
            found.push((span, message, false));
        }
    }
    for function in &program.functions {
        let is_own = !function.name.starts_with('%');
        if is_own && program.indirect.is_empty() && !lint.called.contains(&*function.name) {
            let message = format!("function `{}` defined but never called", function.name);
            found.push((function.span, message, false));
        }
    }
    // What the language adds to a program is no concern of its author.
    found.retain(|(span, ..)| *span != Span::default());
    found.sort_by_key(|(span, ..)| (span.source, span.start));
    let warning = |(span, message, is_grave)| Warning {
        diagnostic: sources.at(span, message),
        is_grave,
    };
    found.into_iter().map(warning).collect()
}

struct Lint<'p> {
    /// How many parameters functions have.
    params: HashMap<&'p str, usize>,
    /// The parameters of the function that is looked at.
    local: HashSet<&'p str>,
    read: Vec<(&'p str, Span)>,
    assigned: HashSet<&'p str>,
    called: HashSet<&'p str>,
    /// Where, what, and whether it is grave.
    found: Vec<(Span, String, bool)>,
}

impl<'p> Lint<'p> {
    fn visit(&mut self, node: Node<'p>) {
        match node {
            Node::Function(function) => {
                self.local = function
                    .params
                    .iter()
                    .map(|(name, _)| name.as_str())
                    .collect();
            }
            Node::Stmt(stmt) => {
                if let StmtKind::ForIn { var, .. } = &stmt.kind {
                    self.assign(var);
                }
            }
            Node::Expr(expr) => self.expr(expr),
        }
    }

    fn expr(&mut self, expr: &'p Expr) {
        match &expr.kind {
            ExprKind::Var(name) if !self.local.contains(&**name) => {
                self.read.push((name, expr.span));
            }
            ExprKind::Assign(_, target, _) | ExprKind::Step { target, .. } => self.assign(target),
            ExprKind::Getline { target, .. } => {
                target.iter().for_each(|target| self.assign(target));
            }
            // Who gets a variable may make something of it.
            ExprKind::Builtin(_, args) => args.iter().for_each(|arg| self.assign(arg)),
            ExprKind::Call(name, args) => {
                args.iter().for_each(|arg| self.assign(arg));
                self.called.insert(&name.text);
                if self
                    .params
                    .get(&*name.text)
                    .is_some_and(|&count| args.len() > count)
                {
                    let name_text = &name.text;
                    let message =
                        format!("function `{name_text}` called with more arguments than declared");
                    self.found.push((name.span, message, true));
                }
            }
            ExprKind::IndirectCall(_, args) => args.iter().for_each(|arg| self.assign(arg)),
            _ => {}
        }
    }

    fn assign(&mut self, target: &'p Expr) {
        if let ExprKind::Var(name) = &target.inner().kind {
            self.assigned.insert(name);
        }
    }
}
