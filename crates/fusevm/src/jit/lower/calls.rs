//! Calls from native code to native code.
//!
//! A function is compiled for the kinds of its arguments, which travel in machine registers, as
//! does its result. Nothing of its frame is in memory while it runs. When something happens that
//! native code does not go on with, each function on the way back writes its frame to where the
//! interpreter would have it, from the innermost outwards, and goes on returning.

use std::mem::offset_of;
use std::rc::Rc;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, ExtFuncData, ExternalName, FuncRef, InstBuilder, Signature, TrapCode,
    UserExternalName, Value, types,
};

use super::region::Region;
use super::state::{Kind, SIZE, State};
use super::{Lowering, Refusal, Role};
use crate::code::Function;
use crate::jit::native::Status;
use crate::jit::place::Place;
use crate::jit::unit::{Frame, stride};
use crate::op::Op;

/// Functions that one unit has at most: one for each combination of kinds of arguments.
const MAX_FUNCTIONS: usize = 16;

/// What a function gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Returned {
    Nothing,
    Value(Kind),
}

impl Returned {
    /// The type of the machine value that it is, if it is one.
    fn machine_type(self) -> Option<types::Type> {
        match self {
            Returned::Nothing => None,
            Returned::Value(kind) => kind.machine_type(),
        }
    }
}

/// A function of a unit.
#[derive(Debug)]
pub(super) struct Callee {
    pub(super) function: Function,
    pub(super) arguments: Vec<Kind>,
    pub(super) region: Rc<Region>,
    /// What it gives back, as far as is known: nothing is before a return has been lowered.
    pub(super) result: Option<Returned>,
    /// Whether it calls functions in turn.
    pub(super) calls: bool,
}

/// The functions that a unit calls.
#[derive(Debug, Default)]
pub(super) struct Callees {
    pub(super) all: Vec<Callee>,
    /// Whether something became known of one.
    pub(super) changed: bool,
}

impl Callees {
    /// The number of the function at `function` for `arguments`.
    ///
    /// # Errors
    /// When it cannot be compiled.
    pub(super) fn number(
        &mut self,
        place: &Place<'_>,
        function: Function,
        arguments: &[Kind],
    ) -> Result<usize, Refusal> {
        let is_it = |callee: &Callee| {
            callee.function.entry == function.entry && callee.arguments == arguments
        };
        if let Some(number) = self.all.iter().position(is_it) {
            return Ok(number);
        }
        if self.all.len() == MAX_FUNCTIONS {
            return Err("it calls too many functions");
        }
        let block = place.code.block_starting_at(function.entry);
        let block = block.ok_or("it calls a function without operations")?;
        self.all.push(Callee {
            function,
            arguments: arguments.to_vec(),
            region: Rc::new(Region::of_function(place, block)?),
            result: None,
            calls: false,
        });
        self.changed = true;
        Ok(self.all.len() - 1)
    }

    /// Takes notice of what function `number` gives back in one place.
    fn returns(&mut self, number: usize, returned: Returned) -> Result<(), Refusal> {
        match &mut self.all[number].result {
            Some(known) if *known == returned => Ok(()),
            Some(Returned::Value(Kind::Number)) if returned == Returned::Value(Kind::Int) => Ok(()),
            Some(known @ Returned::Value(Kind::Int))
                if returned == Returned::Value(Kind::Number) =>
            {
                *known = returned;
                self.changed = true;
                Ok(())
            }
            Some(_) => Err("its results are of several kinds"),
            unknown => {
                *unknown = Some(returned);
                self.changed = true;
                Ok(())
            }
        }
    }
}

impl Callee {
    /// The type of the machine function: gets the frame, the addresses of slot and operand 0 and the
    /// arguments, and gives a status and the result.
    pub(super) fn signature(&self, mut signature: Signature, pointer: types::Type) -> Signature {
        let arguments = self.arguments.iter().filter_map(|kind| kind.machine_type());
        let parameters = [pointer; 3].into_iter().chain(arguments);
        signature.params.extend(parameters.map(AbiParam::new));
        let result = self.result.and_then(Returned::machine_type);
        let results = [types::I32].into_iter().chain(result);
        signature.returns.extend(results.map(AbiParam::new));
        signature
    }
}

impl Lowering<'_, '_> {
    /// The entry of function `number`: arguments are operands, and all slots are fresh.
    pub(super) fn enter_function(&mut self, number: usize) -> Result<(), Refusal> {
        let callee = &self.callees.all[number];
        let (arguments, function) = (callee.arguments.clone(), callee.function);
        let (head, calls) = (callee.region.head, callee.calls);
        let parameters = self.builder.block_params(self.entry).to_vec();
        self.state = State {
            slots: (0..stride(function.window))
                .map(|slot| (slot, Kind::Undef))
                .collect(),
            ..State::default()
        };
        let mut values = parameters[3..].iter().copied();
        for kind in arguments {
            let value = kind.machine_type().and_then(|_| values.next());
            self.push(kind, value);
        }
        if calls {
            let limit = self.load_field(offset_of!(Frame, slots_limit));
            let ins = self.builder.ins();
            let is_room = ins.icmp(IntCC::UnsignedLessThan, parameters[1], limit);
            self.guard_or(is_room, function.entry, Status::Deep);
        }
        self.jump_to(self.place.code.blocks()[head].start)
    }

    /// The entry of a unit for function `number`: takes its arguments from the operand stack, calls
    /// it and puts its result there. A return, which the interpreter carries out, does the rest.
    pub(super) fn enter_stub(&mut self, number: usize) -> Result<(), Refusal> {
        let arguments = self.callees.all[number].arguments.clone();
        self.find_operands(arguments.len());
        self.state.operands = vec![Kind::Any; arguments.len()];
        let base = self.operand_place();
        let entry = self.callees.all[number].function.entry;
        let mut values = Vec::new();
        for (at, &kind) in arguments.iter().enumerate() {
            let is_so = self.has_kind(kind, base, at);
            self.guard(is_so, entry);
            values.extend(self.load(kind, base, at));
        }
        let slots = self.slot_place();
        let results = self.call_native(number, slots, base, &values);
        let [good, bad] = self.on_status(results[0]);
        self.builder.switch_to_block(bad);
        self.builder.ins().return_(&results[..1]);
        self.builder.switch_to_block(good);
        self.state.operands.clear();
        let Callee { result, region, .. } = &self.callees.all[number];
        let (op, kind) = match *result {
            Some(Returned::Value(kind)) => (Op::ReturnValue, Some(kind)),
            Some(Returned::Nothing) => (Op::Return, None),
            None => {
                self.never();
                return Ok(());
            }
        };
        let ops = &self.place.chunk.ops;
        let at = region.members.iter().find(|&&at| ops[at] == op);
        let at = *at.ok_or("it returns in a way that is not known")?;
        // The function has paid for its return, and so will the interpreter.
        self.paid = at + 1;
        if let Some(kind) = kind {
            self.push(kind, results.get(1).copied());
        }
        self.hand_on(at)
    }

    /// A call of a function of the chunk.
    pub(super) fn call(&mut self, at: usize, function: Function, argc: u8) -> Result<(), Refusal> {
        let argc = usize::from(argc);
        let below = self.state.operands.len().checked_sub(argc);
        let below = below.filter(|&below| below >= self.scope.floor);
        let below = below.ok_or("it takes operands from before it")?;
        let arguments = self.state.operands[below..].to_vec();
        if arguments.contains(&Kind::Any) {
            return Err("it calls a function with something else than numbers");
        }
        if let Role::Function(own) = self.role
            && !self.callees.all[own].calls
        {
            self.callees.all[own].calls = true;
            self.callees.changed = true;
        }
        if let Some(region) = self.inline_region(function) {
            return self.inline(at, function, &arguments, region);
        }
        let number = self.callees.number(self.place, function, &arguments)?;
        let mut values = Vec::with_capacity(argc);
        for operand in below..below + argc {
            values.extend(self.operand_value(operand));
        }
        self.pop(argc);
        let scope = Rc::clone(&self.scope);
        let slots = self.slots_behind(&scope);
        let base = self.operand_place();
        let height = i64::from(SIZE) * below as i64;
        let operands = self.builder.ins().iadd_imm_s(base, height);
        self.has_effect();
        let results = self.call_native(number, slots, operands, &values);
        let [good, bad] = self.on_status(results[0]);
        self.builder.switch_to_block(bad);
        self.store_slots();
        self.store_operand_values();
        self.open_frame(at, slots, operands);
        self.end_with(results[0]);
        self.builder.switch_to_block(good);
        match self.callees.all[number].result {
            None => self.never(),
            Some(Returned::Nothing) => {}
            Some(Returned::Value(kind)) => self.push(kind, results.get(1).copied()),
        }
        Ok(())
    }

    /// Tells the interpreter that the call at `at` is open.
    pub(super) fn open_frame(&mut self, at: usize, slots: Value, operands: Value) {
        let opened = self.load_field(offset_of!(Frame, opened));
        let pointer = self.pointer;
        let index = self.builder.ins().iconst(pointer, at as i64);
        let signature = self.opened;
        let arguments = [self.frame, index, slots, operands];
        self.builder
            .ins()
            .call_indirect(signature, opened, &arguments);
    }

    fn call_native(
        &mut self,
        number: usize,
        slots: Value,
        operands: Value,
        values: &[Value],
    ) -> Vec<Value> {
        let function = self.reference(number);
        let mut arguments = vec![self.frame, slots, operands];
        arguments.extend(values);
        self.lend_credit();
        let call = self.call_saving(|builder| builder.ins().call(function, &arguments));
        self.take_credit();
        self.builder.inst_results(call).to_vec()
    }

    /// Function `number`, as this one knows it.
    fn reference(&mut self, number: usize) -> FuncRef {
        let empty = Signature::new(self.convention);
        let signature = self.callees.all[number].signature(empty, self.pointer);
        self.import(number as u32, signature)
    }

    /// The function of a name, which is part of the unit.
    pub(super) fn import(&mut self, name: u32, signature: Signature) -> FuncRef {
        if let Some(&known) = self.references.get(&name) {
            return known;
        }
        let signature = self.builder.import_signature(signature);
        let user_name = UserExternalName::new(0, name);
        let user_name = self.builder.func.declare_imported_user_function(user_name);
        let function = self.builder.import_function(ExtFuncData {
            name: ExternalName::user(user_name),
            signature,
            colocated: true,
            patchable: false,
        });
        self.references.insert(name, function);
        function
    }

    /// A return from function `number`.
    pub(super) fn return_from(&mut self, number: usize, with_value: bool) -> Result<(), Refusal> {
        let kind = match self.state.operands.last() {
            Some(&kind) => kind,
            None => Kind::Undef,
        };
        let returned = match (with_value, kind) {
            (false, _) => Returned::Nothing,
            (true, Kind::Any) => return Err("it returns something else than a number"),
            (true, kind) => Returned::Value(kind),
        };
        let known = self.callees.all[number].result;
        self.callees.returns(number, returned)?;
        if known != self.callees.all[number].result {
            // The code is made anew, now that more is known of the result.
            self.never();
            return Ok(());
        }
        let status = Status::Returned as i64;
        self.lend_credit();
        let mut results = vec![self.builder.ins().iconst(types::I32, status)];
        if let Some(Returned::Value(to)) = known
            && !self.state.operands.is_empty()
        {
            let value = self.value(0);
            results.extend(self.converted(kind, to, value));
        }
        self.builder.ins().return_(&results);
        Ok(())
    }

    /// Ends code that is not reached.
    fn never(&mut self) {
        self.builder.ins().trap(TrapCode::unwrap_user(1));
        self.ended = true;
    }

    /// Returns with a status, out of a function or a unit.
    pub(super) fn end_with(&mut self, status: Value) {
        if self.leave_call(status) {
            return;
        }
        let mut results = vec![status];
        if let Role::Function(number) = self.role {
            let result = self.callees.all[number].result;
            results.extend(match result.and_then(Returned::machine_type) {
                Some(types::F64) => Some(self.builder.ins().f64const(0.0)),
                Some(_) => Some(self.builder.ins().iconst(types::I64, 0)),
                None => None,
            });
        }
        self.builder.ins().return_(&results);
    }
}
