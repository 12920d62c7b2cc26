//! Finding bytes of a kind in text, eight at a time.

/// A kind of bytes.
pub(super) trait Kind: Copy {
    /// Whether a byte is of the kind.
    fn holds(self, byte: u8) -> bool;

    /// Of eight bytes, the highest bits of those that are of the kind.
    fn of_word(self, word: u64) -> u64;
}

const LOW: u64 = u64::from_ne_bytes([0x01; 8]);
const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);

/// Of eight bytes of which the highest bit is not set, the highest bits of those that are at least
/// `least`.
fn at_least(low_bits: u64, least: u8) -> u64 {
    low_bits + LOW * u64::from(0x80 - least)
}

/// Blanks, tabs and line feeds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blank;

impl Kind for Blank {
    fn holds(self, byte: u8) -> bool {
        matches!(byte, b' ' | b'\t' | b'\n')
    }

    fn of_word(self, word: u64) -> u64 {
        let low_bits = word & !HIGH;
        let tab_or_line = at_least(low_bits, b'\t') & !at_least(low_bits, b'\n' + 1);
        let blank = at_least(low_bits, b' ') & !at_least(low_bits, b' ' + 1);
        (tab_or_line | blank) & !word & HIGH
    }
}

/// One byte.
#[derive(Debug, Clone, Copy)]
pub(super) struct Byte(pub(super) u8);

impl Kind for Byte {
    fn holds(self, byte: u8) -> bool {
        byte == self.0
    }

    fn of_word(self, word: u64) -> u64 {
        let other = word ^ (LOW * u64::from(self.0));
        !(((other & !HIGH) + !HIGH) | other) & HIGH
    }
}

/// Either kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Either<A, B>(pub(super) A, pub(super) B);

impl<A: Kind, B: Kind> Kind for Either<A, B> {
    fn holds(self, byte: u8) -> bool {
        self.0.holds(byte) || self.1.holds(byte)
    }

    fn of_word(self, word: u64) -> u64 {
        self.0.of_word(word) | self.1.of_word(word)
    }
}

/// Of up to 64 bytes, which are of a kind: the lowest bit is that of the first one.
pub(super) fn mask(bytes: &[u8], kind: impl Kind) -> u64 {
    debug_assert!(bytes.len() <= 64);
    let (words, rest) = bytes.as_chunks::<8>();
    let mut mask = 0;
    for (number, word) in words.iter().enumerate() {
        let found = kind.of_word(u64::from_le_bytes(*word)) >> 7;
        // Brings bit `8 n` to bit `56 + n`.
        let found = found.wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= found << (8 * number);
    }
    for (number, &byte) in (8 * words.len()..).zip(rest) {
        mask |= u64::from(kind.holds(byte)) << number;
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(bytes: &[u8], kind: impl Kind) {
        let found = mask(bytes, kind);
        for (number, &byte) in bytes.iter().enumerate() {
            assert_eq!(
                found >> number & 1 == 1,
                kind.holds(byte),
                "{bytes:?} {number}"
            );
        }
        assert!(bytes.len() == 64 || found >> bytes.len() == 0);
    }

    #[test]
    fn every_byte_is_told_from_its_neighbours() {
        for byte in 0..=u8::MAX {
            for other in [
                0,
                byte.wrapping_add(1),
                byte.wrapping_sub(1),
                byte ^ 0x80,
                b' ',
            ] {
                let mut bytes = [other; 13];
                (bytes[3], bytes[12]) = (byte, byte);
                check(&bytes, Byte(byte));
                check(&bytes, Blank);
            }
        }
    }

    proptest! {
        #[test]
        fn masks_are_those_of_single_bytes(
            bytes in prop::collection::vec(
                prop_oneof![any::<u8>(), Just(b' '), Just(b'\n'), Just(b','), Just(b'\t')],
                0..=64,
            ),
        ) {
            check(&bytes, Blank);
            check(&bytes, Byte(b','));
            check(&bytes, Either(Byte(b','), Byte(b'\n')));
        }
    }
}
