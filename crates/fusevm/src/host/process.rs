//! Programs of the system.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing::debug;

use crate::semantics::Watch;
use crate::value::Key;

/// The status of a command that does not exist.
const NOT_FOUND: i32 = 127;

/// The status of a command that exists and cannot be started.
const NOT_EXECUTABLE: i32 = 126;

/// How long a program that is asked to end may take, before it is killed.
const GRACE: Duration = Duration::from_secs(1);

/// Pauses between two questions whether a program has ended grow from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_micros(200);
const LAST_PAUSE: Duration = Duration::from_millis(10);

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
/// When the run is to stop the program is asked to end, and killed if it does not.
pub(crate) fn run<W: AsRef<OsStr>>(words: impl IntoIterator<Item = W>, watch: &Watch) -> i32 {
    collect_finished();
    let Some(mut command) = command(words) else {
        return 0;
    };
    let status = command
        .spawn()
        .and_then(|mut child| wait(&mut child, watch));
    match status {
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

/// Waits for a program that may have to be stopped.
fn wait(child: &mut Child, watch: &Watch) -> io::Result<ExitStatus> {
    if !watch.is_on() {
        return child.wait();
    }
    // The system has no wait that another thread could end, so the child is asked for.
    let ended = |child: &mut Child, is_over: &dyn Fn() -> bool| {
        let mut pause = FIRST_PAUSE;
        loop {
            let status = child.try_wait()?;
            if status.is_some() || is_over() {
                return Ok::<_, io::Error>(status);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LAST_PAUSE);
        }
    };
    if let Some(status) = ended(child, &|| watch.is_over())? {
        return Ok(status);
    }
    terminate(child);
    let killed_at = Instant::now() + GRACE;
    if let Some(status) = ended(child, &|| Instant::now() >= killed_at)? {
        return Ok(status);
    }
    child.kill()?;
    child.wait()
}

/// Asks a program to end.
fn terminate(child: &mut Child) {
    #[cfg(unix)]
    // It fails only if the child has ended.
    let _ = rustix::process::kill_process(
        rustix::process::Pid::from_child(child),
        rustix::process::Signal::TERM,
    );
    #[cfg(not(unix))]
    let _ = child.kill();
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
