//! Elements of arrays that hold values of several kinds, or of which nothing is known.

use std::mem::offset_of;

use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::arrays::holder;
use super::control::ShortWay;
use super::state::{Holder, Kind, PAYLOAD, SIZE};
use super::values::Spot;
use super::{Lowering, Refusal, TRUSTED};
use crate::jit::helpers::Helpers;
use crate::op::Op;

impl Lowering<'_, '_> {
    pub(super) fn any_array_get(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        let Some(array) = self.array_spot(op, 0)? else {
            return self.carry_out(at, op);
        };
        self.settle(1);
        let mut short = self.short_way();
        if let Some(index) = self.any_index(&mut short)? {
            self.release_taken(0)?;
            let array = self.address(array);
            let to = self.operand_spot(0);
            let to = self.address(to);
            let arguments = [array, index, to];
            self.only_if_done(&mut short, offset_of!(Helpers, element), &arguments);
        }
        self.pop(1);
        self.push(Kind::Any, None);
        self.or_carry_out(short, at, op, |_| {})
    }

    pub(super) fn any_array_set(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        let Some(array) = self.array_spot(op, 0)? else {
            return self.carry_out(at, op);
        };
        self.kind(1)?;
        self.settle(1);
        let mut short = self.short_way();
        if let Some(index) = self.any_index(&mut short)? {
            let array = self.address(array);
            let value = self.pointer_to(1)?;
            let arguments = [array, index, value];
            self.only_if_done(&mut short, offset_of!(Helpers, set_element), &arguments);
        }
        self.pop(2);
        self.or_carry_out(short, at, op, |_| {})
    }

    pub(super) fn any_array_push(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        self.kind(0)?;
        self.settle(0);
        let Some(array) = self.array_spot(op, 1)? else {
            return self.carry_out(at, op);
        };
        let mut short = self.short_way();
        let array = self.address(array);
        let value = self.pointer_to(0)?;
        let arguments = [self.frame, array, value];
        self.only_if_done(&mut short, offset_of!(Helpers, push_element), &arguments);
        self.pop(1);
        self.or_carry_out(short, at, op, |_| {})
    }

    /// Where the array of an operation is, unless its index, with `above` operands on top, or what
    /// should be an array are something else for certain.
    fn array_spot(&mut self, op: Op, index: usize) -> Result<Option<Spot>, Refusal> {
        let takes_index = !matches!(op, Op::ArrayPush(_));
        if takes_index && matches!(self.kind(index)?, Kind::Undef | Kind::Bool) {
            return Ok(None);
        }
        Ok(match holder(op) {
            Some(Holder::Slot(slot)) if self.state.slots.get(&slot) == Some(&Kind::Any) => {
                self.in_its_frame()?;
                self.state.arrays.remove(&Holder::Slot(slot));
                Some(self.slot_spot(slot))
            }
            Some(Holder::Global(global)) if self.place.global_kind(global as u16).is_some() => {
                self.in_its_frame()?;
                self.state.arrays.remove(&Holder::Global(global));
                Some(self.global_spot(global as u16))
            }
            _ => None,
        })
    }

    /// The index on top. The usual case goes on only if it is an integer.
    fn any_index(&mut self, short: &mut ShortWay) -> Result<Option<Value>, Refusal> {
        let Some((base, at)) = self.spot(0)? else {
            return self.index(0);
        };
        let is_int = self.has_kind(Kind::Int, base, at);
        self.only_if(short, is_int);
        let offset = SIZE * at as i32 + PAYLOAD;
        let index = self.builder.ins().load(types::I64, TRUSTED, base, offset);
        Ok(Some(index))
    }
}
