//! Constants, stack shuffling, globals and slots.

use super::regs::{Regs, Step};
use crate::value::{Plain, Value};

impl Regs<'_, '_> {
    pub(super) fn load(&mut self, value: Value) -> Step {
        self.push(value);
        Ok(())
    }

    pub(super) fn load_plain(&mut self, value: Plain) -> Step {
        self.push_plain(value);
        Ok(())
    }

    pub(super) fn load_const(&mut self, index: u16) -> Step {
        let value = self.chunk().constants.get(usize::from(index));
        self.load(value.cloned().unwrap_or_default())
    }

    pub(super) fn pop_void(&mut self) -> Step {
        self.discard();
        Ok(())
    }

    pub(super) fn dup(&mut self) -> Step {
        let value = self.top().clone();
        self.load(value)
    }

    pub(super) fn dup2(&mut self) -> Step {
        let (a, b) = self.top2();
        let (a, b) = (a.clone(), b.clone());
        self.push(a);
        self.load(b)
    }

    pub(super) fn swap(&mut self) -> Step {
        let (a, b) = self.top2();
        std::mem::swap(a, b);
        Ok(())
    }

    pub(super) fn rot(&mut self) -> Step {
        self.top3().rotate_left(1);
        Ok(())
    }

    pub(super) fn get_global(&mut self, global: u16) -> Step {
        self.copy_global(global);
        Ok(())
    }

    pub(super) fn set_global(&mut self, global: u16) -> Step {
        self.pop_to_global(global)
    }

    pub(super) fn get_slot(&mut self, slot: u16) -> Step {
        self.copy_slot(slot);
        Ok(())
    }

    pub(super) fn set_slot(&mut self, slot: u16) -> Step {
        self.pop_to_slot(slot);
        Ok(())
    }
}
