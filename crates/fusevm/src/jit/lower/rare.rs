//! Helpers that are hardly ever called.
//!
//! A call changes most registers, and what lives across it is better off in memory. For a call that is
//! hardly ever made the code around it should not pay: it goes through a function that leaves all
//! registers as they are.

use std::collections::BTreeSet;
use std::mem::offset_of;

use cranelift_codegen::ir::{self, AbiParam, InstBuilder, Signature, Value, types};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

use super::{Lowering, TRUSTED, function_type};
use crate::jit::unit::Frame;

/// The names of the functions that go between, and what they call.
pub(super) const CARRY_OUT: u32 = u32::MAX;
pub(super) const ATTEND: u32 = u32::MAX - 2;

/// Their type: gets the frame and the index of an operation. Such functions have no results.
fn signature(pointer: types::Type) -> Signature {
    let mut signature = Signature::new(CallConv::PreserveAll);
    signature.params.extend([pointer; 2].map(AbiParam::new));
    signature
}

/// Those of the functions that go between that are called, by name.
pub(super) fn functions(called: &BTreeSet<u32>, isa: &OwnedTargetIsa) -> Vec<(u32, ir::Function)> {
    let all = [
        (CARRY_OUT, offset_of!(Frame, carry_out)),
        (ATTEND, offset_of!(Frame, attend)),
    ];
    let called = all.into_iter().filter(|(name, _)| called.contains(name));
    called
        .map(|(name, place)| (name, function(isa, place)))
        .collect()
}

/// A function that calls the helper at a place in the frame.
fn function(isa: &OwnedTargetIsa, place: usize) -> ir::Function {
    let mut context = FunctionBuilderContext::new();
    let pointer = isa.pointer_type();
    let mut function = ir::Function::new();
    function.signature = signature(pointer);
    let mut builder = FunctionBuilder::new(&mut function, &mut context);
    let helper = Signature::new(isa.default_call_conv());
    let helper = builder.import_signature(function_type(helper, &[pointer; 2], types::I32));
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    builder.seal_block(entry);
    let parameters = builder.block_params(entry).to_vec();
    let ins = builder.ins();
    let callee = ins.load(pointer, TRUSTED, parameters[0], place as i32);
    let call = builder.ins().call_indirect(helper, callee, &parameters);
    let status = builder.inst_results(call)[0];
    let place = offset_of!(Frame, status) as i32;
    builder.ins().store(TRUSTED, status, parameters[0], place);
    builder.ins().return_(&[]);
    builder.finalize(isa.frontend_config());
    function
}

impl Lowering<'_, '_> {
    /// Calls the helper behind `name`, which hardly ever happens, with the index of an operation or a
    /// cost. Gives the status.
    pub(super) fn call_rarely(&mut self, name: u32, argument: usize) -> Value {
        self.lend_credit();
        let pointer = self.pointer;
        let function = self.import(name, signature(pointer));
        let argument = self.builder.ins().iconst(pointer, argument as i64);
        self.builder.ins().call(function, &[self.frame, argument]);
        self.take_credit();
        let place = offset_of!(Frame, status) as i32;
        self.builder
            .ins()
            .load(types::I32, TRUSTED, self.frame, place)
    }
}
