//! Functions of the interpreter that native code calls with pointers to values.
//!
//! Each does all of what it is for, or gives nothing (0, or null) and has done nothing: then the
//! operation is carried out in full. None of them runs anybody else's code, fails or unwinds.

use super::unit::Frame;
use crate::value::Value;

/// Arithmetic on two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Calculation {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
}

/// Where they are.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Helpers {
    /// Writes a copy of a value to a place, whose content is forgotten.
    pub(crate) copy: extern "C" fn(*const Value, *mut Value),
    /// Releases a text, or an array of some texts and plain values. Its place holds nothing then.
    pub(crate) release: extern "C" fn(*mut Value) -> usize,
    /// Appends a text to a text.
    pub(crate) append: extern "C" fn(&Frame, *mut Value, *const Value) -> usize,
    /// Appends to a text that a slot may share, which gives it up then: the slot is assigned next.
    pub(crate) append_own: extern "C" fn(&Frame, *mut Value, *mut Value, *const Value) -> usize,
    /// Writes the text of an integer that has few digits to a place, whose content is forgotten.
    pub(crate) int_text: extern "C" fn(i64, *mut Value) -> usize,
    /// The order of two texts as -1, 0 or 1; another number for anything else.
    pub(crate) order: extern "C" fn(*const Value, *const Value) -> i64,
    /// Writes a copy of an array's element to a place, whose content is forgotten.
    pub(crate) element: extern "C" fn(*const Value, i64, *mut Value) -> usize,
    /// Moves a value to an element.
    pub(crate) set_element: extern "C" fn(*mut Value, i64, *mut Value) -> usize,
    /// Moves a value to the end of an array.
    pub(crate) push_element: extern "C" fn(&Frame, *mut Value, *mut Value) -> usize,
    /// The value of a key in a hash, to read.
    pub(crate) find: extern "C" fn(*const Value, *const Value) -> *const Value,
    /// The value of a key in a hash, to write.
    pub(crate) find_place: extern "C" fn(*mut Value, *const Value) -> *mut Value,
    /// Whether there is a key in a hash: 0 or 1, and another number for what is no hash or key.
    pub(crate) exists: extern "C" fn(*const Value, *const Value) -> usize,
    /// Writes the result of arithmetic on two numbers to a place, which may be that of the first; its
    /// content is forgotten.
    pub(crate) calculate:
        extern "C" fn(&Frame, Calculation, *const Value, *const Value, *mut Value) -> usize,
    /// Whether a value is true that is plain or a text: 0 or 1, and another number for others.
    pub(crate) truth: extern "C" fn(&Frame, *const Value) -> usize,
}
