//! What the crate promises to its users, tested through its public interface alone.

mod assertions;
mod awk;
mod blocks;
mod contract;
mod dialects;
mod heap;
mod limits;
mod ops;
mod random;
mod shell;
mod support;
