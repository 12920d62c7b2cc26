//! The numbers of AWK.
//!
//! All of them are doubles. One that is whole and that doubles count exactly is an integer in memory, and
//! native code keeps it as one as long as it is sure to be one: that is what the results of adding
//! integers are looked at for. Any other result is a double that becomes an integer when it is
//! written to memory.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};

use super::state::{Kind, PAYLOAD, SIZE};
use super::{Lowering, TRUSTED};
use crate::semantics::Dialect;
use crate::semantics::dialect::awk::MAX_EXACT;
use crate::value;

impl Lowering<'_, '_> {
    /// Whether arithmetic is that of AWK.
    pub(super) fn is_awk(&self) -> bool {
        self.place.chunk.numeric.dialect == Dialect::Awk
    }

    /// The kind of results that are computed in doubles.
    pub(super) fn float_kind(&self) -> Kind {
        if self.is_awk() {
            Kind::Number
        } else {
            Kind::Float
        }
    }

    /// Goes on only if an integer result is one under AWK, too.
    pub(super) fn guard_exact(&mut self, n: Value, at: usize) {
        if self.is_awk() {
            let is_exact = self.is_exact(n);
            self.guard(is_exact, at);
        }
    }

    /// Whether doubles count to `n` exactly.
    fn is_exact(&mut self, n: Value) -> Value {
        let moved = self.builder.ins().iadd_imm_s(n, MAX_EXACT as i64);
        let last = self.builder.ins().iconst(types::I64, 2 * MAX_EXACT as i64);
        self.builder
            .ins()
            .icmp(IntCC::UnsignedLessThanOrEqual, moved, last)
    }

    /// Whether there is an integer in memory that doubles count to.
    pub(super) fn is_exact_in_memory(&mut self, base: Value, at: usize) -> Value {
        let is_int = self.has_tag(value::Kind::Int, base, at);
        let n = self.payload(types::I64, base, at);
        let is_exact = self.is_exact(n);
        self.builder.ins().band(is_int, is_exact)
    }

    /// Whether there is a number in memory as the results of arithmetic are.
    pub(super) fn is_number_in_memory(&mut self, base: Value, at: usize) -> Value {
        let is_int = self.is_exact_in_memory(base, at);
        let is_float = self.has_tag(value::Kind::Float, base, at);
        let x = self.payload(types::F64, base, at);
        let (_, is_whole) = self.whole(x);
        let is_fraction = self.builder.ins().icmp_imm_s(IntCC::Equal, is_whole, 0);
        let is_float = self.builder.ins().band(is_float, is_fraction);
        self.builder.ins().bor(is_int, is_float)
    }

    /// Reads a number from memory.
    pub(super) fn load_number(&mut self, base: Value, at: usize) -> Value {
        let is_int = self.has_tag(value::Kind::Int, base, at);
        let n = self.payload(types::I64, base, at);
        let of_int = self.builder.ins().fcvt_from_sint(types::F64, n);
        let x = self.payload(types::F64, base, at);
        self.builder.ins().select(is_int, of_int, x)
    }

    /// Writes a number to memory, over a plain value.
    pub(super) fn store_number(&mut self, x: Value, base: Value, at: usize) {
        let (n, is_whole) = self.whole(x);
        let bits = self
            .builder
            .ins()
            .bitcast(types::I64, MemFlagsData::new(), x);
        let [int, float] = [value::Kind::Int, value::Kind::Float]
            .map(|tag| self.builder.ins().iconst(types::I64, tag as i64));
        let tag = self.builder.ins().select(is_whole, int, float);
        let payload = self.builder.ins().select(is_whole, n, bits);
        let offset = SIZE * at as i32;
        self.builder.ins().store(TRUSTED, tag, base, offset);
        self.builder
            .ins()
            .store(TRUSTED, payload, base, offset + PAYLOAD);
    }

    /// A double as an integer, and whether it is one in memory. That is what the semantic function
    /// of the same name says.
    fn whole(&mut self, x: Value) -> (Value, Value) {
        let n = self.builder.ins().fcvt_to_sint_sat(types::I64, x);
        let back = self.builder.ins().fcvt_from_sint(types::F64, n);
        let [bits, back] = [x, back].map(|x| {
            self.builder
                .ins()
                .bitcast(types::I64, MemFlagsData::new(), x)
        });
        // The bits differ for fractions, negative zero, and what is not a number.
        let is_same = self.builder.ins().icmp(IntCC::Equal, bits, back);
        let is_exact = self.is_exact(n);
        (n, self.builder.ins().band(is_same, is_exact))
    }

    /// Goes on only if a double is not zero.
    pub(super) fn guard_not_zero(&mut self, x: Value, at: usize) {
        let zero = self.builder.ins().f64const(0.0);
        let is_good = self.builder.ins().fcmp(FloatCC::NotEqual, x, zero);
        self.guard(is_good, at);
    }

    fn payload(&mut self, kind: types::Type, base: Value, at: usize) -> Value {
        let offset = SIZE * at as i32 + PAYLOAD;
        self.builder.ins().load(kind, TRUSTED, base, offset)
    }
}
