//! Whether handlers jump to the next one, as the compiler made them.

use std::collections::HashSet;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::compare::build;

/// The modules of the handlers.
const HANDLERS: &str = "::interp::fast::";

/// The handler of all operations without one. It returns, so that nothing shows that it is one.
const GENERAL: &str = "::control::general";

/// The handlers that return whatever happens: what they call is not the next one, but what the host
/// has installed.
const RETURNING: &[&str] = &[
    "::control::end",
    "::calls::call_named",
    "::calls::call_builtin",
];

pub(crate) fn run() -> Result<()> {
    ensure!(
        cfg!(target_arch = "x86_64"),
        "the instructions of other processors than x86-64 are not known here"
    );
    let binary = build::command_line(&crate::root(), &build::target()?)?;
    let output = Command::new("objdump")
        .args(["--disassemble", "--no-show-raw-insn", "--demangle"])
        .arg(&binary)
        .output()
        .context("cannot start objdump, which is part of the GNU binutils")?;
    ensure!(output.status.success(), "objdump: {}", output.status);
    let report = Report::of(&String::from_utf8_lossy(&output.stdout));
    ensure!(
        report.handlers > 0,
        "there are no handlers in {}",
        binary.display()
    );
    if !report.calls.is_empty() {
        bail!(
            "handlers that call another instead of jumping there keep something on the native \
             stack:\n  {}",
            report.calls.join("\n  ")
        );
    }
    println!("handlers: {}, all of which jump", report.handlers);
    Ok(())
}

/// What there is to say about a program.
#[derive(Debug, PartialEq)]
struct Report {
    /// How many handlers there are.
    handlers: usize,
    /// The functions in which a handler is called, each with the call.
    calls: Vec<String>,
}

/// A function in a listing.
struct Function<'a> {
    address: &'a str,
    name: &'a str,
    body: Vec<Instruction<'a>>,
}

/// An instruction: what it does, and to what.
struct Instruction<'a> {
    name: &'a str,
    operand: &'a str,
}

impl Report {
    fn of(listing: &str) -> Report {
        let functions = functions(listing);
        let handlers = functions.iter().filter(|function| function.is_handler());
        let handlers: HashSet<&str> = handlers.map(|function| function.address).collect();
        let others = functions.iter().filter(|function| !function.returns());
        let calls = others.flat_map(|function| {
            let calls = function.body.iter().filter(|inst| inst.calls(&handlers));
            calls.map(|inst| format!("{}: {} {}", function.name, inst.name, inst.operand))
        });
        Report {
            handlers: handlers.len(),
            calls: calls.collect(),
        }
    }
}

impl Function<'_> {
    /// Whether this goes on with a handler, or is one that is known by its name.
    fn is_handler(&self) -> bool {
        let jumps = self.body.iter().any(|inst| {
            inst.name == "jmp" && (inst.operand.starts_with('*') || inst.operand.contains(GENERAL))
        });
        jumps || self.name.ends_with(GENERAL)
    }

    fn returns(&self) -> bool {
        RETURNING.iter().any(|name| self.name.ends_with(name))
    }
}

impl Instruction<'_> {
    /// Whether this calls a handler, or a function that is only known when it runs. The latter are
    /// handlers; what lies elsewhere in the program or in a library is called through a place
    /// relative to the instruction.
    fn calls(&self, handlers: &HashSet<&str>) -> bool {
        self.name == "call"
            && match self.operand.strip_prefix('*') {
                Some(place) => !place.contains("(%rip)"),
                None => {
                    let address = self.operand.split(' ').next();
                    address.is_some_and(|address| handlers.contains(address))
                }
            }
    }
}

/// The functions in the modules of the handlers.
fn functions(listing: &str) -> Vec<Function<'_>> {
    let mut functions: Vec<Function<'_>> = Vec::new();
    let mut is_wanted = false;
    for line in listing.lines() {
        let header = line
            .strip_suffix(">:")
            .and_then(|line| line.split_once(" <"));
        if let Some((address, name)) = header {
            is_wanted = name.contains(HANDLERS);
            if is_wanted {
                functions.push(Function {
                    address: address.trim_start_matches('0'),
                    name,
                    body: Vec::new(),
                });
            }
        } else if is_wanted
            && let Some(function) = functions.last_mut()
            && let Some((_, text)) = line.split_once(":\t")
        {
            let (name, operand) = text.split_once(' ').unwrap_or((text, ""));
            let operand = operand.trim();
            function.body.push(Instruction { name, operand });
        }
    }
    functions
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Handlers, three of which go on, and a function that they call, in which `before` stands where the first
    /// handler calls that.
    fn report(before: &str) -> Report {
        Report::of(&format!(
            "\
0000000000001000 <fusevm::vm::interp::fast::numeric::add>:
  1000:\tpush   %rbx
  1001:\t{before}
  1006:\tjmp    *(%rax,%rcx,8)
0000000000002000 <fusevm::vm::interp::fast::numeric::not>:
  2000:\tjmp    3000 <fusevm::vm::interp::fast::control::general>
0000000000003000 <fusevm::vm::interp::fast::control::general>:
  3000:\tcall   5000 <fusevm::vm::interp::step>
  3005:\tret
0000000000004000 <fusevm::vm::interp::fast::text::order>:
  4000:\tcall   *0x1de9f1(%rip)        # 463528 <memcmp@GLIBC_2.2.5>
  4006:\tret
0000000000004800 <fusevm::vm::interp::fast::calls::call_named>:
  4800:\tcall   *%rax
0000000000005000 <fusevm::vm::interp::step>:
  5000:\tcall   *(%rax,%rcx,8)
"
        ))
    }

    #[test]
    fn calls_of_handlers_are_found() {
        for (before, is_found) in [
            ("call   4000 <fusevm::vm::interp::fast::text::order>", false),
            ("call   2000 <fusevm::vm::interp::fast::numeric::not>", true),
            (
                "call   3000 <fusevm::vm::interp::fast::control::general>",
                true,
            ),
            ("call   *(%rax,%rcx,8)", true),
            ("call   *%rax", true),
        ] {
            let report = report(before);
            assert_eq!(report.handlers, 3, "{before}");
            let found = report.calls.len();
            assert_eq!(found, usize::from(is_found), "{before}: {:?}", report.calls);
        }
    }
}
