//! Native code that survives the process.
//!
//! Each chunk has one file with all its units. It is looked for when native code is first wanted, and written
//! when a run ends that has made some. Code depends on the chunk and the builder, which are the
//! [`Identity`](identity::Identity) of the file, and on the answers of the machine to the questions that were asked as it was made,
//! which are kept beside it: a unit fits where all answers are the same.
//!
//! Failures are no failures of the program, which has its code made anew.

mod directory;
mod eviction;
mod file;
mod identity;
mod settings;

use std::io::{self, ErrorKind};
use std::mem;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::lower::Refusal;
use super::memory::NO_MEMORY;
use super::place::Place;
use super::unit::Unit;
use super::{JitCacheInfo, JitStats};
use crate::chunk::Chunk;
use directory::Directory;
use identity::Identity;

pub(super) use settings::{directory, set_directory, set_enabled, set_max_bytes};

/// Code is written before the end of a run if the run has had some for so long.
const PATIENCE: Duration = Duration::from_secs(1);

/// The code of a chunk on the disk.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// What there was when it was first looked for; `None` if the chunk can have none.
    found: OnceLock<Option<Found>>,
    fresh: Mutex<Fresh>,
}

#[derive(Debug)]
struct Found {
    identity: Identity,
    /// In the form of files.
    units: Vec<u8>,
}

/// Units that are still to be written.
#[derive(Debug, Default)]
struct Fresh {
    /// In the form of files.
    units: Vec<Vec<u8>>,
    /// When the first one was made.
    since: Option<Instant>,
}

impl Stored {
    /// As [`find`](Self::find), by who makes the unit if it is not there.
    pub(super) fn load(
        &self,
        place: &Place<'_>,
        stats: &mut JitStats,
    ) -> Option<Result<Unit, Refusal>> {
        let outcome = self.find(place, stats);
        if outcome.is_none() && self.is_kept(place) {
            stats.cache_misses += 1;
        }
        outcome
    }

    /// Whether what is made at `place` is to be kept, once code was looked for.
    fn is_kept(&self, place: &Place<'_>) -> bool {
        let is_found = matches!(self.found.get(), Some(Some(_)));
        is_found && !place.is_listed() && directory().is_some()
    }

    /// The unit that would be made at `place`, or why there would be none, if that is there.
    pub(super) fn find(
        &self,
        place: &Place<'_>,
        stats: &mut JitStats,
    ) -> Option<Result<Unit, Refusal>> {
        // Who wants to see how code comes about has it made.
        if place.is_listed() {
            return None;
        }
        let path = directory()?;
        let found = self.found.get_or_init(|| find(place.chunk, &path, stats));
        let mut units = file::Units(&found.as_ref()?.units);
        let outcome = units.find(|unit| unit.fits(place));
        let outcome = outcome.and_then(file::Stored::load);
        stats.cache_hits += u64::from(outcome.is_some());
        // What was asked by the way is no question of who makes the code.
        place.take_questions();
        outcome
    }

    /// Keeps what was just made at `place`, or why there is nothing, to be written later.
    pub(super) fn keep(&self, place: &Place<'_>, outcome: Result<&Unit, Refusal>) {
        if !self.is_kept(place) || outcome.is_err_and(is_passing) {
            return;
        }
        if let Some(unit) = file::unit(place, &place.take_questions(), outcome) {
            let mut fresh = self.fresh();
            fresh.units.push(unit);
            fresh.since.get_or_insert_with(Instant::now);
        }
    }

    /// Writes what is to be written, if that has waited for long.
    pub(super) fn save_in_time(&self) {
        let since = self.fresh().since;
        if since.is_some_and(|since| since.elapsed() > PATIENCE) {
            self.save();
        }
    }

    /// Writes what is to be written.
    pub(super) fn save(&self) {
        let fresh = mem::take(&mut *self.fresh()).units;
        if fresh.is_empty() {
            return;
        }
        let Some(Some(found)) = self.found.get() else {
            return;
        };
        if let Err(error) = write(&fresh, &found.identity) {
            tracing::debug!(%error, "native code could not be kept");
        }
    }

    fn fresh(&self) -> MutexGuard<'_, Fresh> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a reason may be gone the next time.
fn is_passing(reason: Refusal) -> bool {
    reason == NO_MEMORY
}

impl Drop for Stored {
    fn drop(&mut self) {
        self.save();
    }
}

/// Looks for the code of a chunk.
fn find(chunk: &Chunk, directory: &Path, stats: &mut JitStats) -> Option<Found> {
    let identity = Identity::of(chunk)?;
    let directory = Directory::at(directory, false);
    let units = directory.map(|directory| read(&directory, &identity, stats));
    Some(Found {
        units: units.unwrap_or_default(),
        identity,
    })
}

/// The units of a chunk's file. One that is not what it should be is removed.
fn read(directory: &Directory, identity: &Identity, stats: &mut JitStats) -> Vec<u8> {
    let name = identity.file_name();
    let content = directory.read(&name).and_then(|file| {
        let units = file::units(&file, identity, directory.key()).map(<[u8]>::to_vec);
        units.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "it is damaged"))
    });
    match content {
        Ok(units) => units,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            tracing::warn!(name, %error, "stored native code is made anew");
            stats.cache_rejections += 1;
            directory.remove(&name);
            Vec::new()
        }
    }
}

/// Adds units to the file of a chunk.
fn write(fresh: &[Vec<u8>], identity: &Identity) -> io::Result<()> {
    let path = directory();
    let Some(directory) = path.and_then(|path| Directory::at(&path, true)) else {
        return Ok(());
    };
    // Two chunks with the same content have the same file, and both add to it.
    static WRITING: Mutex<()> = Mutex::new(());
    let _turn = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let known = read(&directory, identity, &mut JitStats::default());
    let file = file::with_units(fresh, &known, identity, directory.key());
    directory.publish(&identity.file_name(), &file)?;
    let lot = identity.as_bytes()[0];
    eviction::after(&directory, file.len(), lot);
    Ok(())
}

/// The directory in force, if it is there and can be trusted.
fn present() -> Option<Arc<Directory>> {
    Directory::at(&directory()?, false)
}

/// What there is; `None` if there is no cache.
pub(super) fn info() -> Option<JitCacheInfo> {
    let path = directory()?;
    let directory = Directory::at(&path, false);
    let (files, bytes) = directory.map_or((0, 0), |directory| eviction::size(&directory));
    Some(JitCacheInfo {
        files,
        bytes,
        max_bytes: settings::max_bytes(),
        problem: Directory::problem(&path),
        directory: path,
    })
}

/// Removes what was not used for longest. Gives the bytes of that.
pub(super) fn prune() -> u64 {
    let max_bytes = settings::max_bytes().unwrap_or(u64::MAX);
    present().map_or(0, |directory| eviction::prune(&directory, max_bytes))
}

/// Removes all files. Gives how many there were.
pub(super) fn clear() -> usize {
    present().map_or(0, |directory| eviction::clear(&directory))
}
