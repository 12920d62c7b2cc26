//! AWK on the [`fusevm`] machine.
//!
//! A [`Program`] is parsed and compiled to one chunk of general operations; an [`Interpreter`]
//! runs it on a machine, with a run time for what only an AWK has: records, fields, input and
//! output.
//!
//! ```
//! use fusevm_awk::{Interpreter, Options, Program, Source};
//!
//! let text = "{ n[$1]++ } END { for (w in n) print w, n[w] }";
//! let program = Program::parse(&[Source::new("count", text)]).unwrap();
//! let mut interpreter = Interpreter::new(&program, Options::default()).unwrap();
//! interpreter.set_stdin(Box::new("b 1\na 2\nb 3\n".as_bytes()));
//! assert_eq!(interpreter.run().unwrap(), 0); // Prints "b 2" and "a 1".
//! ```
//!
//! The manual of the language is `docs/awk.md`. What does not work is an error when the program is
//! compiled, never another behaviour.

#![deny(missing_docs)]

pub mod cli;
mod compile;
mod interpreter;
mod language;
mod lint;
mod listing;
mod parallel;
mod pretty;
mod resolve;
mod runtime;
mod syntax;

use std::collections::BTreeSet;
use std::sync::Arc;

use fusevm::Chunk;
use fusevm::semantics::Fault;
use fusevm::vm::{self, VmError};

pub use interpreter::{Interpreter, Options, Report, RunError};
pub use language::{Language, Standard};
pub use syntax::{Diagnostic, Source, Span};

use compile::Compiled;
use parallel::Plan;
use syntax::Sources;

/// A compiled program.
#[derive(Debug, Clone)]
pub struct Program {
    compiled: Compiled,
    sources: Sources,
    warnings: Vec<Warning>,
    /// How parts of the input are worked on, or why not, if the language asks.
    plan: Option<Result<Arc<Plan>, String>>,
}

/// Something doubtful about a program.
#[derive(Debug, Clone)]
pub struct Warning {
    /// What it is, and where.
    pub diagnostic: Diagnostic,
    /// It is worth telling to everybody, not only to who looks for doubtful things.
    pub is_grave: bool,
}

impl Program {
    /// Parses and compiles a program, whose text may come in several parts.
    ///
    /// # Errors
    /// All that is wrong with it, or as much as is worth reading at once.
    ///
    /// ```
    /// use fusevm_awk::{Program, Source};
    ///
    /// let errors = Program::parse(&[Source::new("x.awk", "BEGIN { print 1 + }")]).unwrap_err();
    /// assert_eq!(
    ///     errors[0].to_string(),
    ///     "x.awk:1:19: expected an expression, but found `}`"
    /// );
    /// ```
    pub fn parse(sources: &[Source]) -> Result<Self, Vec<Diagnostic>> {
        Program::parse_as(sources, &Language::default())
    }

    /// As [`parse`](Self::parse), in a particular language.
    ///
    /// # Errors
    /// As those of `parse`.
    pub fn parse_as(sources: &[Source], language: &Language) -> Result<Self, Vec<Diagnostic>> {
        let mut sources = Sources::new(sources);
        let mut tree = syntax::parse(&mut sources, language)?;
        syntax::add_dispatchers(&mut tree);
        let (compiled, warnings) = compile::compile(&tree, &sources, language, &BTreeSet::new())?;
        let plan = language
            .parallel
            .then(|| Plan::new(tree, &sources, &compiled).map(Arc::new));
        Ok(Program {
            plan,
            compiled,
            sources,
            warnings,
        })
    }

    /// A program in a uniform layout, without its comments.
    ///
    /// # Errors
    /// What is wrong with the text.
    ///
    /// ```
    /// use fusevm_awk::{Language, Program, Source};
    ///
    /// let sources = [Source::new("t", "$1>2{n++;next}")];
    /// let text = Program::pretty_print(&sources, &Language::default()).unwrap();
    /// assert_eq!(text, "$1 > 2 {\n\tn++\n\tnext\n}\n");
    /// ```
    pub fn pretty_print(
        sources: &[Source],
        language: &Language,
    ) -> Result<String, Vec<Diagnostic>> {
        let mut sources = Sources::new(sources);
        let tree = syntax::parse(&mut sources, language)?;
        Ok(pretty::print(&tree))
    }

    /// Why [`Options::jobs`] does not count: what about the program makes its records depend on
    /// each other. `None` where they do not, and unless [`Language::parallel`] asks.
    ///
    /// ```
    /// use fusevm_awk::{Language, Program, Source};
    ///
    /// let language = Language {
    ///     parallel: true,
    ///     ..Language::default()
    /// };
    /// let program = Program::parse_as(&[Source::new("t", "NR > 1")], &language).unwrap();
    /// assert_eq!(program.sequential_because(), Some("a rule asks for NR"));
    /// ```
    pub fn sequential_because(&self) -> Option<&str> {
        self.plan.as_ref()?.as_ref().err().map(String::as_str)
    }

    /// What is doubtful about the program, though it can be run.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The operations of the program below the lines that they come from.
    pub fn listing(&self) -> String {
        listing::listing(&self.compiled.chunk, &self.sources)
    }

    /// The program as the machine runs it. It needs the builtins of an [`Interpreter`].
    pub fn chunk(&self) -> &Chunk {
        &self.compiled.chunk
    }

    /// The name of a builtin that a program calls, by its number; for tools that look at
    /// [chunks](Self::chunk).
    pub fn builtin_name(id: u16) -> Option<&'static str> {
        runtime::Handler::name(id)
    }

    /// Where in the program's text a run went wrong.
    fn locate(&self, error: &VmError) -> Diagnostic {
        // What the language adds to a program has no lines; who called it has.
        let callers = error.call_stack().iter().map(vm::CallSite::line);
        let mut lines = std::iter::once(error.line()).chain(callers).flatten();
        let line = lines.find(|line| *line > 0).unwrap_or(0);
        let message = match error.fault() {
            Fault::DivisionByZero("Mod") => "division by zero attempted in `%`".to_owned(),
            Fault::DivisionByZero(_) => "division by zero attempted".to_owned(),
            Fault::ContainerAsScalar(key) => {
                format!("attempt to use array element `[\"{key}\"]' in a scalar context")
            }
            Fault::ScalarAsContainer(key) => {
                format!("attempt to use scalar element `[\"{key}\"]' as an array")
            }
            fault => fault.to_string(),
        };
        self.sources.at_line(line, message)
    }
}
