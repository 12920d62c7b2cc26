//! Standard output of the commands themselves.

use std::io::{self, Write as _};

use crate::report::Failure;

/// Writes to standard output.
pub(crate) fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
            _ => Failure::run_time(format!("cannot write to standard output: {error}")),
        })
}
