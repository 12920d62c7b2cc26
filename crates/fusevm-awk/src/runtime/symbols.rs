//! `SYMTAB`: the variables of a program by their names.

use fusevm::value::Hash;
use fusevm::{AwkHost, VM, Value};

use super::special::Special;
use super::{Outcome, Runtime, dynamic};
use crate::resolve::Kind;

impl Runtime {
    fn named(&self, args: &[Value]) -> Result<(String, u16, Kind), String> {
        let name = self.bytes_of(args.last().unwrap_or(&Value::Undef));
        let name = String::from_utf8_lossy(&name).into_owned();
        match self.compiled.globals.get(&name) {
            Some(&(index, kind)) => Ok((name, index, kind)),
            None => Err(format!(
                "reference to uninitialized element `SYMTAB[\"{name}\"]' is not allowed"
            )),
        }
    }

    fn value_of(&mut self, vm: &VM, name: &str, index: u16) -> Value {
        match Special::named(name, &self.compiled.language) {
            Some(Special::Nf) => Value::Int(self.nf()),
            _ => vm.globals()[usize::from(index)].clone(),
        }
    }

    /// The variable of a name, which may be an array.
    pub(super) fn symbol(&mut self, vm: &VM, args: &[Value]) -> Outcome {
        let (name, index, _) = self.named(args)?;
        Ok(self.value_of(vm, &name, index))
    }

    /// The array of a name.
    pub(super) fn array_symbol(&mut self, vm: &mut VM, args: &[Value]) -> Outcome {
        let (name, index, kind) = self.named(args)?;
        let value = self.value_of(vm, &name, index);
        let name = Value::str(name);
        let array = dynamic::array(vm, &[value, name])?;
        if kind == Kind::Dynamic {
            vm.set_global(index, array.clone());
        }
        Ok(array)
    }

    /// Assigns to the variable of a name: value, name.
    pub(super) fn set_symbol(&mut self, vm: &mut VM, args: &[Value]) -> Outcome {
        let (name, index, _) = self.named(args)?;
        let value = args.first().cloned().unwrap_or_default();
        let old = self.value_of(vm, &name, index);
        if dynamic::is_array(vm, &old) {
            return Err(format!("attempt to use array `{name}' in a scalar context"));
        }
        match Special::named(&name, &self.compiled.language) {
            Some(special) => self.set_special(vm, special, &value)?,
            None => vm.set_global(index, value),
        }
        Ok(Value::Undef)
    }

    /// The variables that the program can have, by name, and their numbers.
    pub(super) fn sorted_globals(&self) -> Vec<(String, u16)> {
        let globals = self.compiled.globals.iter();
        let mut names: Vec<(String, u16)> = globals
            .map(|(name, (index, _))| (name.clone(), *index))
            .collect();
        names.sort_unstable();
        names
    }

    /// All variables that the program can have, in a new array.
    pub(super) fn symbols(&mut self, vm: &mut VM) -> Outcome {
        let mut hash = Hash::new();
        for (name, index) in self.sorted_globals() {
            let value = self.value_of(vm, &name, index);
            hash.insert(name, value);
        }
        let handle = vm.new_hash_handle(hash);
        Ok(Value::Handle(handle.map_err(|fault| fault.to_string())?))
    }
}
