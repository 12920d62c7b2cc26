//! Operations of front ends, which say what they do.

use std::sync::Arc;

use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::arith::{float_condition, int_condition};
use super::state::Kind;
use super::{Lowering, Refusal};
use crate::awk_builtins::is_awk_op;
use crate::jit::api::{CodeBool, CodeFloat, CodeInt, ExtensionCode, FloatOp, IntOp, Target};
use crate::op::Op;
use crate::semantics::compare::Relation;
use crate::vm::Math;

impl Lowering<'_, '_> {
    /// An extension operation, by what the front end says of it, or by its handler.
    pub(super) fn extended(
        &mut self,
        at: usize,
        op: Op,
        id: u16,
        payload: usize,
    ) -> Result<(), Refusal> {
        let is_wide = matches!(op, Op::ExtendedWide(..));
        let extension = self.place.extension(is_wide);
        let extension = extension.filter(|extension| {
            extension.can_jit(id) && !self.is_awk() && !(is_wide && is_awk_op(id))
        });
        let Some(extension) = extension.cloned() else {
            return self.carry_out(at, op);
        };
        let mut writer = Writer {
            lowering: self,
            popped: 0,
            pushed: Vec::new(),
            required: Vec::new(),
            values: Vec::new(),
            is_wrong: false,
        };
        let is_said = extension.lower(id, payload, &mut ExtensionCode::new(&mut writer));
        let Writer {
            popped,
            pushed,
            required,
            is_wrong,
            ..
        } = writer;
        if !is_said || is_wrong {
            return self.carry_out(at, op);
        }
        for condition in required {
            self.guard(condition, at);
        }
        self.pop(popped);
        for (kind, value) in pushed {
            self.push(kind, Some(value));
        }
        self.extensions[usize::from(is_wide)] = Some(Arc::clone(&extension));
        Ok(())
    }
}

/// What an operation was said to do so far.
struct Writer<'l, 'a, 'f> {
    lowering: &'l mut Lowering<'a, 'f>,
    /// How many operands it takes.
    popped: usize,
    pushed: Vec<(Kind, Value)>,
    /// What must hold for that.
    required: Vec<Value>,
    /// All values that were handed out, by number.
    values: Vec<Value>,
    /// Whether a value was used that was not handed out.
    is_wrong: bool,
}

impl Writer<'_, '_, '_> {
    fn hand_out(&mut self, value: Value) -> u32 {
        self.values.push(value);
        self.values.len() as u32 - 1
    }

    /// The value of a number, which must be of a type: it may come from elsewhere.
    fn value(&mut self, number: u32, kind: types::Type) -> Value {
        let value = self.values.get(number as usize).copied();
        let function = &self.lowering.builder.func;
        let known = value.filter(|&value| function.dfg.value_type(value) == kind);
        known.unwrap_or_else(|| {
            self.is_wrong = true;
            let ins = self.lowering.builder.ins();
            match kind {
                types::F64 => ins.f64const(0.0),
                kind => ins.iconst(kind, 0),
            }
        })
    }

    fn of_int(&mut self, n: CodeInt) -> Value {
        self.value(n.0, types::I64)
    }

    fn of_float(&mut self, x: CodeFloat) -> Value {
        self.value(x.0, types::F64)
    }

    fn of_bool(&mut self, truth: CodeBool) -> Value {
        self.value(truth.0, types::I8)
    }

    fn top(&mut self) -> Option<(Kind, Value)> {
        let kind = self.lowering.kind(self.popped).ok()?;
        let value = self.lowering.value(self.popped)?;
        Some((kind, value))
    }
}

impl Target for Writer<'_, '_, '_> {
    fn pop_int(&mut self) -> Option<CodeInt> {
        let (_, value) = self.top().filter(|(kind, _)| *kind == Kind::Int)?;
        self.popped += 1;
        Some(CodeInt(self.hand_out(value)))
    }

    fn pop_float(&mut self) -> Option<CodeFloat> {
        let value = match self.top()? {
            (Kind::Float, value) => value,
            (Kind::Int, value) => {
                let ins = self.lowering.builder.ins();
                ins.fcvt_from_sint(types::F64, value)
            }
            _ => return None,
        };
        self.popped += 1;
        Some(CodeFloat(self.hand_out(value)))
    }

    fn int(&mut self, n: i64) -> CodeInt {
        let value = self.lowering.builder.ins().iconst(types::I64, n);
        CodeInt(self.hand_out(value))
    }

    fn float(&mut self, x: f64) -> CodeFloat {
        let value = self.lowering.builder.ins().f64const(x);
        CodeFloat(self.hand_out(value))
    }

    fn on_ints(&mut self, op: IntOp, a: CodeInt, b: CodeInt) -> CodeInt {
        let (a, b) = (self.of_int(a), self.of_int(b));
        let ins = self.lowering.builder.ins();
        let value = match op {
            IntOp::Add => ins.iadd(a, b),
            IntOp::Sub => ins.isub(a, b),
            IntOp::Mul => ins.imul(a, b),
            IntOp::And => ins.band(a, b),
            IntOp::Or => ins.bor(a, b),
            IntOp::Xor => ins.bxor(a, b),
            IntOp::Shl => ins.ishl(a, b),
            IntOp::Shr => ins.sshr(a, b),
        };
        CodeInt(self.hand_out(value))
    }

    fn on_floats(&mut self, op: FloatOp, a: CodeFloat, b: CodeFloat) -> CodeFloat {
        let (a, b) = (self.of_float(a), self.of_float(b));
        let ins = self.lowering.builder.ins();
        let value = match op {
            FloatOp::Add => ins.fadd(a, b),
            FloatOp::Sub => ins.fsub(a, b),
            FloatOp::Mul => ins.fmul(a, b),
            FloatOp::Div => ins.fdiv(a, b),
        };
        CodeFloat(self.hand_out(value))
    }

    fn math(&mut self, function: Math, x: CodeFloat) -> CodeFloat {
        let x = self.of_float(x);
        let value = self.lowering.math_of(function, x);
        CodeFloat(self.hand_out(value))
    }

    fn int_to_float(&mut self, n: CodeInt) -> CodeFloat {
        let n = self.of_int(n);
        let ins = self.lowering.builder.ins();
        let value = ins.fcvt_from_sint(types::F64, n);
        CodeFloat(self.hand_out(value))
    }

    fn float_to_int(&mut self, x: CodeFloat) -> CodeInt {
        let x = self.of_float(x);
        let ins = self.lowering.builder.ins();
        let value = ins.fcvt_to_sint_sat(types::I64, x);
        CodeInt(self.hand_out(value))
    }

    fn compare_ints(&mut self, relation: Relation, a: CodeInt, b: CodeInt) -> CodeBool {
        let (a, b) = (self.of_int(a), self.of_int(b));
        let ins = self.lowering.builder.ins();
        let value = ins.icmp(int_condition(relation), a, b);
        CodeBool(self.hand_out(value))
    }

    fn compare_floats(&mut self, relation: Relation, a: CodeFloat, b: CodeFloat) -> CodeBool {
        let (a, b) = (self.of_float(a), self.of_float(b));
        let ins = self.lowering.builder.ins();
        let value = ins.fcmp(float_condition(relation), a, b);
        CodeBool(self.hand_out(value))
    }

    fn choose_int(&mut self, condition: CodeBool, yes: CodeInt, no: CodeInt) -> CodeInt {
        let condition = self.of_bool(condition);
        let (yes, no) = (self.of_int(yes), self.of_int(no));
        let value = self.lowering.builder.ins().select(condition, yes, no);
        CodeInt(self.hand_out(value))
    }

    fn choose_float(&mut self, condition: CodeBool, yes: CodeFloat, no: CodeFloat) -> CodeFloat {
        let condition = self.of_bool(condition);
        let (yes, no) = (self.of_float(yes), self.of_float(no));
        let value = self.lowering.builder.ins().select(condition, yes, no);
        CodeFloat(self.hand_out(value))
    }

    fn require(&mut self, condition: CodeBool) {
        let condition = self.of_bool(condition);
        self.required.push(condition);
    }

    fn push_int(&mut self, n: CodeInt) {
        let value = self.of_int(n);
        self.pushed.push((Kind::Int, value));
    }

    fn push_float(&mut self, x: CodeFloat) {
        let value = self.of_float(x);
        self.pushed.push((Kind::Float, value));
    }

    fn push_bool(&mut self, truth: CodeBool) {
        let truth = self.of_bool(truth);
        let ins = self.lowering.builder.ins();
        let value = ins.uextend(types::I64, truth);
        self.pushed.push((Kind::Bool, value));
    }
}
