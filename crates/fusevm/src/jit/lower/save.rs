//! What lives across calls.
//!
//! A call changes all registers for doubles. The register allocator keeps a value that lives across
//! one in memory, and it chooses for all of an outer loop at once: a sum of an inner loop would go through memory on each
//! pass because the outer loop has a call. So around calls that are not in the innermost loops doubles are
//! written to memory and read back as new values, and no value lives across the call.

use std::collections::BTreeMap;

use cranelift_codegen::ir::{Inst, InstBuilder, StackSlot, StackSlotData, StackSlotKind, types};
use cranelift_frontend::{FunctionBuilder, Variable};

use super::region::Region;
use super::{Lowering, Pair};
use crate::jit::native::Place;

/// From where to where the loops are that a region contains.
pub(super) fn loops(place: &Place<'_>, region: &Region) -> BTreeMap<usize, usize> {
    let ops = &place.chunk.ops;
    let members = region.members.iter();
    let backward = members.filter_map(|&at| ops[at].target().map(|target| (target, at)));
    // In ascending order: the last jump back to a head is what remains.
    backward
        .filter(|(target, at)| target <= at && region.members.contains(target))
        .collect()
}

impl Lowering<'_, '_> {
    /// Whether the operation at `at` is in fewer loops than others.
    pub(super) fn is_outside_loops(&self, at: usize) -> bool {
        (self.loops.iter()).any(|(&start, &end)| !(start..=end).contains(&at))
    }

    /// Makes a call that `emit` makes.
    pub(super) fn call_saving(
        &mut self,
        emit: impl FnOnce(&mut FunctionBuilder<'_>) -> Inst,
    ) -> Inst {
        if !self.saves {
            return emit(&mut self.builder);
        }
        let slots = self.state.slots.iter();
        let slots = slots.map(|(slot, kind)| (self.slots.get(slot), kind));
        let operands = self.operands.iter().map(Some).zip(&self.state.operands);
        let doubles = slots
            .chain(operands)
            .filter(|(_, kind)| kind.machine_type() == Some(types::F64));
        let doubles: Vec<Variable> = doubles
            .filter_map(|(pair, _)| pair.map(|pair: &Pair| pair.float))
            .collect();
        let pointer = self.pointer;
        let mut saved = Vec::with_capacity(doubles.len());
        for double in doubles {
            let slot = self.saved_in(double);
            let value = self.builder.use_var(double);
            self.builder.ins().stack_store(pointer, value, slot, 0);
            saved.push((double, slot));
        }
        let call = emit(&mut self.builder);
        for (double, slot) in saved {
            let value = self.builder.ins().stack_load(pointer, types::F64, slot, 0);
            self.builder.def_var(double, value);
        }
        call
    }

    fn saved_in(&mut self, double: Variable) -> StackSlot {
        if let Some(&slot) = self.saved.get(&double.as_u32()) {
            return slot;
        }
        let bytes = StackSlotData::new(StackSlotKind::ExplicitSlot, 8, 3);
        let slot = self.builder.create_sized_stack_slot(bytes);
        self.saved.insert(double.as_u32(), slot);
        slot
    }
}
