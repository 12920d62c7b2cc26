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
  -h, --help                   show this
  -V, --version                show the version
  -C, --copyright              show the license
Accepted for the sake of gawk, and without effect: -I, -M, -N, -O, -g, -n, -r, -s, -t. Files of programs
are looked for in the directories of AWKPATH.

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
