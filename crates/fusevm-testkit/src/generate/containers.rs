//! Expressions with containers.

use fusevm::Op;

use super::Generator;
use super::expr::KINDS;
use crate::host;
use crate::layout::Kind;
use crate::program::{Block, BlockOp, Expr};

/// About how many elements arrays have.
const ELEMENTS: u64 = 10;

impl Generator {
    /// An element of a container that has integers at first.
    pub(super) fn element(&mut self, depth: usize) -> Expr {
        match self.rng.below(9) {
            0 => {
                let index = self.small(15, depth);
                let global = *self.rng.choose(Kind::Array.globals());
                self.apply([index], &[Op::ArrayGet(global)])
            }
            1 => {
                let index = self.small(15, depth);
                let slot = *self.rng.choose(Kind::Array.slots());
                self.apply([index], &[Op::SlotArrayGet(slot)])
            }
            2 => {
                let key = self.scalar(depth);
                let global = *self.rng.choose(Kind::Hash.globals());
                let op = *self
                    .rng
                    .choose(&[Op::HashGet(global), Op::HashDelete(global)]);
                self.apply([key], &[op])
            }
            3 => {
                let (container, key) = (self.container(depth), self.key(depth));
                self.apply([container, key], &[Op::IndexDelete, Op::Swap, Op::Pop])
            }
            4 => {
                let container = self.container(depth);
                let op = *self.rng.choose(&[Op::ContainerPop, Op::ContainerShift]);
                self.apply([container], &[op, Op::Swap, Op::Pop])
            }
            5 => {
                let (map, key) = (self.leaf(Kind::HashHandle), self.key(depth));
                self.apply([map, key], &[Op::IndexOrUndef])
            }
            6 => {
                let kind = *self.rng.choose(&[Kind::HashHandle, Kind::ArrayHandle]);
                let (shared, delta) = (self.leaf(kind), self.expr(Kind::Int, depth));
                let key = match kind {
                    Kind::HashHandle => self.key(depth),
                    _ => self.small(15, depth),
                };
                let op = *self.rng.choose(&[Op::IndexAdd, Op::IndexPostAdd]);
                self.apply([shared, key, delta], &[op])
            }
            _ => {
                let (container, key) = (self.container(depth), self.key(depth));
                self.apply([container, key], &[Op::IndexGet])
            }
        }
    }

    pub(super) fn key(&mut self, depth: usize) -> Expr {
        if self.rng.one_in(4) {
            return self.scalar(depth);
        }
        self.small(15, depth)
    }

    pub(super) fn container(&mut self, depth: usize) -> Expr {
        let kind = *self.rng.choose(&KINDS[4..]);
        self.expr(kind, depth)
    }

    pub(super) fn array(&mut self, depth: usize) -> Expr {
        match self.rng.below(14) {
            0..2 => {
                let count = self.rng.below(5);
                let mut operands: Vec<Expr> = (0..count).map(|_| self.scalar(depth)).collect();
                if self.rng.one_in(6) {
                    operands.push(self.container(0));
                }
                self.spend(1);
                let count = operands.len() as u16;
                Expr::Apply {
                    operands,
                    ops: vec![Op::MakeArray(count)],
                }
            }
            2 | 3 => {
                let (from, to) = (self.small(7, depth), self.small(15, depth));
                self.apply([from, to], &[Op::Range])
            }
            4 => {
                let (from, to) = (self.small(15, depth), self.small(15, depth));
                let step = self.expr(Kind::Int, 0);
                self.apply([from, to, step], &[Op::RangeStep])
            }
            5 => {
                let global = *self.rng.choose(Kind::Hash.globals());
                let op = *self
                    .rng
                    .choose(&[Op::HashKeys(global), Op::HashValues(global)]);
                self.apply([], &[op])
            }
            6 => {
                let container = self.container(depth);
                let op = *self.rng.choose(&[Op::ContainerKeys, Op::ContainerValues]);
                self.apply([container], &[op])
            }
            7 => {
                let list = self.expr(Kind::Array, depth);
                self.apply([list], &[Op::SortDefault])
            }
            8 => {
                let (list, index, value) = (
                    self.expr(Kind::Array, depth),
                    self.small(15, depth),
                    self.scalar(depth),
                );
                self.apply([list, index, value], &[Op::IndexSet])
            }
            9 => {
                let [a, b] = [(); 2].map(|()| self.scalar(depth));
                self.apply([a, b], &[Op::CallBuiltin(host::LIST, 2)])
            }
            10 => {
                let text = self.expr(Kind::Text, depth);
                let op = *self.rng.choose(&[
                    Op::WordSplit,
                    Op::BraceExpand,
                    Op::Glob,
                    Op::GlobRecursive,
                ]);
                self.apply([text], &[op])
            }
            _ if self.affords_block() => self.block_expr(depth),
            _ => self.leaf(Kind::Array),
        }
    }

    /// Whether a block operation fits here.
    pub(super) fn affords_block(&self) -> bool {
        self.around.blocks < 3 && self.affords(ELEMENTS * 6)
    }

    /// The array that a block operation makes of another one.
    pub(super) fn block_expr(&mut self, depth: usize) -> Expr {
        let op = *self
            .rng
            .choose(&[BlockOp::Map, BlockOp::Grep, BlockOp::Sort]);
        let items = Box::new(self.strictly_array(depth));
        let passes = match op {
            BlockOp::Sort => 3 * ELEMENTS,
            _ => ELEMENTS,
        };
        let kind = match op {
            BlockOp::Map => *self.rng.choose(&KINDS[..4]),
            BlockOp::Sort => Kind::Int,
            BlockOp::Grep | BlockOp::ForEach => Kind::Bool,
        };
        let pair = op == BlockOp::Sort;
        let block = self.block(passes, pair, depth, move |this, depth| {
            if pair && this.rng.one_in(2) {
                // Of the elements, which are on the stack.
                let compare = *this.rng.choose(&[Op::Spaceship, Op::StrCmp]);
                let (a, b) = (this.elements() - 2, this.elements() - 1);
                this.spend(3);
                return Some(Expr::Apply {
                    operands: vec![Expr::leaf(Op::GetSlot(b)), Expr::leaf(Op::GetSlot(a))],
                    ops: vec![compare],
                });
            }
            (!this.rng.one_in(20)).then(|| this.expr(kind, depth))
        });
        Expr::Block {
            op,
            items,
            block: Box::new(block),
        }
    }

    /// An array, for operations that refuse anything else.
    pub(super) fn strictly_array(&mut self, depth: usize) -> Expr {
        match self.rng.below(4) {
            0 => {
                let (from, to) = (self.small(7, depth), self.small(15, depth));
                self.apply([from, to], &[Op::Range])
            }
            1 => {
                let container = self.container(0);
                self.apply([container], &[Op::ContainerValues])
            }
            2 => self.fresh(Kind::Array),
            _ => self.array(depth),
        }
    }

    /// What is run for each element, about `passes` times.
    pub(super) fn block(
        &mut self,
        passes: u64,
        pair: bool,
        depth: usize,
        result: impl FnOnce(&mut Self, usize) -> Option<Expr>,
    ) -> Block {
        let first = self.elements();
        let mut around = self.around;
        around.times = around.times.saturating_mul(passes);
        around.blocks += 1;
        around.in_block = true;
        around.in_loop &= around.scopes == 0;
        around.depth = around.depth.saturating_sub(1);
        self.within(around, |this| {
            let statements = match this.around.depth {
                0 => 0,
                _ => this.rng.below(3),
            };
            let body = (0..statements).map(|_| this.stmt()).collect();
            let takes = if pair {
                vec![first, first + 1]
            } else {
                vec![first]
            };
            this.spend(takes.len());
            Block {
                takes,
                body,
                result: result(this, depth),
            }
        })
    }

    pub(super) fn hash(&mut self, depth: usize) -> Expr {
        match self.rng.below(3) {
            0 => {
                let [k, l] = [(); 2].map(|()| self.scalar(depth));
                let [v, w] = [(); 2].map(|()| self.scalar(depth));
                self.apply([k, v, l, w], &[Op::MakeHash(4)])
            }
            1 => {
                let (hash, key, value) = (
                    self.expr(Kind::Hash, depth),
                    self.key(depth),
                    self.scalar(depth),
                );
                self.apply([hash, key, value], &[Op::IndexSet])
            }
            _ => self.leaf(Kind::Hash),
        }
    }

    pub(super) fn array_handle(&mut self, depth: usize) -> Expr {
        match self.rng.below(6) {
            0 => {
                let [a, b] = [(); 2].map(|()| self.scalar(depth));
                self.apply([a, b], &[Op::NewArray(2)])
            }
            1 => {
                let [a, b] = [(); 2].map(|()| self.scalar(depth));
                self.apply([a, b], &[Op::CallBuiltin(host::SHARE, 2)])
            }
            2 => {
                let (outer, key) = (self.leaf(Kind::HashHandle), self.key(depth));
                self.apply([outer, key], &[Op::IndexOrNewArray])
            }
            3 => {
                let (list, value) = (self.leaf(Kind::ArrayHandle), self.expr(Kind::Any, 0));
                self.apply([list, value], &[Op::ContainerPush])
            }
            _ => self.leaf(Kind::ArrayHandle),
        }
    }

    pub(super) fn hash_handle(&mut self, depth: usize) -> Expr {
        match self.rng.below(5) {
            0 => {
                let (key, value) = (self.scalar(depth), self.expr(Kind::Any, 0));
                self.apply([key, value], &[Op::NewHash(2)])
            }
            1 => {
                let kind = *self.rng.choose(&[Kind::ArrayHandle, Kind::HashHandle]);
                let (outer, key) = (self.leaf(kind), self.key(depth));
                self.apply([outer, key], &[Op::IndexOrNewHash])
            }
            2 => {
                let kind = *self.rng.choose(&KINDS);
                let (map, key, value) = (
                    self.leaf(Kind::HashHandle),
                    self.key(depth),
                    self.leaf(kind),
                );
                self.apply([map, key, value], &[Op::IndexSet])
            }
            _ => self.leaf(Kind::HashHandle),
        }
    }
}
