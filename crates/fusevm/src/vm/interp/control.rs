//! Jumps, calls, frames and handlers.

use super::regs::{Regs, Step, Stop};
use crate::code::Function;
use crate::op::{AWK_EXTENSION_IDS, Op, Opcode, OperandValue};
use crate::semantics::Fault;
use crate::value::Value;
use crate::vm::VM;
use crate::vm::frame::{FrameKind, FrameRecord};
use crate::vm::iterate::BlockOp;

impl Regs<'_, '_> {
    pub(super) fn go_to(&mut self, target: usize) -> Step {
        self.jump_to_op(target);
        Ok(())
    }

    /// The result of an operation whose operands are where they were before. If the run is to stop,
    /// the operation is the next one again; if memory is short and there was garbage, it is tried
    /// once more.
    pub(super) fn completed<R>(&mut self, result: Result<R, Fault>) -> Result<R, Stop> {
        match result {
            Ok(result) => Ok(result),
            Err(fault) => Err(self.start_over(fault)),
        }
    }

    #[cold]
    fn start_over(&mut self, fault: Fault) -> Stop {
        let relieved = matches!(fault, Fault::OutOfMemory { .. }) && self.with_vm(VM::relieve);
        if relieved || fault.is_resumable() {
            self.undo_step();
        }
        if relieved { Stop::Reload } else { fault.into() }
    }

    /// Makes the present operation the next one again. What was paid for it and the rest of its
    /// block is given back, for going on takes it again.
    pub(super) fn undo_step(&mut self) {
        let at = self.ip() - 1;
        self.jump(at);
        let rest = self.code().rest_of_block(at).len();
        self.vm().give_back(rest as u64);
    }

    pub(super) fn jump_if(&mut self, expected: bool, target: usize) -> Step {
        if self.pop_truth() == expected {
            self.jump_to_op(target);
        }
        Ok(())
    }

    pub(super) fn jump_if_keep(&mut self, expected: bool, target: usize) -> Step {
        let dialect = self.numeric().dialect;
        if dialect.truth(self.top()) == expected {
            self.jump_to_op(target);
        }
        Ok(())
    }

    /// Opens a frame on top of the stacks, with the fresh slots that `function` needs.
    pub(super) fn open(&mut self, kind: FrameKind, stack_base: usize, function: Function) -> Step {
        let Function { entry, window, .. } = function;
        let return_ip = self.ip();
        let vm = self.vm();
        let below = vm.top_frame();
        let nesting = if kind.is_call() { 0 } else { below.nesting + 1 };
        let frame = FrameRecord {
            kind,
            trusted: false,
            return_ip: return_ip as u32,
            entry: entry as u32,
            stack_base: stack_base as u32,
            slot_base: vm.slots.len() as u32,
            floor_below: vm.floor as u32,
            slots_below: below.slot_base,
            nesting,
        };
        vm.slots.reserve(window)?;
        vm.open_frame(frame)?;
        Ok(vm.slots.push_undef(window)?)
    }

    /// A call by name: of a function of the chunk, or else a named builtin.
    pub(super) fn call(&mut self, name: u16, argc: u8) -> Step {
        let Some(function) = self.code().function(name) else {
            return self.with_host(|vm| vm.call_by_name(name, argc));
        };
        self.call_function_at(function, argc)
    }

    fn call_function_at(&mut self, function: Function, argc: u8) -> Step {
        let taken = usize::from(argc).min(self.available());
        let base = self.height() - taken;
        self.open(FrameKind::Call, base, function)?;
        self.enter_frame(base);
        self.jump(function.entry);
        Ok(())
    }

    /// A call of the function that the top operand names.
    pub(super) fn call_value(&mut self, argc: u8) -> Step {
        if self.available() > 0 {
            let (code, chunk) = (self.code(), self.chunk());
            let function = match self.top() {
                Value::Int(entry) => code.function_at(*entry),
                Value::Str(name) => code.function_named(chunk, name),
                _ => None,
            };
            if let Some(function) = function {
                self.discard();
                return self.call_function_at(function, argc);
            }
        }
        self.with_host(|vm| vm.call_value(argc))
    }

    /// Pushes a function, or else a name of the pool as a text.
    pub(super) fn load_function(&mut self, name: u16) -> Step {
        if let Some(function) = self.code().function(name) {
            return self.load(function.value());
        }
        let Some(name) = self.chunk().names.get(usize::from(name)) else {
            return self.load(Value::Undef);
        };
        self.vm().resources.memory.reserve(name.len())?;
        self.load(Value::str(name))
    }

    pub(super) fn return_none(&mut self) -> Step {
        if self.leave_call() {
            return Ok(());
        }
        self.return_through_scopes(None)
    }

    pub(super) fn return_value(&mut self) -> Step {
        let value = if self.available() > 0 {
            self.pop()
        } else {
            Value::Undef
        };
        if !self.leave_call() {
            return self.return_through_scopes(Some(value));
        }
        self.reserve(1)?;
        self.push(value);
        Ok(())
    }

    /// Closes the top frame, if it is a call from this chunk, and continues behind the call.
    fn leave_call(&mut self) -> bool {
        let frame = self.vm().top_frame();
        if frame.kind != FrameKind::Call {
            return false;
        }
        self.close_call(frame);
        self.jump(frame.return_ip as usize);
        true
    }

    /// A return from anywhere: scopes and block operations of the call end with it. In the root
    /// frame it ends the program.
    fn return_through_scopes(&mut self, value: Option<Value>) -> Step {
        let end = self.chunk().ops.len();
        self.leave(|vm| {
            let inner = vm.inner_frames();
            vm.close_frames(inner);
            let Some(call) = vm.frames.last().copied() else {
                vm.ip = end;
                return Ok(value.map_or(Stop::End, |value| Stop::Returned(Box::new(value))));
            };
            vm.close_frames(inner - 1);
            vm.stack.truncate(call.stack_base as usize);
            vm.ip = call.return_ip as usize;
            let is_command = call.kind == FrameKind::Command;
            let status = || is_command.then_some(Value::Status(vm.last_status));
            if let Some(value) = value.or_else(status) {
                vm.stack.push(value)?;
            }
            Ok(Stop::Reload)
        })
    }

    /// A jump out of everything that is open.
    pub(super) fn unwind(&mut self, target: usize) -> Step {
        self.leave(|vm| {
            vm.close_frames(0);
            vm.stack.truncate(0);
            vm.floor = 0;
            vm.ip = target;
            Ok(Stop::Reload)
        })
    }

    /// Behind the last operation.
    pub(super) fn end(&mut self) -> Step {
        let at = self.ip() - 1;
        self.jump(at);
        let numeric = self.numeric();
        if self.with_iteration(|vm| vm.settle_iterations(numeric))? {
            return Ok(());
        }
        self.jump(at);
        Err(Stop::End)
    }

    pub(super) fn push_frame(&mut self) -> Step {
        let height = self.height();
        if self.vm().one_frame {
            self.open(FrameKind::Overlay, height, Function::scope(0))?;
            let frame = self.vm().frames.last_mut();
            if let Some(frame) = frame {
                frame.slot_base = frame.slots_below;
            }
        } else {
            self.open(FrameKind::Scope, height, Function::scope(self.window()))?;
        }
        let floor = self.vm().floor;
        self.enter_frame(floor);
        Ok(())
    }

    /// Leaves the innermost frame, whatever it is, without a jump; of the root frame only the
    /// operands go.
    pub(super) fn pop_frame(&mut self) -> Step {
        let (frame, window) = (self.vm().top_frame(), self.window());
        self.with_vm(|vm| {
            vm.stack.truncate(frame.stack_base as usize);
            vm.close_frames(vm.frames.len().saturating_sub(1));
            vm.ensure_window(window)
        })?;
        self.stay_in_stream()
    }

    /// An AWK operation. Any other that has no arm in `step` cannot be run.
    pub(super) fn host_op(&mut self, op: Op) -> Step {
        let opcode = op.opcode();
        if opcode.awk_id().is_none() {
            return Err(Fault::Unsupported(opcode.info().name).into());
        }
        let payload = match op.operands().next() {
            Some((_, OperandValue::UInt(payload))) => payload as usize,
            _ => 0,
        };
        self.awk(opcode, payload)
    }

    pub(super) fn awk(&mut self, opcode: Opcode, payload: usize) -> Step {
        let numeric = self.numeric();
        self.with_host(|vm| vm.awk(numeric, opcode, payload))
    }

    pub(super) fn begin_block(&mut self, op: BlockOp, block: u16) -> Step {
        self.with_iteration(|vm| vm.begin_iteration(op, block))
    }

    pub(super) fn call_builtin(&mut self, id: u16, argc: u8) -> Step {
        let Some(handler) = self.vm().builtin(id) else {
            return Ok(());
        };
        self.with_host(|vm| {
            let result = handler(vm, argc);
            vm.stack.push(result)
        })
    }

    pub(super) fn extended_wide(&mut self, id: u16, payload: usize) -> Step {
        if !AWK_EXTENSION_IDS.contains(&id) {
            return self.with_host(|vm| {
                VM::extended_wide(vm, id, payload);
                Ok(())
            });
        }
        match Opcode::from_awk_id(id) {
            Some(opcode) => self.awk(opcode, payload),
            None => self.with_host(|vm| vm.stack.push(Value::Undef)),
        }
    }
}
