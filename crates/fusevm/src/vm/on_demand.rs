//! Parts that most machines do without.

/// A part of a machine that is made when it is first needed.
///
/// A machine may live for less time than it takes to look through its parts, so the end of one
/// that was never made is a look at a pointer, and the rest is out of the way.
pub(super) struct OnDemand<T>(Option<Box<T>>);

impl<T> OnDemand<T> {
    pub(super) const fn new() -> Self {
        OnDemand(None)
    }

    #[inline]
    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_deref()
    }

    #[inline]
    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        self.0.as_deref_mut()
    }

    pub(super) fn set(&mut self, part: Box<T>) {
        self.0 = Some(part);
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        if let Some(part) = self.0.take() {
            drop_part(part);
        }
    }
}

impl<T: Default> OnDemand<T> {
    /// The part, made if it is not there.
    #[inline]
    pub(super) fn make(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}

impl<T> Drop for OnDemand<T> {
    #[inline]
    fn drop(&mut self) {
        self.clear();
    }
}

#[cold]
#[inline(never)]
fn drop_part<T>(part: Box<T>) {
    drop(part);
}
