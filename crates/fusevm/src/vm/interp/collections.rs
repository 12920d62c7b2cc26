//! Arrays, hashes, ranges and sorting.
//!
//! Containers are used where they are: loading one first would share it, and the next write
//! would copy it.

use super::regs::{Regs, Step, Stop};
use crate::semantics::{Context, Fault, collect, sort};
use crate::value::{Array, Hash, Value};

impl Regs<'_, '_> {
    /// Replaces the top operand by what `read` makes of a global and it.
    fn read_global(
        &mut self,
        global: u16,
        read: impl FnOnce(&mut Context<'_>, &mut Value, &Value) -> Result<Value, Fault>,
    ) -> Step {
        let (mut context, container, operand) = self.global_and_top(global);
        let result = match container {
            Some(container) => read(&mut context, container, operand)?,
            None => read(&mut context, &mut Value::Undef, operand)?,
        };
        self.replace(result);
        Ok(())
    }

    pub(super) fn slot_array_get(&mut self, slot: u16) -> Step {
        let dialect = self.numeric().dialect;
        let index = self.pop();
        let value = collect::array_get(dialect, self.slot(slot), &index);
        self.load(value)
    }

    pub(super) fn slot_array_set(&mut self, slot: u16) -> Step {
        let index = self.pop();
        let value = self.pop();
        let (mut context, container) = self.slot_in_context(slot);
        Ok(collect::array_set(&mut context, container, value, &index)?)
    }

    pub(super) fn declare_array(&mut self, global: u16) -> Step {
        self.store_global(global, Value::Array(Array::new()))
    }

    pub(super) fn array_get(&mut self, global: u16) -> Step {
        self.read_global(global, |context, array, index| {
            Ok(collect::array_get(context.numeric.dialect, array, index))
        })
    }

    pub(super) fn array_set(&mut self, global: u16) -> Step {
        let index = self.pop();
        let value = self.pop();
        let (mut context, array) = self.global_in_context(global)?;
        Ok(collect::array_set(&mut context, array, value, &index)?)
    }

    pub(super) fn array_push(&mut self, global: u16) -> Step {
        let value = self.pop();
        let (mut context, array) = self.global_in_context(global)?;
        Ok(collect::array_push(&mut context, array, value)?)
    }

    /// Takes an element out of the array in a global, if there is one.
    fn take_element_of(
        &mut self,
        global: u16,
        take: impl FnOnce(&mut Context<'_>, &mut Value) -> Result<Value, Fault>,
    ) -> Result<Value, Stop> {
        let (mut context, array) = self.existing_global_in_context(global);
        let taken = array.map(|array| take(&mut context, array)).transpose();
        Ok(self.completed(taken)?.unwrap_or_default())
    }

    pub(super) fn array_pop(&mut self, global: u16) -> Step {
        let value = self.take_element_of(global, collect::array_pop)?;
        self.load(value)
    }

    pub(super) fn array_shift(&mut self, global: u16) -> Step {
        let value = self.take_element_of(global, collect::array_shift)?;
        self.load(value)
    }

    pub(super) fn array_len(&mut self, global: u16) -> Step {
        let len = self
            .existing_global(global)
            .map(|array| collect::array_len(array));
        self.load(len.unwrap_or(Value::Int(0)))
    }

    pub(super) fn make_array(&mut self, count: u16) -> Step {
        let mut taken = self.take(usize::from(count));
        let (values, mut context, _) = taken.in_context();
        let array = collect::make_array(&mut context, values.iter_mut().map(std::mem::take))?;
        drop(taken);
        self.load(array)
    }

    pub(super) fn declare_hash(&mut self, global: u16) -> Step {
        self.store_global(global, Value::Hash(Hash::new()))
    }

    pub(super) fn hash_get(&mut self, global: u16) -> Step {
        self.read_global(global, |context, hash, key| {
            collect::hash_get(context, hash, key)
        })
    }

    pub(super) fn hash_set(&mut self, global: u16) -> Step {
        let key = self.pop();
        let value = self.pop();
        let (mut context, hash) = self.global_in_context(global)?;
        Ok(collect::hash_set(&mut context, hash, value, &key)?)
    }

    pub(super) fn hash_delete(&mut self, global: u16) -> Step {
        self.read_global(global, collect::hash_delete)
    }

    pub(super) fn hash_exists(&mut self, global: u16) -> Step {
        self.read_global(global, |context, hash, key| {
            collect::hash_exists(context, hash, key)
        })
    }

    pub(super) fn hash_keys(&mut self, global: u16) -> Step {
        let (mut context, hash) = self.existing_global_in_context(global);
        let keys = collect::hash_keys(&mut context, hash.unwrap_or(&mut Value::Undef));
        let keys = self.completed(keys)?;
        self.load(keys)
    }

    pub(super) fn hash_values(&mut self, global: u16) -> Step {
        let (mut context, hash) = self.existing_global_in_context(global);
        let values = collect::hash_values(&mut context, hash.unwrap_or(&mut Value::Undef));
        let values = self.completed(values)?;
        self.load(values)
    }

    pub(super) fn make_hash(&mut self, count: u16) -> Step {
        let mut taken = self.take(usize::from(count));
        let (values, mut context, _) = taken.in_context();
        let hash = collect::make_hash(&mut context, values.iter_mut().map(std::mem::take))?;
        drop(taken);
        self.load(hash)
    }

    pub(super) fn range(&mut self) -> Step {
        let (mut context, from, to) = self.top2_in_context();
        let range = collect::range(&mut context, from, to);
        let range = self.completed(range)?;
        self.replace2(range);
        Ok(())
    }

    pub(super) fn range_step(&mut self) -> Step {
        let (mut context, [from, to, step]) = self.top3_in_context();
        let range = collect::range_step(&mut context, from, to, step);
        let range = self.completed(range)?;
        self.discard();
        self.replace2(range);
        Ok(())
    }

    pub(super) fn sort_default(&mut self) -> Step {
        let (mut context, operand) = self.top_in_context();
        let Value::Array(array) = operand else {
            return Err(Fault::NotAnArray {
                op: "SortDefault",
                found: self.pop().kind(),
            }
            .into());
        };
        let sorted = sort::sort_by_text(&mut context, array);
        let sorted = self.completed(sorted)?;
        self.replace(Value::Array(sorted));
        Ok(())
    }
}
