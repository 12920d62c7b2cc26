//! Expressions.

use fusevm::Op;

use super::Generator;
use crate::host;
use crate::layout::{FAR, Kind, TWICE};
use crate::program::Expr;
use crate::values;

/// The kinds, those of containers last.
pub(super) const KINDS: [Kind; 8] = [
    Kind::Int,
    Kind::Float,
    Kind::Text,
    Kind::Bool,
    Kind::Array,
    Kind::Hash,
    Kind::ArrayHandle,
    Kind::HashHandle,
];

impl Generator {
    /// An expression for a value of a kind, `depth` operations deep.
    pub(super) fn expr(&mut self, kind: Kind, depth: usize) -> Expr {
        if self.rng.one_in(self.shape.odd) {
            return self.odd();
        }
        if depth == 0 || !self.affords(4) {
            return self.leaf(kind);
        }
        if self.rng.one_in(12) {
            return self.conditional(kind, depth - 1);
        }
        if self.rng.one_in(8)
            && let Some(call) = self.call_for(|result| result == Some(kind))
        {
            return call;
        }
        let depth = depth - 1;
        match kind {
            Kind::Int => self.int(depth),
            Kind::Float => self.float(depth),
            Kind::Text => self.text(depth),
            Kind::Bool => self.truth(depth),
            Kind::Array => self.array(depth),
            Kind::Hash => self.hash(depth),
            Kind::ArrayHandle => self.array_handle(depth),
            Kind::HashHandle => self.hash_handle(depth),
            Kind::Any => self.any(depth),
        }
    }

    /// A number or a text: what does not grow when it is stored in containers.
    pub(super) fn scalar(&mut self, depth: usize) -> Expr {
        let kind = *self.rng.choose(&KINDS[..4]);
        self.expr(kind, depth)
    }

    pub(super) fn apply<const N: usize>(&mut self, operands: [Expr; N], ops: &[Op]) -> Expr {
        self.spend(ops.len());
        let mut operands = Vec::from(operands);
        if self.rng.one_in(3 * self.shape.odd) {
            operands.pop();
        }
        Expr::Apply {
            operands,
            ops: ops.to_vec(),
        }
    }

    /// Something that does not belong here.
    fn odd(&mut self) -> Expr {
        let op = match self.rng.below(7) {
            0 => Op::LoadInt(values::edge_integer(&mut self.rng)),
            1 => Op::LoadFloat(values::float(&mut self.rng)),
            2 => Op::LoadUndef,
            3 => Op::GetSlot(*self.rng.choose(&FAR)),
            4 if self.wild => Op::GetVar(999),
            5 if self.wild => Op::LoadConst(self.rng.number() as u16),
            _ => Op::LoadConst(self.constants.pick(&mut self.rng, Kind::Any)),
        };
        self.apply([], &[op])
    }

    /// A variable or a constant.
    pub(super) fn leaf(&mut self, kind: Kind) -> Expr {
        if self.rng.one_in(3) {
            return self.fresh(kind);
        }
        if kind == Kind::Any {
            let kind = *self.rng.choose(&KINDS);
            return self.leaf(kind);
        }
        let op = match self.rng.below(3) {
            0 if kind == Kind::Int && self.around.loops > 0 => Op::GetSlot(self.counter() - 1),
            0 if kind == Kind::Int && self.around.blocks > 0 => Op::GetSlot(self.elements() - 2),
            0 if kind == Kind::Array => Op::GetArray(*self.rng.choose(kind.globals())),
            0 if kind == Kind::Hash => Op::GetHash(*self.rng.choose(kind.globals())),
            0 => Op::GetVar(*self.rng.choose(kind.globals())),
            _ => Op::GetSlot(*self.rng.choose(kind.slots())),
        };
        self.apply([], &[op])
    }

    /// A value that depends on no variable.
    pub(super) fn fresh(&mut self, kind: Kind) -> Expr {
        let op = match kind {
            Kind::Int => Op::LoadInt(self.rng.below(30) as i64 - 5),
            Kind::Float => Op::LoadFloat(self.rng.below(100) as f64 / 8.0 - 3.0),
            Kind::Bool => *self.rng.choose(&[Op::LoadTrue, Op::LoadFalse]),
            Kind::ArrayHandle => return self.numbers(Op::NewArray),
            Kind::HashHandle => return self.pairs(Op::NewHash),
            Kind::Array if self.rng.one_in(2) => return self.numbers(Op::MakeArray),
            Kind::Hash if self.rng.one_in(2) => return self.pairs(Op::MakeHash),
            _ => Op::LoadConst(self.constants.pick(&mut self.rng, kind)),
        };
        self.apply([], &[op])
    }

    fn numbers(&mut self, make: fn(u16) -> Op) -> Expr {
        let count = self.rng.below(5);
        let mut ops: Vec<Op> = (0..count)
            .map(|_| Op::LoadInt(self.rng.below(40) as i64))
            .collect();
        ops.push(make(count as u16));
        self.apply([], &ops)
    }

    fn pairs(&mut self, make: fn(u16) -> Op) -> Expr {
        let count = self.rng.below(4);
        let mut ops = Vec::new();
        for _ in 0..count {
            ops.push(Op::LoadConst(
                self.constants.pick(&mut self.rng, Kind::Text),
            ));
            ops.push(Op::LoadInt(self.rng.below(40) as i64));
        }
        ops.push(make(2 * count as u16));
        self.apply([], &ops)
    }

    /// A small integer, from 0 to `mask`.
    pub(super) fn small(&mut self, mask: i64, depth: usize) -> Expr {
        let any = self.expr(Kind::Int, depth);
        if self.rng.one_in(self.shape.odd) {
            return any;
        }
        self.apply([any], &[Op::LoadInt(mask), Op::BitAnd])
    }

    fn conditional(&mut self, kind: Kind, depth: usize) -> Expr {
        self.spend(3);
        let first = self.expr(Kind::Bool, depth);
        let [then, otherwise] = [(); 2].map(|()| Box::new(self.expr(kind, depth)));
        if self.rng.one_in(2) {
            return Expr::Choice {
                condition: Box::new(first),
                then,
                otherwise,
            };
        }
        Expr::Shortcut {
            until: self.rng.one_in(2),
            left: then,
            right: otherwise,
        }
    }

    /// A call of a function that can be afforded and whose result is right.
    pub(super) fn call_for(&mut self, right: impl Fn(Option<Kind>) -> bool) -> Option<Expr> {
        let fitting: Vec<usize> = (0..self.signatures.len())
            .filter(|&number| {
                let signature = &self.signatures[number];
                right(signature.result) && self.affords(signature.cost)
            })
            .collect();
        if fitting.is_empty() {
            return None;
        }
        let function = *self.rng.choose(&fitting);
        let cost = self.signatures[function].cost;
        self.spend(cost as usize);
        let params = self.signatures[function].params.clone();
        let args = params.iter().map(|&kind| self.expr(kind, 1)).collect();
        Some(Expr::Call { function, args })
    }

    fn int(&mut self, depth: usize) -> Expr {
        let slot = *self.rng.choose(Kind::Int.slots());
        match self.rng.below(22) {
            0..5 => {
                let [a, b] = self.two(Kind::Int, depth);
                let op = *self.rng.choose(&[Op::Add, Op::Sub, Op::Add]);
                self.apply([a, b], &[op])
            }
            5 => {
                let [a, b] = self.two(Kind::Int, depth);
                // In bounds, so that it is an error only where it is meant to be.
                self.apply(
                    [a, b],
                    &[
                        Op::LoadInt(999),
                        Op::Mod,
                        Op::Mul,
                        Op::LoadInt(10_007),
                        Op::Mod,
                    ],
                )
            }
            6 => {
                let [a, b] = self.two(Kind::Int, depth);
                self.apply([a, b], &[Op::LoadInt(1), Op::BitOr, Op::Mod])
            }
            7 => {
                let [a, b] = self.two(Kind::Int, depth);
                let op = *self
                    .rng
                    .choose(&[Op::BitAnd, Op::BitOr, Op::BitXor, Op::Shr]);
                self.apply([a, b], &[op])
            }
            8 => {
                let (a, count) = (self.expr(Kind::Int, depth), self.small(7, depth));
                self.apply([a, count], &[Op::Shl])
            }
            9 => {
                let a = self.expr(Kind::Int, depth);
                let op = *self.rng.choose(&[Op::Negate, Op::Inc, Op::Dec, Op::BitNot]);
                self.apply([a], &[op])
            }
            10 => {
                let a = self.expr(Kind::Any, depth);
                self.apply([a], &[Op::StringLen])
            }
            11 => {
                let global = *self.rng.choose(Kind::Array.globals());
                let op = *self.rng.choose(&[
                    Op::ArrayLen(global),
                    Op::ArrayPop(global),
                    Op::ArrayShift(global),
                ]);
                self.apply([], &[op])
            }
            12 => {
                let kind = *self.rng.choose(&KINDS);
                let [a, b] = self.two(kind, depth);
                let op = *self.rng.choose(&[Op::Spaceship, Op::StrCmp]);
                self.apply([a, b], &[op])
            }
            13 => {
                let op = *self.rng.choose(&[
                    Op::PreIncSlot(slot),
                    Op::PreDecSlot(slot),
                    Op::PostIncSlot(slot),
                    Op::PostDecSlot(slot),
                ]);
                self.apply([], &[op])
            }
            14 => {
                let container = self.container(depth);
                self.apply([container], &[Op::ContainerLen])
            }
            15 | 16 => self.element(depth),
            17 => {
                let [a, b] = self.two(Kind::Int, depth);
                // Twice the sum, the hard way.
                self.apply(
                    [a, b],
                    &[
                        Op::Dup2,
                        Op::Add,
                        Op::Rot,
                        Op::Rot,
                        Op::Swap,
                        Op::Add,
                        Op::Add,
                    ],
                )
            }
            18 => {
                let a = self.expr(Kind::Int, depth);
                self.apply([a], &[Op::Dup, Op::Nop, Op::BitXor])
            }
            19 => {
                let [a, b] = self.two(Kind::Int, depth);
                self.apply([a, b], &[Op::CallBuiltin(host::SUM, 2)])
            }
            20 => self.apply([], &[Op::CallBuiltin(host::IP, 0)]),
            _ => {
                let operand = self.rng.below(200) as u8;
                let op = *self.rng.choose(&[
                    Op::Extended(host::PUSH, operand),
                    Op::ExtendedWide(host::PUSH, operand.into()),
                    Op::GetStatus,
                ]);
                self.apply([], &[op])
            }
        }
    }

    fn two(&mut self, kind: Kind, depth: usize) -> [Expr; 2] {
        [(); 2].map(|()| self.expr(kind, depth))
    }

    fn float(&mut self, depth: usize) -> Expr {
        let kind = *self.rng.choose(&[Kind::Float, Kind::Int, Kind::Text]);
        let (a, b) = (self.expr(Kind::Float, depth), self.expr(kind, depth));
        match self.rng.below(8) {
            // Never by zero, which is an error in some programs.
            0 => self.apply([a, b], &[Op::LoadInt(1), Op::BitOr, Op::Div]),
            1 if self.rng.one_in(5) => self.apply([a, b], &[Op::Div]),
            2 => self.apply([a, b], &[Op::Pow]),
            3 => self.apply([a], &[Op::Negate]),
            n => self.apply([a, b], &[[Op::Add, Op::Sub, Op::Mul][n % 3]]),
        }
    }

    fn text(&mut self, depth: usize) -> Expr {
        match self.rng.below(10) {
            0..5 => {
                let (a, b) = (self.expr(Kind::Text, depth), self.scalar(depth));
                self.apply([a, b], &[Op::Concat])
            }
            5 => {
                let (text, count) = (self.expr(Kind::Text, depth), self.small(3, depth));
                self.apply([text, count], &[Op::StringRepeat])
            }
            6 => self.apply([], &[Op::ReadLine]),
            7 => {
                let a = self.scalar(depth);
                self.spend(1);
                Expr::Apply {
                    operands: vec![a],
                    ops: vec![Op::Call(TWICE, 1)],
                }
            }
            8 => {
                let (container, key) = (self.expr(Kind::HashHandle, depth), self.key(depth));
                self.apply([container, key], &[Op::IndexGet])
            }
            _ => {
                let (operands, op, leaves) = self.host_op();
                let mut ops = vec![op];
                if !leaves {
                    ops.push(Op::GetStatus);
                }
                Expr::Apply { operands, ops }
            }
        }
    }

    fn truth(&mut self, depth: usize) -> Expr {
        const NUMERIC: [Op; 6] = [
            Op::NumEq,
            Op::NumNe,
            Op::NumLt,
            Op::NumGt,
            Op::NumLe,
            Op::NumGe,
        ];
        const TEXT: [Op; 6] = [
            Op::StrEq,
            Op::StrNe,
            Op::StrLt,
            Op::StrGt,
            Op::StrLe,
            Op::StrGe,
        ];
        match self.rng.below(10) {
            0..4 => {
                let kind = *self
                    .rng
                    .choose(&[Kind::Int, Kind::Int, Kind::Float, Kind::Text]);
                let [a, b] = self.two(kind, depth);
                let op = *self.rng.choose(&NUMERIC);
                self.apply([a, b], &[op])
            }
            4 | 5 => {
                let kind = *self.rng.choose(&[Kind::Int, Kind::Text, Kind::Any]);
                let (a, b) = (self.expr(Kind::Text, depth), self.expr(kind, depth));
                let op = *self.rng.choose(&TEXT);
                self.apply([a, b], &[op])
            }
            6 => {
                let a = self.expr(Kind::Any, depth);
                self.apply([a], &[Op::LogNot])
            }
            7 => {
                let [a, b] = self.two(Kind::Bool, depth);
                let op = *self.rng.choose(&[Op::LogAnd, Op::LogOr]);
                self.apply([a, b], &[op])
            }
            8 => {
                let key = self.scalar(depth);
                let global = *self.rng.choose(Kind::Hash.globals());
                self.apply([key], &[Op::HashExists(global)])
            }
            _ => {
                let (container, key) = (self.container(depth), self.key(depth));
                self.apply([container, key], &[Op::IndexExists])
            }
        }
    }

    fn any(&mut self, depth: usize) -> Expr {
        if self.rng.one_in(12) {
            // Reads its operand without taking it.
            let a = self.scalar(depth);
            return self.apply([a], &[Op::Extended(host::COPY, 0), Op::Swap, Op::Pop]);
        }
        let kind = *self.rng.choose(&KINDS);
        self.expr(kind, depth)
    }
}
