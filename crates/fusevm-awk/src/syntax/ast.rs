//! The tree of a program.

use std::collections::BTreeSet;

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
    /// With how many arguments functions are called that variables name.
    pub(crate) indirect: BTreeSet<usize>,
    /// Functions may compare elements.
    pub(crate) sorts: bool,
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
        /// A variable, an element or a field.
        var: Expr,
        array: ArrayRef,
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
    /// An element, or all of them without a subscript.
    Delete(ArrayRef, Option<Vec<Expr>>),
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
    Coprocess,
}

/// A name where it is used.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// An array where it is used: a variable, or by subscripts an element that is an array.
#[derive(Debug)]
pub(crate) struct ArrayRef {
    pub(crate) name: Name,
    /// What stands in each pair of brackets.
    pub(crate) path: Vec<Vec<Expr>>,
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
    /// An element: its array, and what stands in the last pair of brackets.
    Index(ArrayRef, Vec<Expr>),
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
    In(Vec<Expr>, ArrayRef),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Cond(Box<Expr>, Box<Expr>, Box<Expr>),
    Group(Box<Expr>),
    Call(Name, Vec<Expr>),
    /// A call of the function that a variable names: the [dispatcher](super::dispatcher), and
    /// behind the arguments the variable.
    IndirectCall(Name, Vec<Expr>),
    /// The error of a call of what is no function.
    NotAFunction(Box<Expr>),
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
    Coprocess(Box<Expr>),
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

/// A part of a program.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Node<'p> {
    Function(&'p Function),
    Stmt(&'p Stmt),
    Expr(&'p Expr),
}

impl Program {
    /// Calls `visit` with every part, those of rules first, and each before what is in it.
    pub(crate) fn walk<'p>(&'p self, visit: &mut impl FnMut(Node<'p>)) {
        let blocks = [&self.begin, &self.begin_file, &self.end_file, &self.end];
        for block in blocks.into_iter().flatten() {
            block.iter().for_each(|stmt| stmt.walk(visit));
        }
        for rule in &self.rules {
            rule.parts().into_iter().for_each(|part| part.walk(visit));
        }
        for function in &self.functions {
            visit(Node::Function(function));
            function.body.iter().for_each(|stmt| stmt.walk(visit));
        }
    }
}

impl<'p> Node<'p> {
    /// Calls `visit` with the part and all that is in it.
    fn walk(self, visit: &mut impl FnMut(Node<'p>)) {
        match self {
            Node::Function(function) => function.body.iter().for_each(|stmt| stmt.walk(visit)),
            Node::Stmt(stmt) => stmt.walk(visit),
            Node::Expr(expr) => expr.walk(visit),
        }
    }
}

impl Rule {
    /// The expressions of the pattern and the statements of the action.
    pub(crate) fn parts(&self) -> Vec<Node<'_>> {
        let pattern = match &self.pattern {
            Pattern::Always => vec![],
            Pattern::When(pattern) => vec![pattern],
            Pattern::Range(from, to) => vec![from, to],
        };
        let action = self.action.iter().flatten().map(Node::Stmt);
        pattern.into_iter().map(Node::Expr).chain(action).collect()
    }
}

impl Stmt {
    /// Calls `visit` with the statement and all that is in it.
    pub(crate) fn walk<'p>(&'p self, visit: &mut impl FnMut(Node<'p>)) {
        visit(Node::Stmt(self));
        let parts = self.kind.parts();
        parts.into_iter().for_each(|part| part.walk(visit));
    }
}

impl StmtKind {
    /// The expressions and statements directly below, those in front first.
    pub(crate) fn parts(&self) -> Vec<Node<'_>> {
        fn exprs<'e>(exprs: impl IntoIterator<Item = &'e Expr>) -> Vec<Node<'e>> {
            exprs.into_iter().map(Node::Expr).collect()
        }
        match self {
            StmtKind::Expr(expr) => exprs([expr]),
            StmtKind::Print { args, to } | StmtKind::Printf { args, to } => {
                exprs(args.iter().chain(to.iter().map(|(_, to)| to)))
            }
            StmtKind::If(cond, then, other) => {
                let stmts = [then].into_iter().chain(other);
                let stmts = stmts.map(|stmt| Node::Stmt(stmt));
                [Node::Expr(cond)].into_iter().chain(stmts).collect()
            }
            StmtKind::While(cond, body) => vec![Node::Expr(cond), Node::Stmt(body)],
            StmtKind::DoWhile(body, cond) => vec![Node::Stmt(body), Node::Expr(cond)],
            StmtKind::For {
                init,
                cond,
                step,
                body,
            } => {
                let init = init.iter().map(|init| Node::Stmt(init));
                let step = step.iter().map(|step| Node::Stmt(step));
                init.chain(cond.iter().map(Node::Expr))
                    .chain(step)
                    .chain([Node::Stmt(body)])
                    .collect()
            }
            StmtKind::ForIn { var, array, body } => {
                let mut parts = exprs([var].into_iter().chain(array.parts()));
                parts.push(Node::Stmt(body));
                parts
            }
            StmtKind::Switch(value, cases) => {
                let mut parts = exprs([value]);
                for (case, block) in cases {
                    if let Case::Value(value) = case {
                        parts.push(Node::Expr(value));
                    }
                    parts.extend(block.iter().map(Node::Stmt));
                }
                parts
            }
            StmtKind::Block(block) => block.iter().map(Node::Stmt).collect(),
            StmtKind::Exit(value) | StmtKind::Return(value) => exprs(value),
            StmtKind::Delete(array, subscripts) => {
                exprs(array.parts().chain(subscripts.iter().flatten()))
            }
            StmtKind::Next | StmtKind::NextFile | StmtKind::Break | StmtKind::Continue => vec![],
        }
    }
}

impl ArrayRef {
    /// The expressions that say which array it is.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Expr> {
        self.path.iter().flatten()
    }
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
            ExprKind::Index(array, list) => array.path.iter().flatten().chain(list).collect(),
            ExprKind::In(list, array) => list.iter().chain(array.path.iter().flatten()).collect(),
            ExprKind::Field(a)
            | ExprKind::Negate(a)
            | ExprKind::Plus(a)
            | ExprKind::Not(a)
            | ExprKind::Group(a)
            | ExprKind::NotAFunction(a)
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
            | ExprKind::Call(_, list)
            | ExprKind::IndirectCall(_, list)
            | ExprKind::Builtin(_, list) => list.iter().collect(),
            ExprKind::Getline { from, target } => {
                let source = match from {
                    Input::Main => None,
                    Input::File(a) | Input::Command(a) | Input::Coprocess(a) => Some(a.as_ref()),
                };
                source.into_iter().chain(target.as_deref()).collect()
            }
        }
    }
}

impl Expr {
    /// Calls `visit` with the expression and every one in it.
    pub(crate) fn walk<'p>(&'p self, visit: &mut impl FnMut(Node<'p>)) {
        visit(Node::Expr(self));
        let children = self.kind.children();
        children.into_iter().for_each(|child| child.walk(visit));
    }

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
