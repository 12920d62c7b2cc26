//! The part of `JitCompiler` that is about native code on the disk.

use std::path::PathBuf;

use super::JitCompiler;

#[cfg(feature = "jit-disk-cache")]
use crate::jit::cache as disk;

/// There is nothing on the disk.
#[cfg(not(feature = "jit-disk-cache"))]
mod disk {
    use std::path::PathBuf;

    use super::JitCacheInfo;

    pub(super) fn set_enabled(_: bool) {}

    pub(super) fn set_directory(_: Option<PathBuf>) {}

    pub(super) fn set_max_bytes(_: Option<u64>) {}

    pub(super) fn directory() -> Option<PathBuf> {
        None
    }

    pub(super) fn info() -> Option<JitCacheInfo> {
        None
    }

    pub(super) fn prune() -> u64 {
        0
    }

    pub(super) fn clear() -> usize {
        0
    }
}

/// What there is of native code on the disk, by [`JitCompiler::jit_cache_info`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JitCacheInfo {
    /// Where it is. The directory is made when there is something to keep.
    pub directory: PathBuf,
    /// The files with code, one for each program.
    pub files: usize,
    /// The bytes of these files.
    pub bytes: u64,
    /// How many bytes they may have; `None` for any number.
    pub max_bytes: Option<u64>,
    /// Why nothing is read from the directory or written to it, in words: it belongs to somebody else,
    /// for example. `None` if all is well.
    pub problem: Option<String>,
}

/// Native code on the disk.
///
/// With the feature `jit-disk-cache` native code outlives the process: each chunk that has some gets
/// a file, and code is loaded from there when the same chunk runs again, if machine, build and
/// what the code was made for are the same. That is on unless somebody turns it off. The directory is, in this order:
///
/// 1. none, if [`set_jit_cache_enabled`](Self::set_jit_cache_enabled) says so;
/// 2. what [`set_jit_cache_dir`](Self::set_jit_cache_dir) says;
/// 3. the environment variable `FUSEVM_JIT_CACHE_DIR`; nothing is kept if that is empty or one of
///    `off`, `0`, `no`, `none`, `false` and `disabled`;
/// 4. `fusevm-jit` in `$XDG_CACHE_HOME`, or in `$HOME/.cache`; none if neither is an absolute path.
///
/// What is loaded is run, so only a directory of the user's own is used that nobody else can write to, and
/// files in it of which the same holds and that have a checksum by a secret in the directory. Anything else is
/// removed, with a warning of `tracing`, and made anew. No failure here is one of the
/// program's.
///
/// Settings are those of the process, and hold from the next chunk on that code is looked for.
///
/// Without the feature there is no cache, and these methods say so.
impl JitCompiler {
    /// Whether native code is kept on the disk at all. It is, as long as nobody says otherwise.
    pub fn set_jit_cache_enabled(&self, enabled: bool) {
        disk::set_enabled(enabled);
    }

    /// Sets the directory, or with `None` leaves it to the environment again, which does not turn the cache
    /// off.
    pub fn set_jit_cache_dir(&self, dir: Option<PathBuf>) {
        disk::set_directory(dir);
    }

    /// The directory in force; `None` if nothing is kept.
    pub fn jit_cache_dir(&self) -> Option<PathBuf> {
        disk::directory()
    }

    /// What there is; `None` if nothing is kept.
    pub fn jit_cache_info(&self) -> Option<JitCacheInfo> {
        disk::info()
    }

    /// The bytes of all files with code; `None` if nothing is kept.
    pub fn jit_cache_size_bytes(&self) -> Option<u64> {
        Some(disk::info()?.bytes)
    }

    /// Sets how many bytes the files may have, 0 for any number, or with `None` leaves it to the
    /// environment variable `FUSEVM_JIT_CACHE_MAX_BYTES`: a number with `k`, `m` or `g` behind it,
    /// `0`, `off`, `none` or `unlimited` for any number, 256 MiB where that is something else.
    ///
    /// The bound is kept to now and then, when something is written.
    pub fn set_jit_cache_max_bytes(&self, limit: Option<u64>) {
        disk::set_max_bytes(limit);
    }

    /// Removes the files that were not used for longest if there are more bytes than there may be, until
    /// a fifth of the bound is free. The newest one stays. Gives the bytes that were removed.
    pub fn prune_jit_cache(&self) -> u64 {
        disk::prune()
    }

    /// Removes all files with code. Gives how many there were.
    pub fn clear_jit_cache(&self) -> usize {
        disk::clear()
    }
}
