//! Texts: joined, compared, measured. Short ones are compared in machine registers.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::arith::int_condition;
use super::control::ShortWay;
use super::state::{Kind, Source};
use super::values::{Spot, Words};
use super::{Lowering, Refusal, TRUSTED};
use crate::jit::helpers::Helpers;
use crate::op::Op;
use crate::semantics::compare::Relation;
use crate::value::text_layout as layout;

impl Lowering<'_, '_> {
    /// `a . b`, where each is a text or an integer.
    pub(super) fn concat(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        let (target, piece) = (self.kind(1)?, self.kind(0)?);
        if !matches!(target, Kind::Any | Kind::Lent(_) | Kind::Int)
            || !matches!(piece, Kind::Any | Kind::Lent(_) | Kind::Int)
        {
            return self.carry_out(at, op);
        }
        self.in_its_frame()?;
        self.settle(2);
        if let Kind::Lent(Source::Slot(slot)) = target
            && self.next_is(at, Op::SetSlot(slot))
            // The text would be appended to itself.
            && piece != target
        {
            return self.concat_to_slot(at, op, slot);
        }
        self.settle_one(self.state.operands.len() - 2);
        let mut short = self.short_way();
        let number = self.value(1);
        let target = self.operand_spot(1);
        if let Some(number) = number {
            let to = self.address(target);
            self.only_if_done(&mut short, offset_of!(Helpers, int_text), &[number, to]);
        }
        match self.slot_behind(at) {
            Some(slot) if piece != Kind::Lent(Source::Slot(slot)) => {
                self.append_own(&mut short, slot, target)?;
            }
            _ => self.append(&mut short, target)?,
        }
        self.pop(2);
        self.push(Kind::Any, None);
        self.or_carry_out(short, at, op, |_| {})
    }

    /// `slot = slot . piece`, of which the piece is on top.
    fn concat_to_slot(&mut self, at: usize, op: Op, slot: u16) -> Result<(), Refusal> {
        let mut short = self.short_way();
        let target = self.slot_spot(usize::from(slot));
        self.append(&mut short, target)?;
        self.pop(2);
        self.done = at + 2;
        self.or(short, |lowering| {
            lowering.carry_out_rarely(at, op)?;
            lowering.carry_out_rarely(at + 1, Op::SetSlot(slot))?;
            Ok(true)
        })
    }

    /// The slot to which the operation behind the one at `at` moves the result, if what it holds is
    /// in memory.
    fn slot_behind(&self, at: usize) -> Option<u16> {
        match self.place.chunk.ops.get(at + 1) {
            Some(&op @ Op::SetSlot(slot)) if self.next_is(at, op) => {
                Some(slot).filter(|&slot| self.slot(slot) == Kind::Any)
            }
            _ => None,
        }
    }

    /// Appends the top operand to the text at a place, which a slot may share that is assigned next.
    fn append_own(&mut self, short: &mut ShortWay, slot: u16, target: Spot) -> Result<(), Refusal> {
        let piece = self.pointer_to(0)?;
        let slot = self.slot_spot(usize::from(slot));
        let [slot, target] = [slot, target].map(|spot| self.address(spot));
        let arguments = [self.frame, slot, target, piece];
        self.only_if_done(short, offset_of!(Helpers, append_own), &arguments);
        self.release_taken(0)
    }

    /// Appends the top operand to the text at a place.
    fn append(&mut self, short: &mut ShortWay, target: Spot) -> Result<(), Refusal> {
        let piece = self.pointer_to(0)?;
        let target = self.address(target);
        let arguments = [self.frame, target, piece];
        self.only_if_done(short, offset_of!(Helpers, append), &arguments);
        self.release_taken(0)
    }

    /// The length of a text.
    pub(super) fn length(&mut self, at: usize, op: Op) -> Result<(), Refusal> {
        let Some(spot) = self.spot(0)? else {
            return self.carry_out(at, op);
        };
        self.in_its_frame()?;
        self.settle(1);
        let mut short = self.short_way();
        let [word, pointer] = self.words(spot);
        let is_text = self.has_text_tag(word);
        self.only_if(&mut short, is_text);
        let is_short = self.is_short_text(word);
        let [here, elsewhere] = self.fork(is_short);
        let behind = self.new_block();
        let result = self.builder.append_block_param(behind, types::I64);
        self.builder.switch_to_block(here);
        let length = self.short_length(word);
        self.builder.ins().jump(behind, &[length.into()]);
        self.builder.switch_to_block(elsewhere);
        let length = layout::LEN as i32;
        let length = self
            .builder
            .ins()
            .load(types::I64, TRUSTED, pointer, length);
        self.builder.ins().jump(behind, &[length.into()]);
        self.builder.seal_block(behind);
        self.builder.switch_to_block(behind);
        self.release_taken(0)?;
        self.pop(1);
        self.push_int(result);
        self.or_carry_out(short, at, op, |_| {})
    }

    /// The length of a text that is kept in place, by word 0.
    fn short_length(&mut self, word: Value) -> Value {
        let bits = self
            .builder
            .ins()
            .band_imm_s(word, layout::LENGTH_BITS as i64);
        let at = i64::from(layout::LENGTH_AT);
        self.builder.ins().ushr_imm_u(bits, at)
    }

    /// A comparison of two texts.
    pub(super) fn compare_texts(
        &mut self,
        at: usize,
        op: Op,
        relation: Relation,
    ) -> Result<(), Refusal> {
        let Some((a, b)) = self.spot(1)?.zip(self.spot(0)?) else {
            return self.carry_out(at, op);
        };
        self.in_its_frame()?;
        self.settle(2);
        let mut short = self.short_way();
        let (first, a_is_short) = self.text_words(1, a)?;
        let (second, b_is_short) = self.text_words(0, b)?;
        let are_short = match (a_is_short, b_is_short) {
            (Some(a), Some(b)) => Some(self.builder.ins().band(a, b)),
            (a, b) => a.or(b),
        };
        let behind = self.new_block();
        let result = self.builder.append_block_param(behind, types::I8);
        if let Some(are_short) = are_short {
            let [here, elsewhere] = self.fork(are_short);
            self.builder.switch_to_block(elsewhere);
            let addresses = [a, b].map(|spot| self.address(spot));
            let order = self.ask(offset_of!(Helpers, order), &addresses, Some(types::I64));
            if let Some(order) = order {
                let is_order =
                    self.builder
                        .ins()
                        .icmp_imm_s(IntCC::SignedLessThanOrEqual, order, 1);
                self.only_if(&mut short, is_order);
                self.release_taken(1)?;
                self.release_taken(0)?;
                let holds = self
                    .builder
                    .ins()
                    .icmp_imm_s(int_condition(relation), order, 0);
                self.builder.ins().jump(behind, &[holds.into()]);
            }
            self.builder.switch_to_block(here);
        }
        let holds = match relation {
            Relation::Eq | Relation::Ne => self.same_texts(relation, first, second),
            _ => self.text_order(relation, first, second),
        };
        self.builder.ins().jump(behind, &[holds.into()]);
        self.builder.seal_block(behind);
        self.builder.switch_to_block(behind);
        self.pop(2);
        self.push_bool(result);
        self.or_carry_out(short, at, op, |_| {})
    }

    /// The words of an operand, and whether it is a text in place if that is not certain.
    fn text_words(&mut self, above: usize, spot: Spot) -> Result<(Words, Option<Value>), Refusal> {
        if let Kind::Lent(Source::Constant(index)) = self.kind(above)?
            && let Some(words) = self.constant_words(index)
        {
            let words = words.map(|word| self.builder.ins().iconst(types::I64, word as i64));
            return Ok((words, None));
        }
        let words = self.words(spot);
        let is_short = self.is_short_text(words[0]);
        Ok((words, Some(is_short)))
    }

    /// Whether two texts in place are the same, or whether they are not.
    fn same_texts(&mut self, relation: Relation, a: Words, b: Words) -> Value {
        let ins = self.builder.ins();
        let differs = ins.bxor(a[0], b[0]);
        let mask = !layout::INPUT_BIT as i64;
        let differs = self.builder.ins().band_imm_s(differs, mask);
        let rest = self.builder.ins().bxor(a[1], b[1]);
        let differs = self.builder.ins().bor(differs, rest);
        self.builder
            .ins()
            .icmp_imm_s(int_condition(relation), differs, 0)
    }

    /// Whether the order of two texts in place is what it should be: by their bytes, which are followed
    /// by zeros, and then by length.
    fn text_order(&mut self, relation: Relation, a: Words, b: Words) -> Value {
        let [high_a, high_b] = [a[0], b[0]].map(|word| {
            let mask = !layout::TAG_BITS as i64;
            let bytes = self.builder.ins().band_imm_s(word, mask);
            self.builder.ins().bswap(bytes)
        });
        let [low_a, low_b] = [a[1], b[1]].map(|word| self.builder.ins().bswap(word));
        let [length_a, length_b] = [a[0], b[0]].map(|word| self.short_length(word));
        let strict = match relation {
            Relation::Lt | Relation::Le => IntCC::UnsignedLessThan,
            _ => IntCC::UnsignedGreaterThan,
        };
        let lengths = match relation {
            Relation::Lt => IntCC::UnsignedLessThan,
            Relation::Le => IntCC::UnsignedLessThanOrEqual,
            Relation::Gt => IntCC::UnsignedGreaterThan,
            _ => IntCC::UnsignedGreaterThanOrEqual,
        };
        let by_length = self.builder.ins().icmp(lengths, length_a, length_b);
        let by_low = self.builder.ins().icmp(strict, low_a, low_b);
        let same_low = self.builder.ins().icmp(IntCC::Equal, low_a, low_b);
        let by_high = self.builder.ins().icmp(strict, high_a, high_b);
        let same_high = self.builder.ins().icmp(IntCC::Equal, high_a, high_b);
        let below = self.builder.ins().band(same_low, by_length);
        let below = self.builder.ins().bor(by_low, below);
        let below = self.builder.ins().band(same_high, below);
        self.builder.ins().bor(by_high, below)
    }
}
