//! Lines for AWK programs to read.

use std::fmt::Write as _;

use fusevm_testkit::Rng;

const GROUPS: [&str; 8] = [
    "error", "warning", "notice", "timeout", "login", "logout", "query", "update",
];

/// Lines of eight fields, always the same: a name, a group, a word, an integer, a number with
/// decimals, and three words. About 60 bytes each.
pub(crate) fn lines(count: usize, separator: char) -> String {
    let mut rng = Rng::new(1);
    let mut text = String::new();
    for _ in 0..count {
        let name = rng.below(1_000);
        let group = GROUPS[rng.below(GROUPS.len())];
        let integer = rng.below(100_000);
        let (units, cents) = (rng.below(1_000), rng.below(100));
        let mut fields = vec![format!("user{name}"), group.to_owned(), word(&mut rng)];
        fields.push(integer.to_string());
        fields.push(format!("{units}.{cents:02}"));
        fields.extend((0..3).map(|_| word(&mut rng)));
        let _ = writeln!(text, "{}", fields.join(separator.encode_utf8(&mut [0; 4])));
    }
    text
}

/// The same, where the second field is the number with decimals, for programs that compare it.
pub(crate) fn csv(count: usize) -> String {
    let mut text = String::new();
    for line in lines(count, ',').lines() {
        let mut fields: Vec<&str> = line.split(',').collect();
        fields.swap(1, 4);
        let _ = writeln!(text, "{}", fields.join(","));
    }
    text
}

fn word(rng: &mut Rng) -> String {
    let length = 3 + rng.below(9);
    (0..length)
        .map(|_| char::from(b'a' + rng.below(26) as u8))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_eight_fields_and_are_the_same_each_time() {
        let text = lines(100, ' ');
        assert_eq!(text, lines(100, ' '));
        assert_eq!(text.lines().count(), 100);
        assert!(text.lines().all(|line| line.split(' ').count() == 8));
        let second = |line: &str| line.split(',').nth(1)?.parse::<f64>().ok();
        assert!(csv(100).lines().all(|line| second(line).is_some()));
    }
}
