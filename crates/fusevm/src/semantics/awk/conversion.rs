//! The conversions of `strftime` as the GNU C library has them, with flags and widths, in English.

use std::fmt::{Display, Write};

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, Datelike, TimeZone, Timelike};

/// The widest that a conversion can ask to be.
const MAX_WIDTH: usize = 65_535;

/// A conversion, such as `%d` or `%_10Y`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Conversion {
    /// What fills it up: `_` spaces, `0` zeros, `-` nothing, or spaces if there is a width.
    pad: Option<u8>,
    /// `^`: in upper case.
    upper: bool,
    /// `#`: in the other case.
    swap: bool,
    /// The least length, in bytes.
    pub(super) width: usize,
    letter: u8,
}

impl Conversion {
    /// The conversion at the start of a text, and its length.
    pub(super) fn parse(text: &[u8]) -> Option<(Self, usize)> {
        let mut conversion = Conversion {
            pad: None,
            upper: false,
            swap: false,
            width: 0,
            letter: b'%',
        };
        let mut at = 1;
        let flags = text.get(at..)?.iter();
        for flag in flags.take_while(|byte| b"_-0^#".contains(byte)) {
            match flag {
                b'^' => conversion.upper = true,
                b'#' => conversion.swap = true,
                pad => conversion.pad = Some(*pad),
            }
            at += 1;
        }
        for digit in text
            .get(at..)?
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
        {
            let width = conversion.width * 10 + usize::from(digit - b'0');
            conversion.width = width.min(MAX_WIDTH);
            at += 1;
        }
        // They ask for other digits or calendars, which there are none of.
        at += usize::from(matches!(text.get(at), Some(b'E' | b'O')));
        conversion.letter = *text.get(at)?;
        Some((conversion, at + 1))
    }

    /// Appends what it makes of a time, in a zone that may have a name. False if there is no such
    /// conversion.
    pub(super) fn write<Tz: TimeZone>(
        self,
        out: &mut String,
        time: &DateTime<Tz>,
        zone: Option<&str>,
    ) -> bool
    where
        Tz::Offset: Display,
    {
        if let Some((number, digits, pad)) = number(self.letter, time) {
            self.write_number(out, number, digits, pad);
            return true;
        }
        let Some(mut text) = text(self.letter, time, zone) else {
            return false;
        };
        match self.letter {
            b'Z' | b'p' if self.swap => text.make_ascii_lowercase(),
            b'a' | b'A' | b'b' | b'B' | b'h' if self.swap => text.make_ascii_uppercase(),
            b'P' => {}
            _ if self.upper => text.make_ascii_uppercase(),
            _ => {}
        }
        let filler = if self.pad == Some(b'0') { '0' } else { ' ' };
        let missing = self.width.saturating_sub(text.len());
        out.extend(std::iter::repeat_n(filler, missing));
        out.push_str(&text);
        true
    }

    /// Appends a number which by itself has so many digits at least.
    fn write_number(self, out: &mut String, number: i64, digits: usize, pad: u8) {
        let pad = self.pad.unwrap_or(pad);
        let sign = if number < 0 { "-" } else { "" };
        let text = number.unsigned_abs().to_string();
        let width = match pad {
            b'-' => self.width,
            _ => self.width.max(digits),
        };
        let missing = width.saturating_sub(sign.len() + text.len());
        if pad != b'0' {
            out.extend(std::iter::repeat_n(' ', missing));
            out.push_str(sign);
        } else {
            out.push_str(sign);
            out.extend(std::iter::repeat_n('0', missing));
        }
        out.push_str(&text);
    }
}

/// The number that a letter stands for, how many digits it has at least, and what goes in front
/// of fewer.
fn number<Tz: TimeZone>(letter: u8, time: &DateTime<Tz>) -> Option<(i64, usize, u8)> {
    let year = i64::from(time.year());
    let week_year = i64::from(time.iso_week().year());
    let twelve = i64::from(time.hour12().1);
    // Weeks begin with the first day that `from_start` counts.
    let week = |from_start: u32| i64::from((time.ordinal0() + 7 - from_start) / 7);
    let weekday = time.weekday();
    Some(match letter {
        b'C' => (year.div_euclid(100), 2, b'0'),
        b'd' => (time.day().into(), 2, b'0'),
        b'e' => (time.day().into(), 2, b'_'),
        b'g' => (week_year.rem_euclid(100), 2, b'0'),
        b'G' => (week_year, 1, b'0'),
        b'H' => (time.hour().into(), 2, b'0'),
        b'I' => (twelve, 2, b'0'),
        b'j' => (time.ordinal().into(), 3, b'0'),
        b'k' => (time.hour().into(), 2, b'_'),
        b'l' => (twelve, 2, b'_'),
        b'm' => (time.month().into(), 2, b'0'),
        b'M' => (time.minute().into(), 2, b'0'),
        b's' => (time.timestamp(), 1, b'0'),
        b'S' => (time.second().into(), 2, b'0'),
        b'u' => (weekday.number_from_monday().into(), 1, b'0'),
        b'U' => (week(weekday.num_days_from_sunday()), 2, b'0'),
        b'V' => (time.iso_week().week().into(), 2, b'0'),
        b'w' => (weekday.num_days_from_sunday().into(), 1, b'0'),
        b'W' => (week(weekday.num_days_from_monday()), 2, b'0'),
        b'y' => (year.rem_euclid(100), 2, b'0'),
        b'Y' => (year, 1, b'0'),
        _ => return None,
    })
}

/// The text that a letter stands for.
fn text<Tz: TimeZone>(letter: u8, time: &DateTime<Tz>, zone: Option<&str>) -> Option<String>
where
    Tz::Offset: Display,
{
    let year = time.year();
    let format = match letter {
        b'%' => return Some("%".to_owned()),
        b'n' => return Some("\n".to_owned()),
        b't' => return Some("\t".to_owned()),
        b'Z' if zone.is_some() => return zone.map(str::to_owned),
        b'c' => &format!("%a %b %e %H:%M:%S {year}"),
        b'F' => &format!("{year}-%m-%d"),
        b'a' => "%a",
        b'A' => "%A",
        b'b' | b'h' => "%b",
        b'B' => "%B",
        b'D' | b'x' => "%m/%d/%y",
        b'p' => "%p",
        b'P' => "%P",
        b'r' => "%I:%M:%S %p",
        b'R' => "%H:%M",
        b'T' | b'X' => "%H:%M:%S",
        b'z' => "%z",
        b'Z' => "%Z",
        _ => return None,
    };
    let items: Vec<Item<'_>> = StrftimeItems::new(format).collect();
    let mut out = String::new();
    write!(out, "{}", time.format_with_items(items.iter())).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;

    #[test]
    fn conversions_with_flags_and_widths() {
        let cases = [
            ("%d", "09"),
            ("%-d", "9"),
            ("%_d", " 9"),
            ("%5d", "00009"),
            ("%_5d", "    9"),
            ("%-5d", "    9"),
            ("%e", " 9"),
            ("%0e", "09"),
            ("%Od", "09"),
            ("%EY", "2001"),
            ("%6Y", "002001"),
            ("%C", "20"),
            ("%j", "252"),
            ("%U", "36"),
            ("%W", "36"),
            ("%V", "36"),
            ("%I", "01"),
            ("%l", " 1"),
            ("%p", "AM"),
            ("%#p", "am"),
            ("%P", "am"),
            ("%^a", "SUN"),
            ("%#B", "SEPTEMBER"),
            ("%10A", "    Sunday"),
            ("%-10A", "    Sunday"),
            ("%010A", "0000Sunday"),
            ("%#Z", "gmt"),
            ("%F", "2001-09-09"),
            ("%12F", "  2001-09-09"),
            ("%c", "Sun Sep  9 01:46:40 2001"),
            ("%r", "01:46:40 AM"),
            ("%s", "1000000000"),
            ("%%", "%"),
        ];
        let time: DateTime<Utc> = DateTime::from_timestamp(1_000_000_000, 0).unwrap();
        for (format, expected) in cases {
            let (conversion, _) = Conversion::parse(format.as_bytes()).unwrap();
            let mut out = String::new();
            assert!(conversion.write(&mut out, &time, Some("GMT")), "{format}");
            assert_eq!(out, expected, "{format}");
        }
        for format in ["%q", "%10q", "%+", "%v", "%N", "%E%"] {
            let found = Conversion::parse(format.as_bytes());
            let written = found.map(|(found, _)| found.write(&mut String::new(), &time, None));
            assert_eq!(written, Some(format == "%E%"), "{format}");
        }
        for format in ["%", "%-", "%5", "%E"] {
            assert_eq!(Conversion::parse(format.as_bytes()), None, "{format}");
        }
    }

    #[test]
    fn years_far_away() {
        for (seconds, expected) in [
            (253_402_300_800, "10000 10000-01-01 100 00"),
            (-62_135_596_801, "0 0-12-31 00 00"),
            (-62_167_219_201, "-1 -1-12-31 -1 99"),
        ] {
            let time: DateTime<Utc> = DateTime::from_timestamp(seconds, 0).unwrap();
            let mut out = String::new();
            for letter in [&b"%Y"[..], b"%F", b"%C", b"%y"] {
                let (conversion, _) = Conversion::parse(letter).unwrap();
                assert!(conversion.write(&mut out, &time, None));
                out.push(' ');
            }
            assert_eq!(out.trim_end(), expected);
        }
    }
}
