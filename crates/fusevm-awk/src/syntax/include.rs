//! Directives: other sources within a source, and namespaces.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::token::{Keyword, Punct, Tok, Token};
use super::{Builtin, Diagnostic, Source, Sources, lexer};
use crate::Language;
use crate::runtime::reason;

/// How deep files may include each other.
const MAX_DEPTH: usize = 100;

/// The namespace of what stands in none.
const MAIN: &str = "awk";

/// Finds a file of a program: by its name, or with `.awk` behind it.
///
/// # Errors
/// Why the file cannot be read.
pub(crate) fn find(name: &Path, path: &[PathBuf]) -> Result<(PathBuf, Vec<u8>), std::io::Error> {
    let directories: Vec<&Path> = if name.components().count() > 1 || name.is_absolute() {
        vec![Path::new("")]
    } else {
        path.iter().map(PathBuf::as_path).collect()
    };
    let mut with_suffix = name.as_os_str().to_owned();
    with_suffix.push(".awk");
    let mut failure = None;
    for directory in directories {
        for name in [name.as_os_str(), &with_suffix] {
            let file = if directory == Path::new(".") {
                PathBuf::from(name)
            } else {
                directory.join(name)
            };
            match fs::read(&file) {
                Ok(text) => return Ok((file, text)),
                Err(error) => {
                    failure.get_or_insert(error);
                }
            }
        }
    }
    Err(failure.unwrap_or_else(|| std::io::ErrorKind::NotFound.into()))
}

/// The tokens of all sources, with those of what they include, and a [`Tok::End`] behind them.
/// Each source also ends its last line.
pub(super) fn tokens(sources: &mut Sources, language: &Language) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut included: HashSet<PathBuf> = sources
        .iter()
        .filter_map(|source| fs::canonicalize(&source.name).ok())
        .collect();
    let mut tokens = Vec::new();
    let mut errors = Vec::new();
    for index in 0..sources.len() {
        let mut expansion = Expansion {
            sources,
            language,
            included: &mut included,
            tokens: &mut tokens,
            errors: &mut errors,
        };
        expansion.source(index, 0);
    }
    let span = tokens.last().map(|token| token.span).unwrap_or_default();
    tokens.push(Token {
        kind: Tok::End,
        span,
    });
    (tokens, errors)
}

struct Expansion<'s> {
    sources: &'s mut Sources,
    language: &'s Language,
    /// The files that are there already.
    included: &'s mut HashSet<PathBuf>,
    tokens: &'s mut Vec<Token>,
    errors: &'s mut Vec<Diagnostic>,
}

impl Expansion<'_> {
    fn source(&mut self, index: usize, depth: usize) {
        let (tokens, errors) = lexer::tokens(self.sources, index, self.language);
        self.errors.extend(errors);
        let mut namespace = MAIN.to_owned();
        let mut rest = tokens.into_iter().peekable();
        // A directive stands where a rule could.
        let mut nesting = 0usize;
        while let Some(mut token) = rest.next() {
            match &mut token.kind {
                Tok::Punct(Punct::OpenBrace) => nesting += 1,
                Tok::Punct(Punct::CloseBrace) => nesting = nesting.saturating_sub(1),
                Tok::Punct(Punct::At) if nesting == 0 && self.language.is_gnu() => {
                    let directive = match rest.peek().map(|next| &next.kind) {
                        Some(Tok::Name(name)) => name.clone(),
                        _ => String::new(),
                    };
                    if !matches!(directive.as_str(), "include" | "namespace" | "load") {
                        self.tokens.push(token);
                        continue;
                    }
                    let word = rest.next();
                    let Some(Tok::Text(text)) = rest.peek().map(|next| next.kind.clone()) else {
                        let span = word.map_or(token.span, |word| token.span.to(word.span));
                        let message = format!("`@{directive}` needs a text behind it");
                        self.errors.push(self.sources.at(span, message));
                        continue;
                    };
                    let end = rest.next().map_or(token.span, |text| text.span);
                    let span = token.span.to(end);
                    let text = String::from_utf8_lossy(&text).into_owned();
                    let outcome = match directive.as_str() {
                        "include" => self.include(&text, depth),
                        "namespace" => check_namespace(&text).map(|()| namespace = text),
                        _ => Err(format!(
                            "cannot load `{text}`: there are no extensions in shared libraries"
                        )),
                    };
                    if let Err(message) = outcome {
                        self.errors.push(self.sources.at(span, message));
                    }
                    continue;
                }
                Tok::Name(name) | Tok::Called(name) => {
                    if let Err(message) = qualify(name, &namespace) {
                        self.errors.push(self.sources.at(token.span, message));
                    }
                }
                _ => {}
            }
            self.tokens.push(token);
        }
    }

    fn include(&mut self, name: &str, depth: usize) -> Result<(), String> {
        let Some(path) = &self.language.include_path else {
            return Err("this program cannot include files".to_owned());
        };
        if name.is_empty() {
            return Err("the name of the file is empty".to_owned());
        }
        if depth >= MAX_DEPTH {
            return Err(format!(
                "files include each other more than {MAX_DEPTH} times"
            ));
        }
        let (file, text) = find(Path::new(name), path).map_err(|error| {
            format!(
                "cannot open source file `{name}` for reading: {}",
                reason(&error)
            )
        })?;
        let known = fs::canonicalize(&file).unwrap_or_else(|_| file.clone());
        if self.included.insert(known) {
            let source = Source::new(file.to_string_lossy(), text);
            let index = self.sources.add(source)?;
            self.source(index, depth + 1);
        }
        Ok(())
    }
}

/// Whether a text can be the name of a namespace.
fn check_namespace(name: &str) -> Result<(), String> {
    let is_word = Keyword::ALL.iter().any(|(word, _)| *word == name)
        || Builtin::ALL.iter().any(|(word, _)| *word == name);
    if is_identifier(name) && !is_word {
        return Ok(());
    }
    Err(format!("`{name}` cannot be the name of a namespace"))
}

fn is_identifier(name: &str) -> bool {
    let mut letters = name.bytes();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
}

/// Makes a name that of its namespace. Names in capital letters are in none, as the variables of
/// the language are.
fn qualify(name: &mut String, namespace: &str) -> Result<(), String> {
    match name.split_once("::") {
        Some((MAIN, plain)) => {
            let plain = plain.to_owned();
            *name = plain;
        }
        Some((own, plain)) => {
            check_namespace(own)?;
            if Builtin::ALL.iter().any(|(word, _)| *word == plain)
                || Keyword::ALL.iter().any(|(word, _)| *word == plain)
            {
                return Err(format!(
                    "`{plain}` belongs to the language and cannot be in a namespace"
                ));
            }
            if is_capital(plain) {
                let plain = plain.to_owned();
                *name = plain;
            }
        }
        None if namespace != MAIN && !is_capital(name) => {
            name.insert_str(0, "::");
            name.insert_str(0, namespace);
        }
        None => {}
    }
    Ok(())
}

fn is_capital(name: &str) -> bool {
    name.bytes().all(|letter| letter.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_namespaces() {
        for (name, expected) in [
            ("x", "ns::x"),
            ("NR", "NR"),
            ("awk::x", "x"),
            ("other::x", "other::x"),
            ("other::NR", "NR"),
            ("x1", "ns::x1"),
        ] {
            let mut qualified = name.to_owned();
            qualify(&mut qualified, "ns").unwrap();
            assert_eq!(qualified, expected, "{name}");
        }
        for name in ["if::x", "a::length", "1::x"] {
            assert!(qualify(&mut name.to_owned(), "ns").is_err(), "{name}");
        }
    }
}
