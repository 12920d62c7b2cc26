//! Arithmetic, comparison and logic: fast paths for numbers, semantics for everything else.

use super::regs::{Regs, Step};
use crate::semantics::compare::{self, Relation};
use crate::semantics::dialect::awk;
use crate::semantics::{Dialect, Fault, Numeric};
use crate::value::{Plain, Value};

impl Regs<'_, '_> {
    /// Arithmetic that keeps integers. `int` gives nothing on overflow: what that means is the
    /// chunk's policy, which `general` knows.
    #[inline(always)]
    pub(super) fn arith(
        &mut self,
        int: fn(i64, i64) -> Option<i64>,
        float: fn(f64, f64) -> f64,
        general: fn(Numeric, &Value, &Value) -> Result<Value, Fault>,
    ) -> Step {
        let result = match self.top2() {
            (&mut Value::Int(a), &mut Value::Int(b)) => int(a, b).map(Plain::int),
            (&mut Value::Float(a), &mut Value::Float(b)) => Some(Plain::float(float(a, b))),
            _ => None,
        };
        match result {
            Some(result) => {
                self.replace2_plain(result);
                Ok(())
            }
            None => self.aside(|r| r.arith_general(general)),
        }
    }

    #[cold]
    #[inline(never)]
    fn arith_general(
        &mut self,
        general: fn(Numeric, &Value, &Value) -> Result<Value, Fault>,
    ) -> Step {
        let numeric = self.numeric();
        let (a, b) = self.top2();
        let result = general(numeric, a, b)?;
        self.replace2(result);
        Ok(())
    }

    /// Arithmetic under AWK's dialect, where all numbers behave as doubles.
    #[inline(always)]
    pub(super) fn awk_arith(&mut self, op: fn(f64, f64) -> f64) -> Step {
        match self.top2_as_floats() {
            Some((a, b)) => {
                self.replace2(awk::number(op(a, b)));
                Ok(())
            }
            None => self.aside(|r| r.awk_arith_general(op)),
        }
    }

    #[cold]
    #[inline(never)]
    fn awk_arith_general(&mut self, op: fn(f64, f64) -> f64) -> Step {
        let dialect = self.numeric().dialect;
        let (a, b) = self.top2();
        let result = awk::number(op(dialect.float(a), dialect.float(b)));
        self.replace2(result);
        Ok(())
    }

    #[inline(always)]
    pub(super) fn awk_compare(&mut self, relation: Relation) -> Step {
        match self.top2_as_floats() {
            Some((a, b)) => {
                let holds = relation.holds(a.partial_cmp(&b));
                self.replace2_plain(Plain::bool(holds));
                Ok(())
            }
            None => self.aside(|r| r.num_compare_general(relation)),
        }
    }

    /// The two top operands, if they are numbers.
    #[inline(always)]
    fn top2_as_floats(&mut self) -> Option<(f64, f64)> {
        Some(match self.top2() {
            (&mut Value::Int(a), &mut Value::Int(b)) => (a as f64, b as f64),
            (&mut Value::Int(a), &mut Value::Float(b)) => (a as f64, b),
            (&mut Value::Float(a), &mut Value::Int(b)) => (a, b as f64),
            (&mut Value::Float(a), &mut Value::Float(b)) => (a, b),
            _ => return None,
        })
    }

    #[inline(always)]
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
    #[inline(always)]
    pub(super) fn binary(&mut self, op: fn(Dialect, &Value, &Value) -> Value) -> Step {
        let dialect = self.numeric().dialect;
        let (a, b) = self.top2();
        let result = op(dialect, a, b);
        self.replace2(result);
        Ok(())
    }

    #[inline(always)]
    pub(super) fn unary(&mut self, op: fn(Numeric, &Value) -> Result<Value, Fault>) -> Step {
        let numeric = self.numeric();
        let top = self.top();
        *top = op(numeric, top)?;
        Ok(())
    }

    /// Adds one or takes one away.
    #[inline(always)]
    pub(super) fn step(
        &mut self,
        delta: i64,
        general: fn(Numeric, &Value) -> Result<Value, Fault>,
    ) -> Step {
        if let Value::Int(n) = self.top()
            && let Some(next) = n.checked_add(delta)
        {
            *n = next;
            return Ok(());
        }
        self.aside(|r| r.unary(general))
    }

    /// [`step`](Self::step) under AWK's dialect.
    #[inline(always)]
    pub(super) fn awk_step(&mut self, delta: f64) -> Step {
        let before = match *self.top() {
            Value::Int(n) => n as f64,
            Value::Float(x) => x,
            _ => self.aside(|r| Dialect::Awk.float(r.top())),
        };
        self.replace(awk::number(before + delta));
        Ok(())
    }

    #[inline(always)]
    pub(super) fn num_compare(&mut self, relation: Relation) -> Step {
        let holds = match self.top2() {
            (&mut Value::Int(a), &mut Value::Int(b)) => relation.holds(Some(a.cmp(&b))),
            (&mut Value::Float(a), &mut Value::Float(b)) => relation.holds(a.partial_cmp(&b)),
            _ => return self.aside(|r| r.num_compare_general(relation)),
        };
        self.replace2_plain(Plain::bool(holds));
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn num_compare_general(&mut self, relation: Relation) -> Step {
        let (mut context, a, b) = self.top2_in_context();
        let holds = relation.holds(compare::numeric_order(&mut context, a, b)?);
        self.replace2(Value::Bool(holds));
        Ok(())
    }

    #[inline(always)]
    pub(super) fn spaceship(&mut self) -> Step {
        let (mut context, a, b) = self.top2_in_context();
        let order = compare::spaceship(&mut context, a, b)?;
        self.replace2(Value::Int(order));
        Ok(())
    }

    #[inline(always)]
    pub(super) fn log_not(&mut self) -> Step {
        let dialect = self.numeric().dialect;
        let top = self.top();
        *top = Value::Bool(!dialect.truth(top));
        Ok(())
    }

    #[inline(always)]
    pub(super) fn logical(&mut self, op: fn(bool, bool) -> bool) -> Step {
        let dialect = self.numeric().dialect;
        let (a, b) = self.top2();
        let result = op(dialect.truth(a), dialect.truth(b));
        self.replace2(Value::Bool(result));
        Ok(())
    }

    /// A slot as an integer.
    #[inline(always)]
    pub(super) fn slot_int(&mut self, slot: u16) -> i64 {
        let dialect = self.numeric().dialect;
        match *self.slot(slot) {
            Value::Int(n) => n,
            ref other => dialect.int(other),
        }
    }

    #[inline(always)]
    pub(super) fn set_slot_int(&mut self, slot: u16, n: i64) {
        self.store_slot_plain(slot, Plain::int(n));
    }

    #[inline(always)]
    pub(super) fn add_assign_slot(&mut self, a: u16, b: u16) -> Step {
        let sum = self.slot_int(a).wrapping_add(self.slot_int(b));
        self.set_slot_int(a, sum);
        Ok(())
    }
}
