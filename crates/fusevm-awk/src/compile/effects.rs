//! Which expressions can be evaluated in any order.
//!
//! AWK evaluates what is assigned before the subscript of the element that it is assigned to. The
//! operations of the machine take them the other way round, which nearly always makes no
//! difference.

use std::collections::HashSet;

use crate::syntax::Builtin;
use crate::syntax::ast::{Expr, ExprKind, Node};

/// The record as a name among those of variables.
const RECORD: &str = "$";

/// What expressions read and change.
#[derive(Debug, Default)]
struct Effects<'e> {
    reads: HashSet<&'e str>,
    writes: HashSet<&'e str>,
    /// They may read and change anything.
    is_unknown: bool,
}

impl<'e> Effects<'e> {
    fn of(exprs: impl IntoIterator<Item = &'e Expr>) -> Self {
        let mut effects = Effects::default();
        for expr in exprs {
            expr.walk(&mut |node| {
                if let Node::Expr(expr) = node {
                    effects.add(expr);
                }
            });
        }
        effects
    }

    fn add(&mut self, expr: &'e Expr) {
        match &expr.kind {
            ExprKind::Var(name) => drop(self.reads.insert(variable(name))),
            ExprKind::Index(array, _) | ExprKind::In(_, array) => {
                self.reads.insert(&array.name.text);
            }
            ExprKind::Field(_) | ExprKind::Regex(_) => drop(self.reads.insert(RECORD)),
            ExprKind::Assign(_, target, _) | ExprKind::Step { target, .. } => {
                self.writes.insert(match &target.kind {
                    ExprKind::Var(name) => variable(name),
                    ExprKind::Index(array, _) => &array.name.text,
                    _ => RECORD,
                });
            }
            ExprKind::Builtin(Builtin::Length, args) if args.is_empty() => {
                self.reads.insert(RECORD);
            }
            ExprKind::Builtin(builtin, _) => self.is_unknown |= !builtin.is_pure(),
            ExprKind::Call(..)
            | ExprKind::IndirectCall(..)
            | ExprKind::NotAFunction(_)
            | ExprKind::Getline { .. } => self.is_unknown = true,
            _ => {}
        }
    }

    /// Whether nothing else matters for them, nor they for anything else.
    fn is_constant(&self) -> bool {
        !self.is_unknown && self.reads.is_empty() && self.writes.is_empty()
    }

    fn is_independent_of(&self, other: &Self) -> bool {
        if self.is_unknown || other.is_unknown {
            return self.is_constant() || other.is_constant();
        }
        self.writes.is_disjoint(&other.reads)
            && self.writes.is_disjoint(&other.writes)
            && self.reads.is_disjoint(&other.writes)
    }
}

/// A variable by its name; the number of fields belongs to the record.
fn variable(name: &str) -> &str {
    if name == "NF" { RECORD } else { name }
}

/// Whether it does not matter which of them is evaluated first.
pub(super) fn are_independent<'e>(
    some: impl IntoIterator<Item = &'e Expr>,
    other: &'e Expr,
) -> bool {
    Effects::of(some).is_independent_of(&Effects::of([other]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;
    use crate::syntax::ast::StmtKind;
    use crate::syntax::{Source, Sources, parse};

    #[test]
    fn order_matters_where_one_changes_what_the_other_reads() {
        for (pair, expected) in [
            ("x, y", true),
            ("n++, $0", true),
            ("n++, n", false),
            ("n++, m++", true),
            ("$1, $2", true),
            ("$1, NF = 3", false),
            ("a[1], a[2]", true),
            ("a[1], a[2] = 3", false),
            ("f(), x", false),
            ("f(), 1", true),
            ("substr(x, 2), x", true),
            ("length, $1 = 3", false),
            ("sub(/x/, x), y", false),
        ] {
            let text = format!("function f() {{ }} {{ print {pair} }}");
            let mut sources = Sources::new(&[Source::new("t", text)]);
            let program = parse(&mut sources, &Language::default()).unwrap();
            let Some(StmtKind::Print { args, .. }) =
                program.rules[0].action.as_ref().map(|block| &block[0].kind)
            else {
                panic!("{pair}");
            };
            assert_eq!(are_independent([&args[0]], &args[1]), expected, "{pair}");
        }
    }
}
