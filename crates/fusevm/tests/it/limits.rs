//! Bounds on work, depth and memory, and what happens at them.

mod fuel;
mod io;
mod memory;
mod stops;
