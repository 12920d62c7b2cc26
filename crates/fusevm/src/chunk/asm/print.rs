//! The disassembler.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::lex::{is_bare_name, write_name, write_text};
use super::literal::{write, write_display, write_float};
use crate::chunk::{Chunk, ChunkData, Dialect, Numeric, Overflow, SlotName, Span};
use crate::op::{Op, OperandKind, OperandValue, file_test, param_mod, redirect_op};
use crate::value::Value;

/// The column at which comments start, if the op is not longer.
const COMMENT_COLUMN: usize = 40;
/// How many characters of a text a comment shows.
const COMMENT_TEXT: usize = 40;

pub(super) fn disassemble(chunk: &Chunk) -> String {
    let mut out = String::new();
    // The chunks that are open, each with the number of its sub-chunks that are written.
    let mut open = vec![(chunk, 0)];
    write_pools(&mut out, chunk);
    while let Some((chunk, done)) = open.last_mut() {
        if let Some(sub_chunk) = chunk.sub_chunks.get(*done) {
            write_display(&mut out, format_args!(".chunk #{done}\n"));
            *done += 1;
            write_pools(&mut out, sub_chunk);
            open.push((sub_chunk, 0));
        } else {
            Printer::new(&mut out, chunk).write_code();
            open.pop();
            if !open.is_empty() {
                out.push_str(".endchunk\n");
            }
        }
    }
    out
}

fn write_pools(out: &mut String, chunk: &ChunkData) {
    out.push_str(".source ");
    write_text(out, &chunk.source);
    out.push('\n');
    let Numeric { dialect, overflow } = chunk.numeric;
    if dialect != Dialect::default() {
        write_display(out, format_args!(".dialect {}\n", dialect.name()));
    }
    if overflow != Overflow::default() {
        write_display(out, format_args!(".overflow {}\n", overflow.name()));
    }
    for name in &chunk.names {
        out.push_str(".name ");
        write_name(out, name);
        out.push('\n');
    }
    for file in &chunk.debug.files {
        out.push_str(".file ");
        write_text(out, file);
        out.push('\n');
    }
    for (index, value) in chunk.constants.iter().enumerate() {
        write_display(out, format_args!(".const #{index} "));
        write(out, value);
        out.push('\n');
    }
}

struct Printer<'a> {
    out: &'a mut String,
    chunk: &'a ChunkData,
    /// The first index of each name: the only one that the name itself stands for.
    names: HashMap<&'a str, usize>,
    /// The same for the names of source files.
    files: HashMap<&'a str, u16>,
    /// The places that need a label.
    labels: BTreeSet<usize>,
    /// The labels that `.sub` lines have defined.
    sub_labels: HashSet<u16>,
    /// The names of slots that `.slot` lines of the present sub have defined.
    slots: HashMap<u16, &'a str>,
}

impl<'a> Printer<'a> {
    fn new(out: &'a mut String, chunk: &'a ChunkData) -> Self {
        let mut names = HashMap::new();
        for (index, name) in chunk.names.iter().enumerate() {
            names.entry(name.as_str()).or_insert(index);
        }
        let mut files = HashMap::new();
        for (index, file) in (0..=u16::MAX).zip(&chunk.debug.files) {
            files.entry(file.as_str()).or_insert(index);
        }
        let targets = chunk.ops.iter().filter_map(Op::target);
        let blocks = chunk
            .block_ranges
            .iter()
            .flat_map(|&(start, end)| [start, end]);
        let labels = targets
            .chain(blocks)
            .filter(|&ip| ip <= chunk.ops.len())
            .collect();
        Printer {
            out,
            chunk,
            names,
            files,
            labels,
            sub_labels: HashSet::new(),
            slots: HashMap::new(),
        }
    }

    fn write_code(&mut self) {
        let chunk = self.chunk;
        for (index, &(start, end)) in chunk.block_ranges.iter().enumerate() {
            write_display(self.out, format_args!(".block #{index} "));
            self.write_place(start);
            self.out.push(' ');
            self.write_place(end);
            self.out.push('\n');
        }
        let has_lines = chunk.lines.len() == chunk.ops.len();
        if !has_lines {
            self.out.push_str(".lines");
            for line in &chunk.lines {
                write_display(self.out, format_args!(" {line}"));
            }
            self.out.push('\n');
        }
        let mut spans = self.inline_spans().iter().peekable();
        let subs = self.inline_subs();
        let mut slot_names = self.inline_slot_names(subs).iter().peekable();
        let mut subs = subs.iter().peekable();
        let mut current_line = None;
        for ip in 0..=chunk.ops.len() {
            while let Some((name, _)) = subs.next_if(|&&(_, entry)| entry == ip) {
                self.write_sub(*name);
                self.slots.clear();
            }
            while let Some(name) = slot_names.next_if(|name| name.start == ip) {
                write_display(
                    self.out,
                    format_args!(".slot {} {}\n", name.name, name.slot),
                );
                self.slots.insert(name.slot, &name.name);
            }
            if self.labels.contains(&ip) {
                write_display(self.out, format_args!("L{ip}:\n"));
            }
            let Some(op) = chunk.ops.get(ip) else { break };
            if has_lines && current_line != Some(chunk.lines[ip]) {
                current_line = Some(chunk.lines[ip]);
                write_display(self.out, format_args!("    .line {}\n", chunk.lines[ip]));
            }
            if let Some(&(_, span)) = spans.next_if(|&&(start, _)| start == ip) {
                self.out.push_str("    .loc");
                self.write_span(span);
            }
            self.write_op(op);
        }
    }

    /// The spans to write as `.loc` in the code. If their order is not that of the code, all of
    /// them are written here and now, with their places.
    fn inline_spans(&mut self) -> &'a [(usize, Option<Span>)] {
        let spans = &self.chunk.debug.spans;
        let is_rising = spans.is_sorted_by(|a, b| a.0 < b.0);
        if is_rising
            && spans
                .last()
                .is_none_or(|&(start, _)| start < self.chunk.ops.len())
        {
            return spans;
        }
        for &(start, span) in spans {
            write_display(self.out, format_args!(".loc @{start}"));
            self.write_span(span);
        }
        &[]
    }

    fn write_span(&mut self, span: Option<Span>) {
        if let Some(Span { file, line, column }) = span {
            self.out.push(' ');
            match self.chunk.debug.files.get(usize::from(file)) {
                Some(name) if self.files.get(name.as_str()) == Some(&file) => {
                    write_text(self.out, name);
                }
                _ => write_display(self.out, format_args!("#{file}")),
            }
            write_display(self.out, format_args!(" {line}"));
            if column != 0 {
                write_display(self.out, format_args!(" {column}"));
            }
        }
        self.out.push('\n');
    }

    /// The sub entries to write as `.sub` in the code. If their order is not that of the code, all
    /// of them are written here and now, as `.entry`.
    fn inline_subs(&mut self) -> &'a [(u16, usize)] {
        let entries = &self.chunk.sub_entries;
        let last_is_inside = entries
            .last()
            .is_none_or(|&(_, ip)| ip <= self.chunk.ops.len());
        if last_is_inside && entries.is_sorted_by_key(|&(_, ip)| ip) {
            return entries;
        }
        for &(name, ip) in entries {
            self.out.push_str(".entry ");
            self.write_pool_name(name.into());
            self.out.push(' ');
            self.write_place(ip);
            self.out.push('\n');
        }
        &[]
    }

    /// The names of slots to write as `.slot` in the code, where `subs` are. If that would not give
    /// the same names, all of them are written here and now, with their places.
    fn inline_slot_names(&mut self, subs: &[(u16, usize)]) -> &'a [SlotName] {
        let names = &self.chunk.debug.slot_names;
        let mut seen = HashSet::new();
        let in_place = names.is_sorted_by_key(|name| name.start)
            && names.iter().all(|name| {
                let sub = subs.partition_point(|&(_, entry)| entry <= name.start);
                let end = subs.get(sub).map_or(self.chunk.ops.len(), |&(_, at)| at);
                let known_from_here = name.start < name.end && name.end == end;
                known_from_here && is_bare_name(&name.name) && seen.insert((sub, &name.name))
            });
        if in_place {
            return names;
        }
        for name in names {
            self.out.push_str(".slot ");
            write_name(self.out, &name.name);
            write_display(self.out, format_args!(" {} ", name.slot));
            self.write_place(name.start);
            self.out.push(' ');
            self.write_place(name.end);
            self.out.push('\n');
        }
        &[]
    }

    /// A name would also define a label, which must be a new one.
    fn write_sub(&mut self, name: u16) {
        self.out.push_str(".sub ");
        let text = self.chunk.names.get(usize::from(name));
        if text.is_some_and(|text| is_generated_label(text)) || !self.sub_labels.insert(name) {
            write_display(self.out, format_args!("#{name}"));
        } else {
            self.write_pool_name(name.into());
        }
        self.out.push('\n');
    }

    fn write_place(&mut self, ip: usize) {
        let prefix = if self.labels.contains(&ip) { 'L' } else { '@' };
        write_display(self.out, format_args!("{prefix}{ip}"));
    }

    /// The name with that index if it means this index, otherwise the index.
    fn write_pool_name(&mut self, index: usize) {
        match self.chunk.names.get(index) {
            Some(name) if self.names.get(name.as_str()) == Some(&index) => {
                write_name(self.out, name);
            }
            _ => write_display(self.out, format_args!("#{index}")),
        }
    }

    fn write_op(&mut self, op: &Op) {
        let start = self.out.len();
        self.out.push_str("    ");
        self.out.push_str(op.opcode().info().name);
        let mut comment = None;
        for (operand, value) in op.operands() {
            self.out.push(' ');
            self.write_operand(operand.kind, value);
            if let (OperandKind::Constant, OperandValue::UInt(index)) = (operand.kind, value) {
                comment = usize::try_from(index)
                    .ok()
                    .and_then(|i| self.chunk.constants.get(i));
            }
        }
        if let Some(value) = comment {
            let width = self.out.len() - start;
            self.out.extend(std::iter::repeat_n(
                ' ',
                COMMENT_COLUMN.saturating_sub(width).max(2),
            ));
            self.out.push_str("; ");
            write_preview(self.out, value);
        }
        self.out.push('\n');
    }

    fn write_operand(&mut self, kind: OperandKind, value: OperandValue) {
        let number = match value {
            OperandValue::Float(value) => return write_float(self.out, value),
            OperandValue::Int(value) => return write_display(self.out, value),
            OperandValue::UInt(value) => value,
        };
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        match kind {
            OperandKind::Target => self.write_place(index),
            OperandKind::Global | OperandKind::Name => self.write_pool_name(index),
            OperandKind::Slot => {
                match u16::try_from(number).ok().and_then(|s| self.slots.get(&s)) {
                    Some(name) => self.out.push_str(name),
                    None => write_display(self.out, number),
                }
            }
            OperandKind::Constant | OperandKind::Block | OperandKind::SubChunk => {
                write_display(self.out, format_args!("#{number}"));
            }
            _ => match code_name(kind, number) {
                Some(name) => self.out.push_str(name),
                None => write_display(self.out, number),
            },
        }
    }
}

/// Whether the disassembler makes up such labels.
fn is_generated_label(name: &str) -> bool {
    name.strip_prefix('L')
        .is_some_and(|ip| ip.starts_with(|c: char| c.is_ascii_digit()))
}

fn code_name(kind: OperandKind, number: u64) -> Option<&'static str> {
    let code = u8::try_from(number).ok()?;
    match kind {
        OperandKind::FileTest => file_test::name(code),
        OperandKind::RedirectKind => redirect_op::name(code),
        OperandKind::ParamMod => param_mod::name(code),
        _ => None,
    }
}

/// A value in a comment: whole if it is short by nature, otherwise its beginning or its size.
fn write_preview(out: &mut String, value: &Value) {
    match value {
        Value::Str(text) => {
            let mut chars = text.char_indices();
            match chars.nth(COMMENT_TEXT) {
                None => write_text(out, text),
                Some((end, _)) => {
                    write_text(out, &text[..end]);
                    out.push_str("...");
                }
            }
        }
        Value::Array(array) => write_display(out, format_args!("array of {}", array.len())),
        Value::Hash(hash) => write_display(out, format_args!("hash of {}", hash.len())),
        Value::Bytes(bytes) => write_display(out, format_args!("{} bytes", bytes.len())),
        Value::Ref(_) => out.push_str("reference"),
        _ => write(out, value),
    }
}
