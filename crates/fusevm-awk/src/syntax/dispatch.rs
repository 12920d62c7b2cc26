//! Calls of functions that only the run knows.
//!
//! `@f(x, y)` becomes a call of a function that no program can name, `%call2(x, y, f)`. It chooses
//! among all functions that can be called with two arguments, each with parameters of its own to
//! be filled in. Being a function like any other, it needs nothing else from who looks for arrays
//! among its parameters or compiles it.

use super::ast::{CompareOp, Expr, ExprKind, Function, Name, Program, Stmt, StmtKind};
use super::{Builtin, Span};

/// The parameter that says which function is meant.
const FUNCTION: &str = "%function";

/// The name of the function that calls others with so many arguments.
pub(crate) fn dispatcher(argc: usize) -> String {
    format!("%call{argc}")
}

/// Adds the functions that choose among functions.
pub(crate) fn add_dispatchers(program: &mut Program) {
    let known: Vec<(String, usize)> = program
        .functions
        .iter()
        .map(|function| (function.name.clone(), function.params.len()))
        .collect();
    if program.sorts && !known.is_empty() {
        // A function that compares gets two indices and two elements.
        program.indirect.insert(4);
    }
    for &argc in &program.indirect {
        program.functions.push(choice(argc, &known));
    }
}

fn choice(argc: usize, functions: &[(String, usize)]) -> Function {
    let args = |count: usize| (0..count).map(|number| expr(ExprKind::Var(param(number))));
    let calls = functions.iter().map(|(name, params)| {
        let call = ExprKind::Call(name_of(name), args(argc.min(*params)).collect());
        (name.as_str(), call)
    });
    let builtins = Builtin::ALL.iter().filter(|(name, builtin)| {
        let (min, max) = builtin.arity();
        let is_hidden = functions.iter().any(|(known, _)| known == name);
        (min..=max).contains(&argc) && !is_hidden
    });
    let builtins = builtins.map(|(name, builtin)| {
        let call = ExprKind::Builtin(*builtin, args(argc).collect());
        (*name, call)
    });
    // The names of what the language has may be written as in its own namespace.
    let mut body = vec![stmt(StmtKind::Expr(expr(ExprKind::Builtin(
        Builtin::Sub,
        vec![
            expr(ExprKind::Regex(b"^awk::".to_vec())),
            expr(ExprKind::Text(Vec::new())),
            expr(ExprKind::Var(FUNCTION.to_owned())),
        ],
    ))))];
    body.extend(calls.chain(builtins).map(|(name, call)| {
        let function = expr(ExprKind::Var(FUNCTION.to_owned()));
        let text = expr(ExprKind::Text(name.as_bytes().to_vec()));
        let is_it = ExprKind::Compare(CompareOp::Equal, function.into(), text.into());
        let call = stmt(StmtKind::Return(Some(expr(call))));
        stmt(StmtKind::If(expr(is_it), Box::new(call), None))
    }));
    let function = expr(ExprKind::Var(FUNCTION.to_owned()));
    let refusal = expr(ExprKind::NotAFunction(function.into()));
    body.push(stmt(StmtKind::Expr(refusal)));
    let params = (0..argc).map(param).chain([FUNCTION.to_owned()]);
    Function {
        name: dispatcher(argc),
        params: params.map(|name| (name, Span::default())).collect(),
        body,
        span: Span::default(),
    }
}

fn param(number: usize) -> String {
    format!("%{number}")
}

fn name_of(text: &str) -> Name {
    Name {
        text: text.to_owned(),
        span: Span::default(),
    }
}

fn expr(kind: ExprKind) -> Expr {
    Expr {
        kind,
        span: Span::default(),
        // Nothing here is deep.
        depth: 1,
    }
}

fn stmt(kind: StmtKind) -> Stmt {
    Stmt {
        kind,
        span: Span::default(),
    }
}
