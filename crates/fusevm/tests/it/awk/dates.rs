//! `strftime` and `mktime`, in UTC and in zones, and against `date`.

use std::process::Command;

use fusevm::Value;
use fusevm::awk_host::{awk_mktime, awk_strftime};

use crate::support::{float, int, str};

fn utc(format: &str, seconds: f64) -> String {
    awk_strftime(&[str(format), float(seconds), int(1)]).to_str()
}

#[test]
fn conversions_in_utc() {
    let cases = [
        ("%Y %C %y %q", "2009 20 09 1"),
        ("%m %b %h %B", "02 Feb Feb February"),
        ("%d %e %j", "13 13 044"),
        ("%a %A %w %u", "Fri Friday 5 5"),
        ("%U %W %G %g %V", "06 06 2009 09 07"),
        ("%H %k %I %l %P %p", "23 23 11 11 pm PM"),
        (
            "%M %S %f %.f %3f %6f %9f",
            "31 30 125000000 .125 125 125000 125000000",
        ),
        ("%.3f %.6f %.9f %s", ".125 .125000 .125000000 1234567890"),
        ("%z %:z %::z %:::z %Z", "+0000 +00:00 +00:00:00 +00 UTC"),
        ("%D %x %F", "02/13/09 02/13/09 2009-02-13"),
        ("%T %X %R %r", "23:31:30 23:31:30 23:31 11:31:30 PM"),
        ("%c", "Fri Feb 13 23:31:30 2009"),
        ("%v %+", "13-Feb-2009 2009-02-13T23:31:30.125+00:00"),
        ("a%n%t%%b", "a\n\t%b"),
        ("%-m %_m %0e", "2  2 13"),
        // What is no conversion.
        ("%E %O %J %K %L %N %Q %i %o", "%E %O %J %K %L %N %Q %i %o"),
        ("%#z %^a %-A %! %5 €%€", "%#z %^a %-A %! %5 €%€"),
        ("%", "%"),
        ("%:", "%:"),
        ("", ""),
    ];
    for (format, expected) in cases {
        assert_eq!(utc(format, 1_234_567_890.125), expected, "{format}");
    }
}

#[test]
fn times_near_and_far() {
    let cases = [
        ("%F %T%.f", -1.25, "1969-12-31 23:59:58.750"),
        ("%F %T", f64::NAN, "1970-01-01 00:00:00"),
        ("%F", 1e300, ""),
        ("%F", f64::NEG_INFINITY, ""),
        ("%F %C", 253_402_300_800.0, "+10000-01-01 +100"),
        ("%Y %C", -62_198_755_200.0, "-0001 -01"),
        ("%Y %C", 8.2e12, "+261817 +2618"),
    ];
    for (format, seconds, expected) in cases {
        assert_eq!(utc(format, seconds), expected, "{format} {seconds}");
    }
}

#[test]
fn dates_in_utc() {
    let cases = [
        ("1970 1 1 0 0 0", 0.0),
        ("2020 01 01 00 00 00", 1_577_836_800.0),
        ("1960 1 1 0 0 0", -315_619_200.0),
        ("99 1 1 0 0 0", -59_042_995_200.0),
        (" +2020\t+1 1 0 0 59 x y", 1_577_836_859.0),
        ("2020 13 1 0 0 0", -1.0),
        ("2021 2 29 0 0 0", -1.0),
        ("2020 1 1 24 0 0", -1.0),
        ("2020 1 1 0 0 60", -1.0),
        ("2020 -1 1 0 0 0", -1.0),
        ("2020 1 1 0 0", -1.0),
        ("262143 1 1 0 0 0", -1.0),
        ("x", -1.0),
        ("", -1.0),
    ];
    for (spec, seconds) in cases {
        assert_eq!(awk_mktime(&[str(spec), int(1)]), float(seconds), "{spec}");
    }
    assert_eq!(
        awk_mktime(&[Value::bytes(b"2020 1 1 0 0 \xff"), int(1)]),
        float(-1.0)
    );
    assert_eq!(awk_mktime(&[]), float(-1.0));
}

/// Central Europe without a zone file: summer time from March to October.
const ZONE: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

/// Set in the process whose zone is [`ZONE`].
const IN_ZONE: &str = "FUSEVM_TEST_ZONE";

#[test]
fn local_times_are_those_of_the_zone() {
    // The zone belongs to the process, so another one runs the test below.
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "awk::dates::in_a_zone", "--quiet"])
        .env("TZ", ZONE)
        .env(IN_ZONE, "1")
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn in_a_zone() {
    if std::env::var_os(IN_ZONE).is_none() {
        return;
    }
    let times = [
        ("2021 1 1 0 0 0", 1_609_455_600.0),
        ("2021 7 1 0 0 0", 1_625_090_400.0),
        // Skipped: as much later as the clock moves.
        ("2021 3 28 2 0 0", 1_616_893_200.0),
        ("2021 3 28 2 59 59", 1_616_896_799.0),
        ("2021 3 28 3 0 0", 1_616_893_200.0),
        // Repeated.
        ("2021 10 31 2 30 0", 1_635_640_200.0),
        ("2021 10 31 2 30 0 1", 1_635_640_200.0),
        ("2021 10 31 2 30 0 -1", 1_635_640_200.0),
        ("2021 10 31 2 30 0 0", 1_635_643_800.0),
        ("-262143 1 1 0 0 0", -1.0),
    ];
    for (spec, seconds) in times {
        assert_eq!(awk_mktime(&[str(spec)]), float(seconds), "{spec}");
    }
    let local = |format: &str, seconds| awk_strftime(&[str(format), seconds]).to_str();
    assert_eq!(
        local("%F %T %z %Z", int(1_625_090_400)),
        "2021-07-01 00:00:00 +0200 +02:00"
    );
    assert_eq!(local("%H %z", int(1_609_455_600)), "00 +0100");
    agrees_with_date(false);
    // The first and the last instants that there are.
    for (seconds, year) in [
        (8_210_266_876_799.0, "+262143"),
        (-8_334_601_228_800.0, "-262143"),
    ] {
        assert_eq!(local("%Y", float(seconds)), year);
    }
}

#[test]
fn formats_agree_with_date() {
    agrees_with_date(true);
}

/// Compares with the program `date`, where there is one that takes seconds.
fn agrees_with_date(utc: bool) {
    let format = "%Y %m %d %H %M %S|%C %y %b %B %e %j %a %A %w %u %U %W %G %g %V \
                  %k %I %l %p %z %s %D %F %T %R";
    for seconds in [
        0,
        951_782_400,
        1_234_567_890,
        1_609_459_199,
        4_102_444_800i64,
    ] {
        let date = Command::new("date")
            .args(utc.then_some("-u"))
            .args(["-d", &format!("@{seconds}"), &format!("+{format}")])
            .env("LC_ALL", "C")
            .output();
        let Some(date) = date.ok().filter(|date| date.status.success()) else {
            return;
        };
        let expected = String::from_utf8_lossy(&date.stdout);
        let expected = expected.trim_end_matches('\n');
        let flag = int(utc.into());
        let ours = awk_strftime(&[str(format), int(seconds), flag.clone()]);
        assert_eq!(ours, str(expected));
        let spec = expected.split('|').next().unwrap_or_default();
        assert_eq!(
            awk_mktime(&[str(spec), flag]),
            float(seconds as f64),
            "{spec}"
        );
    }
}
