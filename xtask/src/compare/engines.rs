//! What runs the programs: this machine, an older one, other languages, native code.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::build::Build;
use super::programs::Program;
use super::results::Column;

/// The names that `--engines` knows, in the order of the columns.
pub(crate) const NAMES: [&str; 9] = [
    FUSEVM,
    FUSEVM_JOFF,
    "lua5.4",
    "luajit",
    "luajit-joff",
    "python3",
    "perl",
    "node",
    NATIVE,
];

pub(crate) const FUSEVM: &str = "fusevm";
/// This machine without native code.
pub(crate) const FUSEVM_JOFF: &str = "fusevm-joff";
pub(crate) const NATIVE: &str = "native";

/// Something that runs the programs.
#[derive(Debug)]
pub(crate) struct Engine {
    column: Column,
    binary: PathBuf,
    form: Form,
}

/// In which form an engine takes a program.
#[derive(Debug)]
enum Form {
    /// As text assembly, behind options of the command `run`.
    Assembly(&'static [&'static str]),
    /// As a source file, after the options of the interpreter.
    Source(&'static Peer),
    /// By name: it contains all of them.
    Name,
}

/// An interpreter of another language, found on the `PATH`.
#[derive(Debug)]
struct Peer {
    name: &'static str,
    command: &'static str,
    /// Arguments that make it print its version.
    version: &'static [&'static str],
    /// Arguments that make it print the path of its binary. Version managers put scripts on the
    /// `PATH`, whose time must not be measured and which a counter of instructions does not follow.
    path: &'static [&'static str],
    options: &'static [&'static str],
    /// The folder in `bench/peers`.
    folder: &'static str,
    extension: &'static str,
}

const PEERS: [Peer; 6] = [
    Peer {
        name: "lua5.4",
        command: "lua5.4",
        version: &["-v"],
        path: &[],
        options: &[],
        folder: "lua",
        extension: "lua",
    },
    Peer {
        name: "luajit",
        command: "luajit",
        version: &["-v"],
        path: &[],
        options: &[],
        folder: "lua",
        extension: "lua",
    },
    Peer {
        name: "luajit-joff",
        command: "luajit",
        version: &["-v"],
        path: &[],
        options: &["-joff"],
        folder: "lua",
        extension: "lua",
    },
    Peer {
        name: "python3",
        command: "python3",
        version: &["--version"],
        path: &["-c", "import sys; print(sys.executable)"],
        options: &[],
        folder: "python",
        extension: "py",
    },
    Peer {
        name: "perl",
        command: "perl",
        version: &["-e", "print qq(Perl $^V)"],
        path: &["-e", "print $^X"],
        options: &[],
        folder: "perl",
        extension: "pl",
    },
    Peer {
        name: "node",
        command: "node",
        version: &["-p", "`Node.js ${process.version}`"],
        path: &["-p", "process.execPath"],
        options: &[],
        folder: "javascript",
        extension: "js",
    },
];

impl Engine {
    /// The command line.
    pub(crate) fn fusevm(Build { column, binary }: Build) -> Engine {
        Engine {
            column,
            binary,
            form: Form::Assembly(&[]),
        }
    }

    /// The command line, interpreted.
    pub(crate) fn fusevm_joff(Build { column, binary }: Build) -> Engine {
        Engine {
            column: Column {
                name: FUSEVM_JOFF.to_owned(),
                ..column
            },
            binary,
            form: Form::Assembly(&["--jit", "off"]),
        }
    }

    pub(crate) fn column(&self) -> Column {
        self.column.clone()
    }

    /// The programs in Rust.
    pub(crate) fn native(binary: PathBuf) -> Result<Engine> {
        Ok(Engine {
            column: column(NATIVE, output_of("rustc", &["--version"])?),
            binary,
            form: Form::Name,
        })
    }

    /// The interpreter of that name, if it can be started.
    ///
    /// # Errors
    ///
    /// What stands against it. The caller goes on without it.
    pub(crate) fn peer(name: &str) -> Result<Engine> {
        let peer = PEERS
            .iter()
            .find(|peer| peer.name == name)
            .with_context(|| format!("{name} is not known"))?;
        let version = output_of(peer.command, peer.version)?;
        let binary = if peer.path.is_empty() {
            PathBuf::from(peer.command)
        } else {
            PathBuf::from(output_of(peer.command, peer.path)?)
        };
        Ok(Engine {
            column: column(name, without_copyright(&version).to_owned()),
            binary,
            form: Form::Source(peer),
        })
    }

    /// The command that runs a program at its size.
    pub(crate) fn command(&self, program: &Program) -> Command {
        let mut command = Command::new(&self.binary);
        let root = crate::root();
        match &self.form {
            Form::Assembly(options) => {
                let source = root.join("examples/asm").join(program.name);
                command.arg("run").args(*options);
                command.arg(source.with_extension("fasm"));
            }
            Form::Source(peer) => {
                command.args(peer.options).arg(peer.source(&root, program));
            }
            Form::Name => {
                command.arg(program.name);
            }
        }
        command.arg(program.size);
        command
    }
}

/// That of an engine of another kind than this machine.
pub(crate) fn column(name: &str, version: String) -> Column {
    Column {
        name: name.to_owned(),
        version,
        is_baseline: false,
    }
}

impl Peer {
    fn source(&self, root: &Path, program: &Program) -> PathBuf {
        let folder = root.join("bench/peers").join(self.folder);
        folder.join(program.name).with_extension(self.extension)
    }
}

/// `Lua 5.4.4` of `Lua 5.4.4  Copyright (C) 1994-2022 Lua.org, PUC-Rio`.
pub(crate) fn without_copyright(version: &str) -> &str {
    let version = version.split("Copyright").next().unwrap_or(version);
    version.trim_end_matches([' ', '-'])
}

/// The first line that a command prints.
pub(crate) fn output_of(command: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(command)
        .args(arguments)
        .current_dir(crate::root())
        .output()
        .with_context(|| format!("cannot start {command}"))?;
    ensure!(
        output.status.success(),
        "{command} {} fails, {}: {}",
        arguments.join(" "),
        output.status,
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
    let printed = String::from_utf8_lossy(&output.stdout);
    Ok(printed.lines().next().unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;
    use crate::compare::programs::PROGRAMS;

    #[test]
    fn every_interpreter_has_every_program_and_no_other() {
        let root = crate::root();
        for peer in &PEERS {
            let files: BTreeSet<PathBuf> = fs::read_dir(root.join("bench/peers").join(peer.folder))
                .expect("the folder exists")
                .map(|entry| entry.expect("the folder can be read").path())
                .collect();
            let expected = PROGRAMS
                .iter()
                .map(|program| peer.source(&root, program))
                .collect();
            assert_eq!(files, expected, "{}", peer.name);
        }
    }

    #[test]
    fn every_name_is_an_engine() {
        let peers = PEERS.iter().map(|peer| peer.name);
        let own = [FUSEVM, FUSEVM_JOFF].into_iter();
        let names: Vec<&str> = own.chain(peers).chain([NATIVE]).collect();
        assert_eq!(names, NAMES);
    }

    #[test]
    fn commands() {
        let command = |form| {
            let engine = Engine {
                column: column("", String::new()),
                binary: PathBuf::from("engine"),
                form,
            };
            let arguments: Vec<String> = engine
                .command(&PROGRAMS[0])
                .get_args()
                .map(|argument| argument.to_string_lossy().into_owned())
                .collect();
            let root = crate::root().display().to_string();
            arguments.join(" ").replace(&root, "ROOT")
        };
        assert_eq!(
            command(Form::Assembly(&["--jit", "off"])),
            "run --jit off ROOT/examples/asm/ackermann.fasm 9"
        );
        assert_eq!(command(Form::Name), "ackermann 9");
        assert_eq!(
            command(Form::Source(&PEERS[2])),
            "-joff ROOT/bench/peers/lua/ackermann.lua 9"
        );
    }

    #[test]
    fn versions_end_before_the_copyright() {
        for (printed, version) in [
            ("Lua 5.4.4  Copyright (C) 1994-2022 Lua.org", "Lua 5.4.4"),
            (
                "LuaJIT 2.1 -- Copyright (C) 2005-2022 Mike Pall",
                "LuaJIT 2.1",
            ),
            ("Python 3.11.7", "Python 3.11.7"),
        ] {
            assert_eq!(without_copyright(printed), version);
        }
    }
}
