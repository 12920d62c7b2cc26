//! Names that the text defines, with what they stand for.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::lex::{Span, Token, TokenKind, is_bare_name};
use super::{Problem, Site};

pub(super) struct Scope<T = usize> {
    /// What is named, in words.
    what: &'static str,
    names: HashMap<String, Definition<T>>,
}

#[derive(Clone, Copy)]
pub(super) struct Definition<T> {
    pub(super) value: T,
    /// Where in the text it is.
    pub(super) line: usize,
}

impl<T: Copy> Scope<T> {
    pub(super) fn new(what: &'static str) -> Self {
        Scope {
            what,
            names: HashMap::new(),
        }
    }

    pub(super) fn define(&mut self, name: &str, value: T, site: Site) -> Result<(), Problem> {
        match self.names.entry(name.to_owned()) {
            Entry::Vacant(entry) => {
                let line = site.line;
                entry.insert(Definition { value, line });
                Ok(())
            }
            Entry::Occupied(first) => {
                let message = format!("{} `{name}` is defined twice", self.what);
                let help = format!("the first one is on line {}", first.get().line);
                Err(Problem::new(site.span, message).help(help))
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Definition<T>> {
        self.names.get(name).copied()
    }

    pub(super) fn resolve(&self, name: &str, span: Span) -> Result<T, Problem> {
        match self.get(name) {
            Some(definition) => Ok(definition.value),
            None => Err(self.unknown(name, span).suggest(name, self.names())),
        }
    }

    pub(super) fn unknown(&self, name: &str, span: Span) -> Problem {
        Problem::new(span, format!("unknown {} `{name}`", self.what))
    }

    /// In alphabetical order: suggestions must not depend on the order of a hash map.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.names.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

impl Scope {
    /// Like `define` for entry `index` of a pool, where `#index` stands for no name.
    pub(super) fn define_entry(
        &mut self,
        token: &Token<'_>,
        index: usize,
        line: usize,
    ) -> Result<(), Problem> {
        match token.kind {
            TokenKind::Index(found) if found == index as u64 => Ok(()),
            TokenKind::Index(_) => Err(Problem::new(
                token.span,
                format!("the next {} has the index #{index}", self.what),
            )),
            TokenKind::Word(name) if is_bare_name(name) => {
                let span = token.span;
                self.define(name, index, Site { line, span })
            }
            _ => Err(token.unexpected("a name")),
        }
    }
}
