//! `sub`, `gsub` and `gensub`: replacing what matches.

use super::matches::{Matches, Span};
use super::regex::Regex;
use crate::Standard;

/// A part of a replacement.
#[derive(Debug, PartialEq, Eq)]
enum Part<'t> {
    Text(&'t [u8]),
    /// What matched.
    Match,
    /// What a group of the expression matched.
    Group(usize),
}

/// A replacement as its parts.
#[derive(Debug)]
pub(crate) struct Replacement<'t>(Vec<Part<'t>>);

impl<'t> Replacement<'t> {
    /// That of `sub` and `gsub`: `&` is what matched, `\&` an ampersand, and in front of both two
    /// backslashes are one. Elsewhere four are two, or, by POSIX, two are one.
    pub(crate) fn plain(text: &'t [u8], standard: Standard) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = memchr::memchr2(b'&', b'\\', rest) {
            let run = rest[at..].iter().take_while(|byte| **byte == b'\\');
            let run = run.count();
            let is_special = rest.get(at + run) == Some(&b'&');
            let kept = match standard {
                _ if is_special => run / 2,
                Standard::Posix => run.div_ceil(2),
                _ => run - run / 4 * 2,
            };
            parts.push(Part::Text(&rest[..at + kept]));
            rest = &rest[at + run..];
            if is_special {
                parts.push(if run % 2 == 0 {
                    Part::Match
                } else {
                    Part::Text(b"&")
                });
                rest = &rest[1..];
            }
        }
        parts.push(Part::Text(rest));
        Replacement(parts)
    }

    /// That of `gensub`: `&` and `\0` are what matched, `\1` to `\9` what groups matched, and a
    /// backslash makes any other character itself.
    pub(crate) fn with_groups(text: &'t [u8]) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = memchr::memchr2(b'&', b'\\', rest) {
            parts.push(Part::Text(&rest[..at]));
            let (part, length) = match rest[at..] {
                [b'&', ..] | [b'\\', b'0', ..] => {
                    (Part::Match, if rest[at] == b'&' { 1 } else { 2 })
                }
                [_, digit @ b'1'..=b'9', ..] => (Part::Group(usize::from(digit - b'0')), 2),
                [_, _, ..] => (Part::Text(&rest[at + 1..at + 2]), 2),
                _ => (Part::Text(&rest[at..]), 1),
            };
            parts.push(part);
            rest = &rest[at + length..];
        }
        parts.push(Part::Text(rest));
        Replacement(parts)
    }

    fn has_groups(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Group(_)))
    }

    fn push(&self, out: &mut Vec<u8>, text: &[u8], (start, end): Span, groups: &[Option<Span>]) {
        for part in &self.0 {
            match part {
                Part::Text(text) => push_short(out, text),
                Part::Match => push_short(out, &text[start..end]),
                Part::Group(number) => {
                    if let Some(Some((start, end))) = groups.get(*number) {
                        out.extend_from_slice(&text[*start..*end]);
                    }
                }
            }
        }
    }
}

/// Which matches are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    /// Only one, by its number from 1.
    Only(i64),
}

/// Replaces matches in a text: the number of replacements. The new text is in `out`, in place of
/// what was there, if there are any. `limit` bounds it.
pub(crate) fn substitute(
    regex: &mut Regex,
    text: &[u8],
    replacement: &Replacement<'_>,
    which: Which,
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<i64, String> {
    let has_groups = replacement.has_groups();
    let mut result = Changed {
        text,
        out,
        copied: 0,
        count: 0,
        limit,
    };
    result.out.clear();
    let mut found = 0;
    let mut matches = Matches::default();
    if which == Which::All
        && !has_groups
        && let Some(bytes) = regex.bytes()
    {
        let mut from = 0;
        while let Some((start, end)) = bytes.find(text, from) {
            result.replace((start, end), replacement, &[])?;
            from = end;
        }
        return Ok(result.finish());
    }
    while let Some((start, end)) = matches.next(regex, text) {
        found += 1;
        if matches!(which, Which::Only(wanted) if found < wanted) {
            continue;
        }
        let groups = if has_groups {
            regex.groups(text, (start, end))?
        } else {
            Vec::new()
        };
        result.replace((start, end), replacement, &groups)?;
        if which != Which::All {
            break;
        }
    }
    Ok(result.finish())
}

/// A text in which matches are replaced, from the front.
struct Changed<'t> {
    text: &'t [u8],
    out: &'t mut Vec<u8>,
    /// What is before this is in the output.
    copied: usize,
    count: i64,
    limit: usize,
}

impl Changed<'_> {
    fn replace(
        &mut self,
        (start, end): Span,
        replacement: &Replacement<'_>,
        groups: &[Option<Span>],
    ) -> Result<(), String> {
        if self.count == 0 {
            self.out.reserve(self.text.len());
        }
        self.count += 1;
        push_short(self.out, &self.text[self.copied..start]);
        replacement.push(self.out, self.text, (start, end), groups);
        self.copied = end;
        if self.out.len() > self.limit {
            let limit = self.limit;
            return Err(format!("the new text is longer than {limit} bytes"));
        }
        Ok(())
    }

    /// The number of replacements.
    fn finish(self) -> i64 {
        if self.count > 0 {
            self.out.extend_from_slice(&self.text[self.copied..]);
        }
        self.count
    }
}

/// Appends a text, most of which have a few bytes: fewer than what a call to copy them costs.
#[inline]
fn push_short(out: &mut Vec<u8>, text: &[u8]) {
    if text.len() > 8 {
        return out.extend_from_slice(text);
    }
    for &byte in text {
        out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements() {
        let cases = [
            ("b", "abab", "X", Which::Only(1), "aXab", 1),
            ("b", "abab", "X", Which::All, "aXaX", 2),
            ("b+", "abba", "[&]", Which::All, "a[bb]a", 1),
            ("b", "b", r"\&", Which::All, "&", 1),
            ("b", "b", r"\\&", Which::All, r"\b", 1),
            ("b", "b", r"\\\&", Which::All, r"\&", 1),
            ("b", "b", r"\q\\", Which::All, r"\q\\", 1),
            ("x*", "abc", "-", Which::All, "-a-b-c-", 4),
            ("b*", "abc", "-", Which::All, "-a-c-", 3),
            ("b*", "abb", "-", Which::All, "-a-", 2),
            ("x*", "é", "-", Which::All, "-é-", 2),
            ("^a", "aaa", "b", Which::All, "baa", 1),
            ("$", "a", "b", Which::All, "ab", 1),
            ("a", "", "b", Which::All, "", 0),
            ("", "ab", "-", Which::All, "-a-b-", 3),
        ];
        for (regex, text, replacement, which, expected, count) in cases {
            let mut compiled = Regex::new(regex.as_bytes()).unwrap();
            let mut out = Vec::new();
            let replaced = substitute(
                &mut compiled,
                text.as_bytes(),
                &Replacement::plain(replacement.as_bytes(), Standard::Gnu),
                which,
                1000,
                &mut out,
            )
            .unwrap();
            if replaced == 0 {
                out.extend_from_slice(text.as_bytes());
            }
            assert_eq!(
                (String::from_utf8_lossy(&out).as_ref(), replaced),
                (expected, count),
                "/{regex}/ by {replacement:?} in {text:?}"
            );
        }
    }

    #[test]
    fn the_result_is_bounded() {
        let mut regex = Regex::new(b"a").unwrap();
        let replacement = Replacement::plain(&[b'b'; 100], Standard::Gnu);
        let text = [b'a'; 100];
        let out = &mut Vec::new();
        let result = substitute(&mut regex, &text, &replacement, Which::All, 1000, out);
        assert!(result.is_err());
    }

    #[test]
    fn replacements_with_groups() {
        let cases = [
            ("(a)(b)", r"\2\1", Which::All, "xbayba"),
            ("(a)(b)", r"\0&|\&\\\q\", Which::Only(2), r"xabyabab|&\q\"),
            ("(a)|(b)", r"[\2]", Which::All, "x[][b]y[][b]"),
            ("a", r"\3", Which::All, "xbyb"),
            ("z", "-", Which::All, "xabyab"),
            ("a", "-", Which::Only(3), "xabyab"),
        ];
        for (regex, replacement, which, expected) in cases {
            let mut regex = Regex::new(regex.as_bytes()).unwrap();
            let parts = Replacement::with_groups(replacement.as_bytes());
            let mut out = b"xabyab".to_vec();
            let text = out.clone();
            if substitute(&mut regex, &text, &parts, which, 1000, &mut out).unwrap() == 0 {
                out = text;
            }
            assert_eq!(String::from_utf8_lossy(&out), expected, "{replacement}");
        }
    }
}
