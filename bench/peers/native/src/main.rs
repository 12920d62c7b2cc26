//! The programs of `examples/asm` in Rust: `native NAME SIZE` prints `CHECK` and the result.
//!
//! The size is only known at run time, so no result can be computed at compile time. A loop that
//! the optimiser would replace by a formula passes a value of each round through `black_box`.

mod calls;
mod containers;
mod floats;
mod loops;
mod texts;

use std::env;
use std::process::ExitCode;

fn result(name: &str, n: usize) -> Option<String> {
    // Integers are signed, as those of the other languages.
    let int = n as i64;
    Some(match name {
        "ackermann" => calls::ackermann(3, int).to_string(),
        "array_push_sum" => containers::array_push_sum(int).to_string(),
        "fib_recursive" => calls::fib(int).to_string(),
        "hash_incr" => containers::hash_incr(n).to_string(),
        "mandelbrot" => floats::mandelbrot(int, 50).to_string(),
        "matmul" => format!("{:.4}", floats::matmul(n)),
        "nbody" => format!("{:.9}", floats::nbody(n)),
        "nested_loop" => loops::nested_loop(int).to_string(),
        "sieve" => (0..5).map(|_| loops::sieve(n)).sum::<i64>().to_string(),
        "sort" => containers::sort(n).to_string(),
        "spectral_norm" => format!("{:.9}", floats::spectral_norm(n)),
        "string_append" => texts::string_append(n).to_string(),
        "string_build" => texts::string_build(n).to_string(),
        "string_ops" => texts::string_ops(n).to_string(),
        "sum_loop" => loops::sum_loop(int).to_string(),
        "word_freq" => texts::word_freq(n),
        _ => return None,
    })
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let result = match &arguments[..] {
        [name, size] => size.parse().ok().and_then(|size| result(name, size)),
        _ => None,
    };
    if let Some(result) = result {
        println!("CHECK {result}");
        ExitCode::SUCCESS
    } else {
        eprintln!("usage: native NAME SIZE, with the name of a program of examples/asm");
        ExitCode::FAILURE
    }
}

/// `n` pseudo random numbers below 2^31 - 1: Lehmer's generator.
fn random(n: usize) -> impl Iterator<Item = i64> {
    let next = |x: &i64| Some(x * 16807 % 2_147_483_647);
    std::iter::successors(next(&42), next).take(n)
}
