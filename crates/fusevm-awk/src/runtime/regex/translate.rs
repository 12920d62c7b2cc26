//! From POSIX extended regular expressions, with gawk's additions, to the syntax of the `regex`
//! crates.

use std::fmt::Write;

use super::Flavor;

/// Classes of characters as members of brackets, and of bytes.
const CLASSES: &[(&str, &str, &str)] = &[
    ("alpha", r"\p{Alphabetic}", "A-Za-z"),
    ("digit", "0-9", "0-9"),
    ("alnum", r"\p{Alphabetic}\p{Nd}", "0-9A-Za-z"),
    ("upper", r"\p{Uppercase}", "A-Z"),
    ("lower", r"\p{Lowercase}", "a-z"),
    ("space", r"\s", r"\x09-\x0d\x20"),
    ("blank", r"\t\p{Zs}", r"\x09\x20"),
    ("punct", r"\p{P}\p{S}", r"!-/:-@\[-`{-~"),
    ("print", r"\P{C}", r"\x20-\x7e"),
    ("graph", r"\p{L}\p{M}\p{N}\p{P}\p{S}", r"\x21-\x7e"),
    ("cntrl", r"\p{Cc}", r"\x00-\x1f\x7f"),
    ("xdigit", "0-9A-Fa-f", "0-9A-Fa-f"),
];

/// A member of brackets or a literal: a character, or a byte that is part of none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Char(char),
    Byte(u8),
}

/// Translates an expression, whose parentheses remember what they match if somebody wants to know.
/// They are not checked: who parses the result does that.
pub(super) fn translate(text: &[u8], flavor: Flavor, captures: bool) -> Result<String, String> {
    let mut translation = Translation {
        rest: text,
        out: String::with_capacity(text.len() + 8),
        last: None,
        flavor,
        captures,
    };
    translation.run()?;
    Ok(translation.out)
}

struct Translation<'t> {
    rest: &'t [u8],
    out: String,
    /// Where the last atom starts in the output, if a repetition may follow.
    last: Option<usize>,
    flavor: Flavor,
    /// Parentheses remember what they matched.
    captures: bool,
}

impl Translation<'_> {
    fn run(&mut self) -> Result<(), String> {
        let mut groups = Vec::new();
        while let Some(&byte) = self.rest.first() {
            match byte {
                b'(' => {
                    self.take(1);
                    groups.push(self.out.len());
                    self.out.push_str(if self.captures { "(" } else { "(?:" });
                    self.last = None;
                }
                // Without a group to close it means itself.
                b')' if !groups.is_empty() => {
                    self.take(1);
                    self.out.push(')');
                    self.last = groups.pop();
                }
                b'|' => {
                    self.take(1);
                    self.out.push('|');
                    self.last = None;
                }
                b'^' => {
                    self.take(1);
                    self.out.push_str(r"\A");
                    self.last = None;
                }
                b'$' => {
                    self.take(1);
                    self.atom(r"\z");
                }
                b'.' => {
                    self.take(1);
                    self.atom(".");
                }
                b'[' => self.bracket()?,
                b'\\' => self.escape(),
                b'*' | b'+' | b'?' => self.repetition(1),
                b'{' => match interval_len(self.rest) {
                    Some(len) => self.repetition(len),
                    None => self.literal(),
                },
                _ => self.literal(),
            }
        }
        Ok(())
    }

    fn take(&mut self, len: usize) {
        self.rest = &self.rest[len..];
    }

    fn atom(&mut self, pattern: &str) {
        self.last = Some(self.out.len());
        self.out.push_str(pattern);
    }

    fn unit(&mut self, unit: Unit) {
        self.last = Some(self.out.len());
        push_unit(&mut self.out, unit);
    }

    fn literal(&mut self) {
        let (unit, len) = self.first_unit(self.rest);
        self.take(len);
        self.unit(unit);
    }

    /// A repetition of `len` bytes; without anything to repeat its first byte means itself.
    fn repetition(&mut self, len: usize) {
        let Some(start) = self.last else {
            return self.literal();
        };
        // A group makes repetitions of repetitions possible, and keeps `?` from being lazy.
        self.out.insert_str(start, "(?:");
        self.out.push(')');
        let interval = String::from_utf8_lossy(&self.rest[..len]).into_owned();
        match interval.strip_prefix("{,") {
            Some(rest) => {
                self.out.push_str("{0,");
                self.out.push_str(rest);
            }
            None => self.out.push_str(&interval),
        }
        self.take(len);
    }

    fn escape(&mut self) {
        let word = if self.flavor.bytes {
            r"[0-9A-Za-z_]"
        } else {
            r"[\p{Alphabetic}\p{Nd}_]"
        };
        let no_word = if self.flavor.bytes {
            r"[^0-9A-Za-z_]"
        } else {
            r"[^\p{Alphabetic}\p{Nd}_]"
        };
        let operator = self.rest.get(1).filter(|_| !self.flavor.plain);
        let pattern = match operator {
            Some(b'y') => r"(?-u:\b)",
            Some(b'B') => r"(?-u:\B)",
            Some(b'<') => r"(?-u:\b{start})",
            Some(b'>') => r"(?-u:\b{end})",
            Some(b'`') => r"\A",
            Some(b'\'') => r"\z",
            Some(b's') => r"\s",
            Some(b'S') => r"\S",
            Some(b'w') => word,
            Some(b'W') => no_word,
            _ => {
                let (unit, len) = self.escaped_unit(self.rest);
                self.take(len);
                return self.unit(unit);
            }
        };
        self.take(2);
        self.atom(pattern);
    }

    fn first_unit(&self, text: &[u8]) -> (Unit, usize) {
        if self.flavor.bytes {
            return (byte_unit(text[0]), 1);
        }
        first_unit(text)
    }

    fn escaped_unit(&self, text: &[u8]) -> (Unit, usize) {
        let is_character = text.get(1).is_some_and(|byte| !byte.is_ascii());
        if self.flavor.bytes && is_character {
            return (byte_unit(text[1]), 2);
        }
        escaped_unit(text)
    }

    fn bracket(&mut self) -> Result<(), String> {
        self.take(1);
        let negated = self.rest.first() == Some(&b'^');
        if negated {
            self.take(1);
        }
        let mut members = String::new();
        let mut bytes = String::new();
        let mut first = true;
        loop {
            match self.rest {
                [] => return Err("`[` without `]`".to_owned()),
                [b']', ..] if !first => break,
                [b'[', b':', ..] => members.push_str(self.class()?),
                _ => self.range(&mut members, &mut bytes)?,
            }
            first = false;
        }
        self.take(1);
        self.last = Some(self.out.len());
        let sign = if negated { "^" } else { "" };
        if self.flavor.bytes {
            // There is always a member.
            let members = members + &bytes;
            let _ = write!(self.out, "[{sign}{members}]");
            return Ok(());
        }
        // Without members, everything or nothing that is a character.
        let members = match (members.is_empty(), negated) {
            (true, true) => r"\x{0}-\x{10ffff}".to_owned(),
            (true, false) => r"^\x{0}-\x{10ffff}".to_owned(),
            (false, true) => format!("^{members}"),
            (false, false) => members,
        };
        // Bytes that are part of no character cannot be in one class with characters.
        if bytes.is_empty() {
            let _ = write!(self.out, "[{members}]");
        } else if negated {
            let _ = write!(self.out, "(?:[{members}]|(?-u:[{sign}\\x00-\\x7f{bytes}]))");
        } else {
            let _ = write!(self.out, "(?:[{members}]|(?-u:[{bytes}]))");
        }
        Ok(())
    }

    /// `[:name:]`
    fn class(&mut self) -> Result<&'static str, String> {
        let end = memchr::memmem::find(self.rest, b":]").ok_or("`[:` without `:]`")?;
        let name = String::from_utf8_lossy(&self.rest[2..end.max(2)]).into_owned();
        self.take(end + 2);
        let found = CLASSES.iter().find(|(known, ..)| *known == name);
        let found = found.ok_or_else(|| format!("there is no class [:{name}:]"))?;
        Ok(if self.flavor.bytes { found.2 } else { found.1 })
    }

    /// A member, or a range of them.
    fn range(&mut self, members: &mut String, bytes: &mut String) -> Result<(), String> {
        let from = self.member()?;
        let mut to = from;
        if let [b'-', next, ..] = self.rest
            && *next != b']'
        {
            self.take(1);
            to = self.member()?;
        }
        if to < from {
            return Err("a range ends before it starts".to_owned());
        }
        match (from, to) {
            (Unit::Char(from), Unit::Char(to)) => {
                let _ = write!(
                    members,
                    r"\x{{{:x}}}-\x{{{:x}}}",
                    u32::from(from),
                    u32::from(to)
                );
            }
            (Unit::Byte(from), Unit::Byte(to)) => {
                let _ = write!(bytes, r"\x{from:02x}-\x{to:02x}");
            }
            (Unit::Char(from), Unit::Byte(to)) if self.flavor.bytes => {
                let _ = write!(bytes, r"\x{:02x}-\x{to:02x}", u32::from(from));
            }
            (Unit::Char(from), Unit::Byte(to)) => {
                let _ = write!(members, r"\x{{{:x}}}-\x{{10ffff}}", u32::from(from));
                let _ = write!(bytes, r"\x80-\x{to:02x}");
            }
            (Unit::Byte(_), Unit::Char(_)) => {}
        }
        Ok(())
    }

    fn member(&mut self) -> Result<Unit, String> {
        match self.rest {
            [] => Err("`[` without `]`".to_owned()),
            [b'[', mark @ (b'.' | b'='), rest @ ..] => {
                let end = memchr::memmem::find(rest, &[*mark, b']']);
                let end = end
                    .filter(|&end| end > 0)
                    .ok_or("an element of `[` does not end")?;
                let (unit, len) = self.first_unit(&rest[..end]);
                if len != end {
                    return Err("an element of `[` is more than one character".to_owned());
                }
                self.take(end + 4);
                Ok(unit)
            }
            [b'\\', _, ..] => {
                let (unit, len) = self.escaped_unit(self.rest);
                self.take(len);
                Ok(unit)
            }
            _ => {
                let (unit, len) = self.first_unit(self.rest);
                self.take(len);
                Ok(unit)
            }
        }
    }
}

/// The length of the interval that the text starts with, if it does with one: `{2}`, `{2,}`,
/// `{,3}`, `{2,3}`.
fn interval_len(text: &[u8]) -> Option<usize> {
    let end = memchr::memchr(b'}', text)?;
    let inner = &text[1..end];
    let mut parts = inner.split(|byte| *byte == b',');
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit) && part.len() < 10;
    let (from, to) = (parts.next()?, parts.next());
    let valid = match to {
        None => !from.is_empty() && digits(from),
        Some(to) => digits(from) && digits(to) && inner.len() > 1,
    };
    (valid && parts.next().is_none()).then_some(end + 1)
}

/// The first character of a text that is not empty, and its length.
fn first_unit(text: &[u8]) -> (Unit, usize) {
    let head = &text[..text.len().min(4)];
    let valid = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    match valid.chars().next() {
        Some(char) => (Unit::Char(char), char.len_utf8()),
        None => (Unit::Byte(text[0]), 1),
    }
}

fn byte_unit(byte: u8) -> Unit {
    if byte.is_ascii() {
        Unit::Char(char::from(byte))
    } else {
        Unit::Byte(byte)
    }
}

/// What an escape stands for that is no operator, and its length.
fn escaped_unit(text: &[u8]) -> (Unit, usize) {
    let simple = match text.get(1) {
        None => return (Unit::Char('\\'), 1),
        Some(b'a') => '\u{7}',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'v') => '\u{b}',
        Some(b'0'..=b'7') => {
            let digits = text[1..].iter().take(3);
            let digits = digits.take_while(|byte| matches!(byte, b'0'..=b'7'));
            let value = digits
                .clone()
                .fold(0, |value, digit| value * 8 + u32::from(digit - b'0'));
            return (byte_unit(value as u8), 1 + digits.count());
        }
        Some(b'x') => {
            let digits = text[2..]
                .iter()
                .take(2)
                .take_while(|byte| byte.is_ascii_hexdigit());
            let value = digits.clone().fold(0, |value, digit| {
                value * 16 + char::from(*digit).to_digit(16).unwrap_or(0)
            });
            return match digits.count() {
                0 => (Unit::Char('x'), 2),
                len => (byte_unit(value as u8), 2 + len),
            };
        }
        Some(_) => {
            let (unit, len) = first_unit(&text[1..]);
            return (unit, 1 + len);
        }
    };
    (Unit::Char(simple), 2)
}

fn push_unit(out: &mut String, unit: Unit) {
    match unit {
        Unit::Char(char) if char.is_alphanumeric() || char == ' ' => out.push(char),
        Unit::Char(char) => {
            let _ = write!(out, r"\x{{{:x}}}", u32::from(char));
        }
        Unit::Byte(byte) => {
            let _ = write!(out, r"(?-u:\x{byte:02x})");
        }
    }
}
