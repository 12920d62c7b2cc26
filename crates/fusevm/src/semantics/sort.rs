//! Sorting: by text at once, or by a comparison that is answered from outside.

use std::cmp::Ordering;

use super::{Context, Dialect, Fault, compare};
use crate::value::{Array, Text, Value};

/// Elements that are sorted at once, without a look at whether the run is to stop.
const RUN: usize = 16 * 1024;

/// An array sorted by the text of its elements; equal texts keep their order.
///
/// # Errors
/// [`Fault::ValueTooLarge`] when the texts of container elements exceed the limit,
/// [`Fault::OutOfMemory`], and those of a run that is to stop.
pub fn sort_by_text(context: &mut Context<'_>, array: &Array) -> Result<Array, Fault> {
    // The elements are held unpacked.
    let unpacked_bytes = array.len().saturating_mul(size_of::<Value>());
    context.memory.reserve(unpacked_bytes)?;
    // Unpacked twice, before and after, and with their texts twice, for merging.
    let keyed_bytes = array.len().saturating_mul(size_of::<(Text<'_>, &Value)>());
    let scratch = unpacked_bytes.saturating_add(keyed_bytes);
    let _scratch = context.memory.hold(scratch.saturating_mul(2))?;
    let values = array.as_values();
    let mut keyed = Vec::with_capacity(values.len());
    let mut text_bytes = 0usize;
    for value in values.iter() {
        context.watch.steps(1)?;
        let text = context.text(value)?;
        text_bytes = text_bytes.saturating_add(text.len());
        context.memory.admit(text_bytes)?;
        keyed.push((text, value));
    }
    let sorted = sort_items(context, keyed, |a, b| a.0.as_bytes().cmp(b.0.as_bytes()))?;
    Ok(sorted.into_iter().map(|(_, value)| value.clone()).collect())
}

/// Sorts stably, and looks from time to time whether the run is to stop.
fn sort_items<T>(
    context: &mut Context<'_>,
    mut items: Vec<T>,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Result<Vec<T>, Fault> {
    for run in items.chunks_mut(RUN) {
        context.watch.look_closely()?;
        run.sort_by(&compare);
    }
    let mut width = RUN;
    while width < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        let mut rest = items.into_iter();
        while rest.len() > 0 {
            let mut left = rest
                .by_ref()
                .take(width)
                .collect::<Vec<T>>()
                .into_iter()
                .peekable();
            let mut right = rest.by_ref().take(width).peekable();
            while let Some(a) = left.peek() {
                context.watch.steps(1)?;
                // On a tie the left one goes first: that is what makes the sort stable.
                match right.next_if(|b| compare(a, b) == Ordering::Greater) {
                    Some(smaller) => merged.push(smaller),
                    None => merged.extend(left.next()),
                }
            }
            merged.extend(right);
        }
        items = merged;
        width *= 2;
    }
    Ok(items)
}

/// A comparison that needs no program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparator {
    /// Whether texts are compared, and not numbers.
    pub by_text: bool,
    /// Whether the order is the other way round.
    pub reversed: bool,
}

/// An array sorted by a comparator: what a block operation with that comparison would give.
///
/// # Errors
/// [`Fault::ValueTooLarge`] when the texts of container elements exceed the limit, and
/// [`Fault::OutOfMemory`].
pub fn sort_by(
    context: &mut Context<'_>,
    array: &Array,
    comparator: Comparator,
) -> Result<Array, Fault> {
    context
        .memory
        .reserve(array.len().saturating_mul(2 * size_of::<Value>()))?;
    let Comparator { by_text, reversed } = comparator;
    if !by_text && context.numeric.dialect == Dialect::Contract {
        if let Some(ints) = array.as_ints() {
            let mut ints = ints.to_vec();
            // Equal integers cannot be told apart.
            if reversed {
                ints.sort_unstable_by(|a, b| b.cmp(a));
            } else {
                ints.sort_unstable();
            }
            return Ok(Array::from_ints(ints));
        }
        if let Some(floats) = array.as_floats()
            && !floats.iter().any(|x| x.is_nan())
        {
            let mut floats = floats.to_vec();
            let order = |a: &f64, b: &f64| a.partial_cmp(b).unwrap_or(Ordering::Equal);
            if reversed {
                floats.sort_by(|a, b| order(b, a));
            } else {
                floats.sort_by(order);
            }
            return Ok(Array::from_floats(floats));
        }
    }
    let mut sort = MergeSort::new(array.to_vec());
    while let Some((left, right)) = sort.pending() {
        let (a, b) = if reversed {
            (right, left)
        } else {
            (left, right)
        };
        let order = if by_text {
            compare::text_order(context, a, b)?
        } else {
            compare::spaceship(context, a, b)?.cmp(&0)
        };
        sort.answer(order);
    }
    Ok(sort.into_sorted().into())
}

/// A stable bottom-up merge sort that asks for one comparison at a time, so that whoever
/// answers may be a program that runs, stops and resumes in between.
///
/// Ask [`pending`](Self::pending) for the pair to compare, give the result to
/// [`answer`](Self::answer), until no pair is left; then take [`into_sorted`](Self::into_sorted).
/// Whatever the answers, the result is a permutation of the input.
#[derive(Debug, Clone)]
pub struct MergeSort {
    source: Vec<Value>,
    merged: Vec<Value>,
    /// Length of the sorted runs in `source`.
    width: usize,
    left: usize,
    left_end: usize,
    right: usize,
    right_end: usize,
}

impl MergeSort {
    /// Starts to sort `values`.
    pub fn new(values: Vec<Value>) -> Self {
        let mut sort = MergeSort {
            merged: Vec::with_capacity(values.len()),
            source: values,
            width: 1,
            left: 0,
            left_end: 0,
            right: 0,
            right_end: 0,
        };
        sort.select_runs(0);
        sort.advance();
        sort
    }

    /// The next pair to compare, left before right in the present order; `None` when sorted.
    pub fn pending(&self) -> Option<(&Value, &Value)> {
        (self.width < self.source.len())
            .then(|| (&self.source[self.left], &self.source[self.right]))
    }

    /// Takes the answer for the [`pending`](Self::pending) pair.
    pub fn answer(&mut self, order: Ordering) {
        if self.pending().is_none() {
            return;
        }
        // On a tie the left one goes first: that is what makes the sort stable.
        let from = if order == Ordering::Greater {
            &mut self.right
        } else {
            &mut self.left
        };
        self.merged.push(std::mem::take(&mut self.source[*from]));
        *from += 1;
        self.advance();
    }

    /// The sorted values. Before the last answer: the values in an order between.
    pub fn into_sorted(mut self) -> Vec<Value> {
        for at in (self.left..self.left_end).chain(self.right..self.source.len()) {
            self.merged.push(std::mem::take(&mut self.source[at]));
        }
        self.merged
    }

    /// The values, in no particular order; those that are merged already leave `Undef` behind.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Value> {
        self.source.iter().chain(&self.merged)
    }

    fn select_runs(&mut self, start: usize) {
        let len = self.source.len();
        self.left = start;
        self.left_end = start.saturating_add(self.width).min(len);
        self.right = self.left_end;
        self.right_end = self.left_end.saturating_add(self.width).min(len);
    }

    /// Moves on to the next pair that needs an answer, or to the end.
    fn advance(&mut self) {
        while self.width < self.source.len() {
            if self.left < self.left_end && self.right < self.right_end {
                return;
            }
            for at in (self.left..self.left_end).chain(self.right..self.right_end) {
                self.merged.push(std::mem::take(&mut self.source[at]));
            }
            if self.right_end < self.source.len() {
                self.select_runs(self.right_end);
                continue;
            }
            std::mem::swap(&mut self.source, &mut self.merged);
            self.merged.clear();
            self.width = self.width.saturating_mul(2);
            self.select_runs(0);
        }
        // Sorted: nothing of `source` is merged yet, `into_sorted` takes it as it stands.
        self.left = 0;
        self.left_end = self.source.len();
        self.right = self.left_end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semantics::test_support::with_context;
    use proptest::prelude::*;

    fn sort_with(
        values: Vec<Value>,
        mut compare: impl FnMut(&Value, &Value) -> Ordering,
    ) -> Vec<Value> {
        let mut sort = MergeSort::new(values);
        while let Some((a, b)) = sort.pending() {
            let order = compare(a, b);
            sort.answer(order);
        }
        sort.into_sorted()
    }

    proptest! {
        #[test]
        fn sorts_stably(keys in prop::collection::vec(0i64..20, 0..200)) {
            // The low digits remember where an item stood; only the high ones are compared.
            let items: Vec<i64> = keys.iter().zip(0..).map(|(key, n)| key * 1000 + n).collect();
            let values = items.iter().copied().map(Value::Int).collect();
            let sorted = sort_with(values, |a, b| (a.to_int() / 1000).cmp(&(b.to_int() / 1000)));
            let mut expected = items;
            expected.sort_by_key(|item| item / 1000);
            prop_assert_eq!(sorted, expected.into_iter().map(Value::Int).collect::<Vec<_>>());
        }

        #[test]
        fn survives_any_answers(
            len in 0usize..60,
            answers in prop::collection::vec(-1i8..=1, 1..50),
            stop_after in 0usize..400,
        ) {
            let mut sort = MergeSort::new((0..len as i64).map(Value::Int).collect());
            let mut answers = answers.into_iter().cycle();
            let mut asked = 0;
            while sort.pending().is_some() && asked < stop_after {
                sort.answer(answers.next().unwrap_or(0).cmp(&0));
                asked += 1;
            }
            prop_assert!(asked <= len * 8);
            let mut result: Vec<i64> = sort.into_sorted().iter().map(Value::to_int).collect();
            result.sort_unstable();
            prop_assert_eq!(result, (0..len as i64).collect::<Vec<_>>());
        }
    }

    #[test]
    fn by_text_ten_comes_before_nine_and_ties_keep_their_order() {
        let items = vec![
            Value::Int(9),
            Value::str("10"),
            Value::Int(10),
            Value::Float(1.5),
        ];
        let sorted = with_context(1000, |context| sort_by_text(context, &items.into())).unwrap();
        let expected = [
            Value::Float(1.5),
            Value::str("10"),
            Value::Int(10),
            Value::Int(9),
        ];
        assert_eq!(sorted.to_vec(), expected);
    }
}
