//! `fusevm asm`, `dis` and `check`.

use crate::support::{Sandbox, fusevm, output_of};

const COUNT: &str = "\
.slot n
    LoadInt 0
    SetSlot n
again:
    GetSlot n
    PrintLn 1
    SlotIncLtIntJumpBack n 3 again
    LoadConst \"done\"
    Call say 1
    Return
.sub say
    PrintLn 1
    Return
";

#[test]
fn bytes_and_text_convert_into_each_other() {
    let sandbox = Sandbox::new("round-trip");
    sandbox.write("count.fasm", COUNT);
    let quiet = (0, String::new(), String::new());
    assert_eq!(sandbox.run(&["asm", "count.fasm"]), quiet);
    let bytes = sandbox.read("count.fbc");

    let (status, text, _) = sandbox.run(&["dis", "count.fbc"]);
    assert_eq!(status, 0);
    let from_text = sandbox.run(&["dis", "count.fasm"]);
    assert_eq!(from_text, (0, text.clone(), String::new()));

    sandbox.write("again.fasm", &text);
    assert_eq!(
        sandbox.run(&["asm", "again.fasm", "--output", "again.fbc"]),
        quiet
    );
    assert_eq!(sandbox.read("again.fbc"), bytes);
    let outcome = sandbox.run(&["run", "again.fbc"]);
    assert_eq!(outcome, (0, "0\n1\n2\ndone\n".to_owned(), String::new()));
}

#[test]
fn bytes_go_to_standard_output_on_request() {
    let sandbox = Sandbox::new("asm-stdout");
    let text = ".source \"p.src\"\nNop\n";
    sandbox.write("p.fasm", text).run(&["asm", "p.fasm"]);
    let command = fusevm(sandbox.path(), &["asm", "-", "-o", "-"]);
    let output = output_of(command, text.as_bytes());
    assert!(output.status.success());
    assert_eq!(output.stdout, sandbox.read("p.fbc"));
}

#[test]
fn asm_does_not_guess_where_bytes_go() {
    let sandbox = Sandbox::new("asm-target");
    sandbox.write("text.fbc", "Nop\n");
    for arguments in [&["asm", "text.fbc"][..], &["asm", "-"]] {
        let (status, _, err) = sandbox.run(arguments);
        assert_eq!(status, 2, "{arguments:?}");
        assert!(err.contains("where should the bytes go?"), "{err}");
    }
    assert_eq!(sandbox.read("text.fbc"), b"Nop\n");

    let (status, _, err) = sandbox.run(&["asm", "text.fbc", "-o", "no/such/dir.fbc"]);
    assert_eq!(status, 1);
    assert!(err.contains("cannot write no/such/dir.fbc"), "{err}");
}

#[test]
fn asm_refuses_bytes() {
    let sandbox = Sandbox::new("asm-bytes");
    sandbox.write("p.fasm", "Nop\n").run(&["asm", "p.fasm"]);
    let (status, _, err) = sandbox.run(&["asm", "p.fbc", "-o", "q.fbc"]);
    assert_eq!(status, 2);
    assert!(err.contains("p.fbc is in bytes already"), "{err}");
}

#[test]
fn check_counts_what_is_there() {
    let sandbox = Sandbox::new("check");
    sandbox.write("count.fasm", COUNT).write("empty.fasm", "");
    let outcome = sandbox.run(&["check", "count.fasm"]);
    let expected = "count.fasm: ok (10 ops, 1 constant, 1 name, 1 function)\n";
    assert_eq!(outcome, (0, expected.to_owned(), String::new()));
    let outcome = sandbox.run(&["check", "empty.fasm"]);
    assert_eq!(
        outcome,
        (0, "empty.fasm: ok (empty)\n".to_owned(), String::new())
    );
}

/// What is not well formed is not run and not assembled, but it can be shown.
#[test]
fn what_is_not_well_formed_is_refused() {
    let sandbox = Sandbox::new("malformed");
    sandbox.write("p.fasm", "LoadInt 1\n\n  Add ; needs two\n");
    let expected = "\
error: op 1: Add takes 2 operands, but at most 1 can be there
 --> p.fasm:3:3
  |
3 |   Add ; needs two
  |   ^^^^^^^^^^^^^^^
  |
  = note: broken rule: Operands
";
    for command in ["check", "run", "asm"] {
        let outcome = sandbox.run(&[command, "p.fasm"]);
        assert_eq!(
            outcome,
            (2, String::new(), expected.to_owned()),
            "{command}"
        );
    }
    assert_eq!(sandbox.run(&["dis", "p.fasm"]).0, 0);

    let mut builder = fusevm::ChunkBuilder::new();
    builder.set_source("lost.src");
    builder.emit(fusevm::Op::Jump(99), 7);
    sandbox.write("p.fbc", builder.build().to_bytes().unwrap());
    let (status, _, err) = sandbox.run(&["run", "p.fbc"]);
    assert_eq!(status, 2);
    assert_eq!(
        err,
        "\
error: op 0: Jump names operation 99, which does not exist
--> lost.src:7
 = note: broken rule: Target
"
    );
    let (status, text, _) = sandbox.run(&["dis", "p.fbc"]);
    assert_eq!(status, 0);
    assert!(text.contains("Jump @99"), "{text}");
}

#[test]
fn the_interpreters_code_is_shown_on_request() {
    let sandbox = Sandbox::new("dis-code");
    sandbox.write("count.fasm", COUNT);
    let expected = "\
0 > SetInt *2                LoadInt(0)
1     Set                    SetSlot(0)
2   Get                      GetSlot(0)
3   General                  PrintLn(1)
4   CountLtI                 SlotIncLtIntJumpBack(0, 3, 2)
5   Const                    LoadConst(0)
6   Call                     Call(0, 1)
7 > Return                   Return
8 > General                  PrintLn(1)
9   Return                   Return
";
    let outcome = sandbox.run(&["dis", "--code", "count.fasm"]);
    assert_eq!(outcome, (0, expected.to_owned(), String::new()));
}

#[test]
fn programs_do_the_same_without_fusion() {
    let sandbox = Sandbox::new("no-fusion");
    sandbox.write("count.fasm", COUNT);
    let fused = sandbox.run(&["run", "count.fasm"]);
    assert_eq!(fused.1, "0\n1\n2\ndone\n");
    assert_eq!(sandbox.run(&["run", "--no-fusion", "count.fasm"]), fused);
}
