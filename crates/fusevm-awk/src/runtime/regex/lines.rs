//! Finding the first of many lines that has a match, in one search over all of them.

use regex_automata::Input;
use regex_automata::meta;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_syntax::hir::{
    Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look,
    Repetition,
};

/// A search for lines.
#[derive(Debug)]
pub(crate) struct LineSearch {
    search: meta::Regex,
    cache: meta::Cache,
}

impl LineSearch {
    /// The search for lines in which an expression matches.
    pub(super) fn new(hir: &Hir) -> Option<Self> {
        let search = super::build(&within_line(hir)?, WhichCaptures::Implicit).ok()?;
        Some(LineSearch {
            cache: search.create_cache(),
            search,
        })
    }

    /// A place in the first line with a match, or its end.
    pub(crate) fn find(&mut self, lines: &[u8]) -> Option<usize> {
        let input = Input::new(lines).earliest(true);
        let found = self.search.search_half_with(&mut self.cache, &input)?;
        Some(found.offset())
    }
}

/// The expression that matches within a line, wherever that is, what `hir` matches where the line
/// is all there is. `None` where that would have to match a line feed.
///
/// The nesting is bounded: the parser refuses deeper expressions.
fn within_line(hir: &Hir) -> Option<Hir> {
    Some(match hir.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) if literal.0.contains(&b'\n') => return None,
        HirKind::Literal(literal) => Hir::literal(literal.0.clone()),
        HirKind::Class(Class::Unicode(class)) => {
            let mut class = class.clone();
            class.difference(&ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Class(Class::Bytes(class)) => {
            let mut class = class.clone();
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'\n', b'\n')]));
            Hir::class(Class::Bytes(class))
        }
        HirKind::Look(Look::Start) => Hir::look(Look::StartLF),
        HirKind::Look(Look::End) => Hir::look(Look::EndLF),
        HirKind::Look(look) => Hir::look(*look),
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            sub: Box::new(within_line(&repetition.sub)?),
            ..repetition.clone()
        }),
        HirKind::Capture(capture) => within_line(&capture.sub)?,
        HirKind::Concat(parts) => {
            Hir::concat(parts.iter().map(within_line).collect::<Option<_>>()?)
        }
        HirKind::Alternation(parts) => {
            Hir::alternation(parts.iter().map(within_line).collect::<Option<_>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::Regex;
    use proptest::prelude::*;

    /// The number of the first line with a match, if it can be searched for.
    fn found(regex: &mut Regex, text: &str) -> Option<Option<usize>> {
        let place = regex.line_search()?.find(text.as_bytes());
        Some(place.map(|place| text[..place].matches('\n').count()))
    }

    fn expected(regex: &mut Regex, text: &str) -> Option<usize> {
        text.split('\n')
            .position(|line| regex.is_match(line.as_bytes()))
    }

    #[test]
    fn lines_with_matches() {
        for (regex, text) in [
            ("b", "a\nb\n"),
            ("^b", "ab\nb"),
            ("b$", "bc\nab\nb"),
            ("^$", "a\n\nb"),
            ("a[^b]*c", "ab\na\nc\nadc"),
            ("a.*c", "a\nc\nabc"),
            ("x*", "a\nb"),
            ("\\yb\\y", "ab\nb\nc"),
            ("a\\Bb", "a\nb\nab"),
            ("\\s", "a\nb c"),
            ("z", "a\nb"),
            ("\\'", "a\nb"),
        ] {
            let mut compiled = Regex::new(regex.as_bytes()).unwrap();
            let expected = expected(&mut compiled, text);
            assert_eq!(
                found(&mut compiled, text),
                Some(expected),
                "/{regex}/ in {text:?}"
            );
        }
        assert_eq!(found(&mut Regex::new(b"a\\nb").unwrap(), "a\nb"), None);
    }

    proptest! {
        #[test]
        fn the_line_is_the_first_one_with_a_match(
            regex in "(a|b|\\^|\\$|[.]|a\\*|\\(a\\|b\\)\\+|[ab]|\\\\y|\\\\B|\\\\s){1,5}",
            text in "[ab\n ]{0,12}",
        ) {
            if let Ok(mut regex) = Regex::new(regex.as_bytes()) {
                let expected = expected(&mut regex, &text);
                prop_assert_eq!(found(&mut regex, &text), Some(expected));
            }
        }
    }
}
