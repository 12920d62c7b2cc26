//! The functions of the language.

use crate::Standard;

macro_rules! builtins {
    ($($name:ident = $text:literal $min:literal ..= $max:literal,)*) => {
        /// A function of the language, by what it does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Builtin { $($name,)* }

        impl Builtin {
            /// All, with their names.
            pub(crate) const ALL: &[(&'static str, Builtin)] = &[$(($text, Builtin::$name),)*];

            /// The name in programs.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Builtin::$name => $text,)* }
            }

            /// The fewest and the most arguments.
            pub(crate) fn arity(self) -> (usize, usize) {
                match self { $(Builtin::$name => ($min, $max),)* }
            }
        }
    };
}

impl Builtin {
    /// Whether a language has it.
    pub(crate) fn is_in(self, standard: Standard) -> bool {
        standard == Standard::Gnu || self as usize <= Builtin::System as usize
    }

    /// Whether it does nothing but give a value that depends on its arguments alone.
    pub(crate) fn is_pure(self) -> bool {
        matches!(
            self,
            Builtin::Atan2
                | Builtin::Cos
                | Builtin::Exp
                | Builtin::Int
                | Builtin::Log
                | Builtin::Sin
                | Builtin::Sqrt
                | Builtin::Index
                | Builtin::Length
                | Builtin::Sprintf
                | Builtin::Substr
                | Builtin::Tolower
                | Builtin::Toupper
                | Builtin::And
                | Builtin::Or
                | Builtin::Xor
                | Builtin::Compl
                | Builtin::Lshift
                | Builtin::Rshift
                | Builtin::Strtonum
        )
    }

    /// Whether the argument of a number, from 0, is an array.
    pub(crate) fn takes_array(self, number: usize) -> bool {
        match self {
            Builtin::Split | Builtin::Patsplit => matches!(number, 1 | 3),
            Builtin::Match => number == 2,
            Builtin::Asort | Builtin::Asorti => number < 2,
            _ => false,
        }
    }
}

// Those up to `system` are in POSIX.
builtins! {
    Atan2 = "atan2" 2..=2,
    Cos = "cos" 1..=1,
    Exp = "exp" 1..=1,
    Int = "int" 1..=1,
    Log = "log" 1..=1,
    Rand = "rand" 0..=0,
    Sin = "sin" 1..=1,
    Sqrt = "sqrt" 1..=1,
    Srand = "srand" 0..=1,
    Gsub = "gsub" 2..=3,
    Index = "index" 2..=2,
    Length = "length" 0..=1,
    Match = "match" 2..=3,
    Split = "split" 2..=4,
    Sprintf = "sprintf" 1..=255,
    Sub = "sub" 2..=3,
    Substr = "substr" 2..=3,
    Tolower = "tolower" 1..=1,
    Toupper = "toupper" 1..=1,
    Close = "close" 1..=2,
    Fflush = "fflush" 0..=1,
    System = "system" 1..=1,
    And = "and" 2..=255,
    Or = "or" 2..=255,
    Xor = "xor" 2..=255,
    Compl = "compl" 1..=1,
    Lshift = "lshift" 2..=2,
    Rshift = "rshift" 2..=2,
    Gensub = "gensub" 3..=4,
    Strtonum = "strtonum" 1..=1,
    Systime = "systime" 0..=0,
    Strftime = "strftime" 0..=3,
    Mktime = "mktime" 1..=2,
    Asort = "asort" 1..=3,
    Asorti = "asorti" 1..=3,
    Isarray = "isarray" 1..=1,
    Typeof = "typeof" 1..=2,
    Mkbool = "mkbool" 1..=1,
    Patsplit = "patsplit" 2..=4,
    Dcgettext = "dcgettext" 1..=3,
    Dcngettext = "dcngettext" 3..=5,
    Bindtextdomain = "bindtextdomain" 1..=2,
}
