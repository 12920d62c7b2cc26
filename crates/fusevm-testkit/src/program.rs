//! Structured programs: trees of statements and expressions.

use fusevm::chunk::Numeric;
use fusevm::{Chunk, Op, Value};

/// A program as a tree, which can be compiled, changed and compiled again.
///
/// It compiles whatever is taken out of it, which makes it easy to
/// [minimise](crate::shrink::minimise).
#[derive(Debug, Clone)]
pub struct Program {
    /// What the program was generated from.
    pub seed: u64,
    /// The settings of its chunk.
    pub numeric: Numeric,
    /// Whether an AWK host that knows nothing answers its AWK operations, rather than none.
    pub awk_host: bool,
    /// The constant pool.
    pub constants: Vec<Value>,
    /// The functions, by their number; function `n` is called `sub<n>`.
    pub functions: Vec<Function>,
    /// The program itself.
    pub main: Vec<Stmt>,
    /// What it leaves.
    pub result: Expr,
}

/// A function of a program.
#[derive(Debug, Clone)]
pub struct Function {
    /// The slots that take the arguments, the first one's first.
    pub params: Vec<u16>,
    /// What it does.
    pub body: Vec<Stmt>,
    /// What it returns; without it, it leaves nothing.
    pub result: Option<Expr>,
}

/// Code that leaves one value on the stack.
#[derive(Debug, Clone)]
pub enum Expr {
    /// Operands, then operations on them.
    Apply {
        /// What is evaluated, in this order.
        operands: Vec<Expr>,
        /// What is done to the values; they take and leave what is needed for one result.
        ops: Vec<Op>,
    },
    /// The left value if its truth is `until`, otherwise the right one.
    Shortcut {
        /// The truth at which the right one is not evaluated.
        until: bool,
        /// What is always evaluated.
        left: Box<Expr>,
        /// What is evaluated if needed.
        right: Box<Expr>,
    },
    /// One of two values.
    Choice {
        /// What decides.
        condition: Box<Expr>,
        /// The value if it is true.
        then: Box<Expr>,
        /// The value if it is false.
        otherwise: Box<Expr>,
    },
    /// A call of a function that returns a value.
    Call {
        /// The function's number.
        function: usize,
        /// The arguments.
        args: Vec<Expr>,
    },
    /// A block operation that leaves an array.
    Block {
        /// Map, grep or sort.
        op: BlockOp,
        /// The array.
        items: Box<Expr>,
        /// The block.
        block: Box<Block>,
    },
}

/// A block operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockOp {
    /// `MapBlock`
    Map,
    /// `GrepBlock`
    Grep,
    /// `SortBlock`
    Sort,
    /// `ForEachBlock`
    ForEach,
}

/// What a block operation runs for each element.
#[derive(Debug, Clone)]
pub struct Block {
    /// The slots into which the elements go, the topmost first. What has no slot stays on the stack.
    pub takes: Vec<u16>,
    /// What it does.
    pub body: Vec<Stmt>,
    /// Its result, if any.
    pub result: Option<Expr>,
}

/// Code that leaves nothing on the stack.
#[derive(Debug, Clone)]
pub enum Stmt {
    /// Operands, then operations that use them up.
    Run {
        /// What is evaluated, in this order.
        operands: Vec<Expr>,
        /// What is done to the values.
        ops: Vec<Op>,
    },
    /// A condition.
    If {
        /// What decides.
        condition: Expr,
        /// The truth at which `then` runs.
        on: bool,
        /// What runs then.
        then: Vec<Stmt>,
        /// What runs otherwise.
        otherwise: Vec<Stmt>,
    },
    /// A loop.
    Loop {
        /// How it counts.
        kind: LoopKind,
        /// The slot that counts the passes; nothing in the body changes it.
        counter: u16,
        /// The passes.
        limit: i32,
        /// What is repeated.
        body: Vec<Stmt>,
    },
    /// Leaves the innermost loop.
    Break,
    /// Goes on with the next pass of the innermost loop.
    Continue,
    /// Ends the pass of the innermost block operation.
    Next,
    /// Leaves the function, or ends the program.
    Return(Option<Expr>),
    /// Statements in a scope with slots of its own.
    Scope(Vec<Stmt>),
    /// Statements for each element of an array.
    ForEach {
        /// The array.
        items: Expr,
        /// The statements.
        block: Block,
    },
    /// A call of a function that returns nothing.
    Call {
        /// The function's number.
        function: usize,
        /// The arguments.
        args: Vec<Expr>,
    },
    /// Leaves everything that is open, and ends the program.
    Unwind,
    /// Statements that a builtin runs in a nested run.
    Reenter(Vec<Stmt>),
}

/// How a loop counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopKind {
    /// Up, with the test at the head, in basic operations.
    Plain,
    /// Up, with the fused operations for counting loops.
    Fused,
    /// Down to zero.
    Down,
    /// Up, with the test at the end, so that there is at least one pass.
    Until,
}

impl Expr {
    /// An operation without operands.
    pub fn leaf(op: Op) -> Self {
        Expr::Apply {
            operands: Vec::new(),
            ops: vec![op],
        }
    }
}

impl Program {
    /// The program as a chunk.
    pub fn compile(&self) -> Chunk {
        crate::compile::compile(self)
    }

    /// Whether a builtin runs the machine again while the program runs. Fuel that is used up in a
    /// nested run is an error that cannot be resumed.
    pub fn reenters(&self) -> bool {
        let mut found = false;
        self.clone().each_list(&mut |list| {
            found |= list.iter().any(|stmt| matches!(stmt, Stmt::Reenter(_)));
        });
        found
    }

    /// The number of statements, inner ones included.
    pub fn len(&self) -> usize {
        let mut count = 0;
        self.clone().each_list(&mut |list| count += list.len());
        count
    }

    /// Whether the program has no statements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Visits every list of statements, outer ones first.
    pub fn each_list(&mut self, visit: &mut dyn FnMut(&mut Vec<Stmt>)) {
        for function in &mut self.functions {
            list(&mut function.body, visit);
            optional(&mut function.result, visit);
        }
        list(&mut self.main, visit);
        self.result.each_list(visit);
    }

    /// Visits every expression, outer ones first.
    pub fn each_expr(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        // Expressions within statements are found through the lists; those within expressions by
        // the visit of the outer one.
        let mut roots = |list: &mut Vec<Stmt>| {
            let exprs = list.iter_mut().flat_map(Stmt::own_exprs);
            exprs.for_each(|expr| expr.walk(visit));
        };
        self.each_list(&mut roots);
        let results = self.functions.iter_mut().filter_map(|f| f.result.as_mut());
        results
            .chain([&mut self.result])
            .for_each(|expr| expr.walk(visit));
    }
}

fn list(stmts: &mut Vec<Stmt>, visit: &mut dyn FnMut(&mut Vec<Stmt>)) {
    visit(stmts);
    for stmt in stmts {
        stmt.own_lists()
            .into_iter()
            .for_each(|inner| list(inner, visit));
        stmt.own_exprs()
            .into_iter()
            .for_each(|expr| expr.each_list(visit));
    }
}

fn optional(expr: &mut Option<Expr>, visit: &mut dyn FnMut(&mut Vec<Stmt>)) {
    expr.iter_mut().for_each(|expr| expr.each_list(visit));
}

impl Stmt {
    /// The lists of statements directly in this one, except those in expressions.
    pub fn own_lists(&mut self) -> Vec<&mut Vec<Stmt>> {
        match self {
            Stmt::If {
                then, otherwise, ..
            } => vec![then, otherwise],
            Stmt::Loop { body, .. } | Stmt::Scope(body) | Stmt::Reenter(body) => vec![body],
            Stmt::ForEach { block, .. } => vec![&mut block.body],
            _ => Vec::new(),
        }
    }

    /// The expressions directly in this statement.
    fn own_exprs(&mut self) -> Vec<&mut Expr> {
        match self {
            Stmt::Run { operands: many, .. } | Stmt::Call { args: many, .. } => {
                many.iter_mut().collect()
            }
            Stmt::If { condition, .. } => vec![condition],
            Stmt::Return(value) => value.iter_mut().collect(),
            Stmt::ForEach { items, block } => {
                [items].into_iter().chain(block.result.as_mut()).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Expr {
    fn children(&mut self) -> Vec<&mut Expr> {
        match self {
            Expr::Apply { operands: many, .. } | Expr::Call { args: many, .. } => {
                many.iter_mut().collect()
            }
            Expr::Shortcut { left, right, .. } => vec![left, right],
            Expr::Choice {
                condition,
                then,
                otherwise,
            } => vec![condition, then, otherwise],
            Expr::Block { items, block, .. } => [&mut **items]
                .into_iter()
                .chain(block.result.as_mut())
                .collect(),
        }
    }

    fn each_list(&mut self, visit: &mut dyn FnMut(&mut Vec<Stmt>)) {
        if let Expr::Block { block, .. } = self {
            list(&mut block.body, visit);
        }
        let children = self.children();
        children
            .into_iter()
            .for_each(|child| child.each_list(visit));
    }

    fn walk(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        visit(self);
        let children = self.children();
        children.into_iter().for_each(|child| child.walk(visit));
    }
}
