//! Elements of arrays: of those that hold values of one kind without tags, and of others.
//!
//! Where the elements of such an array are, and how many, is kept in variables from the first
//! operation on it until one that may change that.

use std::collections::BTreeSet;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use cranelift_frontend::Variable;

use super::control::ShortWay;
use super::state::{Holder, Kind, KnownArray, PAYLOAD, SIZE};
use super::{Lowering, Refusal, TRUSTED};
use crate::jit::native::Status;
use crate::jit::place::Place;
use crate::op::Op;
use crate::semantics::Dialect;
use crate::value::{self, array_layout as layout};

/// Where the parts of an array are.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    /// The address of its first element.
    pub(super) elements: Variable,
    pub(super) len: Variable,
}

/// What the operand of an array operation names.
pub(super) fn holder(op: Op) -> Option<Holder> {
    Some(match op {
        Op::SlotArrayGet(slot) | Op::SlotArraySet(slot) => Holder::Slot(usize::from(slot)),
        Op::ArrayGet(global)
        | Op::ArraySet(global)
        | Op::ArrayLen(global)
        | Op::ArrayPush(global) => Holder::Global(usize::from(global)),
        _ => return None,
    })
}

/// What the machine holds there, if native code is made for it.
pub(super) fn observed(place: &Place<'_>, holder: Holder) -> Option<KnownArray> {
    layout::vector()?;
    let dialect = place.chunk.numeric.dialect;
    if dialect == Dialect::Awk {
        // Its arrays are hashes.
        return None;
    }
    let array = match holder {
        Holder::Slot(slot) => place.array_in_slot(slot),
        Holder::Global(global) => place.array_in_global(global),
    }?;
    let elements = match array.packed {
        Some(kind) => Kind::of(dialect, kind),
        // An empty array takes the kind of its first element.
        None if array.is_empty => return None,
        None => Kind::Any,
    };
    Some(KnownArray {
        elements,
        is_only: array.is_only,
    })
}

impl Lowering<'_, '_> {
    pub(super) fn array_get(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        let index = self.index(0)?;
        let Some((holder, array, index)) = self.known_array(at, op).zip(index).map(flat) else {
            return self.any_array_get(at, op);
        };
        if array.elements == Kind::Any {
            return self.general_get(at, op, holder, array, index);
        }
        if !self.is_known_inside(holder, index) {
            let is_inside = self.is_inside(holder, index);
            self.guard(is_inside, at);
            self.know_inside(holder, index);
        }
        let place = self.element(holder, array, index);
        let element = match array.elements {
            Kind::Float => self.builder.ins().load(types::F64, TRUSTED, place, 0),
            Kind::Int => self.builder.ins().load(types::I64, TRUSTED, place, 0),
            _ => self.builder.ins().uload8(types::I64, TRUSTED, place, 0),
        };
        self.pop(1);
        self.push(array.elements, Some(element));
        Ok(())
    }

    /// Replaces the index on top by a copy of an element that may be of any kind.
    fn general_get(
        &mut self,
        at: usize,
        op: Op,
        holder: Holder,
        array: KnownArray,
        index: Value,
    ) -> Result<(), Refusal> {
        self.in_its_frame()?;
        self.settle(1);
        let mut short = self.short_way();
        let is_inside = self.is_inside(holder, index);
        self.only_if(&mut short, is_inside);
        let place = self.element(holder, array, index);
        let to = self.operand_spot(0);
        self.copy((place, 0), to);
        self.pop(1);
        self.push(Kind::Any, None);
        self.or_carry_out_on(short, at, op, holder)
    }

    pub(super) fn array_set(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        let (kind, index) = (self.kind(1)?, self.index(0)?);
        let expected = self.expected_array(op);
        let is_good = |&(_, array): &(Holder, KnownArray)| {
            array.elements == kind || array.elements == Kind::Any
        };
        let Some((index, (holder, array))) = index.zip(expected.filter(is_good)) else {
            return self.any_array_set(at, op);
        };
        self.learn_expected(holder, array, at);
        let is_general = array.elements == Kind::Any;
        if is_general {
            self.in_its_frame()?;
        }
        if let (false, Some(element)) = (is_general, self.value(1))
            && array.is_only
            && self.is_known_inside(holder, index)
        {
            self.has_effect();
            let place = self.element(holder, array, index);
            self.put(array, element, place);
            self.pop(2);
            return Ok(());
        }
        // A value that is lent may be the array itself, which has another owner then.
        self.settle(1);
        // Arrays grow by assignments behind their end.
        let mut short = self.short_way();
        self.only_if_owner(&mut short, holder, array);
        let is_inside = self.is_inside(holder, index);
        self.only_if(&mut short, is_inside);
        let place = self.element(holder, array, index);
        match self.value(1) {
            Some(element) if !is_general => self.put(array, element, place),
            _ => {
                self.release(&mut short, (place, 0));
                self.hand_over(1, (place, 0))?;
            }
        }
        self.pop(2);
        self.or_carry_out_on(short, at, op, holder)
    }

    pub(super) fn array_push(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        let kind = self.kind(0)?;
        let expected = self.expected_array(op);
        let is_good = |&(_, array): &(Holder, KnownArray)| {
            array.elements == Kind::Any || array.elements == kind && kind.machine_type().is_some()
        };
        let expected = expected.filter(is_good);
        let Some(((holder, array), vector)) = expected.zip(layout::vector()) else {
            return self.any_array_push(at, op);
        };
        let Some(storage) = storage(array) else {
            return self.any_array_push(at, op);
        };
        let is_general = array.elements == Kind::Any;
        if is_general {
            self.in_its_frame()?;
        }
        self.learn_expected(holder, array, at);
        self.settle(1);
        let mut short = self.short_way();
        self.only_if_owner(&mut short, holder, array);
        let parts = self.arrays[&holder];
        let object = self.object(holder);
        // An empty array takes the kind of its first element.
        let found = self.word(object, layout::STORAGE);
        let is_so = self.builder.ins().icmp_imm_s(IntCC::Equal, found, storage);
        self.only_if(&mut short, is_so);
        let [stored, capacity] = [vector.len, vector.capacity].map(|at| self.word(object, at));
        let has_room = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedLessThan, stored, capacity);
        self.only_if(&mut short, has_room);
        let len = self.builder.use_var(parts.len);
        let place = self.element(holder, array, len);
        match self.value(0) {
            Some(element) if !is_general => self.put(array, element, place),
            _ => self.hand_over(0, (place, 0))?,
        }
        let one_more = self.builder.ins().iadd_imm_s(stored, 1);
        let offset = vector.len as i32;
        self.builder.ins().store(TRUSTED, one_more, object, offset);
        let len = self.builder.ins().iadd_imm_s(len, 1);
        self.builder.def_var(parts.len, len);
        self.pop(1);
        self.or_carry_out_on(short, at, op, holder)
    }

    pub(super) fn array_len(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        let Some((holder, _)) = self.known_array(at, op) else {
            return self.carry_out(at, op);
        };
        let len = self.builder.use_var(self.arrays[&holder].len);
        self.push(Kind::Int, Some(len));
        Ok(())
    }

    /// The index that has `above` other operands on top, if it is a number. Doubles are truncated.
    pub(super) fn index(&mut self, above: usize) -> Result<Option<Value>, Refusal> {
        let (kind, value) = (self.kind(above)?, self.value(above));
        Ok(match (kind, value) {
            (Kind::Int, index) => index,
            (Kind::Float | Kind::Number, Some(index)) => {
                Some(self.builder.ins().fcvt_to_sint_sat(types::I64, index))
            }
            _ => None,
        })
    }

    /// The array that the operation at `at` names, if it is known or likely to be known.
    fn known_array(&mut self, at: usize, op: Op) -> Option<(Holder, KnownArray)> {
        let (holder, array) = self.expected_array(op)?;
        self.learn_expected(holder, array, at);
        Some((holder, array))
    }

    /// The array that an operation names, if it is known or likely to be one that is known.
    fn expected_array(&self, op: Op) -> Option<(Holder, KnownArray)> {
        let holder = holder(op)?;
        if let Some(&known) = self.state.arrays.get(&holder) {
            return Some((holder, known));
        }
        let expected = KnownArray {
            is_only: false,
            ..self.likely_array(holder)?
        };
        Some((holder, expected))
    }

    /// The array that was there when the code was made, where it can be there now.
    fn likely_array(&self, holder: Holder) -> Option<KnownArray> {
        let is_there = match holder {
            // What is in the slots of a function is not known before it is called.
            Holder::Slot(slot) => {
                !self.is_in_function() && self.state.slots.get(&slot) == Some(&Kind::Any)
            }
            Holder::Global(_) => true,
        };
        observed(self.place, holder).filter(|_| is_there)
    }

    /// On the way into the loop that starts with the operation at `head`, which is from outside and about
    /// to go on at `at`: looks at the arrays that it reads and writes, so that it does not have to itself.
    pub(super) fn learn_for_loop(&mut self, head: usize, at: usize) {
        let Some(&end) = self.loops.get(&head) else {
            return;
        };
        let ops = &self.place.chunk.ops[head..=end];
        let holders: BTreeSet<Holder> = ops.iter().filter_map(|&op| holder(op)).collect();
        for array in holders {
            // Who does something else to it may make it another one.
            let names_it = |&&op: &&Op| Holder::named_by(op).any(|named| named == array);
            let is_kept = ops
                .iter()
                .filter(names_it)
                .all(|&op| holder(op) == Some(array));
            if let Some(likely) = self.likely_array(array).filter(|_| is_kept) {
                self.learn_expected(array, likely, at);
            }
        }
    }

    /// Looks whether an array is as expected, unless that is known.
    fn learn_expected(&mut self, holder: Holder, array: KnownArray, at: usize) {
        if !self.state.arrays.contains_key(&holder) {
            self.learn(holder, array, at, Status::Early);
        }
    }

    /// Looks whether there is an array like that, and where its parts are. If there is none, native
    /// code ends before the operation at `at`.
    pub(super) fn learn(&mut self, holder: Holder, array: KnownArray, at: usize, status: Status) {
        let (base, index) = self.place_of(holder);
        let is_array = self.has_tag(value::Kind::Array, base, index);
        self.guard_or(is_array, at, status);
        let object = self.object(holder);
        let (Some(vector), Some(storage)) = (layout::vector(), storage(array)) else {
            return;
        };
        let [stored, head, start, found] =
            [vector.len, layout::HEAD, vector.start, layout::STORAGE]
                .map(|at| self.word(object, at));
        let len = self.builder.ins().isub(stored, head);
        let is_so = self.builder.ins().icmp_imm_s(IntCC::Equal, found, storage);
        let is_empty = self.builder.ins().icmp_imm_s(IntCC::Equal, len, 0);
        let is_so = self.builder.ins().bor(is_so, is_empty);
        self.guard_or(is_so, at, status);
        if array.is_only {
            let is_only = self.is_only(object);
            self.guard_or(is_only, at, status);
        }
        let skipped = self.bytes(array, head);
        let elements = self.builder.ins().iadd(start, skipped);
        let pointer = self.pointer;
        let parts = *self.arrays.entry(holder).or_insert_with(|| {
            let [elements, len] = [(); 2].map(|()| self.builder.declare_var(pointer));
            Parts { elements, len }
        });
        self.builder.def_var(parts.elements, elements);
        self.builder.def_var(parts.len, len);
        self.state.arrays.insert(holder, array);
    }

    /// Where the variables are of which a holder is one, and which it is.
    fn place_of(&mut self, holder: Holder) -> (Value, usize) {
        match holder {
            Holder::Slot(slot) => self.slot_spot(slot),
            Holder::Global(global) => {
                self.globals = self.globals.max(global + 1);
                (self.global_place(), global)
            }
        }
    }

    /// The address of what the holder of an array points to.
    fn object(&mut self, holder: Holder) -> Value {
        let (base, index) = self.place_of(holder);
        self.word(base, SIZE as usize * index + PAYLOAD as usize)
    }

    /// Forgets what an operation of the host may have changed: somebody else may own arrays now.
    pub(super) fn share_arrays(&mut self) {
        for array in self.state.arrays.values_mut() {
            array.is_only = false;
        }
    }

    /// Ends the usual case of an operation that changes an array.
    fn or_carry_out_on(
        &mut self,
        short: ShortWay,
        at: usize,
        op: Op,
        holder: Holder,
    ) -> Result<(), Refusal> {
        let after = self.state.arrays[&holder];
        self.or_carry_out(short, at, op, |lowering| {
            lowering.learn(holder, after, at + 1, Status::Early);
        })
    }

    /// Goes on with the usual case only if the array may be written.
    fn only_if_owner(&mut self, short: &mut ShortWay, holder: Holder, array: KnownArray) {
        if array.is_only {
            return;
        }
        let object = self.object(holder);
        let is_only = self.is_only(object);
        self.only_if(short, is_only);
        let known = KnownArray {
            is_only: true,
            ..array
        };
        self.state.arrays.insert(holder, known);
    }

    fn is_only(&mut self, object: Value) -> Value {
        let owners = self.word(object, layout::OWNERS);
        self.builder.ins().icmp_imm_s(IntCC::Equal, owners, 1)
    }

    /// Whether there is an element at `index`.
    fn is_inside(&mut self, holder: Holder, index: Value) -> Value {
        let len = self.builder.use_var(self.arrays[&holder].len);
        self.builder.ins().icmp(IntCC::UnsignedLessThan, index, len)
    }

    /// Whether somebody has looked already.
    fn is_known_inside(&mut self, holder: Holder, index: Value) -> bool {
        let len = self.builder.use_var(self.arrays[&holder].len);
        self.inside.contains(&(index, len))
    }

    /// Takes notice that there is an element at `index`.
    fn know_inside(&mut self, holder: Holder, index: Value) {
        let len = self.builder.use_var(self.arrays[&holder].len);
        self.inside.push((index, len));
    }

    /// The address of an element.
    fn element(&mut self, holder: Holder, array: KnownArray, index: Value) -> Value {
        let start = self.builder.use_var(self.arrays[&holder].elements);
        let offset = self.bytes(array, index);
        self.builder.ins().iadd(start, offset)
    }

    /// How many bytes so many elements take.
    fn bytes(&mut self, array: KnownArray, count: Value) -> Value {
        match array.elements {
            Kind::Bool => count,
            Kind::Any => self
                .builder
                .ins()
                .ishl_imm_u(count, i64::from(SIZE.ilog2())),
            _ => self.builder.ins().ishl_imm_u(count, 3),
        }
    }

    /// Writes an element to its place.
    fn put(&mut self, array: KnownArray, element: Value, place: Value) {
        if array.elements == Kind::Bool {
            self.builder.ins().istore8(TRUSTED, element, place, 0);
        } else {
            self.builder.ins().store(TRUSTED, element, place, 0);
        }
    }

    fn word(&mut self, pointer: Value, offset: usize) -> Value {
        let word = self.pointer;
        self.builder
            .ins()
            .load(word, TRUSTED, pointer, offset as i32)
    }
}

/// How memory says what the elements are.
fn storage(array: KnownArray) -> Option<i64> {
    let kind = match array.elements {
        Kind::Int => value::Kind::Int,
        Kind::Float => value::Kind::Float,
        Kind::Bool => value::Kind::Bool,
        Kind::Any => return Some(layout::GENERAL as i64),
        Kind::Undef | Kind::Number | Kind::Plain | Kind::Lent(_) => return None,
    };
    layout::storage(kind).map(|storage| storage as i64)
}

fn flat<A, B, C>(((a, b), c): ((A, B), C)) -> (A, B, C) {
    (a, b, c)
}
