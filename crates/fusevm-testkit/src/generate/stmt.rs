//! Statements.

use fusevm::Op;

use super::{Around, Generator};
use crate::host;
use crate::layout::{COUNT, FAR, Kind, SCRATCH};
use crate::program::{BlockOp, Expr, LoopKind, Stmt};
use crate::values;

impl Generator {
    fn stmts(&mut self, most: usize) -> Vec<Stmt> {
        let count = 1 + self.rng.below(most);
        (0..count).map(|_| self.stmt()).collect()
    }

    /// Any statement that fits here.
    pub(super) fn stmt(&mut self) -> Stmt {
        self.spend(1);
        let nests = self.around.depth > 0;
        match self.rng.below(43) {
            0..7 => self.store(),
            7..10 => self.array_change(),
            10..13 => self.hash_change(),
            13..18 => self.container_change(),
            18..20 => self.print(),
            20..22 => self.counting(),
            22..25 if nests => self.condition(),
            25..29 if nests && self.affords(30) => self.repeat(),
            29 if nests => self.scope(),
            30 if nests && self.affords_block() => self.for_each(),
            31..34 if nests && self.affords_block() => {
                let array = self.block_expr(2);
                let slot = *self.rng.choose(Kind::Array.slots());
                self.run(array, &[Op::SetSlot(slot)])
            }
            34 => self.leave(),
            35..38 => self.call(),
            38 => self.extension(),
            39 => self.host_statement(),
            40 if nests && self.inside.is_none() => self.once(),
            41 => self.loop_op(),
            _ => self.store(),
        }
    }

    fn run(&mut self, operand: Expr, ops: &[Op]) -> Stmt {
        self.run_all([operand], ops)
    }

    fn run_all<const N: usize>(&mut self, operands: [Expr; N], ops: &[Op]) -> Stmt {
        self.spend(ops.len());
        Stmt::Run {
            operands: operands.into(),
            ops: ops.to_vec(),
        }
    }

    fn store(&mut self) -> Stmt {
        let kind = *self.rng.choose(&[
            Kind::Int,
            Kind::Int,
            Kind::Float,
            Kind::Text,
            Kind::Text,
            Kind::Array,
            Kind::Hash,
            Kind::ArrayHandle,
            Kind::HashHandle,
            Kind::Any,
        ]);
        let value = self.expr(kind, 3);
        if self.rng.one_in(40) {
            let far = *self.rng.choose(&FAR);
            return self.run(value, &[Op::SetSlot(far)]);
        }
        let global = *self.rng.choose(kind.globals());
        let store = match self.rng.below(6) {
            0 => Op::SetVar(global),
            1 => match kind {
                Kind::Array => Op::SetArray(global),
                Kind::Hash => Op::SetHash(global),
                _ => Op::DeclareVar(global),
            },
            _ => Op::SetSlot(*self.rng.choose(kind.slots())),
        };
        let mut ops = Vec::new();
        // What is stored is read again, perhaps in a loop, and must not grow without end.
        if self.around.times > 1 || self.inside.is_some() {
            match kind {
                Kind::Text if !self.rng.one_in(10) => {
                    ops.extend([Op::LoadInt(1), Op::LoadInt(300), Op::AwkSubstr(3)]);
                }
                Kind::Int if !self.rng.one_in(4) => ops.extend([Op::LoadInt(10_007), Op::Mod]),
                _ => {}
            }
        }
        ops.push(store);
        self.run(value, &ops)
    }

    fn array_change(&mut self) -> Stmt {
        let global = *self.rng.choose(Kind::Array.globals());
        let slot = *self.rng.choose(Kind::Array.slots());
        match self.rng.below(8) {
            0 => self.run_all([], &[Op::DeclareArray(global)]),
            1 => self.run_all([], &[Op::ArrayPop(global), Op::Pop]),
            2 => self.run_all(
                [],
                &[Op::ArrayShift(global), Op::SetSlot(Kind::Any.slots()[0])],
            ),
            3 | 4 => {
                let value = self.scalar(2);
                self.run(value, &[Op::ArrayPush(global)])
            }
            5 | 6 => {
                let (value, index) = (self.scalar(2), self.index());
                self.run_all([value, index], &[Op::ArraySet(global)])
            }
            _ => {
                let (value, index) = (self.scalar(2), self.index());
                self.run_all([value, index], &[Op::SlotArraySet(slot)])
            }
        }
    }

    /// An index that is stored to. Now and then there is nothing like it.
    fn index(&mut self) -> Expr {
        if self.rng.one_in(2 * self.shape.odd) {
            return Expr::leaf(Op::LoadInt(values::edge_integer(&mut self.rng)));
        }
        self.small(31, 1)
    }

    fn hash_change(&mut self) -> Stmt {
        let global = *self.rng.choose(Kind::Hash.globals());
        match self.rng.below(6) {
            0 => self.run_all([], &[Op::DeclareHash(global)]),
            1 => {
                let key = self.key(1);
                self.run(key, &[Op::HashDelete(global), Op::Pop])
            }
            _ => {
                let (value, key) = (self.scalar(2), self.key(2));
                self.run_all([value, key], &[Op::HashSet(global)])
            }
        }
    }

    fn container_change(&mut self) -> Stmt {
        let handle = *self.rng.choose(&[Kind::ArrayHandle, Kind::HashHandle]);
        match self.rng.below(10) {
            0..3 => {
                let (container, key) = (self.expr(handle, 1), self.key(1));
                let value = self.expr(Kind::Any, 1);
                self.run_all([container, key, value], &[Op::IndexSet, Op::Pop])
            }
            3 | 4 => {
                // An element of an inner container, which is made if need be.
                let (outer, key) = (self.leaf(handle), self.key(1));
                let inner = self.apply([outer, key], &[Op::IndexOrNewArray]);
                let value = self.scalar(1);
                self.run_all([inner, value], &[Op::ContainerPush, Op::Pop])
            }
            5 => {
                let (outer, key) = (self.leaf(handle), self.key(1));
                let inner = self.apply([outer, key], &[Op::IndexOrNewHash]);
                let (name, value) = (self.key(1), self.scalar(1));
                self.run_all([inner, name, value], &[Op::IndexSet, Op::Pop])
            }
            6 => {
                let container = self.leaf(handle);
                self.run(container, &[Op::ContainerClear, Op::Pop])
            }
            7 => {
                // By value: the variable gets what the operation leaves.
                let slot = *self.rng.choose(Kind::Array.slots());
                let value = self.scalar(1);
                let array = Expr::leaf(Op::GetSlot(slot));
                self.run_all([array, value], &[Op::ContainerPush, Op::SetSlot(slot)])
            }
            8 => {
                let slot = Kind::Hash.slots()[0];
                let (key, value) = (self.key(1), self.scalar(1));
                let hash = Expr::leaf(Op::GetSlot(slot));
                self.run_all([hash, key, value], &[Op::IndexSet, Op::SetSlot(slot)])
            }
            _ => {
                let (container, key) = (self.container(0), self.key(1));
                self.run_all([container, key], &[Op::IndexDelete, Op::Pop, Op::Pop])
            }
        }
    }

    fn print(&mut self) -> Stmt {
        let count = self.rng.below(4);
        let operands: Vec<Expr> = (0..count).map(|_| self.expr(Kind::Any, 1)).collect();
        self.spend(1);
        let print = *self
            .rng
            .choose(&[Op::Print(count as u8), Op::PrintLn(count as u8)]);
        Stmt::Run {
            operands,
            ops: vec![print],
        }
    }

    /// The fused operations on slots that leave nothing.
    fn counting(&mut self) -> Stmt {
        let [a, b] = [(); 2].map(|()| *self.rng.choose(Kind::Int.slots()));
        let op = *self
            .rng
            .choose(&[Op::PreIncSlotVoid(a), Op::AddAssignSlotVoid(a, b)]);
        self.run_all([], &[op])
    }

    /// The fused operations that are whole loops.
    fn loop_op(&mut self) -> Stmt {
        let passes = 1 + self.rng.below(30) as i32;
        if !self.affords(passes as u64) {
            return self.counting();
        }
        let start = passes as i64 - 1 - self.rng.below(passes as usize + 3) as i64;
        let sum = *self.rng.choose(Kind::Int.slots());
        let text = *self.rng.choose(Kind::Text.slots());
        let array = *self.rng.choose(Kind::Array.globals());
        let constant = self.constants.pick(&mut self.rng, Kind::Text);
        let op = *self.rng.choose(&[
            Op::AccumSumLoop(sum, SCRATCH, passes),
            Op::ConcatConstLoop(constant, text, SCRATCH, passes),
            Op::PushIntRangeLoop(array, SCRATCH, passes),
        ]);
        self.spend(passes as usize);
        self.run_all([], &[Op::LoadInt(start), Op::SetSlot(SCRATCH), op])
    }

    fn deeper(&self) -> Around {
        Around {
            depth: self.around.depth - 1,
            ..self.around
        }
    }

    fn condition(&mut self) -> Stmt {
        self.spend(2);
        let condition = self.expr(Kind::Bool, 2);
        let on = !self.rng.one_in(3);
        let (then, otherwise) = self.within(self.deeper(), |this| {
            let then = this.stmts(3);
            let otherwise = match this.rng.below(2) {
                0 => Vec::new(),
                _ => this.stmts(2),
            };
            (then, otherwise)
        });
        Stmt::If {
            condition,
            on,
            then,
            otherwise,
        }
    }

    /// A loop.
    pub(super) fn repeat(&mut self) -> Stmt {
        let room = (self.budget - self.spent) / self.around.times / 12;
        let most = room.clamp(2, 60) as usize;
        let passes = 1 + self.rng.below(most);
        let around = Around {
            times: self.around.times * passes as u64,
            loops: self.around.loops + 1,
            in_loop: true,
            in_block: false,
            scopes: 0,
            ..self.deeper()
        };
        let counter = self.counter();
        let body = self.within(around, |this| {
            this.spend(5);
            this.stmts(4)
        });
        // Now and then no pass at all.
        let passes = if self.rng.one_in(15) {
            0
        } else {
            passes as i32
        };
        Stmt::Loop {
            kind: *self.rng.choose(&[
                LoopKind::Plain,
                LoopKind::Fused,
                LoopKind::Down,
                LoopKind::Until,
            ]),
            counter,
            limit: passes,
            body,
        }
    }

    fn scope(&mut self) -> Stmt {
        let around = Around {
            scopes: self.around.scopes + 1,
            // The slots of the counters and elements around are out of sight.
            loops: 0,
            blocks: 0,
            ..self.deeper()
        };
        let body = self.within(around, |this| {
            let mut body = this.prologue(false);
            body.extend(this.stmts(3));
            body
        });
        Stmt::Scope(body)
    }

    fn for_each(&mut self) -> Stmt {
        let items = self.strictly_array(1);
        let block = self.block(10, false, 1, |_, _| None);
        match self.rng.below(3) {
            0 => Stmt::Run {
                // As a map whose result nobody wants.
                operands: vec![Expr::Block {
                    op: BlockOp::Map,
                    items: Box::new(items),
                    block: Box::new(block),
                }],
                ops: vec![Op::Pop],
            },
            _ => Stmt::ForEach { items, block },
        }
    }

    /// Leaves a loop, a pass of a block operation, or the function; on a condition, mostly.
    fn leave(&mut self) -> Stmt {
        let around = self.around;
        let mut ways = Vec::new();
        if around.in_loop {
            ways.extend([Stmt::Break, Stmt::Continue]);
        }
        if around.in_block {
            ways.push(Stmt::Next);
        }
        let inner = self.shape.depth > around.depth;
        if inner && !around.nested && (self.inside.is_some() || self.rng.one_in(10)) {
            let kind = self.inside.unwrap_or(Some(Kind::Any));
            let value = kind.map(|kind| self.expr(kind, 1));
            ways.push(Stmt::Return(value));
        }
        if ways.is_empty() {
            return self.store();
        }
        let way = ways.swap_remove(self.rng.below(ways.len()));
        if self.rng.one_in(6) {
            return way;
        }
        Stmt::If {
            condition: self.expr(Kind::Bool, 1),
            on: true,
            then: vec![way],
            otherwise: Vec::new(),
        }
    }

    fn call(&mut self) -> Stmt {
        match self.call_for(|_| true) {
            None => self.store(),
            Some(Expr::Call { function, args }) if self.signatures[function].result.is_none() => {
                Stmt::Call { function, args }
            }
            Some(call) => self.run(call, &[Op::SetSlot(Kind::Any.slots()[1])]),
        }
    }

    fn extension(&mut self) -> Stmt {
        let value = self.scalar(1);
        let slot = Kind::Int.slots()[0];
        match self.rng.below(9) {
            0 => self.run(value, &[Op::Extended(host::TAKE, 0)]),
            1 => self.run(value, &[Op::ExtendedWide(host::TAKE, 0)]),
            // Passes over the operation that follows.
            2 => self.run_all([], &[Op::Extended(host::SKIP, 0), Op::PreIncSlotVoid(slot)]),
            3 => self.run_all(
                [],
                &[Op::ExtendedWide(host::SKIP, 0), Op::PreIncSlotVoid(slot)],
            ),
            4 => self.run_all([], &[Op::ExtendedWide(host::WRITE, 0)]),
            5 => self.run(value, &[Op::CallBuiltin(host::STORE, 1), Op::Pop]),
            6 => self.run(value, &[Op::CallBuiltin(host::ABSENT, 1), Op::Pop]),
            7 => self.run(value, &[Op::Call(COUNT, 1), Op::Pop]),
            // An AWK operation by its number, and one that there is not.
            _ => self.run(
                value,
                &[
                    Op::ExtendedWide(40_041, 0),
                    Op::ExtendedWide(40_999, 0),
                    Op::Pop,
                    Op::Pop,
                ],
            ),
        }
    }

    fn host_statement(&mut self) -> Stmt {
        let (operands, op, leaves) = self.host_op();
        let mut ops = vec![op];
        if leaves {
            ops.push(Op::Pop);
        }
        Stmt::Run { operands, ops }
    }

    /// What is rare, or costs more than can be told, and so stands outside of loops.
    fn once(&mut self) -> Stmt {
        if self.around.times > 1 {
            return self.store();
        }
        match self.rng.below(12) {
            0..4 if !self.around.nested => {
                let around = Around {
                    nested: true,
                    in_loop: false,
                    in_block: false,
                    ..self.deeper()
                };
                Stmt::Reenter(self.within(around, |this| this.stmts(3)))
            }
            4 if self.rng.one_in(4) => {
                let value = self.expr(Kind::Int, 1);
                self.run(value, &[Op::CallBuiltin(host::RAISE, 1), Op::Pop])
            }
            9 if !self.around.nested && self.rng.one_in(4) => Stmt::Unwind,
            n @ 5..9 => {
                // A command, by the name of a function perhaps.
                let words: Vec<Expr> = (0..3).map(|_| self.expr(Kind::Text, 0)).collect();
                let op = match n % 2 {
                    0 => Op::Exec(3),
                    _ => Op::CallFunction(self.rng.below(14) as u16, 3),
                };
                Stmt::Run {
                    operands: words,
                    ops: vec![op, Op::SetStatus],
                }
            }
            _ => self.print(),
        }
    }
}
