//! Programs of the system.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};

use tracing::debug;

use crate::value::Key;

/// The status of a command that does not exist.
const NOT_FOUND: i32 = 127;

/// The status of a command that exists and cannot be started.
const NOT_EXECUTABLE: i32 = 126;

/// Children that nobody waits for. They are collected when later ones are started: one that has
/// ended stays in the system's table until its parent asks for its status.
static BACKGROUND: Mutex<Vec<Child>> = Mutex::new(Vec::new());

/// A text for the system, byte for byte where the system's texts are bytes.
pub(crate) fn os_string(text: &Key) -> OsString {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        OsStr::from_bytes(text.as_bytes()).to_owned()
    }
    #[cfg(not(unix))]
    {
        String::from_utf8_lossy(text.as_bytes()).into_owned().into()
    }
}

/// Runs a program with this process's standard streams and waits for it. No words are status 0.
pub(crate) fn run<W: AsRef<OsStr>>(words: impl IntoIterator<Item = W>) -> i32 {
    collect_finished();
    let Some(mut command) = command(words) else {
        return 0;
    };
    match command.status() {
        Ok(status) => code(status),
        Err(error) => {
            debug!(program = ?command.get_program(), %error, "cannot start a program");
            match error.kind() {
                io::ErrorKind::NotFound => NOT_FOUND,
                _ => NOT_EXECUTABLE,
            }
        }
    }
}

/// Starts a program with its output discarded. Its process id; 0 for no words, or when it cannot
/// be started.
pub(crate) fn start<W: AsRef<OsStr>>(words: impl IntoIterator<Item = W>) -> i32 {
    collect_finished();
    let Some(mut command) = command(words) else {
        return 0;
    };
    command.stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        Ok(child) => {
            let id = i32::try_from(child.id()).unwrap_or(0);
            background().push(child);
            id
        }
        Err(error) => {
            debug!(program = ?command.get_program(), %error, "cannot start a program");
            0
        }
    }
}

/// Lets go of the background children that have ended.
pub(crate) fn collect_finished() {
    background().retain_mut(|child| matches!(child.try_wait(), Ok(None)));
}

fn background() -> std::sync::MutexGuard<'static, Vec<Child>> {
    // A list of children is in order even if somebody panicked while holding it.
    BACKGROUND.lock().unwrap_or_else(PoisonError::into_inner)
}

fn command<W: AsRef<OsStr>>(words: impl IntoIterator<Item = W>) -> Option<Command> {
    let mut words = words.into_iter();
    let mut command = Command::new(words.next()?);
    command.args(words);
    Some(command)
}

fn code(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 128 + signal;
    }
    status.code().unwrap_or(NOT_EXECUTABLE)
}
