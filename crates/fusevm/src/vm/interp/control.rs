//! Jumps, calls, frames and handlers.

use super::regs::{Regs, Step, Stop};
use crate::op::{AWK_EXTENSION_IDS, Opcode, OperandValue};
use crate::semantics::Fault;
use crate::value::Value;
use crate::vm::VM;
use crate::vm::frame::{FrameKind, FrameRecord};
use crate::vm::iterate::BlockOp;

impl Regs<'_, '_> {
    #[inline(always)]
    pub(super) fn go_to(&mut self, target: usize) -> Step {
        self.jump(target);
        Ok(())
    }

    #[inline(always)]
    pub(super) fn jump_if(&mut self, expected: bool, target: usize) -> Step {
        if self.pop_truth() == expected {
            self.jump(target);
        }
        Ok(())
    }

    #[inline(always)]
    pub(super) fn jump_if_keep(&mut self, expected: bool, target: usize) -> Step {
        let dialect = self.numeric().dialect;
        if dialect.truth(self.top()) == expected {
            self.jump(target);
        }
        Ok(())
    }

    /// Opens a frame of `window` fresh slots on top of the stacks.
    #[inline(always)]
    pub(super) fn open(&mut self, kind: FrameKind, stack_base: usize, window: usize) -> Step {
        let return_ip = self.ip();
        let vm = self.vm();
        let nesting = if kind.is_call() {
            0
        } else {
            vm.top_frame().nesting + 1
        };
        let frame = FrameRecord {
            kind,
            return_ip,
            stack_base,
            slot_base: vm.slots.len(),
            floor_below: vm.floor,
            nesting,
        };
        vm.slots.reserve(window)?;
        vm.open_frame(frame)?;
        Ok(vm.slots.push_undef(window)?)
    }

    #[inline(always)]
    pub(super) fn call(&mut self, argc: u8, window: usize, entry: usize) -> Step {
        let taken = usize::from(argc).min(self.available());
        let base = self.height() - taken;
        self.open(FrameKind::Call, base, window)?;
        self.enter_frame(base);
        self.jump(entry);
        Ok(())
    }

    #[inline(always)]
    pub(super) fn return_none(&mut self) -> Step {
        if self.leave_call() {
            return Ok(());
        }
        self.aside(|r| r.return_through_scopes(None))
    }

    #[inline(always)]
    pub(super) fn return_value(&mut self) -> Step {
        let value = if self.available() > 0 {
            self.pop()
        } else {
            Value::Undef
        };
        if !self.leave_call() {
            return self.aside(|r| r.return_through_scopes(Some(value)));
        }
        self.reserve(1)?;
        self.push(value);
        Ok(())
    }

    /// Closes the top frame, if it is a call from this chunk, and continues behind the call.
    #[inline(always)]
    fn leave_call(&mut self) -> bool {
        let frame = self.vm().top_frame();
        if frame.kind != FrameKind::Call {
            return false;
        }
        self.truncate(frame.stack_base);
        self.vm().frames.pop();
        self.enter_frame(frame.floor_below);
        self.jump(frame.return_ip);
        // The slots go last: dropping them runs destructors, which may unwind.
        self.vm().slots.truncate(frame.slot_base);
        true
    }

    /// A return from anywhere: scopes and block operations of the call end with it. In the root
    /// frame it ends the program.
    #[cold]
    #[inline(never)]
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
            vm.stack.truncate(call.stack_base);
            vm.ip = call.return_ip;
            let is_command = call.kind == FrameKind::Command;
            let status = || is_command.then_some(Value::Status(vm.last_status));
            if let Some(value) = value.or_else(status) {
                vm.stack.push(value)?;
            }
            Ok(Stop::Reload)
        })
    }

    /// A jump out of everything that is open.
    #[inline(never)]
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
    #[cold]
    pub(super) fn end(&mut self) -> Step {
        let at = self.ip() - 1;
        self.jump(at);
        if !self.vm().iterations.is_empty() {
            let numeric = self.numeric();
            if self.with_iteration(|vm| vm.settle_iterations(numeric))? {
                return Ok(());
            }
            self.jump(at);
        }
        Err(Stop::End)
    }

    #[inline(never)]
    pub(super) fn push_frame(&mut self, window: usize) -> Step {
        let height = self.height();
        self.open(FrameKind::Scope, height, window)?;
        let floor = self.vm().floor;
        self.enter_frame(floor);
        Ok(())
    }

    /// Leaves the innermost frame, whatever it is, without a jump; of the root frame only the
    /// operands go.
    #[inline(never)]
    pub(super) fn pop_frame(&mut self, window: usize) -> Step {
        let frame = self.vm().top_frame();
        self.with_vm(|vm| {
            vm.stack.truncate(frame.stack_base);
            vm.close_frames(vm.frames.len().saturating_sub(1));
            vm.ensure_window(window)
        })?;
        Ok(())
    }

    /// An AWK operation. Any other that has no arm in the dispatch loop cannot be run.
    #[inline(never)]
    pub(super) fn host_op(&mut self) -> Step {
        let op = self.chunk().ops[self.ip() - 1];
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

    #[inline(never)]
    pub(super) fn awk(&mut self, opcode: Opcode, payload: usize) -> Step {
        let numeric = self.numeric();
        self.with_host(|vm| vm.awk(numeric, opcode, payload))
    }

    #[inline(never)]
    pub(super) fn begin_block(&mut self, op: BlockOp, block: u16) -> Step {
        self.with_iteration(|vm| vm.begin_iteration(op, block))
    }

    #[inline(never)]
    pub(super) fn call_builtin(&mut self, id: u16, argc: u8) -> Step {
        let Some(handler) = self.vm().builtin(id) else {
            return Ok(());
        };
        self.with_host(|vm| {
            let result = handler(vm, argc);
            vm.stack.push(result)
        })
    }

    #[inline(never)]
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
