//! Functions that are put in line: their operations become part of the code that calls them.
//!
//! In the machine such a call has a frame like any other. Its slots get numbers behind those of
//! the caller, as they are behind them in memory, and its operands are on top of the caller's. Only
//! an exit from inside the function tells the interpreter of the frame.

use std::collections::BTreeSet;
use std::iter::successors;
use std::mem::offset_of;
use std::rc::Rc;

use cranelift_codegen::ir::{Block, InstBuilder, Value, types};

use super::region::Region;
use super::state::{Kind, State};
use super::values::Spot;
use super::{Lowering, Refusal, Role};
use crate::chunk::flow;
use crate::code::Function;
use crate::jit::place::Place;
use crate::jit::unit::{Frame, stride};
use crate::op::{Op, OperandKind, OperandValue};

/// Operations of a function that is put in line at most.
const MAX_OPS: usize = 32;

/// How deep calls in line are within each other at most.
const MAX_DEPTH: usize = 3;

/// Operations that a machine function gets by calls in line at most.
const MAX_OPS_OF_ALL: usize = 300;

/// A block of a scope, by their numbers.
pub(super) type Key = (usize, usize);

/// The number of the place behind a call in line, among the blocks of its function.
pub(super) const BEHIND: usize = usize::MAX;

/// The frame whose operations are being lowered: that of the machine function, or of a function that
/// is in line in it.
#[derive(Debug)]
pub(super) struct Scope {
    /// The number by which assumptions at its blocks are known.
    pub(super) number: usize,
    pub(super) region: Rc<Region>,
    /// The number of its slot 0.
    pub(super) first_slot: usize,
    window: usize,
    /// Operands below this one are not its own.
    pub(super) floor: usize,
    /// Whether it goes on in one way only, to a return.
    is_straight: bool,
    /// For a function in line: what called it.
    caller: Option<Caller>,
}

/// A call in line.
#[derive(Debug)]
struct Caller {
    /// What is called.
    function: Function,
    /// The call.
    at: usize,
    scope: Rc<Scope>,
    /// What is known of the caller during the call.
    state: State,
}

/// What all exits from a call in line come to in the end.
#[derive(Debug)]
pub(super) struct WayOut {
    scope: Rc<Scope>,
    /// Where they go, with the status.
    block: Block,
}

impl Scope {
    /// That of the machine function itself.
    pub(super) fn root(region: Rc<Region>, window: usize) -> Self {
        Scope {
            number: 0,
            region,
            first_slot: 0,
            window: stride(window),
            floor: 0,
            is_straight: false,
            caller: None,
        }
    }

    /// Whether it is that of a function in line.
    pub(super) fn is_inline(&self) -> bool {
        self.caller.is_some()
    }

    /// The number of slot 0 of a frame on top of this one.
    pub(super) fn next_slot(&self) -> usize {
        self.first_slot + self.window
    }

    /// This one and those around it, the innermost first.
    fn chain(&self) -> impl Iterator<Item = &Scope> {
        successors(Some(self), |scope| {
            scope.caller.as_ref().map(|caller| &*caller.scope)
        })
    }

    /// An operation of this scope with the numbers that its slots have here.
    pub(super) fn numbered(&self, op: Op) -> Op {
        if self.first_slot == 0 {
            return op;
        }
        let operands = op.operands().map(|(info, value)| match value {
            OperandValue::UInt(slot) if info.kind == OperandKind::Slot => {
                OperandValue::UInt(slot + self.first_slot as u64)
            }
            value => value,
        });
        let operands: Vec<OperandValue> = operands.collect();
        Op::from_operands(op.opcode(), &operands).unwrap_or(op)
    }
}

/// The calls that are put in line in a machine function.
#[derive(Debug, Default)]
pub(super) struct Inlined {
    /// Where each of them is: in which scope, by which operation, with which arguments.
    calls: Vec<(usize, usize, Vec<Kind>)>,
    /// The operations that were lowered for them.
    ops: usize,
    /// How deep they are.
    pub(super) depth: usize,
    /// The windows of their functions.
    pub(super) windows: BTreeSet<usize>,
    /// The operations of their functions.
    pub(super) members: BTreeSet<usize>,
}

impl Inlined {
    /// Starts over, with the same numbers for the same calls.
    pub(super) fn again(self) -> Self {
        Inlined {
            calls: self.calls,
            ..Inlined::default()
        }
    }

    /// The number of a scope.
    fn number(&mut self, around: usize, at: usize, arguments: &[Kind]) -> usize {
        let call = (around, at, arguments.to_vec());
        let known = self.calls.iter().position(|known| *known == call);
        let number = known.unwrap_or_else(|| {
            self.calls.push(call);
            self.calls.len() - 1
        });
        number + 1
    }
}

/// The operations of a function, if they are few and control only goes forward in them.
fn short_region(place: &Place<'_>, function: Function) -> Option<Region> {
    let block = place.code.block_starting_at(function.entry)?;
    let region = Region::of_function(place, block).ok()?;
    let ops = &place.chunk.ops;
    let goes_forward = |&at: &usize| {
        let mut next = flow::successors(place.chunk, at, &ops[at]);
        next.all(|next| next > at && next < ops.len())
    };
    (region.members.len() <= MAX_OPS && region.members.iter().all(goes_forward)).then_some(region)
}

/// Whether the operations of a function are one block, which ends with a return.
fn is_straight(place: &Place<'_>, region: &Region) -> bool {
    let mut behind_head = region.members.iter().skip(1);
    let is_one_block = behind_head.all(|&at| place.code.block_starting_at(at).is_none());
    let last = region.members.last().map(|&at| place.chunk.ops[at]);
    is_one_block && matches!(last, Some(Op::Return | Op::ReturnValue))
}

impl Lowering<'_, '_> {
    /// What is to be lowered in place of a call of `function`, if it is put in line.
    pub(super) fn inline_region(&self, function: Function) -> Option<Rc<Region>> {
        let is_it = |entry: usize| entry == function.entry;
        let own = match self.role {
            Role::Function(own) => is_it(self.callees.all[own].function.entry),
            Role::Loop | Role::Stub(_) => false,
        };
        let callers = self.scope.chain().filter_map(|scope| scope.caller.as_ref());
        let callers: Vec<usize> = callers.map(|caller| caller.function.entry).collect();
        // A function that calls itself is not worth more than one pass.
        let passes = callers.iter().filter(|&&entry| is_it(entry)).count();
        let slots = self.scope.next_slot() + stride(function.window);
        if callers.len() >= MAX_DEPTH || passes > usize::from(own) || slots > usize::from(u16::MAX)
        {
            return None;
        }
        let region = short_region(self.place, function)?;
        (self.inlined.ops + region.members.len() <= MAX_OPS_OF_ALL).then(|| Rc::new(region))
    }

    /// Lowers the operations of `function` in place of the call at `at`.
    pub(super) fn inline(
        &mut self,
        at: usize,
        function: Function,
        arguments: &[Kind],
        region: Rc<Region>,
    ) -> Result<(), Refusal> {
        let floor = self.state.operands.len() - arguments.len();
        let around = Rc::clone(&self.scope);
        let mut state = self.state.clone();
        state.operands.truncate(floor);
        let number = self.inlined.number(around.number, at, arguments);
        let (head, window) = (region.head, stride(function.window));
        self.inlined.ops += region.members.len();
        self.inlined.members.extend(&region.members);
        self.inlined.windows.insert(window);
        self.scope = Rc::new(Scope {
            number,
            first_slot: around.next_slot(),
            window,
            floor,
            is_straight: is_straight(self.place, &region),
            region,
            caller: Some(Caller {
                function,
                at,
                scope: Rc::clone(&around),
                state,
            }),
        });
        let depth = self.scope.chain().count() - 1;
        self.inlined.depth = self.inlined.depth.max(depth);
        for slot in self.slots_of_scope() {
            self.state.slots.insert(slot, Kind::Undef);
        }
        let (done, paid) = (self.done, self.paid);
        self.pay(head);
        self.operations(head)?;
        while let Some(&key) = self.work.range((number, 0)..(number + 1, 0)).next() {
            self.work.remove(&key);
            self.block(key)?;
        }
        let is_straight = self.scope.is_straight;
        (self.scope, self.done, self.paid) = (around, done, paid);
        if self.credit.is_some() {
            self.has_effect();
        }
        if !is_straight {
            self.go_on_behind(number);
        }
        Ok(())
    }

    fn slots_of_scope(&self) -> std::ops::Range<usize> {
        self.scope.first_slot..self.scope.next_slot()
    }

    /// Goes on behind a call in line, where all its returns went.
    fn go_on_behind(&mut self, number: usize) {
        let behind = (number, BEHIND);
        self.ended = !self.blocks.contains_key(&behind);
        if !self.ended {
            self.builder.switch_to_block(self.blocks[&behind]);
            self.state = self.assumptions[&behind].clone();
            self.exit = None;
            self.inside.clear();
        }
    }

    /// A return from a function in line.
    pub(super) fn return_inline(&mut self, with_value: bool) -> Result<(), Refusal> {
        let scope = Rc::clone(&self.scope);
        let result = match self.state.operands[scope.floor..].last() {
            Some(&kind) if with_value => Some((kind, self.value(0))),
            _ if with_value => Some((Kind::Undef, None)),
            _ => None,
        };
        if let Some((Kind::Any | Kind::Lent(_), _)) = result {
            return Err("it returns something else than a number");
        }
        let kept = self.state.clone();
        self.state.operands.truncate(scope.floor);
        if let Some((kind, value)) = result {
            self.push(kind, value);
        }
        for slot in self.slots_of_scope() {
            self.state.slots.remove(&slot);
        }
        if !scope.is_straight {
            self.go_to((scope.number, BEHIND))?;
            self.state = kept;
            self.ended = true;
        }
        Ok(())
    }

    /// The place of a slot in memory.
    pub(super) fn slot_spot(&mut self, slot: usize) -> Spot {
        match self.role {
            // What is on top of a frame that is in memory is where the frame ends.
            Role::Loop | Role::Stub(_) if slot >= self.window => {
                let top = self.load_field(offset_of!(Frame, slots_top));
                (top, slot - self.window)
            }
            _ => (self.slot_place(), slot),
        }
    }

    /// The address of slot 0 of a frame on top of a scope's.
    pub(super) fn slots_behind(&mut self, scope: &Scope) -> Value {
        let spot = self.slot_spot(scope.next_slot());
        self.address(spot)
    }

    /// Where exits from a call in line go.
    fn way_out(&mut self) -> Block {
        let number = self.scope.number;
        if let Some(&known) = self.ways_out.get(&number) {
            return known;
        }
        let block = self.new_block();
        self.builder.set_cold_block(block);
        self.builder.append_block_param(block, types::I32);
        self.ways_out.insert(number, block);
        let scope = Rc::clone(&self.scope);
        self.unfinished.push(WayOut { scope, block });
        block
    }

    /// Leaves a call in line with a status, if this is one.
    pub(super) fn leave_call(&mut self, status: Value) -> bool {
        if self.scope.is_inline() {
            let out = self.way_out();
            self.builder.ins().jump(out, &[status.into()]);
        }
        self.scope.is_inline()
    }

    /// Makes the code of the ways out: it writes the frame of the caller to memory, tells the interpreter
    /// of that of the function, and leaves the caller in turn.
    pub(super) fn finish_ways_out(&mut self) {
        while let Some(WayOut { scope, block }) = self.unfinished.pop() {
            let Some(caller) = &scope.caller else {
                continue;
            };
            self.builder.switch_to_block(block);
            let status = self.builder.block_params(block)[0];
            self.scope = Rc::clone(&caller.scope);
            self.state = caller.state.clone();
            self.store_slots();
            self.store_operand_values();
            let slots = self.slots_behind(&caller.scope);
            let base = self.operand_place();
            let operands = self.address((base, scope.floor));
            self.open_frame(caller.at, slots, operands);
            self.end_with(status);
        }
    }
}
