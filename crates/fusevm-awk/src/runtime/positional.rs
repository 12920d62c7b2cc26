//! Formats whose conversions say which of the values they take, `%2$s`, or group digits, `%'d`.

use std::borrow::Cow;

use fusevm::Value;

/// A format without positions, and the values in the order in which it takes them.
pub(crate) type InOrder<'a> = (Cow<'a, [u8]>, Cow<'a, [Value]>);

/// Takes positions out of a format: `%2$s`, `%2$*1$d`. The flag `'` goes, too: it groups the digits
/// of a number as the locale has it, and that is the one of C, which has no groups.
pub(crate) fn in_order<'a>(format: &'a [u8], values: &'a [Value]) -> Result<InOrder<'a>, String> {
    if !format.iter().any(|byte| matches!(byte, b'$' | b'\'')) {
        return Ok((format.into(), values.into()));
    }
    let mut out = Vec::with_capacity(format.len());
    let mut order = Vec::new();
    // How many conversions there are with positions and without.
    let (mut placed, mut plain) = (0, 0);
    let mut rest = format;
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(&rest[..=at]);
        rest = &rest[at + 1..];
        if let [b'%', after @ ..] = rest {
            out.push(b'%');
            rest = after;
            continue;
        }
        let own = take_position(&mut rest);
        // Stars stand before the conversion, and their values before its own.
        let mut stars = Vec::new();
        loop {
            match rest {
                [b'\'', after @ ..] => rest = after,
                [b'*', after @ ..] => {
                    out.push(b'*');
                    rest = after;
                    stars.push(take_position(&mut rest));
                }
                [
                    flag @ (b'0'..=b'9' | b'.' | b'-' | b'+' | b' ' | b'#'),
                    after @ ..,
                ] => {
                    out.push(*flag);
                    rest = after;
                }
                _ => break,
            }
        }
        stars.push(own);
        for position in stars {
            match position {
                Some(position) => {
                    placed += 1;
                    let value = values.get(position.wrapping_sub(1));
                    let missing = || format!("printf: there is no value {position}");
                    order.push(value.ok_or_else(missing)?.clone());
                }
                None => plain += 1,
            }
        }
    }
    out.extend_from_slice(rest);
    match (placed, plain) {
        (0, _) => Ok((out.into(), values.into())),
        (_, 0) => Ok((out.into(), order.into())),
        _ => Err("printf: either all conversions say which value they take, or none".to_owned()),
    }
}

/// Takes `n$` off a text that starts with it.
fn take_position(rest: &mut &[u8]) -> Option<usize> {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let after = rest[digits..].strip_prefix(b"$")?;
    let position = str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    *rest = after;
    Some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(format: &str) -> Result<(String, Vec<i64>), String> {
        let values = [Value::Int(10), Value::Int(20), Value::Int(30)];
        let (format, values) = in_order(format.as_bytes(), &values)?;
        let format = String::from_utf8_lossy(&format).into_owned();
        Ok((format, values.iter().map(Value::to_int).collect()))
    }

    #[test]
    fn positions_become_an_order() {
        for (format, plain, values) in [
            ("%d $ %s", "%d $ %s", vec![10, 20, 30]),
            ("%2$s-%1$05d%%$", "%s-%05d%%$", vec![20, 10]),
            ("%3$*1$.*2$d|%1$s", "%*.*d|%s", vec![10, 20, 30, 10]),
            ("%'d %'5.1f", "%d %5.1f", vec![10, 20, 30]),
        ] {
            assert_eq!(ordered(format), Ok((plain.to_owned(), values)), "{format}");
        }
    }

    #[test]
    fn what_goes_wrong() {
        for (format, message) in [
            ("%4$s", "printf: there is no value 4"),
            ("%0$s", "printf: there is no value 0"),
            (
                "%1$s %s",
                "printf: either all conversions say which value they take, or none",
            ),
        ] {
            assert_eq!(ordered(format), Err(message.to_owned()), "{format}");
        }
    }
}
