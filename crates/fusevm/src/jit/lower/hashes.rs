//! Values of hashes, by their keys.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::control::ShortWay;
use super::state::{Kind, PAYLOAD};
use super::{Lowering, Refusal, TRUSTED};
use crate::jit::helpers::Helpers;
use crate::op::Op;

const READ: usize = offset_of!(Helpers, find);
const WRITE: usize = offset_of!(Helpers, find_place);

impl Lowering<'_, '_> {
    /// Whether a global can be a hash, and the top operand a key, of which native code makes something.
    fn is_key(&self, global: u16) -> Result<bool, Refusal> {
        let is_key = matches!(self.kind(0)?, Kind::Any | Kind::Lent(_) | Kind::Int);
        Ok(is_key && self.place.global_kind(global).is_some())
    }

    /// Asks a helper about the key on top.
    fn ask_for_key(&mut self, global: u16, helper: usize) -> Result<Option<Value>, Refusal> {
        let hash = self.global_spot(global);
        let hash = self.address(hash);
        let key = self.pointer_to(0)?;
        let pointer = Some(self.pointer);
        Ok(self.ask(helper, &[hash, key], pointer))
    }

    /// The address of the value of the key on top. The usual case goes on only if there is one.
    fn find(
        &mut self,
        short: &mut ShortWay,
        global: u16,
        helper: usize,
    ) -> Result<Option<Value>, Refusal> {
        let found = self.ask_for_key(global, helper)?;
        if let Some(found) = found {
            let is_there = self.builder.ins().icmp_imm_s(IntCC::NotEqual, found, 0);
            self.only_if(short, is_there);
        }
        Ok(found)
    }

    pub(super) fn hash_exists(&mut self, at: usize, op: Op, global: u16) -> Result<(), Refusal> {
        if !self.is_key(global)? {
            return self.carry_out(at, op);
        }
        self.in_its_frame()?;
        self.settle(1);
        let mut short = self.short_way();
        let exists = self.ask_for_key(global, offset_of!(Helpers, exists))?;
        if let Some(exists) = exists {
            self.only_if_known(&mut short, exists);
            self.release_taken(0)?;
        }
        self.pop(1);
        self.push(Kind::Bool, exists);
        self.or_carry_out(short, at, op, |_| {})
    }

    pub(super) fn hash_get(&mut self, at: usize, op: Op, global: u16) -> Result<(), Refusal> {
        if !self.is_key(global)? {
            return self.carry_out(at, op);
        }
        self.in_its_frame()?;
        self.settle(1);
        let mut short = self.short_way();
        if let Some(found) = self.find(&mut short, global, READ)? {
            self.release_taken(0)?;
            let to = self.operand_spot(0);
            self.copy((found, 0), to);
        }
        self.pop(1);
        self.push(Kind::Any, None);
        self.or_carry_out(short, at, op, |_| {})
    }

    pub(super) fn hash_set(&mut self, at: usize, op: Op, global: u16) -> Result<(), Refusal> {
        if !self.is_key(global)? {
            return self.carry_out(at, op);
        }
        self.in_its_frame()?;
        self.settle(2);
        let mut short = self.short_way();
        if let Some(place) = self.find(&mut short, global, WRITE)? {
            self.release(&mut short, (place, 0));
            self.hand_over(1, (place, 0))?;
            self.release_taken(0)?;
        }
        self.pop(2);
        self.or_carry_out(short, at, op, |_| {})
    }

    /// `hash[key] = hash[key] + 1` with the key on top, if that is what the operations from `at` on are:
    /// `Dup`, `HashGet`, `Inc`, `Swap`, `HashSet`.
    pub(super) fn hash_inc(&mut self, at: usize) -> Result<bool, Refusal> {
        let Some(&Op::HashGet(global)) = self.place.chunk.ops.get(at + 1) else {
            return Ok(false);
        };
        let sequence = [
            Op::Dup,
            Op::HashGet(global),
            Op::Inc,
            Op::Swap,
            Op::HashSet(global),
        ];
        let are_so = (1..sequence.len()).all(|n| self.next_is(at + n - 1, sequence[n]));
        if !are_so || self.is_awk() || !self.is_key(global)? || self.in_its_frame().is_err() {
            return Ok(false);
        }
        self.settle(1);
        let mut short = self.short_way();
        if let Some(place) = self.find(&mut short, global, WRITE)? {
            let is_int = self.has_kind(Kind::Int, place, 0);
            self.only_if(&mut short, is_int);
            let ins = self.builder.ins();
            let count = ins.load(types::I64, TRUSTED, place, PAYLOAD);
            let one = self.builder.ins().iconst(types::I64, 1);
            let (sum, overflowed) = self.builder.ins().sadd_overflow(count, one);
            let fits = self.builder.ins().icmp_imm_s(IntCC::Equal, overflowed, 0);
            self.only_if(&mut short, fits);
            self.builder.ins().store(TRUSTED, sum, place, PAYLOAD);
            self.release_taken(0)?;
        }
        self.pop(1);
        self.done = at + sequence.len();
        self.or(short, |lowering| {
            for (n, op) in sequence.into_iter().enumerate() {
                lowering.carry_out_rarely(at + n, op)?;
            }
            Ok(true)
        })?;
        Ok(true)
    }
}
