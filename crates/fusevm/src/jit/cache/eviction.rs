//! What becomes of files that nobody uses.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::directory::{Directory, TEMPORARY};
use super::file::EXTENSION;
use super::settings;

/// Incomplete files of this age belong to processes that are gone.
const STALE: Duration = Duration::from_secs(3600);

/// The cache is looked through after each such part of its bound that this process has written, and
/// once in so many files that any process writes.
const PART: u64 = 64;

/// How many files with code there are, and their bytes.
pub(super) fn size(directory: &Directory) -> (usize, u64) {
    let files = directory.files().unwrap_or_default();
    let code = files.iter().filter(|(name, ..)| name.ends_with(EXTENSION));
    code.fold((0, 0), |(count, sum), (_, bytes, _)| {
        (count + 1, sum + bytes)
    })
}

/// Takes notice of a file that was written, of which `lot` is any number.
pub(super) fn after(directory: &Directory, bytes: usize, lot: u8) {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let Some(max_bytes) = settings::max_bytes() else {
        return;
    };
    let bytes = bytes as u64;
    let written = WRITTEN.fetch_add(bytes, Ordering::Relaxed) + bytes;
    if written > max_bytes / PART || u64::from(lot) % PART == 0 {
        WRITTEN.store(0, Ordering::Relaxed);
        prune(directory, max_bytes);
    }
}

/// Removes incomplete files that nobody will complete, and if there is more code than `max_bytes` the
/// files that were not used for longest, until a fifth of that is free. The newest one stays. Gives
/// the bytes of what was removed.
pub(super) fn prune(directory: &Directory, max_bytes: u64) -> u64 {
    let files = directory.files().unwrap_or_default();
    let (mut code, others): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|(name, ..)| name.ends_with(EXTENSION));
    let mut freed = 0;
    for (name, bytes, age) in others {
        if name.ends_with(TEMPORARY) && age > STALE && directory.remove(&name) {
            freed += bytes;
        }
    }
    let mut total: u64 = code.iter().map(|(_, bytes, _)| bytes).sum();
    if total <= max_bytes {
        return freed;
    }
    let goal = max_bytes - max_bytes / 5;
    code.sort_by_key(|&(_, _, age)| age);
    for (name, bytes, _) in code.iter().skip(1).rev() {
        if total <= goal {
            break;
        }
        if directory.remove(name) {
            total -= bytes;
            freed += bytes;
        }
    }
    freed
}

/// Removes all files with code, and incomplete ones that nobody will complete. Gives how many of the
/// former there were.
pub(super) fn clear(directory: &Directory) -> usize {
    let mut count = 0;
    for (name, _, age) in directory.files().unwrap_or_default() {
        if name.ends_with(EXTENSION) {
            count += usize::from(directory.remove(&name));
        } else if name.ends_with(TEMPORARY) && age > STALE {
            directory.remove(&name);
        }
    }
    count
}
