//! Iteration over arrays.

use std::ops::Range;

use super::{Array, ArrayData, Slice};
use crate::value::Value;

impl IntoIterator for Array {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

impl<'a> IntoIterator for &'a Array {
    type Item = Value;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The elements of an [`Array`] in order.
#[derive(Clone)]
pub struct Iter<'a> {
    slice: Slice<'a>,
    range: Range<usize>,
}

impl<'a> Iter<'a> {
    pub(super) fn new(data: &'a ArrayData) -> Self {
        Iter {
            slice: data.slice(),
            range: 0..data.len(),
        }
    }

    fn at(&self, index: usize) -> Value {
        match self.slice {
            Slice::Int(v) => Value::Int(v[index]),
            Slice::Float(v) => Value::Float(v[index]),
            Slice::Bool(v) => Value::Bool(v[index]),
            Slice::General(v) => v[index].clone(),
        }
    }
}

impl Iterator for Iter<'_> {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        self.range.next().map(|index| self.at(index))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<Value> {
        self.range.nth(n).map(|index| self.at(index))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Value> {
        self.range.next_back().map(|index| self.at(index))
    }
}

impl ExactSizeIterator for Iter<'_> {}
