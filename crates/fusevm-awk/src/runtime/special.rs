//! The variables that the language itself has.

use crate::Language;

/// A variable whose changes the run time has to know. Programs carry these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    Nf = 0,
    Fs = 1,
    Rs = 2,
    Ofs = 3,
    Ors = 4,
    Convfmt = 5,
    Ofmt = 6,
    Fpat = 7,
    Fieldwidths = 8,
    Ignorecase = 9,
}

impl Special {
    const ALL: [(&'static str, Special); 10] = [
        ("NF", Special::Nf),
        ("FS", Special::Fs),
        ("RS", Special::Rs),
        ("OFS", Special::Ofs),
        ("ORS", Special::Ors),
        ("CONVFMT", Special::Convfmt),
        ("OFMT", Special::Ofmt),
        ("FPAT", Special::Fpat),
        ("FIELDWIDTHS", Special::Fieldwidths),
        ("IGNORECASE", Special::Ignorecase),
    ];

    /// The variable of that name.
    pub(crate) fn named(name: &str, language: &Language) -> Option<Self> {
        let mut all = Self::ALL.iter();
        let (_, special) = all.find(|(known, _)| *known == name)?;
        is_known(name, language).then_some(*special)
    }

    /// The variable of that number.
    pub(crate) fn numbered(number: i64) -> Option<Self> {
        let number = usize::try_from(number).ok()?;
        Self::ALL.get(number).map(|(_, special)| *special)
    }
}

/// Whether a language has a variable of that name.
pub(crate) fn is_known(name: &str, language: &Language) -> bool {
    scalars(language).contains(&name) || arrays(language).contains(&name)
}

/// The variables of a language that are no arrays.
pub(crate) fn scalars(language: &Language) -> &'static [&'static str] {
    if language.is_gnu() {
        SCALARS
    } else {
        &SCALARS[..POSIX_SCALARS]
    }
}

/// The arrays of a language.
pub(crate) fn arrays(language: &Language) -> &'static [&'static str] {
    if language.is_gnu() {
        ARRAYS
    } else {
        &ARRAYS[..POSIX_ARRAYS]
    }
}

/// What a field is at first, where fields are what matches.
const FPAT: &str = "[^[:space:]]+";

/// What stands between several subscripts at first.
pub(crate) const SUBSEP: &str = "\u{1c}";

/// Variables of the language, and what they are at first.
pub(crate) const INITIAL: &[(&str, Initial)] = &[
    ("NR", Initial::Zero),
    ("FNR", Initial::Zero),
    ("FS", Initial::Text(" ")),
    ("OFS", Initial::Text(" ")),
    ("ORS", Initial::Text("\n")),
    ("RS", Initial::Text("\n")),
    ("FILENAME", Initial::Text("")),
    ("SUBSEP", Initial::Text(SUBSEP)),
    ("RSTART", Initial::Zero),
    ("RLENGTH", Initial::Zero),
    ("CONVFMT", Initial::Text("%.6g")),
    ("OFMT", Initial::Text("%.6g")),
    ("FPAT", Initial::Text(FPAT)),
    ("FIELDWIDTHS", Initial::Text("")),
    ("IGNORECASE", Initial::Zero),
    ("RT", Initial::Text("")),
    ("ARGIND", Initial::Zero),
    ("ERRNO", Initial::Text("")),
    ("LINT", Initial::Zero),
    ("BINMODE", Initial::Zero),
    ("PREC", Initial::Number(53)),
    ("ROUNDMODE", Initial::Text("N")),
    ("TEXTDOMAIN", Initial::Text("messages")),
];

/// What a variable is at first.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Initial {
    Zero,
    Number(i64),
    Text(&'static str),
}

/// Variables of the language that are no arrays, those of POSIX first.
const SCALARS: &[&str] = &[
    "NF",
    "NR",
    "FNR",
    "FS",
    "OFS",
    "ORS",
    "RS",
    "FILENAME",
    "SUBSEP",
    "RSTART",
    "RLENGTH",
    "CONVFMT",
    "OFMT",
    "ARGC",
    "ERRNO",
    "FPAT",
    "FIELDWIDTHS",
    "IGNORECASE",
    "RT",
    "ARGIND",
    "LINT",
    "BINMODE",
    "PREC",
    "ROUNDMODE",
    "TEXTDOMAIN",
];

const POSIX_SCALARS: usize = 14;

/// Arrays of the language, those of POSIX first.
const ARRAYS: &[&str] = &["ARGV", "ENVIRON", "PROCINFO", "FUNCTAB", SYMTAB];

const POSIX_ARRAYS: usize = 2;

/// The array whose elements are the variables of the program.
pub(crate) const SYMTAB: &str = "SYMTAB";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Standard;

    #[test]
    fn numbers_are_positions() {
        for (number, (name, special)) in (0..).zip(Special::ALL) {
            assert_eq!(special as i64, number);
            let gnu = Language::default();
            assert_eq!(Special::numbered(number), Special::named(name, &gnu));
        }
        assert_eq!(Special::numbered(-1), None);
        let posix = Language {
            standard: Standard::Posix,
            ..Language::default()
        };
        assert_eq!(Special::named("NR", &posix), None);
        assert_eq!(Special::named("FPAT", &posix), None);
        assert_eq!(scalars(&posix).last(), Some(&"ARGC"));
        assert_eq!(arrays(&posix).last(), Some(&"ENVIRON"));
    }
}
