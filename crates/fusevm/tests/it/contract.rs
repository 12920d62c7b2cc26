//! How runs end, what handlers may do, and what survives: the machine's interface.

mod handlers;
mod pool;
mod runs;
