//! The numeric kernels among the examples run in native code that calls nothing in its innermost loops.
#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::{Sandbox, fusevm, output_of};

/// The kernels, with a size that makes their loops hot. The loop of `sum_loop` is left out: the
/// interpreter has a formula for it, and nothing is left to compile.
const KERNELS: &[(&str, &str)] = &[
    ("mandelbrot", "150"),
    ("matmul", "60"),
    ("nbody", "8000"),
    ("nested_loop", "500"),
    ("sieve", "50000"),
    ("spectral_norm", "150"),
];

/// Basic blocks of a function in Cranelift's intermediate form.
#[derive(Default)]
struct Function {
    /// The blocks that follow one.
    edges: BTreeMap<String, Vec<String>>,
    /// The blocks that call what is not part of the code.
    callers: BTreeSet<String>,
}

/// The functions of a dump. Blocks that are marked as cold are left out: they are hardly ever reached.
fn functions(dump: &str) -> Vec<Function> {
    let mut functions = Vec::new();
    let mut block = None;
    for line in dump.lines().map(str::trim) {
        if line.starts_with("function ") {
            functions.push(Function::default());
            block = None;
        } else if line.starts_with("block") && line.ends_with(':') {
            let name = line.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            block = (!line.contains(" cold")).then(|| name.to_owned());
        }
        let (Some(function), Some(block)) = (functions.last_mut(), &block) else {
            continue;
        };
        if line.contains("call_indirect") {
            function.callers.insert(block.clone());
        }
        if line.starts_with("jump ") || line.starts_with("brif ") {
            let words = line.split(|c: char| !c.is_alphanumeric());
            let targets = words.filter(|word| word.starts_with("block"));
            let next = function.edges.entry(block.clone()).or_default();
            next.extend(targets.map(str::to_owned));
        }
    }
    functions
}

impl Function {
    /// The blocks of each loop: those on a way from the target of a jump back to the jump.
    fn loops(&self) -> Vec<BTreeSet<&str>> {
        let reached = |from: &str, without: &str| {
            let (mut seen, mut work) = (BTreeSet::new(), vec![from.to_owned()]);
            while let Some(block) = work.pop() {
                let next = self.edges.get_key_value(&block);
                if let Some((block, next)) = next
                    && block != without
                    && seen.insert(block.as_str())
                {
                    work.extend(next.iter().cloned());
                }
            }
            seen
        };
        let mut loops = Vec::new();
        for (head, next) in &self.edges {
            let inside: BTreeSet<&str> = next
                .iter()
                .flat_map(|next| reached(next, head))
                .filter(|block| {
                    let next = &self.edges[*block];
                    next.contains(head)
                        || next
                            .iter()
                            .any(|next| reached(next, "").contains(head.as_str()))
                })
                .chain([head.as_str()])
                .collect();
            if inside.iter().any(|block| self.edges[*block].contains(head)) {
                loops.push(inside);
            }
        }
        loops
    }
}

#[test]
fn innermost_loops_of_kernels_call_no_helper() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/asm");
    for (name, size) in KERNELS {
        let sandbox = Sandbox::new(name);
        let program = examples.join(format!("{name}.fasm"));
        let program = program.to_str().unwrap();
        let arguments = ["run", "--jit", "on", "--jit-dump", "dump", program, size];
        let output = output_of(fusevm(sandbox.path(), &arguments), b"");
        assert!(output.status.success(), "{name}: {output:?}");
        let mut count = 0;
        for entry in fs::read_dir(sandbox.path().join("dump")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "txt") {
                continue;
            }
            let dump = fs::read_to_string(&path).unwrap();
            for function in functions(&dump) {
                let loops = function.loops();
                for body in &loops {
                    let is_innermost = !loops
                        .iter()
                        .any(|other| other.len() < body.len() && other.is_subset(body));
                    let helpers: Vec<_> = body
                        .iter()
                        .filter(|block| function.callers.contains(**block))
                        .collect();
                    assert!(
                        !is_innermost || helpers.is_empty(),
                        "{name}: {helpers:?} of {body:?} in\n{dump}"
                    );
                    count += usize::from(is_innermost);
                }
            }
        }
        assert!(count > 0, "{name} has no loop in native code");
    }
}

#[test]
fn a_loop_that_calls_a_helper_is_found() {
    let dump = "function u0:0(i64) -> i32 {\nblock0(v0: i64):\n    jump block1\n\nblock1:\n    brif v1, block2, block4\n\n\
                block2:\n    v2 = call_indirect sig0, v1(v0)\n    jump block1\n\nblock3 cold:\n    jump block0\n\nblock4:\n    return v0\n}\n";
    let functions = functions(dump);
    let [function] = &functions[..] else {
        panic!("one function")
    };
    let expected = BTreeSet::from(["block1", "block2"]);
    assert_eq!(function.loops(), [expected.clone(), expected]);
    assert_eq!(function.callers, BTreeSet::from(["block2".to_owned()]));
}
