//! Following a pass of a loop, one operation after the other.

use crate::chunk::Chunk;
use crate::code::Code;
use crate::jit::{self, Follower, Native, PassEnd};
use crate::vm::VM;

use super::regs::{Regs, Run, Step, Stop};
use super::{Prepared, prepare, refuse, step};

/// Carries out a pass of the loop at `block`, where the machine is, and tells the thread its path. The
/// machine goes on wherever that led to.
pub(super) fn follow(vm: &mut VM, chunk: &Chunk, code: &Code, block: usize) -> Stop {
    let anchor = vm.ip;
    let kinds = vm.slot_kinds();
    let mut follower = Follower::new(chunk, anchor);
    let (end, stop) = loop {
        let at = vm.ip;
        let Some(&op) = chunk.ops.get(at) else {
            break (PassEnd::Left, Stop::Reload);
        };
        if !follower.admits(chunk, at, op) {
            break (PassEnd::Refused, Stop::Reload);
        }
        if let Err(stop) = carry_out(vm, chunk, code) {
            break (PassEnd::Left, stop);
        }
        if let Some(end) = follower.arrives(vm.ip) {
            break (end, Stop::Reload);
        }
    };
    let pass = follower.finish(end, kinds);
    let is_settled = jit::followed(chunk, anchor, &pass);
    vm.settle_loop(block, is_settled);
    if is_settled && jit::is_decided(chunk, anchor) {
        Native::of(chunk, code).hurry(block);
    }
    stop
}

/// Carries out the operation at the machine's `ip` by itself.
fn carry_out(vm: &mut VM, chunk: &Chunk, code: &Code) -> Step {
    if let Err(fault) = vm.ensure_window(code.window_at(vm.ip)) {
        return Err(refuse(vm, fault));
    }
    vm.stack.prepare();
    let stream = vm.stream();
    let run = &mut Run::new(vm, stream, chunk, code);
    let mut regs = Regs::of(run);
    let _ = regs.fetch();
    let outcome = match prepare(&mut regs) {
        Ok(Prepared::Run) => step(&mut regs),
        Ok(Prepared::Done) => Ok(()),
        Err(stop) => Err(stop),
    };
    regs.leave_loop();
    outcome
}
