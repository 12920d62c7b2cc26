//! What `print` and `printf` make, and where it goes.

use fusevm::{VM, Value};

use super::super::text::Style;
use super::super::{Outcome, Runtime};
use crate::syntax::ast::Redirect;

/// The arguments in front of a redirection, the name of the stream, and how to open it.
pub(super) fn redirection(args: &[Value]) -> Result<(&[Value], &Value, Redirect), String> {
    let [args @ .., name, kind] = args else {
        return Err("no redirection".to_owned());
    };
    let kind = match kind.to_int() {
        0 => Redirect::File,
        1 => Redirect::Append,
        2 => Redirect::Pipe,
        _ => Redirect::Coprocess,
    };
    Ok((args, name, kind))
}

impl Runtime {
    /// Makes the line that `print` prints.
    pub(super) fn print(&mut self, args: &[Value]) -> Result<(), String> {
        self.line.clear();
        for (number, value) in args.iter().enumerate() {
            if number > 0 {
                self.line.extend_from_slice(&self.ofs);
            }
            self.ofmt.push(&mut self.line, value)?;
        }
        if args.is_empty() {
            let text = self.record.text(&self.ofs, self.convfmt);
            self.line.extend_from_slice(text);
        }
        self.line.extend_from_slice(&self.ors);
        Ok(())
    }

    /// As [`print`](Self::print) of fields, most of which are parts of the record.
    pub(super) fn print_fields(&mut self, numbers: &[Value]) -> Result<(), String> {
        self.line.clear();
        for (at, number) in numbers.iter().enumerate() {
            if at > 0 {
                self.line.extend_from_slice(&self.ofs);
            }
            let Ok(index @ 1..) = usize::try_from(number.to_int()) else {
                match self.record.fraction() {
                    Some(value) => self.ofmt.push(&mut self.line, value)?,
                    None => {
                        let text = self.record.text(&self.ofs, self.convfmt);
                        self.line.extend_from_slice(text);
                    }
                }
                continue;
            };
            match self.record.part(index, &mut self.separator) {
                Some(text) => self.line.extend_from_slice(text),
                None => {
                    let value = self.record.field(index, &mut self.separator);
                    self.ofmt.push(&mut self.line, &value)?;
                }
            }
        }
        self.line.extend_from_slice(&self.ors);
        Ok(())
    }

    /// Makes the text that `printf` prints.
    pub(super) fn format(&mut self, vm: &VM, args: &[Value]) -> Result<(), String> {
        self.line.clear();
        let Some((format, args)) = args.split_first() else {
            return Ok(());
        };
        let format = self.bytes_of(format);
        let limit = vm.limits().value_bytes;
        let style = Style {
            convfmt: self.convfmt,
            bytes: self.regexes.flavor.bytes,
        };
        self.formats
            .printf(&mut self.line, &format, args, style, limit)
    }

    pub(super) fn output_line(&self, vm: &mut VM) -> Outcome {
        vm.write_output(&self.line);
        if self.interactive {
            vm.flush_output();
        }
        Ok(Value::Undef)
    }

    pub(super) fn write_line(&mut self, vm: &mut VM, kind: Redirect, name: &Value) -> Outcome {
        let name = self.bytes_of(name);
        if name.is_empty() {
            let sign = match kind {
                Redirect::File => ">",
                Redirect::Append => ">>",
                Redirect::Pipe => "|",
                Redirect::Coprocess => "|&",
            };
            return Err(format!(
                "expression for `{sign}` redirection has null string value"
            ));
        }
        match self.streams.write(vm, kind, &name, &self.line) {
            Err(message) if self.is_nonfatal(vm, &name) => self.set_errno(vm, &message),
            written => written?,
        }
        Ok(Value::Undef)
    }
}
