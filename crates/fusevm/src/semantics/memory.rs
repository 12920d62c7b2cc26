//! The memory that operations may take.

use super::Fault;
use crate::value::account::{self, Held};
use crate::value::{Array, Hash, ReserveError, Value};

/// The memory that values may take: each by itself, and all together.
///
/// All together is a budget on what the thread's account counts. Where
/// there is none, asking for memory is one comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    value_limit: usize,
    /// The most bytes that the machine may hold.
    budget: usize,
    /// The reading of the account at which the budget is used up.
    ceiling: isize,
    /// The reading from which on it is worth to look for garbage.
    alarm: isize,
    /// Sizes from here on are looked at closely: beyond the limit of values without a budget, all
    /// with one.
    close: usize,
}

impl Memory {
    /// Memory for values of up to `value_limit` bytes, without a budget.
    pub fn new(value_limit: usize) -> Self {
        Memory {
            value_limit,
            budget: usize::MAX,
            ceiling: isize::MAX,
            alarm: isize::MAX,
            close: value_limit.saturating_add(1),
        }
    }

    /// The most bytes that one text or container may hold.
    pub fn value_limit(&self) -> usize {
        self.value_limit
    }

    /// Lets all values together take memory until the account reads `base + budget`.
    pub(crate) fn set_budget(&mut self, budget: usize, base: isize) {
        let bytes = isize::try_from(budget).unwrap_or(isize::MAX);
        self.budget = budget;
        self.ceiling = base.saturating_add(bytes);
        self.close = 0;
        self.set_alarm(0);
    }

    pub(crate) fn remove_budget(&mut self) {
        *self = Memory::new(self.value_limit);
    }

    /// Gives the alarm when an eighth of the budget is left, and not before `growth` more bytes are
    /// taken than now.
    pub(crate) fn set_alarm(&mut self, growth: usize) {
        let near = self.ceiling.saturating_sub_unsigned(self.budget / 8);
        let later = account::held().saturating_add_unsigned(growth);
        self.alarm = near.max(later).min(self.ceiling);
    }

    /// Whether the end of the budget is near.
    #[inline]
    pub(crate) fn is_alarmed(&self) -> bool {
        account::held() > self.alarm
    }

    /// Whether there is a budget.
    #[inline]
    pub(crate) fn is_bounded(&self) -> bool {
        self.close == 0
    }

    /// Whether a container or text that comes to have `bytes` needs more than a look at them.
    #[inline]
    pub(crate) fn is_close(&self, bytes: usize) -> bool {
        bytes >= self.close
    }

    /// Asks for a new value of `bytes`, before anything of that size is allocated.
    ///
    /// # Errors
    /// [`Fault::ValueTooLarge`] when the limit of values is smaller, [`Fault::OutOfMemory`] when
    /// so much is not left of the budget.
    #[inline]
    pub fn reserve(&mut self, bytes: usize) -> Result<(), Fault> {
        if self.is_close(bytes) {
            self.admit(bytes)?;
            self.grant(bytes)?;
        }
        Ok(())
    }

    /// Whether one value may have `bytes`, most of which it has already.
    pub(crate) fn admit(&self, bytes: usize) -> Result<(), Fault> {
        if bytes > self.value_limit {
            return Err(self.too_large());
        }
        Ok(())
    }

    /// Asks for `bytes` that are no value by themselves.
    #[inline]
    pub(crate) fn grant(&self, bytes: usize) -> Result<(), Fault> {
        if self.is_bounded() && bytes > self.room() {
            return Err(self.exhausted());
        }
        Ok(())
    }

    /// [`grant`](Self::grant), and counts the bytes until the result is dropped.
    pub(crate) fn hold(&self, bytes: usize) -> Result<Held, Fault> {
        self.grant(bytes)?;
        Ok(Held::new(bytes))
    }

    /// The bytes that are left.
    pub(crate) fn room(&self) -> usize {
        if !self.is_bounded() {
            return usize::MAX;
        }
        usize::try_from(self.ceiling.saturating_sub(account::held())).unwrap_or(0)
    }

    /// Whether more is used than the budget allows.
    pub(crate) fn is_above_budget(&self) -> bool {
        account::held() > self.ceiling
    }

    /// The longest text that may be made.
    pub(crate) fn text_limit(&self) -> usize {
        // Texts grow by doubling, and the old one lives until the new one is filled.
        self.value_limit.min(self.room() / 3)
    }

    /// Whether a text that is being written into a growing buffer may have `len` bytes.
    pub(crate) fn admit_text(&self, len: usize) -> Result<(), Fault> {
        let limit = self.text_limit();
        if len > limit {
            return Err(self.refused_text(limit));
        }
        Ok(())
    }

    /// The longest text of `value`: only that of an array is built, the others are there.
    pub(crate) fn text_limit_of(&self, value: &Value) -> usize {
        if self.is_bounded() && matches!(value, Value::Array(_)) {
            self.text_limit()
        } else {
            self.value_limit
        }
    }

    /// The budget.
    pub(crate) fn budget(&self) -> usize {
        self.budget
    }

    /// There is no memory for a value that may be that large.
    pub(crate) fn refused(&self) -> Fault {
        if self.is_bounded() {
            self.exhausted()
        } else {
            self.too_large()
        }
    }

    /// A text is longer than `limit`, which is that of values or of what is left.
    pub(crate) fn refused_text(&self, limit: usize) -> Fault {
        if limit < self.value_limit {
            self.exhausted()
        } else {
            self.too_large()
        }
    }

    fn too_large(&self) -> Fault {
        Fault::ValueTooLarge {
            limit: self.value_limit,
        }
    }

    /// The budget is used up.
    pub(crate) fn exhausted(&self) -> Fault {
        Fault::OutOfMemory { limit: self.budget }
    }

    /// Before an array gets `additional` elements like `value`, or one that replaces another.
    #[cold]
    #[inline(never)]
    pub(crate) fn prepare_array(
        &self,
        array: &mut Array,
        value: &Value,
        additional: usize,
    ) -> Result<(), Fault> {
        let elements = array.len().saturating_add(additional);
        self.admit(elements.saturating_mul(size_of::<Value>()))?;
        let prepared: Result<(), ReserveError> = array.prepare(value, additional, self.room());
        prepared.map_err(|_| self.refused())
    }

    /// Before a hash gets `additional` entries, or a value that replaces another.
    #[cold]
    #[inline(never)]
    pub(crate) fn prepare_hash(&self, hash: &mut Hash, additional: usize) -> Result<(), Fault> {
        let entries = hash.len().saturating_add(additional);
        self.admit(entries.saturating_mul(2 * size_of::<Value>()))?;
        hash.prepare(additional, self.room())
            .map_err(|_| self.refused())
    }
}
