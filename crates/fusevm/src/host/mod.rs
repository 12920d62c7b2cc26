//! What the shell operations ask of the world: processes, files and the rules of a shell language.
//!
//! A front end that is a shell installs a [`ShellHost`] with
//! [`VM::set_shell_host`](crate::VM::set_shell_host). Every method has a default, so a host
//! implements what its language has. Without any host a machine behaves like [`DefaultHost`],
//! with two differences: a pipeline keeps the status of its last command, and texts that are not
//! valid UTF-8 stay as they are, where the trait's `String`s replace what is invalid.

mod default;
pub(crate) mod glob;
pub(crate) mod process;
pub(crate) mod test_file;

use crate::chunk::Chunk;
use crate::semantics::Watch;
use crate::value::Value;

pub use default::DefaultHost;
pub(crate) use default::split_words;

/// The most bytes that the paths of a default [`ShellHost::glob`] may take in all.
const MAX_GLOB_BYTES: usize = 1 << 30;

/// A shell language's side of the shell operations.
///
/// Each operation is one call, in program order; the machine neither checks that begins and ends
/// pair up nor makes up for ends that a program never reaches. A host that changes descriptors
/// should therefore restore them when it is dropped. What the program printed before is written
/// out before any call that may start a process or redirect output.
///
/// A host gets no access to the machine. Nested programs come as chunks, which a host that keeps
/// one clones. A host that panics stays installed.
///
/// The defaults of [`exec`](Self::exec), [`exec_bg`](Self::exec_bg) and [`glob`](Self::glob)
/// reach the system whatever the machine's [`Access`](crate::vm::Access) says, for that bounds
/// the machine and not its host: a host for programs that are not trusted overrides them.
///
/// ```
/// use fusevm::{ChunkBuilder, Op, ShellHost, VM, Value};
///
/// struct Loud;
///
/// impl ShellHost for Loud {
///     fn tilde_expand(&mut self, s: &str) -> String {
///         s.replacen('~', "/home/loud", 1)
///     }
/// }
///
/// let mut builder = ChunkBuilder::new();
/// let path = builder.add_constant(Value::str("~/x"));
/// builder.emit(Op::LoadConst(path), 1);
/// builder.emit(Op::TildeExpand, 1);
/// let mut vm = VM::new(builder.build());
/// vm.set_shell_host(Box::new(Loud));
/// assert_eq!(vm.try_run(), Ok(Some(Value::str("/home/loud/x"))));
/// ```
#[expect(
    unused_variables,
    reason = "the parameters of methods that do nothing are named for their implementors"
)]
pub trait ShellHost: Send {
    /// A run begins: what asks it to stop. A host whose calls can take long keeps a copy, asks
    /// [`Watch::is_over`] from time to time, and returns early if so; the run then ends before the
    /// next block of code. The default keeps nothing.
    fn set_watch(&mut self, watch: &Watch) {}

    /// The paths that match `pattern`. The default understands `?`, `*`, `[a-z]`, `[!x]` and, as
    /// a whole path component, `**`; it hides nothing. `recursive` tells the two operations
    /// apart: by default both find the same, and the recursive one searches in parallel.
    fn glob(&mut self, pattern: &str, recursive: bool) -> Vec<String> {
        glob::glob(
            pattern.as_bytes(),
            recursive,
            MAX_GLOB_BYTES,
            &mut Watch::default(),
        )
        .unwrap_or_default()
        .into_iter()
        .map(|path| String::from_utf8_lossy(&path).into_owned())
        .collect()
    }

    /// `s` with a leading `~` replaced. The default changes nothing.
    fn tilde_expand(&mut self, s: &str) -> String {
        s.to_owned()
    }

    /// The alternatives that braces in `s` stand for. The default is `s` alone.
    fn brace_expand(&mut self, s: &str) -> Vec<String> {
        vec![s.to_owned()]
    }

    /// The words of `s`; by default what Unicode white space separates.
    fn word_split(&mut self, s: &str) -> Vec<String> {
        s.split_whitespace().map(str::to_owned).collect()
    }

    /// The parameter `name`, changed as `modifier` says, which is one of
    /// [`op::param_mod`](crate::op::param_mod) or any other number. The default is the empty text.
    fn expand_param(&mut self, name: &str, modifier: u8, args: &[Value]) -> Value {
        Value::str("")
    }

    /// An element of the array `name`. No operation calls it. The default is `Undef`.
    fn array_index(&mut self, name: &str, index: &Value) -> Value {
        Value::Undef
    }

    /// What `sub` prints. The default runs nothing and gives the empty text.
    fn cmd_subst(&mut self, sub: &Chunk) -> String {
        String::new()
    }

    /// A path from which what `sub` prints can be read. The default is the empty text.
    fn process_sub_in(&mut self, sub: &Chunk) -> String {
        String::new()
    }

    /// A path to which the input of `sub` can be written. The default is the empty text.
    fn process_sub_out(&mut self, sub: &Chunk) -> String {
        String::new()
    }

    /// Redirects descriptor `fd` of the next command; `op` is one of
    /// [`op::redirect_op`](crate::op::redirect_op) or any other number. The default does nothing.
    fn redirect(&mut self, fd: u8, op: u8, target: &str) {}

    /// Makes `content`, several lines, the standard input of the next command. The default does
    /// nothing.
    fn heredoc(&mut self, content: &str) {}

    /// Makes `content` the standard input of the next command. The default does nothing.
    fn herestring(&mut self, content: &str) {}

    /// A pipeline of `n` stages begins, with its first stage. The default does nothing.
    fn pipeline_begin(&mut self, n: u8) {}

    /// The next stage of the pipeline begins. The default does nothing.
    fn pipeline_stage(&mut self) {}

    /// The pipeline ends. Its status becomes the last status; 0 by default.
    fn pipeline_end(&mut self) -> i32 {
        0
    }

    /// A subshell begins. The default does nothing.
    fn subshell_begin(&mut self) {}

    /// The subshell ends. A status becomes the last status; by default there is none.
    fn subshell_end(&mut self) -> Option<i32> {
        None
    }

    /// Makes `handler` what runs on the signal `sig`. The default does nothing.
    fn trap_set(&mut self, sig: &str, handler: &Chunk) {}

    /// Runs the handlers of signals that came in. Only the operation calls it. The default does
    /// nothing.
    fn trap_check(&mut self) {}

    /// The last `count` redirections hold until the matching end. The default does nothing.
    fn with_redirects_begin(&mut self, count: u8) {}

    /// Ends the innermost scope of redirections. The default does nothing.
    fn with_redirects_end(&mut self) {}

    /// Calls a function of the host; its status. `None`, the default, is no such function: then a
    /// function of the chunk is looked for, and after that [`exec`](Self::exec) is called.
    fn call_function(&mut self, name: &str, args: Vec<String>) -> Option<i32> {
        None
    }

    /// Runs a command, its name first in `args`, and gives its status. The default starts a
    /// program and waits for it: 127 is one that does not exist, 126 one that cannot be started,
    /// 128 + n the end by signal n. No `args` at all is 0.
    fn exec(&mut self, args: Vec<String>) -> i32 {
        process::run(args, &Watch::default())
    }

    /// Starts a command and does not wait; its process id. The default starts a program with its
    /// output discarded; 0 is one that could not be started.
    fn exec_bg(&mut self, args: Vec<String>) -> i32 {
        process::start(args)
    }

    /// Whether `s` matches the pattern `pat`. The default tests for equality.
    fn str_match(&mut self, s: &str, pat: &str) -> bool {
        s == pat
    }

    /// Whether `s` matches the regular expression `regex`. The default is false.
    fn regex_match(&mut self, s: &str, regex: &str) -> bool {
        false
    }
}
