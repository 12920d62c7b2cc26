//! File tests and patterns on a real directory.

use std::fs;
use std::path::PathBuf;

use fusevm::op::file_test;
use fusevm::{DefaultHost, Op, Value};

use crate::support::{array, machine, program, str, value};

/// A directory of one test, removed when dropped.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fusevm-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    fn path(&self, name: &str) -> Value {
        Value::bytes(self.0.join(name).as_os_str().as_encoded_bytes())
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The result of one operation on one value.
fn apply(op: Op, operand: Value) -> Value {
    let (mut vm, _) = machine(program([op]));
    vm.push(operand);
    value(vm.run())
}

#[cfg(unix)]
#[test]
fn file_tests_follow_links_and_ask_the_system() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    let directory = Directory::new("tests");
    let at = |name: &str| directory.0.join(name);
    let file = |name: &str, content: &str, mode: u32| {
        fs::write(at(name), content).unwrap();
        fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    file("regular", "x", 0o644);
    file("empty", "", 0o644);
    file("program", "x", 0o755);
    fs::create_dir(at("directory")).unwrap();
    let _listener = UnixListener::bind(at("socket")).unwrap();
    for (link, target) in [
        ("to-regular", "regular"),
        ("to-directory", "directory"),
        ("to-socket", "socket"),
        ("to-null", "/dev/null"),
        ("dangling", "nowhere"),
    ] {
        symlink(target, at(link)).unwrap();
    }
    // Codes 0 to 12: -f -d -r -w -x -e -s -L -S -p -b -c, unknown.
    let cases = [
        ("regular", "1011011000000"),
        ("empty", "1011010000000"),
        ("program", "1011111000000"),
        ("to-regular", "1011011100000"),
        ("dangling", "0000000100000"),
        ("missing", "0000000000000"),
        ("regular/", "0000000000000"),
        ("to-null", "0011010100010"),
    ];
    for (name, expected) in cases {
        let bits: String = (0..13)
            .map(
                |test| match apply(Op::TestFile(test), directory.path(name)) {
                    Value::Bool(true) => '1',
                    _ => '0',
                },
            )
            .collect();
        assert_eq!(bits, expected, "{name}");
    }
    // The size of directories and the mode of sockets is the system's affair.
    let also = [
        ("directory", file_test::IS_DIR),
        ("directory", file_test::IS_EXECUTABLE),
        ("to-directory", file_test::IS_DIR),
        ("to-directory", file_test::IS_SYMLINK),
        ("socket", file_test::IS_SOCKET),
        ("to-socket", file_test::IS_SOCKET),
    ];
    for (name, test) in also {
        let result = apply(Op::TestFile(test), directory.path(name));
        assert_eq!(result, Value::Bool(true), "{name} {test}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_without_permissions_is_readable_to_the_superuser_alone() {
    use std::os::unix::fs::PermissionsExt;

    let directory = Directory::new("permissions");
    let path = directory.0.join("closed");
    fs::write(&path, "x").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let readable = Value::Bool(fs::File::open(&path).is_ok());
    let test = |test| apply(Op::TestFile(test), directory.path("closed"));
    assert_eq!(test(file_test::IS_READABLE), readable);
    assert_eq!(test(file_test::IS_WRITABLE), readable);
    assert_eq!(test(file_test::IS_EXECUTABLE), Value::Bool(false));
    assert_eq!(test(file_test::EXISTS), Value::Bool(true));
}

#[test]
fn patterns_find_files_with_a_host_and_without() {
    let directory = Directory::new("patterns");
    for name in ["b", "a", "c.txt"] {
        fs::write(directory.0.join(name), "").unwrap();
    }
    let expected = array([directory.path("a"), directory.path("b")]);
    for op in [Op::Glob, Op::GlobRecursive] {
        assert_eq!(apply(op, directory.path("?")), expected);
        let (mut vm, _) = machine(program([op]));
        vm.set_shell_host(Box::new(DefaultHost));
        vm.push(directory.path("[ab]"));
        assert_eq!(value(vm.run()), expected);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_found_as_they_are() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let directory = Directory::new("names");
    let name = OsStr::from_bytes(b"n\xff");
    fs::write(directory.0.join(name), "").unwrap();
    let found = apply(Op::Glob, directory.path("n?"));
    let path = directory.0.join(name);
    let path = Value::bytes(path.as_os_str().as_bytes());
    assert_eq!(found, array([path.clone()]));
    let exists = apply(Op::TestFile(file_test::EXISTS), path);
    assert_eq!(exists, Value::Bool(true));
    // A host gets text.
    let (mut vm, _) = machine(program([Op::Glob]));
    vm.set_shell_host(Box::new(DefaultHost));
    vm.push(directory.path("n?"));
    let Value::Array(paths) = value(vm.run()) else {
        panic!("not an array");
    };
    assert_eq!(
        paths.get(0),
        Some(str(&directory.0.join("n\u{fffd}").to_string_lossy()))
    );
}
