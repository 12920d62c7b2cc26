//! What is not loaded, because it may have been tampered with.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fusevm::JitCompiler;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::{Cache, LOADED, MADE, REJECTED, run, set_directory};

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Whether files can be given to others.
fn is_root(path: &Path) -> bool {
    fs::metadata(path).unwrap().uid() == 0
}

#[test]
fn damage_anywhere_is_found() {
    let cache = Cache::new();
    run(7);
    let file = cache.file();
    let content = fs::read(&file).unwrap();
    let shorter = (0..content.len()).map(|len| content[..len].to_vec());
    let flipped = (0..content.len()).map(|at| {
        let mut content = content.clone();
        content[at] ^= 1 << (at % 8);
        content
    });
    let longer = [[&content[..], &[0]].concat(), content.repeat(2)];
    for (number, damaged) in shorter.chain(flipped).chain(longer).enumerate() {
        fs::write(&file, damaged).unwrap();
        assert_eq!(run(7), REJECTED, "damage {number}");
        assert_eq!(fs::read(&file).unwrap(), content, "it is made anew");
    }
    assert_eq!(run(7), LOADED);
}

#[test]
fn a_file_of_another_program_is_found() {
    let cache = Cache::new();
    run(7);
    let seven = cache.file();
    run(8);
    let eight = cache.files().into_iter().find(|file| *file != seven);
    fs::copy(eight.unwrap(), &seven).unwrap();
    assert_eq!(run(7), REJECTED);
    assert_eq!(run(7), LOADED);
}

#[test]
fn a_file_by_another_secret_is_found() {
    let cache = Cache::new();
    run(7);
    let secret = cache.path().join("secret");
    let others: [&dyn Fn(); 5] = [
        &|| fs::write(&secret, [7; 32]).unwrap(),
        &|| fs::write(&secret, [7; 31]).unwrap(),
        &|| set_mode(&secret, 0o622),
        &|| {
            let elsewhere = cache.scratch.path().join("elsewhere");
            fs::write(&elsewhere, [7; 32]).unwrap();
            fs::remove_file(&secret).unwrap();
            symlink(elsewhere, &secret).unwrap();
        },
        &|| fs::remove_file(&secret).unwrap(),
    ];
    for (number, change) in others.iter().enumerate() {
        change();
        // The secret is read once for a directory.
        forget(&cache);
        let [hits, misses, _] = run(7);
        assert_eq!((hits, misses), (0, 1), "change {number}");
        assert_eq!(run(7), LOADED, "change {number}");
        let status = fs::symlink_metadata(&secret).unwrap();
        assert_eq!((status.mode() & 0o777, status.len()), (0o600, 32));
        assert!(status.is_file());
    }
}

/// Makes the process forget what it knows of the directory.
fn forget(cache: &Cache) {
    let other = cache.scratch.path().join("other");
    set_directory(&other);
    run(1);
    set_directory(&cache.path());
}

#[test]
fn files_that_others_can_change_are_removed() {
    let cache = Cache::new();
    run(7);
    let file = cache.file();
    let elsewhere = cache.scratch.path().join("elsewhere");
    let changes: [&dyn Fn(); 5] = [
        &|| set_mode(&file, 0o620),
        &|| set_mode(&file, 0o602),
        &|| {
            fs::rename(&file, &elsewhere).unwrap();
            symlink(&elsewhere, &file).unwrap();
        },
        &|| {
            fs::remove_file(&file).unwrap();
            let made = Command::new("mkfifo").arg(&file).status();
            assert!(made.unwrap().success());
        },
        &|| File::create(&file).unwrap().set_len(1 << 40).unwrap(),
    ];
    for (number, change) in changes.iter().enumerate() {
        change();
        assert_eq!(run(7), REJECTED, "change {number}");
        assert!(fs::symlink_metadata(&file).unwrap().is_file());
        assert_eq!(run(7), LOADED, "change {number}");
    }
    if is_root(&file) {
        chown(&file, Some(65534), None).unwrap();
        assert_eq!(run(7), REJECTED);
        assert_eq!(run(7), LOADED);
    }
    // What cannot be removed is left alone.
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert_eq!(run(7), REJECTED);
    assert!(file.is_dir());
}

#[test]
fn directories_that_others_can_change_are_not_used() {
    let cache = Cache::new();
    run(7);
    assert_eq!(run(7), LOADED);
    let jit = JitCompiler::new();
    let problem = || jit.jit_cache_info().unwrap().problem;
    let is_refused = |what: &str| {
        let before = crate::files_in(&cache.path());
        assert_eq!(run(7), MADE, "{what}");
        assert_eq!(run(9), MADE, "{what}");
        assert_eq!(crate::files_in(&cache.path()), before, "{what}");
        assert!(problem().is_some(), "{what}");
        assert_eq!(jit.jit_cache_size_bytes(), Some(0));
        assert_eq!((jit.prune_jit_cache(), jit.clear_jit_cache()), (0, 0));
    };
    for mode in [0o770, 0o702, 0o777] {
        set_mode(&cache.path(), mode);
        is_refused("its mode");
        set_mode(&cache.path(), 0o700);
        assert_eq!((run(7), problem()), (LOADED, None));
    }
    if is_root(&cache.path()) {
        chown(cache.path(), Some(65534), None).unwrap();
        is_refused("its owner");
        chown(cache.path(), Some(0), None).unwrap();
        assert_eq!(run(7), LOADED);
    }
    let elsewhere = cache.scratch.path().join("elsewhere");
    fs::rename(cache.path(), &elsewhere).unwrap();
    symlink(&elsewhere, cache.path()).unwrap();
    // A directory that is in use already is the same one wherever it is.
    assert_eq!(run(7), LOADED);
    forget(&cache);
    for path in [cache.path(), cache.path().join(""), cache.path().join(".")] {
        set_directory(&path);
        is_refused("a link");
    }
}

/// Counts warnings.
#[derive(Default)]
struct Warnings(AtomicUsize);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN
    }

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn there_is_one_warning_for_each_thing() {
    let cache = Cache::new();
    let warnings = Arc::new(Warnings::default());
    let count = || warnings.0.swap(0, Ordering::Relaxed);
    tracing::subscriber::with_default(Arc::clone(&warnings), || {
        assert_eq!((run(7), run(7), count()), (MADE, LOADED, 0));
        fs::write(cache.file(), "nonsense").unwrap();
        assert_eq!((run(7), count()), (REJECTED, 1));
        assert_eq!((run(7), count()), (LOADED, 0));
        set_mode(&cache.path(), 0o777);
        assert_eq!((run(7), run(8), count()), (MADE, MADE, 1));
        set_mode(&cache.path(), 0o700);
        assert_eq!((run(7), count()), (LOADED, 0));
    });
}

#[test]
fn without_a_directory_code_is_made() {
    let cache = Cache::new();
    let below_a_file = cache.scratch.path().join("file/cache");
    fs::write(below_a_file.parent().unwrap(), "").unwrap();
    for path in [
        below_a_file.as_path(),
        Path::new("/dev/null"),
        Path::new(""),
    ] {
        set_directory(path);
        assert_eq!(run(7), MADE, "{}", path.display());
        assert_eq!(run(7), MADE, "{}", path.display());
    }
    // One that disappears is made anew.
    set_directory(&cache.path());
    assert_eq!((run(7), run(7)), (MADE, LOADED));
    fs::remove_dir_all(cache.path()).unwrap();
    assert_eq!((run(7), run(7)), (MADE, LOADED));
    // What cannot be written is not kept; who may do all can write it.
    set_mode(&cache.path(), 0o500);
    assert_eq!(run(7), LOADED);
    let second = if is_root(&cache.path()) { LOADED } else { MADE };
    assert_eq!((run(8), run(8)), (MADE, second));
    set_mode(&cache.path(), 0o700);
}
