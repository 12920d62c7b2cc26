//! The names of local time zones, such as `CET`, which the calendar library does not know.

use std::env;
use std::fs;
use std::path::Path;

/// Where the system keeps its time zones.
const ZONES: &str = "/usr/share/zoneinfo";

/// The name of local time at an instant, when it is so many seconds ahead of UTC.
pub(super) fn name(instant: i64, offset: i32) -> Option<String> {
    kind(instant, offset).map(|(name, _)| name)
}

/// Whether local time at an instant, when it is so many seconds ahead of UTC, is summer time.
pub(super) fn is_summer(instant: i64, offset: i32) -> bool {
    kind(instant, offset).is_some_and(|(_, is_summer)| is_summer)
}

/// The name of local time, and whether it is summer time.
fn kind(instant: i64, offset: i32) -> Option<(String, bool)> {
    let zone = env::var("TZ").ok();
    let zone = zone.as_deref().map(|zone| zone.trim_start_matches(':'));
    let file = match zone {
        Some("") => return Some(("UTC".to_owned(), false)),
        Some(zone) if zone.starts_with('/') => fs::read(zone).ok(),
        Some(zone) if zone.contains("..") => None,
        Some(zone) => fs::read(Path::new(ZONES).join(zone)).ok(),
        None => fs::read("/etc/localtime").ok(),
    };
    match file {
        Some(file) => from_file(&file, instant, offset),
        None => match zone {
            Some(zone) => from_rule(zone, offset),
            None => Some(("UTC".to_owned(), false)),
        },
    }
}

/// From the contents of a file of RFC 8536.
fn from_file(file: &[u8], instant: i64, offset: i32) -> Option<(String, bool)> {
    const HEADER: usize = 44;
    let header = file.strip_prefix(b"TZif")?;
    let version = *header.first()?;
    let counts = |at: usize| {
        let mut counts = [0usize; 6];
        for (number, count) in counts.iter_mut().enumerate() {
            *count = be(file, at + 20 + number * 4, 4)? as usize;
        }
        Some(counts)
    };
    // A second block with larger times stands behind the first one.
    let (mut at, mut size) = (0, 4);
    let [utc, standard, leaps, times, types, chars] = counts(0)?;
    if version >= b'2' {
        let first = times * 5 + types * 6 + chars + leaps * 8 + standard + utc;
        (at, size) = (HEADER + first, 8);
    }
    let [_, _, _, times, types, chars] = counts(at)?;
    let transitions = at + HEADER;
    let kinds = transitions + times * size;
    let infos = kinds + times;
    let names = infos + types * 6;
    let info = |kind: usize| {
        let start = infos + kind * 6;
        let seconds = be(file, start, 4)? as u32 as i32;
        Some((seconds, *file.get(start + 4)? != 0, *file.get(start + 5)?))
    };
    // The last change before the instant to a time with that offset, or else any such time.
    let before = (0..times).rev().filter(|&number| {
        be(file, transitions + number * size, size).is_some_and(|time| {
            let time = if size == 4 {
                i64::from(time as u32 as i32)
            } else {
                time
            };
            time <= instant
        })
    });
    let kinds = before.filter_map(|number| file.get(kinds + number).map(|kind| usize::from(*kind)));
    let (_, is_summer, name_at) = kinds
        .chain(0..types)
        .filter_map(info)
        .find(|(seconds, ..)| *seconds == offset)?;
    let all = file.get(names..names + chars)?;
    let name = all.get(usize::from(name_at)..)?;
    let name = name.split(|byte| *byte == 0).next()?;
    Some((String::from_utf8_lossy(name).into_owned(), is_summer))
}

/// A number in the file, the most significant byte first.
fn be(file: &[u8], at: usize, size: usize) -> Option<i64> {
    let bytes = file.get(at..at.checked_add(size)?)?;
    Some(
        bytes
            .iter()
            .fold(0, |number, byte| number << 8 | i64::from(*byte)),
    )
}

/// From a rule such as `EST5EDT,M3.2.0,M11.1.0`.
fn from_rule(rule: &str, offset: i32) -> Option<(String, bool)> {
    let (standard, rest) = take_name(rule)?;
    let (hours, rest) = take_offset(rest);
    match take_name(rest) {
        Some((summer, _)) if offset != -hours => Some((summer.to_owned(), true)),
        _ => Some((standard.to_owned(), false)),
    }
}

fn take_name(text: &str) -> Option<(&str, &str)> {
    if let Some(quoted) = text.strip_prefix('<') {
        return quoted.split_once('>');
    }
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    (length > 0).then(|| text.split_at(length))
}

/// Takes `[+-]hh[:mm[:ss]]` off a text: seconds to the west.
fn take_offset(text: &str) -> (i32, &str) {
    let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b':' | b'+' | b'-');
    let length = text.bytes().take_while(is_part).count();
    let (offset, rest) = text.split_at(length);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let parts = offset.trim_start_matches(['+', '-']).split(':');
    let units = [3600, 60, 1];
    let seconds = parts
        .zip(units)
        .map(|(part, unit)| part.parse::<i32>().unwrap_or(0).saturating_mul(unit))
        .fold(0, i32::saturating_add);
    (sign * seconds, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_rules() {
        for (rule, offset, name, is_summer) in [
            ("EST5EDT", -5 * 3600, "EST", false),
            ("EST5EDT,M3.2.0,M11.1.0", -4 * 3600, "EDT", true),
            ("<+03>-3", 3 * 3600, "+03", false),
            ("UTC0", 0, "UTC", false),
            ("CET-1:00CEST", 7200, "CEST", true),
        ] {
            let expected = Some((name.to_owned(), is_summer));
            assert_eq!(from_rule(rule, offset), expected, "{rule}");
        }
        assert_eq!(from_rule("5", 0), None);
    }

    #[test]
    fn names_from_files() {
        // Version 1: one change, at 100, from AAA to BBB, which is an hour ahead.
        let mut file = b"TZif".to_vec();
        file.extend([0; 16]);
        for count in [0u32, 0, 0, 1, 2, 8] {
            file.extend(count.to_be_bytes());
        }
        file.extend(100u32.to_be_bytes());
        file.push(1);
        for (offset, name) in [(0i32, 0u8), (3600, 4)] {
            file.extend(offset.to_be_bytes());
            file.extend([u8::from(offset > 0), name]);
        }
        file.extend(b"AAA\0BBB\0");
        assert_eq!(from_file(&file, 50, 0), Some(("AAA".to_owned(), false)));
        assert_eq!(from_file(&file, 150, 3600), Some(("BBB".to_owned(), true)));
        assert_eq!(from_file(&file, 150, 7200), None);
        for length in 0..file.len() {
            from_file(&file[..length], 150, 3600);
        }
    }
}
