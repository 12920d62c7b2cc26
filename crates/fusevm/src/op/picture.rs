//! Stack pictures: `"a b -> num"`.

use crate::value::Kind;

/// What an op takes from the stack and what it leaves there, as in `"a b -> num"`: the top is on
/// the right. The numbers are read off the text, so text and effect cannot disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackPicture {
    text: &'static str,
    pops: u8,
    pushes: u8,
    counted: bool,
    optional: bool,
    open: bool,
    result: Option<Kind>,
}

impl StackPicture {
    pub(super) const fn parse(text: &'static str) -> StackPicture {
        let mut picture = StackPicture {
            text,
            pops: 0,
            pushes: 0,
            counted: false,
            optional: false,
            open: false,
            result: None,
        };
        let mut rest = text.as_bytes();
        let mut before = true;
        while !rest.is_empty() {
            let (word, after) = split_word(rest);
            rest = after;
            match word {
                b"->" => before = false,
                b"..." => picture.open = true,
                [.., b'*'] => picture.counted = true,
                [.., b'?'] => picture.optional = true,
                _ if before => picture.pops += 1,
                _ => {
                    picture.pushes += 1;
                    picture.result = kind_named(word);
                }
            }
        }
        assert!(!before, "a stack picture has an arrow");
        picture
    }

    /// The picture as it is written.
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// How many values are taken in any case.
    pub const fn pops(&self) -> u8 {
        self.pops
    }

    /// How many values are left.
    pub const fn pushes(&self) -> u8 {
        self.pushes
    }

    /// Whether further values are taken, as many as an operand says (`name*`).
    pub const fn is_counted(&self) -> bool {
        self.counted
    }

    /// Whether further values are taken, in a number that follows from an operand (`name?`).
    pub const fn has_optional(&self) -> bool {
        self.optional
    }

    /// Whether the effect is only known at run time (`...`).
    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// The kind of the value on top afterwards, where it is always the same.
    pub const fn result(&self) -> Option<Kind> {
        self.result
    }
}

/// Splits at the first space, which belongs to neither part.
const fn split_word(text: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    while end < text.len() && text[end] != b' ' {
        end += 1;
    }
    let (word, rest) = text.split_at(end);
    match rest {
        [_, rest @ ..] => (word, rest),
        [] => (word, rest),
    }
}

const fn kind_named(word: &[u8]) -> Option<Kind> {
    match word {
        b"Undef" => Some(Kind::Undef),
        b"Bool" => Some(Kind::Bool),
        b"Int" => Some(Kind::Int),
        b"Float" => Some(Kind::Float),
        b"Str" => Some(Kind::Str),
        b"Array" => Some(Kind::Array),
        b"Hash" => Some(Kind::Hash),
        b"Status" => Some(Kind::Status),
        b"Handle" => Some(Kind::Handle),
        _ => {
            assert!(
                !word[0].is_ascii_uppercase(),
                "capitalised results are kinds"
            );
            None
        }
    }
}
