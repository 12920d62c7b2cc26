//! From the text of a program to its tree.

pub(crate) mod ast;
mod builtin;
mod dispatch;
mod include;
mod lexer;
mod parser;
mod source;
mod token;

pub(crate) use builtin::Builtin;
pub(crate) use dispatch::{add_dispatchers, dispatcher};
pub(crate) use include::find;
pub(crate) use parser::parse;
pub use source::{Diagnostic, Source, Span};
pub(crate) use source::{Sources, unescape_operand};
