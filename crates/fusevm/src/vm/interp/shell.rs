//! Shell operations: calls of the host in program order, and what happens without one.

use std::borrow::Cow;
use std::path::Path;

use super::regs::{Regs, Step, Stop};
use crate::chunk::Chunk;
use crate::code::Function;
use crate::host::glob::{self, GlobError};
use crate::host::{ShellHost, process, split_words, test_file};
use crate::op::Op;
use crate::semantics::{Fault, Outside, collect};
use crate::value::{Array, Key, Value};
use crate::vm::frame::FrameKind;

/// A host as machines have it.
type Host = dyn ShellHost;

/// A call of the host with a nested program.
type ChunkCall = fn(&mut Host, &Chunk) -> String;

impl Regs<'_, '_> {
    /// Calls the host, if there is one.
    fn ask<R>(&mut self, call: impl FnOnce(&mut Host) -> R) -> Option<R> {
        self.with_vm(|vm| vm.host.as_deref_mut().map(call))
    }

    /// Calls the host, if there is one, for what may start processes or change where output
    /// goes: what was printed before must be out.
    fn tell<R>(&mut self, call: impl FnOnce(&mut Host) -> R) -> Result<Option<R>, Stop> {
        Ok(self.with_vm(|vm| match vm.host.as_deref_mut() {
            Some(host) => {
                vm.output.flush()?;
                Ok(Some(call(host)))
            }
            None => Ok::<_, Fault>(None),
        })?)
    }

    /// A call of the host that takes and gives nothing.
    pub(super) fn notify(&mut self, call: impl FnOnce(&mut Host)) -> Step {
        self.tell(call)?;
        Ok(())
    }

    /// As [`notify`](Self::notify), with the text of the top operand.
    pub(super) fn notify_text(&mut self, call: impl FnOnce(&mut Host, &str)) -> Step {
        let text = self.pop_text()?;
        self.notify(|host| call(host, &lossy(&text)))
    }

    pub(super) fn here_doc(&mut self, constant: u16) -> Step {
        let chunk = self.chunk();
        let text = match chunk.constants.get(usize::from(constant)) {
            Some(value) => self.context().text(value)?.into_key(),
            None => Key::from(""),
        };
        self.notify(|host| host.heredoc(&lossy(&text)))
    }

    /// Runs a command: a function of the chunk, one of the few that need no process, or whatever
    /// the host or the system makes of it.
    pub(super) fn exec(&mut self, argc: u8) -> Step {
        let words = self.take_words(argc)?;
        let Some(command) = words.first() else {
            return self.load_status(0);
        };
        if let Some(function) = self.code().function_named(self.chunk(), command) {
            return self.enter_function(function, words.into_iter().skip(1));
        }
        let status = match command.as_bytes() {
            b"true" => 0,
            b"false" => 1,
            b"echo" => {
                self.echo(&words[1..])?;
                0
            }
            _ => self.with_vm(|vm| vm.run_command(&words))?,
        };
        self.end_command(status)
    }

    fn echo(&mut self, words: &[Key]) -> Result<(), Fault> {
        let output = &mut self.vm().output;
        for (index, word) in words.iter().enumerate() {
            if index > 0 {
                output.write(b" ")?;
            }
            output.write(word.as_bytes())?;
        }
        output.write(b"\n")
    }

    pub(super) fn exec_bg(&mut self, argc: u8) -> Step {
        let words = self.take_words(argc)?;
        if !words.is_empty() {
            self.with_vm(|vm| vm.start_command(&words))?;
        }
        self.load_status(0)
    }

    pub(super) fn call_function(&mut self, name: u16, argc: u8) -> Step {
        let args = self.take_words(argc)?;
        let chunk = self.chunk();
        let text = chunk
            .names
            .get(usize::from(name))
            .map_or("", String::as_str);
        let of_host = self.tell(|host| host.call_function(text, strings(&args)))?;
        let status = if let Some(status) = of_host.flatten() {
            status
        } else if let Some(function) = self.code().function(name) {
            return self.enter_function(function, args.into_iter());
        } else {
            let words: Vec<Key> = std::iter::once(Key::from(text)).chain(args).collect();
            self.with_vm(|vm| vm.run_command(&words))?
        };
        self.vm().last_status = status;
        self.end_command(status)
    }

    /// Enters a function of the chunk as a command: it takes its arguments as texts.
    fn enter_function(
        &mut self,
        function: Function,
        args: impl ExactSizeIterator<Item = Key>,
    ) -> Step {
        let base = self.height();
        self.reserve(args.len())?;
        for arg in args {
            self.push(arg.into_value());
        }
        self.open(FrameKind::Command, base, function)?;
        self.enter_frame(base);
        self.jump(function.entry);
        Ok(())
    }

    pub(super) fn pipeline_end(&mut self) -> Step {
        if let Some(status) = self.tell(ShellHost::pipeline_end)? {
            self.vm().last_status = status;
        }
        self.get_status()
    }

    pub(super) fn subshell_end(&mut self) -> Step {
        if let Some(status) = self.tell(ShellHost::subshell_end)?.flatten() {
            self.vm().last_status = status;
        }
        Ok(())
    }

    pub(super) fn set_status(&mut self) -> Step {
        let dialect = self.numeric().dialect;
        let value = self.pop();
        // The low 32 bits, as documented.
        self.vm().last_status = dialect.int(&value) as i32;
        Ok(())
    }

    pub(super) fn get_status(&mut self) -> Step {
        let status = self.vm().last_status;
        self.load_status(status)
    }

    /// Pushes what the host makes of a nested program.
    pub(super) fn substitute(&mut self, chunk: u16, call: ChunkCall) -> Step {
        let text = match self.chunk().sub_chunks.get(usize::from(chunk)) {
            Some(sub) => self.tell(|host| call(host, sub))?.unwrap_or_default(),
            None => String::new(),
        };
        self.load_text(text)
    }

    pub(super) fn trap_set(&mut self, chunk: u16) -> Step {
        let signal = self.pop_text()?;
        if let Some(handler) = self.chunk().sub_chunks.get(usize::from(chunk)) {
            self.ask(|host| host.trap_set(&lossy(&signal), handler));
        }
        Ok(())
    }

    pub(super) fn glob(&mut self, recursive: bool) -> Step {
        let pattern = self.pop_text()?;
        if let Some(paths) = self.ask(|host| host.glob(&lossy(&pattern), recursive)) {
            return self.load_texts(paths);
        }
        self.vm().access.request(Outside::Files)?;
        let context = self.context();
        let limit = context.memory.text_limit();
        let paths = glob::glob(pattern.as_bytes(), recursive, limit, context.watch);
        let paths = match paths {
            Ok(paths) => paths,
            Err(GlobError::TooManyPaths) => return Err(context.memory.refused_text(limit).into()),
            Err(GlobError::Stopped(fault)) => {
                // The operation is the next one again, with its operand.
                self.push(pattern.into_value());
                return self.completed(Err(fault));
            }
        };
        self.load_texts(paths)
    }

    pub(super) fn test_file(&mut self, test: u8) -> Step {
        let path = self.pop_text()?;
        self.vm().access.request(Outside::Files)?;
        let path = process::os_string(&path);
        self.load(Value::Bool(test_file::test_file(test, Path::new(&path))))
    }

    pub(super) fn expand_param(&mut self, modifier: u8) -> Step {
        let operands = Op::ExpandParam(modifier).stack_effect().pops;
        let mut args: Vec<Value> = (1..operands).map(|_| self.pop()).collect();
        args.reverse();
        let name = self.pop_text()?;
        let expanded = self.ask(|host| host.expand_param(&lossy(&name), modifier, &args));
        self.load(expanded.unwrap_or_else(|| Value::str("")))
    }

    pub(super) fn word_split(&mut self) -> Step {
        let text = self.pop_text()?;
        match self.ask(|host| host.word_split(&lossy(&text))) {
            Some(words) => self.load_texts(words),
            None => {
                let mut context = self.context();
                let words = split_words(text.as_bytes()).map(Value::bytes);
                let words = collect::gather_unknown(&mut context, words);
                let words = match words {
                    Err(fault) if fault.is_resumable() => {
                        self.push(text.into_value());
                        self.completed(Err(fault))?
                    }
                    words => words?,
                };
                self.load(words)
            }
        }
    }

    pub(super) fn brace_expand(&mut self) -> Step {
        let text = self.pop_text()?;
        match self.ask(|host| host.brace_expand(&lossy(&text))) {
            Some(words) => self.load_texts(words),
            None => self.load_texts(vec![text.as_bytes()]),
        }
    }

    pub(super) fn tilde_expand(&mut self) -> Step {
        let text = self.pop_text()?;
        match self.ask(|host| host.tilde_expand(&lossy(&text))) {
            Some(expanded) => self.load_text(expanded),
            None => self.load(text.into_value()),
        }
    }

    pub(super) fn str_match(&mut self) -> Step {
        let pattern = self.pop_text()?;
        let text = self.pop_text()?;
        let matches = self.ask(|host| host.str_match(&lossy(&text), &lossy(&pattern)));
        self.load(Value::Bool(matches.unwrap_or_else(|| text == pattern)))
    }

    pub(super) fn regex_match(&mut self) -> Step {
        let regex = self.pop_text()?;
        let text = self.pop_text()?;
        let matches = self.ask(|host| host.regex_match(&lossy(&text), &lossy(&regex)));
        self.load(Value::Bool(matches.unwrap_or(false)))
    }

    /// Takes the text of the top operand.
    fn pop_text(&mut self) -> Result<Key, Fault> {
        let value = self.pop();
        let memory = self.context().memory;
        let limit = memory.text_limit_of(&value);
        let key = value.into_key(limit);
        key.map_err(|_| memory.refused_text(limit))
    }

    /// Takes the top `argc` operands, or those that are there, as the words of a command. An
    /// array is one word for each element. All of them together count as one value.
    fn take_words(&mut self, argc: u8) -> Result<Vec<Key>, Fault> {
        let memory = *self.context().memory;
        let limit = memory.text_limit();
        let mut left = limit;
        let mut words = Vec::new();
        let mut add = |value: Value| {
            let word = value.into_key(left).ok()?;
            left = left.checked_sub(word.as_bytes().len() + size_of::<Key>())?;
            words.push(word);
            Some(())
        };
        let all_fit = self
            .take(usize::from(argc))
            .iter()
            .try_for_each(|value| match value {
                Value::Array(array) => array.iter().try_for_each(&mut add),
                single => add(single.clone()),
            });
        match all_fit {
            Some(()) => Ok(words),
            None => Err(memory.refused_text(limit)),
        }
    }

    fn load_status(&mut self, status: i32) -> Step {
        self.reserve(1)?;
        self.load(Value::Status(status))
    }

    /// The command has ended, by itself or because the run is to stop.
    fn end_command(&mut self, status: i32) -> Step {
        self.load_status(status)?;
        Ok(self.context().watch.look_closely()?)
    }

    fn load_text(&mut self, text: String) -> Step {
        self.context().memory.reserve(text.len())?;
        self.load(Value::str(text))
    }

    fn load_texts<T: AsRef<[u8]>>(&mut self, texts: Vec<T>) -> Step {
        let mut context = self.context();
        let mut array = Value::Array(Array::new());
        for text in texts {
            context.memory.reserve(text.as_ref().len())?;
            collect::array_push(&mut context, &mut array, Value::bytes(text))?;
        }
        self.load(array)
    }
}

/// A text as hosts get it: with what is not valid UTF-8 replaced.
fn lossy(text: &Key) -> Cow<'_, str> {
    String::from_utf8_lossy(text.as_bytes())
}

/// Words as hosts get them.
pub(in crate::vm) fn strings(words: &[Key]) -> Vec<String> {
    words.iter().map(|word| lossy(word).into_owned()).collect()
}
