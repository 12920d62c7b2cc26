//! Making failing programs small enough to understand.

use fusevm::Op;

use crate::program::{Expr, Program, Stmt};

/// A smaller program for which `fails` is still true: statements are taken out or replaced by what
/// is in them, and expressions replaced by a number, as long as that is so.
///
/// ```
/// use fusevm::Op;
/// use fusevm_testkit::{Program, Shape, shrink};
///
/// let prints = |program: &Program| {
///     let chunk = program.compile();
///     chunk.ops.iter().any(|op| matches!(op, Op::Print(_) | Op::PrintLn(_)))
/// };
/// let shape = Shape::default();
/// let program = (0..).map(|seed| Program::generate(seed, &shape)).find(prints).unwrap();
/// let small = shrink::minimise(program, prints);
/// assert_eq!(small.len(), 1);
/// ```
pub fn minimise(mut program: Program, fails: impl Fn(&Program) -> bool) -> Program {
    loop {
        let mut smaller = false;
        for step in [drop_statements, unwrap_statement, drop_expression] {
            // From the end: what is left then stands where it stood before.
            for n in (0..program.weight()).rev() {
                let mut candidate = program.clone();
                if step(&mut candidate, n)
                    && candidate.weight() < program.weight()
                    && fails(&candidate)
                {
                    program = candidate;
                    smaller = true;
                }
            }
        }
        if !smaller {
            return program;
        }
    }
}

/// What a report of a failure says: the program as assembly, and how to run it again.
pub fn report(program: &Program) -> String {
    let seed = program.seed;
    let text = program.compile().disassemble();
    format!("{text}\n; from seed {seed}: FUSEVM_TEST_SEED={seed} runs it alone\n")
}

impl Program {
    /// The number of statements and expressions.
    fn weight(&self) -> usize {
        let mut count = self.len();
        self.clone().each_expr(&mut |_| count += 1);
        count
    }
}

/// Calls `change` with the list that holds statement `n` and its position in it.
fn at_statement(
    program: &mut Program,
    n: usize,
    mut change: impl FnMut(&mut Vec<Stmt>, usize) -> bool,
) -> bool {
    let (mut left, mut changed) = (Some(n), false);
    program.each_list(&mut |list| match left {
        Some(at) if at < list.len() => {
            changed = change(list, at);
            left = None;
        }
        _ => left = left.map(|at| at - list.len()),
    });
    changed
}

fn drop_statements(program: &mut Program, n: usize) -> bool {
    at_statement(program, n, |list, at| {
        list.remove(at);
        true
    })
}

fn unwrap_statement(program: &mut Program, n: usize) -> bool {
    at_statement(program, n, |list, at| {
        let inner: Vec<Stmt> = list[at]
            .own_lists()
            .into_iter()
            .flat_map(std::mem::take)
            .collect();
        let wraps = !inner.is_empty();
        if wraps {
            list.splice(at..=at, inner);
        }
        wraps
    })
}

fn drop_expression(program: &mut Program, n: usize) -> bool {
    let (mut before, mut changed) = (0, false);
    program.each_expr(&mut |expr| {
        if before == n {
            *expr = Expr::leaf(Op::LoadInt(1));
            changed = true;
        }
        before += 1;
    });
    changed
}
