//! What a machine is to tell others about the native code that is made for it.

use std::path::PathBuf;

#[cfg(feature = "jit")]
use super::{Place, dump, perf, unit::Unit};

/// Who else wants to see native code.
#[derive(Debug, Default)]
pub(crate) struct Tools {
    /// The directory where it is written to, in forms for people.
    pub(crate) dump: Option<PathBuf>,
    /// Whether profilers are told where it is.
    pub(crate) perf_map: bool,
}

#[cfg(feature = "jit")]
impl Tools {
    /// Tells about a unit that was made. It runs in any case, so failures are only reported.
    pub(super) fn tell(&self, place: &Place<'_>, unit: &mut Unit) {
        let listing = unit.listing.take();
        if let (Some(directory), Some(listing)) = (&self.dump, listing)
            && let Err(error) = dump::write(directory, place, &listing, unit.code())
        {
            tracing::warn!(%error, directory = %directory.display(), "native code cannot be dumped");
        }
        if self.perf_map {
            perf::add(unit.code(), &place.name());
        }
    }
}
