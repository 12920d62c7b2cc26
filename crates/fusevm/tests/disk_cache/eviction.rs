//! How large the cache becomes.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use fusevm::JitCompiler;

use crate::{Cache, LOADED, MADE, run};

/// Has a file be last used so many hours ago.
fn set_age(file: &Path, hours: u64) {
    let time = SystemTime::now() - Duration::from_secs(3600 * hours);
    File::options()
        .append(true)
        .open(file)
        .unwrap()
        .set_modified(time)
        .unwrap();
}

/// A cache with the code of `counting(0)`, which was not used for longest, to `counting(9)`.
fn filled() -> (Cache, u64) {
    let cache = Cache::new();
    let mut known = Vec::new();
    for n in 0..10 {
        assert_eq!(run(n), MADE);
        let file = cache.files().into_iter().find(|file| !known.contains(file));
        let file = file.unwrap();
        set_age(&file, 100 - n as u64);
        known.push(file);
    }
    let one = fs::metadata(&known[0]).unwrap().len();
    (cache, one)
}

#[test]
fn the_files_that_were_not_used_for_longest_go() {
    let (cache, one) = filled();
    let jit = JitCompiler::new();
    assert_eq!(jit.jit_cache_size_bytes(), Some(10 * one));
    assert_eq!(jit.prune_jit_cache(), 0);
    // The oldest one is used.
    assert_eq!(run(0), LOADED);
    jit.set_jit_cache_max_bytes(Some(5 * one));
    assert_eq!(jit.prune_jit_cache(), 6 * one);
    assert_eq!(jit.jit_cache_size_bytes(), Some(4 * one));
    let loaded: Vec<i64> = (0..10).filter(|&n| is_loaded(&cache, n)).collect();
    assert_eq!(loaded, [0, 7, 8, 9]);
}

/// Whether code is loaded; what is not is not kept.
fn is_loaded(cache: &Cache, n: i64) -> bool {
    let before = cache.files();
    let is_loaded = run(n) == LOADED;
    for file in cache.files() {
        if !before.contains(&file) {
            fs::remove_file(file).unwrap();
        }
    }
    is_loaded
}

#[test]
fn the_newest_file_stays() {
    let (cache, one) = filled();
    let jit = JitCompiler::new();
    jit.set_jit_cache_max_bytes(Some(1));
    assert_eq!(jit.prune_jit_cache(), 9 * one);
    assert_eq!(run(9), LOADED);
    // Writing keeps to the bound, too.
    assert_eq!(run(20), MADE);
    assert_eq!(cache.files().len(), 1);
    assert_eq!(run(20), LOADED);
    jit.set_jit_cache_max_bytes(Some(0));
    assert_eq!((run(21), run(22)), (MADE, MADE));
    assert_eq!(jit.prune_jit_cache(), 0);
    assert_eq!(cache.files().len(), 3);
}

#[test]
fn clearing_removes_code_alone() {
    let (cache, _) = filled();
    let jit = JitCompiler::new();
    let other = cache.path().join("notes.txt");
    fs::write(&other, "mine").unwrap();
    assert_eq!(jit.clear_jit_cache(), 10);
    assert_eq!(jit.clear_jit_cache(), 0);
    assert!(other.exists() && cache.path().join("secret").exists());
    assert_eq!((run(1), run(1)), (MADE, LOADED));
}

#[test]
fn what_was_never_completed_is_swept() {
    let (cache, _) = filled();
    let [old, new] = ["old.1.2.3.tmp", "new.1.2.3.tmp"].map(|name| cache.path().join(name));
    for path in [&old, &new] {
        fs::write(path, "half").unwrap();
    }
    set_age(&old, 2);
    assert_eq!(JitCompiler::new().prune_jit_cache(), 4);
    assert!(!old.exists() && new.exists());
}
