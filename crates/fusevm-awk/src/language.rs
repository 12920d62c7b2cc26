//! Which AWK a program is written for.

use std::path::PathBuf;

/// How much of the language there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Standard {
    /// All that gawk has.
    #[default]
    Gnu,
    /// What AWK had before gawk, with `**` for `^` and `func` for `function`.
    Traditional,
    /// What POSIX has.
    Posix,
}

/// The language of a program, and where the files are that it includes.
#[derive(Debug, Clone, Default)]
pub struct Language {
    /// How much of the language there is.
    pub standard: Standard,
    /// Characters are bytes, as in the locale `C`; otherwise they are those of UTF-8.
    pub bytes: bool,
    /// Where `@include` looks for files, in order; nowhere by default, and `@include` is an error.
    pub include_path: Option<Vec<PathBuf>>,
    /// Count how often lines are executed, and how long they take; see
    /// [`Report::profile`](crate::Report::profile).
    pub profile: bool,
    /// The input is in comma-separated values: records are its lines, where quotes do not go on,
    /// and fields are separated by commas, where quotes do not hold them.
    pub csv: bool,
    /// All variables of the language exist, also those that the program does not mention.
    pub all_variables: bool,
    /// Find out whether the records of the input can be worked on at the same time, which
    /// [`Options::jobs`](crate::Options::jobs) needs.
    pub parallel: bool,
    /// Variables that are assigned to from outside, besides those that the program mentions.
    pub assigned: Vec<String>,
}

impl Language {
    /// Whether there is what gawk adds.
    pub(crate) fn is_gnu(&self) -> bool {
        self.standard == Standard::Gnu
    }
}
