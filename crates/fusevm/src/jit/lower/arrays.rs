//! Elements of arrays that hold values of one kind without tags.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::state::{Kind, PAYLOAD, SIZE};
use super::{Lowering, Refusal, TRUSTED};
use crate::op::Op;
use crate::value::{self, array_layout as layout};

/// An array in memory, whose elements are likely to be of a kind.
#[derive(Clone, Copy)]
struct Array {
    base: Value,
    at: usize,
    elements: Kind,
    storage: u64,
}

impl Lowering<'_, '_> {
    pub(super) fn array_get(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        let Some(array) = self.array(op).filter(|_| self.kind(0) == Ok(Kind::Int)) else {
            return self.carry_out(at, op);
        };
        let Some(index) = self.value(0) else {
            return self.carry_out(at, op);
        };
        let pointer = self.array_pointer(array, |lowering, is_so| lowering.guard(is_so, at));
        let Some(is_inside) = self.is_inside(pointer, index) else {
            return self.carry_out(at, op);
        };
        self.guard(is_inside, at);
        let Some(place) = self.element_place(array, pointer, index) else {
            return self.carry_out(at, op);
        };
        let element = match array.elements {
            Kind::Float => self.builder.ins().load(types::F64, TRUSTED, place, 0),
            Kind::Int => self.builder.ins().load(types::I64, TRUSTED, place, 0),
            _ => self.builder.ins().uload8(types::I64, TRUSTED, place, 0),
        };
        self.pop(1);
        self.push(array.elements, Some(element));
        Ok(())
    }

    pub(super) fn array_set(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        let kinds = (self.kind(1)?, self.kind(0)?);
        let array = self.array(op);
        let Some(array) = array.filter(|array| kinds == (array.elements, Kind::Int)) else {
            return self.carry_out(at, op);
        };
        let Some((element, index)) = self.value(1).zip(self.value(0)) else {
            return self.carry_out(at, op);
        };
        // Arrays start empty, without a kind of elements, and grow by assignments behind their end.
        let mut short = self.short_way();
        let pointer =
            self.array_pointer(array, |lowering, is_so| lowering.only_if(&mut short, is_so));
        let owners = self.word(pointer, layout::OWNERS);
        let is_only = self.builder.ins().icmp_imm_s(IntCC::Equal, owners, 1);
        self.only_if(&mut short, is_only);
        let place = match self.is_inside(pointer, index) {
            Some(is_inside) => {
                self.only_if(&mut short, is_inside);
                self.element_place(array, pointer, index)
            }
            None => None,
        };
        let place = place.ok_or("arrays are not what they are known as")?;
        if array.elements == Kind::Bool {
            self.builder.ins().istore8(TRUSTED, element, place, 0);
        } else {
            self.builder.ins().store(TRUSTED, element, place, 0);
        }
        self.or_carry_out(short, at, op)
    }

    pub(super) fn array_len(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        let Some(array) = self.array(op) else {
            return self.carry_out(at, op);
        };
        let pointer = self.array_pointer(array, |lowering, is_so| lowering.guard(is_so, at));
        let Some(len) = self.live_len(pointer) else {
            return self.carry_out(at, op);
        };
        self.push(Kind::Int, Some(len));
        Ok(())
    }

    /// The array that an operation names, if it is one that has native code now.
    fn array(&mut self, op: Op) -> Option<Array> {
        let (holder, base, at) = match op {
            Op::SlotArrayGet(slot) | Op::SlotArraySet(slot) => {
                if self.slot(slot) != Kind::Any {
                    return None;
                }
                let at = usize::from(slot);
                (self.place.slots.get(at)?, self.slot_place(), at)
            }
            Op::ArrayGet(global) | Op::ArraySet(global) | Op::ArrayLen(global) => {
                let holder = self.place.globals.get(usize::from(global))?;
                let at = self.global(global);
                (holder, self.global_place(), at)
            }
            _ => return None,
        };
        let value::Value::Array(array) = holder else {
            return None;
        };
        let elements = layout::packed_kind(array)?;
        Some(Array {
            base,
            at,
            elements: Kind::of(elements),
            storage: layout::storage(elements)?,
        })
    }

    /// Where an array keeps its parts, if it is what it is likely to be, of which `check` makes sure.
    fn array_pointer(&mut self, array: Array, mut check: impl FnMut(&mut Self, Value)) -> Value {
        let is_array = self.has_tag(value::Kind::Array, array.base, array.at);
        check(self, is_array);
        let offset = SIZE * array.at as i32 + PAYLOAD;
        let pointer = self.pointer;
        let pointer = self
            .builder
            .ins()
            .load(pointer, TRUSTED, array.base, offset);
        let offset = layout::STORAGE as i32;
        let storage = self
            .builder
            .ins()
            .load(types::I64, TRUSTED, pointer, offset);
        let is_so = self
            .builder
            .ins()
            .icmp_imm_s(IntCC::Equal, storage, array.storage as i64);
        check(self, is_so);
        pointer
    }

    /// Whether there is an element at `index`.
    fn is_inside(&mut self, pointer: Value, index: Value) -> Option<Value> {
        let len = self.live_len(pointer)?;
        Some(self.builder.ins().icmp(IntCC::UnsignedLessThan, index, len))
    }

    /// The address of an element, which is there.
    fn element_place(&mut self, array: Array, pointer: Value, index: Value) -> Option<Value> {
        let (start, _) = layout::vector()?;
        let head = self.word(pointer, layout::HEAD);
        let start = self.word(pointer, start);
        let mut offset = self.builder.ins().iadd(head, index);
        if array.elements != Kind::Bool {
            offset = self.builder.ins().ishl_imm_u(offset, 3);
        }
        Some(self.builder.ins().iadd(start, offset))
    }

    /// How many elements there are.
    fn live_len(&mut self, pointer: Value) -> Option<Value> {
        let (_, len) = layout::vector()?;
        let len = self.word(pointer, len);
        let head = self.word(pointer, layout::HEAD);
        Some(self.builder.ins().isub(len, head))
    }

    fn word(&mut self, pointer: Value, offset: usize) -> Value {
        let word = self.pointer;
        self.builder
            .ins()
            .load(word, TRUSTED, pointer, offset as i32)
    }
}
