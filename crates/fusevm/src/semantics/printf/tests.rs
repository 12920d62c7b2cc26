//! Expected texts are what glibc's `printf` writes.

use super::*;

/// The text of one conversion and what surrounds it.
fn text(format: &str, write: impl Fn(&Spec, &mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    for directive in directives(format.as_bytes()) {
        match directive.unwrap() {
            Directive::Literal(text) => out.extend_from_slice(text),
            Directive::Conversion(spec) => write(&spec, &mut out),
        }
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn integers_are_written_as_c_does() {
    let cases = [
        ("%d", 0, "0"),
        ("%d", -7, "-7"),
        ("%i", 42, "42"),
        ("%5d", 42, "   42"),
        ("%-5d|", 42, "42   |"),
        ("%05d", 42, "00042"),
        ("%05d", -42, "-0042"),
        ("%+d", 5, "+5"),
        ("%+d", -5, "-5"),
        ("% d", 5, " 5"),
        ("% d", -5, "-5"),
        ("%+ d", 5, "+5"),
        ("%.3d", 7, "007"),
        ("%.3d", -7, "-007"),
        ("%8.3d", 7, "     007"),
        ("%08.3d", 7, "     007"),
        ("%-8.3d|", 7, "007     |"),
        ("%-08d|", 7, "7       |"),
        ("%.0d", 0, ""),
        ("%.d", 0, ""),
        ("%5.0d", 0, "     "),
        ("%+.0d", 0, "+"),
        ("%.0d", 1, "1"),
        ("%d", i64::MIN, "-9223372036854775808"),
        ("%d", i64::MAX, "9223372036854775807"),
        ("%u", 5, "5"),
        ("%u", -1, "18446744073709551615"),
        ("%+u", 5, "5"),
        ("%x", 255, "ff"),
        ("%X", 255, "FF"),
        ("%#x", 255, "0xff"),
        ("%#X", 255, "0XFF"),
        ("%#x", 0, "0"),
        ("%#8x", 255, "    0xff"),
        ("%#08x", 255, "0x0000ff"),
        ("%-#8x|", 255, "0xff    |"),
        ("%x", -1, "ffffffffffffffff"),
        ("%.5x", 255, "000ff"),
        ("%#.5x", 255, "0x000ff"),
        ("%o", 8, "10"),
        ("%#o", 8, "010"),
        ("%#o", 0, "0"),
        ("%#.3o", 8, "010"),
        ("%#.0o", 0, "0"),
        ("%.0o", 0, ""),
        ("%#.5o", 8, "00010"),
        ("%#6o", 8, "   010"),
        ("%o", -1, "1777777777777777777777"),
    ];
    for (format, number, expected) in cases {
        let written = text(format, |spec, out| spec.write_int(number, out));
        assert_eq!(written, expected, "{format} of {number}");
    }
}

#[test]
fn doubles_are_written_as_c_does() {
    let cases = [
        ("%f", 0.0, "0.000000"),
        ("%f", -0.0, "-0.000000"),
        ("%f", 7.14159265, "7.141593"),
        ("%f", 1e15, "1000000000000000.000000"),
        ("%.0f", 0.5, "0"),
        ("%.0f", 1.5, "2"),
        ("%.0f", 2.5, "2"),
        ("%.0f", -2.5, "-2"),
        ("%#.0f", 3.0, "3."),
        ("%.1f", 0.25, "0.2"),
        ("%.1f", 0.35, "0.3"),
        ("%.2f", 2.675, "2.67"),
        ("%.20f", 0.1, "0.10000000000000000555"),
        ("%10.3f", 7.14159, "     7.142"),
        ("%-10.3f|", 7.14159, "7.142     |"),
        ("%010.3f", -7.14159, "-00007.142"),
        ("%+.2f", 1.0, "+1.00"),
        ("% .2f", 1.0, " 1.00"),
        ("%f", 1e22, "10000000000000000000000.000000"),
        ("%.3f", -0.0001, "-0.000"),
        ("%e", 0.0, "0.000000e+00"),
        ("%e", 1.0, "1.000000e+00"),
        ("%e", -12345.678, "-1.234568e+04"),
        ("%E", 12345.678, "1.234568E+04"),
        ("%.0e", 12345.678, "1e+04"),
        ("%#.0e", 12345.678, "1.e+04"),
        ("%.2e", 9.999, "1.00e+01"),
        ("%e", 1e100, "1.000000e+100"),
        ("%e", 1e-100, "1.000000e-100"),
        ("%e", 5e-324, "4.940656e-324"),
        ("%.3e", 1.7976931348623157e308, "1.798e+308"),
        ("%12.2e", 12345.678, "    1.23e+04"),
        ("%012.2e", -12345.678, "-0001.23e+04"),
        ("%g", 0.0, "0"),
        ("%g", -0.0, "-0"),
        ("%g", 1.0, "1"),
        ("%g", 100000.0, "100000"),
        ("%g", 1000000.0, "1e+06"),
        ("%g", 999999.5, "1e+06"),
        ("%g", 0.0001, "0.0001"),
        ("%g", 0.00001, "1e-05"),
        ("%g", 123456789.0, "1.23457e+08"),
        ("%g", 0.000123456789, "0.000123457"),
        ("%G", 1e-10, "1E-10"),
        ("%#g", 1.0, "1.00000"),
        ("%#g", 100000.0, "100000."),
        ("%#g", 1e10, "1.00000e+10"),
        ("%.0g", 123.0, "1e+02"),
        ("%#.0g", 123.0, "1.e+02"),
        ("%#.1g", 5.0, "5."),
        ("%.3g", 1234.0, "1.23e+03"),
        ("%.10g", 0.1, "0.1"),
        ("%.17g", 0.1, "0.10000000000000001"),
        ("%.3g", 99.95, "100"),
        ("%.3g", 9.9996, "10"),
        ("%g", 1e300, "1e+300"),
        ("%10g", 1.5, "       1.5"),
        ("%-10g|", 1.5, "1.5       |"),
        ("%+g", 1.5, "+1.5"),
        ("%010g", -1.5, "-0000001.5"),
        ("%.2g", 0.00099999, "0.001"),
        ("%f", f64::INFINITY, "inf"),
        ("%F", f64::NEG_INFINITY, "-INF"),
        ("%08f", f64::INFINITY, "     inf"),
        ("%+e", f64::INFINITY, "+inf"),
        ("%G", f64::INFINITY, "INF"),
        ("%5g", f64::NAN, "  nan"),
        ("%05f", f64::NAN, "  nan"),
        ("%F", f64::NAN, "NAN"),
        ("%.25g", 0.1, "0.1000000000000000055511151"),
        ("%.30e", 0.1, "1.000000000000000055511151231258e-01"),
        ("%#.3g", 0.0, "0.00"),
    ];
    for (format, number, expected) in cases {
        let written = text(format, |spec, out| spec.write_float(number, out));
        assert_eq!(written, expected, "{format} of {number}");
    }
}

#[test]
fn a_nan_has_no_sign() {
    let written = text("%f", |spec, out| spec.write_float(-f64::NAN, out));
    assert_eq!(written, "nan");
}

#[test]
fn texts_are_written_as_c_does() {
    let cases = [
        ("%s", "abc", "abc"),
        ("%5s", "abc", "  abc"),
        ("%-5s|", "abc", "abc  |"),
        ("%.2s", "abc", "ab"),
        ("%5.1s", "abc", "    a"),
        ("%.0s", "abc", ""),
        ("%.9s", "abc", "abc"),
        ("%2s", "abc", "abc"),
        ("%s", "", ""),
        ("%3s", "", "   "),
    ];
    for (format, value, expected) in cases {
        let written = text(format, |spec, out| spec.write_text(value.as_bytes(), out));
        assert_eq!(written, expected, "{format} of {value:?}");
    }
}

#[test]
fn text_and_bytes_need_not_be_utf8() {
    let mut out = Vec::new();
    for directive in directives(b"\xff%3.2s%c\xfe%%") {
        match directive.unwrap() {
            Directive::Literal(text) => out.extend_from_slice(text),
            Directive::Conversion(spec) if spec.conversion == Conversion::Char => {
                spec.write_byte(0xfd, &mut out);
            }
            Directive::Conversion(spec) => spec.write_text(b"\xc3\x28\x80", &mut out),
        }
    }
    assert_eq!(out, b"\xff \xc3\x28\xfd\xfe%");
}

#[test]
fn digits_that_a_double_does_not_have_are_zeros() {
    for format in ["%.65535f", "%.65535e", "%#.65535g"] {
        let written = text(format, |spec, out| spec.write_float(5e-324, out));
        assert!(written.len() > 65_535 && written.len() < 66_000, "{format}");
    }
    let smallest = text("%.1074f", |spec, out| spec.write_float(5e-324, out));
    let longer = text("%.1080f", |spec, out| spec.write_float(5e-324, out));
    assert_eq!(longer, smallest + "000000");
}

#[test]
fn fields_given_as_arguments() {
    let mut spec = match directives(b"%*.*d").next() {
        Some(Ok(Directive::Conversion(spec))) => spec,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (spec.width, spec.precision),
        (Field::Argument, Field::Argument)
    );
    let cases = [
        (6, 3, "   007"),
        (-6, 3, "007   "),
        (6, -1, "     7"),
        (0, 0, "7"),
    ];
    for (width, precision, expected) in cases {
        let mut spec = spec.clone();
        spec.set_width(width).unwrap();
        spec.set_precision(precision).unwrap();
        let mut out = Vec::new();
        spec.write_int(7, &mut out);
        assert_eq!(out, expected.as_bytes(), "{width} {precision}");
    }
    for bad in [65_536, -65_536, i64::MAX, i64::MIN] {
        assert_eq!(spec.set_width(bad), Err(FormatError::FieldTooWide));
    }
    assert_eq!(spec.set_precision(65_536), Err(FormatError::FieldTooWide));
}

#[test]
fn formats_that_cannot_be_followed() {
    let cases = [
        ("%", FormatError::Incomplete),
        ("abc%-5", FormatError::Incomplete),
        ("%5.", FormatError::Incomplete),
        ("%ll", FormatError::Incomplete),
        ("%y", FormatError::UnknownConversion(b'y')),
        ("%5%", FormatError::UnknownConversion(b'%')),
        ("%n", FormatError::UnknownConversion(b'n')),
        ("%999999999d", FormatError::FieldTooWide),
        ("%.65536f", FormatError::FieldTooWide),
        ("%99999999999999999999999999s", FormatError::FieldTooWide),
    ];
    for (format, expected) in cases {
        let mut directives = directives(format.as_bytes());
        let error = directives.find_map(Result::err);
        assert_eq!(error, Some(expected), "{format}");
        assert!(directives.next().is_none(), "{format}");
    }
}

#[test]
fn length_modifiers_mean_nothing() {
    for format in ["%hhd", "%ld", "%lld", "%zd", "%jd"] {
        let written = text(format, |spec, out| spec.write_int(-5, out));
        assert_eq!(written, "-5", "{format}");
    }
}

/// Formats made of what formats are made of, in any order.
#[test]
fn any_format_is_followed_or_refused() {
    const PIECES: &[u8] = b"%%%%-+ 0#19*..hlLdiuxXocsfFeEgGn~\xff";
    const NUMBERS: [f64; 6] = [0.0, -1.5, 5e-324, f64::MAX, f64::NEG_INFINITY, f64::NAN];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below
    };
    for _ in 0..20_000 {
        let format: Vec<u8> = (0..random(12))
            .map(|_| PIECES[random(PIECES.len())])
            .collect();
        let mut out = Vec::new();
        let mut parts = 0;
        for directive in directives(&format) {
            parts += 1;
            match directive {
                Err(_) => {}
                Ok(Directive::Literal(text)) => out.extend_from_slice(text),
                Ok(Directive::Conversion(mut spec)) => {
                    let field = random(200) as i64 - 100;
                    if spec.width == Field::Argument {
                        spec.set_width(field).unwrap();
                    }
                    if spec.precision == Field::Argument {
                        spec.set_precision(field).unwrap();
                    }
                    spec.write_int([0, 1, -1, i64::MIN, i64::MAX][random(5)], &mut out);
                    spec.write_float(NUMBERS[random(NUMBERS.len())], &mut out);
                    spec.write_text(b"\xfftext", &mut out);
                    spec.write_byte(0xff, &mut out);
                }
            }
        }
        assert!(parts <= format.len(), "{}", format.escape_ascii());
        assert!(
            out.len() <= 4 * parts * (MAX_FIELD + 400),
            "{}",
            format.escape_ascii()
        );
    }
}

#[test]
fn characters_are_counted_and_never_torn() {
    let cases: [(&str, &[u8], &[u8]); 6] = [
        ("%3s|", "é".as_bytes(), "  é|".as_bytes()),
        ("%-3s|", "é".as_bytes(), "é  |".as_bytes()),
        ("%.2s", "éàü".as_bytes(), "éà".as_bytes()),
        ("%.0s|", b"abc", b"|"),
        ("%2.1s", b"\xff\xfe", b" \xff"),
        ("%s", b"a\xc3b", b"a\xc3b"),
    ];
    for (format, text, expected) in cases {
        let mut out = Vec::new();
        for directive in directives(format.as_bytes()) {
            match directive.unwrap() {
                Directive::Literal(text) => out.extend_from_slice(text),
                Directive::Conversion(spec) => spec.write_characters(text, &mut out),
            }
        }
        assert_eq!(out, expected, "{format}");
    }
}
