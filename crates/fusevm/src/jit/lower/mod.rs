//! From the operations of a loop or function to machine code.
//!
//! A region is lowered under assumptions about the kinds of values at the start of each of its
//! blocks: those that the machine holds at its head, and behind that what its operations make of
//! them. Where a jump goes back to a block with other kinds the assumption is widened, and the
//! loop is lowered once more, until nothing has to be.

mod arith;
mod arrays;
mod awk;
mod calls;
mod control;
mod credit;
mod divide;
mod elements;
mod exits;
mod extension;
mod hashes;
mod inline;
mod link;
mod loose;
mod ops;
mod rare;
mod region;
mod save;
mod state;
mod texts;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::mem;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{
    self, AbiParam, Block, FuncRef, MemFlagsData, SigRef, Signature, StackSlot, Value, types,
};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};

use super::dump::Listing;
use super::memory::{CodeMemory, NO_MEMORY};
use super::native::Status;
use super::place::Place;
use super::unit::{CallNeeds, Said, Unit, stride};
use super::{JitExtension, JitMode, loops};
use crate::op::OpFlags;
use crate::vm::Math;
use arrays::Parts;
use calls::Callees;
use exits::Exit;
use inline::{Inlined, Key, Scope, WayOut};
use link::Linker;
use region::Region;
use state::{Holder, Kind, State};

/// Why a loop is left to the interpreter.
pub(super) type Refusal = &'static str;

/// How often assumptions are widened. Each slot of a loop can be once at each block.
const MAX_ROUNDS: usize = 20;

/// Operations of a loop that is compiled at most: compilation takes time in proportion.
const MAX_OPS: usize = 2000;

/// Of so many operations one may be carried out by the interpreter: it takes longer than its own
/// way of doing so.
const MOST_CARRIED: usize = 16;

/// Compiles the loop or function at `place`.
pub(super) fn compile(place: &Place<'_>) -> Result<Unit, Refusal> {
    let isa = isa().ok_or("there is no code generator for this processor")?;
    let mut callees = Callees::default();
    let (role, region) = root(place, &mut callees)?;
    // The assumptions of the entry, and of the functions that it calls.
    let mut drafts = vec![Draft::default()];
    drafts[0]
        .assumptions
        .insert((0, place.block), observed(place, &region));
    let mut builder_context = FunctionBuilderContext::new();
    for _ in 0..MAX_ROUNDS {
        callees.changed = false;
        let mut round = Round::default();
        for number in 0.. {
            let (role, region) = match number {
                0 => (role, region.clone()),
                _ => match callees.all.get(number - 1) {
                    Some(callee) => (Role::Function(number - 1), callee.region.clone()),
                    None => break,
                },
            };
            drafts.resize_with(drafts.len().max(number + 1), Draft::default);
            let draft = mem::take(&mut drafts[number]);
            let mut function = ir::Function::new();
            function.signature = signature(role, &callees, isa);
            let builder = FunctionBuilder::new(&mut function, &mut builder_context);
            let mut lowering =
                Lowering::new(place, role, region, draft, &mut callees, builder, isa);
            lowering.run()?;
            drafts[number] = lowering.finish(isa, &mut round);
            round.functions.push(function);
        }
        if !round.widened && !callees.changed {
            if place.mode != JitMode::Eager && round.carried * MOST_CARRIED > round.native {
                return Err("most of it has no native code");
            }
            return round.finish(place, isa, role, &callees);
        }
    }
    Err("the kinds of its values do not settle")
}

/// What is kept of a function from one round to the next.
#[derive(Default)]
struct Draft {
    /// What is assumed at the start of blocks.
    assumptions: BTreeMap<Key, State>,
    inlined: Inlined,
}

/// What there is to enter at `place`.
fn root(place: &Place<'_>, callees: &mut Callees) -> Result<(Role, Rc<Region>), Refusal> {
    if let Some(region) = Region::of_loop(place, place.block)? {
        return Ok((Role::Loop, Rc::new(region)));
    }
    let function = place.code.function_at(place.start() as i64);
    let function = function.ok_or("it is neither a loop nor a function")?;
    let dialect = place.chunk.numeric.dialect;
    let operands = place.operand_kinds().into_iter();
    let arguments: Vec<Kind> = operands.map(|kind| Kind::of(dialect, kind)).collect();
    if arguments.contains(&Kind::Any) {
        return Err("its arguments are not numbers");
    }
    let number = callees.number(place, function, &arguments)?;
    let region = callees.all[number].region.clone();
    Ok((Role::Stub(number), region))
}

/// The type of a machine function.
fn signature(role: Role, callees: &Callees, isa: &OwnedTargetIsa) -> Signature {
    let empty = Signature::new(isa.default_call_conv());
    match role {
        Role::Loop | Role::Stub(_) => function_type(empty, &[isa.pointer_type()], types::I32),
        Role::Function(number) => callees.all[number].signature(empty, isa.pointer_type()),
    }
}

fn function_type(
    mut empty: Signature,
    parameters: &[types::Type],
    result: types::Type,
) -> Signature {
    let parameters = parameters.iter().map(|&kind| AbiParam::new(kind));
    empty.params.extend(parameters);
    empty.returns.push(AbiParam::new(result));
    empty
}

/// What lowering all functions of a unit once came to.
#[derive(Default)]
struct Round {
    /// The operations of all of them.
    ops: BTreeSet<usize>,
    functions: Vec<ir::Function>,
    /// The names of the functions that they call.
    called: BTreeSet<u32>,
    math: BTreeMap<u16, Math>,
    /// What the front end said, of operations without and with a wide operand.
    extensions: [Option<Arc<dyn JitExtension>>; 2],
    /// The windows of functions that are in line, and how deep their calls are.
    windows: BTreeSet<usize>,
    depth: usize,
    /// Whether an assumption turned out to be too narrow.
    widened: bool,
    /// Operands that a function pushes at most.
    grow: usize,
    /// Globals that must exist.
    globals: usize,
    /// Operations that have native code, and those that the interpreter carries out.
    native: usize,
    carried: usize,
}

impl Round {
    /// Generates the code.
    fn finish(
        self,
        place: &Place<'_>,
        isa: &OwnedTargetIsa,
        role: Role,
        callees: &Callees,
    ) -> Result<Unit, Refusal> {
        let mut linker = Linker::default();
        let mut native_frame = 0;
        let mut listing = place.is_listed().then(|| Listing {
            ops: self.ops.iter().copied().collect(),
            ir: String::new(),
            assembly: String::new(),
        });
        let mut context = Context::new();
        let rare = rare::functions(&self.called, isa);
        let names = [ENTRY].into_iter().chain(0..);
        let functions = names.zip(self.functions).chain(rare);
        for (name, function) in functions {
            context.clear();
            context.func = function;
            if let Some(listing) = &mut listing {
                let _ = writeln!(listing.ir, "{}", context.func);
                context.set_disasm(true);
            }
            context
                .compile(&**isa, &mut ControlPlane::default())
                .map_err(|_| "the code generator refused it")?;
            let compiled = context.compiled_code();
            let compiled = compiled.ok_or("the code generator refused it")?;
            linker.add(name, compiled, &context.func)?;
            if let Some(listing) = &mut listing {
                listing.assembly += compiled.vcode.as_deref().unwrap_or_default();
            }
            let layout = compiled.buffer.frame_layout();
            let frame = layout.map_or(usize::MAX, |layout| layout.frame_to_fp_offset as usize);
            let arguments = context.func.signature.params.len() * size_of::<u64>();
            native_frame = native_frame.max(frame.saturating_add(arguments + LINKAGE));
        }
        let memory = CodeMemory::new(&linker.finish()?).map_err(|_| NO_MEMORY)?;
        let windows = callees
            .all
            .iter()
            .map(|callee| stride(callee.function.window));
        let windows: BTreeSet<usize> = windows.chain(self.windows).collect();
        let calls = windows.last().copied().map(|most| CallNeeds {
            fewest_slots: windows.first().copied().unwrap_or(most),
            most_slots: most,
            inline: self.depth,
            operands: self.grow,
            native: native_frame,
        });
        Ok(Unit {
            memory,
            grow: self.grow,
            globals: self.globals,
            arguments: match role {
                Role::Stub(number) => Some(callees.all[number].arguments.len()),
                _ => None,
            },
            calls,
            math: self.math.into_iter().collect(),
            extensions: self.extensions.map(|said| said.map(Said)),
            listing,
        })
    }
}

/// The name of a unit's first function, which no other calls.
const ENTRY: u32 = u32::MAX - 1;

/// Bytes of a native frame besides those that Cranelift counts: the return address, the frame
/// pointer, alignment.
const LINKAGE: usize = 64;

/// The code generator for this processor.
pub(super) fn isa() -> Option<&'static OwnedTargetIsa> {
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

/// What the machine holds at the head of the loop.
fn observed(place: &Place<'_>, region: &Region) -> State {
    let mut state = State::default();
    let ops = region.members.iter().map(|&at| place.chunk.ops[at]);
    let has_loops = region.has_loops_inside(place);
    for holder in ops.flat_map(Holder::named_by) {
        if let Holder::Slot(slot) = holder {
            // What inner loops use is not there yet in the first pass, and should not stop it.
            let kind = match Kind::of(place.chunk.numeric.dialect, place.slot_kind(slot)) {
                Kind::Any => Kind::Any,
                _ if has_loops && region.assigns_first(place, slot) => Kind::Plain,
                kind => kind,
            };
            state.slots.insert(slot, kind);
        }
    }
    let holders = region.members.iter();
    for holder in holders.filter_map(|&at| arrays::holder(place.chunk.ops[at])) {
        if let Some(array) = arrays::observed(place, holder) {
            state.arrays.insert(holder, array);
        }
    }
    state
}

/// What a machine function is for.
#[derive(Debug, Clone, Copy)]
enum Role {
    /// To be entered at a loop, in a frame and with operands that are in memory.
    Loop,
    /// To be entered at a function with a number, which it calls.
    Stub(usize),
    /// To be called by others.
    Function(usize),
}

/// A function under construction.
struct Lowering<'a, 'f> {
    place: &'a Place<'a>,
    role: Role,
    /// Slots of its frame.
    window: usize,
    /// The frame whose operations are being lowered.
    scope: Rc<Scope>,
    callees: &'a mut Callees,
    builder: FunctionBuilder<'f>,
    /// What is assumed at the start of blocks.
    assumptions: BTreeMap<Key, State>,
    /// Calls that are put in line.
    inlined: Inlined,
    /// Whether one of them turned out to be too narrow.
    widened: bool,
    /// The code of the region's blocks.
    blocks: BTreeMap<Key, Block>,
    /// Blocks that are still to be lowered.
    work: BTreeSet<Key>,
    /// What is known at the present place.
    state: State,
    /// Whether the present place is not reached.
    ended: bool,
    /// Whether it is hardly ever reached.
    is_unlikely: bool,
    /// The exit of guards here, if there was no effect since it was made.
    exit: Option<Exit>,
    exits: Vec<Exit>,
    /// The ways out of calls in line, by their scopes, and those that have no code yet.
    ways_out: BTreeMap<usize, Block>,
    unfinished: Vec<WayOut>,
    /// The slots that the region assigns to.
    assigned: BTreeSet<usize>,
    /// Operations before this one have been lowered with one before them.
    done: usize,
    /// Values of slots and operands, one variable for each type.
    slots: BTreeMap<usize, Pair>,
    operands: Vec<Pair>,
    /// The loops of the region, and whether calls here save what they would not leave.
    loops: BTreeMap<usize, usize>,
    saves: bool,
    /// Where variables, by their numbers, are during calls.
    saved: BTreeMap<u32, StackSlot>,
    /// Values that are known to be less than others on all ways to the present place.
    inside: Vec<(Value, Value)>,
    /// Variables for the parts of arrays.
    arrays: BTreeMap<Holder, Parts>,
    entry: Block,
    frame: Value,
    /// Functions that are called.
    references: BTreeMap<u32, FuncRef>,
    helper: SigRef,
    /// The types of other helpers.
    signatures: Vec<(Signature, SigRef)>,
    opened: SigRef,
    remainder: SigRef,
    math_signature: SigRef,
    /// What builtins are taken to compute, by name.
    math: BTreeMap<u16, Math>,
    /// What the front end said, of operations without and with a wide operand.
    extensions: [Option<Arc<dyn JitExtension>>; 2],
    convention: CallConv,
    pointer: types::Type,
    /// In a run that is bounded: fuel that is paid for and not used.
    credit: Option<Variable>,
    /// The operations before this one are paid for, from the present one on.
    paid: usize,
    grow: usize,
    globals: usize,
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
        role: Role,
        region: Rc<Region>,
        draft: Draft,
        callees: &'a mut Callees,
        mut builder: FunctionBuilder<'f>,
        isa: &OwnedTargetIsa,
    ) -> Self {
        let pointer = isa.pointer_type();
        let convention = isa.default_call_conv();
        let empty = Signature::new(convention);
        let helper = function_type(empty.clone(), &[pointer; 2], types::I32);
        let opened = function_type(empty.clone(), &[pointer; 4], types::I32);
        let remainder = function_type(empty.clone(), &[types::F64; 2], types::F64);
        let math = function_type(empty, &[types::I32, types::F64], types::F64);
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        let frame = builder.block_params(entry)[0];
        let window = match role {
            Role::Function(number) => callees.all[number].function.window,
            Role::Loop | Role::Stub(_) => place.slot_count(),
        };
        let members = region.members.iter();
        Lowering {
            place,
            role,
            window: stride(window),
            callees,
            assumptions: draft.assumptions,
            inlined: draft.inlined.again(),
            widened: false,
            blocks: BTreeMap::new(),
            work: BTreeSet::new(),
            state: State::default(),
            ended: false,
            is_unlikely: false,
            exit: None,
            exits: Vec::new(),
            ways_out: BTreeMap::new(),
            unfinished: Vec::new(),
            assigned: (region.members.iter())
                .flat_map(|&at| exits::assigned(place.chunk.ops[at]))
                .collect(),
            done: 0,
            slots: BTreeMap::new(),
            operands: Vec::new(),
            loops: loops::loops(members.map(|&at| (at, &place.chunk.ops[at]))),
            saves: false,
            scope: Rc::new(Scope::root(region, window)),
            saved: BTreeMap::new(),
            inside: Vec::new(),
            arrays: BTreeMap::new(),
            entry,
            frame,
            references: BTreeMap::new(),
            helper: builder.import_signature(helper),
            signatures: Vec::new(),
            opened: builder.import_signature(opened),
            remainder: builder.import_signature(remainder),
            math_signature: builder.import_signature(math),
            math: BTreeMap::new(),
            extensions: [None, None],
            convention,
            pointer,
            credit: (place.bounded).then(|| builder.declare_var(types::I64)),
            paid: 0,
            grow: 0,
            globals: 0,
            native: 0,
            carried: 0,
            builder,
        }
    }

    /// Lowers the region.
    fn run(&mut self) -> Result<(), Refusal> {
        self.take_credit();
        match self.role {
            Role::Loop => self.enter_loop(),
            Role::Stub(number) => self.enter_stub(number)?,
            Role::Function(number) => self.enter_function(number)?,
        }
        while let Some(key) = self.work.pop_last() {
            self.block(key)?;
        }
        self.finish_exits();
        self.finish_ways_out();
        self.builder.seal_all_blocks();
        Ok(())
    }

    /// Ends the function and gives the assumptions.
    fn finish(self, isa: &OwnedTargetIsa, round: &mut Round) -> Draft {
        round.widened |= self.widened;
        round.grow = round.grow.max(self.grow);
        round.globals = round.globals.max(self.globals);
        round.native += self.native;
        round.carried += self.carried;
        round.called.extend(self.references.keys());
        round.math.extend(self.math);
        for (known, said) in round.extensions.iter_mut().zip(self.extensions) {
            *known = known.take().or(said);
        }
        round.ops.extend(&self.scope.region.members);
        round.ops.extend(&self.inlined.members);
        round.windows.extend(&self.inlined.windows);
        round.depth = round.depth.max(self.inlined.depth);
        self.builder.finalize(isa.frontend_config());
        Draft {
            assumptions: self.assumptions,
            inlined: self.inlined,
        }
    }

    /// Lowers the operations of a block.
    fn block(&mut self, key: Key) -> Result<(), Refusal> {
        let block = self.blocks[&key];
        self.builder.switch_to_block(block);
        self.state = self.assumptions[&key].clone();
        self.exit = None;
        self.inside.clear();
        self.pay(key.1);
        self.operations(key.1)
    }

    /// Lowers the operations of a block, from the present place on.
    fn operations(&mut self, number: usize) -> Result<(), Refusal> {
        self.ended = false;
        self.done = 0;
        let code = self.place.code;
        let range = code.rest_of_block(code.blocks()[number].start);
        let behind = range.end;
        for at in range {
            if !self.scope.region.members.contains(&at) {
                self.leave(at, Status::Left);
                return Ok(());
            }
            let op = self.scope.numbered(self.place.chunk.ops[at]);
            self.native += 1;
            if at < self.done {
                continue;
            }
            if !self.scope.is_inline() {
                self.saves = self.is_outside_loops(at);
            }
            self.look_at_memory();
            if !values::takes_lent(op) {
                self.settle(0);
            }
            self.op(at, op)?;
            self.look_at_memory();
            if self.ended || op.opcode().info().is(OpFlags::TERMINATOR) {
                return Ok(());
            }
        }
        self.settle(0);
        self.jump(behind - 1, behind)
    }
}
