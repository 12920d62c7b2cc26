//! The machine's side of commands: the host, or the system where there is none.

use super::VM;
use super::access::Access;
use super::interp::strings;
use crate::host::{ShellHost, process};
use crate::semantics::{Fault, Outside};
use crate::value::Key;

/// What the machine knows about the commands that it started without waiting.
#[derive(Default)]
pub(super) struct Background {
    last: Option<i32>,
}

impl Drop for Background {
    fn drop(&mut self) {
        if self.last.is_some() {
            process::collect_finished();
        }
    }
}

impl VM {
    /// Installs the host of the shell operations, in place of an earlier one. The field
    /// [`host`](Self::host) takes it away again.
    pub fn set_shell_host(&mut self, host: Box<dyn ShellHost>) {
        self.host = Some(host);
    }

    /// What the shell operations may do without a host.
    pub fn access(&self) -> Access {
        self.access
    }

    /// Bounds what the shell operations may do without a host.
    pub fn set_access(&mut self, access: Access) {
        self.access = access;
    }

    /// The process id of the last command that [`Op::ExecBg`](crate::Op::ExecBg) started, as the
    /// host gave it if there is one. `None` when none was started.
    pub fn last_background_pid(&self) -> Option<i32> {
        self.background.last
    }

    /// Runs a command outside the machine and waits for it.
    pub(super) fn run_command(&mut self, words: &[Key]) -> Result<i32, Fault> {
        if self.host.is_none() {
            self.access.request(Outside::Processes)?;
        }
        self.output.flush()?;
        Ok(match &mut self.host {
            Some(host) => host.exec(strings(words)),
            None => process::run(words.iter().map(process::os_string), &self.resources.watch),
        })
    }

    /// Starts a command outside the machine.
    pub(super) fn start_command(&mut self, words: &[Key]) -> Result<(), Fault> {
        if self.host.is_none() {
            self.access.request(Outside::Processes)?;
        }
        self.output.flush()?;
        let id = match &mut self.host {
            Some(host) => host.exec_bg(strings(words)),
            None => process::start(words.iter().map(process::os_string)),
        };
        if id > 0 {
            self.background.last = Some(id);
        }
        Ok(())
    }
}
