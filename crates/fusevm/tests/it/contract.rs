//! How runs end, what handlers may do, and what survives: the machine's interface.

mod frames;
mod function_values;
mod handlers;
mod places;
mod pool;
mod regions;
mod runs;
