//! "Did you mean": the known word that is closest to an unknown one.

/// Longer words are not typing errors of anything we know.
const MAX_LENGTH: usize = 40;

/// The candidate nearest to `word`, if it is near enough to be what was meant. The first of several
/// equally near ones wins.
pub(crate) fn suggest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let word: Vec<char> = word.chars().take(MAX_LENGTH + 1).map(fold).collect();
    if word.len() > MAX_LENGTH {
        return None;
    }
    let limit = ((word.len() + 1) / 3).clamp(1, 3);
    candidates
        .into_iter()
        .filter(|candidate| candidate.chars().count().abs_diff(word.len()) <= limit)
        .map(|candidate| (distance(&word, candidate), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

fn fold(c: char) -> char {
    c.to_ascii_lowercase()
}

/// How many characters must be inserted, removed or replaced, letter case aside.
fn distance(word: &[char], candidate: &str) -> usize {
    let mut row: Vec<usize> = (0..=word.len()).collect();
    for (i, c) in candidate.chars().map(fold).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &w) in word.iter().enumerate() {
            let replaced = diagonal + usize::from(w != c);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[word.len()]
}

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn near_words_are_suggested() {
        let known = ["Add", "JumpIfTrue", "JumpIfTrueKeep", "LoadInt", ".const"];
        let cases = [
            ("add", Some("Add")),
            ("Ad", Some("Add")),
            ("JumpIfTru", Some("JumpIfTrue")),
            ("LaodInt", Some("LoadInt")),
            (".cnst", Some(".const")),
            ("Frobnicate", None),
            ("x", None),
            ("Jmup", None),
        ];
        for (word, expected) in cases {
            assert_eq!(suggest(word, known), expected, "{word}");
        }
        assert_eq!(suggest(&"A".repeat(1000), known), None);
    }
}
