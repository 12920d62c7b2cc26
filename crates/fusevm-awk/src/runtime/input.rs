//! The main input: the files that the command line names, one after the other.

use std::io::{Read, Write};

use fusevm::value::Key;
use fusevm::{VM, Value};

use super::reader::{Passed, Reader, Terminator};
use super::streams::{SourceKind, is_directory, open_input, reason, shown};
use super::text::{number_of, push_text};
use super::{Globals, Runtime};
use crate::syntax::unescape_operand;

/// What comes next in the main input. Programs carry these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// Nothing any more.
    End = 0,
    Record = 1,
    /// A file was opened, or could not be.
    BeginFile = 2,
    /// A file was read, or left.
    EndFile = 3,
}

/// What became of the search for a record. Programs carry these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sought {
    /// There is none any more.
    Nothing = 0,
    /// It is the record.
    Found = 1,
    /// It may be among those that come.
    NotYet = 2,
}

/// What became of the next file.
enum Opened {
    File,
    /// There is none.
    Nothing,
    /// It could not be opened.
    Failed(String),
}

/// Where the main input is.
#[derive(Default)]
pub(crate) struct MainInput {
    reader: Option<Reader>,
    /// The present file.
    name: Vec<u8>,
    /// A file was begun and not ended: programs that look at files hear of its end.
    begun: bool,
    /// Why the present file could not be opened, until the program has had the chance to leave it.
    unreadable: Option<String>,
    /// The next element of `ARGV`.
    next: u32,
    /// A file was among the operands, so that standard input is not read in their place.
    named: bool,
    done: bool,
    /// What standard input is, if not the process's.
    standard: Option<Box<dyn Read + Send>>,
}

impl MainInput {
    pub(crate) fn set_standard(&mut self, input: Box<dyn Read + Send>) {
        self.standard = Some(input);
    }

    /// There is nothing to read but this.
    pub(super) fn read_only(&mut self, reader: Reader) {
        self.reader = Some(reader);
        self.done = true;
        self.named = true;
    }

    /// The name of the present file, `-` for standard input.
    pub(crate) fn name(&self) -> &[u8] {
        if self.name.is_empty() {
            b"-"
        } else {
            &self.name
        }
    }

    /// Leaves the rest of the present file.
    pub(crate) fn skip_file(&mut self) {
        self.reader = None;
        if self.unreadable.take().is_some() {
            self.begun = false;
        }
    }

    /// Standard input, if that is the name and it is not the process's.
    fn take_standard(&mut self, name: &[u8]) -> Option<Box<dyn Read + Send>> {
        match name {
            b"-" | b"/dev/stdin" => self.standard.take(),
            _ => None,
        }
    }

    /// The error that ends a run which needs the present file.
    fn cannot_open(&self, reason: &str) -> String {
        let name = shown(&self.name);
        format!("cannot open file {name} for reading: {reason}")
    }

    fn open(&mut self, vm: &VM, name: &[u8]) -> Result<Box<dyn Read + Send>, String> {
        match self.take_standard(name) {
            Some(standard) => Ok(standard),
            None => open_input(vm, name),
        }
    }
}

impl Runtime {
    /// Makes `record`, or without one the record, the next one of the main input; false at its
    /// end. Counts it.
    pub(super) fn next_main_record(
        &mut self,
        vm: &mut VM,
        mut record: Option<&mut Vec<u8>>,
    ) -> Result<bool, String> {
        loop {
            if self.input.reader.is_none() {
                match self.open_next(vm)? {
                    Opened::File => {}
                    Opened::Nothing => return Ok(false),
                    Opened::Failed(reason) => return Err(self.input.cannot_open(&reason)),
                }
            }
            if self.next_of_file(vm, record.as_deref_mut())? {
                return Ok(true);
            }
        }
    }

    /// The next record of the present file; false, and there is no such file any more, at its end.
    fn next_of_file(&mut self, vm: &mut VM, record: Option<&mut Vec<u8>>) -> Result<bool, String> {
        let limit = vm.limits().value_bytes;
        let Some(reader) = &mut self.input.reader else {
            return Ok(false);
        };
        let found = read(
            reader,
            &mut self.terminator,
            limit,
            &mut self.record,
            record,
        );
        if found.map_err(|error| format!("cannot read: {error}"))? {
            count(vm, &mut self.records, self.globals.nr, 1);
            count(vm, &mut self.file_records, self.globals.fnr, 1);
            set_rt(vm, self.globals.rt, reader);
            return Ok(true);
        }
        self.input.reader = None;
        Ok(false)
    }

    /// Passes over records of the main input up to the first one in which a constant expression
    /// matches, at most as far as the input is at hand. Without an expression, none matches.
    pub(super) fn pass_records(
        &mut self,
        vm: &mut VM,
        expression: Option<i64>,
    ) -> Result<Sought, String> {
        let limit = vm.limits().value_bytes;
        loop {
            let search = match expression {
                Some(number) => self.regexes.constant(number)?.line_search().map(Some),
                None => Some(None),
            };
            let (Some(reader), Some(search), Terminator::Byte(b'\n')) =
                (&mut self.input.reader, search, &self.terminator)
            else {
                return self.pass_record(vm, expression);
            };
            let mut passed = Passed::default();
            let read = self.record.replace(|text| {
                let find = |lines: &[u8]| search?.find(lines);
                passed = reader.pass(b'\n', text, limit, find)?;
                Ok::<_, std::io::Error>(passed.records > 0)
            });
            if read.map_err(|error| format!("cannot read: {error}"))? {
                count(vm, &mut self.records, self.globals.nr, passed.records);
                count(vm, &mut self.file_records, self.globals.fnr, passed.records);
                set_rt(vm, self.globals.rt, reader);
                return Ok(match passed.found {
                    true => Sought::Found,
                    false => Sought::NotYet,
                });
            }
            self.input.reader = None;
        }
    }

    /// As [`pass_records`](Self::pass_records), of one record.
    fn pass_record(&mut self, vm: &mut VM, expression: Option<i64>) -> Result<Sought, String> {
        if !self.next_main_record(vm, None)? {
            return Ok(Sought::Nothing);
        }
        let text = self.record.text(&self.ofs, self.convfmt);
        match expression {
            Some(number) if self.regexes.constant(number)?.is_match(text) => Ok(Sought::Found),
            _ => Ok(Sought::NotYet),
        }
    }

    /// As [`next_main_record`](Self::next_main_record), with a stop where a file begins or ends.
    pub(super) fn next_event(
        &mut self,
        vm: &mut VM,
        record: Option<&mut Vec<u8>>,
    ) -> Result<Event, String> {
        if let Some(reason) = self.input.unreadable.take() {
            return Err(self.input.cannot_open(&reason));
        }
        if self.next_of_file(vm, record)? {
            return Ok(Event::Record);
        }
        if std::mem::take(&mut self.input.begun) {
            return Ok(Event::EndFile);
        }
        let error = match self.open_next(vm)? {
            Opened::Nothing => return Ok(Event::End),
            Opened::File => None,
            Opened::Failed(message) => Some(message),
        };
        if let Some(errno) = self.globals.errno {
            vm.set_global(errno, Value::str(error.as_deref().unwrap_or_default()));
        }
        self.input.unreadable = error;
        self.input.begun = true;
        Ok(Event::BeginFile)
    }

    /// Opens the next file, and carries out the assignments before it.
    fn open_next(&mut self, vm: &mut VM) -> Result<Opened, String> {
        if self.input.done {
            return Ok(Opened::Nothing);
        }
        self.end_in_place(vm)?;
        loop {
            self.input.next += 1;
            let Some(operand) = self.operand(vm, self.input.next) else {
                break;
            };
            if operand.is_empty() {
                continue;
            }
            if !self.plain_operands
                && let Some((name, value)) = assignment(&operand)
            {
                self.assign(vm, name, &unescape_operand(value))?;
                continue;
            }
            self.input.named = true;
            if let Some(argind) = self.globals.argind {
                vm.set_global(argind, Value::Int(self.input.next.into()));
            }
            if is_directory(vm, &operand) {
                let name = shown(&operand);
                self.warn(
                    vm,
                    &format!("warning: command line argument {name} is a directory: skipped"),
                );
                continue;
            }
            self.input.name.clone_from(&operand);
            let opened = self.input.open(vm, &operand);
            self.start_file(vm, &operand);
            return Ok(match opened {
                Ok(source) => {
                    if self.in_place {
                        self.start_in_place(vm, &operand)?;
                    }
                    let source = self.read_in_parallel(vm, &operand, source)?;
                    self.input.reader = Some(Reader::new(source));
                    Opened::File
                }
                Err(reason) => Opened::Failed(reason),
            });
        }
        self.input.done = true;
        if self.input.named {
            return Ok(Opened::Nothing);
        }
        let source = self.input.open(vm, b"-")?;
        self.start_file(vm, b"-");
        let source = self.read_in_parallel(vm, b"-", source)?;
        self.input.reader = Some(Reader::new(source));
        Ok(Opened::File)
    }

    /// Tells the user something that does not end the program.
    pub(super) fn warn(&self, vm: &mut VM, message: &str) {
        vm.flush_output();
        // Who closed standard error does not want to know.
        let _ = writeln!(std::io::stderr(), "{}: {message}", self.name);
    }

    fn start_file(&mut self, vm: &mut VM, name: &[u8]) {
        self.file_records = 0;
        if let Some(fnr) = self.globals.fnr {
            vm.set_global(fnr, Value::Int(0));
        }
        if let Some(filename) = self.globals.filename {
            vm.set_global(filename, Value::from_input(name));
        }
    }

    /// An element of `ARGV`, empty when there is none; `None` from `ARGC` on.
    fn operand(&self, vm: &VM, index: u32) -> Option<Vec<u8>> {
        let Globals { argv, argc, .. } = self.globals;
        let count = match argc {
            Some(argc) => number_of(&vm.globals()[usize::from(argc)]),
            None => (self.operands.len() + 1) as f64,
        };
        if f64::from(index) >= count {
            return None;
        }
        let Some(argv) = argv else {
            return self.operands.get(index as usize - 1).cloned();
        };
        let Value::Handle(handle) = vm.globals()[usize::from(argv)] else {
            return None;
        };
        let Some(Value::Hash(hash)) = vm.heap_get(handle) else {
            return None;
        };
        let mut text = Vec::new();
        let key = Key::from(index.to_string());
        if let Some(value) = hash.get(&key) {
            push_text(&mut text, value, vm.number_format());
        }
        Some(text)
    }

    /// A record from a file or command that is not the main input. It is not counted.
    pub(super) fn next_record_of(
        &mut self,
        vm: &mut VM,
        name: &[u8],
        kind: SourceKind,
        record: Option<&mut Vec<u8>>,
    ) -> Result<bool, String> {
        let limit = vm.limits().value_bytes;
        if kind == SourceKind::File
            && let Some(standard) = self.input.take_standard(name)
        {
            self.streams.offer_input(name, standard);
        }
        let reader = self.streams.input(vm, name, kind)?;
        let found = read(
            reader,
            &mut self.terminator,
            limit,
            &mut self.record,
            record,
        );
        let found = found.map_err(|error| reason(&error))?;
        if found {
            set_rt(vm, self.globals.rt, reader);
        }
        Ok(found)
    }
}

fn read(
    reader: &mut Reader,
    terminator: &mut Terminator,
    limit: usize,
    main: &mut super::record::Record,
    other: Option<&mut Vec<u8>>,
) -> std::io::Result<bool> {
    match other {
        Some(text) => reader.read(terminator, text, limit),
        None => main.replace(|text| reader.read(terminator, text, limit)),
    }
}

/// Sets the variable of what ended a record, if the program has it.
fn set_rt(vm: &mut VM, variable: Option<u16>, reader: &Reader) {
    if let Some(variable) = variable {
        vm.set_global(variable, Value::bytes(reader.ended_by()));
    }
}

/// Counts records: in the variable if the program has it, which may have been assigned to.
pub(super) fn count(vm: &mut VM, counter: &mut i64, variable: Option<u16>, records: usize) {
    let Some(variable) = variable else {
        *counter += records as i64;
        return;
    };
    let next = match &vm.globals()[usize::from(variable)] {
        Value::Int(n) => Value::Int(n.saturating_add(records as i64)),
        other => {
            // A fraction is rounded each time.
            let before = number_of(other);
            let number = (0..records).fold(before, |number, _| number + 1.0);
            fusevm::semantics::dialect::awk::number(number)
        }
    };
    vm.set_global(variable, next);
}

/// The two sides of an operand that assigns to a variable.
pub(crate) fn assignment(operand: &[u8]) -> Option<(&str, &[u8])> {
    let at = memchr::memchr(b'=', operand)?;
    let name = str::from_utf8(&operand[..at]).ok()?;
    let plain = name.strip_prefix("awk::").unwrap_or(name);
    let is_name = |part: &str| {
        let mut letters = part.bytes();
        let first = letters.next();
        first.is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
            && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
    };
    // In a namespace or not.
    let valid = match plain.split_once("::") {
        Some((namespace, name)) => is_name(namespace) && is_name(name),
        None => is_name(plain),
    };
    valid.then(|| (plain, &operand[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_have_names() {
        assert_eq!(assignment(b"a=b=c"), Some(("a", b"b=c".as_slice())));
        assert_eq!(assignment(b"_x1="), Some(("_x1", b"".as_slice())));
        for operand in ["=a", "1=a", "a/b=c", "a", "", "a b=c", "é=1"] {
            assert_eq!(assignment(operand.as_bytes()), None, "{operand}");
        }
    }
}
