//! What AWK's functions compute where no host is asked.
//!
//! Positions and lengths count characters. In text that is not valid UTF-8, each byte that is no
//! part of a character counts as one, so that no byte is lost or altered.

mod conversion;
mod number;
mod text;
mod time;
mod zone;

pub use number::{
    and, atan2, compare, compl, cos, exp, int, intdiv, intdiv0, log, lshift, mkbool, or, rand,
    rshift, seed_from, sin, sqrt, srand, strtonum, xor,
};
pub(crate) use text::position;
pub use text::{chr, index, length, ord, substr, tolower, toupper};
pub use time::{mktime, strftime, systime};
