//! What shell operations do when the language has no rules of its own.

use super::ShellHost;

/// A host in which every method has its default.
#[derive(Debug, Clone, Copy, Default)]
pub struct DefaultHost;

impl ShellHost for DefaultHost {}

/// The words of a text, separated by Unicode white space. Bytes that are not valid UTF-8 belong
/// to words.
pub(crate) fn split_words(text: &[u8]) -> Vec<&[u8]> {
    let mut words = Vec::new();
    let mut start = None;
    let mut at = 0;
    for chunk in text.utf8_chunks() {
        for (offset, c) in chunk.valid().char_indices() {
            let here = at + offset;
            if c.is_whitespace() {
                words.extend(start.take().map(|start| &text[start..here]));
            } else {
                start.get_or_insert(here);
            }
        }
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            start.get_or_insert(at);
            at += chunk.invalid().len();
        }
    }
    words.extend(start.map(|start| &text[start..]));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_separated_by_any_white_space() {
        let cases: [(&[u8], &[&[u8]]); 6] = [
            (b"", &[]),
            (b" \t\n\x0b ", &[]),
            (b" a  bc\nd", &[b"a", b"bc", b"d"]),
            (
                "é\u{a0}ü\u{3000}".as_bytes(),
                &["é".as_bytes(), "ü".as_bytes()],
            ),
            (b"\xff \xfea\xff b", &[b"\xff", b"\xfea\xff", b"b"]),
            (b"\xff", &[b"\xff"]),
        ];
        for (text, words) in cases {
            assert_eq!(split_words(text), words, "{:?}", text.escape_ascii());
        }
    }
}
