//! The reference page of the instruction set, `docs/ops.md`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};

fn path() -> PathBuf {
    crate::root().join("docs/ops.md")
}

pub(crate) fn write() -> Result<()> {
    let path = path();
    fs::write(&path, fusevm::op::reference())
        .with_context(|| format!("cannot write {}", path.display()))
}

pub(crate) fn check() -> Result<()> {
    let path = path();
    let page =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(
        page == fusevm::op::reference(),
        "docs/ops.md is stale; run `cargo xtask ops-doc`"
    );
    Ok(())
}
