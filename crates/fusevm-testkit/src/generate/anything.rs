//! Operations that need no thought: any operands will do.

use fusevm::Op;
use fusevm::op::{Opcode, OperandKind, OperandValue, Section};

use super::Generator;
use crate::layout::{GLOBALS, Kind};
use crate::program::Expr;

/// Ops that look at the clock or at files, in ways that no host can answer for.
pub const OUTSIDE: &[Opcode] = &[Opcode::TestFile, Opcode::AwkSystime];

impl Generator {
    /// An operation of a shell or of AWK with operands. Says whether it leaves a value.
    pub(super) fn host_op(&mut self) -> (Vec<Expr>, Op, bool) {
        loop {
            let opcode = *self.rng.choose(Opcode::ALL);
            let info = opcode.info();
            if !matches!(info.section, Section::Shell | Section::Awk)
                || OUTSIDE.contains(&opcode)
                // What becomes of the stack is not known.
                || matches!(opcode, Opcode::Exec | Opcode::CallFunction)
            {
                continue;
            }
            let values: Vec<OperandValue> = info
                .operands
                .iter()
                .map(|operand| self.operand(opcode, operand.kind))
                .collect();
            let Ok(op) = Op::from_operands(opcode, &values) else {
                continue;
            };
            let effect = op.stack_effect();
            let mut operands: Vec<Expr> = (0..effect.pops).map(|_| self.scalar(1)).collect();
            // Not in the zone of this machine.
            if matches!(opcode, Opcode::AwkStrftime | Opcode::AwkMktime)
                && let Some(utc) = operands.last_mut()
            {
                *utc = Expr::leaf(Op::LoadTrue);
            }
            self.spend(1);
            return (operands, op, effect.pushes == 1);
        }
    }

    fn operand(&mut self, opcode: Opcode, kind: OperandKind) -> OperandValue {
        let number = match (opcode, kind) {
            // With fewer arguments they take the time of day.
            (Opcode::AwkStrftime, _) => 3,
            (Opcode::AwkMktime, _) => 2,
            (Opcode::AwkSrand, _) => 1,
            (_, OperandKind::Constant) => self.constants.pick(&mut self.rng, Kind::Text).into(),
            (_, OperandKind::Global | OperandKind::Name) => self.rng.below(GLOBALS.len()) as u64,
            (_, OperandKind::SubChunk) => self.rng.below(2) as u64,
            (_, OperandKind::ParamMod) => self.rng.below(19) as u64,
            _ => self.rng.below(4) as u64,
        };
        OperandValue::UInt(number)
    }
}
