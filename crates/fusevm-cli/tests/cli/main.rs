//! The `fusevm` command as users meet it: the real binary, its output and its exit status.

mod awk;
mod cache;
mod convert;
mod errors;
mod general;
mod jit;
mod kernels;
mod readme;
mod run;
mod support;
mod wordfreq;
