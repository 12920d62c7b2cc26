//! What an AWK has that no other language has: the record and its fields, input and output,
//! regular expressions, and the variables that steer them.

mod arrays;
mod bits;
mod bytes;
mod coprocess;
mod dynamic;
mod format;
mod handlers;
mod inplace;
mod input;
mod matches;
mod named;
mod parallel;
mod positional;
mod procinfo;
mod reader;
mod record;
pub(crate) mod regex;
mod regexes;
mod report;
mod scan;
mod sort;
pub(crate) mod special;
mod split;
mod streams;
mod substitute;
mod symbols;
mod text;
mod typed;

use std::collections::HashMap;
use std::io::Read;

use fusevm::semantics::dialect::awk::input_number;
use fusevm::semantics::{Fault, NumberFormat};
use fusevm::value::Hash;
use fusevm::{AwkHost, VM, Value};

pub(crate) use dynamic::PARAMETER;
use format::Formats;
pub(crate) use handlers::Handler;
pub(crate) use input::{Event, Sought, assignment};
pub(crate) use parallel::Parallel;
pub(crate) use streams::reason;
pub(crate) use text::quoted;

use crate::Standard;
use crate::compile::Compiled;
use crate::resolve::Kind;
use inplace::Replaced;
use input::MainInput;
use reader::Terminator;
use record::Record;
use regexes::Regexes;
use report::Profile;
use sort::Order;
use special::{Initial, Special};
use split::{Separator, count_characters};
use streams::Streams;
use text::{OutputFormat, number_of, push_text};

/// What a handler gives: its result, or why there is none.
pub(crate) type Outcome = Result<Value, String>;

/// Where the variables are that the run time reads and sets; `None` where the program does not
/// mention one.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Globals {
    nr: Option<u16>,
    fnr: Option<u16>,
    filename: Option<u16>,
    rstart: Option<u16>,
    rlength: Option<u16>,
    argc: Option<u16>,
    argv: Option<u16>,
    errno: Option<u16>,
    subsep: Option<u16>,
    rt: Option<u16>,
    argind: Option<u16>,
    procinfo: Option<u16>,
}

/// Which variable says what fields are: the one that was assigned to last.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Splitting {
    Fs,
    Fpat(Vec<u8>),
    Fieldwidths(Vec<u8>),
}

/// The state of a running program that is not the machine's.
pub(crate) struct Runtime {
    /// What to call the program in messages.
    name: String,
    compiled: Compiled,
    globals: Globals,
    record: Record,
    separator: Separator,
    terminator: Terminator,
    ofs: Vec<u8>,
    ors: Vec<u8>,
    ofmt: OutputFormat,
    convfmt: NumberFormat,
    regexes: Regexes,
    streams: Streams,
    input: MainInput,
    operands: Vec<Vec<u8>>,
    /// The whole command line.
    arguments: Vec<Vec<u8>>,
    /// Records so far, where no variable counts them.
    records: i64,
    file_records: i64,
    /// `FS`, which means something else when `RS` is empty.
    fs: Vec<u8>,
    rs: Vec<u8>,
    splitting: Splitting,
    /// What is being printed.
    line: Vec<u8>,
    /// Formats that were followed, by their texts.
    formats: Formats,
    /// Memory for the next text of the record.
    spare: Vec<u8>,
    /// The arguments of a handler, empty between calls.
    args: Vec<Value>,
    fault: Option<Fault>,
    /// Output is handed on at once.
    interactive: bool,
    /// Operands are no assignments.
    plain_operands: bool,
    profile: Option<Profile>,
    /// What is printed while a file is read replaces the file.
    in_place: bool,
    replaced: Option<Replaced>,
    /// Files are read by several threads.
    parallel: Option<Parallel>,
    /// What a worker added to sums, without signs.
    added: f64,
    /// Where translations would be, by domain.
    text_domains: HashMap<Vec<u8>, Vec<u8>>,
}

impl Runtime {
    /// The state at the start of a program.
    pub(crate) fn new(compiled: &Compiled, name: &str, operands: Vec<Vec<u8>>) -> Self {
        let global = |name: &str| {
            let found = compiled.globals.get(name).map(|(index, _)| *index);
            found.filter(|_| special::is_known(name, &compiled.language))
        };
        Runtime {
            name: name.to_owned(),
            globals: Globals {
                nr: global("NR"),
                fnr: global("FNR"),
                filename: global("FILENAME"),
                rstart: global("RSTART"),
                rlength: global("RLENGTH"),
                argc: global("ARGC"),
                argv: global("ARGV"),
                errno: global("ERRNO"),
                subsep: global("SUBSEP"),
                rt: global("RT"),
                argind: global("ARGIND"),
                procinfo: global("PROCINFO"),
            },
            record: Record::unassigned(),
            separator: if compiled.language.csv {
                Separator::csv()
            } else {
                Separator::blanks()
            },
            terminator: if compiled.language.csv {
                Terminator::Csv
            } else {
                Terminator::Byte(b'\n')
            },
            ofs: b" ".to_vec(),
            ors: b"\n".to_vec(),
            ofmt: OutputFormat::Plain(NumberFormat::default()),
            convfmt: NumberFormat::default(),
            regexes: Regexes::new(compiled.regexes.clone(), compiled.flavor()),
            streams: Streams::new(global("ENVIRON")),
            input: MainInput::default(),
            operands,
            arguments: Vec::new(),
            records: 0,
            file_records: 0,
            fs: b" ".to_vec(),
            rs: b"\n".to_vec(),
            splitting: Splitting::Fs,
            line: Vec::new(),
            formats: Formats::default(),
            spare: Vec::new(),
            args: Vec::new(),
            fault: None,
            interactive: false,
            plain_operands: false,
            profile: compiled.language.profile.then(Profile::default),
            in_place: false,
            replaced: None,
            parallel: None,
            added: 0.0,
            text_domains: HashMap::new(),
            compiled: compiled.clone(),
        }
    }

    pub(crate) fn set_standard_input(&mut self, input: Box<dyn Read + Send>) {
        self.input.set_standard(input);
    }

    pub(crate) fn set_plain_operands(&mut self, plain: bool) {
        self.plain_operands = plain;
    }

    pub(crate) fn set_sandbox(&mut self, sandbox: bool) {
        if sandbox {
            self.streams.seal();
        }
    }

    pub(crate) fn set_parallel(&mut self, parallel: Parallel) {
        self.parallel = Some(parallel);
    }

    pub(crate) fn set_arguments(&mut self, arguments: Vec<Vec<u8>>) {
        self.arguments = arguments;
    }

    pub(crate) fn set_interactive(&mut self, interactive: bool) {
        self.interactive = interactive;
    }

    /// Gives the variables of the language their first values.
    pub(crate) fn initialise(
        &mut self,
        vm: &mut VM,
        environment: &[(Vec<u8>, Vec<u8>)],
    ) -> Result<(), String> {
        for (name, initial) in special::INITIAL {
            if special::is_known(name, &self.compiled.language)
                && let Some(&(index, _)) = self.compiled.globals.get(*name)
            {
                let value = match initial {
                    Initial::Zero => Value::Int(0),
                    Initial::Number(number) => Value::Int(*number),
                    Initial::Text(text) => Value::str(*text),
                };
                vm.set_global(index, value);
            }
        }
        if let Some(argc) = self.globals.argc {
            vm.set_global(argc, Value::Int(self.operands.len() as i64 + 1));
        }
        if let Some(argv) = self.globals.argv {
            let name = Value::str(&*self.name);
            let operands = self.operands.iter().map(Value::from_input);
            let mut hash = Hash::new();
            for (number, value) in std::iter::once(name).chain(operands).enumerate() {
                hash.insert(number.to_string(), value);
            }
            let handle = vm
                .new_hash_handle(hash)
                .map_err(|fault| fault.to_string())?;
            vm.set_global(argv, Value::Handle(handle));
        }
        if let Some(&(environ, _)) = self.compiled.globals.get("ENVIRON") {
            let mut hash = Hash::new();
            for (name, value) in environment {
                hash.insert(name.as_slice(), Value::from_input(value));
            }
            let handle = vm
                .new_hash_handle(hash)
                .map_err(|fault| fault.to_string())?;
            vm.set_global(environ, Value::Handle(handle));
        }
        self.initialise_about(vm)
    }

    /// Assigns to a variable, as the command line does.
    pub(crate) fn assign(&mut self, vm: &mut VM, name: &str, text: &[u8]) -> Result<(), String> {
        let value = Value::from_input(text);
        if let Some(special) = Special::named(name, &self.compiled.language) {
            return self.set_special(vm, special, &value);
        }
        if self.compiled.functions.iter().any(|known| known == name) {
            return Err(format!("cannot use the function `{name}` as variable name"));
        }
        // Without it, the program cannot see the variable.
        if let Some(&(index, kind)) = self.compiled.globals.get(name) {
            let is_array =
                kind == Kind::Array || dynamic::is_array(vm, &vm.globals()[usize::from(index)]);
            if is_array {
                return Err(format!("`{name}` is an array and cannot be assigned to"));
            }
            vm.set_global(index, value);
        }
        Ok(())
    }

    /// Assigns to a variable that steers the run time.
    fn set_special(&mut self, vm: &mut VM, special: Special, value: &Value) -> Result<(), String> {
        let mut text = Vec::new();
        push_text(&mut text, value, self.convfmt);
        let name = match special {
            Special::Nf => {
                return self
                    .record
                    .set_count(number_of(value) as i64, &mut self.separator);
            }
            Special::Fs => {
                self.fs = text;
                self.splitting = Splitting::Fs;
                self.new_separator()?;
                self.tell_splitting(vm);
                "FS"
            }
            Special::Fpat => {
                self.splitting = Splitting::Fpat(text);
                self.new_separator()?;
                self.tell_splitting(vm);
                "FPAT"
            }
            Special::Fieldwidths => {
                self.splitting = Splitting::Fieldwidths(text);
                self.new_separator()?;
                self.tell_splitting(vm);
                "FIELDWIDTHS"
            }
            Special::Ignorecase => {
                let Some(&(index, _)) = self.compiled.globals.get("IGNORECASE") else {
                    // Comparisons were compiled as if it did not exist.
                    let message = "IGNORECASE counts only in a program that mentions it, or is told of it by `Language::assigned`";
                    return Err(message.to_owned());
                };
                vm.set_global(index, value.clone());
                let ignore_case = match value {
                    Value::Str(text) if input_number(text).is_none() => !text.is_empty(),
                    other => number_of(other) != 0.0,
                };
                if ignore_case != self.regexes.flavor.ignore_case {
                    self.regexes.set_ignore_case(ignore_case);
                    self.new_terminator()?;
                    self.new_separator()?;
                }
                return Ok(());
            }
            Special::Rs => {
                self.rs = text;
                self.new_terminator()?;
                let lines = self.rs.is_empty();
                if lines != self.regexes.lines {
                    self.regexes.lines = lines;
                    self.new_separator()?;
                }
                "RS"
            }
            Special::Ofs => {
                // The record is joined with what stood between its fields when they changed.
                self.record.text(&self.ofs, self.convfmt);
                self.ofs = text;
                "OFS"
            }
            Special::Ors => {
                self.ors = text;
                "ORS"
            }
            Special::Convfmt => {
                let format = str::from_utf8(&text).ok().and_then(NumberFormat::parse);
                let format = format.ok_or_else(|| {
                    let text = String::from_utf8_lossy(&text);
                    format!("`{text}` as CONVFMT: it must be one numeric conversion, such as %.6g")
                })?;
                self.convfmt = format;
                vm.set_number_format(format);
                "CONVFMT"
            }
            Special::Ofmt => {
                self.ofmt = OutputFormat::new(&text);
                "OFMT"
            }
        };
        if let Some(&(index, _)) = self.compiled.globals.get(name) {
            vm.set_global(index, value.clone());
        }
        Ok(())
    }

    /// The record that is there is still split as before.
    fn new_separator(&mut self) -> Result<(), String> {
        self.record.split(&mut self.separator);
        let flavor = self.regexes.flavor;
        let separator = match &self.splitting {
            Splitting::Fs if self.compiled.language.csv => Ok(Separator::csv()),
            Splitting::Fs => Separator::new(&self.fs, self.regexes.lines, flavor),
            Splitting::Fpat(text) => Separator::pattern(text, flavor),
            Splitting::Fieldwidths(text) => {
                self.separator = Separator::widths(text, flavor.bytes)?;
                return Ok(());
            }
        };
        self.separator = separator.map_err(|error| error.to_string())?;
        Ok(())
    }

    fn new_terminator(&mut self) -> Result<(), String> {
        if self.compiled.language.csv {
            return Ok(());
        }
        // Before gawk, only the first character counted.
        let text = match self.compiled.language.standard {
            Standard::Gnu => self.rs.as_slice(),
            _ => &self.rs[..self.rs.len().min(1)],
        };
        let terminator = Terminator::new(text, self.regexes.flavor);
        self.terminator = terminator.map_err(|error| error.to_string())?;
        Ok(())
    }

    /// The order in which `for` goes over arrays, if the program says so.
    fn sorted_in(&self, vm: &VM) -> Option<Value> {
        self.procinfo_element(vm, "sorted_in")
    }

    /// An element of `PROCINFO`, if the program mentions it and it is there.
    fn procinfo_element(&self, vm: &VM, key: &str) -> Option<Value> {
        let procinfo = &vm.globals()[usize::from(self.globals.procinfo?)];
        let Value::Handle(handle) = procinfo else {
            return None;
        };
        match vm.heap_get(*handle)? {
            Value::Hash(hash) => hash.get(key).cloned(),
            _ => None,
        }
    }

    /// Whether a failure to write to an output leaves the program going.
    fn is_nonfatal(&self, vm: &VM, name: &[u8]) -> bool {
        let name = String::from_utf8_lossy(name);
        let own = [&name, special::SUBSEP, "NONFATAL"].concat();
        self.procinfo_element(vm, "NONFATAL").is_some() || self.procinfo_element(vm, &own).is_some()
    }

    /// Tells the program why something failed: the reason is behind the last colon.
    fn set_errno(&self, vm: &mut VM, message: &str) {
        if let Some(errno) = self.globals.errno {
            let reason = message.rsplit(": ").next().unwrap_or(message);
            vm.set_global(errno, Value::str(reason));
        }
    }

    /// Tells the program what fields are split by, as `PROCINFO["FS"]`.
    fn tell_splitting(&self, vm: &mut VM) {
        let name = match self.splitting {
            Splitting::Fs => "FS",
            Splitting::Fpat(_) => "FPAT",
            Splitting::Fieldwidths(_) => "FIELDWIDTHS",
        };
        if let Some(procinfo) = self.globals.procinfo
            && let Value::Handle(handle) = vm.globals()[usize::from(procinfo)]
            && let Some(hash) = vm.heap_hash_mut(handle)
        {
            hash.insert("FS", Value::str(name));
        }
    }

    fn order(&self, vm: &VM) -> Result<Order, String> {
        match self.sorted_in(vm) {
            Some(name) => Order::named(&self.bytes_of(&name)),
            None => Ok(Order::ADDED),
        }
    }

    /// Closes everything at the end of a program.
    pub(crate) fn finish(&mut self, vm: &mut VM, succeeded: bool) -> Result<(), String> {
        let replaced = if succeeded {
            self.end_in_place(vm)
        } else {
            self.abandon_in_place();
            Ok(())
        };
        self.streams.close_all(vm).and(replaced)
    }

    pub(crate) fn set_in_place(&mut self, in_place: bool) {
        self.in_place = in_place;
    }

    /// Remembers where the translations of a domain are, if a directory is given; tells it.
    fn bind_text_domain(&mut self, domain: Vec<u8>, directory: Vec<u8>) -> Value {
        let known = self.text_domains.entry(domain).or_default();
        if !directory.is_empty() {
            *known = directory;
        }
        Value::bytes(known.as_slice())
    }

    fn refuse(&mut self, message: String) {
        self.fault = Some(Fault::Raised(message.into()));
    }
}

impl AwkHost for Runtime {
    fn field_get(&mut self, i: i64) -> Value {
        match usize::try_from(i) {
            Ok(0) => self.record.whole(&self.ofs, self.convfmt),
            Ok(index) => self.record.field(index, &mut self.separator),
            Err(_) => {
                self.refuse(format!("attempt to access field {i}"));
                Value::Undef
            }
        }
    }

    fn field_length(&mut self, i: i64) -> Option<i64> {
        let text = match usize::try_from(i).ok()? {
            0 => self.record.text(&self.ofs, self.convfmt),
            index => self.record.part(index, &mut self.separator)?,
        };
        Some(count_characters(text, self.regexes.flavor.bytes) as i64)
    }

    fn field_set(&mut self, i: i64, v: Value) {
        match usize::try_from(i) {
            Ok(0) => {
                let mut text = Vec::new();
                push_text(&mut text, &v, self.convfmt);
                self.record.set(v, &text);
            }
            Ok(index) => {
                if let Err(message) = self.record.set_field(index, v, &mut self.separator) {
                    self.refuse(message);
                }
            }
            Err(_) => self.refuse(format!("attempt to access field {i}")),
        }
    }

    fn nf(&mut self) -> i64 {
        self.record.count(&mut self.separator) as i64
    }

    fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }

    // The machine knows the dialect of the program.
    fn computes(&self) -> bool {
        false
    }
}
