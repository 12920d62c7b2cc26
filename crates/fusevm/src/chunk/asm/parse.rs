//! The lines of an assembly text: labels, directives and ops.

use super::cursor::Cursor;
use super::lex::{Span, Token, TokenKind, is_bare_name, tokens};
use super::literal::{is_literal_word, read};
use super::operand::{self, Forward, label, name_text, place};
use super::unit::{Label, Unit, Use};
use super::{AsmError, MAX_ERRORS, Problem, Site};
use crate::chunk::{Chunk, Dialect, MAX_STORED_DEPTH, Overflow, Span as SourceSpan};
use crate::op::OperandValue;

const DIRECTIVES: [&str; 17] = [
    ".source",
    ".dialect",
    ".overflow",
    ".line",
    ".lines",
    ".file",
    ".loc",
    ".const",
    ".let",
    ".name",
    ".slot",
    ".sub",
    ".entry",
    ".block",
    ".endblock",
    ".chunk",
    ".endchunk",
];

pub(super) fn assemble(source: &str, text: &str) -> Result<Chunk, Vec<AsmError>> {
    let mut assembler = Assembler {
        source,
        line: 0,
        root: Unit::new(source, 0),
        nested: Vec::new(),
        errors: Vec::new(),
    };
    for line in text.lines() {
        assembler.line += 1;
        if let Err(problem) = assembler.read_line(line) {
            assembler.report(assembler.line, problem);
        }
        if assembler.errors.len() >= MAX_ERRORS {
            break;
        }
    }
    assembler.finish()
}

struct Assembler<'s> {
    source: &'s str,
    /// The number of the current line.
    line: usize,
    root: Unit,
    /// The sub-chunks that are open, the innermost last.
    nested: Vec<Unit>,
    errors: Vec<AsmError>,
}

impl Assembler<'_> {
    fn report(&mut self, line: usize, problem: Problem) {
        self.errors.push(locate(self.source, line, problem));
    }

    fn finish(self) -> Result<Chunk, Vec<AsmError>> {
        let Assembler {
            source,
            root,
            nested,
            mut errors,
            ..
        } = self;
        let mut report = |line, problem| errors.push(locate(source, line, problem));
        for unit in nested {
            let span = Span {
                column: 1,
                length: 1,
            };
            let problem = Problem::new(span, "the chunk that begins here has no .endchunk");
            report(unit.opened_at, problem);
        }
        let chunk = root.finish(report);
        if errors.is_empty() {
            return Ok(chunk);
        }
        errors.sort_by_key(|error| (error.line, error.column));
        errors.truncate(MAX_ERRORS);
        Err(errors)
    }

    fn unit(&mut self) -> &mut Unit {
        self.nested.last_mut().unwrap_or(&mut self.root)
    }

    fn read_line(&mut self, line: &str) -> Result<(), Problem> {
        let mut cursor = Cursor::new(tokens(line)?);
        while cursor.peek().is_some() {
            let token = cursor.next("an op")?;
            if cursor.eat(':') {
                self.label(&token)?;
                continue;
            }
            let TokenKind::Word(word) = token.kind else {
                return Err(token.unexpected("an op, a label or a directive"));
            };
            if word.starts_with('.') {
                self.directive(word, token.span, &mut cursor)?;
            } else {
                self.op(word, token.span, &mut cursor)?;
            }
            cursor.finish()?;
        }
        Ok(())
    }

    fn site(&self, span: Span) -> Site {
        let line = self.line;
        Site { line, span }
    }

    fn label(&mut self, token: &Token<'_>) -> Result<(), Problem> {
        let label = label(token).ok_or_else(|| token.unexpected("a label"))?;
        if let Label::Local(name) = &label
            && DIRECTIVES.contains(&name.as_str())
        {
            return Err(Problem::new(
                token.span,
                format!("`{name}` is a directive and cannot be a label"),
            ));
        }
        let site = self.site(token.span);
        self.unit().define_label(&label, site)
    }

    fn directive(
        &mut self,
        word: &str,
        span: Span,
        cursor: &mut Cursor<'_>,
    ) -> Result<(), Problem> {
        match word {
            ".source" => {
                let token = cursor.next("a text")?;
                let TokenKind::Text(source) = token.kind else {
                    return Err(token.unexpected("a text in quotes"));
                };
                self.unit().data.source = source;
            }
            ".dialect" => {
                let dialect = setting(cursor, "a dialect", &Dialect::ALL, Dialect::name)?;
                self.unit().data.numeric.dialect = dialect;
            }
            ".overflow" => {
                let overflow = setting(cursor, "a policy", &Overflow::ALL, Overflow::name)?;
                self.unit().data.numeric.overflow = overflow;
            }
            ".line" => {
                let unit = self.unit();
                unit.line = Some(integer(unit, cursor, "a line number")?);
            }
            ".lines" => {
                let mut lines = Vec::new();
                while cursor.peek().is_some() {
                    lines.push(integer(self.unit(), cursor, "a line number")?);
                }
                self.unit().all_lines = Some(lines);
            }
            ".file" => self.file(cursor)?,
            ".loc" => self.location(cursor)?,
            ".const" => self.constant(cursor)?,
            ".let" => self.number(cursor)?,
            ".name" => {
                let token = cursor.next("a name")?;
                let name = name_text(&token).ok_or_else(|| token.unexpected("a name"))?;
                self.unit().push_name(name.to_owned());
            }
            ".slot" => self.slot(cursor)?,
            ".sub" => self.sub(cursor)?,
            ".entry" => self.entry(cursor)?,
            ".block" => self.block(span, cursor)?,
            ".endblock" => self.unit().close_block(span)?,
            ".chunk" => self.open_chunk(span, cursor)?,
            ".endchunk" => self.close_chunk(span)?,
            _ => {
                let problem = Problem::new(span, format!("unknown directive `{word}`"));
                return Err(problem
                    .help("a local label ends with a colon")
                    .suggest(word, DIRECTIVES));
            }
        }
        Ok(())
    }

    /// `.file NAME`
    fn file(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
        let token = cursor.next("a file name")?;
        let name = name_text(&token).ok_or_else(|| token.unexpected("a file name"))?;
        let index = self.unit().push_file(name);
        index.map(|_| ()).ok_or_else(|| too_many_files(&token))
    }

    /// `.loc`, `.loc FILE LINE` or `.loc FILE LINE COLUMN`, each also with a place before the rest
    fn location(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
        let elsewhere = match cursor.peek() {
            Some(&TokenKind::Place(ip)) => {
                let token = cursor.next("a place")?;
                let ip = usize::try_from(ip);
                Some(ip.map_err(|_| token.unexpected("a place in this machine"))?)
            }
            _ => None,
        };
        let span = match cursor.peek() {
            Some(_) => Some(self.source_span(cursor)?),
            None => None,
        };
        let unit = self.unit();
        match elsewhere {
            Some(ip) => unit.data.debug.spans.push((ip, span)),
            None => unit.span = Some(span),
        }
        Ok(())
    }

    /// `FILE LINE` or `FILE LINE COLUMN`
    fn source_span(&mut self, cursor: &mut Cursor<'_>) -> Result<SourceSpan, Problem> {
        let unit = self.unit();
        let token = cursor.next("a file")?;
        let file = match (&token.kind, name_text(&token)) {
            (&TokenKind::Index(index), _) => u16::try_from(index).ok(),
            (_, Some(name)) => unit.intern_file(name),
            _ => return Err(token.unexpected("a file")),
        };
        Ok(SourceSpan {
            file: file.ok_or_else(|| too_many_files(&token))?,
            line: integer(unit, cursor, "a line number")?,
            column: match cursor.peek() {
                Some(_) => integer(unit, cursor, "a column number")?,
                None => 0,
            },
        })
    }

    /// `.const NAME VALUE`
    fn constant(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
        let line = self.line;
        let name = cursor.next("a name")?;
        let unit = self.unit();
        refuse_value(&name)
            .map_err(|problem| problem.help("a constant has a name or an index such as #0"))?;
        let index = unit.data.constants.len();
        unit.constants.define_entry(&name, index, line)?;
        let value = read(cursor)?;
        unit.push_constant(value);
        Ok(())
    }

    /// `.let NAME VALUE`
    fn number(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
        let token = cursor.next("a name")?;
        refuse_value(&token)?;
        let TokenKind::Word(name) = token.kind else {
            return Err(token.unexpected("a name"));
        };
        if !is_bare_name(name) {
            return Err(token.unexpected("a name"));
        }
        let site = self.site(token.span);
        let unit = self.unit();
        let value = integer(unit, cursor, "an integer of 64 bits")?;
        unit.numbers.define(name, value, site)
    }

    /// `.slot NAME`, `.slot NAME NUMBER` or `.slot NAME NUMBER START END`
    fn slot(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
        let token = cursor.next("a name")?;
        let number = match cursor.peek() {
            Some(_) => Some(integer(self.unit(), cursor, "a slot number")?),
            None => None,
        };
        let site = self.site(token.span);
        if let Some(number) = number
            && cursor.peek().is_some()
        {
            let name = name_text(&token).ok_or_else(|| token.unexpected("a name"))?;
            let unit = self.unit();
            let index = unit.push_slot_name(number, name);
            for user in [Use::SlotNameStart(index), Use::SlotNameEnd(index)] {
                let span = cursor.span();
                unit.refer(place(cursor)?, user, Site { span, ..site });
            }
            return Ok(());
        }
        match token.kind {
            TokenKind::Word(name) if is_bare_name(name) => {
                self.unit().define_slot(name, number, site)
            }
            _ => Err(token.unexpected("a name")),
        }
    }

    /// `.sub NAME`
    fn sub(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
        let token = cursor.next("a name")?;
        let name = self.pool_name(&token)?;
        let site = self.site(token.span);
        let unit = self.unit();
        unit.begin_sub();
        unit.data.sub_entries.push((name, unit.data.ops.len()));
        match name_text(&token) {
            Some(label) => unit.define_label(&Label::Global(label.to_owned()), site),
            None => Ok(()),
        }
    }

    /// `.entry NAME PLACE`
    fn entry(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
        let token = cursor.next("a name")?;
        let name = self.pool_name(&token)?;
        let site = self.site(cursor.span());
        let place = place(cursor)?;
        let unit = self.unit();
        unit.data.sub_entries.push((name, 0));
        let index = unit.data.sub_entries.len() - 1;
        unit.refer(place, Use::Entry(index), site);
        Ok(())
    }

    /// `.block NAME` or `.block NAME START END`
    fn block(&mut self, span: Span, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
        let site = self.site(span);
        let name = cursor.next("a name")?;
        let unit = self.unit();
        if cursor.peek().is_none() {
            return unit.open_block(&name, site);
        }
        let index = unit.push_block(&name, site.line)?;
        for user in [Use::BlockStart(index), Use::BlockEnd(index)] {
            let span = cursor.span();
            unit.refer(place(cursor)?, user, Site { span, ..site });
        }
        Ok(())
    }

    /// `.chunk NAME`
    fn open_chunk(&mut self, span: Span, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
        let line = self.line;
        let name = cursor.next("a name")?;
        let unit = self.unit();
        let index = unit.data.sub_chunks.len();
        let defined = unit.sub_chunks.define_entry(&name, index, line);
        let nested = Unit::new(&unit.data.source, line);
        self.nested.push(nested);
        if self.nested.len() > MAX_STORED_DEPTH {
            let message = format!("sub-chunks nest deeper than {MAX_STORED_DEPTH}");
            return Err(Problem::new(span, message));
        }
        defined
    }

    fn close_chunk(&mut self, span: Span) -> Result<(), Problem> {
        let unit = self
            .nested
            .pop()
            .ok_or_else(|| Problem::new(span, "there is no .chunk for this .endchunk"))?;
        let chunk = unit.finish(|line, problem| self.report(line, problem));
        self.unit().data.sub_chunks.push(chunk);
        Ok(())
    }

    fn op(&mut self, word: &str, span: Span, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
        let line = self.line;
        let unit = self.unit();
        let (op, forwards) = operand::read_op(unit, word, span, cursor)?;
        unit.push_op(op, line);
        let op = unit.data.ops.len() - 1;
        for forward in forwards {
            let Forward {
                operand,
                reference,
                span,
            } = forward;
            unit.refer(reference, Use::Operand { op, operand }, Site { line, span });
        }
        Ok(())
    }

    /// The pool index of a name, for a sub entry.
    fn pool_name(&mut self, token: &Token<'_>) -> Result<u16, Problem> {
        let index = match (&token.kind, name_text(token)) {
            (&TokenKind::Index(index), _) => index,
            (_, Some(name)) => self.unit().intern_name(name) as u64,
            _ => return Err(token.unexpected("a name")),
        };
        u16::try_from(index)
            .map_err(|_| Problem::new(token.span, "the name pool has no index above 65535"))
    }
}

fn too_many_files(token: &Token<'_>) -> Problem {
    Problem::new(token.span, "there are at most 65536 files")
}

/// A name must not look like a value where either can stand.
fn refuse_value(token: &Token<'_>) -> Result<(), Problem> {
    match token.kind {
        TokenKind::Word(word) if is_literal_word(word) => {
            let message = format!("`{word}` is a value, not a name");
            Err(Problem::new(token.span, message))
        }
        _ => Ok(()),
    }
}

/// The choice that the next word names.
fn setting<T: Copy>(
    cursor: &mut Cursor<'_>,
    expected: &str,
    choices: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, Problem> {
    let token = cursor.next(expected)?;
    let TokenKind::Word(word) = token.kind else {
        return Err(token.unexpected(expected));
    };
    let found = choices.iter().find(|&&choice| name(choice) == word);
    found.copied().ok_or_else(|| {
        let names: Vec<_> = choices.iter().map(|&choice| name(choice)).collect();
        token
            .unexpected(expected)
            .help(format!("there are {}", names.join(", ")))
    })
}

fn integer<T: TryFrom<i64>>(
    unit: &Unit,
    cursor: &mut Cursor<'_>,
    expected: &str,
) -> Result<T, Problem> {
    let token = cursor.next(expected)?;
    let TokenKind::Word(word) = token.kind else {
        return Err(token.unexpected(expected));
    };
    let number = match operand::number(unit, cursor, word, token.span)? {
        Some(OperandValue::Int(number)) => T::try_from(number).ok(),
        _ => None,
    };
    number.ok_or_else(|| {
        let problem = token
            .unexpected(expected)
            .suggest(word, unit.numbers.names());
        unit.explain_number(problem, word)
    })
}

fn locate(source: &str, line: usize, problem: Problem) -> AsmError {
    AsmError {
        source: source.to_owned(),
        line,
        column: problem.span.column,
        length: problem.span.length,
        message: problem.message,
        help: problem.help,
    }
}
