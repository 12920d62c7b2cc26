//! What names mean: variables or arrays, of the program or of a function.
//!
//! A program does not say which of its variables are arrays, it shows it by use. Where a variable
//! is only passed on to a function, what it is follows from the parameter, and the other way
//! round; so this looks at all calls until nothing new follows.

use std::collections::{HashMap, HashSet};

use crate::syntax::ast::{
    Block, Case, Expr, ExprKind, Function, Input, Name, Pattern, Program, Stmt, StmtKind,
};
use crate::syntax::{Builtin, Diagnostic, Sources, Span};

/// Arguments of a call are counted in eight bits.
const MAX_PARAMS: usize = 255;

/// What a variable is used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Scalar,
    Array,
}

/// A variable, wherever it lives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Variable {
    Global(String),
    /// A function and the number of its parameter.
    Param(usize, usize),
}

/// What a name means in some place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A variable of the program.
    Global(Kind),
    /// A parameter, by its number.
    Param(usize, Kind),
}

/// A function as its callers see it.
#[derive(Debug)]
pub(crate) struct Signature {
    pub(crate) params: Vec<Kind>,
}

/// The meaning of all names of a program.
#[derive(Debug, Default)]
pub(crate) struct Names {
    kinds: HashMap<Variable, Kind>,
    globals: Vec<Name>,
    functions: HashMap<String, usize>,
    params: Vec<HashMap<String, usize>>,
    counts: Vec<usize>,
}

impl Names {
    /// What a variable's name means within a function, or outside of all.
    pub(crate) fn meaning(&self, name: &str, function: Option<usize>) -> Meaning {
        let variable = self.variable(name, function);
        let kind = self.kinds.get(&variable).copied().unwrap_or(Kind::Scalar);
        match variable {
            Variable::Global(_) => Meaning::Global(kind),
            Variable::Param(_, param) => Meaning::Param(param, kind),
        }
    }

    /// The variables of the program where they are first used, with what they are.
    pub(crate) fn globals(&self) -> impl Iterator<Item = (&Name, Kind)> {
        self.globals.iter().map(|name| {
            let variable = Variable::Global(name.text.clone());
            let kind = self.kinds.get(&variable).copied().unwrap_or(Kind::Scalar);
            (name, kind)
        })
    }

    /// All functions, in the order of their names.
    pub(crate) fn functions(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.functions.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// The function of that name.
    pub(crate) fn signature(&self, name: &str) -> Option<Signature> {
        let function = *self.functions.get(name)?;
        let kind = |param| {
            let variable = Variable::Param(function, param);
            self.kinds.get(&variable).copied().unwrap_or(Kind::Scalar)
        };
        Some(Signature {
            params: (0..self.counts[function]).map(kind).collect(),
        })
    }

    fn variable(&self, name: &str, function: Option<usize>) -> Variable {
        let param = function.and_then(|at| Some((at, *self.params.get(at)?.get(name)?)));
        match param {
            Some((function, param)) => Variable::Param(function, param),
            None => Variable::Global(name.to_owned()),
        }
    }
}

/// Finds out what all names mean. `arrays` and `scalars` are the variables that the language
/// itself has.
///
/// # Errors
/// Names that are used in ways that exclude each other, and functions that do not exist.
pub(crate) fn resolve(
    program: &Program,
    sources: &Sources,
    scalars: &[&str],
    arrays: &[&str],
) -> Result<Names, Vec<Diagnostic>> {
    let mut resolver = Resolver {
        sources,
        names: Names::default(),
        function: None,
        uses: Vec::new(),
        passes: Vec::new(),
        values: Vec::new(),
        seen: HashSet::new(),
        errors: Vec::new(),
    };
    resolver.declare(&program.functions);
    for (list, kind) in [(scalars, Kind::Scalar), (arrays, Kind::Array)] {
        for name in list {
            let variable = Variable::Global((*name).to_owned());
            resolver.names.kinds.insert(variable, kind);
        }
    }
    resolver.program(program);
    resolver.infer();
    resolver.check();
    if resolver.errors.is_empty() {
        Ok(resolver.names)
    } else {
        Err(resolver.errors)
    }
}

struct Resolver<'p> {
    sources: &'p Sources,
    names: Names,
    /// The function whose body is looked at.
    function: Option<usize>,
    /// Variables and what they are used as.
    uses: Vec<(Variable, Kind, Name)>,
    /// Variables that are passed on: to which parameter of which function.
    passes: Vec<(Variable, usize, usize, Name)>,
    /// Values that are passed: to which parameter of which function.
    values: Vec<(usize, usize, Span)>,
    /// The variables of the program that were met.
    seen: HashSet<String>,
    errors: Vec<Diagnostic>,
}

impl Resolver<'_> {
    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.errors.push(self.sources.at(span, message));
    }

    fn declare(&mut self, functions: &[Function]) {
        for (index, function) in functions.iter().enumerate() {
            let name = &function.name;
            if self.names.functions.insert(name.clone(), index).is_some() {
                self.error(function.span, format!("function `{name}` is defined twice"));
            }
            if function.params.len() > MAX_PARAMS {
                let message = format!("more than {MAX_PARAMS} parameters");
                self.error(function.span, message);
            }
            self.names.counts.push(function.params.len());
            self.names.params.push(HashMap::new());
        }
        for (index, function) in functions.iter().enumerate() {
            for (number, (param, span)) in function.params.iter().enumerate() {
                if self.names.functions.contains_key(param) {
                    let message = format!("`{param}` is the name of a function");
                    self.error(*span, message);
                }
                if self.names.params[index]
                    .insert(param.clone(), number)
                    .is_some()
                {
                    self.error(*span, format!("there are two parameters `{param}`"));
                }
            }
        }
    }

    fn program(&mut self, program: &Program) {
        let files = program.begin_file.iter().chain(&program.end_file);
        for block in program.begin.iter().chain(&program.end).chain(files) {
            self.block(block);
        }
        for rule in &program.rules {
            match &rule.pattern {
                Pattern::Always => {}
                Pattern::When(pattern) => self.expr(pattern),
                Pattern::Range(from, to) => {
                    self.expr(from);
                    self.expr(to);
                }
            }
            if let Some(action) = &rule.action {
                self.block(action);
            }
        }
        for (index, function) in program.functions.iter().enumerate() {
            self.function = Some(index);
            self.block(&function.body);
            self.function = None;
        }
    }

    fn block(&mut self, block: &Block) {
        for stmt in block {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Expr(expr) => self.expr(expr),
            StmtKind::Print { args, to } | StmtKind::Printf { args, to } => {
                let to = to.iter().map(|(_, to)| to);
                args.iter().chain(to).for_each(|expr| self.expr(expr));
            }
            StmtKind::If(cond, then, other) => {
                self.expr(cond);
                self.stmt(then);
                other.iter().for_each(|other| self.stmt(other));
            }
            StmtKind::While(cond, body) | StmtKind::DoWhile(body, cond) => {
                self.expr(cond);
                self.stmt(body);
            }
            StmtKind::For {
                init,
                cond,
                step,
                body,
            } => {
                init.iter().for_each(|init| self.stmt(init));
                cond.iter().for_each(|cond| self.expr(cond));
                step.iter().for_each(|step| self.stmt(step));
                self.stmt(body);
            }
            StmtKind::ForIn { var, array, body } => {
                self.expr(var);
                self.use_as(array, Kind::Array);
                self.stmt(body);
            }
            StmtKind::Switch(value, parts) => {
                self.expr(value);
                for (case, block) in parts {
                    if let Case::Value(value) = case {
                        self.expr(value);
                    }
                    self.block(block);
                }
            }
            StmtKind::Block(block) => self.block(block),
            StmtKind::Exit(value) | StmtKind::Return(value) => {
                value.iter().for_each(|value| self.expr(value));
            }
            StmtKind::Delete(array, subscripts) => {
                self.use_as(array, Kind::Array);
                subscripts.iter().flatten().for_each(|expr| self.expr(expr));
            }
            StmtKind::Next | StmtKind::NextFile | StmtKind::Break | StmtKind::Continue => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Var(name) => {
                let name = Name {
                    text: name.clone(),
                    span: expr.span,
                };
                self.use_as(&name, Kind::Scalar);
            }
            ExprKind::Index(array, _) | ExprKind::In(_, array) => {
                self.use_as(array, Kind::Array);
                self.children(expr);
            }
            ExprKind::Call(name, args) => self.call(name, args),
            ExprKind::IndirectCall(name, args) => self.indirect_call(name, args),
            ExprKind::Builtin(builtin, args) => self.builtin(*builtin, args),
            ExprKind::Getline { from, target } => {
                if let Input::File(source) | Input::Command(source) = from {
                    self.expr(source);
                }
                target.iter().for_each(|target| self.expr(target));
            }
            _ => self.children(expr),
        }
    }

    fn children(&mut self, expr: &Expr) {
        for child in expr.kind.children() {
            self.expr(child);
        }
    }

    fn call(&mut self, name: &Name, args: &[Expr]) {
        let Some(&function) = self.names.functions.get(&name.text) else {
            self.error(name.span, format!("there is no function `{}`", name.text));
            return args.iter().for_each(|arg| self.expr(arg));
        };
        let count = self.names.counts[function];
        if args.len() > count {
            let message = format!(
                "`{}` takes at most {count} arguments, not {}",
                name.text,
                args.len()
            );
            self.error(name.span, message);
        }
        for (number, arg) in args.iter().enumerate() {
            let ExprKind::Var(variable) = &arg.inner().kind else {
                self.expr(arg);
                self.values.push((function, number, arg.span));
                continue;
            };
            let variable_name = Name {
                text: variable.clone(),
                span: arg.span,
            };
            if number < count
                && let Some(variable) = self.mention(&variable_name)
            {
                self.passes
                    .push((variable, function, number, variable_name));
            }
        }
    }

    /// Arguments are variables or arrays as the rest of the program shows.
    fn indirect_call(&mut self, name: &Name, args: &[Expr]) {
        self.use_as(name, Kind::Scalar);
        for arg in args {
            let ExprKind::Var(variable) = &arg.inner().kind else {
                self.expr(arg);
                continue;
            };
            self.mention(&Name {
                text: variable.clone(),
                span: arg.span,
            });
        }
    }

    fn builtin(&mut self, builtin: Builtin, args: &[Expr]) {
        for (number, arg) in args.iter().enumerate() {
            let inner = arg.inner();
            let is_array = match builtin {
                Builtin::Split | Builtin::Patsplit => matches!(number, 1 | 3),
                Builtin::Match => number == 2,
                Builtin::Asort | Builtin::Asorti => number < 2,
                _ => false,
            };
            match &inner.kind {
                ExprKind::Var(name) => {
                    let name = Name {
                        text: name.clone(),
                        span: inner.span,
                    };
                    if is_array {
                        self.use_as(&name, Kind::Array);
                    } else if matches!(
                        builtin,
                        Builtin::Length | Builtin::Isarray | Builtin::Typeof
                    ) {
                        // Any of the two will do.
                        self.mention(&name);
                    } else {
                        self.use_as(&name, Kind::Scalar);
                    }
                }
                _ if is_array => {
                    let message = format!("`{}` needs the name of an array here", builtin.name());
                    self.error(arg.span, message);
                }
                _ => self.expr(arg),
            }
        }
    }

    fn use_as(&mut self, name: &Name, kind: Kind) {
        if let Some(variable) = self.mention(name) {
            self.uses.push((variable, kind, name.clone()));
        }
    }

    /// The variable of that name, which exists from now on.
    fn mention(&mut self, name: &Name) -> Option<Variable> {
        if self.names.functions.contains_key(&name.text) {
            let message = format!("`{0}` is a function; call it with `{0}(...)`", name.text);
            self.error(name.span, message);
            return None;
        }
        let variable = self.names.variable(&name.text, self.function);
        if matches!(variable, Variable::Global(_)) && self.seen.insert(name.text.clone()) {
            self.names.globals.push(name.clone());
        }
        Some(variable)
    }

    /// Arrays are known from their uses; everything that is passed on from or to one is one, too.
    fn infer(&mut self) {
        for (variable, kind, _) in &self.uses {
            if *kind == Kind::Array {
                self.names
                    .kinds
                    .entry(variable.clone())
                    .or_insert(Kind::Array);
            }
        }
        loop {
            let mut changed = false;
            for (variable, function, number, _) in &self.passes {
                let param = Variable::Param(*function, *number);
                let kinds = &mut self.names.kinds;
                for (from, to) in [(variable, &param), (&param, variable)] {
                    if kinds.get(from) == Some(&Kind::Array) && !kinds.contains_key(to) {
                        kinds.insert(to.clone(), Kind::Array);
                        changed = true;
                    }
                }
            }
            if !changed {
                return;
            }
        }
    }

    fn check(&mut self) {
        let kind_of = |kinds: &HashMap<Variable, Kind>, variable: &Variable| {
            kinds.get(variable).copied().unwrap_or(Kind::Scalar)
        };
        let mut errors = Vec::new();
        for (variable, kind, name) in &self.uses {
            match (kind, kind_of(&self.names.kinds, variable)) {
                (Kind::Scalar, Kind::Array) => errors.push((
                    name.span,
                    format!("`{}` is an array, but used as a variable", name.text),
                )),
                (Kind::Array, Kind::Scalar) => errors.push((
                    name.span,
                    format!("`{}` is a variable, but used as an array", name.text),
                )),
                _ => {}
            }
        }
        for (variable, function, number, name) in &self.passes {
            let param = kind_of(&self.names.kinds, &Variable::Param(*function, *number));
            if param != kind_of(&self.names.kinds, variable) {
                let message = match param {
                    Kind::Array => "the function uses it as an array, but it is a variable",
                    Kind::Scalar => "the function uses it as a variable, but it is an array",
                };
                errors.push((name.span, format!("`{}`: {message}", name.text)));
            }
        }
        for (function, number, span) in &self.values {
            let param = Variable::Param(*function, *number);
            if kind_of(&self.names.kinds, &param) == Kind::Array {
                errors.push((*span, "the function needs an array here".to_owned()));
            }
        }
        for (span, message) in errors {
            self.error(span, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Source, parse};

    fn resolved(text: &str) -> Result<Names, Vec<String>> {
        let sources = Sources::new(&[Source::new("t", text)]);
        let program = parse(&sources).unwrap();
        resolve(&program, &sources, &["NR"], &["ENVIRON"])
            .map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn arrays_are_found_through_calls() {
        // In both directions, over several functions and a recursion.
        let text = "
            function fill(a, n) { if (n) { a[n] = n; fill(a, n - 1) } }
            function pass(b) { fill(b, 3) }
            function locals(x, own) { pass(own); return x }
            function unused(u) { }
            BEGIN { pass(g); h[1]; unused(h); locals(v); unused(w) }";
        let names = resolved(text).unwrap();
        let kind = |name| names.meaning(name, None);
        assert_eq!(kind("g"), Meaning::Global(Kind::Array));
        assert_eq!(kind("v"), Meaning::Global(Kind::Scalar));
        // By way of the parameter that `h` goes to.
        assert_eq!(kind("w"), Meaning::Global(Kind::Array));
        assert_eq!(
            names.meaning("own", Some(2)),
            Meaning::Param(1, Kind::Array)
        );
        assert_eq!(names.meaning("x", Some(2)), Meaning::Param(0, Kind::Scalar));
    }

    #[test]
    fn contradictions_are_errors() {
        let cases = [
            (
                "{ a[1]; a = 2 }",
                "t:1:9: `a` is an array, but used as a variable",
            ),
            (
                "{ NR[1] }",
                "t:1:3: `NR` is a variable, but used as an array",
            ),
            (
                "{ print ENVIRON }",
                "t:1:9: `ENVIRON` is an array, but used as a variable",
            ),
            ("{ f(1) }", "t:1:3: there is no function `f`"),
            (
                "function f(){} function f(){}",
                "t:1:25: function `f` is defined twice",
            ),
            ("function f(a,a){}", "t:1:14: there are two parameters `a`"),
            (
                "function f(a){} {f(1,2)}",
                "t:1:18: `f` takes at most 1 arguments, not 2",
            ),
            (
                "function f(){} {f=1}",
                "t:1:17: `f` is a function; call it with `f(...)`",
            ),
            (
                "function f(a){a[1]} {f(1)}",
                "t:1:24: the function needs an array here",
            ),
            (
                "{split(1,2)}",
                "t:1:10: `split` needs the name of an array here",
            ),
        ];
        for (text, error) in cases {
            let errors = resolved(text).err().unwrap_or_default().join("\n");
            assert_eq!(errors, error, "{text}");
        }
    }
}
