//! Why an operation could not be carried out.

use std::fmt;
use std::io;

use crate::value::Kind;

/// Why an operation, or a whole run, could not go on.
///
/// The [`Display`](fmt::Display) text is what a run reports.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A call of a name that is neither a function of the chunk nor a named builtin.
    UndefinedFunction(Box<str>),
    /// A call of a value that names no function.
    NotAFunction {
        /// The value: a text in quotes, a number, or the name of another kind.
        found: Box<str>,
        /// For a text: the function whose name is nearly that.
        nearest: Option<Box<str>>,
    },
    /// A block operation names a block range that the chunk does not have.
    UndefinedBlock(u16),
    /// A block operation met something that is not an array.
    NotAnArray {
        /// The operation.
        op: &'static str,
        /// What it met.
        found: Kind,
    },
    /// An integer result does not fit 64 bits, and the chunk asks for an error.
    IntegerOverflow(&'static str),
    /// A divisor is zero, and the dialect makes that an error.
    DivisionByZero(&'static str),
    /// A text or container would exceed the limit for one value, or what can be allocated.
    ValueTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The machine would hold more memory than its budget allows. Running again goes on behind the
    /// operation.
    OutOfMemory {
        /// The budget in bytes.
        limit: usize,
    },
    /// More calls, scopes or block operations are open than allowed.
    CallDepth {
        /// The most frames that may be open.
        limit: usize,
    },
    /// The operand or slot stack is full.
    StackOverflow {
        /// The most values that one stack may hold.
        limit: usize,
    },
    /// Handlers ran the machine again from inside, too deep.
    NestedRuns {
        /// The most runs that may be open at once.
        limit: usize,
    },
    /// A handle names a container that no longer exists.
    DeadHandle,
    /// A handle belongs to another machine.
    ForeignHandle,
    /// An operation that stores into a shared container met something else.
    NotAHandle {
        /// The operation.
        op: &'static str,
        /// What it met.
        found: Kind,
    },
    /// The element under this key is a container, where the dialect wants another value.
    ContainerAsScalar(Box<str>),
    /// The element under this key is no container, where one is needed.
    ScalarAsContainer(Box<str>),
    /// The heap holds as many containers as allowed.
    HeapFull {
        /// The most containers that may exist.
        limit: usize,
    },
    /// The fuel is used up. More fuel lets the run go on where it stopped.
    OutOfFuel,
    /// The deadline has passed. Running again with a later one goes on where the run stopped.
    DeadlineExceeded,
    /// Another thread, or a handler, asked the run to stop. Running again goes on.
    Interrupted,
    /// The reader of our output went away.
    BrokenPipe,
    /// Output could not be written.
    Write(Box<str>),
    /// Input could not be read.
    Read(Box<str>),
    /// What a handler or builtin raised.
    Raised(Box<str>),
    /// The operation would reach out of the machine in a way that its
    /// [`Access`](crate::vm::Access) forbids.
    Denied(Outside),
    /// The operation is declared but this version cannot run it.
    Unsupported(&'static str),
}

/// What lies outside a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outside {
    /// Starting programs of the system.
    Processes,
    /// Looking at the file system.
    Files,
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Outside::Processes => "processes",
            Outside::Files => "files",
        })
    }
}

impl Fault {
    /// A failed write; a closed pipe is told apart, for it is rarely worth a message.
    pub(crate) fn write(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Fault::BrokenPipe,
            _ => Fault::Write(error.to_string().into()),
        }
    }

    /// Whether running again, with what was missing, continues where the run stopped.
    pub fn is_resumable(&self) -> bool {
        matches!(
            self,
            Fault::OutOfFuel | Fault::DeadlineExceeded | Fault::Interrupted
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::UndefinedFunction(name) => write!(f, "undefined function: {name}"),
            Fault::NotAFunction { found, nearest } => {
                write!(f, "not a function: {found}")?;
                match nearest {
                    Some(name) => write!(f, "; did you mean {name:?}?"),
                    None => Ok(()),
                }
            }
            Fault::UndefinedBlock(index) => write!(f, "undefined block: {index}"),
            Fault::NotAnArray { op, found } => {
                write!(f, "{op} needs an array, but found {}", found.name())
            }
            Fault::IntegerOverflow(op) => write!(f, "integer overflow in {op}"),
            Fault::DivisionByZero(op) => write!(f, "division by zero in {op}"),
            Fault::ValueTooLarge { limit } => {
                write!(
                    f,
                    "value too large: one value may hold at most {limit} bytes"
                )
            }
            Fault::OutOfMemory { limit } => {
                write!(
                    f,
                    "out of memory: the machine may hold at most {limit} bytes"
                )
            }
            Fault::CallDepth { limit } => {
                write!(f, "call depth exceeded: at most {limit} frames may be open")
            }
            Fault::StackOverflow { limit } => {
                write!(f, "stack overflow: a stack may hold at most {limit} values")
            }
            Fault::NestedRuns { limit } => {
                write!(f, "handlers re-entered the machine more than {limit} times")
            }
            Fault::DeadHandle => f.write_str("dead handle: its container no longer exists"),
            Fault::ForeignHandle => f.write_str("foreign handle: it belongs to another machine"),
            Fault::NotAHandle { op, found } => {
                write!(f, "{op} needs a handle, but found {}", found.name())
            }
            Fault::ContainerAsScalar(key) => {
                write!(f, "the element {key:?} is an array, but used as a value")
            }
            Fault::ScalarAsContainer(key) => {
                write!(f, "the element {key:?} is a value, but used as an array")
            }
            Fault::HeapFull { limit } => {
                write!(f, "heap full: at most {limit} containers may exist")
            }
            Fault::OutOfFuel => f.write_str("out of fuel"),
            Fault::DeadlineExceeded => f.write_str("deadline exceeded"),
            Fault::Interrupted => f.write_str("interrupted"),
            Fault::BrokenPipe => f.write_str("write error: broken pipe"),
            Fault::Write(reason) => write!(f, "write error: {reason}"),
            Fault::Read(reason) => write!(f, "read error: {reason}"),
            Fault::Raised(message) => f.write_str(message),
            Fault::Denied(outside) => write!(f, "access denied: no {outside} in this machine"),
            Fault::Unsupported(op) => write!(f, "{op} cannot be run by this version"),
        }
    }
}

impl std::error::Error for Fault {}
