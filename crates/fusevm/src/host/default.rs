//! What shell operations do when the language has no rules of its own.

use super::ShellHost;

/// A host in which every method has its default.
#[derive(Debug, Clone, Copy, Default)]
pub struct DefaultHost;

impl ShellHost for DefaultHost {}

/// The words of a text, separated by Unicode white space. Bytes that are not valid UTF-8 belong
/// to words.
pub(crate) fn split_words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while let (len, true) = first(rest) {
            rest = &rest[len..];
        }
        let mut end = 0;
        while let (len @ 1.., false) = first(&rest[end..]) {
            end += len;
        }
        let (word, behind) = rest.split_at(end);
        rest = behind;
        (!word.is_empty()).then_some(word)
    })
}

/// The length of the first character, or of the byte that is none, and whether it is white space.
fn first(text: &[u8]) -> (usize, bool) {
    let head = &text[..text.len().min(4)];
    match head
        .utf8_chunks()
        .next()
        .map(|chunk| chunk.valid().chars().next())
    {
        Some(Some(c)) => (c.len_utf8(), c.is_whitespace()),
        Some(None) => (1, false),
        None => (0, false),
    }
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
            let found: Vec<&[u8]> = split_words(text).collect();
            assert_eq!(found, words, "{:?}", text.escape_ascii());
        }
    }
}
