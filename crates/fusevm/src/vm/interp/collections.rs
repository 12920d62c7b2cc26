//! Arrays, hashes, ranges and sorting.
//!
//! Containers are used where they are: loading one first would share it, and the next write
//! would copy it.

use super::regs::{Regs, Step};
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
        self.store_global(global, Value::Array(Array::new()));
        Ok(())
    }

    pub(super) fn array_get(&mut self, global: u16) -> Step {
        self.read_global(global, |context, array, index| {
            Ok(collect::array_get(context.numeric.dialect, array, index))
        })
    }

    pub(super) fn array_set(&mut self, global: u16) -> Step {
        let index = self.pop();
        let value = self.pop();
        let (mut context, array) = self.global_in_context(global);
        Ok(collect::array_set(&mut context, array, value, &index)?)
    }

    pub(super) fn array_push(&mut self, global: u16) -> Step {
        let value = self.pop();
        let (mut context, array) = self.global_in_context(global);
        Ok(collect::array_push(&mut context, array, value)?)
    }

    pub(super) fn array_pop(&mut self, global: u16) -> Step {
        let value = self.existing_global(global).map(collect::array_pop);
        self.load(value.unwrap_or_default())
    }

    pub(super) fn array_shift(&mut self, global: u16) -> Step {
        let value = self.existing_global(global).map(collect::array_shift);
        self.load(value.unwrap_or_default())
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
        self.store_global(global, Value::Hash(Hash::new()));
        Ok(())
    }

    pub(super) fn hash_get(&mut self, global: u16) -> Step {
        self.read_global(global, |context, hash, key| {
            collect::hash_get(context, hash, key)
        })
    }

    pub(super) fn hash_set(&mut self, global: u16) -> Step {
        let key = self.pop();
        let value = self.pop();
        let (mut context, hash) = self.global_in_context(global);
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
        let keys = collect::hash_keys(self.existing_global(global).unwrap_or(&mut Value::Undef));
        self.load(keys)
    }

    pub(super) fn hash_values(&mut self, global: u16) -> Step {
        let values =
            collect::hash_values(self.existing_global(global).unwrap_or(&mut Value::Undef));
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
        let range = collect::range(&mut context, from, to)?;
        self.replace2(range);
        Ok(())
    }

    pub(super) fn range_step(&mut self) -> Step {
        let mut taken = self.take(3);
        let (values, mut context, _) = taken.in_context();
        let range = match &*values {
            [from, to, step] => collect::range_step(&mut context, from, to, step)?,
            _ => Value::Undef,
        };
        drop(taken);
        self.load(range)
    }

    pub(super) fn sort_default(&mut self) -> Step {
        let operand = self.pop();
        let Value::Array(array) = &operand else {
            return Err(Fault::NotAnArray {
                op: "SortDefault",
                found: operand.kind(),
            }
            .into());
        };
        let sorted = sort::sort_by_text(&mut self.context(), array)?;
        self.load(Value::Array(sorted))
    }
}
