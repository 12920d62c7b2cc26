//! The programs that are compared.

use super::results::Row;

/// A program of `examples/asm` and `bench/peers`, all of the same name.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// Its argument, such that Lua 5.4 runs for some tenths of a second: long against the time that
    /// any engine takes to start, short enough for several rounds.
    pub(crate) size: &'static str,
    /// What it prints after `CHECK`.
    pub(crate) result: &'static str,
}

impl Program {
    pub(crate) fn row(&self) -> Row {
        Row {
            name: self.name.to_owned(),
            size: self.size.to_owned(),
        }
    }
}

const fn program(name: &'static str, size: &'static str, result: &'static str) -> Program {
    Program { name, size, result }
}

/// The results are those that all languages agree on.
pub(crate) const PROGRAMS: [Program; 16] = [
    program("ackermann", "9", "4093"),
    program("array_push_sum", "3000000", "8999997000000"),
    program("fib_recursive", "33", "3524578"),
    program("hash_incr", "2000000", "5999880"),
    program("mandelbrot", "500", "6102374"),
    program("matmul", "200", "319999.6250"),
    program("nbody", "200000", "-0.169267132"),
    program("nested_loop", "5000", "20829165000"),
    program("sieve", "1000000", "392490"),
    program("sort", "600000", "1931082719135319"),
    program("spectral_norm", "300", "1.274223986"),
    program("string_append", "80000", "80000109"),
    program("string_build", "4000000", "4000000099"),
    program("string_ops", "1000000", "61605997"),
    program("sum_loop", "50000000", "1250000025000000"),
    program(
        "word_freq",
        "1000000",
        "5000,ab:58257,hb:15248,ob:10557,vb:8607,cc:7157",
    ),
];

/// The programs whose name contains one of the texts, or all if there are none.
pub(crate) fn matching(filters: &[String]) -> Vec<&'static Program> {
    PROGRAMS
        .iter()
        .filter(|program| {
            filters.is_empty() || filters.iter().any(|text| program.name.contains(text))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_parts_of_names() {
        let names = |filters: &[&str]| -> Vec<&str> {
            let filters: Vec<String> = filters.iter().map(ToString::to_string).collect();
            matching(&filters).iter().map(|p| p.name).collect()
        };
        assert_eq!(names(&[]).len(), PROGRAMS.len());
        assert_eq!(names(&["loop"]), ["nested_loop", "sum_loop"]);
        assert_eq!(names(&["sort", "fib"]), ["fib_recursive", "sort"]);
        assert!(names(&["no such program"]).is_empty());
    }
}
