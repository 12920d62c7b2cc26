//! What the `fusevm` command adds to the machine, for the tools that run programs as it does.

#![deny(missing_docs)]

pub mod natives;
