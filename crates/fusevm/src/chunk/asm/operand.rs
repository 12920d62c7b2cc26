//! An op with its operands.

use super::Problem;
use super::cursor::Cursor;
use super::lex::{Span, Token, TokenKind, is_bare_name};
use super::literal::{is_literal_word, read, read_number};
use super::unit::{Label, Reference, Unit};
use crate::op::{
    Op, Opcode, OperandError, OperandInfo, OperandKind, OperandValue, file_test, param_mod,
    redirect_op,
};

/// An operand that is a reference. The op has 0 in its place.
pub(super) struct Forward {
    pub(super) operand: usize,
    pub(super) reference: Reference,
    pub(super) span: Span,
}

/// Reads the operands of the op with that name. References are returned beside the op.
pub(super) fn read_op(
    unit: &mut Unit,
    name: &str,
    span: Span,
    cursor: &mut Cursor<'_>,
) -> Result<(Op, Vec<Forward>), Problem> {
    let opcode = Opcode::from_name(name).ok_or_else(|| {
        let known = Opcode::ALL.iter().map(|opcode| opcode.info().name);
        Problem::new(span, format!("unknown op `{name}`")).suggest(name, known)
    })?;
    let operands = opcode.info().operands;
    let mut values = Vec::with_capacity(operands.len());
    let mut sources = Vec::with_capacity(operands.len());
    let mut forwards = Vec::new();
    for (index, &operand) in operands.iter().enumerate() {
        let span = cursor.span();
        let word = match cursor.peek() {
            Some(&TokenKind::Word(word)) => Some(word),
            Some(_) => None,
            None => return Err(missing_operand(opcode, operand, span)),
        };
        if let Some(reference) = read_reference(operand.kind, cursor)? {
            forwards.push(Forward {
                operand: index,
                reference,
                span,
            });
            values.push(OperandValue::UInt(0));
        } else if operand.kind == OperandKind::Constant {
            values.push(OperandValue::UInt(read_constant(unit, cursor)?));
        } else {
            values.push(read_operand(unit, opcode, operand, cursor)?);
        }
        sources.push((span, word));
    }
    let op = Op::from_operands(opcode, &values).map_err(|error| {
        let wrong = match error {
            OperandError::Value { operand, .. } => operands.iter().position(|&o| o == operand),
            OperandError::Count { .. } => None,
        };
        let (span, word) = wrong.map_or((span, None), |index| sources[index]);
        let problem = Problem::new(span, error.to_string());
        match word {
            Some(word) => unit.explain_number(problem, word),
            None => problem,
        }
    })?;
    Ok((op, forwards))
}

/// A place or the name of a block, if the operand is one.
fn read_reference(
    kind: OperandKind,
    cursor: &mut Cursor<'_>,
) -> Result<Option<Reference>, Problem> {
    match (kind, cursor.peek()) {
        (OperandKind::Target, _) => place(cursor).map(Some),
        (OperandKind::Block, Some(&TokenKind::Word(name))) => {
            cursor.next("a block")?;
            Ok(Some(Reference::Block(name.to_owned())))
        }
        _ => Ok(None),
    }
}

/// `#5`, the name of a constant, or a literal.
fn read_constant(unit: &mut Unit, cursor: &mut Cursor<'_>) -> Result<u64, Problem> {
    let index = match cursor.peek() {
        Some(&TokenKind::Index(index)) => index,
        Some(&TokenKind::Word(word)) if !is_literal_word(word) => {
            let index = unit.constants.resolve(word, cursor.span());
            index.map_err(|problem| not_a_constant(unit, problem, word))? as u64
        }
        _ => {
            let value = read(cursor)?;
            return Ok(unit.intern_constant(value) as u64);
        }
    };
    cursor.next("a constant")?;
    Ok(index)
}

fn not_a_constant(unit: &Unit, problem: Problem, word: &str) -> Problem {
    match unit.numbers.get(word) {
        Some(_) => problem.help(format!("`{word}` is a number: `LoadInt {word}`")),
        None => problem,
    }
}

/// The number that a word stands for: a literal, or a name from `.let`.
pub(super) fn number(
    unit: &Unit,
    cursor: &mut Cursor<'_>,
    word: &str,
    span: Span,
) -> Result<Option<OperandValue>, Problem> {
    match unit.numbers.get(word) {
        Some(number) => Ok(Some(OperandValue::Int(number.value))),
        None => read_number(cursor, word, span),
    }
}

/// An operand that is neither a reference nor a constant.
fn read_operand(
    unit: &mut Unit,
    opcode: Opcode,
    operand: OperandInfo,
    cursor: &mut Cursor<'_>,
) -> Result<OperandValue, Problem> {
    use OperandKind as Kind;
    let token = cursor.next("an operand")?;
    let wrong = || wrong_operand(opcode, operand, &token);
    match (operand.kind, &token.kind) {
        (kind, &TokenKind::Index(index)) if is_pool_index(kind) => Ok(OperandValue::UInt(index)),
        (Kind::Global | Kind::Name, kind) => match (name_text(&token), kind) {
            (Some(name), _) => Ok(OperandValue::UInt(unit.intern_name(name) as u64)),
            (None, TokenKind::Word(_)) => {
                let help = "an index into the name pool is written #5, other names in quotes";
                Err(wrong().help(help))
            }
            (None, _) => Err(wrong()),
        },
        (Kind::SubChunk, TokenKind::Word(name)) => {
            let index = unit.sub_chunks.resolve(name, token.span)?;
            Ok(OperandValue::UInt(index as u64))
        }
        (Kind::Slot, TokenKind::Word(name)) if is_bare_name(name) => unit.slot(name, token.span),
        (kind, TokenKind::Word(word)) => match code(kind, word) {
            Some(code) => Ok(OperandValue::UInt(code.into())),
            None => match number(unit, cursor, word, token.span)? {
                Some(number) => Ok(as_float(kind, number)),
                None => Err(wrong().suggest(word, unit.numbers.names())),
            },
        },
        _ => Err(wrong()),
    }
}

/// The name that a word or a text in quotes stands for.
pub(super) fn name_text<'t>(token: &'t Token<'_>) -> Option<&'t str> {
    match &token.kind {
        TokenKind::Word(word) if is_bare_name(word) => Some(word),
        TokenKind::Text(text) => Some(text),
        _ => None,
    }
}

/// The label that a token stands for. In quotes, a dot at the start is a part of the name.
pub(super) fn label(token: &Token<'_>) -> Option<Label> {
    match token.kind {
        TokenKind::Word(word) if word.strip_prefix('.').is_some_and(is_bare_name) => {
            Some(Label::Local(word.to_owned()))
        }
        _ => name_text(token).map(|name| Label::Global(name.to_owned())),
    }
}

pub(super) fn place(cursor: &mut Cursor<'_>) -> Result<Reference, Problem> {
    let token = cursor.next("a label")?;
    match (&token.kind, label(&token)) {
        (&TokenKind::Place(ip), _) => usize::try_from(ip)
            .map(Reference::Place)
            .map_err(|_| Problem::new(token.span, "the place is too large for this machine")),
        (_, Some(label)) => Ok(Reference::Label(label)),
        (TokenKind::Word(_) | TokenKind::Index(_), None) => Err(token
            .unexpected("a label")
            .help("the index of an op is written @5")),
        _ => Err(token.unexpected("a label")),
    }
}

/// Whether operands of the kind are indices that can be written `#5`.
fn is_pool_index(kind: OperandKind) -> bool {
    use OperandKind::{Block, Global, Name, SubChunk};
    matches!(kind, Block | Global | Name | SubChunk)
}

/// `LoadFloat 1` means 1.0.
fn as_float(kind: OperandKind, number: OperandValue) -> OperandValue {
    match (kind, number) {
        (OperandKind::FloatLiteral, OperandValue::Int(number)) => {
            OperandValue::Float(number as f64)
        }
        _ => number,
    }
}

fn code(kind: OperandKind, name: &str) -> Option<u8> {
    match kind {
        OperandKind::FileTest => file_test::code(name),
        OperandKind::RedirectKind => redirect_op::code(name),
        OperandKind::ParamMod => param_mod::code(name),
        _ => None,
    }
}

/// What is expected of an operand, in words.
fn expected(kind: OperandKind) -> &'static str {
    match kind {
        OperandKind::Global | OperandKind::Name => "a name",
        OperandKind::Slot => "a slot",
        OperandKind::Target => "a label",
        OperandKind::Constant => "a constant",
        OperandKind::Block => "a block",
        OperandKind::SubChunk => "a sub-chunk",
        OperandKind::FileTest => "a file test",
        OperandKind::RedirectKind => "a kind of redirection",
        OperandKind::ParamMod => "a modifier",
        _ => kind.expected(),
    }
}

fn wrong_operand(opcode: Opcode, operand: OperandInfo, token: &Token<'_>) -> Problem {
    let message = format!(
        "operand `{}` of {} must be {}, found {}",
        operand.name,
        opcode.info().name,
        expected(operand.kind),
        token.kind.describe(),
    );
    Problem::new(token.span, message)
}

fn missing_operand(opcode: Opcode, operand: OperandInfo, span: Span) -> Problem {
    let info = opcode.info();
    let message = format!(
        "operand `{}` of {} is missing: {}",
        operand.name,
        info.name,
        expected(operand.kind)
    );
    let names: Vec<&str> = info.operands.iter().map(|operand| operand.name).collect();
    Problem::new(span, message).help(format!("write `{} {}`", info.name, names.join(" ")))
}
