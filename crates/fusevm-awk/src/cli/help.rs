//! What `--help` and wrong usage show.

pub(super) const USAGE: &str = "\
Usage: awk [OPTION]... [--] 'PROGRAM' [OPERAND]...
       awk [OPTION]... -f FILE... [--] [OPERAND]...
";

pub(super) const HELP: &str = "\
Run an AWK program: the language of POSIX and gawk.

Usage: awk [OPTION]... [--] 'PROGRAM' [OPERAND]...
       awk [OPTION]... -f FILE... [--] [OPERAND]...

The program is a list of rules, `pattern { action }`; each record of the input, which is a line
unless RS says otherwise, is given to all of them. Operands behind the program are files, `-` for
standard input, and assignments `name=value`, which are carried out when their turn comes. Without
a file, standard input is read.

Options:
  -F, --field-separator=FS     separate fields by this: FS
  -v, --assign=NAME=VALUE      assign to a variable before the program starts
  -f, --file=FILE              read the program from a file, `-` for standard input
  -e, --source=TEXT            take the program from this text
  -i, --include=FILE           read a file of functions; it does not count as the program;
                               `inplace`: replace each file by what is printed meanwhile
  -E, --exec=FILE              as -f, and the last option; operands are no assignments
  -b, --characters-as-bytes    a character is a byte
  -c, --traditional            without what gawk adds
  -P, --posix                  only what POSIX has
  -k, --csv                    the input is in comma-separated values
  -S, --sandbox                start no commands, and open no files but the operands
  -L, --lint[=fatal]           warn about what is doubtful
  -d, --dump-variables[=FILE]  write the variables at the end, to `awkvars.out`
  -o, --pretty-print[=FILE]    write the program in a uniform layout, to `awkprof.out`, and end
  -p, --profile[=FILE]         count how often lines run and how long, to `awkprof.out`
  -j, --jobs=N                 work on parts of each file in N threads, if the records do not
                               depend on each other; otherwise say why not
      --dump[=FILE]            show the bytecode with the lines it comes from, and end
  -h, --help, --usage          show this
  -V, --version                show the version
  -C, --copyright              show the license
  -W NAME                      the long option of that name
Accepted for the sake of gawk, and without effect:
  -I, --trace; -N, --use-lc-numeric; -O, --optimize; -r, --re-interval; -s, --no-optimize;
  -t, --lint-old
Ignored, with a warning:
  -M, --bignum; -n, --non-decimal-data; -g, --gen-pot
Errors, for there is nothing of the kind:
  -l, --load=NAME; -D, --debug[=FILE]

Files of programs are looked for in the directories of AWKPATH.

Examples:
  awk '{ print $2 }' data.txt
  awk -F: '$3 >= 1000 { n++ } END { print n }' /etc/passwd
  awk '{ n[$1]++ } END { for (w in n) print n[w], w }' README.md
  awk -v max=3 -f report.awk sales.csv

Exit status:
  What the program gives to `exit`, 0 without it.
  1  the program or the command line is malformed
  2  the program failed, or a file could not be read
";

pub(super) const VERSION: &str = concat!(
    "awk (fusevm) ",
    env!("CARGO_PKG_VERSION"),
    ", the language of GNU Awk 5.2\n"
);

pub(super) const COPYRIGHT: &str = "This program is free software under the MIT license.\n";

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::HELP;
    use crate::Language;
    use crate::cli::options::OPTIONS;
    use crate::runtime::special;
    use crate::syntax::Builtin;

    /// A page of the documentation.
    fn page(name: &str) -> String {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        fs::read_to_string(docs.join(name)).unwrap()
    }

    /// Whether a text has a word, with nothing around it that could belong to it.
    fn has_word(text: &str, word: &str) -> bool {
        let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        text.match_indices(word).any(|(at, _)| {
            !text[..at].ends_with(belongs) && !text[at + word.len()..].starts_with(belongs)
        })
    }

    #[test]
    fn words() {
        assert!(has_word("-d[FILE], --dump[=FILE]", "--dump"));
        assert!(!has_word("--dump-variables", "--dump"));
        assert!(!has_word("--d", "-d"));
    }

    #[test]
    fn options_are_told_everywhere() {
        // In roff, a hyphen that is to be typed has a backslash, and so have changes of the font.
        let man = page("man/fusevm-awk.1").replace("\\-", "-");
        let man = man.replace("\\fR", " ").replace("\\fP", " ");
        let manual = page("awk.md");
        for (letter, long, ..) in OPTIONS {
            let letter = letter.map(|letter| format!("-{letter}"));
            let long = (!long.is_empty()).then(|| format!("--{long}"));
            for option in letter.into_iter().chain(long) {
                for (text, place) in [(HELP, "--help"), (&man, "man page"), (&manual, "manual")] {
                    assert!(has_word(text, &option), "{option} is not in the {place}");
                }
            }
        }
    }

    #[test]
    fn the_manual_has_all_functions_and_variables() {
        let manual = page("awk.md");
        let language = Language::default();
        let functions = Builtin::ALL.iter().map(|(name, _)| name);
        let variables = special::scalars(&language)
            .iter()
            .chain(special::arrays(&language));
        for name in functions.chain(variables) {
            assert!(has_word(&manual, name), "{name} is not in the manual");
        }
    }
}
