//! Arrays in an order, which a function of the program may decide.

use fusevm::Op;

use super::Compiler;
use crate::runtime::Handler;
use crate::syntax::ast::{ArrayRef, Expr};
use crate::syntax::{Builtin, dispatcher};

impl Compiler<'_> {
    /// `asort` and `asorti`: an array is sorted into another one, or into itself.
    pub(super) fn sort(&mut self, builtin: Builtin, args: &[Expr]) {
        let [from, rest @ ..] = args else {
            return;
        };
        let (handler, fill) = match builtin {
            Builtin::Asorti => (Handler::Asorti, Handler::FillIndices),
            _ => (Handler::Asort, Handler::FillValues),
        };
        self.array_arg(from);
        self.array_arg(rest.first().unwrap_or(from));
        let Some(order) = rest.get(1) else {
            return self.handle(handler, 2);
        };
        self.expr(order);
        if !self.sorts_by_functions() {
            return self.handle(handler, 3);
        }
        let [array, to, function] = [self.temporary(), self.temporary(), self.temporary()];
        for slot in [function, to, array] {
            self.emit(Op::SetSlot(slot));
        }
        let (named, end) = (self.label(), self.label());
        self.emit(Op::GetSlot(function));
        self.handle(Handler::IsFunctionOrder, 1);
        self.jump(Op::JumpIfFalse(0), named);
        self.emit(Op::GetSlot(array));
        self.emit(Op::GetSlot(to));
        self.sorted_keys(array, function);
        self.handle(fill, 3);
        self.jump(Op::Jump(0), end);
        self.bind(named);
        for slot in [array, to, function] {
            self.emit(Op::GetSlot(slot));
        }
        self.handle(handler, 3);
        self.bind(end);
        for slot in [array, to, function] {
            self.release(slot);
        }
    }

    /// Pushes the keys of an array as `for` goes over them.
    pub(super) fn keys(&mut self, array: &ArrayRef) {
        self.array(array);
        if !self.orders {
            return self.emit(Op::ContainerKeys);
        }
        if !self.sorts_by_functions() {
            return self.handle(Handler::Keys, 1);
        }
        let [slot, function] = [self.temporary(), self.temporary()];
        let (named, end) = (self.label(), self.label());
        self.emit(Op::SetSlot(slot));
        self.handle(Handler::Order, 0);
        self.emit(Op::Dup);
        self.emit(Op::SetSlot(function));
        self.handle(Handler::IsFunctionOrder, 1);
        self.jump(Op::JumpIfFalse(0), named);
        self.sorted_keys(slot, function);
        self.jump(Op::Jump(0), end);
        self.bind(named);
        self.emit(Op::GetSlot(slot));
        self.handle(Handler::Keys, 1);
        self.bind(end);
        self.release(slot);
        self.release(function);
    }

    /// Whether there are functions that could compare elements.
    fn sorts_by_functions(&self) -> bool {
        self.names.signature(&dispatcher(4)).is_some()
    }

    /// Pushes the keys of the array in a slot, sorted by the function whose name is in another.
    fn sorted_keys(&mut self, array: u16, function: u16) {
        let [left, right] = [self.temporary(), self.temporary()];
        let (start, end) = (self.label(), self.label());
        self.emit(Op::GetSlot(array));
        self.emit(Op::ContainerKeys);
        let block = self.builder.add_block_range_at(start, end);
        self.emit(Op::SortBlock(block));
        self.bind(start);
        self.emit(Op::SetSlot(right));
        self.emit(Op::SetSlot(left));
        for key in [left, right] {
            self.emit(Op::GetSlot(key));
            self.emit(Op::GetSlot(array));
            self.emit(Op::GetSlot(key));
            self.emit(Op::IndexGet);
        }
        self.emit(Op::GetSlot(function));
        let name = self.global(&dispatcher(4));
        self.emit(Op::Call(name, 5));
        // Fractions count.
        self.as_number();
        self.emit(Op::LoadInt(0));
        self.emit(Op::Spaceship);
        self.bind(end);
        self.release(left);
        self.release(right);
    }
}
