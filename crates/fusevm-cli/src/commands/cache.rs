//! `fusevm cache`: the native code on the disk.

use fusevm::{JitCacheInfo, JitCompiler};

use crate::cli::{CacheAction, CacheArgs};
use crate::output;
use crate::report::Failure;

/// Why there is no cache.
const OFF: &str =
    "native code is not kept: FUSEVM_JIT_CACHE_DIR says so, or no home directory is known";

pub(crate) fn run(arguments: &CacheArgs) -> Result<(), Failure> {
    let jit = JitCompiler::new();
    let info = jit.jit_cache_info();
    let text = match (&arguments.action, info) {
        (CacheAction::Path, Some(info)) => info.directory.display().to_string(),
        (CacheAction::Path, None) => return Err(Failure::run_time(OFF)),
        (_, None) => OFF.to_owned(),
        (CacheAction::Info, Some(info)) => told(&info),
        (CacheAction::Prune, Some(info)) => {
            usable(&info)?;
            format!("{} removed", bytes(jit.prune_jit_cache()))
        }
        (CacheAction::Clear, Some(info)) => {
            usable(&info)?;
            let removed = jit.clear_jit_cache();
            let left = jit.jit_cache_info().map_or(0, |info| info.files);
            if left > 0 {
                let directory = info.directory.display();
                let left = files(left);
                return Err(Failure::run_time(format!(
                    "{directory}: {left} cannot be removed"
                )));
            }
            format!("{} removed", files(removed))
        }
    };
    output::write((text + "\n").as_bytes())
}

/// What there is, for people.
fn told(info: &JitCacheInfo) -> String {
    let mut lines = vec![
        format!("directory: {}", info.directory.display()),
        format!("code: {} in {}", bytes(info.bytes), files(info.files)),
        match info.max_bytes {
            Some(most) => format!("bound: {}", bytes(most)),
            None => "bound: none".to_owned(),
        },
    ];
    if let Some(problem) = &info.problem {
        lines.push(format!("not used: {problem}"));
    }
    lines.join("\n")
}

fn usable(info: &JitCacheInfo) -> Result<(), Failure> {
    let directory = info.directory.display();
    match &info.problem {
        Some(problem) => Err(Failure::run_time(format!("{directory}: {problem}"))),
        None => Ok(()),
    }
}

fn files(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        _ => format!("{count} files"),
    }
}

/// A number of bytes with the largest unit of which it is at least one.
fn bytes(count: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    match units.into_iter().find(|&(shift, _)| count >> shift > 0) {
        Some((shift, unit)) => format!("{:.1} {unit}", count as f64 / (1u64 << shift) as f64),
        None => format!("{count} bytes"),
    }
}
