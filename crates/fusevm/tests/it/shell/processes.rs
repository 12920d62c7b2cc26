//! Real programs. A test whose programs are missing says so and passes.

use std::io::Read;
use std::path::Path;

use fusevm::semantics::{Fault, Outside};
use fusevm::vm::{Access, Limits};
use fusevm::{DefaultHost, Op, ShellHost, VM, Value};

use crate::support::{array, int, machine, program, str, value};

const SHELL: &str = "/bin/sh";

/// Whether the shell that most of these tests run is there.
fn have_shell() -> bool {
    let there = cfg!(unix) && Path::new(SHELL).exists();
    if !there {
        eprintln!("skipped: there is no {SHELL}");
    }
    there
}

/// A machine that has `operands` and runs `ops`.
fn machine_on(ops: &[Op], operands: &[Value]) -> VM {
    let (mut vm, _) = machine(program(ops));
    operands.iter().for_each(|value| vm.push(value.clone()));
    vm
}

/// The status of a command, with no host and with the default one.
#[track_caller]
fn exec(words: &[Value], expected: i32) {
    let words = Value::array(words.to_vec());
    let hosts: [Option<Box<dyn ShellHost>>; 2] = [None, Some(Box::new(DefaultHost))];
    for host in hosts {
        let mut vm = machine_on(&[Op::Exec(1)], std::slice::from_ref(&words));
        vm.host = host;
        assert_eq!(value(vm.run()), Value::Status(expected), "{words:?}");
    }
}

fn sh(script: &str) -> [Value; 3] {
    [str(SHELL), str("-c"), str(script)]
}

#[test]
fn a_command_has_the_status_of_its_process() {
    if !have_shell() {
        return;
    }
    exec(&sh("exit 0"), 0);
    exec(&sh("exit 3"), 3);
    exec(&sh("exit 300"), 44);
    exec(&sh("kill -9 $$"), 128 + 9);
    exec(&sh("kill -15 $$"), 128 + 15);
    exec(&[str("/nonexistent")], 127);
    exec(&[str("no-such-command-anywhere")], 127);
    // It exists, and is no program.
    exec(&[str("/")], 126);
    exec(&[str(SHELL), str("nul\0byte")], 126);
}

#[test]
fn test_is_a_program_like_others() {
    let in_path = |name: &str| {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&paths).any(|directory| directory.join(name).exists())
    };
    if !in_path("test") || !in_path("[") {
        eprintln!("skipped: `test` and `[` are not in the path");
        return;
    }
    exec(&[str("test")], 1);
    exec(&[str("test"), str("a"), str("="), str("a")], 0);
    exec(&[str("test"), str("a"), str("="), str("b")], 1);
    exec(&[str("["), str("-d"), str("/"), str("]")], 0);
    exec(&[str("["), str("-f"), str("/"), str("]")], 1);
}

/// A path of this test alone.
fn scratch(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("fusevm-{name}-{}", std::process::id()))
}

#[test]
fn arguments_arrive_byte_for_byte() {
    if !have_shell() {
        return;
    }
    let file = scratch("bytes");
    let mut words = sh("printf %s \"$1\" > \"$2\"").to_vec();
    words.extend([
        str("sh"),
        Value::bytes(b"\xff x\xfe"),
        str(file.to_str().expect("a path that is text")),
    ]);
    let mut vm = machine_on(&[Op::Exec(1)], &[Value::array(words)]);
    assert_eq!(value(vm.run()), Value::Status(0));
    assert_eq!(std::fs::read(&file).unwrap(), b"\xff x\xfe");
    std::fs::remove_file(file).unwrap();
}

#[test]
fn call_function_sets_the_last_status_and_exec_does_not() {
    if !have_shell() {
        return;
    }
    let mut chunk = program([Op::CallFunction(0, 2), Op::GetStatus, Op::MakeArray(2)]);
    chunk.names = vec![SHELL.to_owned()];
    let (mut vm, _) = machine(chunk);
    vm.push(str("-c"));
    vm.push(str("exit 5"));
    let five = Value::Status(5);
    assert_eq!(value(vm.run()), array([five.clone(), five]));

    let ops = [Op::Exec(1), Op::GetStatus, Op::MakeArray(2)];
    let mut vm = machine_on(&ops, &[sh("exit 5").to_vec().into()]);
    let expected = array([Value::Status(5), Value::Status(0)]);
    assert_eq!(value(vm.run()), expected);
}

#[cfg(target_os = "linux")]
#[test]
fn background_commands_do_not_stay_behind() {
    if !have_shell() {
        return;
    }
    let background: Value = sh("exit 0").to_vec().into();
    let mut vm = machine_on(&[Op::ExecBg(1)], std::slice::from_ref(&background));
    assert_eq!(vm.last_background_pid(), None);
    assert_eq!(value(vm.run()), Value::Status(0));
    let pid = vm.last_background_pid().expect("a shell was started");
    // Later commands collect the ones before. A process has an entry until it is collected.
    let entry = format!("/proc/{pid}");
    for _ in 0..200 {
        let mut later = machine_on(&[Op::Exec(1)], &[sh("sleep 0.05").to_vec().into()]);
        value(later.run());
        if !Path::new(&entry).exists() {
            return;
        }
    }
    panic!("process {pid} is still there");
}

#[test]
fn a_background_command_is_not_waited_for() {
    if !have_shell() {
        return;
    }
    let file = scratch("background");
    // It can only end after the machine has gone on and made the file.
    let script = format!(
        "until test -e '{0}'; do sleep 0.02; done; echo done > '{0}'",
        file.display()
    );
    let mut vm = machine_on(&[Op::ExecBg(1)], &[sh(&script).to_vec().into()]);
    assert_eq!(value(vm.run()), Value::Status(0));
    std::fs::write(&file, "").unwrap();
    let mut text = String::new();
    for _ in 0..500 {
        text.clear();
        let mut opened = std::fs::File::open(&file).unwrap();
        opened.read_to_string(&mut text).unwrap();
        if text == "done\n" {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::fs::remove_file(&file).unwrap();
    assert_eq!(text, "done\n");
}

#[test]
fn a_closed_machine_starts_nothing_and_looks_at_nothing() {
    use Outside::{Files, Processes};
    let cases = [
        (Op::Exec(1), Processes),
        (Op::ExecBg(1), Processes),
        (Op::CallFunction(0, 0), Processes),
        (Op::TestFile(0), Files),
        (Op::Glob, Files),
        (Op::GlobRecursive, Files),
    ];
    for (op, outside) in cases {
        let mut vm = machine_on(&[op, Op::LoadInt(5)], &[str("/")]);
        vm.set_access(Access::NONE);
        let error = vm.try_run().expect_err("no access");
        assert_eq!(error.fault(), &Fault::Denied(outside), "{op:?}");
        assert_eq!((error.op_index(), error.line()), (Some(0), Some(1)));
        assert_eq!(value(vm.run()), int(5), "{op:?} leaves the machine usable");
    }
    // What stays inside is allowed.
    let mut vm = machine_on(&[Op::Exec(1)], &[str("false")]);
    vm.set_access(Access::NONE);
    assert_eq!(value(vm.run()), Value::Status(1));
    // A host answers for itself.
    let mut vm = machine_on(&[Op::Exec(1)], &[str("/nonexistent")]);
    vm.set_access(Access::NONE);
    vm.set_shell_host(Box::new(DefaultHost));
    assert_eq!(value(vm.run()), Value::Status(127));
}

#[test]
fn words_count_as_one_value() {
    let many = Value::array(vec![Value::Bool(true); 1000]);
    for op in [Op::Exec(2), Op::ExecBg(2), Op::CallFunction(0, 2)] {
        let mut vm = machine_on(&[op], &[str("false"), many.clone()]);
        vm.set_limits(Limits {
            value_bytes: 10_000,
            ..Limits::default()
        });
        let error = vm.try_run().expect_err("too many words");
        assert_eq!(error.fault(), &Fault::ValueTooLarge { limit: 10_000 });
    }
}
