//! The interpreter: one loop over lowered instructions.
//!
//! The loop comes in two instances. The normal one trusts the check at the start of each block.
//! Where that check fails, because a program takes operands that are not there, the checked
//! instance runs the block and prepares every operation by itself: absent operands read as
//! `Undef`.

mod collections;
mod control;
mod loops;
mod numeric;
mod regs;
mod text;
mod variables;

use crate::chunk::Chunk;
use crate::chunk::flow::Reach;
use crate::code::{Code, Inst};
use crate::op::{Op, OpFlags};
use crate::semantics::compare::Relation;
use crate::semantics::{Fault, arith};
use crate::value::Value;
use crate::vm::VM;
use crate::vm::iterate::BlockOp;

use regs::{Regs, Step, Stop};

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
        let code = chunk.code();
        let mut stop = resume(vm, &chunk, code);
        if let Stop::Short { block } = stop {
            let entry = &code.blocks[block];
            stop = execute::<true>(Regs::behind(vm, &chunk, code, entry.start), entry.head);
        }
        match stop {
            Stop::End => return Ok(None),
            Stop::Returned(value) => return Ok(Some(value)),
            Stop::Fault(fault) => return Err(fault),
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
            Err(fault) => return Stop::Fault(fault),
        }
    }
    let start = vm.ip;
    if let Err(fault) = vm.ensure_window(code.window_at(start)) {
        return Stop::Fault(fault);
    }
    let inst = code.insts[start];
    if matches!(inst, Inst::Enter { .. } | Inst::End) {
        return execute::<false>(Regs::behind(vm, chunk, code, start), inst);
    }
    // In mid-block: what entering the block would have done, for the rest of it.
    let end = code
        .flow
        .block_at(start)
        .map_or(start, |block| code.flow.blocks[block].end);
    if let Err(fault) = vm.pay((end - start) as u64) {
        return Stop::Fault(fault);
    }
    let reach = Reach::of(&chunk.ops[start..end]);
    if let Err(fault) = vm.stack.reserve(reach.grow) {
        return Stop::Fault(fault);
    }
    let regs = Regs::behind(vm, chunk, code, start);
    if regs.available() < reach.need {
        execute::<true>(regs, inst)
    } else {
        execute::<false>(regs, inst)
    }
}

/// The dispatch loop, from `inst`, whose successor the registers are at.
///
/// In checked mode it runs to the start of the next block.
fn execute<const CHECKED: bool>(mut regs: Regs<'_>, mut inst: Inst) -> Stop {
    let r = &mut regs;
    loop {
        if CHECKED {
            match prepare(r, inst) {
                Ok(Prepared::Run) => {}
                Ok(Prepared::Done) => {
                    inst = r.fetch();
                    continue;
                }
                Err(stop) => return stop,
            }
        }
        let step = match inst {
            Inst::Enter { block } => match r.enter(block as usize) {
                Ok(head) => {
                    inst = head;
                    continue;
                }
                Err(stop) => Err(stop),
            },
            Inst::Call {
                argc,
                window,
                entry,
            } => r.call(argc, window as usize, entry as usize),
            Inst::CallNamed { argc, name } => r.with_host(|vm| vm.call_by_name(name, argc)),
            Inst::PushFrame { window } => r.push_frame(window as usize),
            Inst::PopFrame { window } => r.pop_frame(window as usize),
            Inst::Unsupported(opcode) => Err(Fault::Unsupported(opcode.info().name).into()),
            Inst::End => r.end(),
            Inst::Op(op) => step(r, op),
        };
        if let Err(stop) = step {
            return stop;
        }
        inst = r.fetch();
    }
}

/// Carries out one operation.
#[inline(always)]
fn step(r: &mut Regs<'_>, op: Op) -> Step {
    match op {
        Op::Nop => Ok(()),

        Op::LoadInt(n) => r.load(Value::Int(n)),
        Op::LoadFloat(x) => r.load(Value::Float(x)),
        Op::LoadConst(index) => r.load(r.constant(index).clone()),
        Op::LoadTrue => r.load(Value::Bool(true)),
        Op::LoadFalse => r.load(Value::Bool(false)),
        Op::LoadUndef => r.load(Value::Undef),

        Op::Pop => r.discard(),
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

        Op::Add => r.arith(i64::checked_add, |a, b| a + b, arith::add),
        Op::Sub => r.arith(i64::checked_sub, |a, b| a - b, arith::sub),
        Op::Mul => r.arith(i64::checked_mul, |a, b| a * b, arith::mul),
        Op::Div => r.binary(arith::div),
        Op::Mod => r.binary(arith::modulo),
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

        Op::MapBlock(block) => r.with_host(|vm| vm.begin_iteration(BlockOp::Map, block)),
        Op::GrepBlock(block) => r.with_host(|vm| vm.begin_iteration(BlockOp::Grep, block)),
        Op::SortBlock(block) => r.with_host(|vm| vm.begin_iteration(BlockOp::Sort, block)),
        Op::ForEachBlock(block) => r.with_host(|vm| vm.begin_iteration(BlockOp::ForEach, block)),
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

        // Lowering gives these instructions of their own.
        _ => Err(Fault::Unsupported(op.opcode().info().name).into()),
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
fn prepare(r: &mut Regs<'_>, inst: Inst) -> Result<Prepared, Stop> {
    if matches!(inst, Inst::Enter { .. } | Inst::End) {
        // The next block may have all it needs.
        let at = r.ip() - 1;
        r.jump(at);
        return Err(Stop::Reload);
    }
    let Inst::Op(op) = inst else {
        return Ok(Prepared::Run);
    };
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
        Op::JumpIfFalseKeep(target) => r.jump(target),
        _ => {
            r.with_vm(|vm| vm.stack.insert_undef(vm.floor, needed - available))?;
            return Ok(Prepared::Run);
        }
    }
    Ok(Prepared::Done)
}
