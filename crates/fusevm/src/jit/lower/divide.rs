//! Remainders and quotients by a constant, without a division: it takes tens of cycles.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, InstructionData, Value, types};

use super::Lowering;

/// By what to multiply and shift for a quotient by a number: the quotient of any `n` is the upper half
/// of `n` times the multiplier, shifted to the right, and one more if `n` is negative.
///
/// See Henry S. Warren, Hacker's Delight, 2nd edition, section 10-1 (signed division by divisors from
/// 2 on).
fn multiplier(divisor: i64) -> (i64, u32) {
    const HALF: u128 = 1 << 63;
    let divisor = u128::from(divisor.unsigned_abs());
    // The greatest dividend that leaves the greatest remainder.
    let worst = HALF - 1 - HALF % divisor;
    let mut shift = 64;
    while (1u128 << shift) <= worst * (divisor - (1u128 << shift) % divisor) {
        shift += 1;
    }
    let power = 1u128 << shift;
    let multiplier = (power + divisor - power % divisor) / divisor;
    (multiplier as u64 as i64, shift - 64)
}

/// How to find out whether a divisor from 3 on that is no power of two divides a number: the number times
/// the inverse, plus the offset, rotated to the right, is not above the limit.
///
/// See Hacker's Delight, section 10-17 (test for zero remainder, signed).
struct Divisibility {
    inverse: i64,
    offset: i64,
    rotation: u32,
    limit: i64,
}

impl Divisibility {
    fn by(divisor: i64) -> Self {
        let rotation = divisor.trailing_zeros();
        let odd = divisor >> rotation;
        // Each step doubles the number of bits that are right, of which there are three at first.
        let mut inverse = odd;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2i64.wrapping_sub(odd.wrapping_mul(inverse)));
        }
        let offset = (i64::MAX / odd) >> rotation << rotation;
        Divisibility {
            inverse,
            offset,
            rotation,
            limit: ((offset as u64) << 1 >> rotation) as i64,
        }
    }
}

impl Lowering<'_, '_> {
    /// The number that a value is known to be.
    pub(super) fn constant(&self, value: Value) -> Option<i64> {
        let definitions = &self.builder.func.dfg;
        let inst = definitions.value_def(value).inst()?;
        match definitions.insts[inst] {
            InstructionData::UnaryImm { imm, .. } => Some(imm.bits()),
            _ => None,
        }
    }

    /// The value of a double that is a constant.
    pub(super) fn constant_float(&self, value: Value) -> Option<f64> {
        let definitions = &self.builder.func.dfg;
        let inst = definitions.value_def(value).inst()?;
        match definitions.insts[inst] {
            InstructionData::UnaryIeee64 { imm, .. } => Some(f64::from_bits(imm.bits())),
            _ => None,
        }
    }

    /// The quotient of `a` and `b`, which is the constant `divisor` and not zero.
    pub(super) fn quotient_by(&mut self, a: Value, b: Value, divisor: f64) -> Value {
        let reciprocal = divisor.recip();
        // Multiplying rounds the same number if the reciprocal is exact, as that of a power of two is.
        let is_power_of_two = divisor.is_normal() && divisor.to_bits() << 12 == 0;
        if is_power_of_two && reciprocal.is_normal() {
            let reciprocal = self.builder.ins().f64const(reciprocal);
            return self.builder.ins().fmul(a, reciprocal);
        }
        self.builder.ins().fdiv(a, b)
    }

    /// Whether `n` is a multiple of a constant from 2 on.
    pub(super) fn is_multiple_of(&mut self, n: Value, divisor: i64) -> Value {
        if divisor.count_ones() == 1 {
            let rest = self.builder.ins().band_imm_s(n, divisor - 1);
            return self.builder.ins().icmp_imm_s(IntCC::Equal, rest, 0);
        }
        let by = Divisibility::by(divisor);
        let product = self.builder.ins().imul_imm_s(n, by.inverse);
        let mut sum = self.builder.ins().iadd_imm_s(product, by.offset);
        if by.rotation > 0 {
            sum = self.builder.ins().rotr_imm_u(sum, i64::from(by.rotation));
        }
        let limit = self.builder.ins().iconst(types::I64, by.limit);
        let ins = self.builder.ins();
        ins.icmp(IntCC::UnsignedLessThanOrEqual, sum, limit)
    }

    /// The remainder of `n` by a constant from 2 on, with the sign of `n`.
    pub(super) fn remainder_by(&mut self, n: Value, divisor: i64) -> Value {
        let (multiplier, shift) = multiplier(divisor);
        let multiplier_value = self.builder.ins().iconst(types::I64, multiplier);
        let mut quotient = self.builder.ins().smulhi(n, multiplier_value);
        if multiplier < 0 {
            // It does not fit: what is there is 2^64 less.
            quotient = self.builder.ins().iadd(quotient, n);
        }
        let quotient = match shift {
            0 => quotient,
            _ => self.builder.ins().sshr_imm_u(quotient, i64::from(shift)),
        };
        let is_negative = self.builder.ins().ushr_imm_u(n, 63);
        let quotient = self.builder.ins().iadd(quotient, is_negative);
        let product = self.builder.ins().imul_imm_s(quotient, divisor);
        self.builder.ins().isub(n, product)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_multiple(n: i64, divisor: i64) -> bool {
        let by = Divisibility::by(divisor);
        let sum = n.wrapping_mul(by.inverse).wrapping_add(by.offset) as u64;
        sum.rotate_right(by.rotation) <= by.limit as u64
    }

    fn remainder(n: i64, divisor: i64) -> i64 {
        let (multiplier, shift) = multiplier(divisor);
        let mut quotient = ((i128::from(n) * i128::from(multiplier)) >> 64) as i64;
        if multiplier < 0 {
            quotient = quotient.wrapping_add(n);
        }
        let quotient = (quotient >> shift) + i64::from(n < 0);
        n - quotient * divisor
    }

    #[test]
    fn multiplying_gives_the_remainders_that_division_gives() {
        let edges = |n: i64| [n.wrapping_sub(1), n, n.wrapping_add(1)];
        let mut numbers: Vec<i64> = (0..63).flat_map(|bit| edges(1 << bit)).collect();
        numbers.extend([0, i64::MIN, i64::MAX, 1_000_000_007, 123_456_789_012_345]);
        let divisors: Vec<i64> = (2..200).chain(numbers.iter().copied()).collect();
        for &divisor in divisors.iter().filter(|&&divisor| divisor >= 2) {
            for n in numbers.iter().flat_map(|&n| {
                let near = n.wrapping_mul(divisor);
                [n, n.wrapping_neg(), near, near.wrapping_sub(1)]
            }) {
                assert_eq!(remainder(n, divisor), n % divisor, "{n} % {divisor}");
                if divisor.count_ones() > 1 {
                    assert_eq!(is_multiple(n, divisor), n % divisor == 0, "{n} % {divisor}");
                }
            }
        }
    }
}
