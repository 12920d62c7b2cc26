//! Constants, stack shuffling, globals and slots.

use super::regs::{Regs, Step};
use crate::value::Value;

impl Regs<'_, '_> {
    #[inline(always)]
    pub(super) fn load(&mut self, value: Value) -> Step {
        self.push(value);
        Ok(())
    }

    #[inline(always)]
    pub(super) fn load_const(&mut self, index: u16) -> Step {
        let value = self.constant(index);
        self.push_copy(value);
        Ok(())
    }

    #[inline(always)]
    pub(super) fn pop_void(&mut self) -> Step {
        self.discard();
        Ok(())
    }

    #[inline(always)]
    pub(super) fn dup(&mut self) -> Step {
        let value = self.top().clone();
        self.load(value)
    }

    #[inline(always)]
    pub(super) fn dup2(&mut self) -> Step {
        let (a, b) = self.top2();
        let (a, b) = (a.clone(), b.clone());
        self.push(a);
        self.load(b)
    }

    #[inline(always)]
    pub(super) fn swap(&mut self) -> Step {
        let (a, b) = self.top2();
        std::mem::swap(a, b);
        Ok(())
    }

    #[inline(always)]
    pub(super) fn rot(&mut self) -> Step {
        self.top3().rotate_left(1);
        Ok(())
    }

    #[inline(always)]
    pub(super) fn get_global(&mut self, global: u16) -> Step {
        self.copy_global(global);
        Ok(())
    }

    #[inline(always)]
    pub(super) fn set_global(&mut self, global: u16) -> Step {
        let value = self.pop();
        self.store_global(global, value)
    }

    #[inline(always)]
    pub(super) fn get_slot(&mut self, slot: u16) -> Step {
        self.copy_slot(slot);
        Ok(())
    }

    #[inline(always)]
    pub(super) fn set_slot(&mut self, slot: u16) -> Step {
        let value = self.pop();
        self.store_slot(slot, value);
        Ok(())
    }
}
