//! POSIX extended regular expressions on bytes: leftmost-longest, in linear time.
//!
//! An expression is [translated](translate) for `regex-syntax`. Whether and where a match begins
//! is the same for all leftmost rules, so the general search finds that. It prefers earlier
//! alternatives; where that may end a match too early, an automaton that follows all of them runs
//! from the start of the match and remembers the last place where it matched.

mod bytes;
mod lines;
mod translate;

use std::fmt;

use memchr::memmem;
use regex_automata::hybrid::dfa as lazy;
use regex_automata::meta;
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::{Hir, HirKind, Look};

use super::split::character_len;

use bytes::Bytes;
use lines::LineSearch;

/// The memory that one compiled expression may take, in bytes.
const SIZE_LIMIT: usize = 10 << 20;

/// Why a text is no regular expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RegexError(String);

impl fmt::Display for RegexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "regular expression: {}", self.0)
    }
}

/// How expressions are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flavor {
    /// Upper and lower case are the same.
    pub(crate) ignore_case: bool,
    /// Characters are bytes.
    pub(crate) bytes: bool,
    /// Without the operators that gawk adds, such as `\y`.
    pub(crate) plain: bool,
}

/// A compiled regular expression and the memory for its searches.
#[derive(Debug)]
pub(crate) struct Regex {
    /// All of the expression, if it is nothing but text.
    literal: Option<memmem::Finder<'static>>,
    /// All of the expression, if it is one of some bytes, or several of them.
    bytes: Option<Box<Bytes>>,
    /// The search for lines with a match, once somebody asked; there may be none.
    lines: Option<Option<Box<LineSearch>>>,
    search: meta::Regex,
    cache: meta::Cache,
    longest: Option<Longest>,
    text: Vec<u8>,
    flavor: Flavor,
    /// Made when somebody asks for groups.
    groups: Option<Box<Groups>>,
}

/// Finds what the groups of a match matched.
#[derive(Debug)]
struct Groups {
    search: meta::Regex,
    cache: meta::Cache,
}

/// Finds the end of the longest match.
#[derive(Debug)]
struct Longest {
    automaton: lazy::DFA,
    cache: lazy::Cache,
}

impl Regex {
    /// Compiles an expression in which upper and lower case are different.
    #[cfg(test)]
    pub(crate) fn new(text: &[u8]) -> Result<Self, RegexError> {
        Self::with(text, Flavor::default())
    }

    /// Compiles an expression of a flavor.
    pub(crate) fn with(text: &[u8], flavor: Flavor) -> Result<Self, RegexError> {
        let hir = parse(text, flavor, false)?;
        let search = build(&hir, WhichCaptures::Implicit)?;
        let literal = match hir.kind() {
            HirKind::Literal(literal) => Some(memmem::Finder::new(&literal.0).into_owned()),
            _ => None,
        };
        let longest = if greedy_is_longest(&hir) {
            None
        } else {
            Some(Longest::new(&hir)?)
        };
        Ok(Regex {
            literal,
            bytes: Bytes::new(&hir).map(Box::new),
            lines: None,
            cache: search.create_cache(),
            search,
            longest,
            text: text.to_vec(),
            flavor,
            groups: None,
        })
    }

    /// Whether a text is a regular expression.
    pub(crate) fn check(text: &[u8], flavor: Flavor) -> Result<(), RegexError> {
        parse(text, flavor, false).map(drop)
    }

    /// The length of the first character of a text that is not empty.
    pub(crate) fn character_len(&self, text: &[u8]) -> usize {
        character_len(text, self.flavor.bytes)
    }

    /// Whether there is a match.
    pub(crate) fn is_match(&mut self, text: &[u8]) -> bool {
        if let Some(literal) = &self.literal {
            return literal.find(text).is_some();
        }
        if let Some(bytes) = &self.bytes {
            return bytes.find(text, 0).is_some();
        }
        let input = Input::new(text).earliest(true);
        self.search
            .search_half_with(&mut self.cache, &input)
            .is_some()
    }

    /// The leftmost match that starts at or behind `from`, the longest of them: its start and
    /// end. What is before `from` counts as context.
    pub(crate) fn find(&mut self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let from = from.min(text.len());
        if let Some(literal) = &self.literal {
            let start = from + literal.find(&text[from..])?;
            return Some((start, start + literal.needle().len()));
        }
        if let Some(bytes) = &self.bytes {
            return bytes.find(text, from);
        }
        let input = Input::new(text).range(from..);
        let found = self.search.search_with(&mut self.cache, &input)?;
        let end = match &mut self.longest {
            Some(longest) => longest.end(text, found.start()).unwrap_or(found.end()),
            None => found.end(),
        };
        Some((found.start(), end))
    }

    /// The expression, if it is one of some bytes or several of them.
    pub(crate) fn bytes(&self) -> Option<&Bytes> {
        self.bytes.as_deref()
    }

    /// What finds the first line with a match, if it can be found without a look at each line.
    pub(crate) fn line_search(&mut self) -> Option<&mut LineSearch> {
        let (text, flavor) = (&self.text, self.flavor);
        let search = self.lines.get_or_insert_with(|| {
            let hir = parse(text, flavor, false).ok()?;
            LineSearch::new(&hir).map(Box::new)
        });
        search.as_deref_mut()
    }

    /// Where the groups of a match that was [found](Self::find) are, those that took part in it.
    /// Group 0 is the match. Where there is a choice, earlier alternatives and more repetitions
    /// count.
    pub(crate) fn groups(
        &mut self,
        text: &[u8],
        (start, end): (usize, usize),
    ) -> Result<Vec<Option<(usize, usize)>>, String> {
        if self.groups.is_none() {
            let groups = Groups::new(&self.text, self.flavor);
            self.groups = Some(Box::new(groups.map_err(|error| error.to_string())?));
        }
        let mut all = vec![Some((start, end))];
        if let Some(Groups { search, cache }) = self.groups.as_deref_mut() {
            let mut captures = search.create_captures();
            // The end of the text is that of the match.
            let input = Input::new(&text[..end])
                .range(start..)
                .anchored(Anchored::Yes);
            search.search_captures_with(cache, &input, &mut captures);
            let spans = captures.iter().skip(1);
            all.extend(spans.map(|span| span.map(|span| (span.start, span.end))));
        }
        Ok(all)
    }
}

impl Groups {
    /// A search that matches only up to the end of the text.
    fn new(text: &[u8], flavor: Flavor) -> Result<Self, RegexError> {
        let hir = parse(text, flavor, true)?;
        let hir = Hir::concat(vec![hir, Hir::look(Look::End)]);
        let search = build(&hir, WhichCaptures::All)?;
        Ok(Groups {
            cache: search.create_cache(),
            search,
        })
    }
}

fn build(hir: &Hir, captures: WhichCaptures) -> Result<meta::Regex, RegexError> {
    let config = meta::Config::new()
        .utf8_empty(false)
        .nfa_size_limit(Some(SIZE_LIMIT))
        .which_captures(captures);
    meta::Builder::new()
        .configure(config)
        .build_from_hir(hir)
        .map_err(|_| RegexError("it takes too much memory; use smaller repetitions".into()))
}

impl Longest {
    fn new(hir: &Hir) -> Result<Self, RegexError> {
        let too_large = || RegexError("it takes too much memory; use smaller repetitions".into());
        let config = thompson::Config::new()
            .utf8(false)
            .nfa_size_limit(Some(SIZE_LIMIT))
            .which_captures(WhichCaptures::None);
        let nfa = thompson::Compiler::new()
            .configure(config)
            .build_from_hir(hir)
            .map_err(|_| too_large())?;
        let config = lazy::Config::new()
            .match_kind(MatchKind::All)
            .skip_cache_capacity_check(true);
        let automaton = lazy::Builder::new()
            .configure(config)
            .build_from_nfa(nfa)
            .map_err(|_| too_large())?;
        Ok(Longest {
            cache: automaton.create_cache(),
            automaton,
        })
    }

    fn end(&mut self, text: &[u8], start: usize) -> Option<usize> {
        let input = Input::new(text).range(start..).anchored(Anchored::Yes);
        let end = self.automaton.try_search_fwd(&mut self.cache, &input);
        // The automaton has no bytes that it gives up at, and no bound on its work.
        end.ok().flatten().map(|end| end.offset())
    }
}

fn parse(text: &[u8], flavor: Flavor, captures: bool) -> Result<Hir, RegexError> {
    let pattern = translate::translate(text, flavor, captures).map_err(RegexError)?;
    let mut parser = regex_syntax::ParserBuilder::new()
        .utf8(false)
        .dot_matches_new_line(true)
        .unicode(!flavor.bytes)
        .case_insensitive(flavor.ignore_case)
        .nest_limit(250)
        .build();
    parser.parse(&pattern).map_err(|error| {
        // The message shows the translated pattern, which the program does not contain.
        let error = match error {
            regex_syntax::Error::Parse(error) => error.kind().to_string(),
            regex_syntax::Error::Translate(error) => error.kind().to_string(),
            _ => "it is malformed".to_owned(),
        };
        RegexError(error)
    })
}

/// Whether preferring more repetitions always gives the longest match: there is at most one part
/// whose length varies, and it repeats something of fixed length.
fn greedy_is_longest(hir: &Hir) -> bool {
    let is_fixed = |hir: &Hir| {
        let properties = hir.properties();
        properties.minimum_len().is_some() && properties.minimum_len() == properties.maximum_len()
    };
    if is_fixed(hir) {
        return true;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) | HirKind::Class(_) => {
            // A character takes one to four bytes, but which it is leaves no choice.
            true
        }
        HirKind::Repetition(repetition) => is_one_character(&repetition.sub),
        HirKind::Capture(capture) => greedy_is_longest(&capture.sub),
        HirKind::Concat(parts) => {
            let mut varying = parts.iter().filter(|part| !is_one_way(part));
            match (varying.next(), varying.next()) {
                (Some(only), None) => greedy_is_longest(only),
                (None, _) => true,
                _ => false,
            }
        }
        HirKind::Alternation(_) => false,
    }
}

/// A character, which is matched in one way at most.
fn is_one_character(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(_) => true,
        HirKind::Literal(literal) => !literal.0.is_empty(),
        HirKind::Capture(capture) => is_one_character(&capture.sub),
        _ => false,
    }
}

/// What matches in one way at most from a given place.
fn is_one_way(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) | HirKind::Class(_) => true,
        HirKind::Capture(capture) => is_one_way(&capture.sub),
        HirKind::Concat(parts) => parts.iter().all(is_one_way),
        HirKind::Repetition(repetition) => {
            repetition.max == Some(repetition.min) && is_one_way(&repetition.sub)
        }
        HirKind::Alternation(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn find(regex: &str, text: &str) -> Option<(usize, usize)> {
        Regex::new(regex.as_bytes())
            .unwrap_or_else(|error| panic!("{regex}: {error}"))
            .find(text.as_bytes(), 0)
    }

    #[test]
    fn matches_are_leftmost_and_longest() {
        let cases = [
            ("b", "abc", Some((1, 2))),
            ("x", "abc", None),
            ("a|ab", "xabc", Some((1, 3))),
            ("(a|ab)(c|bcd)", "abcd", Some((0, 4))),
            ("a?(ab)?", "ab", Some((0, 2))),
            ("(a*)(ab)*", "aab", Some((0, 3))),
            ("x*", "aaa", Some((0, 0))),
            ("^b", "abc", None),
            ("a^b", "a^b", None),
            ("c$", "abc", Some((2, 3))),
            ("a.c", "a\nc", Some((0, 3))),
            ("a{2}", "aaa", Some((0, 2))),
            ("a{2,}", "aaa", Some((0, 3))),
            ("a{,2}", "aaa", Some((0, 2))),
            ("a{x}", "a{x}", Some((0, 4))),
            ("{", "a{", Some((1, 2))),
            ("*a", "*a", Some((0, 2))),
            ("+a", "+a", Some((0, 2))),
            ("(*a)", "*a", Some((0, 2))),
            ("a**", "aa", Some((0, 2))),
            ("()", "a", Some((0, 0))),
            ("a||b", "b", Some((0, 1))),
            ("[abc]", "xc", Some((1, 2))),
            ("[^abc]", "ax", Some((1, 2))),
            ("[]a]", "]", Some((0, 1))),
            ("[^]a]", "]b", Some((1, 2))),
            ("[a-]", "-", Some((0, 1))),
            ("[a\\]b]", "]", Some((0, 1))),
            ("[[:digit:]x]+", "a12x", Some((1, 4))),
            ("[[:alpha:]]+", "1é2", Some((1, 3))),
            ("[[.-.]]", "-", Some((0, 1))),
            ("[[=a=]]", "a", Some((0, 1))),
            (".", "é", Some((0, 2))),
            ("\\.", "a.", Some((1, 2))),
            ("\\/", "a/", Some((1, 2))),
            ("\\yb\\y", "ab b", Some((3, 4))),
            ("\\<b\\>", "ab b", Some((3, 4))),
            ("a\\Bb", "ab", Some((0, 2))),
            ("\\s\\S\\w\\W", " ab-", Some((0, 4))),
            ("\\`a\\'", "a", Some((0, 1))),
            ("\\101", "A", Some((0, 1))),
            ("\\x41", "A", Some((0, 1))),
            ("a#b c", "a#b c", Some((0, 5))),
            ("a&&b", "a&&b", Some((0, 4))),
            ("[a&&b~~]", "&", Some((0, 1))),
        ];
        for (regex, text, expected) in cases {
            assert_eq!(find(regex, text), expected, "/{regex}/ in {text:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_characters() {
        let mut byte = Regex::new(b"\\377").unwrap();
        assert_eq!(byte.find(b"a\xffb", 0), Some((1, 2)));
        let mut set = Regex::new(b"[\\200-\\377]+").unwrap();
        assert_eq!(set.find(b"a\x80\xffb", 0), Some((1, 3)));
        assert!(Regex::new(b"a\xff").unwrap().is_match(b"xa\xff"));
    }

    #[test]
    fn characters_can_be_bytes() {
        let flavor = Flavor {
            bytes: true,
            ..Flavor::default()
        };
        for (regex, text, expected) in [
            (".", "é", Some((0, 1))),
            ("^..$", "é", Some((0, 2))),
            ("é+", "éé", Some((0, 2))),
            ("[é]", "é", Some((0, 1))),
            ("[^a]", "é", Some((0, 1))),
            ("[[:alpha:]]", "éa", Some((2, 3))),
            ("[\\200-\\377]+", "aé", Some((1, 3))),
            ("\\w", "éa", Some((2, 3))),
        ] {
            let mut regex_here = Regex::with(regex.as_bytes(), flavor).unwrap();
            assert_eq!(regex_here.find(text.as_bytes(), 0), expected, "/{regex}/");
        }
    }

    #[test]
    fn operators_of_gawk_can_be_left_out() {
        let flavor = Flavor {
            plain: true,
            ..Flavor::default()
        };
        for (regex, text) in [("a\\yb", "ayb"), ("\\<a\\>", "<a>"), ("\\s\\w", "sw")] {
            let mut regex_here = Regex::with(regex.as_bytes(), flavor).unwrap();
            assert!(regex_here.is_match(text.as_bytes()), "/{regex}/");
        }
    }

    #[test]
    fn what_is_no_expression() {
        for (regex, message) in [
            ("(a", "regular expression: unclosed group"),
            ("[a", "regular expression: `[` without `]`"),
            (
                "[[:nope:]]",
                "regular expression: there is no class [:nope:]",
            ),
            ("[b-a]", "regular expression: a range ends before it starts"),
            (
                "a{3,2}",
                "regular expression: invalid repetition count range, the start must be <= the end",
            ),
        ] {
            let error = Regex::check(regex.as_bytes(), Flavor::default()).unwrap_err();
            assert_eq!(error.to_string(), message, "{regex}");
        }
        let error = Regex::new(b"((a{1000}){1000}){1000}").unwrap_err();
        assert!(error.to_string().contains("too much memory"));
    }

    /// All ends of matches that start at 0, by trying every prefix.
    fn longest_by_trial(regex: &str, text: &str) -> Option<usize> {
        let mut whole = Regex::new(format!("^({regex})$").as_bytes()).unwrap();
        (0..=text.len())
            .rev()
            .find(|&end| whole.is_match(&text.as_bytes()[..end]))
    }

    proptest! {
        #[test]
        fn the_longest_match_is_found(
            regex in "(a|b|ab|ba|\\(a\\|ab\\)|a\\?|b\\*|\\(ba\\)\\*|\\(a\\|b\\)\\+|[.]){1,5}",
            text in "[ab]{0,8}",
        ) {
            let mut anchored = Regex::new(format!("^({regex})").as_bytes()).unwrap();
            let found = anchored.find(text.as_bytes(), 0).map(|(_, end)| end);
            prop_assert_eq!(found, longest_by_trial(&regex, &text));
        }

        #[test]
        fn any_bytes_can_be_tried(regex in prop::collection::vec(any::<u8>(), 0..20)) {
            if let Ok(mut regex) = Regex::new(&regex) {
                regex.find(b"some text", 0);
            }
        }
    }
}
