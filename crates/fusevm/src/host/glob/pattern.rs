//! Patterns of paths.

/// A pattern, split at slashes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) absolute: bool,
    pub(super) components: Vec<Component>,
    /// Whether the pattern ends in a slash.
    pub(super) directories_only: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Component {
    /// A name without wildcards: nothing has to be listed to find it.
    Literal(Vec<u8>),
    Wildcard(Wildcard),
    /// `**`
    AnyDepth,
}

impl Pattern {
    /// `None` when the pattern is not valid. An empty one has no components.
    pub(super) fn parse(text: &[u8]) -> Option<Pattern> {
        let absolute = text.first() == Some(&b'/');
        let mut components = Vec::new();
        for (index, part) in text.split(|byte| *byte == b'/').enumerate() {
            let component = match part {
                b"" => continue,
                // Only at the start does it show in the result.
                b"." if index > 0 => continue,
                b"**" if components.last() == Some(&Component::AnyDepth) => continue,
                b"**" => Component::AnyDepth,
                _ if part.iter().any(|byte| b"?*[".contains(byte)) => {
                    Component::Wildcard(Wildcard::parse(part)?)
                }
                _ => Component::Literal(part.to_vec()),
            };
            components.push(component);
        }
        Some(Pattern {
            absolute,
            components,
            directories_only: text.last() == Some(&b'/'),
        })
    }
}

/// A pattern of names: what the characters of one must be, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wildcard(Vec<Token>);

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Unit(Unit),
    /// `?`
    Any,
    /// `*`
    Run,
    /// `[...]`, or `[!...]` if `negated`: inclusive ranges.
    Set {
        negated: bool,
        ranges: Vec<(Unit, Unit)>,
    },
}

/// A character, or a byte of a name that is not valid UTF-8, numbered behind all characters.
type Unit = u32;

fn units(text: &[u8]) -> impl Iterator<Item = Unit> {
    const BYTES: Unit = char::MAX as Unit + 1;
    text.utf8_chunks().flat_map(|chunk| {
        let invalid = chunk.invalid().iter();
        let valid = chunk.valid().chars().map(Unit::from);
        valid.chain(invalid.map(|byte| BYTES + Unit::from(*byte)))
    })
}

const fn unit(c: char) -> Unit {
    c as Unit
}

impl Wildcard {
    fn parse(text: &[u8]) -> Option<Self> {
        let units: Vec<Unit> = units(text).collect();
        let mut tokens = Vec::new();
        let mut rest = units.as_slice();
        while let [first, tail @ ..] = rest {
            rest = tail;
            tokens.push(match char::from_u32(*first) {
                Some('?') => Token::Any,
                // Two in a row mean something, but only as a component of their own.
                Some('*') if tokens.last() == Some(&Token::Run) => return None,
                Some('*') => Token::Run,
                Some('[') => parse_set(&mut rest)?,
                _ => Token::Unit(*first),
            });
        }
        Some(Wildcard(tokens))
    }

    pub(super) fn starts_with_dot(&self) -> bool {
        self.0.first() == Some(&Token::Unit(unit('.')))
    }

    pub(super) fn matches(&self, name: &[u8]) -> bool {
        let name: Vec<Unit> = units(name).collect();
        let (mut token, mut at) = (0, 0);
        // Where to go on with a longer run. Only the last one needs to grow: an earlier one that
        // took more would leave less for everything behind.
        let mut retry = None;
        loop {
            match self.0.get(token) {
                Some(Token::Run) => {
                    token += 1;
                    retry = Some((token, at));
                    continue;
                }
                Some(single) if name.get(at).is_some_and(|unit| single.accepts(*unit)) => {
                    token += 1;
                    at += 1;
                    continue;
                }
                None if at == name.len() => return true,
                _ => {}
            }
            match retry {
                Some((after, start)) if start < name.len() => {
                    token = after;
                    at = start + 1;
                    retry = Some((after, at));
                }
                _ => return false,
            }
        }
    }
}

/// The set whose opening bracket is just before `rest`, which then starts behind its end. The
/// first member may be a closing bracket.
fn parse_set(rest: &mut &[Unit]) -> Option<Token> {
    let negated = rest.first() == Some(&unit('!'));
    let body = &rest[usize::from(negated)..];
    let behind_first = body.get(1..)?;
    let len = 1 + behind_first.iter().position(|found| *found == unit(']'))?;
    let (mut members, end) = body.split_at(len);
    *rest = &end[1..];
    let mut ranges = Vec::new();
    while let [first, tail @ ..] = members {
        if let [dash, last, behind @ ..] = tail
            && *dash == unit('-')
        {
            ranges.push((*first, *last));
            members = behind;
        } else {
            ranges.push((*first, *first));
            members = tail;
        }
    }
    Some(Token::Set { negated, ranges })
}

impl Token {
    fn accepts(&self, unit: Unit) -> bool {
        match self {
            Token::Unit(expected) => *expected == unit,
            Token::Any => true,
            Token::Run => false,
            Token::Set { negated, ranges } => {
                let within = |(low, high): &(Unit, Unit)| (*low..=*high).contains(&unit);
                ranges.iter().any(within) != *negated
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_whole_names() {
        let cases: [(&str, &[&str], &[&str]); 10] = [
            ("*", &["", "a", ".hidden", "é"], &[]),
            ("a*", &["a", "abc"], &["ba", ""]),
            ("*.rs", &[".rs", "x.rs", "a.rs.rs"], &["rs", "x.rs.txt"]),
            ("a?c", &["abc", "aéc"], &["ac", "abbc"]),
            ("*a*b*", &["ab", "xaxbx", "aab"], &["ba", "a"]),
            ("[a-c]x", &["ax", "cx"], &["dx", "x", "-x"]),
            ("[!a-c]", &["d", "é"], &["a", "c", "", "dd"]),
            ("[]]", &["]"], &["a"]),
            ("[a-]", &["a", "-"], &["b"]),
            ("[*]\\", &["*\\"], &["a\\"]),
        ];
        for (pattern, matching, others) in cases {
            let wildcard = Wildcard::parse(pattern.as_bytes()).unwrap();
            for name in matching {
                assert!(wildcard.matches(name.as_bytes()), "{pattern} {name}");
            }
            for name in others {
                assert!(!wildcard.matches(name.as_bytes()), "{pattern} {name}");
            }
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_single_characters() {
        let any = Wildcard::parse(b"a?\xfe*").unwrap();
        assert!(any.matches(b"a\xff\xfe"));
        assert!(!any.matches(b"a\xfe"));
        assert!(!any.matches("aþþ".as_bytes()));
    }

    #[test]
    fn invalid_patterns_are_refused() {
        for pattern in [
            "a**", "**b", "***", "x/a**/y", "[", "[]", "[!]", "a[b", "[a/b]",
        ] {
            assert_eq!(Pattern::parse(pattern.as_bytes()), None, "{pattern}");
        }
    }

    #[test]
    fn a_hard_pattern_takes_no_more_than_quadratic_time() {
        let wildcard = Wildcard::parse(&b"*a".repeat(100)).unwrap();
        assert!(!wildcard.matches(&[b"a".repeat(2000), b"b".to_vec()].concat()));
    }
}
