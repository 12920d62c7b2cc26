//! `sub` and `gsub`: replacing what matches.

use super::regex::Regex;
use super::split::character_len;

/// A part of a replacement.
#[derive(Debug, PartialEq, Eq)]
enum Part<'t> {
    Text(&'t [u8]),
    /// What matched.
    Match,
}

/// The parts of a replacement: `&` is what matched, `\&` an ampersand. Backslashes count only in
/// front of it, where two are one.
fn parts(replacement: &[u8]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = replacement;
    while let Some(at) = memchr::memchr(b'&', rest) {
        let backslashes = rest[..at]
            .iter()
            .rev()
            .take_while(|byte| **byte == b'\\')
            .count();
        let kept = at - backslashes + backslashes / 2;
        parts.push(Part::Text(&rest[..kept]));
        if backslashes % 2 == 0 {
            parts.push(Part::Match);
        } else {
            parts.push(Part::Text(b"&"));
        }
        rest = &rest[at + 1..];
    }
    parts.push(Part::Text(rest));
    parts
}

/// Which matches are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    First,
    All,
}

/// Replaces matches in a text: the new text and the number of replacements. `limit` bounds the
/// new text.
pub(crate) fn substitute(
    regex: &mut Regex,
    text: &[u8],
    replacement: &[u8],
    which: Which,
    limit: usize,
) -> Result<(Vec<u8>, i64), String> {
    let parts = parts(replacement);
    let mut out = Vec::new();
    let mut count = 0;
    // What is before `copied` is in the output; what is before `from` was searched.
    let (mut copied, mut from) = (0, 0);
    // Where the last match ended: an empty one there would be part of it.
    let mut last_end = None;
    while let Some((start, end)) = regex.find(text, from) {
        let repeats = start == end && last_end == Some(start);
        if !repeats {
            if count == 0 {
                out.reserve(text.len() + replacement.len());
            }
            count += 1;
            out.extend_from_slice(&text[copied..start]);
            for part in &parts {
                out.extend_from_slice(match part {
                    Part::Text(text) => text,
                    Part::Match => &text[start..end],
                });
            }
            (copied, last_end) = (end, Some(end));
            if out.len() > limit {
                return Err(format!("the new text is longer than {limit} bytes"));
            }
        }
        if which == Which::First {
            break;
        }
        from = if end > start {
            end
        } else if end < text.len() {
            end + character_len(&text[end..])
        } else {
            break;
        };
    }
    out.extend_from_slice(&text[copied..]);
    Ok((out, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements() {
        let cases = [
            ("b", "abab", "X", Which::First, "aXab", 1),
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
            let (out, replaced) = substitute(
                &mut compiled,
                text.as_bytes(),
                replacement.as_bytes(),
                which,
                1000,
            )
            .unwrap();
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
        let result = substitute(&mut regex, &[b'a'; 100], &[b'b'; 100], Which::All, 1000);
        assert!(result.is_err());
    }
}
