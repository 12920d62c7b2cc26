//! The directory: whose it is, and how files in it are read and written.
//!
//! What is in it is run, so it is nobody else's business: a real directory of the user's that nobody else
//! can write to, with files of which the same holds. A secret that is made with the directory is the key
//! of their checksums.

use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::{fs, process as user};

/// Bytes of the secret.
pub(super) const SECRET_LEN: usize = 32;

/// The name of its file.
const SECRET: &str = "secret";

/// How the names of files end that are not complete yet.
pub(super) const TEMPORARY: &str = ".tmp";

/// Bytes that a file may have at most.
pub(super) const MAX_FILE: usize = 16 << 20;

/// The time of a file is when it was last used, but for so much: telling takes time, too.
const USED: Duration = Duration::from_secs(3600);

/// What opening a directory or file needs to mean just that.
const PLAIN: OFlags = OFlags::CLOEXEC
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK);

/// A directory that can be trusted.
pub(super) struct Directory {
    path: PathBuf,
    fd: OwnedFd,
    /// Which directory it is to the system.
    number: (i128, i128),
    secret: [u8; SECRET_LEN],
}

/// The directory that was used last, and one that was complained about.
struct Used {
    directory: Option<Arc<Directory>>,
    refused: Option<PathBuf>,
}

static USED_LAST: Mutex<Used> = Mutex::new(Used {
    directory: None,
    refused: None,
});

/// Why something is not what it should be.
fn refusal(reason: &str) -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, reason)
}

impl Directory {
    /// The directory at `path`, made if it is to be. `None` if it is not there or cannot be trusted,
    /// which is a warning the first time.
    pub(super) fn at(path: &Path, make: bool) -> Option<Arc<Self>> {
        let mut used = USED_LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(directory) = &used.directory
            && directory.path == path
            && (if make {
                directory.is_there()
            } else {
                directory.is_good()
            })
        {
            return Some(Arc::clone(directory));
        }
        match Self::open(path, make) {
            Ok(directory) => {
                let directory = Arc::new(directory);
                used.directory = Some(Arc::clone(&directory));
                used.refused = None;
                Some(directory)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                if used.refused.as_deref() != Some(path) {
                    let path = path.display();
                    tracing::warn!(%path, %error, "native code is not kept");
                }
                used.refused = Some(path.to_owned());
                None
            }
        }
    }

    /// Why the directory at `path` cannot be trusted, if it is there.
    pub(super) fn problem(path: &Path) -> Option<String> {
        let error = Self::open(path, false).err()?;
        (error.kind() != ErrorKind::NotFound).then(|| error.to_string())
    }

    fn open(path: &Path, make: bool) -> io::Result<Self> {
        // Behind a last `/` or `/.` a link would be followed.
        let plain: PathBuf = path.components().collect();
        if make {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&plain)?;
        }
        let fd = fs::open(&plain, PLAIN | OFlags::DIRECTORY, Mode::empty())?;
        let status = fs::fstat(&fd)?;
        check(&status, FileType::Directory)?;
        let mut directory = Directory {
            path: plain,
            fd,
            number: number(&status),
            secret: [0; SECRET_LEN],
        };
        directory.secret = directory.secret(make)?;
        Ok(directory)
    }

    /// Whether it can still be trusted.
    fn is_good(&self) -> bool {
        fs::fstat(&self.fd)
            .is_ok_and(|status| status.st_nlink > 0 && check(&status, FileType::Directory).is_ok())
    }

    /// Whether its path still leads to it, and it can still be trusted.
    fn is_there(&self) -> bool {
        fs::lstat(&self.path).is_ok_and(|status| {
            number(&status) == self.number && check(&status, FileType::Directory).is_ok()
        })
    }

    /// The secret in the directory, made if it is to be.
    fn secret(&self, make: bool) -> io::Result<[u8; SECRET_LEN]> {
        match self.read_secret() {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                tracing::warn!(%error, "the secret of the cache of native code is made anew");
                self.remove(SECRET);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            outcome => return outcome,
        }
        if !make {
            return Err(ErrorKind::NotFound.into());
        }
        let mut secret = [0; SECRET_LEN];
        File::open("/dev/urandom")?.read_exact(&mut secret)?;
        // A link is there with all its content or not at all, and only the first one is made.
        let temporary = self.write_temporary(SECRET, &secret)?;
        let linked = fs::linkat(&self.fd, &temporary, &self.fd, SECRET, AtFlags::empty());
        self.remove(&temporary);
        match linked {
            Err(rustix::io::Errno::EXIST) | Ok(()) => self.read_secret(),
            Err(error) => Err(error.into()),
        }
    }

    fn read_secret(&self) -> io::Result<[u8; SECRET_LEN]> {
        let bytes = self.read(SECRET)?;
        (bytes.try_into()).map_err(|_| refusal("the secret has not the right length"))
    }

    /// The key of checksums.
    pub(super) fn key(&self) -> &[u8; SECRET_LEN] {
        &self.secret
    }

    /// The content of a file.
    ///
    /// # Errors
    /// [`ErrorKind::PermissionDenied`] if it cannot be trusted.
    pub(super) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let file = match fs::openat(&self.fd, name, PLAIN, Mode::empty()) {
            Err(rustix::io::Errno::LOOP) => return Err(refusal("it is a link")),
            opened => opened?,
        };
        let status = fs::fstat(&file)?;
        check(&status, FileType::RegularFile)?;
        let len = usize::try_from(status.st_size).unwrap_or(usize::MAX);
        if len > MAX_FILE {
            return Err(refusal("it is too large"));
        }
        let mut bytes = vec![0; len];
        let mut file = File::from(file);
        file.read_exact(&mut bytes)?;
        if age(&status) > USED {
            // Where that is not possible it is forgotten sooner.
            let _ = file.set_modified(SystemTime::now());
        }
        Ok(bytes)
    }

    /// Puts a file with that content in place of what there is, at once.
    pub(super) fn publish(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let temporary = self.write_temporary(name, content)?;
        let renamed = fs::renameat(&self.fd, &temporary, &self.fd, name);
        if renamed.is_err() {
            self.remove(&temporary);
        }
        Ok(renamed?)
    }

    /// Writes a file of which nobody else knows. Gives its name.
    fn write_temporary(&self, name: &str, content: &[u8]) -> io::Result<String> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        // Processes of the same number can be on other machines that have the directory.
        let time = SystemTime::now().duration_since(UNIX_EPOCH);
        let time = time.map_or(0, |time| time.subsec_nanos());
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let temporary = format!("{name}.{}.{number}.{time}{TEMPORARY}", process::id());
        let flags = PLAIN | OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let file = fs::openat(&self.fd, &temporary, flags, Mode::RUSR | Mode::WUSR)?;
        if let Err(error) = File::from(file).write_all(content) {
            self.remove(&temporary);
            return Err(error);
        }
        Ok(temporary)
    }

    /// Removes a file, if that is possible. Gives whether it was.
    pub(super) fn remove(&self, name: &str) -> bool {
        fs::unlinkat(&self.fd, name, AtFlags::empty()).is_ok()
    }

    /// The regular files in it: name, bytes and age.
    pub(super) fn files(&self) -> io::Result<Vec<(String, u64, Duration)>> {
        let mut files = Vec::new();
        for entry in fs::Dir::read_from(&self.fd)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            // It may be gone by now.
            let Ok(status) = fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            if FileType::from_raw_mode(status.st_mode) == FileType::RegularFile {
                let len = u64::try_from(status.st_size).unwrap_or(0);
                files.push((name.to_owned(), len, age(&status)));
            }
        }
        Ok(files)
    }
}

/// How long ago something was written.
fn age(status: &Stat) -> Duration {
    let written = Duration::new(
        u64::try_from(status.st_mtime).unwrap_or(0),
        u32::try_from(status.st_mtime_nsec).unwrap_or(0),
    );
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().saturating_sub(written)
}

/// What tells a file from all others.
fn number(status: &Stat) -> (i128, i128) {
    // The types are not the same on all systems.
    (status.st_dev.into(), status.st_ino.into())
}

/// Whether something is of a type, the user's own, and can be written by nobody else.
fn check(status: &Stat, kind: FileType) -> io::Result<()> {
    if FileType::from_raw_mode(status.st_mode) != kind {
        return Err(refusal(match kind {
            FileType::Directory => "it is no directory",
            _ => "it is no regular file",
        }));
    }
    if status.st_uid != user::geteuid().as_raw() {
        return Err(refusal("it belongs to another user"));
    }
    if Mode::from_raw_mode(status.st_mode).intersects(Mode::WGRP | Mode::WOTH) {
        return Err(refusal("others can write to it"));
    }
    Ok(())
}
