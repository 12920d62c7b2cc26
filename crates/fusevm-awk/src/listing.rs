//! Programs as the operations of the machine.

use std::fmt::Write;

use fusevm::{Chunk, Op};

use crate::runtime::Handler;
use crate::syntax::Sources;

/// The operations of a chunk below the lines that they come from.
pub(crate) fn listing(chunk: &Chunk, sources: &Sources) -> String {
    let mut out = String::new();
    let mut last = None;
    for (index, op) in chunk.ops.iter().enumerate() {
        for (name, _) in chunk
            .sub_entries
            .iter()
            .filter(|(_, entry)| *entry == index)
        {
            let name = chunk.names.get(usize::from(*name));
            let _ = writeln!(out, "\nfunction {}", name.map_or("", |name| name.as_ref()));
            last = None;
        }
        let line = chunk.lines.get(index).copied();
        if line != last {
            last = line;
            if let Some((source, number, text)) = line.and_then(|line| sources.line_at(line)) {
                let text = String::from_utf8_lossy(text);
                let _ = writeln!(out, "; {}:{number}: {}", source.name, text.trim());
            }
        }
        let _ = write!(out, "{index:6}  {op:?}");
        if let Some(about) = about(chunk, *op) {
            let _ = write!(out, "  ; {about}");
        }
        out.push('\n');
    }
    out
}

/// What the numbers in an operation stand for.
fn about(chunk: &Chunk, op: Op) -> Option<String> {
    let name = |index: u16| {
        let name = chunk.names.get(usize::from(index))?;
        Some(name.to_string())
    };
    match op {
        Op::GetVar(index) | Op::SetVar(index) | Op::Call(index, _) => name(index),
        Op::LoadConst(index) => {
            let value = chunk.constants.get(usize::from(index))?;
            Some(format!("{:?}", value.to_str()))
        }
        Op::CallBuiltin(id, _) => Some(Handler::name(id)?.to_owned()),
        _ => None,
    }
}
