//! Which parts of the mappings for code are in use.

use std::collections::BTreeMap;

/// Ranges of addresses that are given out and taken back. It does not touch what is there.
#[derive(Debug)]
pub(super) struct Arena {
    /// The mappings: start and length.
    mappings: BTreeMap<usize, usize>,
    /// What is free in them: start and length. Two ranges of a mapping do not meet.
    free: BTreeMap<usize, usize>,
    /// The mapping that is free from end to end and kept for what comes next.
    spare: Option<usize>,
}

impl Arena {
    pub(super) const fn new() -> Self {
        Arena {
            mappings: BTreeMap::new(),
            free: BTreeMap::new(),
            spare: None,
        }
    }

    /// A range of length `len`. `None` if a mapping has to be added first.
    pub(super) fn take(&mut self, len: usize) -> Option<usize> {
        let (&start, &found) = self.free.iter().find(|&(_, &found)| found >= len)?;
        self.free.remove(&start);
        if found > len {
            self.free.insert(start + len, found - len);
        }
        if self.spare == Some(start) {
            self.spare = None;
        }
        Some(start)
    }

    /// Adds a mapping that is in use from its start to `used`.
    pub(super) fn add(&mut self, start: usize, len: usize, used: usize) {
        self.mappings.insert(start, len);
        if used < len {
            self.free.insert(start + used, len - used);
        }
    }

    /// Takes back a range. Gives the start and the length of its mapping if that is to be
    /// unmapped; it is forgotten then.
    pub(super) fn give_back(&mut self, start: usize, len: usize) -> Option<(usize, usize)> {
        let (&base, &size) = self.mappings.range(..=start).next_back()?;
        let (mut start, mut end) = (start, start + len);
        // The system may have put mappings side by side: a range stays within its own.
        if let Some(behind) = self.free.get(&end).filter(|_| end < base + size).copied() {
            self.free.remove(&end);
            end += behind;
        }
        if let Some((&before, &len)) = self.free.range(base..start).next_back()
            && before + len == start
        {
            start = before;
        }
        self.free.insert(start, end - start);
        if (start, end) != (base, base + size) {
            return None;
        }
        if self.spare.is_none() && size == super::memory::MAPPING {
            self.spare = Some(base);
            return None;
        }
        self.free.remove(&base);
        self.mappings.remove(&base);
        Some((base, size))
    }
}

#[cfg(test)]
mod tests {
    use super::super::memory::MAPPING;
    use super::*;

    #[test]
    fn a_mapping_is_shared_and_given_back() {
        let (base, page) = (0x10000, MAPPING / 16);
        let mut arena = Arena::new();
        assert_eq!(arena.take(page), None);
        arena.add(base, MAPPING, page);
        // Side by side with the first one.
        arena.add(base + MAPPING, MAPPING, page);
        let rest: Vec<usize> = (1..16).map(|_| arena.take(page).unwrap()).collect();
        let expected: Vec<usize> = (1..16).map(|n| base + n * page).collect();
        assert_eq!(rest, expected);
        // A hole is too small for more, and is found for one.
        assert_eq!(arena.give_back(rest[4], page), None);
        assert_eq!(arena.take(2 * page), Some(base + MAPPING + page));
        assert_eq!(arena.take(page), Some(rest[4]));
        // In any order the holes become one; the first mapping stays for later.
        for start in rest
            .iter()
            .rev()
            .step_by(2)
            .chain(rest.iter().rev().skip(1).step_by(2))
        {
            assert_eq!(arena.give_back(*start, page), None);
        }
        assert_eq!(arena.give_back(base, page), None);
        assert_eq!(arena.give_back(base + MAPPING, page), None);
        let second = arena.give_back(base + MAPPING + page, 2 * page);
        assert_eq!(second, Some((base + MAPPING, MAPPING)));
        assert_eq!(arena.take(MAPPING), Some(base));
        assert_eq!(arena.take(page), None);
    }

    #[test]
    fn what_is_large_has_a_mapping_of_its_own() {
        let mut arena = Arena::new();
        arena.add(0x10000, 3 * MAPPING, 3 * MAPPING);
        let unmapped = arena.give_back(0x10000, 3 * MAPPING);
        assert_eq!(unmapped, Some((0x10000, 3 * MAPPING)));
    }
}
