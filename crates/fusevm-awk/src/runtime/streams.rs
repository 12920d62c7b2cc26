//! Files and commands that programs read from and write to, by the names they give them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use fusevm::semantics::Fault;
use fusevm::value::Key;
use fusevm::{VM, Value};

use super::coprocess::Coprocess;
use super::named::Named;
use super::reader::Reader;
use super::text::push_text;
use crate::syntax::ast::Redirect;

/// All open streams.
#[derive(Default)]
pub(crate) struct Streams {
    outputs: Named<Output>,
    inputs: Named<Source>,
    coprocesses: HashMap<Vec<u8>, Coprocess>,
    /// Nothing may be opened.
    sealed: bool,
    /// The variable with the environment of commands, if it is not that of the process.
    environ: Option<u16>,
}

enum Output {
    /// The program's own output.
    Standard,
    Error,
    File(BufWriter<File>),
    Command {
        child: Child,
        writer: BufWriter<ChildStdin>,
    },
}

struct Source {
    reader: Reader,
    child: Option<Child>,
}

/// One side of what a program reads from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceKind {
    File,
    Command,
    Coprocess,
}

/// One end of a coprocess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    To,
    From,
}

/// What closing a stream gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// There is none of that name.
    Unknown,
    /// What the command's exit, or the system, said: 0 is success.
    Status(i64),
}

impl Streams {
    pub(crate) fn new(environ: Option<u16>) -> Self {
        Streams {
            environ,
            ..Streams::default()
        }
    }

    /// Writes to the stream of that name, which is opened if it is not open.
    pub(crate) fn write(
        &mut self,
        vm: &mut VM,
        kind: Redirect,
        name: &[u8],
        bytes: &[u8],
    ) -> Result<(), String> {
        if kind == Redirect::Coprocess {
            let written = self.coprocess(vm, name)?.write(bytes);
            return written.map_err(cannot_print(name));
        }
        let is_command = kind == Redirect::Pipe;
        if !self.outputs.contains(is_command, name) {
            self.check_open()?;
            if is_command {
                self.flush(vm)?;
            }
            let output = self.open_output(vm, kind, name)?;
            self.outputs.insert(is_command, name, output);
        }
        let written = match self.outputs.get_mut(is_command, name) {
            Some(Output::Standard) => {
                vm.write_output(bytes);
                Ok(())
            }
            Some(Output::Error) => {
                vm.flush_output();
                io::stderr().write_all(bytes)
            }
            Some(Output::File(writer)) => writer.write_all(bytes),
            Some(Output::Command { writer, .. }) => {
                return writer.write_all(bytes).map_err(cannot_print(name));
            }
            None => Ok(()),
        };
        written.map_err(cannot_write(name))
    }

    /// From now on nothing can be opened.
    pub(crate) fn seal(&mut self) {
        self.sealed = true;
    }

    /// Whether something can be opened.
    pub(crate) fn check_open(&self) -> Result<(), String> {
        if self.sealed {
            return Err("redirection not allowed in sandbox mode".to_owned());
        }
        Ok(())
    }

    /// The coprocess of that command, which is started if it does not run.
    fn coprocess(&mut self, vm: &mut VM, name: &[u8]) -> Result<&mut Coprocess, String> {
        if !self.coprocesses.contains_key(name) {
            self.check_open()?;
            self.flush(vm)?;
            let coprocess = match Coprocess::connect(vm, name) {
                Some(connected) => connected?,
                None => Coprocess::new(self.spawn(vm, name, Stdio::piped(), Stdio::piped())?),
            };
            self.coprocesses.insert(name.to_vec(), coprocess);
        }
        let coprocess = self.coprocesses.get_mut(name);
        coprocess.ok_or_else(|| format!("{} does not run", shown(name)))
    }

    /// The records of the file or the output of the command of that name, which is opened if it
    /// is not open.
    pub(crate) fn input(
        &mut self,
        vm: &mut VM,
        name: &[u8],
        kind: SourceKind,
    ) -> Result<&mut Reader, String> {
        if kind == SourceKind::Coprocess {
            let coprocess = self.coprocess(vm, name)?;
            unless_closed(coprocess.flush()).map_err(cannot_write(name))?;
            let reader = coprocess.reader();
            return reader.ok_or_else(|| format!("this end of {} is closed", shown(name)));
        }
        let is_command = kind == SourceKind::Command;
        if !self.inputs.contains(is_command, name) {
            self.check_open()?;
            let source = if is_command {
                self.flush(vm)?;
                let mut child = self.spawn(vm, name, Stdio::inherit(), Stdio::piped())?;
                let output = child.stdout.take();
                let output = output.ok_or("the command has no output")?;
                Source {
                    reader: Reader::new(Box::new(output)),
                    child: Some(child),
                }
            } else {
                Source {
                    reader: Reader::new(open_input(vm, name)?),
                    child: None,
                }
            };
            self.inputs.insert(is_command, name, source);
        }
        match self.inputs.get_mut(is_command, name) {
            Some(source) => Ok(&mut source.reader),
            None => Err(format!("cannot read {}", shown(name))),
        }
    }

    /// Makes a file that is read what somebody else has opened, unless it is open.
    pub(crate) fn offer_input(&mut self, name: &[u8], source: Box<dyn Read + Send>) {
        if !self.inputs.contains(false, name) {
            let source = Source {
                reader: Reader::new(source),
                child: None,
            };
            self.inputs.insert(false, name, source);
        }
    }

    /// Closes what has that name, input and output.
    pub(crate) fn close(&mut self, vm: &mut VM, name: &[u8]) -> Closed {
        let mut closed = Closed::Unknown;
        if let Some(coprocess) = self.coprocesses.remove(name) {
            closed = Closed::Status(coprocess.finish());
        }
        for source in self.inputs.remove(name) {
            drop(source.reader);
            closed = Closed::Status(source.child.map_or(0, wait));
        }
        for output in self.outputs.remove(name) {
            // What a command prints when its input ends comes behind what the program printed.
            vm.flush_output();
            closed = Closed::Status(close_output(vm, output));
        }
        closed
    }

    /// Closes one end of a coprocess; behind the second one, it is waited for.
    pub(crate) fn close_end(&mut self, name: &[u8], end: End) -> Closed {
        let Some(coprocess) = self.coprocesses.get_mut(name) else {
            return Closed::Unknown;
        };
        let closed = coprocess.close(end);
        if coprocess.is_closed()
            && let Some(coprocess) = self.coprocesses.remove(name)
        {
            return Closed::Status(coprocess.finish());
        }
        Closed::Status(if closed.is_ok() { 0 } else { -1 })
    }

    /// Hands on everything that was written.
    pub(crate) fn flush(&mut self, vm: &mut VM) -> Result<(), String> {
        vm.flush_output();
        self.flush_files()?;
        for (_, output) in self.outputs.iter_mut() {
            if let Output::Command { writer, .. } = output {
                // Those who read no more have what they wanted.
                let _ = writer.flush();
            }
        }
        for (name, coprocess) in &mut self.coprocesses {
            unless_closed(coprocess.flush()).map_err(cannot_write(name))?;
        }
        Ok(())
    }

    fn flush_files(&mut self) -> Result<(), String> {
        for (name, output) in self.outputs.iter_mut() {
            if let Output::File(writer) = output {
                writer.flush().map_err(cannot_write(name))?;
            }
        }
        Ok(())
    }

    /// Hands on what was written to the stream of that name; false if there is none.
    pub(crate) fn flush_one(&mut self, vm: &mut VM, name: &[u8]) -> bool {
        let mut flushed = None;
        for output in self.outputs.all(name) {
            let well = match output {
                Output::File(writer) => writer.flush().is_ok(),
                Output::Command { writer, .. } => writer.flush().is_ok(),
                Output::Standard => {
                    vm.flush_output();
                    true
                }
                Output::Error => true,
            };
            flushed = Some(flushed.unwrap_or(true) && well);
        }
        flushed.unwrap_or_else(|| match self.coprocesses.get_mut(name) {
            Some(coprocess) => coprocess.flush().is_ok(),
            None if is_standard_output(name) => {
                vm.flush_output();
                true
            }
            None if is_standard_error(name) => true,
            // What is only read has nothing to hand on.
            None => self.inputs.all(name).next().is_some(),
        })
    }

    /// Closes what the program prints to, but for its own output: what it printed there last comes
    /// behind what the commands print.
    pub(crate) fn close_outputs(&mut self, vm: &mut VM) -> Result<(), String> {
        let flushed = self.flush_files();
        for output in self.outputs.drain() {
            if !matches!(output, Output::Standard) {
                close_output(vm, output);
            }
        }
        flushed
    }

    /// Closes everything. Commands are waited for.
    pub(crate) fn close_all(&mut self, vm: &mut VM) -> Result<(), String> {
        let flushed = self.close_outputs(vm);
        for (_, coprocess) in self.coprocesses.drain() {
            coprocess.finish();
        }
        for source in self.inputs.drain() {
            drop(source.reader);
            source.child.map(wait);
        }
        vm.flush_output();
        flushed
    }

    /// Runs a command in a shell, and waits for it.
    pub(crate) fn system(&mut self, vm: &mut VM, command: &[u8]) -> Result<i64, String> {
        if self.sealed {
            return Err("`system` function not allowed in sandbox mode".to_owned());
        }
        self.flush(vm)?;
        let child = self.spawn(vm, command, Stdio::inherit(), Stdio::inherit())?;
        Ok(wait(child))
    }

    fn open_output(&self, vm: &VM, kind: Redirect, name: &[u8]) -> Result<Output, String> {
        if kind == Redirect::Pipe {
            let mut child = self.spawn(vm, name, Stdio::piped(), Stdio::inherit())?;
            let input = child.stdin.take().ok_or("the command has no input")?;
            return Ok(Output::Command {
                child,
                writer: BufWriter::new(input),
            });
        }
        if is_standard_output(name) {
            return Ok(Output::Standard);
        }
        if is_standard_error(name) {
            return Ok(Output::Error);
        }
        allow_files(vm)?;
        let mut options = OpenOptions::new();
        match kind {
            Redirect::Append => options.append(true),
            _ => options.write(true).truncate(true),
        };
        let file = options.create(true).open(system_text(name));
        let cannot = |error| format!("cannot redirect to {}: {}", shown(name), reason(&error));
        let file = file.map_err(cannot)?;
        Ok(Output::File(BufWriter::new(file)))
    }

    fn spawn(&self, vm: &VM, command: &[u8], input: Stdio, output: Stdio) -> Result<Child, String> {
        if !vm.access().processes {
            return Err(Fault::Denied(fusevm::semantics::Outside::Processes).to_string());
        }
        let mut shell = Command::new("sh");
        if let Some(environ) = self.environ {
            // What the program made of it counts.
            shell.env_clear().envs(environment(vm, environ));
        }
        shell
            .arg("-c")
            .arg(system_text(command))
            .stdin(input)
            .stdout(output)
            .spawn()
            .map_err(|error| format!("cannot run {}: {}", shown(command), reason(&error)))
    }
}

fn is_standard_output(name: &[u8]) -> bool {
    matches!(name, b"/dev/stdout" | b"/dev/fd/1" | b"-")
}

fn is_standard_error(name: &[u8]) -> bool {
    matches!(name, b"/dev/stderr" | b"/dev/fd/2")
}

/// The environment that a variable holds.
fn environment(vm: &VM, variable: u16) -> Vec<(OsString, OsString)> {
    let hash = match vm.globals()[usize::from(variable)] {
        Value::Handle(handle) => vm.heap_get(handle),
        _ => None,
    };
    let Some(Value::Hash(hash)) = hash else {
        return Vec::new();
    };
    let pair = |(name, value): (&Key, &Value)| {
        let mut text = Vec::new();
        push_text(&mut text, value, vm.number_format());
        let name = name.as_bytes();
        // What cannot be in an environment is not.
        let is_valid = !name.is_empty() && !name.contains(&b'=');
        let has_zero = name.contains(&0) || text.contains(&0);
        (is_valid && !has_zero).then(|| {
            (
                system_text(name).into_owned(),
                system_text(&text).into_owned(),
            )
        })
    };
    hash.iter().filter_map(pair).collect()
}

fn close_output(vm: &mut VM, output: Output) -> i64 {
    match output {
        Output::Standard => {
            vm.flush_output();
            0
        }
        Output::Error => 0,
        Output::File(mut writer) => match writer.flush() {
            Ok(()) => 0,
            Err(_) => -1,
        },
        Output::Command { child, mut writer } => {
            let flushed = unless_closed(writer.flush());
            drop(writer);
            let status = wait(child);
            if flushed.is_ok() { status } else { -1 }
        }
    }
}

fn cannot_write(name: &[u8]) -> impl FnOnce(io::Error) -> String {
    let name = shown(name);
    move |error| format!("cannot write to {name}: {}", reason(&error))
}

/// Who goes on printing to a command that does not read any more would never notice.
fn cannot_print(name: &[u8]) -> impl FnOnce(io::Error) -> String {
    let name = String::from_utf8_lossy(name).into_owned();
    move |error| format!("print to \"{name}\" failed: {}", reason(&error))
}

/// A command may end, or close its input, before it has read everything: it has what it wanted.
fn unless_closed(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Opens a file for reading; `-` is standard input. An error is only the reason.
pub(crate) fn open_input(vm: &VM, name: &[u8]) -> Result<Box<dyn Read + Send>, String> {
    if matches!(name, b"-" | b"/dev/stdin" | b"/dev/fd/0") {
        return Ok(Box::new(io::stdin()));
    }
    allow_files(vm)?;
    let file = File::open(system_text(name)).map_err(|error| reason(&error))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err("Is a directory".to_owned());
    }
    Ok(Box::new(file))
}

/// Whether that is the name of a directory, as far as the program may know.
pub(crate) fn is_directory(vm: &VM, name: &[u8]) -> bool {
    vm.access().files && std::path::Path::new(&*system_text(name)).is_dir()
}

pub(super) fn allow_files(vm: &VM) -> Result<(), String> {
    if vm.access().files {
        return Ok(());
    }
    Err(Fault::Denied(fusevm::semantics::Outside::Files).to_string())
}

/// The status of a command: its own, or 256 and the signal that ended it.
pub(super) fn wait(mut child: Child) -> i64 {
    child.wait().map_or(-1, status_number)
}

#[cfg(unix)]
fn status_number(status: ExitStatus) -> i64 {
    use std::os::unix::process::ExitStatusExt;

    let signal = status.signal().map_or(-1, |signal| 256 + i64::from(signal));
    status.code().map_or(signal, i64::from)
}

#[cfg(not(unix))]
fn status_number(status: ExitStatus) -> i64 {
    status.code().map_or(-1, i64::from)
}

/// A name or command as the system takes it.
#[cfg(unix)]
pub(super) fn system_text(text: &[u8]) -> Cow<'_, OsStr> {
    Cow::Borrowed(std::os::unix::ffi::OsStrExt::from_bytes(text))
}

#[cfg(not(unix))]
pub(super) fn system_text(text: &[u8]) -> Cow<'_, OsStr> {
    match String::from_utf8_lossy(text) {
        Cow::Borrowed(text) => Cow::Borrowed(OsStr::new(text)),
        Cow::Owned(text) => Cow::Owned(text.into()),
    }
}

/// What the system says about an error, without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// A name as messages show it.
pub(crate) fn shown(name: &[u8]) -> String {
    format!("`{}`", String::from_utf8_lossy(name))
}
