//! What a host is told, in which order, and what becomes of its answers.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};

use fusevm::chunk::ChunkData;
use fusevm::op::{param_mod, redirect_op};
use fusevm::{Chunk, DefaultHost, Op, ShellHost, VM, Value};

use super::recorder::{Recorder, words};
use crate::support::{FALSE, TRUE, UNDEF, array, int, ints, machine, program, str, value};

fn status(code: i32) -> Value {
    Value::Status(code)
}

/// A program with a constant `body`, and a nested program named `sub`.
fn shell_program(ops: &[Op]) -> ChunkData {
    let sub = ChunkData {
        source: "sub".to_owned(),
        ..ChunkData::default()
    };
    ChunkData {
        constants: vec![str("body")],
        sub_chunks: vec![sub.into()],
        ..program(ops)
    }
}

/// Runs operations on operands with a recording host; the stack after, the calls, and the last
/// status, which is 1 before.
fn record(ops: &[Op], operands: &[Value]) -> (Vec<Value>, Vec<String>, i32) {
    let (mut vm, _) = machine(shell_program(ops));
    let host = Recorder::default();
    vm.set_shell_host(Box::new(host.clone()));
    vm.last_status = 1;
    operands.iter().for_each(|value| vm.push(value.clone()));
    let result = vm.try_run().expect("the operations do not fail");
    let mut stack = vm.stack().to_vec();
    stack.extend(result);
    (stack, host.calls(), vm.last_status)
}

/// An operation, its operands, the stack after, the call, and the last status after.
type Case = (Op, Vec<Value>, Vec<Value>, &'static str, i32);

#[test]
fn each_operation_is_one_call() {
    let texts = |texts: &[&str]| Value::array(texts.iter().map(|text| str(text)).collect());
    let cases: Vec<Case> = vec![
        (
            Op::Exec(2),
            vec![str("ls"), array([int(1), array([int(2), int(3)])])],
            vec![status(4)],
            r#"exec ["ls", "1", "2 3"]"#,
            1,
        ),
        (
            Op::Exec(1),
            vec![str("test")],
            vec![status(4)],
            r#"exec ["test"]"#,
            1,
        ),
        (
            Op::Exec(1),
            vec![Value::bytes(b"\xff")],
            vec![status(4)],
            "exec [\"\u{fffd}\"]",
            1,
        ),
        (
            Op::ExecBg(1),
            vec![str("false")],
            vec![status(0)],
            r#"exec_bg ["false"]"#,
            1,
        ),
        (Op::PipelineBegin(3), vec![], vec![], "pipeline_begin 3", 1),
        (Op::PipelineStage, vec![], vec![], "pipeline_stage", 1),
        (
            Op::PipelineEnd,
            vec![],
            vec![status(i32::MIN)],
            "pipeline_end",
            i32::MIN,
        ),
        (
            Op::Redirect(2, redirect_op::APPEND),
            vec![int(7), str("log")],
            vec![int(7)],
            "redirect 2 1 log",
            1,
        ),
        (Op::Redirect(9, 99), vec![], vec![], "redirect 9 99 ", 1),
        (Op::HereDoc(0), vec![], vec![], "heredoc \"body\"", 1),
        (Op::HereDoc(99), vec![], vec![], "heredoc \"\"", 1),
        (Op::HereString, vec![int(5)], vec![], "herestring \"5\"", 1),
        (
            Op::CmdSubst(0),
            vec![],
            vec![str("text\n")],
            "cmd_subst sub",
            1,
        ),
        (Op::SubshellBegin, vec![], vec![], "subshell_begin", 1),
        (Op::SubshellEnd, vec![], vec![], "subshell_end", 6),
        (
            Op::ProcessSubIn(0),
            vec![],
            vec![str("/dev/fd/63")],
            "process_sub_in sub",
            1,
        ),
        (
            Op::ProcessSubOut(0),
            vec![],
            vec![str("/dev/fd/62")],
            "process_sub_out sub",
            1,
        ),
        (
            Op::Glob,
            vec![str("*")],
            vec![texts(&["one", "two"])],
            "glob * false",
            1,
        ),
        (
            Op::GlobRecursive,
            vec![str("*")],
            vec![texts(&["one", "two"])],
            "glob * true",
            1,
        ),
        (
            Op::TrapSet(0),
            vec![str("INT")],
            vec![],
            "trap_set INT sub",
            1,
        ),
        (Op::TrapCheck, vec![], vec![], "trap_check", 1),
        (
            Op::ExpandParam(param_mod::SLICE),
            vec![str("v"), int(1), UNDEF],
            vec![int(42)],
            "expand_param v 17 [Int(1), Undef]",
            1,
        ),
        (
            Op::ExpandParam(param_mod::SUBST_FIRST),
            vec![int(1)],
            vec![int(42)],
            "expand_param  9 [Undef, Int(1)]",
            1,
        ),
        (
            Op::ExpandParam(200),
            vec![str("v")],
            vec![int(42)],
            "expand_param v 200 []",
            1,
        ),
        (
            Op::WordSplit,
            vec![ints([1, 2])],
            vec![texts(&["w"])],
            "word_split 1 2",
            1,
        ),
        (
            Op::BraceExpand,
            vec![str("{a,b}")],
            vec![texts(&["a", "b"])],
            "brace_expand {a,b}",
            1,
        ),
        (
            Op::TildeExpand,
            vec![str("~")],
            vec![str("/home")],
            "tilde_expand ~",
            1,
        ),
        (
            Op::CallFunction(2, 1),
            vec![int(1)],
            vec![status(9)],
            r#"call_function h ["1"]"#,
            9,
        ),
        (
            Op::StrMatch,
            vec![str("s"), str("p")],
            vec![TRUE],
            "str_match s p",
            1,
        ),
        (
            Op::RegexMatch,
            vec![str("s"), str("r")],
            vec![TRUE],
            "regex_match s r",
            1,
        ),
        (
            Op::WithRedirectsBegin(2),
            vec![],
            vec![],
            "with_redirects_begin 2",
            1,
        ),
        (
            Op::WithRedirectsEnd,
            vec![],
            vec![],
            "with_redirects_end",
            1,
        ),
    ];
    for (op, operands, stack, call, last_status) in cases {
        let expected = (stack, vec![call.to_owned()], last_status);
        assert_eq!(record(&[op], &operands), expected, "{op:?}");
    }
}

#[test]
fn what_needs_no_host_does_not_call_it() {
    let cases = [
        (Op::Exec(0), vec![], vec![status(0)]),
        (Op::Exec(1), vec![str("true")], vec![status(0)]),
        (Op::Exec(1), vec![str("false")], vec![status(1)]),
        (Op::Exec(1), vec![str("echo")], vec![status(0)]),
        (Op::ExecBg(1), vec![array([])], vec![status(0)]),
        (Op::CmdSubst(1), vec![], vec![str("")]),
        (Op::ProcessSubIn(1), vec![], vec![str("")]),
        (Op::ProcessSubOut(1), vec![], vec![str("")]),
        (Op::TrapSet(1), vec![str("INT")], vec![]),
        (Op::TestFile(1), vec![str("/nonexistent")], vec![FALSE]),
    ];
    for (op, operands, stack) in cases {
        assert_eq!(record(&[op], &operands), (stack, vec![], 1), "{op:?}");
    }
}

#[test]
fn calls_come_in_program_order_and_nothing_is_made_up() {
    let (stack, calls, _) = record(
        &[
            Op::LoadConst(0),
            Op::Redirect(1, redirect_op::WRITE),
            Op::WithRedirectsBegin(1),
            Op::PipelineBegin(2),
            Op::SubshellBegin,
            Op::LoadConst(0),
            Op::Exec(1),
            Op::SubshellEnd,
            Op::PipelineStage,
            Op::ReturnValue,
            Op::PipelineEnd,
            Op::WithRedirectsEnd,
        ],
        &[],
    );
    assert_eq!(stack, [status(4)]);
    let expected = [
        "redirect 1 0 body",
        "with_redirects_begin 1",
        "pipeline_begin 2",
        "subshell_begin",
        r#"exec ["body"]"#,
        "subshell_end",
        "pipeline_stage",
    ];
    assert_eq!(calls, expected);
}

#[test]
fn functions_of_host_and_chunk_come_before_commands() {
    let run = |ops: &[Op]| {
        let mut chunk = shell_program(ops);
        chunk.sub_entries = vec![(0, 2), (2, 2)];
        let (mut vm, _) = machine(chunk);
        let host = Recorder::default();
        vm.set_shell_host(Box::new(host.clone()));
        (value(vm.run()), host.calls())
    };
    let body = [Op::LoadInt(5), Op::ReturnValue];
    let call = |call| run(&[&[call, Op::Jump(99)], body.as_slice()].concat());
    // The host has `h`, the chunk `f` and `h`, nobody `g`.
    assert_eq!(
        call(Op::CallFunction(0, 0)),
        (int(5), words(&["call_function f []"]))
    );
    assert_eq!(
        call(Op::CallFunction(2, 0)),
        (status(9), words(&["call_function h []"]))
    );
    let nobody = words(&["call_function g []", r#"exec ["g"]"#]);
    assert_eq!(call(Op::CallFunction(1, 0)), (status(4), nobody));
}

#[test]
fn of_two_equal_names_the_first_decides_which_function_a_command_means() {
    for (functions, expected) in [
        (vec![(0, 3)], int(5)),
        (vec![(1, 3), (0, 5)], int(6)),
        (vec![(1, 3)], status(127)),
    ] {
        let mut chunk = program([
            Op::LoadConst(0),
            Op::Exec(1),
            Op::Jump(99),
            Op::LoadInt(5),
            Op::ReturnValue,
            Op::LoadInt(6),
            Op::ReturnValue,
        ]);
        chunk.constants = vec![str("/no/program")];
        chunk.names = words(&["/no/program", "/no/program"]);
        chunk.sub_entries = functions;
        let (mut vm, _) = machine(chunk);
        assert_eq!(value(vm.run()), expected);
    }
}

#[test]
fn the_default_host_differs_from_none_in_the_status_of_a_pipeline() {
    let run = |op: Op, operands: &[Value], host: Option<Box<dyn ShellHost>>| {
        let (mut vm, sink) = machine(shell_program(&[op]));
        vm.host = host;
        vm.last_status = 3;
        operands.iter().for_each(|value| vm.push(value.clone()));
        let result = vm.try_run().expect("the operation does not fail");
        (result, vm.last_status, sink.text())
    };
    let operands = [str("/nonexistent/*"), str(" a b "), str("/nonexistent/x")];
    let ops = [
        Op::Exec(1),
        Op::ExecBg(1),
        Op::CallFunction(99, 1),
        Op::Redirect(1, 0),
        Op::HereDoc(0),
        Op::CmdSubst(0),
        Op::SubshellEnd,
        Op::ProcessSubIn(0),
        Op::Glob,
        Op::GlobRecursive,
        Op::TrapSet(0),
        Op::ExpandParam(1),
        Op::WordSplit,
        Op::BraceExpand,
        Op::TildeExpand,
        Op::StrMatch,
        Op::RegexMatch,
    ];
    for op in ops {
        for count in 0..=operands.len() {
            let operands = &operands[..count];
            let without = run(op, operands, None);
            assert_eq!(
                run(op, operands, Some(Box::new(DefaultHost))),
                without,
                "{op:?}"
            );
        }
    }
    assert_eq!(run(Op::PipelineEnd, &[], None).0, Some(status(3)));
    let default = run(Op::PipelineEnd, &[], Some(Box::new(DefaultHost)));
    assert_eq!((default.0, default.1), (Some(status(0)), 0));
}

#[test]
fn a_builtin_may_swap_the_host() {
    let (mut vm, _) = machine(shell_program(&[
        Op::CmdSubst(0),
        Op::CallBuiltin(0, 0),
        Op::CmdSubst(0),
        Op::MakeArray(3),
    ]));
    vm.set_shell_host(Box::new(Recorder::default()));
    vm.register_builtin(0, |vm, _| {
        vm.set_shell_host(Box::new(DefaultHost));
        UNDEF
    });
    assert_eq!(value(vm.run()), array([str("text\n"), UNDEF, str("")]));
}

/// Unwinds when a command is run.
struct Fragile;

impl ShellHost for Fragile {
    fn exec(&mut self, _: Vec<String>) -> i32 {
        resume_unwind(Box::new("exec"))
    }

    fn tilde_expand(&mut self, _: &str) -> String {
        "still here".to_owned()
    }
}

#[test]
fn a_host_that_panics_stays_and_so_does_the_machine() {
    let (mut vm, _) = machine(program([
        Op::LoadInt(7),
        Op::LoadConst(0),
        Op::Exec(1),
        Op::TildeExpand,
    ]));
    vm.set_shell_host(Box::new(Fragile));
    assert!(catch_unwind(AssertUnwindSafe(|| vm.run())).is_err());
    assert_eq!(vm.stack(), [int(7)]);
    assert_eq!(value(vm.run()), str("still here"));
}

#[test]
fn what_was_printed_is_out_before_the_host_is_called() {
    /// Notes at each call what has arrived.
    struct Watch(crate::support::Sink, Arc<Mutex<Vec<String>>>);

    impl Watch {
        fn look(&self) {
            self.1.lock().unwrap().push(self.0.text());
        }
    }

    impl ShellHost for Watch {
        fn redirect(&mut self, _: u8, _: u8, _: &str) {
            self.look();
        }

        fn exec(&mut self, _: Vec<String>) -> i32 {
            self.look();
            0
        }
    }

    let mut chunk = program([
        Op::LoadConst(0),
        Op::Print(1),
        Op::LoadConst(0),
        Op::Exec(1),
        Op::LoadConst(1),
        Op::Exec(1),
        Op::LoadConst(0),
        Op::Redirect(1, 0),
    ]);
    chunk.constants = vec![str("x"), str("echo")];
    let (mut vm, sink) = machine(chunk);
    let seen = Arc::default();
    vm.set_shell_host(Box::new(Watch(sink, Arc::clone(&seen))));
    vm.try_run().expect("the program ends");
    assert_eq!(*seen.lock().unwrap(), ["x", "x\n"]);
}

#[test]
fn reset_keeps_the_host_and_a_clean_machine_has_none() {
    let mut pool = fusevm::VMPool::new();
    let mut vm = pool.acquire(Chunk::new());
    vm.set_shell_host(Box::new(DefaultHost));
    vm.last_status = 4;
    vm.reset(Chunk::new());
    assert!(vm.host.is_some() && vm.last_status == 0);
    pool.release(vm);
    assert!(pool.acquire_clean(Chunk::new()).host.is_none());
}

#[test]
fn a_machine_with_a_host_can_move_to_another_thread() {
    fn sendable<T: Send>() {}
    sendable::<VM>();
}
