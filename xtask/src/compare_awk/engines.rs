//! The AWKs that run the programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::programs::Program;
use crate::compare::build::Build;
use crate::compare::engines::{FUSEVM, column, output_of, without_copyright};
use crate::compare::results::Column;

/// The names that `--engines` knows, in the order of the columns.
pub(crate) const NAMES: [&str; 6] = [FUSEVM, "gawk", MAWK, "original-awk", "busybox", "frawk"];

/// What ratios refer to.
pub(crate) const MAWK: &str = "mawk";

/// How an AWK is started, and how it tells its version.
const PEERS: [(&str, &[&str], &[&str]); 5] = [
    ("gawk", &[], &["--version"]),
    (MAWK, &[], &["-W", "version"]),
    ("original-awk", &[], &["--version"]),
    ("busybox", &["awk"], &["--help"]),
    ("frawk", &[], &["--version"]),
];

/// An AWK.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) column: Column,
    binary: PathBuf,
    options: &'static [&'static str],
}

impl Engine {
    pub(crate) fn fusevm(Build { column, binary }: Build) -> Engine {
        Engine {
            column,
            binary,
            options: &["awk"],
        }
    }

    /// The AWK of that name.
    ///
    /// # Errors
    ///
    /// What stands against it. The caller goes on without it.
    pub(crate) fn peer(name: &str) -> Result<Engine> {
        let (_, options, version) = PEERS
            .iter()
            .find(|(known, ..)| *known == name)
            .with_context(|| format!("{name} is not known"))?;
        let version = output_of(name, version)?;
        Ok(Engine {
            column: column(name, without_copyright(&version).to_owned()),
            binary: PathBuf::from(name),
            options,
        })
    }

    /// The command that runs a program on a file, or on nothing. Bytes are characters: no AWK has
    /// to look for longer ones in data that has none.
    pub(crate) fn command(&self, program: &Program, input: Option<&Path>) -> Command {
        let mut command = Command::new(&self.binary);
        command.env("LC_ALL", "C").args(self.options);
        if !program.size.is_empty() {
            command.arg("-v").arg(format!("n={}", program.size));
        }
        command.arg("-f").arg(program.path()).args(input);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare_awk::programs::PROGRAMS;

    #[test]
    fn every_name_is_an_engine() {
        let peers = PEERS.iter().map(|(name, ..)| *name);
        let names: Vec<&str> = [FUSEVM].into_iter().chain(peers).collect();
        assert_eq!(names, NAMES);
    }

    #[test]
    fn commands() {
        let engine = Engine {
            column: column("busybox", String::new()),
            binary: PathBuf::from("busybox"),
            options: &["awk"],
        };
        let arguments = |name: &str, input: Option<&Path>| {
            let program = PROGRAMS.iter().find(|program| program.name == name);
            let command = engine.command(program.expect("it exists"), input);
            let arguments = command
                .get_args()
                .map(|argument| argument.to_string_lossy());
            let text = arguments.collect::<Vec<_>>().join(" ");
            text.replace(&crate::root().display().to_string(), "ROOT")
        };
        assert_eq!(
            arguments("fib", None),
            "awk -v n=27 -f ROOT/bench/awk/fib.awk"
        );
        assert_eq!(
            arguments("sum_column", Some(Path::new("data"))),
            "awk -f ROOT/bench/awk/sum_column.awk data"
        );
    }
}
