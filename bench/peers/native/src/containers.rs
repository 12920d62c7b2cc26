//! Vectors and hash maps.

use std::collections::HashMap;
use std::hint::black_box;

use crate::random;

pub fn array_push_sum(n: i64) -> i64 {
    let mut a = Vec::new();
    for i in 0..n {
        a.push(i * 2);
    }
    black_box(&a).iter().sum()
}

pub fn hash_incr(n: usize) -> i64 {
    const KEYS: usize = 50_000;
    let keys: Vec<String> = (0..KEYS).map(|i| format!("key{i}")).collect();
    let mut counts: HashMap<String, i64> = HashMap::new();
    let mut index = 0;
    for _ in 0..n {
        index = (index * 21 + 12347) % KEYS;
        let key = keys[index].as_str();
        match counts.get_mut(key) {
            Some(count) => *count += 1,
            None => {
                counts.insert(key.to_owned(), 1);
            }
        }
    }
    keys.iter()
        .zip(0..)
        .map(|(key, i)| counts[key] * (i % 7))
        .sum()
}

pub fn sort(n: usize) -> i64 {
    let mut a: Vec<i64> = random(n).collect();
    a.sort();
    a.iter().zip(1..).map(|(value, i)| i % 7 * value).sum()
}
