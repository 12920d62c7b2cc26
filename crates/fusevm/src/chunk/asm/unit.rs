//! A chunk that is being assembled: its pools, and the names that the text gives to their entries.

use std::collections::HashMap;

use super::lex::{Span, Token};
use super::literal;
use super::scope::{Definition, Scope};
use super::{MAX_ERRORS, Problem, Site};
use crate::chunk::{Chunk, ChunkData, SlotName, Span as SourceSpan, hash};
use crate::op::{Op, OperandValue};
use crate::value::Value;

/// What the text refers to, whether or not it is defined yet.
pub(super) enum Reference {
    /// The index of an op.
    Place(usize),
    Label(Label),
    /// The name of a block.
    Block(String),
}

/// The name of a label.
pub(super) enum Label {
    /// Known in the whole chunk.
    Global(String),
    /// Known in the sub it stands in; the name starts with a dot.
    Local(String),
}

/// Where the number belongs that a reference stands for.
pub(super) enum Use {
    Operand { op: usize, operand: usize },
    Entry(usize),
    BlockStart(usize),
    BlockEnd(usize),
    SlotNameStart(usize),
    SlotNameEnd(usize),
}

/// A reference, to be resolved when all names are known.
struct Pending {
    reference: Reference,
    /// The sub it stands in: what will be its index in [`Unit::earlier_subs`].
    sub: usize,
    user: Use,
    site: Site,
}

/// A block whose end is not known yet.
struct OpenBlock {
    index: usize,
    opened_at: Site,
}

/// The names that are known from one `.sub` to the next.
struct Sub {
    slots: Scope,
    next_slot: usize,
    /// The slot names that last to the end of the sub.
    slot_names: Vec<usize>,
    labels: Scope,
}

impl Sub {
    fn new() -> Self {
        Sub {
            slots: Scope::new("slot"),
            next_slot: 0,
            slot_names: Vec::new(),
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
    /// From `.loc`, for the next op.
    pub(super) span: Option<Option<SourceSpan>>,
    /// From `.lines`.
    pub(super) all_lines: Option<Vec<u32>>,
    pub(super) constants: Scope,
    /// From `.let`.
    pub(super) numbers: Scope<i64>,
    pub(super) sub_chunks: Scope,
    blocks: Scope,
    /// The innermost last.
    open_blocks: Vec<OpenBlock>,
    labels: Scope,
    /// The subs that are over, the part before the first `.sub` among them.
    earlier_subs: Vec<Sub>,
    sub: Sub,
    /// The first constant with a given text form, which tells all values apart.
    literals: HashMap<String, usize>,
    /// The first entry of the name pool with a given text.
    names: HashMap<String, usize>,
    /// The first source file with a given name.
    files: HashMap<String, u16>,
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
            span: None,
            all_lines: None,
            constants: Scope::new("constant"),
            numbers: Scope::new("number"),
            sub_chunks: Scope::new("sub-chunk"),
            blocks: Scope::new("block"),
            open_blocks: Vec::new(),
            labels: Scope::new("label"),
            earlier_subs: Vec::new(),
            sub: Sub::new(),
            literals: HashMap::new(),
            names: HashMap::new(),
            files: HashMap::new(),
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

    /// Appends a source file, whether or not it is there. `None` if there are too many.
    pub(super) fn push_file(&mut self, name: &str) -> Option<u16> {
        let index = u16::try_from(self.data.debug.files.len()).ok()?;
        self.files.entry(name.to_owned()).or_insert(index);
        self.data.debug.files.push(name.to_owned());
        Some(index)
    }

    /// The index of a source file, which is appended if it is new. `None` if there are too many.
    pub(super) fn intern_file(&mut self, name: &str) -> Option<u16> {
        self.files
            .get(name)
            .copied()
            .or_else(|| self.push_file(name))
    }

    /// The names of slots and local labels start over.
    pub(super) fn begin_sub(&mut self) {
        let over = std::mem::replace(&mut self.sub, Sub::new());
        for &name in &over.slot_names {
            self.data.debug.slot_names[name].end = self.data.ops.len();
        }
        self.earlier_subs.push(over);
    }

    /// Names a slot to the end of the sub, the next free one by default.
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
        // Slots above those that ops can name have no use, and so no debug information.
        if let Ok(slot) = u16::try_from(number) {
            let index = self.push_slot_name(slot, name);
            self.sub.slot_names.push(index);
        }
        Ok(())
    }

    /// Appends to the names of slots, from here on and with an end that is to be set.
    pub(super) fn push_slot_name(&mut self, slot: u16, name: &str) -> usize {
        let start = self.data.ops.len();
        let names = &mut self.data.debug.slot_names;
        names.push(SlotName {
            slot,
            name: name.to_owned(),
            start,
            end: start,
        });
        names.len() - 1
    }

    /// The slot with that name, or a slot number from `.let`.
    pub(super) fn slot(&self, name: &str, span: Span) -> Result<OperandValue, Problem> {
        let slots = &self.sub.slots;
        if let Some(slot) = slots.get(name) {
            return Ok(OperandValue::UInt(slot.value as u64));
        }
        if let Some(number) = self.numbers.get(name) {
            return Ok(OperandValue::Int(number.value));
        }
        let problem = slots.unknown(name, span);
        let mut earlier = self.earlier_subs.iter().rev();
        Err(match earlier.find_map(|sub| sub.slots.get(name)) {
            Some(other) => problem.help(out_of_reach("slots", name, other.line)),
            None => problem.suggest(name, slots.names().into_iter().chain(self.numbers.names())),
        })
    }

    /// Says what a word stands for that `problem` found to be a wrong number.
    pub(super) fn explain_number(&self, problem: Problem, word: &str) -> Problem {
        match self.numbers.get(word) {
            Some(Definition { value, line }) => {
                problem.help(format!("`{word}` is {value}, by the .let on line {line}"))
            }
            None => problem,
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
        if let Some(span) = self.span.take() {
            self.data.debug.spans.push((self.data.ops.len(), span));
        }
        self.data.ops.push(op);
        self.data.lines.push(self.line.unwrap_or(text_line));
    }

    /// Appends a block range, which is to be set, and names it.
    pub(super) fn push_block(&mut self, name: &Token<'_>, line: usize) -> Result<usize, Problem> {
        let index = self.data.block_ranges.len();
        self.data.block_ranges.push((0, 0));
        self.blocks.define_entry(name, index, line)?;
        Ok(index)
    }

    /// Appends a block that begins here and lasts until it is closed.
    pub(super) fn open_block(&mut self, name: &Token<'_>, opened_at: Site) -> Result<(), Problem> {
        let index = self.data.block_ranges.len();
        // It is open even if its name is wrong, or its end would be an error as well.
        self.open_blocks.push(OpenBlock { index, opened_at });
        self.push_block(name, opened_at.line)?;
        self.data.block_ranges[index].0 = self.data.ops.len();
        Ok(())
    }

    /// Ends the innermost open block here.
    pub(super) fn close_block(&mut self, span: Span) -> Result<(), Problem> {
        let block = self
            .open_blocks
            .pop()
            .ok_or_else(|| Problem::new(span, "there is no open .block for this .endblock"))?;
        self.data.block_ranges[block.index].1 = self.data.ops.len();
        Ok(())
    }

    /// Puts the number that the reference stands for in its place, when all names are known.
    pub(super) fn refer(&mut self, reference: Reference, user: Use, site: Site) {
        self.pending.push(Pending {
            reference,
            sub: self.earlier_subs.len(),
            user,
            site,
        });
    }

    /// Where a label is that is used in the sub of index `sub`, when all of them are over.
    fn label(&self, label: &Label, sub: usize, span: Span) -> Result<usize, Problem> {
        let globals = &self.labels;
        let locals = &self.earlier_subs[sub].labels;
        let (name, scope) = match label {
            Label::Global(name) => (name, globals),
            Label::Local(name) => (name, locals),
        };
        if let Some(place) = scope.get(name) {
            return Ok(place.value);
        }
        let problem = scope.unknown(name, span);
        let mut subs = self.earlier_subs.iter();
        let elsewhere = match label {
            Label::Global(_) => None,
            Label::Local(name) => subs.find_map(|sub| sub.labels.get(name)),
        };
        Err(match elsewhere {
            Some(other) => problem.help(out_of_reach("local labels", name, other.line)),
            None => problem.suggest(name, locals.names().into_iter().chain(globals.names())),
        })
    }

    fn resolve(&mut self, pending: &Pending) -> Result<(), Problem> {
        let span = pending.site.span;
        let number = match &pending.reference {
            Reference::Place(ip) => *ip,
            Reference::Label(label) => self.label(label, pending.sub, span)?,
            Reference::Block(name) => self.blocks.resolve(name, span)?,
        };
        let data = &mut self.data;
        match pending.user {
            Use::Operand { op, operand } => {
                let op = &mut data.ops[op];
                let mut values: Vec<_> = op.operands().map(|(_, value)| value).collect();
                values[operand] = OperandValue::UInt(number as u64);
                *op = Op::from_operands(op.opcode(), &values)
                    .map_err(|error| Problem::new(span, error.to_string()))?;
            }
            Use::Entry(entry) => data.sub_entries[entry].1 = number,
            Use::BlockStart(block) => data.block_ranges[block].0 = number,
            Use::BlockEnd(block) => data.block_ranges[block].1 = number,
            Use::SlotNameStart(name) => data.debug.slot_names[name].start = number,
            Use::SlotNameEnd(name) => data.debug.slot_names[name].end = number,
        }
        Ok(())
    }

    /// Resolves the references; `report` gets the line and the problem of what is wrong.
    pub(super) fn finish(mut self, mut report: impl FnMut(usize, Problem)) -> Chunk {
        self.begin_sub();
        let unclosed = std::mem::take(&mut self.open_blocks);
        for OpenBlock { opened_at, .. } in unclosed.into_iter().take(MAX_ERRORS) {
            let message = "the block that begins here has no .endblock";
            report(opened_at.line, Problem::new(opened_at.span, message));
        }
        let mut failed = 0;
        for pending in std::mem::take(&mut self.pending) {
            if let Err(problem) = self.resolve(&pending) {
                report(pending.site.line, problem);
                failed += 1;
            }
            // A suggestion looks at all names, so their number must not multiply.
            if failed == MAX_ERRORS {
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
