//! What AWK programs are made of: fields, global variables, elements of arrays by reference.

use super::{Selector, Sequence, at_slot, step_by};
use crate::code::inst::{FastOp, Inst};
use crate::op::Op;

impl Selector<'_> {
    pub(super) fn awk(&self, at: usize) -> Option<Sequence> {
        let next = |distance| self.inner(at + distance);
        Some(match self.op(at)? {
            Op::LoadInt(n) => match (next(1)?, next(2)) {
                (Op::AwkFieldGet, Some(Op::AwkLength(1))) => {
                    (step_by(FastOp::FieldLength, 0, n), 3)
                }
                (Op::AwkFieldGet, _) => (step_by(FastOp::Field, 0, n), 2),
                (Op::IndexAdd, Some(Op::Pop)) => (step_by(FastOp::ElementStep, 0, n), 3),
                _ => return None,
            },
            Op::GetVar(global) => match (next(1)?, next(2)?) {
                (Op::Add, Op::SetVar(to)) if to == global => {
                    (at_slot(FastOp::AddToGlobal, global), 3)
                }
                _ => return None,
            },
            Op::IndexAdd if next(1) == Some(Op::Pop) => (Inst::plain(FastOp::ElementAdd), 2),
            Op::IndexOrUndef => (Inst::plain(FastOp::Element), 1),
            Op::AwkFieldGet if next(1) == Some(Op::AwkLength(1)) => {
                (Inst::plain(FastOp::FieldLengthByOperand), 2)
            }
            Op::AwkFieldGet => (Inst::plain(FastOp::FieldByOperand), 1),
            Op::AwkNf => (Inst::plain(FastOp::FieldCount), 1),
            Op::AwkLength(1) => (Inst::plain(FastOp::Length), 1),
            _ => return None,
        })
    }
}
