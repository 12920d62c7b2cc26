//! From trees to chunks.

use fusevm::chunk::Label;
use fusevm::{Chunk, ChunkBuilder, Op};

use crate::host::REENTER;
use crate::layout::{BUILTINS, GLOBALS};
use crate::program::{Block, BlockOp, Expr, Function, LoopKind, Program, Stmt};

pub(crate) fn compile(program: &Program) -> Chunk {
    let mut builder = ChunkBuilder::new();
    builder.set_source(format!("seed {}", program.seed));
    builder.set_dialect(program.numeric.dialect);
    builder.set_overflow(program.numeric.overflow);
    for constant in &program.constants {
        builder.add_constant(constant.clone());
    }
    for name in GLOBALS.into_iter().chain(BUILTINS) {
        builder.add_name(name);
    }
    builder.add_sub_chunk(Chunk::new());
    let functions = (0..program.functions.len())
        .map(|number| builder.add_name(&format!("sub{number}")))
        .collect();
    let end = builder.new_label();
    let mut compiler = Compiler {
        builder,
        end,
        functions,
        calls: 0,
        line: 0,
        loops: Vec::new(),
        blocks: Vec::new(),
        scopes: 0,
    };
    compiler.stmts(&program.main);
    compiler.expr(&program.result);
    compiler.jump(Op::Jump(0), end);
    for (number, function) in program.functions.iter().enumerate() {
        compiler.function(number, function);
    }
    compiler.builder.bind(end);
    compiler.builder.build()
}

struct Compiler {
    builder: ChunkBuilder,
    /// Behind all code.
    end: Label,
    /// The names of the functions.
    functions: Vec<u16>,
    /// Calls so far: every fourth one is that of a value.
    calls: usize,
    line: u32,
    loops: Vec<Loop>,
    /// The ends of the block operations around.
    blocks: Vec<Place>,
    scopes: usize,
}

/// A label, and how many scopes are open there.
#[derive(Clone, Copy)]
struct Place {
    label: Label,
    scopes: usize,
}

struct Loop {
    next: Place,
    end: Place,
}

impl Compiler {
    fn emit(&mut self, op: Op) {
        self.builder.emit(op, self.line);
    }

    fn jump(&mut self, op: Op, label: Label) {
        self.builder.emit_jump(op, label, self.line);
    }

    /// Leaves the scopes that are open here and not there, and goes there. A place that is no
    /// more, because a minimiser took out what was around, is passed over.
    fn leave(&mut self, place: Option<Place>) {
        let Some(place) = place else {
            return;
        };
        for _ in place.scopes..self.scopes {
            self.emit(Op::PopFrame);
        }
        self.jump(Op::Jump(0), place.label);
    }

    fn here(&mut self) -> Place {
        Place {
            label: self.builder.new_label(),
            scopes: self.scopes,
        }
    }

    fn function(&mut self, number: usize, function: &Function) {
        let entry = self.builder.current_pos();
        self.builder.add_sub_entry(self.functions[number], entry);
        self.line += 1;
        for &slot in function.params.iter().rev() {
            self.emit(Op::SetSlot(slot));
        }
        self.stmts(&function.body);
        self.return_with(function.result.as_ref());
    }

    fn return_with(&mut self, value: Option<&Expr>) {
        match value {
            Some(value) => {
                self.expr(value);
                self.emit(Op::ReturnValue);
            }
            None => self.emit(Op::Return),
        }
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            self.line += 1;
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Run { operands, ops } => self.apply(operands, ops),
            Stmt::If {
                condition,
                on,
                then,
                otherwise,
            } => {
                let (other, end) = (self.builder.new_label(), self.builder.new_label());
                self.expr(condition);
                let test = match on {
                    true => Op::JumpIfFalse(0),
                    false => Op::JumpIfTrue(0),
                };
                self.jump(test, other);
                self.stmts(then);
                if !otherwise.is_empty() {
                    self.jump(Op::Jump(0), end);
                }
                self.builder.bind(other);
                self.stmts(otherwise);
                self.builder.bind(end);
            }
            Stmt::Loop {
                kind,
                counter,
                limit,
                body,
            } => self.repeat(*kind, *counter, *limit, body),
            Stmt::Break => self.leave(self.loops.last().map(|inner| inner.end)),
            Stmt::Continue => self.leave(self.loops.last().map(|inner| inner.next)),
            Stmt::Next => self.leave(self.blocks.last().copied()),
            Stmt::Return(value) => self.return_with(value.as_ref()),
            Stmt::Scope(body) => {
                self.emit(Op::PushFrame);
                self.scopes += 1;
                self.stmts(body);
                self.scopes -= 1;
                self.emit(Op::PopFrame);
            }
            Stmt::ForEach { items, block } => self.block_op(BlockOp::ForEach, items, block),
            Stmt::Call { function, args } => self.call(*function, args),
            Stmt::Unwind => self.jump(Op::Unwind(0), self.end),
            Stmt::Reenter(body) => {
                let end = self.builder.new_label();
                self.emit(Op::CallBuiltin(REENTER, 0));
                // The builtin returns here, and runs what stands behind.
                self.jump(Op::Jump(0), end);
                self.stmts(body);
                self.jump(Op::Jump(0), self.end);
                self.builder.bind(end);
                self.emit(Op::Pop);
            }
        }
    }

    fn repeat(&mut self, kind: LoopKind, counter: u16, limit: i32, body: &[Stmt]) {
        let (next, end) = (self.here(), self.here());
        let head = self.builder.new_label();
        let first = match kind {
            LoopKind::Down => limit.into(),
            _ => 0,
        };
        self.emit(Op::LoadInt(first));
        self.emit(Op::SetSlot(counter));
        if kind == LoopKind::Fused {
            self.jump(Op::SlotLtIntJumpIfFalse(counter, limit, 0), end.label);
        }
        self.builder.bind(head);
        match kind {
            LoopKind::Plain => {
                self.emit(Op::GetSlot(counter));
                self.emit(Op::LoadInt(limit.into()));
                self.emit(Op::NumLt);
                self.jump(Op::JumpIfFalse(0), end.label);
            }
            LoopKind::Down => {
                self.emit(Op::GetSlot(counter));
                self.jump(Op::JumpIfFalse(0), end.label);
            }
            LoopKind::Fused | LoopKind::Until => {}
        }
        self.loops.push(Loop { next, end });
        self.stmts(body);
        self.loops.pop();
        self.builder.bind(next.label);
        match kind {
            LoopKind::Plain => {
                self.emit(Op::GetSlot(counter));
                self.emit(Op::LoadInt(1));
                self.emit(Op::Add);
                self.emit(Op::SetSlot(counter));
                self.jump(Op::Jump(0), head);
            }
            LoopKind::Fused => self.jump(Op::SlotIncLtIntJumpBack(counter, limit, 0), head),
            LoopKind::Down => {
                self.emit(Op::PreDecSlot(counter));
                self.emit(Op::Pop);
                self.jump(Op::Jump(0), head);
            }
            LoopKind::Until => {
                self.emit(Op::PreIncSlot(counter));
                self.emit(Op::LoadInt(limit.into()));
                self.emit(Op::NumLt);
                self.jump(Op::JumpIfTrue(0), head);
            }
        }
        self.builder.bind(end.label);
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Apply { operands, ops } => self.apply(operands, ops),
            Expr::Shortcut { until, left, right } => {
                let end = self.builder.new_label();
                self.expr(left);
                let test = match until {
                    true => Op::JumpIfTrueKeep(0),
                    false => Op::JumpIfFalseKeep(0),
                };
                self.jump(test, end);
                self.emit(Op::Pop);
                self.expr(right);
                self.builder.bind(end);
            }
            Expr::Choice {
                condition,
                then,
                otherwise,
            } => {
                let (other, end) = (self.builder.new_label(), self.builder.new_label());
                self.expr(condition);
                self.jump(Op::JumpIfFalse(0), other);
                self.expr(then);
                self.jump(Op::Jump(0), end);
                self.builder.bind(other);
                self.expr(otherwise);
                self.builder.bind(end);
            }
            Expr::Call { function, args } => self.call(*function, args),
            Expr::Block { op, items, block } => self.block_op(*op, items, block),
        }
    }

    fn apply(&mut self, operands: &[Expr], ops: &[Op]) {
        operands.iter().for_each(|operand| self.expr(operand));
        ops.iter().for_each(|&op| self.emit(op));
    }

    fn call(&mut self, function: usize, args: &[Expr]) {
        args.iter().for_each(|arg| self.expr(arg));
        let (name, argc) = (self.functions[function], args.len() as u8);
        self.calls += 1;
        if self.calls.is_multiple_of(4) {
            self.emit(Op::LoadFunction(name));
            self.emit(Op::CallValue(argc));
        } else {
            self.emit(Op::Call(name, argc));
        }
    }

    fn block_op(&mut self, op: BlockOp, items: &Expr, block: &Block) {
        let (start, end) = (self.builder.new_label(), self.here());
        let range = self.builder.add_block_range_at(start, end.label);
        self.expr(items);
        self.emit(match op {
            BlockOp::Map => Op::MapBlock(range),
            BlockOp::Grep => Op::GrepBlock(range),
            BlockOp::Sort => Op::SortBlock(range),
            BlockOp::ForEach => Op::ForEachBlock(range),
        });
        self.builder.bind(start);
        self.blocks.push(end);
        for &slot in &block.takes {
            self.emit(Op::SetSlot(slot));
        }
        self.stmts(&block.body);
        block.result.iter().for_each(|result| self.expr(result));
        self.blocks.pop();
        self.builder.bind(end.label);
    }
}
