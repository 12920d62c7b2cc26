//! Byte text in 15 bytes: up to 14 bytes inline, longer text in one counted allocation.
//!
//! Unsafe because it packs a pointer between unaligned bytes and owns its allocation by hand:
//! with alignment 1 the buffer fits behind the tag byte of a 16-byte [`Value`](super::Value),
//! which no combination of std types does.
//!
//! ```text
//! byte    0       1 .. 6      7 .. 14
//! inline  length  text, zero filled to the end
//! heap    15      unused      pointer to Header, text behind it
//! ```
//!
//! Bit 7 of byte 0 is set when the text is not valid UTF-8, and only then. Bit 6 marks text that
//! was read as input; the text is the same with and without it, and appending clears it.

use std::alloc::{Layout, alloc, dealloc, realloc};
use std::mem::MaybeUninit;
use std::process::abort;
use std::ptr::{self, NonNull};
use std::slice;
use std::str;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};

use super::ReserveError;
use super::account::{charge, discharge, grown};

/// Longest text that needs no allocation.
pub(super) const INLINE: usize = 14;
const POINTER_AT: usize = INLINE - size_of::<NonNull<Header>>();

pub(super) const HEAP: u8 = 15;
const BINARY: u8 = 0x80;
pub(super) const INPUT: u8 = 0x40;
pub(super) const LENGTH: u8 = 0x0f;

#[repr(C)]
pub(super) struct Header {
    count: AtomicUsize,
    /// Keyed hash of the text; 0 while unknown.
    hash: AtomicU64,
    pub(super) len: usize,
    capacity: usize,
}

impl Header {
    fn layout(capacity: usize) -> Result<Layout, ReserveError> {
        size_of::<Header>()
            .checked_add(capacity)
            .and_then(|size| Layout::from_size_align(size, align_of::<Header>()).ok())
            .ok_or(ReserveError)
    }
}

// Bytes are `MaybeUninit` so that a pointer stored among them keeps its provenance. Being plain
// bytes, the buffer is `Send` and `Sync` by itself. That is right: the count and the hash are
// atomic, and everything else behind the pointer is written only by a sole owner.
#[repr(C)]
pub(super) struct SmallBuf {
    tag: u8,
    data: [MaybeUninit<u8>; INLINE],
}

impl SmallBuf {
    pub(super) const EMPTY: SmallBuf = SmallBuf {
        tag: 0,
        data: [MaybeUninit::new(0); INLINE],
    };

    /// An empty buffer with room for `capacity` bytes.
    pub(super) fn try_with_capacity(capacity: usize) -> Result<Self, ReserveError> {
        if capacity <= INLINE {
            return Ok(SmallBuf::EMPTY);
        }
        let layout = Header::layout(capacity)?;
        // SAFETY: the layout has the size of a header at least, so it is not empty.
        let header = NonNull::new(unsafe { alloc(layout) })
            .ok_or(ReserveError)?
            .cast::<Header>();
        // SAFETY: freshly allocated with the size and alignment of a header.
        unsafe {
            header.write(Header {
                count: AtomicUsize::new(1),
                hash: AtomicU64::new(0),
                len: 0,
                capacity,
            });
        }
        charge(layout.size());
        let mut buf = SmallBuf::EMPTY;
        buf.tag = HEAP;
        buf.set_header(header);
        Ok(buf)
    }

    /// The first `len` bytes of `window` as text from input. `None` where they do not fit in place
    /// or are not all ASCII: in one comparison that takes no look at single bytes.
    #[inline]
    pub(super) fn of_input(window: [u8; 16], len: usize) -> Option<Self> {
        const NOT_ASCII: u128 = u128::from_ne_bytes([0x80; 16]);
        if len > INLINE {
            return None;
        }
        let kept = (1u128 << (8 * len)) - 1;
        let text = u128::from_le_bytes(window) & kept;
        if text & NOT_ASCII != 0 {
            return None;
        }
        let bytes = text.to_le_bytes();
        Some(SmallBuf {
            tag: INPUT | len as u8,
            data: std::array::from_fn(|at| MaybeUninit::new(bytes[at])),
        })
    }

    #[inline]
    pub(super) fn is_inline(&self) -> bool {
        self.tag & LENGTH != HEAP
    }

    /// True when the text is marked as not being valid UTF-8.
    pub(super) fn is_binary(&self) -> bool {
        self.tag & BINARY != 0
    }

    fn set_binary(&mut self, binary: bool) {
        self.tag = self.tag & !BINARY | if binary { BINARY } else { 0 };
    }

    /// True when the text is marked as read from input.
    pub(super) fn is_input(&self) -> bool {
        self.tag & INPUT != 0
    }

    pub(super) fn set_input(&mut self, input: bool) {
        self.tag = self.tag & !INPUT | if input { INPUT } else { 0 };
    }

    pub(super) fn len(&self) -> usize {
        if self.is_inline() {
            usize::from(self.tag & LENGTH)
        } else {
            // SAFETY: not inline, so the header is live; `len` changes only under `&mut self`.
            unsafe { (*self.header().as_ptr()).len }
        }
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        let start = if self.is_inline() {
            self.data.as_ptr().cast::<u8>()
        } else {
            self.heap_text()
        };
        // SAFETY: `len` bytes from `start` are initialised: inline all 14 are, and on the heap
        // `len` is raised only behind copied bytes. They do not change while `self` is borrowed:
        // a sole owner needs `&mut self` to write, and shared text is never written.
        unsafe { slice::from_raw_parts(start, self.len()) }
    }

    /// The text as `str`, unless it is not valid UTF-8.
    pub(super) fn as_str(&self) -> Option<&str> {
        // SAFETY: every function that changes the text keeps the binary bit right.
        (!self.is_binary()).then(|| unsafe { str::from_utf8_unchecked(self.as_slice()) })
    }

    /// Appends, in place when the text has room and one owner. On error nothing has changed.
    pub(super) fn try_push_str(&mut self, extra: &str) -> Result<(), ReserveError> {
        self.try_push_str_within(extra, usize::MAX)
    }

    /// As `try_push_str`, with at most `room` bytes for a new allocation.
    pub(super) fn try_push_str_within(
        &mut self,
        extra: &str,
        room: usize,
    ) -> Result<(), ReserveError> {
        // Valid text behind any text leaves that text's validity as it is.
        self.append(extra.as_bytes(), room)
    }

    /// As `try_push_str`, for bytes that may not be UTF-8.
    pub(super) fn try_push(&mut self, extra: &[u8]) -> Result<(), ReserveError> {
        let extra_is_text = str::from_utf8(extra).is_ok();
        self.append(extra, usize::MAX)?;
        if !extra_is_text {
            // Two invalid halves can make a valid whole.
            let binary = !self.is_binary() || str::from_utf8(self.as_slice()).is_err();
            self.set_binary(binary);
        }
        Ok(())
    }

    /// Appends a piece of a text that [`settle`](Self::settle) will look at as a whole.
    pub(super) fn try_push_piece(&mut self, piece: &[u8]) -> Result<(), ReserveError> {
        // Until then the text counts as not valid, which is right for any bytes.
        self.set_binary(true);
        self.append(piece, usize::MAX)
    }

    /// Appends without a look at the binary bit.
    fn append(&mut self, extra: &[u8], room: usize) -> Result<(), ReserveError> {
        if !extra.is_empty() {
            self.append_some(extra, room)?;
        }
        self.set_input(false);
        Ok(())
    }

    fn append_some(&mut self, extra: &[u8], room: usize) -> Result<(), ReserveError> {
        self.try_reserve_within(extra.len(), room)?;
        let len = self.len();
        let start = if self.is_inline() {
            self.data.as_mut_ptr().cast::<u8>()
        } else {
            self.heap_text()
        };
        // SAFETY: `try_reserve_within` made this the only owner of a place with room for `extra` behind
        // `len` bytes. `extra` cannot lie in it: that would take another owner or a borrow.
        unsafe { ptr::copy_nonoverlapping(extra.as_ptr(), start.add(len), extra.len()) };
        let len = len + extra.len();
        if self.is_inline() {
            self.tag = self.tag & BINARY | len as u8;
        } else {
            // SAFETY: not inline and, after `try_reserve_within`, the only owner.
            let header = unsafe { self.header().as_mut() };
            header.len = len;
            *header.hash.get_mut() = 0;
        }
        Ok(())
    }

    /// Makes room for `additional` more bytes, owned by this buffer alone. A new allocation takes
    /// at most `room` bytes.
    #[inline]
    fn try_reserve_within(&mut self, additional: usize, room: usize) -> Result<(), ReserveError> {
        let needed = self.len().checked_add(additional).ok_or(ReserveError)?;
        let has_room = if self.is_inline() {
            needed <= INLINE
        } else {
            // SAFETY: not inline, so the header is live.
            self.is_unique() && needed <= unsafe { (*self.header().as_ptr()).capacity }
        };
        if has_room {
            return Ok(());
        }
        self.make_room(needed, room)
    }

    /// Moves the text to where there is room for `needed` bytes.
    #[inline(never)]
    fn make_room(&mut self, needed: usize, room: usize) -> Result<(), ReserveError> {
        let room = room.saturating_sub(size_of::<Header>());
        if self.is_inline() {
            let capacity = grown(needed, INLINE, room).ok_or(ReserveError)?;
            return self.move_to(capacity);
        }
        if !self.is_unique() {
            if needed > room {
                return Err(ReserveError);
            }
            return self.move_to(needed);
        }
        let capacity = self.heap_size() - size_of::<Header>();
        let roomy = grown(needed, capacity, room).ok_or(ReserveError)?;
        // Where the allocator refuses room to spare, the need itself.
        self.grow(roomy).or_else(|_| self.grow(needed))
    }

    /// Copies the text to a new allocation.
    fn move_to(&mut self, capacity: usize) -> Result<(), ReserveError> {
        let mut moved = SmallBuf::try_with_capacity(capacity)?;
        moved.append(self.as_slice(), usize::MAX)?;
        moved.set_binary(self.is_binary());
        moved.set_input(self.is_input());
        *self = moved;
        Ok(())
    }

    /// Resizes the allocation; `self` must be on the heap and its only owner.
    fn grow(&mut self, capacity: usize) -> Result<(), ReserveError> {
        let header = self.header().as_ptr();
        let size = Header::layout(capacity)?.size();
        // SAFETY: not inline, so the header is live; it was allocated with this layout.
        let old = unsafe { Header::layout((*header).capacity) }?;
        // SAFETY: as above; `size` is not zero and fits a layout of the same alignment. No other
        // owner can hold the old address.
        let resized = unsafe { realloc(header.cast(), old, size) };
        let mut header = NonNull::new(resized).ok_or(ReserveError)?.cast::<Header>();
        discharge(old.size());
        charge(size);
        // SAFETY: `realloc` kept the header's bytes.
        unsafe { header.as_mut() }.capacity = capacity;
        self.set_header(header);
        Ok(())
    }

    /// The text's hash, from the cache if it is on the heap and was asked for before.
    pub(super) fn hash_with(&self, compute: impl FnOnce(&[u8]) -> u64) -> u64 {
        if self.is_inline() {
            return compute(self.as_slice());
        }
        // SAFETY: not inline, so the header is live; the field is atomic.
        let cache = unsafe { &(*self.header().as_ptr()).hash };
        let cached = cache.load(Ordering::Relaxed);
        if cached != 0 {
            return cached;
        }
        // A text that hashes to 0 is hashed again each time, which is correct and rare.
        let hash = compute(self.as_slice());
        cache.store(hash, Ordering::Relaxed);
        hash
    }

    /// Bytes allocated for this text; all its owners report the same.
    pub(super) fn heap_size(&self) -> usize {
        if self.is_inline() {
            0
        } else {
            // SAFETY: not inline, so the header is live.
            size_of::<Header>() + unsafe { (*self.header().as_ptr()).capacity }
        }
    }

    /// True when both share one allocation.
    pub(super) fn ptr_eq(&self, other: &SmallBuf) -> bool {
        !self.is_inline() && !other.is_inline() && self.header() == other.header()
    }

    /// The part of the allocation that falls to each owner, rounded up.
    pub(super) fn share(&self) -> usize {
        if self.is_inline() {
            return 0;
        }
        self.heap_size()
            .div_ceil(self.count().load(Ordering::Relaxed))
    }

    /// Marks the text as what it is, valid UTF-8 or not.
    pub(super) fn settle(&mut self) {
        let binary = str::from_utf8(self.as_slice()).is_err();
        self.set_binary(binary);
    }

    fn is_unique(&self) -> bool {
        self.count().load(Ordering::Acquire) == 1
    }

    /// The owner count; `self` must be on the heap.
    fn count(&self) -> &AtomicUsize {
        // SAFETY: callers checked that the text is on the heap, so the header is live; the field
        // is atomic.
        unsafe { &(*self.header().as_ptr()).count }
    }

    /// The header's address; `self` must be on the heap.
    fn header(&self) -> NonNull<Header> {
        debug_assert!(!self.is_inline());
        // SAFETY: a heap tag is set only together with a pointer in these bytes.
        unsafe {
            self.data
                .as_ptr()
                .add(POINTER_AT)
                .cast::<NonNull<Header>>()
                .read_unaligned()
        }
    }

    fn set_header(&mut self, header: NonNull<Header>) {
        // SAFETY: the pointer fits exactly into the last bytes of `data`.
        unsafe {
            self.data
                .as_mut_ptr()
                .add(POINTER_AT)
                .cast::<NonNull<Header>>()
                .write_unaligned(header);
        }
    }

    /// Where the text starts on the heap; `self` must be there.
    fn heap_text(&self) -> *mut u8 {
        // SAFETY: the allocation extends at least to the end of the header. The pointer is
        // derived from the allocation's own, not from a reference to the header, so it may be
        // used for all of it.
        unsafe { self.header().as_ptr().add(1).cast::<u8>() }
    }

    fn inline_bytes(&self) -> [u8; INLINE] {
        // SAFETY: while inline, all bytes are initialised: zero from the start, then text.
        self.data.map(|byte| unsafe { byte.assume_init() })
    }
}

impl PartialEq for SmallBuf {
    fn eq(&self, other: &Self) -> bool {
        if self.is_inline() && other.is_inline() {
            // The zero fill makes this a comparison of two fixed-size blocks.
            return (self.tag ^ other.tag) & !INPUT == 0
                && self.inline_bytes() == other.inline_bytes();
        }
        self.ptr_eq(other) || self.as_slice() == other.as_slice()
    }
}

impl Clone for SmallBuf {
    fn clone(&self) -> Self {
        if !self.is_inline() {
            let owners = self.count().fetch_add(1, Ordering::Relaxed);
            // Only leaked clones can get here; wrapping around would free text in use.
            if owners > isize::MAX as usize {
                abort();
            }
        }
        SmallBuf {
            tag: self.tag,
            data: self.data,
        }
    }
}

impl Drop for SmallBuf {
    fn drop(&mut self) {
        if self.is_inline() {
            return;
        }
        // The only owner needs no read-modify-write: nobody else can change the count.
        if !self.is_unique() {
            if self.count().fetch_sub(1, Ordering::Release) != 1 {
                return;
            }
            fence(Ordering::Acquire);
        }
        let header = self.header().as_ptr();
        // SAFETY: this was the last owner, so the header is live until here and used by nobody
        // else; it was allocated with the layout of its capacity, which therefore exists.
        unsafe {
            if let Ok(layout) = Header::layout((*header).capacity) {
                discharge(layout.size());
                dealloc(header.cast(), layout);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn buf(bytes: &[u8]) -> SmallBuf {
        let mut buf = SmallBuf::EMPTY;
        buf.try_push(bytes).unwrap();
        buf
    }

    #[test]
    fn text_of_14_bytes_is_inline() {
        assert_eq!((size_of::<SmallBuf>(), align_of::<SmallBuf>()), (15, 1));
        for len in 0..40 {
            let text = vec![b'x'; len];
            let small = buf(&text);
            assert_eq!(small.is_inline(), len <= INLINE);
            assert_eq!(small.heap_size() == 0, len <= INLINE);
            assert_eq!(small.as_slice(), text);
        }
    }

    #[test]
    fn the_mark_of_input_is_no_part_of_the_text() {
        for text in [
            &b""[..],
            b"12",
            b"fourteen bytes",
            b"fifteen bytes!!",
            b"\xff",
        ] {
            let plain = buf(text);
            let mut marked = plain.clone();
            marked.set_input(true);
            assert!(marked.is_input() && !plain.is_input());
            assert!(marked == plain && marked.as_slice() == text);
            assert_eq!(marked.is_binary(), plain.is_binary());
            assert!(marked.clone().is_input());
            // Room alone changes nothing; what is appended belongs to the program.
            marked.try_reserve_within(40, 100).unwrap();
            assert!(marked.is_input());
            marked.try_push(b"").unwrap();
            assert!(!marked.is_input() && marked == plain);
        }
    }

    #[test]
    fn appending_to_a_sole_owner_stays_in_place() {
        let mut text = SmallBuf::try_with_capacity(100).unwrap();
        text.try_push(b"a").unwrap();
        let address = text.as_slice().as_ptr();
        text.try_push(&[b'b'; 99]).unwrap();
        assert_eq!(text.as_slice().as_ptr(), address);
        let other = text.clone();
        text.try_push(b"c").unwrap();
        assert_eq!((other.len(), text.len()), (100, 101));
        assert!(!text.ptr_eq(&other));
    }

    #[test]
    fn the_cached_hash_is_forgotten_when_the_text_changes() {
        let mut text = buf(&[b'x'; 20]);
        assert_eq!(text.hash_with(|_| 7), 7);
        assert_eq!(text.clone().hash_with(|_| 8), 7);
        text.try_push(b"y").unwrap();
        assert_eq!(text.hash_with(|_| 9), 9);
    }

    #[test]
    fn impossible_sizes_are_errors() {
        for size in [usize::MAX, usize::MAX / 2, isize::MAX as usize - 8] {
            assert!(SmallBuf::try_with_capacity(size).is_err());
            for start in [3, 30] {
                let mut text = buf(&vec![b'x'; start]);
                assert!(text.try_reserve_within(size, usize::MAX).is_err());
                assert_eq!(text.len(), start);
            }
        }
    }

    proptest! {
        #[test]
        fn behaves_like_vec(steps in prop::collection::vec(
            (0..4usize, prop::collection::vec(any::<u8>(), 0..24), 0..4usize), 0..60))
        {
            let mut texts = vec![(SmallBuf::EMPTY, Vec::new()); 4];
            for (at, extra, from) in steps {
                if extra.len() > 20 {
                    texts[at] = texts[from].clone();
                } else {
                    texts[at].0.try_push(&extra).unwrap();
                    texts[at].1.extend_from_slice(&extra);
                }
                for (text, model) in &texts {
                    prop_assert_eq!(text.as_slice(), &model[..]);
                    prop_assert_eq!(text.as_str(), str::from_utf8(model).ok());
                }
                prop_assert_eq!(texts[0].0 == texts[1].0, texts[0].1 == texts[1].1);
            }
        }
    }
}
