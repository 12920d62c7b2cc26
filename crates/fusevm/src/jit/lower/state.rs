//! What is known of slots and operands, and how they are kept.

use std::collections::BTreeMap;
use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::exits::Exit;
use super::{Lowering, Pair, Refusal, Role, TRUSTED};
use crate::jit::unit::Frame;
use crate::op::{Op, OperandKind, OperandValue};
use crate::semantics::Dialect;
use crate::value;

/// Bytes of a value in memory, and where its payload is.
pub(super) const SIZE: i32 = 16;
pub(super) const PAYLOAD: i32 = 8;

/// What is known of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Undef,
    /// A truth value, kept as an integer that is 0 or 1.
    Bool,
    Int,
    Float,
    /// A number of AWK: a double, which in memory is an integer if it is a whole number that doubles
    /// count exactly, and else not. Integers among the values of AWK are such ones, too.
    Number,
    /// Nothing is: it is in its place in the machine's memory.
    Any,
    /// That of a slot of which nothing is known but that it owns nothing: it is in its place, too.
    Plain,
    /// That of an operand whose place is empty, as it was pushed to be read alone: nothing is known,
    /// and it is where it comes from. At the start of a block there are none.
    Lent(Source),
}

/// Where an operand comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Slot(u16),
    Constant(u16),
}

impl Kind {
    /// How a value that is read from memory is kept.
    pub(super) fn of(dialect: Dialect, kind: value::Kind) -> Self {
        match (kind, dialect) {
            (value::Kind::Undef, _) => Kind::Undef,
            (value::Kind::Bool, _) => Kind::Bool,
            (value::Kind::Int, _) => Kind::Int,
            (value::Kind::Float, Dialect::Contract) => Kind::Float,
            (value::Kind::Float, Dialect::Awk) => Kind::Number,
            _ => Kind::Any,
        }
    }

    /// The tag in memory; `None` when it is not known.
    fn tag(self) -> Option<value::Kind> {
        Some(match self {
            Kind::Undef => value::Kind::Undef,
            Kind::Bool => value::Kind::Bool,
            Kind::Int => value::Kind::Int,
            Kind::Float => value::Kind::Float,
            Kind::Number | Kind::Any | Kind::Plain | Kind::Lent(_) => return None,
        })
    }

    /// The type of the machine value that such a value is, if it is one.
    pub(super) fn machine_type(self) -> Option<types::Type> {
        match self {
            Kind::Bool | Kind::Int => Some(types::I64),
            Kind::Float | Kind::Number => Some(types::F64),
            Kind::Undef | Kind::Any | Kind::Plain | Kind::Lent(_) => None,
        }
    }

    /// Whether it is in its place in memory.
    pub(super) fn is_in_memory(self) -> bool {
        matches!(self, Kind::Any | Kind::Plain)
    }

    /// What holds of a slot that is of either kind.
    fn join(self, other: Kind) -> Kind {
        match (self, other) {
            _ if self == other => self,
            (Kind::Int, Kind::Number) | (Kind::Number, Kind::Int) => Kind::Number,
            (Kind::Any | Kind::Lent(_), _) | (_, Kind::Any | Kind::Lent(_)) => Kind::Any,
            _ => Kind::Plain,
        }
    }

    /// What holds of an operand that is of either kind.
    fn join_operand(self, other: Kind) -> Kind {
        match self.join(other) {
            Kind::Plain => Kind::Any,
            both => both,
        }
    }
}

/// A variable of the program that may hold an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holder {
    Slot(usize),
    Global(usize),
}

impl Holder {
    /// The slots and globals that an operation names.
    pub(super) fn named_by(op: Op) -> impl Iterator<Item = Holder> {
        op.operands()
            .filter_map(|(info, value)| match (info.kind, value) {
                (OperandKind::Slot, OperandValue::UInt(slot)) => Some(Holder::Slot(slot as usize)),
                (OperandKind::Global, OperandValue::UInt(global)) => {
                    Some(Holder::Global(global as usize))
                }
                _ => None,
            })
    }
}

/// An array whose elements are stored without tags, and where they are is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KnownArray {
    /// The kind of the elements, if there are any.
    pub(super) elements: Kind,
    /// Whether it has no other owner, so that it may be written.
    pub(super) is_only: bool,
}

/// What is known at a place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct State {
    /// The slots that the loop names.
    pub(super) slots: BTreeMap<usize, Kind>,
    /// The operands that the loop has pushed.
    pub(super) operands: Vec<Kind>,
    /// The arrays whose parts are in variables.
    pub(super) arrays: BTreeMap<Holder, KnownArray>,
}

impl State {
    /// What holds of both.
    ///
    /// # Errors
    /// When they have not as many operands.
    pub(super) fn join(&self, other: &State) -> Result<State, Refusal> {
        if self.operands.len() != other.operands.len() {
            return Err("its passes leave operands");
        }
        let slots = self.slots.iter();
        Ok(State {
            slots: slots
                .map(|(&slot, kind)| (slot, kind.join(other.slots[&slot])))
                .collect(),
            operands: (self.operands.iter().zip(&other.operands))
                .map(|(a, b)| a.join_operand(*b))
                .collect(),
            arrays: (self.arrays.iter())
                .filter_map(|(&holder, &a)| {
                    let b = other.arrays.get(&holder)?;
                    let both = KnownArray {
                        is_only: a.is_only && b.is_only,
                        ..a
                    };
                    (a.elements == b.elements).then_some((holder, both))
                })
                .collect(),
        })
    }
}

impl Lowering<'_, '_> {
    /// What is known of a slot.
    pub(super) fn slot(&self, slot: u16) -> Kind {
        self.state.slots[&usize::from(slot)]
    }

    fn pair(&mut self) -> Pair {
        Pair {
            int: self.builder.declare_var(types::I64),
            float: self.builder.declare_var(types::F64),
        }
    }

    fn slot_pair(&mut self, slot: usize) -> Pair {
        if let Some(&pair) = self.slots.get(&slot) {
            return pair;
        }
        let pair = self.pair();
        self.slots.insert(slot, pair);
        pair
    }

    fn operand_pair(&mut self, at: usize) -> Pair {
        while self.operands.len() <= at {
            let pair = self.pair();
            self.operands.push(pair);
        }
        self.operands[at]
    }

    /// The machine value of a slot, if it has one.
    pub(super) fn slot_value(&mut self, slot: usize) -> Option<Value> {
        let pair = self.slot_pair(slot);
        self.machine_value(self.state.slots[&slot], pair)
    }

    /// The machine value of the operand at position `at` from below, if it has one.
    pub(super) fn operand_value(&mut self, at: usize) -> Option<Value> {
        let pair = self.operand_pair(at);
        self.machine_value(self.state.operands[at], pair)
    }

    fn machine_value(&mut self, kind: Kind, pair: Pair) -> Option<Value> {
        match kind {
            Kind::Bool | Kind::Int => Some(self.builder.use_var(pair.int)),
            Kind::Float | Kind::Number => Some(self.builder.use_var(pair.float)),
            Kind::Undef | Kind::Any | Kind::Plain | Kind::Lent(_) => None,
        }
    }

    fn define(&mut self, pair: Pair, kind: Kind, value: Option<Value>) {
        match (kind, value) {
            (Kind::Bool | Kind::Int, Some(value)) => self.builder.def_var(pair.int, value),
            (Kind::Float | Kind::Number, Some(value)) => self.builder.def_var(pair.float, value),
            _ => {}
        }
    }

    /// Makes a value that is kept as `from` one that is kept as `to`.
    pub(super) fn converted(
        &mut self,
        from: Kind,
        to: Kind,
        value: Option<Value>,
    ) -> Option<Value> {
        match (from, to, value) {
            (Kind::Int, Kind::Number, Some(n)) => {
                Some(self.builder.ins().fcvt_from_sint(types::F64, n))
            }
            _ => value,
        }
    }

    /// Makes `value` what a slot holds. What it held before is plain.
    pub(super) fn set_slot(&mut self, slot: usize, kind: Kind, value: Option<Value>) {
        self.define_slot(slot, kind, value);
        // An exit that goes back to before the slot's frame was made does not know it.
        let is_known = |exit: &Exit| exit.state.slots.contains_key(&slot);
        if self.exit.as_ref().is_some_and(is_known) {
            self.has_effect();
        }
        self.state.slots.insert(slot, kind);
        self.state.arrays.remove(&Holder::Slot(slot));
    }

    pub(super) fn define_slot(&mut self, slot: usize, kind: Kind, value: Option<Value>) {
        let pair = self.slot_pair(slot);
        self.define(pair, kind, value);
    }

    pub(super) fn define_operand(&mut self, at: usize, kind: Kind, value: Option<Value>) {
        let pair = self.operand_pair(at);
        self.define(pair, kind, value);
    }

    /// Pushes an operand.
    pub(super) fn push(&mut self, kind: Kind, value: Option<Value>) {
        let at = self.state.operands.len();
        self.define_operand(at, kind, value);
        self.state.operands.push(kind);
        self.grow = self.grow.max(self.state.operands.len());
    }

    pub(super) fn push_int(&mut self, value: Value) {
        self.push(Kind::Int, Some(value));
    }

    /// Pushes a condition.
    pub(super) fn push_bool(&mut self, condition: Value) {
        let truth = self.builder.ins().uextend(types::I64, condition);
        self.push(Kind::Bool, Some(truth));
    }

    /// What is known of the operand that has `above` others on top.
    ///
    /// # Errors
    /// When the loop did not push it.
    pub(super) fn kind(&self, above: usize) -> Result<Kind, Refusal> {
        let operands = &self.state.operands[self.scope.floor..];
        let at = operands.len().checked_sub(above + 1);
        at.map(|at| operands[at])
            .ok_or("it takes operands from before it")
    }

    /// The machine value of the operand that has `above` others on top, if it has one.
    pub(super) fn value(&mut self, above: usize) -> Option<Value> {
        let at = self.state.operands.len() - above - 1;
        self.operand_value(at)
    }

    /// Removes operands.
    pub(super) fn pop(&mut self, count: usize) {
        let left = self.state.operands.len().saturating_sub(count);
        self.state.operands.truncate(left);
    }

    /// The address of slot 0. Not kept in a register where it is needed in unlikely cases alone.
    pub(super) fn slot_place(&mut self) -> Value {
        match self.role {
            Role::Function(_) => self.builder.block_params(self.entry)[1],
            Role::Loop | Role::Stub(_) => self.load_field(offset_of!(Frame, slots)),
        }
    }

    /// The address of operand 0.
    pub(super) fn operand_place(&mut self) -> Value {
        match self.role {
            Role::Function(_) => self.builder.block_params(self.entry)[2],
            Role::Loop | Role::Stub(_) => self.load_field(offset_of!(Frame, operands)),
        }
    }

    /// The address of the first global.
    pub(super) fn global_place(&mut self) -> Value {
        self.load_field(offset_of!(Frame, globals))
    }

    /// Writes a value that is known, or lent, to its place in memory, over a plain one.
    pub(super) fn store(&mut self, kind: Kind, value: Option<Value>, base: Value, at: usize) {
        if let (Kind::Number, Some(number)) = (kind, value) {
            return self.store_number(number, base, at);
        }
        if let Kind::Lent(source) = kind {
            return self.copy_lent(source, (base, at));
        }
        let Some(tag) = kind.tag() else { return };
        let offset = SIZE * at as i32;
        let mut word = self.builder.ins().iconst(types::I64, tag as i64);
        if let (Kind::Bool, Some(truth)) = (kind, value) {
            // The payload of a truth value is byte 1.
            let shifted = self.builder.ins().ishl_imm_u(truth, 8);
            word = self.builder.ins().bor(word, shifted);
        }
        self.builder.ins().store(TRUSTED, word, base, offset);
        if let (Kind::Int | Kind::Float, Some(value)) = (kind, value) {
            self.builder
                .ins()
                .store(TRUSTED, value, base, offset + PAYLOAD);
        }
    }

    /// Reads the machine value of a value of a known kind from memory.
    pub(super) fn load(&mut self, kind: Kind, base: Value, at: usize) -> Option<Value> {
        let offset = SIZE * at as i32;
        match kind {
            Kind::Int => Some(
                self.builder
                    .ins()
                    .load(types::I64, TRUSTED, base, offset + PAYLOAD),
            ),
            Kind::Float => Some(self.builder.ins().load(
                types::F64,
                TRUSTED,
                base,
                offset + PAYLOAD,
            )),
            Kind::Bool => {
                let truth = self
                    .builder
                    .ins()
                    .load(types::I8, TRUSTED, base, offset + 1);
                Some(self.builder.ins().uextend(types::I64, truth))
            }
            Kind::Number => Some(self.load_number(base, at)),
            Kind::Undef | Kind::Any | Kind::Plain | Kind::Lent(_) => None,
        }
    }

    /// Whether the value in memory is of a known kind.
    pub(super) fn has_kind(&mut self, kind: Kind, base: Value, at: usize) -> Value {
        match kind {
            Kind::Int if self.is_awk() => self.is_exact_in_memory(base, at),
            Kind::Number => self.is_number_in_memory(base, at),
            Kind::Plain => self.is_plain(base, at),
            _ => self.has_tag(kind.tag().unwrap_or(value::Kind::Undef), base, at),
        }
    }

    /// Whether the value in memory has a tag.
    pub(super) fn has_tag(&mut self, tag: value::Kind, base: Value, at: usize) -> Value {
        let found = self.tag(base, at);
        self.builder
            .ins()
            .icmp_imm_s(IntCC::Equal, found, tag as i64)
    }

    /// Whether the value in memory owns nothing, so that it may be overwritten.
    pub(super) fn is_plain(&mut self, base: Value, at: usize) -> Value {
        let last = value::Kind::Float as i64;
        let found = self.tag(base, at);
        self.builder
            .ins()
            .icmp_imm_s(IntCC::UnsignedLessThanOrEqual, found, last)
    }

    pub(super) fn tag(&mut self, base: Value, at: usize) -> Value {
        let offset = SIZE * at as i32;
        self.builder.ins().load(types::I8, TRUSTED, base, offset)
    }

    /// Writes all operands that are known or lent to memory, and says where their end is.
    pub(super) fn store_operands(&mut self) {
        self.store_operand_values();
        self.store_top();
    }

    /// Says where the end of the operands is.
    pub(super) fn store_top(&mut self) {
        let base = self.operand_place();
        let height = i64::from(SIZE) * self.state.operands.len() as i64;
        let top = self.builder.ins().iadd_imm_s(base, height);
        self.store_field(offset_of!(Frame, sp), top);
    }

    /// Writes all operands of the frame that are known or lent to memory.
    pub(super) fn store_operand_values(&mut self) {
        let own = self.scope.floor..self.state.operands.len();
        if own.is_empty() {
            return;
        }
        let base = self.operand_place();
        for at in own {
            let value = self.operand_value(at);
            self.store(self.state.operands[at], value, base, at);
        }
    }

    pub(super) fn store_field(&mut self, offset: usize, value: Value) {
        let frame = self.frame;
        self.builder
            .ins()
            .store(TRUSTED, value, frame, offset as i32);
    }

    pub(super) fn load_field(&mut self, offset: usize) -> Value {
        let (frame, pointer) = (self.frame, self.pointer);
        self.builder
            .ins()
            .load(pointer, TRUSTED, frame, offset as i32)
    }

    /// Takes notice of where operand 0 is, when there are so many operands.
    pub(super) fn find_operands(&mut self, count: usize) {
        let top = self.load_field(offset_of!(Frame, sp));
        let height = i64::from(SIZE) * count as i64;
        let base = self.builder.ins().iadd_imm_s(top, -height);
        self.store_field(offset_of!(Frame, operands), base);
    }
}
