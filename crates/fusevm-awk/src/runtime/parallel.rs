//! Working on the parts of a file at the same time.
//!
//! Workers run the rules of the program, each on a machine of its own and on one part. What they
//! print and add up is taken in the order of the parts, so the program is always where it would be
//! had it read so far by itself. It does read the rest by itself from where that is not possible,
//! and the last part in any case: the record is then the last one, as it has to be.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use fusevm::vm::Access;
use fusevm::{VM, Value};

use super::input::count;
use super::reader::{Reader, Terminator};
use super::streams::system_text;
use super::text::number_of;
use super::{Handler, Runtime};
use crate::parallel::Plan;
use crate::resolve::Kind;

/// No sum comes near what doubles can count: 2^53. Steps by one are not looked at, since a run does
/// not live to see 2^52 of them.
const MAX_SUM: f64 = (1_u64 << 52) as f64;

/// How a file is worked on.
pub(crate) struct Parallel {
    plan: Arc<Plan>,
    workers: usize,
    part_bytes: u64,
    /// The user knows that some file is not divided.
    has_told: bool,
}

impl Parallel {
    pub(crate) fn new(plan: Arc<Plan>, workers: usize, part_bytes: u64) -> Self {
        Parallel {
            plan,
            workers,
            part_bytes: part_bytes.max(1),
            has_told: false,
        }
    }
}

/// What became of a part.
struct Done {
    output: Vec<u8>,
    records: usize,
    sums: Vec<(String, Sum)>,
    /// No sum changed by more, but for steps by one.
    added: f64,
}

/// By how much a variable changed.
enum Sum {
    Variable(i64),
    /// The elements in the order in which they were made.
    Elements(Vec<(Vec<u8>, i64)>),
}

/// What a worker prints.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Worker {
    vm: VM,
    output: Buffer,
    plan: Arc<Plan>,
}

impl Worker {
    fn run(mut self) -> Result<Done, String> {
        self.vm.try_run().map_err(|error| error.to_string())?;
        let plan = self.plan;
        let done = self.vm.with_awk_host(|runtime: &mut Runtime, vm| {
            let mut sums = Vec::new();
            for name in &plan.sums {
                if let Some(&(index, _)) = plan.rules.globals.get(name) {
                    let value = &vm.globals()[usize::from(index)];
                    if let Some(sum) = sum_of(vm, value)? {
                        sums.push((name.clone(), sum));
                    }
                }
            }
            Ok(Done {
                output: Vec::new(),
                records: runtime.records as usize,
                sums,
                added: runtime.added,
            })
        });
        let mut done =
            done.unwrap_or_else(|| Err("the AWK run time is not installed".to_owned()))?;
        let mut output = self.output.0.lock().unwrap_or_else(PoisonError::into_inner);
        done.output = std::mem::take(&mut output);
        Ok(done)
    }
}

/// What was added to a variable, if it was.
fn sum_of(vm: &VM, value: &Value) -> Result<Option<Sum>, String> {
    let unknown = || "a sum is no integer".to_owned();
    match value {
        Value::Undef => Ok(None),
        Value::Int(n) => Ok(Some(Sum::Variable(*n))),
        Value::Handle(handle) => {
            let Some(Value::Hash(hash)) = vm.heap_get(*handle) else {
                return Err(unknown());
            };
            let element = |(key, value): (&fusevm::value::Key, &Value)| match value {
                Value::Int(n) => Ok((key.as_bytes().to_vec(), *n)),
                _ => Err(unknown()),
            };
            let elements: Result<Vec<_>, String> = hash.iter().map(element).collect();
            Ok(Some(Sum::Elements(elements?)))
        }
        _ => Err(unknown()),
    }
}

/// What a sum was, if adding this much to it is exact in any order.
fn before(value: Option<&Value>, added: f64) -> Option<i64> {
    match value {
        None | Some(Value::Undef) => Some(0),
        Some(Value::Int(n)) => (n.unsigned_abs() as f64 + added <= MAX_SUM).then_some(*n),
        Some(_) => None,
    }
}

impl Runtime {
    /// Takes note of what a worker adds to a sum.
    ///
    /// # Errors
    /// The order of additions could matter.
    pub(super) fn addend(&mut self, value: &Value) -> Result<(), String> {
        let number = number_of(value);
        self.added += number.abs();
        if number.trunc() == number && self.added <= MAX_SUM {
            Ok(())
        } else {
            Err("a sum depends on the order of additions".to_owned())
        }
    }

    /// Has workers read a file that was opened, as far as possible; gives what is left.
    pub(super) fn read_in_parallel(
        &mut self,
        vm: &mut VM,
        name: &[u8],
        source: Box<dyn Read + Send>,
    ) -> Result<Box<dyn Read + Send>, String> {
        let Some(mut parallel) = self.parallel.take() else {
            return Ok(source);
        };
        let rest = match self.divisible(vm, name) {
            Ok((path, byte)) => match self.divide(vm, &parallel, &path, byte) {
                Ok(file) => Ok(Box::new(file) as Box<dyn Read + Send>),
                Err(error) => Err(format!("cannot read: {error}")),
            },
            Err(reason) => {
                if !std::mem::replace(&mut parallel.has_told, true) {
                    self.warn(vm, &format!("-j: reading sequentially: {reason}"));
                }
                Ok(source)
            }
        };
        self.parallel = Some(parallel);
        rest
    }

    /// The file and what its records end with, if parts of it can be read.
    fn divisible(&self, vm: &VM, name: &[u8]) -> Result<(PathBuf, u8), String> {
        let shown = String::from_utf8_lossy(name);
        let path = PathBuf::from(&*system_text(name));
        if name == b"-" || name.starts_with(b"/dev/") || !path.is_file() {
            return Err(format!("`{shown}` is not a regular file"));
        }
        let has_budget = vm.limits().memory_bytes < usize::MAX;
        if vm.fuel().is_some() || vm.deadline().is_some() || has_budget {
            return Err("the run is bounded".to_owned());
        }
        match self.terminator {
            Terminator::Byte(byte) => Ok((path, byte)),
            _ => Err("records do not end with a single byte".to_owned()),
        }
    }

    /// Has workers read a file; gives it at the place from which on nobody has.
    fn divide(
        &mut self,
        vm: &mut VM,
        parallel: &Parallel,
        path: &Path,
        byte: u8,
    ) -> io::Result<File> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let (mut start, mut done_to) = (0, 0);
        thread::scope(|scope| -> io::Result<()> {
            let mut running = VecDeque::new();
            loop {
                while running.len() < parallel.workers {
                    let Some(end) =
                        end_of_part(&mut file, start, parallel.part_bytes, length, byte)?
                    else {
                        break;
                    };
                    let mut part = File::open(path)?;
                    part.seek(SeekFrom::Start(start))?;
                    let Some(worker) = self.worker(vm, &parallel.plan, part.take(end - start))
                    else {
                        return Ok(());
                    };
                    let spawned = thread::Builder::new().spawn_scoped(scope, || worker.run());
                    let Ok(thread) = spawned else { break };
                    running.push_back((end, thread));
                    start = end;
                }
                let Some((end, thread)) = running.pop_front() else {
                    return Ok(());
                };
                let Ok(Ok(done)) = thread.join() else {
                    return Ok(());
                };
                if !self.take_over(vm, &done) {
                    return Ok(());
                }
                done_to = end;
                if vm.should_stop() {
                    return Ok(());
                }
            }
        })?;
        file.seek(SeekFrom::Start(done_to))?;
        Ok(file)
    }

    /// A machine for a part, with the variables as they are now.
    fn worker(&self, vm: &VM, plan: &Arc<Plan>, part: io::Take<File>) -> Option<Worker> {
        let rules = &plan.rules;
        let mut machine = VM::new(rules.chunk.clone());
        Handler::install(&mut machine);
        machine.set_limits(vm.limits());
        machine.set_access(Access::NONE);
        machine.set_number_format(self.convfmt);
        let output = Buffer::default();
        machine.set_writer(Box::new(output.clone()));
        let mut runtime = Runtime::new(rules, &self.name, Vec::new());
        runtime.ofs.clone_from(&self.ofs);
        runtime.ors.clone_from(&self.ors);
        runtime.ofmt = self.ofmt.clone();
        runtime.convfmt = self.convfmt;
        runtime.fs.clone_from(&self.fs);
        runtime.rs.clone_from(&self.rs);
        runtime.splitting = self.splitting.clone();
        runtime.regexes.lines = self.regexes.lines;
        let ignore_case = self.regexes.flavor.ignore_case;
        runtime.regexes.set_ignore_case(ignore_case);
        runtime.new_terminator().ok()?;
        runtime.new_separator().ok()?;
        runtime.input.read_only(Reader::new(Box::new(part)));
        for (name, &(index, kind)) in &rules.globals {
            if kind != Kind::Scalar || name == "NF" || plan.sums.contains(name) {
                continue;
            }
            if let Some(&(own, _)) = self.compiled.globals.get(name) {
                match &vm.globals()[usize::from(own)] {
                    Value::Handle(_) => return None,
                    value => machine.set_global(index, value.clone()),
                }
            }
        }
        machine.set_awk_host(Box::new(runtime));
        Some(Worker {
            vm: machine,
            output,
            plan: Arc::clone(plan),
        })
    }

    /// Makes what a worker did the program's own, or changes nothing: false.
    fn take_over(&mut self, vm: &mut VM, done: &Done) -> bool {
        let global = |name: &str| self.compiled.globals.get(name).map(|(index, _)| *index);
        for (name, sum) in &done.sums {
            let Some(index) = global(name) else {
                return false;
            };
            let value = &vm.globals()[usize::from(index)];
            let is_exact = match (sum, value) {
                (Sum::Variable(_), value) => before(Some(value), done.added).is_some(),
                (Sum::Elements(elements), Value::Handle(handle)) => match vm.heap_get(*handle) {
                    Some(Value::Hash(hash)) => elements
                        .iter()
                        .all(|(key, _)| before(hash.get(key.as_slice()), done.added).is_some()),
                    _ => false,
                },
                _ => false,
            };
            if !is_exact {
                return false;
            }
        }
        for (name, sum) in &done.sums {
            let Some(index) = global(name) else {
                return false;
            };
            match (sum, vm.globals()[usize::from(index)].clone()) {
                (Sum::Elements(elements), Value::Handle(handle)) => {
                    let Some(hash) = vm.heap_hash_mut(handle) else {
                        return false;
                    };
                    for (key, more) in elements {
                        let value = hash.get_or_insert_with(key.as_slice(), || Value::Int(0));
                        *value = Value::Int(before(Some(value), 0.0).unwrap_or(0) + more);
                    }
                }
                (Sum::Variable(more), value) => {
                    let sum = before(Some(&value), 0.0).unwrap_or(0) + more;
                    vm.set_global(index, Value::Int(sum));
                }
                (Sum::Elements(_), _) => return false,
            }
        }
        count(vm, &mut self.records, self.globals.nr, done.records);
        count(vm, &mut self.file_records, self.globals.fnr, done.records);
        vm.write_output(&done.output);
        if self.interactive {
            vm.flush_output();
        }
        true
    }
}

/// Where a part ends that starts at `start` and has `size` bytes, with the rest of its last record.
/// None if no record is behind it.
fn end_of_part(
    file: &mut File,
    start: u64,
    size: u64,
    length: u64,
    byte: u8,
) -> io::Result<Option<u64>> {
    let Some(mut place) = start.checked_add(size - 1).filter(|place| *place < length) else {
        return Ok(None);
    };
    file.seek(SeekFrom::Start(place))?;
    let mut buffer = [0; 4096];
    loop {
        let read = match file.read(&mut buffer) {
            Ok(0) => return Ok(None),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if let Some(at) = memchr::memchr(byte, &buffer[..read]) {
            let end = place + at as u64 + 1;
            return Ok((end < length).then_some(end));
        }
        place += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Language, Program, Source};

    /// How far workers read lines of 4 bytes, two in each part: to which line, and the number of
    /// records that the program knows of.
    fn divided(text: &str, lines: &str, name: &str) -> (u64, i64) {
        let language = Language {
            parallel: true,
            ..Language::default()
        };
        let program = Program::parse_as(&[Source::new("t", text)], &language).unwrap();
        let plan = program.plan.as_ref().unwrap().as_ref().unwrap();
        let parallel = Parallel::new(Arc::clone(plan), 2, 8);
        let mut vm = VM::new(program.chunk().clone());
        Handler::install(&mut vm);
        let mut runtime = Runtime::new(&program.compiled, "awk", Vec::new());
        runtime.initialise(&mut vm, &[]).unwrap();
        vm.set_writer(Box::new(io::sink()));
        let file = format!("fusevm-awk-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(file);
        std::fs::write(&path, lines).unwrap();
        let rest = runtime.divide(&mut vm, &parallel, &path, b'\n');
        std::fs::remove_file(&path).unwrap();
        (
            rest.unwrap().stream_position().unwrap() / 4,
            runtime.records,
        )
    }

    #[test]
    fn workers_read_up_to_what_depends_on_the_order() {
        let whole = "a 1\n".repeat(10);
        for (text, read) in [
            ("{ n++ } END { print n }", 8),
            ("{ s += $2 } /b/", 8),
            ("{ print }", 8),
        ] {
            assert_eq!(
                divided(text, &whole, "whole"),
                (read, read as i64),
                "{text}"
            );
        }
        // In the sixth line, which is in the third part.
        for (line, text) in [
            (".5\n", "{ s += $1 }"),
            ("9e9\n", "{ s += $1 * 1e6 }"),
            ("0 0\n", "{ print 1 / $2 }"),
        ] {
            let mut lines = "a 1\n".repeat(10);
            lines.replace_range(20..24, &format!("{line:>4}"));
            assert_eq!(divided(text, &lines, "part"), (4, 4), "{text}");
        }
    }

    #[test]
    fn a_part_ends_behind_a_record() {
        let path = std::env::temp_dir().join(format!("fusevm-awk-{}-ends", std::process::id()));
        std::fs::write(&path, "ab\ncdef\ng").unwrap();
        let mut file = File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        for (start, size, end) in [
            (0, 1, Some(3)),
            (0, 3, Some(3)),
            (0, 4, Some(8)),
            (3, 1, Some(8)),
            (8, 1, None),
            (0, 9, None),
            (0, u64::MAX, None),
            (3, u64::MAX, None),
        ] {
            let found = end_of_part(&mut file, start, size, 9, b'\n').unwrap();
            assert_eq!(found, end, "{size} from {start}");
        }
        assert_eq!(
            end_of_part(&mut file, 0, 5, 8, b'\n').unwrap(),
            None,
            "nothing is left"
        );
    }
}
