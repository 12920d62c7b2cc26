//! Reading programs, and finding the source lines that errors are about.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use fusevm::Chunk;
use fusevm::chunk::{AsmError, DecodeErrorKind, Location, VerifyError, assemble_all};

use crate::report::{Diagnostic, Failure, Place};

/// Larger programs are refused, so that a wrong file name such as `/dev/zero` cannot take all
/// memory.
const MAX_PROGRAM_BYTES: u64 = 256 << 20;

/// Whether `path` stands for standard input, or standard output.
pub(crate) fn is_stdio(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A program, not verified.
pub(crate) struct Program {
    /// How errors name it.
    pub(crate) name: String,
    /// Its text, if it is one.
    text: Option<String>,
    pub(crate) chunk: Chunk,
}

impl Program {
    /// Reads a program in text or bytes.
    pub(crate) fn load(path: &Path) -> Result<Self, Failure> {
        let (name, bytes) = read(path)?;
        if Chunk::is_bytes(&bytes) {
            let chunk = Chunk::from_bytes_unverified(&bytes).map_err(|error| {
                let help = match error.kind() {
                    DecodeErrorKind::UnknownVersion(_) => "it was written by another release",
                    _ => "the file is damaged; assemble it again",
                };
                Failure::bad_input(Diagnostic {
                    message: format!("cannot load {name}: {error}"),
                    help: Some(help.to_owned()),
                    ..Diagnostic::default()
                })
            })?;
            return Ok(Program {
                name,
                text: None,
                chunk,
            });
        }
        Self::assemble(name, bytes)
    }

    /// Reads a program in text.
    pub(crate) fn load_text(path: &Path) -> Result<Self, Failure> {
        let (name, bytes) = read(path)?;
        if Chunk::is_bytes(&bytes) {
            return Err(Failure::bad_input(Diagnostic {
                message: format!("{name} is in bytes already"),
                help: Some("`fusevm dis` shows it as text".to_owned()),
                ..Diagnostic::default()
            }));
        }
        Self::assemble(name, bytes)
    }

    fn assemble(name: String, bytes: Vec<u8>) -> Result<Self, Failure> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + valid.iter().filter(|&&byte| byte == b'\n').count();
            Failure::bad_input(Diagnostic {
                message: "not a program: neither bytes from `fusevm asm` nor text in UTF-8"
                    .to_owned(),
                place: Some(Place {
                    source: name.clone(),
                    line,
                    column: None,
                    text: None,
                    span: None,
                }),
                ..Diagnostic::default()
            })
        })?;
        // Some editors put it before every text.
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        match assemble_all(&name, &text) {
            Ok(chunk) => Ok(Program {
                name,
                text: Some(text),
                chunk,
            }),
            Err(errors) => Err(Failure::all_bad_input(
                errors
                    .into_iter()
                    .map(|error| syntax_error(&text, error))
                    .collect(),
            )),
        }
    }

    /// Refuses a program that is not well formed.
    pub(crate) fn verify(&self) -> Result<(), Failure> {
        self.chunk
            .verify()
            .map_err(|error| Failure::bad_input(self.not_well_formed(&error)))
    }

    fn not_well_formed(&self, error: &VerifyError) -> Diagnostic {
        let chunk = error
            .sub_chunk()
            .iter()
            .try_fold(&self.chunk, |chunk, &index| chunk.sub_chunks.get(index));
        let location = match (chunk, error.op_index()) {
            (Some(chunk), Some(at)) => chunk.location(at),
            (chunk, _) => Location {
                file: chunk.map_or("", |chunk| &chunk.source),
                line: None,
                column: None,
            },
        };
        Diagnostic {
            message: error.to_string(),
            place: Some(self.place(location)),
            notes: vec![format!("broken rule: {:?}", error.rule())],
            help: None,
        }
    }

    /// A place in a source, with the text of its line if that can be had. The program itself is
    /// meant when no source is named.
    pub(crate) fn place(&self, location: Location<'_>) -> Place {
        let source = match location.file {
            "" => &self.name,
            file => file,
        };
        let line = location.line.unwrap_or(0) as usize;
        let text = match &self.text {
            Some(text) if source == self.name => nth_line(text, line),
            _ => source_text(source).and_then(|text| nth_line(&text, line)),
        };
        let span = text.as_deref().zip(location.column).map(|(text, column)| {
            let character = (column as usize).saturating_sub(1);
            byte_index(text, character)..byte_index(text, character.saturating_add(1))
        });
        Place {
            source: source.to_owned(),
            line,
            column: location.column.map(|column| column as usize),
            text,
            span,
        }
    }
}

fn read(path: &Path) -> Result<(String, Vec<u8>), Failure> {
    let (name, bytes) = if is_stdio(path) {
        ("<stdin>".to_owned(), read_all(io::stdin().lock()))
    } else {
        let bytes = File::open(path).and_then(read_all);
        (path.display().to_string(), bytes)
    };
    match bytes {
        Ok(bytes) => Ok((name, bytes)),
        Err(error) => Err(Failure::bad_input(format!("cannot read {name}: {error}"))),
    }
}

fn read_all(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_PROGRAM_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_PROGRAM_BYTES {
        return Err(io::Error::other(format!(
            "too large for a program, of which {MAX_PROGRAM_BYTES} bytes are the limit"
        )));
    }
    Ok(bytes)
}

fn syntax_error(text: &str, error: AsmError) -> Diagnostic {
    let line = nth_line(text, error.line);
    let span = line.as_deref().map(|line| {
        let start = byte_index(line, error.column.saturating_sub(1));
        start..byte_index(line, error.column.saturating_sub(1) + error.length)
    });
    Diagnostic {
        message: error.message,
        place: Some(Place {
            source: error.source,
            line: error.line,
            column: Some(error.column),
            text: line,
            span,
        }),
        notes: Vec::new(),
        help: error.help,
    }
}

/// Where the character with this index starts; the end of the line if there are fewer.
fn byte_index(line: &str, character: usize) -> usize {
    line.char_indices()
        .nth(character)
        .map_or(line.len(), |(at, _)| at)
}

/// The line with this number, from 1.
fn nth_line(text: &str, line: usize) -> Option<String> {
    let index = line.checked_sub(1)?;
    text.lines().nth(index).map(str::to_owned)
}

/// The text of another source that a program names, if it is a file of ordinary size.
fn source_text(source: &str) -> Option<String> {
    let meta = fs::metadata(source).ok()?;
    if !meta.is_file() || meta.len() > MAX_PROGRAM_BYTES {
        return None;
    }
    fs::read_to_string(source).ok()
}
