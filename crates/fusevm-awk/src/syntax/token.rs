//! Tokens.

use super::{Builtin, Span};
use crate::Standard;

/// A token and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Tok,
    pub(super) span: Span,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tok {
    Newline,
    End,
    Number(f64),
    Text(Vec<u8>),
    /// A regular expression between slashes, without them.
    Regex(Vec<u8>),
    Name(String),
    /// A name with a parenthesis right behind it: a function that is called or defined.
    Called(String),
    Builtin(Builtin),
    Keyword(Keyword),
    Punct(Punct),
}

macro_rules! words {
    ($(#[doc = $doc:literal])* $type:ident { $($name:ident = $text:literal,)* }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $type { $($name,)* }

        impl $type {
            pub(super) const ALL: &[(&'static str, $type)] = &[$(($text, $type::$name),)*];

            pub(super) fn text(self) -> &'static str {
                match self { $($type::$name => $text,)* }
            }
        }
    };
}

words! {
    /// A reserved word.
    Keyword {
        Begin = "BEGIN",
        End = "END",
        BeginFile = "BEGINFILE",
        EndFile = "ENDFILE",
        Break = "break",
        Case = "case",
        Continue = "continue",
        Default = "default",
        Delete = "delete",
        Do = "do",
        Else = "else",
        Exit = "exit",
        For = "for",
        Func = "func",
        Function = "function",
        Getline = "getline",
        If = "if",
        In = "in",
        Next = "next",
        NextFile = "nextfile",
        Print = "print",
        Printf = "printf",
        Return = "return",
        Switch = "switch",
        While = "while",
    }
}

words! {
    /// Punctuation; longer ones come before their beginnings.
    Punct {
        PowAssign = "**=",
        Pow = "**",
        CaretAssign = "^=",
        Caret = "^",
        AddAssign = "+=",
        Increment = "++",
        Plus = "+",
        SubAssign = "-=",
        Decrement = "--",
        Minus = "-",
        MulAssign = "*=",
        Star = "*",
        DivAssign = "/=",
        Slash = "/",
        ModAssign = "%=",
        Percent = "%",
        Equal = "==",
        Assign = "=",
        NotEqual = "!=",
        NotMatch = "!~",
        Not = "!",
        LessEqual = "<=",
        Less = "<",
        GreaterEqual = ">=",
        Append = ">>",
        Greater = ">",
        Match = "~",
        And = "&&",
        Or = "||",
        PipeBoth = "|&",
        Pipe = "|",
        Question = "?",
        Colon = ":",
        Comma = ",",
        Semicolon = ";",
        Dollar = "$",
        OpenBrace = "{",
        CloseBrace = "}",
        OpenParen = "(",
        CloseParen = ")",
        OpenBracket = "[",
        CloseBracket = "]",
        At = "@",
    }
}

impl Keyword {
    /// Whether a language has it.
    pub(super) fn is_in(self, standard: Standard) -> bool {
        match self {
            Keyword::BeginFile
            | Keyword::EndFile
            | Keyword::Switch
            | Keyword::Case
            | Keyword::Default => standard == Standard::Gnu,
            Keyword::Func => standard != Standard::Posix,
            _ => true,
        }
    }
}

impl Punct {
    /// Whether a language has it.
    pub(super) fn is_in(self, standard: Standard) -> bool {
        match self {
            Punct::PipeBoth | Punct::At => standard == Standard::Gnu,
            Punct::Pow | Punct::PowAssign => standard != Standard::Posix,
            _ => true,
        }
    }
}

impl Tok {
    /// What to call the token in messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Tok::Newline => "the end of the line".to_owned(),
            Tok::End => "the end of the program".to_owned(),
            Tok::Number(_) => "a number".to_owned(),
            Tok::Text(_) => "a string".to_owned(),
            Tok::Regex(_) => "a regular expression".to_owned(),
            Tok::Name(name) | Tok::Called(name) => format!("`{name}`"),
            Tok::Builtin(builtin) => format!("`{}`", builtin.name()),
            Tok::Keyword(keyword) => format!("`{}`", keyword.text()),
            Tok::Punct(punct) => format!("`{}`", punct.text()),
        }
    }

    /// Whether a slash behind this token divides; otherwise it starts a regular expression.
    pub(super) fn ends_operand(&self) -> bool {
        match self {
            Tok::Number(_) | Tok::Text(_) | Tok::Regex(_) | Tok::Name(_) | Tok::Builtin(_) => true,
            Tok::Punct(punct) => matches!(
                punct,
                Punct::CloseParen
                    | Punct::CloseBracket
                    | Punct::Dollar
                    | Punct::Increment
                    | Punct::Decrement
            ),
            _ => false,
        }
    }
}
