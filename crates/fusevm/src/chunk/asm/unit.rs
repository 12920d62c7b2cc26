//! A chunk that is being assembled: its pools, and the names that the text gives to their entries.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::lex::{Span, Token, TokenKind, is_bare_name};
use super::literal;
use super::{MAX_ERRORS, Problem};
use crate::chunk::{Chunk, ChunkData, hash};
use crate::op::Op;
use crate::value::Value;

/// A place in the code as the text gives it.
pub(super) enum Place {
    Absolute(usize),
    Label(String),
}

/// Where a label's position belongs.
pub(super) enum Use {
    Target(usize),
    Entry(usize),
    BlockStart(usize),
    BlockEnd(usize),
}

/// A use of a label, to be resolved when all of them are known.
struct Pending {
    label: String,
    place: Use,
    line: usize,
    span: Span,
}

pub(super) struct Unit {
    pub(super) data: ChunkData,
    /// The line that `.chunk` was on.
    pub(super) opened_at: usize,
    /// From `.line`; without it ops get the line of the text.
    pub(super) line: Option<u32>,
    /// From `.lines`.
    pub(super) all_lines: Option<Vec<u32>>,
    pub(super) constants: Scope,
    pub(super) blocks: Scope,
    pub(super) sub_chunks: Scope,
    pub(super) slots: Scope,
    pub(super) next_slot: usize,
    labels: Scope,
    /// The first constant with a given text form, which tells all values apart.
    literals: HashMap<String, usize>,
    /// The first entry of the name pool with a given text.
    names: HashMap<String, usize>,
    pending: Vec<Pending>,
}

/// Names that the text defines, with what they stand for.
pub(super) struct Scope {
    /// What is named, in words.
    what: &'static str,
    names: HashMap<String, usize>,
}

impl Scope {
    fn new(what: &'static str) -> Self {
        Scope {
            what,
            names: HashMap::new(),
        }
    }

    pub(super) fn define(&mut self, name: &str, number: usize, span: Span) -> Result<(), Problem> {
        match self.names.entry(name.to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(number);
                Ok(())
            }
            Entry::Occupied(_) => Err(Problem::new(
                span,
                format!("{} `{name}` is defined twice", self.what),
            )),
        }
    }

    /// Like `define` for entry `index` of a pool, where `#index` stands for no name.
    pub(super) fn define_entry(&mut self, token: &Token<'_>, index: usize) -> Result<(), Problem> {
        match token.kind {
            TokenKind::Index(found) if found == index as u64 => Ok(()),
            TokenKind::Index(_) => Err(Problem::new(
                token.span,
                format!("the next {} has the index #{index}", self.what),
            )),
            TokenKind::Word(name) if is_bare_name(name) => self.define(name, index, token.span),
            _ => Err(token.unexpected("a name")),
        }
    }

    pub(super) fn resolve(&self, name: &str, span: Span) -> Result<usize, Problem> {
        self.names.get(name).copied().ok_or_else(|| {
            let mut known: Vec<&str> = self.names.keys().map(String::as_str).collect();
            // The suggestion must not depend on the order of a hash map.
            known.sort_unstable();
            Problem::new(span, format!("unknown {} `{name}`", self.what)).suggest(name, known)
        })
    }

    pub(super) fn clear(&mut self) {
        self.names.clear();
    }
}

impl Unit {
    pub(super) fn new(source: &str, opened_at: usize) -> Self {
        Unit {
            data: ChunkData {
                source: source.to_owned(),
                ..ChunkData::default()
            },
            opened_at,
            line: None,
            all_lines: None,
            constants: Scope::new("constant"),
            blocks: Scope::new("block"),
            sub_chunks: Scope::new("sub-chunk"),
            slots: Scope::new("slot"),
            next_slot: 0,
            labels: Scope::new("label"),
            literals: HashMap::new(),
            names: HashMap::new(),
            pending: Vec::new(),
        }
    }

    /// Appends a constant.
    pub(super) fn push_constant(&mut self, value: Value) -> usize {
        let index = self.data.constants.len();
        let mut text = String::new();
        literal::write(&mut text, &value);
        self.literals.entry(text).or_insert(index);
        self.data.constants.push(value);
        index
    }

    /// The index of a constant that is equal bit for bit, which is appended if there is none.
    pub(super) fn intern_constant(&mut self, value: Value) -> usize {
        let mut text = String::new();
        literal::write(&mut text, &value);
        *self.literals.entry(text).or_insert_with(|| {
            self.data.constants.push(value);
            self.data.constants.len() - 1
        })
    }

    /// Appends to the name pool, whether or not the name is there.
    pub(super) fn push_name(&mut self, name: String) {
        self.names
            .entry(name.clone())
            .or_insert(self.data.names.len());
        self.data.names.push(name);
    }

    /// The index of a name, which is appended if it is new.
    pub(super) fn intern_name(&mut self, name: &str) -> usize {
        if let Some(&index) = self.names.get(name) {
            return index;
        }
        self.push_name(name.to_owned());
        self.data.names.len() - 1
    }

    /// Puts a label here.
    pub(super) fn define_label(&mut self, name: &str, span: Span) -> Result<(), Problem> {
        self.labels.define(name, self.data.ops.len(), span)
    }

    pub(super) fn push_op(&mut self, op: Op, text_line: usize) {
        let text_line = u32::try_from(text_line).unwrap_or(u32::MAX);
        self.data.ops.push(op);
        self.data.lines.push(self.line.unwrap_or(text_line));
    }

    /// Uses a place now, or when its label is known.
    pub(super) fn set_place(&mut self, place: Place, user: Use, line: usize, span: Span) {
        match place {
            Place::Absolute(ip) => self.patch(&user, ip),
            Place::Label(label) => {
                self.pending.push(Pending {
                    label,
                    place: user,
                    line,
                    span,
                });
            }
        }
    }

    fn patch(&mut self, user: &Use, ip: usize) {
        match *user {
            Use::Target(op) => {
                self.data.ops[op].set_target(ip);
            }
            Use::Entry(entry) => self.data.sub_entries[entry].1 = ip,
            Use::BlockStart(block) => self.data.block_ranges[block].0 = ip,
            Use::BlockEnd(block) => self.data.block_ranges[block].1 = ip,
        }
    }

    /// Resolves the labels; `report` gets the line and the problem of those that are unknown.
    pub(super) fn finish(mut self, mut report: impl FnMut(usize, Problem)) -> Chunk {
        let mut unknown = 0;
        for Pending {
            label,
            place,
            line,
            span,
        } in std::mem::take(&mut self.pending)
        {
            match self.labels.resolve(&label, span) {
                Ok(ip) => self.patch(&place, ip),
                Err(problem) => {
                    report(line, problem);
                    unknown += 1;
                }
            }
            // A suggestion looks at all labels, so their number must not multiply.
            if unknown == MAX_ERRORS {
                break;
            }
        }
        if let Some(lines) = self.all_lines {
            self.data.lines = lines;
        }
        self.data.op_hash = hash::op_hash(&self.data);
        Chunk::from(self.data)
    }
}
