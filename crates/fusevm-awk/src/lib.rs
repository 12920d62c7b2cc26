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
//! What of the language works is in `docs/awk.md`; what does not is an error when the program is
//! compiled, never another behaviour.

#![deny(missing_docs)]

pub mod cli;
mod compile;
mod interpreter;
mod resolve;
mod runtime;
mod syntax;

use fusevm::Chunk;
use fusevm::vm::VmError;

pub use interpreter::{Interpreter, Options, RunError};
pub use syntax::{Diagnostic, Source, Span};

use compile::Compiled;
use syntax::Sources;

/// A compiled program.
#[derive(Debug, Clone)]
pub struct Program {
    compiled: Compiled,
    sources: Sources,
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
        let sources = Sources::new(sources);
        let tree = syntax::parse(&sources)?;
        let compiled = compile::compile(&tree, &sources)?;
        Ok(Program { compiled, sources })
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
        let line = error.line().unwrap_or(0);
        self.sources.at_line(line, error.fault().to_string())
    }
}
