//! Options, as POSIX and gawk have them.
//!
//! Options end at the first argument that is none, or at `--`. A letter may have its argument
//! right behind it; several letters without arguments may share a dash. Long options may be
//! shortened as long as that is no other one.

use std::ffi::OsString;

/// Whether an option takes an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Argument,
    /// Only right behind it: `-ofile`, `--pretty-print=file`.
    Optional,
}

/// What an option asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opt {
    FieldSeparator,
    Assign,
    File,
    Source,
    Include,
    Exec,
    Bytes,
    Traditional,
    Posix,
    Sandbox,
    Csv,
    DumpVariables,
    PrettyPrint,
    Profile,
    Dump,
    Lint,
    LintOld,
    NonDecimal,
    Bignum,
    Debug,
    Load,
    GenPot,
    Jobs,
    Help,
    Version,
    Copyright,
    /// Accepted, and without effect: what it asks for is so in any case, or of no use here.
    Ignored,
    /// `-W option`, an old way to write long options.
    Long,
}

/// All options: letter, long name, argument, and what it asks for.
pub(super) const OPTIONS: &[(Option<char>, &str, Takes, Opt)] = &[
    (
        Some('F'),
        "field-separator",
        Takes::Argument,
        Opt::FieldSeparator,
    ),
    (Some('v'), "assign", Takes::Argument, Opt::Assign),
    (Some('f'), "file", Takes::Argument, Opt::File),
    (Some('e'), "source", Takes::Argument, Opt::Source),
    (Some('i'), "include", Takes::Argument, Opt::Include),
    (Some('E'), "exec", Takes::Argument, Opt::Exec),
    (Some('l'), "load", Takes::Argument, Opt::Load),
    (Some('b'), "characters-as-bytes", Takes::Nothing, Opt::Bytes),
    (Some('c'), "traditional", Takes::Nothing, Opt::Traditional),
    (Some('P'), "posix", Takes::Nothing, Opt::Posix),
    (Some('S'), "sandbox", Takes::Nothing, Opt::Sandbox),
    (Some('k'), "csv", Takes::Nothing, Opt::Csv),
    (
        Some('d'),
        "dump-variables",
        Takes::Optional,
        Opt::DumpVariables,
    ),
    (Some('o'), "pretty-print", Takes::Optional, Opt::PrettyPrint),
    (Some('p'), "profile", Takes::Optional, Opt::Profile),
    (None, "dump", Takes::Optional, Opt::Dump),
    (Some('D'), "debug", Takes::Optional, Opt::Debug),
    (Some('L'), "lint", Takes::Optional, Opt::Lint),
    (Some('t'), "lint-old", Takes::Nothing, Opt::LintOld),
    (
        Some('n'),
        "non-decimal-data",
        Takes::Nothing,
        Opt::NonDecimal,
    ),
    (Some('M'), "bignum", Takes::Nothing, Opt::Bignum),
    (Some('j'), "jobs", Takes::Argument, Opt::Jobs),
    (Some('g'), "gen-pot", Takes::Nothing, Opt::GenPot),
    (Some('h'), "help", Takes::Nothing, Opt::Help),
    (None, "usage", Takes::Nothing, Opt::Help),
    (Some('V'), "version", Takes::Nothing, Opt::Version),
    (Some('C'), "copyright", Takes::Nothing, Opt::Copyright),
    (Some('I'), "trace", Takes::Nothing, Opt::Ignored),
    (Some('N'), "use-lc-numeric", Takes::Nothing, Opt::Ignored),
    (Some('O'), "optimize", Takes::Nothing, Opt::Ignored),
    (Some('r'), "re-interval", Takes::Nothing, Opt::Ignored),
    (Some('s'), "no-optimize", Takes::Nothing, Opt::Ignored),
    (Some('W'), "", Takes::Argument, Opt::Long),
];

/// A command line, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    /// The options in order, with their arguments.
    pub(super) options: Vec<(Opt, Option<Vec<u8>>)>,
    /// What stands behind the options.
    pub(super) operands: Vec<Vec<u8>>,
}

/// Takes arguments apart.
///
/// # Errors
/// What is no option, or lacks its argument.
pub(super) fn parse(args: &[OsString]) -> Result<Parsed, String> {
    let mut parsed = Parsed::default();
    let mut args = args.iter().map(|arg| arg.as_encoded_bytes()).peekable();
    while let Some(arg) = args.next() {
        match arg {
            b"--" => break,
            [b'-', b'-', long @ ..] => {
                let option = long_option(long, &mut args)?;
                parsed.options.push(option);
            }
            [b'-', letters @ ..] if !letters.is_empty() => {
                short_options(letters, &mut args, &mut parsed.options)?;
            }
            _ => {
                parsed.operands.push(arg.to_vec());
                break;
            }
        }
        // Behind the program that is a file, everything is its own.
        if parsed
            .options
            .last()
            .is_some_and(|(opt, _)| *opt == Opt::Exec)
        {
            break;
        }
    }
    parsed.operands.extend(args.map(<[u8]>::to_vec));
    Ok(parsed)
}

fn short_options<'a>(
    letters: &[u8],
    args: &mut impl Iterator<Item = &'a [u8]>,
    options: &mut Vec<(Opt, Option<Vec<u8>>)>,
) -> Result<(), String> {
    let mut rest = letters;
    while let Some((&letter, behind)) = rest.split_first() {
        rest = behind;
        let letter = char::from(letter);
        let found = OPTIONS.iter().find(|(short, ..)| *short == Some(letter));
        let Some(&(_, _, takes, opt)) = found else {
            return Err(format!("there is no option -{}", letter.escape_default()));
        };
        let argument = match takes {
            Takes::Nothing => None,
            Takes::Optional if rest.is_empty() => None,
            Takes::Argument if rest.is_empty() => match args.next() {
                Some(next) => Some(next.to_vec()),
                None => return Err(format!("the option -{letter} needs an argument")),
            },
            Takes::Argument | Takes::Optional => Some(std::mem::take(&mut rest).to_vec()),
        };
        match (opt, argument) {
            (Opt::Long, Some(long)) => options.push(long_option(&long, args)?),
            (opt, argument) => options.push((opt, argument)),
        }
    }
    Ok(())
}

fn long_option<'a>(
    text: &[u8],
    args: &mut impl Iterator<Item = &'a [u8]>,
) -> Result<(Opt, Option<Vec<u8>>), String> {
    let at = text.iter().position(|byte| *byte == b'=');
    let name = &text[..at.unwrap_or(text.len())];
    let argument = at.map(|at| text[at + 1..].to_vec());
    let shown = String::from_utf8_lossy(name).into_owned();
    let fitting = || {
        let all = OPTIONS.iter().filter(|(_, long, ..)| !long.is_empty());
        all.filter(|(_, long, ..)| long.as_bytes().starts_with(name))
    };
    let exact = fitting().find(|(_, long, ..)| long.len() == name.len());
    let mut candidates = fitting();
    let &(_, long, takes, opt) = match (exact, candidates.next(), candidates.next()) {
        (Some(exact), ..) | (None, Some(exact), None) => exact,
        (None, Some(_), Some(_)) => return Err(format!("the option --{shown} is ambiguous")),
        _ => return Err(format!("there is no option --{shown}")),
    };
    match (takes, argument) {
        (Takes::Nothing, Some(_)) => Err(format!("the option --{long} takes no argument")),
        (Takes::Argument, None) => match args.next() {
            Some(next) => Ok((opt, Some(next.to_vec()))),
            None => Err(format!("the option --{long} needs an argument")),
        },
        (_, argument) => Ok((opt, argument)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Parsed, String> {
        let args: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        parse(&args)
    }

    #[test]
    fn options_and_their_arguments() {
        let arg = |text: &str| Some(text.as_bytes().to_vec());
        for (line, options, operands) in [
            ("p x", vec![], vec!["p", "x"]),
            (
                "-F: p -x",
                vec![(Opt::FieldSeparator, arg(":"))],
                vec!["p", "-x"],
            ),
            (
                "-F : -- -p",
                vec![(Opt::FieldSeparator, arg(":"))],
                vec!["-p"],
            ),
            (
                "-bSvx=1 p",
                vec![
                    (Opt::Bytes, None),
                    (Opt::Sandbox, None),
                    (Opt::Assign, arg("x=1")),
                ],
                vec!["p"],
            ),
            ("-o p", vec![(Opt::PrettyPrint, None)], vec!["p"]),
            ("-ox p", vec![(Opt::PrettyPrint, arg("x"))], vec!["p"]),
            ("--dump p", vec![(Opt::Dump, None)], vec!["p"]),
            (
                "--dump-v=x p",
                vec![(Opt::DumpVariables, arg("x"))],
                vec!["p"],
            ),
            (
                "--file x - -b",
                vec![(Opt::File, arg("x"))],
                vec!["-", "-b"],
            ),
            ("-W posix p", vec![(Opt::Posix, None)], vec!["p"]),
            ("-E f -b", vec![(Opt::Exec, arg("f"))], vec!["-b"]),
        ] {
            let operands = operands
                .iter()
                .map(|text| text.as_bytes().to_vec())
                .collect();
            assert_eq!(parsed(line), Ok(Parsed { options, operands }), "{line}");
        }
    }

    #[test]
    fn what_is_no_option() {
        for (line, message) in [
            ("-z", "there is no option -z"),
            ("--nope", "there is no option --nope"),
            ("--fi=x", "the option --fi is ambiguous"),
            ("-f", "the option -f needs an argument"),
            ("--file", "the option --file needs an argument"),
            ("--posix=1", "the option --posix takes no argument"),
        ] {
            assert_eq!(parsed(line), Err(message.to_owned()), "{line}");
        }
    }
}
