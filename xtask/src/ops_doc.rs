//! The reference page of the instruction set, `docs/ops.md`.

use std::fs;
use std::path::{Path, PathBuf};

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ops.md")
}

pub(crate) fn write() -> Result<(), String> {
    let path = path();
    fs::write(&path, fusevm::op::reference())
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

pub(crate) fn check() -> Result<(), String> {
    let path = path();
    let page = fs::read_to_string(&path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    if page == fusevm::op::reference() {
        Ok(())
    } else {
        Err("docs/ops.md is stale; run `cargo xtask ops-doc`".to_owned())
    }
}
