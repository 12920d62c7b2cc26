//! What operations mean: plain functions by family, used by every executor.
//!
//! Functions that cannot fail or grow take and give values. The others take a
//! [`Context`] and return a [`Fault`], which carries no location: the virtual machine
//! knows where it was and turns a fault into a [`VmError`](crate::vm::VmError).

pub mod arith;
pub mod awk;
pub mod collect;
pub mod compare;
mod fault;
pub mod loops;
pub mod sort;
pub mod text;

pub use fault::Fault;

use crate::value::Value;

/// The rules by which values become numbers, truth and text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Dialect {
    /// The rules of the instruction reference: strict number parsing, `"0"` and `""` are false.
    #[default]
    Contract,
}

impl Dialect {
    /// The truth of a value.
    #[inline]
    pub fn truth(self, value: &Value) -> bool {
        match self {
            Dialect::Contract => value.is_truthy(),
        }
    }

    /// A value as an integer.
    #[inline]
    pub fn int(self, value: &Value) -> i64 {
        match self {
            Dialect::Contract => value.to_int(),
        }
    }

    /// A value as a double.
    #[inline]
    pub fn float(self, value: &Value) -> f64 {
        match self {
            Dialect::Contract => value.to_float(),
        }
    }
}

/// What integer arithmetic does when a result does not fit 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overflow {
    /// Wrap around in two's complement.
    #[default]
    Wrap,
    /// Continue as a float.
    Promote,
    /// End the run with [`Fault::IntegerOverflow`].
    Error,
}

/// How a chunk's arithmetic works: fixed per chunk, known when it is lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Numeric {
    /// Conversion and comparison rules.
    pub dialect: Dialect,
    /// What happens when an integer result does not fit.
    pub overflow: Overflow,
}

/// The memory that one value may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// The most bytes that one text or container may hold.
    pub value_limit: usize,
}

impl Memory {
    /// Asks for a value of `bytes`, before anything of that size is allocated.
    ///
    /// # Errors
    /// [`Fault::ValueTooLarge`] when the limit is smaller.
    #[inline]
    pub fn reserve(&mut self, bytes: usize) -> Result<(), Fault> {
        if bytes > self.value_limit {
            return Err(Fault::ValueTooLarge {
                limit: self.value_limit,
            });
        }
        Ok(())
    }
}

/// What a semantic function may use besides its operands.
#[derive(Debug)]
pub struct Context<'a> {
    /// The running chunk's arithmetic.
    pub numeric: Numeric,
    /// The memory budget.
    pub memory: &'a mut Memory,
}

#[cfg(test)]
pub(crate) mod test_support {
    use super::{Context, Memory, Numeric};

    /// Runs `body` with a contract context whose values may hold `value_limit` bytes.
    pub(crate) fn with_context<R>(
        value_limit: usize,
        body: impl FnOnce(&mut Context<'_>) -> R,
    ) -> R {
        let mut memory = Memory { value_limit };
        body(&mut Context {
            numeric: Numeric::default(),
            memory: &mut memory,
        })
    }
}
