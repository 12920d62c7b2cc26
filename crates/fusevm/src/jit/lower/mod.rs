//! From the operations of a loop to machine code.
//!
//! A loop is lowered under assumptions about the kinds of values at the start of each of its
//! blocks: those that the machine holds at its head, and behind that what its operations make of
//! them. Where a jump goes back to a block with other kinds the assumption is widened, and the
//! loop is lowered once more, until nothing has to be.

mod arith;
mod arrays;
mod control;
mod ops;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{AbiParam, Block, MemFlagsData, SigRef, Signature, Value, types};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};

use super::JitMode;
use super::dump::Listing;
use super::memory::{CodeMemory, NO_MEMORY};
use super::native::{Place, Status};
use super::unit::Unit;
use crate::chunk::flow::successors;
use crate::op::{OpFlags, OperandKind, OperandValue};
use crate::semantics::Dialect;
use state::{Kind, State};

/// Why a loop is left to the interpreter.
pub(super) type Refusal = &'static str;

/// How often assumptions are widened. Each slot of a loop can be once at each block.
const MAX_ROUNDS: usize = 20;

/// Operations of a loop that is compiled at most: compilation takes time in proportion.
const MAX_OPS: usize = 2000;

/// Of so many operations one may be carried out by the interpreter: it takes longer than its own
/// way of doing so.
const MOST_CARRIED: usize = 16;

/// Compiles the loop at `place`.
pub(super) fn compile(place: &Place<'_>) -> Result<Unit, Refusal> {
    if place.chunk.numeric.dialect != Dialect::Contract {
        return Err("its arithmetic is that of AWK");
    }
    let isa = isa().ok_or("there is no code generator for this processor")?;
    let members = members(place)?;
    let mut assumptions = BTreeMap::from([(place.block, observed(place, &members))]);
    let mut context = Context::new();
    let mut builder_context = FunctionBuilderContext::new();
    for _ in 0..MAX_ROUNDS {
        context.clear();
        context.func.signature = entry_signature(isa.default_call_conv(), isa);
        let builder = FunctionBuilder::new(&mut context.func, &mut builder_context);
        let mut lowering = Lowering::new(place, &members, assumptions, builder, isa);
        lowering.run()?;
        let (grow, globals, widened) = (lowering.grow, lowering.globals, lowering.widened);
        let pays = lowering.carried * MOST_CARRIED <= lowering.native;
        assumptions = lowering.finish(isa);
        if !widened {
            if place.mode != JitMode::Eager && !pays {
                return Err("most of it has no native code");
            }
            let ir = place.is_listed().then(|| context.func.to_string());
            context.set_disasm(ir.is_some());
            let compiled = context
                .compile(&**isa, &mut ControlPlane::default())
                .map_err(|_| "the code generator refused it")?;
            let memory = CodeMemory::new(compiled.code_buffer()).map_err(|_| NO_MEMORY)?;
            let mut unit = Unit::new(memory, grow, globals);
            unit.listing = ir.map(|ir| Listing {
                ops: members.into_iter().collect(),
                ir,
                assembly: compiled.vcode.clone().unwrap_or_default(),
            });
            return Ok(unit);
        }
    }
    Err("the kinds of its values do not settle")
}

/// The code generator for this processor.
fn isa() -> Option<&'static OwnedTargetIsa> {
    static ISA: OnceLock<Option<OwnedTargetIsa>> = OnceLock::new();
    let isa = ISA.get_or_init(|| {
        let mut flags = settings::builder();
        // At `speed` the code for the many exits takes time that is quadratic in their number.
        flags.set("opt_level", "none").ok()?;
        flags.set("is_pic", "true").ok()?;
        let verify = if cfg!(debug_assertions) {
            "true"
        } else {
            "false"
        };
        flags.set("enable_verifier", verify).ok()?;
        let isa = cranelift_native::builder().ok()?;
        isa.finish(settings::Flags::new(flags)).ok()
    });
    isa.as_ref()
}

/// The type of a unit's entry.
fn entry_signature(convention: CallConv, isa: &OwnedTargetIsa) -> Signature {
    let mut signature = Signature::new(convention);
    signature.params.push(AbiParam::new(isa.pointer_type()));
    signature.returns.push(AbiParam::new(types::I32));
    signature
}

/// The operations of the loop that starts at `place`: those from which a jump goes back to its head
/// without passing it. A block may go on behind the end of a loop.
fn members(place: &Place<'_>) -> Result<BTreeSet<usize>, Refusal> {
    let ops = &place.chunk.ops;
    let head = place.start();
    let mut before = vec![Vec::new(); ops.len()];
    for (at, op) in ops.iter().enumerate() {
        for next in successors(place.chunk, at, op) {
            if let Some(before) = before.get_mut(next) {
                before.push(at);
            }
        }
    }
    let mut members = BTreeSet::from([head]);
    let mut work = before[head].clone();
    work.retain(|&at| at >= head);
    while let Some(at) = work.pop() {
        if members.insert(at) {
            work.extend(&before[at]);
        }
        if members.len() > MAX_OPS {
            return Err("it is too long");
        }
    }
    Ok(members)
}

/// What the machine holds at the head of the loop.
fn observed(place: &Place<'_>, members: &BTreeSet<usize>) -> State {
    let mut state = State::default();
    let operands = members
        .iter()
        .flat_map(|&at| place.chunk.ops[at].operands());
    for (info, value) in operands {
        if let (OperandKind::Slot, OperandValue::UInt(slot)) = (info.kind, value) {
            let slot = slot as usize;
            state.slots.insert(slot, Kind::of(place.slot_kind(slot)));
        }
    }
    state
}

/// A function under construction.
struct Lowering<'a, 'f> {
    place: &'a Place<'a>,
    builder: FunctionBuilder<'f>,
    /// The operations of the loop.
    members: &'a BTreeSet<usize>,
    /// What is assumed at the start of blocks.
    assumptions: BTreeMap<usize, State>,
    /// Whether one of them turned out to be too narrow.
    widened: bool,
    /// The code of the loop's blocks.
    blocks: BTreeMap<usize, Block>,
    /// Blocks that are still to be lowered.
    work: Vec<usize>,
    /// What is known at the present place.
    state: State,
    /// Values of slots and operands, one variable for each type.
    slots: BTreeMap<usize, Pair>,
    operands: Vec<Pair>,
    frame: Value,
    slot_base: Variable,
    operand_base: Variable,
    global_base: Variable,
    helper: SigRef,
    remainder: SigRef,
    pointer: types::Type,
    grow: usize,
    globals: usize,
    /// Operations that have native code, and those that the interpreter carries out.
    native: usize,
    carried: usize,
}

/// A variable for each type of machine value.
#[derive(Clone, Copy)]
struct Pair {
    int: Variable,
    float: Variable,
}

/// Memory that is there and aligned.
const TRUSTED: MemFlagsData = MemFlagsData::trusted();

impl<'a, 'f> Lowering<'a, 'f> {
    fn new(
        place: &'a Place<'a>,
        members: &'a BTreeSet<usize>,
        assumptions: BTreeMap<usize, State>,
        mut builder: FunctionBuilder<'f>,
        isa: &OwnedTargetIsa,
    ) -> Self {
        let pointer = isa.pointer_type();
        let convention = isa.default_call_conv();
        let mut helper = Signature::new(convention);
        helper.params.extend([pointer; 2].map(AbiParam::new));
        helper.returns.push(AbiParam::new(types::I32));
        let mut remainder = Signature::new(convention);
        remainder.params.extend([types::F64; 2].map(AbiParam::new));
        remainder.returns.push(AbiParam::new(types::F64));
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        let frame = builder.block_params(entry)[0];
        let [slot_base, operand_base, global_base] = [(); 3].map(|()| builder.declare_var(pointer));
        Lowering {
            place,
            members,
            assumptions,
            widened: false,
            blocks: BTreeMap::new(),
            work: Vec::new(),
            state: State::default(),
            slots: BTreeMap::new(),
            operands: Vec::new(),
            frame,
            slot_base,
            operand_base,
            global_base,
            helper: builder.import_signature(helper),
            remainder: builder.import_signature(remainder),
            pointer,
            grow: 0,
            globals: 0,
            native: 0,
            carried: 0,
            builder,
        }
    }

    /// Lowers the loop.
    fn run(&mut self) -> Result<(), Refusal> {
        self.enter();
        while let Some(number) = self.work.pop() {
            self.block(number)?;
        }
        self.builder.seal_all_blocks();
        Ok(())
    }

    /// Ends the function and gives the assumptions.
    fn finish(self, isa: &OwnedTargetIsa) -> BTreeMap<usize, State> {
        let Lowering {
            builder,
            assumptions,
            ..
        } = self;
        builder.finalize(isa.frontend_config());
        assumptions
    }

    /// Lowers the operations of a block.
    fn block(&mut self, number: usize) -> Result<(), Refusal> {
        let block = self.blocks[&number];
        self.builder.switch_to_block(block);
        self.state = self.assumptions[&number].clone();
        let code = self.place.code;
        let range = code.rest_of_block(code.blocks()[number].start);
        let behind = range.end;
        for at in range {
            if !self.members.contains(&at) {
                self.leave(at, Status::Left);
                return Ok(());
            }
            let op = self.place.chunk.ops[at];
            self.native += 1;
            self.op(at, op)?;
            if op.opcode().info().is(OpFlags::TERMINATOR) {
                return Ok(());
            }
        }
        self.jump_to(behind)
    }
}
