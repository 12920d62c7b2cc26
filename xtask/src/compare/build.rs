//! Builds what is compared.

use std::env;
use std::path::{Path, PathBuf, absolute};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::engines::{Engine, FUSEVM, output_of};
use super::results::Column;

/// The command line, built.
#[derive(Debug)]
pub(crate) struct Build {
    pub(crate) column: Column,
    pub(crate) binary: PathBuf,
}

/// The files as they are.
pub(crate) fn present() -> Result<Build> {
    let binary = command_line(&crate::root(), &target()?)?;
    let column = Column {
        name: FUSEVM.to_owned(),
        version: output_of("git", &["describe", "--always", "--dirty"])?,
        is_baseline: false,
    };
    Ok(Build { column, binary })
}

/// Another revision. Its binary stays in the target folder, so that a later build of
/// a revision close to it takes less time; its files do not.
pub(crate) fn baseline(revision: &str) -> Result<Build> {
    let commit = format!("{revision}^{{commit}}");
    let commit = output_of("git", &["rev-parse", "--verify", "--short", &commit])?;
    let folder = target()?.join("compare-baseline");
    let worktree = Worktree::add(&commit, folder.join("source"))?;
    let binary = command_line(&worktree.folder, &folder.join("build"))?;
    let column = Column {
        name: format!("{FUSEVM}@{revision}"),
        version: commit,
        is_baseline: true,
    };
    Ok(Build { column, binary })
}

pub(crate) fn native() -> Result<Engine> {
    let folder = crate::root().join("bench/peers/native");
    let target = target()?.join("compare-native");
    build(&folder, &target, &["--locked"])?;
    Engine::native(binary(&target, "native"))
}

/// The command line, as users build it.
pub(crate) fn command_line(source: &Path, target: &Path) -> Result<PathBuf> {
    build(source, target, &["--locked", "--package", "fusevm-cli"])?;
    Ok(binary(target, "fusevm"))
}

fn build(source: &Path, target: &Path, options: &[&str]) -> Result<()> {
    eprintln!("building {}", source.display());
    let status = crate::cargo()
        .args(["build", "--release", "--quiet", "--target-dir"])
        .arg(target)
        .args(options)
        .current_dir(source)
        .status()
        .context("cannot start cargo")?;
    ensure!(status.success(), "{} cannot be built", source.display());
    Ok(())
}

fn binary(target: &Path, name: &str) -> PathBuf {
    target
        .join("release")
        .join(name)
        .with_extension(env::consts::EXE_EXTENSION)
}

/// Cargo's folder for what it builds.
pub(crate) fn target() -> Result<PathBuf> {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => absolute(folder).context("CARGO_TARGET_DIR is no path"),
        None => Ok(crate::root().join("target")),
    }
}

/// The files of a commit, for as long as this lives.
struct Worktree {
    folder: PathBuf,
}

impl Worktree {
    fn add(commit: &str, folder: PathBuf) -> Result<Worktree> {
        // One that an interrupted run has left.
        remove(&folder);
        let output = git(&["worktree", "add", "--detach", "--force"])
            .arg(&folder)
            .arg(commit)
            .output()
            .context("cannot start git")?;
        ensure!(
            output.status.success(),
            "{commit} cannot be checked out: {}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
        Ok(Worktree { folder })
    }
}

impl Drop for Worktree {
    fn drop(&mut self) {
        remove(&self.folder);
    }
}

/// Best effort: where there is none, there is nothing to do, and one that stays does no harm.
fn remove(folder: &Path) {
    let _ = git(&["worktree", "remove", "--force"]).arg(folder).output();
}

fn git(arguments: &[&str]) -> Command {
    let mut git = Command::new("git");
    git.args(arguments).current_dir(crate::root());
    git
}
