//! What there is to say about a run: the variables at its end, and what its lines took.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

use fusevm::{AwkHost, VM, Value};

use super::text::{number_of, push_text, quoted};
use super::{Runtime, dynamic, special};
use crate::syntax::Sources;

/// How often lines were executed, and how long that took.
#[derive(Debug, Default)]
pub(super) struct Profile {
    lines: HashMap<u32, (u64, Duration)>,
    /// The line that is executed, and since when.
    present: Option<(u32, Instant)>,
}

impl Profile {
    /// A line is executed from now on. It is counted, unless the program comes back to it.
    pub(super) fn enter(&mut self, line: u32, is_new: bool) {
        let now = Instant::now();
        if let Some((last, since)) = self.present.replace((line, now)) {
            self.lines.entry(last).or_default().1 += now - since;
        }
        self.lines.entry(line).or_default().0 += u64::from(is_new);
    }

    fn leave(&mut self) {
        if let Some((last, since)) = self.present.take() {
            self.lines.entry(last).or_default().1 += since.elapsed();
        }
    }
}

impl Runtime {
    /// The variables of the program, one in each line.
    pub(crate) fn variables(&mut self, vm: &VM) -> String {
        let names = self.sorted_globals();
        let mut out = String::new();
        let count = names.len();
        for (name, index) in names {
            if name == special::SYMTAB {
                let _ = writeln!(out, "{name}: array, {count} elements");
                continue;
            }
            let value = match special::Special::named(&name, &self.compiled.language) {
                Some(special::Special::Nf) => Value::Int(self.nf()),
                _ => vm.globals()[usize::from(index)].clone(),
            };
            let _ = writeln!(out, "{name}: {}", self.described(vm, &value));
        }
        out
    }

    /// Where in its input the program is; empty where it has read nothing.
    pub(crate) fn place_in_input(&self, vm: &VM) -> String {
        let records = match self.globals.fnr {
            Some(fnr) => number_of(&vm.globals()[usize::from(fnr)]),
            None => self.file_records as f64,
        };
        if records == 0.0 {
            return String::new();
        }
        let name = String::from_utf8_lossy(self.input.name());
        format!("(FILENAME={name} FNR={records}) ")
    }

    fn described(&self, vm: &VM, value: &Value) -> String {
        if dynamic::is_array(vm, value) {
            let count = dynamic::length(vm, value);
            return format!("array, {count} elements");
        }
        match value {
            Value::Undef | Value::Handle(_) => "untyped variable".to_owned(),
            Value::Str(_) | Value::Bytes(_) => quoted(&self.bytes_of(value)),
            other => {
                let mut text = Vec::new();
                push_text(&mut text, other, self.convfmt);
                String::from_utf8_lossy(&text).into_owned()
            }
        }
    }

    /// The lines of the program with how often they were executed and how long that took.
    pub(crate) fn profile(&mut self, sources: &Sources) -> String {
        let Some(profile) = &mut self.profile else {
            return String::new();
        };
        profile.leave();
        let mut out = String::new();
        let mut source = None;
        let mut line = 1;
        while let Some((here, number, text)) = sources.line_at(line) {
            if source != Some(&here.name) {
                let _ = writeln!(out, "# {}\n#    count        time", here.name);
                source = Some(&here.name);
            }
            let (count, time) = profile.lines.get(&line).copied().unwrap_or_default();
            let figures = if count > 0 {
                format!("{count:>10} {:>10.6}s", time.as_secs_f64())
            } else {
                " ".repeat(22)
            };
            line += 1;
            if text.is_empty() && number > 1 && here.text.ends_with(b"\n") && count == 0 {
                let is_last = sources
                    .line_at(line)
                    .is_none_or(|(next, ..)| !std::ptr::eq(next, here));
                if is_last {
                    continue;
                }
            }
            let text = String::from_utf8_lossy(text);
            let _ = writeln!(out, "{figures} {number:>5}  {text}");
        }
        out
    }
}
