//! What names mean: variables or arrays, of the program or of a function.
//!
//! A program does not say which of its variables are arrays, it shows it by use. Where a variable
//! is only passed on to a function, what it is follows from the parameter, and the other way
//! round; so this looks at all calls until nothing new follows. What is used as both, or may get
//! both, is left to the run.

use std::collections::{HashMap, HashSet};

use crate::syntax::ast::{Block, Expr, ExprKind, Function, Name, Node, Program, Stmt, StmtKind};
use crate::syntax::{Builtin, Diagnostic, Sources, Span};

/// Arguments of a call are counted in eight bits.
const MAX_PARAMS: usize = 255;

/// What a variable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Scalar,
    Array,
    /// Only the run shows.
    Dynamic,
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
    /// Variables whose type the program asks for.
    asked: HashSet<Variable>,
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

    /// Whether the program asks for the type of a variable.
    pub(crate) fn is_asked(&self, name: &str, function: Option<usize>) -> bool {
        !self.asked.is_empty() && self.asked.contains(&self.variable(name, function))
    }

    /// The variables of the program where they are first used, with what they are.
    pub(crate) fn globals(&self) -> impl Iterator<Item = (&Name, Kind)> {
        self.globals.iter().map(|name| {
            let variable = Variable::Global(name.text.clone());
            let kind = self.kinds.get(&variable).copied().unwrap_or(Kind::Scalar);
            (name, kind)
        })
    }

    /// The functions of the program, in the order of their names.
    pub(crate) fn functions(&self) -> Vec<String> {
        let known = self.functions.keys();
        let mut names: Vec<String> = known
            .filter(|name| !name.starts_with('%'))
            .cloned()
            .collect();
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
        facts: HashMap::new(),
        passes: Vec::new(),
        seen: HashSet::new(),
        errors: Vec::new(),
    };
    for (list, used) in [(scalars, Used::Scalar), (arrays, Used::Array)] {
        for name in list {
            let variable = Variable::Global((*name).to_owned());
            resolver.facts.entry(variable).or_default().add(used);
        }
    }
    resolver.declare(&program.functions);
    resolver.program(program);
    resolver.check(scalars);
    resolver.infer();
    if resolver.errors.is_empty() {
        Ok(resolver.names)
    } else {
        Err(resolver.errors)
    }
}

/// How a variable is used in some place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Used {
    Scalar,
    Array,
    /// The program asks what it is.
    Asked,
    /// Its length is asked for, which both kinds have.
    Measured,
}

/// What is known of a variable.
#[derive(Debug, Clone, Copy, Default)]
struct Facts {
    /// It is used so itself.
    is_scalar: bool,
    is_array: bool,
    is_asked: bool,
    is_measured: bool,
    /// It may be one, also because of what it is passed to or what is passed to it.
    may_be_scalar: bool,
    may_be_array: bool,
    /// It may be an element of an array, which the program does not tell.
    may_be_element: bool,
}

impl Facts {
    fn add(&mut self, used: Used) {
        match used {
            Used::Scalar => {
                self.is_scalar = true;
                self.may_be_scalar = true;
            }
            Used::Array => {
                self.is_array = true;
                self.may_be_array = true;
            }
            Used::Asked => self.is_asked = true,
            Used::Measured => self.is_measured = true,
        }
    }

    fn kind(self) -> Kind {
        match (self.may_be_array, self.may_be_scalar) {
            (true, true) => Kind::Dynamic,
            (true, false) if self.is_asked => Kind::Dynamic,
            (true, false) => Kind::Array,
            (false, _) if self.may_be_element && (self.is_asked || self.is_measured) => {
                Kind::Dynamic
            }
            (false, _) => Kind::Scalar,
        }
    }
}

struct Resolver<'p> {
    sources: &'p Sources,
    names: Names,
    /// The function whose body is looked at.
    function: Option<usize>,
    facts: HashMap<Variable, Facts>,
    /// Variables that are passed on: to which parameter.
    passes: Vec<(Variable, Variable)>,
    /// The variables of the program that were met.
    seen: HashSet<String>,
    errors: Vec<Diagnostic>,
}

impl Resolver<'_> {
    fn error(&mut self, span: Span, message: impl Into<String>) {
        let mut error = self.sources.at(span, message);
        error.is_syntax = true;
        self.errors.push(error);
    }

    fn no_function(&mut self, name: &Name) {
        let message = format!("function `{}` is not defined", name.text);
        self.errors.push(self.sources.at(name.span, message));
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
                if self.facts.contains_key(&Variable::Global(param.clone())) {
                    let message = format!("`{param}` is a variable of the language");
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
            self.parts(rule.parts());
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
        self.parts(stmt.kind.parts());
        if let StmtKind::ForIn { array, .. } | StmtKind::Delete(array, _) = &stmt.kind {
            self.use_as(&array.name, Used::Array);
        }
    }

    fn parts(&mut self, parts: Vec<Node<'_>>) {
        for part in parts {
            match part {
                Node::Function(function) => self.block(&function.body),
                Node::Stmt(stmt) => self.stmt(stmt),
                Node::Expr(expr) => self.expr(expr),
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Var(name) => {
                let name = Name {
                    text: name.clone(),
                    span: expr.span,
                };
                self.use_as(&name, Used::Scalar);
            }
            ExprKind::Index(array, _) | ExprKind::In(_, array) => {
                self.use_as(&array.name, Used::Array);
                self.children(expr);
            }
            ExprKind::Call(name, args) | ExprKind::IndirectCall(name, args) => {
                self.call(name, args);
            }
            ExprKind::Builtin(builtin, args) => self.builtin(*builtin, args),
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
            self.no_function(name);
            return args.iter().for_each(|arg| self.expr(arg));
        };
        for (number, arg) in args.iter().enumerate() {
            if number >= self.names.counts[function] {
                self.expr(arg);
                continue;
            }
            let param = Variable::Param(function, number);
            match &arg.inner().kind {
                ExprKind::Var(variable) => {
                    let name = Name {
                        text: variable.clone(),
                        span: arg.span,
                    };
                    if let Some(variable) = self.mention(&name) {
                        self.passes.push((variable, param));
                    }
                }
                ExprKind::Index(..) => {
                    self.expr(arg);
                    self.facts.entry(param).or_default().may_be_element = true;
                }
                _ => {
                    self.expr(arg);
                    self.facts.entry(param).or_default().may_be_scalar = true;
                }
            }
        }
    }

    fn builtin(&mut self, builtin: Builtin, args: &[Expr]) {
        for (number, arg) in args.iter().enumerate() {
            let inner = arg.inner();
            let used = match builtin {
                Builtin::Length => Used::Measured,
                Builtin::Isarray => Used::Asked,
                Builtin::Typeof if number == 0 => Used::Asked,
                _ if builtin.takes_array(number) => Used::Array,
                _ => Used::Scalar,
            };
            match &inner.kind {
                ExprKind::Var(name) => {
                    let name = Name {
                        text: name.clone(),
                        span: inner.span,
                    };
                    self.use_as(&name, used);
                }
                ExprKind::Index(..) => self.expr(arg),
                _ if used == Used::Array => {
                    let message = format!("`{}` needs the name of an array here", builtin.name());
                    self.error(arg.span, message);
                }
                _ => self.expr(arg),
            }
        }
    }

    fn use_as(&mut self, name: &Name, used: Used) {
        if let Some(variable) = self.mention(name) {
            self.facts.entry(variable).or_default().add(used);
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

    /// Passes on what is known of variables, from those that are passed on to parameters, and
    /// from parameters to those that show less by themselves.
    fn infer(&mut self) {
        loop {
            let mut changed = false;
            for (variable, param) in &self.passes {
                let facts = |variable| self.facts.get(variable).copied().unwrap_or_default();
                let (from, to) = (facts(variable), facts(param));
                let new_to = Facts {
                    may_be_array: to.may_be_array || from.may_be_array,
                    may_be_scalar: to.may_be_scalar || from.may_be_scalar,
                    may_be_element: to.may_be_element || from.may_be_element,
                    ..to
                };
                // What is used as one kind anyway cannot become the other by being passed on.
                let new_from = Facts {
                    may_be_array: from.may_be_array || (to.may_be_array && !from.is_scalar),
                    may_be_scalar: from.may_be_scalar || (to.may_be_scalar && !from.is_array),
                    ..from
                };
                for (variable, old, new) in [(param, to, new_to), (variable, from, new_from)] {
                    let flags = |facts: Facts| {
                        [
                            facts.may_be_array,
                            facts.may_be_scalar,
                            facts.may_be_element,
                        ]
                    };
                    if flags(old) != flags(new) {
                        self.facts.insert(variable.clone(), new);
                        changed = true;
                    }
                }
            }
            if !changed {
                break;
            }
        }
        let asked = self.facts.iter().filter(|(_, facts)| facts.is_asked);
        self.names.asked = asked.map(|(variable, _)| variable.clone()).collect();
        let facts = self.facts.iter();
        self.names.kinds = facts
            .map(|(variable, facts)| (variable.clone(), facts.kind()))
            .collect();
    }

    /// Variables of the language are what they are.
    fn check(&mut self, scalars: &[&str]) {
        for name in scalars {
            let variable = Variable::Global((*name).to_owned());
            if self
                .facts
                .get(&variable)
                .is_some_and(|facts| facts.is_array)
            {
                let mut all = self.names.globals.iter();
                let span = all.find(|known| known.text == *name).map(|name| name.span);
                let message = format!("`{name}` is a variable, but used as an array");
                // Not of syntax: where it could be reached, it would fail the run.
                let error = self.sources.at(span.unwrap_or_default(), message);
                self.errors.push(error);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;
    use crate::syntax::{Source, parse};

    fn resolved(text: &str) -> Result<Names, Vec<String>> {
        let mut sources = Sources::new(&[Source::new("t", text)]);
        let program = parse(&mut sources, &Language::default()).unwrap();
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
    fn what_may_be_both_is_left_to_the_run() {
        let text = "
            function show(x) { if (isarray(x)) x[1]; else print x }
            function fill(y) { y[1] = 2 }
            function pass(z) { show(z) }
            function ask(e) { return isarray(e) }
            BEGIN { show(g); show(1); fill(h); show(h); ask(h[1]); a[1]; a = 2; typeof(t); t[1] }";
        let names = resolved(text).unwrap();
        for (name, function, kind) in [
            ("x", Some(0), Kind::Dynamic),
            ("g", None, Kind::Dynamic),
            ("y", Some(1), Kind::Array),
            ("z", Some(2), Kind::Dynamic),
            ("h", None, Kind::Array),
            ("e", Some(3), Kind::Dynamic),
            ("a", None, Kind::Dynamic),
            ("t", None, Kind::Dynamic),
        ] {
            let (Meaning::Global(found) | Meaning::Param(_, found)) = names.meaning(name, function);
            assert_eq!(found, kind, "{name}");
        }
    }

    #[test]
    fn contradictions_are_errors() {
        let cases = [
            (
                "{ NR[1] }",
                "t:1:3: `NR` is a variable, but used as an array",
            ),
            ("{ f(1) }", "t:1:3: function `f` is not defined"),
            (
                "function f(){} function f(){}",
                "t:1:25: function `f` is defined twice",
            ),
            ("function f(a,a){}", "t:1:14: there are two parameters `a`"),
            (
                "function f(NR){}",
                "t:1:12: `NR` is a variable of the language",
            ),
            (
                "function f(){} {f=1}",
                "t:1:17: `f` is a function; call it with `f(...)`",
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
