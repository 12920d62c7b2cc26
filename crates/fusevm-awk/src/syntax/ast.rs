//! The tree of a program.

use super::{Builtin, Span};

/// The deepest tree: what walks over trees does so by recursion.
pub(crate) const MAX_DEPTH: u16 = 1000;

/// A whole program.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) begin: Vec<Block>,
    pub(crate) begin_file: Vec<Block>,
    pub(crate) end_file: Vec<Block>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) end: Vec<Block>,
    pub(crate) functions: Vec<Function>,
}

/// A pattern with its action.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) pattern: Pattern,
    /// Without one the record is printed.
    pub(crate) action: Option<Block>,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) enum Pattern {
    Always,
    When(Expr),
    Range(Expr, Expr),
}

#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) params: Vec<(String, Span)>,
    pub(crate) body: Block,
    pub(crate) span: Span,
}

pub(crate) type Block = Vec<Stmt>;

#[derive(Debug)]
pub(crate) struct Stmt {
    pub(crate) kind: StmtKind,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) enum StmtKind {
    Expr(Expr),
    Print {
        args: Vec<Expr>,
        to: Option<(Redirect, Expr)>,
    },
    Printf {
        args: Vec<Expr>,
        to: Option<(Redirect, Expr)>,
    },
    If(Expr, Box<Stmt>, Option<Box<Stmt>>),
    While(Expr, Box<Stmt>),
    DoWhile(Box<Stmt>, Expr),
    For {
        init: Option<Box<Stmt>>,
        cond: Option<Expr>,
        step: Option<Box<Stmt>>,
        body: Box<Stmt>,
    },
    ForIn {
        /// A variable.
        var: Expr,
        array: Name,
        body: Box<Stmt>,
    },
    Switch(Expr, Vec<(Case, Block)>),
    Block(Block),
    Next,
    NextFile,
    Exit(Option<Expr>),
    Return(Option<Expr>),
    Break,
    Continue,
    /// An element, or all of them.
    Delete(Name, Vec<Vec<Expr>>),
}

/// What selects a part of a `switch`.
#[derive(Debug)]
pub(crate) enum Case {
    /// A number, a string or a regular expression.
    Value(Expr),
    Default,
}

/// Where `print` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Redirect {
    File,
    Append,
    Pipe,
}

/// A name where it is used.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) span: Span,
    /// How deep the tree below is.
    pub(crate) depth: u16,
}

#[derive(Debug)]
pub(crate) enum ExprKind {
    Number(f64),
    Text(Vec<u8>),
    /// By itself, whether the record matches.
    Regex(Vec<u8>),
    /// `@/.../`: by itself, a text.
    RegexValue(Vec<u8>),
    Var(String),
    /// An element: one list of subscripts for each pair of brackets.
    Index(Name, Vec<Vec<Expr>>),
    Field(Box<Expr>),
    /// `op=` if there is an operator.
    Assign(Option<BinaryOp>, Box<Expr>, Box<Expr>),
    /// `++` or `--`: by how much, and whether the result is the new value.
    Step {
        delta: i8,
        prefix: bool,
        target: Box<Expr>,
    },
    Negate(Box<Expr>),
    Plus(Box<Expr>),
    Not(Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    /// Two or more.
    Concat(Vec<Expr>),
    /// Whether a text matches, or does not.
    Match {
        expected: bool,
        text: Box<Expr>,
        regex: Box<Expr>,
    },
    In(Vec<Expr>, Name),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Cond(Box<Expr>, Box<Expr>, Box<Expr>),
    Group(Box<Expr>),
    Call(Name, Vec<Expr>),
    /// A call of the function that a variable names.
    IndirectCall(Name, Vec<Expr>),
    Builtin(Builtin, Vec<Expr>),
    Getline {
        from: Input,
        target: Option<Box<Expr>>,
    },
}

/// What `getline` reads from.
#[derive(Debug)]
pub(crate) enum Input {
    Main,
    File(Box<Expr>),
    Command(Box<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CompareOp {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl ExprKind {
    /// The expressions directly below.
    pub(crate) fn children(&self) -> Vec<&Expr> {
        match self {
            ExprKind::Number(_)
            | ExprKind::Text(_)
            | ExprKind::Regex(_)
            | ExprKind::RegexValue(_)
            | ExprKind::Var(_) => Vec::new(),
            ExprKind::Index(_, subscripts) => subscripts.iter().flatten().collect(),
            ExprKind::Field(a)
            | ExprKind::Negate(a)
            | ExprKind::Plus(a)
            | ExprKind::Not(a)
            | ExprKind::Group(a)
            | ExprKind::Step { target: a, .. } => vec![a],
            ExprKind::Assign(_, a, b)
            | ExprKind::Binary(_, a, b)
            | ExprKind::Compare(_, a, b)
            | ExprKind::And(a, b)
            | ExprKind::Or(a, b)
            | ExprKind::Match {
                text: a, regex: b, ..
            } => vec![a, b],
            ExprKind::Cond(a, b, c) => vec![a, b, c],
            ExprKind::Concat(list)
            | ExprKind::In(list, _)
            | ExprKind::Call(_, list)
            | ExprKind::IndirectCall(_, list)
            | ExprKind::Builtin(_, list) => list.iter().collect(),
            ExprKind::Getline { from, target } => {
                let source = match from {
                    Input::Main => None,
                    Input::File(a) | Input::Command(a) => Some(a.as_ref()),
                };
                source.into_iter().chain(target.as_deref()).collect()
            }
        }
    }
}

impl Expr {
    /// The expression without parentheses around it.
    pub(crate) fn inner(&self) -> &Expr {
        let mut expr = self;
        while let ExprKind::Group(inner) = &expr.kind {
            expr = inner;
        }
        expr
    }

    /// Whether it can be assigned to.
    pub(crate) fn is_lvalue(&self) -> bool {
        matches!(
            self.kind,
            ExprKind::Var(_) | ExprKind::Index(..) | ExprKind::Field(_)
        )
    }
}
