//! Containers on the operand stack, values and handles alike.

use super::When;
use super::regs::{Regs, Step, Stop};
use crate::semantics::{Context, Dialect, Fault, arith, collect, container};
use crate::value::{Array, Hash, Value};
use crate::vm::VM;
use crate::vm::heap::Heap;

impl Regs<'_, '_> {
    /// What semantic functions need, and the heap.
    fn heap_in_context(&mut self) -> (Context<'_>, &mut Heap) {
        let numeric = self.numeric();
        let vm = self.vm();
        (vm.resources.context(numeric), &mut vm.heap)
    }

    /// What `read` makes of a container, wherever it is.
    fn read<R>(
        &mut self,
        container: &Value,
        read: impl FnOnce(&mut Context<'_>, &Value) -> Result<R, Fault>,
    ) -> Result<R, Stop> {
        let (mut context, heap) = self.heap_in_context();
        let content = match container {
            Value::Handle(handle) => heap.get(*handle)?,
            value => value,
        };
        Ok(read(&mut context, content)?)
    }

    /// What `change` makes of a container, wherever it is.
    fn change<R>(
        &mut self,
        container: &mut Value,
        change: impl FnOnce(&mut Context<'_>, &mut Value) -> Result<R, Fault>,
    ) -> Result<R, Stop> {
        let (mut context, heap) = self.heap_in_context();
        let content = match container {
            Value::Handle(handle) => heap.get_mut(*handle)?,
            value => value,
        };
        Ok(change(&mut context, content)?)
    }

    /// Before a container is made, with everything that is in use still where it is found.
    fn safe_point(&mut self) {
        let limit = self.vm().limits.heap_cells;
        if self.vm().heap.is_due(limit) {
            self.with_vm(VM::collect_garbage);
        } else if self.vm().resources.memory.is_alarmed() {
            self.with_vm(VM::relieve);
        }
    }

    /// Moves the container on top to the heap.
    fn share(&mut self) -> Step {
        let content = self.pop();
        let handle = self.vm().allocate(content)?;
        self.load(Value::Handle(handle))
    }

    pub(super) fn new_array(&mut self, count: u16) -> Step {
        self.safe_point();
        self.make_array(count)?;
        self.share()
    }

    pub(super) fn new_hash(&mut self, count: u16) -> Step {
        self.safe_point();
        self.make_hash(count)?;
        self.share()
    }

    pub(super) fn index_get(&mut self) -> Step {
        let (key, target) = (self.pop(), self.pop());
        let element = self.read(&target, |context, content| {
            container::get(context, content, &key)
        })?;
        self.load(element)
    }

    pub(super) fn index_set(&mut self) -> Step {
        let (value, key, mut target) = (self.pop(), self.pop(), self.pop());
        self.change(&mut target, |context, content| {
            container::set(context, content, &key, value)
        })?;
        self.load(target)
    }

    pub(super) fn index_delete(&mut self) -> Step {
        let (key, mut target) = (self.pop(), self.pop());
        let removed = self.change(&mut target, |context, content| {
            container::delete(context, content, &key)
        })?;
        self.push(target);
        self.load(removed)
    }

    pub(super) fn index_exists(&mut self) -> Step {
        let (key, target) = (self.pop(), self.pop());
        let exists = self.read(&target, |context, content| {
            container::exists(context, content, &key)
        })?;
        self.load(exists)
    }

    pub(super) fn index_or_new_array(&mut self) -> Step {
        self.index_or_new("IndexOrNewArray", || Value::Array(Array::new()))
    }

    pub(super) fn index_or_new_hash(&mut self) -> Step {
        self.index_or_new("IndexOrNewHash", || Value::Hash(Hash::new()))
    }

    fn index_or_new(&mut self, op: &'static str, new: fn() -> Value) -> Step {
        self.safe_point();
        let (key, mut target) = (self.pop(), self.pop());
        if !matches!(target, Value::Handle(_)) {
            let found = target.kind();
            return Err(Fault::NotAHandle { op, found }.into());
        }
        let mut element = self.read(&target, |context, content| {
            container::get(context, content, &key)
        })?;
        if matches!(element, Value::Undef) {
            element = Value::Handle(self.vm().allocate(new())?);
            self.change(&mut target, |context, content| {
                container::set(context, content, &key, element.clone())
            })?;
        } else if self.numeric().dialect == Dialect::Awk && !matches!(element, Value::Handle(_)) {
            return Err(Fault::ScalarAsContainer(key.to_str().into()).into());
        }
        self.load(element)
    }

    pub(super) fn index_or_undef(&mut self) -> Step {
        let (key, target) = (self.pop(), self.pop());
        let element = self.element("IndexOrUndef", &target, &key, |context, element| {
            check_scalar(context, element, &key)?;
            Ok(element.clone())
        })?;
        self.load(element)
    }

    pub(super) fn index_add(&mut self, result: When) -> Step {
        let (delta, key, target) = (self.pop(), self.pop(), self.pop());
        let op = match result {
            When::Before => "IndexPostAdd",
            When::After => "IndexAdd",
        };
        let number = self.element(op, &target, &key, |context, element| {
            check_scalar(context, element, &key)?;
            let numeric = context.numeric;
            let before = match result {
                When::Before => Some(arith::add(numeric, element, &Value::Int(0))?),
                When::After => None,
            };
            *element = arith::add(numeric, element, &delta)?;
            Ok(before.unwrap_or_else(|| element.clone()))
        })?;
        self.load(number)
    }

    /// What `change` makes of an element of a shared container, which is `Undef` at first.
    fn element(
        &mut self,
        op: &'static str,
        target: &Value,
        key: &Value,
        change: impl FnOnce(&mut Context<'_>, &mut Value) -> Result<Value, Fault>,
    ) -> Result<Value, Stop> {
        let Value::Handle(handle) = target else {
            let found = target.kind();
            return Err(Fault::NotAHandle { op, found }.into());
        };
        let (mut context, heap) = self.heap_in_context();
        let content = heap.get_mut(*handle)?;
        Ok(container::update(&mut context, content, key, change)?)
    }

    pub(super) fn container_len(&mut self) -> Step {
        let target = self.pop();
        let len = self.read(&target, |_, content| Ok(container::length(content)))?;
        self.load(len)
    }

    pub(super) fn container_push(&mut self) -> Step {
        let (value, mut target) = (self.pop(), self.pop());
        self.change(&mut target, |context, content| {
            collect::array_push(context, content, value)
        })?;
        self.load(target)
    }

    pub(super) fn container_pop(&mut self) -> Step {
        self.take_element(collect::array_pop)
    }

    pub(super) fn container_shift(&mut self) -> Step {
        self.take_element(collect::array_shift)
    }

    fn take_element(
        &mut self,
        take: fn(&mut Context<'_>, &mut Value) -> Result<Value, Fault>,
    ) -> Step {
        let mut target = self.pop();
        let element = self.change(&mut target, take)?;
        self.push(target);
        self.load(element)
    }

    pub(super) fn container_clear(&mut self) -> Step {
        let mut target = self.pop();
        self.change(&mut target, |_, content| {
            container::clear(content);
            Ok(())
        })?;
        self.load(target)
    }

    pub(super) fn container_keys(&mut self) -> Step {
        self.list(container::keys)
    }

    pub(super) fn container_values(&mut self) -> Step {
        self.list(container::values)
    }

    /// Replaces the container on top by a list of what it has.
    fn list(&mut self, list: fn(&mut Context<'_>, &Value) -> Result<Value, Fault>) -> Step {
        // A copy, so that the operand stays until the list is complete.
        let target = self.top().clone();
        let listed = match self.read(&target, list) {
            Err(Stop::Fault(fault)) => self.completed(Err(*fault))?,
            other => other?,
        };
        self.replace(listed);
        Ok(())
    }
}

/// In AWK a container within another one is no value.
fn check_scalar(context: &Context<'_>, element: &Value, key: &Value) -> Result<(), Fault> {
    match element {
        Value::Handle(_) if context.numeric.dialect == Dialect::Awk => {
            Err(Fault::ContainerAsScalar(key.to_str().into()))
        }
        _ => Ok(()),
    }
}
