//! The variables that the language itself has.

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
    pub(crate) fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, special)| *special)
    }

    /// The variable of that number.
    pub(crate) fn numbered(number: i64) -> Option<Self> {
        let number = usize::try_from(number).ok()?;
        Self::ALL.get(number).map(|(_, special)| *special)
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
    ("RLENGTH", Initial::MinusOne),
    ("CONVFMT", Initial::Text("%.6g")),
    ("OFMT", Initial::Text("%.6g")),
    ("FPAT", Initial::Text(FPAT)),
    ("FIELDWIDTHS", Initial::Text("")),
    ("IGNORECASE", Initial::Zero),
    ("RT", Initial::Text("")),
    ("ARGIND", Initial::Zero),
];

/// What a variable is at first.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Initial {
    Zero,
    MinusOne,
    Text(&'static str),
}

/// Variables of the language that are no arrays.
pub(crate) const SCALARS: &[&str] = &[
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
];

/// Arrays of the language.
pub(crate) const ARRAYS: &[&str] = &["ARGV", "ENVIRON", "PROCINFO"];

/// Variables of other AWKs that mean something there and would not here.
pub(crate) const UNSUPPORTED: &[&str] = &["FUNCTAB", "SYMTAB"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_positions() {
        for (number, (name, special)) in (0..).zip(Special::ALL) {
            assert_eq!(special as i64, number);
            assert_eq!(Special::numbered(number), Special::named(name));
        }
        assert_eq!(Special::numbered(-1), None);
        assert_eq!(Special::named("NR"), None);
    }
}
