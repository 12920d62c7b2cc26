//! What lives across calls.
//!
//! A call changes all registers for doubles. The register allocator keeps a value that lives across
//! one in memory, and it chooses for all of an outer loop at once: a sum of an inner loop would go through memory on each
//! pass because the outer loop has a call. So around calls that are not in the innermost loops doubles are
//! written to memory and read back as new values, and no value lives across the call.

use cranelift_codegen::ir::{Inst, InstBuilder, StackSlot, StackSlotData, StackSlotKind, types};
use cranelift_frontend::{FunctionBuilder, Variable};

use super::arrays::Parts;
use super::{Lowering, Pair};

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
        let pointer = self.pointer;
        let mut saved = Vec::new();
        for variable in self.live_variables() {
            let slot = self.saved_in(variable);
            let value = self.builder.use_var(variable);
            self.builder.ins().stack_store(pointer, value, slot, 0);
            saved.push((variable, self.builder.func.dfg.value_type(value), slot));
        }
        let call = emit(&mut self.builder);
        for (variable, kind, slot) in saved {
            let value = self.builder.ins().stack_load(pointer, kind, slot, 0);
            self.builder.def_var(variable, value);
        }
        call
    }

    /// The variables of what is known here.
    fn live_variables(&self) -> Vec<Variable> {
        let slots = self.state.slots.iter();
        let slots = slots.map(|(slot, kind)| (self.slots.get(slot), kind));
        let operands = self.operands.iter().map(Some).zip(&self.state.operands);
        let values = slots.chain(operands).filter_map(|(pair, kind)| {
            let Pair { int, float } = *pair?;
            kind.machine_type()
                .map(|kind| if kind == types::F64 { float } else { int })
        });
        let arrays = self.state.arrays.keys().flat_map(|holder| {
            let Parts { elements, len } = self.arrays[holder];
            [elements, len]
        });
        values.chain(arrays).collect()
    }

    fn saved_in(&mut self, variable: Variable) -> StackSlot {
        if let Some(&slot) = self.saved.get(&variable.as_u32()) {
            return slot;
        }
        let bytes = StackSlotData::new(StackSlotKind::ExplicitSlot, 8, 3);
        let slot = self.builder.create_sized_stack_slot(bytes);
        self.saved.insert(variable.as_u32(), slot);
        slot
    }
}
