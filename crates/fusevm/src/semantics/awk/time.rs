//! Dates: the clock, times as text, and times from text.

use std::fmt::{self, Display, Write};
use std::time::SystemTime;

use chrono::format::{Item, Numeric, Pad, StrftimeItems};
use chrono::{
    DateTime, Datelike, Local, MappedLocalTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc,
};

use crate::semantics::{Context, Dialect, Fault};
use crate::value::Value;

use super::conversion::Conversion;
use super::zone;

/// What `strftime` does without a format.
const DEFAULT_FORMAT: &[u8] = b"%a %b %e %H:%M:%S %Z %Y";

/// The longest conversion in a format, `%:::z`.
const MAX_CONVERSION: usize = 5;

/// The seconds since the start of 1970, with their fraction; 0 if the clock is before.
pub fn systime() -> f64 {
    SystemTime::UNIX_EPOCH
        .elapsed()
        .map_or(0.0, |since| since.as_secs_f64())
}

/// A time as text: format, seconds since the start of 1970, and whether to use UTC instead of
/// local time, all optional. Empty for times that are too far away.
///
/// Conversions are those of the crate `chrono`, in English; what is none is copied. Under
/// [`Dialect::Awk`] they are those of C with the flags and widths of the GNU library, UTC is called
/// `GMT`, and local times have the name of their zone.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
pub fn strftime(context: &mut Context<'_>, args: &[Value]) -> Result<Value, Fault> {
    let format = args
        .first()
        .map(|format| context.text(format))
        .transpose()?;
    let format = format
        .as_ref()
        .map_or(DEFAULT_FORMAT, |text| text.as_bytes());
    let time = match args.get(1) {
        Some(seconds) => instant(context.numeric.dialect.float(seconds)),
        None => instant(systime()),
    };
    let Some(time) = time else {
        return Ok(Value::str(""));
    };
    if wants_utc(context, args.get(2)) {
        let zone = (context.numeric.dialect == Dialect::Awk).then_some("GMT");
        render(context, format, &time, zone)
    } else {
        let local = time.with_timezone(&Local);
        let zone = match context.numeric.dialect {
            Dialect::Contract => None,
            Dialect::Awk => zone::name(time.timestamp(), local.offset().local_minus_utc()),
        };
        render(context, format, &local, zone.as_deref())
    }
}

fn wants_utc(context: &Context<'_>, flag: Option<&Value>) -> bool {
    flag.is_some_and(|flag| context.numeric.dialect.float(flag) != 0.0)
}

/// The instant `seconds` after the start of 1970; NaN is 0.
fn instant(seconds: f64) -> Option<DateTime<Utc>> {
    let seconds = if seconds.is_nan() { 0.0 } else { seconds };
    let whole = seconds.floor();
    let nanos = ((seconds - whole) * 1e9).round().min(999_999_999.0);
    DateTime::from_timestamp(whole as i64, nanos as u32)
}

/// Follows a format. The name of the time zone may be given.
fn render<Tz: TimeZone>(
    context: &mut Context<'_>,
    format: &[u8],
    time: &DateTime<Tz>,
    zone: Option<&str>,
) -> Result<Value, Fault>
where
    Tz::Offset: Display,
{
    context.memory.admit_text(format.len())?;
    let mut out = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let mut text = String::new();
        let taken = match context.numeric.dialect {
            Dialect::Contract => conversion(rest)
                .filter(|spec| write_conversion(&mut text, spec, time).is_ok())
                .map(str::len),
            Dialect::Awk => match Conversion::parse(rest) {
                Some((conversion, len)) => {
                    context.memory.admit_text(out.len() + conversion.width)?;
                    conversion.write(&mut text, time, zone).then_some(len)
                }
                None => None,
            },
        };
        if let Some(len) = taken {
            out.extend_from_slice(text.as_bytes());
            rest = &rest[len..];
        } else {
            out.push(b'%');
            rest = &rest[1..];
        }
        context.memory.admit_text(out.len())?;
    }
    out.extend_from_slice(rest);
    context.memory.admit_text(out.len())?;
    Ok(Value::bytes(out))
}

/// The conversion at the start of `format`.
fn conversion(format: &[u8]) -> Option<&str> {
    (2..=MAX_CONVERSION)
        .filter_map(|len| str::from_utf8(format.get(..len)?).ok())
        .find(|spec| StrftimeItems::new(spec).all(|item| item != Item::Error))
}

fn write_conversion<Tz: TimeZone>(out: &mut String, spec: &str, time: &DateTime<Tz>) -> fmt::Result
where
    Tz::Offset: Display,
{
    for item in StrftimeItems::new(spec) {
        let century = time.year().div_euclid(100);
        match item {
            // The crate writes two digits whatever the century.
            Item::Numeric(Numeric::YearDiv100, pad) if !(0..100).contains(&century) => match pad {
                Pad::None => write!(out, "{century:+}")?,
                Pad::Zero => write!(out, "{century:+03}")?,
                Pad::Space => write!(out, "{century:>+3}")?,
            },
            item => write!(out, "{}", time.format_with_items([item].iter()))?,
        }
    }
    Ok(())
}

/// The seconds since the start of 1970 of a time that a text names: year, month, day, hour,
/// minute, second, and whether it is summer time. -1 if there is no such date. A second argument
/// says whether it is in UTC instead of local time.
///
/// The summer time flag matters only for a local time that occurs twice: 0 means the later one,
/// anything else the earlier one. A local time that a clock change skips is moved forward by as
/// much as the clock. Under [`Dialect::Awk`] parts out of their range count on, as in C, and a
/// local time is taken by the clock that the flag asks for, an hour apart if the other one is in
/// force.
///
/// # Errors
/// [`Fault::ValueTooLarge`].
pub fn mktime(context: &mut Context<'_>, args: &[Value]) -> Result<f64, Fault> {
    let Some(spec) = args.first() else {
        return Ok(-1.0);
    };
    let spec = context.text(spec)?;
    let spec = String::from_utf8_lossy(spec.as_bytes());
    let parsed = match context.numeric.dialect {
        Dialect::Contract => parse_spec(&spec),
        Dialect::Awk => parse_lenient(&spec),
    };
    let Some((time, summer)) = parsed else {
        return Ok(-1.0);
    };
    let seconds = if wants_utc(context, args.get(1)) {
        Some(time.and_utc().timestamp())
    } else {
        match context.numeric.dialect {
            Dialect::Contract => resolve(&Local, time, summer),
            Dialect::Awk => resolve_as(time, summer),
        }
    };
    Ok(seconds.map_or(-1.0, |seconds| seconds as f64))
}

fn parse_spec(spec: &str) -> Option<(NaiveDateTime, Option<i32>)> {
    let mut fields = spec.split_whitespace();
    let year: i32 = fields.next()?.parse().ok()?;
    let mut rest = [0u32; 5];
    for field in &mut rest {
        *field = fields.next()?.parse().ok()?;
    }
    let [month, day, hour, minute, second] = rest;
    let time = NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(hour, minute, second)?;
    let summer = fields.next().and_then(|flag| flag.parse().ok());
    Some((time, summer))
}

/// As [`parse_spec`], where parts out of their range count on, as in C: minute -1 is the last one
/// of the hour before. What follows the last number is ignored.
fn parse_lenient(spec: &str) -> Option<(NaiveDateTime, Option<i32>)> {
    let mut rest = spec;
    let mut next = || {
        let (number, behind) = leading_int(rest.trim_ascii_start())?;
        rest = behind;
        Some(number)
    };
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next()?);
    let months = year.checked_mul(12)?.checked_add(month)?.checked_sub(1)?;
    let year = i32::try_from(months.div_euclid(12)).ok()?;
    let first = NaiveDate::from_ymd_opt(year, months.rem_euclid(12) as u32 + 1, 1)?;
    let seconds = day
        .checked_sub(1)?
        .checked_mul(24)?
        .checked_add(hour)?
        .checked_mul(60)?
        .checked_add(minute)?
        .checked_mul(60)?
        .checked_add(second)?;
    let since = TimeDelta::try_seconds(seconds)?;
    let time = first.and_hms_opt(0, 0, 0)?.checked_add_signed(since)?;
    let summer = next().and_then(|flag| i32::try_from(flag).ok());
    Some((time, summer.filter(|flag| *flag >= 0)))
}

/// The integer that a text starts with, and what is behind it.
fn leading_int(text: &str) -> Option<(i64, &str)> {
    let sign = usize::from(text.starts_with(['-', '+']));
    let digits = text[sign..].bytes().take_while(u8::is_ascii_digit).count();
    let (number, behind) = text.split_at(sign + digits);
    Some((number.parse().ok()?, behind))
}

/// The seconds since the start of 1970 of a local time, by the clock of summer or standard time if
/// that is said.
fn resolve_as(time: NaiveDateTime, summer: Option<i32>) -> Option<i64> {
    const HOUR: i64 = 3600;
    let seconds = resolve(&Local, time, summer)?;
    let Some(summer) = summer.map(|summer| summer > 0) else {
        return Some(seconds);
    };
    if let MappedLocalTime::None = Local.from_local_datetime(&time) {
        // By standard time; the clock of summer is ahead.
        return Some(if summer { seconds - HOUR } else { seconds });
    }
    let offset = Local
        .timestamp_opt(seconds, 0)
        .single()?
        .offset()
        .local_minus_utc();
    Some(match (summer, zone::is_summer(seconds, offset)) {
        (true, false) => seconds - HOUR,
        (false, true) => seconds + HOUR,
        _ => seconds,
    })
}

/// The seconds since the start of 1970 of a local time.
fn resolve<Tz: TimeZone>(zone: &Tz, time: NaiveDateTime, summer: Option<i32>) -> Option<i64> {
    let (one, other) = match zone.from_local_datetime(&time) {
        MappedLocalTime::Single(only) => return Some(only.timestamp()),
        MappedLocalTime::Ambiguous(one, other) => (one.timestamp(), other.timestamp()),
        MappedLocalTime::None => return after_gap(zone, time),
    };
    Some(if summer == Some(0) {
        one.max(other)
    } else {
        one.min(other)
    })
}

/// A skipped local time by the offset from UTC that was in force before the gap.
fn after_gap<Tz: TimeZone>(zone: &Tz, time: NaiveDateTime) -> Option<i64> {
    // No gap is longer than a day, and all start and end at a quarter of an hour.
    const STEPS: i32 = 24 * 4;
    (1..=STEPS).find_map(|step| {
        let skipped = TimeDelta::minutes(15) * step;
        let before = zone.from_local_datetime(&time.checked_sub_signed(skipped)?);
        let instant = before.latest()?.to_utc().checked_add_signed(skipped)?;
        Some(instant.timestamp())
    })
}
