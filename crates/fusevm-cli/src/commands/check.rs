//! `fusevm check`: is a program well formed?

use crate::cli::CheckArgs;
use crate::output;
use crate::program::Program;
use crate::report::Failure;

pub(crate) fn run(arguments: &CheckArgs) -> Result<(), Failure> {
    let program = Program::load(&arguments.file)?;
    program.verify()?;
    let chunk = &program.chunk;
    let counts = [
        (chunk.ops.len(), "op", "ops"),
        (chunk.constants.len(), "constant", "constants"),
        (chunk.names.len(), "name", "names"),
        (chunk.sub_entries.len(), "function", "functions"),
        (chunk.block_ranges.len(), "block", "blocks"),
        (chunk.sub_chunks.len(), "sub-chunk", "sub-chunks"),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|&(count, ..)| count > 0)
        .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    let counts = if counts.is_empty() {
        "empty".to_owned()
    } else {
        counts.join(", ")
    };
    output::write(format!("{}: ok ({counts})\n", program.name).as_bytes())
}
