//! Whether the records of a program's input can be worked on independently of each other.
//!
//! What a rule may do is print, and look at and change its record. Beyond that there are two kinds of
//! variables that rules may change: *sums*, which are only added to and which no rule reads, and
//! *temporaries*, which are assigned in the same record before they are read. The proof follows the
//! order of evaluation and is conservative: what it does not know is a reason to read one record
//! after the other.

use std::collections::{BTreeSet, HashMap};

use crate::Language;
use crate::compile::{self, Compiled};
use crate::resolve::Kind;
use crate::runtime::special;
use crate::syntax::ast::{
    ArrayRef, BinaryOp, Block, Expr, ExprKind, Input, Node, Pattern, Program, Rule, Stmt, StmtKind,
};
use crate::syntax::{Builtin, Sources};

/// How a program works on a part of its input.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The rules alone.
    pub(crate) rules: Compiled,
    /// The variables and arrays to which the rules add.
    pub(crate) sums: BTreeSet<String>,
}

impl Plan {
    /// A plan for a program that was compiled.
    ///
    /// # Errors
    /// Why its records are not independent.
    pub(crate) fn new(
        mut tree: Program,
        sources: &Sources,
        whole: &Compiled,
    ) -> Result<Self, String> {
        let sums = prove(&tree, whole)?;
        let sums: BTreeSet<String> = sums.into_iter().map(str::to_owned).collect();
        tree.begin.clear();
        tree.end.clear();
        tree.functions.clear();
        let mut language = whole.language.clone();
        if whole.globals.contains_key("IGNORECASE") {
            // It may be set where the rules do not mention it.
            language.assigned.push("IGNORECASE".to_owned());
        }
        match compile::compile(&tree, sources, &language, &sums) {
            Ok((rules, _)) => Ok(Plan { rules, sums }),
            Err(_) => Err("its rules cannot be compiled by themselves".to_owned()),
        }
    }
}

type Names<'p> = BTreeSet<&'p str>;

/// What the rules add to.
fn prove<'p>(program: &'p Program, whole: &Compiled) -> Result<Names<'p>, String> {
    let language = &whole.language;
    if program.rules.is_empty() {
        return Err("no rule looks at records".to_owned());
    }
    if !program.begin_file.is_empty() || !program.end_file.is_empty() {
        return Err("it has rules about files".to_owned());
    }
    if language.profile || language.all_variables {
        return Err("a report of the whole run is asked for".to_owned());
    }
    if language.assigned.iter().any(|name| is_counter(name)) {
        return Err("records are counted from another number on".to_owned());
    }
    let mut reads_main = false;
    program.walk(&mut |node| {
        if let Node::Expr(expr) = node {
            let from = match &expr.kind {
                ExprKind::Getline { from, .. } => from,
                _ => return,
            };
            reads_main |= matches!(from, Input::Main);
        }
    });
    if reads_main {
        return Err("`getline` reads records of the input".to_owned());
    }
    if whole.globals.contains_key(special::SYMTAB) {
        return Err("SYMTAB reaches all variables".to_owned());
    }
    let mut proof = Proof {
        globals: &whole.globals,
        language,
        sums: Names::new(),
        temporaries: Names::new(),
    };
    for rule in &program.rules {
        proof.classify(rule);
    }
    let Proof {
        sums, temporaries, ..
    } = &mut proof;
    sums.retain(|name| !temporaries.contains(name));
    let mut assigned = Names::new();
    for rule in &program.rules {
        proof.rule(rule, &mut assigned)?;
    }
    let mut kept = None;
    let mut find = |name: &'p str| {
        if proof.temporaries.contains(name) {
            kept = Some(name);
        }
    };
    let ends = program.end.iter().flatten();
    let bodies = program.functions.iter().flat_map(|function| &function.body);
    for stmt in ends.chain(bodies) {
        stmt.walk(&mut |node| mentioned(node, &mut find));
    }
    match kept {
        Some(name) => Err(format!("`{name}` is used behind the rules")),
        None => Ok(proof.sums),
    }
}

/// Calls `found` with the variable that a part of a program is about.
fn mentioned<'p>(node: Node<'p>, found: &mut impl FnMut(&'p str)) {
    match node {
        Node::Expr(expr) => match &expr.kind {
            ExprKind::Var(name) => found(name),
            ExprKind::Index(array, _) | ExprKind::In(_, array) => found(&array.name.text),
            _ => {}
        },
        Node::Stmt(stmt) => match &stmt.kind {
            StmtKind::ForIn { array, .. } | StmtKind::Delete(array, _) => found(&array.name.text),
            _ => {}
        },
        Node::Function(_) => {}
    }
}

fn is_counter(name: &str) -> bool {
    matches!(name, "NR" | "FNR")
}

struct Proof<'p, 'c> {
    globals: &'c HashMap<String, (u16, Kind)>,
    language: &'c Language,
    sums: Names<'p>,
    temporaries: Names<'p>,
}

impl<'p> Proof<'p, '_> {
    /// Takes note of the variables that a rule assigns or adds to.
    fn classify(&mut self, rule: &'p Rule) {
        let pattern = match &rule.pattern {
            Pattern::When(pattern) => Some(pattern),
            _ => None,
        };
        let mut visit = |node: Node<'p>| {
            if let Node::Expr(expr) = node {
                let (target, adds) = match &expr.kind {
                    ExprKind::Assign(operator, target, _) => {
                        let adds = matches!(operator, Some(BinaryOp::Add | BinaryOp::Sub));
                        (target.inner(), adds)
                    }
                    ExprKind::Step { target, .. } => (target.inner(), true),
                    ExprKind::Builtin(Builtin::Split, args) if args.len() > 1 => {
                        (args[1].inner(), false)
                    }
                    ExprKind::Builtin(Builtin::Sub | Builtin::Gsub, args) if args.len() > 2 => {
                        (args[2].inner(), false)
                    }
                    ExprKind::Builtin(Builtin::Match, _) => {
                        self.temporaries.extend(["RSTART", "RLENGTH"]);
                        return;
                    }
                    _ => return,
                };
                let name = match &target.kind {
                    ExprKind::Var(name) => name.as_str(),
                    ExprKind::Index(array, _) => array.name.text.as_str(),
                    _ => return,
                };
                if name == "NF" {
                    return;
                }
                if adds {
                    self.sums.insert(name);
                } else {
                    self.temporaries.insert(name);
                }
            }
        };
        if let Some(pattern) = pattern {
            pattern.walk(&mut visit);
        }
        for stmt in rule.action.iter().flatten() {
            stmt.walk(&mut visit);
        }
    }

    fn rule(&self, rule: &'p Rule, assigned: &mut Names<'p>) -> Result<(), String> {
        let is_always = match &rule.pattern {
            Pattern::Always => true,
            Pattern::When(pattern) => {
                self.expr(pattern, assigned)?;
                false
            }
            Pattern::Range(..) => return Err("a range goes over several records".to_owned()),
        };
        let Some(action) = &rule.action else {
            return Ok(());
        };
        if is_always {
            self.block(action, assigned)
        } else {
            self.block(action, &mut assigned.clone())
        }
    }

    fn block(&self, block: &'p Block, assigned: &mut Names<'p>) -> Result<(), String> {
        block.iter().try_for_each(|stmt| self.stmt(stmt, assigned))
    }

    fn stmt(&self, stmt: &'p Stmt, assigned: &mut Names<'p>) -> Result<(), String> {
        match &stmt.kind {
            StmtKind::Expr(expr) => self.effect(expr, assigned),
            StmtKind::Print { to: Some(_), .. } | StmtKind::Printf { to: Some(_), .. } => {
                Err("a rule prints to a file or command".to_owned())
            }
            StmtKind::Print { args, to: None } | StmtKind::Printf { args, to: None } => {
                self.exprs(args, assigned)
            }
            StmtKind::If(cond, then, other) => {
                self.expr(cond, assigned)?;
                let mut one = assigned.clone();
                self.stmt(then, &mut one)?;
                if let Some(other) = other {
                    let mut two = assigned.clone();
                    self.stmt(other, &mut two)?;
                    assigned.extend(one.intersection(&two));
                }
                Ok(())
            }
            StmtKind::While(cond, body) => {
                self.expr(cond, assigned)?;
                self.stmt(body, &mut assigned.clone())
            }
            StmtKind::DoWhile(body, cond) => {
                self.stmt(body, &mut assigned.clone())?;
                // `continue` may have left the body early.
                self.expr(cond, &mut assigned.clone())
            }
            StmtKind::For {
                init,
                cond,
                step,
                body,
            } => {
                if let Some(init) = init {
                    self.stmt(init, assigned)?;
                }
                if let Some(cond) = cond {
                    self.expr(cond, assigned)?;
                }
                self.stmt(body, &mut assigned.clone())?;
                match step {
                    Some(step) => self.stmt(step, &mut assigned.clone()),
                    None => Ok(()),
                }
            }
            StmtKind::Switch(value, parts) => {
                self.expr(value, assigned)?;
                parts
                    .iter()
                    .try_for_each(|(_, block)| self.block(block, &mut assigned.clone()))
            }
            StmtKind::Block(block) => self.block(block, assigned),
            StmtKind::Next | StmtKind::Break | StmtKind::Continue => Ok(()),
            StmtKind::NextFile => Err("`nextfile` leaves out records".to_owned()),
            StmtKind::Exit(_) => Err("a rule may end the program".to_owned()),
            StmtKind::ForIn { array, .. } | StmtKind::Delete(array, _) => Err(used(array)),
            StmtKind::Return(_) => Err("a rule returns".to_owned()),
        }
    }

    /// An expression whose value nobody asks for: only there may be sums.
    fn effect(&self, expr: &'p Expr, assigned: &mut Names<'p>) -> Result<(), String> {
        let expr = expr.inner();
        let (target, value) = match &expr.kind {
            ExprKind::Assign(_, target, value) => (target.inner(), Some(&**value)),
            ExprKind::Step { target, .. } => (target.inner(), None),
            _ => return self.expr(expr, assigned),
        };
        let subscripts = match &target.kind {
            ExprKind::Var(name) if self.sums.contains(name.as_str()) => {
                self.not_special(name)?;
                &[][..]
            }
            ExprKind::Index(array, list) if self.sums.contains(array.name.text.as_str()) => {
                if !array.path.is_empty() {
                    return Err(used(array));
                }
                self.not_special(&array.name.text)?;
                list.as_slice()
            }
            _ => return self.expr(expr, assigned),
        };
        self.exprs(subscripts.iter().chain(value), assigned)
    }

    /// Expressions in any order: what one assigns, no other one may read.
    fn exprs(
        &self,
        exprs: impl IntoIterator<Item = &'p Expr>,
        assigned: &mut Names<'p>,
    ) -> Result<(), String> {
        let before = assigned.clone();
        for expr in exprs {
            let mut here = before.clone();
            self.expr(expr, &mut here)?;
            assigned.append(&mut here);
        }
        Ok(())
    }

    fn expr(&self, expr: &'p Expr, assigned: &mut Names<'p>) -> Result<(), String> {
        match &expr.kind {
            ExprKind::Var(name) => self.read(name, assigned),
            ExprKind::Index(array, list) | ExprKind::In(list, array) => {
                self.element(array, assigned)?;
                self.exprs(list, assigned)
            }
            ExprKind::Assign(operator, target, value) => {
                if operator.is_some() {
                    self.expr(target, &mut assigned.clone())?;
                }
                let target = target.inner();
                self.exprs(
                    target.kind.children().into_iter().chain([&**value]),
                    assigned,
                )?;
                self.write(target, assigned)
            }
            ExprKind::Step { target, .. } => {
                self.expr(target, assigned)?;
                self.write(target.inner(), assigned)
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                self.expr(a, assigned)?;
                self.expr(b, &mut assigned.clone())
            }
            ExprKind::Cond(cond, a, b) => {
                self.expr(cond, assigned)?;
                self.expr(a, &mut assigned.clone())?;
                self.expr(b, &mut assigned.clone())
            }
            ExprKind::Call(name, _) => Err(format!("a rule calls `{}`", name.text)),
            ExprKind::IndirectCall(..) | ExprKind::NotAFunction(_) => {
                Err("a rule calls a function".to_owned())
            }
            ExprKind::Getline { .. } => Err("a rule reads with `getline`".to_owned()),
            ExprKind::Builtin(builtin, args) => self.builtin(*builtin, args, assigned),
            kind => self.exprs(kind.children(), assigned),
        }
    }

    fn builtin(
        &self,
        builtin: Builtin,
        args: &'p [Expr],
        assigned: &mut Names<'p>,
    ) -> Result<(), String> {
        match (builtin, args) {
            (Builtin::Split, [text, array, rest @ ..]) if rest.len() < 2 => {
                self.exprs([text].into_iter().chain(rest), assigned)?;
                let ExprKind::Var(name) = &array.inner().kind else {
                    return Err("a rule splits into an array in an array".to_owned());
                };
                self.not_special(name)?;
                assigned.insert(name);
                Ok(())
            }
            (Builtin::Sub | Builtin::Gsub, _) => {
                self.exprs(args, assigned)?;
                match args.get(2) {
                    Some(target) => self.write(target.inner(), assigned),
                    None => Ok(()),
                }
            }
            (Builtin::Match, [_, _]) => {
                self.exprs(args, assigned)?;
                assigned.extend(["RSTART", "RLENGTH"]);
                Ok(())
            }
            (Builtin::Gensub, _) => self.exprs(args, assigned),
            _ if builtin.is_pure() => self.exprs(args, assigned),
            _ => Err(format!("a rule calls `{}`", builtin.name())),
        }
    }

    fn read(&self, name: &'p str, assigned: &Names<'p>) -> Result<(), String> {
        if is_counter(name) {
            return Err(format!("a rule asks for {name}"));
        }
        if self.sums.contains(name) {
            return Err(format!("a rule reads `{name}`, to which rules add"));
        }
        if self.temporaries.contains(name) {
            return if assigned.contains(name) {
                Ok(())
            } else {
                Err(format!("`{name}` may be kept from one record to the next"))
            };
        }
        match self.globals.get(name) {
            None | Some((_, Kind::Scalar)) => Ok(()),
            Some(_) => Err(format!("a rule uses the array `{name}`")),
        }
    }

    /// An array of which a rule uses an element other than to add to it.
    fn element(&self, array: &'p ArrayRef, assigned: &Names<'p>) -> Result<(), String> {
        let name = array.name.text.as_str();
        if array.path.is_empty() && self.temporaries.contains(name) && assigned.contains(name) {
            return Ok(());
        }
        Err(used(array))
    }

    /// An assignment to a variable, an element or a field.
    fn write(&self, target: &'p Expr, assigned: &mut Names<'p>) -> Result<(), String> {
        match &target.kind {
            ExprKind::Var(name) if name == "NF" => Ok(()),
            ExprKind::Var(name) => {
                self.not_special(name)?;
                assigned.insert(name);
                Ok(())
            }
            ExprKind::Index(array, _) => self.element(array, assigned),
            _ => Ok(()),
        }
    }

    fn not_special(&self, name: &str) -> Result<(), String> {
        if special::is_known(name, self.language) {
            return Err(format!("a rule changes {name}"));
        }
        Ok(())
    }
}

fn used(array: &ArrayRef) -> String {
    format!("a rule uses the array `{}`", array.name.text)
}
