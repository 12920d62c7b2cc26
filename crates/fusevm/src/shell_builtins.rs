//! Numbers of the builtins that shells share.
//!
//! A shell front end emits [`Op::CallBuiltin`](crate::Op::CallBuiltin) with these numbers and
//! registers its implementations under them with
//! [`VM::register_builtin`](crate::VM::register_builtin). The machine implements none of them, and
//! front ends may use any other number, too.
//!
//! ```
//! use fusevm::shell_builtins::{BUILTIN_CD, builtin_id, builtin_name};
//!
//! assert_eq!(builtin_id("chdir"), Some(BUILTIN_CD));
//! assert_eq!(builtin_name(BUILTIN_CD), Some("cd"));
//! ```

/// All numbers are below this one.
pub const BUILTIN_MAX: u16 = 280;

/// The table, a row for each builtin: its number, its name, and the names that mean it. Two
/// builtins are meant by no name, for shells treat theirs as a synonym of another builtin's.
macro_rules! builtins {
    ($($id:ident = $number:literal, $name:literal [$($accepted:literal),*];)*) => {
        $(
            #[doc = concat!("The builtin `", $name, "`.")]
            pub const $id: u16 = $number;
        )*

        /// Every builtin with its number, in the order of the numbers.
        pub const BUILTINS: &[(&str, u16)] = &[$(($name, $id)),*];

        /// The number of the builtin that `name` means, exactly as it is spelled. Several names
        /// can mean one builtin.
        pub fn builtin_id(name: &str) -> Option<u16> {
            match name {
                $($($accepted => Some($id),)*)*
                _ => None,
            }
        }

        /// The name of the builtin with the number `id`.
        pub const fn builtin_name(id: u16) -> Option<&'static str> {
            match id {
                $($id => Some($name),)*
                _ => None,
            }
        }
    };
}

/// Whether `name` means a builtin.
pub fn is_builtin(name: &str) -> bool {
    builtin_id(name).is_some()
}

builtins! {
    // Core commands
    BUILTIN_CD = 0, "cd" ["cd", "chdir"];
    BUILTIN_PWD = 1, "pwd" ["pwd"];
    BUILTIN_ECHO = 2, "echo" ["echo"];
    BUILTIN_PRINT = 3, "print" ["print"];
    BUILTIN_PRINTF = 4, "printf" ["printf"];
    BUILTIN_EXPORT = 5, "export" ["export"];
    BUILTIN_UNSET = 6, "unset" ["unset"];
    BUILTIN_SOURCE = 7, "source" ["source", "."];
    BUILTIN_EXIT = 8, "exit" ["exit", "bye", "logout"];
    BUILTIN_RETURN = 9, "return" ["return"];
    BUILTIN_TRUE = 10, "true" ["true"];
    BUILTIN_FALSE = 11, "false" ["false"];
    BUILTIN_TEST = 12, "test" ["test", "["];
    BUILTIN_COLON = 13, ":" [":"];
    BUILTIN_DOT = 14, "." [];

    // Declarations
    BUILTIN_LOCAL = 20, "local" ["local"];
    BUILTIN_DECLARE = 21, "declare" [];
    BUILTIN_TYPESET = 22, "typeset" ["typeset", "declare"];
    BUILTIN_READONLY = 23, "readonly" ["readonly"];
    BUILTIN_INTEGER = 24, "integer" ["integer"];
    BUILTIN_FLOAT = 25, "float" ["float"];

    // Reading input
    BUILTIN_READ = 30, "read" ["read"];
    BUILTIN_MAPFILE = 31, "mapfile" ["mapfile", "readarray"];

    // Flow and command modifiers
    BUILTIN_BREAK = 40, "break" ["break"];
    BUILTIN_CONTINUE = 41, "continue" ["continue"];
    BUILTIN_SHIFT = 42, "shift" ["shift"];
    BUILTIN_EVAL = 43, "eval" ["eval"];
    BUILTIN_EXEC = 44, "exec" ["exec"];
    BUILTIN_COMMAND = 45, "command" ["command"];
    BUILTIN_BUILTIN = 46, "builtin" ["builtin"];
    BUILTIN_LET = 47, "let" ["let"];

    // Jobs
    BUILTIN_JOBS = 50, "jobs" ["jobs"];
    BUILTIN_FG = 51, "fg" ["fg"];
    BUILTIN_BG = 52, "bg" ["bg"];
    BUILTIN_KILL = 53, "kill" ["kill"];
    BUILTIN_DISOWN = 54, "disown" ["disown"];
    BUILTIN_WAIT = 55, "wait" ["wait"];
    BUILTIN_SUSPEND = 56, "suspend" ["suspend"];

    // Command history
    BUILTIN_HISTORY = 60, "history" ["history"];
    BUILTIN_FC = 61, "fc" ["fc"];
    BUILTIN_R = 62, "r" ["r"];

    // Aliases
    BUILTIN_ALIAS = 70, "alias" ["alias"];
    BUILTIN_UNALIAS = 71, "unalias" ["unalias"];

    // Shell options
    BUILTIN_SET = 80, "set" ["set"];
    BUILTIN_SETOPT = 81, "setopt" ["setopt"];
    BUILTIN_UNSETOPT = 82, "unsetopt" ["unsetopt"];
    BUILTIN_SHOPT = 83, "shopt" ["shopt"];
    BUILTIN_EMULATE = 84, "emulate" ["emulate"];
    BUILTIN_GETOPTS = 85, "getopts" ["getopts"];

    // Function management
    BUILTIN_AUTOLOAD = 90, "autoload" ["autoload"];
    BUILTIN_FUNCTIONS = 91, "functions" ["functions"];
    BUILTIN_UNFUNCTION = 92, "unfunction" ["unfunction"];

    // Signals
    BUILTIN_TRAP = 100, "trap" ["trap"];

    // Directory stack
    BUILTIN_PUSHD = 110, "pushd" ["pushd"];
    BUILTIN_POPD = 111, "popd" ["popd"];
    BUILTIN_DIRS = 112, "dirs" ["dirs"];

    // Command lookup and hashing
    BUILTIN_TYPE = 120, "type" ["type"];
    BUILTIN_WHENCE = 121, "whence" ["whence"];
    BUILTIN_WHERE = 122, "where" ["where"];
    BUILTIN_WHICH = 123, "which" ["which"];
    BUILTIN_HASH = 124, "hash" ["hash"];
    BUILTIN_REHASH = 125, "rehash" ["rehash"];
    BUILTIN_UNHASH = 126, "unhash" ["unhash"];

    // Completion
    BUILTIN_COMPGEN = 130, "compgen" ["compgen"];
    BUILTIN_COMPLETE = 131, "complete" ["complete"];
    BUILTIN_COMPOPT = 132, "compopt" ["compopt"];
    BUILTIN_COMPADD = 133, "compadd" ["compadd"];
    BUILTIN_COMPSET = 134, "compset" ["compset"];
    BUILTIN_COMPDEF = 135, "compdef" ["compdef"];
    BUILTIN_COMPINIT = 136, "compinit" ["compinit"];
    BUILTIN_CDREPLAY = 137, "cdreplay" ["cdreplay"];

    // zsh modules and tools
    BUILTIN_ZSTYLE = 140, "zstyle" ["zstyle"];
    BUILTIN_ZMODLOAD = 141, "zmodload" ["zmodload"];
    BUILTIN_BINDKEY = 142, "bindkey" ["bindkey", "bind"];
    BUILTIN_ZLE = 143, "zle" ["zle"];
    BUILTIN_VARED = 144, "vared" ["vared"];
    BUILTIN_ZCOMPILE = 145, "zcompile" ["zcompile"];
    BUILTIN_ZFORMAT = 146, "zformat" ["zformat"];
    BUILTIN_ZPARSEOPTS = 147, "zparseopts" ["zparseopts"];
    BUILTIN_ZREGEXPARSE = 148, "zregexparse" ["zregexparse"];

    // Limits
    BUILTIN_ULIMIT = 150, "ulimit" ["ulimit"];
    BUILTIN_LIMIT = 151, "limit" ["limit"];
    BUILTIN_UNLIMIT = 152, "unlimit" ["unlimit"];
    BUILTIN_UMASK = 153, "umask" ["umask"];

    // Assorted
    BUILTIN_TIMES = 160, "times" ["times"];
    BUILTIN_CALLER = 161, "caller" ["caller"];
    BUILTIN_HELP = 162, "help" ["help"];
    BUILTIN_ENABLE = 163, "enable" ["enable"];
    BUILTIN_DISABLE = 164, "disable" ["disable"];
    BUILTIN_NOGLOB = 165, "noglob" ["noglob"];
    BUILTIN_TTYCTL = 166, "ttyctl" ["ttyctl"];
    BUILTIN_SYNC = 167, "sync" ["sync"];
    BUILTIN_MKDIR = 168, "mkdir" ["mkdir"];
    BUILTIN_STRFTIME = 169, "strftime" ["strftime"];
    BUILTIN_ZSLEEP = 170, "zsleep" ["zsleep"];
    BUILTIN_ZSYSTEM = 171, "zsystem" ["zsystem"];

    // Perl-style regex
    BUILTIN_PCRE_COMPILE = 180, "pcre_compile" ["pcre_compile"];
    BUILTIN_PCRE_MATCH = 181, "pcre_match" ["pcre_match"];
    BUILTIN_PCRE_STUDY = 182, "pcre_study" ["pcre_study"];

    // Tied databases
    BUILTIN_ZTIE = 190, "ztie" ["ztie"];
    BUILTIN_ZUNTIE = 191, "zuntie" ["zuntie"];
    BUILTIN_ZGDBMPATH = 192, "zgdbmpath" ["zgdbmpath"];

    // Prompt themes
    BUILTIN_PROMPTINIT = 200, "promptinit" ["promptinit"];
    BUILTIN_PROMPT = 201, "prompt" ["prompt"];

    // Async and parallel helpers
    BUILTIN_ASYNC = 210, "async" ["async"];
    BUILTIN_AWAIT = 211, "await" ["await"];
    BUILTIN_PMAP = 212, "pmap" ["pmap"];
    BUILTIN_PGREP = 213, "pgrep" ["pgrep"];
    BUILTIN_PEACH = 214, "peach" ["peach"];
    BUILTIN_BARRIER = 215, "barrier" ["barrier"];

    // Interception
    BUILTIN_INTERCEPT = 220, "intercept" ["intercept"];
    BUILTIN_INTERCEPT_PROCEED = 221, "intercept_proceed" ["intercept_proceed"];

    // Diagnostics and profiling
    BUILTIN_DOCTOR = 230, "doctor" ["doctor"];
    BUILTIN_DBVIEW = 231, "dbview" ["dbview"];
    BUILTIN_PROFILE = 232, "profile" ["profile"];
    BUILTIN_ZPROF = 233, "zprof" ["zprof"];

    // In-process utilities
    BUILTIN_CAT = 240, "cat" ["cat"];
    BUILTIN_HEAD = 241, "head" ["head"];
    BUILTIN_TAIL = 242, "tail" ["tail"];
    BUILTIN_WC = 243, "wc" ["wc"];
    BUILTIN_BASENAME = 244, "basename" ["basename"];
    BUILTIN_DIRNAME = 245, "dirname" ["dirname"];
    BUILTIN_TOUCH = 246, "touch" ["touch"];
    BUILTIN_REALPATH = 247, "realpath" ["realpath"];
    BUILTIN_SORT = 248, "sort" ["sort"];
    BUILTIN_FIND = 249, "find" ["find"];
    BUILTIN_UNIQ = 250, "uniq" ["uniq"];
    BUILTIN_CUT = 251, "cut" ["cut"];
    BUILTIN_TR = 252, "tr" ["tr"];
    BUILTIN_SEQ = 253, "seq" ["seq"];
    BUILTIN_REV = 254, "rev" ["rev"];
    BUILTIN_TEE = 255, "tee" ["tee"];
    BUILTIN_SLEEP = 256, "sleep" ["sleep"];
    BUILTIN_WHOAMI = 257, "whoami" ["whoami"];
    BUILTIN_ID = 258, "id" ["id"];
    BUILTIN_HOSTNAME = 259, "hostname" ["hostname"];
    BUILTIN_UNAME = 260, "uname" ["uname"];
    BUILTIN_DATE = 261, "date" ["date"];
    BUILTIN_MKTEMP = 262, "mktemp" ["mktemp"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_distinct_and_in_order() {
        assert_eq!(BUILTINS.len(), 139);
        assert!(BUILTINS.is_sorted_by(|a, b| a.1 < b.1));
        assert!(BUILTINS.iter().all(|(_, id)| *id < BUILTIN_MAX));
    }

    #[test]
    fn names_and_numbers_lead_to_each_other() {
        for &(name, id) in BUILTINS {
            assert_eq!(builtin_name(id), Some(name));
            let expected = match id {
                BUILTIN_DOT => BUILTIN_SOURCE,
                BUILTIN_DECLARE => BUILTIN_TYPESET,
                id => id,
            };
            assert_eq!(builtin_id(name), Some(expected), "{name}");
            assert!(is_builtin(name));
        }
    }

    #[test]
    fn some_builtins_have_several_names() {
        let synonyms = [
            ("chdir", BUILTIN_CD),
            (".", BUILTIN_SOURCE),
            ("bye", BUILTIN_EXIT),
            ("logout", BUILTIN_EXIT),
            ("[", BUILTIN_TEST),
            ("declare", BUILTIN_TYPESET),
            ("readarray", BUILTIN_MAPFILE),
            ("bind", BUILTIN_BINDKEY),
        ];
        for (name, id) in synonyms {
            assert_eq!(builtin_id(name), Some(id), "{name}");
            assert_ne!(builtin_name(id), Some(name));
        }
    }

    #[test]
    fn the_numbers_are_those_of_stored_programs() {
        let numbers = [
            (BUILTIN_CD, 0),
            (BUILTIN_DOT, 14),
            (BUILTIN_DECLARE, 21),
            (BUILTIN_TRAP, 100),
            (BUILTIN_ZSYSTEM, 171),
            (BUILTIN_ZPROF, 233),
            (BUILTIN_MKTEMP, 262),
        ];
        for (id, number) in numbers {
            assert_eq!(id, number);
        }
    }

    #[test]
    fn nothing_else_is_a_builtin() {
        for name in [
            "", "CD", " cd", "cd ", "cd\n", "cd/", "[[", "]", "dot", "ls", "c\0d",
        ] {
            assert_eq!(builtin_id(name), None, "{name:?}");
        }
        for id in [15, 263, BUILTIN_MAX, u16::MAX] {
            assert_eq!(builtin_name(id), None, "{id}");
        }
    }
}
