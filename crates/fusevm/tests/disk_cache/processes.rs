//! Code that is made in one process and loaded in another.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::{env, str};

use fusevm::{Chunk, JitCompiler, TraceMetadata, VM, Value};
use fusevm_testkit::scratch::Scratch;

use crate::{counters, files_in, run};

/// What a process is started for.
const ROLE: &str = "FUSEVM_TEST_ROLE";

/// What a process tells is behind this.
const MARK: &str = "the process tells: ";

/// The passes of an imported loop, and where it starts.
const PASSES: i64 = 6;
const HEAD: usize = 2;

/// Not a test by itself: what other processes do.
#[test]
fn process() {
    let Ok(role) = env::var(ROLE) else { return };
    let report = match role.split_once(' ') {
        None if role == "run" => (0..20).map(|n| format!("{:?}", run(n))).collect(),
        Some(("run", n)) => format!("{:?}", run(n.parse().unwrap())),
        None if role == "export" => {
            let chunk = hot(500);
            let mut vm = VM::new(chunk.clone());
            vm.enable_tracing_jit();
            assert_eq!(vm.try_run().unwrap(), Some(Value::Int(500)));
            let traces = JitCompiler::new().trace_export_all(&chunk);
            serde_json::to_string(&traces).unwrap()
        }
        Some(("import", traces)) => {
            let traces: Vec<TraceMetadata> = serde_json::from_str(traces).unwrap();
            let chunk = hot(500);
            let jit = JitCompiler::new();
            assert_eq!(jit.trace_import_all(&chunk, &traces), traces.len());
            let mut vm = VM::new(chunk);
            vm.enable_tracing_jit();
            vm.set_global(0, Value::Int(500 - PASSES));
            assert_eq!(vm.try_run().unwrap(), Some(Value::Int(500)));
            let stats = vm.jit_stats();
            format!("{:?} {}", counters(&stats), stats.entries)
        }
        _ => panic!("{role}?"),
    };
    println!("{MARK}{report}");
}

/// A loop that counts from global 0 on.
fn hot(end: i64) -> Chunk {
    let program = format!(
        ".slot i\n GetVar start\n SetSlot i\n\
         .next:\n PreIncSlotVoid i\n GetSlot i\n LoadInt {end}\n NumLt\n JumpIfTrue .next\n\
         GetSlot i\n"
    );
    let mut chunk = fusevm::chunk::assemble("hot.fasm", &program).unwrap();
    assert_eq!(chunk.names, ["start"]);
    chunk.op_hash = 0;
    chunk
}

fn start(role: &str, directory: &Path) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "processes::process", "--nocapture"])
        .env(ROLE, role)
        .env("FUSEVM_JIT_CACHE_DIR", directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// What a process tells.
fn report(output: &Output) -> &str {
    let text = str::from_utf8(&output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let (_, report) = text.split_once(MARK).expect("a report");
    report.lines().next().unwrap_or_default()
}

fn tell(role: &str, directory: &Path) -> String {
    report(&start(role, directory).wait_with_output().unwrap()).to_owned()
}

#[test]
fn a_second_process_loads() {
    let scratch = Scratch::new();
    let directory = scratch.path().join("a/b/cache");
    assert_eq!(tell("run 7", &directory), "[0, 1, 0]");
    assert_eq!(tell("run 7", &directory), "[1, 0, 0]");
    for off in ["off", "", "No"] {
        assert_eq!(tell("run 7", Path::new(off)), "[0, 0, 0]");
    }
}

#[test]
fn code_is_the_same_in_each_process() {
    let scratch = Scratch::new();
    // With the same secret files with the same code are the same.
    let made = ["a", "b"].map(|name| {
        let directory = scratch.path().join(name);
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, mode(0o700)).unwrap();
        fs::write(directory.join("secret"), [5; 32]).unwrap();
        tell("run", &directory);
        let files = files_in(&directory);
        let names = files
            .iter()
            .map(|file| file.file_name().unwrap().to_owned());
        let contents = files.iter().map(|file| fs::read(file).unwrap());
        names.zip(contents).collect::<Vec<_>>()
    });
    assert_eq!(made[0].len(), 20);
    assert!(made[0] == made[1]);
}

fn mode(mode: u32) -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(mode)
}

#[test]
fn processes_race_for_an_empty_cache() {
    for round in 0..5 {
        let scratch = Scratch::new();
        let directory = scratch.path().join("cache");
        let racers: Vec<Child> = (0..4).map(|_| start("run", &directory)).collect();
        for racer in racers {
            let output = racer.wait_with_output().unwrap();
            // Nobody finds anything that is not what it should be.
            let report = report(&output);
            assert!(!report.contains(", 1]"), "round {round}: {report}");
        }
        assert_eq!(tell("run", &directory), "[1, 0, 0]".repeat(20));
        let names = fs::read_dir(&directory).unwrap().count();
        assert_eq!(names, 21, "the files, the secret, and nothing else");
    }
}

#[test]
fn a_full_disk_keeps_nothing_that_is_incomplete() {
    let scratch = Scratch::new();
    let directory = scratch.path().join("cache");
    assert_eq!(tell("run 1", &directory), "[0, 1, 0]");
    // No file can have any content.
    let tests = env::current_exe().unwrap();
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" --exact processes::process --nocapture";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(tests)
        .env(ROLE, "run")
        .env("FUSEVM_JIT_CACHE_DIR", &directory)
        .output()
        .unwrap();
    assert_eq!(report(&output).matches("[0, 1, 0]").count(), 19);
    assert_eq!(files_in(&directory).len(), 1);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 2);
    assert_eq!(tell("run 1", &directory), "[1, 0, 0]");
}

#[test]
fn an_imported_trace_has_its_native_code_at_once() {
    let scratch = Scratch::new();
    let directory = scratch.path().join("cache");
    let traces = tell("export", &directory);
    let metadata: Vec<TraceMetadata> = serde_json::from_str(&traces).unwrap();
    assert_eq!(metadata[0].anchor_ip, HEAD);
    // Six passes are far too few for a loop that nothing is known of.
    let told = tell(&format!("import {traces}"), &directory);
    assert_eq!(told, "[1, 0, 0] 1");
}
