//! The map by which `perf` finds names for native code: `/tmp/perf-PID.map`, with a line for each
//! piece, its address and length in hexadecimal and its name.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::fs::{FileType, Mode, OFlags, fstat, open};

/// Adds a piece of code to the map of this process. That it cannot be written is reported once.
pub(super) fn add(code: &[u8], name: &str) {
    static MAP: OnceLock<Option<Mutex<File>>> = OnceLock::new();
    let map = MAP.get_or_init(|| {
        let path = format!("/tmp/perf-{}.map", std::process::id());
        let map = create(Path::new(&path));
        let warn = |error: &io::Error| tracing::warn!(%error, path, "no map for perf");
        map.inspect_err(warn).ok().map(Mutex::new)
    });
    if let Some(map) = map {
        let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
        // A map that ends early is of some use still.
        let _ = map.write_all(line(code, name).as_bytes());
    }
}

fn line(code: &[u8], name: &str) -> String {
    let name = name.replace(char::is_control, "?");
    format!("{:x} {:x} {name}\n", code.as_ptr() as usize, code.len())
}

/// A new file, or one that another part of this process may have made: anybody can write to the
/// directory, so it must be a plain file of this user with no other name.
fn create(path: &Path) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let mode = Mode::RUSR | Mode::WUSR;
    match open(path, flags | OFlags::CREATE | OFlags::EXCL, mode) {
        Ok(file) => return Ok(file.into()),
        Err(rustix::io::Errno::EXIST) => {}
        Err(error) => return Err(error.into()),
    }
    // Somebody's pipe must not make us wait.
    let file = open(path, flags | OFlags::NONBLOCK, mode)?;
    let found = fstat(&file)?;
    let plain = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
    let own = found.st_uid == rustix::process::geteuid().as_raw();
    if !plain || !own || found.st_nlink != 1 {
        let message = "there is something that is not this user's plain file";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
    }
    Ok(file.into())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_a_plain_file_of_ones_own_is_written() {
        let directory = std::env::temp_dir().join(format!("fusevm-perf-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path = |name: &str| directory.join(name);
        for text in ["first", "second"] {
            create(&path("new"))
                .unwrap()
                .write_all(text.as_bytes())
                .unwrap();
        }
        assert_eq!(fs::read(path("new")).unwrap(), b"firstsecond");
        symlink(path("elsewhere"), path("dangling")).unwrap();
        symlink(path("new"), path("link")).unwrap();
        fs::create_dir(path("directory")).unwrap();
        fs::write(path("one"), "").unwrap();
        fs::hard_link(path("one"), path("other")).unwrap();
        for name in ["dangling", "link", "directory", "other"] {
            assert!(create(&path(name)).is_err(), "{name}");
        }
        assert!(!path("elsewhere").exists());
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn a_line_is_one_line() {
        let line = line(&[0; 18], "a\nb");
        assert!(line.ends_with(" 12 a?b\n"), "{line}");
    }
}
