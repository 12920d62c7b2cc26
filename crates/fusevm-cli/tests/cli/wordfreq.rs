//! The example that counts words, against a count made here.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::support::{fusevm, output_of};

/// What the program must print for `text`.
fn count(text: &[u8]) -> String {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for word in text.split(|byte| !byte.is_ascii_alphabetic()) {
        if !word.is_empty() {
            let word = String::from_utf8(word.to_ascii_lowercase()).unwrap();
            *counts.entry(word).or_default() += 1;
        }
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    counts
        .into_iter()
        .fold(String::new(), |mut lines, (word, count)| {
            writeln!(lines, "{count} {word}").unwrap();
            lines
        })
}

/// Bytes that look random, half of them letters or line ends, the same in every run.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        match state >> 60 {
            0..8 => b"abAB\ncd \r'-z"[(state >> 32) as usize % 12],
            _ => (state >> 32) as u8,
        }
    })
    .take(len)
    .collect()
}

#[test]
fn words_are_counted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let cases: &[(&str, Vec<u8>)] = &[
        ("empty", Vec::new()),
        ("one line end", b"\n".to_vec()),
        ("no word", b"12 - 34\n".to_vec()),
        ("no line end", b"Word wORD other".to_vec()),
        ("line ends", b"a\r\nb\r\n\r\na\rA".to_vec()),
        ("not UTF-8", b"caf\xe9 caf\xc3\xa9 \xff\xfea\x00b".to_vec()),
        ("a long line", b"abc ".repeat(20_000)),
        ("noise", noise(100_000)),
        ("README", include_bytes!("../../../../README.md").to_vec()),
    ];
    for (name, text) in cases {
        let command = fusevm(&root, &["run", "examples/asm/wordfreq.fasm"]);
        let output = output_of(command, text);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{name}");
        assert!(output.status.success(), "{name}");
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed == count(text), "{name}: {printed}");
    }
}
