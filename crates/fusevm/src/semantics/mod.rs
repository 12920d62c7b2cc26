//! What operations mean: plain functions by family, used by every executor.
//!
//! Functions that cannot fail or grow take and give values. The others take a
//! [`Context`] and return a [`Fault`], which carries no location: the virtual machine
//! knows where it was and turns a fault into a [`VmError`](crate::vm::VmError).

pub mod arith;
pub mod awk;
pub mod collect;
pub mod compare;
pub mod container;
pub mod dialect;
pub mod digits;
mod fault;
mod format;
pub mod loops;
pub mod printf;
pub mod sort;
pub mod text;

pub use crate::chunk::{Dialect, Numeric, Overflow};
pub use fault::{Fault, Outside};
pub use format::{Conversion, NumberFormat};

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
    /// The text of fractions, in dialects where the program chooses it.
    pub format: NumberFormat,
    /// The memory budget.
    pub memory: &'a mut Memory,
}

#[cfg(test)]
pub(crate) mod test_support {
    use super::{Context, Dialect, Memory, NumberFormat, Numeric};

    /// Runs `body` with a contract context whose values may hold `value_limit` bytes.
    pub(crate) fn with_context<R>(
        value_limit: usize,
        body: impl FnOnce(&mut Context<'_>) -> R,
    ) -> R {
        let mut memory = Memory { value_limit };
        body(&mut Context {
            numeric: Numeric::default(),
            format: NumberFormat::default(),
            memory: &mut memory,
        })
    }

    /// Runs `body` with a context of the given dialect and enough memory.
    pub(crate) fn in_dialect<R>(dialect: Dialect, body: impl FnOnce(&mut Context<'_>) -> R) -> R {
        with_context(1 << 20, |context| {
            context.numeric.dialect = dialect;
            body(context)
        })
    }
}
