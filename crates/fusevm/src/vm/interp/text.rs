//! Text operations, output and input.

use super::regs::{Regs, Step};
use crate::semantics::compare::{self, Relation};
use crate::semantics::text;
use crate::value::Value;

impl Regs<'_, '_> {
    pub(super) fn concat(&mut self) -> Step {
        let (mut context, a, b) = self.top2_in_context();
        let appended = text::append(&mut context, a, b);
        self.completed(appended)?;
        self.discard();
        Ok(())
    }

    pub(super) fn repeat(&mut self) -> Step {
        let (mut context, value, count) = self.top2_in_context();
        let result = text::repeat(&mut context, value, count);
        let result = self.completed(result)?;
        self.replace2(result);
        Ok(())
    }

    pub(super) fn length(&mut self) -> Step {
        let value = self.pop();
        let len = text::length(&mut self.context(), &value)?;
        self.load(len)
    }

    pub(super) fn str_compare(&mut self, relation: Relation) -> Step {
        let (mut context, a, b) = self.top2_in_context();
        let order = compare::text_order(&mut context, a, b)?;
        self.replace2(Value::Bool(relation.holds(Some(order))));
        Ok(())
    }

    pub(super) fn str_cmp(&mut self) -> Step {
        let (mut context, a, b) = self.top2_in_context();
        let order = compare::text_order(&mut context, a, b)?;
        self.replace2(Value::Int(order as i64));
        Ok(())
    }

    pub(super) fn print(&mut self, count: u8, end: &[u8]) -> Step {
        let mut taken = self.take(usize::from(count));
        let (values, mut context, output) = taken.in_context();
        for value in values {
            output.write(context.text(value)?.as_bytes())?;
        }
        output.write(end)?;
        Ok(())
    }

    pub(super) fn read_line(&mut self) -> Step {
        let memory = *self.context().memory;
        let vm = self.vm();
        if vm.input.is_terminal() {
            vm.output.flush()?;
        }
        let line = vm.input.read_line(&memory)?;
        self.load(line)
    }
}
