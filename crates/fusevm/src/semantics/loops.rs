//! The loops that one operation runs: a counter goes up to a limit, one pass at a time.
//!
//! The caller bounds the passes (fuel), so that a loop can stop between two of them and be
//! taken up again.

use super::dialect::awk;
use super::{Context, Dialect, Fault, text};
use crate::value::{Array, Value};

/// How many passes a counter takes to reach its limit.
#[inline]
pub fn passes(counter: i64, limit: i32) -> u64 {
    u64::try_from(i128::from(limit) - i128::from(counter)).unwrap_or(0)
}

/// The sum after `passes` rounds of `sum += counter; counter += 1`, wrapping.
#[inline]
pub fn accumulate(sum: i64, counter: i64, passes: u64) -> i64 {
    let n = i128::from(passes);
    // n * counter + n * (n - 1) / 2; the truncation to 64 bits is the wrap.
    let triangle = if n % 2 == 0 {
        (n / 2) * (n - 1)
    } else {
        n * ((n - 1) / 2)
    };
    let added = n.wrapping_mul(i128::from(counter)).wrapping_add(triangle);
    sum.wrapping_add(added as i64)
}

/// The sum after `passes` rounds of `sum += counter; counter += 1`, if all numbers on the way are
/// integers of the dialect.
#[inline]
pub(crate) fn accumulate_exactly(
    dialect: Dialect,
    sum: i64,
    counter: i64,
    passes: i64,
) -> Option<i64> {
    let most = match dialect {
        Dialect::Contract => i64::MAX,
        Dialect::Awk => awk::MAX_EXACT as i64,
    };
    // From zero on the sums only grow, so that none on the way is larger than the last.
    let last = counter.checked_add(passes)?;
    if counter < 0 || last > most || sum < -most {
        return None;
    }
    let (n, first) = (i128::from(passes), i128::from(counter));
    let total = i128::from(sum) + n * first + n * (n - 1) / 2;
    i64::try_from(total).ok().filter(|&total| total <= most)
}

/// Appends the text of `piece` to `target` once a pass; `target` becomes text.
///
/// # Errors
/// [`Fault::ValueTooLarge`]; `target` is unchanged then.
pub fn append_repeated(
    context: &mut Context<'_>,
    target: &mut Value,
    piece: &Value,
    passes: u64,
) -> Result<(), Fault> {
    let count = i64::try_from(passes).unwrap_or(i64::MAX);
    let pieces = text::repeat(context, piece, &Value::Int(count))?;
    text::append(context, target, &pieces)
}

/// Appends the counter to the array in `target` once a pass. Anything but an array is replaced
/// by a new one.
///
/// # Errors
/// [`Fault::ValueTooLarge`]; an array in `target` is unchanged then.
pub fn push_range(
    context: &mut Context<'_>,
    target: &mut Value,
    counter: i64,
    passes: u64,
) -> Result<(), Fault> {
    let additional = usize::try_from(passes).unwrap_or(usize::MAX);
    let array = match target {
        Value::Array(array) => array,
        other => {
            *other = Value::Array(Array::new());
            let Value::Array(array) = other else {
                unreachable!("just stored")
            };
            array
        }
    };
    let elements = array.len().saturating_add(additional);
    if context
        .memory
        .is_close(elements.saturating_mul(size_of::<Value>()))
    {
        context
            .memory
            .prepare_array(array, &Value::Int(counter), additional)?;
    }
    array
        .try_reserve(additional)
        .map_err(|_| context.memory.refused())?;
    array.extend_ints(counter..counter.saturating_add_unsigned(passes));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closed_form_equals_the_loop() {
        let starts = [0, 1, -5, 100, i64::MAX - 3, i64::MIN];
        for sum in starts {
            for counter in starts {
                for n in 0..20u64 {
                    let mut looped = sum;
                    for k in 0..n {
                        looped = looped.wrapping_add(counter.wrapping_add(k as i64));
                    }
                    assert_eq!(accumulate(sum, counter, n), looped, "{sum} {counter} {n}");
                }
            }
        }
    }

    #[test]
    fn passes_to_a_limit() {
        let cases = [
            (0, 5, 5),
            (5, 5, 0),
            (6, 5, 0),
            (i64::MAX, i32::MAX, 0),
            (-3, -1, 2),
        ];
        for (counter, limit, expected) in cases {
            assert_eq!(passes(counter, limit), expected);
        }
        assert_eq!(passes(i64::MIN, i32::MAX), (1 << 63) + i32::MAX as u64);
    }
}
