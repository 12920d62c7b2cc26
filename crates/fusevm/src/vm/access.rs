//! What a machine may do outside itself.

use crate::semantics::{Fault, Outside};

/// What the shell operations of a machine may do by themselves. By default everything.
///
/// What is not allowed ends the run with [`Fault::Denied`]. A host is not bound by this: it
/// decides for itself what the operations that reach it do.
///
/// ```
/// use fusevm::vm::Access;
/// use fusevm::{ChunkBuilder, Op, VM, Value};
///
/// let mut builder = ChunkBuilder::new();
/// let path = builder.add_constant(Value::str("/etc/passwd"));
/// builder.emit(Op::LoadConst(path), 1);
/// builder.emit(Op::TestFile(0), 1);
/// let mut vm = VM::new(builder.build());
/// vm.set_access(Access::NONE);
/// let error = vm.try_run().unwrap_err();
/// assert_eq!(error.to_string(), "access denied: no files in this machine");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Starting programs of the system: [`Op::Exec`](crate::Op::Exec),
    /// [`Op::ExecBg`](crate::Op::ExecBg) and [`Op::CallFunction`](crate::Op::CallFunction) where
    /// there is no host.
    pub processes: bool,
    /// Looking at the file system: [`Op::TestFile`](crate::Op::TestFile), and without a host
    /// [`Op::Glob`](crate::Op::Glob) and [`Op::GlobRecursive`](crate::Op::GlobRecursive).
    pub files: bool,
}

impl Access {
    /// Everything.
    pub const ALL: Access = Access {
        processes: true,
        files: true,
    };

    /// Nothing: what a program does stays in the machine.
    pub const NONE: Access = Access {
        processes: false,
        files: false,
    };

    /// Asks for something outside.
    pub(crate) fn request(self, outside: Outside) -> Result<(), Fault> {
        let granted = match outside {
            Outside::Processes => self.processes,
            Outside::Files => self.files,
        };
        if granted {
            Ok(())
        } else {
            Err(Fault::Denied(outside))
        }
    }
}

impl Default for Access {
    fn default() -> Self {
        Access::ALL
    }
}
