//! The interpreter: one loop over lowered instructions.
//!
//! The loop comes in two instances. The normal one trusts the check at the start of each block.
//! Where that check fails, because a program takes operands that are not there, the checked
//! instance runs the block and prepares every operation by itself: absent operands read as
//! `Undef`.

mod collections;
mod containers;
mod control;
mod loops;
mod numeric;
mod regs;
mod shell;
mod text;
mod variables;

use tracing::debug;

use crate::chunk::Chunk;
use crate::chunk::flow::Reach;
use crate::code::{Code, Inst};
use crate::op::{OpFlags, Opcode};
use crate::semantics::compare::Relation;
use crate::semantics::{Fault, arith};
use crate::value::Value;
use crate::vm::VM;
use crate::vm::iterate::BlockOp;

use regs::{Regs, Run, Stop};
pub(super) use shell::strings;

/// Runs the machine from its `ip` until the program ends, or returns a value from its root frame.
pub(super) fn run(vm: &mut VM) -> Result<Option<Value>, Fault> {
    loop {
        if let Some(fault) = vm.raised.take() {
            return Err(fault);
        }
        if vm.halted {
            return Ok(None);
        }
        // A handler may replace the machine's chunk; what executes must outlive that.
        let chunk = vm.chunk.clone();
        let code = Code::of(&chunk);
        let mut stop = resume(vm, &chunk, code);
        if let Stop::Short { block } = stop {
            let entry = &code.blocks[block];
            debug!(
                op_index = entry.start,
                "operands are missing, running in checked mode"
            );
            stop = execute::<true>(&mut Run::new(vm, &chunk, code), entry.start, &entry.head);
        }
        match stop {
            Stop::End => return Ok(None),
            Stop::Returned(value) => return Ok(Some(*value)),
            Stop::Fault(fault) => return Err(*fault),
            Stop::Reload | Stop::Short { .. } => {}
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
    let inst = &code.insts[start];
    if matches!(inst, Inst::EnterBlock { .. } | Inst::End) {
        return execute::<false>(&mut Run::new(vm, chunk, code), start, inst);
    }
    // In mid-block: what entering the block would have done, for the rest of it.
    let end = code
        .flow
        .block_at(start)
        .map_or(start, |block| code.flow.blocks[block].end);
    if let Err(fault) = vm.pay((end - start) as u64) {
        return fault.into();
    }
    let reach = Reach::of(&chunk.ops[start..end]);
    if let Err(fault) = vm.stack.reserve(reach.grow) {
        return refuse(vm, fault);
    }
    let available = vm.stack.len().saturating_sub(vm.floor);
    let run = &mut Run::new(vm, chunk, code);
    if available < reach.need {
        execute::<true>(run, start, inst)
    } else {
        execute::<false>(run, start, inst)
    }
}

/// The operation at `ip` cannot even start: it counts as the one that failed.
fn refuse(vm: &mut VM, fault: Fault) -> Stop {
    vm.ip += 1;
    fault.into()
}

/// The dispatch loop, from `inst`, which stands at `at`.
///
/// In checked mode it runs to the start of the next block.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the methods' lifetimes are not general enough for a path"
)]
fn execute<'run, const CHECKED: bool>(
    run: &mut Run<'run>,
    at: usize,
    mut inst: &'run Inst,
) -> Stop {
    let mut regs = Regs::behind(run, at);
    let r = &mut regs;
    let stop = loop {
        if CHECKED {
            match r.aside(|r| prepare(r, *inst)) {
                Ok(Prepared::Run) => {}
                Ok(Prepared::Done) => {
                    inst = r.fetch();
                    continue;
                }
                Err(stop) => break stop,
            }
        }
        let step = match *inst {
            Inst::EnterBlock { block } => match r.enter(block as usize) {
                Ok(head) => {
                    inst = head;
                    continue;
                }
                Err(stop) => break stop,
            },

            Inst::Nop => Ok(()),

            Inst::LoadInt(n) => r.load(Value::Int(n)),
            Inst::LoadFloat(x) => r.load(Value::Float(x)),
            Inst::LoadConst(index) => r.load_const(index),
            Inst::LoadTrue => r.load(Value::Bool(true)),
            Inst::LoadFalse => r.load(Value::Bool(false)),
            Inst::LoadUndef => r.load(Value::Undef),

            Inst::Pop => r.pop_void(),
            Inst::Dup => r.dup(),
            Inst::Dup2 => r.dup2(),
            Inst::Swap => r.swap(),
            Inst::Rot => r.rot(),

            Inst::GetVar(g) | Inst::GetArray(g) | Inst::GetHash(g) => r.get_global(g),
            Inst::SetVar(g) | Inst::DeclareVar(g) | Inst::SetArray(g) | Inst::SetHash(g) => {
                r.set_global(g)
            }
            Inst::GetSlot(s) => r.get_slot(s),
            Inst::SetSlot(s) => r.set_slot(s),
            Inst::SlotArrayGet(s) => r.slot_array_get(s),
            Inst::SlotArraySet(s) => r.slot_array_set(s),

            Inst::DeclareArray(g) => r.declare_array(g),
            Inst::ArrayGet(g) => r.array_get(g),
            Inst::ArraySet(g) => r.array_set(g),
            Inst::ArrayPush(g) => r.array_push(g),
            Inst::ArrayPop(g) => r.array_pop(g),
            Inst::ArrayShift(g) => r.array_shift(g),
            Inst::ArrayLen(g) => r.array_len(g),
            Inst::MakeArray(n) => r.aside(|r| r.make_array(n)),

            Inst::DeclareHash(g) => r.declare_hash(g),
            Inst::HashGet(g) => r.hash_get(g),
            Inst::HashSet(g) => r.hash_set(g),
            Inst::HashDelete(g) => r.hash_delete(g),
            Inst::HashExists(g) => r.hash_exists(g),
            Inst::HashKeys(g) => r.aside(|r| r.hash_keys(g)),
            Inst::HashValues(g) => r.aside(|r| r.hash_values(g)),
            Inst::MakeHash(n) => r.aside(|r| r.make_hash(n)),

            Inst::Add => r.arith(i64::checked_add, |a, b| a + b, arith::add),
            Inst::Sub => r.arith(i64::checked_sub, |a, b| a - b, arith::sub),
            Inst::Mul => r.arith(i64::checked_mul, |a, b| a * b, arith::mul),
            Inst::Div => r.fallible_binary(arith::div),
            Inst::Mod => r.fallible_binary(arith::modulo),
            Inst::Pow => r.binary(arith::pow),
            Inst::Negate => r.unary(arith::negate),
            Inst::Inc => r.step(1, arith::inc),
            Inst::Dec => r.step(-1, arith::dec),

            Inst::Concat => r.concat(),
            Inst::StringRepeat => r.aside(|r| r.repeat()),
            Inst::StringLen => r.length(),

            Inst::NumEq => r.num_compare(Relation::Eq),
            Inst::NumNe => r.num_compare(Relation::Ne),
            Inst::NumLt => r.num_compare(Relation::Lt),
            Inst::NumGt => r.num_compare(Relation::Gt),
            Inst::NumLe => r.num_compare(Relation::Le),
            Inst::NumGe => r.num_compare(Relation::Ge),
            Inst::Spaceship => r.spaceship(),

            Inst::StrEq => r.str_compare(Relation::Eq),
            Inst::StrNe => r.str_compare(Relation::Ne),
            Inst::StrLt => r.str_compare(Relation::Lt),
            Inst::StrGt => r.str_compare(Relation::Gt),
            Inst::StrLe => r.str_compare(Relation::Le),
            Inst::StrGe => r.str_compare(Relation::Ge),
            Inst::StrCmp => r.str_cmp(),

            Inst::LogNot => r.log_not(),
            Inst::LogAnd => r.logical(|a, b| a & b),
            Inst::LogOr => r.logical(|a, b| a | b),
            Inst::BitAnd => r.binary(arith::bit_and),
            Inst::BitOr => r.binary(arith::bit_or),
            Inst::BitXor => r.binary(arith::bit_xor),
            Inst::BitNot => r.unary(|numeric, a| Ok(arith::bit_not(numeric.dialect, a))),
            Inst::Shl => r.binary(arith::shl),
            Inst::Shr => r.binary(arith::shr),

            Inst::Jump(target) => r.go_to(target),
            Inst::JumpIfTrue(target) => r.jump_if(true, target),
            Inst::JumpIfFalse(target) => r.jump_if(false, target),
            Inst::JumpIfTrueKeep(target) => r.jump_if_keep(true, target),
            Inst::JumpIfFalseKeep(target) => r.jump_if_keep(false, target),

            Inst::Return => r.return_none(),
            Inst::ReturnValue => r.return_value(),

            Inst::Print(n) => r.aside(|r| r.print(n, b"")),
            Inst::PrintLn(n) => r.aside(|r| r.print(n, b"\n")),
            Inst::ReadLine => r.aside(|r| r.read_line()),

            Inst::Range => r.aside(|r| r.range()),
            Inst::RangeStep => r.aside(|r| r.range_step()),

            Inst::MapBlock(block) => r.aside(|r| r.begin_block(BlockOp::Map, block)),
            Inst::GrepBlock(block) => r.aside(|r| r.begin_block(BlockOp::Grep, block)),
            Inst::SortBlock(block) => r.aside(|r| r.begin_block(BlockOp::Sort, block)),
            Inst::ForEachBlock(block) => r.aside(|r| r.begin_block(BlockOp::ForEach, block)),
            Inst::SortDefault => r.aside(|r| r.sort_default()),

            Inst::PreIncSlot(s) => r.step_slot(s, 1, Some(When::After)),
            Inst::PreDecSlot(s) => r.step_slot(s, -1, Some(When::After)),
            Inst::PostIncSlot(s) => r.step_slot(s, 1, Some(When::Before)),
            Inst::PostDecSlot(s) => r.step_slot(s, -1, Some(When::Before)),
            Inst::PreIncSlotVoid(s) => r.step_slot(s, 1, None),
            Inst::AddAssignSlotVoid(a, b) => r.add_assign_slot(a, b),
            Inst::SlotLtIntJumpIfFalse(s, limit, target) => {
                r.slot_lt_jump_if_false(s, limit, target)
            }
            Inst::SlotIncLtIntJumpBack(s, limit, target) => r.slot_inc_lt_jump(s, limit, target),
            Inst::AccumSumLoop(sum, counter, limit) => {
                r.aside(|r| r.accum_sum_loop(sum, counter, limit))
            }
            Inst::ConcatConstLoop(constant, text, counter, limit) => {
                r.aside(|r| r.concat_const_loop(constant, text, counter, limit))
            }
            Inst::PushIntRangeLoop(global, counter, limit) => {
                r.aside(|r| r.push_int_range_loop(global, counter, limit))
            }

            Inst::CallBuiltin(id, argc) => r.aside(|r| r.call_builtin(id, argc)),
            Inst::Extended(id, operand) => r.aside_host(|vm| {
                vm.extended(id, operand);
                Ok(())
            }),
            Inst::ExtendedWide(id, payload) => r.aside(|r| r.extended_wide(id, payload)),

            Inst::Exec(argc) => r.aside(|r| r.exec(argc)),
            Inst::ExecBg(argc) => r.aside(|r| r.exec_bg(argc)),
            Inst::PipelineBegin(n) => r.aside(|r| r.notify(|host| host.pipeline_begin(n))),
            Inst::PipelineStage => r.aside(|r| r.notify(|host| host.pipeline_stage())),
            Inst::PipelineEnd => r.aside(|r| r.pipeline_end()),
            Inst::Redirect(fd, kind) => {
                r.aside(|r| r.notify_text(|host, target| host.redirect(fd, kind, target)))
            }
            Inst::HereDoc(constant) => r.aside(|r| r.here_doc(constant)),
            Inst::HereString => r.aside(|r| r.notify_text(|host, text| host.herestring(text))),
            Inst::CmdSubst(sub) => r.aside(|r| r.substitute(sub, |host, sub| host.cmd_subst(sub))),
            Inst::SubshellBegin => r.aside(|r| r.notify(|host| host.subshell_begin())),
            Inst::SubshellEnd => r.aside(|r| r.subshell_end()),
            Inst::ProcessSubIn(sub) => {
                r.aside(|r| r.substitute(sub, |host, sub| host.process_sub_in(sub)))
            }
            Inst::ProcessSubOut(sub) => {
                r.aside(|r| r.substitute(sub, |host, sub| host.process_sub_out(sub)))
            }
            Inst::Glob => r.aside(|r| r.glob(false)),
            Inst::GlobRecursive => r.aside(|r| r.glob(true)),
            Inst::TestFile(test) => r.aside(|r| r.test_file(test)),
            Inst::SetStatus => r.aside(|r| r.set_status()),
            Inst::GetStatus => r.aside(|r| r.get_status()),
            Inst::TrapSet(sub) => r.aside(|r| r.trap_set(sub)),
            Inst::TrapCheck => r.aside(|r| r.notify(|host| host.trap_check())),
            Inst::ExpandParam(modifier) => r.aside(|r| r.expand_param(modifier)),
            Inst::WordSplit => r.aside(|r| r.word_split()),
            Inst::BraceExpand => r.aside(|r| r.brace_expand()),
            Inst::TildeExpand => r.aside(|r| r.tilde_expand()),
            Inst::CallFunction(name, argc) => r.aside(|r| r.call_function(name, argc)),
            Inst::StrMatch => r.aside(|r| r.str_match()),
            Inst::RegexMatch => r.aside(|r| r.regex_match()),
            Inst::WithRedirectsBegin(count) => {
                r.aside(|r| r.notify(|host| host.with_redirects_begin(count)))
            }
            Inst::WithRedirectsEnd => r.aside(|r| r.notify(|host| host.with_redirects_end())),

            // The hottest of what a host answers; the others find themselves in `host_op`.
            Inst::AwkFieldGet => r.aside(|r| r.awk(Opcode::AwkFieldGet, 0)),
            Inst::AwkNf => r.aside(|r| r.awk(Opcode::AwkNf, 0)),

            Inst::NewArray(n) => r.aside(|r| r.new_array(n)),
            Inst::NewHash(n) => r.aside(|r| r.new_hash(n)),
            Inst::IndexGet => r.aside(|r| r.index_get()),
            Inst::IndexSet => r.aside(|r| r.index_set()),
            Inst::IndexDelete => r.aside(|r| r.index_delete()),
            Inst::IndexExists => r.aside(|r| r.index_exists()),
            Inst::IndexOrNewArray => r.aside(|r| r.index_or_new_array()),
            Inst::IndexOrNewHash => r.aside(|r| r.index_or_new_hash()),
            Inst::ContainerLen => r.aside(|r| r.container_len()),
            Inst::ContainerPush => r.aside(|r| r.container_push()),
            Inst::ContainerPop => r.aside(|r| r.container_pop()),
            Inst::ContainerShift => r.aside(|r| r.container_shift()),
            Inst::ContainerClear => r.aside(|r| r.container_clear()),
            Inst::ContainerKeys => r.aside(|r| r.container_keys()),
            Inst::ContainerValues => r.aside(|r| r.container_values()),

            Inst::IndexOrUndef => r.aside(|r| r.index_or_undef()),
            Inst::IndexAdd => r.aside(|r| r.index_add(When::After)),
            Inst::IndexPostAdd => r.aside(|r| r.index_add(When::Before)),

            Inst::Unwind(target) => r.aside(|r| r.unwind(target)),

            Inst::CallLocal {
                argc,
                window,
                entry,
            } => r.call(argc, window as usize, entry),
            Inst::CallNamed { argc, name } => r.aside_host(|vm| vm.call_by_name(name, argc)),
            Inst::OpenScope { window } => r.aside(|r| r.push_frame(window)),
            Inst::CloseScope { window } => r.aside(|r| r.pop_frame(window)),
            Inst::AddDoubles => r.awk_arith(|a, b| a + b),
            Inst::SubDoubles => r.awk_arith(|a, b| a - b),
            Inst::MulDoubles => r.awk_arith(|a, b| a * b),
            Inst::StepDouble(delta) => r.awk_step(delta),
            Inst::CompareAwk(relation) => r.awk_compare(relation),
            Inst::End => r.aside(|r| r.end()),

            _ => r.aside(|r| r.host_op()),
        };
        if let Err(stop) = step {
            break stop;
        }
        inst = r.fetch();
    };
    regs.leave_loop();
    stop
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
fn prepare(r: &mut Regs<'_, '_>, inst: Inst) -> Result<Prepared, Stop> {
    if matches!(inst, Inst::EnterBlock { .. } | Inst::End) {
        // The next block may have all it needs.
        let at = r.ip() - 1;
        r.jump(at);
        return Err(Stop::Reload);
    }
    let op = r.chunk().ops[r.ip() - 1];
    let effect = op.stack_effect();
    let needed = effect.pops as usize;
    r.reserve(needed + effect.pushes as usize)?;
    let available = r.available();
    if !effect.known || op.opcode().info().is(OpFlags::LIST) || available >= needed {
        return Ok(Prepared::Run);
    }
    match inst {
        // Operations that look at operands and leave them do not create what is absent.
        Inst::Dup => r.push(Value::Undef),
        Inst::Dup2 => {
            let upper = if available == 1 {
                r.top().clone()
            } else {
                Value::Undef
            };
            r.push(Value::Undef);
            r.push(upper);
        }
        Inst::JumpIfTrueKeep(_) => {}
        Inst::JumpIfFalseKeep(target) => r.jump(target),
        _ => {
            r.with_vm(|vm| vm.stack.insert_undef(vm.floor, needed - available))?;
            return Ok(Prepared::Run);
        }
    }
    Ok(Prepared::Done)
}
