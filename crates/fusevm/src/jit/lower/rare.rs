//! Helpers that are hardly ever called.
//!
//! A call changes most registers, and what lives across it is better off in memory. For a call that is
//! hardly ever made the code around it should not pay: it goes through a function that leaves all
//! registers as they are.

use std::mem::offset_of;

use cranelift_codegen::ir::{self, AbiParam, InstBuilder, Signature, Value, types};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

use super::{Lowering, TRUSTED, function_type};
use crate::jit::unit::Frame;

/// The name of the function that goes between.
pub(super) const NAME: u32 = u32::MAX;

/// Its type: gets the frame and the index of an operation. Such functions have no results.
fn signature(pointer: types::Type) -> Signature {
    let mut signature = Signature::new(CallConv::PreserveAll);
    signature.params.extend([pointer; 2].map(AbiParam::new));
    signature
}

/// The function that goes between, which has the operation carried out.
pub(super) fn function(isa: &OwnedTargetIsa, context: &mut FunctionBuilderContext) -> ir::Function {
    let pointer = isa.pointer_type();
    let mut function = ir::Function::new();
    function.signature = signature(pointer);
    let mut builder = FunctionBuilder::new(&mut function, context);
    let helper = Signature::new(isa.default_call_conv());
    let helper = builder.import_signature(function_type(helper, &[pointer; 2], types::I32));
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    builder.seal_block(entry);
    let parameters = builder.block_params(entry).to_vec();
    let carry_out = offset_of!(Frame, carry_out) as i32;
    let carry_out = builder
        .ins()
        .load(pointer, TRUSTED, parameters[0], carry_out);
    let call = builder.ins().call_indirect(helper, carry_out, &parameters);
    let status = builder.inst_results(call)[0];
    let place = offset_of!(Frame, status) as i32;
    builder.ins().store(TRUSTED, status, parameters[0], place);
    builder.ins().return_(&[]);
    builder.finalize(isa.frontend_config());
    function
}

impl Lowering<'_, '_> {
    /// Has the operation at `at` carried out, which hardly ever happens. Gives the status.
    pub(super) fn call_rarely(&mut self, at: usize) -> Value {
        let pointer = self.pointer;
        let function = self.import(NAME, signature(pointer));
        let at = self.builder.ins().iconst(pointer, at as i64);
        self.builder.ins().call(function, &[self.frame, at]);
        let place = offset_of!(Frame, status) as i32;
        self.builder
            .ins()
            .load(types::I32, TRUSTED, self.frame, place)
    }
}
