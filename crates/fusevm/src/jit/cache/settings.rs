//! Where the cache is, and how large it may become.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};

use rustix::process::{geteuid, getuid};

/// The environment variables.
const DIRECTORY: &str = "FUSEVM_JIT_CACHE_DIR";
const MAX_BYTES: &str = "FUSEVM_JIT_CACHE_MAX_BYTES";

/// The bytes of all files, unless somebody says otherwise.
const DEFAULT_MAX_BYTES: u64 = 256 << 20;

/// The name of the directory among those of other programs.
const NAME: &str = "fusevm-jit";

/// What the process has set.
static CHOICES: RwLock<Choices> = RwLock::new(Choices {
    is_off: false,
    directory: None,
    max_bytes: None,
});

struct Choices {
    is_off: bool,
    directory: Option<PathBuf>,
    max_bytes: Option<u64>,
}

/// The directory in force; `None` if there is no cache.
pub(in crate::jit) fn directory() -> Option<PathBuf> {
    let choices = CHOICES.read().unwrap_or_else(PoisonError::into_inner);
    match &choices.directory {
        _ if choices.is_off => None,
        Some(directory) => Some(directory.clone()),
        // Who started it must not decide where a program writes that has other rights.
        None if getuid() != geteuid() => None,
        None => directory_by(|name| env::var_os(name)),
    }
}

/// The bytes that the files may have together; `None` for any number.
pub(in crate::jit) fn max_bytes() -> Option<u64> {
    let choices = CHOICES.read().unwrap_or_else(PoisonError::into_inner);
    let bytes = choices.max_bytes.unwrap_or_else(|| {
        let text = env::var(MAX_BYTES).ok();
        text.and_then(|text| size(&text))
            .unwrap_or(DEFAULT_MAX_BYTES)
    });
    Some(bytes).filter(|&bytes| bytes > 0)
}

/// Whether there is a cache at all.
pub(in crate::jit) fn set_enabled(enabled: bool) {
    let mut choices = CHOICES.write().unwrap_or_else(PoisonError::into_inner);
    choices.is_off = !enabled;
}

/// Sets a directory, or leaves it to the environment.
pub(in crate::jit) fn set_directory(directory: Option<PathBuf>) {
    let mut choices = CHOICES.write().unwrap_or_else(PoisonError::into_inner);
    choices.directory = directory;
}

/// Sets the bytes that the files may have, 0 for any number, or leaves it to the environment.
pub(in crate::jit) fn set_max_bytes(bytes: Option<u64>) {
    let mut choices = CHOICES.write().unwrap_or_else(PoisonError::into_inner);
    choices.max_bytes = bytes;
}

/// The directory by environment variables.
fn directory_by(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(value) = variable(DIRECTORY) {
        let word = value.to_string_lossy().trim().to_lowercase();
        let is_off = ["", "off", "0", "no", "none", "false", "disabled"].contains(&word.as_str());
        return (!is_off).then(|| value.into());
    }
    // What is relative would be another directory in each working directory.
    let base = |name| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let caches = base("XDG_CACHE_HOME").or_else(|| Some(base("HOME")?.join(".cache")));
    Some(caches?.join(NAME))
}

/// A number of bytes as people write it, `0` for any number; `None` if it is none.
fn size(text: &str) -> Option<u64> {
    let text = text.trim().to_lowercase();
    if ["off", "none", "unlimited"].contains(&text.as_str()) {
        return Some(0);
    }
    let shift = match text.as_bytes().last()? {
        b'k' => 10,
        b'm' => 20,
        b'g' => 30,
        _ => 0,
    };
    let digits = match shift {
        0 => text.as_str(),
        _ => text[..text.len() - 1].trim_end(),
    };
    let are_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = are_digits.then(|| digits.parse().unwrap_or(u64::MAX))?;
    Some(number.saturating_mul(1 << shift))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_environment_says_where_it_is() {
        let both = [("HOME", "/home/a"), ("XDG_CACHE_HOME", "/caches")];
        let home = [("HOME", "/home/a"), ("XDG_CACHE_HOME", "")];
        let relative = [("HOME", "home"), ("XDG_CACHE_HOME", "caches")];
        let cases = [
            (None, &both, Some("/caches/fusevm-jit")),
            (None, &home, Some("/home/a/.cache/fusevm-jit")),
            (None, &relative, None),
            (Some("/x"), &both, Some("/x")),
            (Some(" 1"), &both, Some(" 1")),
            (Some("yes"), &home, Some("yes")),
            (Some(""), &both, None),
            (Some(" Off "), &both, None),
            (Some("0"), &both, None),
            (Some("no"), &both, None),
            (Some("NONE"), &both, None),
            (Some("false"), &both, None),
            (Some("disabled"), &both, None),
        ];
        for (directory, others, expected) in cases {
            let found = directory_by(|name| match name {
                DIRECTORY => directory.map(OsString::from),
                _ => others
                    .iter()
                    .find(|(other, _)| *other == name)
                    .map(|(_, value)| value.into()),
            });
            assert_eq!(found.as_deref(), expected.map(Path::new), "{directory:?}");
        }
    }

    #[test]
    fn sizes_have_units() {
        let cases = [
            ("1024", Some(1024)),
            (" 2k ", Some(2048)),
            ("3M", Some(3 << 20)),
            ("1 g", Some(1 << 30)),
            ("0", Some(0)),
            ("0k", Some(0)),
            ("off", Some(0)),
            ("None", Some(0)),
            ("unlimited", Some(0)),
            ("99999999999999999999g", Some(u64::MAX)),
            ("2kb", None),
            ("-1", None),
            ("+1", None),
            ("k", None),
            ("", None),
            ("ä", None),
        ];
        for (text, expected) in cases {
            assert_eq!(size(text), expected, "{text}");
        }
    }
}
