//! The example programs: each computes a known result, at a small size and at its default size.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A program that takes its size as an argument and prints `CHECK` and a result.
struct Example {
    name: &'static str,
    size: &'static str,
    result: &'static str,
    /// Without an argument.
    default_result: &'static str,
}

impl Example {
    const fn new(
        name: &'static str,
        (size, result): (&'static str, &'static str),
        default_result: &'static str,
    ) -> Self {
        Example {
            name,
            size,
            result,
            default_result,
        }
    }
}

/// The results are those of the same algorithms in other languages.
const EXAMPLES: [Example; 18] = [
    Example::new("ackermann", ("3", "61"), "1021"),
    Example::new("array_push_sum", ("1001", "1001000"), "999999000000"),
    Example::new("dispatch", ("1001", "349448716"), "136497592"),
    Example::new("fib_recursive", ("15", "610"), "832040"),
    Example::new("graph", ("1001", "5841"), "178080"),
    Example::new("hash_incr", ("60000", "180068"), "2999940"),
    Example::new("mandelbrot", ("21", "11036"), "3905042"),
    Example::new("matmul", ("11", "960.4375"), "319999.6250"),
    Example::new("nbody", ("100", "-0.169266652"), "-0.169267132"),
    Example::new("nested_loop", ("100", "165033"), "4498500000"),
    Example::new("sieve", ("1000", "840"), "392490"),
    Example::new("sort", ("1001", "3119886801122"), "643205416241513"),
    Example::new("spectral_norm", ("20", "1.273839841"), "1.274223986"),
    Example::new("string_append", ("1001", "1001103"), "20000113"),
    Example::new("string_build", ("1001", "1001103"), "1000000117"),
    Example::new("string_ops", ("2345", "143963"), "61605997"),
    Example::new("sum_loop", ("1001", "501501"), "50000005000000"),
    Example::new(
        "word_freq",
        ("20000", "4386,ab:1199,hb:334,ob:232,vb:167,cc:139"),
        "5000,ab:29357,hb:7588,ob:5292,vb:4295,cc:3540",
    ),
];

/// Programs that read standard input, which have tests of their own.
const FILTERS: [&str; 1] = ["wordfreq"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/asm")
}

fn path_of(name: &str) -> PathBuf {
    folder().join(name).with_extension("fasm")
}

fn start(subcommand: &str, name: &str, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_fusevm"))
        .arg(subcommand)
        .arg(path_of(name))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary can be started")
}

/// What a program printed, if all went well.
fn printed(child: Child) -> Result<String, String> {
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().expect("the output can be read");
    if status.success() && stderr.is_empty() {
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    } else {
        Err(format!("{status}\n{}", String::from_utf8_lossy(&stderr)))
    }
}

#[test]
fn every_program_has_a_row() {
    let programs: BTreeSet<String> = fs::read_dir(folder())
        .expect("the folder exists")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "fasm")
        })
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    let rows = EXAMPLES.iter().map(|example| example.name).chain(FILTERS);
    assert_eq!(programs, rows.map(str::to_owned).collect());
}

#[test]
fn every_program_is_well_formed() {
    for name in EXAMPLES.iter().map(|example| example.name).chain(FILTERS) {
        if let Err(error) = printed(start("check", name, &[])) {
            panic!("{name}: {error}");
        }
    }
}

#[test]
fn small_sizes() {
    for Example {
        name, size, result, ..
    } in EXAMPLES
    {
        let printed = printed(start("run", name, &[size]));
        assert_eq!(printed, Ok(format!("CHECK {result}\n")), "{name} {size}");
    }
}

#[test]
fn default_sizes() {
    // All at once: this is where the time goes.
    let runs = EXAMPLES.map(|example| (start("run", example.name, &[]), example));
    let wrong: Vec<String> = runs
        .into_iter()
        .filter_map(|(child, example)| {
            let expected = format!("CHECK {}\n", example.default_result);
            let printed = printed(child);
            (printed.as_ref() != Ok(&expected))
                .then(|| format!("{}: {printed:?} instead of {expected:?}", example.name))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
