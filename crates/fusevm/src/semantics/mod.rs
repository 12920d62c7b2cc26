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
mod memory;
pub mod number;
pub mod printf;
pub mod sort;
pub mod text;
mod watch;

pub use crate::chunk::{Dialect, Numeric, Overflow};
pub use fault::{Fault, Outside};
pub use format::{Conversion, NumberFormat};
pub use memory::Memory;
pub(crate) use watch::STEPS_PER_LOOK;
pub use watch::{InterruptHandle, Watch};

/// What a semantic function may use besides its operands.
#[derive(Debug)]
pub struct Context<'a> {
    /// The running chunk's arithmetic.
    pub numeric: Numeric,
    /// The text of fractions, in dialects where the program chooses it.
    pub format: NumberFormat,
    /// The memory that is left.
    pub memory: &'a mut Memory,
    /// What stops operations that take long.
    pub watch: &'a mut Watch,
}

/// What a machine has for semantic functions, whatever chunk it runs.
#[derive(Debug)]
pub(crate) struct Resources {
    pub(crate) format: NumberFormat,
    pub(crate) memory: Memory,
    pub(crate) watch: Watch,
}

impl Resources {
    pub(crate) fn new(value_limit: usize) -> Self {
        Resources {
            format: NumberFormat::default(),
            memory: Memory::new(value_limit),
            watch: Watch::default(),
        }
    }

    #[inline(always)]
    pub(crate) fn context(&mut self, numeric: Numeric) -> Context<'_> {
        Context {
            numeric,
            format: self.format,
            memory: &mut self.memory,
            watch: &mut self.watch,
        }
    }
}

#[cfg(test)]
pub(crate) mod test_support {
    use super::{Context, Dialect, Numeric, Resources};

    /// Runs `body` with a contract context whose values may hold `value_limit` bytes.
    pub(crate) fn with_context<R>(
        value_limit: usize,
        body: impl FnOnce(&mut Context<'_>) -> R,
    ) -> R {
        body(&mut Resources::new(value_limit).context(Numeric::default()))
    }

    /// Runs `body` with a context of the given dialect and enough memory.
    pub(crate) fn in_dialect<R>(dialect: Dialect, body: impl FnOnce(&mut Context<'_>) -> R) -> R {
        with_context(1 << 20, |context| {
            context.numeric.dialect = dialect;
            body(context)
        })
    }
}
