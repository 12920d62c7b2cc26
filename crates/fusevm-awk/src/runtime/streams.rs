//! Files and commands that programs read from and write to, by the names they give them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use fusevm::VM;
use fusevm::semantics::Fault;

use super::reader::Reader;
use crate::syntax::ast::Redirect;

/// All open streams.
#[derive(Default)]
pub(crate) struct Streams {
    outputs: HashMap<Vec<u8>, Output>,
    inputs: HashMap<Vec<u8>, Source>,
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

/// What closing a stream gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// There is none of that name.
    Unknown,
    /// What the command's exit, or the system, said: 0 is success.
    Status(i64),
}

impl Streams {
    /// Writes to the stream of that name, which is opened if it is not open.
    pub(crate) fn write(
        &mut self,
        vm: &mut VM,
        kind: Redirect,
        name: &[u8],
        bytes: &[u8],
    ) -> Result<(), String> {
        if !self.outputs.contains_key(name) {
            if kind == Redirect::Pipe {
                self.flush(vm)?;
            }
            let output = open_output(vm, kind, name)?;
            self.outputs.insert(name.to_vec(), output);
        }
        let written = match self.outputs.get_mut(name) {
            Some(Output::Standard) => {
                vm.write_output(bytes);
                Ok(())
            }
            Some(Output::Error) => {
                vm.flush_output();
                io::stderr().write_all(bytes)
            }
            Some(Output::File(writer)) => writer.write_all(bytes),
            Some(Output::Command { writer, .. }) => unless_closed(writer.write_all(bytes)),
            None => Ok(()),
        };
        written.map_err(|error| format!("cannot write to {}: {error}", shown(name)))
    }

    /// The records of the file or the output of the command of that name, which is opened if it
    /// is not open.
    pub(crate) fn input(
        &mut self,
        vm: &mut VM,
        name: &[u8],
        is_command: bool,
    ) -> Result<&mut Reader, String> {
        if !self.inputs.contains_key(name) {
            let source = if is_command {
                self.flush(vm)?;
                let mut child = spawn(vm, name, Stdio::inherit(), Stdio::piped())?;
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
            self.inputs.insert(name.to_vec(), source);
        }
        match self.inputs.get_mut(name) {
            Some(source) => Ok(&mut source.reader),
            None => Err(format!("cannot read {}", shown(name))),
        }
    }

    /// Closes what has that name, input and output.
    pub(crate) fn close(&mut self, vm: &mut VM, name: &[u8]) -> Closed {
        let mut closed = Closed::Unknown;
        if let Some(source) = self.inputs.remove(name) {
            drop(source.reader);
            closed = Closed::Status(source.child.map_or(0, wait));
        }
        if let Some(output) = self.outputs.remove(name) {
            closed = Closed::Status(close_output(vm, output));
        }
        closed
    }

    /// Hands on everything that was written.
    pub(crate) fn flush(&mut self, vm: &mut VM) -> Result<(), String> {
        vm.flush_output();
        for (name, output) in &mut self.outputs {
            let flushed = match output {
                Output::File(writer) => writer.flush(),
                Output::Command { writer, .. } => unless_closed(writer.flush()),
                Output::Standard | Output::Error => Ok(()),
            };
            flushed.map_err(|error| format!("cannot write to {}: {error}", shown(name)))?;
        }
        Ok(())
    }

    /// Hands on what was written to the stream of that name; false if there is none.
    pub(crate) fn flush_one(&mut self, vm: &mut VM, name: &[u8]) -> bool {
        match self.outputs.get_mut(name) {
            Some(Output::File(writer)) => writer.flush().is_ok(),
            Some(Output::Command { writer, .. }) => writer.flush().is_ok(),
            Some(Output::Standard) => {
                vm.flush_output();
                true
            }
            Some(Output::Error) => true,
            None => false,
        }
    }

    /// Closes everything. Commands are waited for.
    pub(crate) fn close_all(&mut self, vm: &mut VM) -> Result<(), String> {
        let flushed = self.flush(vm);
        for (_, output) in self.outputs.drain() {
            close_output(vm, output);
        }
        for (_, source) in self.inputs.drain() {
            drop(source.reader);
            source.child.map(wait);
        }
        flushed
    }

    /// Runs a command in a shell, and waits for it.
    pub(crate) fn system(&mut self, vm: &mut VM, command: &[u8]) -> Result<i64, String> {
        self.flush(vm)?;
        let child = spawn(vm, command, Stdio::inherit(), Stdio::inherit())?;
        Ok(wait(child))
    }
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

/// A command may end, or close its input, before it has read everything: it has what it wanted.
fn unless_closed(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn open_output(vm: &VM, kind: Redirect, name: &[u8]) -> Result<Output, String> {
    if kind == Redirect::Pipe {
        let mut child = spawn(vm, name, Stdio::piped(), Stdio::inherit())?;
        let input = child.stdin.take().ok_or("the command has no input")?;
        return Ok(Output::Command {
            child,
            writer: BufWriter::new(input),
        });
    }
    match name {
        b"/dev/stdout" | b"-" => return Ok(Output::Standard),
        b"/dev/stderr" => return Ok(Output::Error),
        _ => {}
    }
    allow_files(vm)?;
    let mut options = OpenOptions::new();
    match kind {
        Redirect::Append => options.append(true),
        _ => options.write(true).truncate(true),
    };
    let file = options.create(true).open(system_text(name));
    let file = file.map_err(|error| format!("cannot write to {}: {error}", shown(name)))?;
    Ok(Output::File(BufWriter::new(file)))
}

/// Opens a file for reading; `-` is standard input.
pub(crate) fn open_input(vm: &VM, name: &[u8]) -> Result<Box<dyn Read + Send>, String> {
    if matches!(name, b"-" | b"/dev/stdin") {
        return Ok(Box::new(io::stdin()));
    }
    allow_files(vm)?;
    let cannot = |error: io::Error| format!("cannot read {}: {error}", shown(name));
    let file = File::open(system_text(name)).map_err(cannot)?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(format!("cannot read {}: it is a directory", shown(name)));
    }
    Ok(Box::new(file))
}

/// Whether that is the name of a directory, as far as the program may know.
pub(crate) fn is_directory(vm: &VM, name: &[u8]) -> bool {
    vm.access().files && std::path::Path::new(&*system_text(name)).is_dir()
}

fn spawn(vm: &VM, command: &[u8], input: Stdio, output: Stdio) -> Result<Child, String> {
    if !vm.access().processes {
        return Err(Fault::Denied(fusevm::semantics::Outside::Processes).to_string());
    }
    Command::new("sh")
        .arg("-c")
        .arg(system_text(command))
        .stdin(input)
        .stdout(output)
        .spawn()
        .map_err(|error| format!("cannot run {}: {error}", shown(command)))
}

fn allow_files(vm: &VM) -> Result<(), String> {
    if vm.access().files {
        return Ok(());
    }
    Err(Fault::Denied(fusevm::semantics::Outside::Files).to_string())
}

/// The status of a command: its own, or 256 and the signal that ended it.
fn wait(mut child: Child) -> i64 {
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
fn system_text(text: &[u8]) -> Cow<'_, OsStr> {
    Cow::Borrowed(std::os::unix::ffi::OsStrExt::from_bytes(text))
}

#[cfg(not(unix))]
fn system_text(text: &[u8]) -> Cow<'_, OsStr> {
    match String::from_utf8_lossy(text) {
        Cow::Borrowed(text) => Cow::Borrowed(OsStr::new(text)),
        Cow::Owned(text) => Cow::Owned(text.into()),
    }
}

/// A name as messages show it.
pub(crate) fn shown(name: &[u8]) -> String {
    format!("`{}`", String::from_utf8_lossy(name))
}
