use super::*;

use std::fs::{create_dir_all, write};

/// A directory of this test alone, removed when dropped.
struct Tree(PathBuf);

impl Tree {
    fn new(name: &str, files: &[&str]) -> Self {
        let root = std::env::temp_dir().join(format!("fusevm-{name}-{}", std::process::id()));
        for file in files {
            let path = root.join(file);
            create_dir_all(path.parent().unwrap()).unwrap();
            write(path, "").unwrap();
        }
        Tree(root)
    }

    /// What `pattern` finds in the tree, relative to it and with spaces between.
    fn find(&self, pattern: &str) -> String {
        let root = self.0.to_str().unwrap();
        let pattern = format!("{root}/{pattern}");
        let found = [false, true]
            .map(|parallel| glob(pattern.as_bytes(), parallel, 1 << 20, &mut Watch::default()));
        assert_eq!(found[0], found[1], "both ways find the same");
        let [found, _] = found;
        let relative = |path: Vec<u8>| {
            let path = String::from_utf8(path).unwrap();
            path[root.len()..].trim_start_matches('/').to_owned()
        };
        let paths: Vec<String> = found.unwrap().into_iter().map(relative).collect();
        paths.join(" ")
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn patterns_find_paths_in_order() {
    let tree = Tree::new(
        "glob",
        &[
            "b.txt", "a.txt", ".dot", "d/x", "d/e/x", "d-1", "d/e/f/y", "[x]",
        ],
    );
    let cases = [
        ("*.txt", "a.txt b.txt"),
        ("*", ".dot [x] a.txt b.txt d d-1"),
        ("*/", "d"),
        ("d", "d"),
        ("d/", "d"),
        ("d-1/", ""),
        ("missing", ""),
        ("missing/*", ""),
        ("d//x", "d/x"),
        ("d/./x", "d/x"),
        ("*/x", "d/x"),
        ("[[]x]", "[x]"),
        ("[a-b].*", "a.txt b.txt"),
        ("**/x", "d/e/x d/x"),
        ("**", "d d/e d/e/f"),
        ("**/**", "d d/e d/e/f"),
        ("d/**", "d/e d/e/f"),
        ("d/**/*", "d/e d/e/f d/e/f/y d/e/x d/x"),
        ("**/*/**/x", "d/e/x d/x"),
        (".*", ".. . .dot"),
        ("a**", ""),
        ("[", ""),
        ("a.txt/*", ""),
        ("x\0*", ""),
    ];
    for (pattern, found) in cases {
        assert_eq!(tree.find(pattern), found, "{pattern}");
    }
}

#[test]
fn an_empty_pattern_finds_nothing_and_the_root_itself() {
    assert_eq!(glob(b"", false, 100, &mut Watch::default()), Ok(vec![]));
    assert_eq!(
        glob(b"/", false, 100, &mut Watch::default()),
        Ok(vec![b"/".to_vec()])
    );
    assert_eq!(
        glob(b"./", false, 100, &mut Watch::default()),
        Ok(vec![b".".to_vec()])
    );
}

#[test]
fn wide_trees_are_searched_in_parallel() {
    let files: Vec<String> = (0..40)
        .map(|n| format!("{:02}/{:02}/leaf", n, 39 - n))
        .collect();
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    let tree = Tree::new("wide", &names);
    assert_eq!(tree.find("**/leaf"), files.join(" "));
}

#[test]
fn a_search_stops_at_the_limit() {
    let tree = Tree::new("limit", &["a/x", "b/x", "c/x", "d/x"]);
    // Each pair of components multiplies the paths by the number of directories.
    let pattern = format!("{}/{}", tree.0.display(), "*/../".repeat(40));
    for parallel in [false, true] {
        assert_eq!(
            glob(pattern.as_bytes(), parallel, 1 << 20, &mut Watch::default()),
            Err(GlobError::TooManyPaths)
        );
    }
}

#[test]
fn a_search_stops_when_the_run_is_to_stop() {
    let mut watch = Watch::default();
    watch.handle().interrupt();
    let found = glob(b"/*", false, 1 << 20, &mut watch);
    assert_eq!(found, Err(GlobError::Stopped(Fault::Interrupted)));
    assert!(glob(b"/*", false, 1 << 20, &mut watch).is_ok());
}

#[cfg(unix)]
#[test]
fn links_are_found_but_not_descended() {
    let tree = Tree::new("links", &["d/x"]);
    std::os::unix::fs::symlink("..", tree.0.join("d/up")).unwrap();
    std::os::unix::fs::symlink("nowhere", tree.0.join("dangling")).unwrap();
    let cases = [
        ("dangling", "dangling"),
        ("dang*", "dangling"),
        ("dang*/", ""),
        ("d/*/", "d/up"),
        ("d/up/d/x", "d/up/d/x"),
        ("**", "d"),
        ("**/x", "d/x"),
    ];
    for (pattern, found) in cases {
        assert_eq!(tree.find(pattern), found, "{pattern}");
    }
}
