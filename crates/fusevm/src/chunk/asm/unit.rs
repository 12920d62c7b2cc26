//! A chunk that is being assembled: its pools, and the names that the text gives to their entries.

use std::collections::HashMap;

use super::lex::Span;
use super::literal;
use super::scope::Scope;
use super::{MAX_ERRORS, Problem, Site};
use crate::chunk::{Chunk, ChunkData, hash};
use crate::op::Op;
use crate::value::Value;

/// A place in the code as the text gives it.
pub(super) enum Place {
    Absolute(usize),
    Label(Label),
}

/// The name of a label.
pub(super) enum Label {
    /// Known in the whole chunk.
    Global(String),
    /// Known in the sub it stands in; the name starts with a dot.
    Local(String),
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
    label: Label,
    /// The sub it is used in: what will be its index in [`Unit::earlier_subs`].
    sub: usize,
    user: Use,
    site: Site,
}

/// The names that are known from one `.sub` to the next.
struct Sub {
    slots: Scope,
    next_slot: usize,
    labels: Scope,
}

impl Sub {
    fn new() -> Self {
        Sub {
            slots: Scope::new("slot"),
            next_slot: 0,
            labels: Scope::new("label"),
        }
    }
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
    labels: Scope,
    /// The subs that are over, the part before the first `.sub` among them.
    earlier_subs: Vec<Sub>,
    sub: Sub,
    /// The first constant with a given text form, which tells all values apart.
    literals: HashMap<String, usize>,
    /// The first entry of the name pool with a given text.
    names: HashMap<String, usize>,
    pending: Vec<Pending>,
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
            labels: Scope::new("label"),
            earlier_subs: Vec::new(),
            sub: Sub::new(),
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

    /// The names of slots and local labels start over.
    pub(super) fn begin_sub(&mut self) {
        let over = std::mem::replace(&mut self.sub, Sub::new());
        self.earlier_subs.push(over);
    }

    /// Names a slot, the next free one by default.
    pub(super) fn define_slot(
        &mut self,
        name: &str,
        number: Option<u16>,
        site: Site,
    ) -> Result<(), Problem> {
        let sub = &mut self.sub;
        let number = number.map_or(sub.next_slot, usize::from);
        sub.slots.define(name, number, site)?;
        sub.next_slot = sub.next_slot.max(number + 1);
        Ok(())
    }

    pub(super) fn slot(&self, name: &str, span: Span) -> Result<usize, Problem> {
        let slots = &self.sub.slots;
        let mut earlier = self.earlier_subs.iter().rev();
        match earlier.find_map(|sub| sub.slots.get(name)) {
            Some(other) if slots.get(name).is_none() => Err(slots
                .unknown(name, span)
                .help(out_of_reach("slots", name, other.line))),
            _ => slots.resolve(name, span),
        }
    }

    /// Puts a label here.
    pub(super) fn define_label(&mut self, label: &Label, site: Site) -> Result<(), Problem> {
        let here = self.data.ops.len();
        match label {
            Label::Global(name) => self.labels.define(name, here, site),
            Label::Local(name) => self.sub.labels.define(name, here, site),
        }
    }

    pub(super) fn push_op(&mut self, op: Op, text_line: usize) {
        let text_line = u32::try_from(text_line).unwrap_or(u32::MAX);
        self.data.ops.push(op);
        self.data.lines.push(self.line.unwrap_or(text_line));
    }

    /// Uses a place now, or when its label is known.
    pub(super) fn set_place(&mut self, place: Place, user: Use, site: Site) {
        match place {
            Place::Absolute(ip) => self.patch(&user, ip),
            Place::Label(label) => {
                self.pending.push(Pending {
                    label,
                    sub: self.earlier_subs.len(),
                    user,
                    site,
                });
            }
        }
    }

    /// Where a label is that is used in the sub of index `sub`, when all of them are over.
    fn label(&self, label: &Label, sub: usize, span: Span) -> Result<usize, Problem> {
        let globals = &self.labels;
        let locals = &self.earlier_subs[sub].labels;
        let (name, scope, other) = match label {
            Label::Global(name) => (name, globals, None),
            Label::Local(name) => {
                let mut subs = self.earlier_subs.iter();
                (name, locals, subs.find_map(|sub| sub.labels.get(name)))
            }
        };
        if let Some(definition) = scope.get(name) {
            return Ok(definition.value);
        }
        let problem = scope.unknown(name, span);
        Err(match other {
            Some(other) => problem.help(out_of_reach("local labels", name, other.line)),
            None => problem.suggest(name, locals.names().into_iter().chain(globals.names())),
        })
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
        self.begin_sub();
        let mut unknown = 0;
        for Pending {
            label,
            sub,
            user,
            site,
        } in std::mem::take(&mut self.pending)
        {
            match self.label(&label, sub, site.span) {
                Ok(ip) => self.patch(&user, ip),
                Err(problem) => {
                    report(site.line, problem);
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

/// What to say of a name that another sub has.
fn out_of_reach(what: &str, name: &str, line: usize) -> String {
    format!("names of {what} start over at `.sub`; the `{name}` of line {line} is not known here")
}
