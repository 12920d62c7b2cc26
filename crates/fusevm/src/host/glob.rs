//! Paths that match a pattern.
//!
//! The search goes level by level: a round looks into every directory that the round before
//! found, on several threads if that is worth it. Nothing recurses, and the result is sorted at
//! the end, so neither depth nor threads show.

mod pattern;

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fs::{self, DirEntry};
use std::path::PathBuf;
use std::thread;

use super::process::os_string;
use crate::semantics::{Fault, Watch};
use crate::value::Key;
use pattern::{Component, Pattern, Wildcard};

/// Directories in one round from which on threads pay off.
const PARALLEL_FROM: usize = 16;

/// The most threads of a search. It waits for the disk more than it computes.
const MAX_THREADS: usize = 8;

/// The longest pattern that is tried: no system has paths that long.
const MAX_PATTERN_BYTES: usize = 64 * 1024;

/// What one path costs against the limit besides its bytes, here and in the array that comes of it.
const PATH_OVERHEAD: usize = 64;

/// Why a search ended early.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum GlobError {
    /// The paths together take more than the limit.
    TooManyPaths,
    /// The run is to stop.
    Stopped(Fault),
}

/// The paths that match `pattern`, sorted by components; none when the pattern is not valid.
/// Directories that cannot be read are passed over.
///
/// `*` and `?` match a leading dot, too. `**` as a whole component stands for any number of
/// directories and does not follow links, so that cycles end; as the last component it matches
/// directories only, as does a trailing slash.
pub(crate) fn glob(
    pattern: &[u8],
    parallel: bool,
    limit: usize,
    watch: &mut Watch,
) -> Result<Vec<Vec<u8>>, GlobError> {
    if pattern.len() > MAX_PATTERN_BYTES {
        return Ok(Vec::new());
    }
    let Some(pattern) = Pattern::parse(pattern) else {
        return Ok(Vec::new());
    };
    let start = if pattern.absolute {
        b"/".as_slice()
    } else {
        b""
    };
    if pattern.components.is_empty() {
        let found = pattern.absolute.then(|| start.to_vec());
        return Ok(found.into_iter().collect());
    }
    let mut matches = BTreeSet::new();
    let mut open = BTreeSet::from([Node {
        path: start.to_vec(),
        next: 0,
    }]);
    let mut size = 0;
    while !open.is_empty() {
        let nodes: Vec<Node> = open.into_iter().collect();
        watch.look_closely().map_err(GlobError::Stopped)?;
        let found = expand_all(&pattern, &nodes, parallel, limit, watch);
        if found.is_cut_short {
            let stopped = watch.look_closely().err();
            // Somebody else may have withdrawn the request, but what was found is not all.
            return Err(GlobError::Stopped(stopped.unwrap_or(Fault::Interrupted)));
        }
        open = found.open;
        matches.extend(found.matches.into_iter().map(Match));
        size += found.size;
        if size > limit {
            return Err(GlobError::TooManyPaths);
        }
    }
    Ok(matches.into_iter().map(|found| found.0).collect())
}

/// A directory to look into, and the component that its entries are to match.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    path: Vec<u8>,
    next: usize,
}

/// What looking into directories gave. Sets, because two `**` reach a directory in many ways.
#[derive(Default)]
struct Found {
    matches: BTreeSet<Vec<u8>>,
    open: BTreeSet<Node>,
    /// The bytes that all of it takes.
    size: usize,
    /// Whether the run is to stop.
    is_cut_short: bool,
}

impl Found {
    /// `path` has matched up to the component before `next`.
    fn add(&mut self, pattern: &Pattern, path: Vec<u8>, next: usize) {
        self.size += path.len() + PATH_OVERHEAD;
        if next == pattern.components.len() {
            self.matches.insert(path);
        } else {
            self.open.insert(Node { path, next });
        }
    }

    fn merge(mut self, other: Found) -> Found {
        self.matches.extend(other.matches);
        self.open.extend(other.open);
        self.size += other.size;
        self.is_cut_short |= other.is_cut_short;
        self
    }
}

fn expand_all(
    pattern: &Pattern,
    nodes: &[Node],
    parallel: bool,
    limit: usize,
    watch: &Watch,
) -> Found {
    let expand_some = |nodes: &[Node]| {
        let mut found = Found::default();
        for node in nodes {
            if watch.is_over() {
                found.is_cut_short = true;
                break;
            }
            expand(pattern, node, &mut found);
            if found.size > limit {
                break;
            }
        }
        found
    };
    let threads = thread::available_parallelism().map_or(1, |count| count.get().min(MAX_THREADS));
    if !parallel || threads == 1 || nodes.len() < PARALLEL_FROM {
        return expand_some(nodes);
    }
    let mut parts = nodes.chunks(nodes.len().div_ceil(threads));
    let own = parts.next().unwrap_or_default();
    thread::scope(|scope| {
        let workers: Vec<_> = parts
            .map(|part| {
                let worker = thread::Builder::new().spawn_scoped(scope, || expand_some(part));
                (part, worker)
            })
            .collect();
        let mut found = expand_some(own);
        for (part, worker) in workers {
            // A part whose thread could not be had is ours.
            let more = match worker.map(thread::ScopedJoinHandle::join) {
                Ok(Ok(more)) => more,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                Err(_) => expand_some(part),
            };
            found = found.merge(more);
        }
        found
    })
}

fn expand(pattern: &Pattern, node: &Node, found: &mut Found) {
    let Node { path, next } = node;
    let last = next + 1 == pattern.components.len();
    match &pattern.components[*next] {
        Component::Literal(name) => {
            let path = join(path, name);
            // Whether a directory on the way exists shows when something is looked for in it.
            if !last || exists(pattern, &path) {
                found.add(pattern, path, next + 1);
            }
        }
        Component::Wildcard(wildcard) => {
            matching_entries(pattern, path, wildcard, last, |path| {
                found.add(pattern, path, next + 1);
            });
        }
        Component::AnyDepth => {
            for entry in entries(path) {
                // The type of the entry itself: a link is no directory here.
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    let inner = join(path, entry.file_name().as_encoded_bytes());
                    if last {
                        found.add(pattern, inner.clone(), next + 1);
                    }
                    found.add(pattern, inner, *next);
                }
            }
            if !last {
                found.add(pattern, path.clone(), next + 1);
            }
        }
    }
}

/// Calls `body` with the paths of the entries of `directory` that match: any if it is the `last`
/// component of a pattern for any kind of file, directories otherwise.
fn matching_entries(
    pattern: &Pattern,
    directory: &[u8],
    wildcard: &Wildcard,
    last: bool,
    mut body: impl FnMut(Vec<u8>),
) {
    for entry in entries(directory) {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if wildcard.matches(name) {
            let path = join(directory, name);
            if (last && !pattern.directories_only) || is_directory(&entry, &path) {
                body(path);
            }
        }
    }
    if wildcard.starts_with_dot() && is_directory_at(directory) {
        for special in [b".".as_slice(), b".."] {
            if wildcard.matches(special) {
                body(join(directory, special));
            }
        }
    }
}

/// The entries of a directory that can be read.
fn entries(directory: &[u8]) -> impl Iterator<Item = DirEntry> {
    let entries = fs::read_dir(system_path(directory));
    entries.into_iter().flatten().filter_map(Result::ok)
}

fn exists(pattern: &Pattern, path: &[u8]) -> bool {
    if pattern.directories_only {
        is_directory_at(path)
    } else {
        // A link that leads nowhere exists.
        fs::symlink_metadata(system_path(path)).is_ok()
    }
}

fn is_directory(entry: &DirEntry, path: &[u8]) -> bool {
    match entry.file_type() {
        Ok(kind) if !kind.is_symlink() => kind.is_dir(),
        _ => is_directory_at(path),
    }
}

fn is_directory_at(path: &[u8]) -> bool {
    fs::metadata(system_path(path)).is_ok_and(|metadata| metadata.is_dir())
}

fn system_path(path: &[u8]) -> PathBuf {
    let path = if path.is_empty() { b"." } else { path };
    os_string(&Key::from(path)).into()
}

fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let separator: &[u8] = match directory.last() {
        None | Some(b'/') => b"",
        Some(_) => b"/",
    };
    [directory, separator, name].concat()
}

/// A path in the order of the result: by components, a directory before what it contains, and
/// the special entries before all others.
#[derive(PartialEq, Eq)]
struct Match(Vec<u8>);

impl Match {
    fn components(&self) -> impl Iterator<Item = (u8, &[u8])> {
        self.0.split(|byte| *byte == b'/').map(|component| {
            let rank = match component {
                b".." => 0,
                b"." => 1,
                _ => 2,
            };
            (rank, component)
        })
    }
}

impl Ord for Match {
    fn cmp(&self, other: &Self) -> Ordering {
        self.components().cmp(other.components())
    }
}

impl PartialOrd for Match {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests;
