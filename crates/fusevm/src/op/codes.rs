//! The codes that some shell ops take as an operand.

/// A module of `u8` codes with lookups between code and name.
macro_rules! codes {
    ($(#[doc = $doc:literal])* $module:ident { $($(#[doc = $code_doc:literal])* $name:ident = $code:literal,)* }) => {
        $(#[doc = $doc])*
        pub mod $module {
            $($(#[doc = $code_doc])* pub const $name: u8 = $code;)*

            /// The name of a code, as its constant is called.
            pub const fn name(code: u8) -> Option<&'static str> {
                match code {
                    $($name => Some(stringify!($name)),)*
                    _ => None,
                }
            }

            /// The code of that name; case matters.
            pub fn code(name: &str) -> Option<u8> {
                match name {
                    $(stringify!($name) => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

codes! {
    /// The properties that [`Op::TestFile`](crate::Op::TestFile) tests.
    file_test {
        /// A regular file.
        IS_FILE = 0,
        /// A directory.
        IS_DIR = 1,
        /// Readable by this process.
        IS_READABLE = 2,
        /// Writable by this process.
        IS_WRITABLE = 3,
        /// Executable by this process.
        IS_EXECUTABLE = 4,
        /// Exists, whatever it is.
        EXISTS = 5,
        /// Not empty.
        IS_NONEMPTY = 6,
        /// A symbolic link; the only test that does not follow links.
        IS_SYMLINK = 7,
        /// A socket.
        IS_SOCKET = 8,
        /// A named pipe.
        IS_FIFO = 9,
        /// A block device.
        IS_BLOCK_DEV = 10,
        /// A character device.
        IS_CHAR_DEV = 11,
    }
}

codes! {
    /// The kinds of redirection of [`Op::Redirect`](crate::Op::Redirect).
    redirect_op {
        /// `> file`
        WRITE = 0,
        /// `>> file`
        APPEND = 1,
        /// `< file`
        READ = 2,
        /// `<> file`
        READ_WRITE = 3,
        /// `>| file`: write even where overwriting is off.
        CLOBBER = 4,
        /// `<& fd`
        DUP_READ = 5,
        /// `>& fd`
        DUP_WRITE = 6,
        /// `&> file`: standard output and standard error.
        WRITE_BOTH = 7,
        /// `&>> file`: standard output and standard error.
        APPEND_BOTH = 8,
    }
}

codes! {
    /// The modifiers of a parameter expansion, [`Op::ExpandParam`](crate::Op::ExpandParam).
    param_mod {
        /// `${name:-arg}`: `arg` when unset or empty.
        DEFAULT = 0,
        /// `${name:=arg}`: also assigns `arg`.
        ASSIGN = 1,
        /// `${name:?arg}`: an error with the text `arg`.
        ERROR = 2,
        /// `${name:+arg}`: `arg` when set and not empty.
        ALTERNATE = 3,
        /// `${#name}`: the length.
        LENGTH = 4,
        /// `${name#arg}`: without the shortest matching prefix.
        STRIP_SHORT = 5,
        /// `${name##arg}`: without the longest matching prefix.
        STRIP_LONG = 6,
        /// `${name%arg}`: without the shortest matching suffix.
        RSTRIP_SHORT = 7,
        /// `${name%%arg}`: without the longest matching suffix.
        RSTRIP_LONG = 8,
        /// `${name/pattern/text}`: the first match replaced.
        SUBST_FIRST = 9,
        /// `${name//pattern/text}`: all matches replaced.
        SUBST_ALL = 10,
        /// `${name^^}`: upper case.
        UPPER = 11,
        /// `${name,,}`: lower case.
        LOWER = 12,
        /// `${name^}`: first character in upper case.
        UPPER_FIRST = 13,
        /// `${name,}`: first character in lower case.
        LOWER_FIRST = 14,
        /// `${!name}`: the parameter that `name` names.
        INDIRECT = 15,
        /// `${!name[@]}`: the keys.
        KEYS = 16,
        /// `${name:offset:length}`: a part.
        SLICE = 17,
    }
}
