//! Natives on numbers, and the clock.

use std::sync::OnceLock;
use std::time::Instant;

use fusevm::vm::Math;
use fusevm::{VM, Value};

use super::Outcome;

pub(super) fn floor(_: &mut VM, arguments: &[Value]) -> Outcome {
    if let Value::Int(_) = arguments[0] {
        return Ok(arguments[0].clone());
    }
    let floor = arguments[0].to_float().floor();
    // 2^63 is the first double above all integers, -2^63 is one.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    Ok(if (-LIMIT..LIMIT).contains(&floor) {
        Value::Int(floor as i64)
    } else {
        Value::Float(floor)
    })
}

pub(super) fn sqrt(_: &mut VM, arguments: &[Value]) -> Outcome {
    Ok(Value::Float(Math::Sqrt.of(arguments[0].to_float())))
}

static START: OnceLock<Instant> = OnceLock::new();

/// Starts the clock, if it does not run yet.
pub(super) fn start_clock() -> Instant {
    *START.get_or_init(Instant::now)
}

pub(super) fn clock(_: &mut VM, _: &[Value]) -> Outcome {
    Ok(Value::Float(start_clock().elapsed().as_secs_f64()))
}
