//! Properties of files, as the utility `test` knows them.

use std::fs::{self, Metadata};
use std::path::Path;

use crate::op::file_test;

/// Whether the file at `path` has the property that `test` names, one of
/// [`file_test`]. Links are followed, except to ask whether there is one. What does not exist has
/// no property, and an unknown test none that files could have.
pub(crate) fn test_file(test: u8, path: &Path) -> bool {
    let metadata = |property: fn(&Metadata) -> bool| {
        fs::metadata(path).is_ok_and(|metadata| property(&metadata))
    };
    match test {
        file_test::IS_FILE => metadata(Metadata::is_file),
        file_test::IS_DIR => metadata(Metadata::is_dir),
        file_test::IS_READABLE => may(path, Use::Read),
        file_test::IS_WRITABLE => may(path, Use::Write),
        file_test::IS_EXECUTABLE => may(path, Use::Execute),
        file_test::EXISTS => metadata(|_| true),
        file_test::IS_NONEMPTY => metadata(|metadata| metadata.len() > 0),
        file_test::IS_SYMLINK => fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()),
        #[cfg(unix)]
        file_test::IS_SOCKET..=file_test::IS_CHAR_DEV => {
            use std::os::unix::fs::FileTypeExt;
            fs::metadata(path).is_ok_and(|metadata| {
                let kind = metadata.file_type();
                match test {
                    file_test::IS_SOCKET => kind.is_socket(),
                    file_test::IS_FIFO => kind.is_fifo(),
                    file_test::IS_BLOCK_DEV => kind.is_block_device(),
                    _ => kind.is_char_device(),
                }
            })
        }
        _ => false,
    }
}

/// What this process may want to do with a file.
#[derive(Clone, Copy)]
enum Use {
    Read,
    Write,
    Execute,
}

/// Whether this process may use the file so. The system is asked: permission bits alone know
/// nothing of access lists, read-only mounts or the superuser.
#[cfg(unix)]
fn may(path: &Path, what: Use) -> bool {
    use rustix::fs::{Access, AtFlags, CWD};
    let access = match what {
        Use::Read => Access::READ_OK,
        Use::Write => Access::WRITE_OK,
        Use::Execute => Access::EXEC_OK,
    };
    rustix::fs::accessat(CWD, path, access, AtFlags::EACCESS).is_ok()
}

#[cfg(not(unix))]
fn may(path: &Path, what: Use) -> bool {
    fs::metadata(path).is_ok_and(|metadata| match what {
        Use::Write => !metadata.permissions().readonly(),
        Use::Read | Use::Execute => true,
    })
}
