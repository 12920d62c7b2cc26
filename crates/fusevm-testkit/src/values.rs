//! Random values, with a liking for the edges.

use fusevm::Value;
use fusevm::chunk::{Dialect, Numeric, Overflow};
use fusevm::value::Hash;

use crate::Rng;

/// An integer, mostly a small one.
pub fn integer(rng: &mut Rng) -> i64 {
    match rng.below(10) {
        0 => edge_integer(rng),
        1 => rng.number() as i64,
        _ => rng.below(12) as i64 - 2,
    }
}

/// An integer at which a representation or a type ends.
pub fn edge_integer(rng: &mut Rng) -> i64 {
    *rng.choose(&[
        i64::MIN,
        i64::MAX,
        i32::MAX.into(),
        i32::MIN.into(),
        1 << 53,
    ])
}

/// A float that operations may treat in a special way.
pub fn float(rng: &mut Rng) -> f64 {
    *rng.choose(&[
        0.0,
        -0.0,
        1.5,
        -2.0,
        1e300,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        5e-324,
    ])
}

/// An array of a few integers.
pub fn small_ints(rng: &mut Rng) -> Value {
    let ints: Vec<Value> = (0..rng.below(9))
        .map(|_| Value::Int(integer(rng)))
        .collect();
    ints.into()
}

/// A value of any kind that a constant can have.
pub fn constant(rng: &mut Rng) -> Value {
    match rng.below(15) {
        0 => Value::Undef,
        1 => Value::Bool(rng.one_in(2)),
        2 => Value::Int(integer(rng)),
        3 => Value::Float(float(rng)),
        4 => Value::str(*rng.choose(&["", "0", "12", "-3.5", "nan", "a longer text than fits"])),
        // Now and then the name of a function.
        5 => rng
            .choose(&[
                Value::bytes([0xff, 0xfe]),
                Value::str("f0"),
                Value::str("f1"),
            ])
            .clone(),
        6 => Value::status(integer(rng) as i32),
        7 => Value::NativeFn(rng.number() as u16),
        8 => Value::reference(constant(rng)),
        9 => Value::Hash(Hash::from([
            ("1", constant(rng)),
            ("key", Value::Int(integer(rng))),
        ])),
        10..12 => small_ints(rng),
        12 => Value::from_input(rng.choose(&["", "0", " 12 ", "-3.5e1x", "+nan"])),
        _ => (0..rng.below(5))
            .map(|_| constant(rng))
            .collect::<Vec<_>>()
            .into(),
    }
}

/// Settings of a chunk: half of the time the contract's.
pub fn numeric(rng: &mut Rng) -> Numeric {
    let mut numeric = Numeric::default();
    if rng.one_in(4) {
        numeric.dialect = Dialect::Awk;
    }
    if rng.one_in(3) {
        numeric.overflow = [Overflow::Promote, Overflow::Error][rng.below(2)];
    }
    numeric
}
