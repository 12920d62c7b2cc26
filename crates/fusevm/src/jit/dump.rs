//! Native code as files, for people.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::place::Place;

/// What became of a piece of code on its way.
#[derive(Debug)]
pub(super) struct Listing {
    /// The operations that it stands for.
    pub(super) ops: Vec<usize>,
    /// The code generator's input.
    pub(super) ir: String,
    /// Its output in assembly.
    pub(super) assembly: String,
}

/// Writes a piece of code to two files of `directory`, which is made if need be: a text, and the bytes
/// of the machine code. The names count the pieces of this process from 1; what is there of these
/// names is replaced.
pub(super) fn write(
    directory: &Path,
    place: &Place<'_>,
    listing: &Listing,
    code: &[u8],
) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let stem = format!("{number:04}-op{}", place.start());
    fs::create_dir_all(directory)?;
    replace(
        &directory.join(format!("{stem}.txt")),
        text(place, listing, code).as_bytes(),
    )?;
    replace(&directory.join(format!("{stem}.bin")), code)
}

fn text(place: &Place<'_>, listing: &Listing, code: &[u8]) -> String {
    let mut text = format!("{}\n\nOperations\n\n", place.name());
    for &at in &listing.ops {
        if let Some(op) = place.chunk.ops.get(at) {
            // Writing to a text does not fail.
            let _ = writeln!(text, "{at:6}  {op:?}");
        }
    }
    let _ = write!(
        text,
        "\nIntermediate form\n\n{}\n\nMachine code, {} bytes\n\n{}",
        listing.ir.trim_end(),
        code.len(),
        listing.assembly
    );
    text
}

/// Writes a new file, so that nothing is written through a link that is there.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    File::create_new(path)?.write_all(content)
}
