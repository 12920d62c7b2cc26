//! Making programs from seeds.

mod anything;
mod containers;
mod expr;
mod stmt;

pub use anything::OUTSIDE;

use fusevm::{Op, Value};

use crate::layout::{COUNTERS, DEPTH, ELEMENTS, Kind};
use crate::program::{Expr, Function, Program, Stmt};
use crate::{Rng, values};

/// What generated programs are like.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// About how many operations a long program executes; short ones a thirtieth of that.
    pub ops: u64,
    /// One in so many expressions is of any kind, at an edge, or lacks an operand.
    pub odd: usize,
    /// How deep statements may nest.
    pub depth: usize,
}

impl Default for Shape {
    fn default() -> Self {
        Shape {
            ops: 30_000,
            odd: 25,
            depth: 4,
        }
    }
}

impl Program {
    /// The program that belongs to a seed: the same one always, as long as the generator does not
    /// change.
    ///
    /// ```
    /// use fusevm_testkit::{Program, Shape};
    ///
    /// let shape = Shape::default();
    /// let [once, again] = [(); 2].map(|()| Program::generate(7, &shape).compile());
    /// assert_eq!(once.ops, again.ops);
    /// ```
    pub fn generate(seed: u64, shape: &Shape) -> Program {
        Generator::new(seed, *shape).program(seed)
    }
}

/// What is known of a function that is called.
struct Signature {
    params: Vec<Kind>,
    result: Option<Kind>,
    /// About how many operations a call executes.
    cost: u64,
}

/// What is around the code that is being made.
#[derive(Debug, Clone, Copy)]
struct Around {
    /// How often it is executed each time that the function is entered.
    times: u64,
    /// Open loops of the frame, whose counters are in use.
    loops: u16,
    /// Open block operations of the frame, whose elements have slots.
    blocks: u16,
    /// Whether a loop can be left from here.
    in_loop: bool,
    /// Whether a block operation's pass can be ended from here.
    in_block: bool,
    /// Scopes opened since the innermost loop.
    scopes: u16,
    /// Whether this is a nested run, where leaving is not possible.
    nested: bool,
    /// Statements that still fit inside each other.
    depth: usize,
}

struct Generator {
    rng: Rng,
    shape: Shape,
    /// Whether operands may name what does not exist, which a verifier refuses.
    wild: bool,
    constants: Constants,
    signatures: Vec<Signature>,
    /// The result of the function being made; `None` outside of functions.
    inside: Option<Option<Kind>>,
    around: Around,
    /// Operations that the code made so far is likely to execute, and how many it should.
    spent: u64,
    budget: u64,
}

/// The constant pool, by what the constants are.
struct Constants {
    all: Vec<Value>,
    ints: usize,
    texts: usize,
    arrays: usize,
    hashes: usize,
}

impl Constants {
    fn new(rng: &mut Rng) -> Self {
        let mut all: Vec<Value> = (0..3)
            .map(|_| Value::Int(values::edge_integer(rng)))
            .collect();
        let ints = all.len();
        all.extend(["", "0", "7", "abc", "a text that is not inline"].map(Value::str));
        // Among the texts the name of a function.
        all.extend(["sub0", "-3.5e1x", "12"].map(Value::str));
        all.push(Value::from_input(" 12 "));
        all.push(Value::bytes([b'a', 0xff, b'b']));
        all.push(Value::str("long ".repeat(1 + rng.below(200))));
        let texts = all.len();
        let ints_in_order = (0..3 + rng.below(12) as i64).map(Value::Int);
        all.push(ints_in_order.collect::<Vec<_>>().into());
        all.push(values::small_ints(rng));
        let floats = (0..4).map(|_| Value::Float(values::float(rng)));
        all.push(floats.collect::<Vec<_>>().into());
        all.push(
            ["pear", "fig", "apple", "10", "9"]
                .map(Value::str)
                .to_vec()
                .into(),
        );
        let arrays = all.len();
        let entries = ["a", "b", "7"].map(|key| (key, Value::Int(values::integer(rng))));
        all.push(Value::Hash(entries.into()));
        let hashes = all.len();
        all.extend((0..6).map(|_| values::constant(rng)));
        Constants {
            all,
            ints,
            texts,
            arrays,
            hashes,
        }
    }

    /// The index of one of the constants of a kind.
    fn pick(&self, rng: &mut Rng, kind: Kind) -> u16 {
        let range = match kind {
            Kind::Int => 0..self.ints,
            Kind::Text => self.ints..self.texts,
            Kind::Array => self.texts..self.arrays,
            Kind::Hash => self.arrays..self.hashes,
            _ => 0..self.all.len(),
        };
        (range.start + rng.below(range.len())) as u16
    }
}

impl Generator {
    fn new(seed: u64, shape: Shape) -> Self {
        let mut rng = Rng::new(seed);
        let constants = Constants::new(&mut rng);
        Generator {
            wild: rng.one_in(4),
            rng,
            shape,
            constants,
            signatures: Vec::new(),
            inside: None,
            around: Around {
                times: 1,
                loops: 0,
                blocks: 0,
                in_loop: false,
                in_block: false,
                scopes: 0,
                nested: false,
                depth: shape.depth,
            },
            spent: 0,
            budget: 0,
        }
    }

    fn program(mut self, seed: u64) -> Program {
        let numeric = values::numeric(&mut self.rng);
        let awk_host = self.rng.one_in(2);
        let length = self.shape.ops / [1, 2, 3, 6, 30][self.rng.below(5)];
        let functions: Vec<Function> = (0..self.rng.below(5))
            .map(|_| self.function(length / 20))
            .collect();
        self.spent = 0;
        self.budget = length;
        let mut main = self.prologue(true);
        let statements = 3 + self.rng.below(12);
        main.extend((0..statements).map(|_| self.stmt()));
        // Much of what is executed is in loops.
        for _ in 0..6 {
            if self.spent < self.budget / 2 {
                main.push(self.repeat());
            }
        }
        let result = self.expr(Kind::Any, 3);
        Program {
            seed,
            numeric,
            awk_host,
            constants: self.constants.all,
            functions,
            main,
            result,
        }
    }

    /// A function that calls earlier ones, and itself perhaps.
    fn function(&mut self, budget: u64) -> Function {
        const KINDS: [Kind; 6] = [
            Kind::Int,
            Kind::Float,
            Kind::Text,
            Kind::Array,
            Kind::ArrayHandle,
            Kind::Any,
        ];
        self.spent = 0;
        self.budget = budget.max(50);
        let recursive = self.rng.one_in(3);
        let kinds: Vec<Kind> = (0..self.rng.below(4))
            .map(|_| *self.rng.choose(&KINDS))
            .collect();
        let mut params: Vec<u16> = kinds.iter().map(|kind| kind.slots()[0]).collect();
        let result = (!self.rng.one_in(4)).then(|| *self.rng.choose(&KINDS));
        let mut body = self.prologue(false);
        // What the prologue sets up must not hide the arguments.
        body.retain(|stmt| {
            !matches!(stmt, Stmt::Run { ops, .. } if ops.iter().any(
            |op| matches!(op, Op::SetSlot(slot) if params.contains(slot))))
        });
        self.inside = Some(result);
        let statements = 1 + self.rng.below(4);
        body.extend((0..statements).map(|_| self.stmt()));
        let value = result.map(|kind| self.expr(kind, 2));
        self.inside = None;
        let mut signature = Signature {
            params: kinds,
            result,
            cost: self.spent + 5,
        };
        if recursive {
            params.push(DEPTH);
            signature.params.push(Kind::Int);
            signature.cost *= 8;
            body.push(recursion(self.signatures.len(), &signature));
        }
        self.signatures.push(signature);
        Function {
            params,
            body,
            result: value,
        }
    }

    /// Gives most variables of a frame values to start with.
    fn prologue(&mut self, globals: bool) -> Vec<Stmt> {
        const KINDS: [Kind; 7] = [
            Kind::Int,
            Kind::Float,
            Kind::Text,
            Kind::Array,
            Kind::Hash,
            Kind::ArrayHandle,
            Kind::HashHandle,
        ];
        let mut stmts = Vec::new();
        for kind in KINDS {
            for &slot in kind.slots() {
                // Handles must be there: some operations take nothing else.
                if matches!(kind, Kind::ArrayHandle | Kind::HashHandle) || !self.rng.one_in(5) {
                    stmts.push(self.assign(kind, Op::SetSlot(slot)));
                }
            }
            if globals {
                for &global in kind.globals() {
                    stmts.push(self.assign(kind, Op::SetVar(global)));
                }
            }
        }
        stmts
    }

    fn assign(&mut self, kind: Kind, store: Op) -> Stmt {
        let value = self.fresh(kind);
        Stmt::Run {
            operands: vec![value],
            ops: vec![store],
        }
    }

    /// Whether code that executes so many operations may still be made.
    fn affords(&self, ops: u64) -> bool {
        self.spent
            .saturating_add(self.around.times.saturating_mul(ops))
            <= self.budget
    }

    /// Counts operations that are executed whenever control comes here.
    fn spend(&mut self, ops: usize) {
        self.spent = self
            .spent
            .saturating_add(self.around.times.saturating_mul(ops as u64));
    }

    /// Makes code under other circumstances.
    fn within<R>(&mut self, around: Around, make: impl FnOnce(&mut Self) -> R) -> R {
        let outer = std::mem::replace(&mut self.around, around);
        let result = make(self);
        self.around = outer;
        result
    }

    /// The slot that the next inner loop counts in.
    fn counter(&self) -> u16 {
        COUNTERS + self.around.loops
    }

    /// The first of the two slots for the elements of the next inner block operation.
    fn elements(&self) -> u16 {
        ELEMENTS + 2 * self.around.blocks
    }
}

/// A call of a function by itself, as long as its depth allows.
fn recursion(number: usize, signature: &Signature) -> Stmt {
    let depth = || Expr::Apply {
        operands: vec![Expr::leaf(Op::GetSlot(DEPTH))],
        // Whatever a caller gave: at most three calls.
        ops: vec![Op::LoadInt(3), Op::BitAnd],
    };
    let plain = signature.params.len() - 1;
    let mut args: Vec<Expr> = signature.params[..plain]
        .iter()
        .map(|kind| Expr::leaf(Op::GetSlot(kind.slots()[0])))
        .collect();
    args.push(Expr::Apply {
        operands: vec![depth()],
        ops: vec![Op::Dec],
    });
    let call = match signature.result {
        None => Stmt::Call {
            function: number,
            args,
        },
        Some(_) => Stmt::Run {
            operands: vec![Expr::Call {
                function: number,
                args,
            }],
            ops: vec![Op::SetSlot(Kind::Any.slots()[1])],
        },
    };
    Stmt::If {
        condition: depth(),
        on: true,
        then: vec![call],
        otherwise: Vec::new(),
    }
}
