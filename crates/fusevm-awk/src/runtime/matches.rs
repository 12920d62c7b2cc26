//! All matches in a text, and what their groups matched.

use super::regex::Regex;

/// The start and end of a match or of a group.
pub(crate) type Span = (usize, usize);

/// Goes from match to match. An empty one right behind another is part of that.
#[derive(Debug, Default)]
pub(crate) struct Matches {
    from: usize,
    last_end: Option<usize>,
    done: bool,
}

impl Matches {
    /// The next match.
    pub(crate) fn next(&mut self, regex: &mut Regex, text: &[u8]) -> Option<Span> {
        while !self.done {
            let (start, end) = regex.find(text, self.from)?;
            let repeats = start == end && self.last_end == Some(start);
            if end > start {
                self.from = end;
            } else if end < text.len() {
                self.from = end + regex.character_len(&text[end..]);
            } else {
                self.done = true;
            }
            self.last_end = Some(end);
            if !repeats {
                return Some((start, end));
            }
        }
        None
    }
}
