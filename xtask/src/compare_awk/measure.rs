//! Runs of the programs: what they print, the time and the memory that they take.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hasher as _};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::compare::measure::succeeded;

/// What a program printed, and the memory that it took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) checksum: u64,
    /// The most that was resident at a time, in MiB, where there is something to measure it.
    pub(crate) peak: Option<f64>,
}

/// Runs programs to see what they print.
#[derive(Debug)]
pub(crate) struct Observer {
    /// A file for what a program prints.
    output: PathBuf,
    /// A file for what GNU time says, if it is there.
    log: Option<PathBuf>,
}

impl Observer {
    /// One that may write files to a folder.
    pub(crate) fn new(folder: &Path) -> Self {
        let log = folder.join("memory.log");
        let probe = with_peak(&Command::new("true"), &log).output();
        let works = probe.is_ok_and(|probe| probe.status.success()) && read_peak(&log).is_ok();
        Observer {
            output: folder.join("output.txt"),
            log: works.then_some(log),
        }
    }

    pub(crate) fn measures_memory(&self) -> bool {
        self.log.is_some()
    }

    /// Runs a command, which reads nothing from standard input.
    pub(crate) fn run(&self, command: Command) -> Result<Outcome> {
        let mut command = match &self.log {
            Some(log) => with_peak(&command, log),
            None => command,
        };
        let output = File::create(&self.output)
            .with_context(|| format!("cannot write {}", self.output.display()))?;
        finish(command.stdout(output))?;
        Ok(Outcome {
            checksum: checksum(&self.output)?,
            peak: self.log.as_deref().map(read_peak).transpose()?,
        })
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        // They may never have been written.
        let _ = fs::remove_file(&self.output);
        let _ = self.log.as_ref().map(fs::remove_file);
    }
}

/// The wall time of a command whose output nobody reads, in seconds.
pub(crate) fn time(mut command: Command) -> Result<f64> {
    let start = Instant::now();
    finish(command.stdout(Stdio::null()))?;
    Ok(start.elapsed().as_secs_f64())
}

fn finish(command: &mut Command) -> Result<()> {
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn();
    let output = child
        .and_then(Child::wait_with_output)
        .context("it cannot be started")?;
    succeeded(&output)
}

/// A command under GNU time, which asks the system.
fn with_peak(command: &Command, log: &Path) -> Command {
    let mut wrapped = Command::new("time");
    let variables = command.get_envs();
    wrapped.envs(variables.filter_map(|(name, value)| Some((name, value?))));
    wrapped.args(["-f", "%M", "-o"]).arg(log);
    wrapped.arg(command.get_program()).args(command.get_args());
    wrapped
}

/// Of the kibibytes in the last line of a log.
fn read_peak(log: &Path) -> Result<f64> {
    let text = fs::read_to_string(log).with_context(|| format!("cannot read {}", log.display()))?;
    let last = text.lines().last().unwrap_or_default();
    let kibibytes: f64 = last
        .trim()
        .parse()
        .with_context(|| format!("no number of kibibytes in:\n{text}"))?;
    Ok(kibibytes / 1024.0)
}

/// A checksum for files that were written by one run of this program.
fn checksum(path: &Path) -> Result<u64> {
    let mut file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut hasher = DefaultHasher::new();
    let mut buffer = vec![0; 1 << 16];
    let mut length = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            hasher.write_u64(length);
            return Ok(hasher.finish());
        }
        hasher.write(&buffer[..read]);
        length += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(text: &str) -> Command {
        let mut command = Command::new("printf");
        command.arg(text);
        command
    }

    #[test]
    fn outcomes_are_equal_when_the_output_is() {
        let folder = std::env::temp_dir().join(format!("xtask-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("there is a folder for such things");
        let observer = Observer::new(&folder);
        let checksum = |text| observer.run(print(text)).expect("it runs").checksum;
        assert_eq!(checksum("a"), checksum("a"));
        assert_ne!(checksum("a"), checksum("b"));
        assert_ne!(checksum("a"), checksum(""));
        let outcome = observer.run(print("")).expect("it runs");
        assert_eq!(outcome.peak.is_some(), observer.measures_memory());
        assert!(observer.run(Command::new("false")).is_err());
        drop(observer);
        fs::remove_dir(&folder).expect("the files are gone");
    }
}
