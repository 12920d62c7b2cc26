//! Errors of a run, with their place in the program.

use std::fmt;
use std::sync::Arc;

use crate::semantics::Fault;

/// Why a run ended early, and where.
///
/// [`Display`](fmt::Display) gives the message alone; a tool that shows errors to people adds
/// [`file`](Self::file), [`line`](Self::line), [`column`](Self::column) and the [`call stack`](Self::call_stack).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VmError {
    pub(crate) fault: Fault,
    pub(crate) op_index: Option<usize>,
    pub(crate) source: Arc<str>,
    pub(crate) place: Place,
    pub(crate) call_stack: Box<[CallSite]>,
}

/// A place in the source. Several that are in one file share its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: Arc<str>,
    pub(crate) line: Option<u32>,
    pub(crate) column: Option<u32>,
}

impl VmError {
    /// What went wrong.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// The operation that could not be carried out. `None` when the program had already ended,
    /// and only flushing its output failed.
    pub fn op_index(&self) -> Option<usize> {
        self.op_index
    }

    /// The chunk's source name; may be empty.
    pub fn source_name(&self) -> &str {
        &self.source
    }

    /// The source file of the operation: that of its span, or else the chunk's source name.
    pub fn file(&self) -> &str {
        &self.place.file
    }

    /// The line of the operation in [`file`](Self::file), where the chunk has one.
    pub fn line(&self) -> Option<u32> {
        self.place.line
    }

    /// The column of the operation in its line, in characters from 1, where the chunk has one.
    pub fn column(&self) -> Option<u32> {
        self.place.column
    }

    /// The calls that were open, innermost first. Of a very deep stack only the innermost
    /// [`MAX_CALL_SITES`](Self::MAX_CALL_SITES) are kept.
    pub fn call_stack(&self) -> &[CallSite] {
        &self.call_stack
    }

    /// The most calls that an error lists.
    pub const MAX_CALL_SITES: usize = 64;
}

impl fmt::Display for VmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

impl std::error::Error for VmError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.fault)
    }
}

/// One open call: the function that was entered, and where from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSite {
    pub(crate) function: Option<String>,
    pub(crate) op_index: usize,
    pub(crate) place: Place,
}

impl CallSite {
    /// The name of the function, where it has one.
    pub fn function(&self) -> Option<&str> {
        self.function.as_deref()
    }

    /// The index of the calling operation.
    pub fn op_index(&self) -> usize {
        self.op_index
    }

    /// The source file of the calling operation, which may be another than that of the error.
    pub fn file(&self) -> &str {
        &self.place.file
    }

    /// The line of the calling operation in [`file`](Self::file), where the chunk has one.
    pub fn line(&self) -> Option<u32> {
        self.place.line
    }

    /// The column of the calling operation in its line, in characters from 1, where the chunk has
    /// one.
    pub fn column(&self) -> Option<u32> {
        self.place.column
    }
}
