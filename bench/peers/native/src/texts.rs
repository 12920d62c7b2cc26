//! Strings.

use std::collections::HashMap;

use crate::random;

fn letters() -> Vec<String> {
    ('a'..='z').map(String::from).collect()
}

/// The length of the text, and the code of the letter in its middle.
fn check(text: &str) -> usize {
    text.len() * 1000 + usize::from(text.as_bytes()[text.len() / 2])
}

pub fn string_build(n: usize) -> usize {
    let letters = letters();
    let mut text = String::new();
    for i in 0..n {
        text.push_str(&letters[i % 26]);
    }
    check(&text)
}

/// Each round makes a new string, as it does where strings cannot be changed.
pub fn string_append(n: usize) -> usize {
    let letters = letters();
    let mut text = String::new();
    for i in 0..n {
        let mut longer = String::with_capacity(text.len() + 1);
        longer.push_str(&text);
        longer.push_str(&letters[i % 26]);
        text = longer;
    }
    check(&text)
}

pub fn string_ops(n: usize) -> usize {
    const WORDS: [&str; 8] = [
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta",
    ];
    let (mut total, mut less, mut equal) = (0, 0, 0);
    let mut previous = String::new();
    for i in 0..n {
        let text = format!("{}-{}", WORDS[i % 8], i % 1000);
        total += text.len();
        if text < previous {
            less += 1;
        }
        if text == "delta-123" {
            equal += 1;
        }
        previous = text;
    }
    total * 7 + less * 3 + equal
}

/// `n` words of a vocabulary of 5000, of which some are frequent.
fn random_text(n: usize) -> String {
    let vocabulary: Vec<String> = (0..5000)
        .map(|i| {
            let mut k = i * 7 + 26;
            let mut word = String::new();
            while k > 0 {
                word.push(char::from(b'a' + (k % 26) as u8));
                k /= 26;
            }
            word
        })
        .collect();
    let mut text = String::new();
    for (x, i) in random(n).zip(1..) {
        let u = x as f64 / 2_147_483_647.0;
        text.push_str(&vocabulary[(u * u * u * 5000.0) as usize]);
        text.push(if i % 12 == 0 { '\n' } else { ' ' });
    }
    text
}

pub fn word_freq(n: usize) -> String {
    let text = random_text(n);
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for word in text.split_ascii_whitespace() {
        *counts.entry(word).or_default() += 1;
    }
    let mut words: Vec<_> = counts.into_iter().collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let mut out = vec![words.len().to_string()];
    out.extend(
        words
            .iter()
            .take(5)
            .map(|(word, count)| format!("{word}:{count}")),
    );
    out.join(",")
}
