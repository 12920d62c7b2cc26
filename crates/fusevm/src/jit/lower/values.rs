//! Values that are not plain: they stay in memory, and are copied, moved and released there.
//!
//! What a slot or constant is pushed for is often to be read by the operation that follows. So
//! pushing it copies nothing: the operand is [lent](Kind::Lent) until something else than to be
//! read happens to it.

use std::mem::{self, offset_of};

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Signature, Value, types};

use super::control::ShortWay;
use super::state::{Holder, Kind, PAYLOAD, SIZE, Source};
use super::{Lowering, Refusal, TRUSTED, function_type};
use crate::jit::helpers::Helpers;
use crate::jit::unit::Frame;
use crate::op::Op;
use crate::value::{self, text_layout as layout};

/// A place in memory: an address, and how many values behind it.
pub(super) type Spot = (Value, usize);

/// The two words of a value.
pub(super) type Words = [Value; 2];

/// Whether an operation deals with operands that are lent. For others they are copied.
pub(super) fn takes_lent(op: Op) -> bool {
    matches!(
        op,
        Op::Nop
            | Op::LoadInt(_)
            | Op::LoadFloat(_)
            | Op::LoadTrue
            | Op::LoadFalse
            | Op::LoadUndef
            | Op::LoadConst(_)
            | Op::GetSlot(_)
            | Op::SetSlot(_)
            | Op::Pop
            | Op::Dup
            | Op::Dup2
            | Op::Swap
            | Op::Rot
            | Op::GetVar(_)
            | Op::SetVar(_)
            | Op::DeclareVar(_)
            | Op::HashExists(_)
            | Op::Inc
            | Op::Dec
            | Op::BitAnd
            | Op::BitOr
            | Op::BitXor
            | Op::Shl
            | Op::Shr
            | Op::JumpIfTrue(_)
            | Op::JumpIfFalse(_)
            | Op::LogNot
            | Op::Concat
            | Op::StringLen
            | Op::StrEq
            | Op::StrNe
            | Op::StrLt
            | Op::StrGt
            | Op::StrLe
            | Op::StrGe
            | Op::HashGet(_)
            | Op::HashSet(_)
            | Op::ArrayGet(_)
            | Op::SlotArrayGet(_)
            | Op::ArraySet(_)
            | Op::SlotArraySet(_)
            | Op::ArrayPush(_)
            | Op::Add
            | Op::Sub
            | Op::Mul
            | Op::Div
            | Op::Mod
            | Op::NumEq
            | Op::NumNe
            | Op::NumLt
            | Op::NumGt
            | Op::NumLe
            | Op::NumGe
    )
}

impl Lowering<'_, '_> {
    /// Pushes what a slot or constant holds.
    pub(super) fn lend(&mut self, source: Source) -> Result<(), Refusal> {
        self.in_its_frame()?;
        if let Source::Slot(slot) = source {
            // A copy would share it.
            self.state.arrays.remove(&Holder::Slot(usize::from(slot)));
        }
        self.push(Kind::Lent(source), None);
        Ok(())
    }

    /// Copies the operands that are lent to their places, except for the `above` top ones.
    pub(super) fn settle(&mut self, above: usize) {
        for at in 0..self.state.operands.len().saturating_sub(above) {
            self.settle_one(at);
        }
    }

    /// Copies the operand at position `at` from below to its place, if it is lent.
    pub(super) fn settle_one(&mut self, at: usize) {
        if let kind @ Kind::Lent(_) = self.state.operands[at] {
            let base = self.operand_place();
            self.store(kind, None, base, at);
            self.state.operands[at] = Kind::Any;
        }
    }

    /// The place of the operand that has `above` others on top.
    pub(super) fn operand_spot(&mut self, above: usize) -> Spot {
        let at = self.state.operands.len() - above - 1;
        (self.operand_place(), at)
    }

    /// Where the operand is that has `above` others on top, if it is in memory.
    pub(super) fn spot(&mut self, above: usize) -> Result<Option<Spot>, Refusal> {
        Ok(match self.kind(above)? {
            Kind::Any => Some(self.operand_spot(above)),
            Kind::Lent(source) => Some(self.source_spot(source)),
            _ => None,
        })
    }

    fn source_spot(&mut self, source: Source) -> Spot {
        match source {
            Source::Slot(slot) => self.slot_spot(usize::from(slot)),
            Source::Constant(index) => {
                let constants = self.load_field(offset_of!(Frame, constants));
                (constants, usize::from(index))
            }
        }
    }

    /// The place of a global, which must exist.
    pub(super) fn global_spot(&mut self, global: u16) -> Spot {
        let at = self.global(global);
        (self.global_place(), at)
    }

    /// The address of a place.
    pub(super) fn address(&mut self, (base, at): Spot) -> Value {
        let offset = i64::from(SIZE) * at as i64;
        self.builder.ins().iadd_imm_s(base, offset)
    }

    /// Calls one of the [`Helpers`].
    pub(super) fn ask(
        &mut self,
        helper: usize,
        arguments: &[Value],
        result: Option<types::Type>,
    ) -> Option<Value> {
        self.has_effect();
        let parameters: Vec<types::Type> = arguments
            .iter()
            .map(|&argument| self.builder.func.dfg.value_type(argument))
            .collect();
        let mut signature = Signature::new(self.convention);
        match result {
            Some(result) => signature = function_type(signature, &parameters, result),
            None => {
                let parameters = parameters.iter();
                let parameters = parameters.map(|&kind| cranelift_codegen::ir::AbiParam::new(kind));
                signature.params.extend(parameters);
            }
        }
        let signature = match self
            .signatures
            .iter()
            .find(|(known, _)| *known == signature)
        {
            Some((_, known)) => *known,
            None => {
                let new = self.builder.import_signature(signature.clone());
                self.signatures.push((signature, new));
                new
            }
        };
        let helpers = self.load_field(offset_of!(Frame, helpers));
        let pointer = self.pointer;
        let helper = self
            .builder
            .ins()
            .load(pointer, TRUSTED, helpers, helper as i32);
        let call =
            self.call_saving(|builder| builder.ins().call_indirect(signature, helper, arguments));
        self.builder.inst_results(call).first().copied()
    }

    /// Goes on with the usual case only if one of the [`Helpers`] did what it is asked for.
    pub(super) fn only_if_done(&mut self, way: &mut ShortWay, helper: usize, arguments: &[Value]) {
        let pointer = self.pointer;
        if let Some(done) = self.ask(helper, arguments, Some(pointer)) {
            let done = self.builder.ins().icmp_imm_s(IntCC::NotEqual, done, 0);
            self.only_if(way, done);
        }
    }

    /// Goes on with the usual case only if a truth is known: 0 or 1.
    pub(super) fn only_if_known(&mut self, way: &mut ShortWay, truth: Value) {
        let is_known = self
            .builder
            .ins()
            .icmp_imm_s(IntCC::UnsignedLessThanOrEqual, truth, 1);
        self.only_if(way, is_known);
    }

    /// The address of the operand that has `above` others on top, which is written to its place if it
    /// is known.
    pub(super) fn pointer_to(&mut self, above: usize) -> Result<Value, Refusal> {
        if let Some(spot) = self.spot(above)? {
            return Ok(self.address(spot));
        }
        let value = self.value(above);
        let (base, at) = self.operand_spot(above);
        self.store(self.state.operands[at], value, base, at);
        Ok(self.address((base, at)))
    }

    /// The words of the value at a place.
    pub(super) fn words(&mut self, (base, at): Spot) -> Words {
        let offset = SIZE * at as i32;
        [0, PAYLOAD].map(|word| {
            self.builder
                .ins()
                .load(types::I64, TRUSTED, base, offset + word)
        })
    }

    pub(super) fn put_words(&mut self, words: Words, (base, at): Spot) {
        let offset = SIZE * at as i32;
        for (word, part) in words.into_iter().zip([0, PAYLOAD]) {
            self.builder.ins().store(TRUSTED, word, base, offset + part);
        }
    }

    /// Whether a copy of a value's words is a copy of the value: not exact, but right for what is
    /// plain and for short texts.
    fn owns_nothing(&mut self, word: Value) -> Value {
        let is_plain = self.is_below(word, value::Kind::Str as i64);
        let is_short = self.is_short_text(word);
        self.builder.ins().bor(is_plain, is_short)
    }

    /// Whether the tag in word 0 of a value is less than another.
    fn is_below(&mut self, word: Value, tag: i64) -> Value {
        let found = self.builder.ins().ireduce(types::I8, word);
        self.builder
            .ins()
            .icmp_imm_s(IntCC::UnsignedLessThan, found, tag)
    }

    /// Whether word 0 of a value is that of a text in place.
    pub(super) fn is_short_text(&mut self, word: Value) -> Value {
        // Behind the tag of a text a length below that which stands for texts elsewhere.
        let is_text = self.has_text_tag(word);
        let length = self
            .builder
            .ins()
            .band_imm_s(word, layout::LENGTH_BITS as i64);
        let bits = layout::LENGTH_BITS as i64;
        let is_short = self.builder.ins().icmp_imm_s(IntCC::NotEqual, length, bits);
        self.builder.ins().band(is_text, is_short)
    }

    pub(super) fn has_text_tag(&mut self, word: Value) -> Value {
        let found = self.builder.ins().ireduce(types::I8, word);
        let tag = value::Kind::Str as i64;
        self.builder.ins().icmp_imm_s(IntCC::Equal, found, tag)
    }

    /// The words of a constant that owns nothing, for the code itself.
    pub(super) fn constant_words(&self, index: u16) -> Option<[u64; 2]> {
        match self.place.chunk.constants.get(usize::from(index))? {
            value::Value::Str(text) => layout::words(text),
            _ => None,
        }
    }

    /// Writes a copy of what is lent to a place, whose content is forgotten.
    pub(super) fn copy_lent(&mut self, source: Source, to: Spot) {
        if let Source::Constant(index) = source
            && let Some(words) = self.constant_words(index)
        {
            let words = words.map(|word| self.builder.ins().iconst(types::I64, word as i64));
            self.put_words(words, to);
            return;
        }
        let from = self.source_spot(source);
        self.copy(from, to);
    }

    /// Writes a copy of a value to a place, whose content is forgotten.
    pub(super) fn copy(&mut self, from: Spot, to: Spot) {
        let words = self.words(from);
        let is_simple = self.owns_nothing(words[0]);
        let [simple, owner] = self.fork(is_simple);
        let behind = self.new_block();
        self.builder.switch_to_block(owner);
        let addresses = [from, to].map(|spot| self.address(spot));
        self.ask(offset_of!(Helpers, copy), &addresses, None);
        self.builder.ins().jump(behind, &[]);
        self.builder.switch_to_block(simple);
        self.put_words(words, to);
        self.builder.ins().jump(behind, &[]);
        self.builder.seal_block(behind);
        self.builder.switch_to_block(behind);
    }

    /// Releases what a place holds, whose content is forgotten. The usual case goes on only if that
    /// is plain or a text.
    pub(super) fn release(&mut self, way: &mut ShortWay, spot: Spot) {
        let [word, _] = self.words(spot);
        let is_simple = self.owns_nothing(word);
        self.unless(is_simple, |lowering| {
            let address = lowering.address(spot);
            lowering.only_if_done(way, offset_of!(Helpers, release), &[address]);
        });
    }

    /// Does something first if `condition` does not hold, which is unlikely.
    fn unless(&mut self, condition: Value, body: impl FnOnce(&mut Self)) {
        let [unlikely, behind] = [(); 2].map(|()| self.new_block());
        self.builder.set_cold_block(unlikely);
        self.builder
            .ins()
            .brif(condition, behind, &[], unlikely, &[]);
        self.builder.seal_block(unlikely);
        self.builder.switch_to_block(unlikely);
        let is_unlikely = mem::replace(&mut self.is_unlikely, true);
        body(self);
        self.is_unlikely = is_unlikely;
        self.builder.ins().jump(behind, &[]);
        self.builder.seal_block(behind);
        self.builder.switch_to_block(behind);
    }

    /// Releases the text or plain value that an operation took, if it was not lent. The operand has
    /// `above` others on top.
    pub(super) fn release_taken(&mut self, above: usize) -> Result<(), Refusal> {
        if self.kind(above)? != Kind::Any {
            return Ok(());
        }
        let spot = self.operand_spot(above);
        let [word, _] = self.words(spot);
        let is_simple = self.owns_nothing(word);
        self.unless(is_simple, |lowering| {
            let address = lowering.address(spot);
            let pointer = lowering.pointer;
            lowering.ask(offset_of!(Helpers, release), &[address], Some(pointer));
        });
        Ok(())
    }

    /// Moves or copies the operand that has `above` others on top to a place, whose content is
    /// forgotten.
    pub(super) fn hand_over(&mut self, above: usize, to: Spot) -> Result<(), Refusal> {
        match self.kind(above)? {
            Kind::Any => {
                let from = self.operand_spot(above);
                let words = self.words(from);
                self.put_words(words, to);
            }
            Kind::Lent(source) => self.copy_lent(source, to),
            kind => {
                let value = self.value(above);
                let (base, at) = to;
                self.store(kind, value, base, at);
            }
        }
        Ok(())
    }

    /// Whether the operation behind the one at `at` is `op`, and only reached from there.
    pub(super) fn next_is(&self, at: usize, op: Op) -> bool {
        let next = at + 1;
        !self.scope.is_inline()
            && self.place.chunk.ops.get(next) == Some(&op)
            && self.scope.region.members.contains(&next)
            && self.place.code.block_starting_at(next).is_none()
    }

    /// Drops the top operand.
    pub(super) fn drop_operand(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        if self.kind(0)? != Kind::Any {
            self.pop(1);
            return Ok(());
        }
        self.in_its_frame()?;
        self.settle(1);
        let mut short = self.short_way();
        let spot = self.operand_spot(0);
        self.release(&mut short, spot);
        self.pop(1);
        self.or_carry_out(short, at, op, |_| {})
    }

    /// Pushes a copy of the operand that has `above` others on top.
    pub(super) fn duplicate(&mut self, above: usize) -> Result<(), Refusal> {
        let kind = self.kind(above)?;
        if kind == Kind::Any {
            let from = self.operand_spot(above);
            self.copy(from, (from.0, self.state.operands.len()));
        }
        let value = self.value(above);
        self.push(kind, value);
        Ok(())
    }

    /// Puts the top operands into another order: each is given by how many it had on top.
    pub(super) fn reorder(&mut self, order: &[usize]) -> Result<(), Refusal> {
        let mut operands = Vec::with_capacity(order.len());
        for &above in order {
            let kind = self.kind(above)?;
            let words = (kind == Kind::Any).then(|| {
                let spot = self.operand_spot(above);
                self.words(spot)
            });
            operands.push((kind, self.value(above), words));
        }
        self.pop(order.len());
        for (kind, value, words) in operands {
            self.push(kind, value);
            if let Some(words) = words {
                let spot = self.operand_spot(0);
                self.put_words(words, spot);
            }
        }
        Ok(())
    }

    /// Pushes a copy of a global, which must exist.
    pub(super) fn copy_global(&mut self, global: u16) -> Result<(), Refusal> {
        self.in_its_frame()?;
        // A copy shares it.
        let holder = Holder::Global(usize::from(global));
        self.state.arrays.remove(&holder);
        let from = self.global_spot(global);
        let to = (self.operand_place(), self.state.operands.len());
        self.copy(from, to);
        self.push(Kind::Any, None);
        Ok(())
    }

    /// Moves the top operand to a global, which must exist.
    pub(super) fn move_to_global(&mut self, at: usize, op: Op, global: u16) -> Result<(), Refusal> {
        self.in_its_frame()?;
        self.settle(1);
        let mut short = self.short_way();
        let to = self.global_spot(global);
        self.release(&mut short, to);
        self.hand_over(0, to)?;
        self.pop(1);
        let holder = Holder::Global(usize::from(global));
        self.state.arrays.remove(&holder);
        self.or_carry_out(short, at, op, |_| {})
    }

    /// Moves the top operand to a slot.
    pub(super) fn assign_slot(&mut self, at: usize, op: Op, slot: u16) -> Result<(), Refusal> {
        let (kind, place) = (self.kind(0)?, usize::from(slot));
        // Others may be lent by the slot.
        self.settle(1);
        if kind == Kind::Lent(Source::Slot(slot)) {
            self.pop(1);
            return Ok(());
        }
        let is_known = self.slot(slot) != Kind::Any;
        let is_plain = kind.machine_type().is_some() || kind == Kind::Undef;
        if is_known && is_plain {
            let value = self.value(0);
            self.pop(1);
            self.set_slot(place, kind, value);
            return Ok(());
        }
        if self.is_in_function() && is_plain {
            // The slots of such a frame own nothing.
            let value = self.value(0);
            self.pop(1);
            self.set_slot(place, kind, value);
            return Ok(());
        }
        self.in_its_frame()?;
        let to = self.slot_spot(place);
        if is_known {
            self.hand_over(0, to)?;
            self.pop(1);
            self.set_slot(place, Kind::Any, None);
            return Ok(());
        }
        let mut short = self.short_way();
        self.release(&mut short, to);
        self.hand_over(0, to)?;
        let value = self.value(0);
        self.pop(1);
        self.set_slot(place, if is_plain { kind } else { Kind::Any }, value);
        self.or_carry_out(short, at, op, |lowering| {
            if is_plain {
                let base = lowering.slot_place();
                let value = lowering.load(kind, base, place);
                lowering.set_slot(place, kind, value);
            }
        })
    }
}
