//! Arithmetic, comparison and logic.

use super::regs::{Regs, Step};
use crate::semantics::compare::{self, Relation};
use crate::semantics::{Dialect, Fault, Numeric};
use crate::value::{Plain, Value};

impl Regs<'_, '_> {
    pub(super) fn fallible_binary(
        &mut self,
        op: fn(Numeric, &Value, &Value) -> Result<Value, Fault>,
    ) -> Step {
        let numeric = self.numeric();
        let (a, b) = self.top2();
        let result = op(numeric, a, b)?;
        self.replace2(result);
        Ok(())
    }

    /// A binary operation that cannot fail.
    pub(super) fn binary(&mut self, op: fn(Dialect, &Value, &Value) -> Value) -> Step {
        let dialect = self.numeric().dialect;
        let (a, b) = self.top2();
        let result = op(dialect, a, b);
        self.replace2(result);
        Ok(())
    }

    pub(super) fn unary(&mut self, op: fn(Numeric, &Value) -> Result<Value, Fault>) -> Step {
        let numeric = self.numeric();
        let top = self.top();
        *top = op(numeric, top)?;
        Ok(())
    }

    pub(super) fn num_compare(&mut self, relation: Relation) -> Step {
        let (mut context, a, b) = self.top2_in_context();
        let holds = relation.holds(compare::numeric_order(&mut context, a, b)?);
        self.replace2(Value::Bool(holds));
        Ok(())
    }

    pub(super) fn spaceship(&mut self) -> Step {
        let (mut context, a, b) = self.top2_in_context();
        let order = compare::spaceship(&mut context, a, b)?;
        self.replace2(Value::Int(order));
        Ok(())
    }

    pub(super) fn log_not(&mut self) -> Step {
        let dialect = self.numeric().dialect;
        let top = self.top();
        *top = Value::Bool(!dialect.truth(top));
        Ok(())
    }

    pub(super) fn logical(&mut self, op: fn(bool, bool) -> bool) -> Step {
        let dialect = self.numeric().dialect;
        let (a, b) = self.top2();
        let result = op(dialect.truth(a), dialect.truth(b));
        self.replace2(Value::Bool(result));
        Ok(())
    }

    /// A slot as an integer.
    pub(super) fn slot_int(&mut self, slot: u16) -> i64 {
        let dialect = self.numeric().dialect;
        match *self.slot(slot) {
            Value::Int(n) => n,
            ref other => dialect.int(other),
        }
    }

    pub(super) fn set_slot_int(&mut self, slot: u16, n: i64) {
        self.store_slot_plain(slot, Plain::int(n));
    }

    pub(super) fn add_assign_slot(&mut self, a: u16, b: u16) -> Step {
        let sum = self.slot_int(a).wrapping_add(self.slot_int(b));
        self.set_slot_int(a, sum);
        Ok(())
    }
}
