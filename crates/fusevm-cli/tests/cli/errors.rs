//! Errors as users read them.

use crate::support::{Sandbox, fusevm, output_of};

#[test]
fn syntax_errors_show_the_place() {
    let sandbox = Sandbox::new("syntax");
    sandbox.write(
        "bad.fasm",
        "LoadInt 1\n  Ad\n\tLoadInt \"é\" x\nJump nowhere\n",
    );
    let expected = "\
error: unknown op `Ad`
 --> bad.fasm:2:3
  |
2 |   Ad
  |   ^^
  |
  = help: did you mean `Add`?

error: operand `value` of LoadInt must be an integer of 64 bits, found a text
 --> bad.fasm:3:10
  |
3 |     LoadInt \"é\" x
  |             ^^^

error: unknown label `nowhere`
 --> bad.fasm:4:6
  |
4 | Jump nowhere
  |      ^^^^^^^
";
    for command in ["run", "asm", "dis", "check"] {
        let outcome = sandbox.run(&[command, "bad.fasm"]);
        assert_eq!(
            outcome,
            (2, String::new(), expected.to_owned()),
            "{command}"
        );
    }
}

#[test]
fn errors_point_at_columns_of_the_source() {
    let sandbox = Sandbox::new("columns");
    sandbox.write("main.toy", "let é = half(x)\n");
    sandbox.write(
        "columns.fasm",
        ".source \"main.toy\"\n.loc main.toy 1 14\nCall f 0\n\
         .sub f\n.loc main.toy 1 9\nCall half 0\n",
    );
    let expected = "\
error: undefined function: half
 --> main.toy:1:9
  |
1 | let é = half(x)
  |         ^
  |
  = note: in f, called from main.toy:1:14
  = help: `.sub NAME` defines a function; `fusevm run --help` lists those that exist
";
    assert_eq!(
        sandbox.run(&["run", "columns.fasm"]),
        (1, String::new(), expected.to_owned())
    );
    // Without the text of the source, in bytes as well.
    sandbox.write("gone.fasm", ".loc gone.toy 8 2\nCall half 0\n");
    let expected = "\
error: undefined function: half
--> gone.toy:8:2
 = help: `.sub NAME` defines a function; `fusevm run --help` lists those that exist
";
    assert_eq!(sandbox.run(&["asm", "gone.fasm", "-o", "gone.fbc"]).0, 0);
    for program in ["gone.fasm", "gone.fbc"] {
        let outcome = sandbox.run(&["run", program]);
        assert_eq!(outcome, (1, String::new(), expected.to_owned()));
    }
}

#[test]
fn a_sandboxed_program_starts_nothing() {
    let sandbox = Sandbox::new("sandboxed");
    sandbox.write(
        "run.fasm",
        "LoadConst \"/nonexistent\"\nExec 1\nSetStatus\n",
    );
    assert_eq!(sandbox.run(&["run", "run.fasm"]).0, 127);
    let expected = "\
error: access denied: no processes in this machine
 --> run.fasm:2:1
  |
2 | Exec 1
  | ^^^^^^
  |
  = help: without `--sandbox` it is allowed
";
    let outcome = sandbox.run(&["run", "--sandbox", "run.fasm"]);
    assert_eq!(outcome, (1, String::new(), expected.to_owned()));
}

const FACTORIAL: &str = "\
    LoadInt 3
    Call factorial 1
    PrintLn 1
.sub factorial
    SetSlot 0
    GetSlot 0
    JumpIfFalse boom
    GetSlot 0
    Dec
    Call factorial 1
    ReturnValue
boom:
    LoadInt 300
    Call chr 1
";

const FACTORIAL_ERROR: &str = "\
error: chr: a byte is a number from 0 to 255, not 300
  --> factorial.fasm:14:5
   |
14 |     Call chr 1
   |     ^^^^^^^^^^
   |
   = note: in factorial, called from line 10 (3 times)
   = note: in factorial, called from line 2
";

#[test]
fn run_time_errors_show_line_and_calls() {
    let sandbox = Sandbox::new("calls");
    sandbox.write("factorial.fasm", FACTORIAL);
    let expected = (1, String::new(), FACTORIAL_ERROR.to_owned());
    assert_eq!(sandbox.run(&["run", "factorial.fasm"]), expected);
    // From bytes, the text is found where the program says.
    sandbox.run(&["asm", "factorial.fasm"]);
    assert_eq!(sandbox.run(&["run", "factorial.fbc"]), expected);
    std::fs::remove_file(sandbox.path().join("factorial.fasm")).unwrap();
    let (status, _, err) = sandbox.run(&["run", "factorial.fbc"]);
    assert_eq!(status, 1);
    assert!(err.contains("--> factorial.fasm:14\n"), "{err}");
    assert!(!err.contains("Call chr"), "{err}");
}

/// Functions that call each other in turn, so that no two calls in a row are equal.
#[test]
fn long_call_stacks_are_cut() {
    let sandbox = Sandbox::new("long-stack");
    let mut text = "Call f0 0\n".to_owned();
    for depth in 0..20 {
        text.push_str(&format!(".sub f{depth}\nCall f{} 0\n", depth + 1));
    }
    sandbox.write("p.fasm", text);
    let (status, _, err) = sandbox.run(&["run", "p.fasm"]);
    assert_eq!(status, 1);
    let notes: Vec<&str> = err.lines().filter(|line| line.contains("note: ")).collect();
    assert_eq!(notes.len(), 11, "{err}");
    assert!(notes[0].ends_with("in f19, called from line 39"), "{err}");
    assert!(notes[9].ends_with("in f10, called from line 21"), "{err}");
    assert!(notes[10].ends_with("and 10 more calls"), "{err}");
}

#[test]
fn what_was_printed_before_an_error_is_kept() {
    let sandbox = Sandbox::new("printed");
    sandbox.write("p.fasm", "LoadInt 1\nPrintLn 1\nCall nothing 0\n");
    let (status, out, err) = sandbox.run(&["run", "p.fasm"]);
    assert_eq!((status, out.as_str()), (1, "1\n"));
    assert_eq!(
        err,
        "\
error: undefined function: nothing
 --> p.fasm:3:1
  |
3 | Call nothing 0
  | ^^^^^^^^^^^^^^
  |
  = help: `.sub NAME` defines a function; `fusevm run --help` lists those that exist
"
    );
}

#[test]
fn a_program_without_lines_names_the_op() {
    let sandbox = Sandbox::new("no-lines");
    let mut chunk = fusevm::chunk::assemble("", "Nop\nCall nothing 0").unwrap();
    chunk.lines.clear();
    sandbox.write("p.fbc", chunk.to_bytes().unwrap());
    let (_, _, err) = sandbox.run(&["run", "p.fbc"]);
    assert!(err.contains("--> p.fbc\n"), "{err}");
    assert!(
        err.contains("note: at op 1; no source line is known"),
        "{err}"
    );
}

#[test]
fn files_that_cannot_be_read() {
    let sandbox = Sandbox::new("unreadable");
    std::fs::create_dir(sandbox.path().join("dir")).unwrap();
    sandbox
        .write("binary", b"Nop\nNop \xff\n")
        .write("p.fasm", "Nop\n")
        .run(&["asm", "p.fasm"]);
    let mut damaged = sandbox.read("p.fbc");
    let cut = damaged[..damaged.len() - 1].to_vec();
    if let Some(last) = damaged.last_mut() {
        *last ^= 1;
    }
    sandbox.write("damaged", damaged).write("cut", cut);
    let cases = [
        ("missing", "cannot read missing: No such file"),
        ("dir", "cannot read dir: "),
        ("binary", "binary:2"),
        ("damaged", "cannot load damaged: "),
        ("cut", "cannot load cut: "),
    ];
    for command in ["run", "dis", "check", "asm"] {
        for (file, expected) in cases {
            let (status, out, err) = sandbox.run(&[command, file]);
            assert_eq!((status, out.as_str()), (2, ""), "{command} {file}");
            let refused = command == "asm" && err.contains("in bytes already");
            assert!(refused || err.contains(expected), "{command} {file}: {err}");
        }
    }
}

#[test]
fn names_from_a_program_do_not_reach_the_terminal_raw() {
    let sandbox = Sandbox::new("escape");
    sandbox.write(
        "p.fasm",
        ".source \"a\\u{1b}[2J\"\nCall \"b\\u{1b}[2J\" 0\n",
    );
    let (status, _, err) = sandbox.run(&["run", "p.fasm"]);
    assert_eq!(status, 1);
    assert!(!err.contains('\u{1b}'), "{err:?}");
    assert!(err.contains("undefined function: b\\u{1b}[2J"), "{err}");
}

#[test]
fn there_is_no_colour_in_a_pipe() {
    let sandbox = Sandbox::new("colour");
    for arguments in [&["run", "missing"][..], &["rum"], &["--help"]] {
        let (_, out, err) = sandbox.run(arguments);
        assert!(
            !out.contains('\u{1b}') && !err.contains('\u{1b}'),
            "{arguments:?}"
        );
        let mut forced = fusevm(sandbox.path(), arguments);
        forced.env("CLICOLOR_FORCE", "1");
        let output = output_of(forced, b"");
        let text = [output.stdout, output.stderr].concat();
        assert!(text.contains(&0x1b), "{arguments:?}: {text:?}");
    }
}
