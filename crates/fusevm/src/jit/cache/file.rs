//! The form of files.
//!
//! ```text
//! file       magic [8]  checksum [32]  identity [32]  units
//! unit       length u64  place  questions  outcome
//! place      block u64  bounded u64  mode u64
//! questions  count u64, then those that the outcome depends on, with their answers
//! outcome    0 u64  needs  functions  code, or 1 u64  why there is none
//! needs      operands, globals, arguments + 1 or 0, calls (0 or 1), and for these the fewest and the most
//!            slots, calls in line, operands, native bytes: u64 each
//! functions  count u64, then name u16  number u8 of builtins that the code computes by itself
//! ```
//!
//! Numbers are little endian. The checksum is a keyed hash of all that follows, so a file that has the right one
//! was written by us, and the [`Identity`] tells for which program and builder. Units are in the order
//! in which they are to be looked at.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use blake3::Hash;

use super::directory::{MAX_FILE, SECRET_LEN};
use super::identity::Identity;
use crate::jit::JitMode;
use crate::jit::lower::Refusal;
use crate::jit::memory::CodeMemory;
use crate::jit::place::{Place, Question};
use crate::jit::unit::{CallNeeds, Unit};
use crate::vm::Math;

/// How the names of files end.
pub(super) const EXTENSION: &str = ".fjit";

/// Starts with a byte that no text starts with.
const MAGIC: [u8; 8] = *b"\xfffusevm\x01";

const SIGNED: usize = MAGIC.len() + blake3::OUT_LEN;
const HEADER: usize = SIGNED + blake3::OUT_LEN;

/// Units for one place that a file has at most: for so many combinations of kinds.
const MAX_VARIANTS: usize = 32;

/// More reasons than there are in this build.
const MAX_REASONS: usize = 256;

/// The units of a file, if it is one of ours for `identity`.
pub(super) fn units<'f>(
    file: &'f [u8],
    identity: &Identity,
    key: &[u8; SECRET_LEN],
) -> Option<&'f [u8]> {
    let (magic, rest) = file.split_first_chunk()?;
    let (checksum, signed) = rest.split_first_chunk()?;
    let (owner, units) = signed.split_first_chunk()?;
    // The comparison of hashes takes the same time for all.
    let is_ours = *magic == MAGIC
        && blake3::keyed_hash(key, signed) == Hash::from_bytes(*checksum)
        && owner == identity.as_bytes();
    is_ours.then_some(units)
}

/// A file with the units of two lists; what the first one has need not be in the second one.
pub(super) fn with_units(
    fresh: &[Vec<u8>],
    known: &[u8],
    identity: &Identity,
    key: &[u8; SECRET_LEN],
) -> Vec<u8> {
    let mut file = vec![0; HEADER];
    file[SIGNED..].copy_from_slice(identity.as_bytes());
    let mut kept: BTreeMap<Key, Vec<&[u8]>> = BTreeMap::new();
    let fresh = fresh.iter().rev().flat_map(|list| Units(list));
    for unit in fresh.chain(Units(known)) {
        let variants = kept.entry(unit.place).or_default();
        let len = size_of::<u64>() + unit.whole.len();
        if variants.len() < MAX_VARIANTS
            && !variants.contains(&unit.questions)
            && file.len() + len <= MAX_FILE
        {
            put(&mut file, unit.whole.len());
            file.extend_from_slice(unit.whole);
            variants.push(unit.questions);
        }
    }
    let checksum = blake3::keyed_hash(key, &file[SIGNED..]);
    file[..MAGIC.len()].copy_from_slice(&MAGIC);
    file[MAGIC.len()..SIGNED].copy_from_slice(checksum.as_bytes());
    file
}

/// What tells units apart that are in question at different places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    block: u64,
    bounded: u64,
    mode: u64,
}

impl Key {
    fn of(place: &Place<'_>) -> Self {
        Key {
            block: place.block as u64,
            bounded: place.bounded.into(),
            mode: (place.mode == JitMode::Eager).into(),
        }
    }
}

/// A unit of a file.
pub(super) struct Stored<'f> {
    whole: &'f [u8],
    place: Key,
    questions: &'f [u8],
    rest: Reader<'f>,
}

/// The units of a list, one after the other.
pub(super) struct Units<'f>(pub(super) &'f [u8]);

impl<'f> Iterator for Units<'f> {
    type Item = Stored<'f>;

    fn next(&mut self) -> Option<Stored<'f>> {
        let mut reader = Reader(self.0);
        let len = reader.number()?;
        let whole = reader.take(len)?;
        self.0 = reader.0;
        Stored::read(whole)
    }
}

/// The form of a unit with its length, or of why there is none.
pub(super) fn unit(
    place: &Place<'_>,
    questions: &[Question],
    outcome: Result<&Unit, Refusal>,
) -> Option<Vec<u8>> {
    let len = outcome.map_or(0, Unit::len);
    let mut whole = Vec::with_capacity(len + 256);
    put(&mut whole, 0);
    let key = Key::of(place);
    for number in [key.block, key.bounded, key.mode] {
        whole.extend(number.to_le_bytes());
    }
    put(&mut whole, questions.len());
    for &question in questions {
        whole.extend(question.to_bytes()?);
    }
    put(&mut whole, usize::from(outcome.is_err()));
    match outcome {
        Ok(unit) => put_unit(&mut whole, unit)?,
        Err(reason) => whole.extend_from_slice(reason.as_bytes()),
    }
    let len = (whole.len() - size_of::<u64>()) as u64;
    whole[..size_of::<u64>()].copy_from_slice(&len.to_le_bytes());
    Some(whole)
}

fn put_unit(whole: &mut Vec<u8>, unit: &Unit) -> Option<()> {
    put(whole, unit.grow);
    put(whole, unit.globals);
    put(whole, unit.arguments.map_or(0, |count| count + 1));
    put(whole, usize::from(unit.calls.is_some()));
    if let Some(needs) = unit.calls {
        put(whole, needs.fewest_slots);
        put(whole, needs.most_slots);
        put(whole, needs.inline);
        put(whole, needs.operands);
        put(whole, needs.native);
    }
    put(whole, unit.math.len());
    for &(name, math) in &unit.math {
        let number = Math::ALL.iter().position(|&known| known == math)?;
        whole.extend(name.to_le_bytes());
        whole.push(u8::try_from(number).ok()?);
    }
    whole.extend_from_slice(unit.code());
    Some(())
}

impl<'f> Stored<'f> {
    fn read(whole: &'f [u8]) -> Option<Self> {
        let mut reader = Reader(whole);
        let [block, bounded, mode] = [reader.word()?, reader.word()?, reader.word()?];
        let count = reader.number()?;
        let questions = reader.take(count.checked_mul(Question::LEN)?)?;
        Some(Stored {
            whole,
            place: Key {
                block,
                bounded,
                mode,
            },
            questions,
            rest: reader,
        })
    }

    /// Whether it is what would be made at a place.
    pub(super) fn fits(&self, place: &Place<'_>) -> bool {
        let (questions, _) = self.questions.as_chunks();
        self.place == Key::of(place)
            && questions.iter().all(|&question| {
                Question::from_bytes(question).is_some_and(|question| place.agrees(question))
            })
    }

    /// The unit, or why there is none. `None` if the system gives no memory for it.
    pub(super) fn load(self) -> Option<Result<Unit, Refusal>> {
        let mut reader = self.rest;
        if reader.number()? == 1 {
            return Some(Err(reason(str::from_utf8(reader.0).ok()?)));
        }
        let (grow, globals) = (reader.number()?, reader.number()?);
        let arguments = reader.number()?.checked_sub(1);
        let calls = match reader.number()? {
            0 => None,
            _ => Some(CallNeeds {
                fewest_slots: reader.number()?,
                most_slots: reader.number()?,
                inline: reader.number()?,
                operands: reader.number()?,
                native: reader.number()?,
            }),
        };
        let mut math = Vec::new();
        for _ in 0..reader.number()? {
            let &[low, high, number] = reader.take(3)?.first_chunk()?;
            let function = Math::ALL.get(usize::from(number))?;
            math.push((u16::from_le_bytes([low, high]), *function));
        }
        Some(Ok(Unit {
            memory: CodeMemory::new(reader.0).ok()?,
            grow,
            globals,
            arguments,
            calls,
            math,
            // Such code is not kept.
            extensions: [None, None],
            listing: None,
        }))
    }
}

/// A reason for which this build leaves something to the interpreter. There are not many, and each is
/// kept for good when it is first read.
fn reason(text: &str) -> Refusal {
    static KNOWN: Mutex<Vec<Refusal>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(&reason) = known.iter().find(|&&reason| reason == text) {
        return reason;
    }
    if known.len() == MAX_REASONS {
        return "it had none before";
    }
    let reason: Refusal = Box::leak(text.into());
    known.push(reason);
    reason
}

fn put(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend((number as u64).to_le_bytes());
}

/// What is still to be read.
struct Reader<'f>(&'f [u8]);

impl<'f> Reader<'f> {
    fn take(&mut self, len: usize) -> Option<&'f [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn word(&mut self) -> Option<u64> {
        let bytes = self.take(size_of::<u64>())?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    }

    fn number(&mut self) -> Option<usize> {
        usize::try_from(self.word()?).ok()
    }
}
