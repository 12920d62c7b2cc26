//! What a front end says of its own operations.

use crate::semantics::compare::Relation;
use crate::vm::Math;

/// Tells about the extension operations of a front end: a [`JitCompiler`](crate::JitCompiler), which asks
/// whether they [may be native](Self::can_jit), and a machine, of which native code asks
/// [what they do](Self::lower).
///
/// Native code calls the machine's handler for operations of which nothing more is said.
///
/// ```
/// use fusevm::{ChunkBuilder, JitCompiler, JitExtension, Op};
///
/// struct Vectors;
///
/// impl JitExtension for Vectors {
///     fn can_jit(&self, ext_id: u16) -> bool {
///         ext_id < self.op_count() as u16
///     }
///     fn op_count(&self) -> usize {
///         2
///     }
///     fn name(&self) -> &str {
///         "vectors"
///     }
/// }
///
/// let mut builder = ChunkBuilder::new();
/// builder.emit(Op::Extended(1, 0), 1);
/// let chunk = builder.build();
///
/// let mut jit = JitCompiler::new();
/// assert!(!jit.is_eligible(&chunk));
/// jit.register_extension(Box::new(Vectors));
/// assert!(jit.is_eligible(&chunk));
/// ```
pub trait JitExtension: Send + Sync {
    /// Whether the operation with this id may be part of native code.
    fn can_jit(&self, ext_id: u16) -> bool;

    /// How many operations the extension has.
    fn op_count(&self) -> usize;

    /// The name in logs.
    fn name(&self) -> &str;

    /// Says by `code` what [`Op::Extended`](crate::Op::Extended) or
    /// [`Op::ExtendedWide`](crate::Op::ExtendedWide) does with its operand, the payload, so that native code
    /// does it without calling the machine's handler. What is said must be what the handler does, which the
    /// interpreter goes on to call.
    ///
    /// False, which is what the default gives, leaves the operation to the handler: where the
    /// operands are of other kinds, say. What has been said until then does not count.
    ///
    /// It is asked each time that code is made, and only of ids that [may be
    /// native](Self::can_jit), for machines that were [given the extension](crate::VM::set_jit_extension)
    /// and have a handler, and in the contract's dialect.
    fn lower(&self, ext_id: u16, payload: usize, code: &mut ExtensionCode<'_>) -> bool {
        let _ = (ext_id, payload, code);
        false
    }
}

/// An integer in native code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeInt(pub(crate) u32);

/// A double in native code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeFloat(pub(crate) u32);

/// A truth value in native code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeBool(pub(crate) u32);

/// An operation on two integers of 64 bits. Sums, differences and products wrap around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IntOp {
    /// The sum.
    Add,
    /// The difference.
    Sub,
    /// The product.
    Mul,
    /// The bits that both have.
    And,
    /// The bits that one of them has.
    Or,
    /// The bits that one of them has and the other has not.
    Xor,
    /// The first one shifted to the left by the second one, modulo 64.
    Shl,
    /// The first one shifted to the right by the second one, modulo 64, with its sign.
    Shr,
}

/// An operation on two doubles, by IEEE 754.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FloatOp {
    /// The sum.
    Add,
    /// The difference.
    Sub,
    /// The product.
    Mul,
    /// The quotient.
    Div,
}

/// Native code of an extension operation, as it is being written.
///
/// Operands are taken from the top of the stack, and results pushed. In between are values, which are
/// computed in any order, as nothing of it has an effect.
///
/// The example of the crate, `extension`, is a machine with an operation of this kind.
pub struct ExtensionCode<'a> {
    target: &'a mut dyn Target,
}

/// What writes native code.
pub(crate) trait Target {
    fn pop_int(&mut self) -> Option<CodeInt>;
    fn pop_float(&mut self) -> Option<CodeFloat>;
    fn int(&mut self, n: i64) -> CodeInt;
    fn float(&mut self, x: f64) -> CodeFloat;
    fn on_ints(&mut self, op: IntOp, a: CodeInt, b: CodeInt) -> CodeInt;
    fn on_floats(&mut self, op: FloatOp, a: CodeFloat, b: CodeFloat) -> CodeFloat;
    fn math(&mut self, function: Math, x: CodeFloat) -> CodeFloat;
    fn int_to_float(&mut self, n: CodeInt) -> CodeFloat;
    fn float_to_int(&mut self, x: CodeFloat) -> CodeInt;
    fn compare_ints(&mut self, relation: Relation, a: CodeInt, b: CodeInt) -> CodeBool;
    fn compare_floats(&mut self, relation: Relation, a: CodeFloat, b: CodeFloat) -> CodeBool;
    fn choose_int(&mut self, condition: CodeBool, yes: CodeInt, no: CodeInt) -> CodeInt;
    fn choose_float(&mut self, condition: CodeBool, yes: CodeFloat, no: CodeFloat) -> CodeFloat;
    fn require(&mut self, condition: CodeBool);
    fn push_int(&mut self, n: CodeInt);
    fn push_float(&mut self, x: CodeFloat);
    fn push_bool(&mut self, truth: CodeBool);
}

impl<'a> ExtensionCode<'a> {
    #[cfg(feature = "jit")]
    pub(crate) fn new(target: &'a mut dyn Target) -> Self {
        ExtensionCode { target }
    }

    /// Removes the top operand. `None`, and nothing is removed, if it is not known to be an integer.
    pub fn pop_int(&mut self) -> Option<CodeInt> {
        self.target.pop_int()
    }

    /// Removes the top operand. `None`, and nothing is removed, if it is not known to be a double or an
    /// integer, which becomes a double.
    pub fn pop_float(&mut self) -> Option<CodeFloat> {
        self.target.pop_float()
    }

    /// An integer that is always the same.
    pub fn int(&mut self, n: i64) -> CodeInt {
        self.target.int(n)
    }

    /// A double that is always the same.
    pub fn float(&mut self, x: f64) -> CodeFloat {
        self.target.float(x)
    }

    /// The result of an operation on integers.
    pub fn on_ints(&mut self, op: IntOp, a: CodeInt, b: CodeInt) -> CodeInt {
        self.target.on_ints(op, a, b)
    }

    /// The result of an operation on doubles.
    pub fn on_floats(&mut self, op: FloatOp, a: CodeFloat, b: CodeFloat) -> CodeFloat {
        self.target.on_floats(op, a, b)
    }

    /// The value of a function.
    pub fn math(&mut self, function: Math, x: CodeFloat) -> CodeFloat {
        self.target.math(function, x)
    }

    /// The double that is nearest to an integer.
    pub fn int_to_float(&mut self, n: CodeInt) -> CodeFloat {
        self.target.int_to_float(n)
    }

    /// The integer part of a double, or the integer that is nearest to it: 0 for what is not a
    /// number. As Rust's `as`.
    pub fn float_to_int(&mut self, x: CodeFloat) -> CodeInt {
        self.target.float_to_int(x)
    }

    /// Whether a relation of integers holds.
    pub fn compare_ints(&mut self, relation: Relation, a: CodeInt, b: CodeInt) -> CodeBool {
        self.target.compare_ints(relation, a, b)
    }

    /// Whether a relation of doubles holds. Of what is not a number, only
    /// [`Ne`](Relation::Ne) does.
    pub fn compare_floats(&mut self, relation: Relation, a: CodeFloat, b: CodeFloat) -> CodeBool {
        self.target.compare_floats(relation, a, b)
    }

    /// `yes` if the condition holds, and `no` if not.
    pub fn choose_int(&mut self, condition: CodeBool, yes: CodeInt, no: CodeInt) -> CodeInt {
        self.target.choose_int(condition, yes, no)
    }

    /// `yes` if the condition holds, and `no` if not.
    pub fn choose_float(
        &mut self,
        condition: CodeBool,
        yes: CodeFloat,
        no: CodeFloat,
    ) -> CodeFloat {
        self.target.choose_float(condition, yes, no)
    }

    /// Where the condition does not hold, native code ends before the operation, and the handler is
    /// called. For what is unlikely: code that ends so often is thrown away.
    pub fn require(&mut self, condition: CodeBool) {
        self.target.require(condition);
    }

    /// Pushes an integer.
    pub fn push_int(&mut self, n: CodeInt) {
        self.target.push_int(n);
    }

    /// Pushes a double.
    pub fn push_float(&mut self, x: CodeFloat) {
        self.target.push_float(x);
    }

    /// Pushes a truth value.
    pub fn push_bool(&mut self, truth: CodeBool) {
        self.target.push_bool(truth);
    }
}

/// Machine code, as a name for what a compiler makes. There is no value of it: code belongs to its
/// chunk, and nothing hands it out.
pub struct NativeCode {
    _private: (),
}
