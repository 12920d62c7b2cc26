//! Changing files in place: what the program prints while it reads a file takes the file's place.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use fusevm::{VM, Value};

use super::Runtime;
use super::streams::{reason, shown, system_text};

/// The variables that say how to call what was there before; nothing keeps it.
const SUFFIXES: [&str; 2] = ["inplace::suffix", "INPLACE_SUFFIX"];

/// A file that is being replaced.
#[derive(Debug)]
pub(super) struct Replaced {
    file: PathBuf,
    /// What is to take its place.
    new: PathBuf,
}

impl Runtime {
    /// From now on, what is printed goes into what is to replace this file. What is no file stays
    /// as it is.
    pub(super) fn start_in_place(&mut self, vm: &mut VM, name: &[u8]) -> Result<(), String> {
        let file = PathBuf::from(&*system_text(name));
        let Ok(metadata) = fs::metadata(&file) else {
            return Ok(());
        };
        if !metadata.is_file() {
            return Ok(());
        }
        let new = beside(&file, &format!(".awk{}", std::process::id()));
        let cannot = |error: io::Error| {
            let name = shown(name);
            format!("cannot change {name} in place: {}", reason(&error))
        };
        let writer = File::create_new(&new).map_err(cannot)?;
        writer
            .set_permissions(metadata.permissions())
            .map_err(cannot)?;
        vm.flush_output();
        vm.set_writer(Box::new(io::BufWriter::new(writer)));
        self.replaced = Some(Replaced { file, new });
        Ok(())
    }

    /// Leaves the file as it was.
    pub(super) fn abandon_in_place(&mut self) {
        if let Some(Replaced { new, .. }) = self.replaced.take() {
            // What cannot be removed is beside the file for everybody to see.
            let _ = fs::remove_file(new);
        }
    }

    /// Puts what was printed in the place of the file that was read.
    pub(super) fn end_in_place(&mut self, vm: &mut VM) -> Result<(), String> {
        let Some(Replaced { file, new }) = self.replaced.take() else {
            return Ok(());
        };
        vm.flush_output();
        vm.set_writer(Box::new(io::stdout()));
        let suffix = self.backup_suffix(vm);
        let cannot = |error: io::Error| {
            let name = file.display();
            format!("cannot change `{name}` in place: {}", reason(&error))
        };
        if !suffix.is_empty() {
            let backup = beside(&file, &suffix);
            let _ = fs::remove_file(&backup);
            fs::hard_link(&file, &backup)
                .or_else(|_| fs::copy(&file, &backup).map(drop))
                .map_err(cannot)?;
        }
        fs::rename(&new, &file).map_err(cannot)
    }

    fn backup_suffix(&self, vm: &VM) -> String {
        let globals = &self.compiled.globals;
        let value = SUFFIXES.iter().find_map(|name| {
            let (index, _) = globals.get(*name)?;
            match &vm.globals()[usize::from(*index)] {
                Value::Undef => None,
                value => Some(value.to_str()),
            }
        });
        value.unwrap_or_default()
    }
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
