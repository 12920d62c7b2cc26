//! The programs that are compared.

use std::path::PathBuf;

use crate::compare::results::Row;

/// What a program reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    Nothing,
    /// Fields between blanks.
    Lines,
    /// Fields between commas.
    Csv,
}

/// A program of `bench/awk`.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) input: Input,
    /// The variable `n` of the programs that read nothing: how much they do, such that mawk takes
    /// some tenths of a second.
    pub(crate) size: &'static str,
}

impl Program {
    pub(crate) fn path(&self) -> PathBuf {
        let folder = crate::root().join("bench/awk");
        folder.join(self.name).with_extension("awk")
    }

    pub(crate) fn row(&self) -> Row {
        Row {
            name: self.name.to_owned(),
            size: self.size.to_owned(),
        }
    }
}

const fn program(name: &'static str, input: Input, size: &'static str) -> Program {
    Program { name, input, size }
}

pub(crate) const PROGRAMS: [Program; 14] = [
    program("count_lines", Input::Lines, ""),
    program("sum_column", Input::Lines, ""),
    program("two_columns", Input::Lines, ""),
    program("regex_filter", Input::Lines, ""),
    program("group_count", Input::Lines, ""),
    program("group_sum", Input::Lines, ""),
    program("group_sort", Input::Lines, ""),
    program("csv_compare", Input::Csv, ""),
    program("gsub_length", Input::Lines, ""),
    program("printf_fields", Input::Lines, ""),
    program("longest_word", Input::Lines, ""),
    program("begin_loop", Input::Nothing, "10000000"),
    program("fib", Input::Nothing, "27"),
    program("string_append", Input::Nothing, "20000"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    #[test]
    fn every_program_is_compared() {
        let folder = crate::root().join("bench/awk");
        let files: BTreeSet<PathBuf> = fs::read_dir(folder)
            .expect("the folder exists")
            .map(|entry| entry.expect("the folder can be read").path())
            .collect();
        assert_eq!(files, PROGRAMS.iter().map(Program::path).collect());
    }
}
