//! What a program can know of itself and its process: `PROCINFO` and `FUNCTAB`.

use fusevm::value::Hash;
use fusevm::{VM, Value};

use super::{Runtime, special};
use crate::syntax::Builtin;

/// The version of gawk whose language this is: what programs compare with.
const VERSION: &str = "5.2.1";

/// How `strftime` formats times by itself.
pub(super) const TIME_FORMAT: &str = "%a %b %e %H:%M:%S %Z %Y";

impl Runtime {
    /// Makes the arrays that tell about the program and its process.
    pub(super) fn initialise_about(&mut self, vm: &mut VM) -> Result<(), String> {
        if let Some(procinfo) = self.globals.procinfo {
            let array = self.procinfo(vm)?;
            vm.set_global(procinfo, array);
        }
        if let Some(&(functab, _)) = self.compiled.globals.get("FUNCTAB")
            && special::is_known("FUNCTAB", &self.compiled.language)
        {
            let mut hash = Hash::new();
            for name in self.functions() {
                hash.insert(name, Value::str(name));
            }
            let array = new(vm, hash)?;
            vm.set_global(functab, array);
        }
        Ok(())
    }

    /// The functions of the language and those of the program.
    fn functions(&self) -> impl Iterator<Item = &str> {
        let own = self.compiled.functions.iter().map(String::as_str);
        Builtin::ALL.iter().map(|(name, _)| *name).chain(own)
    }

    fn procinfo(&self, vm: &mut VM) -> Result<Value, String> {
        let mut hash = Hash::new();
        for (name, text) in [
            ("version", VERSION),
            ("platform", "posix"),
            ("strftime", TIME_FORMAT),
            ("FS", "FS"),
        ] {
            hash.insert(name, Value::str(text));
        }
        for (name, number) in [("api_major", 3), ("api_minor", 2)] {
            hash.insert(name, Value::Int(number));
        }
        insert_process(&mut hash);

        let mut arguments = Hash::new();
        for (number, argument) in self.arguments.iter().enumerate() {
            arguments.insert(number.to_string(), Value::from_input(argument));
        }
        hash.insert("argv", new(vm, arguments)?);

        let mut identifiers = Hash::new();
        for (name, _) in Builtin::ALL {
            identifiers.insert(*name, Value::str("builtin"));
        }
        for name in &self.compiled.functions {
            identifiers.insert(name.as_str(), Value::str("user"));
        }
        // What variables of the program are shows only later.
        for name in self.compiled.globals.keys() {
            identifiers.insert(name.as_str(), Value::str("untyped"));
        }
        let language = &self.compiled.language;
        for (names, kind) in [
            (special::scalars(language), "scalar"),
            (special::arrays(language), "array"),
        ] {
            for name in names {
                identifiers.insert(*name, Value::str(kind));
            }
        }
        hash.insert("identifiers", new(vm, identifiers)?);
        new(vm, hash)
    }
}

fn new(vm: &mut VM, hash: Hash) -> Result<Value, String> {
    let handle = vm.new_hash_handle(hash);
    Ok(Value::Handle(handle.map_err(|fault| fault.to_string())?))
}

#[cfg(unix)]
fn insert_process(hash: &mut Hash) {
    use rustix::process;

    let parent = process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get());
    for (name, number) in [
        ("pid", i64::from(process::getpid().as_raw_nonzero().get())),
        ("ppid", i64::from(parent)),
        (
            "pgrpid",
            i64::from(process::getpgrp().as_raw_nonzero().get()),
        ),
        ("uid", i64::from(process::getuid().as_raw())),
        ("euid", i64::from(process::geteuid().as_raw())),
        ("gid", i64::from(process::getgid().as_raw())),
        ("egid", i64::from(process::getegid().as_raw())),
    ] {
        hash.insert(name, Value::Int(number));
    }
    let groups = process::getgroups().unwrap_or_default();
    for (number, group) in (1..).zip(groups) {
        hash.insert(format!("group{number}"), Value::Int(group.as_raw().into()));
    }
}

#[cfg(not(unix))]
fn insert_process(hash: &mut Hash) {
    hash.insert("pid", Value::Int(std::process::id().into()));
}
