//! Expressions that are one of some bytes, like `[aeiou]`, or several of them, like `[0-9]+`: found
//! without an automaton.

use std::fmt;

use regex_syntax::hir::{Class, Hir, HirKind};

/// Such an expression.
pub(crate) struct Bytes {
    /// Which bytes.
    set: [bool; 256],
    /// As many as there are, instead of one.
    repeated: bool,
}

impl Bytes {
    /// An expression, if it is one of this kind.
    pub(super) fn new(hir: &Hir) -> Option<Self> {
        match hir.kind() {
            HirKind::Repetition(repetition)
                if repetition.greedy && (repetition.min, repetition.max) == (1, None) =>
            {
                Some(Bytes {
                    set: set(&repetition.sub)?,
                    repeated: true,
                })
            }
            _ => Some(Bytes {
                set: set(hir)?,
                repeated: false,
            }),
        }
    }

    /// The first match that starts at or behind `from`: its start and end.
    #[inline]
    pub(crate) fn find(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let rest = &text[from..];
        let is_member = |byte: &u8| self.set[usize::from(*byte)];
        let start = from + rest.iter().position(is_member)?;
        if !self.repeated {
            return Some((start, start + 1));
        }
        let others = text[start..].iter().position(|byte| !is_member(byte));
        Some((start, others.map_or(text.len(), |length| start + length)))
    }
}

/// The bytes that an expression for one byte stands for. Characters of several bytes are none.
fn set(hir: &Hir) -> Option<[bool; 256]> {
    let mut set = [false; 256];
    let mut add = |first: u8, last: u8| set[usize::from(first)..=usize::from(last)].fill(true);
    match hir.kind() {
        HirKind::Literal(literal) => match *literal.0 {
            [byte] => add(byte, byte),
            _ => return None,
        },
        HirKind::Class(Class::Bytes(class)) => {
            let ranges = class.ranges().iter();
            ranges.for_each(|range| add(range.start(), range.end()));
        }
        HirKind::Class(Class::Unicode(class)) => {
            for range in class.ranges() {
                let last = u8::try_from(range.end()).ok().filter(u8::is_ascii)?;
                add(u8::try_from(range.start()).ok()?, last);
            }
        }
        _ => return None,
    }
    Some(set)
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = (0..=u8::MAX).filter(|byte| self.set[usize::from(*byte)]);
        let members: Vec<u8> = members.collect();
        let members = members.escape_ascii();
        write!(f, "[{members}]{}", if self.repeated { "+" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Regex;

    #[test]
    fn expressions_for_bytes() {
        for (regex, expected) in [
            ("[aeiou]", Some("[aeiou]")),
            ("[0-9]+", Some("[0123456789]+")),
            (" +", Some("[ ]+")),
            ("[\\200-\\202]", Some("[\\x80\\x81\\x82]")),
            ("[^a]", None),
            ("[é]", None),
            (".", None),
            ("[ab]*", None),
            ("[ab]?", None),
            ("[ab]{2}", None),
            ("^[ab]", None),
            ("ab+", None),
        ] {
            let regex_of_bytes = Regex::new(regex.as_bytes()).unwrap().bytes;
            let shown = regex_of_bytes.map(|bytes| format!("{bytes:?}"));
            assert_eq!(shown.as_deref(), expected, "{regex}");
        }
    }

    #[test]
    fn matches() {
        for (regex, text, from, expected) in [
            ("[ab]", "xxab", 0, Some((2, 3))),
            ("[ab]", "xxab", 3, Some((3, 4))),
            ("[ab]+", "xxab", 0, Some((2, 4))),
            ("[ab]+", "abxa", 1, Some((1, 2))),
            ("[ab]+", "abx", 2, None),
            ("[ab]+", "ab", 2, None),
        ] {
            let mut compiled = Regex::new(regex.as_bytes()).unwrap();
            assert!(compiled.bytes.is_some());
            assert_eq!(
                compiled.find(text.as_bytes(), from),
                expected,
                "{regex} {text}"
            );
        }
    }
}
