//! Native code, for `fusevm run`: what is wanted of it, and what became of that.

use std::{env, fs};

use fusevm::chunk::Location;
use fusevm::{Chunk, JitMode, JitState, VM};

use crate::cli::RunArgs;
use crate::report::{self, Failure};

/// Prepares a machine.
pub(super) fn set_up(vm: &mut VM, arguments: &RunArgs) -> Result<(), Failure> {
    vm.set_jit(arguments.jit.into());
    if let Some(directory) = &arguments.jit_dump {
        fs::create_dir_all(directory).map_err(|error| {
            let directory = directory.display();
            Failure::bad_input(format!("cannot make the directory {directory}: {error}"))
        })?;
        vm.set_jit_dump(Some(directory.clone()));
    }
    if arguments.jit_perf || env::var_os("FUSEVM_JIT_PERF").is_some_and(|value| value == "1") {
        vm.set_jit_perf_map(true);
    }
    Ok(())
}

/// Tells on standard error what there is to tell after a run.
pub(super) fn tell(vm: &VM, arguments: &RunArgs) {
    if vm.jit_stats().no_memory {
        report::warn("the system gives no memory for native code: the program was interpreted");
    }
    if arguments.jit_stats {
        report::tell(&statistics(vm));
    }
}

/// The lines of `--jit-stats`.
fn statistics(vm: &VM) -> Vec<String> {
    let stats = vm.jit_stats();
    let mut lines = match vm.jit() {
        JitMode::Off => vec!["native code: off".to_owned()],
        JitMode::On | JitMode::Eager => vec![
            format!(
                "native code: {} made and {} refused in {:.1?}; {} bytes",
                stats.compiles, stats.refusals, stats.compile_time, stats.code_bytes,
            ),
            format!(
                "entered {} times: {} ran to the end, {} left early, {} stopped",
                stats.entries,
                stats.ends(),
                stats.early_exits,
                stats.stops,
            ),
        ],
    };
    let (hits, misses) = (stats.cache_hits, stats.cache_misses);
    if hits + misses > 0 {
        lines.push(format!(
            "on the disk: {hits} found, {misses} missed, {} files rejected",
            stats.cache_rejections
        ));
    }
    lines.extend(vm.jit_report().iter().map(|place| {
        let mut at = named(vm.chunk(), place.op_index);
        if place.bounded {
            at += ", under bounds";
        }
        let state = match place.state {
            JitState::Native(bytes) => format!("{bytes} bytes"),
            JitState::Discarded => "thrown away, to be made anew".to_owned(),
            JitState::Refused(reason) => format!("interpreted, because {reason}"),
            _ => format!("{:?}", place.state),
        };
        let (compiles, entries, early) = (place.compiles, place.entries, place.early_exits);
        match compiles {
            0 => format!("{at}: {state}"),
            _ => format!(
                "{at}: {state}; made {compiles} times, entered {entries} times, left early {early} times"
            ),
        }
    }));
    lines
}

/// A place in the program.
fn named(chunk: &Chunk, op_index: usize) -> String {
    let Location { file, line, .. } = chunk.location(op_index);
    match line {
        Some(line) => format!("{file}:{line} (op {op_index})"),
        None => format!("{file} (op {op_index})"),
    }
}
