//! The interpreter.
//!
//! Lowered code is run by the [handlers](fast) of its instructions. Every operation can also be
//! carried out by itself, by [`step`], which is what handlers fall back on, and what runs code
//! that takes operands that are not there: such a block runs in *checked mode*, where each
//! operation is prepared first and absent operands read as `Undef`.

mod collections;
mod containers;
mod control;
mod fast;
#[cfg(feature = "jit")]
mod follow;
mod loops;
mod numeric;
mod regs;
mod shell;
mod text;
mod variables;

use tracing::debug;

use crate::chunk::Chunk;
use crate::code::Code;
use crate::op::{Op, OpFlags};
use crate::semantics::compare::Relation;
use crate::semantics::{Dialect, Fault, arith};
use crate::value::{Plain, Value};
use crate::vm::VM;
use crate::vm::iterate::BlockOp;

use fast::{Awk, Contract, Next, Rules};
use regs::{Regs, Run, Step, Stop};
pub(super) use shell::strings;

/// Runs the machine from its `ip` until the program ends, or returns a value from its root frame.
pub(super) fn run(vm: &mut VM) -> Result<Option<Box<Value>>, Box<Fault>> {
    loop {
        if let Some(fault) = vm.raised.take() {
            return Err(fault);
        }
        if vm.halted {
            return Ok(None);
        }
        // A handler may have put another machine in place of the one that the run began with.
        vm.ensure_open_budget();
        // A handler may replace the machine's chunk; what executes must outlive that.
        let chunk = vm.chunk.clone();
        let code = Code::of(&chunk);
        #[cfg(feature = "jit")]
        if let Some(block) = vm.ready_tracer(&chunk, code) {
            match follow::follow(vm, &chunk, code, block) {
                Stop::Fault(fault) => return Err(fault),
                _ => continue,
            }
        }
        let mut stop = resume(vm, &chunk, code);
        if let Stop::Short = stop {
            debug!(
                op_index = vm.ip,
                "operands are missing, running in checked mode"
            );
            let stream = vm.stream();
            stop = execute_checked(&mut Run::new(vm, stream, &chunk, code));
        }
        match stop {
            Stop::End => return Ok(None),
            Stop::Returned(value) => return Ok(Some(value)),
            Stop::Fault(fault) => return Err(fault),
            Stop::Reload | Stop::Short => {}
        }
    }
}

/// Continues at the machine's `ip`, wherever that is.
fn resume(vm: &mut VM, chunk: &Chunk, code: &Code) -> Stop {
    vm.ip = vm.ip.min(chunk.ops.len());
    if !vm.iterations.is_empty() {
        match vm.settle_iterations(code.numeric) {
            Ok(false) => {}
            Ok(true) => return Stop::Reload,
            Err(fault) => return fault.into(),
        }
    }
    let start = vm.ip;
    if let Err(fault) = vm.ensure_window(code.window_at(start)) {
        return refuse(vm, fault);
    }
    vm.stack.prepare();
    let stream = vm.stream();
    // In mid-block: what entering the block would have done, for the rest of it.
    if !code.is_entry(chunk, stream, start) {
        if !stream.has_regions()
            && let Err(fault) = vm.pay(code.rest_of_block(start).len() as u64)
        {
            return fault.into();
        }
        let reach = code.reach_at(chunk, stream, start);
        if vm.stack.len().saturating_sub(vm.floor) < reach.need {
            return Stop::Short;
        }
        if let Err(fault) = vm.stack.reserve(reach.grow) {
            return refuse(vm, fault);
        }
    }
    let run = &mut Run::new(vm, stream, chunk, code);
    match code.numeric.dialect {
        Dialect::Contract => execute::<Contract>(run),
        Dialect::Awk => execute::<Awk>(run),
    }
}

/// The operation at `ip` cannot even start: it counts as the one that failed.
fn refuse(vm: &mut VM, fault: Fault) -> Stop {
    vm.ip += 1;
    fault.into()
}

/// Runs handlers until one leaves the loop.
fn execute<R: Rules>(run: &mut Run<'_>) -> Stop {
    let mut next = Regs::of(run).next::<R>();
    while next == Next::Go {
        next = Regs::resume(run).next::<R>();
    }
    run.stop()
}

/// Runs the rest of a block, each operation by itself.
fn execute_checked(run: &mut Run<'_>) -> Stop {
    let mut regs = Regs::of(run);
    let r = &mut regs;
    let stop = loop {
        let _ = r.fetch();
        let outcome = match prepare(r) {
            Ok(Prepared::Run) => step(r),
            Ok(Prepared::Done) => Ok(()),
            Err(stop) => Err(stop),
        };
        if let Err(stop) = outcome {
            break stop;
        }
        if r.at_boundary() {
            // The next block may have all it needs.
            break Stop::Reload;
        }
    };
    regs.leave_loop();
    stop
}

/// Carries out the operation before the next instruction, whose operands are there.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the methods' lifetimes are not general enough for a path"
)]
fn step(r: &mut Regs<'_, '_>) -> Step {
    let op = r.present_op();
    match op {
        Op::Nop => Ok(()),

        Op::LoadInt(n) => r.load_plain(Plain::int(n)),
        Op::LoadFloat(x) => r.load_plain(Plain::float(x)),
        Op::LoadConst(index) => r.load_const(index),
        Op::LoadTrue => r.load_plain(Plain::bool(true)),
        Op::LoadFalse => r.load_plain(Plain::bool(false)),
        Op::LoadUndef => r.load_plain(Plain::UNDEF),

        Op::Pop => r.pop_void(),
        Op::Dup => r.dup(),
        Op::Dup2 => r.dup2(),
        Op::Swap => r.swap(),
        Op::Rot => r.rot(),

        Op::GetVar(g) | Op::GetArray(g) | Op::GetHash(g) => r.get_global(g),
        Op::SetVar(g) | Op::DeclareVar(g) | Op::SetArray(g) | Op::SetHash(g) => r.set_global(g),
        Op::GetSlot(s) => r.get_slot(s),
        Op::SetSlot(s) => r.set_slot(s),
        Op::SlotArrayGet(s) => r.slot_array_get(s),
        Op::SlotArraySet(s) => r.slot_array_set(s),

        Op::DeclareArray(g) => r.declare_array(g),
        Op::ArrayGet(g) => r.array_get(g),
        Op::ArraySet(g) => r.array_set(g),
        Op::ArrayPush(g) => r.array_push(g),
        Op::ArrayPop(g) => r.array_pop(g),
        Op::ArrayShift(g) => r.array_shift(g),
        Op::ArrayLen(g) => r.array_len(g),
        Op::MakeArray(n) => r.make_array(n),

        Op::DeclareHash(g) => r.declare_hash(g),
        Op::HashGet(g) => r.hash_get(g),
        Op::HashSet(g) => r.hash_set(g),
        Op::HashDelete(g) => r.hash_delete(g),
        Op::HashExists(g) => r.hash_exists(g),
        Op::HashKeys(g) => r.hash_keys(g),
        Op::HashValues(g) => r.hash_values(g),
        Op::MakeHash(n) => r.make_hash(n),

        Op::Add => r.fallible_binary(arith::add),
        Op::Sub => r.fallible_binary(arith::sub),
        Op::Mul => r.fallible_binary(arith::mul),
        Op::Div => r.fallible_binary(arith::div),
        Op::Mod => r.fallible_binary(arith::modulo),
        Op::Pow => r.binary(arith::pow),
        Op::Negate => r.unary(arith::negate),
        Op::Inc => r.unary(arith::inc),
        Op::Dec => r.unary(arith::dec),

        Op::Concat => r.concat(),
        Op::StringRepeat => r.repeat(),
        Op::StringLen => r.length(),

        Op::NumEq => r.num_compare(Relation::Eq),
        Op::NumNe => r.num_compare(Relation::Ne),
        Op::NumLt => r.num_compare(Relation::Lt),
        Op::NumGt => r.num_compare(Relation::Gt),
        Op::NumLe => r.num_compare(Relation::Le),
        Op::NumGe => r.num_compare(Relation::Ge),
        Op::Spaceship => r.spaceship(),

        Op::StrEq => r.str_compare(Relation::Eq),
        Op::StrNe => r.str_compare(Relation::Ne),
        Op::StrLt => r.str_compare(Relation::Lt),
        Op::StrGt => r.str_compare(Relation::Gt),
        Op::StrLe => r.str_compare(Relation::Le),
        Op::StrGe => r.str_compare(Relation::Ge),
        Op::StrCmp => r.str_cmp(),

        Op::LogNot => r.log_not(),
        Op::LogAnd => r.logical(|a, b| a & b),
        Op::LogOr => r.logical(|a, b| a | b),
        Op::BitAnd => r.binary(arith::bit_and),
        Op::BitOr => r.binary(arith::bit_or),
        Op::BitXor => r.binary(arith::bit_xor),
        Op::BitNot => r.unary(|numeric, a| Ok(arith::bit_not(numeric.dialect, a))),
        Op::Shl => r.binary(arith::shl),
        Op::Shr => r.binary(arith::shr),

        Op::Jump(target) => r.go_to(target),
        Op::JumpIfTrue(target) => r.jump_if(true, target),
        Op::JumpIfFalse(target) => r.jump_if(false, target),
        Op::JumpIfTrueKeep(target) => r.jump_if_keep(true, target),
        Op::JumpIfFalseKeep(target) => r.jump_if_keep(false, target),

        Op::Return => r.return_none(),
        Op::ReturnValue => r.return_value(),

        Op::Print(n) => r.print(n, b""),
        Op::PrintLn(n) => r.print(n, b"\n"),
        Op::ReadLine => r.read_line(),

        Op::Range => r.range(),
        Op::RangeStep => r.range_step(),

        Op::MapBlock(block) => r.begin_block(BlockOp::Map, block),
        Op::GrepBlock(block) => r.begin_block(BlockOp::Grep, block),
        Op::SortBlock(block) => r.begin_block(BlockOp::Sort, block),
        Op::ForEachBlock(block) => r.begin_block(BlockOp::ForEach, block),
        Op::SortDefault => r.sort_default(),

        Op::PreIncSlot(s) => r.step_slot(s, 1, Some(When::After)),
        Op::PreDecSlot(s) => r.step_slot(s, -1, Some(When::After)),
        Op::PostIncSlot(s) => r.step_slot(s, 1, Some(When::Before)),
        Op::PostDecSlot(s) => r.step_slot(s, -1, Some(When::Before)),
        Op::PreIncSlotVoid(s) => r.step_slot(s, 1, None),
        Op::AddAssignSlotVoid(a, b) => r.add_assign_slot(a, b),
        Op::SlotLtIntJumpIfFalse(s, limit, target) => r.slot_lt_jump_if_false(s, limit, target),
        Op::SlotIncLtIntJumpBack(s, limit, target) => r.slot_inc_lt_jump(s, limit, target),
        Op::AccumSumLoop(sum, counter, limit) => r.accum_sum_loop(sum, counter, limit),
        Op::ConcatConstLoop(constant, text, counter, limit) => {
            r.concat_const_loop(constant, text, counter, limit)
        }
        Op::PushIntRangeLoop(global, counter, limit) => {
            r.push_int_range_loop(global, counter, limit)
        }

        Op::CallBuiltin(id, argc) => r.call_builtin(id, argc),
        Op::Extended(id, operand) => r.with_host(|vm| {
            vm.extended(id, operand);
            Ok(())
        }),
        Op::ExtendedWide(id, payload) => r.extended_wide(id, payload),

        Op::Exec(argc) => r.exec(argc),
        Op::ExecBg(argc) => r.exec_bg(argc),
        Op::PipelineBegin(n) => r.notify(|host| host.pipeline_begin(n)),
        Op::PipelineStage => r.notify(|host| host.pipeline_stage()),
        Op::PipelineEnd => r.pipeline_end(),
        Op::Redirect(fd, kind) => r.notify_text(|host, target| host.redirect(fd, kind, target)),
        Op::HereDoc(constant) => r.here_doc(constant),
        Op::HereString => r.notify_text(|host, text| host.herestring(text)),
        Op::CmdSubst(sub) => r.substitute(sub, |host, sub| host.cmd_subst(sub)),
        Op::SubshellBegin => r.notify(|host| host.subshell_begin()),
        Op::SubshellEnd => r.subshell_end(),
        Op::ProcessSubIn(sub) => r.substitute(sub, |host, sub| host.process_sub_in(sub)),
        Op::ProcessSubOut(sub) => r.substitute(sub, |host, sub| host.process_sub_out(sub)),
        Op::Glob => r.glob(false),
        Op::GlobRecursive => r.glob(true),
        Op::TestFile(test) => r.test_file(test),
        Op::SetStatus => r.set_status(),
        Op::GetStatus => r.get_status(),
        Op::TrapSet(sub) => r.trap_set(sub),
        Op::TrapCheck => r.notify(|host| host.trap_check()),
        Op::ExpandParam(modifier) => r.expand_param(modifier),
        Op::WordSplit => r.word_split(),
        Op::BraceExpand => r.brace_expand(),
        Op::TildeExpand => r.tilde_expand(),
        Op::CallFunction(name, argc) => r.call_function(name, argc),
        Op::StrMatch => r.str_match(),
        Op::RegexMatch => r.regex_match(),
        Op::WithRedirectsBegin(count) => r.notify(|host| host.with_redirects_begin(count)),
        Op::WithRedirectsEnd => r.notify(|host| host.with_redirects_end()),

        Op::NewArray(n) => r.new_array(n),
        Op::NewHash(n) => r.new_hash(n),
        Op::IndexGet => r.index_get(),
        Op::IndexSet => r.index_set(),
        Op::IndexDelete => r.index_delete(),
        Op::IndexExists => r.index_exists(),
        Op::IndexOrNewArray => r.index_or_new_array(),
        Op::IndexOrNewHash => r.index_or_new_hash(),
        Op::ContainerLen => r.container_len(),
        Op::ContainerPush => r.container_push(),
        Op::ContainerPop => r.container_pop(),
        Op::ContainerShift => r.container_shift(),
        Op::ContainerClear => r.container_clear(),
        Op::ContainerKeys => r.container_keys(),
        Op::ContainerValues => r.container_values(),
        Op::IndexOrUndef => r.index_or_undef(),
        Op::IndexAdd => r.index_add(When::After),
        Op::IndexPostAdd => r.index_add(When::Before),

        Op::Call(name, argc) => r.call(name, argc),
        Op::LoadFunction(name) => r.load_function(name),
        Op::CallValue(argc) => r.call_value(argc),
        Op::Unwind(target) => r.unwind(target),
        Op::PushFrame => r.push_frame(),
        Op::PopFrame => r.pop_frame(),

        _ => r.host_op(op),
    }
}

/// Which value of a counted slot an operation pushes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    After,
}

/// What checked mode did with an operation.
enum Prepared {
    /// Its operands are there now.
    Run,
    /// It is carried out.
    Done,
}

/// Checked mode: makes one operation safe to run.
fn prepare(r: &mut Regs<'_, '_>) -> Result<Prepared, Stop> {
    let op = r.present_op();
    let effect = op.stack_effect();
    let needed = effect.pops as usize;
    r.reserve(needed + effect.pushes as usize)?;
    let available = r.available();
    if !effect.known || op.opcode().info().is(OpFlags::LIST) || available >= needed {
        return Ok(Prepared::Run);
    }
    match op {
        // Operations that look at operands and leave them do not create what is absent.
        Op::Dup => r.push(Value::Undef),
        Op::Dup2 => {
            let upper = if available == 1 {
                r.top().clone()
            } else {
                Value::Undef
            };
            r.push(Value::Undef);
            r.push(upper);
        }
        Op::JumpIfTrueKeep(_) => {}
        Op::JumpIfFalseKeep(target) => r.jump_to_op(target),
        _ => {
            r.with_vm(|vm| vm.stack.insert_undef(vm.floor, needed - available))?;
            return Ok(Prepared::Run);
        }
    }
    Ok(Prepared::Done)
}
