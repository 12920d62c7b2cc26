//! Loops over integers.

use std::hint::black_box;

pub fn sum_loop(n: i64) -> i64 {
    let mut sum = 0;
    for i in 1..=n {
        sum += black_box(i);
    }
    sum
}

pub fn nested_loop(n: i64) -> i64 {
    let mut sum = 0;
    for i in 0..n {
        for j in 0..n {
            if black_box(i + j) % 3 == 0 {
                sum += j;
            }
        }
    }
    sum
}

/// How many primes there are up to `limit`.
#[inline(never)]
pub fn sieve(limit: usize) -> i64 {
    let mut flags = vec![true; limit + 1];
    let mut count = 0;
    for i in 2..=limit {
        if flags[i] {
            count += 1;
            let mut j = i * i;
            while j <= limit {
                flags[j] = false;
                j += i;
            }
        }
    }
    count
}
