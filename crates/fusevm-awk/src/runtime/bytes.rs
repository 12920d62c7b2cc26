//! Texts whose characters are bytes.

/// The part of a text of some length that `substr` gives: where it starts and ends. Fractions are
/// cut off, and what is before the text counts as its start.
pub(super) fn part(len: usize, start: f64, length: Option<f64>) -> (usize, usize) {
    // Conversions of what is out of range, or no number, give the ends of the text.
    let from = (start.max(1.0) as usize - 1).min(len);
    let to = length.map_or(len, |length| from.saturating_add(length as usize).min(len));
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        for (start, length, expected) in [
            (2.0, None, (1, 5)),
            (0.0, Some(3.0), (0, 3)),
            (-1.0, Some(3.0), (0, 3)),
            (2.0, Some(-1.0), (1, 1)),
            (9.0, Some(1.0), (5, 5)),
            (1.5, Some(1.9), (0, 1)),
            (f64::NAN, Some(f64::INFINITY), (0, 5)),
        ] {
            assert_eq!(part(5, start, length), expected, "{start} {length:?}");
        }
    }
}
