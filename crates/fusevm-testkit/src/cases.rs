//! Running many cases.

use std::env;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// The seeds to run: as many as `default` says, from 0 on.
///
/// The environment variable `FUSEVM_TEST_CASES` sets another number, `FUSEVM_TEST_SEED` runs one
/// seed alone.
///
/// # Panics
/// If a variable holds no number.
pub fn seeds(default: u64) -> Range<u64> {
    match number("FUSEVM_TEST_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("FUSEVM_TEST_CASES").unwrap_or(default),
    }
}

fn number(variable: &str) -> Option<u64> {
    let value = env::var(variable).ok()?;
    let number = value.parse();
    Some(number.unwrap_or_else(|_| panic!("{variable} is {value}, which is no number")))
}

/// Runs `case` for all seeds, on all processors, and gives what it gave for each thread: `start`,
/// changed by every case that the thread ran.
///
/// # Panics
/// If a case panics: with the first seed that was seen to.
pub fn for_seeds<T: Default + Send>(
    seeds: Range<u64>,
    case: impl Fn(&mut T, u64) + Sync,
) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicU64::new(seeds.start);
    let failed = AtomicU64::new(u64::MAX);
    let work = || {
        let mut total = T::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end || failed.load(Ordering::Relaxed) != u64::MAX {
                return total;
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| case(&mut total, seed)));
            if outcome.is_err() {
                failed.fetch_min(seed, Ordering::Relaxed);
            }
        }
    };
    let totals = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(thread::ScopedJoinHandle::join);
        joined
            .map(|total| total.expect("panics of cases are caught"))
            .collect()
    });
    let failed = failed.into_inner();
    assert!(
        failed == u64::MAX,
        "failed with seed {failed}; FUSEVM_TEST_SEED={failed} runs it alone"
    );
    totals
}
